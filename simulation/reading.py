"""What does everyone read, and what follows from it? Phases 4 and 5 of the model description.

Deliveries come gathered by blocks of readers. Each block is sorted into feeds and read on its own, while it is in
the cache: blocks need nothing of each other.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .giving import BLOCK, enlarged, is_remembered, remember
from .network import has, position
from .state import BROUGHT, CHANGE, ENCOUNTER, READING, READS, UNITS, VALUE_UNITS, Feeds, Hand

BY_CREDIT = 3  # a reason; the channels `encounter` and `brought` have the numbers of their reasons
SHORT = 32  # feeds of at most 32 entries are ordered by counting, longer ones by sorting
LAST = np.uint64(0xFFFFFFFFFFFFFFFF)


# --- 4. Read ----------------------------------------------------------------------------------------------------


def sort_into_feeds(deliveries, begin, end, first, readers, sendings, key):
    """Return a block's deliveries as feeds, readers in their order, entries as they came.

    Every entry gets the draw keyed (reader, sender, item, channel) that orders its feed and starts its decisions.
    """
    start = np.zeros(readers + 1, np.int64)
    for at in range(begin, end):
        start[deliveries[at]["reader"] - first + 1] += 1
    for at in range(readers):
        start[at + 1] += start[at]
    free = start.copy()
    draw, name = np.empty(end - begin, np.uint64), np.empty(end - begin, np.uint64)
    source = np.empty(end - begin, np.int32)
    for at in range(begin, end):
        reader, origin = np.int64(deliveries[at]["reader"]), np.int64(deliveries[at]["source"])
        sending = sendings[origin >> 2]
        place = free[reader - first]
        free[reader - first] = place + 1
        draw[place] = draws.fold(draws.fold(sending["occasion"], draws.FEED + (origin & 3)), np.int64(key[reader]))
        name[place] = sending["name"]
        source[place] = origin
    return Feeds(start, draw, name, source)


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


def order_feed(draw, begin, length, order, padded):
    """Write the order in which one feed is read, by its draws, into ``order``; ``padded`` is room to work in."""
    ranks = np.int64(0)
    if length <= SHORT:
        width = (length + 3) & ~3
        for at in range(length):
            padded[at] = draw[begin + at]
        for at in range(length, width):
            padded[at] = LAST
        for at in range(length):
            mine, rank = padded[at], np.int64(0)
            for other in range(width):  # compiles to wide comparisons
                rank += np.int64(padded[other] < mine)
            order[rank] = at
            ranks += rank
    if 2 * ranks != length * (length - 1) or length > SHORT:  # two draws that are the same, or a long feed
        sorted_order = ascending(draw[begin : begin + length])
        for at in range(length):
            order[at] = sorted_order[at]


def in_hand(names, first, last, name):
    """Return whether one of the items first .. last - 1 has this name."""
    for at in range(first, last):
        if names[at] == name:
            return True
    return False


def keep_entry(row, tick, reader, sending, channel, is_read, owed, value, price):
    """Write down one entry of a feed, for those who ask to see it."""
    row["tick"] = tick
    row["reader"] = reader
    row["sender"] = sending["sender"]
    row["finder"] = sending["finder"]
    row["found"] = sending["found"]
    row["rank"] = sending["rank"]
    row["topic"] = sending["topic"]
    row["channel"] = channel
    row["read"] = is_read
    row["owed"] = owed
    row["value"] = value
    row["price"] = price


# --- 5. Opt in, opt out: one number -----------------------------------------------------------------------------


def put_change(change, tick, follower, followee, reason):
    """Write one change of a tie."""
    change["tick"] = tick
    change["follower"] = follower
    change["followee"] = followee
    change["reason"] = reason


def write_change(changes, count, tick, follower, followee, reason):
    """Write one change of a tie; return the rows (longer if need be) and how many there are now."""
    if count == changes.size:
        changes = enlarged(changes)
    put_change(changes[count], tick, follower, followee, reason)
    return changes, count + 1


def owed_to(followees, present, arrived, reader, sending, channel, draw, credit):
    """Return whom the reader of an item of net > 0 owes it and does not follow yet, or -1; and the reason."""
    sender, finder = np.int64(sending["sender"]), np.int64(sending["finder"])
    if channel == ENCOUNTER or (channel == BROUGHT and not has(followees, reader, sender)):
        return sender, np.int64(channel)
    known = present[finder] and sending["found"] > arrived[finder]
    if known and draws.chance(draws.fold(draw, draws.CREDIT), credit):
        if not has(followees, reader, finder):
            return finder, np.int64(BY_CREDIT)
    return np.int64(-1), np.int64(BY_CREDIT)


def likeliest_follow(responsiveness, net, homophily):
    """Return the probability of following whoever is owed, where no followers are seen: identities decide."""
    probability = rules.follow_probability(responsiveness, net, homophily, True, 1.0)
    if homophily > 0.0:
        return max(probability, rules.follow_probability(responsiveness, net, homophily, False, 1.0))
    return probability


def opt_in(change, reader, net, sending, channel, draw, agents, network, now):
    """Decide whether the reader follows whom it owes an item; return whether it does, and who is owed."""
    rates, attraction = now.rates, now.attraction
    present, arrived = agents.present, agents.arrived
    owed, reason = owed_to(network.followees, present, arrived, reader, sending, channel, draw, rates.credit)
    if owed >= 0:
        drawn = attraction[network.followers.where[owed]["count"]] if attraction.size > 0 else 1.0
        same = agents.identity[reader] == agents.identity[owed]
        probability = rules.follow_probability(rates.responsiveness, net, rates.homophily, same, drawn)
        if draws.chance(draws.fold(draw, draws.DECIDE), probability):
            put_change(change, now.tick, reader, owed, reason)
            return True, owed
    return False, owed


def opt_out(change, reader, sender, value, remembered, network, now):
    """Let the reader drop the sender if it follows it by an unlocked tie; return whether it does."""
    mine = network.followees.where[reader]
    place = position(network.followees.items, mine["start"], mine["count"], sender)
    if place >= network.locked[reader]:
        reason = np.int64(rules.opt_out_reason(remembered, value, now.rates.cost))
        put_change(change, now.tick, reader, sender, reason)
        return True
    return False


def read_block(feeds, first, limits, sendings, agents, network, now, hand, held, changes, changed, readings, kept):
    """Everyone in a block reads the first entries of its feed one by one and decides.

    Return how many items are in hand, changes and kept entries of feeds there are now.
    """
    memory, memory_next, group, attention = agents.memory, agents.memory_next, agents.group, agents.attention
    cost, openness, spread = now.rates.cost, now.rates.openness, now.rates.quality_spread
    responsiveness, homophily = now.rates.responsiveness, now.rates.homophily
    one_group, keeps = now.members.group_start.size == 2, now.keep.feeds
    always = keeps or now.attraction.size > 0  # else who is owed need not be looked up where the draw is too high
    start, draws_of, names, sources = feeds.start, feeds.draw, feeds.name, feeds.source
    hand_start, hand_name, hand_source = hand.start, hand.name, hand.source
    read_by, received_by = agents.read, agents.received
    units, reads = np.int64(0), np.int64(0)
    longest = np.int64(0)
    for at in range(start.size - 1):
        longest = max(longest, start[at + 1] - start[at])
    order, padded = np.empty(longest, np.int64), np.empty(SHORT, np.uint64)
    for at in range(start.size - 1):
        reader, begin, length = first + at, start[at], start[at + 1] - start[at]
        before, limit, received, price = held, min(length, np.int64(limits[reader])), 0.0, 0.0
        if limit > 0:
            price = rules.price(cost, length / np.float64(attention[reader]))
        if limit > 0 or keeps:
            order_feed(draws_of, begin, length, order, padded)
        for place in range(limit):
            entry = begin + order[place]
            name, draw, source = names[entry], draws_of[entry], np.int64(sources[entry])
            sending, channel = sendings[source >> 2], source & 3
            trace = draws.fingerprint(name)
            remembered = is_remembered(memory, reader, trace)
            if not remembered:
                remember(memory, memory_next, reader, trace)
            same_group = one_group or sending["topic"] == group[reader]
            value = rules.value(remembered, draws.item_quality(name, spread), same_group, openness)
            net = value - price
            received += value
            units += np.int64(value * UNITS)
            owed, holds = np.int64(-1), net > 0.0
            hand_name[held], hand_source[held] = name, source
            if holds and (remembered or place >= memory.shape[1]):  # otherwise memory would have known it
                holds = not in_hand(hand_name, before, held, name)
            held += np.int64(holds)
            chance = draws.uniform(draws.fold(draw, draws.DECIDE))
            if net > 0.0:
                moved = chance < likeliest_follow(responsiveness, net, homophily)
            else:
                moved = chance < rules.unfollow_probability(responsiveness, net)
            if (always and net > 0.0) or moved:
                if net > 0.0:
                    follows, owed = opt_in(changes[changed], reader, net, sending, channel, draw, agents, network, now)
                    changed += np.int64(follows)
                elif channel != ENCOUNTER and net < 0.0:
                    sender = np.int64(sending["sender"])
                    drops = opt_out(changes[changed], reader, sender, value, remembered, network, now)
                    changed += np.int64(drops)
            if keeps:
                keep_entry(readings[kept + place], now.tick, reader, sending, channel, True, owed, value, price)
        if keeps:
            for place in range(limit, length):
                source = np.int64(sources[begin + order[place]])
                sending, channel = sendings[source >> 2], source & 3
                keep_entry(readings[kept + place], now.tick, reader, sending, channel, False, -1, 0.0, price)
            kept += length
        hand_start[reader + 1] = held
        read_by[reader] += limit
        received_by[reader] += received
        reads += limit
    now.counts[READS] += reads
    now.counts[VALUE_UNITS] += units
    return held, changed, kept


def read(agents, network, sendings, deliveries, block_start, readable, now):
    """Everyone reads and decides; return the new hand, the follows and unfollows decided, and feeds if kept."""
    capacity = agents.key.size
    hand = Hand(np.zeros(capacity + 1, np.int32), np.empty(deliveries.size, np.uint64),
                np.empty(deliveries.size, np.int32), sendings)  # fmt: skip
    held, kept = np.int64(0), np.int64(0)
    changes, changed = np.empty(deliveries.size + 1, CHANGE), np.int64(0)
    readings = np.empty(deliveries.size if now.keep.feeds else 0, READING)
    for block in range(block_start.size - 1):
        first, begin, end = block << BLOCK, block_start[block], block_start[block + 1]
        readers = min(capacity - first, 1 << BLOCK)
        feeds = sort_into_feeds(deliveries, begin, end, first, readers, sendings, agents.key)
        held, changed, kept = read_block(
            feeds, first, readable, sendings, agents, network, now, hand, held, changes, changed, readings, kept
        )
    return Hand(hand.start, hand.name[:held], hand.source[:held], sendings), changes[:changed], readings
