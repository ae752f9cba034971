"""Who finds what, gives it away, and whom does it reach? Phases 1 to 3 of the model description.

Plain loops over the columns of state.py: the same source runs interpreted and compiled. Every phase is data-parallel
over agents. Helpers that run once per item take the few columns that they need: wide arguments are slow to pass.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .network import follows, has
from .state import (
    BRINGINGS,
    BROUGHT,
    DELIVERIES,
    DELIVERY,
    ENCOUNTER,
    FOLLOWER,
    FOUND,
    INTRODUCTION,
    INTRODUCTIONS,
    SENDING,
    SHARED,
)

BLOCK = 12  # deliveries are gathered by blocks of 2**BLOCK readers, whose feeds then fit in the cache


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


def find(agents, now):
    """Each agent finds Poisson(`find_rate`) items; return how many each, and how many in all."""
    key, find_rate, no_find = agents.key, agents.find_rate, agents.no_find
    memory, memory_next = agents.memory, agents.memory_next
    present, silenced, found_by = agents.present, agents.silenced, agents.found
    finding, items = now.streams[draws.FIND], now.streams[draws.ITEM]
    found, total = np.zeros(key.size, np.int32), np.int64(0)
    for agent in range(key.size):
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
    now.counts[FOUND] = total
    return found, total


# --- 2. Give ----------------------------------------------------------------------------------------------------


def send(sending, agent, target, occasion, name, finder, found, rank, topic):
    """Write one share (target -1) or bringing."""
    sending["occasion"] = occasion
    sending["name"] = name
    sending["sender"] = agent
    sending["target"] = target
    sending["finder"] = finder
    sending["found"] = found
    sending["rank"] = rank
    sending["topic"] = topic


def whom_to_bring_to(key, present, followees, agent, occasion):
    """Return the present followee with the smallest draw, or -1."""
    here = draws.fold(occasion, draws.BRING_TO)
    chosen, smallest = np.int64(-1), here
    items, mine = followees.items, followees.where[agent]
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


def give(agents, network, found, total, hand, now):
    """Share and bring what is in hand; return the sendings, shares and bringings in the order of agents."""
    key, group, present, silenced = agents.key, agents.group, agents.present, agents.silenced
    generosities, shared_by, brought_by = agents.generosity, agents.shared, agents.brought
    followees, held, names, sources, origins = network.followees, hand.start, hand.name, hand.source, hand.origins
    giving, items = now.streams[draws.GIVE], now.streams[draws.ITEM]
    tick, bring, relay = now.tick, now.rates.bring, now.rates.relay
    sendings, sent = np.empty(2 * (total + hand.name.size), SENDING), np.int64(0)
    shared, brought = np.int64(0), np.int64(0)
    for agent in range(key.size):
        if not present[agent] or silenced[agent]:
            continue
        shared_before, brought_before = shared, brought
        giver = draws.fold(giving, np.int64(key[agent]))
        generosity = np.float64(generosities[agent])
        first, last = np.int64(held[agent]), np.int64(held[agent + 1])
        for at in range(first - found[agent], last):
            if at < first:
                rank, kind = at - first + found[agent], np.int64(rules.FIRST)
                name = draws.item_name(items, np.int64(key[agent]), tick, rank)
            else:
                source, name = np.int64(sources[at]), names[at]
                if source < 0:
                    continue  # its holder has left
                kind = np.int64(rules.BROUGHT if source & 3 == BROUGHT else rules.READ)
            occasion = draws.fold(giver, name)
            shares = draws.chance(occasion, rules.share_probability(generosity, relay, kind))
            target = np.int64(-1)
            if draws.chance(draws.fold(occasion, draws.BRING), rules.bring_probability(bring, relay, kind)):
                target = whom_to_bring_to(key, present, followees, agent, occasion)
            for _ in range(np.int64(shares) + np.int64(target >= 0)):
                to = np.int64(-1) if shares else target
                if kind == rules.FIRST:
                    send(sendings[sent], agent, to, occasion, name, agent, tick, rank, group[agent])
                else:
                    origin = origins[source >> 2]
                    send(sendings[sent], agent, to, occasion, name,
                         origin["finder"], origin["found"], origin["rank"], origin["topic"])  # fmt: skip
                sent += 1
                shared += np.int64(shares)
                brought += np.int64(not shares)
                shares = False
        shared_by[agent] += shared - shared_before
        brought_by[agent] += brought - brought_before
    now.counts[SHARED] = shared
    now.counts[BRINGINGS] = brought
    return sendings[:sent]


def introduce(agents, network, now):
    """Return who introduces which two contacts to each other; the follows are decided in phase 6."""
    key, present, silenced, introducing = agents.key, agents.present, agents.silenced, agents.introducing
    introductions, count = np.empty(8, INTRODUCTION), np.int64(0)
    for agent in range(key.size):
        if not (present[agent] and introducing[agent] > 0.0) or silenced[agent]:
            continue
        occasion = draws.fold(now.streams[draws.INTRODUCE], np.int64(key[agent]))
        if draws.chance(occasion, np.float64(introducing[agent])):
            one, other = whom_to_introduce(key, present, network, agent, occasion)
            if other >= 0:
                if count == introductions.size:
                    introductions = enlarged(introductions)
                introductions[count]["introducer"] = agent
                introductions[count]["one"] = one
                introductions[count]["other"] = other
                count += 1
    now.counts[INTRODUCTIONS] = count
    return introductions[:count]


def attention_left(agents, sendings, introductions, now):
    """Return how many entries of its feed each agent can still read after giving: one budget serves both."""
    costs = np.zeros(agents.key.size, np.float64)
    for at in range(sendings.size):
        costs[sendings[at]["sender"]] += 1.0
    for agent in range(costs.size):
        costs[agent] *= now.rates.share_cost
    for at in range(introductions.size):
        costs[introductions[at]["introducer"]] += now.rates.introduction_cost
    readable = np.zeros(costs.size, np.int32)
    for agent in range(costs.size):
        if agents.present[agent]:
            left = rules.attention_left(np.float64(agents.attention[agent]), costs[agent])
            readable[agent] = np.int64(min(left, 2147483647.0))
    return readable


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


def is_follower(network, sender, other):
    """Return whether someone follows the sender of a share, looking where the share is sent: its list is at hand."""
    if network.followers.where[sender]["count"] > 64:
        return follows(network, other, sender)
    return has(network.followers, sender, other)


def meet(agents, network, sendings, now):
    """Return the deliveries by encounter: who comes across each share, each person once."""
    encounters, by_group, group_start = now.rates.encounters, now.members.by_group, now.members.group_start
    visibility, no_encounter, arrived = agents.visibility, agents.no_encounter, agents.arrived
    group, spanning = agents.group, agents.spanning
    deliveries, count = np.empty(2 * sendings.size + 8, DELIVERY), np.int64(0)
    for index in range(sendings.size if encounters > 0.0 else 0):
        sending = sendings[index]
        if sending["target"] >= 0:
            continue
        sender, finder = np.int64(sending["sender"]), np.int64(sending["finder"])
        occasion = draws.fold(sending["occasion"], draws.ENCOUNTERS)
        mean = encounters * np.float64(visibility[sender])
        number = draws.poisson(occasion, mean, no_encounter[sender])
        before = count
        meeting = draws.fold(sending["occasion"], draws.MEET)
        for j in range(number):
            target = met(by_group, group_start, group[sender], spanning[sender], draws.fold(meeting, j))
            meets = target >= 0 and target != sender
            for earlier in range(before, count):
                meets = meets and deliveries[earlier]["reader"] != target
            if not meets or is_follower(network, sender, target):
                continue
            if target == finder and sending["found"] > arrived[target]:
                continue
            if count == deliveries.size:
                deliveries = enlarged(deliveries)
            deliveries[count]["reader"] = target
            deliveries[count]["source"] = 4 * index + ENCOUNTER
            count += 1
    return deliveries[:count]


def receives(present, arrived, reader, finder, found, everyone):
    """Return whether a delivery arrives: nobody in a vacant slot, and nobody who found the item, receives it."""
    return (everyone or present[reader]) and not (reader == finder and found > arrived[reader])


def count_by_block(agents, network, sendings, encounters, everyone):
    """Return where the deliveries of each block of readers will start, shape (blocks + 1,)."""
    present, arrived, reached_by = agents.present, agents.arrived, agents.reached
    followers, where = network.followers.items, network.followers.where
    start = np.zeros(((present.size - 1) >> BLOCK) + 2, np.int64)
    for index in range(sendings.size):
        sending = sendings[index]
        finder, found, target = sending["finder"], sending["found"], np.int64(sending["target"])
        reached = np.int64(0)
        if target >= 0:
            if receives(present, arrived, target, finder, found, everyone):
                start[(target >> BLOCK) + 1] += 1
                reached += 1
        else:
            mine = where[sending["sender"]]
            for at in range(mine["start"], mine["start"] + mine["count"]):
                reader = np.int64(followers[at])
                if receives(present, arrived, reader, finder, found, everyone):
                    start[(reader >> BLOCK) + 1] += 1
                    reached += 1
        reached_by[sending["sender"]] += reached
    for index in range(encounters.size):
        start[(encounters[index]["reader"] >> BLOCK) + 1] += 1
        reached_by[sendings[encounters[index]["source"] >> 2]["sender"]] += 1
    for block in range(start.size - 1):
        start[block + 1] += start[block]
    return start


def deliver(agents, network, sendings, now):
    """Gather all deliveries by block of readers; return them and where each block starts."""
    present, arrived = agents.present, agents.arrived
    followers, where = network.followers.items, network.followers.where
    encounters = meet(agents, network, sendings, now)
    everyone = now.members.by_key.size == present.size  # no slot is vacant: none need be looked at
    start = count_by_block(agents, network, sendings, encounters, everyone)
    deliveries = np.empty(start[start.size - 1], DELIVERY)
    free = start.copy()
    for index in range(sendings.size):
        sending = sendings[index]
        finder, found, target = sending["finder"], sending["found"], np.int64(sending["target"])
        if target >= 0:
            if receives(present, arrived, target, finder, found, everyone):
                deliveries[free[target >> BLOCK]]["reader"] = target
                deliveries[free[target >> BLOCK]]["source"] = 4 * index + BROUGHT
                free[target >> BLOCK] += 1
            continue
        mine = where[sending["sender"]]
        for at in range(mine["start"], mine["start"] + mine["count"]):
            reader = np.int64(followers[at])
            if receives(present, arrived, reader, finder, found, everyone):
                deliveries[free[reader >> BLOCK]]["reader"] = reader
                deliveries[free[reader >> BLOCK]]["source"] = 4 * index + FOLLOWER
                free[reader >> BLOCK] += 1
    for index in range(encounters.size):
        block = encounters[index]["reader"] >> BLOCK
        deliveries[free[block]] = encounters[index]
        free[block] += 1
    now.counts[DELIVERIES] = deliveries.size
    return deliveries, start
