"""What does everyone read, and what follows from it? Phases 4 and 5 of the model description.

Deliveries come gathered by blocks of readers. Each block is sorted into feeds and read on its own, while it is in
the cache: blocks need nothing of each other.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .giving import BLOCK, enlarged, is_remembered, remember
from .network import position
from .state import BROUGHT, CHANGE, ENCOUNTER, FOLLOWER, ITEM, READING, READS, UNITS, VALUE_UNITS, Feeds, Hand

BY_CREDIT = 3  # a reason; the channels `encounter` and `brought` have the numbers of their reasons


def group_by_reader(deliveries, begin, end, first, readers):
    """Return a block's deliveries as feeds: sources in the order of readers, and where each feed starts."""
    start = np.zeros(readers + 1, np.int64)
    for at in range(begin, end):
        start[deliveries[at]["reader"] - first + 1] += 1
    for reader in range(readers):
        start[reader + 1] += start[reader]
    free = start.copy()
    sources = np.empty(end - begin, np.int32)
    for at in range(begin, end):
        reader = deliveries[at]["reader"] - first
        sources[free[reader]] = deliveries[at]["source"]
        free[reader] += 1
    return sources, start


def ascending(numbers):
    """Return the order that sorts an array of uint64 numbers, all different."""
    return np.argsort(numbers)


# --- 4. Read ----------------------------------------------------------------------------------------------------


def channel_of(sending, source):
    """Return the channel of a delivery."""
    if source & 1:
        return ENCOUNTER
    return BROUGHT if sending["target"] >= 0 else FOLLOWER


def sort_feed(entries, sources, begin, end):
    """Sort one feed in place by its draws."""
    if end - begin > 40:
        order = ascending(entries[begin:end])
        old_entries, old_sources = entries[begin:end].copy(), sources[begin:end].copy()
        for at in range(order.size):
            entries[begin + at] = old_entries[order[at]]
            sources[begin + at] = old_sources[order[at]]
        return
    for at in range(begin + 1, end):
        entry, source = entries[at], sources[at]
        place = at
        while place > begin and entries[place - 1] > entry:
            entries[place] = entries[place - 1]
            sources[place] = sources[place - 1]
            place -= 1
        entries[place] = entry
        sources[place] = source


def order_feeds(sources, start, first, sendings, key):
    """Put each feed in the order of the draws keyed (reader, sender, item, channel); return these draws."""
    entries = np.empty(sources.size, np.uint64)
    for at in range(sources.size):
        sending = sendings[sources[at] >> 1]
        entries[at] = draws.fold(sending["occasion"], draws.FEED + channel_of(sending, sources[at]))
    for reader in range(start.size - 1):
        for at in range(start[reader], start[reader + 1]):
            entries[at] = draws.fold(entries[at], np.int64(key[first + reader]))
        sort_feed(entries, sources, start[reader], start[reader + 1])
    return entries


def read_feeds(sources, start, entries, first, sendings, agents, readable, now):
    """Everyone reads the first entries of its feed one by one; return what each is worth, and what was known."""
    memory, memory_next, group, attention = agents.memory, agents.memory_next, agents.group, agents.attention
    spread, openness = now.rates.quality_spread, now.rates.openness
    value, known = np.zeros(sources.size), np.zeros(sources.size, np.bool_)
    limit, price = np.zeros(start.size - 1, np.int64), np.zeros(start.size - 1)
    units = np.int64(0)
    for at in range(limit.size):
        reader, begin, length = first + at, start[at], start[at + 1] - start[at]
        limit[at] = min(length, np.int64(readable[reader]))
        if limit[at] == 0:
            continue
        price[at] = rules.price(now.rates.cost, length / np.float64(attention[reader]))
        received = 0.0
        for place in range(begin, begin + limit[at]):
            sending = sendings[sources[place] >> 1]
            trace = draws.fingerprint(sending["name"])
            remembered = is_remembered(memory, reader, trace)
            if not remembered:
                remember(memory, memory_next, reader, trace)
            quality = draws.item_quality(sending["name"], spread)
            worth = rules.value(remembered, quality, sending["topic"] == group[reader], openness)
            known[place] = remembered
            value[place] = worth
            received += worth
            units += np.int64(worth * UNITS)
        agents.read[reader] += limit[at]
        agents.received[reader] += received
        now.counts[READS] += limit[at]
    now.counts[VALUE_UNITS] += units
    return Feeds(sources, start, entries, limit, price, value, known, np.full(sources.size, -1, np.int32))


def in_hand(items, first, last, name):
    """Return whether one of the items first .. last - 1 has this name."""
    for at in range(first, last):
        if items[at]["name"] == name:
            return True
    return False


def take_in_hand(items, held, hand_start, feeds, first, sendings, memory_size):
    """Keep every item read with net > 0 for the next tick, each once; return the rows and how many there are now."""
    while held + feeds.sources.size > items.size:
        items = enlarged(items)
    for at in range(feeds.limit.size):
        before, begin = held, feeds.start[at]
        for place in range(begin, begin + feeds.limit[at]):
            if not feeds.value[place] - feeds.price[at] > 0.0:
                continue
            sending = sendings[feeds.sources[place] >> 1]
            may_be_here = feeds.known[place] or place - begin >= memory_size  # otherwise memory would have known it
            if may_be_here and in_hand(items, before, held, sending["name"]):
                continue
            item = items[held]
            item["name"] = sending["name"]
            item["finder"] = sending["finder"]
            item["found"] = sending["found"]
            item["rank"] = sending["rank"]
            item["topic"] = sending["topic"]
            item["spare"] = 0
            item["kind"] = rules.BROUGHT if channel_of(sending, feeds.sources[place]) == BROUGHT else rules.READ
            held += 1
        hand_start[first + at + 1] = held
    return items, held


# --- 5. Opt in, opt out: one number -----------------------------------------------------------------------------


def write_change(changes, count, tick, follower, followee, reason):
    """Write one change of a tie; return the rows (longer if need be) and how many there are now."""
    if count == changes.size:
        changes = enlarged(changes)
    change = changes[count]
    change["tick"] = tick
    change["follower"] = follower
    change["followee"] = followee
    change["reason"] = reason
    return changes, count + 1


def decide(changes, count, feeds, first, agents, network, sendings, now):
    """Turn what was read into follows and unfollows; return the changes and how many there are now."""
    rates, identity, present, arrived = now.rates, agents.identity, agents.present, agents.arrived
    followee_items, followee_where = network.followees.items, network.followees.where
    for at in range(feeds.limit.size):
        reader, begin = first + at, feeds.start[at]
        mine, locked = followee_where[reader], np.int64(network.locked[reader])
        for place in range(begin, begin + feeds.limit[at]):
            net = feeds.value[place] - feeds.price[at]
            sending, entry = sendings[feeds.sources[place] >> 1], feeds.entries[place]
            sender, finder = np.int64(sending["sender"]), np.int64(sending["finder"])
            channel = channel_of(sending, feeds.sources[place])
            follows_sender = channel == FOLLOWER
            if channel == BROUGHT:
                follows_sender = position(followee_items, mine["start"], mine["count"], sender) >= 0
            if net > 0.0:
                owed, reason = sender, np.int64(channel)
                if follows_sender:
                    owed, reason = np.int64(-1), np.int64(BY_CREDIT)
                    if present[finder] and sending["found"] > arrived[finder]:
                        if position(followee_items, mine["start"], mine["count"], finder) < 0:
                            owed = finder if draws.chance(draws.fold(entry, draws.CREDIT), rates.credit) else owed
                if owed < 0:
                    continue
                feeds.owed[place] = owed
                drawn = now.attraction[network.followers.where[owed]["count"]] if now.attraction.size > 0 else 1.0
                same = identity[reader] == identity[owed]
                probability = rules.follow_probability(rates.responsiveness, net, rates.homophily, same, drawn)
                if draws.chance(draws.fold(entry, draws.DECIDE), probability):
                    changes, count = write_change(changes, count, now.tick, reader, owed, reason)
            elif net < 0.0 and follows_sender:
                probability = rules.unfollow_probability(rates.responsiveness, net)
                if draws.chance(draws.fold(entry, draws.DECIDE), probability):
                    if position(followee_items, mine["start"], locked, sender) < 0:
                        reason = np.int64(rules.opt_out_reason(feeds.known[place], feeds.value[place], rates.cost))
                        changes, count = write_change(changes, count, now.tick, reader, sender, reason)
    return changes, count


def keep_feeds(readings, count, feeds, first, sendings, tick):
    """Write down whole feeds, for those who ask to see them; return the rows and how many there are now."""
    while count + feeds.sources.size > readings.size:
        readings = enlarged(readings)
    for at in range(feeds.limit.size):
        for place in range(feeds.start[at], feeds.start[at + 1]):
            sending, row = sendings[feeds.sources[place] >> 1], readings[count]
            row["tick"] = tick
            row["reader"] = first + at
            row["sender"] = sending["sender"]
            row["finder"] = sending["finder"]
            row["found"] = sending["found"]
            row["rank"] = sending["rank"]
            row["topic"] = sending["topic"]
            row["channel"] = channel_of(sending, feeds.sources[place])
            row["read"] = place - feeds.start[at] < feeds.limit[at]
            row["owed"] = feeds.owed[place]
            row["value"] = feeds.value[place]
            row["price"] = feeds.price[at]
            count += 1
    return readings, count


def read(agents, network, sendings, deliveries, block_start, readable, now):
    """Everyone reads and decides; return the new hand, the follows and unfollows decided, and feeds if kept."""
    capacity = agents.key.size
    items, held = np.empty(deliveries.size // 2 + 8, ITEM), np.int64(0)
    hand_start = np.zeros(capacity + 1, np.int32)
    changes, changed = np.empty(capacity // 4 + 8, CHANGE), np.int64(0)
    readings, kept = np.empty(0, READING), np.int64(0)
    for block in range(block_start.size - 1):
        first = block << BLOCK
        readers = min(capacity - first, 1 << BLOCK)
        sources, start = group_by_reader(deliveries, block_start[block], block_start[block + 1], first, readers)
        entries = order_feeds(sources, start, first, sendings, agents.key)
        feeds = read_feeds(sources, start, entries, first, sendings, agents, readable, now)
        items, held = take_in_hand(items, held, hand_start, feeds, first, sendings, agents.memory.shape[1])
        changes, changed = decide(changes, changed, feeds, first, agents, network, sendings, now)
        if now.keep.feeds:
            readings, kept = keep_feeds(readings, kept, feeds, first, sendings, now.tick)
    return Hand(items[:held], hand_start), changes[:changed], readings[:kept]
