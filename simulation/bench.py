"""How fast is the engine on this machine, how much memory does it take, and is it compiled yet?

Every size is measured in a fresh process, so that no size inherits the memory or the warmth of another. The work is
the same at all sizes: the model's defaults, with a supply of information at which about ten deliveries reach each
agent per tick and nearly all of them are read.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import compiled
from .errors import InputError
from .provenance import environment, software
from .run import Run
from .state import bytes_per_agent, bytes_per_tie
from .worlds import open_world

SCHEMA_VERSION = 1
SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUICK = (1_000, 10_000)
#: Settings of the starting world. Found by trying: in ticks 5 to 25 about 9 to 10 deliveries per agent and tick.
WORKLOAD: dict[str, Any] = {"followees": 12, "generosity": 0.35, "find_rate": 1.0, "attention": 20}
WARM_UP = 5  # ticks before the clock starts: by then items are in hand and feeds are filled
TICKS = 20  # ticks that are timed; in longer runs ties, and with them the work, drift away from the start
LARGE = 1_000_000  # agents from which on fewer ticks and runs do
SEED = 1
WARNING = "These figures hold for this machine, in the state in which it was; another one will differ."


# --- compiled yet? ----------------------------------------------------------------------------------------------


def needs_compiling() -> bool:
    """Return whether the next run has to compile the engine first: no compiled code is kept for these sources."""
    stats = getattr(compiled.engine().advance, "stats", None)
    if stats is None:  # compilation is switched off
        return False
    try:
        return not any(Path(stats.cache_path).glob("*.nbc"))
    except OSError:
        return True


def compile_now() -> float:
    """Compile the engine, or load its compiled code, with a tiny run; return the seconds that it took."""
    begun = time.perf_counter()
    Run(open_world(agents=2), seed=SEED).advance(1)
    return time.perf_counter() - begun


# --- one size, in this process ----------------------------------------------------------------------------------


def measure(agents: int, runs: int, ticks: int = TICKS, warm_up: int = WARM_UP) -> dict[str, Any]:
    """Run one size several times, each time from its start, and return its figures.

    Parameters
    ----------
    agents, runs, ticks, warm_up : int
        Agents, >= 2; timed runs, >= 1; timed ticks, >= 1; ticks before the clock starts.

    Returns
    -------
    dict
        As JSON holds it: times in seconds and nanoseconds, sizes in bytes.

    Raises
    ------
    InputError
        A number below its least.
    """
    for name, value, least in (("agents", agents, 2), ("runs", runs, 1), ("ticks", ticks, 1), ("warm_up", warm_up, 0)):
        if value < least:
            raise InputError(f"{name}: {value}; allowed: a whole number >= {least}")
    compile_now()
    before = fresh_peak()
    seconds, setting_up = [], []
    for _ in range(runs):
        run: Run | None = None  # the run before is freed first, so that the peak is that of one run
        begun = time.perf_counter()
        run = Run(open_world(agents=agents, **WORKLOAD), seed=SEED)
        setting_up.append(time.perf_counter() - begun)
        run.advance(warm_up)
        begun = time.perf_counter()
        run.advance(ticks)
        seconds.append(time.perf_counter() - begun)
    assert run is not None
    peak = peak_memory()
    return {"agents": agents, "runs": runs, "ticks": ticks, "warm_up": warm_up,
            **_figures(run, seconds, ticks),
            "setup_seconds": statistics.median(setting_up),
            "bytes_per_tie": bytes_per_tie(run.state), "bytes_per_agent": bytes_per_agent(run.state),
            "peak_bytes": None if peak is None or before is None else max(0, peak - before)}  # fmt: skip


def _figures(run: Run, seconds: Sequence[float], ticks: int) -> dict[str, Any]:
    series = run.record().series
    timed = series.iloc[-ticks:]
    deliveries = int(timed["deliveries"].sum())
    each = [1e9 * second / max(1, deliveries) for second in seconds]
    return {
        "ties": int(series["ties"].iloc[-1]),
        "deliveries": deliveries,
        "deliveries_per_agent_tick": deliveries / (run.capacity * ticks),
        "lost_share": int(timed["lost"].sum()) / max(1, deliveries),
        "seconds": list(seconds),
        "deliveries_per_second": deliveries / statistics.median(seconds),
        "ns_per_delivery": {"median": statistics.median(each), "min": min(each), "max": max(each)},
    }


# --- memory -----------------------------------------------------------------------------------------------------


def peak_memory() -> int | None:
    """Return the largest resident size of this process so far in bytes, or None where the system does not tell.

    Linux's own count is preferred: ``getrusage`` starts from the size of the process that started this one.
    """
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def fresh_peak() -> int | None:
    """Let the count of the largest size begin anew from the present size, where Linux allows it; return the count."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak_memory()


# --- all sizes, each in a process of its own --------------------------------------------------------------------


def bench(
    sizes: Sequence[int] = SIZES, *, compile_time: bool = False, done: Callable[[dict[str, Any]], None] | None = None
) -> dict[str, Any]:
    """Measure several sizes and return all figures as JSON holds them.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of agents, each >= 2.
    compile_time : bool
        Also compile the engine from nothing in a fresh process (tens of seconds).
    done : function of dict, optional
        Called with the figures of each size as soon as they are there.

    Raises
    ------
    InputError
        No size, or one below 2.
    ChildProcessError
        A measurement died, as where memory ran out.
    """
    if not sizes or any(agents < 2 for agents in sizes):
        raise InputError(f"agents: {list(sizes)}; allowed: one or more whole numbers >= 2")
    if needs_compiling():
        compile_now()
    figures = []
    for agents in sizes:
        figures.append(_apart(agents, 3 if agents >= LARGE else 5, 5 if agents >= LARGE else TICKS))
        if done is not None:
            done(figures[-1])
    return {
        "schema_version": SCHEMA_VERSION,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "software": software(),
        "environment": {**environment(), "processor": processor(), "cores": os.cpu_count()},
        "compiled": not compiled.interpreting(),
        "workload": {"world": "open_world", **WORKLOAD, "seed": SEED},
        "sizes": figures,
        "compile_seconds": compile_seconds() if compile_time else None,
        "warning": WARNING,
    }


def _apart(*arguments: int, cache: str | None = None) -> Any:
    """Return what ``main`` prints for these arguments in a fresh process."""
    path = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    if cache is not None:
        surroundings["CONNECTORS_CACHE"] = cache
    command = [sys.executable, "-m", "simulation.bench", *map(str, arguments)]
    child = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    if child.returncode:
        last = (child.stderr.strip().splitlines() or ["it was ended from outside, perhaps for lack of memory"])[-1]
        what = f"{arguments[0]} agents" if arguments else "compiling"
        raise ChildProcessError(f"measuring {what} failed (status {child.returncode}): {last}")
    return json.loads(child.stdout)


def compile_seconds() -> float | None:
    """Return how long compiling the engine takes from nothing, or None where compilation is switched off."""
    if compiled.interpreting():
        return None
    with tempfile.TemporaryDirectory() as empty:
        return _apart(cache=empty)


def processor() -> str:
    """Return the name of the processor as the system tells it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


# --- the table --------------------------------------------------------------------------------------------------

HEAD = (
    "   agents  ticks  deliveries  per head   lost   million/s      ns each (min - max)  B/tie  B/agent  peak MB  runs"
)


def line(figures: dict[str, Any]) -> str:
    """Return the line of one size for the table under `HEAD`."""
    each = figures["ns_per_delivery"]
    peak = "-" if figures["peak_bytes"] is None else f"{figures['peak_bytes'] / 2**20:.0f}"
    spread = f"{each['median']:.0f} ({each['min']:.0f} - {each['max']:.0f})"
    return (
        f"{figures['agents']:9d} {figures['ticks']:6d} {figures['deliveries']:11d}"
        f" {figures['deliveries_per_agent_tick']:9.1f} {100 * figures['lost_share']:4.1f} %"
        f" {figures['deliveries_per_second'] / 1e6:11.2f} {spread:>24s} {figures['bytes_per_tie']:6.1f}"
        f" {figures['bytes_per_agent']:8.0f} {peak:>8s} {figures['runs']:5d}"
    )


def ending(result: dict[str, Any]) -> str:
    """Return what stands below the table: compile time, work, machine, versions and the warning."""
    about, work = result["environment"], result["workload"]
    libraries = ", ".join(f"{name} {version}" for name, version in about["libraries"].items())
    seconds = result["compile_seconds"]
    return "\n".join([
        "per head: deliveries per agent and tick; ns each: nanoseconds per delivery; peak: over the bare interpreter",
        "compiling: " + ("not measured (--compile does)" if seconds is None else f"{seconds:.0f} s from nothing"),
        "world: " + ", ".join(f"{name} {value}" for name, value in work.items() if name != "world"),
        f"machine: {about['processor']}, {about['cores']} cores, {about['platform']}",
        f"versions: connectors {result['software']['version']}, Python {about['python']}, {libraries}",
        *([] if result["compiled"] else ["Compilation is switched off (NUMBA_DISABLE_JIT): interpreted, and slow."]),
        result["warning"],
    ])  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    """Print, as JSON, the figures of one size (agents, runs, ticks) or, without arguments, the time to compile."""
    numbers = [int(each) for each in arguments]
    print(json.dumps(measure(*numbers) if numbers else compile_now()))


if __name__ == "__main__":
    main(sys.argv[1:])
