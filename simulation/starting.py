"""In what state does a run begin, and who may arrive later? People and ties drawn into the engine's columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .distributions import draw
from .exchange import before_each
from .state import BEHAVIOUR, ITEM, WRITTEN_OUT, Agents, Newcomers, State, hand_of
from .worlds import World


def first_state(world: World, seed: int, capacity: int, memory: int) -> State:
    """Return the state before the first tick.

    Parameters
    ----------
    world : World
    seed : int
        Of people and ties.
    capacity : int
        Number of slots.
    memory : int
        Fingerprints that each agent remembers.
    """
    network = world.network(seed, world.keys(capacity), capacity)  # first: this takes most memory by the way
    people = world.people(seed, capacity)
    counters = {name: np.zeros(capacity, np.int32) for name in ("found", "shared", "brought", "read")}
    columns: dict[str, np.ndarray] = {name: people[name].astype(np.float32) for name in BEHAVIOUR}
    agents = Agents(
        keys=people["key"].astype(np.int32) if world.named else np.empty(0, np.int32),
        group=people["group"].astype(np.int32),
        identity=people["identity"].astype(np.int8),
        present=np.arange(capacity) < world.agents,
        silenced=np.zeros(capacity, bool),
        since=np.empty(0, np.int32),
        numbers=np.empty(0, np.int32),
        memory=np.zeros((capacity, memory), np.uint32),
        memory_next=np.zeros(capacity, np.uint16),
        reached=np.zeros(capacity, np.int64),
        received=np.zeros(capacity),
        **columns,
        **counters,
    )
    return State(agents, network, hand_of(np.empty(0, ITEM), np.zeros(capacity + 1, np.int32)))


def compact(columns: Mapping[str, np.ndarray]) -> Agents:
    """Return agents from `Agents.columns`: rows that say nothing are not kept."""
    kept = {name: columns[WRITTEN_OUT.get(name, name)] for name in Agents._fields}
    if np.array_equal(kept["keys"], np.arange(kept["keys"].size)):
        kept["keys"] = np.empty(0, np.int32)
    if np.all(kept["since"] < 0):
        kept["since"], kept["numbers"] = np.empty(0, np.int32), np.empty(0, np.int32)
    return Agents(**kept)


def may_arrive(agents: Agents) -> Agents:
    """Return agents that keep who arrived when."""
    if agents.since.size:
        return agents
    return agents._replace(since=agents.arrived.copy(), numbers=agents.newcomer.copy())


def draw_newcomers(world: World, seed: int, first_tick: int, counts: np.ndarray) -> Newcomers:
    """Return who may arrive in some ticks: ``counts`` says how many in each, from ``first_tick`` on."""
    start, redrawn = before_each(counts), np.array([world.redrawn(name) for name in (*BEHAVIOUR, "identity")])
    if start[-1] == 0:
        return Newcomers(start, np.empty((0, len(BEHAVIOUR)), np.float32), np.empty(0, np.int8), redrawn)
    drawn = {name: np.zeros(start[-1]) for name in (*BEHAVIOUR, "identity")}
    for name, fresh in zip(drawn, redrawn, strict=True):
        for step in np.flatnonzero(counts).tolist() if fresh else ():
            numbers, born = np.arange(counts[step]), first_tick + step + 1
            drawn[name][start[step] : start[step + 1]] = draw(world.attributes[name], name, seed, numbers, born=born)
    behaviour = np.column_stack([drawn[name] for name in BEHAVIOUR]).astype(np.float32)
    return Newcomers(start, behaviour, drawn["identity"].astype(np.int8), redrawn)
