"""Of what does the naive model consist, and in which words do its phases speak?

Its state, the interventions that act on it before a tick, and the names of items, draws and relations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from simulation import randomness as draw

ENCOUNTER, BROUGHT, CREDIT, FOLLOW_BACK, INTRODUCTION, ARRIVAL, ADDED = range(1, 8)
STALE, DULL, OVERLOAD, CHURN, DEPARTURE, DROPPED = range(-1, -7, -1)
REASONS = {
    ENCOUNTER: "follow_encounter",
    BROUGHT: "follow_brought",
    CREDIT: "follow_credit",
    FOLLOW_BACK: "follow_follow_back",
    INTRODUCTION: "follow_introduction",
    ARRIVAL: "follow_arrival",
    ADDED: "follow_intervention",
    STALE: "unfollow_stale",
    DULL: "unfollow_dull",
    OVERLOAD: "unfollow_overload",
    CHURN: "unfollow_churn",
    DEPARTURE: "unfollow_departure",
    DROPPED: "unfollow_intervention",
}

BY_FOLLOWING, BY_ENCOUNTER, BY_BRINGING = range(3)  # the channels of an entry in a feed
FIRST, READ, TAKEN = range(3)  # kinds of items in hand: found oneself, read in public, brought by a follower
WHOLE = ("key", "group", "identity")  # all other attributes are kept as float32 and widened on reading


class Item(NamedTuple):
    """A piece of information in somebody's hand."""

    finder: int
    found: int
    rank: int
    topic: int
    kind: int


class Entry(NamedTuple):
    """One line of a feed; ``draw`` is both its place in the feed and the start of its further draws."""

    draw: Any
    sender: int
    item: Item
    channel: int


class Reading(NamedTuple):
    """What reading one entry came to."""

    reader: int
    entry: Entry
    remembered: bool
    value: float
    net: float


def stored(name: str, value: Any) -> Any:
    """Return an attribute as it reads after having been kept in its column."""
    return int(value) if name in WHOLE else float(np.float32(value))


@dataclass
class World:
    """The state of the naive model.

    Parameters
    ----------
    people : mapping of name to sequence, one value per slot
        key, group, identity, generosity, find_rate, attention, visibility, spanning, introducing.
    present : sequence of bool, one per slot
        Whether somebody lives there; kept as a list.
    ties : iterable of (follower slot, followee slot, locked)
        Afterwards ``ties`` is a dict from (follower, followee) to locked.
    parameters : object or mapping
        The model parameters by name.
    seed : int
        At least 0.
    newcomer : function of (tick, number), optional
        Returns the attributes that are drawn afresh for the newcomer of this number; the slot keeps the others.
    interventions : sequence of objects
        With ``ticks``, ``kind`` and what the kind needs of ``agents``, ``name``, ``value``, ``ties``, ``locked``.
    """

    people: Mapping[str, Sequence]
    present: Any
    ties: Any
    parameters: Any
    seed: int
    newcomer: Callable[[int, int], Mapping[str, Any]] | None = None
    interventions: Sequence[Any] = ()

    def __post_init__(self) -> None:
        if isinstance(self.parameters, Mapping):
            self.parameters = SimpleNamespace(**self.parameters)
        self.present = [bool(here) for here in self.present]
        self.slots = range(len(self.present))
        self.attributes = {name: [stored(name, v) for v in values] for name, values in self.people.items()}
        self.ties = {(int(u), int(v)): bool(locked) for u, v, locked in self.ties if u != v}
        self.tick = 0  # the next one to run
        self.arrived = [-1 for _ in self.slots]  # the tick in which the present holder came; -1: from the start
        self.silenced: set[int] = set()
        self.memory: dict[int, list[int]] = {slot: [] for slot in self.slots}  # names of items, oldest first
        self.hand: dict[int, list[Item]] = {slot: [] for slot in self.slots}
        self.feeds: dict[int, list[Entry]] = {slot: [] for slot in self.slots}  # of the last tick, in reading order
        self.given: Counter[int] = Counter()  # shares and bringings of this tick by giver
        self.introduced: Counter[int] = Counter()  # introductions of this tick by introducer
        self.totals: Counter[str] = Counter()
        self.ledger: list[tuple[int, int, int, int]] = []  # (tick, follower, followee, reason)

    def intervene(self) -> None:
        """Interventions act before phase 1, in the order in which they are listed."""
        for intervention in self.interventions:
            if self.tick in intervention.ticks:
                getattr(self, "intervene_" + intervention.kind)(intervention)

    def intervene_set(self, intervention: Any) -> None:
        """Set an attribute of slots, vacant ones too."""
        for place, slot in enumerate(intervention.agents):
            value = intervention.value if np.ndim(intervention.value) == 0 else intervention.value[place]
            self.attributes[intervention.name][slot] = stored(intervention.name, value)

    def intervene_parameter(self, intervention: Any) -> None:
        """Set a parameter of the model."""
        self.parameters = self.parameters.replace(**{intervention.name: intervention.value})

    def intervene_add(self, intervention: Any) -> None:
        """Add ties; adding an existing tie only changes `locked`."""
        for u, v in intervention.ties:
            if (u, v) in self.ties:
                self.ties[u, v] = bool(intervention.locked)
            elif u != v:
                self.follow(u, v, ADDED, locked=bool(intervention.locked))

    def intervene_drop(self, intervention: Any) -> None:
        """Drop ties, locked ones too."""
        for u, v in intervention.ties:
            if (u, v) in self.ties:
                self.unfollow(u, v, DROPPED)

    def intervene_lock(self, intervention: Any, locked: bool = True) -> None:
        """Lock existing ties."""
        for u, v in intervention.ties:
            if (u, v) in self.ties:
                self.ties[u, v] = locked

    def intervene_unlock(self, intervention: Any) -> None:
        """Unlock existing ties."""
        self.intervene_lock(intervention, locked=False)

    def intervene_silence(self, intervention: Any) -> None:
        """Silence agents until they are given their voice back."""
        self.silenced |= set(intervention.agents)

    def intervene_unsilence(self, intervention: Any) -> None:
        """Let agents find and give again."""
        self.silenced -= set(intervention.agents)

    def follow(self, u: int, v: int, reason: int, locked: bool = False) -> None:
        """Make a tie that does not exist, with its reason."""
        self.ties[u, v] = locked
        self.ledger.append((self.tick, u, v, reason))
        self.totals[REASONS[reason]] += 1

    def unfollow(self, u: int, v: int, reason: int) -> None:
        """End a tie that exists, with its reason."""
        del self.ties[u, v]
        self.ledger.append((self.tick, u, v, reason))
        self.totals[REASONS[reason]] += 1

    def remember(self, agent: int, name: int) -> None:
        """Keep the names of the last `memory` items."""
        self.memory[agent].append(name)
        del self.memory[agent][: max(0, len(self.memory[agent]) - self.parameters.memory)]

    def attention_left(self, agent: int) -> float:
        """Return max(0, attention - costs): giving is never forbidden by its costs."""
        given = self.given[agent]
        costs = self.parameters.share_cost * given + self.parameters.introduction_cost * self.introduced[agent]
        return max(0.0, self.attributes["attention"][agent] - costs)

    def kinship(self, one: int, other: int) -> float:
        """Return what homophily leaves of an opt-in: less across identities."""
        identity = self.attributes["identity"]
        return 1.0 if identity[one] == identity[other] else 1 - self.parameters.homophily

    def finder(self, item: Item) -> int | None:
        """Return the slot of an item's finder, or None where it is vacant or has changed hands."""
        return item.finder if self.present[item.finder] and item.found > self.arrived[item.finder] else None

    def name(self, item: Item) -> int:
        """Return the name of an item, which does not depend on the current tick."""
        items = draw.stream(self.seed, item.found, draw.ITEM)
        return int(draw.item_name(draw.fold(items, self.attributes["key"][item.finder]), item.rank))

    def cue(self, holder: int, item: Item) -> Any:
        """Return the word for an item in one hand."""
        return draw.cue(self.name(item), self.attributes["key"][holder])

    def stream(self, kind: int) -> Any:
        """Return where the draws of one kind start in this tick."""
        return draw.stream(self.seed, self.tick, kind)

    def occasion(self, holder: int, item: Item) -> Any:
        """Return where the draws for one item in one hand start in this tick."""
        return draw.fold(self.stream(draw.GIVE), self.cue(holder, item))

    def pair(self, occasion: Any, one: int, other: int) -> Any:
        """Return the draw of an occasion for two agents, in this order."""
        return draw.fold(draw.fold(occasion, self.attributes["key"][one]), self.attributes["key"][other])

    def smallest(self, candidates: Iterable[int], occasion: Any) -> list[int]:
        """Return people by ascending draw keyed (occasion, candidate): their order of storage cannot matter."""
        return sorted(candidates, key=lambda slot: draw.fold(occasion, self.attributes["key"][slot]))
