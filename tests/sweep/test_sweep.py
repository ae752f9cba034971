"""Does one call give the tables, the same ones whoever does the runs, and refuse what makes no sense?"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from simulation import Parameters, open_world, replicate_seed, simulate
from simulation.errors import InputError
from simulation.sweep import designs, from_table, grid, load, morris, saltelli, sobol, sweep, zipped
from simulation.sweep.precision import interval, stein
from simulation.sweep.tables import CLOCK

SMALL = {"ticks": 5, "settings": {"agents": 20}}


def failing(record):
    if record.parameters.cost == 0.5:
        raise ArithmeticError("half")
    return {"ties": record.series["ties"].iloc[-1], "whole": True}


def same(one, other):
    pd.testing.assert_frame_equal(one.drop(columns=list(CLOCK)), other.drop(columns=list(CLOCK)), check_exact=True)


def test_rows_are_those_of_simulate_alone(tmp_path):
    about = {"replicates": 2, "seed": 4, "keep": ["series"], "executor": "serial", **SMALL}
    swept = sweep(grid(cost=[0.1, 0.9]), out=tmp_path, **about)
    for row in swept.runs.to_dict("records"):
        assert row["seed"] == replicate_seed(4, row["replicate"])
        record = simulate(open_world(agents=20), Parameters(cost=row["cost"]), ticks=5, seed=row["seed"])
        assert row["ties"] == record.series["ties"].iloc[-1]
        series = swept.series[swept.series["run"] == row["run"]].drop(columns="run").set_index("tick")
        pd.testing.assert_frame_equal(series, record.series, check_exact=True)
    assert {each.name for each in tmp_path.iterdir() if each.name[0] != "."} == {
        "design.json", "provenance.json", "runs.parquet", "series.parquet",
    }  # fmt: skip


@pytest.mark.slow
def test_who_does_the_runs_changes_no_bit(tmp_path):
    design = grid(cost=[0.1, 0.9], generosity=[("beta", 2, 5), 0.5])
    alone = sweep(design, replicates=3, executor="serial", **SMALL)
    with ThreadPoolExecutor(2) as pool:
        same(alone.runs, sweep(design, replicates=3, executor=pool, **SMALL).runs)
    same(alone.runs, sweep(design, replicates=3, executor="processes", jobs=2, out=tmp_path, **SMALL).runs)
    same(alone.runs, load(tmp_path).runs)
    assert set(alone.runs["generosity"]) == {"beta(2, 5)", "0.5"}


def test_failures_are_rows_and_are_tried_again(tmp_path):
    design = grid(cost=[0.1, 0.5, 0.9])
    swept = sweep(design, out=tmp_path, measure=failing, executor="serial", **SMALL)
    assert swept.runs["status"].tolist() == ["ok", "failed", "ok"]
    assert "ArithmeticError: half" in swept.runs["error"][1]
    again = sweep(design, out=tmp_path, measure=failing, executor="serial", **SMALL)
    pd.testing.assert_frame_equal(again.runs, swept.runs)  # clock times, too: nothing has run
    retried = sweep(design, out=tmp_path, measure=failing, executor="serial", retry_failed=True, **SMALL)
    assert retried.failures == 1
    same(retried.runs.drop(columns="error"), swept.runs.drop(columns="error"))


def test_a_folder_of_another_sweep_is_refused(tmp_path):
    sweep(grid(cost=[0.1, 0.9]), out=tmp_path, executor="serial", **SMALL)
    with pytest.raises(InputError, match=r"plan\.seed: 1 there, 2 here"):
        sweep(grid(cost=[0.1, 0.9]), out=tmp_path, seed=2, executor="serial", **SMALL)


@pytest.mark.parametrize(
    ("design", "about", "message"),
    [
        (lambda: grid(churm=[0, 1]), {}, "did you mean 'churn'"),
        (lambda: grid(cost=[1, 1]), {}, "varies nothing"),
        (lambda: grid(churn=[0, 2]), {}, "out of range"),
        (lambda: grid(span=[2, 3]), {}, "span"),
        (lambda: grid({"gift.value": [0, 1]}), {}, "no intervention is called 'gift'"),
        (lambda: grid(cost=[0, 1]), {"measure": ["tise"]}, "did you mean 'ties'"),
        (lambda: zipped(cost=[0, 1], churn=[0, 0.1, 0.2]), {}, "different lengths"),
        (lambda: grid(cost=[0, 1]), {"precision": {"ties": "-1%"}, "replicates": 5}, "precision"),
    ],
)
def test_refusals(tmp_path, design, about, message):
    with pytest.raises(InputError, match=message):
        sweep(design(), out=tmp_path / "x", **{**SMALL, **about})
    assert not (tmp_path / "x").exists()


def test_what_varies_without_effect_is_told():
    with pytest.warns(UserWarning, match="attraction: varying it changed no number"):
        sweep(grid(attraction=[1, 2], cost=[0, 1]), executor="serial", **SMALL)


def test_parts_of_interventions_vary():
    gift = {"gift": {"kind": "set", "ticks": [0], "agents": list(range(20)), "name": "generosity", "value": 0.0}}
    runs = sweep(grid({"gift.value": [0.0, 1.0]}), interventions=gift, executor="serial", **SMALL).runs
    assert runs["shared"][0] == 0 < runs["shared"][1]


def test_designs(tmp_path):
    assert len(saltelli(8, cost=(0, 1), churn=(0, 1)).points) == 8 * 4
    assert len(morris(5, cost=(0, 1), churn=(0, 1)).points) == 5 * 3
    assert {point[0] for point in sobol(64, memory=(1, 4)).points} == {1, 2, 3, 4}
    pd.DataFrame({"cost": [0.1, 1 / 3], "generosity": ["beta(2,5)", "0.5"]}).to_csv(tmp_path / "t.csv", index=False)
    assert from_table(tmp_path / "t.csv").points == ((0.1, ("beta", 2, 5)), (1 / 3, 0.5))
    kept = from_table(tmp_path / "t.csv")
    assert designs.Design.from_dict(kept.as_dict()).as_dict() == kept.as_dict()


def test_two_stages_cover_as_often_as_they_say():
    rng = np.random.default_rng(1)
    hits, trials = 0, 2000
    for _ in range(trials):
        first = rng.normal(10, 1, 6)
        count = stein(first, 0.5, relative=False)
        found = interval(first, np.append(first, rng.normal(10, 1, count - 6)), 0.5, relative=False)
        hits += found["low"] <= 10 <= found["high"]
        assert found["reached"]
    assert abs(hits / trials - 0.95) < 3 * (0.95 * 0.05 / trials) ** 0.5


def test_precision_adds_replicates_and_says_what_it_missed(tmp_path):
    swept = sweep(grid(cost=[0.1, 0.9]), out=tmp_path, replicates=5, precision={"followers_gini": "2%"}, most=30,
                  executor="serial", **SMALL)  # fmt: skip
    with pytest.raises(InputError, match="unknown measure with a precision 'tise'; did you mean 'ties'"):
        sweep(grid(cost=[0.1, 0.9]), replicates=5, precision={"tise": "2%"}, measure=failing, executor="serial",
              **SMALL)  # fmt: skip
    told = swept.provenance["precision_reached"]
    assert swept.runs.groupby("point").size().tolist() == [each["replicates"] for each in told]
    assert max(each["replicates"] for each in told) > 5
