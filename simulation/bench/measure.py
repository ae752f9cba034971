"""What does one repetition measure? Each function runs in a process of its own and returns what JSON holds."""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
import time
from typing import Any

import numpy as np

from .. import compiled
from ..exchange import to_ties
from . import kernels, limits, power, processes, workload
from . import twitter as whole


def speed(agents: int, threads: int = 1, introducing: float = workload.INTRODUCING, ticks: int = 0,
          with_limit: bool = True) -> dict[str, Any]:  # fmt: skip
    """Run the benchmark's world once, then the kernels: figures of `workload.advance`, limits and a fingerprint."""
    compiled.compile_now()
    run, figures = workload.advance(agents, threads, introducing, ticks)
    figures["digest"] = digest(run)
    if with_limit:
        figures["phases"] = workload.phases(agents, threads, introducing, ticks)
        cost = kernels.measure(agents, threads, count=min(2**23, max(2**16, 10 * agents)))
        figures["kernels"] = cost
        figures["limits"] = limits.limits(run.state, figures["counts"], cost)
    return figures


def digest(run: Any) -> str:
    """Return a hash over what a run has led to: its series, all columns of agents, and its ties in order.

    Free room in lists is left out, since nobody writes there.
    """
    found = hashlib.sha256()
    ties = to_ties(run.state.network)
    order = np.lexsort((ties[1], ties[0]))
    for part in (*run.series, *run.state.agents, *(column[order] for column in ties)):
        found.update(f"{part.shape} {part.dtype}".encode())
        found.update(np.ascontiguousarray(part).tobytes())
    return found.hexdigest()[:16]


def memory(agents: int, threads: int = 1) -> dict[str, Any]:
    """Return the resting size of a run's state, and the peaks of building and of running it, net of the interpreter."""
    compiled.compile_now(threads)
    before = processes.fresh_peak()
    run = workload.make_run(agents, threads)
    built, at_start = processes.peak_memory(), workload.resting_size(run)
    processes.fresh_peak()
    run.advance(workload.WARM_UP + workload.ticks_for(agents))
    peak, resident = processes.peak_memory(), processes.status_bytes("VmRSS")
    resting = workload.resting_size(run)

    def net(size: int | None) -> int | None:
        return None if size is None or before is None else size - before

    return {"agents": agents, "resting": resting, "resident": net(resident), "resting_at_start": at_start,
            "peak_building": net(built), "peak_running": net(peak),
            "bytes_per_tie": workload.bytes_per_tie(run.state),
            "bytes_per_agent": workload.bytes_per_agent(run.state)}  # fmt: skip


def small(agents: int = 1000, ticks: int = 100, times: int = 15) -> dict[str, Any]:
    """Time whole runs of a small network, making the world, series and agents' table included; the median."""
    compiled.compile_now()
    seconds, deliveries = [], []
    for seed in range(times + 1):
        begun = time.perf_counter()
        record = workload.small_run(seed, agents).advance(ticks).record()
        series, table = record.series, record.agents
        seconds.append(time.perf_counter() - begun)
        deliveries.append(int(series["deliveries"].sum()))
        assert len(table) == agents
    return {"ms": 1000 * statistics.median(seconds[1:]), "deliveries": statistics.median(deliveries[1:])}


def sweeping(few: int = 40, many: int = 240, agents: int = 1000, ticks: int = 100,
             executor: str = "processes") -> dict[str, Any]:  # fmt: skip
    """Time whole sweeps with one worker and with two, their tables written; what starting them costs is left out.

    Of ``few`` and of ``many`` runs each: the difference is what the runs between them take. CPU time is that of all
    processes together; the engine's is that of its ticks alone, in this process, and what is around a run that of runs
    of one tick.
    """
    compiled.compile_now()
    found: dict[str, Any] = {}
    for jobs in (1, 2):
        of_few, of_many = (whole_sweep(runs, agents, ticks, executor, jobs) for runs in (few, many))
        wall, cpu = (there - here for there, here in zip(of_many, of_few, strict=True))
        found |= {f"rate_{jobs}": (many - few) / wall, f"cpu_{jobs}": 1000 * cpu / (many - few)}
    of_few, of_many = (whole_sweep(runs, agents, 1, executor, 1) for runs in (few, 4 * many))
    found["around"] = 1000 * (of_many[1] - of_few[1]) / (4 * many - few)
    made = [workload.small_run(seed, agents) for seed in range(few)]
    begun = time.process_time()
    for run in made:
        run.advance(ticks)
    engine = 1000 * (time.process_time() - begun) / few
    deliveries = statistics.mean(workload.counts_of(run, ticks)["deliveries"] * ticks for run in made)
    by_default, _ = whole_sweep(few // 2, agents, ticks, None, None)
    with_two, _ = whole_sweep(few // 2, agents, ticks, executor, 2)
    return {**found, "engine": engine, "deliveries": deliveries, "short": by_default / with_two}


def whole_sweep(runs: int, agents: int, ticks: int, executor: str | None, jobs: int | None) -> tuple[float, float]:
    """Return wall time and CPU time of a sweep in seconds."""
    from ..sweep import grid, sweep

    with tempfile.TemporaryDirectory() as folder:
        begun, before = time.perf_counter(), sum(os.times()[:4])
        sweep(grid(world_seed=[1, 2]), settings={"agents": agents, **workload.OF_SWEEPS}, ticks=ticks,
              replicates=runs // 2, out=folder, executor=executor, jobs=jobs)  # fmt: skip
        return time.perf_counter() - begun, sum(os.times()[:4]) - before


def measures(agents: int = power.AGENTS) -> dict[str, Any]:
    """Time the measures of power on a network with a heavy tail."""
    return power.measure(agents)


def twitter(agents: int = whole.AGENTS) -> dict[str, Any]:
    """Build Twitter as it was in 2009, or a share of it, and run one tick."""
    return whole.measure(agents)


def compiling() -> dict[str, Any]:
    """Compile the engine, or load its compiled code."""
    return {"seconds": compiled.compile_now()}
