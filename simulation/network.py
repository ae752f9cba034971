"""Who follows whom?

Every tie is two int32 entries: the followee in its follower's list and the follower in its followee's list. Lists
live in two pools, in each of which every block of agents has a region of its own, so that threads can write side by
side. A list that outgrows its room moves to the end of its region; a region that is full is tidied up: its lists are
written anew in the order of agents. The locked followees of an agent stand first in its list, so a tie needs no flag.

Plain loops over arrays, which run interpreted and compiled. A function that may grow a pool returns the network that
replaces the old one. How a network is made from ties and given to other libraries is in exchange.py.
"""

from typing import NamedTuple

import numpy as np

from .columns import BLOCK
from .prefetch import AHEAD, LINE, prefetch
from .wide import copy, place_of

#: Where an agent's list lies in its pool: items[start : start + count], with room for more.
WHERE = np.dtype([("start", "u4"), ("count", "i4"), ("room", "i4")])
LOWER_HALF = np.uint64(0xFFFFFFFF)
SPARE = 4096  # entries beyond three sixteenths that stay free in a region, so that small worlds are tidied up seldom


class Lists(NamedTuple):
    """One list of agents for every agent, in one pool."""

    items: np.ndarray  # int32 (pool,)
    where: np.ndarray  # WHERE (agents,)
    start: np.ndarray  # int64 (blocks + 1,): the region of block b is items[start[b] : start[b + 1]]
    free: np.ndarray  # int64 (blocks,): from where on it is free
    end: np.ndarray  # int64 (blocks,): up to where lists move; nothing was written beyond, which takes no memory yet


class Network(NamedTuple):
    """The ties of all agents, seen from both ends."""

    followees: Lists
    followers: Lists
    locked: np.ndarray  # int32 (agents,): the first locked[a] followees of a cannot be opted out of


def position(items, mine, item):
    """Return where ``item`` stands in a list, or -1; ``mine`` is the list's row of `WHERE`."""
    start = np.int64(mine["start"])
    place = place_of(items, start, start + mine["count"], item)
    return place - start if place >= 0 else place


def ask_for(items, mine):
    """Ask for a list that will soon be gone through: its first lines in the cache; ``mine`` is its row of `WHERE`."""
    start = np.int64(mine["start"])
    prefetch(items, start)
    prefetch(items, start + LINE // items.itemsize)


def ask_ahead(lists, named, places, turn):
    """Ask for what later turns look at, each at a place of those named: the rows of their lists, sooner the lists."""
    last = places.size - 1
    prefetch(lists.where, np.int64(named[places[min(turn + AHEAD, last)]]))
    ask_for(lists.items, lists.where[named[places[min(turn + AHEAD // 2, last)]]])


def has(lists, agent, other):
    """Return whether the agent's list holds another agent."""
    return position(lists.items, lists.where[agent], other) >= 0


def follows(network, follower, followee):
    """Return whether the tie exists, looking in the shorter of its two lists."""
    if network.followees.where[follower]["count"] <= network.followers.where[followee]["count"]:
        return has(network.followees, follower, followee)
    return has(network.followers, followee, follower)


def rewritten(lists):
    """Return the lists in the order of agents, with slack in every list and free places at the end of every region.

    Their rows of `WHERE` are written anew in place: the old lists cannot be used any more.
    """
    where, start = lists.where, np.zeros(lists.start.size, np.int64)
    free, end = np.empty(lists.free.size, np.int64), np.empty(lists.end.size, np.int64)
    for block in range(free.size):
        size = needed(where, block)
        free[block], end[block] = start[block] + size, start[block] + with_spare(size)
        start[block + 1] = start[block] + with_reserve(size)
    items = np.empty(start[free.size], np.int32)
    for block in range(free.size):
        write_in_order(lists.items, 0, where, block, items, start[block])
    return Lists(items, where, start, free, end)


def tidied(lists, block):
    """Write the lists of a region anew in the order of agents, with slack; return whether it is large enough."""
    start, size = lists.start[block], needed(lists.where, block)
    if start + with_spare(size) > lists.start[block + 1]:
        return False
    before = np.empty(lists.free[block] - start, np.int32)
    copy(before, 0, lists.items, start, lists.free[block])
    write_in_order(before, start, lists.where, block, lists.items, start)
    lists.free[block], lists.end[block] = start + size, start + with_spare(size)
    return True


def needed(where, block):
    """Return the room that the lists of a block get."""
    size = np.int64(0)
    for agent in range(block << BLOCK, min((block + 1) << BLOCK, where.size)):
        size += with_slack(where[agent]["count"])
    return size


def write_in_order(items, before, where, block, others, target):
    """Write the lists of a block, whose items stand so many places further ahead than their rows say, to a pool."""
    for agent in range(block << BLOCK, min((block + 1) << BLOCK, where.size)):
        room = with_slack(where[agent]["count"])
        move(items, before, where[agent], others, target, room)
        target += room


def with_spare(size):
    """Return how far a region that has to hold so much is used before it is tidied up."""
    return size + 3 * (size >> 4) + SPARE


def with_reserve(size):
    """Return how large a region is that has to hold so much; what lies beyond its use takes no memory until then."""
    return with_spare(size) * 3 // 2


def with_slack(count):
    """Return the room that a list of this length gets when its pool is written anew."""
    return count + (count >> 3) + 1


def grown(count):
    """Return the room that a list of this length gets when it has to move."""
    return count + (count >> 2) + 4


def move(items, before, mine, others, target, room):
    """Move one list to another place, perhaps in another pool, where it has this room.

    It lies so many places further ahead than its row says.
    """
    begin = np.int64(mine["start"]) - before
    copy(others, target, items, begin, begin + mine["count"])
    mine["start"], mine["room"] = target, room


def has_room(lists, agent):
    """Return whether a list has room for one more entry, which one that is full gets at the end of its region.

    There is none if the region is too small even when it has been tidied up.
    """
    mine, block = lists.where[agent], agent >> BLOCK
    if mine["count"] < mine["room"]:
        return True
    room = grown(mine["count"])
    if lists.free[block] + room > lists.end[block]:
        return tidied(lists, block)
    move(lists.items, 0, mine, lists.items, lists.free[block], room)
    lists.free[block] += room
    return True


def appended(lists, agent, item):
    """Return the lists after ``item`` was put at the end of the agent's list."""
    if not has_room(lists, agent):
        lists = rewritten(lists)
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


def take_out(items, mine, item):
    """Take an entry out of a list; the others keep their order."""
    start, end = np.int64(mine["start"]), np.int64(mine["start"]) + mine["count"]
    place = place_of(items, start, end, item)
    copy(items, place, items, place + 1, end)
    mine["count"] -= 1


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
