"""Is the engine compiled once, by two processes, into what a tick asks for?"""

import contextlib
import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

from simulation import Run, compiled, compiling, kernel, open_world
from simulation.errors import InputError

compiling_here = pytest.mark.skipif(compiled.interpreting(), reason="compilation is switched off")


class Part:
    """A part of a tick that notes when it is compiled."""

    def __init__(self, name, log, cached=False):
        self.name, self.log, self.cached = name, log, cached

    def compile(self, kinds):
        self.log.append((self.name, kinds))


@pytest.fixture
def parts(monkeypatch):
    """Parts in the place of the engine's, and what has been compiled of them."""
    log = []
    schedule = types.SimpleNamespace(**{name: Part(name, log) for name in compiling.ORDER})
    monkeypatch.setattr(compiled, "engine", lambda by_phase: types.SimpleNamespace(schedule=schedule))
    monkeypatch.setattr(compiled, "is_in_cache", lambda part: part.cached)
    monkeypatch.setattr(compiling, "arguments_of_parts", lambda: dict.fromkeys(compiling.ORDER, (1, 2.0)))
    return schedule, log


def test_all_that_a_tick_calls_is_compiled():
    called = set(kernel.ENTRIES_BY_PHASE) - {"follow", "unfollow", "set_lock"}
    assert sorted(compiling.ORDER) == sorted(called)
    assert compiling.arguments_of_parts().keys() == called


def test_what_the_other_process_has_compiled_is_passed_over(parts):
    schedule, log = parts
    schedule.read.cached = schedule.gathered.cached = True
    compiling.compile_parts(compiling.ORDER, by_phase=True)
    assert [name for name, _ in log] == [name for name in compiling.ORDER if name not in ("read", "gathered")]
    assert [str(kind) for kind in log[0][1]] == ["int64", "float64"]


def test_the_second_process_finds_this_package_whatever_lies_where_it_starts(tmp_path, monkeypatch):
    decoy = tmp_path / "simulation"
    decoy.mkdir()
    (decoy / "__init__.py").write_text("raise SystemExit('a folder of the user')")
    started = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(compiling, "processors", lambda: 2)
    monkeypatch.setattr(compiling, "compile_parts", lambda order, by_phase: None)
    monkeypatch.setattr(compiling.subprocess, "Popen", lambda *arguments, **how: started.append((arguments[0], how)))
    compiling.compile_from_both_ends(by_phase=False)
    monkeypatch.undo()
    ((command, how),) = started
    asked = [*command[: command.index("-m")], "-c", "import simulation; print(simulation.__file__)"]
    found = subprocess.run(asked, env=how["env"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).resolve() == Path(compiled.__file__).resolve().parent / "__init__.py"


def test_without_a_second_process_all_is_compiled_here(parts, monkeypatch):
    def refuse(*_, **__):
        raise OSError("no more processes")

    monkeypatch.setattr(compiling, "processors", lambda: 2)
    monkeypatch.setattr(compiling.subprocess, "Popen", refuse)
    compiling.compile_from_both_ends(by_phase=False)
    assert [name for name, _ in parts[1]] == list(compiling.ORDER)


def test_the_second_process_does_not_outlive_the_first(parts, monkeypatch):
    ended, started = [], []

    def start(command, **how):
        started.append((command, how["env"]))
        return types.SimpleNamespace(kill=lambda: ended.append("killed"), wait=lambda: ended.append("gone"))

    def fail(*_):
        raise InputError("whatever")

    monkeypatch.setattr(compiling.subprocess, "Popen", start)
    monkeypatch.setattr(compiling, "processors", lambda: 2)
    monkeypatch.setattr(compiling, "compile_parts", fail)
    with contextlib.suppress(InputError):
        compiling.compile_from_both_ends(by_phase=True)
    assert ended == ["killed", "gone"]
    [(command, surroundings)] = started
    assert command[1:] == ["-P", "-m", "simulation.compiling", "backwards", "by-phase"]
    assert str(Path(compiled.__file__).parents[1]) in surroundings["PYTHONPATH"]


@compiling_here
def test_a_tick_asks_for_what_was_compiled():
    """A part is compiled once: for the arguments of an interpreted tick, which are those of a compiled one."""
    compiled.compile_once()
    compiled.compile_once(threads=2)
    for by_phase in (False, True):
        folder = Path(compiled.engine(by_phase=by_phase).schedule.read.stats.cache_path)
        names = [path.name for path in folder.glob("*.nbc")]
        assert len(names) >= len(compiling.ORDER)
        assert not [name for name in names if not name.endswith(".1.nbc")]


@compiling_here
def test_a_tick_contains_no_copy_of_its_parts():
    compiled.compile_once()
    schedule = compiled.engine().schedule
    [kept] = Path(schedule.advance.stats.cache_path).glob(f"*.{schedule.advance.__qualname__}-*.nbc")
    code = kept.read_bytes()
    assert all(getattr(schedule, name).__qualname__.encode() in code for name in compiling.ORDER)
    for part in (schedule.read, schedule.give, schedule.deliver):  # numba's names of functions begin with modules
        inside = part.__module__.rpartition(".")[2]
        assert f"simulation{len(inside)}{inside}".encode() not in code


@compiling_here
def test_a_part_that_is_lost_is_compiled_anew(tmp_path):
    """Nothing but a tick that finds all of its parts is run, whatever has become of what was compiled."""
    compiled.compile_once()
    shutil.copytree(compiled.cache_folder(), tmp_path, dirs_exist_ok=True)
    lost = compiled.engine().schedule.sum_up.__qualname__
    for path in tmp_path.rglob(f"*{lost}*"):
        path.unlink()
    program = (
        "from simulation import Run, open_world\n"
        "run = Run(open_world(50), seed=1)\n"
        "run.run_stretch(5)\n"
        "print(*run.series[0][-1])\n"
    )
    surroundings = {**os.environ, "CONNECTORS_CACHE": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=surroundings, capture_output=True, text=True, check=True)
    run = Run(open_world(50), seed=1).advance(5)
    assert done.stdout.split() == list(map(str, run.series[0][-1]))
    assert list(tmp_path.rglob(f"*{lost}*.nbc"))


def test_compiled_or_not(monkeypatch, tmp_path):
    monkeypatch.setattr(compiled, "_VARIANTS", {})
    monkeypatch.setenv("CONNECTORS_CACHE", str(tmp_path))
    assert compiled.needs_compiling() is not compiled.interpreting()
    if not compiled.interpreting():
        for name in ("advance", *compiling.ORDER):
            assert compiled.needs_compiling()
            function = getattr(compiled.engine().schedule, name)
            kept = Path(function.stats.cache_path)
            kept.mkdir(parents=True, exist_ok=True)
            (kept / f"part.{function.__qualname__}-1.1.nbc").touch()
        assert not compiled.needs_compiling()
        assert compiled.needs_compiling(threads=2)
