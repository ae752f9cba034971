"""Which contacts do two contacts have in common? Sums over triangles, at scale.

Two agents are contacts where one follows the other. For every pair of contacts i, j the sum over their common
contacts q of a_iq w_q a_qj, a the number of ties between two agents (or 1), w any weight of the third.

Every triangle x, y, z is met once, with its agents ranked by their number of contacts: ties then lead from the lower to
the higher rank and few leave any agent, a hub's least of all (Chiba & Nishizeki 1985, SIAM Journal on Computing 14,
210-223). The pairs xy, xz and yz each get their sum from one product of sparse matrices, in blocks of rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .ties import blocks


class Common(NamedTuple):
    """Sums over common contacts, one row per pair of contacts, each pair once.

    Attributes
    ----------
    one, other : int arrays of shape (pairs,)
        The agents of the pair.
    ties : float array of shape (pairs,)
        a, the entry of the matrix.
    total : float array of shape (pairs,)
        Sum over common contacts.
    """

    one: NDArray
    other: NDArray
    ties: NDArray
    total: NDArray


def common_contacts(contacts: csr_array, weight: NDArray) -> Common:
    """Return, for every pair of contacts, the sum over common contacts q of a_iq weight_q a_qj.

    Parameters
    ----------
    contacts : csr_array of float64, shape (agents, agents)
        Symmetric, without a diagonal.
    weight : float array of shape (agents,)
        Of the common contact.

    Returns
    -------
    Common

    Examples
    --------
    >>> three = csr_array(1.0 - np.eye(3))
    >>> common_contacts(three, np.ones(3)).total
    array([1., 1., 1.])
    """
    degree = np.diff(contacts.indptr)
    order = np.argsort(degree, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    row = np.repeat(np.arange(degree.size), degree)
    up = rank[row] < rank[contacts.indices]
    ends = rank[row[up]], rank[contacts.indices[up]]
    upward = csr_array((contacts.data[up], ends), shape=contacts.shape)
    upward.sort_indices()
    weighted = csr_array(upward.multiply(weight[order][:, None]))  # by the weight of the lower end
    weighted.sort_indices()
    total = _middle(upward, weighted) + _lowest(upward, weighted) + _highest(upward, weight[order])
    lower = np.repeat(np.arange(order.size), np.diff(upward.indptr))
    return Common(order[lower], order[upward.indices], upward.data, total)


def _masked(left: csr_array, right: csr_array, mask: csr_array) -> NDArray:
    """Return (left @ right) at the entries of mask, in their order."""
    out = np.diff(right.indptr)
    reached = np.concatenate([[0], np.cumsum(out[left.indices], dtype=np.int64)])
    work = np.diff(reached[left.indptr]) + np.diff(mask.indptr)
    found = np.zeros(mask.nnz)
    for rows in blocks(work):
        wanted = mask[rows]
        wanted.data = np.arange(1.0, wanted.nnz + 1.0)  # the place of each entry, from 1
        product = csr_array(left[rows] @ right)
        product.sort_indices()
        places = csr_array(_pattern(product).multiply(wanted))
        values = csr_array(product.multiply(_pattern(wanted)))
        places.sort_indices()
        values.sort_indices()
        found[mask.indptr[rows.start] + places.data.astype(np.int64) - 1] = values.data
    return found


def _pattern(matrix: csr_array) -> csr_array:
    return csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)


def _middle(upward: csr_array, weighted: csr_array) -> NDArray:
    """Pairs x z with the common contact ranked between them: x -> y -> z, y's weight."""
    return _masked(upward, weighted, upward)


def _lowest(upward: csr_array, weighted: csr_array) -> NDArray:
    """Pairs y z whose common contact has the lowest rank: x -> y, x -> z, x's weight."""
    return _masked(csr_array(upward.T), weighted, upward)


def _highest(upward: csr_array, weight: NDArray) -> NDArray:
    """Pairs x y whose common contact has the highest rank: the rows of x and y, z's weight."""
    out = np.diff(upward.indptr)
    lower = np.repeat(np.arange(out.size), out)
    weighted = csr_array((upward.data * weight[upward.indices], upward.indices, upward.indptr), shape=upward.shape)
    found = np.zeros(upward.nnz)
    for pairs in blocks(out[lower] + out[upward.indices]):
        found[pairs] = upward[lower[pairs]].multiply(weighted[upward.indices[pairs]]).sum(axis=1)
    return found
