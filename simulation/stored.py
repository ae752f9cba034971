"""What does a folder hold that a record was written into, and how is it read again?

Tables in Parquet, in which ticks and agents are plain columns; ``provenance.json``, which says how they came about and
what their sha256 is; on request a checkpoint, the run's state as numpy arrays.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .errors import InputError
from .exchange import entries_of
from .first_ties import Ties
from .folders import MANIFEST, read_file, read_manifest, write_folder
from .parameters import Parameters
from .parquet import read_table
from .provenance import SCHEMA_VERSION, software
from .readers.read import NetworkFile
from .readers.report import ReadReport
from .record import CHANNELS, REASON_NAMES, Record, feeds_table, graph_of, ledger_table, snapshots_table, ties_columns
from .state import CHANGE, READING, hand_offsets, items_in_hand
from .worlds import World, from_network, make_world

if TYPE_CHECKING:
    import networkx as nx

ALWAYS = ("series", "agents", "ties", "start")  # tables of every record
CHECKPOINT = "checkpoint.npz"
NUMBERED = {"series": "tick", "agents": "agent"}  # tables whose rows have a number, a column of its own in the file
MADE_BY = ("software", "world", "parameters", "rules", "interventions", "seed", "ticks", "keep")
NEEDED = ("schema_version", *MADE_BY, "ended", "environment")
ATTEMPTS = 50  # at reading a folder into which another process is writing


# --- writing ----------------------------------------------------------------------------------------------------


def save(record: Record, folder: str | os.PathLike, *, checkpoint: bool = False) -> Path:
    """Write a record into a folder and return the folder; see `Record.save`."""
    writers = {
        f"{name}.parquet": partial(_write_table, storable(table, name)) for name, table in tables_of(record).items()
    }
    provenance = {"schema_version": SCHEMA_VERSION, "software": software()} | record.provenance
    if checkpoint:
        writers[CHECKPOINT] = partial(_write_checkpoint, record, {name: provenance[name] for name in MADE_BY})
    write_folder(Path(folder), provenance, writers)
    return Path(folder)


def tables_of(record: Record) -> dict[str, pd.DataFrame]:
    """Return all tables that a record has, by name."""
    tables = {"series": record.series, "agents": record.agents, "ties": record.ties,
              "start": pd.DataFrame(ties_columns(record.ties_at_start))}  # fmt: skip
    if record.world.name == "from_network":
        tables["people"] = _people(record.world)
    for name in ("ledger", "snapshots", "feeds"):
        if record.provenance["keep"][name]:
            tables[name] = getattr(record, name)
    return tables


def _people(world: World) -> pd.DataFrame:
    """Return all that a network's source said of people: attributes that the dynamics read, and the others."""
    read = {name: value for name, value in world.attributes.items() if isinstance(value, np.ndarray)}
    return world.table.assign(**{name: value for name, value in read.items() if name not in world.arguments})


def storable(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table as Parquet holds it: numbers of rows as a column, and mixed objects as text."""
    if name in NUMBERED:
        table = table.reset_index(names=NUMBERED[name])
    table = table.rename(columns=str)
    for column in table.columns[[pd.api.types.is_object_dtype(dtype) for dtype in table.dtypes]]:
        if pd.api.types.infer_dtype(table[column], skipna=True) not in ("string", "boolean", "empty"):
            table[column] = table[column].map(str, na_action="ignore")
    return table


def _write_table(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, engine="pyarrow", index=False, compression="zstd")


def _write_checkpoint(record: Record, made_by: dict[str, Any], path: Path) -> None:
    agents, network, hand = record.state
    arrays: dict[str, np.ndarray] = {f"agents.{name}": column for name, column in agents.columns().items()}
    arrays |= {"hand.items": items_in_hand(hand), "hand.start": hand_offsets(hand, agents.present.size)}
    arrays |= {"locked": network.locked, "counts": record.counts}
    for name in ("followees", "followers"):
        lists = getattr(network, name)
        arrays |= {f"{name}.count": lists.where["count"], f"{name}.entries": entries_of(lists)}
    np.savez(path, made_by=np.array(json.dumps(made_by)), **arrays)  # type: ignore[arg-type]


# --- reading ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StoredRecord:
    """A record as `load` found it: the same tables as a `Record` has, without the state.

    Attributes
    ----------
    folder : Path
    provenance : dict
        As written: how the record came about, with ``software`` and the sha256 of every file.
    series, agents, ties, ledger, snapshots, feeds : DataFrame
        As in `Record`; the last three are empty where they were not kept.
    start : DataFrame
        The ties before the first tick.
    people : DataFrame or None
        What a network's source said of people (from_network).
    """

    folder: Path
    provenance: dict[str, Any]
    series: pd.DataFrame = field(repr=False)
    agents: pd.DataFrame = field(repr=False)
    ties: pd.DataFrame = field(repr=False)
    start: pd.DataFrame = field(repr=False)
    ledger: pd.DataFrame = field(repr=False)
    snapshots: pd.DataFrame = field(repr=False)
    feeds: pd.DataFrame = field(repr=False)
    people: pd.DataFrame | None = field(repr=False)

    seed = property(lambda self: self.provenance["seed"], doc="The seed, resolved.")
    ticks = property(lambda self: self.provenance["ticks"], doc="Ticks run.")
    ended = property(lambda self: self.provenance["ended"], doc="Why the run ended.")
    has_checkpoint = property(lambda self: CHECKPOINT in self.provenance["files"], doc="Whether it can go on.")

    @cached_property
    def parameters(self) -> Parameters:
        """The model's parameters."""
        return Parameters(**self.provenance["parameters"])

    @cached_property
    def world(self) -> World:
        """The starting world, made again from its arguments; one from a network, from the stored ties and people."""
        given = dict(self.provenance["world"])
        for name, value in given.items():
            if isinstance(value, dict):  # values by level: JSON has no numbers as keys
                given[name] = {int(level): number for level, number in value.items()}
        name = given.pop("name")
        if name != "from_network" or self.people is None:
            return make_world(name, **given)
        source, people, start = given.pop("source"), self.people, self.start
        report = ReadReport(source, lines=len(start), ties=given.pop("ties"), people=len(people))
        network = NetworkFile(start["follower"].to_numpy(), start["followee"].to_numpy(), people.iloc[:, 0].to_numpy(),
                              people.iloc[:, 1:], report)  # fmt: skip
        world = from_network(network, locked=start["locked"].to_numpy(), **given)
        return replace(
            world, arguments={key: value for key, value in self.provenance["world"].items() if key != "name"}
        )

    def table(self, name: str) -> pd.DataFrame:
        """Return the table of this name; no rows where there is none."""
        found = getattr(self, name)
        return pd.DataFrame() if found is None else found

    @property
    def ties_at_start(self) -> Ties:
        """(follower, followee, locked) before the first tick."""
        return arrays_of(self.start)

    def network(self) -> nx.DiGraph:
        """Return the final ties as a networkx DiGraph, as `Record.network` does."""
        return graph_of(self.agents, self.ties)


def arrays_of(ties: pd.DataFrame) -> Ties:
    """Return the three columns of a table of ties as arrays."""
    return ties["follower"].to_numpy(), ties["followee"].to_numpy(), ties["locked"].to_numpy()


def load(folder: str | os.PathLike) -> StoredRecord:
    """Return the record in a folder.

    Raises
    ------
    InputError
        No record, one of a newer version, or one of which a file is missing, damaged or another record's.
    """
    before = ""
    for _ in range(ATTEMPTS):
        try:
            return _load(Path(folder))
        except InputError as problem:
            if str(problem) == before:  # nothing moves here: it is damage, not another process that is just writing
                raise
            before = str(problem)
            time.sleep(0.02)
    raise InputError(f"folder: {str(folder)!r} changes faster than it can be read; the last trouble was: {before}")


def _load(folder: Path) -> StoredRecord:
    provenance = read_manifest(folder)
    version = provenance.get("schema_version")
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        where = f"{folder / MANIFEST}: schema_version: {version!r}"
        raise InputError(f"{where}, written by a newer version of connectors; allowed: {SCHEMA_VERSION} or less")
    names = [name.removesuffix(".parquet") for name in provenance["files"] if name.endswith(".parquet")]
    for what, needed, there in (("field", NEEDED, provenance), ("table", ALWAYS, names)):
        lacking = [name for name in needed if name not in there]
        if lacking:
            raise InputError(f"{folder / MANIFEST}: lacks the {what} {lacking[0]!r}")
    tables = {name: _read_table(folder, provenance, name) for name in names}
    if CHECKPOINT in provenance["files"]:
        read_file(folder, provenance, CHECKPOINT)  # a record is whole or is none
    empty = {"ledger": ledger_table(np.empty(0, CHANGE)), "snapshots": snapshots_table(()),
             "feeds": feeds_table(np.empty(0, READING)), "people": None}  # fmt: skip
    known: dict[str, Any] = {name: tables.get(name, empty.get(name)) for name in (*ALWAYS, *empty)}
    return StoredRecord(folder, provenance, **known)


def _read_table(folder: Path, provenance: dict[str, Any], name: str) -> pd.DataFrame:
    content = read_file(folder, provenance, f"{name}.parquet")
    try:
        table = read_table(content)
    except (OSError, ValueError) as problem:  # not from us, as its sha256 is right
        raise InputError(f"{folder / name}.parquet: cannot be read: {problem}") from None
    if name in NUMBERED:
        table = table.drop(columns=NUMBERED[name]).set_axis(pd.RangeIndex(len(table), name=NUMBERED[name]))
    if name == "ledger":  # Parquet does not keep the categories of an empty table
        table["reason"] = pd.Categorical(table["reason"], REASON_NAMES)
    if name == "feeds":
        table["channel"] = pd.Categorical(table["channel"], CHANNELS)
    return table
