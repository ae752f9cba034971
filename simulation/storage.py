"""How is a record written, read again, continued and repeated?

A folder holds tables in Parquet and ``provenance.json``, which says how they came about and what their sha256 is
(stored.py). `continue_run` goes on from a checkpoint bit by bit; `replay` does the whole run again and compares every
number.
"""

from __future__ import annotations

import io
import json
import os
import textwrap
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .errors import InputError, shown
from .exchange import lists_of
from .folders import MANIFEST, read_file
from .interventions import from_dict
from .network import Network
from .parameters import Parameters
from .provenance import environment, software
from .record import REASON_NAMES, Keep, Record
from .rule_code import rule_source
from .run import Run
from .starting import compact
from .state import CHANGE, COLUMNS, COUNTS, READING, REASONS, State, hand_of
from .stored import CHECKPOINT, MADE_BY, StoredRecord, arrays_of, load, save, storable, tables_of

__all__ = ["Difference", "Replay", "StoredRecord", "continue_run", "load", "replay", "save"]


# --- continuing -------------------------------------------------------------------------------------------------


def continue_run(folder: str | os.PathLike, *, rules: Mapping[str, Callable] | None = None,
                 parameters: Parameters | None = None, compile: bool = True, check: bool = False) -> Run:  # fmt: skip
    """Return a run that goes on from a checkpoint, bit by bit as if it had never stopped.

    Parameters
    ----------
    folder : path
        Where ``record.save(folder, checkpoint=True)`` wrote.
    rules : mapping, optional
        The own rules of the run, which a file cannot hold.
    parameters : Parameters, optional
        Only to make sure: others than the run's are refused.
    compile, check : bool
        As in `Run`.

    Raises
    ------
    InputError
        No checkpoint, a damaged one, or one of another version, other parameters or other rules.
    """
    stored = load(folder)
    if not stored.has_checkpoint:
        raise InputError(f"folder: {str(folder)!r} has no checkpoint; write one by save(folder, checkpoint=True)")
    arrays = _read_checkpoint(stored)
    path = stored.folder / CHECKPOINT
    made_by = json.loads(str(arrays["made_by"]))
    refuse_different(path, made_by, {name: stored.provenance[name] for name in MADE_BY}, MANIFEST)
    refuse_different(path, {"software": made_by["software"]}, {"software": software()}, "this software")
    if parameters is not None:
        refuse_different(path, made_by["parameters"], parameters.as_dict(), "the parameters given")
    run = _run_of(stored, rules, compile, check)
    for stored_ends, ends in zip(stored.ties_at_start, run.start_ties, strict=True):
        if not np.array_equal(stored_ends, ends):
            raise InputError(
                f"{path}: the world made again has other first ties than {path.with_name('start.parquet')}"
            )
    _put_into(run, stored, arrays)
    return run


def _read_checkpoint(stored: StoredRecord) -> dict[str, np.ndarray]:
    content = read_file(stored.folder, stored.provenance, CHECKPOINT)
    needed = ["made_by", "counts", "locked", "hand.items", "hand.start", *(f"agents.{name}" for name in COLUMNS)]
    needed += [f"{lists}.{part}" for lists in ("followees", "followers") for part in ("count", "entries")]
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {name: file[name] for name in needed}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise InputError(f"{stored.folder / CHECKPOINT}: cannot be read: {problem}") from None


def _run_of(stored: StoredRecord, rules: Mapping[str, Callable] | None, compile: bool, check: bool = False) -> Run:
    """Return the run of a record before its first tick."""
    _refuse_other_rules(stored.provenance["rules"], rules or {})
    interventions = [from_dict(each) for each in stored.provenance["interventions"]]
    return Run(stored.world, stored.parameters, seed=stored.seed, rules=rules, interventions=interventions,
               keep=Keep(**stored.provenance["keep"]), compile=compile, check=check)  # fmt: skip


def _refuse_other_rules(stored: Mapping[str, Any], given: Mapping[str, Callable]) -> None:
    for name in sorted({*stored, *given}):
        mine = stored.get(name, {"function": "the model's own", "source": ""})
        source = rule_source(given[name]) if name in given else ""
        if name not in given or name not in stored or mine["source"] != source:
            called = given[name].__name__ if name in given else "the model's own"
            sources = (textwrap.indent(textwrap.dedent(each).rstrip("\n"), "    ") for each in (mine["source"], source))
            stored_text, given_text = (f"\n{each}" if each else "" for each in sources)
            what = f"rule {name}: the record was made with {mine['function']!r}, given is {called!r}"
            ends = f"  in the record: {mine['function']}{stored_text}\n  given: {called}{given_text}"
            raise InputError(f"{what}; pass the same rules\n{ends}")


def _put_into(run: Run, stored: StoredRecord, arrays: Mapping[str, np.ndarray]) -> None:
    """Put the state and all that was recorded so far into a run that has not begun."""
    followees, followers = (
        lists_of(arrays[f"{name}.count"], arrays[f"{name}.entries"]) for name in ("followees", "followers")
    )
    agents = compact({name: arrays[f"agents.{name}"] for name in COLUMNS})
    run.state = State(
        agents, Network(followees, followers, arrays["locked"]), hand_of(arrays["hand.items"], arrays["hand.start"])
    )
    run.tick, run.ended = stored.ticks, stored.ended
    due = [(tick, each) for each in run.interventions if each.kind == "parameter" for tick in each.ticks]
    for _, each in sorted(((tick, each) for tick, each in due if tick < run.tick), key=lambda one: one[0]):
        run.put_in_force(each.name, each.value)
    run.series = [arrays["counts"].reshape(-1, len(COUNTS))]
    if run.keep.ledger:
        code = np.zeros((2, len(REASON_NAMES)), np.int32)
        for reason, name in REASONS.items():
            code[int(reason > 0), REASON_NAMES.index(name)] = reason
        changes = np.empty(len(stored.ledger), CHANGE)
        for name in ("tick", "follower", "followee"):
            changes[name] = stored.ledger[name]
        changes["reason"] = code[stored.ledger["begins"].astype(int), stored.ledger["reason"].cat.codes]
        run.ledger = [changes]
    if run.keep.snapshots:
        kept = stored.snapshots
        ticks = range(run.keep.snapshots - 1, run.tick, run.keep.snapshots)
        run.snapshots = [(tick, arrays_of(kept[kept["tick"] == tick])) for tick in ticks]
    run.readings = np.empty(len(stored.feeds), READING)
    for name in READING.names or ():
        column = stored.feeds[name]
        run.readings[name] = column.cat.codes if name == "channel" else column


def refuse_different(path: Path, first: Mapping[str, Any], second: Mapping[str, Any], what: str) -> None:
    """Raise InputError, which shows all differences, unless two nested mappings are equal."""
    found = different(first, second)
    if found:
        told = "; ".join(f"{name}: {shown(a)} there, {shown(b)} in {what}" for name, (a, b) in found.items())
        raise InputError(f"{path}: does not fit {what}: {told}")


def different(first: Mapping[str, Any], second: Mapping[str, Any], before: str = "") -> dict[str, tuple[Any, Any]]:
    """Return what differs between two nested mappings, by dotted name.

    Examples
    --------
    >>> different({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}})
    {'a.c': (2, 3)}
    """
    found: dict[str, tuple[Any, Any]] = {}
    for name in [*first, *(name for name in second if name not in first)]:
        a, b = first.get(name), second.get(name)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            found |= different(a, b, f"{before}{name}.")
        elif a != b:
            found[before + name] = a, b
    return found


# --- repeating --------------------------------------------------------------------------------------------------


class Difference(NamedTuple):
    """Where a column of a stored table and of the repeated run's first differ."""

    table: str
    column: str
    row: int  # from 0: the tick of a series, the agent of agents
    stored: Any
    replayed: Any
    rows: int  # how many rows of this column differ

    def __str__(self) -> str:
        more = f" (and {self.rows - 1} more rows)" if self.rows > 1 else ""
        return f"{self.table}, {self.column}, row {self.row}: stored {self.stored!r}, replayed {self.replayed!r}{more}"


@dataclass(frozen=True)
class Replay:
    """What came out when a recorded run was done again.

    Attributes
    ----------
    folder : Path
    agrees : bool
        Whether every number of every table is the same.
    compared : dict of str to int
        Numbers compared, by table.
    differences : tuple of Difference
        The first of each column that differs.
    changed : dict of str to (stored, now)
        What is not as it was when the record was written: version, dynamics fingerprint, interpreter, libraries.
    record : Record
        Of the repeated run.
    """

    folder: Path
    agrees: bool
    compared: dict[str, int]
    differences: tuple[Difference, ...]
    changed: dict[str, tuple[Any, Any]]
    record: Record = field(repr=False)

    def __str__(self) -> str:
        count, tables = sum(self.compared.values()), ", ".join(self.compared)
        if self.agrees:
            lines = [f"{self.folder}: every number agrees ({count} numbers: {tables})"]
        else:
            lines = [f"{self.folder}: does not agree; {len(self.differences)} columns differ ({tables} were compared)"]
            lines += [f"  {each}" for each in self.differences[:10]]
        lines += [f"  {name}: {shown(was)} when written, {shown(now)} now" for name, (was, now) in self.changed.items()]
        return "\n".join(lines)


def replay(folder: str | os.PathLike, rules: Mapping[str, Callable] | None = None, *, compile: bool = True,
           progress: Callable[[int], None] | None = None) -> Replay:  # fmt: skip
    """Do a recorded run again, from its provenance, and compare every number of every table.

    Parameters
    ----------
    folder : path
        Where `Record.save` wrote. A world from a network starts from the stored ties, not from its source.
    rules : mapping, optional
        The own rules of the run, which a file cannot hold.
    compile : bool
        False runs interpreted; the numbers are the same.
    progress : function of int, optional
        Called with the number of ticks just done.

    Raises
    ------
    InputError
        As `load`; own rules that are not passed, or differ from those of the run.
    """
    stored = load(folder)
    record = _run_of(stored, rules, compile).advance(stored.ticks, progress).record()
    compared: dict[str, int] = {}
    differences: list[Difference] = []
    for name, table in tables_of(record).items():
        there, here = storable(stored.table(name), name), storable(table, name)
        compared[name] = there.size
        differences += differences_of(name, there, here)
    was = {name: stored.provenance[name] for name in ("software", "environment")}
    changed = different(was, {"software": software(), "environment": environment()})
    return Replay(stored.folder, not differences, compared, tuple(differences), changed, record)


def differences_of(table: str, there: pd.DataFrame, here: pd.DataFrame) -> Iterator[Difference]:
    """Yield, for every column of a stored and a repeated table that differs, where it first does."""
    if len(there) != len(here):
        yield Difference(table, "number of rows", min(len(there), len(here)), len(there), len(here), 1)
    for column in [*there.columns, *(name for name in here.columns if name not in there)]:
        if column not in there or column not in here:
            known = ["there" if column in each else "missing" for each in (there, here)]
            yield Difference(table, column, 0, known[0], known[1], 1)
            continue
        rows = min(len(there), len(here))
        a, b = (each[column].iloc[:rows] for each in (there, here))
        same = (a.to_numpy() == b.to_numpy()) | (a.isna() & b.isna()).to_numpy()
        if not same.all():
            row = int(np.argmin(same))
            stored, replayed = (_plain(each.iloc[row]) for each in (a, b))
            yield Difference(table, column, row, stored, replayed, int((~same).sum()))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
