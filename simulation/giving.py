"""Who finds what, and gives what away? Phases 1 and 2 of the model description.

Plain loops over the columns of state.py: the same source runs interpreted and compiled. Every phase is data-parallel
over agents; columns.py says how it goes through them.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .columns import (
    SOME,
    begin_of,
    blocks_of,
    cues_of,
    enough,
    fold_keys,
    key_of,
    listed,
    name_finds,
    occasions_of,
)
from .network import ask_for
from .prefetch import prefetch
from .state import (
    BRINGINGS,
    BROUGHT,
    CHANNEL,
    FOUND,
    INTRODUCTIONS,
    SHARED,
    SHIFT,
    Chosen,
    Held,
    Sendings,
)
from .wide import copy, fill, place_of_least

CANDIDATES = 4 * SOME  # for so many possible targets of bringings room is kept

# --- 1. Find ----------------------------------------------------------------------------------------------------


def remember(memory, memory_next, agent, name):
    """Put an item's name in the place of the oldest."""
    if memory.shape[1] > 0:
        place = np.int64(memory_next[agent])
        memory[agent, place] = name
        memory_next[agent] = place + 1 if place + 1 < memory.shape[1] else 0


def find(part, agents, found, now):
    """Each agent of a part finds Poisson(`find_rate`) items; ``found`` says how many each."""
    finding, items, keys = now.streams[draws.FIND], now.streams[draws.ITEM], agents.keys
    words, numbers, whole = np.empty((2, SOME), np.uint64), np.empty((2, SOME)), np.empty((2, SOME), np.int32)
    occasions, states, lots, means, counts, finders = words[0], words[1], numbers[0], numbers[1], whole[0], whole[1]
    finds, room, total = np.empty(SOME, np.bool_), draws.poisson_room(SOME), np.int64(0)
    first, last = now.bounds[part], now.bounds[part + 1]
    for some in range(first, last, SOME):
        until = min(some + SOME, last)
        mine, number = slice(some, until), until - some
        find_rate, found_now, found_by = agents.find_rate[mine], found[mine], agents.found[mine]
        present, silenced = agents.present[mine], agents.silenced[mine]
        memory, memory_next = agents.memory[mine], agents.memory_next[mine]
        occasions_of(finding, keys, some, until, occasions)
        for at in range(number):
            lots[at] = draws.uniform(occasions[at])
            found_now[at] = 0
        for at in range(number):
            may_find = draws.brings_some(lots[at], np.float64(find_rate[at]))
            finds[at] = may_find & present[at] & (not silenced[at])
        who = listed(finders, finds[:number])
        for turn in range(who.size):
            agent = np.uint64(who[turn])
            states[turn], means[turn] = occasions[agent], find_rate[agent]
        draws.poisson_many(states[: who.size], means[: who.size], counts, room)
        name_finds(items, keys, some, who, states)
        for turn in range(who.size):
            finder = np.int64(who[turn])
            for rank in range(counts[turn]):
                remember(memory, memory_next, finder, draws.item_name(states[turn], rank))
            found_now[finder] = counts[turn]
            found_by[finder] += counts[turn]
            total += counts[turn]
    now.counts[part, FOUND] = total


# --- 2. Give ----------------------------------------------------------------------------------------------------


def open_sendings(hand, cues, rows, now):
    """Return room for all that can be given away: each item found or in hand is shared and brought at most once.

    ``cues`` and ``rows`` are taken where they have room. Parts begin where they began before as long as they are:
    elsewhere they would write to memory that nobody has used yet.
    """
    parts, most = now.bounds.size - 1, np.int64(0)
    for part in range(parts):
        in_hand, (first_block, last_block) = now.counts[part, FOUND], blocks_of(part, now.bounds)
        for block in range(first_block, last_block):
            in_hand += hand.number[block]
        most = max(most, 2 * in_hand)
    cues, rows = enough(cues, parts * most), enough(rows, parts * most)
    start = np.empty(parts, np.int64)
    for part in range(parts):
        start[part] = begin_of(part, parts, min(cues.size, rows.size))
    return Sendings(cues, rows, start, np.zeros(parts, np.int64), np.zeros(parts, np.int64))


def whom_to_introduce(keys, present, everyone, network, agent, occasion):
    """Return the two present contacts with the smallest draws; the second is -1 where there are fewer than two.

    Where everyone is present, nobody is looked at.
    """
    here = draws.fold(occasion, draws.PICK)
    first, second = np.int64(-1), np.int64(-1)
    least, less = here, here
    for lists in (network.followees, network.followers):
        mine = lists.where[agent]
        for at in range(mine["start"], mine["start"] + mine["count"]):
            contact = np.int64(lists.items[at])
            if (everyone or present[contact]) and contact != first and contact != second:
                draw = draws.fold(here, key_of(keys, contact))
                if first < 0 or draw < least:
                    second, less = first, least
                    first, least = contact, draw
                elif second < 0 or draw < less:
                    second, less = contact, draw
    return first, second


def introduce(introduction, keys, present, everyone, network, agent, occasion):
    """Write down which two contacts the agent introduces to each other; return whether it has two."""
    one, other = whom_to_introduce(keys, present, everyone, network, agent, occasion)
    introduction["introducer"] = agent
    introduction["one"] = one
    introduction["other"] = other
    return other >= 0


def room_to_choose():
    """Return room for some items that were found, and for what is chosen of some items."""
    places, words, numbers = np.empty((7, SOME), np.int32), np.empty((3, SOME), np.uint64), np.empty((2, SOME))
    flags, no_source = np.empty((2, SOME), np.bool_), places[6]
    no_source[:] = -1
    return Held(places[0], no_source, places[1], np.empty(SOME, np.uint32), numbers[0]), Chosen(
        words[0], words[1], flags[0], flags[1], places[2], words[2], numbers[1], places[3], places[4], places[5],
        np.empty(CANDIDATES, np.int32), np.empty(CANDIDATES, np.uint64), draws.poisson_room(SOME),
    )  # fmt: skip


def keep_item(hand, kept, at):
    """Put an item in hand where the next one that is kept belongs."""
    hand.owner[kept], hand.source[kept], hand.name[kept] = hand.owner[at], hand.source[at], hand.name[at]


def leave_rest(part, agents, hand, now):
    """Let only that stay in hand which a part of the agents will give: room for the rest would be memory yet unused."""
    (held, chosen), owner, source, name = room_to_choose(), hand.owner, hand.source, hand.name
    first_block, last_block = blocks_of(part, now.bounds)
    for block in range(first_block, last_block):
        kept, end = hand.start[block], hand.start[block] + hand.number[block]
        for some in range(kept, end, SOME):
            until = min(some + SOME, end)
            read = Held(owner[some:until], source[some:until], held.rank, name[some:until], held.generosity)
            fill_generosity(read, until - some, agents.generosity)
            choose(read, until - some, chosen, now.streams[draws.GIVE], agents, now)
            for at in range(until - some):
                chosen.shares[at] |= chosen.brings[at]
            for at in listed(chosen.which, chosen.shares[: until - some]):
                keep_item(hand, kept, some + at)
                kept += 1
        hand.number[block] = kept - hand.start[block]


def give(part, agents, network, found, hand, sendings, introductions, readable, now):
    """Share and bring what a part of the agents has in hand, and introduce; what attention is left can be read.

    ``introductions`` has room for one of every agent, a part's standing together from its first agent's place on.
    """
    first, last, items, keys = now.bounds[part], now.bounds[part + 1], now.streams[draws.ITEM], agents.keys
    (held, chosen), places, words = room_to_choose(), np.empty((2, SOME), np.int32), np.empty((2, SOME), np.uint64)
    agent_of, finds, finders, start, states = held.agent, words[0], places[0], places[1], words[1]
    sendings.number[part], sendings.most[part], count = 0, 0, np.int64(0)
    readable[first:last] = 0  # counts what is given, until it is known
    for some in range(first, last, SOME):
        who = listed(finders, found[some : min(some + SOME, last)])
        name_finds(items, keys, some, who, states)
        for turn in range(who.size):
            agent, rank = some + np.int64(who[turn]), np.int64(0)
            while rank < found[agent]:  # once, but where there is no more room
                end = min(count + found[agent] - rank, SOME)
                fill(agent_of, count, end, np.int32(agent))
                fill(start, count, end, np.int32(count - rank))
                fill(finds, count, end, states[turn])
                rank, count = rank + end - count, end
                if count == SOME:
                    give_found(part, held, finds, start, count, chosen, agents, network, hand, sendings, readable, now)
                    count = np.int64(0)
    give_found(part, held, finds, start, count, chosen, agents, network, hand, sendings, readable, now)
    first_block, last_block = blocks_of(part, now.bounds)
    for block in range(first_block, last_block):
        end = hand.start[block] + hand.number[block]
        for some in range(hand.start[block], end, SOME):
            until = min(some + SOME, end)
            owner, source, name = hand.owner[some:until], hand.source[some:until], hand.name[some:until]
            read = Held(owner, source, held.rank, name, held.generosity)
            choose_and_send(part, read, until - some, chosen, agents, network, hand, sendings, readable, now)
    spend(part, agents, network, introductions, readable, now)


def give_found(part, held, finds, start, count, chosen, agents, network, hand, sendings, given, now):
    """Name some items that were found just now by their ranks, which follow from where a finder's start; give them."""
    rank_of, name_of = held.rank, held.name
    for at in range(count):
        rank_of[at] = at - start[at]
    for at in range(count):
        name_of[at] = draws.item_name(finds[at], rank_of[at])
    choose_and_send(part, held, count, chosen, agents, network, hand, sendings, given, now)


def fill_generosity(held, count, generosities):
    """Look up how generous those are who have some items in hand."""
    agent_of, generosity = held.agent, held.generosity
    for at in range(count):
        generosity[at] = generosities[np.uint64(agent_of[at])]


def choose_and_send(part, held, count, chosen, agents, network, hand, sendings, given, now):
    """Choose what is given of some items in hand, and send it."""
    fill_generosity(held, count, agents.generosity)
    choose(held, count, chosen, now.streams[draws.GIVE], agents, now)
    share(part, held, chosen, listed(chosen.which, chosen.shares[:count]), agents, network, hand, sendings, given, now)
    brought = listed(chosen.which, chosen.brings[:count])
    number = ask_for_candidates(held, brought, network, hand.origins)
    candidates, lots = enough(chosen.candidate, number), enough(chosen.lot, number)
    choose_targets(held, chosen, brought, candidates, lots, agents, network, now)
    bring(part, held, chosen, brought, agents, hand, sendings, given, now)


def choose(held, count, chosen, giving, agents, now):
    """Draw which of some items in hand are shared, and which are brought, from where a tick's draws of giving start."""
    cues, present, silenced, generosity = chosen.cue, agents.present, agents.silenced, held.generosity
    relay, up = now.rates.relay, now.rates.bring
    agent_of, sources, occasion, shares, brings = held.agent, held.source, chosen.occasion, chosen.shares, chosen.brings
    cues_of(held.name, agents.keys, agent_of, cues[:count])
    for at in range(count):
        occasion[at] = draws.fold(giving, cues[at])
    shares[:count] = True
    for at in range(0 if now.members.giving == present.size else count):
        shares[at] = present[agent_of[at]] & (not silenced[agent_of[at]])
    for at in range(count):
        probability = rules.bring_probability(up, relay, kind_of(sources[at]))
        brings[at] = (draws.lower(occasion[at]) < probability) & shares[at]
    for at in range(count):
        probability = rules.share_probability(generosity[at], relay, kind_of(sources[at]))
        shares[at] = (draws.upper(occasion[at]) < probability) & shares[at]


def kind_of(source):
    """Return of which kind an item in hand is that came like this; see `origin_of`."""
    return rules.FIRST if source < 0 else rules.BROUGHT if source & CHANNEL == BROUGHT else rules.READ


def origin_of(origins, source, agent, tick, rank, topic):
    """Return who found an item in hand, when, its rank then and its topic.

    ``source`` says how it came; an item that came from nowhere was found by the agent itself, in this tick.
    """
    if source < 0:
        return agent, tick, rank, topic
    origin = origins[source >> SHIFT]
    return np.int64(origin["finder"]), origin["found"], origin["rank"], origin["topic"]


def send(row, agent, target, finder, found, rank, topic, encounters):
    """Write one share (target -1) or bringing of an item."""
    row["sender"] = agent
    row["target"] = target
    row["finder"] = finder
    row["found"] = found
    row["rank"] = rank
    row["topic"] = topic
    row["encounters"] = encounters


def share(part, held, chosen, which, agents, network, hand, sendings, given, now):
    """Send some items to all followers of who has them, and to how many others come across; ``given`` counts them."""
    visibility, encounters = agents.visibility, now.rates.encounters
    shared_by, group, tick, origins = agents.shared, agents.group, np.int32(now.tick), hand.origins
    agent_of, sources, ranks, cue_of, occasions = held.agent, held.source, held.rank, chosen.cue, chosen.occasion
    begin, most, followers = sendings.start[part] + sendings.number[part], np.int64(0), network.followers.where
    cues, rows = sendings.cue[begin:], sendings.row[begin:]
    states, means, numbers = chosen.state, chosen.mean, chosen.encounters
    for turn in range(which.size):
        sharer = np.uint64(agent_of[which[turn]])
        prefetch(origins, np.int64(sources[which[turn]]) >> SHIFT)
        prefetch(cues, turn)
        prefetch(rows, turn)
        states[turn] = draws.fold(occasions[which[turn]], draws.ENCOUNTERS)
        means[turn] = encounters * np.float64(visibility[sharer])
    draws.poisson_many(states[: which.size], means[: which.size], numbers, chosen.room)
    for turn in range(which.size):
        at = np.int64(which[turn])
        agent, source, number = np.int64(agent_of[at]), np.int64(sources[at]), np.int64(numbers[turn])
        finder, found, rank, topic = origin_of(origins, source, agent, tick, ranks[at], group[agent])
        cues[turn] = cue_of[at]
        send(rows[turn], agent, -1, finder, found, rank, topic, number)
        shared_by[agent] += 1
        given[agent] += 1
        most += number + followers[agent]["count"]
    sendings.number[part] += which.size
    sendings.most[part] += most
    now.counts[part, SHARED] += which.size


def ask_for_candidates(held, which, network, origins):
    """Ask for the followees of those who bring some items; return how many they are, counted once for every item.

    How the items came is asked for as well.
    """
    sources = held.source
    agent_of, items, where, total = held.agent, network.followees.items, network.followees.where, np.int64(0)
    for turn in range(which.size):
        mine = where[agent_of[which[turn]]]
        ask_for(items, mine)
        prefetch(origins, np.int64(sources[which[turn]]) >> SHIFT)
        total += mine["count"]
    return total


def choose_targets(held, chosen, which, candidates, lots, agents, network, now):
    """Choose for some items to whom each is brought: the present followee with the smallest draw, or -1.

    Where everyone is present, nobody is looked at.
    """
    items, where, present = network.followees.items, network.followees.where, agents.present
    agent_of, occasions, targets, ends, total = held.agent, chosen.occasion, chosen.target, chosen.place, np.int64(0)
    everyone = now.members.everyone
    for turn in range(which.size):
        mine, begin = where[agent_of[which[turn]]], total
        if everyone:
            copy(candidates, total, items, np.int64(mine["start"]), np.int64(mine["start"]) + mine["count"])
            total += mine["count"]
        else:
            for place in range(mine["start"], mine["start"] + mine["count"]):
                candidates[total] = items[place]
                total += np.int64(present[items[place]])
        fill(lots, begin, total, draws.fold(occasions[which[turn]], draws.BRING_TO))
        ends[turn] = total
    fold_keys(agents.keys, 0, candidates[:total], lots)
    end = np.int64(0)
    for turn in range(which.size):
        begin, end = end, np.int64(ends[turn])
        least = place_of_least(lots, begin, end)
        targets[turn] = candidates[least] if least >= 0 else -1


def bring(part, held, chosen, which, agents, hand, sendings, given, now):
    """Hand some items up, each to one followee of who has it, if any is present; ``given`` counts them."""
    brought_by, group, tick, origins = agents.brought, agents.group, np.int32(now.tick), hand.origins
    agent_of, sources, ranks, cue_of = held.agent, held.source, held.rank, chosen.cue
    begin, sent = sendings.start[part] + sendings.number[part], np.int64(0)
    cues, rows, targets = sendings.cue[begin:], sendings.row[begin:], chosen.target
    for turn in range(which.size):
        at = np.int64(which[turn])
        agent, source = np.int64(agent_of[at]), np.int64(sources[at])
        if targets[turn] < 0:
            continue
        finder, found, rank, topic = origin_of(origins, source, agent, tick, ranks[at], group[agent])
        cues[sent] = cue_of[at]
        send(rows[sent], agent, targets[turn], finder, found, rank, topic, 0)
        brought_by[agent] += 1
        given[agent] += 1
        sent += 1
    sendings.number[part] += sent
    sendings.most[part] += sent
    now.counts[part, BRINGINGS] += sent


def spend(part, agents, network, introductions, readable, now):
    """Introduce, and turn what everybody of a part gave into how much it can still read."""
    introductory, introduced = now.streams[draws.INTRODUCE], now.bounds[part]
    share_cost, introduction_cost = now.rates.share_cost, now.rates.introduction_cost
    costs, introduces, introducers = np.empty(SOME), np.empty(SOME, np.bool_), np.empty(SOME, np.int32)
    occasions, everyone = np.empty(SOME, np.uint64), now.members.everyone
    for some in range(now.bounds[part], now.bounds[part + 1], SOME):
        until = min(some + SOME, now.bounds[part + 1])
        mine, number = slice(some, until), until - some
        present, silenced, given = agents.present[mine], agents.silenced[mine], readable[mine]
        attention, introducing = agents.attention[mine], agents.introducing[mine]
        for at in range(number):
            costs[at] = np.int64(given[at]) * share_cost
        occasions_of(introductory, agents.keys, some, until, occasions)
        for at in range(number):
            introduces[at] = draws.chance(occasions[at], np.float64(introducing[at]))
        for at in range(number):
            introduces[at] = introduces[at] & present[at] & (not silenced[at])
        introducing_here = listed(introducers, introduces[:number])
        for at in introducing_here:
            ask_for(network.followees.items, network.followees.where[some + at])
            ask_for(network.followers.items, network.followers.where[some + at])
        for at in introducing_here:
            row = introductions[introduced]
            if introduce(row, agents.keys, agents.present, everyone, network, some + at, occasions[at]):
                introduced += 1
                costs[at] += introduction_cost
        for at in range(number):
            left = rules.attention_left(np.float64(attention[at]), costs[at])
            given[at] = np.int64(min(left, 2147483647.0)) if present[at] else 0
    now.counts[part, INTRODUCTIONS] = introduced - now.bounds[part]
