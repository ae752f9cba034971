"""Which random number belongs to which occasion?

Every draw is a pure function of what it is for: the seed, the tick, the phase, the agent's key and whatever
else the occasion names. There is no hidden state, so a run is bit-identical for any order of storage and any
number of threads, and two runs that differ in one agent share all other draws.

The generator folds one 64-bit word after another into a state. Each fold ends with the finalizer of SplitMix64
(Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195; constants: Stafford's variant 13). Scalars and arrays of
``uint64`` are both accepted wherever a function has no branch.

Only + - * / and comparisons touch floating point, so that interpreted and compiled runs agree to the last bit.
"""

from typing import NamedTuple

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
ONE = np.uint64(1)
TO_UNIT = 2.0**-53
HALF_TO_UNIT = 2.0**-32
LOWER = np.uint64(2**32 - 1)

# Streams: one per kind of occasion. The number is part of the draw: never reuse or renumber one.
ITEM, FIND, GIVE, INTRODUCE, FOLLOW_BACK, CHURN, DEPART, ARRIVE, ARRIVAL_FOLLOW = range(9)
FEED = 9  # + channel: 9, 10, 11
STREAMS = 12
WORLD = 100  # starting worlds and the attributes of people; followed by the code of what is drawn

# Branches of one occasion, folded in after it. 1, 8 to 10 and 17 were others once: no branch gets them again.
BRING_TO, ENCOUNTERS, MEET, MEET_OUTSIDE = 2, 3, 4, 5
CREDIT, PICK, INTRODUCED, ACCEPT = 16, 18, 19, 20

# Poisson and binomial numbers are drawn by inversion in lumps of at most this mean: no underflow, no loss of tail.
LUMP = 16.0


def mix(z):
    """Scramble 64 bits (the finalizer of SplitMix64)."""
    z = (z ^ (z >> np.uint64(30))) * MIX_1
    z = (z ^ (z >> np.uint64(27))) * MIX_2
    return z ^ (z >> np.uint64(31))


def fold(state, word):
    """Return the state after one more word: ``state`` is uint64, ``word`` a whole number >= 0."""
    return mix(state ^ ((np.uint64(word) + ONE) * GOLDEN))


def stream(seed, tick, kind):
    """Return the state that all draws of one kind in one tick start from.

    Items are named once for all ticks: their stream takes tick 0 (see `item_name`).
    """
    return fold(fold(fold(GOLDEN, seed), tick), kind)


def uniform(state):
    """Return a float64 in [0, 1) from the upper 53 bits of a state."""
    return np.float64(state >> np.uint64(11)) * TO_UNIT


def chance(state, probability):
    """Return whether an event of this probability happens: 0 never does, 1 or more always does."""
    return uniform(state) < probability


def upper(state):
    """Return a float64 in [0, 1) from the upper half of a state: with `lower`, two draws from one."""
    return np.float64(state >> np.uint64(32)) * HALF_TO_UNIT


def lower(state):
    """Return a float64 in [0, 1) from the lower half of a state."""
    return np.float64(state & LOWER) * HALF_TO_UNIT


def below(state, count):
    """Return a whole number in [0, count), for count < 2**53."""
    return np.int64(uniform(state) * count)


def item_name(finds, rank):
    """Return the 32-bit name of an item by its rank among what its finder found in one tick.

    ``finds`` is ``fold(stream(seed, tick, ITEM), finder's key)`` with the tick in which it was found, whichever is
    now. The name is what memory keeps of the item; it is never 0, which marks an empty place.
    """
    return np.uint32(np.maximum(fold(finds, rank) >> np.uint64(32), ONE))


def item_quality(name, quality_spread):
    """Return an item's quality, uniform on [1 - quality_spread, 1]."""
    return 1.0 - quality_spread * (np.float64(name) * HALF_TO_UNIT)


def cue(name, key):
    """Return the word for an item in one hand: its name above the key of who has it."""
    return np.uint64(name) << np.uint64(32) | np.uint64(key)


def lumps(mean):
    """Return in how many lumps a Poisson number of this mean is drawn (at least 1)."""
    return np.int64(1) if mean <= LUMP else np.int64(np.ceil(mean / LUMP))


def exp_minus(x):
    """Return exp(-x) for x in [0, LUMP], by + - * / and exact powers of two alone.

    Library exponentials differ in the last bit between processors; this one does not. Relative error < 1e-15.
    """
    halvings = np.floor(x * 1.4426950408889634 + 0.5)
    r = (halvings * 0.6931471803691238 - x) + halvings * 1.9082149292705877e-10  # ln 2 in two parts
    series = 1.0
    for n in range(16, 0, -1):
        series = 1.0 + series * r / n
    return series / np.float64(np.int64(1) << np.int64(halvings))


def no_event(mean):
    """Return the probability that one lump of a Poisson number brings nothing, rounded to float32.

    The rounding is part of what a draw is; it moves the probability by less than 6e-8 of its size.
    """
    return np.float64(np.float32(exp_minus(mean / np.maximum(1.0, np.ceil(mean / LUMP)))))


def brings_some(lot, mean):
    """Return whether a `poisson` number of this mean may be above 0, where ``lot`` is the `uniform` of its state.

    Told without the exponential, from its first terms, which are less: hardly more often than it is so.
    """
    return (mean > 0.0) & (lot >= 1.0 - mean * (1.0 - mean * (0.5 - mean / 6.0)) - 1e-7)


def poisson(state, mean, none):
    """Draw a Poisson number by inversion.

    Parameters
    ----------
    state : uint64
        The occasion; the first lump uses it as it is, lump j > 0 uses ``fold(state, j)``.
    mean : float
        Mean, >= 0; 0 always gives 0.
    none : float
        ``no_event(mean)``: the probability that one lump brings nothing, computed once, outside.
    """
    if not mean > 0.0:
        return np.int64(0)
    count = lumps(mean)
    rate = mean if count == 1 else mean / count
    total = np.int64(0)
    for lump in range(count):
        u = uniform(state if lump == 0 else fold(state, lump))
        term = np.float64(none)
        below_or_at = term
        events = 0
        while u >= below_or_at:
            events += 1
            term *= rate / events
            if below_or_at + term == below_or_at:
                break
            below_or_at += term
        total += events
    return total


def poisson_room(most):
    """Return room for drawing so many Poisson numbers at a time."""
    return PoissonRoom(np.empty((5, most)), np.empty(most, np.int32), np.empty(most, np.bool_))


def poisson_many(states, means, numbers, room):
    """Draw many Poisson numbers at a time: ``numbers[i]`` becomes ``poisson(states[i], means[i], no_event(means[i]))``.

    It is done in rounds without branches. Where the means differ, each is for those who get more than the rounds
    before have given them.

    Parameters
    ----------
    states, means, numbers : uint64, float64 and integer arrays of shape (occasions,)
    room : PoissonRoom
        For at least as many.
    """
    columns, places, more, left = room.columns, room.places, room.more, np.int64(0)
    nones, lots, terms, upto, rates = columns[0], columns[1], columns[2], columns[3], columns[4]
    alike = np.int64(0)
    for at in range(states.size):
        lots[at] = uniform(states[at])
        numbers[at] = 0
    for at in range(states.size):
        alike += means[at] == means[0]
    if alike == states.size and alike > 0 and means[0] <= LUMP:
        poisson_of_one_mean(lots[:alike], means[0], numbers)
        return
    for at in range(states.size):
        nones[at] = no_event(means[at])
    for at in range(states.size):
        more[at] = lots[at] >= nones[at]
    for at in range(states.size):
        places[left], lots[left], terms[left], upto[left], rates[left] = at, lots[at], nones[at], nones[at], means[at]
        left += np.int64(more[at])
    events = 0
    while left > 0:
        events, before, left = events + 1, left, np.int64(0)
        for turn in range(before):
            terms[turn] *= rates[turn] / events
        for turn in range(before):
            more[turn] = (lots[turn] >= upto[turn] + terms[turn]) & (upto[turn] + terms[turn] != upto[turn])
            upto[turn] += terms[turn]
        for turn in range(before):
            numbers[places[turn]] = events
            places[left], lots[left], rates[left] = places[turn], lots[turn], rates[turn]
            terms[left], upto[left] = terms[turn], upto[turn]
            left += np.int64(more[turn])
    for at in range(states.size):
        if means[at] > LUMP:
            numbers[at] = poisson(states[at], means[at], nones[at])


def poisson_of_one_mean(lots, mean, numbers):
    """Add to zeros how many of the sums of the first terms of one distribution each lot reaches: its Poisson number."""
    term = upto = no_event(mean)
    events, more = 0, np.int64(lots.size)
    while more > 0:
        more = np.int64(0)
        for at in range(lots.size):
            reaches = np.int32(lots[at] >= upto)
            numbers[at] += reaches
            more += reaches
        events += 1
        term *= mean / events
        if upto + term == upto:
            return
        upto += term


class PoissonRoom(NamedTuple):
    """Where `poisson_many` works."""

    columns: np.ndarray  # float64 (5, occasions)
    places: np.ndarray  # int32 (occasions,)
    more: np.ndarray  # bool (occasions,)


def power(base, exponent):
    """Return base ** exponent for a whole exponent >= 0, by multiplications alone."""
    result = 1.0
    while exponent > 0:
        if exponent & 1:
            result *= base
        base *= base
        exponent >>= 1
    return result


def takes_some(lot, trials, probability):
    """Return whether a `binomial` number may be above 0, where ``lot`` is the `uniform` of its state."""
    sure = (probability >= 1e-9) & (lot < 1.0 - 1.001 * trials * probability)  # (1 - p) ** n > 1 - 1.001 n p
    return (trials > 0) & (probability > 0.0) & (not sure)


def binomial(state, trials, probability):
    """Draw a binomial number by inversion, in lumps of at most ``LUMP / probability`` trials (at least 16).

    The first lump uses the state as it is, lump j > 0 uses ``fold(state, j)``. Exact at probability 0 and 1.
    """
    if not takes_some(uniform(state), trials, probability):
        return np.int64(0)
    if probability >= 1.0:
        return np.int64(trials)
    odds = probability / (1.0 - probability)
    size = np.int64(min(LUMP / probability, 2.0**40))
    total = np.int64(0)
    left = np.int64(trials)
    lump = 0
    while left > 0:
        n = min(size, left)
        u = uniform(state if lump == 0 else fold(state, lump))
        term = power(1.0 - probability, n)
        below_or_at = term
        events = np.int64(0)
        while u >= below_or_at and events < n:
            term *= odds * (n - events) / (events + 1.0)
            events += 1
            if below_or_at + term == below_or_at:
                break
            below_or_at += term
        total += events
        left -= n
        lump += 1
    return total
