"""Does what is compiled for sixteen entries at a time say what the plain loops say?"""

import numpy as np
import pytest

from simulation import wide
from simulation.compiled import interpreting

TYPES = (np.uint64, np.int32, np.uint32)
SIZES = (*range(40), 500)
ALL = "+avx2,+avx512vl"  # they are right on every processor, and only not taken where they are slow


@pytest.fixture(scope="module")
def compiled():
    """Return the functions of wide.py as numba compiles them, by name."""
    if interpreting():
        pytest.skip("compilation is switched off")
    numba = pytest.importorskip("numba")
    from simulation import lanes

    functions = {}
    for plain, made in lanes.for_numba(ALL).items():
        names = {"made": made}
        arguments = ", ".join(plain.__code__.co_varnames[: plain.__code__.co_argcount])
        exec(f"def {plain.__name__}({arguments}): return made({arguments})", names)
        functions[plain.__name__] = numba.njit(names[plain.__name__])
    for name in ("list_places", "list_equal"):  # before LLVM 19 there is no other than the plain one
        functions.setdefault(name, getattr(wide, name))
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


@pytest.mark.parametrize("most", [2**32 - 1, 20], ids=["large", "with ties"])
def test_ranks_are_those_of_numbers_without_a_sign(compiled, most):
    rng = np.random.default_rng(6)
    for size in SIZES:
        numbers, (begin, end) = rng.integers(0, most, size, dtype=np.uint32), parts_of(size, rng)
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
            for written in (room, plain):
                assert np.array_equal(written[:number], np.flatnonzero(flags > 0))


def test_places_of_a_number_are_listed_behind_others(compiled):
    rng = np.random.default_rng(8)
    for size in SIZES:
        numbers = rng.integers(0, 3, size).astype(np.int32)
        room, plain = np.full((2, 5 + np.sum(numbers == 1)), 7, np.int32)  # no room for one more
        end = compiled["list_equal"](room, 5, numbers, np.int32(1))
        assert end == wide.list_equal(plain, 5, numbers, np.int32(1)) == 5 + np.sum(numbers == 1)
        for written in (room, plain):
            assert np.array_equal(written[:end], [7] * 5 + np.flatnonzero(numbers == 1).tolist())


def test_the_smallest_is_found_and_the_first_of_equal_ones(compiled):
    rng = np.random.default_rng(9)
    for size in SIZES:
        for most in (2**64 - 1, 5):
            numbers, (begin, end) = rng.integers(0, most, size, dtype=np.uint64), parts_of(size, rng)
            wanted = begin + np.argmin(numbers[begin:end]) if end > begin else -1
            assert compiled["place_of_least"](numbers, begin, end) == wide.place_of_least(numbers, begin, end) == wanted
    largest = np.full(20, 2**64 - 1, np.uint64)
    assert compiled["place_of_least"](largest, 3, 20) == wide.place_of_least(largest, 3, 20) == 3


def test_entries_are_copied_and_moved_down(compiled):
    rng = np.random.default_rng(10)
    for size in SIZES:
        numbers, (begin, end) = rng.integers(0, 99, size).astype(np.int32), parts_of(size, rng)
        for copy in (compiled["copy"], wide.copy):
            room, moved = np.full(size + 3, 7, np.int32), numbers.copy()
            copy(room, 3, numbers, begin, end)
            assert np.array_equal(room, [7] * 3 + numbers[begin:end].tolist() + [7] * (size - end + begin))
            if begin > 0:
                copy(moved, begin - 1, moved, begin, end)
                wanted = [*numbers[: begin - 1], *numbers[begin:end], *numbers[max(begin, end) - 1 :]]
                assert np.array_equal(moved, wanted)


def test_what_runs_interpreted_says_the_same():
    rng, quick = np.random.default_rng(11), wide.for_python()
    for size in SIZES:
        numbers, (begin, end) = rng.integers(0, 2 * size + 2, size, dtype=np.uint64), parts_of(size, rng)
        known = rng.integers(0, 2 * size + 2, (2, size), dtype=np.uint64)
        one, other = np.full((2, size), 7, np.uint32)
        assert quick[wide.all_new](numbers, begin, end, known[0], 0, size) == wide.all_new(
            numbers, begin, end, known[0], 0, size
        )
        for rank, places in ((quick[wide.rank], one), (wide.rank, other)):
            rank(numbers, begin, end, places)
        assert np.array_equal(one, other)
        for name in (wide.copy, wide.fill):
            one, other = numbers.copy(), numbers.copy()
            arguments = (0, known[1], begin, end) if name is wide.copy else (begin, end, np.uint64(9))
            quick[name](one, *arguments)
            name(other, *arguments)
            assert np.array_equal(one, other)
