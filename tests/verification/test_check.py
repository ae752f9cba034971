"""Does a checker reject what is wrong, and what is right no more often than it says?"""

import numpy as np
import pytest
from scipy import stats

from simulation.verification import Means, Pmf
from simulation.verification.check import Convergence, power, side_by_side, yes_no

from .synthetic import EXACT, MEANS, POISSON, normal, poisson

TRIALS = 2000


def rejected_often(law, draw, level):
    """How often samples of the truth are rejected at a level."""
    return np.mean([law.p_value(draw(seed, 400, 1.0)) < level for seed in range(TRIALS)])


@pytest.mark.parametrize(("law", "draw"), [(MEANS, normal), (POISSON, poisson)])
@pytest.mark.parametrize("level", [0.2, 0.01])
def test_truth_is_rejected_as_often_as_stated(law, draw, level):
    share, error = rejected_often(law, draw, level), np.sqrt(level * (1 - level) / TRIALS)
    assert share <= level + 4 * error
    assert share >= 0.8 * level - 4 * error  # Bonferroni and pooled cells lose little: the checker is not asleep


@pytest.mark.parametrize(("law", "draw"), [(MEANS, normal), (POISSON, poisson)])
@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_a_tenth_too_much_or_too_little_is_rejected(law, draw, factor):
    assert law.p_value(draw(1, 2000, 1.0)) > 1e-4
    assert law.p_value(draw(1, 2000, factor)) < 1e-6


def test_one_wrong_statistic_among_many_is_enough():
    law = Means(np.zeros(30), np.arange(30), "", "")
    sample = np.random.default_rng(1).normal(0, 1, (500, 30))
    assert law.p_value(sample) > 1e-3
    sample[:, 17] += 0.5
    assert law.p_value(sample) < 1e-6


def test_the_same_mean_is_not_the_same_law():
    sample = np.random.default_rng(1).binomial(6, 0.5, 2000)  # mean 3, half the variance
    assert abs(sample.mean() - 3) < 0.1
    assert POISSON.p_value(sample) < 1e-9


@pytest.mark.parametrize("beyond", [20, 35, 10**6])
def test_values_beyond_the_law_count_against_it(beyond):
    sample = poisson(1, 2000, 1.0)
    sample[:40] = beyond
    assert POISSON.p_value(sample) < 1e-9


def test_what_lies_beyond_a_cut_law_counts_with_it():
    cut = Pmf(POISSON.values[:4], "followers")
    assert cut.p_value(poisson(1, 2000, 1.0)) > 1e-3
    assert cut.p_value(np.minimum(poisson(1, 2000, 1.0), 3)) < 1e-9


def test_what_does_not_vary_must_be_met_exactly():
    law = Means(np.array([0.0, 1e6]), np.arange(2), "", "")
    sample = np.tile(law.values, (10, 1))
    assert law.p_value(sample) == 1.0
    sample[:, 0] = 1e-6
    assert law.p_value(sample) == 0.0


def test_one_difference_breaks_an_exact_law():
    sample = np.zeros((1000, 2))
    assert EXACT.p_value(sample) == 1.0
    sample[0, 0] = 1e-6
    assert EXACT.p_value(sample) == 0.0


def test_too_few_replicates_for_a_distribution_are_refused():
    with pytest.raises(ValueError, match="too few"):
        POISSON.p_value(np.array([3, 3]))


def test_cells_expect_five_and_lose_nobody():
    cell, expected = POISSON.cells(500)
    assert expected.min() >= 5
    assert expected.sum() == pytest.approx(500)
    assert np.all(np.diff(cell) >= 0)
    assert cell.max() == expected.size - 1
    assert cell.size == POISSON.values.size + 1


def test_power_is_that_of_the_test():
    threshold, replicates = 0.01, 400
    altered = np.random.default_rng(1).normal(0.2, 1, (replicates, 1))
    law = Means(np.zeros(1), np.zeros(1), "", "")
    shift = altered.mean() / altered.std(ddof=1) * np.sqrt(replicates)
    expected = stats.norm.sf(stats.norm.isf(threshold / 2) - shift)
    assert power(law, altered, threshold, 1) == pytest.approx(expected, abs=0.12)
    assert power(law, altered - altered.mean(), threshold, 1) < 0.06


@pytest.mark.parametrize("law", [MEANS, POISSON])
def test_the_worst_statistic_is_told(law):
    sample = (normal if law is MEANS else poisson)(1, 2000, 1.1)
    predicted, simulated, error = law.worst(sample)
    assert predicted == pytest.approx(4.0 if law is MEANS else 3.0, rel=1e-6)
    assert simulated == pytest.approx(1.1 * predicted, abs=5 * error)
    assert 0 < error < 0.1


# --- convergence ------------------------------------------------------------------------------------------------

SIZES, LIMIT = np.array([10, 20, 40]), stats.poisson(2).pmf(np.arange(12))
TOWARDS = Convergence(SIZES, LIMIT, np.array([stats.poisson(2 + 4 / n).pmf(np.arange(12)) for n in SIZES]))


def approaching(seed, place, mean):
    """Distances in replicates of one size, each the shares of 30 Poisson numbers."""
    numbers = np.random.default_rng(seed).poisson(mean, (1500, 30))
    shares = np.array([np.bincount(each, minlength=40)[:12] for each in numbers]) / 30
    return TOWARDS.measured(place, shares)


def test_what_approaches_its_limit_as_predicted_is_accepted_and_what_stays_away_is_not():
    law = TOWARDS.means()
    assert law.p_value(np.column_stack([approaching(k, k, 2 + 4 / n) for k, n in enumerate(SIZES)])) > 1e-3
    assert law.p_value(np.column_stack([approaching(k, k, 2.4) for k in range(3)])) < 1e-6  # no nearer at 40 than at 10


@pytest.mark.parametrize("means", [(2.1, 2.2, 2.1), (2.1, 2.1, 2.1)])
def test_laws_that_do_not_approach_a_limit_are_refused(means):
    with pytest.raises(ValueError, match="do not approach"):
        Convergence(SIZES, LIMIT, np.array([stats.poisson(mean).pmf(np.arange(12)) for mean in means]))


def test_several_laws_stand_side_by_side_under_their_names():
    share = Convergence(SIZES, yes_no(0.5), yes_no([0.8, 0.65, 0.55]))
    law = side_by_side({"a law": TOWARDS, "a share": share})
    assert law.lines == ("a law", "a share")
    assert law.x.tolist() == [10, 20, 40] * 2
    assert law.values[:3] == pytest.approx(TOWARDS.means().values)
    assert law.values[3:] == pytest.approx([0.3, 0.15, 0.05])
    assert share.measured(1, yes_no([0.7, 0.4])) == pytest.approx([0.2, -0.1])
