"""Are the laws of growth those of newcomers who follow one at a time? (With the laws of inequality.)"""

import numpy as np
import pytest
from scipy import stats

from simulation.theory import growth, growth_with_delay, growth_with_loss, inequality

from .support import FAILS, HOLDS, distance, p_of_counts, p_of_means

MANY = np.arange(3000)


def followers_after(rng, replicates, newcomers, a, first):
    """Followers of all, each newcomer following one agent by (followers + a), in many small networks at once."""
    followers = np.zeros((replicates, len(first) + newcomers))
    followers[:, : len(first)] = first
    rows = np.arange(replicates)
    for newcomer in range(len(first), len(first) + newcomers):
        weight = np.cumsum(followers[:, :newcomer] + a, axis=1)
        at = (rng.random((replicates, 1)) * weight[:, -1:] >= weight).sum(axis=1)
        followers[rows, at] += 1
    return followers.astype(int)


def test_expected_counts_at_small_size():
    """Exact where each newcomer follows one."""
    sample = followers_after(np.random.default_rng(1), 20_000, 15, 1.5, [1, 1])
    counts = np.array([(sample == q).sum(axis=1) for q in range(5)]).T

    def law(a):
        return growth.expected_counts(15, follows=1, attractiveness=a, start=[0, 2], size=20)

    assert law(1.5).sum() == pytest.approx(17)
    assert law(1.5) @ np.arange(20) == pytest.approx(17)
    assert p_of_means(counts, law(1.5)[:5]) > HOLDS
    assert p_of_means(counts, law(1.65)[:5]) < FAILS


@pytest.mark.parametrize(("c", "a"), [(1, 1.0), (3, 6.0)])
def test_expected_counts_tend_to_the_law(c, a):
    limit = growth.price_pmf(np.arange(400), follows=c, attractiveness=a)
    start = np.zeros(c + 1)
    start[c] = 10
    distances = [
        distance(growth.expected_counts(n, follows=c, attractiveness=a, start=start, size=400) / (n + 10), limit)
        for n in (300, 1000, 3000)
    ]
    assert distances[0] > 2.5 * distances[1] > 6 * distances[2]
    assert distances[2] < 0.004
    altered = growth.price_pmf(np.arange(400), follows=c, attractiveness=1.1 * a)
    assert distance(altered, limit) > 0.005


def test_in_degree_law_of_the_model():
    for bring in (0.2, 1.0):
        a = growth.attractiveness(3, bring)
        law = growth.in_degree_pmf(MANY, first_follows=3, bring=bring)
        assert law == pytest.approx(growth.price_pmf(MANY, follows=3, attractiveness=a))
        slope = -np.log(law[2900] / law[1450]) / np.log((2900 + a) / (1450 + a))
        assert slope == pytest.approx(growth.tail_exponent(bring), rel=0.01)
    near = growth.in_degree_pmf(MANY, first_follows=3, bring=1e-4)
    assert distance(near, growth.in_degree_pmf(MANY, first_follows=3, bring=0.0)) < 1e-3


def test_sums_and_means():
    long = np.arange(200_000)
    for law, mean in (
        (growth.price_pmf(long, follows=2, attractiveness=4.0), 2),
        (growth.no_preference_pmf(long, follows=2), 2),
        (growth.barabasi_albert_pmf(long, follows=2), 4),
        (growth.yule_simon_pmf(long, tail=3.0), 1.5),
        (growth.first_mover_pmf(long, follows=2, attractiveness=4.0, fraction=0.01), 4 * (0.01 ** (-1 / 3) - 1)),
    ):
        assert law.sum() == pytest.approx(1, abs=1e-6)
        assert law @ long == pytest.approx(mean, rel=1e-3)


def test_yule_simon_is_scipys():
    k = np.arange(1, 100)
    assert growth.yule_simon_pmf(k, tail=1.7) == pytest.approx(stats.yulesimon.pmf(k, 1.7))


def test_price_is_the_fixed_point_of_its_balance():
    """p_q = c / (a + c) ((q - 1 + a) p_(q-1) - (q + a) p_q) + [q = 0]."""
    c, a = 3, 4.5
    law = growth.price_pmf(MANY, follows=c, attractiveness=a)
    gained = np.append(0.0, (MANY + a)[:-1] * law[:-1])
    assert c / (a + c) * (gained - (MANY + a) * law) + (MANY == 0) == pytest.approx(law, abs=1e-12)


def test_mixture_of_first_movers_is_price():
    """Arrivals being uniform in the fraction of size, the ages mix to the law of all."""
    node, weight = np.polynomial.legendre.leggauss(60)
    q = np.arange(6)
    fractions = ((node + 1) / 2) ** 3
    mixed = sum(
        w * 1.5 * ((x + 1) / 2) ** 2 * growth.first_mover_pmf(q, follows=2, attractiveness=3.0, fraction=f)
        for x, w, f in zip(node, weight, fractions, strict=True)
    )
    assert mixed == pytest.approx(growth.price_pmf(q, follows=2, attractiveness=3.0), abs=1e-6)


def test_first_mover_one_newcomer_at_a_time():
    c, a, size = 1, 2.0, 60
    q = np.arange(size)
    distances = []
    for born in (50, 200):
        law = np.eye(size)[0]
        for agents in range(born, 10 * born):
            moved = law[:-1] * c * (q[:-1] + a) / ((a + c) * agents)
            law[:-1] -= moved
            law[1:] += moved
        distances.append(distance(law, growth.first_mover_pmf(q, follows=c, attractiveness=a, fraction=0.1)))
    assert distances[0] > 3 * distances[1]
    assert distances[1] < 0.002
    assert distance(law, growth.first_mover_pmf(q, follows=c, attractiveness=1.1 * a, fraction=0.1)) > 0.01


def test_fitness_one_newcomer_at_a_time():
    """Expected counts of two kinds of agents, the total weight being followed step by step."""
    c, a, size = 2, 6.0, 150
    fitness, share, q = np.array([0.4, 1.0]), np.array([0.7, 0.3]), np.arange(150)
    counts = np.zeros((2, size))
    counts[:, c] = 10 * share
    for _ in range(10_000):
        weight = fitness[:, None] * (q + a)
        moved = c * (weight * counts)[:, :-1] / (weight * counts).sum()
        counts[:, :-1] -= moved
        counts[:, 1:] += moved
        counts[:, 0] += share
    constant = growth.fitness_constant(fitness, share, follows=c, attractiveness=a)
    assert (fitness[:, None] * (q + a) * counts).sum() / counts.sum() == pytest.approx(constant, rel=2e-3)
    for kind, eta in enumerate(fitness):
        found = counts[kind] / counts[kind].sum()
        for of, close in ((eta, True), (0.9 * eta, False)):
            law = growth.fitness_pmf(q, of=of, fitness=fitness, weights=share, follows=c, attractiveness=a)
            assert (distance(found, law) < 0.002) == close
    assert share @ [
        growth.fitness_pmf(MANY, of=eta, fitness=fitness, weights=share, follows=c, attractiveness=a) @ MANY
        for eta in fitness
    ] == pytest.approx(c, rel=1e-3)


def test_equal_fitness_is_price():
    law = growth.fitness_pmf(MANY, of=0.3, fitness=[0.3, 0.3], follows=2, attractiveness=6.0)
    assert law == pytest.approx(growth.price_pmf(MANY, follows=2, attractiveness=6.0))


@pytest.mark.parametrize(("c", "a", "d"), [(3, 2.0, 1.0), (2, 1.0, 1.0), (2, 4.0, 0.5), (2, 4.0, 1.0)])
def test_growth_with_unfollow_one_newcomer_at_a_time(c, a, d):
    """Expected counts: gains by (followers + a), then d random ties lost. At a = d = 1, c = 2 the rates are equal."""
    size, q = 300, np.arange(300)
    counts, agents, ties = np.eye(size)[c] * 20, 20.0, 20.0 * c
    for _ in range(8000):
        counts[:-1] -= (moved := c * counts[:-1] * (q[:-1] + a) / (a * agents + ties))
        counts[1:] += moved
        counts[0], agents, ties = counts[0] + 1, agents + 1, ties + c
        counts[1:] -= (moved := d * counts[1:] * q[1:] / ties)
        counts[:-1] += moved
        ties -= d
    law = growth_with_loss.growth_with_unfollow_pmf(q, follows=c, attractiveness=a, deleted=d)
    assert distance(counts / agents, law) < 0.001
    altered = growth_with_loss.growth_with_unfollow_pmf(q, follows=c, attractiveness=a, deleted=1.1 * d)
    assert distance(counts / agents, altered) > 0.005
    assert law @ q == pytest.approx(c - d, rel=0.02)


def test_growth_with_unfollow_limits():
    few = np.arange(200)
    none = growth_with_loss.growth_with_unfollow_pmf(few, follows=2, attractiveness=4.0, deleted=0.0)
    assert none == pytest.approx(growth.price_pmf(few, follows=2, attractiveness=4.0), abs=1e-10)
    assert growth_with_loss.unfollow_tail_exponent(2, 4.0, 0) == pytest.approx(2 + 4.0 / 2)
    # a power law exactly where (c - d)^2 > a d
    for c, a, d in ((2, 1.0, 0.9), (2, 1.0, 1.1), (3, 4.0, 1.0), (3, 4.1, 1.0)):
        assert (growth_with_loss.unfollow_tail_exponent(c, a, d) < np.inf) == ((c - d) ** 2 > a * d)
    far = np.array([1000, 2000])
    law = growth_with_loss.growth_with_unfollow_pmf(far, follows=4, attractiveness=1.0, deleted=1.0)
    exponent = growth_with_loss.unfollow_tail_exponent(4, 1.0, 1.0)
    assert np.log2(law[0] / law[1]) == pytest.approx(exponent, rel=0.02)


def test_growth_with_churn_tick_by_tick():
    """Many small networks in which each newcomer follows one sender and every tie may end."""
    law = {"ticks": 150, "born": 0, "arrivals": 0.5, "bring": 0.5, "start_agents": 40}
    rng, replicates, churn, a = np.random.default_rng(2), 1000, 0.01, 2.0
    followers, agents = np.zeros((replicates, 200), np.int32), np.full(replicates, 40)
    rows = np.arange(replicates)
    for _ in range(150):
        new = rng.poisson(0.5, replicates)
        weight = np.cumsum((followers[:, : agents.max()] + a) * (np.arange(agents.max()) < agents[:, None]), axis=1)
        some = followers > 0
        followers[some] -= rng.binomial(followers[some], churn).astype(np.int32)
        for arrival in range(new.max()):
            at = (rng.random((replicates, 1)) * weight[:, -1:] >= weight).sum(axis=1)
            followers[rows, at] += arrival < new
        agents += new
    assert agents.max() <= 200
    sample = followers[:, :40]
    # agents of one network are dependent: the numbers are those of networks
    found = np.array([sample.mean(axis=1), (sample == 0).mean(axis=1), (sample == 1).mean(axis=1)]).T

    def p(**altered):
        pmf = growth_with_loss.growth_with_churn_pmf(range(100), **{**law, "churn": churn, **altered})
        return p_of_means(found, [pmf @ np.arange(100), pmf[0], pmf[1]])

    assert p() > HOLDS
    assert p(churn=1.1 * churn) < FAILS
    assert p(arrivals=0.55) < FAILS


DELAYED = {"ticks": 30, "arrivals": 2.0, "bring": 0.9, "find_rate": 1.0, "churn": 0.1, "start_agents": 20}


def churning(rng, replicates):
    """Followers of the first agents, share by share: what is brought in a tick is shared in the next."""
    agents, first = 150, DELAYED["start_agents"]
    counts = np.empty((replicates, first), int)
    for each in range(replicates):
        followee, present, hand = np.full(agents, -1), first, np.zeros(agents, int)
        for _ in range(DELAYED["ticks"]):
            found = rng.poisson(DELAYED["find_rate"], agents) * (np.arange(agents) < present)
            listed = np.repeat(np.arange(agents), found + hand)
            follows = followee >= 0
            brought = rng.binomial(found[follows], DELAYED["bring"])
            hand = np.bincount(followee[follows], brought, agents).astype(int)
            followee[follows & (rng.random(agents) < DELAYED["churn"])] = -1
            for _ in range(rng.poisson(DELAYED["arrivals"])):
                followee[present] = rng.choice(listed)
                present += 1
        counts[each] = np.bincount(followee[followee >= 0], minlength=agents)[:first]
    return counts


def test_growth_with_churn_and_delay_share_by_share():
    sample = churning(np.random.default_rng(5), 3000)
    found = np.array([(sample == q).mean(axis=1) for q in range(4)]).T

    def p(**altered):
        return p_of_means(found, growth_with_loss.delayed_churn_pmf(14, **DELAYED | altered)[:4])

    assert p() > HOLDS
    assert p(churn=0.11) < FAILS
    assert p(arrivals=2.2) < FAILS
    limit = {name: value for name, value in DELAYED.items() if name != "find_rate"}
    assert p_of_means(found, growth_with_loss.growth_with_churn_pmf(range(4), born=0, **limit)) < FAILS


def test_growth_with_churn_and_delay_tends_to_the_law_of_many():
    gaps = []
    for first in (20, 40, 80):
        law = {"ticks": 2 * first, "arrivals": 1.0, "bring": 0.9, "churn": 1 / first, "start_agents": first}
        finite = growth_with_loss.delayed_churn_pmf(16, find_rate=2.0, paths=256, **law)
        assert finite.sum() == pytest.approx(1)
        gaps.append(distance(finite, growth_with_loss.growth_with_churn_pmf(range(16), born=0, **law)))
    assert gaps[0] > 1.5 * gaps[1] > 2.25 * gaps[2] > 0


def test_growth_with_churn_and_delay_without_churn_is_growth_with_delay():
    law = {"bring": 0.8, "find_rate": 3.0, "arrivals": 1.0, "paths": 512}
    ticks = growth_with_loss.delayed_churn_pmf(16, ticks=60, start_agents=40, churn=0.0, **law)
    # the same number of newcomers, but for chance
    agents = growth_with_delay.delayed_counts(16, start=[[40], [0]], newcomers=[1] * 60, generosity=[1.0, 1.0], **law)
    assert distance(ticks, agents[0] / 40) < 0.01


def test_growth_with_churn_without_churn_is_a_first_mover():
    law = growth_with_loss.growth_with_churn_pmf(
        range(50), ticks=900, born=0, arrivals=1.0, bring=0.5, churn=0.0, start_agents=100, start_ties=100
    )
    assert law == pytest.approx(growth.first_mover_pmf(range(50), follows=1, attractiveness=2.0, fraction=0.1))


def test_gini_against_all_pairs():
    pmf = np.random.default_rng(3).dirichlet(np.ones(6))
    k = np.arange(6)
    pairs = (pmf[:, None] * pmf * np.abs(k[:, None] - k)).sum() / (2 * pmf @ k)
    assert inequality.gini_of_pmf(pmf) == pytest.approx(pairs)
    altered = pmf * (1 + 0.1 * (k == 5))
    assert inequality.gini_of_pmf(altered / altered.sum()) != pytest.approx(pairs, rel=1e-3)


@pytest.mark.parametrize(("exponent", "expected"), [(2.2, 0.914), (3.0, 0.724), (6.0, 0.605)])
def test_gini_of_price(exponent, expected):
    law = growth.price_pmf(np.arange(300_000), follows=5, attractiveness=5 * (exponent - 2))
    assert inequality.gini_of_pmf(law, mean=5) == pytest.approx(expected, abs=6e-4)


def test_gini_without_preference():
    for c in (1, 5):
        law = growth.no_preference_pmf(np.arange(2000), follows=c)
        assert inequality.gini_of_pmf(law) == pytest.approx(inequality.no_preference_gini(c))
        assert inequality.no_preference_gini(c) > 0.5


def test_gini_of_negative_binomial_tends_to_that_of_gamma():
    k = np.arange(60_000)
    for a in (0.5, 2.0):
        law = stats.nbinom.pmf(k, a, a / (a + 2000))
        assert inequality.gini_of_pmf(law) == pytest.approx(inequality.gamma_gini(a), abs=1e-3)
    for a, expected in ((0.2, 0.80), (0.5, 0.64), (1.0, 0.51), (5.0, 0.28)):  # at a mean of 20
        assert inequality.gini_of_pmf(stats.nbinom.pmf(k, a, a / (a + 20))) == pytest.approx(expected, abs=6e-3)


def test_people_met_along_ties():
    rng = np.random.default_rng(4)
    degrees = rng.negative_binomial(2, 0.3, 2_000_000)
    met = rng.choice(degrees, 20_000, p=degrees / degrees.sum())
    law = stats.nbinom.pmf(np.arange(200), 2, 0.3)
    assert p_of_counts(met, inequality.size_biased_pmf(law)) > HOLDS
    assert p_of_counts(met, inequality.size_biased_pmf(stats.nbinom.pmf(np.arange(200), 2.2, 0.3))) < FAILS
    mean, variance = stats.nbinom.stats(2, 0.3)
    assert inequality.size_biased_mean(mean, variance) == pytest.approx(
        inequality.size_biased_pmf(law) @ np.arange(200)
    )


@pytest.mark.parametrize(
    ("law", "field"),
    [
        (lambda: growth.tail_exponent(0.0), "bring"),
        (lambda: growth.attractiveness(0, 0.5), "first_follows"),
        (lambda: growth.fitness_constant([0.0], follows=1, attractiveness=1), "fitness"),
        (lambda: growth.fitness_constant([0.5, 1.0], [1.0, 0.0], follows=1, attractiveness=1), "weights"),
        (lambda: growth.fitness_pmf(0, of=2.0, fitness=[1.0], follows=1, attractiveness=1), "of"),
        (lambda: growth_with_loss.growth_with_unfollow_pmf(0, follows=1, attractiveness=1, deleted=1), "deleted"),
        (lambda: growth_with_loss.unfollow_tail_exponent(1, 1, 1), "deleted"),
        (lambda: growth_with_loss.growth_with_churn_pmf(0, ticks=1, born=2, arrivals=1, bring=1, churn=0,
                                                        start_agents=1), "born"),
        (lambda: growth_with_loss.delayed_churn_pmf(9, **DELAYED | {"churn": 1.1}), "churn"),
        (lambda: growth_with_loss.delayed_churn_pmf(9, **DELAYED | {"find_rate": 1e-9}), "find_rate"),
    ],
)  # fmt: skip
def test_refusals(law, field):
    with pytest.raises(ValueError, match=rf"^{field}.*allowed"):
        law()
