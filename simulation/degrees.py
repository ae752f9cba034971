"""Which random network has these numbers of followers and followees?

Built for the largest networks: ties are never listed. What is held beside the two pools of the network is eight bytes
for a mutual tie and four for another, and both are gone before the second pool is filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .exchange import LOWER, before_each, laid_out, places_of, sorted_pairs
from .network import Lists, Network
from .randomness import WORLD

CHUNK = 1 << 22  # ties that are handled at a time


class Degrees(NamedTuple):
    """How many ties every agent has; int32 arrays of shape (agents,)."""

    followers: NDArray
    followees: NDArray
    mutual: NDArray  # how many of them are mutual


def heavy_tailed(agents: int, mean: float, tail: float, largest: int) -> NDArray:
    """Return degrees in ascending order: the quantiles of a power law, shifted so that it has this mean.

    Parameters
    ----------
    agents : int
        How many degrees, >= 2.
    mean : float
        Their mean, > 0 and below ``largest``.
    tail : float
        Exponent of the density (k + shift) ** -tail, > 2.
    largest : int
        The largest degree, at most the number of other agents.

    Raises
    ------
    InputError
        A value out of range.

    Examples
    --------
    >>> degrees = heavy_tailed(1000, mean=5, tail=2.5, largest=200)
    >>> int(degrees.sum()), int(degrees.max())
    (5000, 200)
    """
    if agents < 2 or not 0 < mean < largest < agents or not tail > 2:
        raise InputError(f"degrees: agents {agents}, mean {mean}, tail {tail}, largest {largest}; allowed: at least 2 "
                         "agents, 0 < mean < largest < agents, tail > 2")  # fmt: skip
    low, high = np.log(1e-9 * mean), np.log(1e9 * mean)
    for _ in range(200):  # the mean rises with the shift
        shift = float(np.exp((low + high) / 2))
        low, high = (low, np.log(shift)) if _mean(shift, tail, largest) > mean else (np.log(shift), high)
    beyond = (1 + largest / shift) ** (1 - tail)
    survival = 1 - (np.arange(agents) + 0.5) / agents * (1 - beyond)
    degrees = np.rint(shift * (survival ** (-1 / (tail - 1)) - 1)).astype(np.int32)
    degrees[-1] = largest
    return _with_sum(degrees, round(mean * agents))


def _mean(shift: float, tail: float, largest: float) -> float:
    """Return the mean of the shifted power law that ends at the largest degree."""
    beyond = (1 + largest / shift) ** (1 - tail)
    below = shift / (tail - 2) * (1 - (1 + largest / shift) ** (2 - tail))
    return (below - beyond * largest) / (1 - beyond)


def _with_sum(degrees: NDArray, total: int) -> NDArray:
    """Return degrees changed by as little as gives them this sum, the largest left alone, in ascending order."""
    while missing := total - int(degrees.sum()):
        step = 1 if missing > 0 else -1
        free = np.flatnonzero(degrees[:-1] > (0 if step < 0 else -1))
        free = free[degrees[free] + step <= degrees[-1]]
        some = np.linspace(0, free.size - 1, min(abs(missing), free.size)).astype(np.int64)
        degrees[free[np.unique(some)]] += step
    degrees.sort()
    return degrees


def joint(followers: NDArray, followees: NDArray, reciprocity: float, noise: float, seed: int) -> Degrees:
    """Deal degrees out to agents so that who has many followers tends to have many followees.

    Parameters
    ----------
    followers, followees : int32 arrays of shape (agents,)
        In ascending order, of the same sum.
    reciprocity : float
        Share of the ties that are returned, in [0, 1].
    noise : float
        Standard deviation of the normal noise by which ranks among followees differ from those among followers, as a
        share of all ranks; 0 gives the same order.
    seed : int

    Raises
    ------
    InputError
        Sums that differ, or more returned ties than such degrees allow.
    """
    if followers.sum() != followees.sum():
        raise InputError(f"degrees: {followers.sum()} followers and {followees.sum()} followees; allowed: equal sums")
    random = np.random.Generator(np.random.PCG64([seed, WORLD]))
    agents = followers.size
    place = random.permutation(agents)
    rank = np.arange(agents, dtype=np.float32) / np.float32(agents)
    rank += np.float32(noise) * random.standard_normal(agents, dtype=np.float32)
    dealt = Degrees(np.empty(agents, np.int32), np.empty(agents, np.int32), np.empty(agents, np.int32))
    dealt.followers[place] = followers
    dealt.followees[place[np.argsort(rank)]] = followees
    most, wanted = np.minimum(dealt.followers, dealt.followees), reciprocity * float(followers.sum())
    if most.sum(dtype=np.int64) < wanted:
        raise InputError(f"reciprocity: {reciprocity} needs {wanted:.0f} returned ties; allowed by these degrees: at "
                         f"most {most.sum(dtype=np.int64)}, with less noise more")  # fmt: skip
    low, high = 0.0, 1.0
    for _ in range(50):
        share = (low + high) / 2
        low, high = (low, share) if np.rint(share * most).sum(dtype=np.int64) > wanted else (share, high)
    dealt.mutual[:] = np.rint(low * most)
    if dealt.mutual.sum(dtype=np.int64) % 2:
        dealt.mutual[np.argmax(dealt.mutual)] -= 1
    return dealt


def random_network(degrees: Degrees, seed: int) -> Network:
    """Return a random network of these degrees: ends of ties are paired at random, mutual ties among themselves.

    Pairs of an agent with itself and pairs that come twice are left out (the erased configuration model), so that
    degrees end a little lower, those of hubs most.

    Parameters
    ----------
    degrees : Degrees
    seed : int

    Examples
    --------
    >>> one = np.ones(4, np.int32)
    >>> network = random_network(Degrees(one, one, one), seed=1)
    >>> int(network.followees.where["count"].sum()) in (0, 2, 4)  # an end may be paired with its own agent's other end
    True
    """
    random = np.random.Generator(np.random.PCG64([seed, WORLD, 1]))
    ends = _ends(degrees.mutual, random)
    half = ends.size // 2
    mutual = np.empty(2 * half, np.int64)
    mutual[:half], mutual[half:] = ends[:half], ends[half:]
    mutual <<= 32
    mutual[:half] |= ends[half:]
    mutual[half:] |= ends[:half]
    del ends
    mutual.sort()
    others = _ends(degrees.followers - degrees.mutual, random)
    followees, received = _followees(degrees, mutual, others)
    del mutual, others
    return Network(followees, _followers(followees, received), np.zeros(received.size, np.int32))


def _ends(number: NDArray, random: np.random.Generator) -> NDArray:
    """Return every agent as often as this says, in random order."""
    ends = np.repeat(np.arange(number.size, dtype=np.int32), number)
    random.shuffle(ends)
    return ends


def _chunks(count: NDArray) -> Iterator[tuple[int, int]]:
    """Return first and last + 1 of agents that have about `CHUNK` ties together."""
    before = before_each(count)
    cuts = np.unique(np.searchsorted(before, np.arange(0, before[-1] + CHUNK, CHUNK)))
    cuts = np.unique(np.append(cuts[cuts < count.size], [0, count.size]))
    yield from zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)


def _with_little_room(count: NDArray) -> Lists:
    return laid_out(count, count + (count >> 5))


def _followees(degrees: Degrees, mutual: NDArray, others: NDArray) -> tuple[Lists, NDArray]:
    """Return the lists of followees, each tie once, and how many followers everybody ends with."""
    lists, received = _with_little_room(degrees.followees), np.zeros(degrees.mutual.size, np.int32)
    where, one_way = lists.where, degrees.followees - degrees.mutual
    where["count"] = 0
    used, taken = 0, 0
    for first, last in _chunks(degrees.followees):
        owner = np.repeat(np.arange(first, last, dtype=np.int32), one_way[first:last])
        number = int(degrees.mutual[first:last].sum())
        pairs = np.concatenate([mutual[used : used + number], sorted_pairs(owner, others[taken : taken + owner.size])])
        used, taken = used + number, taken + owner.size
        pairs.sort()
        kept = pairs >> 32 != pairs & LOWER
        kept[1:] &= pairs[1:] != pairs[:-1]
        pairs = pairs[kept]
        count = np.bincount((pairs >> 32) - first, minlength=last - first)
        where["count"][first:last] = count
        followee = (pairs & LOWER).astype(np.int32)
        lists.items[places_of(where[first:last])] = followee
        np.add.at(received, followee, 1)
    return lists, received


def _followers(followees: Lists, received: NDArray) -> Lists:
    """Return the same ties from the other end."""
    lists = _with_little_room(received)
    free, where = lists.where["start"].astype(np.int64), followees.where
    for first, last in _chunks(where["count"]):
        count = where["count"][first:last].astype(np.int64)
        owner = np.repeat(np.arange(first, last, dtype=np.int32), count)
        pairs = sorted_pairs(followees.items[places_of(where[first:last])], owner)
        ends = pairs >> 32
        begin = np.flatnonzero(np.append(True, ends[1:] != ends[:-1])[: ends.size])
        followee, number = ends[begin], np.diff(np.append(begin, ends.size))
        lists.items[np.repeat(free[followee] - begin, number) + np.arange(pairs.size)] = pairs & LOWER
        free[followee] += number
    return lists
