"""How does what was delivered become feeds? The deliveries to a block of readers, sorted by reader in the cache."""

import numpy as np

from .columns import BLOCK
from .state import LOWER, UPPER, Feeds


def room_for_feeds(block_start, first, last):
    """Return room for the feeds of the largest of some blocks."""
    most = np.int64(0)
    for block in range(first, last):
        most = max(most, block_start[block + 1] - block_start[block])
    return Feeds(np.empty((1 << BLOCK) + 1, np.int32), np.empty(most, np.uint32))


def sort_into_feeds(feeds, deliveries, block, readers):
    """Write a block's deliveries as feeds, readers in their order, entries as they came."""
    start, source, first, total = feeds.start, feeds.source, np.uint64(block << BLOCK), np.int32(0)
    pool, size, after = deliveries.pool, deliveries.size, deliveries.after
    for at in range(readers + 1):
        start[at] = 0
    for part in range(deliveries.first.shape[0]):
        chunk, left = deliveries.first[part, block], deliveries.number[part, block]
        while left > 0:
            begin, chunk, here, left = chunk * size, np.int64(after[chunk]), min(left, size), left - size
            for at in range(begin, begin + here):
                start[(pool[at] & LOWER) - first] += 1
    for at in range(readers + 1):  # where each feed begins, until it is written: then where it ends
        total, start[at] = total + start[at], total
    for part in range(deliveries.first.shape[0]):
        chunk, left = deliveries.first[part, block], deliveries.number[part, block]
        while left > 0:
            begin, chunk, here, left = chunk * size, np.int64(after[chunk]), min(left, size), left - size
            for at in range(begin, begin + here):
                reader = (pool[at] & LOWER) - first
                source[np.uint64(start[reader])] = pool[at] >> UPPER
                start[reader] += 1
    for at in range(readers, 0, -1):
        start[at] = start[at - 1]
    start[0] = 0
