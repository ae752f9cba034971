"""Are the draws as good as chance: uniform, independent of their neighbours, and of the laws that they claim?

Every statistical test has fixed seeds, is two-sided where too regular is as suspicious as too uneven, and is corrected
for the number of p-values that it looks at. Each is also given generators and laws that it must reject.
"""

import math  # noqa: I001 (names in rows, not one per line)
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulation import randomness
from simulation.randomness import (
    BRING_TO, CREDIT, FEED, FIND, GIVE, GOLDEN, INTRODUCE, ITEM, LUMP, MEET, MEET_OUTSIDE, MIX_1, ONE, STREAMS,
    below, binomial, brings_some, chance, cue, exp_minus, fold, item_name, item_quality, lower, lumps, mix, no_event,
    poisson, poisson_many, poisson_room, power, stream, takes_some, uniform, upper,
)  # fmt: skip

ALPHA = 1e-4  # of a whole test, however many p-values it looks at
CERTAIN = 1e-12  # a weak generator must be rejected beyond doubt
LARGEST = np.uint64(2**64 - 1)
NUMBERS = np.arange(1 << 15, dtype=np.uint64)
HALF = np.uint64(32)  # bits
UNUSED = mix(np.arange(1 << 16, 3 << 15, dtype=np.uint64) * GOLDEN)


@pytest.fixture(autouse=True)
def _wrapping():
    """Unsigned numbers wrap around, which numpy reports for scalars."""
    with np.errstate(over="ignore"):
        yield


# ---- generators that must be rejected -------------------------------------------------------------------------------


def unmixed(state, word):
    return state ^ ((np.uint64(word) + ONE) * GOLDEN)


def congruential(state, word):
    return (state ^ np.uint64(word)) * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)


def half_mixed(state, word):
    z = unmixed(state, word)
    return (z ^ (z >> np.uint64(30))) * MIX_1


WEAK = [unmixed, congruential, half_mixed]


# ---- what a test is made of -----------------------------------------------------------------------------------------


def least(p_values):
    """The smallest of several p-values, corrected for their number (Bonferroni)."""
    p_values = np.ravel(p_values)
    return min(1.0, p_values.min() * p_values.size)


def two_sided(z):
    """The p-values of standard normal deviations."""
    return 2 * stats.norm.sf(np.abs(z))


def evenness(cells, number):
    """The two-sided p-value of chi-square for equally likely cells."""
    counts = np.bincount(cells, minlength=number)
    expected = cells.size / number
    chi2 = ((counts - expected) ** 2).sum() / expected
    return least([stats.chi2.sf(chi2, number - 1), stats.chi2.cdf(chi2, number - 1)])


def top(states, bits):
    """The cells that the first bits name; `uniform` is cut into equal intervals."""
    return (states >> np.uint64(64 - bits)).astype(np.int64)


def bits_of(states):
    """The 64 bits of each state, in any fixed order, as -1 and 1: shape (states, 64)."""
    octets = np.ascontiguousarray(states).view(np.uint8).reshape(-1, 8)
    return np.unpackbits(octets, axis=1).astype(np.float32) * 2 - 1


def p_uniform(states):
    """Whether states are uniform: high and low cells, every bit, Kolmogorov and Smirnov."""
    low = (states & np.uint64(255)).astype(np.int64)
    bias = bits_of(states).sum(axis=0) / math.sqrt(states.size)
    distance = stats.kstest(uniform(states), "uniform", method="asymp").pvalue
    return least([evenness(top(states, 8), 256), evenness(low, 256), least(two_sided(bias)), distance])


def p_independent(one, other):
    """Whether paired states are independent: correlation, squares of the scatter, all pairs of bits."""
    r = np.corrcoef(uniform(one), uniform(other))[0, 1]
    squares = evenness(top(one, 5) * 32 + top(other, 5), 1024)
    # Not by @: where others keep the processor busy, the threads of a matrix product wait for each other for seconds.
    bits = np.einsum("ij,ik->jk", bits_of(one), bits_of(other)) / math.sqrt(one.size)
    return least([two_sided(r * math.sqrt(one.size)), squares, least(two_sided(bits))])


def p_cubes(states, bits):
    """Whether triples of consecutive states fill all cubes of the unit cube alike."""
    x, y, z = (top(states[i::3], bits) for i in range(3))
    return evenness(((x << bits) + y << bits) + z, 1 << 3 * bits)


def p_avalanche(fold, flip_word, words):
    """Whether each input bit flips each output bit in half of all cases."""
    states = mix(GOLDEN * (words + np.uint64(12345)))
    before, p_values = fold(states, words), []
    for bit in range(63):  # the top bit of a word is left out: words are below 2**63
        flip = ONE << np.uint64(bit)
        after = fold(states, words ^ flip) if flip_word else fold(states ^ flip, words)
        balance = bits_of(before ^ after).sum(axis=0) / math.sqrt(words.size)
        p_values.append(two_sided(balance))
    return least(p_values)


def sequences(fold):
    """States that differ in one consecutive number each, as the model uses them."""

    def start(seed, tick, kind):
        return fold(fold(fold(GOLDEN, seed), tick), kind)

    occasion, one, hands = fold(start(3, 9, GIVE), cue(99, 17)), np.uint64(1234567), cue(99, NUMBERS)
    return {
        "agents": fold(start(1, 5, FIND), NUMBERS),
        "ticks": fold(start(1, NUMBERS, FIND), 7),
        "seeds": fold(start(NUMBERS, 5, FIND), 7),
        "finds": fold(fold(start(1, 5, ITEM), 7), NUMBERS),
        "an item in many hands": fold(start(3, 9, GIVE), hands),
        "items in one hand": fold(start(3, 9, GIVE), cue(NUMBERS + ONE, 17)),
        "entries from many hands": fold(fold(start(3, 9, FEED), one), hands),
        "an entry of many feeds": fold(fold(start(3, 9, FEED), NUMBERS), cue(99, 17)),
        "pairs": fold(fold(start(2, 3, INTRODUCE), 40), NUMBERS),
        "meetings": fold(fold(occasion, MEET), NUMBERS),
    }


def twins(fold):
    """States of the same agents that differ in seed, tick, phase or branch only, or in the order of two agents."""

    def start(seed, tick, kind):
        return fold(fold(fold(GOLDEN, seed), tick), kind)

    agents = fold(start(1, 5, FIND), NUMBERS)
    names, reader = mix(NUMBERS) >> HALF, fold(start(1, 5, FEED), 17)
    sharing, read = fold(start(1, 5, GIVE), cue(names, NUMBERS)), fold(reader, cue(names, NUMBERS))
    meeting = fold(fold(sharing, MEET), 0)
    kinds = [fold(start(1, 5, kind), NUMBERS) for kind in range(STREAMS)]
    return {
        "next tick": (agents, fold(start(1, 6, FIND), NUMBERS)),
        "next seed": (agents, fold(start(2, 5, FIND), NUMBERS)),
        "seed and tick": (agents, fold(start(5, 1, FIND), NUMBERS)),
        **{f"phases {i}, {i + 1}": each for i, each in enumerate(pairwise(kinds))},
        "share and bring": (upper_of(sharing), lower_of(sharing)),
        "bring and target": (lower_of(sharing), fold(sharing, BRING_TO)),
        "order and decide": (upper_of(read), lower_of(read)),
        "credit and decide": (fold(read, CREDIT), lower_of(read)),
        "quality and share": (lower_of(names), sharing),
        "quality and order": (lower_of(names), upper_of(read)),
        "give and read": (sharing, read),
        "one sender and the next": (read, fold(reader, cue(names, NUMBERS + ONE))),
        "one reader and the next": (read, fold(fold(start(1, 5, FEED), 18), cue(names, NUMBERS))),
        "whom and where": (meeting, fold(meeting, MEET_OUTSIDE)),
        "first and second lump": (agents, fold(agents, 1)),
        "item and next item": (fold(agents, NUMBERS), fold(agents, NUMBERS + ONE)),
        "who and whom": (fold(agents, NUMBERS + ONE), fold(fold(start(1, 5, FIND), NUMBERS + ONE), NUMBERS)),
    }


def upper_of(states):
    """States of which only the upper halves are these; the rest is of no occasion."""
    return (states >> HALF << HALF) | (UNUSED >> HALF)


def lower_of(states):
    """States whose upper halves are the lower ones of these; the rest is of no occasion."""
    return (states << HALF) | (UNUSED << HALF >> HALF)


# ---- the generator --------------------------------------------------------------------------------------------------


def test_mix_is_that_of_splitmix64():
    # The first numbers of the published generator from seed 0.
    known = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [int(mix(GOLDEN * np.uint64(i))) for i in (1, 2, 3)] == known


def test_streams_keep_their_numbers():
    assert [f"{stream(seed, 2, FIND):016x}" for seed in (0, 1)] == ["bf9ed119668a000b", "42b80f2ba4c4bfda"]
    assert f"{item_name(fold(stream(1, 4, ITEM), 3), 5):08x}" == "302dd235"


def p_sequences(fold):
    """By name of the sequence: whether it is uniform and each state independent of the next."""
    return {
        name: least([p_uniform(states), p_independent(states[::2], states[1::2])])
        for name, states in sequences(fold).items()
    }


def p_twins(fold):
    """By name of the twins: whether they are independent."""
    return {name: p_independent(*pair) for name, pair in twins(fold).items()}


@pytest.mark.parametrize("test", [p_sequences, p_twins])
def test_sequences_and_twins_are_uniform_and_independent(test):
    found = test(fold)
    assert least(list(found.values())) > ALPHA, found


def test_the_streams_tested_are_those_of_the_model():
    np.testing.assert_array_equal(sequences(fold)["ticks"], fold(stream(1, NUMBERS, FIND), 7))
    names = sequences(fold)["finds"] >> HALF
    np.testing.assert_array_equal(names, item_name(fold(stream(1, 5, ITEM), 7), NUMBERS))


@pytest.mark.parametrize("weak", WEAK)
def test_weak_sequences_and_twins_are_rejected(weak):
    assert p_sequences(weak)["agents"] < CERTAIN
    assert least(list(p_twins(weak).values())) < CERTAIN


@pytest.mark.parametrize("flip_word", [True, False])
@pytest.mark.parametrize("small", [True, False])
def test_every_input_bit_flips_every_output_bit_half_the_time(flip_word, small):
    words = NUMBERS[: 1 << 13] if small else mix(NUMBERS[: 1 << 13]) >> ONE
    assert p_avalanche(fold, flip_word, words) > ALPHA
    for weak in WEAK:
        assert p_avalanche(weak, flip_word, words) < CERTAIN


def test_consecutive_keys_leave_no_structure_in_space():
    keys = np.arange(3 << 20, dtype=np.uint64)  # four triples to each of 64 x 64 x 64 cubes
    start = stream(1, 5, FIND)
    assert least([p_cubes(fold(start, keys), 6), p_cubes(fold(stream(1, keys, FIND), 7), 6)]) > ALPHA
    for weak in (unmixed, congruential):
        assert p_cubes(weak(start, keys), 6) < CERTAIN


def test_a_scatter_of_draws_over_keys_is_even():
    keys = np.arange(1 << 22, dtype=np.uint64)  # four keys to each cell of 1024 x 1024
    columns = (keys >> np.uint64(12)).astype(np.int64)

    def p_scatter(states):  # the columns have equal sums, so that only the rows are free
        counts = np.bincount((columns << 10) + top(states, 10), minlength=1 << 20)
        chi2, free = ((counts - 4.0) ** 2).sum() / 4, 1024 * 1023
        return least([stats.chi2.sf(chi2, free), stats.chi2.cdf(chi2, free)])

    assert p_scatter(fold(stream(4, 2, GIVE), keys)) > ALPHA
    assert p_scatter(unmixed(stream(4, 2, GIVE), keys)) < CERTAIN
    assert p_scatter(congruential(stream(4, 2, GIVE), keys)) < CERTAIN


def test_no_two_occasions_share_a_state():
    a, b = NUMBERS[:500, None], NUMBERS[:500]
    assert np.unique(fold(fold(stream(1, 5, GIVE), a), b)).size == 500 * 500
    states = stream(NUMBERS[:50, None, None], NUMBERS[:500, None], NUMBERS[:STREAMS])
    assert np.unique(states).size == 50 * 500 * STREAMS
    assert np.unique(unmixed(unmixed(GOLDEN, a), b)).size < 500 * 500, "the order would not matter"


def test_scalars_and_arrays_agree():
    keys = np.array([0, 1, 2, 1000, 2**31, 2**40], dtype=np.uint64)
    start = stream(11, 12, GIVE)
    assert type(start) is np.uint64
    assert mix(keys).tolist() == [mix(key) for key in keys]
    assert fold(start, keys).tolist() == [fold(start, int(key)) for key in keys]
    assert fold(start, keys.astype(np.int64)).tolist() == fold(start, keys).tolist()
    assert uniform(fold(start, keys)).tolist() == [uniform(fold(start, int(key))) for key in keys]
    assert chance(fold(start, keys), 0.5).tolist() == [chance(fold(start, int(key)), 0.5) for key in keys]
    for half in (upper, lower):
        assert half(fold(start, keys)).tolist() == [half(fold(start, int(key))) for key in keys]
    names = item_name(fold(start, keys), 3)
    assert names.tolist() == [item_name(fold(start, int(key)), 3) for key in keys]
    assert cue(names, keys).tolist() == [cue(name, key) for name, key in zip(names, keys, strict=True)]
    assert item_quality(names, 0.4).tolist() == [item_quality(name, 0.4) for name in names]


# ---- simple draws ---------------------------------------------------------------------------------------------------


def test_uniform_and_chance_at_their_ends():
    assert uniform(np.uint64(0)) == 0.0
    assert uniform(LARGEST) == 1 - 2.0**-53
    for state in (np.uint64(0), np.uint64(2**63), LARGEST):
        assert not chance(state, 0.0)
        assert chance(state, 1.0)


@given(st.integers(1, 2**53 - 1))
def test_below_stays_below(count):
    assert below(np.uint64(0), count) == 0
    assert below(LARGEST, count) == count - 1


@pytest.mark.parametrize("count", [2, 7, 100])
def test_below_is_even(count):
    draws = below(fold(stream(8, 1, GIVE), NUMBERS), count)
    assert evenness(draws, count) > ALPHA
    assert evenness(np.maximum(draws, 1), count) < CERTAIN


def test_halves_are_even_at_their_ends():
    one, other = np.uint64(7 << 32), np.uint64(7)
    assert [upper(one), lower(one), upper(other), lower(other)] == [7 * 2.0**-32, 0, 0, 7 * 2.0**-32]
    assert upper(LARGEST) == lower(LARGEST) == 1 - 2.0**-32


def test_qualities_are_uniform():
    names = item_name(fold(stream(5, 0, ITEM), 3), NUMBERS)
    quality = item_quality(names, 0.25)
    assert 0.75 < quality.min() < quality.max() <= 1.0
    assert stats.kstest(quality, stats.uniform(0.75, 0.25).cdf, method="asymp").pvalue > ALPHA
    assert item_quality(names[0], 0.0) == 1.0


def test_names_are_never_zero(monkeypatch):
    monkeypatch.setattr(randomness, "fold", lambda state, word: state)
    assert [item_name(np.uint64(state), 0) for state in (0, 1, 2**32 - 1, 2**32, 2**33, 2**64 - 1)] == [
        1, 1, 1, 1, 2, 2**32 - 1,
    ]  # fmt: skip
    assert type(item_name(np.uint64(0), 0)) is np.uint32


def test_an_item_in_one_hand_is_one_word():
    assert cue(np.uint32(1), np.int32(0)) == 2**32
    assert cue(np.uint32(2**32 - 1), np.int32(2**31 - 1)) == (2**32 - 1 << 32) + 2**31 - 1


# ---- Poisson and binomial numbers -----------------------------------------------------------------------------------

DRAWS = 1000
STATES = mix(GOLDEN * (NUMBERS[:DRAWS] + np.uint64(777)))  # a fixed sample of occasions


def p_law(draws, law):
    """Whether whole numbers follow a law: chi-square over cells of at least 5 expected, and the mean."""
    edges = np.unique(law.ppf(np.linspace(0, 1, 42)[1:-1])).astype(np.int64)
    share = np.diff(np.concatenate([[0.0], law.cdf(edges), [1.0]]))
    cells = np.searchsorted(edges, draws)
    while share.size > 2 and share.min() * DRAWS < 5:  # join a rare cell to its neighbour
        at = max(1, int(share.argmin()))
        cells[cells >= at] -= 1
        share = np.concatenate([share[: at - 1], [share[at - 1] + share[at]], share[at + 1 :]])
    counts = np.bincount(cells, minlength=share.size)
    mean = (np.mean(draws) - law.mean()) / (law.std() / math.sqrt(DRAWS))
    return least([stats.chisquare(counts, share * DRAWS).pvalue, two_sided(mean)])


def poisson_draws(mean):
    none = float(no_event(mean))
    return np.array([poisson(state, mean, none) for state in STATES])


def binomial_draws(trials, probability):
    return np.array([binomial(state, trials, probability) for state in STATES])


@pytest.mark.parametrize("mean", [0.01, 0.5, 5.0, 16.0, 40.0, 300.0])
def test_poisson_numbers(mean):
    draws = poisson_draws(mean)
    assert p_law(draws, stats.poisson(mean)) > ALPHA
    assert p_law(draws, stats.poisson(mean * (1 + 20 / math.sqrt(mean * DRAWS)))) < CERTAIN, "20 standard errors off"


@pytest.mark.parametrize(
    ("trials", "probability"),
    [(1, 0.01), (1, 0.5), (10, 0.05), (10, 0.5), (50, 0.1), (40, 0.999), (80, 0.5), (1000, 0.3), (10_000, 0.03),
     (2**30, 5 / 2**30), (2**40, 40 / 2**40), (10**12, 1e-14)],
)  # fmt: skip
def test_binomial_numbers(trials, probability):
    draws = binomial_draws(trials, probability)
    assert draws.max() <= trials
    assert p_law(draws, stats.binom(trials, probability)) > ALPHA
    off = 20 * math.sqrt((1 - probability) * probability / (trials * DRAWS))
    wrong = probability + off if probability + off < 1 else probability - off
    assert p_law(draws, stats.binom(trials, wrong)) < CERTAIN


def test_lumps_that_share_a_draw_are_rejected(monkeypatch):
    monkeypatch.setattr(randomness, "fold", lambda state, _: state)
    for mean in (40.0, 300.0):
        assert p_law(poisson_draws(mean), stats.poisson(mean)) < CERTAIN
    assert p_law(binomial_draws(1000, 0.3), stats.binom(1000, 0.3)) < CERTAIN


def test_many_poisson_numbers_are_those_one_by_one():
    means = np.resize([0.0, 1e-300, 0.01, 0.5, 2.0, 5.0, 15.9, 16.0, 16.1, 40.0], DRAWS + 2)
    states = np.concatenate([STATES, np.array([0, LARGEST], np.uint64)])
    numbers, room = np.full(states.size, -1, np.int32), poisson_room(states.size + 1)
    poisson_many(states, means, numbers, room)
    assert numbers.tolist() == [poisson(*each) for each in zip(states, means, no_event(means), strict=True)]
    for mean in (0.0, 1e-300, 1e-9, 0.7, 2.0, 16.0, 16.1, 40.0):
        poisson_many(states, np.full(states.size, mean), numbers, room)
        assert numbers.tolist() == [poisson(state, mean, no_event(mean)) for state in states]
    poisson_many(states[:0], means[:0], numbers, room)


def test_what_may_bring_or_take_some_is_told_by_the_lot():
    lots, mean = uniform(STATES), 0.4
    some = brings_some(lots, mean)
    assert np.all(some[poisson_draws(mean) > 0]) and np.mean(some) < 1.01 * np.mean(poisson_draws(mean) > 0) + 0.01
    assert not np.any(brings_some(lots, 0.0)) and np.all(brings_some(lots, 17.0))
    for mean in np.append(np.geomspace(1e-12, 16, 5000), 10.0 ** np.arange(2, 300)):
        assert brings_some(no_event(mean), mean), "the least lot that brings something, rounded as it is"
    some = np.array([takes_some(lot, 12, 0.01) for lot in lots])
    assert np.all(some[binomial_draws(12, 0.01) > 0]) and 0 < np.mean(some) < 0.2
    assert not any(takes_some(lot, *nothing) for lot in lots for nothing in ((0, 0.5), (5, 0.0)))


def test_laws_without_chance():
    for state in (np.uint64(0), LARGEST):
        assert poisson(state, 0.0, float(no_event(0.0))) == 0
        for trials in (0, 1, 1000):
            assert binomial(state, trials, 0.0) == 0
            assert binomial(state, trials, 1.0) == trials
        assert binomial(state, 0, 0.5) == 0


def test_the_most_extreme_draws_are_finite():
    for mean in (1e-300, 1e-9, 0.01, 5.0, 16.0, 40.0):
        assert poisson(np.uint64(0), mean, float(no_event(mean))) >= 0
        # Only the first lump is extreme; of a Poisson number of mean 16 about 1e-16 lies beyond 60.
        assert poisson(LARGEST, mean, float(no_event(mean))) < 70 + 3 * mean
    for trials, probability in [(1, 1e-12), (10, 0.5), (16, 1 - 1e-12), (10**6, 1e-6), (2**40, 2.0**-40)]:
        assert 0 <= binomial(np.uint64(0), trials, probability) <= binomial(LARGEST, trials, probability)
        assert binomial(LARGEST, trials, probability) <= min(trials, 70)


# ---- arithmetic -----------------------------------------------------------------------------------------------------


def test_exp_minus_is_that_of_the_library():
    x = np.concatenate([np.linspace(0, LUMP, 20_001), 10.0 ** np.arange(-20, 2), np.log(2) * (np.arange(23) + 0.5)])
    expected = np.array([math.exp(-each) for each in x])
    assert np.max(np.abs(exp_minus(x) / expected - 1)) < 1e-15
    assert exp_minus(0.0) == 1.0
    assert np.all(np.diff(exp_minus(np.linspace(0, LUMP, 5000))) < 0)


def test_no_event_is_the_chance_of_an_empty_lump():
    for mean in (0.0, 0.01, 5.0, 16.0, 16.1, 40.0, 300.0):
        assert no_event(mean) == pytest.approx(math.exp(-mean / lumps(mean)), rel=6e-8)
    assert [int(lumps(mean)) for mean in (0.0, 16.0, 16.1, 300.0)] == [1, 1, 2, 19]


@given(st.floats(0, 1), st.integers(0, 300))
def test_power(base, exponent):
    assert power(base, exponent) == pytest.approx(base**exponent, rel=1e-12, abs=1e-300)
