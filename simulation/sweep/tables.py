"""How does a journal become tables? One run after the other, in order, so that memory stays flat."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .designs import column_of
from .journal import Journal
from .plan import Plan
from .tasks import Result
from .worldruns import every_parameter

FIRST = {"run": pa.int64(), "point": pa.int64(), "replicate": pa.int64(), "seed": pa.int64(), "status": pa.string(),
         "ended": pa.string(), "error": pa.string(), "seconds": pa.float64(), "worker": pa.string()}  # fmt: skip
CLOCK = ("seconds", "worker")  # what differs between two sweeps that are the same
ROWS = 1_000  # that are Python objects at once
GROUP = 2**23  # bytes of one group of rows, which is what is in memory


class RunRows:
    """Rows of the table of runs, in chunks with one schema.

    Parameters
    ----------
    plan : Plan
    journal : Journal
        Read twice: for the names and types of all measures, and for the rows.
    """

    def __init__(self, plan: Plan, journal: Journal) -> None:
        self.plan, self.journal = plan, journal
        kinds: dict[str, set[str]] = {}
        for result in journal.in_order():
            for name, value in result.numbers.items():
                kinds.setdefault(name, set()).add(kind_of(value))
        self.fixed = {name: column_of([value])[0] for name, value in every_parameter(plan).items()}
        self.varied = {name: column_of([point[at] for point in plan.design.points])
                       for at, name in enumerate(plan.design.names)}  # fmt: skip
        types = {**FIRST}
        for name, value in self.fixed.items():
            types[name] = type_of({kind_of(each) for each in self.varied.get(name, [value])})
        self.measures = {name: f"measured_{name}" if name in types else name for name in kinds}
        types |= {self.measures[name]: type_of(found) for name, found in kinds.items()}
        self.schema = pa.schema(list(types.items()))

    def row(self, result: Result) -> dict[str, Any]:
        """Return the row of a run."""
        point, replicate = self.plan.place(result.run)
        row = {"run": result.run, "point": point, "replicate": replicate, "seed": self.plan.seed_of(result.run),
               "status": result.status, "ended": result.ended, "error": result.error, "seconds": result.seconds,
               "worker": result.worker, **self.fixed}  # fmt: skip
        row |= {name: column[point] for name, column in self.varied.items()}
        return row | {self.measures[name]: value for name, value in result.numbers.items()}

    def chunks(self) -> Iterator[pa.Table]:
        """Yield the table in parts."""
        rows: list[dict[str, Any]] = []
        for result in self.journal.in_order():
            rows.append(self.row(result))
            if len(rows) == ROWS:
                yield self.table(rows)
                rows = []
        if rows or not self.journal.where:
            yield self.table(rows)

    def table(self, rows: list[dict[str, Any]]) -> pa.Table:
        """Return rows as a table of the one schema."""
        columns = []
        for each in self.schema:
            cells = [row.get(each.name) for row in rows]
            if pa.types.is_string(each.type):
                cells = [None if cell is None else str(cell) for cell in cells]
            elif pa.types.is_floating(each.type):
                cells = [None if cell is None else float(cell) for cell in cells]
            columns.append(pa.array(cells, each.type))
        return pa.Table.from_arrays(columns, schema=self.schema)


def kind_of(value: Any) -> str:
    """Return the kind of a cell."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "bool"
    whole = isinstance(value, int) and -(2**63) <= value < 2**63
    return "int" if whole else "float" if isinstance(value, (int, float)) else "text"


def type_of(kinds: set[str]) -> pa.DataType:
    """Return the type of a column with cells of these kinds."""
    kinds = kinds - {"none"}
    if kinds == {"bool"}:
        return pa.bool_()
    if kinds == {"int"}:
        return pa.int64()
    return pa.float64() if kinds <= {"int", "float"} else pa.string()


def write_runs(rows: RunRows, path: Path) -> None:
    """Write the table of runs."""
    _write(grouped(rows.chunks()), path)


def write_kept(journal: Journal, name: str, path: Path) -> None:
    """Write a table of which every run has kept its own part; ``run`` is the first column."""
    _write(grouped(kept(journal, name)), path)


def kept(journal: Journal, name: str) -> Iterator[pa.Table]:
    """Yield the part of a table that each run has kept."""
    for result in journal.in_order():
        if name in result.tables:
            yield with_run(result.run, result.tables[name])


def with_run(run: int, data: bytes) -> pa.Table:
    """Return a table from its Arrow stream, with the number of its run as the first column."""
    table = pa.ipc.open_stream(io.BytesIO(data)).read_all()
    return table.add_column(0, "run", pa.repeat(pa.scalar(run, pa.int64()), table.num_rows))


def grouped(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield small tables put together to groups of rows of one schema."""
    group: list[pa.Table] = []
    size = 0
    for part in parts:
        group.append(part if not group else part.select(group[0].column_names).cast(group[0].schema))
        size += part.nbytes
        if size >= GROUP:
            yield pa.concat_tables(group).combine_chunks()
            group, size = [], 0
    if group:
        yield pa.concat_tables(group).combine_chunks()


def _write(tables: Iterator[pa.Table], path: Path) -> None:
    first = next(tables, pa.table({"run": pa.array([], pa.int64())}))
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table.cast(first.schema))
