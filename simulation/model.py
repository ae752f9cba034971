"""How does a Mesa user meet this model? `FollowerModel` and `Person` are Mesa's face on the same engine and columns.

A step is one tick of the engine. Nobody exists as a Python object until ``agents`` is asked for; then every present
agent has a `Person` that reads and writes its row of the columns. Nothing here draws random numbers: Mesa's own
generators are left to what users do with them, as in ``shuffle_do``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import mesa
import networkx as nx
import numpy as np

from .errors import InputError, unknown_name, wrong_type
from .interventions import Intervention, set_attribute, silence, unsilence
from .network import Lists
from .parameters import SPECIFICATIONS, Parameters
from .person import BY_MESA, Entry, Held, Person
from .record import Keep, Record
from .run import Run
from .settings import from_settings, seed_from
from .state import COUNTS, PRESENT, RANKED, TIES, TOP, TOTAL, UNITS, State
from .worlds import World

__all__ = ["Entry", "FollowerModel", "Held", "Person"]

VACANT = -2  # instead of the tick of arrival, where a slot has no holder


class FollowerModel(mesa.Model):
    """The model as a ``mesa.Model``: the same engine, the same draws, the same numbers as `simulate`.

    Parameters
    ----------
    world : World or {"open_world", "workplace"}, optional
        Where to start; by default an open world.
    parameters : Parameters, optional
        The model's; by default all defaults.
    seed, rng : int, optional
        One of the two; Mesa's versions differ in the name. Also what numpy makes a generator from; None draws one.
    scenario : mesa Scenario, optional
        Settings and ``rng`` in the object that newer Mesa passes.
    rules, interventions, keep, compile, check
        As `Run` takes them.
    ticks : int, optional
        ``running`` ends after so many; by default only when nobody is left and nobody arrives.
    model_reporters : mapping, optional
        Reporters for the data collector, besides the columns of ``Record.series``, which are always there.
    agent_reporters : mapping, optional
        Reporters on persons: attribute names or functions. Without them no `Person` is made.
    **kwargs
        Any setting of world, agents or model by name, as ``agents=100, attention=5, cost=0.2``; a text is read as on
        the command line: ``generosity="beta:2:5"``. (Mesa's visualization insists on the name ``kwargs``.)

    Attributes
    ----------
    steps, time, running
        As Mesa keeps them; ``steps`` is the number of ticks done.
    datacollector : mesa.DataCollector
        One row for the start and one after each step.

    Raises
    ------
    InputError
        Unknown names, values out of range, or arguments that do not fit together.

    Examples
    --------
    >>> model = FollowerModel(agents=30, attention=5, cost=0.2, seed=1, compile=False)
    >>> for _ in range(3):
    ...     model.step()
    >>> model.steps, len(model.agents)
    (3, 30)
    >>> giver = max(model.agents, key=lambda person: person.generosity)
    >>> giver.generosity = 1.0
    >>> model.step()
    >>> bool(model.record().agents["generosity"][giver.slot] == 1)
    True
    >>> model.datacollector.get_model_vars_dataframe()["ties"].size
    5
    """

    person_class: type[Person] = Person  # a subclass of the model may name a subclass of its own
    _people: list[Person | None] | None = None

    def __init__(
        self,
        world: World | str | None = None,
        parameters: Parameters | None = None,
        *,
        seed: Any = None,
        rng: Any = None,
        scenario: Any = None,
        rules: Mapping[str, Callable] | None = None,
        interventions: Intervention | Iterable[Intervention] = (),
        keep: Keep | None = None,
        compile: bool = True,
        check: bool = False,
        ticks: int | None = None,
        model_reporters: Mapping[str, Any] | None = None,
        agent_reporters: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if scenario is not None:
            given = dict(scenario)
            from_scenario = given.pop("rng", None)
            rng = from_scenario if seed is None and rng is None else rng
            kwargs = {**given, **kwargs}
        if ticks is not None and (isinstance(ticks, bool) or not isinstance(ticks, (int, np.integer)) or ticks < 0):
            raise wrong_type("ticks", ticks, "a whole number >= 0, or none")
        made, known = from_settings(world, parameters, kwargs)
        changes = (interventions,) if isinstance(interventions, Intervention) else interventions
        self._run = Run(made, known, seed=seed_from(seed, rng), rules=rules, interventions=changes, keep=keep,
                        compile=compile, check=check)  # fmt: skip
        super().__init__(rng=self._run.seed)
        if scenario is not None:
            self.scenario = scenario
        self._mesa_has_time = hasattr(self, "time")  # not before Mesa 3.4
        if not self._mesa_has_time:
            self.time = 0.0
        self._last_tick = ticks
        self._held = np.full(self._run.capacity, VACANT, np.int64)
        self._written: dict[str, dict[int, Any]] = {}
        self._measured: tuple[int, dict[str, float]] = (-1, {})
        reporters = {name: partial(_reported, name) for name in self.measures()} | dict(model_reporters or {})
        self._check_reporters(agent_reporters or {})
        self.datacollector = mesa.DataCollector(model_reporters=reporters, agent_reporters=dict(agent_reporters or {}))
        self.datacollector.collect(self)
        self._end()

    def _check_reporters(self, reporters: Mapping[str, Any]) -> None:
        """Refuse names that no person has: Mesa itself would report None for them."""
        valid = [name for name in dir(self.person_class) if not name.startswith("_")]
        valid += [*BY_MESA, *self.world.table]
        for reporter in reporters.values():
            if isinstance(reporter, str) and reporter not in valid:
                raise unknown_name("attribute of a person", reporter, valid)

    # --- running ---

    def step(self) -> None:
        """Run one tick and collect."""
        self._write_down()
        try:
            self._run.advance(1)
        except BaseException:  # columns may be between two ticks
            self.running = False
            raise
        if not self._mesa_has_time:
            self.time = float(self._run.tick)
        if self._people is not None:
            self._meet(self._people)
        self.datacollector.collect(self)
        self._end()

    def _end(self) -> None:
        over = self._last_tick is not None and self._run.tick >= self._last_tick
        if over or (self._run.rates.arrivals == 0.0 and not self.state.agents.present.any()):
            self.running = False

    def _write_down(self) -> None:
        """Turn what was written to persons since the last tick into interventions: recorded, and replayed as such."""
        tick, more = self._run.tick, []
        for name, values in self._written.items():
            if name == "silenced":
                for change, wanted in ((silence, True), (unsilence, False)):
                    slots = [slot for slot, value in values.items() if value is wanted]
                    more += [change(tick, slots)] if slots else []
            else:
                more.append(set_attribute(tick, list(values), name, list(values.values())))
        self._run.interventions += tuple(more)
        self._written = {}

    # --- what there is ---

    @property
    def world(self) -> World:
        """The starting world."""
        return self._run.world

    @property
    def parameters(self) -> Parameters:
        """The model's parameters."""
        return self._run.parameters

    @property
    def seed(self) -> int:
        """The seed, resolved."""
        return self._run.seed

    @property
    def state(self) -> State:
        """Columns of agents, ties and items in hand."""
        return self._run.state

    def record(self) -> Record:
        """Return what the run has left so far, as `simulate` does."""
        return self._run.record()

    def network(self) -> nx.DiGraph:
        """Return the ties as they stand: an edge u -> v says that u follows v; nodes are slots with attributes."""
        return self.record().network()

    def measures(self) -> dict[str, float]:
        """Return the row of ``Record.series`` of the last tick; before the first, how things stand at the start."""
        if self._measured[0] != self._run.tick:
            counts = self._run.series[-1][-1] if self._run.series else _at_start(self.state)
            self._measured = (self._run.tick, _row(counts))
        return self._measured[1]

    # --- persons ---

    @property
    def agents(self) -> Any:
        """The AgentSet of all present persons, made when first asked for."""
        self._everybody()
        return super().agents

    @agents.setter
    def agents(self, agents: Any) -> None:
        raise AttributeError("model.agents cannot be set; people come by the world and by arrivals")

    @property
    def agents_by_type(self) -> Any:
        """A dictionary from each type of agent to its AgentSet."""
        self._everybody()
        return super().agents_by_type

    @property
    def agent_types(self) -> list[type]:
        """The types of agents: `Person`, and what a user has added."""
        return list(self.agents_by_type)

    def person(self, slot: int) -> Person:
        """Return who holds a slot now.

        Raises
        ------
        InputError
            No such slot, or nobody there.
        """
        found = self.holder(slot, self._run.tick) if 0 <= slot < self._run.capacity else None
        if found is None:
            present = int(np.count_nonzero(self.state.agents.present))
            raise InputError(f"slot: nobody holds {slot!r}; allowed: the slots of the {present} persons present")
        return found

    def holds(self, slot: int, arrived: int) -> bool:
        """Return whether the slot is still held by the one who arrived in that tick."""
        return bool(self.state.agents.present[slot] and self.state.agents.arrived[slot] == arrived)

    def holder(self, slot: int, tick: int) -> Person | None:
        """Return the person in a slot if it was there in that tick already, else None."""
        if slot < 0 or not self.state.agents.present[slot] or self.state.agents.arrived[slot] >= tick >= 0:
            return None
        return self._everybody()[slot]

    def listed(self, lists: Lists, person: Person) -> list[Person]:
        """Return the persons in one list of the network, by slot."""
        person.insist("ties")
        start, count, _ = lists.where[person.slot].item()
        people = self._everybody()
        slots = np.sort(lists.items[start : start + count]).tolist()
        return [known for slot in slots if (known := people[slot]) is not None]

    def readings(self, slot: int) -> np.ndarray:
        """Return the rows of one reader's feed of the last tick.

        Raises
        ------
        InputError
            The model does not keep feeds.
        """
        if not self._run.keep.feeds:
            raise InputError("feeds are not kept; make the model with FollowerModel(..., keep=Keep(feeds=True))")
        readers = self._run.readings["reader"]
        return self._run.readings[np.searchsorted(readers, slot) : np.searchsorted(readers, slot, side="right")]

    def write(self, person: Person, name: str, value: Any) -> None:
        """Write one attribute of one person, after all checks."""
        column, slot = person.columns(name), person.slot
        if name == "silenced":
            if not isinstance(value, (bool, np.bool_)):
                raise wrong_type(name, value, "True or False")
            checked = bool(value)
        else:
            checked = SPECIFICATIONS[name].check(value)
            if checked is None:
                raise wrong_type(name, value, "a number")
        column[slot] = checked
        self._written.setdefault(name, {})[slot] = checked

    def _everybody(self) -> list[Person | None]:
        """Return who is in each slot."""
        if self._people is None:
            self._people = [None] * self._run.capacity
            self._meet(self._people)
        return self._people

    def expects(self, slot: int) -> bool:
        """Return whether somebody holds the slot who is no `Person` yet."""
        return self._people is not None and self._people[slot] is None and bool(self.state.agents.present[slot])

    def _meet(self, people: list[Person | None]) -> None:
        """Say goodbye to who has left and make a person of who has come."""
        agents = self.state.agents
        now = np.where(agents.present, agents.arrived, VACANT).astype(np.int64)
        for slot in np.flatnonzero(now != self._held).tolist():
            old, people[slot] = people[slot], None
            if old is not None:
                mesa.Agent.remove(old)
            if agents.present[slot]:
                people[slot] = self.person_class(self, slot)
        self._held = now


# --- what the data collector reports ----------------------------------------------------------------------------


def _reported(name: str, model: FollowerModel) -> float:
    return model.measures()[name]


def _at_start(state: State) -> np.ndarray:
    """Return a row of counts for a world in which no tick has been run."""
    followers = state.network.followers.where["count"].astype(np.int64)
    mine = np.sort(followers[state.agents.present])
    counts = np.zeros(len(COUNTS), np.int64)
    counts[[TIES, PRESENT, TOTAL]] = followers.sum(), mine.size, mine.sum()
    counts[RANKED] = (mine * np.arange(1, mine.size + 1)).sum()
    counts[TOP] = mine[mine.size - (mine.size + 99) // 100 :].sum()
    return counts


def _row(counts: np.ndarray) -> dict[str, float]:
    """Return one row of ``Record.series`` without a table."""
    row: dict[str, float] = dict(zip(COUNTS, counts.tolist(), strict=True))
    n, total, ranked, top = row["present"], *(row.pop(f"followers_{name}") for name in ("total", "ranked", "top"))
    row["value"] = row.pop("value_units") / UNITS
    row["lost"] = row["deliveries"] - row["read"]
    row["followers_gini"] = 2.0 * ranked / (n * total) - (n + 1.0) / n if total else float("nan")
    row["followers_top"] = top / total if total else float("nan")
    return row
