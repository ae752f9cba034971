"""Are the laws of followers who attract followers those of the model's steps?"""

import numpy as np
import pytest
from scipy import linalg

from simulation.theory import branching, chains

from .support import FAILS, HOLDS, distance, p_of_counts, p_of_means

LAW = {
    "giver_find_rate": 0.8, "find_rate": 0.9, "bring": 0.5, "generosity": 0.7, "encounters": 2.0,
    "responsiveness": 0.4, "churn": 0.2,
}  # fmt: skip


def simulated(rng, replicates, ticks, start=0, *, giver_find_rate, find_rate, bring, generosity, encounters,
              responsiveness, churn):  # fmt: skip
    """Followers after the ticks, each tick in the model's phases; what is brought is in hand in the next tick."""
    n, in_hand = np.full(replicates, start), np.zeros(replicates, int)
    for _ in range(ticks):
        shared = rng.binomial(rng.poisson(giver_find_rate, replicates) + in_hand, generosity)
        in_hand = rng.binomial(rng.poisson(find_rate * n), bring)
        met = rng.poisson(encounters * shared)
        n = rng.binomial(n, 1 - churn) + rng.binomial(met, responsiveness)
    return n


@pytest.mark.parametrize("start", [0, 3])
def test_exact_law(start):
    sample = simulated(np.random.default_rng(1 + start), 40_000, 7, start, **LAW)
    assert p_of_counts(sample, branching.branching_pmf(7, start=start, **LAW)) > HOLDS
    for name in LAW:
        altered = branching.branching_pmf(7, start=start, **{**LAW, name: 1.1 * LAW[name]})
        assert p_of_counts(sample, altered) < FAILS, name


def test_means_are_those_of_the_law():
    b = branching.feedback(0.9, 0.5, 0.7, 2.0, 0.4)
    alpha = branching.feedback(0.8, 1.0, 0.7, 2.0, 0.4)
    means = branching.branching_means(9, alpha=alpha, feedback=b, churn=0.2, start=2)
    for ticks in (0, 1, 2, 9):
        law = branching.branching_pmf(ticks, start=2, **LAW)
        assert law.sum() == pytest.approx(1)
        assert law @ np.arange(law.size) == pytest.approx(means[ticks], rel=1e-8)


def test_without_the_loop_it_is_the_chain_of_many_agents():
    law = {**LAW, "bring": 0.0}
    distances = []
    for agents in (40, 80, 160):
        chain = chains.follower_pmf(6, agents=agents, find_rate=0.8, generosity=0.7, encounters=2.0,
                                    responsiveness=0.4, churn=0.2)  # fmt: skip
        distances.append(distance(chain, branching.branching_pmf(6, **law)))
    assert distances[0] > 1.8 * distances[1] > 3.2 * distances[2]


def test_gift_of_followers():
    rng = np.random.default_rng(2)
    given = simulated(rng, 40_000, 6, 5, **LAW) - simulated(rng, 40_000, 6, 0, **LAW)
    b = branching.feedback(0.9, 0.5, 0.7, 2.0, 0.4)
    assert p_of_means(given, branching.gift_excess(6, gift=5, feedback=b, churn=0.2)) > HOLDS
    assert p_of_means(given, branching.gift_excess(6, gift=5, feedback=1.1 * b, churn=0.2)) < FAILS
    assert p_of_means(given, branching.gift_excess_limit(6, gift=5, feedback=b, churn=0.2)) < FAILS  # the delay counts


@pytest.mark.parametrize(("b", "churn"), [(0.0, 0.3), (0.1, 0.3), (0.3, 0.3), (0.5, 0.3), (0.0, 1.0), (0.2, 1.0)])
def test_gift_is_the_difference_of_two_means(b, churn):
    with_gift, without = (branching.branching_means(12, alpha=0.7, feedback=b, churn=churn, start=s) for s in (20, 0))
    assert branching.gift_excess(np.arange(13), gift=20, feedback=b, churn=churn) == pytest.approx(with_gift - without)


def test_gift_limit_and_its_reference_values():
    for b, expected in ((0.0, 4.46), (0.3, 10.98), (0.45, 17.21)):
        limit = branching.gift_excess_limit(3, gift=20, feedback=b, churn=0.5)
        assert limit == pytest.approx(expected, abs=5e-3)
        gaps = [
            abs(branching.gift_excess(3 * k, gift=20, feedback=b / k, churn=0.5 / k).item() - limit) for k in (10, 100)
        ]
        assert gaps[1] < 0.15 * gaps[0] and gaps[1] < 0.1


@pytest.mark.parametrize(("b", "m"), [(0.3, 0.5), (0.4, 0.4), (0.4, 0.3), (0.2, 0.0)])
def test_negative_binomial_by_the_forward_equation(b, m):
    """Sub-, critical and supercritical, and without losses."""
    size, a, t = 100, 0.6, 4.0
    n = np.arange(size)
    generator = np.diag((a + b * n)[:-1], 1) + np.diag((m * n)[1:], -1)
    generator -= np.diag(generator.sum(axis=1))
    exact = linalg.expm(generator * t)
    law = branching.birth_death_immigration(t, immigration=a, birth=b, death=m)
    assert law.pmf(n) == pytest.approx(exact[0], abs=1e-9)
    altered = branching.birth_death_immigration(t, immigration=a, birth=1.1 * b, death=m)
    assert distance(altered.pmf(n), exact[0]) > 0.01
    without = np.diag((b * n)[:-1], 1) + np.diag((m * n)[1:], -1)
    without -= np.diag(without.sum(axis=1))
    lost = branching.extinction_probability(t, birth=b, death=m, start=3)
    assert lost == pytest.approx(linalg.expm(without * t)[3, 0], abs=1e-9)


def test_negative_binomial_at_long_times():
    law = branching.birth_death_immigration(np.inf, immigration=0.4, birth=0.2, death=0.5)
    late = branching.birth_death_immigration(500.0, immigration=0.4, birth=0.2, death=0.5)
    assert late == pytest.approx(law)
    assert law.shape * law.q / (1 - law.q) == pytest.approx(0.4 / 0.3)  # a / (m - b)
    far = branching.birth_death_immigration(60.0, immigration=0.4, birth=0.5, death=0.2)
    mean = far.shape * far.q / (1 - far.q)
    assert mean == pytest.approx(0.4 * np.expm1(0.3 * 60) / 0.3, rel=1e-4)
    with pytest.raises(ValueError, match=r"^birth"):
        branching.birth_death_immigration(np.inf, immigration=1, birth=0.5, death=0.5)


@pytest.mark.parametrize("churn", [0.4, 0.24, 0.1])
def test_negative_binomial_is_the_limit_of_small_rates(churn):
    """Time steps of 1/k and shares of 1/k: the distance falls with k, below, at and above the critical feedback."""
    limit = branching.birth_death_immigration(5.0, immigration=0.5, birth=0.24, death=churn).pmf(np.arange(2000))
    distances = []
    for k in (5, 20, 80):
        law = branching.branching_pmf(
            5 * k, giver_find_rate=0.5, find_rate=0.24, bring=1.0, generosity=1.0, encounters=1 / k,
            responsiveness=1.0, churn=churn / k,
        )  # fmt: skip
        distances.append(distance(law, limit))
    assert distances[0] > 3 * distances[1] > 9 * distances[2]
    assert distances[2] < 0.01


def test_steady_followers_are_amplified():
    with_loop, without = (
        branching.branching_means(2000, alpha=0.5, feedback=b, churn=0.2)[-1] for b in (0.1, 0.0)
    )
    assert with_loop / without == pytest.approx(branching.loop_amplification(0.1, 0.2))
    with pytest.raises(ValueError, match=r"^feedback.*allowed"):
        branching.loop_amplification(0.2, 0.2)


def test_law_is_cut_off_where_asked():
    whole = branching.branching_pmf(3, **LAW)
    assert branching.branching_pmf(3, size=1024, **LAW)[:50] == pytest.approx(whole[:50], abs=1e-12)
    with pytest.raises(ValueError, match=r"^bring.*allowed"):
        branching.branching_pmf(3, **{**LAW, "bring": 2.0})
