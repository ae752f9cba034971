"""What does everyone read, and what follows from it? Phases 4 and 5 of the model description.

Deliveries come gathered by blocks of readers. Each block is sorted into feeds and read on its own, while it is in
the cache: blocks need nothing of each other.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .delivering import BLOCK
from .giving import is_remembered, remember
from .network import position
from .prefetch import AHEAD, prefetch
from .state import BROUGHT, DECISION, ENCOUNTER, FOLLOWER, READS, UNITS, VALUE_UNITS, Feeds, Hand

BY_CREDIT = 3  # a reason; the channels `encounter` and `brought` have the numbers of their reasons
SHORT = 32  # feeds of at most 32 entries are ordered by counting, longer ones by sorting
LAST = np.uint64(0xFFFFFFFFFFFFFFFF)


# --- 4. Read ----------------------------------------------------------------------------------------------------


def open_hand(deliveries, sendings, agents):
    """Return an empty hand with room for everything that is delivered."""
    capacity = agents.key.size
    return Hand(np.empty(capacity, np.int32), np.empty(capacity, np.int32), np.empty(deliveries.size, np.uint64),
                np.empty(deliveries.size, np.int32), sendings.row)  # fmt: skip


def room_for_feeds(block_start, first, last):
    """Return room for the feeds and decisions of the largest of some blocks."""
    most = np.int64(0)
    for block in range(first, last):
        most = max(most, block_start[block + 1] - block_start[block])
    feeds = Feeds(np.empty((1 << BLOCK) + 1, np.int64), np.empty(most, np.uint64), np.empty(most, np.uint64),
                  np.empty(most, np.int32), np.empty(most, np.int64), np.empty(SHORT, np.uint64))  # fmt: skip
    return feeds, np.empty(most, DECISION), np.empty(1 << BLOCK, np.int64)


def sort_into_feeds(feeds, deliveries, begin, end, first, readers, cues, rows, key, free):
    """Write a block's deliveries as feeds, readers in their order, entries as they came.

    Every entry gets the draw keyed (reader, sender, item, channel) that orders its feed and starts its decisions.
    """
    start, draw, name, source = feeds.start, feeds.draw, feeds.name, feeds.source
    for at in range(readers + 1):
        start[at] = 0
    for at in range(begin, end):
        start[deliveries[at]["reader"] - first + 1] += 1
    for at in range(readers):
        start[at + 1] += start[at]
        free[at] = start[at]
    for at in range(begin, end):
        prefetch(cues, np.int64(deliveries[min(at + AHEAD, end - 1)]["source"]) >> 2)
        reader, origin = np.int64(deliveries[at]["reader"]), np.int64(deliveries[at]["source"])
        cue = cues[origin >> 2]
        occasion = cue["occasion"]
        if origin & 3 == ENCOUNTER:
            occasion = draws.fold(rows[origin >> 2]["occasion"], draws.FEED + ENCOUNTER)
        place = free[reader - first]
        free[reader - first] = place + 1
        draw[place] = draws.fold(occasion, np.int64(key[reader]))
        name[place] = cue["name"]
        source[place] = origin


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


def keep_entry(row, tick, reader, rows, source, is_read, value, price):
    """Write down one entry of a feed, for those who ask to see it; nobody is owed it yet."""
    sending, channel = rows[source >> 2], source & 3
    row["tick"] = tick
    row["reader"] = reader
    row["sender"] = sending["sender"]
    row["finder"] = sending["finder"]
    row["found"] = sending["found"]
    row["rank"] = sending["rank"]
    row["topic"] = sending["topic"]
    row["channel"] = channel
    row["read"] = is_read
    row["owed"] = -1
    row["value"] = value
    row["price"] = price


def read_feeds(feeds, readers, first, region, limits, rows, agents, hand, decisions, readings, now):
    """Everyone in a block reads the first entries of its feed, one by one.

    What is worth its price stays in hand; what turns into a follow or an unfollow, if the reader may, is written to
    ``decisions``. Return how many these are.
    """
    memory, memory_next, group, attention = agents.memory, agents.memory_next, agents.group, agents.attention
    cost, openness, spread = now.rates.cost, now.rates.openness, now.rates.quality_spread
    responsiveness, homophily = now.rates.responsiveness, now.rates.homophily
    one_group, keeps, seen = now.members.group_start.size == 2, now.keep.feeds, now.attraction.size > 0
    start, draws_of, names, sources = feeds.start, feeds.draw, feeds.name, feeds.source
    hand_start, hand_count, hand_name, hand_source = hand.start, hand.number, hand.name, hand.source
    read_by, received_by, order, padded = agents.read, agents.received, feeds.order, feeds.padded
    number, units, reads = np.int64(0), np.int64(0), np.int64(0)
    for at in range(readers):
        reader, begin, length = first + at, start[at], start[at + 1] - start[at]
        limit, held, received, price = min(length, np.int64(limits[reader])), region + begin, 0.0, 0.0
        if limit > 0:
            price = rules.price(cost, length / np.float64(attention[reader]))
        if limit > 0 or keeps:
            order_feed(draws_of, begin, length, order, padded)
        for place in range(limit):
            entry = begin + order[place]
            name = names[entry]
            trace = draws.fingerprint(name)
            remembered = is_remembered(memory, reader, trace)
            if not remembered:
                remember(memory, memory_next, reader, trace)
            same_group = one_group or rows[sources[entry] >> 2]["topic"] == group[reader]
            value = rules.value(remembered, draws.item_quality(name, spread), same_group, openness)
            net = value - price
            received += value
            units += np.int64(value * UNITS)
            stays = net > 0.0
            if stays and (remembered or place >= memory.shape[1]):  # else memory would have known it
                stays = not in_hand(hand_name, region + begin, held, name)
            hand_name[held], hand_source[held] = name, sources[entry]
            held += np.int64(stays)
            decision = draws.fold(draws_of[entry], draws.DECIDE)
            decides = draws.chance(decision, likeliest(responsiveness, net, homophily))
            if decides or (net > 0.0 and (keeps or seen)):
                put_decision(decisions[number], reader, entry, place, net, value, remembered)
                number += 1
            if keeps:
                keep_entry(readings[region + begin + place], now.tick, reader, rows, sources[entry], True, value, price)
        for place in range(limit, length if keeps else limit):
            source = sources[begin + order[place]]
            keep_entry(readings[region + begin + place], now.tick, reader, rows, source, False, 0.0, price)
        hand_start[reader], hand_count[reader] = region + begin, held - region - begin
        read_by[reader] += limit
        received_by[reader] += received
        reads += limit
    return number, reads, units


def put_decision(decision, reader, entry, place, net, value, remembered):
    """Write down that a reader will decide on one entry of its feed, the ``place``-th that it read."""
    decision["reader"] = reader
    decision["entry"] = entry
    decision["place"] = place
    decision["remembered"] = remembered
    decision["net"] = net
    decision["value"] = value


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


def owed_to(items, mine, present, arrived, sending, channel, draw, credit):
    """Return whom the reader of an item of net > 0 owes it and does not follow yet, or -1; and the reason."""
    sender, finder = np.int64(sending["sender"]), np.int64(sending["finder"])
    follows = channel == FOLLOWER or (channel == BROUGHT and position(items, mine, sender) >= 0)
    if not follows:
        return sender, np.int64(channel)
    known = present[finder] and sending["found"] > arrived[finder]
    if known and draws.chance(draws.fold(draw, draws.CREDIT), credit):
        if position(items, mine, finder) < 0:
            return finder, np.int64(BY_CREDIT)
    return np.int64(-1), np.int64(BY_CREDIT)


def look_ahead(decisions, at, number, sources, rows, items, where, present, arrived, identity):
    """Ask for what later decisions look at, which lies anywhere: first the sending, then who found it and the list."""
    later = decisions[min(at + 8, number - 1)]
    prefetch(rows, np.int64(sources[later["entry"]]) >> 2)
    prefetch(where, np.int64(later["reader"]))
    sooner = decisions[min(at + 4, number - 1)]
    prefetch(items, np.int64(where[sooner["reader"]]["start"]))
    finder = np.int64(rows[sources[sooner["entry"]] >> 2]["finder"])
    prefetch(present, finder)
    prefetch(arrived, finder)
    prefetch(identity, finder)


def decide(feeds, region, decisions, number, rows, agents, network, changes, changed, readings, now):
    """Readers follow whom they owe something, or drop who wasted their attention; return how many changes there are.

    ``decisions`` has those entries whose draw is below the `likeliest` probability; the others change nothing.
    """
    present, arrived, identity, attraction = agents.present, agents.arrived, agents.identity, now.attraction
    items, where, locked, known_by = network.followees.items, network.followees.where, network.locked, network.followers
    responsiveness, homophily = now.rates.responsiveness, now.rates.homophily
    cost, credit = now.rates.cost, now.rates.credit
    for at in range(number):
        look_ahead(decisions, at, number, feeds.source, rows, items, where, present, arrived, identity)
        decision = decisions[at]
        reader, entry, net = np.int64(decision["reader"]), np.int64(decision["entry"]), decision["net"]
        channel, sending, draw = feeds.source[entry] & 3, rows[feeds.source[entry] >> 2], feeds.draw[entry]
        mine, sender = where[reader], np.int64(sending["sender"])
        if net < 0.0 and channel != ENCOUNTER:
            if position(items, mine, sender) >= locked[reader]:
                reason = rules.opt_out_reason(decision["remembered"] != 0, decision["value"], cost)
                put_change(changes[changed], now.tick, reader, sender, reason)
                changed += 1
        elif net > 0.0:
            owed, reason = owed_to(items, mine, present, arrived, sending, channel, draw, credit)
            if owed < 0:
                continue
            if now.keep.feeds:
                readings[region + feeds.start[reader & (2**BLOCK - 1)] + decision["place"]]["owed"] = owed
            drawn = attraction[known_by.where[owed]["count"]] if attraction.size > 0 else 1.0
            same = identity[reader] == identity[owed]
            probability = rules.follow_probability(responsiveness, net, homophily, same, drawn)
            if draws.chance(draws.fold(draw, draws.DECIDE), probability):
                put_change(changes[changed], now.tick, reader, owed, reason)
                changed += 1
    return changed


def read(part, agents, network, sendings, deliveries, block_start, readable, hand, changes, changed, readings, now):
    """Let the agents of a part read and decide, block by block.

    ``changes`` has room for one per delivery; a part's stand together from its first delivery's place on, and
    ``changed`` says how many they are.
    """
    last = (now.bounds[part + 1] + 2**BLOCK - 1) >> BLOCK
    begin = block_start[now.bounds[part] >> BLOCK]
    feeds, decisions, free = room_for_feeds(block_start, now.bounds[part] >> BLOCK, last)
    count, reads, units = begin, np.int64(0), np.int64(0)
    for block in range(now.bounds[part] >> BLOCK, last):
        first, region, end = block << BLOCK, block_start[block], block_start[block + 1]
        readers = min(agents.key.size - first, 1 << BLOCK)
        sort_into_feeds(feeds, deliveries, region, end, first, readers, sendings.cue, sendings.row, agents.key, free)
        number, reads_here, units_here = read_feeds(
            feeds, readers, first, region, readable, sendings.row, agents, hand, decisions, readings, now
        )
        count = decide(
            feeds, region, decisions, number, sendings.row, agents, network, changes, count, readings, now
        )
        reads += reads_here
        units += units_here
    changed[part] = count - begin
    now.counts[part, READS] = reads
    now.counts[part, VALUE_UNITS] = units
