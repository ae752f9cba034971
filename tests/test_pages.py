"""Are feeds put in the order of their draws, however much alike these are?"""

import numpy as np
import pytest

from simulation import pages

LENGTHS = (1, 0, 2, 3, 16, 17, 40, pages.SHORT, pages.SHORT + 9)
HALVES = {"apart": (2**32, 2**32), "alike above": (5, 2**32), "equal": (5, 3)}  # so many upper and lower ones


@pytest.mark.parametrize(("upper", "lower"), HALVES.values(), ids=HALVES)
def test_a_feed_is_in_the_order_of_its_draws_and_of_equal_ones_the_first_comes_first(upper, lower):
    rng = np.random.default_rng(2)
    start = np.concatenate([[0], np.cumsum(LENGTHS)]).astype(np.int32)
    entries, readers = int(start[-1]), np.flatnonzero(LENGTHS).astype(np.int32)
    above, below = (rng.integers(0, most, entries, dtype=np.uint64) for most in (upper, lower))
    draws = above << np.uint64(32) | below
    _, page = pages.room_for_page(start, start.size - 1)
    page = page._replace(start=start)
    page.reading[: readers.size] = readers
    page.came_draw[:entries], page.came[:entries] = draws, np.arange(entries) << 32
    page.upper[:entries] = draws >> np.uint64(32)
    pages.put_in_order(page, np.arange(entries, dtype=np.uint32), entries, readers.size)
    wanted = np.lexsort((np.arange(entries), draws, np.repeat(np.arange(start.size - 1), LENGTHS)))
    for column in (page.source, page.name):
        assert np.array_equal(column[:entries], wanted)
    assert np.array_equal(page.lot[:entries], below[wanted])
