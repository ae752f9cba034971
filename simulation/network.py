"""Who follows whom?

Every tie is two int32 entries: the followee in its follower's list and the follower in its followee's list. Lists
live in two pools, in each of which every part of the agents has a region of its own, so that threads can write side
by side. A list that outgrows its room moves to the end of its region; when a region is full, the pool is written anew
in the order of agents. The locked followees of an agent stand first in its list, so a tie needs no flag.

The functions on top are compiled (plain loops over arrays); those below them are numpy, for building and reading.
A function that may grow a pool returns the network that replaces the old one.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .errors import InputError

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    from numpy.typing import ArrayLike

#: Where an agent's list lies in its pool: items[start : start + count], with room for more.
WHERE = np.dtype([("start", "u4"), ("count", "i4"), ("room", "i4")])


LOWER_HALF = np.uint64(0xFFFFFFFF)
LOWER, UNLOCKED = 0xFFFFFFFF, 1 << 31  # of two numbers in one


class Lists(NamedTuple):
    """One list of agents for every agent, in one pool."""

    items: np.ndarray  # int32 (pool,)
    where: np.ndarray  # WHERE (agents,)
    bounds: np.ndarray  # int64 (parts + 1,): the lists of agents bounds[p] .. bounds[p + 1] - 1 lie in region p
    free: np.ndarray  # int64 (parts,): from where on the region of a part is free
    end: np.ndarray  # int64 (parts,): where it ends


class Network(NamedTuple):
    """The ties of all agents, seen from both ends."""

    followees: Lists
    followers: Lists
    locked: np.ndarray  # int32 (agents,): the first locked[a] followees of a cannot be opted out of


def position(items, mine, item):
    """Return where ``item`` stands in a list, or -1; ``mine`` is the list's row of `WHERE`."""
    start = np.int64(mine["start"])
    for place in range(mine["count"]):
        if items[start + place] == item:
            return place
    return -1


def has(lists, agent, other):
    """Return whether the agent's list holds another agent."""
    return position(lists.items, lists.where[agent], other) >= 0


def follows(network, follower, followee):
    """Return whether the tie exists, looking in the shorter of its two lists."""
    if network.followees.where[follower]["count"] <= network.followers.where[followee]["count"]:
        return has(network.followees, follower, followee)
    return has(network.followers, followee, follower)


def rewritten(lists, adding):
    """Return the lists in the order of agents, with slack in every list and free places at the end of every region.

    Parameters
    ----------
    lists : Lists
    adding : int32 array of shape (agents,)
        For how many more entries each list shall have room at least.
    """
    old, where, bounds = lists.where, np.empty(lists.where.size, WHERE), lists.bounds
    free, end = np.empty(bounds.size - 1, np.int64), np.empty(bounds.size - 1, np.int64)
    used = np.int64(0)
    for part in range(free.size):
        begin = used
        for agent in range(bounds[part], bounds[part + 1]):
            where[agent]["start"], where[agent]["count"] = used, old[agent]["count"]
            where[agent]["room"] = with_slack(old[agent]["count"] + adding[agent])
            used += where[agent]["room"]
        free[part] = used
        used += ((used - begin) >> 3) + 64
        end[part] = used
    items = np.empty(used, np.int32)
    for agent in range(where.size):
        source, target = old[agent]["start"], where[agent]["start"]
        for place in range(where[agent]["count"]):
            items[target + place] = lists.items[source + place]
    return Lists(items, where, bounds, free, end)


def with_slack(count):
    """Return the room that a list of this length gets when its pool is written anew."""
    return count + (count >> 3) + 1


def grown(count):
    """Return the room that a list of this length gets when it has to move."""
    return count + (count >> 2) + 3


def move(items, mine, target, room):
    """Move one list to another place, where it has this room."""
    for place in range(mine["count"]):
        items[target + place] = items[mine["start"] + place]
    mine["start"], mine["room"] = target, room


def make_room(part, lists, adding, lacking):
    """Move the lists of a part that will outgrow their room to the end of its region.

    Parameters
    ----------
    part : int
    lists : Lists
    adding : int32 array of shape (agents,)
        How many entries each list may get.
    lacking : bool array of shape (parts,)
        Says afterwards whether the region is too small for all of them; then none was moved.
    """
    where = lists.where
    first, last, free = lists.bounds[part], lists.bounds[part + 1], lists.free[part]
    for agent in range(first, last):
        if adding[agent] > 0 and where[agent]["count"] + adding[agent] > where[agent]["room"]:
            free += grown(where[agent]["count"] + adding[agent])
    lacking[part] = free > lists.end[part]
    if lacking[part] or free == lists.free[part]:
        return
    free = lists.free[part]
    for agent in range(first, last):
        if adding[agent] > 0 and where[agent]["count"] + adding[agent] > where[agent]["room"]:
            room = grown(where[agent]["count"] + adding[agent])
            move(lists.items, where[agent], free, room)
            free += room
    lists.free[part] = free


def appended(lists, agent, item):
    """Return the lists after ``item`` was put at the end of the agent's list."""
    mine = lists.where[agent]
    if mine["count"] == mine["room"]:
        part = np.int64(0)
        while agent >= lists.bounds[part + 1]:
            part += 1
        room = grown(mine["count"] + 1)
        if lists.free[part] + room <= lists.end[part]:
            move(lists.items, mine, lists.free[part], room)
            lists.free[part] += room
        else:
            lists = rewritten(lists, np.zeros(lists.where.size, np.int32))
    append(lists.items, lists.where[agent], item)
    return lists


def append(items, mine, item):
    """Put ``item`` at the end of a list, which has room for it."""
    items[mine["start"] + mine["count"]] = item
    mine["count"] += 1


def remove_at(items, mine, place):
    """Take the entry at ``place`` out of a list; the last one moves there."""
    mine["count"] -= 1
    items[mine["start"] + place] = items[mine["start"] + mine["count"]]


def follow(network, follower, followee):
    """Return the network with the (unlocked) tie, and whether it is new."""
    if follows(network, follower, followee):
        return network, False
    followees = appended(network.followees, follower, followee)
    followers = appended(network.followers, followee, follower)
    return Network(followees, followers, network.locked), True


def forget_followee(items, mine, locked, followee):
    """Remove an unlocked tie from its follower's list only; return whether it was there.

    The other half is left to `forget_followers`, once for all ties that a tick ends.
    """
    place = position(items, mine, followee)
    if place < locked:
        return False
    remove_at(items, mine, place)
    return True


def forget_followers(followers, followee, leaving, first, last):
    """Remove the followers that one agent loses from its list, in one sweep: the others keep their order.

    Parameters
    ----------
    followers : Lists
    followee : int
    leaving : uint64 array
        Who leaves: the lower halves of entries first .. last - 1, ascending.
    first, last : int
    """
    mine, items = followers.where[followee], followers.items
    kept = np.int64(0)
    for place in range(mine["count"]):
        other = items[mine["start"] + place]
        if not is_among(leaving, first, last, np.uint64(other)):
            items[mine["start"] + kept] = other
            kept += 1
    mine["count"] = kept


def is_among(numbers, first, last, wanted):
    """Return whether the lower half of one of the ascending entries first .. last - 1 is the number wanted."""
    while first < last:
        middle = (first + last) >> 1
        here = numbers[middle] & LOWER_HALF
        if here == wanted:
            return True
        if here < wanted:
            first = middle + 1
        else:
            last = middle
    return False


def unfollow(network, follower, followee):
    """Remove a tie, locked or not, from both lists; return whether it was there."""
    mine, theirs = network.followees.where[follower], network.followers.where[followee]
    place = position(network.followees.items, mine, followee)
    if place < 0:
        return False
    if place < network.locked[follower]:  # the last locked followee fills its place and leaves the gap
        network.locked[follower] -= 1
        border = network.locked[follower]
        network.followees.items[mine["start"] + place] = network.followees.items[mine["start"] + border]
        place = np.int64(border)
    remove_at(network.followees.items, mine, place)
    remove_at(network.followers.items, theirs, position(network.followers.items, theirs, follower))
    return True


def set_lock(network, follower, followee, locked):
    """Lock or unlock an existing tie: it moves across the border between locked and other followees."""
    mine = network.followees.where[follower]
    items, start = network.followees.items, mine["start"]
    place = position(items, mine, followee)
    if place < 0 or (place < network.locked[follower]) == locked:
        return False
    border = network.locked[follower] if locked else network.locked[follower] - 1
    items[start + place], items[start + border] = items[start + border], items[start + place]
    network.locked[follower] += 1 if locked else -1
    return True


# --- not compiled: building, reading and checking ---------------------------------------------------------------


def in_parts(agents: int, parts: int = 1, block: int = 1) -> np.ndarray:
    """Return the bounds of the parts of the agents, which are whole blocks but for the last, of about one size.

    Examples
    --------
    >>> in_parts(10, parts=2, block=4).tolist()
    [0, 4, 10]
    """
    blocks = -(-agents // block)
    return np.minimum(blocks * np.arange(parts + 1) // parts * block, agents)


def lists_of(count: np.ndarray, entries: np.ndarray, bounds: np.ndarray | None = None) -> Lists:
    """Return lists of these lengths, whose entries stand one after the other in the order of agents.

    Parameters
    ----------
    count : integer array of shape (agents,)
    entries : int32 array of shape (count.sum(),)
    bounds : int64 array of shape (parts + 1,), optional
        See `in_parts`; one part by default.
    """
    count = np.asarray(count, np.int64)
    lists = laid_out(count, with_slack(count), in_parts(count.size) if bounds is None else bounds)
    where, used = lists.where, np.zeros(lists.items.size, np.int8)
    used[where["start"]] = 1  # every list has room to spare: none ends where another begins
    used[where["start"] + where["count"]] -= 1
    lists.items[np.cumsum(used, dtype=np.int8).astype(bool)] = entries
    return lists


def laid_out(count: np.ndarray, room: np.ndarray, bounds: np.ndarray, spare: int = 3) -> Lists:
    """Return lists of these lengths, full of zeros, with this room, in the order of agents.

    Parameters
    ----------
    count, room : integer arrays of shape (agents,)
    bounds : int64 array of shape (parts + 1,)
    spare : int
        Every region has 2 ** -spare of its size free at its end.
    """
    where = np.zeros(count.size, WHERE)
    where["count"], where["room"] = count, room
    before = np.append(0, np.cumsum(where["room"], dtype=np.int64))
    size = np.diff(before[bounds])
    slack = (size >> spare) + 64
    end = np.cumsum(size + slack)
    where["start"] = before[:-1] + np.repeat(np.append(0, np.cumsum(slack)[:-1]), np.diff(bounds))
    return Lists(np.zeros(end[-1], np.int32), where, bounds, end - slack, end)


def entries_of(lists: Lists) -> np.ndarray:
    """Return the entries of all lists one after the other, in the order of agents: the inverse of `lists_of`."""
    return _entries(lists)[1].astype(np.int32)


def from_ties(agents: int, follower, followee, locked=None, bounds=None) -> Network:
    """Build a network from arrays of ties.

    Parameters
    ----------
    agents : int
        Number of slots, >= 1.
    follower, followee : integer arrays of shape (ties,)
        Slots in [0, agents).
    locked : bool array of shape (ties,), optional
        Which ties nobody can opt out of; default none.
    bounds : int64 array of shape (parts + 1,), optional
        See `in_parts`; one part by default.

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
    pairs = sorted_pairs(follower, followee)
    twice = pairs[1:][pairs[1:] == pairs[:-1]]
    if twice.size:
        raise InputError(f"ties: {twice[0] >> 32} -> {twice[0] & LOWER} is given twice")
    if lock.any():  # the locked followees of each agent come first
        pairs = sorted_pairs(follower, followee | (~lock * UNLOCKED))
    followees = lists_of(np.bincount(follower, minlength=agents), pairs & (UNLOCKED - 1), bounds)
    pairs = sorted_pairs(followee, follower)
    followers = lists_of(np.bincount(followee, minlength=agents), pairs & LOWER, bounds)
    return Network(followees, followers, np.bincount(follower[lock], minlength=agents).astype(np.int32))


def _slots(given: "ArrayLike", agents: int) -> np.ndarray:
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


def _entries(lists: Lists) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (owner, item, place in the owner's list) of every entry, in the order of owners."""
    count = lists.where["count"].astype(np.int64)
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


def locked_ties(network: Network) -> np.ndarray:
    """Return (follower, followee) of all locked ties, sorted, shape (ties, 2)."""
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
    assert np.all(network.locked <= network.followees.where["count"]), "more locked ties than ties"
    for lists in network.followees, network.followers:
        assert np.all(lists.where["count"] <= lists.where["room"]), "a list is longer than its room"
        for part in range(lists.free.size):
            where = np.sort(lists.where[lists.bounds[part] : lists.bounds[part + 1]], order=("start", "room"))
            ends = np.append(where["start"], lists.free[part])[1:]
            assert np.all(where["start"] + where["room"] <= ends), "two lists overlap"
        assert np.all(lists.free <= lists.end) and lists.end[-1] <= lists.items.size, "a list reaches beyond its pool"
