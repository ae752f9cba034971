"""Whom does what is given away reach? Phase 3 of the model description.

Followers of who shares, strangers who come across it, and the one to whom something is brought. Deliveries are counted
first and then written, gathered by blocks of readers, so that reading finds a block's feeds close together.
"""

import numpy as np

from . import randomness as draws
from .columns import SOME, arrived_in, enough
from .state import BLOCK, BROUGHT, DELIVERIES, ENCOUNTER, FOLLOWER
from .wide import fill, place_of

# --- 3. Deliver -------------------------------------------------------------------------------------------------


def met(by_group, group_start, group, spanning, occasion, outside):
    """Return whom one encounter of a share falls on: a present member, or -1 where there is none to meet.

    ``outside`` is the draw that says who, ``occasion`` the one that says whether it is somebody of another group.
    """
    first = group_start[group]
    size = group_start[group + 1] - first
    if not draws.chance(occasion, np.float64(spanning)):
        return np.int64(by_group[first + draws.below(outside, size)]) if size > 0 else np.int64(-1)
    others = by_group.size - size
    if others == 0:
        return np.int64(-1)
    place = draws.below(outside, others)
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


def open_meetings(sendings, meetings):
    """Return room for all encounters, and where in it each part's begin, shape (parts + 1,)."""
    start = np.zeros(sendings.start.size + 1, np.int64)
    for part in range(sendings.start.size):
        start[part + 1] = start[part] + sendings.encounters[part]
    return enough(meetings, start[start.size - 1]), start


def meet(some, until, agents, network, sendings, meetings, end, now):
    """Write the deliveries by encounter of some sendings, from a place on: who comes across each share, each once.

    Return where they end.
    """
    by_group, group_start = now.members.by_group, now.members.group_start
    since, group, spanning, rows = agents.since, agents.group, agents.spanning, sendings.row
    followers, by_sender = network.followers.items, network.followers.where
    followees, by_reader = network.followees.items, network.followees.where
    which, turns, occasions, outside = draw_encounters(rows, sendings.cue, some, until)
    targets = np.empty(which.size, np.int32)
    if group_start.size == 2:  # there is one group: anybody
        for at in range(which.size):
            targets[at] = draws.below(outside[at], now.members.number)
        for at in range(which.size if by_group.size > 0 else 0):
            targets[at] = by_group[np.uint64(targets[at])]
    else:
        for at in range(which.size):
            sender = rows[which[at]]["sender"]
            targets[at] = met(by_group, group_start, group[sender], spanning[sender], occasions[at], outside[at])
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
        meetings[end]["reader"] = target
        meetings[end]["source"] = 4 * which[at] + ENCOUNTER
        end += np.int64((target >= 0) & (target != sender) & (not again) & (knows < 0) & (not found_it))
    return end


def draw_encounters(rows, cues, begin, end):
    """Return for all encounters of some sendings: of which, the how manieth, and the two draws of `met`."""
    number, count = np.int64(0), np.int64(0)
    for index in range(begin, end):
        number += rows[index]["encounters"]
    which, turns, first = np.empty(number, np.int32), np.empty(number, np.int32), np.empty(number, np.int32)
    occasions, outside = np.empty(number, np.uint64), np.empty(number, np.uint64)
    for index in range(begin, end):
        before, count = count, count + rows[index]["encounters"]
        fill(which, before, count, np.int32(index))
        fill(occasions, before, count, cues[index]["occasion"])
        fill(first, before, count, np.int32(before))
    for at in range(number):
        turns[at] = at - first[at]
    for at in range(number):
        occasions[at] = draws.fold(draws.fold(occasions[at], draws.MEET), np.int64(turns[at]))
    for at in range(number):
        outside[at] = draws.fold(occasions[at], draws.MEET_OUTSIDE)
    return which, turns, occasions, outside


def address(part, agents, network, sendings, meetings, start, load, now):
    """Count whom what a part sent reaches, by blocks of readers: ``load`` has the shape (parts, blocks)."""
    begin, end, my_load = sendings.start[part], start[part], load[part]
    last, reached_by, rows = begin + sendings.number[part], agents.reached, sendings.row
    for some in range(begin, last, SOME):  # those who are met are looked for where the followers have just been
        until = min(some + SOME, last)
        count_followers(some, until, agents, network, rows, my_load, now)
        end = meet(some, until, agents, network, sendings, meetings, end, now)
    for index in range(start[part], end):
        my_load[meetings[index]["reader"] >> BLOCK] += 1
        reached_by[rows[meetings[index]["source"] >> 2]["sender"]] += 1
    sendings.encounters[part] = end - start[part]


def count_followers(some, until, agents, network, rows, load, now):
    """Count whom some sendings reach, but for encounters."""
    present, since, reached_by = agents.present, agents.since, agents.reached
    followers, where = network.followers.items, network.followers.where
    everyone = now.members.number == present.size  # no slot is vacant: none need be looked at
    for index in range(some, until):
        sending = rows[index]
        sender, finder, found, target = sending["sender"], sending["finder"], sending["found"], sending["target"]
        mine, reached = where[sender], np.int64(0)
        if target >= 0:
            if receives(everyone, present, since, target, finder, found):
                load[target >> BLOCK] += 1
                reached += 1
        else:
            left_out = place_of_finder(followers, mine, since, sender, finder, found)
            if everyone and load.size == 1:  # none need be looked at
                reached = np.int64(mine["count"]) - np.int64(left_out >= 0)
                load[0] += reached
            else:
                for at in range(mine["start"], mine["start"] + mine["count"]):
                    reader = np.int64(followers[at])
                    if at != left_out and (everyone or present[reader]):
                        load[reader >> BLOCK] += 1
                        reached += 1
        reached_by[sender] += reached


def open_feeds(load, deliveries, now):
    """Return room for all deliveries, and where in it each block's start, shape (blocks + 1,).

    ``deliveries`` is taken where it has room; ``load`` becomes the places at which each part writes its deliveries to
    each block: the parts one after the other.
    """
    start = np.zeros(load.shape[1] + 1, np.int64)
    for block in range(load.shape[1]):
        start[block + 1] = start[block]
        for part in range(load.shape[0]):
            number = load[part, block]
            load[part, block] = start[block + 1]
            start[block + 1] += number
    now.counts[0, DELIVERIES] = start[load.shape[1]]
    return enough(deliveries, start[load.shape[1]] + 1), start


def deliver(part, agents, network, sendings, meetings, start, free, deliveries, now):
    """Write the deliveries of what a part sent, gathered by block of readers, from the places ``free`` on."""
    present, since = agents.present, agents.since
    followers, where, rows = network.followers.items, network.followers.where, sendings.row
    everyone = now.members.number == present.size
    begin, my_free = sendings.start[part], free[part]
    for index in range(begin, begin + sendings.number[part]):
        sending = rows[index]
        sender, finder, found = sending["sender"], sending["finder"], sending["found"]
        target = np.int64(sending["target"])
        if target >= 0:
            if receives(everyone, present, since, target, finder, found):
                put(deliveries, my_free, target, 4 * index + BROUGHT)
            continue
        mine = where[sender]
        left_out = place_of_finder(followers, mine, since, sender, finder, found)
        if my_free.size == 1:  # nobody need wait for where the delivery before has been put
            place = np.uint64(my_free[0])
            for at in range(mine["start"], mine["start"] + mine["count"]):
                reader = followers[np.uint64(at)]
                deliveries[place]["reader"] = reader
                deliveries[place]["source"] = 4 * index + FOLLOWER
                place += np.uint64((at != left_out) & (everyone or present[reader]))
            my_free[0] = place
            continue
        for at in range(mine["start"], mine["start"] + mine["count"]):
            reader = np.int64(followers[at])
            if at != left_out and (everyone or present[reader]):
                put(deliveries, my_free, reader, 4 * index + FOLLOWER)
    for index in range(start[part], start[part] + sendings.encounters[part]):
        put(deliveries, my_free, np.int64(meetings[index]["reader"]), np.int64(meetings[index]["source"]))


def put(deliveries, free, reader, source):
    """Write one delivery to the next free place of its block."""
    block = np.uint64(reader >> BLOCK)
    place = np.uint64(free[block])
    free[block] += 1
    deliveries[place]["reader"] = reader
    deliveries[place]["source"] = source
