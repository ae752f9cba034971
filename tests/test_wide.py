"""Do compiled comparisons of many entries at once say what the plain loops say?"""

import numpy as np
import pytest

from simulation import wide
from simulation.compiled import interpreting

TYPES = (np.uint64, np.int32, np.uint32)


@pytest.fixture(scope="module")
def compiled():
    if interpreting():
        pytest.skip("compilation is switched off")
    numba = pytest.importorskip("numba")
    below, place = (wide.for_numba()[each] for each in (wide.number_below, wide.place_of))

    @numba.njit
    def number_below(numbers, begin, end, bound):
        return below(numbers, begin, end, bound)

    @numba.njit
    def place_of(numbers, begin, end, wanted):
        return place(numbers, begin, end, wanted)

    return number_below, place_of


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_any_part_of_a_list(compiled, kind):
    number_below, place_of = compiled
    rng = np.random.default_rng(1)
    for size in [*range(70), 500]:
        numbers = rng.integers(0, 30, size).astype(kind)
        begin = int(rng.integers(0, size + 1))
        end = int(rng.integers(begin, size + 1))
        for asked in (kind(0), kind(rng.integers(0, 30)), kind(29), kind(2**31 - 1)):
            assert number_below(numbers, begin, end, asked) == np.sum(numbers[begin:end] < asked)
            assert number_below(numbers, begin, end, asked) == wide.number_below(numbers, begin, end, asked)
            equal = begin + np.flatnonzero(numbers[begin:end] == asked)
            assert place_of(numbers, begin, end, asked) == (equal[0] if equal.size else -1)
            assert place_of(numbers, begin, end, asked) == wide.place_of(numbers, begin, end, asked)


def test_large_numbers_are_compared_without_a_sign(compiled):
    numbers = np.array([2**63, 2**64 - 1, 1], np.uint64)
    bound = np.uint64(2**63 + 1)
    assert compiled[0](numbers, 0, 3, bound) == 2 == wide.number_below(numbers, 0, 3, bound)


def test_what_lies_beyond_is_not_looked_at(compiled):
    numbers = np.array([5, 5, 7, 5], np.int32)
    assert compiled[1](numbers, 2, 3, np.int32(5)) == -1
    assert compiled[0](numbers, 2, 3, np.int32(7)) == 0
    assert compiled[1](numbers, 1, 1, np.int32(5)) == -1 and compiled[0](numbers, 3, 3, np.int32(9)) == 0
