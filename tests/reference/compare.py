"""Do the engine and the naive model agree, tie by tie, reason by reason, tick by tick?

A `Case` is a small world with parameters and interventions; `compare` runs it in both and looks at everything that
either of them knows, after every tick.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

from simulation import compiled, exchange, kernel
from simulation.distributions import checked, draw
from simulation.exchange import to_ties
from simulation.interventions import Intervention
from simulation.parameters import Parameters
from simulation.record import Keep
from simulation.run import Run
from simulation.state import BEHAVIOUR, COUNTS, UNITS, hand_offsets, items_in_hand
from simulation.worlds import World

from .model import COUNTED, Reference
from .world import FIRST, Entry

# What a case does not say: agents that are alike, present from the start, and do a little of everything.
PEOPLE = {
    "key": None,
    "generosity": 0.7,
    "find_rate": 1.0,
    "attention": 8.0,
    "visibility": 1.0,
    "group": 0,
    "identity": 0,
    "spanning": None,
    "introducing": 0.0,
}
MOST = 1500  # deliveries that one comparison looks at: the naive model is slow


@dataclass(frozen=True)
class Case:
    """A world small enough for the naive model, and what happens to it.

    Attributes
    ----------
    agents, capacity : int
        People present at the start, and slots.
    attributes : mapping
        As a `World` takes them: numbers, distributions or arrays of one value per slot.
    ties : tuple of (follower, followee, locked)
    parameters : mapping
        Model parameters other than the defaults; not `capacity`.
    interventions : tuple of Intervention
    seed, world_seed : int
        Of the run, and of its people (None: the run's).
    ticks : int
        How many at most.
    """

    agents: int = 6
    capacity: int = 6
    attributes: Mapping[str, Any] = field(default_factory=dict)
    ties: tuple[tuple[int, int, bool], ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    interventions: tuple[Intervention, ...] = ()
    seed: int = 1
    world_seed: int | None = None
    ticks: int = 6

    def world(self) -> World:
        """Return the world as the engine takes it."""
        known = {name: checked(value, name) for name, value in (PEOPLE | dict(self.attributes)).items()}
        follower, followee, locked = zip(*self.ties, strict=True) if self.ties else ((), (), ())
        ties = np.array(follower, np.int64), np.array(followee, np.int64), np.array(locked, bool)
        return World("test", self.agents, {}, known, lambda seed, key: ties, world_seed=self.world_seed)

    def run(self, **options: Any) -> Run:
        """Return the engine's run, not begun."""
        parameters = Parameters(**self.parameters, capacity=self.capacity)
        options = {"keep": Keep(ledger=True, feeds=True), "compile": False} | options
        return Run(self.world(), parameters, seed=self.seed, interventions=self.interventions, **options)

    def naive(self, kind: type[Naive] | None = None) -> Naive:
        """Return the naive model, not begun."""
        known = self.world().attributes
        seed = self.seed if self.world_seed is None else self.world_seed
        key = list(range(self.capacity)) if known["key"] is None else known["key"].tolist()
        people = {"key": key}
        for name, value in known.items():
            if value is not None and name != "key":
                people[name] = draw(value, name, seed, key).tolist()
        if "spanning" not in people:  # the share of the others among those present at the start
            there = people["group"][: self.agents]
            people["spanning"] = [(self.agents - there.count(group)) / self.agents for group in people["group"]]
        fresh = {name: known[name] for name in (*BEHAVIOUR, "identity")}
        fresh = {name: value for name, value in fresh.items() if not (value is None or isinstance(value, np.ndarray))}

        def newcomer(tick: int, number: int) -> dict[str, Any]:
            return {name: draw(value, name, seed, [number], born=tick + 1)[0] for name, value in fresh.items()}

        present = [slot < self.agents for slot in range(self.capacity)]
        parameters = Parameters(**self.parameters)
        return (kind or Naive)(people, present, self.ties, parameters, self.seed, newcomer, self.interventions)


class Naive(Reference):
    """The naive model, keeping what the engine keeps beside the state: totals by slot, and who is owed what."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.by_slot = {name: Counter() for name in ("found", "shared", "brought", "reached", "read", "received")}
        self.owes: dict[tuple[int, Any], int] = {}

    def intervene_drop_followees(self, intervention: Any) -> None:
        """Drop what these agents follow."""
        for u, v in list(self.ties):
            if u in intervention.agents:
                self.intervene_drop(Intervention("drop", (self.tick,), ties=((u, v),)))

    def give(self) -> None:
        """2. Count what was found before it is given away."""
        for agent, held in self.hand.items():
            self.by_slot["found"][agent] += sum(item.kind == FIRST for item in held)
        super().give()

    def owed(self, reader: int, entry: Entry) -> tuple[int | None, int]:
        """5. Keep who is owed an entry, where the reader does not follow that agent."""
        owed, reason = super().owed(reader, entry)
        if owed is not None and (reader, owed) not in self.before:
            self.owes[reader, entry.draw] = owed
        return owed, reason

    def step(self) -> dict[str, float]:
        """Run one tick and add its totals by slot; the mapping returned has every column of the series."""
        self.owes = {}
        before = sum(self.present)
        totals = super().step()
        self.by_slot["shared"].update(sender for sender, _ in self.shares)
        self.by_slot["brought"].update(sender for sender, *_ in self.bringings)
        self.by_slot["reached"].update(entry.sender for feed in self.feeds.values() for entry in feed)
        self.by_slot["read"].update(each.reader for each in self.readings)
        received: Counter[int] = Counter()
        for each in self.readings:
            received[each.reader] += each.value
        self.by_slot["received"].update(received)
        arrived = self.arrived.count(self.tick - 1)
        totals |= {"arrived": arrived, "departed": before + arrived - sum(self.present)}
        return totals | self.inequality()

    def inequality(self) -> dict[str, float]:
        """Return Gini coefficient and top 1 % share of followers over those present, from their definitions."""
        followers = Counter(v for _, v in self.ties)
        x = sorted(followers[slot] for slot in self.slots if self.present[slot])
        if sum(x) == 0:
            return {"followers_gini": math.nan, "followers_top": math.nan}
        apart = sum(abs(one - other) for one in x for other in x)
        top = x[len(x) - math.ceil(len(x) / 100) :]
        return {"followers_gini": apart / (2 * len(x) * sum(x)), "followers_top": sum(top) / sum(x)}


# --- what each side knows ---------------------------------------------------------------------------------------


def same(what: str, tick: int, engine: Any, naive: Any) -> None:
    """Raise AssertionError where the two differ, saying in what."""
    if engine == naive:
        return
    if isinstance(engine, Mapping):
        names = sorted({*engine, *naive}, key=str)
        different = [name for name in names if engine.get(name) != naive.get(name)]
        engine, naive = ({name: each.get(name) for name in different} for each in (engine, naive))
    raise AssertionError(f"tick {tick}, {what}: the engine says {engine}, the naive model {naive}")


def memories(run: Run) -> dict[int, list[int]]:
    """Return the engine's memories, oldest first."""
    agents = run.state.agents
    rows = [np.roll(row, -int(at)).tolist() for row, at in zip(agents.memory, agents.memory_next, strict=True)]
    return {slot: [trace for trace in row if trace] for slot, row in enumerate(rows)}


def hands(run: Run) -> dict[int, list[tuple[int, ...]]]:
    """Return the engine's hands as (finder, found, rank, topic, kind)."""
    hand = run.state.hand
    items = items_in_hand(hand)
    columns = [items[name].tolist() for name in ("finder", "found", "rank", "topic", "kind")]
    rows = list(zip(*columns, strict=True))
    return {slot: rows[a:b] for slot, (a, b) in enumerate(pairwise(hand_offsets(hand, run.state.agents.present.size)))}


def engine_feeds(run: Run) -> list[tuple]:
    """Return every entry of every feed, with whom its reader owes it and what it was worth, where it was read."""
    table = run.readings
    names = ("reader", "sender", "finder", "found", "rank", "topic", "channel", "owed")
    rows = zip(*(table[name].tolist() for name in names), strict=True)
    net = np.where(table["read"] == 1, table["value"] - table["price"], np.nan)
    worth = zip(table["value"].tolist(), [None if math.isnan(each) else each for each in net.tolist()], strict=True)
    return [(*row, *each) for row, each in zip(rows, worth, strict=True)]


def naive_feeds(naive: Naive) -> list[tuple]:
    """Return the same of the naive model."""
    read = {(each.reader, each.entry.draw): each for each in naive.readings}
    rows = []
    for reader, feed in naive.feeds.items():
        for entry in feed:
            known = read.get((reader, entry.draw))
            worth = (known.value, known.net) if known else (0.0, None)
            owed = naive.owes.get((reader, entry.draw), -1)
            rows.append((reader, entry.sender, *entry.item[:4], entry.channel, owed, *worth))
    return rows


def look(run: Run, naive: Naive, totals: Mapping[str, float]) -> None:
    """Raise AssertionError unless both stand alike after a tick, and did the same in it."""
    tick, agents = naive.tick - 1, run.state.agents
    counts = dict(zip(COUNTS, run.series[-1][-1].tolist(), strict=True))
    wholes = {name: totals[name] for name in (*COUNTED, "ties", "present", "arrived", "departed")}
    same("totals", tick, {name: counts[name] for name in wholes}, wholes)
    rows = [row for part in run.ledger[-2:] for row in part.tolist()]
    same("ledger", tick, Counter(rows), Counter(row for row in naive.ledger if row[0] == tick))
    follower, followee, locked = (column.tolist() for column in to_ties(run.state.network))
    same("ties", tick, dict(zip(zip(follower, followee, strict=True), locked, strict=True)), naive.ties)
    same("feeds", tick, dict(enumerate(engine_feeds(run))), dict(enumerate(naive_feeds(naive))))
    same("hands", tick, hands(run), {slot: [tuple(item) for item in held] for slot, held in naive.hand.items()})
    same("memories", tick, memories(run), naive.memory)
    same("presence", tick, agents.present.tolist(), naive.present)
    same("arrived", tick, agents.arrived.tolist(), naive.arrived)
    silenced = [slot in naive.silenced and naive.present[slot] for slot in naive.slots]
    same("silenced", tick, agents.silenced.tolist(), silenced)
    for name, values in naive.attributes.items():
        same(name, tick, getattr(agents, name).tolist(), values)
    for name, sums in naive.by_slot.items():
        same(f"{name} by slot", tick, getattr(agents, name).tolist(), [sums[slot] for slot in naive.slots])


def compare(case: Case, naive: Naive | None = None, most: int = MOST, **options: Any) -> Counter[str]:
    """Run a case in both and raise AssertionError at the first difference.

    Parameters
    ----------
    case : Case
    naive : Naive, optional
        Another naive model than the case's own.
    most : int
        Stop after the tick in which this many deliveries are reached.
    **options
        Passed on to `Run`.

    Returns
    -------
    Counter
        What happened, summed over ticks: a case that is to show something can be asked whether it did.
    """
    run, naive = case.run(**options), naive or case.naive()
    seen: Counter[str] = Counter()
    table = []
    for _ in range(case.ticks):
        run.advance(1)
        table.append(naive.step())
        look(run, naive, table[-1])
        seen.update({name: value for name, value in table[-1].items() if not name.startswith("followers")})
        seen.update(f"kind {item.kind}" for held in naive.hand.values() for item in held)
        seen.update(f"channel {entry.channel}" for feed in naive.feeds.values() for entry in feed)
        seen["longest feed"] = max(seen["longest feed"], *map(len, naive.feeds.values()))
        seen["remembered"] += sum(each.remembered for each in naive.readings)
        if seen["deliveries"] > most:
            break
    series = run.record().series
    expected = pd.DataFrame(table, index=series.index)
    assert set(series) == set(expected), "the columns of the series"
    tolerance = series["read"] / UNITS  # each value is cut to whole units
    assert ((series.pop("value") - expected.pop("value")).abs() <= tolerance).all(), "value"
    pd.testing.assert_frame_equal(series, expected[series.columns], check_dtype=False, rtol=1e-9, atol=1e-12)
    return seen


@contextmanager
def blocks_of(readers: int, some: int = 3) -> Iterator[None]:
    """Let the interpreted engine handle so few readers in a block (a power of two), so few of all else at a time."""
    sizes = {"BLOCK": readers.bit_length() - 1, "READER": np.uint64(readers - 1), "SOME": some, "PAGE": some,
             "SPARE": 64, "CHUNK": 4, "SENDINGS": 2 * some}  # fmt: skip
    with ExitStack() as stack:
        for module in (*kernel.KERNEL, exchange):
            for name in sizes.keys() & vars(module).keys():
                stack.enter_context(mock.patch.object(module, name, sizes[name]))
        stack.enter_context(mock.patch.object(compiled, "_VARIANTS", {}))
        yield


def everything(run: Run) -> dict[str, Any]:
    """Return all that a run has left, as arrays that can be compared bit by bit."""
    state = run.state
    left = {f"agents.{name}": column for name, column in state.agents.columns().items()}
    left |= dict(zip(("follower", "followee", "locked"), to_ties(state.network), strict=True))
    for name in ("name", "finder", "found", "rank", "topic", "kind"):
        left[f"hand.{name}"] = items_in_hand(state.hand)[name]
    left["hand.offsets"] = hand_offsets(state.hand, state.agents.present.size)
    left["series"] = np.concatenate(run.series) if run.series else np.zeros((0, len(COUNTS)))
    left["ledger"] = np.concatenate(run.ledger) if run.ledger else np.empty(0)
    left["readings"] = run.readings
    return left


def assert_same_bits(one: Run, other: Run) -> None:
    """Raise AssertionError unless two runs have left the same bits."""
    theirs = everything(other)
    for name, column in everything(one).items():
        assert column.shape == theirs[name].shape and column.dtype == theirs[name].dtype, name
        assert column.tobytes() == theirs[name].tobytes(), name
