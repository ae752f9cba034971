"""Do graphs and matrices arrive with their direction, attributes and troubles?"""

import gzip
import warnings

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.errors import InputError
from simulation.readers import ReadWarning, read_network
from tests.readers.helpers import balanced, places, ties, tolerant


def example_graph(kind):
    graph = nx.gnp_random_graph(12, 0.2, seed=3, directed=kind is nx.DiGraph)
    graph.add_node(40)
    nx.set_node_attributes(graph, {node: {"age": 20 + node, "team": "ab"[node % 2]} for node in graph})
    return kind(graph)


@pytest.mark.parametrize("kind", [nx.DiGraph, nx.Graph])
@pytest.mark.parametrize("name", ["graph", "g.graphml", "g.graphml.gz", "g.gexf", "g.gexf.gz", "g.mtx", "g.mtx.gz"])
def test_graphs(tmp_path, kind, name):
    graph, path = example_graph(kind), tmp_path / name
    if "mtx" in name:
        symmetric = kind is nx.Graph
        edges = [(max(a, b), min(a, b)) if symmetric else (a, b) for a, b in graph.edges]
        rows = [f"%%MatrixMarket matrix coordinate real {'symmetric' if symmetric else 'general'}\n% c\n41 41 "]
        rows += [f"{len(edges) + 1}\n2 1 0\n", *(f"{a + 1} {b + 1} 0.5\n" for a, b in edges)]
        path.write_bytes(gzip.compress("".join(rows).encode()) if name.endswith("gz") else "".join(rows).encode())
    elif name != "graph":
        (nx.write_graphml if "graphml" in name else nx.write_gexf)(graph, path)
    network = read_network(graph if name == "graph" else path, strict=True)
    shift = 1 if "mtx" in name else 0
    assert {(a - shift, b - shift) for a, b in ties(network)} == set(graph.to_directed().edges)
    assert len(network.follower) == graph.to_directed().number_of_edges()
    if shift:
        assert network.ids.tolist() == list(range(1, 42))
        assert network.report.filtered == 1
    else:
        assert network.ids.tolist() == sorted(graph)
        assert network.attributes["age"].tolist() == [20 + node for node in sorted(graph)]
        assert network.attributes["team"].tolist() == ["ab"[node % 2] for node in sorted(graph)]


def test_graph_trouble_and_where():
    graph = nx.MultiDiGraph([("b", "a"), ("b", "a"), ("a", "a")])
    graph.add_edge("a", "b", kept="yes")
    network = tolerant(graph)
    assert network.ids.tolist() == ["b", "a"]
    assert (places(network.report, "duplicates"), network.report.self_ties) == ([2], 1)
    assert "edge 2: 'b a' (first in edge 1)" in str(network.report)
    assert "from 4 edges" in str(network.report)
    assert "line" not in str(network.report)
    assert ties(read_network(graph, where="kept")) == [("a", "b")]
    with pytest.raises(InputError, match="did you mean 'kept'"):
        read_network(graph, where="keept")
    with pytest.raises(InputError, match="edge lists"):
        read_network(graph, columns=(0, 1))
    tuples = read_network(nx.Graph([((1, 2), (3, 4))]))
    assert ties(tuples) == [((1, 2), (3, 4)), ((3, 4), (1, 2))]


def test_unreadable_flags_of_edges():
    graph = nx.DiGraph()
    graph.add_edge("b", "a", kept=1)
    graph.add_edge("b", "c", kept="perhaps")
    network = tolerant(graph, where="kept", match="broken edges 1")
    assert ties(network) == [("b", "a")]
    assert "edge 2: 'b c' ('perhaps' is neither" in str(network.report)


def test_both_directions_in_an_undirected_file_are_one_edge(write):
    text = "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n2 1\n1 2\n3 3\n"
    network = tolerant(write(text, "a.mtx"))
    assert sorted(ties(network)) == [(1, 2), (2, 1)]
    assert (places(network.report, "duplicates"), places(network.report, "self_ties")) == ([4], [5])


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30),
    st.booleans(),
    st.sampled_from([" ", ",", "\t", ";"]),
)
@settings(max_examples=60, deadline=None)
def test_round_trip_against_networkx(tmp_path_factory, edges, letters, separator):
    graph = nx.DiGraph(edges)
    path = tmp_path_factory.mktemp("trip") / "g.edges"
    path.write_text("".join(f"{'v' * letters}{a}{separator}{'v' * letters}{b}\n" for a, b in edges))
    expected = {(f"v{a}", f"v{b}") if letters else (a, b) for a, b in graph.edges if a != b}
    if not expected:
        with pytest.raises(InputError, match="no ties"):
            read_network(path)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReadWarning)
        network = read_network(path)
    assert set(ties(network)) == expected
    assert len(network.follower) == len(expected)
    assert len(network.ids) == graph.number_of_nodes()
    assert network.report.self_ties == sum(a == b for a, b in edges)
    assert network.report.clean == (len(expected) == len(edges))
    assert balanced(network.report)
