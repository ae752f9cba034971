"""Are the laws of attention, groups, pairs of runs and crowds those of their processes?"""

import itertools

import numpy as np
import pytest

from simulation.theory import attention, groups, growth, pairs

from .support import FAILS, HOLDS, p_of_counts, p_of_means


def test_reading():
    rng = np.random.default_rng(1)
    feed, shares = rng.poisson(6.0, 40_000), rng.poisson(1.3, 40_000)
    read = np.minimum(np.floor(np.maximum(7.5 - 1.5 * shares, 0)), feed).astype(int)

    def law(load=6.0, own=1.3):
        return attention.read_pmf(load, 7.5, own_shares=own, share_cost=1.5)

    assert law().sum() == pytest.approx(1)
    assert p_of_counts(read, law()) > HOLDS
    assert p_of_counts(read, law(load=6.6)) < FAILS
    assert p_of_counts(read, law(own=1.43)) < FAILS
    share = attention.read_share(6.0, 7.5, own_shares=1.3, share_cost=1.5)
    assert p_of_means(read / 6.0, share) > HOLDS
    assert attention.read_share(1000.0, 10) == pytest.approx(0.01)  # attention is conserved
    assert attention.read_share(1.0, 0.5) == 0


def test_length_of_the_feed():
    """Followees' shares all arrive; of others' shares, those that meet the reader, once however often they do."""
    rng, rates, others, agents = np.random.default_rng(2), [0.4, 0.9], [0.5, 0.7, 0.1], 6
    feed = rng.poisson(sum(rates), 20_000)
    for rate in others:
        shares = rng.poisson(rate, 20_000)
        for share in range(shares.max()):
            hits = rng.binomial(rng.poisson(4.0, 20_000), 1 / agents)
            feed += (share < shares) & (hits > 0)
    assert p_of_means(feed, attention.feed_mean(rates, sum(others), 4.0, agents)) > HOLDS
    assert p_of_means(feed, attention.feed_mean(rates, 1.1 * sum(others), 4.0, agents)) < FAILS


def test_top_of_the_feed():
    newer = np.random.default_rng(3).geometric(1 / (1 + 30.0), 40_000) - 1  # entries before the next check
    assert p_of_means(newer < 20, attention.top_of_feed_share(30.0, 1.0, 20)) > HOLDS
    assert p_of_means(newer < 20, attention.top_of_feed_share(33.0, 1.0, 20)) < FAILS
    found = attention.top_of_feed_share([3, 10, 30, 100, 300], 1.0, 20)
    assert found == pytest.approx([0.997, 0.85, 0.48, 0.18, 0.064], abs=2e-3)
    assert attention.last_in_first_out_share(3.0, 1.0) == pytest.approx(0.333, abs=1e-3)


@pytest.mark.parametrize("load", [0.0, 0.5, 1.0, 3.0])
def test_queues_by_their_balance(load):
    for places in (1, 4):
        one, many = np.ones(places + 1), np.ones(places + 1)
        for n in range(places):
            one[n + 1] = one[n] * load
            many[n + 1] = many[n] * load / (n + 1)
        assert attention.single_server_loss(load, places) == pytest.approx(one[-1] / one.sum())
        assert attention.erlang_loss(load, places) == pytest.approx(many[-1] / many.sum())
        if load:
            assert attention.erlang_loss(1.1 * load, places) != pytest.approx(many[-1] / many.sum(), rel=1e-2)


def test_karimi_reference_values():
    assert groups.karimi(0.2, 0.8).minority_share == pytest.approx(0.162, abs=5e-4)
    assert groups.karimi(0.2, 0.2).minority_share == pytest.approx(0.408, abs=5e-4)
    assert groups.karimi(0.2, 0.5).minority_share == pytest.approx(0.2)
    assert groups.karimi(0.2, 0.5).exponents == pytest.approx((3, 3))
    assert groups.karimi(0.5, 0.9).minority_share == pytest.approx(0.5)
    own, other = groups.karimi(0.3, 0.7), groups.karimi(0.7, 0.7)
    assert own.minority_share == pytest.approx(1 - other.minority_share)
    assert own.growth == pytest.approx(other.growth[::-1])


def grown_minority(rng, newcomers, minority, in_group, a):
    """Share of follows that a minority got in each of many networks; whoever comes proposes until it is accepted."""
    replicates = 2000
    members, followed, agents = np.full(replicates, 2.0), np.full(replicates, 2.0), 10  # each follows one
    for _ in range(newcomers):
        weight = (followed + a * members) / ((1 + a) * agents)
        one = rng.random(replicates) < minority
        searching, chosen = np.ones(replicates, bool), np.zeros(replicates, bool)
        while searching.any():
            proposed = rng.random(replicates) < weight
            accepted = rng.random(replicates) < np.where(proposed == one, in_group, 1 - in_group)
            chosen |= searching & accepted & proposed
            searching &= ~accepted
        followed, members, agents = followed + chosen, members + one, agents + 1
    return (followed - 2) / newcomers


def test_directed_homophily():
    """The distance shrinks as the networks grow; that to an altered law does not."""
    law = {"follows": 1, "attractiveness": 2.0}
    exact = groups.directed_homophily(0.3, 0.8, **law).minority_share
    small, large = (grown_minority(np.random.default_rng(4), n, 0.3, 0.8, 2.0).mean() for n in (100, 1000))
    assert abs(large - exact) < 0.5 * abs(small - exact)
    assert large == pytest.approx(exact, rel=0.025)
    for altered in (groups.directed_homophily(0.33, 0.8, **law), groups.directed_homophily(0.3, 0.88, **law)):
        assert abs(large - altered.minority_share) > 3 * abs(large - exact)


def test_directed_homophily_limits():
    reference = groups.directed_homophily(0.2, 0.8, follows=5, attractiveness=2)
    assert reference.minority_share == pytest.approx(0.105, abs=5e-4)
    assert reference.exponents == pytest.approx((2.76, 2.36), abs=5e-3)
    blind = groups.directed_homophily(0.2, 0.5, follows=5, attractiveness=2)
    assert blind.minority_share == pytest.approx(0.2)
    assert blind.exponents == pytest.approx((2.4, 2.4))
    k = np.arange(300)
    for beta in blind.growth:
        law = groups.group_in_degree_pmf(k, growth=beta, attractiveness=2)
        assert law == pytest.approx(growth.price_pmf(k, follows=5, attractiveness=2))
    found = groups.directed_homophily(0.3, 0.8, follows=3, attractiveness=6.0)
    k = np.arange(200_000)
    mean = groups.group_in_degree_pmf(k, growth=found.growth[0], attractiveness=6.0) @ k
    assert 0.3 * mean == pytest.approx(3 * found.minority_share, rel=1e-3)


@pytest.mark.parametrize("seats", [1, 5])
def test_promotions_by_enumeration(seats):
    """All outcomes of one turnover: who leaves, who sponsors (of all seats), whom it picks from the candidates."""
    f, h = 0.3, 0.8

    def stationary(h):
        kernel = np.zeros((seats + 1, seats + 1))
        for i, leaver, sponsor in itertools.product(range(seats + 1), range(seats), range(seats)):
            own = h if sponsor < i else 1 - h
            chance = own * f / (own * f + (1 - own) * (1 - f))
            left = i - (leaver < i)
            kernel[i, left + 1] += chance / seats**2
            kernel[i, left] += (1 - chance) / seats**2
        return np.linalg.matrix_power(kernel, 4000)[0]

    law = groups.promotion_pmf(seats, f, h)
    assert law == pytest.approx(stationary(0.8), abs=1e-9)
    assert law != pytest.approx(stationary(0.88), rel=1e-2)
    assert law @ np.arange(seats + 1) / seats == pytest.approx(groups.promotion_share(f, h))
    assert groups.promotion_pmf(seats, f, 0.5) == pytest.approx(groups.independent_promotion_pmf(seats, f))


def test_promotion_reference_values():
    assert groups.promotion_share(0.3, 0.8) == pytest.approx(0.208, abs=5e-4)
    assert groups.promotion_pmf(8, 0.3, 0.8)[0] == pytest.approx(0.282, abs=5e-4)
    assert groups.promotion_pmf(8, 0.3, 0.5)[0] == pytest.approx(0.058, abs=5e-4)
    own, other = groups.promotion_probabilities(0.3, 0.8)
    mean, target = 8.0, 8 * groups.promotion_share(0.3, 0.8)
    for _ in range(round(groups.promotion_relaxation(0.3, 0.8, 8))):
        mean += other + (own - other) * mean / 8 - mean / 8
    assert (mean - target) / (8 - target) == pytest.approx(np.exp(-1), rel=0.05)


def test_homophily_of_the_model_as_a_weight():
    for homophily in (0.0, 0.4, 1.0):
        h = groups.in_group_weight(homophily)
        assert (1 - h) / h == pytest.approx(1 - homophily)


def test_pairs_of_runs():
    rng = np.random.default_rng(5)
    common = rng.normal(size=(20_000, 4))
    one, two = (np.sqrt(0.8) * common + np.sqrt(0.2) * rng.normal(size=common.shape) for _ in range(2))
    squares = (two - 2 * one + one).mean(axis=1) ** 2
    assert p_of_means(squares, pairs.difference_variance((1.0, 1.0), 0.8, 4)) > HOLDS
    assert p_of_means(squares, pairs.difference_variance((1.0, 1.0), 0.78, 4)) < FAILS
    assert pairs.variance_ratio(0.8) * pairs.replicate_saving(0.8) == pytest.approx(1)
    signals = common[:, :1] * np.sqrt(0.3) + np.sqrt(0.7) * rng.normal(size=common.shape)
    assert p_of_means(signals.mean(axis=1) ** 2, pairs.mean_of_signals_variance(1.0, 4, 0.3)) > HOLDS
    assert p_of_means(signals.mean(axis=1) ** 2, pairs.mean_of_signals_variance(1.1, 4, 0.3)) < FAILS


def test_majorities_by_enumeration():
    right = sum(0.6 ** sum(v) * 0.4 ** (5 - sum(v)) for v in itertools.product((0, 1), repeat=5) if sum(v) > 2)
    assert pairs.condorcet(5, 0.6) == pytest.approx(right)
    assert pairs.condorcet(5, 0.66) != pytest.approx(right, rel=1e-2)


def test_weights_in_a_crowd():
    rng = np.random.default_rng(6)
    tie = np.triu(rng.random((12, 12)) < 0.4, 1)
    tie = (tie | tie.T | np.eye(12, dtype=bool)).astype(float)
    weights = pairs.degroot_weights(tie)
    assert weights == pytest.approx(tie.sum(axis=1) / tie.sum())
    rows = tie / tie.sum(axis=1, keepdims=True)
    assert np.linalg.matrix_power(rows, 500)[3] == pytest.approx(weights)
    degrees = tie.sum(axis=1)
    assert pairs.effective_number(weights) == pytest.approx(12 * degrees.mean() ** 2 / (degrees**2).mean())
    mean = rng.normal(size=(40_000, 12)) @ weights
    assert p_of_means(mean**2, 1 / pairs.effective_number(weights)) > HOLDS
    assert p_of_means(mean**2, 1.1 / pairs.effective_number(weights)) < FAILS


@pytest.mark.parametrize(
    ("law", "field"),
    [
        (lambda: attention.read_share(0.0, 5), "load"),
        (lambda: attention.top_of_feed_share(1.0, 0.0, 5), "checks"),
        (lambda: groups.karimi(0.2, 1.0), "in_group"),
        (lambda: groups.promotion_pmf(0, 0.2, 0.5), "seats"),
        (lambda: pairs.replicate_saving(1.0), "correlation"),
        (lambda: pairs.condorcet(4, 0.5), "voters"),
        (lambda: pairs.degroot_weights(np.eye(3)), "trust"),
        (lambda: pairs.degroot_weights([[0.0]]), "trust"),
        (lambda: pairs.effective_number([0.0]), "weights"),
    ],
)
def test_refusals(law, field):
    with pytest.raises(ValueError, match=rf"^{field}.*allowed"):
        law()
