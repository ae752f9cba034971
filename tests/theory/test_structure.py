"""Are the laws of random digraphs, hierarchies and brokers those that networkx counts?"""

import itertools

import networkx as nx
import numpy as np
import pytest

from simulation.theory import brokerage, graphs, hierarchy

from .support import FAILS, HOLDS, p_of_counts, p_of_means

PAIRS = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]


def census(ties, agents):
    graph = nx.DiGraph(ties)
    graph.add_nodes_from(range(agents))
    return list(nx.triadic_census(graph).values())


def test_names_of_triads():
    order = list(nx.triadic_census(nx.DiGraph()))
    assert list(graphs.TRIADS) == order
    for ties in itertools.product((False, True), repeat=6):
        counts = census([pair for pair, on in zip(PAIRS, ties, strict=True) if on], 3)
        assert order[counts.index(1)] == graphs.triad_name(ties)


def test_numbers_of_labelled_triads():
    forms = [value * 64 for value in graphs.random_triad_census(3, 0.5).values()]
    assert forms == pytest.approx([1, 6, 3, 3, 3, 6, 6, 6, 6, 2, 3, 3, 3, 6, 6, 1])


def test_census_of_a_random_digraph():
    rng = np.random.default_rng(1)
    sample = []
    for _ in range(300):
        tie = rng.random((12, 12)) < 0.3
        np.fill_diagonal(tie, False)
        sample.append(census(np.argwhere(tie).tolist(), 12))
    law = list(graphs.random_triad_census(12, 0.3).values())
    assert sum(law) == pytest.approx(220)
    assert p_of_means(sample, law) > HOLDS
    assert p_of_means(sample, list(graphs.random_triad_census(12, 0.33).values())) < FAILS


@pytest.mark.parametrize(("agents", "followees"), [(4, 1), (4, 2), (5, 1)])
def test_random_followees_by_enumeration(agents, followees):
    """All networks in which everybody follows so many others."""
    choices = [
        list(itertools.combinations([v for v in range(agents) if v != u], followees)) for u in range(agents)
    ]
    total, in_degree, mutual = np.zeros(16), np.zeros(agents), 0.0
    number = 0
    for each in itertools.product(*choices):
        ties = [(u, v) for u, followed in enumerate(each) for v in followed]
        total += census(ties, agents)
        in_degree[sum(0 in followed for followed in each)] += 1
        mutual += sum((v, u) in ties for u, v in ties) / 2
        number += 1
    law = graphs.random_followees_triad_census(agents, followees)
    assert list(law.values()) == pytest.approx(total / number)
    assert list(graphs.random_triad_census(agents, followees / (agents - 1)).values()) != pytest.approx(total / number)
    assert graphs.random_followees_in_degree_pmf(range(agents), agents, followees) == pytest.approx(in_degree / number)
    assert graphs.random_dyads(agents, followees / (agents - 1))[0] == pytest.approx(mutual / number)


def test_degrees_and_pairs_of_a_random_digraph():
    rng = np.random.default_rng(2)
    tie = rng.random((20_000, 8)) < 0.25
    assert p_of_counts(tie.sum(axis=1), graphs.random_degree_pmf(range(9), 9, 0.25)) > HOLDS
    assert p_of_counts(tie.sum(axis=1), graphs.random_degree_pmf(range(9), 9, 0.275)) < FAILS
    mutual, one_way, none = graphs.random_dyads(9, 0.25)
    assert mutual + one_way + none == pytest.approx(36)
    assert 2 * mutual / (2 * mutual + one_way) == pytest.approx(0.25)


@pytest.mark.parametrize(("span", "height"), [(2, 3), (3, 2), (1, 4), (4, 1), (5, 0)])
def test_trees(span, height):
    tree = nx.balanced_tree(span, height) if height else nx.empty_graph(1)
    level = nx.single_source_shortest_path_length(tree, 0)
    between = nx.betweenness_centrality(tree, normalized=False)
    assert hierarchy.level_sizes(span, height).tolist() == np.bincount(list(level.values())).tolist()
    law = hierarchy.tree_betweenness(span, height)
    for person in tree:
        assert law[level[person]] == pytest.approx(between[person])
    if height:
        found = nx.average_shortest_path_length(tree)
        assert hierarchy.tree_mean_distance(span, height) == pytest.approx(found)
        assert hierarchy.tree_mean_distance(span + 1, height) != pytest.approx(found, rel=1e-2)
    assert hierarchy.subtree_sizes(span, height)[0] == len(tree)


def test_upward_reach():
    rng, span, height, g, relay = np.random.default_rng(3), 3, 3, 0.8, 0.9
    level = np.repeat(np.arange(height + 1), hierarchy.level_sizes(span, height))
    steps = np.zeros((20_000, level.size), int)
    arrives = np.broadcast_to(level > 0, steps.shape).copy()
    for depth in range(1, height + 1):
        for step in range(depth):
            chance = g if step == 0 else g * relay
            arrives[:, level == depth] &= rng.random((20_000, (level == depth).sum())) < chance
    found = arrives.mean(axis=1)
    assert p_of_means(found, hierarchy.upward_reach(span, height, g, relay)) > HOLDS
    assert p_of_means(found, hierarchy.upward_reach(span, height, 0.95 * g, relay)) < FAILS
    assert p_of_means(found, hierarchy.upward_reach(span, height, g, 1.1 * relay)) < FAILS
    delay = (arrives * np.maximum(level - 1, 0)).sum() / arrives.sum()
    assert hierarchy.upward_delay(span, height, g, relay) == pytest.approx(delay, rel=5e-3)


def broker(cliques, size):
    graph = nx.Graph()
    for clique in range(cliques):
        members = [(clique, each) for each in range(size)]
        graph.add_edges_from(itertools.combinations([*members, "broker"], 2))
    return graph


def bridge(size):
    graph = nx.disjoint_union(nx.complete_graph(size), nx.complete_graph(size))
    graph.add_edge(0, size)
    return graph


def test_constraint_and_betweenness():
    for k in (1, 2, 5, 10):
        star = nx.constraint(nx.star_graph(k))
        assert brokerage.star_constraint(k) == pytest.approx(star[0])
        assert star[1] == pytest.approx(1)
        assert brokerage.clique_constraint(k) == pytest.approx(nx.constraint(nx.complete_graph(k + 1))[0])
    for cliques, size in ((1, 3), (2, 4), (3, 5)):
        graph = broker(cliques, size)
        found = nx.constraint(graph)["broker"]
        assert brokerage.broker_constraint(cliques, size) == pytest.approx(found)
        assert brokerage.broker_constraint(cliques, size + 1) != pytest.approx(found, rel=1e-2)
        between = nx.betweenness_centrality(graph, normalized=False)["broker"]
        assert brokerage.broker_betweenness(cliques, size) == pytest.approx(between)
    for size in (2, 3, 6):
        graph = bridge(size)
        assert brokerage.bridge_constraint(size) == pytest.approx(nx.constraint(graph)[0])
        between = nx.betweenness_centrality(graph, normalized=False)[0]
        assert brokerage.bridge_betweenness(size) == pytest.approx(between)


def test_price_of_introductions():
    assert brokerage.star_constraint(10) == pytest.approx(0.10)
    assert brokerage.clique_constraint(10) == pytest.approx(0.36, abs=2e-3)


@pytest.mark.parametrize(
    ("law", "field"),
    [
        (lambda: graphs.random_triad_census(5, 1.1), "tie"),
        (lambda: graphs.random_followees_triad_census(5, 5), "followees"),
        (lambda: hierarchy.tree_mean_distance(3, 0), "people"),
        (lambda: hierarchy.upward_delay(3, 2, 0.0, 0.5), "reach"),
        (lambda: brokerage.bridge_constraint(1), "size"),
    ],
)
def test_refusals(law, field):
    with pytest.raises(ValueError, match=rf"^{field}.*allowed"):
        law()
