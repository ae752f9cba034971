"""In what state does a run begin, and who may arrive later? People and ties drawn into the engine's columns."""

from __future__ import annotations

import functools

import numpy as np

from . import randomness
from .distributions import draw
from .state import BEHAVIOUR, ITEM, Agents, Newcomers, State, hand_of
from .worlds import World


def first_state(world: World, seed: int, bounds: np.ndarray, memory: int, encounters: float) -> State:
    """Return the state before the first tick.

    Parameters
    ----------
    world : World
    seed : int
        Of people and ties.
    bounds : int64 array of shape (parts + 1,)
        See `exchange.in_parts`; the last one is the number of slots.
    memory : int
        Fingerprints that each agent remembers.
    encounters : float
        Mean number of others who come across a share of visibility 1.
    """
    capacity = int(bounds[-1])
    network = world.network(seed, world.keys(capacity), capacity, bounds)  # first: this takes most memory by the way
    people = world.people(seed, capacity)
    counters = {name: np.zeros(capacity, np.int32) for name in ("found", "shared", "brought", "read")}
    columns: dict[str, np.ndarray] = {name: people[name].astype(np.float32) for name in BEHAVIOUR}
    agents = Agents(
        key=people["key"].astype(np.int32),
        group=people["group"].astype(np.int32),
        identity=people["identity"].astype(np.int8),
        present=np.arange(capacity) < world.agents,
        silenced=np.zeros(capacity, bool),
        arrived=np.full(capacity, -1, np.int32),
        newcomer=np.full(capacity, -1, np.int32),
        no_find=no_event(columns["find_rate"]),
        no_encounter=no_encounter(encounters, columns["visibility"]),
        memory=np.zeros((capacity, memory), np.uint32),
        memory_next=np.zeros(capacity, np.uint16),
        reached=np.zeros(capacity, np.int64),
        received=np.zeros(capacity),
        **columns,
        **counters,
    )
    return State(agents, network, hand_of(np.empty(0, ITEM), np.zeros(capacity + 1, np.int32)))


def draw_newcomers(world: World, seed: int, first_tick: int, counts: np.ndarray, encounters: float) -> Newcomers:
    """Return who may arrive in some ticks: ``counts`` says how many in each, from ``first_tick`` on."""
    start = np.append(0, np.cumsum(counts))
    drawn = {name: np.zeros(start[-1]) for name in (*BEHAVIOUR, "identity")}
    redrawn = np.array([world.redrawn(name) for name in drawn])
    for name, fresh in zip(drawn, redrawn, strict=True):
        for step in np.flatnonzero(counts).tolist() if fresh else ():
            numbers, born = np.arange(counts[step]), first_tick + step + 1
            drawn[name][start[step] : start[step + 1]] = draw(world.attributes[name], name, seed, numbers, born=born)
    behaviour = np.column_stack([drawn[name] for name in BEHAVIOUR]).astype(np.float32)
    return Newcomers(start, behaviour, drawn["identity"].astype(np.int8), no_event(behaviour[:, 1]),
                     no_encounter(encounters, behaviour[:, 3]), redrawn)  # fmt: skip


def no_encounter(encounters: float, visibility: np.ndarray) -> np.ndarray:
    """Return for each visibility the probability that nobody comes across a share."""
    return no_event(encounters * visibility.astype(np.float64))


def no_event(mean: np.ndarray) -> np.ndarray:
    """Return `randomness.no_event`, which takes longer than a tick of a small world, once where all means are equal."""
    if mean.size and (mean == mean[0]).all():
        return np.full(mean.shape, _no_event_of(float(mean[0])))
    return randomness.no_event(mean) if mean.size else np.empty(mean.shape, np.float32)


@functools.lru_cache(maxsize=1000)
def _no_event_of(mean: float) -> np.float32:
    return randomness.no_event(np.array([mean]))[0]
