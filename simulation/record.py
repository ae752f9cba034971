"""What does a run leave? Series, agents, ties, ledger, snapshots, and how it came about."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from .errors import InputError
from .exchange import copied, to_ties
from .frames import numbered
from .parameters import Parameters
from .provenance import provenance
from .state import BEHAVIOUR, CHANGE, COUNTS, READING, REASONS, UNITS, Agents, State, laid_together

if TYPE_CHECKING:
    from .first_ties import Ties
    from .run import Run
    from .storage import StoredRecord
    from .worlds import World

CHANNELS = ("follower", "encounter", "brought")
REASON_NAMES = sorted(set(REASONS.values()))
KINDS = ("first", "read", "brought")


@dataclass(frozen=True)
class Keep:
    """What a run records beside its series, its agents and its final ties.

    Attributes
    ----------
    ledger : bool
        Every change of a tie with its tick and reason.
    snapshots : int
        All ties after every so many ticks; 0 for none.
    feeds : bool
        Every entry of every feed of the last tick, what it was worth and who is owed.
    """

    ledger: bool = False
    snapshots: int = 0
    feeds: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.snapshots, bool) or not isinstance(self.snapshots, int) or self.snapshots < 0:
            raise InputError(f"snapshots: {self.snapshots!r}; allowed: a whole number >= 0 of ticks, 0 for none")


@dataclass(frozen=True)
class Record:
    """What one run has left.

    Attributes
    ----------
    world : World
    parameters : Parameters
    seed : int
        The seed, resolved.
    ticks : int
        Ticks run.
    ended : str
        Why the run ended.
    provenance : dict
        Everything needed to repeat it, as JSON holds it.
    state : State
        Where it stands; a checkpoint continues from here.
    """

    world: World
    parameters: Parameters
    seed: int
    ticks: int
    ended: str
    provenance: dict[str, Any]
    state: State
    counts: np.ndarray
    changes: np.ndarray
    ties_at_snapshots: tuple[tuple[int, Any], ...]
    readings: np.ndarray

    @classmethod
    def of(cls, run: Run) -> Record:
        """Return the record of a run as it stands; the run may go on without changing it."""
        agents, network, hand = run.state
        state = State(Agents(*(column.copy() for column in agents)), copied(network), laid_together(hand))
        counts = np.concatenate(run.series) if run.series else np.zeros((0, len(COUNTS)), np.int64)
        changes = np.concatenate(run.ledger) if run.ledger else np.empty(0, CHANGE)
        return cls(run.world, run.parameters, run.seed, run.tick, run.ended, provenance(run), state, counts, changes,
                   tuple(run.snapshots), run.readings.copy())  # fmt: skip

    @cached_property
    def ties_at_start(self) -> Ties:
        """The first ties (follower, followee, locked), sorted by follower, then followee."""
        return self.world.start_ties(self.seed, self.state.agents.key)

    @cached_property
    def series(self) -> pd.DataFrame:
        """One row per tick, numbered from 0: what happened in it, and how things stand at its end.

        ``ties``, ``present``; ``found``, ``shared``, ``brought`` items and ``introductions``; ``deliveries``, of
        which ``read`` and ``lost``; ``value`` received; ``follow_*`` and ``unfollow_*`` by reason; ``followers_gini``
        and ``followers_top`` (share of the 1 % most followed), over present agents.
        """
        return numbered("tick", series_columns(self.counts))

    @cached_property
    def agents(self) -> pd.DataFrame:
        """One row per slot: attributes at the end, followers and followees, and totals over the run."""
        state, columns = self.state, self.state.agents
        followers = state.network.followers.where["count"]
        start = self.world.first_followers(self.seed, columns.key)
        table = {"key": columns.key, "present": columns.present, "followers": followers,
                 "followees": state.network.followees.where["count"],
                 "followers_at_start": start.astype(np.int32)}  # fmt: skip
        for name in ("group", "identity", *BEHAVIOUR, "silenced", "arrived", "newcomer", "found", "shared", "brought",
                     "reached", "read", "received"):  # fmt: skip
            table[name] = getattr(columns, name)
        if self.world.known is not None:
            known = self.world.known.reindex(range(followers.size))
            for name in known.columns:
                table[f"{name}_given" if name in table or name == "agent" else name] = known[name].to_numpy()
        if self.world.skill is not None:
            table["skill"] = self.world.skills(self.seed, columns.key, columns.arrived, columns.newcomer)
        return numbered("agent", table)

    @cached_property
    def ties(self) -> pd.DataFrame:
        """The final ties, one row each: follower, followee, locked."""
        return pd.DataFrame(ties_columns(to_ties(self.state.network)))

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Every change of a tie in the order of application (kept on request): tick, follower, followee, reason.

        ``begins`` is True for an opt-in and False for an opt-out.
        """
        return ledger_table(self.changes)

    @cached_property
    def snapshots(self) -> pd.DataFrame:
        """All ties at each snapshot (kept on request): tick, follower, followee, locked."""
        return snapshots_table(self.ties_at_snapshots)

    @cached_property
    def feeds(self) -> pd.DataFrame:
        """The feeds of the last tick in the order of reading (kept on request).

        ``owed`` is the agent that the reader owes the item and did not follow, or -1.
        """
        return feeds_table(self.readings)

    def network(self) -> nx.DiGraph:
        """Return the final ties as a networkx DiGraph: an edge u -> v says that u follows v.

        Present agents are its nodes, with the columns of ``agents`` as attributes; ``locked`` is an edge attribute.
        """
        return graph_of(self.agents, self.ties)

    def save(self, folder: str | os.PathLike, *, checkpoint: bool = False) -> Path:
        """Write the record into a folder, as Parquet tables with their provenance; return the folder.

        Parameters
        ----------
        folder : path
            New, empty, or holding a record, which is replaced as a whole.
        checkpoint : bool
            Also write the state, so that `Run.resume` can go on from here.

        Raises
        ------
        InputError
            A folder that holds something else or cannot be written, a full disk: a record that was there still is.
        """
        from .storage import save

        return save(self, folder, checkpoint=checkpoint)

    @staticmethod
    def load(folder: str | os.PathLike) -> StoredRecord:
        """Return the record that `save` wrote into a folder: the same tables and provenance.

        Raises
        ------
        InputError
            No record, one of a newer version, or one of which a file is missing or damaged.
        """
        from .storage import load

        return load(folder)


def series_columns(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Return counts of some ticks, shape (ticks, len(COUNTS)), as the columns of `Record.series`."""
    known = {name: counts[:, place] for place, name in enumerate(COUNTS)}
    n = known["present"].astype(np.float64)
    total, ranked, top = (known.pop(f"followers_{name}") for name in ("total", "ranked", "top"))
    value = known.pop("value_units") / UNITS
    columns: dict[str, np.ndarray] = {}
    for name, column in known.items():
        columns[name] = column
        if name == "read":
            columns |= {"lost": known["deliveries"] - column, "value": value}
    with np.errstate(invalid="ignore", divide="ignore"):
        columns["followers_gini"] = 2.0 * ranked / (n * total) - (n + 1.0) / n
        columns["followers_top"] = top / total
    return columns


def ledger_table(changes: np.ndarray) -> pd.DataFrame:
    """Return changes of ties as `Record.ledger` shows them."""
    table = pd.DataFrame({name: changes[name] for name in ("tick", "follower", "followee")})
    table["begins"] = changes["reason"] > 0
    names = np.array([REASON_NAMES.index(REASONS[code]) for code in sorted(REASONS)])
    place = names[np.searchsorted(sorted(REASONS), changes["reason"])]
    table["reason"] = pd.Categorical.from_codes(place.astype(np.int8), pd.Index(REASON_NAMES))
    return table


def snapshots_table(snapshots: Iterable[tuple[int, Ties]]) -> pd.DataFrame:
    """Return ties at some ticks as `Record.snapshots` shows them."""
    none: Ties = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, bool))
    parts = [(0, none), *snapshots]
    tick = np.repeat([tick for tick, _ in parts], [ties[0].size for _, ties in parts])
    columns = zip(*(ties for _, ties in parts), strict=True)
    return pd.DataFrame({"tick": tick, **ties_columns(np.concatenate(column) for column in columns)})


def ties_columns(ties: Iterable[np.ndarray]) -> dict[str, np.ndarray]:
    """Return the three arrays of ties by name."""
    return dict(zip(("follower", "followee", "locked"), ties, strict=True))


def feeds_table(readings: np.ndarray) -> pd.DataFrame:
    """Return entries of feeds as `Record.feeds` shows them."""
    table = pd.DataFrame({name: readings[name] for name in READING.names or ()})
    table["channel"] = pd.Categorical.from_codes(readings["channel"].astype(np.int8), pd.Index(CHANNELS))
    table["read"] = table["read"].astype(bool)
    return table


def graph_of(agents: pd.DataFrame, ties: pd.DataFrame) -> nx.DiGraph:
    """Return present agents and the ties between them as `Record.network` shows them."""
    graph = nx.DiGraph()
    table = agents[agents["present"]]
    graph.add_nodes_from(zip(table.index.tolist(), table.to_dict("records"), strict=True))
    ends = ties["follower"].isin(table.index) & ties["followee"].isin(table.index)
    graph.add_edges_from(
        (follower, followee, {"locked": locked})
        for follower, followee, locked in ties[ends].itertuples(index=False, name=None)
    )
    return graph
