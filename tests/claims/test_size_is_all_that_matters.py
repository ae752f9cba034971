"""Is influence what others miss, is R2 what it should be, and can the verdict come out each way?"""

import matplotlib
import numpy as np
import pandas as pd
import pytest

from experiments import runner
from experiments import size_is_all_that_matters as size
from experiments.claims import Verdict
from simulation import interventions, measures, open_world, replicate_seed, simulate

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
WHOLE = size.design
SMALL = {"agents": 30, "since": 12, "window": 6}


def small_design(quick=False, network=None, replicates=None):
    """Two replicates, two points of the region, tiny."""
    rows = [row for row in WHOLE(True, network, 2) if row["part"] != "region" or row["replicate"] < 2]
    return [{**row, **SMALL} for row in rows]


def small_row(part, **more):
    return {**next(row for row in WHOLE(True) if row["part"] == part), **SMALL, **more}


def test_influence_is_what_two_whole_runs_differ_by():
    world, seed = open_world(agents=30, find_rate=2.0), 7
    change = interventions.set_attribute(10, range(30), "generosity", 0.9)
    ends = [simulate(world, ticks=20, seed=seed, interventions=(change, *more)).agents["received"].drop(index=4).sum()
            for more in ((), (interventions.silence(10, 4),))]  # fmt: skip
    table = measures.influence(world, [3, 4], ticks=20, since=10, seed=seed, interventions=[change])
    assert table["value"].loc[4] == pytest.approx(ends[0] - ends[1])
    details = measures.influence(world, [3, 4], ticks=20, since=10, seed=seed, interventions=[change], details=True)
    pd.testing.assert_frame_equal(details[["value", "read"]], table)


def test_adjusted_r2_matches_theil_and_is_zero_by_luck():
    random = np.random.default_rng(5)
    x = pd.DataFrame(random.normal(size=(12, 4)))
    y = random.normal(size=12)
    fitted = np.column_stack([np.ones(12), x])
    left = y - fitted @ np.linalg.lstsq(fitted, y, rcond=None)[0]
    plain = 1 - (left @ left) / ((y - y.mean()) @ (y - y.mean()))
    assert size.adjusted_r2(y, x) == pytest.approx(1 - (1 - plain) * 11 / 7)
    lucky = [size.adjusted_r2(random.normal(size=10), pd.DataFrame(random.normal(size=(10, 4)))) for _ in range(1500)]
    assert abs(np.mean(lucky)) < 4 * np.std(lucky) / np.sqrt(1500)
    assert np.isnan(size.adjusted_r2(np.arange(7.0), x.iloc[:7])) and np.isnan(size.adjusted_r2(np.ones(12), x))


def test_constant_predictors_cost_nothing():
    x = pd.DataFrame({"a": [0.0, 1, 2, 3, 4, 5, 6, 9], "b": 1.0})
    y = [1.0, 0, 3, 2, 5, 4, 7, 6]
    assert size.adjusted_r2(y, x) == pytest.approx(size.adjusted_r2(y, x[["a"]]))


def test_arms_share_their_past_and_differ_in_giving_only():
    rows = {part: small_row(part) for part in size.ARMS}
    seed = replicate_seed(1, 0)
    past = simulate(size._world(rows["came"], seed), ticks=12, seed=seed)
    people = {part: size._people(past, size._dealt(row, past)) for part, row in rows.items()}
    for part in ("shuffled", "equals"):
        columns = ["followers", "two_steps", "crowding"]
        pd.testing.assert_frame_equal(people[part][columns], people["came"][columns])
    assert sorted(people["shuffled"]["giving"]) == pytest.approx(sorted(people["came"]["giving"]))
    assert not np.allclose(people["shuffled"]["giving"], people["came"]["giving"])
    assert people["equals"]["giving"].nunique() == 1


def test_design_pairs_all_arms_and_covers_the_region():
    rows = pd.DataFrame(size.design())
    arms = rows[rows["part"] != "region"].groupby("part")["replicate"].apply(tuple)
    assert arms.nunique() == 1 and set(arms.index) == {*size.ARMS, "doubled"}
    region = rows[rows["part"] == "region"]
    for name, (low, high) in size.REGION.items():
        assert np.floor((region[name] - low) / (high - low) * 200).clip(0, 199).nunique() == 200, name


def test_every_part_measures_numbers():
    for part in (*size.ARMS, "doubled", "region"):
        numbers = size.measure(small_row(part), 1)
        assert any(np.isfinite(value) for value in numbers.values()), part


def made(rest, rest_in_region, doubled_finds=1.0):
    """Return runs in which all else adds so much to followers, in each band and in the region."""
    random = np.random.default_rng(6)
    rows = []
    for k in range(8):
        for arm in size.ARMS:
            numbers = {}
            for place, band in enumerate(size.BANDS):
                followers, noise = 0.6 if arm == "came" else 0.5, random.normal(0, 0.005)
                numbers |= {f"followers, {band}": followers + noise, f"giving, {band}": 0.2 + noise,
                            f"everything, {band}": followers + 2 * noise + rest[place],
                            f"rest, {band}": rest[place] + noise}  # fmt: skip
            rows.append({"part": arm, "replicate": k, **numbers})
        noise = random.normal(0, 0.01)
        rows.append({"part": "doubled", "replicate": k, "times_followers": 2 + noise, "times_finds": 1 + doubled_finds})
    rows += [{"part": "region", "replicate": k, "spread": spread, "attention": 9.0, "rest, all": rest_in_region(spread)}
             for k, spread in enumerate(np.linspace(0, 1.5, 60))]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("rest", "region", "kind"),
    [((0.0, 0.0, 0.0), lambda spread: 0.0, "holds broadly"),
     ((0.0, 0.3, 0.3), lambda spread: 0.2 * (spread > 0.8), "holds under a condition"),
     ((0.2, 0.3, 0.3), lambda spread: 0.3, "not supported"),
     ((np.nan, np.nan, np.nan), lambda spread: np.nan, "not testable as stated")],
)  # fmt: skip
def test_verdict_can_come_out_each_way(rest, region, kind):
    runs = made(rest, region)
    assert size.verdict(runs, size.effects(runs)).kind == kind


def test_failed_predictions_are_told():
    runs = made((0.0, 0.3, 0.3), lambda spread: 0.2 * (spread > 0.8), doubled_finds=0.2)
    last = size.verdict(runs, size.effects(runs)).sentences[-1]
    assert "doubling finds adds as much" in last and "less often where people find more unequally" not in last


@pytest.mark.slow
def test_from_start_to_end(tmp_path, monkeypatch):
    monkeypatch.setattr(size, "design", small_design)
    assert isinstance(runner.run("size_is_all_that_matters", quick=True, out=tmp_path / "one", jobs=1), Verdict)
    table = pd.read_csv(tmp_path / "one" / "effects.csv")
    assert table["mean"].notna().any() and (tmp_path / "one" / "figure.png").stat().st_size > 10_000
