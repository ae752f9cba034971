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
    return Feeds(np.empty((1 << BLOCK) + 1, np.int64), np.empty(most, np.uint32), np.empty(most, np.uint64),
                 np.empty(most, np.uint64), np.empty(most, np.uint32))  # fmt: skip


def room_for_page(start, readers):
    """Return how many readers of a block share a page, and room for the largest page: about `PAGE` entries."""
    most, each = np.int64(0), max(1, min(SOME, PAGE * readers // max(1, start[readers])))
    for some in range(0, readers, each):
        most = max(most, start[min(some + each, readers)] - start[some])
    whole, numbers, flags = np.empty((2, most), np.uint32), np.empty((4, most)), np.empty((5, most), np.bool_)
    readers_own = np.empty((2, each))
    return each, Page(
        whole[0], whole[1], numbers[0], numbers[1], flags[0], flags[1], flags[2], numbers[2], numbers[3], flags[3],
        flags[4], np.empty(most, np.int32), readers_own[0], readers_own[1], np.empty(each, np.int32),
        np.empty(each, np.uint32),
    )  # fmt: skip


def sort_into_feeds(feeds, deliveries, first, readers, cues, keys):
    """Write a block's deliveries as feeds, readers in their order, entries as they came.

    Every entry gets the draw keyed (reader, sender, item, channel) that orders its feed and starts its decisions.
    """
    start, reader_of, draw, name, source = feeds.start, feeds.reader, feeds.draw, feeds.name, feeds.source
    occasions, branches, names = np.empty(SOME, np.uint64), np.empty(SOME, np.int32), np.empty(SOME, np.int32)
    number, total = deliveries.size, np.int64(0)
    for at in range(readers + 1):
        start[at] = 0
    for at in range(number):
        start[deliveries[at]["reader"] - first] += 1
    for at in range(readers + 1):  # where each feed begins, until it is written: then where it ends
        total, start[at] = total + start[at], total
    for some in range(0, number, SOME):
        here = deliveries[some : some + SOME]
        for at in range(here.size):
            prefetch(cues, np.int64(deliveries[min(some + at + AHEAD, number - 1)]["source"]) >> 2)
            occasions[at] = cues[here[at]["source"] >> 2]["occasion"]
            branches[at] = draws.FEED + (here[at]["source"] & 3)
            names[at] = key_of(keys, here[at]["reader"])
        for at in range(here.size):  # compiles to wide instructions
            occasions[at] = draws.fold(draws.fold(occasions[at], np.int64(branches[at])), np.int64(names[at]))
        for at in range(here.size):
            reader = np.uint64(here[at]["reader"] - first)
            place = np.uint64(start[reader])
            start[reader] += 1
            reader_of[place] = reader
            draw[place] = occasions[at]
            name[place] = cues[here[at]["source"] >> 2]["name"]
            source[place] = here[at]["source"]
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


def put_in_order(feeds, page, some, until):
    """Say in which order the readers some .. until - 1 of a block read their feeds: by the entries' draws."""
    start, reader_of, draw, order, top = feeds.start, feeds.reader, feeds.draw, page.order, feeds.start[some]
    ranks, pairs, longest = np.int64(0), np.int64(0), np.int64(0)
    for entry in range(top, start[until]):
        begin, end = start[reader_of[entry]], start[reader_of[entry] + 1]
        rank = number_below(draw, begin, min(end, begin + SHORT), draw[entry])
        order[np.uint64(begin - top + rank)] = entry - top
        ranks += 2 * rank
        pairs += end - begin - 1
        longest = max(longest, end - begin)
    if longest > SHORT or ranks != pairs:  # a long feed, or somewhere two draws that are the same
        for reader in range(some, until):
            begin, end = start[reader], start[reader + 1]
            places = ascending(draw[begin:end])
            for rank in range(end - begin):
                order[begin - top + rank] = begin - top + places[rank]


def look_at(page, name, draw, spread):
    """Find out about some entries what does not depend on what was read before."""
    trace, quality, lot, entries = page.trace, page.quality, page.lot, name.size
    for at in range(entries):  # compiles to wide instructions, as the next two
        trace[at] = draws.fingerprint(name[at])
    for at in range(entries):
        quality[at] = draws.item_quality(name[at], spread)
    for at in range(entries):
        lot[at] = draws.uniform(draws.fold(draw[at], draws.DECIDE))
    page.same_group[:entries] = True
    page.is_read[:entries] = False
    page.remembered[:entries] = False
    page.price_paid[:entries] = 0.0


def compare_groups(page, reader, source, first, rows, group):
    """Say which of some entries are of their reader's group."""
    for at in range(source.size):
        page.same_group[at] = rows[source[at] >> 2]["topic"] == group[first + reader[at]]


def open_page(feeds, page, some, until, first, limits, agents, now):
    """Say how much each reader of a page reads, and at what price; return how many do, and how many entries in all."""
    start, limit, price, received, reading = feeds.start[some:], page.limit, page.price, page.received, page.reading
    mine = slice(first + some, first + until)
    attention, read_by, limits = agents.attention[mine], agents.read[mine], limits[mine]
    count, reads, cost = np.int64(0), np.int64(0), now.rates.cost
    for reader in range(until - some):
        length = start[reader + 1] - start[reader]
        limit[reader] = min(length, np.int64(limits[reader]))
        price[reader] = rules.price(cost, length / np.float64(attention[reader]) if limit[reader] > 0 else 0.0)
        received[reader] = 0.0
        read_by[reader] += limit[reader]
        reads += limit[reader]
    for reader in range(until - some):
        reading[count] = reader
        count += np.int64(limit[reader] > 0)
    return count, reads


def read_page(feeds, page, some, count, memory, memory_next):
    """Let everyone on a page read its first entry, then everyone its second, and so on: what do they remember?

    ``memory`` and ``memory_next`` are those of the page's readers, of whom the first ``count`` listed read something.
    """
    start, reading, limit, price, size = feeds.start[some:], page.reading, page.limit, page.price, memory.shape[1]
    trace, remembers, is_read, prices, order = page.trace, page.remembered, page.is_read, page.price_paid, page.order
    top, place = start[0], np.int64(0)
    while count > 0:
        left = np.int64(0)
        for turn in range(count):
            reader = np.uint64(reading[turn])
            at = np.uint64(order[np.uint64(start[reader] - top + place)])
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


def close_page(feeds, page, some, until, first, block, size, hand, received_by):
    """Take what stays in hand, and sum up what everyone received; return how many entries decide something."""
    begin, end, values = feeds.start[some], feeds.start[until], page.value
    reader_of, names, sources = feeds.reader[begin:end], feeds.name[begin:end], feeds.source[begin:end]
    start, received, remembered = feeds.start[some:], page.received, page.remembered
    order, stays, decides, deciding = page.order, page.stays, page.decides, page.deciding
    free, held, mine, count = hand.start[block] + hand.number[block], np.int64(0), np.int64(0), np.int64(0)
    owner, name, source, worth = hand.owner[free:], hand.name[free:], hand.source[free:], 0.0
    for place in range(end - begin):
        at, reader = np.uint64(order[place]), np.uint64(reader_of[place] - some)
        before, keeps = begin + place - start[reader], stays[at]
        mine = held if before == 0 else mine  # where what this reader keeps begins
        if keeps & (remembered[at] | (before >= size)):  # else memory would have known it
            keeps = place_of(name, mine, held, names[at]) < 0
        owner[np.uint64(held)] = first + reader_of[place]
        name[np.uint64(held)] = names[at]
        source[np.uint64(held)] = sources[at]
        held += np.int64(keeps)
        worth = values[at] + (0.0 if before == 0 else worth)
        received[reader] = worth
        deciding[np.uint64(count)] = place
        count += np.int64(decides[at])
    for here in range(until - some):
        received_by[here] += received[here]
    hand.number[block] += held
    return count


def keep_page(feeds, page, some, until, first, region, rows, readings, now):
    """Write down all entries of a page, for those who ask to see them; nobody is owed one yet."""
    top = feeds.start[some]
    for reader in range(some, until):
        for entry in range(feeds.start[reader], feeds.start[reader + 1]):
            at, row = np.int64(page.order[entry - top]), readings[region + entry]
            source, is_read = feeds.source[top + at], entry - feeds.start[reader] < page.limit[reader - some]
            sending = rows[source >> 2]
            row["tick"] = now.tick
            row["reader"] = first + reader
            row["sender"] = sending["sender"]
            row["finder"] = sending["finder"]
            row["found"] = sending["found"]
            row["rank"] = sending["rank"]
            row["topic"] = sending["topic"]
            row["channel"] = source & 3
            row["read"] = is_read
            row["owed"] = -1
            row["value"] = page.value[at]
            row["price"] = page.price[reader - some]


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


def look_ahead(page, turn, number, first, readers, sources, rows, items, where, present, since, identity):
    """Ask for what later decisions look at, which lies anywhere: first the sending, then who found it and the list."""
    later, sooner = page.deciding[min(turn + 8, number - 1)], page.deciding[min(turn + 4, number - 1)]
    prefetch(rows, np.int64(sources[page.order[later]]) >> 2)
    prefetch(where, first + np.int64(readers[later]))
    prefetch(items, np.int64(where[first + readers[sooner]]["start"]))
    finder = np.int64(rows[sources[page.order[sooner]] >> 2]["finder"])
    prefetch(present, finder)
    prefetch(since, finder)
    prefetch(identity, finder)


def decide(feeds, page, some, number, first, region, rows, agents, network, changes, changed, readings, now):
    """Readers follow whom they owe something, or drop who wasted their attention; return how many changes there are.

    Only entries whose draw is below the `likeliest` probability are looked at; the others change nothing.
    """
    present, since, identity, attraction = agents.present, agents.since, agents.identity, now.attraction
    items, where, locked, known_by = network.followees.items, network.followees.where, network.locked, network.followers
    responsiveness, homophily = now.rates.responsiveness, now.rates.homophily
    cost, credit, top = now.rates.cost, now.rates.credit, feeds.start[some]
    readers, sources, draw = feeds.reader[top:], feeds.source[top:], feeds.draw[top:]
    for turn in range(number):
        look_ahead(page, turn, number, first, readers, sources, rows, items, where, present, since, identity)
        place = np.int64(page.deciding[turn])
        reader, at = first + np.int64(readers[place]), np.int64(page.order[place])
        value, lot, channel, sending = page.value[at], page.lot[at], sources[at] & 3, rows[sources[at] >> 2]
        net = value - page.price[reader - first - some]
        mine, sender = where[reader], np.int64(sending["sender"])
        if net < 0.0 and channel != ENCOUNTER:
            if position(items, mine, sender) >= locked[reader]:
                reason = rules.opt_out_reason(page.remembered[at], value, cost)
                put_change(changes[changed], now.tick, reader, sender, reason)
                changed += 1
        elif net > 0.0:
            owed, reason = owed_to(items, mine, present, since, sending, channel, draw[at], credit)
            if owed < 0:
                continue
            if now.keep.feeds:
                readings[region + top + place]["owed"] = owed
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
        first, region, end = block << BLOCK, block_start[block], block_start[block + 1]
        readers = min(agents.present.size - first, 1 << BLOCK)
        sort_into_feeds(feeds, deliveries[region:end], first, readers, sendings.cue, agents.keys)
        each, page = room_for_page(feeds.start, readers)
        hand.start[block] = free
        for some in range(0, readers, each):
            until = min(some + each, readers)
            mine, entries = slice(first + some, first + until), slice(feeds.start[some], feeds.start[until])
            put_in_order(feeds, page, some, until)
            look_at(page, feeds.name[entries], feeds.draw[entries], now.rates.quality_spread)
            if not one_group:
                compare_groups(page, feeds.reader[entries], feeds.source[entries], first, rows, agents.group)
            reading, read_here = open_page(feeds, page, some, until, first, readable, agents, now)
            read_page(feeds, page, some, reading, agents.memory[mine], agents.memory_next[mine])
            units += weigh_page(page, entries.stop - entries.start, now)
            deciding = close_page(feeds, page, some, until, first, block, memory_size, hand, agents.received[mine])
            if now.keep.feeds:
                keep_page(feeds, page, some, until, first, region, rows, readings, now)
            count = decide(
                feeds, page, some, deciding, first, region, rows, agents, network, changes, count, readings, now
            )
            reads += read_here
        free += hand.number[block]
    changed[part] = count - begin
    now.counts[part, READS] = reads
    now.counts[part, VALUE_UNITS] = units
