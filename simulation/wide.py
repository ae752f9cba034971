"""What is done with up to sixteen numbers at once? Short lists compared and filled, and flags listed.

Lists of followees, memories and feeds have about a dozen entries. The processor foresees badly how often a loop over so
few is repeated, and where it stops. Compiled, sixteen are handled at a time, be there so many or not, with wide
instructions where the processor has them: see lanes.py.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

LANES = 16  # numbers that are handled at once


def place_of(numbers, begin, end, wanted):
    """Return the first of the entries begin .. end - 1 that equals a number of their type, or -1."""
    for at in range(begin, end):
        if numbers[at] == wanted:
            return np.int64(at)
    return np.int64(-1)


def place_of_least(numbers, begin, end):
    """Return where the smallest of the entries begin .. end - 1 is, uint64, the first of equal ones, or -1."""
    least = np.int64(begin if begin < end else -1)
    for at in range(begin, end):
        least = np.int64(at) if numbers[at] < numbers[least] else least
    return least


def rank(numbers, begin, end, places):
    """Write to ``places`` where each of the entries begin .. end - 1 comes in ascending order, from begin on.

    Both are uint32; equal ones get the same place.
    """
    for at in range(begin, end):
        place = np.int64(begin)
        for other in range(begin, end):
            place += np.int64(numbers[other] < numbers[at])
        places[at] = place


def all_new(numbers, begin, end, known, first, last):
    """Return whether the entries begin .. end - 1 all differ, and each from the entries first .. last - 1 known."""
    alike = np.int64(0)
    for at in range(begin, end):
        for other in range(first, last):
            alike += np.int64(known[other] == numbers[at])
        for other in range(begin, at):
            alike += np.int64(numbers[other] == numbers[at])
    return alike == 0


def copy(room, place, numbers, begin, end):
    """Write the entries begin .. end - 1 of an array to another one of its type, from a place on.

    In one array, entries can be moved down: each is read, or sixteen are, before anything is written there.
    """
    for at in range(begin, end):
        room[place + at - begin] = numbers[at]


def fill(numbers, begin, end, number):
    """Write one number, of their type, to the entries begin .. end - 1."""
    for at in range(begin, end):
        numbers[at] = number


def list_places(room, flags):
    """Write to ``room``, int32 or uint32, where an array is above 0; return how many places these are.

    What stands behind them may be anything.
    """
    number = np.int64(0)
    for at in range(flags.size):
        room[number] = at
        number += np.int64(flags[at] > 0)
    return number


def list_equal(room, begin, numbers, wanted):
    """Write to ``room``, int32, where numbers are equal to this one, from a place on; return where they end."""
    for at in range(numbers.size):
        if numbers[at] == wanted:
            room[begin] = at
            begin += 1
    return begin


def for_python() -> dict[Callable, Callable]:
    """Return what runs interpreted in the place of the loops that would take longest: numpy's own."""

    def quick_rank(numbers, begin, end, places):
        mine = numbers[begin:end]
        places[begin:end] = begin + np.searchsorted(np.sort(mine), mine)

    def quick_all_new(numbers, begin, end, known, first, last):
        mine = {*numbers[begin:end].tolist()}
        return len(mine) == end - begin and mine.isdisjoint(known[first:last].tolist())

    def quick_copy(room, place, numbers, begin, end):
        room[place : place + end - begin] = numbers[begin:end]

    def quick_fill(numbers, begin, end, number):
        numbers[begin:end] = number

    return {rank: quick_rank, all_new: quick_all_new, copy: quick_copy, fill: quick_fill}
