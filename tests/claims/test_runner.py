"""Does an experiment run from start to end, the same over any number of processes, and go on after being stopped?"""

import io
import json
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from experiments import giving_grows_followers as giving
from experiments import runner
from experiments import where_giving_pays as where
from experiments.claims import Claim, Verdict
from experiments.intervals import holm, interval, intervals
from simulation.errors import InputError

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


WHERE = ("axes", "newcomers", "knock-out", "plausible")  # the parts of `where_giving_pays`


def small_design(quick=False, network=None, replicates=None):
    """Two replicates of everything, tiny."""
    rows = [row for row in giving.__dict__["whole_design"](True, network, 2) if row.get("point", 0) < 2]
    for row in rows:
        row["agents"] = 24
        if "ticks" in row:
            row["ticks"] = 8
        if "marks" in row:
            row["marks"] = "4 8 24"
    return rows


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(giving, "whole_design", giving.design, raising=False)
    monkeypatch.setattr(giving, "design", small_design)


def test_interval_is_students():
    got = interval([1.0, 2.0, 3.0, 4.0])
    assert got["mean"] == 2.5 and got["replicates"] == 4
    assert got["high"] - 2.5 == pytest.approx(3.182446 * np.std([1, 2, 3, 4], ddof=1) / 2)
    assert 0.02 < got["p"] < 0.04


def test_interval_of_little_or_constant():
    assert np.isnan(interval([1.0])["low"]) and interval([])["replicates"] == 0
    assert interval([2.0, 2.0])["p"] == 0.0 and interval([0.0, 0.0])["p"] == 1.0
    assert interval([1.0, np.nan, 3.0])["replicates"] == 2


def test_interval_covers_at_its_level():
    random = np.random.default_rng(1)
    covered = [(i := interval(random.normal(3.0, 2.0, 5)))["low"] <= 3.0 <= i["high"] for _ in range(2000)]
    assert abs(np.mean(covered) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 2000)


def test_intervals_by_group():
    table = pd.DataFrame({"g": ["a", "a", "b", "b"], "x": [1.0, 3.0, 5.0, 5.0]})
    assert intervals(table, "g", "x")["mean"].tolist() == [2.0, 5.0]


def test_holm_matches_hand_computation_and_skips_nan():
    adjusted = holm([0.01, np.nan, 0.04, 0.03])
    assert adjusted[[0, 2, 3]] == pytest.approx([0.03, 0.06, 0.06]) and np.isnan(adjusted[1])


def test_design_is_whole_and_paired():
    rows = giving.design(quick=False)
    parts = pd.DataFrame(rows).groupby("part")
    assert set(parts.groups) == {"individuals", "twins", "region", "population", *WHERE}
    population = parts.get_group("population")
    assert population.groupby(["supply", "generosity"])["replicate"].nunique().nunique() == 1
    assert len(giving.design(quick=True)) < len(rows) / 2


def test_every_part_measures_numbers():
    for row in small_rows():
        numbers = giving.measure(row, seed=1)
        assert numbers and all(np.isfinite(value) or "_" in name for name, value in numbers.items())


def small_rows():
    rows = pd.DataFrame(giving.design(quick=True, replicates=1)).groupby("part").head(1).to_dict("records")
    for row in rows:
        row |= {"agents": 24, "network": None, "ticks": 6, "marks": "4 8 22"}
    return rows


@pytest.mark.slow
def test_from_start_to_end_and_over_processes(small, tmp_path):
    verdict = runner.run("giving_grows_followers", quick=True, out=tmp_path / "one", jobs=1)
    assert isinstance(verdict, Verdict)
    names = {path.name for path in (tmp_path / "one").iterdir()} - {".lock"}
    assert names == {"runs.csv", "effects.csv", "figure.png", "verdict.md", "provenance.json"}
    about = json.loads((tmp_path / "one" / "provenance.json").read_text())
    assert about["verdict"] == verdict.kind and about["seed"] == 1 and about["software"]["dynamics_fingerprint"]
    again = tmp_path / "two"
    runner.run("giving_grows_followers", quick=True, out=again, jobs=1)
    assert (again / "runs.csv").read_bytes() == (tmp_path / "one" / "runs.csv").read_bytes()


@pytest.mark.slow
def test_processes_change_no_number(tmp_path):
    rows = [row for row in small_rows() if row["part"] != "population"]
    alone = [giving.measure(row, 3) for row in rows]
    assert runner._measure_all("giving_grows_followers", rows, 3, tmp_path / "journal", jobs=2) == alone


def test_goes_on_where_it_was_stopped(small, tmp_path, monkeypatch):
    measured = []

    def stop_after_five(row, seed):
        if len(measured) == 5:
            raise KeyboardInterrupt
        measured.append(row["part"])
        return {"number": float(len(measured))}

    monkeypatch.setattr(giving, "measure", stop_after_five)
    with pytest.raises(KeyboardInterrupt):
        runner.run("giving_grows_followers", quick=True, out=tmp_path, jobs=1)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == []
    (journal,) = tmp_path.glob(".journal-*")
    with journal.open("ab") as log:
        log.write(b"CRJ2\0")  # killed while writing
    rows = small_design()
    monkeypatch.setattr(giving, "measure", lambda row, seed: {"number": -1.0})
    named = journal.with_name(journal.name.rpartition("-")[0])  # the rest tells the rows
    numbers = runner._measure_all("giving_grows_followers", rows, 1, named, 1)
    assert [each["number"] for each in numbers[:6]] == [1.0, 2.0, 3.0, 4.0, 5.0, -1.0]
    assert len(numbers) == len(rows) and not journal.exists()


def test_bad_input_is_refused_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(giving, "measure", lambda row, seed: pytest.fail("ran"))
    with pytest.raises(InputError, match="giving_grows_followers"):
        runner.run("giving_grow_followers")
    with pytest.raises(InputError, match="replicates: 1"):
        runner.run("giving_grows_followers", replicates=1, out=tmp_path / "x")
    with pytest.raises(InputError, match="jobs: 0"):
        runner.run("giving_grows_followers", jobs=0, out=tmp_path / "x")
    with pytest.raises(InputError, match=r"missing\.csv"):
        runner.run("giving_grows_followers", network=tmp_path / "missing.csv", out=tmp_path / "x")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        runner.run("giving_grows_followers", out=tmp_path / "file")
    assert not (tmp_path / "x").exists()


def test_verdict_can_come_out_each_way():
    def runs(slope, region, axes, null):
        random = np.random.default_rng(2)
        rows = where.rows(True, 2)
        for row in rows:
            here = {"knock-out": null, "axes": axes}.get(row["part"], 2.0)
            row |= {"slope_followers": here + random.normal(0, 0.05), "predicted": here + random.normal(0, 0.05)}
            row |= {f"ties_{name}": random.normal(3, 0.1) for name in ("none", "half", "all")}
        for k in range(6):
            noise = random.normal(0, 0.1)
            rows.append(
                {
                    "part": "individuals",
                    "replicate": k,
                    "ticks": 10,
                    **{f"slope_{c}": slope + noise for c in ("followers", "reached", "received")},
                    **{f"followers_{place}": 5 + slope * place / 9 + noise for place in range(giving.DECILES)},
                }
            )
            rows += [
                {"part": "twins", "setting": setting, "replicate": k, "followers_hoards": 5.0}
                | {"followers_gives": 5 + slope + noise}
                for setting in giving.TWINS
            ]
            rows += [
                {"part": "region", "replicate": k, "route": "no", "churn": churn, "slope_followers": value + noise}
                for churn, value in region.items()
            ]
            rows += [
                {
                    "part": "population",
                    "replicate": k,
                    "supply": supply,
                    "generosity": g,
                    "marks": "5",
                    "ties_0": g * (1.5 - g) + noise,
                }
                for supply in giving.SUPPLIES
                for g in (0.0, 0.5, 1.0)
            ]
        return pd.DataFrame(rows).assign(network="")  # fmt: skip

    def kind(slope, region, axes=1.0, null=0.0):
        table = runs(slope, region, axes, null)
        return giving.verdict(table, giving.effects(table)).kind

    assert kind(+3.0, {0.0: 2.0}) == "holds broadly"
    assert kind(+3.0, {0.0: -2.0, 0.1: 2.0}) == "holds under a condition"
    assert kind(+3.0, {0.0: 2.0}, axes=-1.0) == "holds under a condition"
    assert kind(-3.0, {0.0: -2.0}) == "not supported"
    assert kind(+3.0, {0.0: 2.0}, null=2.0) == "not testable as stated"


def test_verdicts_are_of_four_kinds():
    with pytest.raises(ValueError, match="allowed: holds broadly"):
        Verdict("true", [])
    assert isinstance(runner.claims()["giving_grows_followers"], Claim)


RESULTS = Path(__file__).parents[2] / "results"


@pytest.mark.parametrize("name", runner.names())
def test_committed_results_follow_from_their_runs(name):
    text, module = (RESULTS / name / "runs.csv").read_text(), runner.load(name)
    runs = runner.read_runs(text)
    assert runs.to_csv(index=False, lineterminator="\n") == text  # to the last bit
    table, columns = module.effects(runs), ["name", "mean", "low", "high", "replicates", "p"]
    committed = pd.read_csv(RESULTS / name / "effects.csv")
    pd.testing.assert_frame_equal(table[columns], committed[columns], check_exact=False, rtol=1e-9)
    assert f"**{module.verdict(runs, table).kind}**" in (RESULTS / name / "verdict.md").read_text()


def test_committed_figure_shows_its_runs():
    folder = RESULTS / "giving_grows_followers"
    figure, drawn = giving.figure(runner.read_runs((folder / "runs.csv").read_text())), io.BytesIO()
    figure.savefig(drawn, format="png")
    plt.close(figure)
    drawn.seek(0)
    ours, committed = plt.imread(drawn), plt.imread(folder / "figure.png")
    assert ours.shape == committed.shape
    assert np.abs(ours - committed).mean() < 0.01, "the figure is drawn from other runs"
