"""How is the network knit? Reciprocity, clustering and cores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .ties import Ties, ties_of
from .triangles import Common, common_contacts


def _dyads(ties: Ties) -> tuple[float, float]:
    """Return the numbers of ties that are returned and of pairs that are connected."""
    return float((ties.contacts.data == 2.0).sum()), ties.contacts.nnz / 2


def edge_reciprocity(network: Any) -> float:
    """Return the share of ties that are returned (KONECT's and networkx's definition); NaN without ties.

    Parameters
    ----------
    network : Record, Network, networkx graph, matrix or Ties

    Examples
    --------
    >>> import networkx as nx
    >>> two, one = nx.DiGraph([(0, 1), (1, 0), (1, 2)]), nx.DiGraph([(0, 1)])
    >>> round(edge_reciprocity(two), 3), edge_reciprocity(one)
    (0.667, 0.0)
    """
    ties = ties_of(network)
    return _dyads(ties)[0] / ties.follows.nnz if ties.follows.nnz else float("nan")


def dyad_reciprocity(network: Any) -> float:
    """Return the share of connected pairs that are mutual (Kwak et al. 2010, WWW); NaN without ties.

    With edge reciprocity y it is y / (2 - y).

    Parameters
    ----------
    network : Record, Network, networkx graph, matrix or Ties

    Examples
    --------
    >>> import networkx as nx
    >>> dyad_reciprocity(nx.DiGraph([(0, 1), (1, 0), (1, 2)]))
    0.5
    """
    returned, pairs = _dyads(ties_of(network))
    return returned / 2 / pairs if pairs else float("nan")


def _triangles(ties: Ties) -> tuple[NDArray, NDArray]:
    """Return for each agent its triangles and its pairs of contacts, whichever way the ties point."""
    contacts = ties.contacts.copy()
    contacts.data[:] = 1.0
    degree = np.diff(contacts.indptr).astype(np.float64)
    found: Common = common_contacts(contacts, np.ones(ties.agents))
    of_one = np.bincount(found.one, weights=found.total, minlength=ties.agents)
    of_other = np.bincount(found.other, weights=found.total, minlength=ties.agents)
    return (of_one + of_other) / 2, degree * (degree - 1) / 2


def clustering(network: Any) -> pd.Series:
    """Return for each agent the share of pairs of its contacts that are contacts; 0 with fewer than two contacts.

    Watts & Strogatz (1998), Nature 393, 440-442, on ties without their direction.

    Parameters
    ----------
    network : Record, Network, networkx graph, matrix or Ties

    Examples
    --------
    >>> import networkx as nx
    >>> clustering(nx.DiGraph([(0, 1), (1, 2), (2, 0), (0, 3)])).round(3).tolist()
    [0.333, 1.0, 1.0, 0.0]
    """
    ties = ties_of(network)
    triangles, pairs = _triangles(ties)
    return ties.by_agent(np.divide(triangles, pairs, out=np.zeros(ties.agents), where=pairs > 0), "clustering")


def transitivity(network: Any) -> float:
    """Return the share of connected triples that are closed, ties without their direction; NaN without triples.

    Newman, Strogatz & Watts (2001), Physical Review E 64, 026118.

    Parameters
    ----------
    network : Record, Network, networkx graph, matrix or Ties

    Examples
    --------
    >>> import networkx as nx
    >>> transitivity(nx.DiGraph([(0, 1), (1, 2), (2, 0), (0, 3)]))
    0.6
    """
    triangles, pairs = _triangles(ties_of(network))
    return float(triangles.sum() / pairs.sum()) if pairs.sum() else float("nan")


def k_core(network: Any) -> pd.Series:
    """Return for each agent the largest k such that it belongs to a part in which all have k contacts or more.

    Seidman (1983), Social Networks 5, 269-287; ties without their direction, a mutual pair once. Needs igraph.

    Parameters
    ----------
    network : Record, Network, networkx graph, matrix or Ties

    Raises
    ------
    InputError
        igraph is not installed.

    Examples
    --------
    >>> import networkx as nx
    >>> k_core(nx.DiGraph([(0, 1), (1, 2), (2, 0), (0, 3)])).tolist()
    [2, 2, 2, 1]
    """
    ties = ties_of(network)
    core = np.array(ties.igraph_of_contacts.coreness(), np.int64)
    return ties.by_agent(core, "k_core")
