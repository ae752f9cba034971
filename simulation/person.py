"""Who is a person, as Mesa knows agents? A view of one row of the engine's columns, of its ties, hand and feed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import mesa
import numpy as np

from .errors import InputError, unknown_name
from .interventions import SETTABLE
from .record import CHANNELS, KINDS
from .state import held_by

if TYPE_CHECKING:
    from .model import FollowerModel

WRITABLE = (*SETTABLE, "silenced")
BY_MESA = ("model", "unique_id", "pos")  # what mesa.Agent itself sets


class Held(NamedTuple):
    """An item in hand, to be given or kept in the next tick."""

    finder: Person | None  # None where the finder has left
    finder_slot: int
    found: int  # tick
    rank: int  # among the finder's finds of that tick
    topic: int  # group of the finder when found
    kind: str  # one of KINDS


class Entry(NamedTuple):
    """One entry of the feed of the last tick, in the order of reading."""

    sender: Person | None  # None where the sender has left; likewise the finder
    sender_slot: int
    finder: Person | None
    finder_slot: int
    found: int
    rank: int
    topic: int
    channel: str  # one of CHANNELS
    read: bool  # False where attention ended before
    value: float  # to the reader; 0 where not read
    price: float  # of reading it
    owed: Person | None  # whom the reader owed it and did not follow


class Column:
    """An attribute of a `Person` that lives in a column of the engine."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, person: Person | None, owner: type | None = None) -> Any:
        return self if person is None else person.columns(self.name)[person.slot].item()

    def __set__(self, person: Person, value: Any) -> None:
        if self.name not in WRITABLE:
            raise _read_only(self.name)
        person.model.write(person, self.name, value)


class Unnumbered:
    """Mesa 3.3 counts agents in a table of its own, which would keep every model alive for good."""

    def __getitem__(self, model: mesa.Model) -> Iterator[int]:
        return itertools.repeat(0)


class Person(mesa.Agent):
    """One present agent, as Mesa knows agents: a view of one row of the columns.

    Made by `FollowerModel` when its ``agents`` are asked for. What can be set (``WRITABLE``) acts from the next tick on
    and is recorded as an intervention; a subclass may declare further attributes of its own. Columns of the world's
    table, as level and manager of a workplace, are attributes too.

    Attributes
    ----------
    unique_id : int
        The slot of a person present at the start, as in ``Record.agents``; a newcomer's is larger than any slot.
    slot : int
        The person's row.
    generosity, find_rate, attention, visibility, group, identity, spanning, introducing, silenced
        Can be set. Silenced, it finds, gives, brings and introduces nothing.
    key, arrived, found, shared, brought, read, reached, received
        As in ``Record.agents``.

    Raises
    ------
    InputError
        A write of an unknown name, of an outcome, or of a value out of range; any use of a person who has left.

    Examples
    --------
    >>> from simulation import FollowerModel, Keep
    >>> model = FollowerModel(agents=30, seed=1, compile=False, keep=Keep(feeds=True))
    >>> for _ in range(4):
    ...     model.step()
    >>> person = model.person(26)
    >>> person.followees
    [Person(0), Person(11), Person(19), Person(21)]
    >>> [(entry.sender, entry.channel, round(entry.value, 2)) for entry in person.feed]
    [(Person(4), 'brought', 0.68), (Person(0), 'follower', 0.61), (Person(19), 'encounter', 0.82)]
    >>> person.owes
    [Person(4), Person(19)]
    >>> person.generosity = 2
    Traceback (most recent call last):
        ...
    simulation.errors.InputError: generosity: 2 is out of range; allowed: a number in [0, 1] (probability)
    """

    _ids = Unnumbered()

    generosity, find_rate, attention, visibility, spanning, introducing = (Column() for _ in range(6))
    group, identity, silenced = Column(), Column(), Column()
    key, arrived, found, shared, brought, read, reached, received = (Column() for _ in range(8))

    model: FollowerModel

    def __init__(self, model: FollowerModel, slot: int) -> None:
        if not model.expects(slot):
            raise InputError("persons are made by their model; model.person(slot) returns one")
        self._slot = slot
        self._arrived = int(model.state.agents.arrived[slot])
        super().__init__(model)
        # Mesa's running number would depend on when the agents were asked for.
        self.unique_id = slot if self._arrived < 0 else (self._arrived + 1) * model.state.agents.present.size + slot

    def __repr__(self) -> str:
        return f"Person({self.unique_id})"

    def __setattr__(self, name: str, value: Any) -> None:
        known = getattr(type(self), name, None)
        if isinstance(known, property) and known.fset is None:
            raise _read_only(name)
        if not (hasattr(type(self), name) or name in BY_MESA or name.startswith("_")):
            raise unknown_name("attribute", name, WRITABLE)
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:  # only where nothing else has this name
        model = self.__dict__.get("model")
        if model is not None and name in model.world.table:
            self.insist(name)
            column = model.world.table[name]
            return column.iloc[self.slot] if self.slot < len(column) else None
        raise AttributeError(f"a Person has no attribute {name!r}")

    @property
    def slot(self) -> int:
        """The person's row in all columns."""
        return self._slot

    @property
    def here(self) -> bool:
        """Whether the person is still present."""
        return self.model.holds(self._slot, self._arrived)

    def insist(self, name: str) -> None:
        """Raise where this person, asked for ``name``, has left."""
        if not self.here:
            raise InputError(f"{name}: person {self.unique_id} has left; model.agents holds those present")

    def columns(self, name: str) -> np.ndarray:
        """Return a column of all agents; raise where this person has left."""
        self.insist(name)
        return getattr(self.model.state.agents, name)

    def remove(self) -> None:
        """Refuse: who leaves is decided by ``departure``; a silenced person gives nothing any more."""
        raise InputError("a person cannot be removed; take it out of play with person.silenced = True")

    @property
    def skill(self) -> float | None:
        """Ability, where the world has it (workplace)."""
        self.insist("skill")
        agents, world, at = self.model.state.agents, self.model.world, slice(self.slot, self.slot + 1)
        if world.skill is None or isinstance(world.skill, np.ndarray):
            return None if world.skill is None else float(world.skill[self.slot])
        return float(world.skills(self.model.seed, agents.key[at], agents.arrived[at], agents.newcomer[at])[0])

    @property
    def followers(self) -> list[Person]:
        """Those present who follow this person, by slot."""
        return self.model.listed(self.model.state.network.followers, self)

    @property
    def followees(self) -> list[Person]:
        """Those present whom this person follows, by slot."""
        return self.model.listed(self.model.state.network.followees, self)

    @property
    def followers_count(self) -> int:
        """Number of followers, as in ``Record.agents``; no list is made."""
        self.insist("followers_count")
        return int(self.model.state.network.followers.where["count"][self.slot])

    @property
    def followees_count(self) -> int:
        """Number of followees, as in ``Record.agents``."""
        self.insist("followees_count")
        return int(self.model.state.network.followees.where["count"][self.slot])

    @property
    def hand(self) -> list[Held]:
        """What the person read with profit in the last tick and has not given away yet."""
        self.insist("hand")
        return [
            Held(self.model.holder(row["finder"], row["found"]), int(row["finder"]), int(row["found"]),
                 int(row["rank"]), int(row["topic"]), KINDS[row["kind"]])
            for row in held_by(self.model.state.hand, self.slot)
        ]  # fmt: skip

    @property
    def feed(self) -> list[Entry]:
        """The feed of the last tick in the order of reading; the model must keep feeds."""
        arrived = self.columns("arrived")[self.slot]
        holder = self.model.holder
        return [
            Entry(holder(row["sender"], row["tick"]), int(row["sender"]), holder(row["finder"], row["found"]),
                  int(row["finder"]), int(row["found"]), int(row["rank"]), int(row["topic"]), CHANNELS[row["channel"]],
                  bool(row["read"]), float(row["value"]), float(row["price"]), holder(row["owed"], row["tick"]))
            for row in self.model.readings(self.slot) if row["tick"] > arrived
        ]  # fmt: skip

    @property
    def owes(self) -> list[Person]:
        """Whom the person owed an item in the last tick and did not follow, each once, in the order of reading."""
        return list(dict.fromkeys(entry.owed for entry in self.feed if entry.owed is not None))


def _read_only(name: str) -> InputError:
    return InputError(f"{name}: an outcome, or fixed; it cannot be set. Writable: {', '.join(WRITABLE)}")
