"""Which figures does the benchmark give, and what is the goal of each?"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .. import compiled
from ..errors import InputError, unknown_name
from ..provenance import environment, software
from . import power, processes, twitter
from .processes import apart, in_child
from .workload import INTRODUCING, WORKLOAD

SCHEMA_VERSION = 2
RUNS = 7  # processes per figure: with seven against seven, `compare` can tell differences apart from noise
PEERS = {"mesa": (100.0, 150.0), "numpy": (8.0, 8.0)}  # times their deliveries a second, at 10,000 and 100,000 agents


class Goal(NamedTuple):
    """What a figure must reach: at most, or at least, so much."""

    what: str
    unit: str
    value: float
    at_most: bool = True

    def met(self, median: float) -> bool:
        """Return whether a median reaches the goal."""
        return median <= self.value if self.at_most else median >= self.value


GOALS = {
    "delivery": Goal("a delivery, all phases, 1,000,000 agents, 2 threads", "ns", 17.0),
    "growth": Goal("a delivery at 10,000,000 agents against 100,000", "times", 1.5),
    "threads": Goal("2 threads against 1, 1,000,000 agents", "times", 1.7, at_most=False),
    "same_bits": Goal("2 threads and 1 give the same bits (1: yes)", "", 1.0, at_most=False),
    "bytes_per_tie": Goal("a tie at rest, both directions, slack included", "bytes", 12.0),
    "bytes_per_agent": Goal("an agent at rest, memory 16", "bytes", 160.0),
    "peak_running": Goal("peak while running over the resting size", "times", 1.5),
    "peak_building": Goal("peak while building over the resting size", "times", 1.5),
    "small": Goal("1,000 agents, 100 ticks, 140,000 deliveries, one core, record included", "ms", 8.0),
    "mesa_10000": Goal("deliveries a second against Mesa, 10,000 agents, one core", "times", 100.0, at_most=False),
    "mesa_100000": Goal("deliveries a second against Mesa, 100,000 agents, one core", "times", 150.0, at_most=False),
    "numpy_10000": Goal("deliveries a second against NumPy, 10,000 agents, one core", "times", 8.0, at_most=False),
    "numpy_100000": Goal("deliveries a second against NumPy, 100,000 agents, one core", "times", 8.0, at_most=False),
    "sweep": Goal("runs a second: 1,000 agents, 100 ticks, 140,000 deliveries, 2 workers, stored", "runs/s", 150.0,
                  at_most=False),
    "sweep_two": Goal("such runs with 2 workers against 1", "times", 1.8, at_most=False),
    "sweep_around": Goal("CPU time around such a run: set-up, first tick, transport, journal, tables", "ms", 2.0),
    "sweep_short": Goal("a sweep of 20 such runs, as by default, against 2 workers", "times", 1.0),
    "compile": Goal("compiling from nothing", "s", 20.0),
    "help": Goal("connectors --help", "s", 0.4),
    "shell": Goal("a run of 1,000 agents and 300 ticks from the shell", "s", 2.0),
    **{f"measure_{name}": Goal(f"{what}, 1,000,000 agents, 10,000,000 ties, a heavy tail", "s", 60.0)
       for name, what in power.WHAT.items()},
    "twitter": Goal("peak with the whole Twitter of 2009, built and one tick run", "GiB", 22.0),
}
Figures = Iterator[dict[str, Any]]


def figure(name: str, values: Iterable[float | None], **more: Any) -> dict[str, Any]:
    """Return one figure as JSON holds it; ``values`` has one entry per repetition, none where it could not be taken."""
    known = [float(value) for value in values if value is not None]
    goal = GOALS[name]
    found = {"name": name, "what": goal.what, "unit": goal.unit, "goal": goal.value, "at_most": goal.at_most,
             "values": known, **more}  # fmt: skip
    if known:
        median = statistics.median(known)
        found |= {"median": median, "min": min(known), "max": max(known)}
        if not more.get("at"):  # another size than the goal's says nothing about the goal
            found["met"] = goal.met(median)
    return found


# --- groups of figures ------------------------------------------------------------------------------------------


def _speed(runs: int, agents: int | None, full: bool) -> Figures:
    each = [apart("speed", agents=agents or 1_000_000, threads=2) for _ in range(runs)]
    yield figure("delivery", [one["ns"] for one in each], at=agents, phases=_phases(each),
                 limit=statistics.median(sum(one["limits"].values()) for one in each),
                 kernels=_medians([one["kernels"] for one in each]), counts=each[0]["counts"])  # fmt: skip


def _medians(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def _phases(each: list[dict[str, Any]]) -> list[dict[str, Any]]:
    measured = _medians([one["phases"] for one in each])
    limit = _medians([one["limits"] for one in each])
    names = [*measured, *(name for name in limit if name not in measured)]
    return [{"phase": name, "ns": measured.get(name), "limit": limit.get(name)} for name in names]


def _growth(runs: int, agents: int | None, full: bool) -> Figures:
    if not full:
        yield figure("growth", [], note="not measured: --full does, in some 10 GB of memory")
        return
    large, small = (10 * agents, agents) if agents else (10_000_000, 100_000)
    pairs = [[apart("speed", agents=size, threads=2, with_limit=False)["ns"] for size in (large, small)]
             for _ in range(runs)]  # fmt: skip
    yield figure("growth", [one / other for one, other in pairs], at=agents, ns=pairs)


def _threads(runs: int, agents: int | None, full: bool) -> Figures:
    size = agents or 1_000_000
    pairs = [[apart("speed", agents=size, threads=number, with_limit=False) for number in (1, 2)]
             for _ in range(runs)]  # fmt: skip
    yield figure("threads", [one["ns"] / two["ns"] for one, two in pairs], at=agents)
    yield figure("same_bits", [float(one["digest"] == two["digest"]) for one, two in pairs])


def _memory(runs: int, agents: int | None, full: bool) -> Figures:
    each = [apart("memory", agents=agents or 1_000_000, threads=2)
            for _ in range(runs)]  # fmt: skip
    for name in ("bytes_per_tie", "bytes_per_agent"):
        yield figure(name, [one[name] for one in each], at=agents)
    for name, resting in (("peak_running", "resting"), ("peak_building", "resting_at_start")):
        values = [None if one[name] is None else one[name] / one[resting] for one in each]
        yield figure(name, values, at=agents, resting=each[0][resting], resident=each[0]["resident"])


def _small(runs: int, agents: int | None, full: bool) -> Figures:
    each = [apart("small") for _ in range(runs)]
    yield figure("small", [one["ms"] for one in each], deliveries=each[0]["deliveries"])


def _sweep(runs: int, agents: int | None, full: bool) -> Figures:
    each = [apart("sweeping", agents=agents or 1000) for _ in range(runs)]
    about: dict[str, Any] = {"at": agents, "deliveries": statistics.median(one["deliveries"] for one in each)}
    yield figure("sweep", [one["rate_2"] for one in each], one_worker=[one["rate_1"] for one in each],
                 engine=[one["engine"] for one in each], cpu=[one["cpu_2"] for one in each], **about)  # fmt: skip
    yield figure("sweep_two", [one["rate_2"] / one["rate_1"] for one in each], cpu=[one["cpu_1"] for one in each],
                 **about)  # fmt: skip
    yield figure("sweep_around", [one["around"] for one in each], **about)
    yield figure("sweep_short", [one["short"] for one in each], **about)


def _peers(runs: int, agents: int | None, full: bool) -> Figures:
    for size in (10_000, 100_000):
        names = [f"{peer}_{size}" for peer in PEERS]
        if not (processes.ROOT / "tests" / "benchmarks" / "peer.py").exists():
            yield from (figure(name, [], note="not measured: the peers are in a checkout's tests only")
                        for name in names)  # fmt: skip
            continue
        taken = agents or size
        rates: dict[str, list[float]] = {peer: [] for peer in PEERS}
        own = []
        for _ in range(runs):  # in turns, so that the machine's moods meet all alike
            mine = apart("speed", agents=taken, introducing=0.0, with_limit=False)
            own.append(1e9 / mine["ns"])
            for peer, found in rates.items():
                command = ["-m", f"tests.benchmarks.{peer}_peer", str(taken), "3", "5", "1"]
                found.append(json.loads(in_child(command))["deliveries_per_second"][0])
        for peer, found in rates.items():
            profile = in_child(["-m", "tests.benchmarks.mesa_peer", "--profile", str(taken)]) if peer == "mesa" else ""
            yield figure(f"{peer}_{size}", [one / other for one, other in zip(own, found, strict=True)], at=agents,
                         peer=found, engine=own, profile=profile.strip())  # fmt: skip
        if agents:
            return


def _compile(runs: int, agents: int | None, full: bool) -> Figures:
    if compiled.interpreting():
        yield figure("compile", [], note="not measured: compilation is switched off")
        return
    seconds = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as empty:
            seconds.append(apart("compiling", cache=empty)["seconds"])
    yield figure("compile", seconds)


def _shell(runs: int, agents: int | None, full: bool) -> Figures:
    def seconds(*arguments: str) -> float:
        begun = time.perf_counter()
        in_child(["-m", "simulation.cli", *arguments])
        return time.perf_counter() - begun

    yield figure("help", [seconds("--help") for _ in range(runs)])
    run = ("simulate", "--agents", "1000", "--ticks", "300", "--seed", "1", "--quiet")
    yield figure("shell", [seconds(*run) for _ in range(runs)])


def _measures(runs: int, agents: int | None, full: bool) -> Figures:
    each = [apart("measures", agents=agents or power.AGENTS) for _ in range(runs)]
    for name in power.WHAT:
        note = "" if power.can(name) else "not measured: needs connectors[measures]"
        yield figure(f"measure_{name}", [one["seconds"].get(name) for one in each], at=agents, note=note)


def _twitter(runs: int, agents: int | None, full: bool) -> Figures:
    if not full:
        yield figure("twitter", [], note="not measured: --full does, in some 21 GiB of memory")
        return
    found = apart("twitter", agents=agents or twitter.AGENTS)
    peak = max(found["peak_building"], found["peak_tick"]) / 2**30
    yield figure("twitter", [peak], at=agents, note=twitter.told(found), found=found)


GROUPS: dict[str, Callable[[int, int | None, bool], Figures]] = {
    "speed": _speed, "growth": _growth, "threads": _threads, "memory": _memory, "small": _small, "sweep": _sweep,
    "peers": _peers, "compile": _compile, "shell": _shell, "measures": _measures, "twitter": _twitter,
}  # fmt: skip


# --- all together -----------------------------------------------------------------------------------------------


def bench(groups: Iterable[str] = (), *, runs: int = RUNS, agents: int | None = None, full: bool = False,
          done: Callable[[dict[str, Any]], None] | None = None) -> dict[str, Any]:  # fmt: skip
    """Measure groups of figures and return all as JSON holds it.

    Parameters
    ----------
    groups : iterable of str
        Names of `GROUPS`; none stands for all.
    runs : int
        Processes per figure, >= 1.
    agents : int, optional
        Agents, >= 2, instead of the goals' numbers; goals are then not judged.
    full : bool
        Also what takes some 10 and 21 GB of memory.
    done : function of dict, optional
        Called with each figure as soon as it is there.

    Raises
    ------
    InputError
        An unknown group, or a number below its least.
    ChildProcessError
        A measurement died, as where memory ran out.
    """
    chosen = list(dict.fromkeys(groups)) or list(GROUPS)
    for name in chosen:
        if name not in GROUPS:
            raise unknown_name("group of figures", name, GROUPS)
    if runs < 1:
        raise InputError(f"runs: {runs}; allowed: a whole number >= 1")
    if agents is not None and agents < 2:
        raise InputError(f"agents: {agents}; allowed: a whole number >= 2")
    compiled.compile_once()
    figures = []
    for name in chosen:
        for found in GROUPS[name](runs, agents, full):
            figures.append(found)
            if done is not None:
                done(found)
    return {
        "schema_version": SCHEMA_VERSION,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "software": software(),
        "environment": {**environment(), "processor": processes.processor(), "cores": os.cpu_count()},
        "compiled": not compiled.interpreting(),
        "workload": {"world": "open_world", **WORKLOAD, "introducing": INTRODUCING},
        "runs": runs,
        "figures": figures,
        "warning": processes.WARNING,
    }  # fmt: skip
