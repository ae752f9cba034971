"""Who is powerful by the company they keep? PageRank, eigenvector centrality, dependence, weight in decisions.

All are left eigenvectors or one step towards them: a tie passes importance from follower to followee. They come from
products of one sparse matrix with a vector, which needs no library beyond scipy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from ..checks import share_of
from ..errors import InputError
from .ties import Ties, ties_of


def _fixed_point(step: Callable[[NDArray], NDArray], start: NDArray, what: str, most: int, tolerance: float) -> NDArray:
    """Repeat a step until nothing moves by more than the tolerance in sum."""
    now = start
    for _ in range(most):
        before, now = now, step(now)
        if np.abs(now - before).sum() < tolerance:
            return now
    raise InputError(f"{what}: no single limit after {most} steps; the network may fall apart into parts that compete")


def _shares(ties: Ties, itself: float = 0.0) -> csr_array:
    """Return followees' shares of each agent's attention: rows that sum to 1, or are empty."""
    matrix = csr_array(ties.follows + itself * diags_array(np.ones(ties.agents))) if itself else ties.follows
    total = matrix.sum(axis=1)
    weight = np.divide(1.0, total, out=np.zeros(ties.agents), where=total > 0)
    return csr_array(diags_array(weight) @ matrix)


def pagerank(network: Any, damping: float = 0.85) -> pd.Series:
    """Return where somebody is who follows ties at random and sometimes starts anew.

    Brin & Page (1998), Computer Networks 30, 107-117. From an agent that follows nobody it starts anew.

    Parameters
    ----------
    network : Record, Network, networkx graph, matrix or Ties
    damping : float
        Probability of following a tie, in [0, 1).

    Returns
    -------
    Series of float
        Sums to 1, exact to 1e-10.

    Raises
    ------
    InputError

    Examples
    --------
    >>> import networkx as nx
    >>> pagerank(nx.DiGraph([("ann", "cleo"), ("bob", "cleo")])).round(3).to_dict()
    {'ann': 0.213, 'cleo': 0.574, 'bob': 0.213}
    """
    damping = share_of("damping", damping, below=True)
    ties = ties_of(network)
    n = ties.agents
    passing = csr_array(_shares(ties).T)
    nowhere = np.diff(ties.follows.indptr) == 0

    def step(now: NDArray) -> NDArray:
        new = damping * (passing @ now)
        return new + (1.0 - new.sum()) / n

    if nowhere.all():
        return ties.by_agent(np.full(n, 1.0 / n), "pagerank")
    return ties.by_agent(_fixed_point(step, np.full(n, 1.0 / n), "pagerank", 10_000, 1e-10 * (1 - damping)), "pagerank")


def eigenvector(network: Any) -> pd.Series:
    """Return the eigenvector centrality: everybody's is in proportion to the sum of its followers'.

    Bonacich (1972), Journal of Mathematical Sociology 2, 113-120. Unit length; by power iteration on A + 1, which has
    the same eigenvectors and no cycles.

    Parameters
    ----------
    network : Record, Network, networkx graph, matrix or Ties

    Raises
    ------
    InputError
        No ties, or no limit: the network is far from strongly connected. `pagerank` always has one.

    Examples
    --------
    >>> import networkx as nx
    >>> eigenvector(nx.DiGraph([(0, 1), (1, 0), (1, 2), (2, 0)])).round(3).tolist()
    [0.727, 0.548, 0.414]
    """
    ties = ties_of(network)
    if ties.follows.nnz == 0:
        raise InputError("eigenvector: a network without ties; allowed: 1 tie or more")
    passing = ties.followed_by

    def step(now: NDArray) -> NDArray:
        new = now + passing @ now
        return new / np.sqrt(new @ new)

    start = np.full(ties.agents, ties.agents**-0.5)
    tolerance = 1e-10 * ties.agents**0.5
    return ties.by_agent(_fixed_point(step, start, "eigenvector", 5_000, tolerance), "eigenvector")


def dependence(network: Any) -> pd.Series:
    """Return how much others depend on each agent as a source: the sum over its followers of 1 / whom they follow.

    Who follows one agent only depends on it wholly, who follows ten by a tenth: dependence falls with the
    alternatives at hand (Emerson 1962, American Sociological Review 27, 31-41). The measure sums to the number of
    agents who follow anybody. It is what one follower more brings at a given attention, and one step of PageRank.

    Parameters
    ----------
    network : Record, Network, networkx graph, matrix or Ties

    Examples
    --------
    >>> import networkx as nx
    >>> dependence(nx.DiGraph([(0, 1), (0, 2), (1, 2)])).tolist()
    [0.0, 0.5, 1.5]
    """
    ties = ties_of(network)
    return ties.by_agent(_shares(ties).sum(axis=0), "dependence")


def decision_weight(network: Any, own: float = 1.0) -> pd.Series:
    """Return how much each first opinion counts in the average of all last ones, where all average whom they follow.

    DeGroot (1974), Journal of the American Statistical Association 69, 118-121: in every round everybody takes the
    mean of its followees' opinions and its own. Where everybody reaches everybody it is the left eigenvector; where
    not, groups that listen to nobody else hold all the weight, and last opinions differ.

    Parameters
    ----------
    network : Record, Network, networkx graph, matrix or Ties
    own : float
        Weight of one's own opinion against a followee's, > 0.

    Returns
    -------
    Series of float
        Sums to 1.

    Raises
    ------
    InputError

    Examples
    --------
    >>> import networkx as nx
    >>> decision_weight(nx.path_graph(3)).round(4).tolist()  # in proportion to contacts + 1
    [0.2857, 0.4286, 0.2857]
    """
    if isinstance(own, bool) or not isinstance(own, (int, float)) or not 0.0 < own < float("inf"):
        raise InputError(f"own: {own!r}; allowed: a number > 0")
    ties = ties_of(network)
    passing = csr_array(_shares(ties, float(own)).T)
    start = np.full(ties.agents, 1.0 / ties.agents)
    weight = _fixed_point(lambda now: passing @ now, start, "decision_weight", 100_000, 1e-12)
    return ties.by_agent(weight / weight.sum(), "decision_weight")
