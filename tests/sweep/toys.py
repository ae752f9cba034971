"""Runs that cost nothing, and stores that are wrong on purpose, for the tests of sweeps; a process of its own, too."""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

from simulation.sweep.collecting import collect
from simulation.sweep.journal import Journal
from simulation.sweep.pool import over_processes
from simulation.sweep.tasks import Queue, Task


def square(row, pause=0.0):
    time.sleep(pause)
    return {"square": row * row, "third": row / 3}


def trouble(row):
    """Raise, hang, die or do it, as the row says."""
    if row == 3:
        raise ValueError("three")
    if row == 5:
        time.sleep(60)
    if row == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"square": row * row}


def deadly(record):
    """Measure nothing, and die where attention costs something."""
    if record.parameters.cost > 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"alive": 1}


class Forgetful(Journal):
    """Says that a run is kept, and has lost every tenth of them."""

    def append(self, result):
        super().append(result)
        if result.run % 10 == 0:
            self.where[result.run] = self.where[min(self.where)]


class Shifted(Journal):
    """Is right until it is opened again: then it takes every run for the one before."""

    def __init__(self, path, writing=True):
        super().__init__(path, writing)
        places = list(self.where.values())
        self.where = dict(zip(self.where, places[-1:] + places[:-1], strict=True))


STORES = {"right": Journal, "forgetful": Forgetful, "shifted": Shifted}


def main(folder, count, pause, store):
    """Collect rows over two processes with the store of this name, and leave the table."""
    import json

    from simulation.sweep import collecting

    collecting.Journal = STORES[store]
    journal = Path(folder) / ".journal"
    function, rows = partial(square, pause=float(pause)), list(range(int(count)))
    numbers = collect(function, rows, journal=journal, jobs=2, progress=False)
    (Path(folder) / "table.json").write_text(json.dumps(numbers))


def pooled(function, rows, jobs=2, time_limit=None):
    tasks = [Task(place, row) for place, row in enumerate(rows)]
    return {each.run: each for each in over_processes(function, Queue(tasks, jobs, len(tasks)), jobs, time_limit)}


if __name__ == "__main__":
    main(*sys.argv[1:])
