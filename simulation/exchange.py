"""How does a network come from ties, and how does it go to other libraries? And is it whole?

numpy only, for the start and the end of a run; what happens to ties in between is in network.py.
"""

from __future__ import annotations

import mmap
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .columns import BLOCK
from .errors import InputError
from .network import WHERE, Lists, Network, with_reserve, with_slack, with_spare

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    from numpy.typing import ArrayLike

    from .first_ties import Ties

LOWER, UNLOCKED = 0xFFFFFFFF, 1 << 31  # of two numbers in one
MANY = 1 << 20  # entries of a pool, from which on its unused pages are worth sparing


def bounds_of_blocks(agents: int) -> np.ndarray:
    """Return where each block of agents begins, and where the last one ends."""
    return np.append(np.arange(0, agents, 1 << BLOCK), agents)


def bounds_of_parts(agents: int, parts: int) -> np.ndarray:
    """Return where each part of the agents begins, which are whole blocks, about as many each, and where the last ends.

    Examples
    --------
    >>> bounds_of_parts(40_000, parts=2).tolist()
    [0, 16384, 40000]
    """
    blocks = bounds_of_blocks(agents)
    return blocks[(blocks.size - 1) * np.arange(parts + 1) // parts]


def before_each(numbers: np.ndarray) -> np.ndarray:
    """Return the sum of all numbers before each, and last the sum of all."""
    sums = np.zeros(numbers.size + 1, np.int64)
    np.cumsum(numbers, out=sums[1:])
    return sums


def lists_of(count: np.ndarray, entries: np.ndarray) -> Lists:
    """Return lists of these lengths, whose entries stand one after the other in the order of agents.

    Parameters
    ----------
    count : integer array of shape (agents,)
    entries : integer array of shape (count.sum(),)
    """
    count = np.asarray(count, np.int64)
    lists, before = laid_out(count, with_slack(count)), before_each(count)
    for first, last in pairwise(bounds_of_blocks(count.size).tolist()):  # as places take twice as much as entries
        lists.items[places_of(lists.where[first:last])] = entries[before[first] : before[last]]
    return lists


def places_of(where: np.ndarray) -> np.ndarray:
    """Return where the entries of some lists lie in their pool, one list's after the other; ``where``: their rows."""
    count = where["count"].astype(np.int64)
    return np.arange(count.sum()) + np.repeat(where["start"] - (np.cumsum(count) - count), count)


def laid_out(count: np.ndarray, room: np.ndarray) -> Lists:
    """Return lists of these lengths with this room, in the order of agents; their entries are any.

    Parameters
    ----------
    count, room : integer arrays of shape (agents,)
    """
    where = np.zeros(count.size, WHERE)
    where["count"], where["room"] = count, room
    before, bounds = before_each(room), bounds_of_blocks(count.size)
    size = np.diff(before[bounds])
    start = before_each(with_reserve(size))
    where["start"] = before[:-1] + np.repeat(start[:-1] - before[bounds[:-1]], np.diff(bounds))
    free, end = start[:-1] + size, start[:-1] + with_spare(size)
    return Lists(unwritten(int(start[-1])), where, start, free, end)


def unwritten(entries: int) -> np.ndarray:
    """Return so many int32 entries, any or 0: on Linux, many of them take memory page by page, as they are written.

    In huge pages, which numpy asks for, the reserve of a region would come along with what is used of it.
    """
    if entries < MANY or not hasattr(mmap, "MADV_NOHUGEPAGE"):
        return np.empty(entries, np.int32)
    pages = mmap.mmap(-1, 4 * entries, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    pages.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(pages, np.int32)


def copied(network: Network) -> Network:
    """Return a network that shares no array with this one: the reserve of its regions takes no memory yet."""
    return Network(_copied(network.followees), _copied(network.followers), network.locked.copy())


def _copied(lists: Lists) -> Lists:
    items = unwritten(lists.items.size)
    for first, last in zip(lists.start.tolist(), lists.free.tolist(), strict=False):
        items[first:last] = lists.items[first:last]
    return Lists(items, lists.where.copy(), lists.start.copy(), lists.free.copy(), lists.end.copy())


def entries_of(lists: Lists) -> np.ndarray:
    """Return the entries of all lists one after the other, in the order of agents: the inverse of `lists_of`."""
    return _entries(lists)[1].astype(np.int32)


def from_ties(agents: int, follower, followee, locked=None) -> Network:
    """Build a network from arrays of ties.

    Parameters
    ----------
    agents : int
        Number of slots, >= 1.
    follower, followee : integer arrays of shape (ties,)
        Slots in [0, agents).
    locked : bool array of shape (ties,), optional
        Which ties nobody can opt out of; default none.

    Raises
    ------
    InputError
        A slot out of range, a self-tie or a tie given twice.

    Examples
    --------
    >>> network = from_ties(3, follower=[2, 0], followee=[0, 1], locked=[False, True])
    >>> [ends.tolist() for ends in to_ties(network)]
    [[0, 2], [1, 0], [True, False]]
    """
    follower, followee = _slots(follower, agents), _slots(followee, agents)
    lock = np.zeros(follower.size, bool) if locked is None else np.asarray(locked, bool)
    if not follower.shape == followee.shape == lock.shape:
        raise InputError(f"ties: {follower.size} followers, {followee.size} followees and {lock.size} locks differ")
    if np.any(follower == followee):
        raise InputError(f"ties: agent {follower[follower == followee][0]} follows itself")
    ordered = followee + ~lock * np.int64(UNLOCKED) if lock.any() else followee  # locked followees come first
    counts = [np.bincount(ends, minlength=agents) for ends in (followee, follower)]
    followers = lists_of(counts[0], _lower_halves(_distinct(sorted_pairs(followee, follower))))
    followees = lists_of(counts[1], _lower_halves(sorted_pairs(follower, ordered)))
    return Network(followees, followers, np.bincount(follower[lock], minlength=agents).astype(np.int32))


def _slots(given: ArrayLike, agents: int) -> np.ndarray:
    """Return slots as int32, or refuse those that there are not."""
    slots = np.asarray(given)
    if slots.size and not (slots.min() >= 0 and slots.max() < agents):
        raise InputError(f"ties: a slot lies outside 0 .. {agents - 1}")
    return slots.astype(np.int32, copy=False)


def sorted_pairs(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Return pairs as int64 numbers in ascending order: sorted in place, they need least memory and time."""
    pairs = upper.astype(np.int64)
    pairs <<= 32
    pairs |= lower
    pairs.sort()
    return pairs


def sorted_ties(follower: np.ndarray, followee: np.ndarray, locked: np.ndarray) -> Ties:
    """Return different ties sorted by follower, then followee, as int32 and bool: the lock goes along as a last bit."""
    pairs = sorted_pairs(follower, followee.astype(np.int64) << 1 | locked)
    return (pairs >> 32).astype(np.int32), ((pairs & LOWER) >> 1).astype(np.int32), (pairs & 1).astype(bool)


def _distinct(pairs: np.ndarray) -> np.ndarray:
    """Return sorted pairs of followee and follower, or refuse a tie that is given twice."""
    twice = pairs[1:][pairs[1:] == pairs[:-1]]
    if twice.size:
        raise InputError(f"ties: {twice[0] & LOWER} -> {twice[0] >> 32} is given twice")
    return pairs


def _lower_halves(pairs: np.ndarray) -> np.ndarray:
    """Return the second numbers of pairs as int32; the pairs, which take most of the memory, are not needed further."""
    pairs &= UNLOCKED - 1
    return pairs.astype(np.int32)


def _entries(lists: Lists) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (owner, item, place in the owner's list) of every entry, in the order of owners."""
    count = lists.where["count"].astype(np.int64)
    owner = np.repeat(np.arange(count.size), count)
    place = np.arange(owner.size) - np.repeat(np.cumsum(count) - count, count)
    return owner, lists.items[places_of(lists.where)].astype(np.int64), place


def to_ties(network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (follower, followee, locked) of all ties, sorted by follower, then followee.

    Returns
    -------
    follower, followee : int32 arrays of shape (ties,)
    locked : bool array of shape (ties,)
    """
    follower, followee, place = _entries(network.followees)
    return sorted_ties(follower, followee, place < network.locked[follower])


def locked_ties(network: Network) -> np.ndarray:
    """Return (follower, followee) of all locked ties, sorted, shape (ties, 2)."""
    if not network.locked.any():
        return np.empty((0, 2), np.int64)
    number = network.locked.astype(np.int64)
    follower = np.repeat(np.arange(number.size), number)
    place = np.arange(follower.size) - np.repeat(np.cumsum(number) - number, number)
    followee = network.followees.items[network.followees.where["start"][follower] + place]
    return np.column_stack([follower, followee])[np.lexsort((followee, follower))]


def to_scipy(network: Network):
    """Return the adjacency matrix as ``scipy.sparse.csr_array`` of bool: row follows column.

    Examples
    --------
    >>> to_scipy(from_ties(2, [0], [1])).toarray().tolist()
    [[False, True], [False, False]]
    """
    from scipy.sparse import csr_array

    follower, followee, _ = to_ties(network)
    agents = network.locked.size
    return csr_array((np.ones(follower.size, bool), (follower, followee)), shape=(agents, agents))


def to_networkx(network: Network, attributes: pd.DataFrame | None = None) -> nx.DiGraph:
    """Return the network as a graph: an edge u -> v says that u follows v, its attribute ``locked`` whether for good.

    Parameters
    ----------
    network : Network
    attributes : pandas.DataFrame, optional
        One row per slot, in their order whatever the index; every column becomes an attribute of the nodes.

    Returns
    -------
    networkx.DiGraph
        With all slots as nodes, 0 .. agents - 1, also those without ties.

    Raises
    ------
    InputError
        The table has another number of rows than the network has slots.

    Examples
    --------
    >>> import pandas as pd
    >>> network = from_ties(3, follower=[0, 1], followee=[1, 2], locked=[True, False])
    >>> graph = to_networkx(network, pd.DataFrame({"team": ["a", "b", "b"]}))
    >>> list(graph.edges(data="locked"))
    [(0, 1, True), (1, 2, False)]
    >>> graph.nodes[2]
    {'team': 'b'}
    """
    import networkx as nx

    agents = network.locked.size
    if attributes is not None and len(attributes) != agents:
        raise InputError(f"attributes: {len(attributes)} rows; allowed: {agents}, one per slot")
    people = [{} for _ in range(agents)] if attributes is None else attributes.to_dict("records")
    graph = nx.DiGraph()
    graph.add_nodes_from(zip(range(agents), people, strict=True))
    follower, followee, locked = (column.tolist() for column in to_ties(network))
    graph.add_edges_from((u, v, {"locked": lock}) for u, v, lock in zip(follower, followee, locked, strict=True))
    return graph


def check(network: Network) -> None:
    """Raise AssertionError unless both halves mirror each other, without self-ties or duplicates."""
    agents = network.locked.size
    follower, followee, _ = _entries(network.followees)
    mirrored, reader, _ = _entries(network.followers)
    assert not np.any((followee < 0) | (followee >= agents)), "a followee is no slot"
    pairs = np.sort(follower * agents + followee)
    assert np.array_equal(pairs, np.sort(reader * agents + mirrored)), "followers and followees do not mirror"
    assert not np.any(follower == followee), "an agent follows itself"
    assert not np.any(pairs[1:] == pairs[:-1]), "a tie exists twice"
    assert np.all(network.locked >= 0), "a negative number of locked ties"
    assert np.all(network.locked <= network.followees.where["count"]), "more locked ties than ties"
    for lists in network.followees, network.followers:
        assert np.all(lists.where["count"] <= lists.where["room"]), "a list is longer than its room"
        for block, (first, last) in enumerate(pairwise(bounds_of_blocks(agents).tolist())):
            where = np.sort(lists.where[first:last], order=("start", "room"))
            ends = np.append(where["start"], lists.free[block])
            assert lists.start[block] <= ends[0] and np.all(where["start"] + where["room"] <= ends[1:]), "lists overlap"
        inside = np.all(lists.free <= lists.end) and np.all(lists.end <= lists.start[1:])
        assert inside and lists.start[-1] <= lists.items.size, "a list reaches beyond its region"
