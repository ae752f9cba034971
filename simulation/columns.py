"""How are columns gone through? What all phases share, for some hundred agents or items at a time.

A loop without branches over few columns (compilers give up beyond some five) compiles to wide instructions: draws are
made for many at a time, and only then is gone through those for whom something happens. Attributes are looked up before
a loop: an array stays where it was only if the compiler can see that nothing in the loop writes to the tuple.
"""

import numpy as np

from . import randomness as draws
from .prefetch import LINE
from .wide import list_places

BLOCK = 13  # 2**BLOCK agents are a block: what is on its way to them fits in the cache, with their feeds
APART = LINE // 8  # numbers of 8 bytes between what two processors write: for a line of memory they wait in turn
LARGE = 1 << 24  # entries: an array that must grow gets room for so many more at most, or for half as many as it holds
SOME = 512  # agents, items or deliveries whose draws are made together: their columns stay in the nearest cache


def key_of(keys, slot):
    """Return the name of a slot in all draws: its number where no others are kept."""
    return np.int64(keys[slot]) if keys.size > 0 else np.int64(slot)


def key_order(order, at):
    """Return the slot whose key is the at-th smallest: the slot of this number where no order is kept."""
    return np.int64(order[at]) if order.size > 0 else np.int64(at)


def arrived_in(since, slot):
    """Return the tick in which the holder of a slot arrived: -1, the start, where nobody arrives later."""
    return np.int64(since[slot]) if since.size > 0 else np.int64(-1)


def occasions_of(stream, keys, begin, end, occasions):
    """Fold the keys of the agents begin .. end - 1 into a stream: there the draws of each of them start."""
    if keys.size == 0:
        for at in range(end - begin):
            occasions[at] = draws.fold(stream, begin + at)
        return
    for at in range(end - begin):
        occasions[at] = draws.fold(stream, np.int64(keys[begin + at]))


def fold_keys(keys, begin, slots, states):
    """Fold the key of an agent into each of some states: of the one ``begin`` slots behind what ``slots`` says."""
    if keys.size == 0:
        for at in range(slots.size):
            states[at] = draws.fold(states[at], begin + slots[at])
        return
    for at in range(slots.size):
        states[at] = draws.fold(states[at], np.int64(keys[begin + slots[at]]))


def cues_of(names, keys, agents, cues):
    """Write the cue of each of some items that some agents have in hand: see `draws.cue`."""
    if keys.size == 0:
        for at in range(cues.size):
            cues[at] = draws.cue(names[at], agents[at])
        return
    for at in range(cues.size):
        cues[at] = draws.cue(names[at], keys[agents[at]])


def name_finds(items, keys, begin, finders, states):
    """Write the states that the names of all items start from that some agents find in this tick: see `item_name`."""
    for turn in range(finders.size):
        states[turn] = items
    fold_keys(keys, begin, finders, states)


def listed(room, flags):
    """Return where an array is above 0, written to ``room``: a list without a branch for each."""
    return room[: list_places(room, flags)]


def begin_of(part, parts, size):
    """Return where the region of a part begins in an array of this size, of which each part has as much."""
    return part * (size // parts)


def blocks_of(part, bounds):
    """Return which blocks of agents a part begins and ends with: its first, and the one behind its last."""
    return bounds[part] >> BLOCK, (bounds[part + 1] + 2**BLOCK - 1) >> BLOCK


def enough(room, needed):
    """Return an array of this type with room for so many entries: the same one where it has it.

    Another one gets four times the room, a large one half as much more: what is not written to takes no memory, and
    what is for the first time takes long. Its entries are any.
    """
    return room if room.size >= needed else np.empty(needed + max(min(3 * needed, LARGE), needed >> 1), room.dtype)
