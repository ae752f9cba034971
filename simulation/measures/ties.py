"""Who follows whom, ready for measuring? One conversion, whatever the network comes as.

Which library measures what was chosen by trying, on 1,000,000 agents and 10,000,000 ties, half of the trials with a
heavy tail (one run each, one processor, Python 3.11; seconds, and gigabytes at the peak):

============  ======  ===============================================  =======  ============================
library       ready   betweenness, per source; k-core; local triangles  memory   wheels for Python 3.11 to 3.13
============  ======  ===============================================  =======  ============================
igraph 1.0    11      1.0 to 1.4; 1.3 to 1.8; 2.9 to 3.6                2.0      one file of 6 MB for all
networkit 11  5       2.2 to 2.9; 0.5; 4.6 or a crash                   1.1      one of 12 MB each
============  ======  ===============================================  =======  ============================

So betweenness and k-core go through igraph, an extra: networkit is lean, but twice as slow where time matters, and its
triangles ended the process on the heavy-tailed network. All else needs no more than scipy.sparse, which is here
anyhow, and is quicker than making igraph's copy. networkx stays the reference in the tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse, triu

from ..errors import InputError, wrong_type
from ..exchange import to_scipy
from ..network import Network

BLOCK = 20_000_000  # elements that one block of a sparse product may expand to
ACCEPTED = "a record, a simulation.network.Network, a networkx graph, a scipy.sparse matrix or what `ties_of` returned"


@dataclass(frozen=True, eq=False)
class Ties:
    """A follower network as the measures read it; made by `ties_of`.

    Attributes
    ----------
    follows : scipy.sparse.csr_array of float64, shape (agents, agents)
        1 where the row's agent follows the column's.
    index : pandas.Index
        The agents' names, in the order of rows: slots of a record or network, nodes of a graph.
    group : int array of shape (agents,) or None
        Interest groups or departments, where the source says them.
    """

    follows: csr_array
    index: pd.Index
    group: NDArray | None = field(default=None)

    @property
    def agents(self) -> int:
        """Number of agents."""
        return len(self.index)

    @cached_property
    def followed_by(self) -> csr_array:
        """The way of information: 1 where the column's agent follows the row's."""
        return _sorted(csr_array(self.follows.T))

    @cached_property
    def contacts(self) -> csr_array:
        """Ties in either direction: 1 where one follows the other, 2 where both do; symmetric."""
        return _sorted(csr_array(self.follows + self.followed_by))

    @cached_property
    def igraph(self) -> Any:
        """The same network as an `igraph.Graph`, an edge from follower to followee."""
        return _igraph(self.follows, directed=True)

    @cached_property
    def igraph_of_contacts(self) -> Any:
        """The network without directions as an `igraph.Graph`, one edge per pair of contacts."""
        return _igraph(triu(self.contacts), directed=False)

    def by_agent(self, values: Any, name: str) -> pd.Series:
        """Return one number per agent as a Series."""
        return pd.Series(np.asarray(values), index=self.index, name=name)


def ties_of(source: Any) -> Ties:
    """Return a network ready for measuring; converting once saves time where several measures are taken.

    Parameters
    ----------
    source : Record, Network, networkx graph, scipy.sparse matrix or Ties
        Of a record its final ties between present agents. In a directed graph u -> v says that u follows v; an edge
        of an undirected one stands for both ties. Entries of a matrix other than 0 are ties, row follows column.

    Returns
    -------
    Ties

    Raises
    ------
    InputError
        Something else, an agent that follows itself, a multigraph or a matrix that is not square.

    Examples
    --------
    >>> import networkx as nx
    >>> ties_of(nx.DiGraph([("ann", "bob"), ("bob", "cleo")])).follows.toarray()
    array([[0., 1., 0.],
           [0., 0., 1.],
           [0., 0., 0.]])
    """
    if isinstance(source, Ties):
        return source
    if isinstance(source, Network):
        return _made(to_scipy(source), pd.RangeIndex(source.locked.size, name="agent"))
    if isinstance(source, nx.Graph):
        return _of_graph(source)
    if issparse(source):
        return _made(csr_array(source), pd.RangeIndex(source.shape[0], name="agent"))
    if isinstance(getattr(source, "agents", None), pd.DataFrame) and isinstance(
        getattr(source, "ties", None), pd.DataFrame
    ):
        return _of_record(source.agents, source.ties)
    raise wrong_type("network", source, ACCEPTED)


def _of_record(agents: pd.DataFrame, ties: pd.DataFrame) -> Ties:
    present = agents["present"].to_numpy()
    place = np.cumsum(present) - 1
    follower, followee = ties["follower"].to_numpy(), ties["followee"].to_numpy()
    there = present[follower] & present[followee]
    ends = place[follower[there]], place[followee[there]]
    people = agents[present]
    matrix = csr_array((np.ones(ends[0].size), ends), shape=(len(people), len(people)))
    return _made(matrix, people.index, people["group"].to_numpy())


def _of_graph(graph: nx.Graph) -> Ties:
    if graph.is_multigraph():
        raise InputError("network: a multigraph; allowed: at most one tie from one agent to another")
    if len(graph) == 0:
        raise InputError("network: no agents; allowed: 1 or more")
    group = [group for _, group in graph.nodes(data="group")]
    known = None if any(each is None for each in group) else pd.factorize(np.array(group, object), sort=False)[0]
    matrix = nx.to_scipy_sparse_array(graph, weight=None, dtype=np.float64, format="csr")
    return _made(matrix, pd.Index(list(graph), name="agent", tupleize_cols=False), known)


def _made(matrix: Any, index: pd.Index, group: NDArray | None = None) -> Ties:
    follows = csr_array(matrix, dtype=np.float64, copy=True)
    if follows.shape[0] != follows.shape[1]:
        raise InputError(f"network: a matrix of shape {follows.shape}; allowed: a square one")
    follows.sum_duplicates()
    follows.eliminate_zeros()
    follows.data[:] = 1.0
    itself = np.flatnonzero(follows.diagonal())
    if itself.size:
        raise InputError(f"network: agent {index[itself[0]]} follows itself; allowed: ties between two agents")
    return Ties(_sorted(follows), index, group)


def _igraph(matrix: Any, directed: bool) -> Any:
    try:
        import igraph
    except ImportError as missing:
        how = "pip install igraph (or the extra: connectors[measures])"
        raise InputError(f"igraph is not installed, and this measure needs it; install it with: {how}") from missing
    ends = np.column_stack(matrix.nonzero()).astype(np.int64)
    edges: Any = memoryview(ends.data) if len(ends) else []
    return igraph.Graph(n=matrix.shape[0], edges=edges, directed=directed)


def _sorted(matrix: csr_array) -> csr_array:
    matrix.sort_indices()
    return matrix


def blocks(work: NDArray, largest: int = BLOCK) -> Iterator[slice]:
    """Yield slices of rows of which each expands to at most so many elements (or is a single row).

    Parameters
    ----------
    work : int array of shape (rows,)
        Elements that each row expands to.
    largest : int
    """
    total = np.concatenate([[0], np.cumsum(work, dtype=np.int64)])
    start = 0
    while start < work.size:
        end = max(start + 1, int(np.searchsorted(total, total[start] + largest, side="right")) - 1)
        yield slice(start, end)
        start = end
