"""Who finds what, gives it away, and whom does it reach? Phases 1 to 3 of the model description.

Plain loops over the columns of state.py: the same source runs interpreted and compiled. Every phase is data-parallel
over agents. Helpers that run once per item take the few columns that they need: wide arguments are slow to pass.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .network import position
from .prefetch import AHEAD, prefetch
from .state import (
    BRINGINGS,
    BROUGHT,
    CHOICE,
    CUE,
    DELIVERIES,
    DELIVERY,
    ENCOUNTER,
    FOLLOWER,
    FOUND,
    INTRODUCTIONS,
    SENDING,
    SHARED,
    Sendings,
)

CHOSEN = 512  # items that are chosen before they are sent
BLOCK = 14  # deliveries are gathered by blocks of 2**BLOCK readers, whose feeds then fit in the cache


def enlarged(rows):
    """Return the rows with room for as many again."""
    longer = np.empty(2 * rows.size + 8, rows.dtype)
    for at in range(rows.size):
        longer[at] = rows[at]
    return longer


# --- 1. Find ----------------------------------------------------------------------------------------------------


def is_remembered(memory, agent, trace):
    """Return whether the agent's memory holds this fingerprint: counting compiles to a few wide comparisons."""
    equal = np.int32(0)
    for place in range(memory.shape[1]):
        equal += np.int32(memory[agent, place] == trace)
    return equal > 0


def remember(memory, memory_next, agent, trace):
    """Put a fingerprint in the place of the oldest."""
    if memory.shape[1] > 0:
        place = np.int64(memory_next[agent])
        memory[agent, place] = trace
        memory_next[agent] = place + 1 if place + 1 < memory.shape[1] else 0


def find(part, agents, hand, found, in_hand, now):
    """Each agent of a part finds Poisson(`find_rate`) items.

    ``found`` says how many each, ``in_hand`` how many are in hand in the whole part, what was read included.
    """
    key, find_rate, no_find = agents.key, agents.find_rate, agents.no_find
    memory, memory_next, held = agents.memory, agents.memory_next, hand.number
    present, silenced, found_by = agents.present, agents.silenced, agents.found
    finding, items = now.streams[draws.FIND], now.streams[draws.ITEM]
    total, holding = np.int64(0), np.int64(0)
    for agent in range(now.bounds[part], now.bounds[part + 1]):
        found[agent] = 0
        holding += held[agent]
        if not present[agent] or silenced[agent]:
            continue
        occasion = draws.fold(finding, np.int64(key[agent]))
        count = draws.poisson(occasion, np.float64(find_rate[agent]), no_find[agent])
        for rank in range(count):
            name = draws.item_name(items, np.int64(key[agent]), now.tick, rank)
            remember(memory, memory_next, agent, draws.fingerprint(name))
        found[agent] = count
        found_by[agent] += count
        total += count
    in_hand[part] = total + holding
    now.counts[part, FOUND] = total


# --- 2. Give ----------------------------------------------------------------------------------------------------


def open_sendings(in_hand):
    """Return room for all that can be given away: each item in hand is shared and brought at most once."""
    start = np.zeros(in_hand.size, np.int64)
    for part in range(1, start.size):
        start[part] = start[part - 1] + 2 * in_hand[part - 1]
    room = start[start.size - 1] + 2 * in_hand[start.size - 1]
    none = np.zeros(start.size, np.int64)
    return Sendings(np.empty(room, CUE), np.empty(room, SENDING), start, none, none.copy())


def send(cue, row, agent, target, occasion, name, finder, found, rank, topic, encounters):
    """Write one share (target -1) or bringing."""
    cue["occasion"] = draws.fold(occasion, draws.FEED + (FOLLOWER if target < 0 else BROUGHT))
    cue["name"] = name
    row["occasion"] = occasion
    row["sender"] = agent
    row["target"] = target
    row["finder"] = finder
    row["found"] = found
    row["rank"] = rank
    row["topic"] = topic
    row["encounters"] = encounters


def whom_to_bring_to(key, present, items, mine, occasion):
    """Return the present followee with the smallest draw, or -1."""
    here = draws.fold(occasion, draws.BRING_TO)
    chosen, smallest = np.int64(-1), here
    for at in range(mine["start"], mine["start"] + mine["count"]):
        candidate = np.int64(items[at])
        if present[candidate]:
            draw = draws.fold(here, np.int64(key[candidate]))
            if chosen < 0 or draw < smallest:
                chosen, smallest = candidate, draw
    return chosen


def whom_to_introduce(key, present, network, agent, occasion):
    """Return the two present contacts with the smallest draws; the second is -1 where there are fewer than two."""
    here = draws.fold(occasion, draws.PICK)
    first, second = np.int64(-1), np.int64(-1)
    least, less = here, here
    for lists in (network.followees, network.followers):
        mine = lists.where[agent]
        for at in range(mine["start"], mine["start"] + mine["count"]):
            contact = np.int64(lists.items[at])
            if present[contact] and contact != first and contact != second:
                draw = draws.fold(here, np.int64(key[contact]))
                if first < 0 or draw < least:
                    second, less = first, least
                    first, least = contact, draw
                elif second < 0 or draw < less:
                    second, less = contact, draw
    return first, second


def introduce(introduction, key, present, network, agent, occasion):
    """Write down which two contacts the agent introduces to each other; return whether it has two."""
    one, other = whom_to_introduce(key, present, network, agent, occasion)
    introduction["introducer"] = agent
    introduction["one"] = one
    introduction["other"] = other
    return other >= 0


def is_given(choice, agent, source, rank, name, giver, sharing, bringing):
    """Write down an item in hand, and how it is to be given; return whether it is given at all.

    It is written either way: what is not given is overwritten by the next. A branch on a draw would cost more.
    """
    occasion = draws.fold(giver, name)
    shares = draws.chance(occasion, sharing)
    brings = draws.chance(draws.fold(occasion, draws.BRING), bringing)
    choice["occasion"] = occasion
    choice["name"] = name
    choice["agent"] = agent
    choice["source"] = source
    choice["rank"] = rank
    choice["ways"] = np.int32(shares) + 2 * np.int32(brings)
    return shares or brings


def give(part, agents, network, found, hand, sendings, introductions, readable, now):
    """Share and bring what a part of the agents has in hand, and introduce; what attention is left can be read.

    ``introductions`` has room for one of every agent, a part's standing together from its first agent's place on.
    """
    key, present, silenced, generosities = agents.key, agents.present, agents.silenced, agents.generosity
    held, holding, names, sources = hand.start, hand.number, hand.name, hand.source
    giving, items = now.streams[draws.GIVE], now.streams[draws.ITEM]
    bring, relay = now.rates.bring, now.rates.relay
    chosen, count = np.empty(CHOSEN, CHOICE), np.int64(0)
    sendings.number[part], sendings.encounters[part] = 0, 0
    for agent in range(now.bounds[part], now.bounds[part + 1]):
        readable[agent] = 0  # counts what is given, until it is known
        if not present[agent] or silenced[agent]:
            continue
        mine, first = np.int64(key[agent]), np.int64(held[agent])
        giver, generosity = draws.fold(giving, mine), np.float64(generosities[agent])
        for rank in range(found[agent]):
            name = draws.item_name(items, mine, now.tick, rank)
            sharing = rules.share_probability(generosity, relay, rules.FIRST)
            bringing = rules.bring_probability(bring, relay, rules.FIRST)
            count += is_given(chosen[count], agent, -1, rank, name, giver, sharing, bringing)
            if count == CHOSEN:
                count = pass_on(part, chosen, count, agents, network, hand, sendings, readable, now)
        for at in range(first, first + holding[agent]):
            source = np.int64(sources[at])
            kind = np.int64(rules.BROUGHT if source & 3 == BROUGHT else rules.READ)
            sharing = rules.share_probability(generosity, relay, kind)
            bringing = rules.bring_probability(bring, relay, kind)
            count += is_given(chosen[count], agent, source, -1, names[at], giver, sharing, bringing)
            if count == CHOSEN:
                count = pass_on(part, chosen, count, agents, network, hand, sendings, readable, now)
    pass_on(part, chosen, count, agents, network, hand, sendings, readable, now)
    spend(part, agents, network, introductions, readable, now)


def pass_on(part, chosen, count, agents, network, hand, sendings, given, now):
    """Send what was chosen, in its order, from the place on that the part has reached; return 0, what is left of it.

    ``given`` counts for every agent what it gave.
    """
    key, group, present = agents.key, agents.group, agents.present
    visibility, no_encounter = agents.visibility, agents.no_encounter
    shared_by, brought_by = agents.shared, agents.brought
    cues, rows, origins, encounters = sendings.cue, sendings.row, hand.origins, now.rates.encounters
    followees, where = network.followees.items, network.followees.where
    begin = sendings.start[part] + sendings.number[part]
    sent, met, shared = begin, np.int64(0), np.int64(0)
    for at in range(count):
        choice = chosen[at]
        prefetch(origins, np.int64(chosen[min(at + AHEAD, count - 1)]["source"]) >> 2)
        agent, occasion, name = np.int64(choice["agent"]), choice["occasion"], choice["name"]
        source, rank, finder, when, topic = choice["source"], choice["rank"], choice["agent"], now.tick, group[agent]
        if source >= 0:
            origin = origins[source >> 2]
            rank, finder, when, topic = origin["rank"], origin["finder"], origin["found"], origin["topic"]
        if choice["ways"] & 1:
            mean = encounters * np.float64(visibility[agent])
            number = draws.poisson(draws.fold(occasion, draws.ENCOUNTERS), mean, no_encounter[agent])
            send(cues[sent], rows[sent], agent, -1, occasion, name, finder, when, rank, topic, number)
            shared_by[agent] += 1
            given[agent] += 1
            sent += 1
            shared += 1
            met += number
        if choice["ways"] & 2:
            target = whom_to_bring_to(key, present, followees, where[agent], occasion)
            if target >= 0:
                send(cues[sent], rows[sent], agent, target, occasion, name, finder, when, rank, topic, 0)
                brought_by[agent] += 1
                given[agent] += 1
                sent += 1
    sendings.number[part] += sent - begin
    sendings.encounters[part] += met
    now.counts[part, SHARED] += shared
    now.counts[part, BRINGINGS] += sent - begin - shared
    return np.int64(0)


def spend(part, agents, network, introductions, readable, now):
    """Introduce, and turn what everybody of a part gave into how much it can still read."""
    key, present, silenced, attention = agents.key, agents.present, agents.silenced, agents.attention
    introducing, introductory = agents.introducing, now.streams[draws.INTRODUCE]
    share_cost, introduction_cost = now.rates.share_cost, now.rates.introduction_cost
    introduced = now.bounds[part]
    for agent in range(now.bounds[part], now.bounds[part + 1]):
        costs = np.int64(readable[agent]) * share_cost
        if introducing[agent] > 0.0 and present[agent] and not silenced[agent]:
            occasion = draws.fold(introductory, np.int64(key[agent]))
            if draws.chance(occasion, np.float64(introducing[agent])):
                if introduce(introductions[introduced], key, present, network, agent, occasion):
                    introduced += 1
                    costs += introduction_cost
        left = rules.attention_left(np.float64(attention[agent]), costs) if present[agent] else 0.0
        readable[agent] = np.int64(min(left, 2147483647.0))
    now.counts[part, INTRODUCTIONS] = introduced - now.bounds[part]


# --- 3. Deliver -------------------------------------------------------------------------------------------------


def met(by_group, group_start, group, spanning, occasion):
    """Return whom one encounter of a share falls on: a present member, or -1 where there is none to meet."""
    draw = draws.fold(occasion, draws.MEET_OUTSIDE)
    if group_start.size == 2:
        return np.int64(by_group[draws.below(draw, by_group.size)])
    first = group_start[group]
    size = group_start[group + 1] - first
    if not draws.chance(occasion, np.float64(spanning)):
        return np.int64(by_group[first + draws.below(draw, size)]) if size > 0 else np.int64(-1)
    others = by_group.size - size
    if others == 0:
        return np.int64(-1)
    place = draws.below(draw, others)
    return np.int64(by_group[place if place < first else place + size])


def is_follower(items, mine, followees, theirs, sender, other):
    """Return whether someone follows the sender of a share, looking where the share is sent: its list is at hand.

    ``mine`` is the row of the sender's followers, ``theirs`` that of the other's followees.
    """
    if mine["count"] > 64 and theirs["count"] < mine["count"]:
        return position(followees, theirs, sender) >= 0
    return position(items, mine, other) >= 0


def receives(present, arrived, reader, finder, found, everyone):
    """Return whether a delivery arrives: nobody in a vacant slot, and nobody who found the item, receives it."""
    return (everyone or present[reader]) and not (reader == finder and found > arrived[reader])


def open_meetings(sendings):
    """Return room for all encounters, and where in it each part's begin, shape (parts + 1,)."""
    start = np.zeros(sendings.start.size + 1, np.int64)
    for part in range(sendings.start.size):
        start[part + 1] = start[part] + sendings.encounters[part]
    return np.empty(start[start.size - 1], DELIVERY), start


def meet(part, agents, network, sendings, meetings, start, now):
    """Write the deliveries by encounter of what a part sent: who comes across each share, each person once.

    Return where they end.
    """
    by_group, group_start = now.members.by_group, now.members.group_start
    arrived, group, spanning, rows = agents.arrived, agents.group, agents.spanning, sendings.row
    followers, by_sender = network.followers.items, network.followers.where
    followees, by_reader = network.followees.items, network.followees.where
    end, begin = start[part], sendings.start[part]
    for index in range(begin, begin + sendings.number[part]):
        sending = rows[index]
        number = np.int64(sending["encounters"])
        if number == 0:
            continue
        sender, finder = np.int64(sending["sender"]), np.int64(sending["finder"])
        meeting, first = draws.fold(sending["occasion"], draws.MEET), end
        for j in range(number):
            target = met(by_group, group_start, group[sender], spanning[sender], draws.fold(meeting, j))
            meets = target >= 0 and target != sender
            for earlier in range(first, end):
                meets = meets and meetings[earlier]["reader"] != target
            if not meets:
                continue
            if is_follower(followers, by_sender[sender], followees, by_reader[target], sender, target):
                continue
            if target == finder and sending["found"] > arrived[target]:
                continue
            meetings[end]["reader"] = target
            meetings[end]["source"] = 4 * index + ENCOUNTER
            end += 1
    return end


def address(part, agents, network, sendings, meetings, start, load, now):
    """Count whom what a part sent reaches, by blocks of readers: ``load`` has the shape (parts, blocks)."""
    present, arrived, reached_by = agents.present, agents.arrived, agents.reached
    followers, where, rows = network.followers.items, network.followers.where, sendings.row
    everyone = now.members.by_key.size == present.size  # no slot is vacant: none need be looked at
    begin, my_load = sendings.start[part], load[part]
    for index in range(begin, begin + sendings.number[part]):
        sending = rows[index]
        finder, found, target = sending["finder"], sending["found"], np.int64(sending["target"])
        reached = np.int64(0)
        if target >= 0:
            if receives(present, arrived, target, finder, found, everyone):
                my_load[target >> BLOCK] += 1
                reached += 1
        else:
            mine = where[sending["sender"]]
            for at in range(mine["start"], mine["start"] + mine["count"]):
                reader = np.int64(followers[at])
                if receives(present, arrived, reader, finder, found, everyone):
                    my_load[reader >> BLOCK] += 1
                    reached += 1
        reached_by[sending["sender"]] += reached
    end = meet(part, agents, network, sendings, meetings, start, now)
    for index in range(start[part], end):
        my_load[meetings[index]["reader"] >> BLOCK] += 1
        reached_by[rows[meetings[index]["source"] >> 2]["sender"]] += 1
    sendings.encounters[part] = end - start[part]


def open_feeds(load, now):
    """Return room for all deliveries and where each block's start, shape (blocks + 1,).

    ``load`` becomes the places at which each part writes its deliveries to each block: the parts one after the other.
    """
    start = np.zeros(load.shape[1] + 1, np.int64)
    for block in range(load.shape[1]):
        start[block + 1] = start[block]
        for part in range(load.shape[0]):
            number = load[part, block]
            load[part, block] = start[block + 1]
            start[block + 1] += number
    now.counts[0, DELIVERIES] = start[load.shape[1]]
    return np.empty(start[load.shape[1]], DELIVERY), start


def deliver(part, agents, network, sendings, meetings, start, free, deliveries, now):
    """Write the deliveries of what a part sent, gathered by block of readers, from the places ``free`` on."""
    present, arrived = agents.present, agents.arrived
    followers, where, rows = network.followers.items, network.followers.where, sendings.row
    everyone = now.members.by_key.size == present.size
    begin, my_free = sendings.start[part], free[part]
    for index in range(begin, begin + sendings.number[part]):
        sending = rows[index]
        finder, found, target = sending["finder"], sending["found"], np.int64(sending["target"])
        if target >= 0:
            if receives(present, arrived, target, finder, found, everyone):
                put(deliveries, my_free, target, 4 * index + BROUGHT)
            continue
        mine = where[sending["sender"]]
        for at in range(mine["start"], mine["start"] + mine["count"]):
            reader = np.int64(followers[at])
            if receives(present, arrived, reader, finder, found, everyone):
                put(deliveries, my_free, reader, 4 * index + FOLLOWER)
    for index in range(start[part], start[part] + sendings.encounters[part]):
        put(deliveries, my_free, np.int64(meetings[index]["reader"]), np.int64(meetings[index]["source"]))


def put(deliveries, free, reader, source):
    """Write one delivery to the next free place of its block."""
    place = free[reader >> BLOCK]
    free[reader >> BLOCK] = place + 1
    deliveries[place]["reader"] = reader
    deliveries[place]["source"] = source
