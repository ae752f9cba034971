"""Whom does everybody follow at the start? Random ties, or ties grown by preferential attachment."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .randomness import WORLD, fold, stream, uniform

Ties = tuple[NDArray, NDArray, NDArray]  # follower, followee (slots), locked (bool)

ROWS = 16_384  # agents whose followees are drawn at a time: what this takes stays in the cache


def random_ties(seed: int, key: NDArray, followees: int, excluded: Collection[tuple[int, int]] = ()) -> Ties:
    """Let every agent follow so many distinct others, uniformly; draws are keyed (agent, running number).

    Parameters
    ----------
    seed : int
    key : integer array of shape (agents,)
        The others are counted in ascending order of key, so storage does not matter.
    followees : int
        Capped at everybody else.
    excluded : set of (follower, followee)
        Ties that exist already; they are not drawn.
    """
    agents = len(key)
    by_key = np.argsort(key, kind="stable")
    rank = np.empty(agents, np.int64)
    rank[by_key] = np.arange(agents)
    count = min(followees, agents - 1)
    with np.errstate(over="ignore"):
        start = fold(fold(stream(seed, 0, WORLD), 1), key.astype(np.uint64))
    if count > agents // 2 or excluded:
        barred: list[set[int]] = [set() for _ in range(agents)]
        for one, other in excluded:
            barred[one].add(other)
        rows = [_choose(start[agent], agent, by_key, count, barred[agent]) for agent in range(agents)]
        owner = np.repeat(np.arange(agents), [len(row) for row in rows])
        return owner, np.concatenate(rows), np.zeros(owner.size, bool)

    def pick(rows: NDArray | slice, places: Any, attempt: int) -> NDArray:
        with np.errstate(over="ignore"):
            u = uniform(fold(fold(start[rows, None], places), attempt))
        among_others = (u * (agents - 1)).astype(np.int64)
        return by_key[among_others + (among_others >= rank[rows, None])]

    def repeated(rows: NDArray | slice, place: int) -> NDArray:
        return np.any(chosen[rows, :place] == chosen[rows, place, None], axis=1)

    chosen = np.empty((agents, count), np.int32)
    for first in range(0, agents, ROWS):
        some = slice(first, first + ROWS)
        chosen[some] = pick(some, np.arange(count), 0)
    for place in range(1, count):
        again, attempt = np.flatnonzero(repeated(slice(None), place)), 0
        while again.size:
            attempt += 1
            chosen[again, place] = pick(again, place, attempt)[:, 0]
            again = again[repeated(again, place)]
    owner = np.repeat(np.arange(agents, dtype=np.int32), count)
    return owner, chosen.ravel(), np.zeros(owner.size, bool)


def _choose(start: np.uint64, agent: int, by_key: NDArray, count: int, barred: set[int]) -> NDArray:
    """Return the ``count`` others with the smallest draws, where many are wanted or some are barred."""
    others = np.array([other for other in by_key.tolist() if other != agent and other not in barred], np.int64)
    ranks = fold(start, np.arange(len(others), dtype=np.uint64))
    return others[np.argsort(ranks)[:count]]


def grown_ties(seed: int, key: NDArray, followees: int, attraction: float) -> Ties:
    """Let agents join one at a time, in order of key, each following earlier ones by followers + ``attraction``.

    Price's model (Price 1976, doi:10.1002/asi.4630270505) with distinct followees; its draws come from a numpy
    generator seeded by the world's stream.
    """
    random = np.random.Generator(np.random.PCG64([seed, WORLD]))
    order = np.argsort(key, kind="stable")
    follower: list[int] = []
    followee: list[int] = []
    for joined in range(1, len(key)):
        chosen: set[int] = set()
        ties = len(followee)
        while len(chosen) < min(followees, joined):
            u = random.random() * (attraction * joined + ties)
            chosen.add(followee[int((u - attraction * joined) % ties)] if u >= attraction * joined and ties
                       else min(int(u / attraction), joined - 1))  # fmt: skip
        followee += sorted(chosen)
        follower += [joined] * len(chosen)
    return order[np.array(follower, np.int64)], order[np.array(followee, np.int64)], np.zeros(len(follower), bool)
