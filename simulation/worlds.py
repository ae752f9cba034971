"""Where does a run start? The people, their attributes and their first ties.

A world is a description: nothing is drawn before a run begins. Its people and ties come from the world's own stream,
by the run's seed or, with ``world_seed``, by a seed of the world, so that the same people can live other histories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .distributions import Distribution, checked, distribution, draw, to_json
from .errors import InputError, unknown_name
from .exchange import from_ties, sorted_ties
from .first_ties import Ties, grown_ties, random_ties
from .network import Network
from .parameters import SPECIFICATIONS, Specification, refuse_unknown, register
from .readers import NetworkFile, read_network

FORMAL = ("level", "manager", "skill")  # a workplace's; nothing in the dynamics reads them
BEHAVING = ("generosity", "find_rate", "attention", "visibility", "group", "identity", "spanning", "introducing", "key")
MOST = 2**31 - 1
FEW = 100_000  # first ties, of which a world keeps those that it drew last: a megabyte


def _of_world(name: str, default: Any, unit: str, low: float, high: float, meaning: str, **more: Any) -> None:
    source = "definition" if default is None else "assumption"
    register(Specification(name=name, belongs="world", default=default, unit=unit, low=low, high=high, meaning=meaning,
                           source=source, **more))  # fmt: skip


_of_world("agents", 1000, "agents", 1, MOST, "people present at the start (open_world)", whole=True)
_of_world("start", "random", "one of these", 0, 0, "first ties: none, random, or grown one agent at a time",
          choices=("empty", "random", "growth"))  # fmt: skip
_of_world("followees", 3, "followees per agent", 0, MOST, "first followees, at most everybody else", whole=True)
_of_world("attraction", 1.0, "followers", 1e-9, 1e9, "growth: weight of an agent without followers")
_of_world("span", 4, "subordinates", 1, MOST, "workplace: direct reports of everybody above the last level", whole=True)
_of_world("levels", 4, "levels", 1, 64, "workplace: levels of rank, the top included", whole=True)
_of_world("world_seed", None, "1", 0, 2**63 - 1, "seed of people and first ties; none: the run's", whole=True)


@dataclass(frozen=True)
class World:
    """A starting world, as `open_world`, `workplace` and `from_network` describe it.

    Attributes
    ----------
    name : str
        Which function made it.
    agents : int
        People present at the start.
    arguments : mapping
        What it was made from, as JSON holds it; with ``name``, enough to make it again.
    attributes : mapping of str to value
        A number, a distribution or an array for every attribute of agents that the dynamics read.
    first_ties : function
        From a seed and the keys to (follower, followee, locked).
    known : DataFrame or None
        One row per agent: what else is known of people, as level, manager or the columns of a node table.
    world_seed : int or None
        None draws people and ties by the run's seed.
    skill : number, distribution, array or None
        Ability; None where people have none.
    """

    name: str
    agents: int
    arguments: Mapping[str, Any]
    attributes: Mapping[str, Any]
    first_ties: Callable[[int, NDArray], Ties] = field(repr=False)
    known: pd.DataFrame | None = field(default=None, repr=False)
    world_seed: int | None = None
    skill: Any = None
    _drawn: dict[int, Ties] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """What else is known of people, one row per agent; without columns where nothing is."""
        return pd.DataFrame(index=range(self.agents)) if self.known is None else self.known

    def seed(self, run_seed: int) -> int:
        """Return the seed of people and ties."""
        return run_seed if self.world_seed is None else self.world_seed

    def people(self, seed: int, capacity: int) -> dict[str, NDArray]:
        """Draw the attributes of all slots; those beyond ``agents`` are vacant, waiting for newcomers.

        Raises
        ------
        InputError
            An array whose length is not the capacity, or values out of range.
        """
        people: dict[str, NDArray] = {"key": self.keys(capacity)}
        spanning = self.attributes["spanning"]
        for name, value in self.attributes.items():
            if name in ("key", "spanning"):
                continue
            if isinstance(value, (int, float)):  # one value for all takes the memory of one
                people[name] = np.broadcast_to(np.array(value), capacity)
            else:
                people[name] = draw(value, name, seed, people["key"])
        if spanning is None:
            group = people["group"]
            of_group = np.bincount(group[: self.agents], minlength=int(group.max()) + 1)
            people["spanning"] = (self.agents - of_group[group]) / self.agents
        else:
            people["spanning"] = draw(spanning, "spanning", seed, people["key"])
        return people

    def start_ties(self, run_seed: int, key: NDArray) -> Ties:
        """Return the first ties of a run (follower, followee, locked), sorted by follower, then followee.

        Parameters
        ----------
        run_seed : int
        key : integer array of shape (capacity,)
            The names of the slots.
        """
        return sorted_ties(*self._ties(self.seed(run_seed), key))

    def first_followers(self, run_seed: int, key: NDArray) -> NDArray:
        """Return how many followers the holder of every slot has before the first tick, of shape (capacity,)."""
        return np.bincount(self._ties(self.seed(run_seed), key)[1], minlength=key.size)

    def _ties(self, seed: int, key: NDArray) -> Ties:
        """Draw the first ties; those of a small world are kept, as a run asks for them at its start and at its end."""
        ties = self._drawn.get(seed)
        if ties is None:
            ties = self.first_ties(seed, key[: self.agents].astype(np.int64))
            self._drawn.clear()
            if ties[0].size <= FEW:
                self._drawn[seed] = ties
        return ties

    @property
    def named(self) -> bool:
        """Whether slots have keys of their own in draws, and not their numbers."""
        return self.attributes["key"] is not None

    def keys(self, capacity: int) -> NDArray:
        """Return the names of all slots in all draws."""
        key: Any = self.attributes["key"]
        if key is None:
            return np.arange(capacity)
        if not isinstance(key, np.ndarray):
            raise InputError(f"key: {key!r} cannot name all agents; allowed: different whole numbers, or none")
        known: Any = checked(key, "key", capacity)
        return known

    def network(self, seed: int, key: NDArray, capacity: int) -> Network:
        """Return the first ties as the engine holds them; ``key`` has one entry per slot."""
        return from_ties(capacity, *self._ties(seed, key))

    def skills(self, run_seed: int, key: NDArray, arrived: NDArray, newcomer: NDArray) -> NDArray:
        """Return the skill of the present holder of every slot; newcomers bring their own."""
        seed = self.seed(run_seed)
        skills = draw(self.skill, "skill", seed, key)
        if not isinstance(self.skill, np.ndarray):
            for tick in np.unique(arrived[arrived >= 0]):
                here = arrived == tick
                skills[here] = draw(self.skill, "skill", seed, newcomer[here], born=int(tick) + 1)
        return skills

    def redrawn(self, name: str) -> bool:
        """Return whether a newcomer draws this attribute afresh; an array's value stays with the slot."""
        value = self.attributes[name]
        return value is not None and not isinstance(value, np.ndarray)


def _attributes(taker: str, given: Mapping[str, Any], agents: int, level: NDArray | None = None) -> dict[str, Any]:
    """Check what a user gave for agents, fill in the defaults, and turn values by level into one per slot."""
    refuse_unknown(given, ("agent",), taker)
    formal = [name for name in given if name in FORMAL and (taker != "workplace" or name != "skill")]
    if formal:
        raise InputError(f"{taker} takes no {formal[0]!r}: workplace sets level and manager, and takes skill")
    attributes: dict[str, Any] = {}
    for name in BEHAVING:
        value = given.get(name, SPECIFICATIONS[name].default)
        if isinstance(value, Mapping):
            value = _by_level(name, value, level)
        attributes[name] = checked(distribution(value, name), name)
        if isinstance(attributes[name], np.ndarray) and len(attributes[name]) < agents:
            raise InputError(f"{name}: {len(attributes[name])} values for {agents} agents; allowed: one per agent")
    return attributes


def _by_level(name: str, values: Mapping[int, float], level: NDArray | None) -> NDArray:
    """Return one number per slot from numbers by level; these stay with the slot, as an array's do."""
    if level is None:
        raise InputError(f"{name}: {dict(values)!r} gives values by level, which only a workplace has")
    missing = set(level.tolist()) - set(values)
    unknown = set(values) - set(level.tolist())
    if missing or unknown:
        raise InputError(f"{name}: {dict(values)!r} must name every level once; allowed: 0 .. {int(level.max())}")
    numbers = {each: checked(distribution(value, name), name) for each, value in values.items()}
    if any(isinstance(value, (Distribution, np.ndarray)) for value in numbers.values()):
        raise InputError(f"{name}: values by level are numbers, one for each level")
    return np.array([numbers[each] for each in level.tolist()])


def _check(name: str, value: Any) -> Any:
    return SPECIFICATIONS[name].check(value)


def _json(given: Mapping[str, Any]) -> dict[str, Any]:
    return {k: {str(a): b for a, b in v.items()} if isinstance(v, Mapping) else to_json(v) for k, v in given.items()}


# --- the worlds -------------------------------------------------------------------------------------------------


def open_world(
    agents: int = 1000,
    *,
    start: str = "random",
    followees: int = 3,
    attraction: float = 1.0,
    world_seed: int | None = None,
    **attributes: Any,
) -> World:
    """Describe a world in which every tie is opted into, as on Twitter.

    Parameters
    ----------
    agents : int
        People present at the start, >= 1.
    start : {"random", "empty", "growth"}
        First ties: ``followees`` random ones each, none, or grown by preferential attachment.
    followees : int
        First followees of each agent, at most everybody else.
    attraction : float
        Growth only: weight of an agent without followers, > 0.
    world_seed : int, optional
        Seed of people and ties; by default the run's.
    **attributes
        Any attribute of agents (`describe` lists them): a number, a distribution such as ``("uniform", 0, 1)``, or
        an array with one value per slot.

    Raises
    ------
    InputError
        An unknown name, a wrong type or a value out of range.

    Examples
    --------
    >>> open_world(agents=100, generosity=("beta", 2, 5), attention=20).agents
    100
    """
    agents, followees = _check("agents", agents), _check("followees", followees)
    start, attraction = _check("start", start), _check("attraction", attraction)
    world_seed = _check("world_seed", world_seed)
    known = _attributes("open_world", attributes, agents)

    def first_ties(seed: int, key: NDArray) -> Ties:
        if start == "growth":
            return grown_ties(seed, key, followees, attraction)
        return random_ties(seed, key, followees if start == "random" else 0)

    arguments = {"agents": agents, "start": start, "followees": followees, "attraction": attraction,
                 "world_seed": world_seed, **_json(attributes)}  # fmt: skip
    return World("open_world", agents, arguments, known, first_ties, world_seed=world_seed)


def workplace(
    *,
    span: int = 4,
    levels: int = 4,
    followees: int = 3,
    world_seed: int | None = None,
    skill: Any = ("normal", 0, 1),
    **attributes: Any,
) -> World:
    """Describe a firm: a tree of reporting lines, locked in both directions, and chosen ties beside it.

    Manager and subordinate follow each other and cannot opt out. Below the top, each direct report of the top heads a
    department, which is the ``group`` of everybody in it; the top is group 0.

    Parameters
    ----------
    span : int
        Direct reports of everybody above the last level, >= 1.
    levels : int
        Levels of rank, the top (level 0) included; the firm has 1 + span + ... + span ** (levels - 1) people.
    followees : int
        Chosen random followees of each person at the start, reporting lines not counted.
    world_seed : int, optional
    skill : number, distribution or array
        Ability, standard normal by default. No rule reads it.
    **attributes
        As in `open_world`; numbers by level are written ``generosity={0: 0.1, 1: 0.2, 2: 0.5}``.

    Raises
    ------
    InputError
        As `open_world`, or a firm of more than 10 million people.

    Examples
    --------
    >>> workplace(span=3, levels=3).agents
    13
    """
    span, levels, followees = _check("span", span), _check("levels", levels), _check("followees", followees)
    world_seed = _check("world_seed", world_seed)
    sizes = [span**level for level in range(levels)]
    agents = sum(sizes)
    if agents > 10_000_000:
        raise InputError(f"workplace: span={span} and levels={levels} give {agents} people; allowed: 10000000 or fewer")
    level = np.repeat(np.arange(levels), sizes)
    manager = np.append(-1, np.repeat(np.arange(agents), span)[: agents - 1])
    department = np.zeros(agents, np.int64)
    for person in range(1, agents):
        department[person] = person if level[person] == 1 else department[manager[person]]
    known = _attributes("workplace", {"group": department, **attributes}, agents, level)
    skill = checked(distribution(skill, "skill"), "skill", agents)
    lines = {(p, int(manager[p])) for p in range(1, agents)} | {(int(manager[p]), p) for p in range(1, agents)}

    def first_ties(seed: int, key: NDArray) -> Ties:
        down, up = np.arange(1, agents), manager[1:]
        chosen = random_ties(seed, key, followees, lines)
        return (
            np.concatenate([down, up, chosen[0]]),
            np.concatenate([up, down, chosen[1]]),
            np.concatenate([np.ones(2 * down.size, bool), chosen[2]]),
        )

    arguments = {"span": span, "levels": levels, "followees": followees, "world_seed": world_seed,
                 "skill": to_json(skill), **_json(attributes)}  # fmt: skip
    table = pd.DataFrame({"level": level, "manager": manager})
    return World("workplace", agents, arguments, known, first_ties, table, world_seed, skill)


def from_network(source: Any, *, world_seed: int | None = None, locked: NDArray | None = None, nodes: Any = None,
                 strict: bool = False, columns: Any = None, where: str | None = None, reverse: bool = False,
                 **attributes: Any) -> World:  # fmt: skip
    """Describe a world that starts from a real follower network.

    Parameters
    ----------
    source : path, networkx graph or NetworkFile
        An edge list (csv, tsv, spaces; also .gz), GraphML, GEXF or Matrix Market file, a graph in which an edge u -> v
        says that u follows v, or what `read_network` returned.
    world_seed : int, optional
    locked : bool array of shape (ties,), optional
        Ties that nobody can opt out of.
    nodes, strict, columns, where, reverse
        As `read_network` takes them. Columns of a node table that are named like attributes of agents are used.
    **attributes
        As in `open_world`; arrays follow the order of ``World.table``.

    Raises
    ------
    InputError
        A file that cannot be read, or an attribute as in `open_world`.
    """
    world_seed = _check("world_seed", world_seed)
    given = source
    if not isinstance(source, NetworkFile):
        source = read_network(source, nodes=nodes, strict=strict, columns=columns, where=where, reverse=reverse)
    agents = len(source.ids)
    table = source.attributes.reset_index(drop=True)
    from_table = {name: table[name].to_numpy() for name in table.columns if name in BEHAVING and name not in attributes}
    known = _attributes("from_network", {**from_table, **attributes}, agents)
    lock = np.zeros(source.follower.size, bool) if locked is None else np.asarray(locked, bool)
    if lock.shape != source.follower.shape:
        raise InputError(f"locked: {lock.size} values for {source.follower.size} ties; allowed: one per tie")

    def first_ties(seed: int, key: NDArray) -> Ties:
        return source.follower.astype(np.int64), source.followee.astype(np.int64), lock

    arguments = {"source": str(given) if isinstance(given, (str, Path)) else type(given).__name__,
                 "world_seed": world_seed, "ties": len(source.follower), **_json(attributes)}  # fmt: skip
    table = table.drop(columns=list(from_table))
    table.insert(0, next(name for name in ("name", "id", "original_id") if name not in table), np.asarray(source.ids))
    return World("from_network", agents, arguments, known, first_ties, table, world_seed)


WORLDS: dict[str, Callable[..., World]] = {
    "open_world": open_world, "workplace": workplace, "from_network": from_network,
}  # fmt: skip


def make_world(name: str, **arguments: Any) -> World:
    """Return the world of this name made from these arguments.

    Raises
    ------
    InputError
        No such world, or an argument that it does not take.
    """
    if name not in WORLDS:
        raise unknown_name("world", name, WORLDS)
    return WORLDS[name](**arguments)
