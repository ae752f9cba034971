"""Are the laws of opting in and out those of the model's steps, followed literally?"""

import itertools

import numpy as np
import pytest
from scipy import stats

from simulation.theory import chains, hazards, reciprocity, twins

from .support import FAILS, HOLDS, distance, p_of_counts, p_of_means

LAW = {"agents": 11, "find_rate": 1.2, "generosity": 0.8, "encounters": 3.0, "responsiveness": 0.6, "churn": 0.15}


def met(rng, meetings, agents):
    """Whom a share meets: so many encounters, each with one of all agents."""
    return rng.multinomial(meetings, np.full(agents, 1 / agents)) > 0


def simulated(rng, replicates, ticks, *, agents, find_rate, generosity, encounters, responsiveness, churn, start=0):
    """Followers of agent 0 after the ticks: find, give, meet, decide; losses of those who followed at the beginning."""
    follows = np.zeros((replicates, agents), bool)
    follows[:, 1 : start + 1] = True
    for _ in range(ticks):
        finds = rng.poisson(find_rate, replicates)
        shares = rng.binomial(finds, generosity)
        gained = np.zeros_like(follows)
        for share in range(shares.max()):
            meets = met(rng, rng.poisson(encounters, replicates), agents) & (share < shares)[:, None]
            gained |= meets & ~follows & (rng.random(follows.shape) < responsiveness)
        lost = follows & (rng.random(follows.shape) < churn)
        follows = (follows & ~lost) | gained
        follows[:, 0] = False
    return follows.sum(axis=1)


def test_exact_law():
    sample = simulated(np.random.default_rng(1), 20_000, 6, **LAW)
    assert p_of_counts(sample, chains.follower_pmf(6, **LAW)) > HOLDS
    for name in ("find_rate", "generosity", "encounters", "responsiveness", "churn"):
        assert p_of_counts(sample, chains.follower_pmf(6, **{**LAW, name: 1.1 * LAW[name]})) < FAILS, name


def test_independence_is_no_exact_law():
    sample = simulated(np.random.default_rng(2), 20_000, 6, **LAW)
    q = chains.follow_probability_per_share(3.0, 0.6, 11)
    a = chains.opt_in_probability(1.2, 0.8, q)
    assert p_of_counts(sample, hazards.independent_follower_pmf(6, agents=11, opt_in=a, churn=0.15)) < FAILS


def test_exact_law_with_followers_at_the_start():
    sample = simulated(np.random.default_rng(3), 20_000, 3, start=7, **LAW)
    assert p_of_counts(sample, chains.follower_pmf(3, start=7, **LAW)) > HOLDS
    assert p_of_counts(sample, chains.follower_pmf(3, start=6, **LAW)) < FAILS


def test_moments_are_those_of_the_law():
    for start, ticks in itertools.product((0, 4), (0, 1, 5)):
        law = chains.follower_pmf(ticks, start=start, **LAW)
        mean = law @ np.arange(11)
        moments = chains.follower_moments(ticks, start=start, **LAW)
        assert moments.mean[ticks] == pytest.approx(mean, abs=1e-10)
        assert moments.variance[ticks] == pytest.approx(law @ (np.arange(11) - mean) ** 2, abs=1e-9)


def test_one_tick_by_enumeration():
    small = {**LAW, "agents": 3}
    q, shares, m = chains.follow_probability_per_share(3.0, 0.6, 3), 1.2 * 0.8, 0.15
    kernel = np.zeros((3, 3))
    for s, n, outcome in itertools.product(range(40), range(3), itertools.product((0, 1), repeat=2)):
        won = 1 - (1 - q) ** s
        p = stats.poisson.pmf(s, shares)
        for candidate, on in enumerate(outcome):
            chance = 1 - m if candidate < n else won
            p *= chance if on else 1 - chance
        kernel[n, sum(outcome)] += p
    assert chains.follower_kernel(**small) == pytest.approx(kernel, abs=1e-12)
    both, a = chains.joint_opt_in_probability(1.2, 0.8, q), chains.opt_in_probability(1.2, 0.8, q)
    assert kernel[0] == pytest.approx([1 - 2 * a + both, 2 * (a - both), both], abs=1e-12)
    assert both == pytest.approx(1 - 2 * np.exp(-shares * q) + np.exp(-shares * (2 * q - q * q)), abs=1e-12)


def test_stationary_law_and_autocorrelation():
    law = chains.stationary_follower_pmf(**LAW)
    assert law.sum() == pytest.approx(1)
    assert law == pytest.approx(chains.follower_pmf(300, **LAW), abs=1e-10)
    n, kernel = np.arange(11), chains.follower_kernel(**LAW)
    q = chains.follow_probability_per_share(3.0, 0.6, 11)
    a, mean = chains.opt_in_probability(1.2, 0.8, q), law @ n
    for lag in (1, 2, 5):
        together = (law * n) @ np.linalg.matrix_power(kernel, lag) @ n - mean**2
        found = together / (law @ n**2 - mean**2)
        assert found == pytest.approx(hazards.autocorrelation(lag, a, 0.15).item(), abs=1e-9)
        assert found != pytest.approx(hazards.autocorrelation(lag, 1.1 * a, 0.15).item(), abs=1e-3)


def test_binomial_limit():
    distances = []
    for weak in (1.0, 0.1, 0.01):
        law = {**LAW, "responsiveness": 0.6 * weak, "find_rate": 1.2 / weak}
        q = chains.follow_probability_per_share(3.0, 0.6 * weak, 11)
        a = chains.opt_in_probability(1.2 / weak, 0.8, q)
        limit = hazards.independent_follower_pmf(5, agents=11, opt_in=a, churn=0.15)
        distances.append(distance(chains.follower_pmf(5, **law), limit))
    assert distances[0] > 5 * distances[1] > 25 * distances[2]


def test_many_agents_and_weak_shares_give_the_stepped_queue():
    limit, altered = (
        hazards.immigration_death_pmf(range(160), 5, arrivals=gain, churn=0.1) for gain in (2.0, 2.2)
    )
    weak = {"find_rate": 200.0, "generosity": 1.0, "encounters": 1.0, "responsiveness": 0.01, "churn": 0.1}
    laws = [chains.follower_pmf(5, agents=agents, **weak) for agents in (40, 80, 160)]
    distances = [distance(law, limit) for law in laws]
    assert distances[0] > 1.9 * distances[1] > 3.6 * distances[2]
    assert distance(laws[2], altered) > 2.5 * distances[2]


def test_stepped_queue():
    rng = np.random.default_rng(4)
    n, inside = np.full(20_000, 6), None
    for _ in range(4):
        inside = rng.binomial(n, 0.8)
        n = inside + rng.poisson(1.5, n.size)
    law = {"arrivals": 1.5, "churn": 0.2, "start": 6}
    assert p_of_counts(n, hazards.immigration_death_pmf(range(40), 4, **law)) > HOLDS
    assert p_of_counts(inside, hazards.immigration_death_pmf(range(40), 4, after_losses=True, **law)) > HOLDS
    assert p_of_counts(inside, hazards.immigration_death_pmf(range(40), 4, **law)) < FAILS
    assert p_of_counts(n, hazards.immigration_death_pmf(range(40), 4, **{**law, "churn": 0.22})) < FAILS
    assert hazards.immigration_death_pmf([3], 2, arrivals=0.5, churn=0.0, start=2) == pytest.approx(np.exp(-1))


def test_lifetimes():
    sample = np.random.default_rng(5).geometric(0.2, 20_000)
    assert p_of_counts(sample, hazards.tie_lifetime_pmf(range(1, 100), 0.2), first=1) > HOLDS
    assert p_of_counts(sample, hazards.tie_lifetime_pmf(range(1, 100), 0.22), first=1) < FAILS


def test_sign_of_giving_is_that_of_the_hazards():
    rng = np.random.default_rng(6)
    for a0, a1, m0, m1 in rng.uniform(0.1, 1, (20, 4)):
        few, many = hazards.equilibrium_followers([1.0, 2.0], a0, a1, m0, m1)
        assert (many > few) == (a1 * m0 > a0 * m1)


def coupled(rng, replicates, ticks, generosity, *, agents, find_rate, encounters, responsiveness, churn):
    """Followers in two worlds that use the same numbers: for items, meetings, decisions and losses."""
    follows = np.zeros((2, replicates, agents), bool)
    for _ in range(ticks):
        finds = rng.poisson(find_rate, replicates)
        gained = np.zeros_like(follows)
        for item in range(finds.max()):
            u = rng.random(replicates)
            meets = met(rng, rng.poisson(encounters, replicates), agents) & (item < finds)[:, None]
            decides = rng.random((replicates, agents)) < responsiveness
            for world in (0, 1):
                gained[world] |= meets & decides & ~follows[world] & (u < generosity[world])[:, None]
        loses = rng.random((replicates, agents)) < churn
        follows = (follows & ~loses) | gained
        follows[:, :, 0] = False
    return follows.sum(axis=2)


def test_twins():
    law = {key: value for key, value in LAW.items() if key != "generosity"}
    first, second = coupled(np.random.default_rng(7), 20_000, 6, (0.5, 0.8), **law)

    def p(**altered):
        found = twins.twin_moments(6, generosity=(0.5, 0.8), **{**law, **altered})
        centred = first - found.means[0], second - found.means[1]
        products = np.array([first, second, centred[0] ** 2, centred[1] ** 2, centred[0] * centred[1]]).T
        return p_of_means(products, [*found.means, *found.variances, found.covariance])

    assert p() > HOLDS
    assert p(churn=0.165) < FAILS and p(responsiveness=0.66) < FAILS
    found = twins.twin_moments(6, generosity=(0.5, 0.8), **law)
    assert found.difference_variance == pytest.approx((second - first).var(), rel=0.05)
    assert found.correlation > 0.5


def test_twins_keep_each_world_as_it_is():
    law = {key: value for key, value in LAW.items() if key != "generosity"}
    pair, turned = (twins.twin_moments(9, generosity=g, **law) for g in ((0.3, 0.9), (0.9, 0.3)))
    for world, generosity in enumerate((0.3, 0.9)):
        alone = chains.follower_moments(9, generosity=generosity, **law)
        assert pair.means[world] == pytest.approx(alone.mean[9])
        assert pair.variances[world] == pytest.approx(alone.variance[9])
    assert turned.means == pytest.approx(pair.means[::-1])
    assert turned.covariance == pair.covariance
    same = twins.twin_moments(9, generosity=(0.5, 0.5), **law)
    assert same.correlation == pytest.approx(1) and same.difference_variance == pytest.approx(0, abs=1e-9)


def pairs(rng, replicates, ticks, opt_in, churn, follow_back):
    """Ties (one way, the other) of a pair after the ticks."""
    ties = np.zeros((replicates, 2), bool)
    for _ in range(ticks):
        new = ~ties & (rng.random(ties.shape) < opt_in)
        answer = new[:, ::-1] & ~ties & ~ties[:, ::-1] & ~new & (rng.random(ties.shape) < follow_back)
        ties = (ties & (rng.random(ties.shape) >= churn)) | new | answer
    return ties


def test_pairs():
    law = {"opt_in": 0.1, "churn": 0.2, "follow_back": 0.4}
    ties = pairs(np.random.default_rng(8), 60_000, 12, **law).sum(axis=1)
    assert p_of_counts(ties, reciprocity.dyad_law(12, **law)) > HOLDS
    for name in law:
        assert p_of_counts(ties, reciprocity.dyad_law(12, **{**law, name: 1.1 * law[name]})) < FAILS, name
    assert reciprocity.dyad_law(None, **law) == pytest.approx(reciprocity.dyad_law(500, **law))


def test_reciprocity_limits():
    for churn in (0.5, 0.05):
        sparse = reciprocity.dyad_law(None, opt_in=1e-9, churn=churn, follow_back=0.3)
        assert sparse.edge_reciprocity == pytest.approx(reciprocity.stepped_edge_reciprocity(0.3, churn))
        assert sparse.dyad_reciprocity == pytest.approx(
            reciprocity.dyad_from_edge_reciprocity(sparse.edge_reciprocity)
        )
    assert reciprocity.stepped_edge_reciprocity(0.3, 1e-9) == pytest.approx(reciprocity.edge_reciprocity(0.3))
    assert reciprocity.edge_reciprocity(0.3) == pytest.approx(0.3 / 1.3)
    assert reciprocity.edge_from_dyad_reciprocity(0.221) == pytest.approx(0.362, abs=5e-4)


def test_reciprocity_with_two_rates_by_its_balance():
    """One-way pairs begin at 1 - rho and from mutual ones at 2 d2, mutual ones at rho."""
    rho, d1, d2 = 0.3, 0.5, 0.2
    mutual = rho / (2 * d2)
    one_way = (1 - rho + 2 * d2 * mutual) / d1
    assert reciprocity.edge_reciprocity(rho, d1, d2) == pytest.approx(2 * mutual / (2 * mutual + one_way))
    assert reciprocity.dyad_reciprocity(rho, d1, d2) == pytest.approx(mutual / (mutual + one_way))
    for edge, expected in ((0.316, 0.185), (0.362, 0.227), (0.42, 0.29), (0.71, 0.98)):
        assert reciprocity.follow_back_for(edge, 2.5) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("law", "field"),
    [
        (lambda: chains.follower_pmf(5, **{**LAW, "churn": 1.5}), "churn"),
        (lambda: chains.follower_pmf(5, start=11, **LAW), "start"),
        (lambda: chains.follower_pmf(2.5, **LAW), "ticks"),
        (lambda: chains.stationary_follower_pmf(**{**LAW, "churn": 0.0, "find_rate": 0.0}), "churn"),
        (lambda: hazards.equilibrium_followers(0.0, 1, 1, 0, 1), "m0"),
        (lambda: reciprocity.follow_back_for(0.9), "edge"),
        (lambda: reciprocity.dyad_law(None, opt_in=0.0, churn=0.1, follow_back=0.1), "opt_in"),
        (lambda: twins.twin_moments(3, generosity=(0.1, float("nan")), **{k: v for k, v in LAW.items()
                                                                         if k != "generosity"}), "generosity"),
    ],
)  # fmt: skip
def test_refusals(law, field):
    with pytest.raises(ValueError, match=rf"^{field}.*allowed"):
        law()
