"""What does an experimenter do to a running world? Changes from outside, at given ticks, before phase 1.

Gifts of followers, controllers, quotas, swaps and a classroom's switch are all made of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .distributions import checked, distribution
from .errors import InputError, unknown_name, wrong_type
from .parameters import SPECIFICATIONS

KINDS = ("set", "add", "drop", "drop_followees", "lock", "unlock", "silence", "unsilence", "parameter")
BY_AGENT = ("set", "drop_followees", "silence", "unsilence")
SETTABLE = ("generosity", "find_rate", "attention", "visibility", "group", "identity", "spanning", "introducing")
FIXED = ("memory", "capacity")  # parameters that shape the columns of a run and cannot change while it goes on


@dataclass(frozen=True)
class Intervention:
    """One kind of change, at one or many ticks; made by the functions below.

    Attributes
    ----------
    kind : str
        One of ``KINDS``.
    ticks : tuple of int
        When, ascending; the first tick of a run is 0.
    agents : tuple of int
        Slots concerned (``BY_AGENT``).
    name : str
        Attribute (set), or parameter of the model (parameter).
    value : float or tuple of float
        New value, one for all (set, parameter) or one each (set).
    ties : tuple of (int, int)
        Pairs (follower, followee) (add, drop, lock, unlock).
    locked : bool
        Whether added ties are locked (add).
    """

    kind: str
    ticks: tuple[int, ...]
    agents: tuple[int, ...] = ()
    name: str = ""
    value: float | tuple[float, ...] = 0.0
    ties: tuple[tuple[int, int], ...] = ()
    locked: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds of it; `from_dict` reads it back."""
        kept: dict[str, Any] = {"kind": self.kind, "ticks": list(self.ticks)}
        if self.kind in BY_AGENT:
            kept["agents"] = list(self.agents)
        elif self.kind != "parameter":
            kept["ties"] = [list(tie) for tie in self.ties]
        if self.kind in ("set", "parameter"):
            kept |= {"name": self.name, "value": list(self.value) if isinstance(self.value, tuple) else self.value}
        if self.kind == "add":
            kept["locked"] = self.locked
        return kept

    def check(self, capacity: int) -> None:
        """Raise InputError where it names a slot that the run does not have."""
        named = [*self.agents, *(slot for tie in self.ties for slot in tie)]
        for slot in named:
            if not 0 <= slot < capacity:
                raise InputError(f"intervention {self.kind}: agent {slot} does not exist; allowed: 0 .. {capacity - 1}")


def _whole(field: str, values: Any, lowest: int = 0) -> tuple[int, ...]:
    many = values if isinstance(values, Iterable) and not isinstance(values, (str, bytes)) else (values,)
    numbers = []
    for each in many:
        if isinstance(each, (bool, np.bool_)) or not isinstance(each, (int, np.integer)) or each < lowest:
            raise wrong_type(field, each, f"whole numbers >= {lowest}")
        numbers.append(int(each))
    return tuple(numbers)


def _ticks(ticks: Any) -> tuple[int, ...]:
    found = tuple(sorted(set(_whole("ticks", ticks))))
    if not found:
        raise InputError("ticks: an intervention needs at least one tick")
    return found


def _ties(ties: Any) -> tuple[tuple[int, int], ...]:
    pairs = []
    for tie in ties:
        follower, followee = _whole("ties", tie) if np.size(tie) == 2 else (0, 0)
        if follower == followee:
            raise wrong_type("ties", tie, "pairs (follower, followee) of two different agents")
        pairs.append((follower, followee))
    return tuple(pairs)


def set_attribute(ticks: Any, agents: Any, name: str, value: Any) -> Intervention:
    """Give agents another value of an attribute.

    Parameters
    ----------
    ticks : int or iterable of int
        When, >= 0; ``range(10, 20)`` repeats it.
    agents : int or iterable of int
        Slots.
    name : str
        One of ``SETTABLE``.
    value : number or sequence of numbers
        One for all, or one each.

    Raises
    ------
    InputError
        An unknown attribute, or a value out of its range.

    Examples
    --------
    >>> set_attribute(100, [3, 4], "generosity", 1.0).value
    1.0
    """
    if name not in SETTABLE:
        raise unknown_name("attribute", name, SETTABLE)
    slots = _whole("agents", agents)
    known: Any = checked(distribution(value, name), name)
    if isinstance(known, np.ndarray):
        if len(known) != len(slots):
            raise InputError(f"{name}: {len(known)} values for {len(slots)} agents; allowed: one, or one each")
        known = tuple(known.tolist())
    elif not isinstance(known, (int, float)):
        raise wrong_type(name, value, "a number, or one number per agent")
    return Intervention("set", _ticks(ticks), slots, name, known)


def set_parameter(ticks: Any, name: str, value: Any) -> Intervention:
    """Give the model another value of one of its parameters, from a tick on.

    Parameters
    ----------
    ticks : int or iterable of int
        When, >= 0; several ticks make sense where another change lies between them.
    name : str
        Any parameter of the model but ``FIXED``, which shape the columns of a run.
    value : number

    Raises
    ------
    InputError
        An unknown or fixed parameter, or a value out of its range.

    Examples
    --------
    >>> set_parameter(100, "cost", 0.9).value
    0.9
    """
    free = [each for each, about in SPECIFICATIONS.items() if about.belongs == "model" and each not in FIXED]
    if name not in free:
        raise unknown_name("parameter that can change during a run", name, free)
    return Intervention("parameter", _ticks(ticks), name=name, value=SPECIFICATIONS[name].check(value))


def add_ties(ticks: Any, ties: Any, locked: bool = False) -> Intervention:
    """Add ties (follower, followee); adding a tie that exists only changes whether it is locked.

    Examples
    --------
    >>> add_ties(0, [(1, 7), (2, 7)]).ties
    ((1, 7), (2, 7))
    """
    return Intervention("add", _ticks(ticks), ties=_ties(ties), locked=bool(locked))


def drop_ties(ticks: Any, ties: Any) -> Intervention:
    """Drop ties (follower, followee), locked or not; those that do not exist are left alone."""
    return Intervention("drop", _ticks(ticks), ties=_ties(ties))


def drop_followees(ticks: Any, agents: Any) -> Intervention:
    """Let agents follow nobody: all ties in which they are the follower end, locked or not."""
    return Intervention("drop_followees", _ticks(ticks), _whole("agents", agents))


def lock_ties(ticks: Any, ties: Any) -> Intervention:
    """Lock existing ties: nobody can opt out of them any more."""
    return Intervention("lock", _ticks(ticks), ties=_ties(ties))


def unlock_ties(ticks: Any, ties: Any) -> Intervention:
    """Unlock existing ties."""
    return Intervention("unlock", _ticks(ticks), ties=_ties(ties))


def silence(ticks: Any, agents: Any) -> Intervention:
    """Silence agents: they find, give, bring and introduce nothing, keep their place and read."""
    return Intervention("silence", _ticks(ticks), _whole("agents", agents))


def unsilence(ticks: Any, agents: Any) -> Intervention:
    """End the silence of agents."""
    return Intervention("unsilence", _ticks(ticks), _whole("agents", agents))


def from_dict(kept: dict[str, Any]) -> Intervention:
    """Return the intervention that `Intervention.as_dict` described."""
    kind = kept.get("kind", "")
    if kind == "set":
        return set_attribute(kept["ticks"], kept["agents"], kept["name"], kept["value"])
    if kind == "parameter":
        return set_parameter(kept["ticks"], kept["name"], kept["value"])
    if kind in BY_AGENT:
        return Intervention(kind, _ticks(kept["ticks"]), _whole("agents", kept["agents"]))
    if kind in KINDS:
        return Intervention(kind, _ticks(kept["ticks"]), ties=_ties(kept["ties"]), locked=kept.get("locked", False))
    raise unknown_name("intervention", kind, KINDS)
