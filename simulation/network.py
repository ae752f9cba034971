"""Who follows whom?

Every tie is two int32 entries: the followee in its follower's list and the follower in its followee's list. Lists
live in two pools; a list that outgrows its room moves to the end of its pool, and a pool that is full is written
anew in the order of agents. The locked followees of an agent stand first in its list, so a tie needs no flag.

The functions on top are compiled (plain loops over arrays); those below them are numpy, for building and reading.
A function that may grow a pool returns the network that replaces the old one.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .errors import InputError

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

#: Where an agent's list lies in its pool: items[start : start + count], with room for more.
WHERE = np.dtype([("start", "i8"), ("count", "i4"), ("room", "i4")])


class Lists(NamedTuple):
    """One list of agents for every agent, in one pool."""

    items: np.ndarray  # int32 (pool,)
    where: np.ndarray  # WHERE (agents + 1,); the last row's start is where the pool is free


class Network(NamedTuple):
    """The ties of all agents, seen from both ends."""

    followees: Lists
    followers: Lists
    locked: np.ndarray  # int32 (agents,): the first locked[a] followees of a cannot be opted out of


def position(items, start, count, item):
    """Return where ``item`` stands in a list, or -1."""
    for place in range(count):
        if items[start + place] == item:
            return place
    return -1


def has(lists, agent, other):
    """Return whether the agent's list holds another agent."""
    mine = lists.where[agent]
    return position(lists.items, mine["start"], mine["count"], other) >= 0


def follows(network, follower, followee):
    """Return whether the tie exists, looking in the shorter of its two lists."""
    if network.followees.where[follower]["count"] <= network.followers.where[followee]["count"]:
        return has(network.followees, follower, followee)
    return has(network.followers, followee, follower)


def rewritten(lists):
    """Return the lists in the order of agents, with slack in every list and free places at the end."""
    agents = lists.where.size - 1
    where = np.zeros(agents + 1, WHERE)
    used = np.int64(0)
    for agent in range(agents):
        count = lists.where[agent]["count"]
        where[agent]["start"] = used
        where[agent]["count"] = count
        where[agent]["room"] = count + (count >> 3) + 1
        used += where[agent]["room"]
    where[agents]["start"] = used
    items = np.empty(used + (used >> 3) + 64, np.int32)
    for agent in range(agents):
        old, new = lists.where[agent]["start"], where[agent]["start"]
        for place in range(where[agent]["count"]):
            items[new + place] = lists.items[old + place]
    return Lists(items, where)


def appended(lists, agent, item):
    """Return the lists after ``item`` was put at the end of the agent's list."""
    if lists.where[agent]["count"] == lists.where[agent]["room"]:
        count = lists.where[agent]["count"]
        target = lists.where[lists.where.size - 1]["start"]
        room = count + (count >> 2) + 4
        if target + room > lists.items.size:
            lists = rewritten(lists)
        else:
            start = lists.where[agent]["start"]
            for place in range(count):
                lists.items[target + place] = lists.items[start + place]
            lists.where[agent]["start"] = target
            lists.where[agent]["room"] = room
            lists.where[lists.where.size - 1]["start"] = target + room
    mine = lists.where[agent]
    lists.items[mine["start"] + mine["count"]] = item
    mine["count"] += 1
    return lists


def remove_at(lists, agent, place):
    """Take the entry at ``place`` out of the agent's list; the last one moves there."""
    mine = lists.where[agent]
    mine["count"] -= 1
    lists.items[mine["start"] + place] = lists.items[mine["start"] + mine["count"]]


def follow(network, follower, followee):
    """Return the network with the (unlocked) tie, and whether it is new."""
    if follows(network, follower, followee):
        return network, False
    followees = appended(network.followees, follower, followee)
    followers = appended(network.followers, followee, follower)
    return Network(followees, followers, network.locked), True


def forget_followee(network, follower, followee):
    """Remove an unlocked tie from its follower's list only; return whether it was there.

    The other half is left to `forget_followers`, once for all ties that a tick ends.
    """
    mine = network.followees.where[follower]
    place = position(network.followees.items, mine["start"], mine["count"], followee)
    if place < network.locked[follower]:
        return False
    remove_at(network.followees, follower, place)
    return True


def forget_followers(followers, changes, gone, order, first, last, leaving):
    """Remove the followers that one agent loses from its list, in one sweep.

    Parameters
    ----------
    followers : Lists
    changes : CHANGE array
        Ties that end stand at gone[order[first]] .. gone[order[last - 1]], all with the same followee.
    gone, order : int64 arrays
    leaving : bool array of shape (agents,)
        All False, before and after.
    """
    for at in range(first, last):
        leaving[changes[gone[order[at]]]["follower"]] = True
    mine = followers.where[changes[gone[order[first]]]["followee"]]
    start = mine["start"]
    kept = np.int64(0)
    for place in range(mine["count"]):
        other = followers.items[start + place]
        if not leaving[other]:
            followers.items[start + kept] = other
            kept += 1
    mine["count"] = kept
    for at in range(first, last):
        leaving[changes[gone[order[at]]]["follower"]] = False


def unfollow(network, follower, followee):
    """Remove a tie, locked or not, from both lists; return whether it was there."""
    mine, theirs = network.followees.where[follower], network.followers.where[followee]
    place = position(network.followees.items, mine["start"], mine["count"], followee)
    if place < 0:
        return False
    if place < network.locked[follower]:  # the last locked followee fills its place and leaves the gap
        network.locked[follower] -= 1
        border = network.locked[follower]
        network.followees.items[mine["start"] + place] = network.followees.items[mine["start"] + border]
        place = np.int64(border)
    remove_at(network.followees, follower, place)
    place = position(network.followers.items, theirs["start"], theirs["count"], follower)
    remove_at(network.followers, followee, place)
    return True


def set_lock(network, follower, followee, locked):
    """Lock or unlock an existing tie: it moves across the border between locked and other followees."""
    mine = network.followees.where[follower]
    items, start = network.followees.items, mine["start"]
    place = position(items, start, mine["count"], followee)
    if place < 0 or (place < network.locked[follower]) == locked:
        return False
    border = network.locked[follower] if locked else network.locked[follower] - 1
    items[start + place], items[start + border] = items[start + border], items[start + place]
    network.locked[follower] += 1 if locked else -1
    return True


# --- not compiled: building, reading and checking ---------------------------------------------------------------


def _lists(owner: np.ndarray, item: np.ndarray, order: np.ndarray, agents: int) -> Lists:
    count = np.bincount(owner, minlength=agents)
    where = np.zeros(agents + 1, WHERE)
    where["count"][:-1] = count
    where["room"][:-1] = count + (count >> 3) + 1
    where["start"][1:] = np.cumsum(where["room"][:-1], dtype=np.int64)
    used = int(where["start"][-1])
    items = np.zeros(used + (used >> 3) + 64, np.int32)
    before = np.cumsum(count) - count
    owner = owner[order]
    items[where["start"][owner] + np.arange(owner.size) - before[owner]] = item[order]
    return Lists(items, where)


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
    follower = np.asarray(follower, np.int64)
    followee = np.asarray(followee, np.int64)
    lock = np.zeros(follower.size, bool) if locked is None else np.asarray(locked, bool)
    if not follower.shape == followee.shape == lock.shape:
        raise InputError(f"ties: {follower.size} followers, {followee.size} followees and {lock.size} locks differ")
    ends = np.concatenate([follower, followee])
    if ends.size and not (ends.min() >= 0 and ends.max() < agents):
        raise InputError(f"ties: a slot lies outside 0 .. {agents - 1}")
    if np.any(follower == followee):
        raise InputError(f"ties: agent {follower[follower == followee][0]} follows itself")
    order = np.lexsort((followee, ~lock, follower))
    pairs = np.sort(follower * agents + followee)
    twice = pairs[1:][pairs[1:] == pairs[:-1]]
    if twice.size:
        raise InputError(f"ties: {twice[0] // agents} -> {twice[0] % agents} is given twice")
    followees = _lists(follower, followee, order, agents)
    followers = _lists(followee, follower, np.lexsort((follower, followee)), agents)
    return Network(followees, followers, np.bincount(follower[lock], minlength=agents).astype(np.int32))


def _entries(lists: Lists) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (owner, item, place in the owner's list) of every entry, in the order of owners."""
    count = lists.where["count"][:-1].astype(np.int64)
    owner = np.repeat(np.arange(count.size), count)
    place = np.arange(owner.size) - np.repeat(np.cumsum(count) - count, count)
    return owner, lists.items[lists.where["start"][owner] + place].astype(np.int64), place


def to_ties(network: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (follower, followee, locked) of all ties, sorted by follower, then followee.

    Returns
    -------
    follower, followee : int32 arrays of shape (ties,)
    locked : bool array of shape (ties,)
    """
    follower, followee, place = _entries(network.followees)
    order = np.lexsort((followee, follower))
    locked = place < network.locked[follower]
    return follower[order].astype(np.int32), followee[order].astype(np.int32), locked[order]


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


def to_networkx(network: Network, attributes: "pd.DataFrame | None" = None) -> "nx.DiGraph":
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
    assert np.all(network.locked <= network.followees.where["count"][:-1]), "more locked ties than ties"
    for lists in network.followees, network.followers:
        assert np.all(lists.where["count"] <= lists.where["room"]), "a list is longer than its room"
        where = np.sort(lists.where[:-1], order=("start", "room"))
        ends = np.append(where["start"], lists.where["start"][-1])[1:]
        assert np.all(where["start"] + where["room"] <= ends), "two lists overlap"
        assert ends[-1] <= lists.items.size, "a list reaches beyond its pool"
