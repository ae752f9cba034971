"""Do measures of a network agree with networkx, igraph and closed forms?"""

import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from simulation import measures, open_world, simulate, theory
from simulation.errors import InputError
from simulation.exchange import from_ties
from simulation.measures import triangles

from .support import NETWORKS, agree

REPEATED = pytest.mark.parametrize("graph", NETWORKS, ids=range(len(NETWORKS)))


@REPEATED
def test_against_networkx(graph):
    ties = measures.ties_of(graph)
    contacts = graph.to_undirected()
    agree(measures.followers(ties), dict(graph.in_degree()))
    agree(measures.pagerank(ties), nx.pagerank(graph, tol=1e-13, max_iter=1000))
    agree(measures.pagerank(ties, 0.5), nx.pagerank(graph, 0.5, tol=1e-13, max_iter=1000))
    agree(measures.betweenness(ties), nx.betweenness_centrality(graph, normalized=False))
    agree(measures.constraint(ties), nx.constraint(graph))
    # given nodes, networkx follows Burt; without (3.6), it divides by the other agent's largest tie
    following = [node for node in graph if graph.out_degree(node)]
    agree(measures.effective_size(ties)[following], nx.effective_size(graph, following))
    agree(measures.clustering(ties), nx.clustering(contacts))
    agree(measures.k_core(ties), nx.core_number(contacts))
    assert measures.transitivity(ties) == pytest.approx(nx.transitivity(contacts))
    assert measures.edge_reciprocity(ties) == pytest.approx(nx.overall_reciprocity(graph))
    for steps in (1, 2, 3, 40):
        backward = graph.reverse()
        wanted = {a: len(nx.single_source_shortest_path_length(backward, a, steps)) - 1 for a in graph}
        agree(measures.reach(ties, steps), wanted)


@REPEATED
def test_against_igraph(graph):
    ties = measures.ties_of(graph)
    other = ties.igraph
    agree(measures.constraint(ties), dict(zip(ties.index, other.constraint(), strict=True)))
    agree(measures.pagerank(ties), dict(zip(ties.index, other.pagerank(), strict=True)), rtol=1e-6)
    mutual, one_way, _ = other.dyad_census()
    pairs = mutual + one_way
    assert measures.dyad_reciprocity(ties) == pytest.approx(mutual / pairs)
    assert measures.edge_reciprocity(ties) == pytest.approx(theory.edge_from_dyad_reciprocity(mutual / pairs))


@pytest.mark.parametrize("graph", NETWORKS[1:3], ids=("sparse", "dense"))
def test_eigenvector_on_the_strongly_connected(graph):
    core = graph.subgraph(max(nx.strongly_connected_components(graph), key=len)).copy()
    agree(measures.eigenvector(core), nx.eigenvector_centrality(core, tol=1e-12, max_iter=5000), rtol=1e-6)


def test_eigenvector_refuses_where_there_is_none():
    with pytest.raises(InputError, match="no single limit"):
        measures.eigenvector(nx.DiGraph([(0, 1), (1, 2), (2, 3)]))
    with pytest.raises(InputError, match="without ties"):
        measures.eigenvector(nx.empty_graph(3, create_using=nx.DiGraph))


def test_closed_forms_of_brokerage():
    star, clique = nx.star_graph(10), nx.complete_graph(11)
    assert measures.constraint(star)[0] == pytest.approx(theory.star_constraint(10))
    assert measures.constraint(clique)[0] == pytest.approx(theory.clique_constraint(10))
    assert measures.betweenness(star)[0] / 2 == 45  # unordered
    cliques, size = 3, 5
    broker = nx.disjoint_union_all([nx.complete_graph(size)] * cliques)
    broker.add_edges_from(("broker", other) for other in range(cliques * size))
    assert measures.constraint(broker)["broker"] == pytest.approx(theory.broker_constraint(cliques, size))
    assert measures.betweenness(broker)["broker"] / 2 == pytest.approx(theory.broker_betweenness(cliques, size))
    bridge = nx.disjoint_union(nx.complete_graph(size), nx.complete_graph(size))
    bridge.add_edge(0, size)
    assert measures.constraint(bridge)[0] == pytest.approx(theory.bridge_constraint(size))
    assert measures.betweenness(bridge)[0] / 2 == pytest.approx(theory.bridge_betweenness(size))


def effective_size_by_enumeration(graph, agent):
    def tie(one, other):
        return graph.has_edge(one, other) + graph.has_edge(other, one)

    contacts = set(nx.all_neighbors(graph, agent))
    total = sum(tie(agent, q) for q in contacts)
    largest = {j: max(tie(j, k) for k in nx.all_neighbors(graph, j)) for j in contacts}
    return sum(1 - sum(tie(agent, q) / total * tie(j, q) / largest[j] for q in contacts) for j in contacts)


@REPEATED
def test_effective_size_by_enumeration(graph):
    found = measures.effective_size(graph)
    for agent in graph:
        if graph.degree(agent):
            assert found[agent] == pytest.approx(effective_size_by_enumeration(graph, agent))
        else:
            assert np.isnan(found[agent])


def test_constraint_counts_contacts_only():
    assert measures.constraint(nx.path_graph(3))[0] == 1.0  # with the contact's contact it would be 1.25


def test_triangles_in_small_blocks(monkeypatch):
    ties = measures.ties_of(NETWORKS[2])
    whole = measures.constraint(ties)
    monkeypatch.setattr(triangles, "blocks", lambda work: (slice(k, min(k + 3, work.size)) for k in
                                                           range(0, work.size, 3)))  # fmt: skip
    np.testing.assert_allclose(measures.constraint(ties), whole, rtol=1e-12)


def roles_by_enumeration(graph, group):
    counts = {node: dict.fromkeys(("coordinator", "consultant", "gatekeeper", "representative", "liaison"), 0)
              for node in graph}  # fmt: skip
    for source, broker, target in itertools.permutations(graph, 3):
        if graph.has_edge(broker, source) and graph.has_edge(target, broker) and not graph.has_edge(target, source):
            a, b, c = group[source], group[broker], group[target]
            role = ("coordinator" if a == b == c else "consultant" if a == c else "gatekeeper" if b == c
                    else "representative" if a == b else "liaison")  # fmt: skip
            counts[broker][role] += 1
    return pd.DataFrame(counts).T


@REPEATED
def test_brokerage_roles_by_enumeration(graph):
    group = np.random.default_rng(6).integers(0, 4, len(graph))
    found = measures.brokerage_roles(graph, group)
    wanted = roles_by_enumeration(graph, dict(zip(graph, group, strict=True)))
    assert wanted.to_numpy().sum() > 0
    np.testing.assert_array_equal(found[wanted.columns], wanted)


def test_sampled_betweenness_is_exact_with_all_sources_and_its_intervals_cover():
    graph = nx.gnp_random_graph(60, 0.06, seed=7, directed=True)
    exact = measures.betweenness(graph).to_numpy()
    every = measures.betweenness_sampled(graph, 60)
    np.testing.assert_allclose(every["betweenness"], exact, atol=1e-9)
    np.testing.assert_allclose(every["error"], 0, atol=1e-9)
    tables = [measures.betweenness_sampled(graph, 30, seed) for seed in range(80)]
    estimates = np.array([table["betweenness"] for table in tables])
    busy = exact > np.median(exact)
    spread = estimates.std(axis=0, ddof=1)
    z = (estimates.mean(axis=0) - exact)[busy] / (spread[busy] / 80**0.5)
    assert np.abs(z).max() < 4  # unbiased
    errors = np.array([table["error"] for table in tables])
    assert np.mean(errors[:, busy].mean(axis=0) / spread[busy]) == pytest.approx(1, abs=0.1)
    covered = np.mean([(table["low"] <= exact) & (exact <= table["high"]) for table in tables], axis=0)[busy]
    assert 0.82 < covered.mean() < 0.97  # few sources matter to some: rough, as said
    same = measures.betweenness_sampled(graph, 30, 3)
    pd.testing.assert_frame_equal(same, tables[3], check_exact=True)


def test_dependence_is_a_step_of_the_random_walk():
    graph = NETWORKS[3]
    found = measures.dependence(graph)
    agree(found, {v: sum(1 / graph.out_degree(u) for u in graph.predecessors(v)) for v in graph})
    assert found.sum() == pytest.approx(sum(degree > 0 for _, degree in graph.out_degree()))


def test_decision_weight():
    graph = nx.gnp_random_graph(20, 0.3, seed=8, directed=True)
    assert nx.is_strongly_connected(graph)
    trust = nx.to_numpy_array(graph) + np.eye(20)
    np.testing.assert_allclose(measures.decision_weight(graph), theory.degroot_weights(trust), atol=1e-9)
    leaders = measures.decision_weight(nx.DiGraph([(0, 1), (2, 3), (4, 3)]))  # 1 and 3 listen to nobody
    assert leaders.round(9).to_dict() == {0: 0.0, 1: 0.4, 2: 0.0, 3: 0.6, 4: 0.0}
    crowd = nx.barabasi_albert_graph(50, 3, seed=9)
    weight = measures.decision_weight(crowd)
    degree = np.array([crowd.degree(node) + 1 for node in weight.index])
    np.testing.assert_allclose(weight, degree / degree.sum(), atol=1e-9)
    with pytest.raises(InputError, match="own"):
        measures.decision_weight(graph, 0)


def test_every_source_gives_the_same():
    record = simulate(open_world(agents=30), ticks=10, seed=1, compile=False)
    wanted = measures.constraint(record)
    follower, followee = record.ties["follower"], record.ties["followee"]
    matrix = sparse.coo_matrix((np.ones(len(follower)), (follower, followee)), (30, 30))
    for source in (record.network(), record.state.network, from_ties(30, follower, followee), matrix,
                   measures.ties_of(record)):  # fmt: skip
        np.testing.assert_array_equal(measures.constraint(source).to_numpy(), wanted.to_numpy())
    assert measures.brokerage_roles(record).shape == (30, 5)
    assert measures.measured(record, "followers_gini")["followers_gini"] == pytest.approx(
        record.series["followers_gini"].iloc[-1])  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        (lambda: measures.ties_of("follows.csv"), "network.*allowed"),
        (lambda: measures.ties_of(nx.DiGraph([(1, 1)])), "follows itself"),
        (lambda: measures.ties_of(nx.MultiDiGraph([(1, 2)])), "multigraph"),
        (lambda: measures.ties_of(nx.DiGraph()), "no agents"),
        (lambda: measures.ties_of(sparse.eye_array(2, 3)), "square"),
        (lambda: measures.pagerank(NETWORKS[0], 1.0), r"damping.*\[0, 1\)"),
        (lambda: measures.reach(NETWORKS[0], 0), "steps"),
        (lambda: measures.reach(NETWORKS[0], 2, ["ann"]), "'ann'"),
        (lambda: measures.betweenness_sampled(NETWORKS[0], 1), "sources"),
        (lambda: measures.brokerage_roles(NETWORKS[0]), "no groups"),
        (lambda: measures.brokerage_roles(NETWORKS[0], [0, 1]), "2 values for 12 agents"),
        (lambda: measures.measured(NETWORKS[0], "folowers_gini"), "did you mean 'followers_gini'"),
    ],
)
def test_refusals(measure, message):
    with pytest.raises(InputError, match=message):
        measure()


def test_a_missing_igraph_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "igraph", None)
    with pytest.raises(InputError, match=r"pip install igraph.*connectors\[measures\]"):
        measures.k_core(nx.path_graph(3))
    assert measures.pagerank(nx.path_graph(3)).sum() == pytest.approx(1)


def test_networks_without_ties():
    empty = nx.empty_graph(3, create_using=nx.DiGraph)
    values = measures.measured(empty, measures.MEASURES)
    assert np.isnan(values["edge_reciprocity"]) and np.isnan(values["constraint_mean"])
    assert values["ties_per_head"] == 0 and values["k_core_max"] == 0 and values["reach_two_mean"] == 0
