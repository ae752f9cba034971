"""Are the laws at finite size those of small populations drawn step by step, and do they reach their limits?"""

from itertools import pairwise

import numpy as np
import pytest

from simulation.theory import branching, cascades, cascades_among_few, growth
from simulation.theory.growth_with_delay import delayed_choices, delayed_counts

from .support import FAILS, HOLDS, distance, p_of_counts, p_of_means

# --- cascades ---------------------------------------------------------------------------------------------------

CASCADE = {"agents": 12, "generosity": 0.8, "relay": 0.9, "encounters": 1.5}


def cascade(rng, replicates, sharing):
    """Shares of one item each; every share meets everybody anew, and everybody decides once."""
    n, p = CASCADE["agents"], CASCADE["generosity"] * CASCADE["relay"]
    sizes = np.zeros(replicates, int)
    for each in range(replicates):
        if rng.random() >= CASCADE["generosity"]:
            continue
        read, waiting = {0}, [0]
        while waiting:
            waiting.pop()
            sizes[each] += 1
            for met in set(rng.integers(0, n, rng.poisson(CASCADE["encounters"])).tolist()) - read:
                read.add(met)
                if met < sharing and rng.random() < p:
                    waiting.append(met)
    return sizes


@pytest.mark.parametrize("sharing", [12, 11])
def test_cascades_among_few(sharing):
    sample = cascade(np.random.default_rng(1), 20_000, sharing)
    assert p_of_counts(sample, cascades_among_few.finite_shares_pmf(20, sharing=sharing, **CASCADE)) > HOLDS
    altered = CASCADE | {"relay": 0.99}
    assert p_of_counts(sample, cascades_among_few.finite_shares_pmf(20, sharing=sharing, **altered)) < FAILS


def test_cascades_among_few_tend_to_borel():
    law = {"generosity": 0.8, "relay": 0.9, "encounters": 1.0}
    limit = cascades.shares_pmf(60, **law)
    gaps = [distance(cascades_among_few.finite_shares_pmf(60, agents=n, **law), limit) for n in (25, 50, 100, 200)]
    assert all(1.7 < one / other < 2.1 for one, other in pairwise(gaps))
    assert cascades_among_few.finite_shares_pmf(30, agents=25, **law).sum() == pytest.approx(1)


def test_cascades_without_others():
    assert cascades_among_few.finite_shares_pmf(3, agents=1, generosity=0.7, relay=1, encounters=5) == pytest.approx(
        [0.3, 0.7, 0]
    )
    none = cascades_among_few.finite_shares_pmf(3, agents=9, generosity=0.0, relay=1, encounters=5)
    assert none == pytest.approx([1, 0, 0])


def spread_along(rng, replicates, followers_of):
    """Shares and readers of one shared item each: every network is drawn anew, and everybody decides once."""
    p = CASCADE["generosity"] * CASCADE["relay"]
    shares, readers = np.zeros(replicates, int), np.zeros(replicates, int)
    for each in range(replicates):
        follows = followers_of(rng)
        finder = int(rng.integers(len(follows)))
        read, waiting = {finder}, [finder]
        while waiting:
            shares[each] += 1
            for met in follows[waiting.pop()]:
                if met not in read:
                    read.add(met)
                    waiting += [met] if rng.random() < p else []
        readers[each] = len(read) - 1
    return shares, readers


def three_followers(rng):
    return [np.delete(np.arange(9), each)[rng.permutation(8)[:3]].tolist() for each in range(9)]


def test_cascades_among_few_with_followers():
    shares, _ = spread_along(np.random.default_rng(2), 10_000, three_followers)
    law = {"agents": 9, "followers": 3, "generosity": 0.8}
    finite = cascades_among_few.finite_follower_shares_pmf(10, relay=0.9, **law)
    assert finite.sum() == pytest.approx(1)
    assert finite[0] == pytest.approx(0.2)
    assert p_of_counts(shares, finite[1:] / 0.8, 1) > HOLDS
    altered = cascades_among_few.finite_follower_shares_pmf(10, relay=0.99, **law)
    assert p_of_counts(shares, altered[1:] / 0.8, 1) < FAILS


def test_cascades_among_few_with_followers_tend_to_otter_and_dwass():
    limit = cascades.binomial_cascade_pmf(np.arange(60), 3, 0.8 * 0.3) * 0.8
    limit[0] = 0.2
    law = {"followers": 3, "generosity": 0.8, "relay": 0.3}
    gaps = [distance(cascades_among_few.finite_follower_shares_pmf(60, agents=n, **law), limit) for n in (50, 100, 200)]
    assert all(1.6 < one / other < 2.1 for one, other in pairwise(gaps))


FOLLOWERS, FOLLOWEES = [1, 1, 1, 2, 2, 3, 3], [0, 0, 1, 2, 2, 4, 4]


def matched(rng):
    """Followers of everybody, ends matched at random; self-ties and second ties stay, and reach nobody new."""
    follower = rng.permutation(np.repeat(np.arange(7), FOLLOWEES))
    followee = np.repeat(np.arange(7), FOLLOWERS)
    return [follower[followee == each].tolist() for each in range(7)]


def test_readers_on_a_configuration_network():
    _, readers = spread_along(np.random.default_rng(3), 20_000, matched)
    law = cascades_among_few.finite_readers_pmf(FOLLOWERS, FOLLOWEES, 0.72)
    assert law.sum() == pytest.approx(1)
    assert law[6] == pytest.approx(0)  # two follow nobody; they may find an item and read none
    assert p_of_counts(readers, law) > HOLDS
    assert p_of_counts(readers, cascades_among_few.finite_readers_pmf(FOLLOWERS, FOLLOWEES, 0.72 * 1.1)) < FAILS


def test_readers_tend_to_probability_and_reach_of_large_cascades():
    gaps = []
    for people in (32, 64, 128):
        degrees = [np.repeat(kind, people // 4) for kind in ([1, 1, 2, 4], [0, 0, 2, 6])]
        law, read = cascades_among_few.finite_readers_pmf(*degrees, 0.8), np.arange(people) / (people - 1)
        large, limit = law * (read > 0.2), cascades.cascade_on_network(*degrees, 0.8)
        gaps.append([limit.large_probability - large.sum(), limit.read_fraction - large @ read / large.sum()])
    assert np.all(np.array(gaps) > 0)
    assert np.all(np.array(gaps[:-1]) > 1.25 * np.array(gaps[1:]))


# --- followers who bring ----------------------------------------------------------------------------------------

FED = {"giver_find_rate": 2.0, "find_rate": 1.0, "bring": 0.6, "generosity": 0.75, "encounters": 2.0,
       "responsiveness": 0.5, "churn": 0.3}  # fmt: skip


def fed(rng, replicates, agents, ticks, start):
    """The giver's followers after some ticks, item by item; who finds an item can be won by it."""
    follows = np.zeros((replicates, agents - 1), bool)
    follows[:, :start] = True
    hand = np.zeros(replicates, int)
    meets = FED["responsiveness"] * (1 - np.exp(-FED["encounters"] / agents))
    for _ in range(ticks):
        shares = rng.poisson(FED["giver_find_rate"] * FED["generosity"], replicates) + rng.binomial(
            hand, FED["generosity"]
        )
        hand = rng.poisson(FED["find_rate"] * FED["bring"] * follows.sum(axis=1))
        won = rng.random(follows.shape) < 1 - (1 - meets) ** shares[:, None]
        lost = rng.random(follows.shape) < FED["churn"]
        follows = np.where(follows, ~lost, won)
    return follows.sum(axis=1)


@pytest.mark.parametrize("start", [0, 5])
def test_followers_who_bring_among_few(start):
    sample = fed(np.random.default_rng(1), 20_000, 15, 6, start)
    law = branching.finite_branching_pmf(6, agents=15, start=start, **FED)
    assert law.sum() == pytest.approx(1)
    assert p_of_counts(sample, law) > HOLDS
    altered = FED | {"responsiveness": 0.55}
    assert p_of_counts(sample, branching.finite_branching_pmf(6, agents=15, start=start, **altered)) < FAILS


def test_followers_who_bring_among_few_tend_to_branching():
    limit = branching.branching_pmf(4, size=256, **FED)
    gaps = [distance(branching.finite_branching_pmf(4, agents=n, **FED), limit) for n in (20, 40, 80)]
    assert all(1.6 < one / other < 2.2 for one, other in pairwise(gaps))


def test_followers_beyond_the_candidates_are_refused():
    with pytest.raises(ValueError, match="start"):
        branching.finite_branching_pmf(4, agents=5, start=5, **FED)


# --- newcomers --------------------------------------------------------------------------------------------------

GROWN = {"generosity": [0.4, 0.8], "bring": 0.8, "find_rate": 2.0, "arrivals": 2.0}
ALIKE = GROWN | {"generosity": [0.8, 0.8], "identity": [0, 1], "homophily": 0.6}
START = np.array([[4, 3, 0], [3, 1, 3]])
CAME = np.arange(24) % 2


def grown(rng, replicates, law=GROWN):
    """Followers of everybody at the end, their classes, and who chose whom by class; share by share, item by item."""
    kind = np.append(np.repeat([0, 1], START.sum(axis=1)), CAME)
    gives, homophily = np.array(law["generosity"])[kind], law.get("homophily", 0.0)
    first = np.concatenate([np.repeat([0, 1, 2], row) for row in START])
    counts, choices = np.zeros((replicates, kind.size), int), np.zeros((replicates, 2, 2))
    for each in range(replicates):
        agents, hand, followers = first.size, np.zeros(kind.size, int), np.zeros(kind.size, int)
        followers[: first.size] = first
        while agents < kind.size:
            found = rng.poisson(GROWN["find_rate"], kind.size) * (np.arange(kind.size) < agents)
            shares = rng.binomial(found + hand, gives)
            hand = rng.poisson(GROWN["find_rate"] * GROWN["bring"] * followers)
            listed = np.repeat(np.arange(kind.size), shares)
            for _ in range(min(rng.poisson(GROWN["arrivals"]), kind.size - agents)):
                drawn = rng.choice(listed)
                while kind[drawn] != kind[agents] and rng.random() < homophily:
                    drawn = rng.choice(listed)
                followers[drawn] += 1
                choices[each, kind[agents], kind[drawn]] += 1
                agents += 1
        counts[each] = followers
    return counts, kind, choices.reshape(replicates, 4)


def test_delayed_growth():
    counts, kind, _ = grown(np.random.default_rng(1), 4000)
    sample = np.column_stack([(counts[:, kind == each] == q).sum(axis=1) for each in (0, 1) for q in range(5)])
    law = delayed_counts(6, start=START, newcomers=CAME, paths=1024, **GROWN)
    assert law.sum() == pytest.approx(kind.size)
    assert p_of_means(sample, law[:, :5].ravel()) > HOLDS
    altered = GROWN | {"generosity": [0.44, 0.8]}
    wrong = delayed_counts(6, start=START, newcomers=CAME, paths=1024, **altered)
    assert p_of_means(sample, wrong[:, :5].ravel()) < FAILS


def test_delayed_growth_with_homophily():
    counts, kind, choices = grown(np.random.default_rng(4), 3000, ALIKE)
    sample = np.column_stack([(counts[:, kind == each] == q).sum(axis=1) for each in (0, 1) for q in range(5)])
    law = delayed_counts(6, start=START, newcomers=CAME, paths=1024, **ALIKE)
    assert p_of_means(sample, law[:, :5].ravel()) > HOLDS
    chosen = delayed_choices(start=START, newcomers=CAME, **ALIKE)
    assert chosen.sum(axis=1) == pytest.approx([12, 12])
    assert p_of_means(choices, chosen.ravel()) > HOLDS
    altered = delayed_choices(start=START, newcomers=CAME, **ALIKE | {"homophily": 0.66})
    assert p_of_means(choices, altered.ravel()) < FAILS


def test_homophily_is_the_odds_of_a_choice():
    """Without bringing, and with as many agents of both kinds, a newcomer's choice is 1 : 1 - homophily."""
    law = {"start": [[50], [50]], "newcomers": [0, 1] * 5, "generosity": [1.0, 1.0], "bring": 0.0, "find_rate": 5.0}
    choices = delayed_choices(identity=[0, 1], homophily=0.75, arrivals=1.0, **law)
    assert choices / 5 == pytest.approx(np.array([[0.8, 0.2], [0.2, 0.8]]), abs=0.01)


def test_delayed_growth_tends_to_growth_without_delay():
    gaps = []
    for size in (80, 160, 320):
        movers = size // 5
        start = np.zeros((2, 6))
        start[0, 0], start[1, 5] = movers, size // 4 - movers
        law = delayed_counts(20, start=start, newcomers=np.ones(size - size // 4, int), generosity=[0.8, 0.8],
                             bring=0.8, find_rate=5.0, arrivals=1.0, paths=128)[0] / movers  # fmt: skip
        limit = growth.first_mover_pmf(np.arange(20), follows=1, attractiveness=1 / 0.8, fraction=0.25)
        gaps.append(distance(law[:-1], limit[:-1]))
    assert gaps[0] > 1.6 * gaps[1] > 2.5 * gaps[2]
    assert gaps[2] < 0.01


def test_delayed_growth_knows_classes_of_one_type_apart():
    law = {"newcomers": [1] * 30, "bring": 0.8, "find_rate": 5.0, "arrivals": 1.0, "paths": 64}
    apart = delayed_counts(30, start=[[8, 4], [2, 0]], generosity=[0.8, 0.8], **law)
    together = delayed_counts(30, start=[[10, 4]], generosity=[0.8], **law | {"newcomers": [0] * 30})
    assert apart.sum(axis=0) == pytest.approx(together[0])
    assert together[0] @ np.arange(30) == pytest.approx(34)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"start": [10]}, "start"),
        ({"generosity": [1.2]}, "generosity"),
        ({"newcomers": [1]}, "newcomers"),
        ({"bring": 2}, "bring"),
        ({"arrivals": 0}, "arrivals"),
        ({"find_rate": 1e-9}, "find_rate"),
        ({"identity": [0, 1]}, "identity"),
        ({"homophily": 1.0}, "homophily"),
        ({"homophily": -0.1}, "homophily"),
    ],
)
def test_delayed_growth_refuses_what_is_out_of_range(wrong, said):
    law = {"start": [[10]], "newcomers": [0, 0], "generosity": [1.0], "bring": 0.5, "find_rate": 1, "arrivals": 1}
    with pytest.raises(ValueError, match=f"^{said}: .*allowed"):
        delayed_counts(5, **law | wrong)
