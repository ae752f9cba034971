"""Who reads what, what stays in hand, and who opts in or out? Phases 4 and 5 of the model description.

Everyone's feed is read on its own, while it is in the cache: blocks need nothing of each other. Some readers at a time
put their feeds in order, then all read their first entry, then all their second, and so on. Loops without branches over
such columns compile to wide instructions, and nobody waits for what the entry before has left in memory.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .columns import SOME, arrived_in, enough, key_of
from .giving import is_remembered
from .network import position
from .prefetch import AHEAD, prefetch
from .state import BLOCK, BROUGHT, ENCOUNTER, FOLLOWER, READING, READS, UNITS, VALUE_UNITS, Feeds, Hand, Page
from .wide import number_below, place_of

BY_CREDIT = 3  # a reason; the channels `encounter` and `brought` have the numbers of their reasons
SHORT = 64  # feeds of at most so many entries are ordered by counting, longer ones by sorting
FEW = 16  # so many entries, one wide instruction, are written of a feed without looking how long it is
PAGE = 1024  # about so many entries are read together: what is known of them stays in the cache


# --- 4. Read ----------------------------------------------------------------------------------------------------


def open_hand(hand, sendings, block_start):
    """Empty the hand, whose items have been given away or not, and make room for everything that is delivered."""
    room, none = block_start[block_start.size - 1], np.zeros(block_start.size - 1, np.int64)
    return Hand(enough(hand.owner, room), enough(hand.name, room), enough(hand.source, room), none, none.copy(),
                sendings.row)  # fmt: skip


def open_decisions(opted, block_start, keep):
    """Return room for one change of a tie per delivery, ``opted`` where it has it, and for all readings if kept."""
    deliveries = block_start[block_start.size - 1]
    return enough(opted, deliveries), np.empty(deliveries if keep.feeds else 0, READING)


def room_for_feeds(block_start, first, last):
    """Return room for the feeds of the largest of some blocks."""
    most = np.int64(0)
    for block in range(first, last):
        most = max(most, block_start[block + 1] - block_start[block])
    return Feeds(np.empty((1 << BLOCK) + 1, np.int64), np.empty(most, np.uint32))


def room_for_page(start, readers):
    """Return how many readers of a block share a page, and room for the largest page: about `PAGE` entries."""
    most, each = np.int64(0), max(1, min(SOME, PAGE * readers // max(1, start[readers])))
    for some in range(0, readers, each):
        most = max(most, start[min(some + each, readers)] - start[some])
    places, words, numbers = np.empty((3, most), np.uint32), np.empty((2, most), np.uint64), np.empty((4, most))
    flags, readers_own = np.empty((5, most), np.bool_), np.empty((2, each))
    return each, Page(
        np.empty(each + 1, np.int32), np.empty(most + FEW, np.uint32), places[0], words[0], words[1], places[1],
        numbers[0], numbers[1], flags[0], flags[1], flags[2], numbers[2], numbers[3], flags[3], flags[4], places[2],
        readers_own[0], readers_own[1], np.empty(each, np.int32), np.empty(each, np.uint32),
    )  # fmt: skip


def sort_into_feeds(feeds, deliveries, first, readers):
    """Write a block's deliveries as feeds, readers in their order, entries as they came."""
    start, source, total = feeds.start, feeds.source, np.int64(0)
    for at in range(readers + 1):
        start[at] = 0
    for at in range(deliveries.size):
        start[deliveries[at]["reader"] - first] += 1
    for at in range(readers + 1):  # where each feed begins, until it is written: then where it ends
        total, start[at] = total + start[at], total
    for at in range(deliveries.size):
        reader = np.uint64(deliveries[at]["reader"] - first)
        source[np.uint64(start[reader])] = deliveries[at]["source"]
        start[reader] += 1
    for at in range(readers, 0, -1):
        start[at] = start[at - 1]
    start[0] = 0


def ascending(numbers):
    """Return the order that sorts an array of uint64 numbers: a merge sort (the library's takes seconds to compile)."""
    order, merged = np.empty(numbers.size, np.int64), np.empty(numbers.size, np.int64)
    for at in range(numbers.size):
        order[at] = at
    width = np.int64(1)
    while width < numbers.size:
        for left in range(0, numbers.size, 2 * width):
            middle, right = min(left + width, numbers.size), min(left + 2 * width, numbers.size)
            one, other = left, middle
            for at in range(left, right):
                if one < middle and (other >= right or numbers[order[one]] <= numbers[order[other]]):
                    merged[at] = order[one]
                    one += 1
                else:
                    merged[at] = order[other]
                    other += 1
        order, merged = merged, order
        width *= 2
    return order


def open_page(page, start, here, limits, agents, now):
    """Begin a page: where the feeds of its readers, the agents from ``here`` on, are on it, and how much each reads.

    ``start`` says where they are in their block. Return how many read anything, and how many entries in all.
    """
    begins, limit, price, received, reading = page.start, page.limit, page.price, page.received, page.reading
    readers = start.size - 1
    attention, read_by, limits = agents.attention[here:], agents.read[here:], limits[here:]
    count, reads, cost = np.int64(0), np.int64(0), now.rates.cost
    for reader in range(readers + 1):
        begins[reader] = start[reader] - start[0]
    for reader in range(readers):
        length = np.int64(begins[reader + 1]) - begins[reader]
        limit[reader] = min(length, np.int64(limits[reader]))
        price[reader] = rules.price(cost, length / np.float64(attention[reader]) if limit[reader] > 0 else 0.0)
        received[reader] = 0.0
        read_by[reader] += limit[reader]
        reads += limit[reader]
    for reader in range(readers):
        reading[count] = reader
        count += np.int64(limit[reader] > 0)
    for reader in range(readers):  # written without asking how many: what is too much, the next ones overwrite
        begin = np.uint64(begins[reader])
        for at in range(FEW):
            page.reader[begin + np.uint64(at)] = reader
        for more in range(begins[reader] + FEW, begins[reader + 1]):
            page.reader[np.uint64(more)] = reader
    return count, reads


def look_at(page, source, entries, here, cues, keys, spread):
    """Find out about the entries of a page what does not depend on what was read before.

    Each gets the draw keyed (reader, sender, item, channel) that orders its feed and starts its decision. ``source``
    goes on behind them: what the next page needs is asked for.
    """
    reader, name, draw, branch = page.reader, page.name, page.draw, page.deciding
    trace, quality, lot = page.trace, page.quality, page.lot
    for at in range(entries):
        prefetch(cues, np.int64(source[min(at + AHEAD, source.size - 1)]) >> 2)
        cue = cues[source[at] >> 2]
        draw[at], name[at], branch[at] = cue["occasion"], cue["name"], draws.FEED + (source[at] & 3)
    for at in range(entries):  # compiles to wide instructions, as most of the next ones
        draw[at] = draws.fold(draw[at], np.int64(branch[at]))
    for at in range(entries):
        draw[at] = draws.fold(draw[at], key_of(keys, here + np.int64(reader[at])))
    for at in range(entries):
        trace[at] = draws.fingerprint(name[at])
    for at in range(entries):
        quality[at] = draws.item_quality(name[at], spread)
    for at in range(entries):
        lot[at] = draws.uniform(draws.fold(draw[at], draws.DECIDE))
    page.same_group[:entries] = True
    page.is_read[:entries] = False
    page.remembered[:entries] = False
    page.price_paid[:entries] = 0.0


def compare_groups(page, source, entries, here, rows, group):
    """Say which of the entries of a page are of their reader's group."""
    for at in range(entries):
        page.same_group[at] = rows[source[at] >> 2]["topic"] == group[here + page.reader[at]]


def put_in_order(page, readers):
    """Say in which order the readers of a page read their feeds: by the entries' draws."""
    start, reader_of, draw, order = page.start, page.reader, page.draw, page.order
    ranks, pairs, longest = np.int64(0), np.int64(0), np.int64(0)
    for at in range(start[readers]):
        begin, end = np.int64(start[reader_of[at]]), np.int64(start[reader_of[at] + 1])
        rank = number_below(draw, begin, min(end, begin + SHORT), draw[at])
        order[np.uint64(begin + rank)] = at
        ranks += 2 * rank
        pairs += end - begin - 1
        longest = max(longest, end - begin)
    if longest > SHORT or ranks != pairs:  # a long feed, or somewhere two draws that are the same
        for reader in range(readers):
            begin = start[reader]
            places = ascending(draw[begin : start[reader + 1]])
            for rank in range(places.size):
                order[begin + rank] = begin + places[rank]


def read_page(page, count, memory, memory_next):
    """Let everyone on a page read its first entry, then everyone its second, and so on: what do they remember?

    ``memory`` and ``memory_next`` are those of the page's readers, of whom the first ``count`` listed read something.
    """
    start, reading, limit, price, size = page.start, page.reading, page.limit, page.price, memory.shape[1]
    trace, remembers, is_read, prices, order = page.trace, page.remembered, page.is_read, page.price_paid, page.order
    place = np.int64(0)
    while count > 0:
        left = np.int64(0)
        for turn in range(count):
            reader = np.uint64(reading[turn])
            at = np.uint64(order[np.uint64(start[reader] + place)])
            remembered = is_remembered(memory, reader, trace[at])
            if size > 0:
                oldest = np.int64(memory_next[reader])
                memory[reader, oldest] = memory[reader, oldest] if remembered else trace[at]
                following = oldest + np.int64(not remembered)
                memory_next[reader] = following if following < size else 0
            remembers[at], is_read[at], prices[at] = remembered, True, price[reader]
            reading[left] = reader
            left += np.int64(limit[reader] > place + 1)
        count = left
        place += 1


def weigh_page(page, entries, now):
    """Say what the entries of a page were worth, what stays in hand, and who may follow or unfollow because of it.

    Return the sum of their worth in units.
    """
    remembered, quality, same_group, is_read = page.remembered, page.quality, page.same_group, page.is_read
    values, prices, stays, decides, lot = page.value, page.price_paid, page.stays, page.decides, page.lot
    openness, responsiveness, homophily = now.rates.openness, now.rates.responsiveness, now.rates.homophily
    watched, units = now.keep.feeds or now.attraction.size > 0, np.int64(0)
    for at in range(entries):
        value = rules.value(remembered[at], quality[at], same_group[at], openness)
        values[at] = value if is_read[at] else 0.0
    for at in range(entries):
        units += np.int64(values[at] * UNITS)
    for at in range(entries):
        stays[at] = is_read[at] & (values[at] > prices[at])
    for at in range(entries):
        may = lot[at] < likeliest(responsiveness, values[at] - prices[at], homophily)
        decides[at] = (is_read[at] & may) | (watched & stays[at])
    return units


def close_page(page, sources, readers, here, block, size, hand, received_by):
    """Take what stays in hand, and sum up what everyone received; return how many entries decide something."""
    start, reader_of, names, values, received = page.start, page.reader, page.name, page.value, page.received
    order, stays, decides, deciding, remembered = page.order, page.stays, page.decides, page.deciding, page.remembered
    free, held, mine, count = hand.start[block] + hand.number[block], np.int64(0), np.int64(0), np.int64(0)
    owner, name, source, worth = hand.owner[free:], hand.name[free:], hand.source[free:], 0.0
    for place in range(start[readers]):
        at, reader = np.uint64(order[place]), np.uint64(reader_of[place])
        before, keeps = place - np.int64(start[reader]), stays[at]
        mine = held if before == 0 else mine  # where what this reader keeps begins
        if keeps & (remembered[at] | (before >= size)):  # else memory would have known it
            keeps = place_of(name, mine, held, names[at]) < 0
        owner[np.uint64(held)] = here + reader_of[place]
        name[np.uint64(held)] = names[at]
        source[np.uint64(held)] = sources[at]
        held += np.int64(keeps)
        worth = values[at] + (0.0 if before == 0 else worth)
        received[reader] = worth
        deciding[np.uint64(count)] = place
        count += np.int64(decides[at])
    for turn in range(readers):
        received_by[here + turn] += received[turn]
    hand.number[block] += held
    return count


def keep_page(page, sources, readers, here, readings, rows, now):
    """Write down all entries of a page, for those who ask to see them; nobody is owed one yet."""
    for reader in range(readers):
        for place in range(page.start[reader], page.start[reader + 1]):
            at, row = np.int64(page.order[place]), readings[place]
            source, sending = sources[at], rows[sources[at] >> 2]
            row["tick"] = now.tick
            row["reader"] = here + reader
            row["sender"] = sending["sender"]
            row["finder"] = sending["finder"]
            row["found"] = sending["found"]
            row["rank"] = sending["rank"]
            row["topic"] = sending["topic"]
            row["channel"] = source & 3
            row["read"] = place - page.start[reader] < page.limit[reader]
            row["owed"] = -1
            row["value"] = page.value[at]
            row["price"] = page.price[reader]


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


def owed_to(items, mine, present, since, sending, channel, draw, credit):
    """Return whom the reader of an item of net > 0 owes it and does not follow yet, or -1; and the reason."""
    sender, finder = np.int64(sending["sender"]), np.int64(sending["finder"])
    follows = channel == FOLLOWER or (channel == BROUGHT and position(items, mine, sender) >= 0)
    if not follows:
        return sender, np.int64(channel)
    known = present[finder] and sending["found"] > arrived_in(since, finder)
    if known and draws.chance(draws.fold(draw, draws.CREDIT), credit):
        if position(items, mine, finder) < 0:
            return finder, np.int64(BY_CREDIT)
    return np.int64(-1), np.int64(BY_CREDIT)


def look_ahead(page, turn, number, here, sources, rows, items, where, present, since, identity):
    """Ask for what later decisions look at, which lies anywhere: first the sending, then who found it and the list."""
    later, sooner = page.deciding[min(turn + 8, number - 1)], page.deciding[min(turn + 4, number - 1)]
    prefetch(rows, np.int64(sources[page.order[later]]) >> 2)
    prefetch(where, here + np.int64(page.reader[later]))
    prefetch(items, np.int64(where[here + page.reader[sooner]]["start"]))
    finder = np.int64(rows[sources[page.order[sooner]] >> 2]["finder"])
    prefetch(present, finder)
    prefetch(since, finder)
    prefetch(identity, finder)


def decide(page, sources, number, here, rows, agents, network, changes, changed, readings, now):
    """Readers follow whom they owe something, or drop who wasted their attention; return how many changes there are.

    Only entries whose draw is below the `likeliest` probability are looked at; the others change nothing.
    """
    present, since, identity, attraction = agents.present, agents.since, agents.identity, now.attraction
    items, where, locked, known_by = network.followees.items, network.followees.where, network.locked, network.followers
    responsiveness, homophily = now.rates.responsiveness, now.rates.homophily
    cost, credit = now.rates.cost, now.rates.credit
    for turn in range(number):
        look_ahead(page, turn, number, here, sources, rows, items, where, present, since, identity)
        place = np.int64(page.deciding[turn])
        at, reader = np.int64(page.order[place]), here + np.int64(page.reader[place])
        value, lot, channel, sending = page.value[at], page.lot[at], sources[at] & 3, rows[sources[at] >> 2]
        net = value - page.price[page.reader[place]]
        mine, sender = where[reader], np.int64(sending["sender"])
        if net < 0.0 and channel != ENCOUNTER:
            if position(items, mine, sender) >= locked[reader]:
                reason = rules.opt_out_reason(page.remembered[at], value, cost)
                put_change(changes[changed], now.tick, reader, sender, reason)
                changed += 1
        elif net > 0.0:
            owed, reason = owed_to(items, mine, present, since, sending, channel, page.draw[at], credit)
            if owed < 0:
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

    ``changes`` has room for one per delivery; a part's stand together from its first delivery's place on, and
    ``changed`` says how many they are.
    """
    rows, one_group, memory_size = sendings.row, now.members.group_start.size == 2, agents.memory.shape[1]
    first_block, last_block = now.bounds[part] >> BLOCK, (now.bounds[part + 1] + 2**BLOCK - 1) >> BLOCK
    feeds, begin = room_for_feeds(block_start, first_block, last_block), block_start[first_block]
    count, reads, units, free = begin, np.int64(0), np.int64(0), begin
    for block in range(first_block, last_block):
        first, delivered = block << BLOCK, deliveries[block_start[block] : block_start[block + 1]]
        readers = min(agents.present.size - first, 1 << BLOCK)
        sort_into_feeds(feeds, delivered, first, readers)
        each, page = room_for_page(feeds.start, readers)
        hand.start[block] = free
        for some in range(0, readers, each):
            start, here = feeds.start[some : min(some + each, readers) + 1], first + some
            source, entries, on_page = feeds.source[start[0] : delivered.size], start[-1] - start[0], start.size - 1
            mine, seen = slice(here, here + on_page), readings[block_start[block] + start[0] :]
            reading, read_here = open_page(page, start, here, readable, agents, now)
            look_at(page, source, entries, here, sendings.cue, agents.keys, now.rates.quality_spread)
            if not one_group:
                compare_groups(page, source, entries, here, rows, agents.group)
            put_in_order(page, on_page)
            read_page(page, reading, agents.memory[mine], agents.memory_next[mine])
            units += weigh_page(page, entries, now)
            deciding = close_page(page, source, on_page, here, block, memory_size, hand, agents.received)
            if now.keep.feeds:
                keep_page(page, source, on_page, here, seen, rows, now)
            count = decide(page, source, deciding, here, rows, agents, network, changes, count, seen, now)
            reads += read_here
        free += hand.number[block]
    changed[part] = count - begin
    now.counts[part, READS] = reads
    now.counts[part, VALUE_UNITS] = units
