"""Is a sweep the same from Python, from the command line and from a file, and is a file that is wrong understood?"""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from simulation.cli import main
from simulation.errors import InputError
from simulation.sweep import (
    Plan,
    from_table,
    grid,
    latin_hypercube,
    load,
    morris,
    one_at_a_time,
    read_plan,
    saltelli,
    sobol,
    sweep,
    zipped,
)
from simulation.sweep.identity import identity

BETA = ("beta", 2, 5)
TABLE = "cost,generosity\n0.1,0.5\n0.9,\"beta(2, 5)\"\n"

# Every design three times: in Python, as options, as a file.
DESIGNS = {
    "grid": (
        lambda: grid(cost=[0.0, 0.5, 1.0], generosity=[BETA, 0.5]),
        ["--vary", "cost=0:1:3", "--vary", "generosity=beta:2:5,0.5"],
        "vary:\n  cost: 0:1:3\n  generosity: ['beta(2, 5)', 0.5]\n",
    ),
    "one at a time": (
        lambda: one_at_a_time({"cost": 0.5}, cost=[0.0, 0.5, 1.0], generosity=[("uniform", 0, 1), 0.5]),
        ["--design", "one-at-a-time", "--base", "cost=0.5", "--vary", "cost=0:1:3", "--vary",
         "generosity=uniform(0,1),0.5"],
        "design: {kind: one at a time, base: {cost: 0.5}}\n"
        "vary: {cost: '0:1:3', generosity: [[uniform, 0, 1], 0.5]}\n",
    ),
    "zipped": (
        lambda: zipped(cost=[0, 1], churn=[0.5, 0.25]),
        ["--design", "zipped", "--vary", "cost=0,1", "--vary", "churn=0.5,0.25"],
        "design: zipped\nvary: {cost: [0, 1], churn: [5e-1, .25]}\n",
    ),
    "latin hypercube": (
        lambda: latin_hypercube(8, cost=(0, 1), memory=(0, 4), seed=3),
        ["--design", "latin-hypercube", "--samples", "8", "--design-seed", "3", "--vary", "cost=0:1", "--vary",
         "memory=0:4"],
        "design: {kind: latin_hypercube, samples: 8, seed: 3}\nvary: {cost: 0:1, memory: [0, 4]}\n",
    ),
    "sobol": (
        lambda: sobol(8, cost=(0, 1)),
        ["--design", "sobol", "--samples", "8", "--vary", "cost=0:1"],
        "design: sobol\nsamples: 8\nvary: {cost: 0:1}\n",
    ),
    "saltelli": (
        lambda: saltelli(4, cost=(0, 1), churn=(0, 0.1)),
        ["--design", "saltelli", "--samples", "4", "--vary", "cost=0:1", "--vary", "churn=0:0.1"],
        "design: saltelli\nsamples: 4\nvary: {cost: 0:1, churn: 0:0.1}\n",
    ),
    "morris": (
        lambda: morris(4, cost=(0, 1), churn=(0, 0.1), levels=6),
        ["--design", "morris", "--samples", "4", "--levels", "6", "--vary", "cost=0:1", "--vary", "churn=0:0.1"],
        "design: morris\nsamples: 4\nlevels: 6\nvary: {cost: 0:1, churn: 0:0.1}\n",
    ),
    "table": (
        lambda: from_table(pd.DataFrame({"cost": [0.1, 0.9], "generosity": ["0.5", "beta(2, 5)"]})),
        ["--table", "points.csv"],
        "table: points.csv\n",
    ),
}  # fmt: skip
COMMON = ["--set", "agents=12", "--set", "attention=uniform(1, 9)", "--ticks", "2", "--replicates", "2", "--seed", "5"]
ABOUT = {"settings": {"agents": 12, "attention": ("uniform", 1, 9)}, "ticks": 2, "replicates": 2, "seed": 5}
FIELDS = "ticks: 2\nreplicates: 2\nseed: 5\nsettings:\n  agents: 12\n  attention: uniform(1, 9)\n"


@pytest.mark.parametrize("name", DESIGNS)
def test_three_ways_to_say_the_same(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_text(TABLE)
    design, options, text = DESIGNS[name]
    (tmp_path / "plan.yaml").write_text(FIELDS + text)
    plans = [Plan(design(), **ABOUT)]

    def caught(plan, **how):
        plans.append(plan)
        raise InputError("caught")

    with monkeypatch.context() as patch:
        patch.setattr("simulation.sweep.sweeping.sweep", caught)
        for words in (["open_world", *COMMON, *options], ["plan.yaml"]):
            result = CliRunner().invoke(main, ["sweep", *words, "--out", "out"])
            assert "caught" in result.output, result.output
    first, *others = (json.dumps(identity(plan)) for plan in plans)
    assert others == [first, first]


def test_a_plan_from_a_file_runs_and_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    design, options, text = DESIGNS["grid"]
    (tmp_path / "plan.yaml").write_text(FIELDS + text)
    swept = sweep(design(), out="python", executor="serial", **ABOUT)
    for out, words in (("shell", ["open_world", *COMMON, *options]), ("file", ["plan.yaml"])):
        result = CliRunner().invoke(main, ["sweep", *words, "--out", out, "--jobs", "1"])
        assert result.exit_code == 0, result.output
        pd.testing.assert_frame_equal(load(out).runs.drop(columns=["seconds", "worker"]),
                                      swept.runs.drop(columns=["seconds", "worker"]), check_exact=True)  # fmt: skip
    assert (tmp_path / "file" / "plan.yaml").read_text() == FIELDS + text


@pytest.mark.parametrize("words", [["plan.yaml"], ["open_world", *COMMON, "--table", "points.csv"]])
def test_the_folder_alone_repeats_a_sweep(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_text(TABLE)
    (tmp_path / "plan.yaml").write_text(FIELDS + DESIGNS["table"][2])

    def run(*words):
        result = CliRunner().invoke(main, ["sweep", *words, "--jobs", "1"])
        assert result.exit_code == 0, result.output

    run(*words, "--out", "first")
    from_a_file = words == ["plan.yaml"]
    assert (tmp_path / "first" / "points.csv").read_text() == TABLE
    assert (tmp_path / "first" / "plan.yaml").exists() == from_a_file
    (tmp_path / "points.csv").unlink()
    (tmp_path / "plan.yaml").unlink()
    run("first", "--out", "again")
    others = ["again"]
    if from_a_file:
        run("first/plan.yaml", "--out", "third")
        others += ["third"]
    clock = ["seconds", "worker"]
    for each in others:
        pd.testing.assert_frame_equal(load(each).runs.drop(columns=clock), load("first").runs.drop(columns=clock),
                                      check_exact=True)  # fmt: skip
        assert {path.name for path in Path(each).iterdir()} == {path.name for path in Path("first").iterdir()}
    result = CliRunner().invoke(main, ["sweep", "first", "--ticks", "3", "--out", "fourth"])
    assert result.exit_code == 2 and "--ticks is given beside first; allowed: what the folder says" in result.output


def test_toml_and_yaml_agree(tmp_path):
    (tmp_path / "p.yaml").write_text(
        "ticks: 2\nreplicates: 5\npaired: false\nworld: workplace\nmeasure: [ties, value]\nkeep: series\n"
        "settings: {span: 3, levels: 3}\nvary: {gift.value: [0.0, 1.0], introducing: [0, 0.5]}\n"
        "interventions:\n  gift: {kind: set, ticks: [0], agents: [0, 1], name: generosity, value: 0.5}\n"
        "precision: {ties: 5%}\nmost: 20\n"
    )
    (tmp_path / "p.toml").write_text(
        'ticks = 2\nreplicates = 5\npaired = false\nworld = "workplace"\nmeasure = ["ties", "value"]\n'
        'keep = ["series"]\nmost = 20\nsettings = {span = 3, levels = 3}\n[vary]\ngift.value = [0.0, 1.0]\n'
        "introducing = [0, 0.5]\n[interventions.gift]\nkind = 'set'\nticks = [0]\nagents = [0, 1]\n"
        "name = 'generosity'\nvalue = 0.5\n[precision]\nties = '5%'\n"
    )
    assert read_plan(tmp_path / "p.yaml").as_dict() == read_plan(tmp_path / "p.toml").as_dict()
    swept = sweep(read_plan(tmp_path / "p.yaml"), executor="serial")
    assert swept.runs.groupby("point").size().min() >= 5
    assert set(swept.runs["gift.value"]) == {0.0, 1.0}


def test_texts_of_yaml_stay_what_they_look_like(tmp_path):
    """In YAML 1.1, 1:10:10 is the number 4210, 010 is 8, and 1e-3 a text."""
    (tmp_path / "p.yaml").write_text("vary: {attention: 1:10:10, cost: [1e-3, 010, 1.5, .5]}\n")
    points = read_plan(tmp_path / "p.yaml").design.table
    assert points["attention"].unique().tolist() == [float(each) for each in range(1, 11)]
    assert points["cost"].unique().tolist() == [0.001, 10.0, 1.5, 0.5]


VARY = "vary: {cost: [0, 1]}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("varry: {cost: [0, 1]}\n", "did you mean 'vary'"),
        ("vary: {cots: [0, 1]}\n", "did you mean 'cost'"),
        ("vary: {cost: [0, 1]}\nvary: {churn: [0, 1]}\n", "'vary' occurs twice, again in line 2"),
        ("vary:\n  cost: [0, 1]\n  cost: [0, 2]\n", "'cost' occurs twice, again in line 3"),
        ("vary: {cost: 0.3}\n", "cost: 0.3 .* a list of values"),
        ("vary: {cost: [0.5, 0.5]}\n", "cost: varies nothing"),
        ("vary: {cost: []}\n", "cost: no values"),
        ("vary: {cost: 0:1}\n", "a range without a number of values; allowed: from:to:how many"),
        ("vary: {cost: [a, b]}\n", "cost: 'a' cannot be read"),
        ("vary: {cost: [0, 2e10]}\n", "cost: .* out of range"),
        ("vary: {cost: [0, null]}\n", "cost: None"),
        ("vary: [cost, 0, 1]\n", "vary: .* names with their values"),
        ("vary: {1: [0, 1]}\n", "name in vary: 1"),
        ("vary: {generosity: [beta, 2, 5]}\n", "is one distribution, not a list of values"),
        ("vary: {generosity: [beta(2, 5), 0.5]}\n", "was cut at its comma; allowed: in quotes"),
        ("vary: {generosity: ['bta(2, 5)', 0.5]}\n", "generosity: unknown distribution 'bta'; did you mean 'beta'"),
        (VARY + "settings: {generosity: {beta: [2, 5]}}\n", "generosity: .* a distribution as a text"),
        (VARY + "settings: {cost: 1}\n", "cost: varies and is set"),
        (VARY + "settings: {agnts: 10}\n", "did you mean 'agents'"),
        (VARY + "settings: {agents: ten}\n", "agents: 'ten' cannot be read"),
        (VARY + "settings: [agents, 10]\n", "settings: .* names with their values"),
        (VARY + "replicates: ten\n", "replicates: 'ten'"),
        (VARY + "ticks: 1.5\n", "ticks: 1.5"),
        (VARY + "seed: -1\n", "seed: -1"),
        (VARY + "paired: maybe\n", "paired: 'maybe' .* true or false"),
        (VARY + "keep: [serie]\n", "did you mean 'series'"),
        (VARY + "measure: [tise]\n", "did you mean 'ties'"),
        (VARY + "measure: 5\n", "measure: 5 .* names of measures"),
        (VARY + "measure: nosuch:f\n", "measure: 'nosuch:f' cannot be found"),
        (VARY + "precision: ties=2%\n", "precision: .* names with their values"),
        (VARY + "precision: {ties: 2%}\n", "replicates: 1; allowed: 5 or more with precision"),
        (VARY + "world: open_wrld\n", "did you mean 'open_world'"),
        (VARY + "world: from_network\n", "network: from_network needs one"),
        (VARY + "network: follows.csv\n", "network: .* open_world takes none"),
        (VARY + "world: from_network\nnetwork: nosuch.csv\n", "network: no file .*nosuch.csv"),
        (VARY + "out: x\n", "unknown field of plan.yaml 'out'"),
        ("vary: {span: [2, 3]}\n", "open_world takes no 'span', .* workplace"),
        ("design: {kind: morris, sampels: 5}\nvary: {cost: 0:1}\n", "did you mean 'samples'"),
        ("design: mooris\nvary: {cost: 0:1}\n", "did you mean 'morris'"),
        ("design: morris\nvary: {cost: 0:1}\n", "samples: a morris design needs them"),
        ("design: morris\nsamples: many\nvary: {cost: 0:1}\n", "samples: 'many'"),
        ("design: sobol\nsamples: 10\nvary: {cost: 0:1}\n", "samples: 10; allowed: a power of two, as 8"),
        ("design: {kind: grid, samples: 5}\nvary: {cost: 0:1:3}\n", "samples: 5; a grid design takes none"),
        ("table: nosuch.csv\n", "table: .*nosuch.csv' does not exist"),
        ("vary: {gift.value: [0, 1]}\n", "no intervention is called 'gift'"),
        ("vary: {gift.valu: [0, 1]}\ninterventions: {gift: {kind: silence, ticks: 0, agents: 0}}\n", "'valu'"),
        (VARY + "interventions: {gift: {kind: silence, ticks: 0, agents: 0, tick: 5}}\n", "did you mean 'ticks'"),
        (VARY + "interventions: {gift: {kind: silence, ticks: 0}}\n", "intervention gift: lacks 'agents'"),
        (VARY + "interventions: {gift: 5}\n", "intervention gift: 5"),
        ("vary: {cost: [0, 1]\n", "plan: plan.yaml: .* line 1"),
        ("vary: {cost: !!python/object:os.system [0, 1]}\n", "could not determine a constructor"),
        ("just a text\n", "holds no fields"),
        ("", "holds no fields"),
    ],
)
def test_files_that_are_wrong(tmp_path, monkeypatch, text, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(text)
    result = CliRunner().invoke(main, ["sweep", "plan.yaml", "--out", "out", "--jobs", "1"])
    assert result.exit_code == 2, result.output
    with pytest.raises(InputError, match=message):
        raise InputError(result.output)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nosuch.yaml"], "plan: 'nosuch.yaml' does not exist"),
        (["plan.json"], "a file that ends in .toml, .yaml or .yml"),
        (["plan.yaml", "--vary", "cost=0,1"], "--vary is given beside plan.yaml; allowed: in the file"),
        (["plan.yaml", "--design-seed", "0"], "--design-seed is given beside plan.yaml"),
        (["open_world", "--vary", "cost=0,1", "--vary", "cost=0,2"], "cost is given twice"),
        (["open_world", "--vary", "cost"], "not of the form name=value"),
        (["open_world", "--vary", "cost=0,1", "--set", "agents=5", "--set", "agents=6"], "agents is set twice"),
        (["open_world", "--vary", "cost=0,1", "--table", "points.csv"], "given beside a table"),
        (["open_world", "--design", "sobol", "--samples", "8", "--vary", "cost=0,1"], "needs from:to, as 0:1"),
        (["open_world", "--design", "one-at-a-time", "--vary", "cost=0,1", "--base", "churn=0"], "does not vary"),
        (["open_world", "--vary", "cost=0,1", "--levels", "4"], "levels: 4; a grid design takes none"),
    ],
)
def test_options_that_are_wrong(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(VARY)
    (tmp_path / "points.csv").write_text(TABLE)
    result = CliRunner().invoke(main, ["sweep", *words, "--out", "out", "--jobs", "1"])
    assert (result.exit_code, message in result.output) == (2, True), result.output
    assert not (tmp_path / "out").exists()


def test_a_measure_in_a_module_that_lies_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [*sys.path])
    (tmp_path / "measure_lying_here.py").write_text("def f(record):\n    return {'y': 1.0 + record.ticks}\n")
    words = ["sweep", "open_world", "--set", "agents=12", "--vary", "ticks=1,2", "--measure", "measure_lying_here:f",
             "--out", "out", "--jobs", "1"]  # fmt: skip
    assert CliRunner().invoke(main, words).exit_code == 0
    assert load("out").runs["y"].tolist() == [2.0, 3.0]
    assert CliRunner().invoke(main, ["replay", "out", "--run", "1"]).exit_code == 0
    del sys.modules["measure_lying_here"]
