"""How does what was delivered become feeds? The deliveries to a block of readers, sorted by reader in the cache."""

import numpy as np

from .columns import BLOCK
from .delivering import PLACES
from .prefetch import AHEAD, prefetch
from .state import READER, SHIFT, Feeds


def room_for_feeds(block_start, first, last):
    """Return room for the feeds of the largest of some blocks, and for looking ahead behind its last entry."""
    most = np.int64(0)
    for block in range(first, last):
        most = max(most, block_start[block + 1] - block_start[block])
    return Feeds(np.empty((1 << BLOCK) + 1, np.int32), np.empty(most + AHEAD, np.uint32))


def sort_into_feeds(feeds, deliveries, block, readers):
    """Write a block's deliveries as feeds, readers in their order, entries as they came."""
    start, source, total, pool, size = feeds.start, feeds.source, np.int32(0), deliveries.pool, deliveries.size
    after, held, base = deliveries.after, deliveries.held, deliveries.base
    for at in range(readers + 1):
        start[at] = 0
    for part in range(deliveries.first.shape[0]):
        chunk, left = deliveries.first[part, block], deliveries.number[part, block]
        while left > 0:
            begin, here, chunk = chunk * size, held[chunk], np.int64(after[chunk])
            left -= here
            for place in range(0, size if left > 0 else 0, PLACES):
                prefetch(pool, chunk * size + place)
            for at in range(begin, begin + here):
                start[pool[at] & READER] += 1
    for at in range(readers + 1):  # where each feed begins, until it is written: then where it ends
        total, start[at] = total + start[at], total
    for part in range(deliveries.first.shape[0]):
        chunk, left = deliveries.first[part, block], deliveries.number[part, block]
        while left > 0:
            begin, here, first = chunk * size, held[chunk], np.uint64(base[chunk] << SHIFT)
            for at in range(begin, begin + here):
                reader = pool[at] & READER
                source[np.uint64(start[reader])] = first + (pool[at] >> np.uint64(BLOCK))
                start[reader] += 1
            chunk, left = np.int64(after[chunk]), left - here
    for at in range(readers, 0, -1):
        start[at] = start[at - 1]
    start[0] = 0
