"""Are figures, tables and repeated runs what the folder of a sweep holds, and do they say what is missing?"""

import hashlib
import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from simulation.cli import main
from simulation.errors import InputError
from simulation.measures.inequality import interval
from simulation.sweep import Plan, drawing, from_table, grid, latin_hypercube, load, one_at_a_time, sweep, zipped
from simulation.sweep.designs import Design
from simulation.sweep.drawing import draw
from simulation.sweep.points import by_point, main_effects
from simulation.sweep.replaying import replay_run
from simulation.sweep.store import Swept

SMALL = {"ticks": 3, "settings": {"agents": 12}, "executor": "serial", "replicates": 3}
MIXED = grid(cost=[0.0, 0.5, 1.0], generosity=[("beta", 2, 5), 0.5])
DESIGNS = {
    "curve": (grid(cost=[0.0, 0.5, 1.0]), 1),
    "words": (grid(generosity=[("beta", 2, 5), 0.5]), 1),
    "orders of magnitude": (grid(encounters=[0.1, 1.0, 10.0]), 1),
    "heat map": (MIXED, 2),  # the second Axes is the bar of colours
    "heat maps": (grid(cost=[0.0, 1.0], churn=[0.0, 0.1, 0.2], generosity=[0.0, 0.5, 1.0]), 2),
    "effects": (grid(cost=[0.0, 1.0], churn=[0.0, 0.1], attention=[5.0, 9.0], capacity=[None, 20]), 4),
    "one at a time": (one_at_a_time({}, cost=[0.0, 0.3, 1.0], generosity=[0.2, ("uniform", 0, 1)]), 2),
    "zipped": (zipped(cost=[0.0, 1.0], churn=[0.0, 0.1]), 1),
    "cloud": (latin_hypercube(30, cost=(0, 1), memory=(0, 5), churn=(0, 1)), 3),
    "table": (from_table(pd.DataFrame({"generosity": ["0.5", "beta(2,5)"], "churn": [0.0, 0.1]})), 2),
}


def additive(record):
    """Measure a sum of effects, which a seed shifts as a whole; at one setting it fails."""
    settings = record.parameters
    if settings.cost == 1.0 and settings.churn == 0.1 and settings.relay == 0.5:
        raise ArithmeticError("too much")
    shift = record.seed % 1000 / 100
    return {"y": 10 * settings.cost + 100 * settings.churn + settings.relay + settings.openness + shift}


def broken_off(folder, design, after, **about):
    """Leave a sweep as Ctrl-C does after so many runs."""
    done = []

    def measure(record):
        done.append(1)
        if len(done) > after:
            raise KeyboardInterrupt
        return {"ties": int(record.series["ties"].iloc[-1])}

    with pytest.raises(KeyboardInterrupt):
        sweep(design, out=folder, measure=measure, **{**SMALL, **about})
    return load(folder)


def text_of(figure):
    return figure.get_suptitle()


# --- tables -----------------------------------------------------------------------------------------------------


def test_intervals_are_over_replicates():
    swept = sweep(MIXED, measure=["ties"], **SMALL)
    table = by_point(swept, "ties")
    assert table["generosity"].tolist() == ["beta(2, 5)", "0.5"] * 3
    for point, row in table.iterrows():
        values = swept.runs.loc[swept.runs["point"] == point, "ties"]
        known = interval(values)
        assert (row["replicates"], row["mean"], row["low"], row["high"]) == (
            3, known["mean"], known["low"], known["high"],
        )  # fmt: skip


def test_intervals_after_precision_are_those_of_two_stages(tmp_path):
    swept = sweep(grid(cost=[0.1, 0.9]), out=tmp_path, precision={"ties": "1%"}, most=12, measure=["ties"],
                  **{**SMALL, "replicates": 5})  # fmt: skip
    table = by_point(swept, "ties")
    told = swept.provenance["precision_reached"]
    assert table["low"].tolist() == [each["low"] for each in told]
    assert table["replicates"].tolist() == [each["replicates"] for each in told]


def test_main_effects_compare_what_is_matched():
    """Of an additive measure they are exact, though one setting failed in every run."""
    design = grid(cost=[0.0, 1.0], churn=[0.0, 0.1], relay=[0.0, 0.5], openness=[0.0, 1.0])
    swept = sweep(design, measure=additive, **SMALL)
    assert swept.failures == 2 * 3
    for name, step in {"cost": 10.0, "churn": 10.0, "relay": 0.5, "openness": 1.0}.items():
        effect = main_effects(swept, "y")[name]
        assert np.diff(effect["mean"]) == pytest.approx(step)
        assert effect["replicates"].tolist() == [3, 3]


# --- figures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DESIGNS)
def test_every_kind_of_design_has_a_figure(name, tmp_path):
    design, count = DESIGNS[name]
    measure = additive if name == "effects" else ["ties"]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*: varying it changed no number", UserWarning)
        swept = sweep(design, out=tmp_path / "s", measure=measure, **SMALL)
    figure = draw(swept, "y" if name == "effects" else "ties")
    axes = [ax for ax in figure.axes if ax.get_visible() and ax.get_label() != "<colorbar>"]
    assert len(axes) == (1 if name == "heat map" else count)
    labels = {ax.get_xlabel() for ax in axes} | {ax.get_ylabel() for ax in axes}
    assert labels & {"cost (value per load)", "generosity (probability)", "encounters (agents per share)",
                     "cost (value per load); churn changing along with it"}  # fmt: skip
    assert "3 replicates of each point; " in text_of(figure)
    figure.savefig(tmp_path / "figure.png")  # warnings are errors


def test_a_figure_shows_the_numbers_of_the_table():
    swept = sweep(grid(cost=[0.0, 0.5, 1.0]), measure=["ties"], **SMALL)
    table, (ax,) = by_point(swept, "ties"), draw(swept, "ties").axes
    assert ax.lines[0].get_ydata().tolist() == table["mean"].tolist()
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert {table["low"].min(), table["high"].max()} == {band.min(), band.max()}


def test_heat_maps_show_each_mean_in_its_cell():
    swept = sweep(grid(cost=[0.0, 1.0], churn=[0.0, 0.1, 0.2]), measure=["ties"], **SMALL)
    ax = draw(swept, "ties").axes[0]
    cells = ax.collections[0].get_array()
    means = by_point(swept, "ties").pivot(index="churn", columns="cost", values="mean")
    assert cells.tolist() == means.to_numpy().tolist()
    assert len(ax.texts) == 6 and all("±" in each.get_text() for each in ax.texts)


def test_what_a_figure_leaves_out_is_said_and_can_be_chosen(tmp_path):
    names = ["cost", "churn", "relay", "openness", "bring", "homophily", "departure", "follow_back", "credit",
             "quality_spread", "share_cost", "introduction_cost", "responsiveness"]  # fmt: skip
    assert len(names) == drawing.MOST_PANELS + 1
    swept = sweep(latin_hypercube(6, **dict.fromkeys(names, (0.0, 0.1))), out=tmp_path / "s", measure=["ties"],
                  **{**SMALL, "replicates": 1})  # fmt: skip
    said = "12 of 13 quantities are drawn; choose others with --over: responsiveness"
    assert said in text_of(draw(swept, "ties"))
    result = CliRunner().invoke(main, ["show", str(tmp_path / "s")])
    assert result.exit_code == 0 and said in result.output
    chosen = draw(swept, "ties", over=["responsiveness", "cost"])
    assert [ax.get_xlabel().split(" ")[0] for ax in chosen.axes] == ["responsiveness", "cost"]
    assert "2 of 13 quantities are drawn" in text_of(chosen)
    result = CliRunner().invoke(main, ["show", str(tmp_path / "s"), "--over", "costs"])
    assert result.exit_code == 2 and "did you mean 'cost'" in result.output
    effects = sweep(grid(cost=[0.0, 1.0], churn=[0.0, 0.1]), measure=["ties"], **SMALL)
    (ax,) = draw(effects, "ties", over=["churn"]).axes
    assert ax.lines[0].get_ydata().tolist() == main_effects(effects, "ties")["churn"]["mean"].tolist()


def test_values_without_a_panel_are_said():
    points = tuple(itertools.product(np.linspace(0, 0.1, 13).tolist(), repeat=3))
    design = Design("grid", ("cost", "churn", "relay"), points)
    table = pd.DataFrame({"run": range(len(design.points)), "point": range(len(design.points)), "replicate": 0,
                          "status": "ok", "ties": 1.0})  # fmt: skip
    swept = Swept(Path("s"), Plan(design), True)
    swept.__dict__.update(runs=table, provenance={"runs": len(table), "failures": 0})  # as if read
    figure = draw(swept, "ties")
    assert "12 of 13 values of relay are drawn" in text_of(figure)
    assert sum(ax.get_visible() and ax.get_label() != "<colorbar>" for ax in figure.axes) == 12


def test_what_is_unfinished_or_failed_is_said(tmp_path):
    swept = broken_off(tmp_path / "s", grid(cost=[0.0, 0.5, 1.0], churn=[0.0, 0.1]), after=10)
    assert "unfinished: 10 of 18 runs so far" in text_of(draw(swept, "ties"))
    assert by_point(swept, "ties")["replicates"].tolist() == [3, 3, 3, 1, 0, 0]
    failed = sweep(grid(cost=[0.0, 1.0], churn=[0.1, 0.2]), measure=additive,
                   **{**SMALL, "settings": {"agents": 12, "relay": 0.5}})  # fmt: skip
    assert "3 of 12 runs failed and are left out" in text_of(draw(failed, "y"))
    before = sorted(each.name for each in (tmp_path / "s").iterdir())
    result = CliRunner().invoke(main, ["show", str(tmp_path / "s")])
    assert result.exit_code == 0 and "unfinished: 10 of 18 runs so far" in result.output
    assert (tmp_path / "s-ties.png").exists()
    assert sorted(each.name for each in (tmp_path / "s").iterdir()) == before  # so that the sweep can go on


def test_show_at_80_columns(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    names = ("cost", "churn", "relay", "openness", "responsiveness", "follow_back", "quality_spread", "share_cost")
    sweep(latin_hypercube(60, dict.fromkeys(names, (0, 1))), out=tmp_path / "s", **SMALL)
    result = CliRunner().invoke(main, ["show", str(tmp_path / "s"), "--csv", str(tmp_path / "t.csv"),
                                       "--out", str(tmp_path / "f.svg")])  # fmt: skip
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line for line in lines if len(line) > 80 and "f.svg" not in line] == []
    assert "and 20 more points" in result.output
    assert len(pd.read_csv(tmp_path / "t.csv")) == 60
    assert (tmp_path / "f.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--measure", "tise"], "did you mean 'ties'"),
        (["--out", "x.gif"], "ends in .png, .pdf, .svg"),
        (["--out", "nowhere/x.png"], "there is no folder 'nowhere'"),
        (["--csv", "nowhere/x.csv"], "there is no folder 'nowhere'"),
    ],
)
def test_show_refuses(tmp_path, words, message):
    sweep(grid(cost=[0.0, 1.0]), out=tmp_path / "s", **SMALL)
    result = CliRunner().invoke(main, ["show", str(tmp_path / "s"), *words])
    assert (result.exit_code, message in result.output) == (2, True), result.output
    assert sorted(each.name for each in tmp_path.iterdir()) == ["s"]


def test_folders_without_results_are_refused(tmp_path):
    for command in ("show", "sensitivity"):
        result = CliRunner().invoke(main, [command, str(tmp_path)])
        assert (result.exit_code, "holds no sweep" in result.output) == (2, True)
    sweep(grid(cost=[1.0, 2.0]), out=tmp_path / "s", measure="tests.sweep.test_using:failing", **SMALL)
    result = CliRunner().invoke(main, ["show", str(tmp_path / "s")])
    assert result.exit_code == 2
    assert "no run has gone well so far; 6 have failed, the first with 'ValueError: never'" in result.output


def failing(record):
    raise ValueError("never")


# --- repeating one run ------------------------------------------------------------------------------------------

REPEATED = {"measure": "tests.sweep.test_using:measured", "keep": ["series", "agents"], **SMALL}


def measured(record):
    """Measure all kinds of values; fail where giving is dear and the seed is odd."""
    if record.parameters.cost == 1.0 and record.seed % 2:
        raise ArithmeticError("odd")
    return {"ties": record.series["ties"].iloc[-1], "text": "a", "none": None, "yes": True, "attention": 0.25,
            "list": [1, 2], "nan": float("nan")}  # fmt: skip


@pytest.mark.parametrize("finished", [True, False])
def test_a_run_is_repeated_number_by_number(tmp_path, monkeypatch, finished):
    if finished:
        swept = sweep(MIXED, out=tmp_path, **REPEATED)
        runs = [1, 17]
    else:
        broken_off(tmp_path, MIXED, after=5, keep=["series", "agents"])
        monkeypatch.setattr("simulation.sweep.plan.measure_function", lambda name: lambda record: {"ties": 0})
        runs = [3]
    for run in runs:
        found = replay_run(tmp_path, run, None if finished else lambda r: {"ties": int(r.series["ties"].iloc[-1])})
        assert found.agrees, str(found)
        if finished and swept.runs["status"][run] == "failed":
            assert "fails again in the same way: ArithmeticError: odd" in str(found)
        else:
            assert list(found.compared) == ["runs", "series", "agents"]
            assert found.compared["agents"] >= 12 * 5


def of_another_day(folder):
    """Let a folder have been written by another version of the dynamics."""
    path, manifest = folder / "design.json", json.loads((folder / "provenance.json").read_text())
    design = json.loads(path.read_text())
    design["software"]["dynamics_fingerprint"] = "of another day"
    path.write_text(json.dumps(design))
    content = path.read_bytes()
    manifest["files"][path.name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "provenance.json").write_text(json.dumps(manifest))


def test_another_measure_and_other_dynamics_are_told_apart(tmp_path, monkeypatch):
    sweep(MIXED, out=tmp_path, **REPEATED)
    monkeypatch.setattr("tests.sweep.test_using.measured", lambda record: {"ties": -1, "yes": True, "more": 1})
    of_another_day(tmp_path)
    found = replay_run(tmp_path, 0)
    assert not found.agrees
    assert {each.column for each in found.differences} == {"ties", "text", "measured_attention", "list", "more"}
    text = str(found)
    assert "does not agree" in text and "replayed -1" in text
    assert "software.dynamics_fingerprint: " in text and "'of another day' when written" in text
    result = CliRunner().invoke(main, ["replay", str(tmp_path), "--run", "0"])
    assert result.exit_code == 1


def test_a_damaged_table_is_refused(tmp_path):
    sweep(MIXED, out=tmp_path, **REPEATED)
    data = bytearray((tmp_path / "agents.parquet").read_bytes())
    data[100] ^= 1
    (tmp_path / "agents.parquet").write_bytes(data)
    with pytest.raises(InputError, match="is damaged"):
        replay_run(tmp_path, 0)


def test_runs_that_do_not_exist(tmp_path):
    sweep(grid(cost=[0.0, 0.5]), out=tmp_path / "done", **SMALL)
    broken_off(tmp_path / "part", grid(cost=[0.0, 0.5]), after=4)
    for words, message in [
        (["done", "--run", "6"], "6 does not exist in"), (["done", "--run", "6"], "the nearest is 5"),
        (["part", "--run", "4"], "4 has not finished yet in"), (["part", "--run", "9"], "9 does not exist"),
        (["done"], "say which of its runs, 0 to 5: --run N"), ([".", "--run", "1"], "holds no sweep"),
    ]:  # fmt: skip
        result = CliRunner().invoke(main, ["replay", str(tmp_path / words[0]), *words[1:]])
        assert (result.exit_code, message in result.output) == (2, True), result.output


@pytest.mark.slow
def test_a_run_that_kills_its_process_is_repeated_in_another(tmp_path):
    sweep(grid(cost=[0.0, 0.5]), out=tmp_path, measure="tests.sweep.toys:deadly", jobs=1,
          **{**SMALL, "replicates": 1, "executor": "processes"})  # fmt: skip
    assert load(tmp_path).runs["status"].tolist() == ["ok", "crashed"]
    assert replay_run(tmp_path, 1).agrees
