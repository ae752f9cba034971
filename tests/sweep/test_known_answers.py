"""Does a sweep over a model with a known answer give it? Exact laws of followers, and indices known in closed form."""

import numpy as np
import pytest
from scipy import stats

from simulation.errors import InputError
from simulation.measures.inequality import holm
from simulation.sweep import grid, morris, saltelli, sweep
from simulation.sweep.points import by_point
from simulation.sweep.samples import salib
from simulation.sweep.sensitivity import analyse, products, sobol_indices
from simulation.theory import chains
from simulation.verification.check import Pmf

from . import known

RANGES = dict.fromkeys(known.ISHIGAMI_NAMES, (0.0, 1.0))
TINY = {"ticks": 0, "settings": {"agents": 2}, "executor": "serial"}

# --- the corner of opt-in and churn: M/M/infinity in discrete time, with finitely many candidates ---------------

AGENTS, TICKS, REPLICATES = 41, 30, 250
CHURNS, ENCOUNTERS = (0.05, 0.2), (1.0, 4.0)
LAW = {"find_rate": 1.0, "generosity": 0.8, "responsiveness": 0.5}
OFF = dict.fromkeys(("bring", "relay", "cost", "quality_spread", "share_cost", "introduction_cost", "follow_back"), 0.0)


def followers_of_the_giver(record):
    return {"n": int(record.agents["followers"].iloc[0])}


def corner(responsiveness):
    """Return the sweep over churn and encounters in which one agent gives and nobody is followed at first."""
    settings = {**OFF, "agents": AGENTS, "followees": 0, "attention": 1e9, "find_rate": LAW["find_rate"],
                "generosity": [LAW["generosity"]] + [0.0] * (AGENTS - 1), "responsiveness": responsiveness}  # fmt: skip
    return sweep(grid(churn=CHURNS, encounters=ENCOUNTERS), settings=settings, ticks=TICKS, replicates=REPLICATES,
                 seed=2009, paired=False, measure=followers_of_the_giver, executor="serial")  # fmt: skip


def p_values(swept):
    """Return, for every point, the p of the whole distribution and that of its mean, corrected for their number."""
    found = []
    for point, setting in enumerate(swept.plan.design.table.to_dict("records")):
        counts = swept.runs.loc[swept.runs["point"] == point, "n"].to_numpy()
        law = {**LAW, **setting, "agents": AGENTS}
        found.append(Pmf(chains.follower_pmf(TICKS, **law), "followers").p_value(counts))
        mean = chains.follower_moments(TICKS, **law).mean[-1]
        found.append(stats.ttest_1samp(counts, mean).pvalue)
    return holm(found)


@pytest.mark.slow
def test_followers_obey_the_exact_law_at_every_point():
    swept = corner(LAW["responsiveness"])
    assert p_values(swept).min() > 0.001
    table = by_point(swept, "n")
    exact = [chains.follower_moments(TICKS, agents=AGENTS, churn=churn, encounters=encounters, **LAW).mean[-1]
             for churn in CHURNS for encounters in ENCOUNTERS]  # fmt: skip
    assert (abs(table["mean"] - exact) < table["high"] - table["low"]).all()  # within four standard errors


@pytest.mark.slow
def test_a_rule_that_is_wrong_by_a_fifth_is_noticed():
    assert p_values(corner(1.2 * LAW["responsiveness"])).min() < 0.001


# --- indices in closed form -------------------------------------------------------------------------------------


def agrees(found, *truths):
    """Return whether all estimates lie within four standard errors of the truth, and those are small."""
    table = found.table.set_index("name").loc[list(known.ISHIGAMI_NAMES)]
    columns = ("first", "total") if found.kind == "saltelli" else ("mu", "sigma")
    distances = [abs(table[name] - truth) for name, truth in zip(columns, truths, strict=True)]
    half = [(table[f"{name}_high"] - table[f"{name}_low"]) / 2 for name in columns]
    return all((d <= 2 * h + 1e-9).all() and h.max() < 0.35 for d, h in zip(distances, half, strict=True))


def test_the_cited_indices_are_those_of_a_fine_grid():
    x = (np.arange(40) + 0.5) / 40 * 2 * np.pi - np.pi
    y = np.sin(x)[:, None, None] * (1 + known.B * x**4)[None, None, :] + (known.A * np.sin(x) ** 2)[None, :, None]
    first = [y.mean(axis=tuple({0, 1, 2} - {at})).var() / y.var() for at in range(3)]
    total = [1 - y.mean(axis=at).var() / y.var() for at in range(3)]
    np.testing.assert_allclose([first, total], [known.FIRST, known.TOTAL], atol=0.003)


@pytest.mark.slow
def test_sobol_indices_of_ishigami_and_of_the_g_function():
    swept = sweep(saltelli(256, RANGES), measure=known.functions, **TINY)
    ishigami, g_function = analyse(swept, "ishigami"), analyse(swept, "g")
    assert agrees(ishigami, known.FIRST, known.TOTAL)
    assert agrees(g_function, *known.g_indices())
    assert not agrees(ishigami, *known.g_indices())  # the control
    assert not agrees(g_function, known.FIRST, known.TOTAL)
    assert ishigami.table["name"].tolist()[-1] == "bring"  # what matters most comes first
    assert np.isnan(ishigami.noise)


@pytest.mark.slow
def test_noisy_replicates_through_the_whole_machine():
    swept = sweep(saltelli(128, RANGES), measure=known.noisy, replicates=3, **TINY)
    for measure in ("of_run", "of_seed"):
        found = analyse(swept, measure)
        assert agrees(found, known.FIRST, known.TOTAL)
        assert 0.02 < found.noise < 0.3
    with pytest.raises(InputError, match="points differ by no more than the noise of replicates"):
        analyse(swept, "only")
    with pytest.raises(InputError, match="constant is 1 at every point"):
        analyse(swept, "constant")


@pytest.mark.parametrize("kind", ["of each run", "of each seed"])
def test_noise_of_replicates_is_taken_out_without_bias(kind):
    """Over many designs, the mean of the estimates is right; that of SALib's on averages is far off."""
    found, raw = [], []
    for trial in range(60):
        random = np.random.default_rng(trial)
        x = np.array(saltelli(128, RANGES, seed=trial).points)
        noise = random.normal(0, 4, (len(x), 3))
        if kind == "of each seed":
            noise = random.normal(0, 5, 3) + random.normal(0, 8, 3) * (x[:, 1:2] - 0.5)
        values = (known.ishigami(x)[:, None] + noise).reshape(-1, 5, 3)
        found.append(sobol_indices(values)(values.mean(axis=2)))
        variance, first, total = products(values.mean(axis=2))
        raw.append([first / variance, total / variance])
    truth = np.array([known.FIRST, known.TOTAL])
    error, error_of_raw = (np.std(each, axis=0, ddof=1) / 60**0.5 for each in (found, raw))
    assert (abs(np.mean(found, axis=0) - truth) < 4 * error).all()
    assert (abs(np.mean(raw, axis=0) - truth) > 6 * error_of_raw).any()


def test_one_replicate_gives_the_numbers_of_salib():
    problem = {"num_vars": 3, "names": list(RANGES), "bounds": [[0.0, 1.0]] * 3}
    values = np.random.default_rng(1).normal(size=(32, 5, 1)).cumsum(axis=1)
    first, total = sobol_indices(values)(values.mean(axis=2))
    theirs = salib("analyze.sobol").analyze(problem, values.ravel(), calc_second_order=False, num_resamples=2, seed=1)
    np.testing.assert_allclose(first, theirs["S1"])
    np.testing.assert_allclose(total, theirs["ST"])


@pytest.mark.slow
def test_elementary_effects_of_a_line_and_a_product():
    design = morris(40, RANGES, seed=3)
    swept = sweep(design, measure=known.line_and_product, **TINY)
    found = analyse(swept, "y")
    spread = (5 / 36) ** 0.5  # of 0, 1/3, 2/3 and 1
    assert agrees(found, np.array([5, 0.5, 0.5]), np.array([0, spread, spread]))
    assert not agrees(found, np.array([5, 0.5, 1.5]), np.array([0, spread, spread]))
    problem = {"num_vars": 3, "names": list(RANGES), "bounds": [[0.0, 1.0]] * 3}
    theirs = salib("analyze.morris").analyze(problem, np.array(design.about["unit"]), swept.runs["y"].to_numpy(),
                                             num_levels=4)  # fmt: skip
    mine = found.table.set_index("name").loc[list(RANGES)]
    for name in ("mu", "mu_star", "sigma"):
        np.testing.assert_allclose(mine[name], theirs[name].astype(float), atol=1e-12)


def test_other_designs_are_refused():
    with pytest.raises(InputError, match="is a grid design; allowed: saltelli"):
        analyse(sweep(grid(cost=[0, 1]), measure=known.line_and_product, **TINY), "y")


def test_only_complete_base_samples_count():
    found = analyse(sweep(saltelli(16, RANGES), measure=known.sometimes, **TINY), "y")
    assert found.samples == 16
    assert 4 <= found.complete < 16
    assert np.isfinite(found.table.drop(columns="name").to_numpy()).all()
