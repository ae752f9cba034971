"""Does the command do what it says, and refuse what it cannot do in one clear line?"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments import runner
from simulation import bench, cli, compiled, terminal
from simulation.bench import figures
from simulation.errors import InputError
from simulation.parameters import SPECIFICATIONS, describe, parse_setting
from simulation.run import Run

ROOT = Path(__file__).parents[1]
SMALL = ("simulate", "--agents", "20", "--ticks", "4", "--seed", "1")


def connectors(*arguments):
    """Call the command in this process."""
    return CliRunner().invoke(cli.main, list(map(str, arguments)))


def done(*arguments):
    """Call the command, which must succeed, and return what it printed."""
    result = connectors(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments):
    """Call the command, which must refuse, and return its error."""
    result = connectors(*arguments)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Error: " in result.stderr
    assert result.stdout == ""
    return result.stderr.partition("Error: ")[2]


def process(*arguments, **options):
    """Start the command in a process of its own."""
    command = [sys.executable, "-m", "simulation.cli", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


# --- help -------------------------------------------------------------------------------------------------------


def test_help_needs_no_library_but_click():
    code = "import sys, simulation.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True).stdout
    heavy = {"numpy", "pandas", "numba", "matplotlib", "networkx", "scipy", "mesa", "tqdm"}
    assert heavy & set(loaded.split()) == set()


@pytest.mark.slow
def test_help_answers_at_once():
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "simulation.cli", "--help"], cwd=ROOT, capture_output=True, check=True)
        took.append(time.perf_counter() - begun)
    assert min(took) <= 0.4


def test_help_tells_the_statuses():
    text = done("--help")
    assert [word for word in ("0", "1", "2", "130") if word not in text] == []
    names = {"run", "simulate", "list", "describe", "replay", "bench", "verify", "sweep", "status", "show",
             "sensitivity", "lab", "ledger"}
    assert set(cli.main.commands) == names


def test_version():
    assert "connectors" in done("--version")


# --- simulate ---------------------------------------------------------------------------------------------------


def test_simulate_prints_a_table_and_writes_nothing_without_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = done(*SMALL)
    assert "20 agents, 4 ticks, seed 1" in text
    for name in ("ties", "followers' Gini", "value per head", "lost", "seconds"):
        assert f"\n{name} " in text
    assert list(tmp_path.iterdir()) == []


def test_simulate_writes_what_it_names_and_replay_agrees(tmp_path):
    out = tmp_path / "new" / "record"
    text = done(*SMALL, "--out", out, "--ledger", "--snapshots", 2, "--checkpoint")
    named = text.partition(f"written to {out}: ")[2].strip().split(", ")
    assert named == sorted(each.name for each in out.iterdir())
    assert {"provenance.json", "series.parquet", "ledger.parquet", "snapshots.parquet"} <= set(named)
    assert "every number agrees" in done("replay", out)


def test_replay_that_disagrees_has_status_1(tmp_path):
    done(*SMALL, "--out", tmp_path)
    path = tmp_path / "provenance.json"
    path.write_text(path.read_text().replace('"seed": 1', '"seed": 2'))
    result = connectors("replay", tmp_path)
    assert result.exit_code == 1
    assert "does not agree" in result.stdout


def test_the_seed_is_drawn_and_told_where_none_is_given():
    seeds = {done("simulate", "--agents", "5", "--ticks", "1").partition("seed ")[2].split()[0] for _ in range(2)}
    assert len(seeds) == 2


def test_quiet():
    result = connectors(*SMALL, "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_settings_reach_world_and_model(tmp_path):
    done("simulate", "--set", "agents=10", "--set", "cost=0.7", "--set", "generosity=beta(2, 5)",
         "--set", "followees=2", "--set", "attention=4", "--ticks", "2", "--out", tmp_path)  # fmt: skip
    provenance = json.loads((tmp_path / "provenance.json").read_text())
    assert provenance["parameters"]["cost"] == 0.7
    assert (provenance["world"]["agents"], provenance["world"]["followees"]) == (10, 2)
    assert provenance["world"]["attention"] == 4


def test_no_ticks_and_nobody_to_follow():
    assert "followers' Gini" not in done("simulate", "--agents", "3", "--ticks", "0")
    assert "nobody is followed" in done("simulate", "--agents", "1", "--ticks", "2")


def test_workplace():
    firm = ("--world", "workplace", "--set", "span=3", "--set", "levels=3")
    assert "13 agents" in done("simulate", *firm, "--ticks", "2")


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "follows.csv"
    path.write_text("follower,followee\nann,bob\nbob,cy\ncy,ann\n")
    return path


def test_network_with_and_without_the_name_of_the_world(network):
    for world in ([], ["--world", "from_network"]):
        assert "from_network, 3 agents" in done("simulate", *world, "--network", network, "--ticks", "2")


def test_trouble_in_a_network_is_one_line_of_warning(network):
    network.write_text(network.read_text() + "ann,ann\n")
    with process("simulate", "--network", network, "--ticks", "1") as child:
        out, err = child.communicate()
    assert child.returncode == 0
    assert "3 agents" in out
    assert next(line for line in err.splitlines() if "Compiling" not in line).startswith("Warning: follows.csv")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--set", "atention=3"], ["'atention'", "did you mean 'attention'"]),
        (["--set", "attention=-3"], ["attention: -3", "[0, 1e9]"]),
        (["--set", "churn=nan"], ["churn: nan", "[0, 1]"]),
        (["--set", "cost"], ["'cost'", "name=value"]),
        (["--set", "generosity=[0.1, 0.2]"], ["generosity", "2 values for"]),
        (["--set", "generosity=unifrm:0:1"], ["'unifrm'", "'uniform'"]),
        (["--set", "cost=1", "--set", "cost=2"], ["cost", "twice", "1", "2"]),
        (["--set", "agents=3", "--agents", "4"], ["agents", "twice", "3", "4"]),
        (["--set", "span=3"], ["open_world", "'span'", "--world workplace"]),
        (["--world", "workplace", "--agents", "5"], ["workplace", "'agents'", "--world open_world"]),
        (["--world", "opn_world"], ["'opn_world'", "did you mean 'open_world'"]),
        (["--world", "from_network"], ["needs --network FILE"]),
        (["--world", "workplace", "--network", "x.csv"], ["workplace takes no --network"]),
        (["--network", "missing.csv"], ["missing.csv"]),
        (["--nodes", "people.csv"], ["--nodes", "--network"]),
        (["--ticks", "-1"], ["--ticks", "-1", "0 or more"]),
        (["--ticks", "many"], ["--ticks", "'many'", "whole number"]),
        (["--seed", "one"], ["--seed", "'one'", "whole number"]),
        (["--seed", "-1"], ["--seed", "-1", "[0, "]),
        (["--seed", str(2**63)], ["--seed", str(2**63), str(2**63 - 1)]),
        (["--agents", "0"], ["--agents", "1 or more"]),
        (["--snapshots", "-2"], ["--snapshots", "0 or more"]),
        (["--ledger"], ["--ledger", "--out"]),
        (["--set", "capacity=3"], ["capacity: 3", "1000 or more"]),
        (["--agents", "2000000000"], ["2000000000 agents", "memory"]),
        (["--tick", "3"], ["--ticks"]),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) and value[0].startswith("-") else "",
)
def test_what_simulate_refuses(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "get_compiled", lambda *_: pytest.fail("it went on to the engine"))
    out = [] if arguments == ["--ledger"] else ["--out", "new"]
    error = refused("simulate", *arguments, *out)
    assert [word for word in words if word not in error] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "follower,followee\n", "# nothing\n"])
def test_networks_without_ties(content, network, tmp_path):
    network.write_text(content)
    assert "follows.csv" in refused("simulate", "--network", network, "--out", tmp_path / "new")
    assert not (tmp_path / "new").exists()


# --- folders ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def without_privileges():
    """Let permissions count, also for the superuser."""
    privileged = hasattr(os, "geteuid") and os.geteuid() == 0
    if privileged:
        os.seteuid(65534)
    try:
        yield
    finally:
        if privileged:
            os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="permissions of folders are another thing there")
@pytest.mark.parametrize("below", ["", "new"])
def test_a_folder_without_permission(tmp_path, below):
    folder = tmp_path / "shut"
    folder.mkdir()
    folder.chmod(0o555)
    for each in tmp_path.parents:  # pytest's folders are its user's own: let others pass, not write
        with contextlib.suppress(OSError):
            each.chmod(each.stat().st_mode | 0o111)
    tmp_path.chmod(0o755)
    with without_privileges(), pytest.raises(InputError, match=r"shut.*cannot be written: Permission denied"):
        cli.refuse_unwritable(folder / below)


def test_a_file_where_the_folder_should_be(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "get_compiled", lambda *_: pytest.fail("it went on to the engine"))
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert "cannot be written" in refused(*SMALL, "--out", out)
        assert "cannot be written" in refused("run", "giving_grows_followers", "--out", out)


def test_a_folder_with_other_things_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "get_compiled", lambda *_: pytest.fail("it went on to the engine"))
    (tmp_path / "diary.txt").write_text("mine")
    for command in (SMALL, ("run", "giving_grows_followers")):
        assert "'diary.txt'" in refused(*command, "--out", tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["diary.txt"]


def test_asking_for_permission_leaves_nothing(tmp_path):
    cli.refuse_unwritable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "kept").mkdir()
    cli.refuse_unwritable(tmp_path / "kept")
    assert (tmp_path / "kept").is_dir()


# --- ends of another kind ---------------------------------------------------------------------------------------


def test_an_interrupted_run_writes_nothing(tmp_path, monkeypatch):
    def interrupted(self, ticks, progress=None):
        self.tick = 2
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "get_compiled", lambda *_: None)
    monkeypatch.setattr(Run, "advance", interrupted)
    result = connectors(*SMALL, "--out", tmp_path / "new")
    assert result.exit_code == 130
    assert result.stderr == "\nInterrupted before tick 2 of 4; nothing was written.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="another signal there")
def test_ctrl_c_in_the_middle(tmp_path):
    def heard():  # a shell starts what it runs in the background deaf to Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)

    child = process("simulate", "--agents", 200, "--ticks", 100_000_000, "--out", tmp_path / "new",
                    start_new_session=True, preexec_fn=heard)  # fmt: skip
    with child:
        time.sleep(5)
        child.send_signal(signal.SIGINT)
        try:
            _, err = child.communicate(timeout=300)  # it may have to compile first
        except subprocess.TimeoutExpired:
            child.kill()
            raise
    assert child.returncode == 130, err
    assert "Traceback" not in err
    assert err.count("Interrupted") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("problem", "words"),
    [(MemoryError("9 GiB"), "out of memory: 9 GiB"), (OSError(28, "No space left"), "No space left")],
)
def test_what_fails_on_the_way_has_status_1(problem, words, monkeypatch):
    def failing(*_, **__):
        raise problem

    monkeypatch.setattr(cli, "advance", failing)
    result = connectors(*SMALL)
    assert result.exit_code == 1
    assert words in result.stderr


def test_a_mistake_in_the_package_is_not_hidden(monkeypatch):
    monkeypatch.setattr(cli, "advance", lambda *_: 1 / 0)
    assert isinstance(connectors(*SMALL).exception, ZeroDivisionError)


def test_unknown_commands_suggest_the_nearest():
    assert "did you mean 'simulate'" in refused("simulat")
    assert "'qqq'" in refused("qqq")


def test_compiling_is_announced_once(monkeypatch):
    monkeypatch.setattr(compiled, "compile_now", lambda threads: 0.0)
    for needed, quiet, said in ((True, False, True), (True, True, False), (False, False, False)):
        monkeypatch.setattr(compiled, "needs_compiling", lambda threads, needed=needed: needed)
        result = connectors(*SMALL, *(["--quiet"] if quiet else []))
        assert ("Compiling" in result.stderr) is said
        assert "Compiling" not in result.stdout


# --- run --------------------------------------------------------------------------------------------------------


def test_run_hands_everything_on_and_says_where_the_files_are(tmp_path, monkeypatch):
    calls = []

    def run(name, **given):
        calls.append((name, given))
        given["out"].mkdir()
        (given["out"] / "verdict.md").write_text("")
        return "Verdict: holds broadly."

    monkeypatch.setattr(runner, "run", run)
    out = tmp_path / "new"
    text = done("run", "giving_grows_followers", "--quick", "--seed", 7, "--replicates", 3, "--jobs", 1, "--out", out)
    assert calls == [("giving_grows_followers", {"quick": True, "network": None, "out": out, "seed": 7,
                                                 "replicates": 3, "jobs": 1})]  # fmt: skip
    assert "Verdict: holds broadly." in text
    assert str(out) in text
    assert "verdict.md" in text


def test_defaults_of_run(tmp_path, monkeypatch):
    calls = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runner, "run", lambda name, **given: calls.append(given) or given["out"].mkdir(parents=True))
    done("run", "giving_grows_followers")
    assert calls == [{"quick": False, "network": None, "out": Path("results/giving_grows_followers"), "seed": 1,
                      "replicates": None, "jobs": os.cpu_count()}]  # fmt: skip


def test_an_interrupted_experiment_goes_on_later(tmp_path, monkeypatch):
    def interrupted(name, **given):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run", interrupted)
    result = connectors("run", "giving_grows_followers", "--out", tmp_path)
    assert result.exit_code == 130
    assert "goes on" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["giving_grows_folowers"], ["unknown experiment", "did you mean 'giving_grows_followers'"]),
        (["giving_grows_followers", "--jobs", "0"], ["--jobs", "1 or more"]),
        (["giving_grows_followers", "--replicates", "1"], ["--replicates", "2 or more"]),
        (["giving_grows_followers", "--seed", "x"], ["--seed", "whole number"]),
        (["giving_grows_followers", "--network", "missing.csv"], ["missing.csv"]),
        ([], ["EXPERIMENT"]),
    ],
)
def test_what_run_refuses(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "get_compiled", lambda *_: pytest.fail("it went on to the engine"))
    error = refused("run", *arguments)
    assert [word for word in words if word not in error] == []
    assert list(tmp_path.iterdir()) == []


# --- list, describe, replay, bench ------------------------------------------------------------------------------


def test_list():
    text = " ".join(done("list").split())
    for name in ("open_world", "workplace", "from_network", *runner.names(), "truncnormal"):
        assert name in text
    for claim in runner.claims().values():
        assert claim.words in text


def test_describe_lists_everything(monkeypatch):
    monkeypatch.setenv("COLUMNS", "90")
    text = done("describe")
    assert [name for name in SPECIFICATIONS if f"\n  {name} " not in text] == []
    assert max(map(len, text.splitlines())) <= 90
    flat = " ".join(text.split())
    assert "opt-in across" in flat
    assert "(assumption)" in flat


def test_describe_as_json():
    rows = json.loads(done("describe", "--json"))
    assert rows == json.loads(json.dumps(describe()))
    assert json.loads(done("describe", "churn", "--json")) == next(row for row in rows if row["name"] == "churn")


@pytest.mark.parametrize("name", ["generosity", "capacity", "start", "span", "skill", "level"])
def test_describe_one(name):
    text = done("describe", name)
    for word in ("default", "unit", "range", "meaning", "source"):
        assert f"  {word} " in text
    assert name == "level" or "simulate" in text
    assert ("workplace" in text) is (name in ("span", "skill", "level"))


def test_describe_suggests_the_nearest():
    assert "did you mean 'generosity'" in refused("describe", "generosty")


def test_defaults_are_shown_as_they_can_be_set():
    for name, each in SPECIFICATIONS.items():
        assert parse_setting(f"{name}={terminal.written(each.default)}") == (name, each.default)


def test_columns_wrap(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    text = terminal.columns([("name", "one two three four five six seven"), ("x", "short")])
    assert text.splitlines() == ["  name  one two three four five six", "        seven", "  x     short"]


def test_replay_refuses_what_is_no_record(tmp_path, monkeypatch):
    monkeypatch.setattr(cli, "get_compiled", lambda *_: pytest.fail("it went on to the engine"))
    assert "provenance.json is missing" in refused("replay", tmp_path)
    assert "does not exist" in refused("replay", tmp_path / "nowhere")


@pytest.fixture
def asked(monkeypatch):
    """Let the benchmark return at once; return the list of what it was asked for."""
    calls = []

    def fake(groups, **how):
        calls.append((tuple(groups), how["runs"], how["agents"], how["full"]))
        found = figures.figure("small", [9.0, 7.0, 8.5])
        if how["done"]:
            how["done"](found)
        about = {"processor": "a processor", "cores": 2, "platform": "a system", "python": "3", "libraries": {}}
        return {"figures": [found], "runs": 3, "workload": {}, "environment": about, "software": {"version": "0"},
                "compiled": True, "warning": bench.WARNING}  # fmt: skip

    monkeypatch.setattr(bench, "bench", fake)
    monkeypatch.setattr(cli, "get_compiled", lambda *_: None)
    return calls


def test_bench(asked):
    text = done("bench", "--only", "small")
    assert "8.50" in text and "missed" in text and text.splitlines()[-1] == bench.WARNING
    assert json.loads(done("bench", "--json"))["figures"][0]["median"] == 8.5
    assert "| --- |" in done("bench", "--markdown")
    done("bench", "--quick")
    done("bench", "--full", "--agents", "50", "--runs", "5", "--only", "speed", "--only", "shell")
    assert asked == [
        (("small",), 7, None, False), ((), 7, None, False), ((), 7, None, False),
        (("speed", "memory", "small"), 3, 10_000, False), (("speed", "shell"), 5, 50, True),
    ]  # fmt: skip


def test_bench_compares(asked, tmp_path):
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    for path, values in ((old, [10.0, 11.0, 12.0, 13.0]), (new, [1.0, 1.1, 1.2, 1.3])):
        path.write_text(json.dumps({"figures": [figures.figure("small", values)]}))
    assert json.loads(done("bench", "--compare", old, "--compare", new, "--json"))[0]["beyond_noise"] is True
    assert asked == []
    assert "0.7" in done("bench", "--compare", old)
    assert len(asked) == 1
    assert "allowed: one, or two" in refused("bench", "--compare", old, "--compare", old, "--compare", new)
    assert "cannot be read" in refused("bench", "--compare", tmp_path / "none")
    assert len(asked) == 1


@pytest.mark.parametrize(("arguments", "message"), [
    (("--only", "spead"), "'speed'"), (("--agents", "1"), "2 or more"), (("--agents", "1,2"), "whole number"),
    (("--runs", "0"), "1 or more"), (("--agents", "1000000000"), "GiB of memory"),
])  # fmt: skip
def test_what_bench_refuses(asked, arguments, message):
    assert message in refused("bench", *arguments)
    assert asked == []


def test_interpreted_the_command_does_not_wait_for_a_compiler():
    if not compiled.interpreting():
        pytest.skip("compiled")
    assert "Compiling" not in connectors(*SMALL).stderr
