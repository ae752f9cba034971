"""What is one run to a sweep, and what comes back of it? Whatever happens in a run, it comes back as a result.

Imports nothing heavy: a worker of trivial runs starts in a tenth of a second.
"""

from __future__ import annotations

import json
import os
import socket
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

OK, FAILED, TIMEOUT, CRASHED = "ok", "failed", "timeout", "crashed"
STATUSES = (OK, FAILED, TIMEOUT, CRASHED)


class TimeLimit(Exception):
    """A run has taken longer than it may; raised by runs that look at the clock themselves."""


@dataclass(frozen=True)
class Task:
    """One run: its number and what the function is called with."""

    run: int
    payload: Any


@dataclass(frozen=True)
class Left:
    """What a run leaves, where it leaves more than numbers.

    Attributes
    ----------
    numbers : dict
        Measures by name: numbers, texts, true or false, or None.
    tables : dict of str to bytes
        Tables by name, each an Arrow stream.
    ended : str
        Why the run ended.
    """

    numbers: dict[str, Any]
    tables: dict[str, bytes] = field(default_factory=dict)
    ended: str = ""


@dataclass(frozen=True)
class Result:
    """What became of one run.

    Attributes
    ----------
    run : int
    status : str
        One of ``STATUSES``.
    numbers, tables, ended
        As in `Left`; nothing but the reason where the run failed.
    error : str
        Traceback of a run that failed.
    seconds : float
        Clock time; 0.0 where nobody could measure it.
    worker : str
        Host and process.
    """

    run: int
    status: str
    numbers: dict[str, Any]
    tables: dict[str, bytes]
    ended: str
    error: str
    seconds: float
    worker: str


def attempt(function: Callable[[Any], Any], task: Task) -> Result:
    """Call the function with a task's payload and return what became of it; nothing but Ctrl-C is raised."""
    begun = time.perf_counter()
    status, error = OK, ""
    try:
        left = function(task.payload)
        if not isinstance(left, Left):
            left = Left(dict(left), ended="returned")
        json.dumps(left.numbers, default=plain)  # what cannot be stored fails here, alone
    except TimeLimit as limit:
        status, left = TIMEOUT, Left({}, ended=str(limit))
    except Exception as problem:
        status, left, error = FAILED, Left({}, ended=reason(problem)), traceback.format_exc()
    seconds = time.perf_counter() - begun
    return Result(task.run, status, left.numbers, left.tables, left.ended, error, seconds, name_of_worker())


def plain(value: Any) -> Any:
    """Return a numpy number or array as JSON holds it."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be stored; measures are numbers, texts, true or false, or None")


def reason(problem: BaseException) -> str:
    """Return an exception in one line."""
    lines = str(problem).splitlines()
    return f"{type(problem).__name__}: {lines[0]}" if lines else type(problem).__name__


def name_of_worker() -> str:
    """Return host and process number."""
    return f"{socket.gethostname()}:{os.getpid()}"


def attempt_all(function: Callable[[Any], Any], tasks: Iterable[Task]) -> list[Result]:
    """Return the results of a batch; what executors and clusters are asked to do.

    Raises
    ------
    InputError
        The function refuses to work here at all.
    """
    getattr(function, "prepare", lambda: None)()
    return [attempt(function, task) for task in tasks]


def given_up(task: Task, status: str, why: str, seconds: float = 0.0) -> Result:
    """Return the result of a run that did not come back."""
    return Result(task.run, status, {}, {}, why, "", seconds, "")


def over_limit(seconds: float) -> str:
    """Return why a run ended that hit the time limit: the same words, whoever noticed."""
    return f"stopped at the time limit of {seconds:g} s"


class Queue:
    """Tasks in order, in batches that take about half a second each.

    Tasks that a dead worker left behind come first and alone, so that the one to blame is known.

    Parameters
    ----------
    tasks : iterable of Task
        Drawn from as needed.
    workers : int
        Batches stay small enough that all workers end at about the same time.
    remaining : int
        How many tasks there are.
    """

    SECONDS, MOST = 0.5, 500

    def __init__(self, tasks: Iterable[Task], workers: int, remaining: int) -> None:
        self.tasks, self.workers, self.remaining = iter(tasks), max(1, workers), remaining
        self.suspects: list[Task] = []
        self.deaths: dict[int, int] = {}
        self.pace: float | None = None  # seconds per run, smoothed

    def learn(self, seconds: float) -> None:
        """Take note of how long a run took."""
        self.pace = seconds if self.pace is None else 0.8 * self.pace + 0.2 * seconds

    def take(self) -> list[Task]:
        """Return the next batch; empty where nothing is left."""
        if self.suspects:
            return [self.suspects.pop(0)]
        fair = max(1, self.remaining // (4 * self.workers))
        size = 1 if self.pace is None else int(min(self.MOST, fair, max(1.0, self.SECONDS / max(self.pace, 1e-6))))
        batch = list(_first(self.tasks, size))
        self.remaining -= len(batch)
        return batch

    def give_back(self, batch: list[Task], why: str) -> Iterator[Result]:
        """Take back what a dead worker left; yield the result of a run that kills every worker that tries it."""
        if len(batch) == 1:
            task = batch[0]
            self.deaths[task.run] = self.deaths.get(task.run, 0) + 1
            if self.deaths[task.run] >= 3:
                yield given_up(task, CRASHED, f"{why}, three times")
                return
        self.suspects = [*batch, *self.suspects]


def _first(tasks: Iterator[Task], count: int) -> Iterator[Task]:
    for _ in range(count):
        try:
            yield next(tasks)
        except StopIteration:
            return
