"""How much is found twice, and what is never heard of, where nobody coordinates who looks for what?

In the model nobody's finding depends on anybody else's. Beneath it is laid a world of *pieces* of information, so many
of them new in each tick: every item found is one of its tick's pieces. *By lot*, each find falls on any piece alike.
*Coordinated*, the same finds, by the same people and with the same readers, are spread evenly over the pieces: none is
found twice before all are found once. The two differ in nothing else, and the dynamics see neither.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simulation.record import Keep
from simulation.run import Run

KEEP = Keep(feeds=True, ledger=True)


class Watched(NamedTuple):
    """What was found in a window, and who read it first when.

    Attributes
    ----------
    tick, finder : int arrays of shape (items,)
        Tick within the window, from 0, and the finder's slot.
    item, reader : int arrays of shape (readings,)
        Readings of these items, in their order.
    ticks, people : int
        Length of the window; people present at its end.
    slots : int
    """

    tick: np.ndarray
    finder: np.ndarray
    item: np.ndarray
    reader: np.ndarray
    ticks: int
    people: int
    slots: int


def watch_finds(run: Run, ticks: int, after: int) -> Watched:
    """Advance a run that keeps its feeds; items found in the first ticks are followed for some ticks more."""
    begin, slots = run.tick, run.capacity
    found, codes, readers = [], [], []
    for step in range(ticks + after):
        before = run.state.agents.found.copy()
        run.advance(1)
        if step < ticks:
            number = run.state.agents.found - before
            finder = np.repeat(np.arange(slots), number)
            rank = np.arange(finder.size) - np.repeat(np.cumsum(number) - number, number)
            found.append(_code(step, finder, rank, slots))
        entries = run.readings
        entries = entries[(entries["read"] == 1) & (entries["found"] >= begin) & (entries["found"] < begin + ticks)]
        codes.append(_code(entries["found"].astype(np.int64) - begin, entries["finder"], entries["rank"], slots))
        readers.append(entries["reader"].astype(np.int64))
    items = np.concatenate(found)
    item = np.searchsorted(items, np.concatenate(codes))  # in the order of tick, finder and rank already
    of_finder = items // MOST_FINDS
    return Watched(of_finder // slots, of_finder % slots, item, np.concatenate(readers), ticks,
                   int(run.state.agents.present.sum()), slots)  # fmt: skip


MOST_FINDS = 1 << 20  # of one person in one tick


def _code(tick: Any, finder: np.ndarray, rank: np.ndarray, slots: int) -> np.ndarray:
    return (tick * slots + finder.astype(np.int64)) * MOST_FINDS + rank


def pieces_by_lot(watched: Watched, number: int, random: np.random.Generator) -> np.ndarray:
    """Return which piece each find is: any of its tick's ``number``, alike."""
    return watched.tick * number + random.integers(number, size=watched.tick.size)


def pieces_coordinated(watched: Watched, number: int, random: np.random.Generator) -> np.ndarray:
    """Return which piece each find is where finders share out the pieces, in an order drawn by lot."""
    order = np.lexsort((random.random(watched.tick.size), watched.tick))
    first = np.searchsorted(watched.tick, watched.tick)  # where each tick's finds begin
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size) - first
    return watched.tick * number + place % number


def told(watched: Watched, piece: np.ndarray, number: int) -> dict[str, float]:
    """Return duplicates and gaps, all as shares.

    Returns
    -------
    dict
        ``duplicates`` (of finds: of a piece found before), ``found`` (of pieces: by anybody), ``reached`` (of pieces:
        those that somebody read who had not found them), ``known`` (of pieces, mean over people: found or read),
        ``news`` (of readings: of a piece that the reader neither found nor had read).
    """
    pieces = watched.ticks * number
    finders = np.unique(piece * watched.slots + watched.finder)
    read = piece[watched.item] * watched.slots + watched.reader
    fresh = np.setdiff1d(read, finders)
    of_finds, of_readings = max(1, piece.size), max(1, read.size)
    return {
        "duplicates": 1 - np.unique(piece).size / of_finds, "found": np.unique(piece).size / pieces,
        "reached": np.unique(fresh // watched.slots).size / pieces,
        "known": (finders.size + fresh.size) / (pieces * watched.people), "news": fresh.size / of_readings,
    }  # fmt: skip


def compared(watched: Watched, per_find: float, random: np.random.Generator, draws: int) -> dict[str, float]:
    """Return `told` by lot and coordinated ("lot: found", "coordinated: found"), means over draws.

    Parameters
    ----------
    watched : Watched
    per_find : float
        Pieces per find: the window's finds times this, spread over its ticks, at least one in each.
    random : numpy.random.Generator
    draws : int
    """
    number = max(1, round(per_find * watched.tick.size / watched.ticks))
    numbers: dict[str, float] = {}
    for name, deal in (("lot", pieces_by_lot), ("coordinated", pieces_coordinated)):
        found = [told(watched, deal(watched, number, random), number) for _ in range(draws)]
        numbers |= {f"{name}: {each}": float(np.mean([one[each] for one in found])) for each in found[0]}
    return numbers
