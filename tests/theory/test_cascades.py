"""Are the laws of cascades those of readers who pass on once what they read?"""

import networkx as nx
import numpy as np
import pytest
from scipy import sparse, stats
from scipy.sparse import csgraph

from simulation.theory import cascades

from .support import FAILS, HOLDS, p_of_counts, p_of_means


def simulated(rng, replicates, first, pass_on, readers):
    """Shares, and generations of shares after the first, of items that are first shared with probability ``first``."""
    now = (rng.random(replicates) < first).astype(int)
    shares, depth = now.copy(), np.zeros(replicates, int)
    while now.any():
        now = rng.binomial(readers(now), pass_on)
        depth += now > 0
        shares += now
    return shares, depth


def test_encounters_without_ties():
    rng = np.random.default_rng(1)
    shares, depth = simulated(rng, 20_000, 0.8, 0.8 * 0.4, lambda now: rng.poisson(2.0 * now))
    law = {"generosity": 0.8, "relay": 0.4, "encounters": 2.0}
    assert p_of_counts(shares, cascades.shares_pmf(200, **law)) > HOLDS
    for name in law:
        assert p_of_counts(shares, cascades.shares_pmf(200, **{**law, name: 1.1 * law[name]})) < FAILS, name
    ends = np.diff(cascades.depth_cdf(40, 0.64), prepend=0.0)
    assert p_of_counts(depth[shares > 0], ends) > HOLDS
    assert p_of_counts(depth[shares > 0], np.diff(cascades.depth_cdf(40, 0.704), prepend=0.0)) < FAILS


def test_equal_numbers_of_followers():
    rng = np.random.default_rng(2)
    shares, depth = simulated(rng, 20_000, 1.0, 0.15, lambda now: 5 * now)
    assert p_of_counts(shares, cascades.binomial_cascade_pmf(range(300), 5, 0.15)) > HOLDS
    assert p_of_counts(shares, cascades.binomial_cascade_pmf(range(300), 5, 0.165)) < FAILS
    assert p_of_counts(shares, cascades.borel_tanner_pmf(range(300), 0.75)) < FAILS
    law = stats.binom.pmf(range(6), 5, 0.15)
    assert p_of_counts(depth, np.diff(cascades.depth_cdf(40, law), prepend=0.0)) > HOLDS


@pytest.mark.parametrize("roots", [1, 3])
def test_any_offspring_agrees_with_the_closed_forms(roots):
    n = np.arange(60)
    poisson = cascades.otter_dwass_pmf(60, stats.poisson.pmf(np.arange(80), 0.7), roots)
    assert poisson == pytest.approx(cascades.borel_tanner_pmf(n, 0.7, roots), abs=1e-12)
    binomial = cascades.otter_dwass_pmf(60, stats.binom.pmf(range(4), 3, 0.2), roots)
    assert binomial == pytest.approx(cascades.binomial_cascade_pmf(n, 3, 0.2, roots), abs=1e-12)


def test_sums_means_and_limits():
    n = np.arange(4000)
    law = cascades.borel_tanner_pmf(n, 0.8, 2)
    assert law.sum() == pytest.approx(1)
    assert law @ n == pytest.approx(2 / 0.2)
    assert law @ (n - 10.0) ** 2 == pytest.approx(2 * 0.8 / 0.2**3, rel=1e-6)
    lost = cascades.borel_tanner_pmf(n, 1.5).sum()  # the least root of s = exp(R (s - 1))
    assert lost == pytest.approx(np.exp(1.5 * (lost - 1)))
    assert cascades.depth_cdf(400, 1.5)[-1] == pytest.approx(lost)
    gaps = [np.abs(cascades.binomial_cascade_pmf(n, d, 0.5 / d) - cascades.borel_tanner_pmf(n, 0.5)).sum()
            for d in (10, 100)]  # fmt: skip
    assert gaps[1] < 0.15 * gaps[0]
    assert cascades.borel_tanner_pmf([1, 2], 0.0) == pytest.approx([1, 0])
    critical = cascades.borel_tanner_pmf([3000], 1.0)
    assert critical == pytest.approx(3000**-1.5 / np.sqrt(2 * np.pi), rel=1e-3)


def small_cascades(f, g):
    """Mean shares on a random directed network, few types: by the chain of generations."""
    rng, p = np.random.default_rng(3), 0.1
    sizes = []
    for _ in range(4000):
        reached, shares = [rng.integers(len(f))], 0
        while reached:
            shares += len(reached)
            met = rng.choice(len(f), int(f[reached].sum()), p=g / g.sum())
            reached = list(met[rng.random(met.size) < p])
        sizes.append(shares)
    return np.array(sizes)


def test_mean_size_on_a_network():
    f, g = np.array([0, 1, 2, 9]), np.array([2, 1, 3, 6])
    sizes = small_cascades(f, g)
    found = cascades.cascade_on_network(f, g, 0.1)
    assert found.reproduction == pytest.approx(0.1 * (1 + 6 + 54) / 12)
    assert p_of_means(sizes, found.mean_shares) > HOLDS
    assert p_of_means(sizes, cascades.cascade_on_network(f, g, 0.13).mean_shares) < FAILS
    uncorrelated = 1 + 0.1 * 3 / (1 - 0.1 * 3)
    assert p_of_means(sizes, uncorrelated) < FAILS


def test_large_cascades_on_a_network():
    """Who shares is drawn once per agent: the readers of a large cascade, and from whom one comes about."""
    rng, agents, p = np.random.default_rng(4), 20_000, 0.4
    base = rng.poisson(1.0, agents)
    f = base + rng.poisson(2.0, agents)
    g = np.array(f)
    rng.shuffle(g[: agents // 2])  # half of them have related numbers of followers and followees
    chances, reaches = [], []
    for _ in range(8):
        to = rng.permutation(np.repeat(np.arange(agents), g))
        network = sparse.csr_matrix((np.ones(to.size), (np.repeat(np.arange(agents), f), to)), (agents, agents))
        opens = sparse.diags((rng.random(agents) < p).astype(float))
        passing = (opens @ network @ opens).tocsr()
        label = csgraph.connected_components(passing, connection="strong")[1]
        inside = np.flatnonzero(label == np.bincount(label).argmax())[0]
        down = np.zeros(agents)
        down[csgraph.breadth_first_order(passing, inside, return_predecessors=False)] = 1
        up = np.zeros(agents)
        up[csgraph.breadth_first_order(passing.T.tocsr(), inside, return_predecessors=False)] = 1
        chances.append((network @ up > 0).mean())
        reaches.append((network.T @ down > 0).mean())

    def p_value(pass_on):
        law = cascades.cascade_on_network(f, g, pass_on)
        return p_of_means(np.array([chances, reaches]).T, [law.large_probability, law.read_fraction])

    assert p_value(p) > HOLDS
    assert p_value(1.1 * p) < FAILS


def test_below_the_threshold_nothing_large():
    small = cascades.cascade_on_network([1, 3], [3, 1], 0.4)
    assert small.large_probability == 0 and small.read_fraction == 0 and small.mean_shares < np.inf
    assert cascades.cascade_on_network([1, 3], [1, 3], 0.5).mean_shares == np.inf
    assert cascades.reproduction_number([1, 3], [1, 3], 0.4) > cascades.reproduction_number([1, 3], [3, 1], 0.4)


def test_virality():
    for n in (2, 5, 9):
        assert cascades.star_virality(n) == pytest.approx(nx.average_shortest_path_length(nx.star_graph(n - 1)))
        assert cascades.path_virality(n) == pytest.approx(nx.average_shortest_path_length(nx.path_graph(n)))
    assert cascades.path_virality(10) != pytest.approx(cascades.path_virality(9))


@pytest.mark.parametrize(
    ("law", "field"),
    [
        (lambda: cascades.cascade_on_network([1, 2], [1, 1], 0.1), "followees"),
        (lambda: cascades.cascade_on_network([0, 0], [0, 0], 0.1), "followers"),
        (lambda: cascades.borel_tanner_pmf(1, -0.1), "mean"),
        (lambda: cascades.binomial_cascade_pmf(1, 3, 1.2), "pass_on"),
        (lambda: cascades.depth_cdf(3, -1.0), "offspring"),
        (lambda: cascades.star_virality(1), "size"),
    ],
)
def test_refusals(law, field):
    with pytest.raises(ValueError, match=rf"^{field}.*allowed|^{field}: their sum"):
        law()
