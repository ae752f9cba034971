"""How does anything else, such as an experiment, have its rows measured in the same way? Journal, workers, resumption.

The rows of a design and a function go in, the function's numbers come out, in the order of the rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from .journal import Journal
from .store import locked
from .sweeping import store_all
from .tasks import Task


def collect(
    function: Callable[[Any], Mapping[str, Any]],
    rows: Sequence[Any],
    *,
    journal: str | Path,
    executor: Any = None,
    jobs: int | None = None,
    time_limit: float | None = None,
    progress: bool = True,
    name: str = "",
) -> list[dict[str, Any]]:
    """Return what a function measures for every row, in the order of the rows.

    Parameters
    ----------
    function : callable
        Can be pickled, as ``functools.partial(measure, seed=1)``; called with a row, it returns numbers by name.
    rows : sequence
        What the function is called with.
    journal : path
        File of finished rows: the same call goes on from it. It goes away when all rows have gone well. Its name must
        say which rows and which function they are; another number of rows or other rows in it are refused.
    executor, jobs, time_limit
        As in `sweep`; one job is serial.
    progress : bool
        Show a bar, on a terminal.
    name : str
        For the bar.

    Raises
    ------
    InputError
        Another process is at it.
    RuntimeError
        Rows that failed, after all others are done; the first traceback is shown, and the others are kept.
    """
    journal = Path(journal)
    with locked(journal.parent):
        log = Journal(journal.with_name(f"{journal.name}-{_hash(rows)}"))
        try:
            tasks = [Task(place, row) for place, row in enumerate(rows) if not log.has(place, retry=True)]
            chosen = executor or ("serial" if jobs == 1 or len(tasks) < 2 else "processes")
            store_all(function, tasks, len(tasks), log, chosen, jobs=jobs, time_limit=time_limit, progress=progress,
                      total=len(rows), name=name)  # fmt: skip
            results = [log.read(place) for place in range(len(rows))]
        except KeyboardInterrupt:
            raise KeyboardInterrupt("; the same command goes on from here.") from None
        finally:
            log.close()
        failed = [result for result in results if result.status != "ok"]
        if failed:
            text = failed[0].error or failed[0].ended
            raise RuntimeError(f"{len(failed)} of {len(rows)} rows failed; the first, row {failed[0].run}:\n{text}")
        log.path.unlink()
    return [result.numbers for result in results]


def _hash(rows: Sequence[Any]) -> str:
    try:
        text = json.dumps(rows, default=lambda value: value.tolist() if hasattr(value, "tolist") else repr(value))
    except (TypeError, ValueError) as problem:
        raise InputError(f"rows: cannot be written as JSON: {problem}") from None
    return hashlib.sha256(text.encode()).hexdigest()[:16]
