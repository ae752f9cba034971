"""Who finds what, and gives what away? Phases 1 and 2 of the model description.

Plain loops over the columns of state.py: the same source runs interpreted and compiled. Every phase is data-parallel
over agents. Helpers that run once per item take the few columns that they need: wide arguments are slow to pass.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .prefetch import AHEAD, prefetch
from .state import (
    BRINGINGS,
    BROUGHT,
    CHOICE,
    CUE,
    FOLLOWER,
    FOUND,
    INTRODUCTIONS,
    SENDING,
    SHARED,
    Sendings,
)

CHOSEN = 512  # items that are chosen before they are sent


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
