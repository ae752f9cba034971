"""Who does the runs? This process, local processes, any `concurrent.futures` executor, or a Dask cluster."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from typing import Any

from ..errors import InputError, unknown_name, wrong_type
from .pool import over_processes
from .tasks import Queue, Result, Task, attempt, attempt_all, reason

NAMED = ("processes", "serial")
ASK = 5.0  # seconds after which a cluster is asked again how many workers it has


def results_of(
    function: Callable[[Any], Any],
    tasks: Iterable[Task],
    count: int,
    executor: Any = None,
    jobs: int | None = None,
    time_limit: float | None = None,
) -> Iterator[Result]:
    """Yield the results of tasks as they come, in any order.

    Parameters
    ----------
    function : callable
        Called with a task's payload; can be pickled unless serial.
    tasks : iterable of Task
    count : int
        How many tasks there are.
    executor : {"processes", "serial"}, concurrent.futures.Executor or dask.distributed.Client, optional
        Local processes by default.
    jobs : int, optional
        Processes, or batches under way at once on another executor; by default as many as processors, or twice the
        executor's workers.
    time_limit : float, optional
        Seconds per run. Only local processes can end a run that does not look at the clock.

    Raises
    ------
    InputError
        No such executor.
    """
    if executor is None or isinstance(executor, str):
        name = executor or NAMED[0]
        if name not in NAMED:
            raise unknown_name("executor", name, NAMED)
        jobs = jobs or os.cpu_count() or 1
        if name == "serial" or count == 0:
            return (attempt(function, task) for task in tasks)
        return over_processes(function, Queue(tasks, jobs, count), jobs, time_limit)
    with_workers = as_executor(executor)
    if with_workers is None:
        raise wrong_type("executor", executor, "processes, serial, a concurrent.futures executor or a Dask client")
    pool, workers = with_workers
    return over_executor(pool, function, Queue(tasks, workers(), count), workers, jobs)


def as_executor(executor: Any) -> tuple[Any, Callable[[], int]] | None:
    """Return a `concurrent.futures` executor and what tells its number of workers now; None for what is none."""
    if hasattr(executor, "get_executor"):  # a Dask client, whose workers may still be waiting in a queue
        return executor.get_executor(pure=False), lambda: max(1, sum(executor.nthreads().values()))
    if isinstance(executor, Executor) or (hasattr(executor, "submit") and hasattr(executor, "map")):
        return executor, lambda: getattr(executor, "_max_workers", None) or os.cpu_count() or 1
    return None


def over_executor(pool: Any, function: Callable[[Any], Any], queue: Queue, workers: Callable[[], int],
                  most: int | None = None) -> Iterator[Result]:  # fmt: skip
    """Yield results from batches, of which two per worker are under way at once: neither side fills its memory.

    Parameters
    ----------
    pool : executor
    function : callable
    queue : Queue
    workers : function
        Tells how many there are; asked again now and then.
    most : int, optional
        Batches under way at once.

    Raises
    ------
    InputError
        The executor itself has broken, or a worker has other software; finished runs are kept.
    """
    under_way: dict[Future, list[Task]] = {}
    asked = time.monotonic()
    try:
        while True:
            while len(under_way) < (most or 2 * queue.workers) and (batch := queue.take()):
                under_way[pool.submit(attempt_all, function, batch)] = batch
            if not under_way:
                return
            done, _ = wait(under_way, timeout=ASK, return_when=FIRST_COMPLETED)
            if time.monotonic() - asked > ASK:
                asked, queue.workers = time.monotonic(), workers()
            refusal = None  # raised when what others have finished is handed on
            for future in done:
                batch = under_way.pop(future)
                try:
                    results = future.result()
                except (BrokenExecutor, CancelledError) as problem:
                    allowed = "the same command with another one goes on from here"
                    refusal = InputError(f"executor: it broke ({reason(problem)}); {allowed}")
                    continue
                except InputError as problem:
                    refusal = problem
                    continue
                except Exception as problem:  # the cluster lost the batch, perhaps because of one of its runs
                    yield from queue.give_back(batch, f"the cluster gave up ({reason(problem)})")
                    continue
                for result in results:
                    queue.learn(result.seconds)
                    yield result
            if refusal is not None:
                raise refusal
    finally:
        for future in under_way:
            future.cancel()


@contextmanager
def closing(results: Iterator[Result]) -> Iterator[Iterator[Result]]:
    """End the workers behind results when their reader stops early."""
    try:
        yield results
    finally:
        close = getattr(results, "close", None)
        if close is not None:
            close()
