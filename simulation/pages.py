"""What is known of what some readers got before they read it? Their page: the entries of their feeds in order.

Loops without branches over its columns compile to wide instructions, and what is done feed by feed, wide.py does.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .columns import SOME, fold_keys, key_of
from .prefetch import AHEAD, prefetch
from .state import BROUGHT, CHANNEL, ENCOUNTER, FOLLOWER, SHIFT, Page
from .wide import fill, list_equal, rank

SHORT = 256  # feeds of at most so many entries are ordered by counting, longer ones by sorting
LENGTHS = 32  # feeds are told apart by their length up to this one
PAGE = 2048  # about so many entries are read together: what is known of them stays in the cache


def room_for_page(start, number):
    """Return how many readers of a block share a page, and room for the largest page: about `PAGE` entries."""
    most, each = np.int64(0), max(1, min(SOME, PAGE * number // max(1, start[number])))
    for some in range(0, number, each):
        most = max(most, start[min(some + each, number)] - start[some])
    words, numbers = np.empty((2, most), np.uint64), np.empty((3, most))
    flags = np.empty((5, most), np.bool_)
    slots, places = np.empty((2, most), np.int32), np.empty((4, most), np.uint32)
    readers = np.empty((5, each + 1), np.int32)
    return each, Page(
        readers[0], readers[1], readers[2], np.empty(each), readers[3], slots[0], words[0], words[1], places[0],
        slots[1], places[1], places[3], flags[0], flags[1], flags[2], numbers[0], numbers[1], numbers[2], flags[3],
        flags[4], places[2], readers[4],
    )  # fmt: skip


def open_page(page, start, here, limits, agents, memory, size, now):
    """Begin a page: where the feeds of its readers, the agents from ``here`` on, are on it, and what each reads.

    ``start`` says where they are in their block. Return how many of them have a feed, and how many entries are read.
    Who has one is listed by its length: the processor foresees then how often each loop over a feed goes on.
    """
    begins, limit, length, prices, cost = page.start, page.limit, page.length, page.cost, now.rates.cost
    readers, reads, longest, count = start.size - 1, np.int64(0), np.int32(0), np.int64(0)
    attention, read_by, limits = agents.attention[here:], agents.read[here:], limits[here:]
    reading, reader_of, price, is_read = page.reading, page.reader, page.price, page.is_read
    generosities, generosity = agents.generosity[here:], page.generosity
    for reader in range(readers + 1):
        begins[reader] = start[reader] - start[0]
    for reader in range(readers):
        length[reader] = begins[reader + 1] - begins[reader]
    for reader in range(readers):
        limit[reader] = min(length[reader], limits[reader])
        read_by[reader] += limit[reader]
    for reader in range(readers):
        reads += limit[reader]
        longest = max(longest, length[reader])
    for reader in range(readers):
        load = length[reader] / np.float64(attention[reader]) if limit[reader] > 0 else 0.0
        prices[reader] = rules.price(cost, load)
    for number in range(1, longest + 1 if longest < LENGTHS else LENGTHS):
        count = list_equal(reading, count, length[:readers], number)
    for reader in range(readers if longest >= LENGTHS else 0):
        if length[reader] >= LENGTHS:
            reading[count] = reader
            count += 1
    is_read[: begins[readers]] = page.same_group[: begins[readers]] = True
    page.remembered[: begins[readers]] = False
    for turn in range(count):
        mine = np.int64(reading[turn])
        begin, end = np.int64(begins[mine]), np.int64(begins[mine + 1])
        fill(reader_of, begin, end, np.int32(here + mine))
        fill(price, begin, end, prices[mine])
        fill(generosity, begin, end, np.float64(generosities[mine]))
        if limit[mine] < length[mine]:
            fill(is_read, begin + limit[mine], end, False)
        prefetch(memory, mine * size)
    return count, reads


def look_up(page, source, entries, cues, keys, streams):
    """Look up the entries of a page as they came, and draw for each, keyed (reader, sender, item, channel).

    ``source`` goes on behind them, if only with what was there before: what the next page needs is asked for.
    """
    reader, came, draw, upper = page.reader, page.came, page.came_draw, page.upper
    for at in range(entries):
        prefetch(cues, np.int64(source[np.uint64(at + AHEAD)]) >> SHIFT)
        came[at] = cues[source[at] >> SHIFT]
    followed, met, brought = streams[draws.FEED], streams[draws.FEED + ENCOUNTER], streams[draws.FEED + BROUGHT]
    for at in range(entries):  # compiles to wide instructions, as most of the next ones
        channel = source[at] & CHANNEL
        draw[at] = followed if channel == FOLLOWER else met if channel == ENCOUNTER else brought
    fold_keys(keys, 0, reader[:entries], draw)
    for at in range(entries):
        draw[at] = draws.fold(draw[at], came[at])
    for at in range(entries):
        upper[at] = draw[at] >> np.uint64(32)


def draw_of_entry(streams, keys, reader, sender, name, channel):
    """Return the draw of one entry once more, of which a page keeps the lower half only."""
    return draws.fold(
        draws.fold(streams[draws.FEED + channel], key_of(keys, reader)), draws.cue(name, key_of(keys, sender))
    )


def put_in_order(page, source, entries, count):
    """Put the entries of a page in the order in which they are read: that of their draws in each feed."""
    reading, start, draw, upper, place = page.reading, page.start, page.came_draw, page.upper, page.deciding
    came, sources, names, lots = page.came, page.source, page.name, page.lot
    total = np.int64(0)
    for turn in range(count):
        begin, end = np.int64(start[reading[turn]]), np.int64(start[reading[turn] + 1])
        if end - begin == 1:
            place[np.uint64(begin)] = begin
        elif end - begin <= SHORT:
            rank(upper, begin, end, place)
        else:
            write_ranks(draw, begin, end, place)
    for at in range(entries):
        total += np.int64(place[at])
    for turn in range(count if 2 * total != entries * (entries - 1) else 0):  # two draws are too much alike
        write_ranks(draw, np.int64(start[reading[turn]]), np.int64(start[reading[turn] + 1]), place)
    for at in range(entries):
        to = np.uint64(place[at])
        sources[to], names[to], lots[to] = source[at], came[at] >> np.uint64(32), draw[at]


def write_ranks(numbers, begin, end, places):
    """Do what `rank` does for long lists; of equal entries the first comes first."""
    order = ascending(numbers[begin:end])
    for at in range(order.size):
        places[begin + order[at]] = begin + at


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


def compare_groups(page, entries, rows, group):
    """Say which of the entries of a page are of their reader's group."""
    same_group, source, reader = page.same_group, page.source, page.reader
    for at in range(entries):
        same_group[at] = rows[source[at] >> SHIFT]["topic"] == group[reader[at]]
