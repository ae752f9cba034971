"""Which networks are measured?"""

import networkx as nx
import numpy as np
import pytest

pytest.importorskip("igraph", reason="the extra `measures` is not installed")


def some_networks():
    """Small directed networks: sparse, dense, heavy-tailed with returned ties, in two parts, with isolated agents."""
    found = [nx.gnp_random_graph(n, p, seed=s, directed=True) for n, p, s in ((12, 0.2, 1), (30, 0.1, 2), (25, 0.4, 3))]
    tail = nx.DiGraph(nx.scale_free_graph(60, seed=4))
    tail.remove_edges_from(list(nx.selfloop_edges(tail)))
    rng = np.random.default_rng(5)
    tail.add_edges_from([(v, u) for u, v in list(tail.edges) if rng.random() < 0.4])
    parts = nx.disjoint_union(found[0], found[1])
    parts.add_nodes_from(["nobody", "no one"])
    return [*found, tail, parts]


NETWORKS = some_networks()


def agree(measured, reference, **how):
    """A Series equals a networkx dictionary, agent by agent."""
    wanted = np.array([reference[node] for node in measured.index], float)
    np.testing.assert_allclose(measured.to_numpy(float), wanted, **{"rtol": 1e-8, "atol": 1e-10, **how})
