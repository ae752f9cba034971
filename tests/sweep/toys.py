"""Measures that make trouble, stores that are wrong on purpose, and the command with such a store."""

import os
import signal
import sys
import time
from dataclasses import replace
from functools import partial

from simulation.sweep import sweeping
from simulation.sweep.journal import Journal
from simulation.sweep.pool import over_processes
from simulation.sweep.tasks import Queue, Task
from simulation.sweep.worldruns import WorldRuns

from .light import trouble


def deadly(record):
    """Measure nothing, and die where attention costs something."""
    if record.parameters.cost > 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"alive": 1}


def troubled_ties(record):
    """Measure a run, or make trouble where its price of attention says so: once mended, by a file that is there."""
    if not os.path.exists(os.environ.get("MENDED", "no such file")):
        trouble(round(10 * record.parameters.cost))
    return {"ties": int(record.series["ties"].iloc[-1])}


class Losing(Journal):
    """Is right until it is opened again: then it takes its last run for kept, and has lost it."""

    lost = None

    def __init__(self, path, writing=True):
        super().__init__(path, writing)
        if self.where:
            self.lost = max(self.where)
            del self.where[self.lost]

    def has(self, run, retry=False):
        return run == self.lost or super().has(run, retry)


class Doubling(Journal):
    """Is right until it is opened again: then it has its first run twice."""

    doubled = None

    def __init__(self, path, writing=True):
        super().__init__(path, writing)
        self.doubled = next(iter(self.where), None)

    def in_order(self):
        for result in super().in_order():
            yield result
            if result.run == self.doubled:
                yield result


class Shifted(Journal):
    """Is right until it is opened again: then it takes every run for the next one."""

    shifted = False

    def __init__(self, path, writing=True):
        super().__init__(path, writing)
        self.shifted = len(self.where) > 0

    def in_order(self):
        kept = list(super().in_order())
        for run, result in zip(self.where, kept[1:] + kept[:1] if self.shifted else kept, strict=True):
            yield replace(result, run=run)


STORES = {"right": Journal, "losing": Losing, "doubling": Doubling, "shifted": Shifted}


def pooled(function, rows, jobs=2, time_limit=None):
    tasks = [Task(place, row) for place, row in enumerate(rows)]
    return {each.run: each for each in over_processes(function, Queue(tasks, jobs, len(tasks)), jobs, time_limit)}


class Slowly(WorldRuns):
    """Takes its time, so that there is time to kill it; what it leaves is the same."""

    pause = 0.0

    def __call__(self, payload):
        time.sleep(self.pause)
        return super().__call__(payload)


def slowly(pause, *about):
    runs = Slowly(*about)
    runs.pause = pause
    return runs


def main(store, pause, *words):
    """Be the command `connectors` with one of these stores."""
    from simulation.cli import main

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had tests in the background ignore it
    sweeping.Journal = STORES[store]
    sweeping.WorldRuns = partial(slowly, float(pause))
    main(words)


if __name__ == "__main__":
    from tests.sweep import toys  # not as __main__: its classes go to other processes

    toys.main(*sys.argv[1:])
