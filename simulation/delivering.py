"""Whom does what is given away reach? Phase 3 of the model description.

Followers of who shares, strangers who come across it, and the one to whom something is brought. Each delivery is put to
those for the same block of readers, so that reading finds a block's feeds close together.
"""

import numpy as np

from . import randomness as draws
from .columns import APART, BLOCK, SOME, arrived_in, begin_of, enough
from .network import ask_for
from .prefetch import AHEAD, LINE, prefetch
from .state import (
    BROUGHT,
    DELIVERIES,
    DELIVERY,
    ENCOUNTER,
    FIRST_HAND,
    FOLLOWER,
    READER,
    SENDINGS,
    SHIFT,
    Deliveries,
)
from .wide import fill, place_of

CHUNK = 1024  # deliveries to a block that lie together, at most: a page of memory
PLACES = LINE // DELIVERY.itemsize  # of deliveries in a line of memory
SOON = 6  # sendings, so many turns ahead their lists of followers are asked for

# --- 3. Deliver -------------------------------------------------------------------------------------------------


def open_deliveries(sendings, blocks, pool):
    """Return room for all deliveries that the sendings can cause: every part of the agents has a region of its own.

    ``pool`` is taken where it has room. Each block of readers gets a chunk of a region at a time, no larger than what
    reaches it on average until sendings are counted anew, so that most chunks fill. Where they need not be, a single
    block gets all room at once.
    """
    parts, most, sent = sendings.most.size, np.int64(0), np.int64(0)
    for part in range(parts):
        most, sent = max(most, sendings.most[part]), max(sent, sendings.number[part])
    at_once, ends = blocks == 1 and sent <= SENDINGS, blocks * (sent // (SENDINGS - SOME) + 1)
    size = most + 1 if at_once else np.int64(min(CHUNK, max(PLACES, most // ends // PLACES * PLACES)))
    pool = enough(pool, parts * size * (most // size + ends))
    places, of_parts = np.zeros((4, parts, blocks + APART), np.int64), np.empty((2, parts), np.int64)
    of_chunks = np.empty((3, pool.size // size), np.int32)
    for part in range(parts):
        of_parts[0, part], of_parts[1, part] = begin_of(part, parts, pool.size // size), sendings.start[part]
    deliveries = Deliveries(pool, size, at_once, of_chunks[0], of_chunks[1], of_chunks[2], of_parts[0], of_parts[1],
                            places[0], places[1], places[2], places[3])  # fmt: skip
    for part in range(parts if at_once else 0):
        take_chunk(part, deliveries, 0)
    return deliveries


def take_chunk(part, deliveries, block):
    """Let a part's deliveries to a block go on in the next free chunk of its region, and ask for the one after it.

    Only its first places: within a chunk, `put` asks ahead.
    """
    chunk, size = deliveries.taken[part], deliveries.size
    deliveries.taken[part] = chunk + 1
    if deliveries.end[part, block] == 0:
        deliveries.first[part, block] = chunk
    else:
        deliveries.after[close_chunk(part, deliveries, block)] = chunk
    deliveries.free[part, block], deliveries.end[part, block] = chunk * size, (chunk + 1) * size
    deliveries.base[chunk] = deliveries.base_now[part]
    for place in range(0, AHEAD + PLACES, PLACES):
        prefetch(deliveries.pool, (chunk + 1) * size + place)


def close_chunk(part, deliveries, block):
    """Write down how many deliveries a part's last chunk for a block holds; return which chunk it is.

    None is empty, but the only one of a small world.
    """
    size, free = deliveries.size, deliveries.free[part, block]
    chunk = max(free - 1, deliveries.first[part, block] * size) // size
    deliveries.held[chunk] = free - chunk * size
    deliveries.number[part, block] += deliveries.held[chunk]
    return chunk


def count_anew(part, deliveries, base):
    """Count a part's sendings from another one on: what comes now goes to other chunks."""
    deliveries.base_now[part] = base
    for block in range(deliveries.free.shape[1]):
        deliveries.end[part, block] = deliveries.free[part, block]


def delivery(reader, source):
    """Return a delivery as a number: see `state.DELIVERY`."""
    return np.uint64(source) << np.uint64(BLOCK) | np.uint64(reader) & READER


def put(part, deliveries, pool, free, end, reader, source):
    """Write one delivery to the next free place of its block.

    ``pool``, ``free`` and ``end`` are those of the part.
    """
    block = np.uint64(reader >> BLOCK)
    if free[block] == end[block]:
        take_chunk(part, deliveries, np.int64(block))
    place = np.uint64(free[block])
    free[block] += 1
    prefetch(pool, np.int64(place) + AHEAD)
    pool[place] = delivery(reader, source)


def close_deliveries(deliveries, now):
    """Say how many deliveries each part has for each block, and return how many there are in the blocks before each.

    Shape (blocks + 1,): the last one is the number of all.
    """
    parts, blocks = deliveries.number.shape[0], deliveries.number.shape[1] - APART
    start = np.zeros(blocks + 1, np.int64)
    for block in range(blocks):
        start[block + 1] = start[block]
        for part in range(parts):
            if deliveries.end[part, block] > 0:
                close_chunk(part, deliveries, block)
            start[block + 1] += deliveries.number[part, block]
    now.counts[0, DELIVERIES] = start[blocks]
    return start


def deliver(part, agents, network, sendings, deliveries, now):
    """Deliver what a part sent, to those whom it reaches."""
    begin = sendings.start[part]
    end = begin + sendings.number[part]
    for some in range(begin, end, SOME):  # those who are met are looked for where the followers have just been
        until = min(some + SOME, end)
        if until - deliveries.base_now[part] > SENDINGS:
            count_anew(part, deliveries, some)
        reach(part, some, until, agents, network, sendings.row, deliveries, now)
        meet(part, some, until, agents, network, sendings, deliveries, now)


def reach(part, some, until, agents, network, rows, deliveries, now):
    """Deliver some sendings to followers, or to the one to whom they are brought."""
    present, since, reached_by = agents.present, agents.since, agents.reached
    followers, where = network.followers.items, network.followers.where
    pool, free, end, base = deliveries.pool, deliveries.free[part], deliveries.end[part], deliveries.base_now[part]
    everyone = now.members.everyone
    for index in range(some, until):
        ask_for(followers, where[rows[min(index + SOON, until - 1)]["sender"]])
        sending = rows[index]
        sender, finder, found = sending["sender"], sending["finder"], sending["found"]
        target, reached = np.int64(sending["target"]), np.int64(0)
        if target >= 0:
            if receives(everyone, present, since, target, finder, found):
                put(part, deliveries, pool, free, end, target, ((index - base) << SHIFT) + BROUGHT)
                reached_by[sender] += 1
            continue
        mine, source = where[sender], ((index - base) << SHIFT) + FOLLOWER + (FIRST_HAND if sender == finder else 0)
        left_out = place_of_finder(followers, mine, since, sender, finder, found)
        if deliveries.at_once:  # nobody need wait for where the delivery before has been put
            place = np.uint64(free[0])
            for at in range(mine["start"], mine["start"] + mine["count"]):
                reader = followers[np.uint64(at)]
                pool[place] = delivery(reader, source)
                place += np.uint64((at != left_out) & (everyone or present[reader]))
            reached, free[0] = np.int64(place) - free[0], place
        else:
            for at in range(mine["start"], mine["start"] + mine["count"]):
                reader = np.int64(followers[at])
                if at != left_out and (everyone or present[reader]):
                    put(part, deliveries, pool, free, end, reader, source)
                    reached += 1
        reached_by[sender] += reached


def met(by_group, group_start, group, spanning, meeting):
    """Return whom one encounter of a share falls on: a present member, or -1 where there is none to meet.

    ``meeting`` is the draw that says who, and starts the one that says whether it is somebody of another group.
    """
    first = group_start[group]
    size = group_start[group + 1] - first
    if not draws.chance(draws.fold(meeting, draws.MEET_OUTSIDE), np.float64(spanning)):
        return np.int64(by_group[first + draws.below(meeting, size)]) if size > 0 else np.int64(-1)
    others = by_group.size - size
    if others == 0:
        return np.int64(-1)
    place = draws.below(meeting, others)
    return np.int64(by_group[place if place < first else place + size])


def receives(everyone, present, since, reader, finder, found):
    """Return whether somebody receives an item: nobody in a vacant slot does, and nobody who found it.

    Where everyone is present, nobody need be looked at.
    """
    return (everyone or present[reader]) and not (reader == finder and found > arrived_in(since, reader))


def place_of_finder(followers, mine, since, sender, finder, found):
    """Return where among the followers of who shares an item its finder stands, who is left out, or -1.

    ``mine`` is the list's row of `WHERE`.
    """
    if sender == finder:
        return np.int64(-1)
    start = np.int64(mine["start"])
    place = place_of(followers, start, start + mine["count"], finder)
    return place if found > arrived_in(since, finder) else np.int64(-1)


def meet(part, some, until, agents, network, sendings, deliveries, now):
    """Deliver some sendings to those who come across them: each share to each once."""
    by_group, group_start = now.members.by_group, now.members.group_start
    since, group, spanning, reached_by, rows = agents.since, agents.group, agents.spanning, agents.reached, sendings.row
    pool, free, end, base = deliveries.pool, deliveries.free[part], deliveries.end[part], deliveries.base_now[part]
    followers, by_sender = network.followers.items, network.followers.where
    followees, by_reader = network.followees.items, network.followees.where
    which, turns, targets, meetings = draw_encounters(rows, sendings.cue, some, until, now.streams[draws.GIVE])
    if group_start.size == 2:  # there is one group: anybody
        for at in range(which.size):
            targets[at] = draws.below(meetings[at], now.members.number)
        for at in range(which.size if by_group.size > 0 else 0):
            targets[at] = by_group[np.uint64(targets[at])]
    else:
        for at in range(which.size):
            sender = rows[which[at]]["sender"]
            targets[at] = met(by_group, group_start, group[sender], spanning[sender], meetings[at])
    for at in range(which.size):
        sending, target = rows[which[at]], np.int64(targets[at])
        sender, finder = np.int64(sending["sender"]), np.int64(sending["finder"])
        mine, theirs = by_sender[sender], by_reader[target]
        if mine["count"] > 64 and theirs["count"] < mine["count"]:
            first = np.int64(theirs["start"])
            knows = place_of(followees, first, first + theirs["count"], sender)
        else:  # where the share is sent: the list is at hand
            first = np.int64(mine["start"])
            knows = place_of(followers, first, first + mine["count"], target)
        again = place_of(targets, at - turns[at], at, targets[at]) >= 0
        found_it = (target == finder) & (sending["found"] > arrived_in(since, target))
        if (target >= 0) & (target != sender) & (not again) & (knows < 0) & (not found_it):
            put(part, deliveries, pool, free, end, target, ((which[at] - base) << SHIFT) + ENCOUNTER)
            reached_by[sender] += 1


def draw_encounters(rows, cues, begin, end, giving):
    """Return for all encounters of some sendings: of which, the how manieth, room for whom; and the draw of `met`."""
    number, count = np.int64(0), np.int64(0)
    for index in range(begin, end):
        number += rows[index]["encounters"]
    places, meetings = np.empty((3, number), np.int32), np.empty(number, np.uint64)
    which, turns, first = places[0], places[1], places[2]
    for index in range(begin, end):
        before, count = count, count + rows[index]["encounters"]
        fill(which, before, count, np.int32(index))
        fill(meetings, before, count, cues[index])
        fill(first, before, count, np.int32(before))
    for at in range(number):
        turns[at] = at - first[at]
    for at in range(number):
        meetings[at] = draws.fold(draws.fold(giving, meetings[at]), draws.MEET)
    for at in range(number):
        meetings[at] = draws.fold(meetings[at], np.int64(turns[at]))
    return which, turns, first, meetings
