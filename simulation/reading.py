"""Who reads what, what stays in hand, and who opts in or out? Phases 4 and 5 of the model description.

Everyone's feed is read on its own, while it is in the cache: blocks need nothing of each other. Some readers at a time
share a page, of which pages.py finds out first what does not depend on what was read before. Loops without branches
over its columns compile to wide instructions, and what is done feed by feed, wide.py does.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .columns import BLOCK, SOME, arrived_in, begin_of, blocks_of, enough
from .feeds import room_for_feeds, sort_into_feeds
from .giving import choose, room_to_choose
from .network import ask_for
from .pages import compare_groups, draw_of_entry, look_up, open_page, put_in_order, room_for_page
from .prefetch import prefetch
from .state import (
    BROUGHT,
    CHANNEL,
    ENCOUNTER,
    FIRST_HAND,
    FOLLOWER,
    READING,
    READS,
    SHIFT,
    UNITS,
    VALUE_UNITS,
    Hand,
    Held,
)
from .wide import all_new, copy, list_places, place_of

BY_CREDIT = 3  # a reason; the channels `encounter` and `brought` have the numbers of their reasons


# --- 4. Read ----------------------------------------------------------------------------------------------------


def open_hand(hand, sendings, block_start):
    """Empty the hand, whose items have been given away or not, and make room for everything that is delivered."""
    room, none = block_start[block_start.size - 1], np.zeros((2, block_start.size - 1), np.int64)
    return Hand(enough(hand.owner, room), enough(hand.name, room), enough(hand.source, room), none[0],
                none[1], sendings.row)  # fmt: skip


def open_decisions(opted, block_start, bounds, keep):
    """Return room for one change of a tie per delivery, ``opted`` where it has it, and for all readings if kept.

    Every part of the agents has as much room, and begins where it began before as long as ``opted`` is.
    """
    parts, most = bounds.size - 1, np.int64(0)
    for part in range(parts):
        first, last = blocks_of(part, bounds)
        most = max(most, block_start[last] - block_start[first])
    readings = block_start[block_start.size - 1] if keep.feeds else 0
    return enough(opted, parts * most), np.empty(readings, READING)


def remember_all(memory, first, size, place, names, begin, end):
    """Put the names begin .. end - 1 in the places of the oldest, from one on; return which is the oldest then.

    A memory of so many names begins at ``first``. What more would come than it holds is forgotten at once.
    """
    more = end - begin - size
    if more > 0:
        begin, place = begin + more, (place + more) % max(size, 1)
    until = min(end, begin + size - place)
    copy(memory, first + place, names, begin, until)
    copy(memory, first, names, until, end)
    place += end - begin
    return place if place < size else place - size


def read_page(page, count, memory, memory_next, size):
    """Let everyone on a page read: which entries does it remember? Those that it does not, it remembers from then on.

    ``memory`` holds so many names for each reader, one reader's after the other. Return how many readers may have met
    an item twice; the page lists them.
    """
    reading, start, limit, name, remembered = page.reading, page.start, page.limit, page.name, page.remembered
    twice, number = page.twice, np.int64(0)
    for turn in range(count):
        reader = np.uint64(reading[turn])
        begin, mine, place = np.int64(start[reader]), np.int64(reader) * size, np.int64(memory_next[reader])
        end = begin + limit[reader]
        if all_new(name, begin, end, memory, mine, mine + size):  # as most feeds are
            place = remember_all(memory, mine, size, place, name, begin, end)
        else:
            twice[number] = reader
            number += 1
            for at in range(begin if size > 0 else end, end):  # without a memory nothing is remembered
                remembered[at] = place_of(memory, mine, mine + size, name[at]) >= 0
                if not remembered[at]:
                    memory[mine + place] = name[at]
                    place = place + 1 if place + 1 < size else np.int64(0)
        memory_next[reader] = place
    return number


def weigh_page(page, entries, now):
    """Say what the entries of a page were worth, what stays in hand, and who may follow or unfollow because of it.

    Return the sum of their worth in units.
    """
    remembered, name, same_group, is_read = page.remembered, page.name, page.same_group, page.is_read
    values, prices, stays, decides, lot = page.value, page.price, page.stays, page.decides, page.lot
    spread = now.rates.quality_spread
    openness, responsiveness, homophily = now.rates.openness, now.rates.responsiveness, now.rates.homophily
    watched, units, source = now.keep.feeds or now.attraction.size > 0, np.int64(0), page.source
    for at in range(entries):
        quality = draws.item_quality(name[at], spread)
        value = rules.value(remembered[at], quality, same_group[at], openness)
        values[at] = value if is_read[at] else 0.0
    for at in range(entries):
        units += np.int64(values[at] * UNITS)
    for at in range(entries):
        stays[at] = is_read[at] & (values[at] > prices[at])
    for at in range(entries):
        may = draws.lower(np.uint64(lot[at])) < likeliest(responsiveness, values[at] - prices[at], homophily)
        settled = stays[at] & (source[at] & FIRST_HAND > 0)  # owed to somebody who is followed
        decides[at] = (is_read[at] & may & (not settled)) | (watched & stays[at])
    return units


def sum_up_page(page, count, here, received_by):
    """Sum up what everyone on a page received."""
    reading, start, limit, values = page.reading, page.start, page.limit, page.value
    for turn in range(count):
        reader, total = np.int64(reading[turn]), 0.0
        begin = np.int64(start[reader])
        for at in range(begin, begin + limit[reader]):
            total += values[np.uint64(at)]
        received_by[here + reader] += total


def keep_page_once(page, entries, number, size):
    """See to it that nobody keeps an item twice: that none of so many readers does, who may have met one twice."""
    twice, start, limit, names = page.twice, page.start, page.limit, page.name
    stays, remembered, again = page.stays[:entries], page.remembered, np.int64(0)
    for at in range(entries):
        again += np.int64(stays[at] & remembered[at])
    for turn in range(number):
        reader = np.int64(twice[turn])
        begin, end = np.int64(start[reader]), np.int64(start[reader]) + limit[reader]
        first = begin + (0 if again > 0 else size)  # memory knows what comes before it
        if first < end:
            keep_once(names, stays, begin, first, end)


def leave_out(page, entries, held, chosen, agents, now):
    """Let only that stay in hand which its reader will give in the next tick: nobody looks at the rest."""
    reader, source, name, stays, rank = page.reader, page.source, page.name, page.stays, held.rank
    generosity, giving_next = page.generosity, now.streams[draws.STREAMS]
    for some in range(0, entries, SOME):
        until = min(some + SOME, entries)
        read = Held(reader[some:until], source[some:until], rank, name[some:until], generosity[some:until])
        stay = stays[some:until]
        choose(read, until - some, chosen, giving_next, agents, now)
        shares, brings = chosen.shares, chosen.brings
        for at in range(until - some):
            stay[at] = stay[at] & (shares[at] | brings[at])


def close_page(page, entries, block, hand):
    """Take what stays in hand. Return how many entries decide something; the page lists them."""
    owner, name, source, places = hand.owner, hand.name, hand.source, page.deciding
    reader_of, names, sources = page.reader, page.name, page.source
    free, staying = hand.start[block] + hand.number[block], list_places(places, page.stays[:entries])
    for turn in range(staying):
        at, to = np.uint64(places[turn]), np.uint64(free + turn)
        owner[to], name[to], source[to] = reader_of[at], names[at], sources[at]
    hand.number[block] += staying
    return list_places(places, page.decides[:entries])


def keep_once(names, stays, begin, first, end):
    """Let a reader keep nothing of the entries first .. end - 1 that it has kept of its feed's earlier ones."""
    for place in range(first, end):
        earlier = place_of(names, begin, place, names[place])
        while stays[place] and earlier >= 0:
            stays[place] = not stays[earlier]
            earlier = place_of(names, earlier + 1, place, names[place])


def keep_page(page, entries, readings, rows, now):
    """Write down all entries of a page, for those who ask to see them; nobody is owed one yet."""
    for place in range(entries):
        source, row = page.source[place], readings[place]
        sending = rows[source >> SHIFT]
        row["tick"] = now.tick
        row["reader"] = page.reader[place]
        row["sender"] = sending["sender"]
        row["finder"] = sending["finder"]
        row["found"] = sending["found"]
        row["rank"] = sending["rank"]
        row["topic"] = sending["topic"]
        row["channel"] = source & CHANNEL
        row["read"] = page.is_read[place]
        row["owed"] = -1
        row["value"] = page.value[place]
        row["price"] = page.price[place]


# --- 5. Opt in, opt out: one number -----------------------------------------------------------------------------


def put_change(change, tick, follower, followee, reason):
    """Write one change of a tie."""
    change["tick"] = tick
    change["follower"] = follower
    change["followee"] = followee
    change["reason"] = reason


def likeliest(responsiveness, net, homophily):
    """Return the largest probability of a follow or unfollow after this net value, whoever may be concerned."""
    if not net > 0.0:
        return rules.unfollow_probability(responsiveness, net)
    probability = rules.follow_probability(responsiveness, net, homophily, True, 1.0)
    if homophily > 0.0:
        return max(probability, rules.follow_probability(responsiveness, net, homophily, False, 1.0))
    return probability


def look_ahead(deciding, source, reader, rows, items, where, present, since, identity, everyone):
    """Ask for what decisions look at, which lies anywhere: the sendings, then who found it and the lists."""
    for turn in range(deciding.size):
        prefetch(rows, np.int64(source[deciding[turn]]) >> SHIFT)
        prefetch(where, np.int64(reader[deciding[turn]]))
    for turn in range(deciding.size):
        ask_for(items, where[reader[deciding[turn]]])
        sending = rows[source[deciding[turn]] >> SHIFT]
        finder = np.int64(sending["finder"])
        prefetch(identity, np.int64(sending["sender"]))
        if not everyone:
            prefetch(present, finder)
            prefetch(since, finder)
        prefetch(identity, finder)


def decide(page, number, rows, agents, network, changes, changed, readings, now):
    """Readers follow whom they owe something, or drop who wasted their attention; return how many changes there are.

    Only entries whose draw is below the `likeliest` probability are looked at; the others change nothing.
    """
    present, since, keys, identity = agents.present, agents.since, agents.keys, agents.identity
    attraction = now.attraction
    items, where, locked, known_by = network.followees.items, network.followees.where, network.locked, network.followers
    responsiveness, homophily = now.rates.responsiveness, now.rates.homophily
    cost, credit, reader_of, source_of, price = now.rates.cost, now.rates.credit, page.reader, page.source, page.price
    values, lots, name, remembered = page.value, page.lot, page.name, page.remembered
    deciding = page.deciding[:number]
    everyone = now.members.everyone
    look_ahead(deciding, source_of, reader_of, rows, items, where, present, since, identity, everyone)
    for turn in range(deciding.size):
        place = np.int64(deciding[turn])
        reader, value, source = np.int64(reader_of[place]), values[place], source_of[place]
        lot = draws.lower(np.uint64(lots[place]))
        channel, sending, net = source & CHANNEL, rows[source >> SHIFT], value - price[place]
        sender, first = np.int64(sending["sender"]), np.int64(where[reader]["start"])
        end = first + where[reader]["count"]
        if net < 0.0 and channel != ENCOUNTER:
            if place_of(items, first, end, sender) >= first + locked[reader]:
                reason = rules.opt_out_reason(remembered[place], value, cost)
                put_change(changes[changed], now.tick, reader, sender, reason)
                changed += 1
        elif net > 0.0:
            owed, reason = sender, np.int64(channel)
            if channel == FOLLOWER or (channel == BROUGHT and place_of(items, first, end, sender) >= 0):
                owed, reason = np.int64(sending["finder"]), np.int64(BY_CREDIT)
                known = (everyone or present[owed]) and sending["found"] > arrived_in(since, owed)
                draw = draw_of_entry(now.streams, keys, reader, sender, name[place], channel)
                grateful = known and draws.chance(draws.fold(draw, draws.CREDIT), credit)
                if not grateful or place_of(items, first, end, owed) >= 0:
                    continue
            if now.keep.feeds:
                readings[place]["owed"] = owed
            drawn = attraction[known_by.where[owed]["count"]] if attraction.size > 0 else 1.0
            same = identity[reader] == identity[owed]
            if lot < rules.follow_probability(responsiveness, net, homophily, same, drawn):
                put_change(changes[changed], now.tick, reader, owed, reason)
                changed += 1
    return changed


def read(part, agents, network, sendings, deliveries, block_start, readable, hand, changes, changed, readings, now):
    """Let the agents of a part read and decide, block by block, and in a block some at a time.

    ``changes`` has room for one per delivery, each part's as much of it; ``changed`` says how many there are.
    """
    rows, one_group, memory_size = sendings.row, now.members.group_start.size == 2, agents.memory.shape[1]
    first_block, last_block = blocks_of(part, now.bounds)
    feeds, begin = room_for_feeds(block_start, first_block, last_block), begin_of(part, changed.size, changes.size)
    count, reads, units, free = begin, np.int64(0), np.int64(0), block_start[first_block]
    held, chosen = room_to_choose()
    for block in range(first_block, last_block):
        first = block << BLOCK
        readers = min(agents.present.size - first, 1 << BLOCK)
        sort_into_feeds(feeds, deliveries, block, readers)
        each, page = room_for_page(feeds.start, readers)
        hand.start[block] = free
        for some in range(0, readers, each):
            start, here = feeds.start[some : min(some + each, readers) + 1], first + some
            source, entries, on_page = feeds.source[start[0] :], start[-1] - start[0], start.size - 1
            mine, seen = slice(here, here + on_page), readings[block_start[block] + start[0] :]
            memory = agents.memory[mine].reshape(on_page * memory_size)
            reading, read_here = open_page(page, start, here, readable, agents, memory, memory_size, now)
            look_up(page, source, entries, sendings.cue, agents.keys, now.streams)
            put_in_order(page, source, entries, reading)
            if not one_group:
                compare_groups(page, entries, rows, agents.group)
            twice = read_page(page, reading, memory, agents.memory_next[mine], memory_size)
            units += weigh_page(page, entries, now)
            sum_up_page(page, reading, here, agents.received)
            keep_page_once(page, entries, twice, memory_size)
            if not now.keep.hands:
                leave_out(page, entries, held, chosen, agents, now)
            deciding = close_page(page, entries, block, hand)
            if now.keep.feeds:
                keep_page(page, entries, seen, rows, now)
            count = decide(page, deciding, rows, agents, network, changes, count, seen, now)
            reads += read_here
        free += hand.number[block]
    changed[part] = count - begin
    now.counts[part, READS] = reads
    now.counts[part, VALUE_UNITS] = units
