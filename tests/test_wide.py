"""Does what is compiled for sixteen entries at a time say what the plain loops say?"""

import numpy as np
import pytest

from simulation import wide
from simulation.compiled import interpreting

TYPES = (np.uint64, np.int32, np.uint32)
SIZES = (*range(40), 500)


@pytest.fixture(scope="module")
def compiled():
    """Return the functions of wide.py as numba compiles them, by name."""
    if interpreting():
        pytest.skip("compilation is switched off")
    numba = pytest.importorskip("numba")
    functions = {}
    for plain, made in wide.for_numba().items():
        names = {"made": made}
        arguments = ", ".join(plain.__code__.co_varnames[: plain.__code__.co_argcount])
        exec(f"def {plain.__name__}({arguments}): return made({arguments})", names)
        functions[plain.__name__] = numba.njit(names[plain.__name__])
    return functions


def parts_of(size, rng):
    begin = int(rng.integers(0, size + 1))
    return begin, int(rng.integers(begin, size + 1))


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_any_part_of_a_list(compiled, kind):
    rng = np.random.default_rng(1)
    for size in SIZES:
        numbers, (begin, end) = rng.integers(0, 30, size).astype(kind), parts_of(size, rng)
        for asked in (kind(0), kind(rng.integers(0, 30)), kind(29), kind(2**31 - 1)):
            equal = begin + np.flatnonzero(numbers[begin:end] == asked)
            place = compiled["place_of"](numbers, begin, end, asked)
            assert place == wide.place_of(numbers, begin, end, asked) == (equal[0] if equal.size else -1)


def test_what_lies_beyond_is_not_looked_at(compiled):
    numbers = np.array([5, 5, 7, 5], np.int32)
    assert compiled["place_of"](numbers, 2, 3, np.int32(5)) == -1
    assert compiled["place_of"](numbers, 1, 1, np.int32(5)) == -1


@pytest.mark.parametrize("most", [2**64 - 1, 20], ids=["large", "with ties"])
def test_ranks_are_those_of_numbers_without_a_sign(compiled, most):
    rng = np.random.default_rng(6)
    for size in SIZES:
        numbers, (begin, end) = rng.integers(0, most, size, dtype=np.uint64), parts_of(size, rng)
        places, plain = np.full(size, 7, np.uint32), np.full(size, 7, np.uint32)
        compiled["rank"](numbers, begin, end, places)
        wide.rank(numbers, begin, end, plain)
        wanted = begin + np.searchsorted(np.sort(numbers[begin:end]), numbers[begin:end])
        assert np.array_equal(places, plain) and np.array_equal(places[begin:end], wanted)
        assert np.all(np.delete(places, np.arange(begin, end)) == 7)


def test_all_are_new_but_what_is_known_or_comes_twice(compiled):
    rng, answers = np.random.default_rng(7), []
    for size in SIZES:
        for among in (10, 300, 2**32 - 1):
            numbers, (begin, end) = rng.integers(0, among, size).astype(np.uint32), parts_of(size, rng)
            for known in (0, 1, 4, 16, 37):
                memory = rng.integers(0, among, known + 9).astype(np.uint32)
                mine, first = numbers[begin:end], int(rng.integers(0, 9))
                among_known = np.isin(mine, memory[first : first + known])
                answers.append(compiled["all_new"](numbers, begin, end, memory, first, first + known))
                assert answers[-1] == wide.all_new(numbers, begin, end, memory, first, first + known)
                assert answers[-1] == (np.unique(mine).size == mine.size and not among_known.any())
    assert 0.2 < np.mean(answers) < 0.8


def test_sums_are_those_of_adding_one_after_the_other(compiled):
    rng = np.random.default_rng(2)
    for size in SIZES:
        numbers, (begin, end) = rng.random(size) * 10.0 ** rng.integers(-9, 9, size), parts_of(size, rng)
        total = 0.0
        for number in numbers[begin:end].tolist():
            total += number
        assert compiled["summed"](numbers, begin, end) == wide.summed(numbers, begin, end) == total


@pytest.mark.parametrize("kind", [np.int32, np.float64, np.bool_], ids=lambda kind: kind.__name__)
def test_a_part_is_filled_and_nothing_else(compiled, kind):
    rng = np.random.default_rng(3)
    for size in SIZES:
        (begin, end), filled, plain = parts_of(size, rng), np.zeros(size, kind), np.zeros(size, kind)
        compiled["fill"](filled, begin, end, kind(1))
        wide.fill(plain, begin, end, kind(1))
        assert np.array_equal(filled, plain) and np.flatnonzero(filled).tolist() == list(range(begin, end))


@pytest.mark.parametrize("kind", [np.bool_, np.int32], ids=lambda kind: kind.__name__)
def test_places_above_zero_are_listed(compiled, kind):
    rng = np.random.default_rng(4)
    for size in SIZES:
        flags = rng.integers(0 if kind is np.bool_ else -1, 2, size).astype(kind)
        for room_kind in (np.int32, np.uint32):
            room, plain = np.full(size, 7, room_kind), np.full(size, 7, room_kind)
            number = compiled["list_places"](room, flags)
            assert number == wide.list_places(plain, flags) == np.sum(flags > 0)
            assert np.array_equal(room, plain) and np.array_equal(room[:number], np.flatnonzero(flags > 0))


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_what_is_flagged_is_packed_and_nothing_else_written(compiled, kind):
    rng = np.random.default_rng(5)
    for size in SIZES:
        values, flags = rng.integers(0, 99, size + 3).astype(kind), rng.random(size) < 0.7
        room, plain = np.full(size + 9, 7, kind), np.full(size + 9, 7, kind)
        end = compiled["pack"](room, 2, values, flags)
        assert end == wide.pack(plain, 2, values, flags) == 2 + flags.sum()
        assert np.array_equal(room, plain) and np.array_equal(room[2:end], values[:size][flags])
