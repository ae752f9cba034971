"""How does one call make a whole sweep, from wherever it was left?"""

from __future__ import annotations

import itertools
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..compiled import compile_once
from . import store
from .designs import Design
from .executors import closing, results_of
from .identity import identity
from .journal import Journal
from .plan import Plan
from .precision import report, wanted_runs
from .store import Swept
from .tasks import Task
from .unchanged import unchanged
from .worldruns import WorldRuns, check

SERIAL_WORK = 10_000_000  # agents * ticks of a whole sweep below which starting processes costs more than it saves


def sweep(
    design: Design | Plan,
    *,
    out: str | Path | None = None,
    executor: Any = None,
    jobs: int | None = None,
    time_limit: float | None = None,
    retry_failed: bool = False,
    wait: bool = False,
    progress: bool = False,
    files: Mapping[str, bytes] | None = None,
    **about: Any,
) -> Swept:
    """Run every point of a design, repeatedly, and return the tables.

    The same call goes on where it was stopped or killed; the tables are the same as if it never had been.

    Parameters
    ----------
    design : Design or Plan
    out : path, optional
        Folder of the results; without it, tables are in memory only.
    executor : {"processes", "serial"}, concurrent.futures.Executor or dask.distributed.Client, optional
        By default local processes, or none where that is faster.
    jobs : int, optional
        Processes; by default as many as processors.
    time_limit : float, optional
        Seconds that a run may take.
    retry_failed : bool
        Try runs again that have failed before.
    wait : bool
        Wait where another sweep is writing into the folder; else that is refused.
    progress : bool
        Show a bar, on a terminal.
    files : mapping of str to bytes, optional
        What to store with the results, by name: the files that the plan came from.
    **about
        As in `Plan`: replicates, seed, measure, world, ticks, settings, ...

    Raises
    ------
    InputError
        A bad design, a folder of another sweep or one in use: nothing has been run.

    Examples
    --------
    >>> from simulation.sweep import grid, sweep
    >>> swept = sweep(grid(generosity=[0, 1]), replicates=2, ticks=9, settings={"agents": 10}, measure=["ties"])
    >>> swept.runs[["run", "generosity", "replicate", "status"]].values.tolist()
    [[0, 0, 0, 'ok'], [1, 0, 1, 'ok'], [2, 1, 0, 'ok'], [3, 1, 1, 'ok']]
    """
    plan = replace(design, **about) if isinstance(design, Plan) else Plan(design, **about)
    check(plan)
    how = {"jobs": jobs, "time_limit": time_limit}
    if out is None:
        with tempfile.TemporaryDirectory() as folder:
            swept = _sweep(plan, Path(folder), executor, how, retry_failed, wait, progress, files)
            for name in ("runs", "provenance", *plan.keep):
                getattr(swept, name)  # read before the folder is gone
            return swept
    return _sweep(plan, Path(out), executor, how, retry_failed, wait, progress, files)


def _sweep(plan: Plan, folder: Path, executor: Any, how: dict[str, Any], retry: bool, wait: bool, progress: bool,
           files: Mapping[str, bytes] | None) -> Swept:  # fmt: skip
    mine = identity(plan)
    folder.mkdir(parents=True, exist_ok=True)
    with store.locked(folder, wait):
        store.begin(folder, mine)
        if store.is_done(folder) and not (folder / store.JOURNAL).exists():
            store.clear(folder)
            return Swept(folder, plan, True)
        journal = Journal(folder / store.JOURNAL)
        try:
            did = _run_all(plan, journal, executor, how, retry, progress)
            if did or not store.is_done(folder):
                journal.sync()
                idle = unchanged(plan, journal)
                more = {"precision_reached": report(plan, journal), "changed_nothing": idle}
                store.finish(folder, plan, mine, journal, {k: v for k, v in more.items() if v}, files)
                for name in idle:
                    warnings.warn(f"{name}: varying it changed no number of any run", stacklevel=3)
            elif not journal.failures():  # killed when the tables were there already
                store.clear(folder)
        except KeyboardInterrupt:
            kept = len(journal.where)
            raise KeyboardInterrupt(f"; {kept} finished runs are kept: the same command goes on from here.") from None
        except OSError as problem:  # a disk that is full or fails
            told = f"{len(journal.where)} finished runs are kept: the same command goes on from here"
            raise OSError(f"out: {str(folder)!r}: {problem}; {told}") from problem
        finally:
            journal.close()
    return Swept(folder, plan, True)


def _run_all(plan: Plan, journal: Journal, executor: Any, how: dict[str, Any], retry: bool, progress: bool) -> int:
    """Do all runs that are not in the journal; return how many were done."""
    did = 0
    while True:
        wanted = wanted_runs(plan, journal)
        total = sum(map(len, wanted))
        count = sum(not journal.has(run, retry) for runs in wanted for run in runs)
        if not count:
            return did
        function = WorldRuns(plan, how["time_limit"])
        executor = executor or _default_executor(plan, count, how)
        if not isinstance(executor, str) or executor == "processes":
            compile_once()
        did += store_all(function, _tasks(plan, journal, wanted, retry), count, journal, executor, progress=progress,
                         total=total, **how)  # fmt: skip
        retry = False  # once


def _tasks(plan: Plan, journal: Journal, wanted: list[range], retry: bool) -> Iterator[Task]:
    """Yield the runs that are not in the journal, one after the other: there may be millions."""
    for run in itertools.chain.from_iterable(wanted):
        if not journal.has(run, retry):
            yield Task(run, (plan.design.point(plan.place(run)[0]), plan.seed_of(run)))


def _default_executor(plan: Plan, count: int, how: dict[str, Any]) -> str:
    if how["jobs"] == 1 and how["time_limit"] is None:
        return "serial"
    agents = plan.settings.get("agents", 1000)
    work = count * agents * max(1, plan.ticks) if plan.network is None and isinstance(agents, int) else SERIAL_WORK
    return "serial" if work < SERIAL_WORK and how["time_limit"] is None and how["jobs"] is None else "processes"


def store_all(
    function: Callable[[Any], Any],
    tasks: Iterable[Task],
    count: int,
    journal: Journal,
    executor: Any,
    *,
    jobs: int | None = None,
    time_limit: float | None = None,
    progress: bool = False,
    total: int | None = None,
    name: str = "",
) -> int:
    """Do tasks and put what became of them into a journal as they finish; return how many there were."""
    from tqdm import tqdm

    did = failed = 0
    total = count if total is None else total
    with (
        tqdm(total=total, initial=total - count, unit="run", desc=name or None, smoothing=0.05,
             disable=not (progress and sys.stderr.isatty())) as bar,
        closing(results_of(function, tasks, count, executor, jobs, time_limit)) as results,
    ):  # fmt: skip
        for result in results:
            journal.append(result)
            did += 1
            failed += result.status != "ok"
            if failed:
                bar.set_postfix(failed=failed, refresh=False)
            bar.update()
    return did
