"""Does a run of a sweep come out again as it is stored? One run is repeated, alone, and every number compared."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..errors import InputError, shown
from ..folders import read_file
from ..storage import Difference, differences_of, different
from . import store
from .designs import plain_value
from .executors import results_of
from .identity import identity, stored_identity
from .points import has_begun
from .store import Swept
from .tables import FIRST
from .tasks import CRASHED, OK, TIMEOUT, Result, Task, attempt, plain
from .worldruns import WorldRuns, parameter_names


@dataclass(frozen=True)
class ReplayedRun:
    """What came out when one run of a sweep was done again.

    Attributes
    ----------
    run : int
    settings : dict
        Of its point.
    agrees : bool
        Whether it ended in the same way with the same numbers.
    compared : dict of str to int
        Numbers compared, by table.
    differences : tuple of Difference
        The first of each column that differs.
    changed : dict of str to (stored, now)
        What is not as it was when the sweep began: version, dynamics fingerprint, files of a network.
    result : Result
        What became of the repeated run.
    """

    run: int
    settings: dict[str, Any]
    agrees: bool
    compared: dict[str, int]
    differences: tuple[Difference, ...]
    changed: dict[str, tuple[Any, Any]]
    result: Result

    def __str__(self) -> str:
        at = ", ".join(f"{name} {plain_value(value)}" for name, value in self.settings.items())
        count, tables = sum(self.compared.values()), ", ".join(self.compared)
        if self.agrees and self.result.status == OK:
            lines = [f"run {self.run} ({at}): every number agrees ({count} numbers: {tables})"]
        elif self.agrees:
            lines = [f"run {self.run} ({at}): fails again in the same way: {self.result.ended}"]
        else:
            lines = [f"run {self.run} ({at}): does not agree; {len(self.differences)} columns differ"]
            lines += [f"  {each}" for each in self.differences[:10]]
            lines += [self.result.error.rstrip()] if self.result.error else []
        lines += [f"  {name}: {shown(was)} when written, {shown(now)} now" for name, (was, now) in self.changed.items()]
        return "\n".join(lines)


def replay_run(folder: str | os.PathLike, run: int, measure: Callable | None = None) -> ReplayedRun:
    """Do one run of a sweep again, from what the folder holds, and compare every number that it has left.

    Parameters
    ----------
    folder : path
        Of the sweep, finished or not.
    run : int
    measure : function of a record, optional
        The sweep's, where it cannot be imported by its name.

    Raises
    ------
    InputError
        No sweep there, no such run, or a measure or network that cannot be found.
    """
    swept = store.load(folder, measure)
    there = _stored_row(swept, run)
    changed = _changed(swept)
    point, _ = swept.plan.place(run)
    settings = swept.plan.design.point(point)
    task, function = Task(run, (settings, swept.plan.seed_of(run))), WorldRuns(swept.plan)
    if there["status"] == CRASHED:  # it may end the process that tries it: not this one
        (result,) = results_of(function, [task], 1, "processes", jobs=1)
    else:
        result = attempt(function, task)
    pairs = {"runs": _rows(swept, there, result)}
    if there["status"] == result.status == OK:
        for name in swept.plan.keep:
            pairs[name] = _stored_part(swept, name, run), _table(result.tables[name])
    compared = {name: stored.size for name, (stored, _) in pairs.items()}
    differences = [each for name, (stored, here) in pairs.items() for each in differences_of(name, stored, here)]
    return ReplayedRun(run, settings, not differences, compared, tuple(differences), changed, result)


def _stored_row(swept: Swept, run: int) -> pd.Series:
    """Return the row of a run.

    Raises
    ------
    InputError
        No such run in this sweep, or none that has finished.
    """
    known = swept.runs["run"] if has_begun(swept) else pd.Series([], dtype=int)
    if not len(known):
        raise InputError(f"run: {run}; no run has finished yet in {str(swept.folder)!r}")
    if (known == run).any():
        return swept.runs[known == run].iloc[0]
    to_come = not swept.done and 0 <= run < swept.plan.runs_at_most
    raise InputError(
        f"run: {run} {'has not finished yet' if to_come else 'does not exist'} in {str(swept.folder)!r}; allowed: one "
        f"of its {len(known)} runs from {known.min()} to {known.max()}; the nearest is {nearest_run(known, run)}"
    )


def nearest_run(known: pd.Series, run: int) -> int:
    """Return the run whose number is nearest; the smaller one of two."""
    return min(known.tolist(), key=lambda each: (abs(each - run), each))


def _changed(swept: Swept) -> dict[str, tuple[Any, Any]]:
    """Return what is not as it was when the sweep began: software, measure, files of a network."""
    plan = swept.plan
    for name in ("network", "nodes"):
        if getattr(plan, name) and not Path(getattr(plan, name)).is_file():
            raise InputError(f"{name}: {getattr(plan, name)!r}, from which the sweep starts, is not there any more")
    return different(stored_identity(swept.folder) or {}, identity(plan))


def _rows(swept: Swept, there: pd.Series, result: Result) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return, as tables of one row, how a run ended and what it measured, as stored and as repeated."""
    parameters = parameter_names(swept.plan)
    measures = [name for name in there.index if name not in FIRST and name not in parameters]
    numbers = json.loads(json.dumps(result.numbers, default=plain))  # as the journal would keep them
    taken = {*FIRST, *parameters}
    mine = {f"measured_{name}" if name in taken else name: value for name, value in numbers.items()}
    names = ["status", *(() if there["status"] == TIMEOUT else ("ended",))]  # a replay has no limit
    if there["status"] == OK:
        names += [*measures, *(name for name in mine if name not in measures)]
    stored, here = there.to_dict(), {**mine, "status": result.status, "ended": result.ended}
    texts = {name for name in names if isinstance(stored.get(name), str)}
    cells = {name: str(here[name]) if name in texts and here.get(name) is not None else here.get(name)
             for name in names}  # fmt: skip
    return (pd.DataFrame({name: pd.Series([stored.get(name)], dtype=object) for name in names}),
            pd.DataFrame({name: pd.Series([cells[name]], dtype=object) for name in names}))  # fmt: skip


def _stored_part(swept: Swept, name: str, run: int) -> pd.DataFrame:
    """Return what one run has kept of a table, without reading that of all others into memory."""
    if not swept.done:
        journal = store.snapshot(swept.folder)
        try:
            return _table(journal.read(run).tables[name])
        finally:
            journal.file.close()
    content = read_file(swept.folder, swept.provenance, f"{name}.parquet")
    file = pq.ParquetFile(pa.BufferReader(content), pre_buffer=False)
    parts = []
    for group in range(file.num_row_groups):
        table = file.read_row_group(group, use_threads=False)
        parts.append(table.filter(pc.equal(table["run"], run)))
    return pa.concat_tables(parts).drop_columns("run").to_pandas(use_threads=False)


def _table(data: bytes) -> pd.DataFrame:
    return pa.ipc.open_stream(io.BytesIO(data)).read_all().to_pandas(use_threads=False)
