"""Which measures can a sweep name? One number per record or network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..errors import unknown_name
from .brokerage import betweenness, constraint, effective_size
from .inequality import gini, top_share
from .power import decision_weight, dependence, pagerank
from .reach import followers, reach
from .structure import clustering, dyad_reciprocity, edge_reciprocity, k_core, transitivity
from .ties import Ties, ties_of

#: Name -> what it returns of a network made ready.
MEASURES: dict[str, Callable[[Ties], float]] = {
    "ties_per_head": lambda ties: ties.follows.nnz / ties.agents,
    "followers_gini": lambda ties: gini(followers(ties)),
    "followers_top": lambda ties: top_share(followers(ties)),
    "followers_top_tenth": lambda ties: top_share(followers(ties), 0.1),
    "edge_reciprocity": edge_reciprocity,
    "dyad_reciprocity": dyad_reciprocity,
    "transitivity": transitivity,
    "clustering_mean": lambda ties: float(clustering(ties).mean()),
    "k_core_max": lambda ties: float(k_core(ties).max()),
    "reach_two_mean": lambda ties: float(reach(ties, 2).mean()),
    "pagerank_gini": lambda ties: gini(pagerank(ties)),
    "pagerank_top": lambda ties: top_share(pagerank(ties)),
    "dependence_gini": lambda ties: gini(dependence(ties)),
    "decision_weight_top": lambda ties: top_share(decision_weight(ties)),
    "betweenness_gini": lambda ties: gini(betweenness(ties)),
    "constraint_mean": lambda ties: float(constraint(ties).mean()),
    "effective_size_mean": lambda ties: float(effective_size(ties).mean()),
}


def measured(source: Any, names: str | Iterable[str]) -> dict[str, float]:
    """Return the measures of these names, each one number.

    Parameters
    ----------
    source : Record, Network, networkx graph, matrix or Ties
    names : str or iterable of str
        Of ``MEASURES``.

    Raises
    ------
    InputError
        An unknown name, before anything is measured.

    Examples
    --------
    >>> import networkx as nx
    >>> measured(nx.DiGraph([(0, 1), (1, 0)]), ["followers_gini", "edge_reciprocity"])
    {'followers_gini': 0.0, 'edge_reciprocity': 1.0}
    """
    wanted = [names] if isinstance(names, str) else list(names)
    for name in wanted:
        if name not in MEASURES:
            raise unknown_name("measure", name, MEASURES)
    ties = ties_of(source)
    return {name: float(MEASURES[name](ties)) for name in wanted}
