"""Do hidden and seen follower counts differ in nothing else, and can the verdict come out each way?"""

import matplotlib
import numpy as np
import pandas as pd
import pytest

from experiments import results_are_transparent as transparent
from experiments import runner
from experiments.claims import Verdict
from experiments.intervals import equivalence, share_that_holds
from simulation import Parameters

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
WHOLE = transparent.design
ROW = {"part": "people", "fame": 0.0, "spread": 1.0, "replicate": 0, "agents": 60, "ticks": 30, "network": None}


def small_design(quick=False, network=None, replicates=None):
    """Two replicates, two points of the region, tiny."""
    rows = [row for row in WHOLE(True, network, 2) if row["part"] != "region" or row["replicate"] < 2]
    return [{**row, "agents": 30, "ticks": 10} for row in rows]


def test_equivalence_errs_at_its_level_on_the_margin():
    random = np.random.default_rng(3)
    p = [equivalence(random.normal(0.05, 0.02, 8), 0.05) for _ in range(2000)]
    assert abs(np.mean(np.array(p) < 0.05) - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 2000)
    assert np.isnan(equivalence([0.0], 0.1)) and equivalence([0.0, 0.0], 0.1) == 0.0 and equivalence([1, 1], 0.1) == 1.0


def test_share_has_wilsons_interval():
    found = share_that_holds([False] * 10)
    assert found["low"] == 0.0 and found["high"] == pytest.approx(1.959964**2 / (10 + 1.959964**2), abs=1e-4)
    assert np.isnan(share_that_holds([])["mean"])


def test_design_pairs_all_arms_and_covers_the_region():
    rows = pd.DataFrame(transparent.design())
    arms = rows[rows["part"] != "region"].groupby(["part", "fame"])["replicate"].apply(lambda k: tuple(sorted(k)))
    assert arms.nunique() == 1 and {"people", "eager", "equals"} == set(arms.index.get_level_values(0))
    region = rows[rows["part"] == "region"]
    assert len(region) == 200
    for name, (low, high) in transparent.REGION.items():
        parts = np.floor((region[name] - low) / (high - low) * 200).clip(0, 199)
        assert parts.nunique() == 200, name


def test_two_histories_have_the_same_people():
    one, other = (transparent._history(ROW, 5, seed, Parameters())[0] for seed in (1, 2))
    pd.testing.assert_series_equal(one["generosity"], other["generosity"])
    pd.testing.assert_series_equal(one["find_rate"], other["find_rate"])
    assert not one["followers"].equals(other["followers"])


def test_eager_makes_as_many_ties_and_sees_no_count():
    row = {**ROW, "part": "eager", "fame": 0.5, "agents": 150, "ticks": 60}
    eager, seen = transparent.measure(row, 1), transparent.measure({**row, "part": "people"}, 1)
    assert eager["eagerness"] > 1 and eager["ties"] / seen["ties"] == pytest.approx(1, abs=0.1)
    plain = transparent._history(ROW, 1, 1, Parameters())[0]
    pd.testing.assert_frame_equal(transparent._history(ROW, 1, 1, Parameters(), 1.0)[0], plain)
    assert transparent._history(ROW, 1, 1, Parameters(), 4.0)[0]["followers"].sum() > plain["followers"].sum()


def test_worth_on_top_by_hand():
    given, half = np.arange(20.0), np.arange(20.0)  # before: 19 and 18 on top
    found = transparent._worth_on_top(half, np.where(given == 9, 99, given), given)  # now: 9 and 19
    assert found == {"worth_elite": pytest.approx((9.5 + 19.5) / 40), "worth_risers": pytest.approx(9.5 / 20)}
    assert np.isnan(transparent._worth_on_top(half, half, np.ones(20))["worth_elite"])
    assert np.isnan(transparent._worth_on_top(half, half, given)["worth_risers"])


def made(fall_of, equals_agree=0.0):
    """Return runs in which seen counts make worth fall so much at each fame."""
    random = np.random.default_rng(4)
    rows = []
    for k in range(8):
        for fame in (0.0, 0.1, 0.5):
            noise = random.normal(0, 0.004)
            level = {**dict.fromkeys(transparent.MEASURES, 0.5 + noise), "ties": 5.0, "given_gini": 0.6}
            seen = {**level, "worth": level["worth"] - fall_of(fame)}
            rows.append({"part": "people", "fame": fame, "replicate": k, **seen})
            rows.append({"part": "equals", "fame": fame, "replicate": k, **level, "reproducible": equals_agree + noise})
            rows += [{"part": "eager", "fame": fame, "replicate": k, **level}] * (fame > 0)
    rows += [{"part": "region", "fame": fame, "replicate": k, "worth_from_eager": -fall_of(fame),
              "worth_from_hidden": 0.0} for k, fame in enumerate(np.linspace(0.05, 1, 60))]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("fall_of", "kind"),
    [(lambda fame: 0.0, "holds broadly"), (lambda fame: 0.2 * (fame > 0.3), "holds under a condition"),
     (lambda fame: 0.2 * (fame > 0), "not supported")],
)  # fmt: skip
def test_verdict_can_come_out_each_way(fall_of, kind):
    runs = made(fall_of)
    assert transparent.verdict(runs, transparent.effects(runs)).kind == kind


def test_line_is_where_the_fall_reaches_the_margin():
    runs = made(lambda fame: 0.1 * fame / 0.5)
    sentences = transparent.verdict(runs, transparent.effects(runs)).sentences
    assert "reaches the margin of 0.05 at fame 0.25." in sentences[1]
    assert "no fame up to 0.5" in transparent._line([0.1, 0.5], [{"mean": 0.0}, {"mean": 0.1}])


def test_equals_who_agree_are_told():
    runs = made(lambda fame: 0.0, equals_agree=0.4)
    assert "no two histories of equals agree" in transparent.verdict(runs, transparent.effects(runs)).sentences[-1]


@pytest.mark.slow
def test_from_start_to_end(tmp_path, monkeypatch):
    monkeypatch.setattr(transparent, "design", small_design)
    assert isinstance(runner.run("results_are_transparent", quick=True, out=tmp_path / "one", jobs=1), Verdict)
    table = pd.read_csv(tmp_path / "one" / "effects.csv")
    assert table["mean"].notna().any() and (tmp_path / "one" / "figure.png").stat().st_size > 10_000
