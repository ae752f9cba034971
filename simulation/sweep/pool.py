"""How do local processes share runs, when any of them may hang or be killed at any moment?

`concurrent.futures.ProcessPoolExecutor` gives up altogether when one worker dies, and cannot end a run that hangs.
Here every worker has a pipe of its own: a dead one is replaced and its runs are given to others, and one whose run is
over the time limit is killed. Workers write nothing: only this process does.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import connection
from multiprocessing.connection import Connection
from typing import Any

from ..errors import InputError
from .tasks import TIMEOUT, Queue, Result, Task, attempt, given_up, over_limit

REPORT = 0.05  # seconds of results that a worker holds back at most
GRACE = 2.0  # seconds beyond the time limit that a run has to end by itself
STARTS = 3  # workers that may die one after the other before any has begun to work


def serve(pipe: Connection, function: Callable[[Any], Any]) -> None:
    """Do batches as they come through the pipe; the life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the sweep itself hears Ctrl-C and ends its workers
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the sweep is gone
        getattr(function, "prepare", lambda: None)()
        pipe.send(None)  # ready
        while True:
            batch = pipe.recv()
            done: list[Result] = []
            reported = time.monotonic()
            for task in batch:
                done.append(attempt(function, task))
                if time.monotonic() - reported > REPORT:
                    pipe.send(done)
                    done, reported = [], time.monotonic()
            if done:
                pipe.send(done)


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


class Worker:
    """A process, the runs that it has, and when it must be heard of again."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        context = multiprocessing.get_context("spawn")  # never the global method: it belongs to the caller
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, function), daemon=True)
        with _interrupts_blocked():
            self.process.start()
        theirs.close()
        self.ready = False
        self.batch: list[Task] = []
        self.heard = time.monotonic()

    def give(self, batch: list[Task]) -> None:
        """Send a batch."""
        self.batch, self.heard = batch, time.monotonic()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # its death is noticed by its pipe
            self.pipe.send(batch)

    def end(self) -> None:
        """Kill the process: it holds nothing that is not done again."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Let a process that starts inherit that Ctrl-C is not for it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def over_processes(
    function: Callable[[Any], Any], queue: Queue, jobs: int, time_limit: float | None = None
) -> Iterator[Result]:
    """Yield the results of all tasks as they come.

    Parameters
    ----------
    function : callable
        Can be pickled; called with a task's payload.
    queue : Queue
    jobs : int
        Processes at most.
    time_limit : float, optional
        Seconds that a run may take.

    Raises
    ------
    InputError
        Workers that cannot even start.
    """
    workers: list[Worker] = []
    failed_starts = 0
    try:
        while True:
            idle = [worker for worker in workers if worker.ready and not worker.batch]
            for worker in idle:
                batch = queue.take()
                if batch:
                    worker.give(batch)
            starting = sum(not worker.ready for worker in workers)
            wanted = min(jobs, queue.remaining + len(queue.suspects) + sum(bool(worker.batch) for worker in workers))
            while len(workers) < wanted:
                workers.append(Worker(function))
                starting += 1
            if not any(worker.batch for worker in workers) and not queue.remaining and not queue.suspects:
                return
            for worker in _heard(workers, time_limit):
                try:
                    message = worker.pipe.recv() if worker.pipe.poll() else None  # None: it is over the time limit
                except (EOFError, OSError):
                    worker.process.join(1)
                    failed_starts = 0 if worker.ready else failed_starts + 1
                    _refuse_dead_starts(failed_starts, worker)
                    workers.remove(worker)
                    worker.end()
                    yield from queue.give_back(worker.batch, f"the process died ({_how(worker)})")
                    continue
                if message is None and not worker.ready:
                    worker.ready, failed_starts = True, 0
                elif message is None:  # too late
                    workers.remove(worker)
                    worker.end()
                    yield from _after_limit(worker, queue, time_limit or 0.0)
                else:
                    worker.heard = time.monotonic()
                    came = {result.run for result in message}
                    worker.batch = [task for task in worker.batch if task.run not in came]
                    for result in message:
                        queue.learn(result.seconds)
                        yield result
    finally:
        for worker in workers:
            worker.end()


def _heard(workers: list[Worker], time_limit: float | None) -> list[Worker]:
    """Return the workers that say something, have died, or are over the time limit."""
    timeout = None
    if time_limit is not None:
        busy = [worker.heard + time_limit + GRACE for worker in workers if worker.batch]
        timeout = max(0.01, min(busy) - time.monotonic()) if busy else None
    pipes = connection.wait([worker.pipe for worker in workers], timeout)
    return [worker for worker in workers if worker.pipe in pipes or _is_late(worker, time_limit)]


def _is_late(worker: Worker, time_limit: float | None) -> bool:
    return bool(time_limit and worker.batch and time.monotonic() > worker.heard + time_limit + GRACE)


def _after_limit(worker: Worker, queue: Queue, time_limit: float) -> Iterator[Result]:
    """Yield the run that hung, where it was alone; else have each run tried alone."""
    if len(worker.batch) == 1:
        yield given_up(worker.batch[0], TIMEOUT, over_limit(time_limit), time_limit + GRACE)
    else:
        queue.suspects = [*worker.batch, *queue.suspects]


def _how(worker: Worker) -> str:
    code = worker.process.exitcode
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"status {code}"


def _refuse_dead_starts(failed: int, worker: Worker) -> None:
    if failed >= STARTS:
        worker.process.join(1)
        hint = 'a script that sweeps needs its calls under `if __name__ == "__main__":`, and its functions in a module'
        raise InputError(f"executor: worker processes end at their start ({_how(worker)}); {hint}; or executor=serial")
