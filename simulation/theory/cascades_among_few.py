"""How far does one item spread among finitely many people?

The corner of the model is that of `cascades`, whose laws are the limits of these as N -> infinity. All are exact for
every N: among so few, ties that carry an item lead more and more often to people who know it already.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ._checks import number, probability, whole
from .cascades import degrees_of


def finite_shares_pmf(
    sizes: int, *, agents: int, generosity: float, relay: float, encounters: float, sharing: int | None = None
) -> NDArray:
    """Return the exact law of the number of shares of one found item among finitely many agents, without ties.

    A chain-binomial (Reed-Frost) epidemic among the K who would share if they read it, K ~ Binomial(N - 1, p): each
    share meets each agent with probability q = 1 - exp(-encounters / N), so that the n-th share adds Binomial(K + 1 -
    i, q) to the i shares there are or will be, and the cascade ends with the share that leaves none to come. Its limit
    is `shares_pmf`. Conditions: see the module. Bailey (1975), The Mathematical Theory of Infectious Diseases; one
    share at a time derived here.

    Parameters
    ----------
    sizes : int
        Numbers of shares 0 .. sizes - 1.
    agents : int
        N >= 1, all who are present.
    generosity, relay : float
        In [0, 1].
    encounters : float
        >= 0.
    sharing : int, optional
        Agents who give, the finder included; by default all.

    Returns
    -------
    array of float, shape (sizes,)

    Examples
    --------
    >>> finite_shares_pmf(4, agents=2, generosity=1.0, relay=0.5, encounters=2.0).round(4)  # 0.5 (1 - exp(-1))
    array([0.    , 0.6839, 0.3161, 0.    ])
    """
    limit, n = whole("sizes", sizes, 1), whole("agents", agents, 1)
    others = (n if sharing is None else whole("sharing", sharing, 1)) - 1
    q = -float(np.expm1(-number("encounters", encounters) / n))
    i = np.arange(limit)
    willing = np.arange(others + 1)[:, None, None]
    step = stats.binom.pmf(i - i[:, None], np.maximum(willing + 1 - i[:, None], 0), q)  # from i shares to more, by K
    return _shares(step, probability("generosity", generosity), probability("relay", relay))


def finite_follower_shares_pmf(
    sizes: int, *, agents: int, followers: int, generosity: float, relay: float
) -> NDArray:
    """Return the exact law of the number of shares of one found item where everybody has k random followers.

    As `finite_shares_pmf`, but each share reaches k different people of the N - 1 others: of the K + 1 - i who would
    share and have not been reached, a hypergeometric number. Its limit is `cascades.binomial_cascade_pmf`. Conditions:
    those of `cascades`, with k followers each. Derived here.

    Parameters
    ----------
    sizes : int
        Numbers of shares 0 .. sizes - 1.
    agents : int
        N > k.
    followers : int
        k >= 0, of everybody; who they are is drawn uniformly.
    generosity, relay : float
        In [0, 1].

    Returns
    -------
    array of float, shape (sizes,)

    Examples
    --------
    >>> finite_follower_shares_pmf(4, agents=3, followers=2, generosity=1.0, relay=0.5)  # both others read it
    array([0.  , 0.25, 0.5 , 0.25])
    """
    limit, k = whole("sizes", sizes, 1), whole("followers", followers)
    n = whole("agents", agents, k + 1)
    i = np.arange(limit)
    left = np.maximum(np.arange(n)[:, None, None] + 1 - i[:, None], 0)
    step = stats.hypergeom.pmf(i - i[:, None], n - 1, np.minimum(left, n - 1), k)
    return _shares(step, probability("generosity", generosity), probability("relay", relay))


def _shares(step: NDArray, generosity: float, relay: float) -> NDArray:
    """Return the law of shares, given how each adds to those that there are or will be, by willing others."""
    willing, limit = step.shape[:2]
    now = np.zeros((willing, limit))
    now[:, min(1, limit - 1)] = stats.binom.pmf(np.arange(willing), willing - 1, generosity * relay)
    law = np.zeros(limit)
    for share in range(1, limit):
        now = (now[:, None, :] @ step)[:, 0, :]
        law[share] = now[:, share].sum()
        now[:, : share + 1] = 0.0
    law *= generosity
    law[0] = 1 - generosity
    return law


def finite_readers_pmf(followers: ArrayLike, followees: ArrayLike, pass_on: float) -> NDArray:
    """Return the exact law of the number of readers of one shared item on a directed configuration network.

    The places of followers and of followees are matched at random; a self-tie or a second tie of a pair reaches nobody
    new, so that the law is that of the network without them. Ties that carry the item are looked at one by one, and
    each leads to any of the unmatched places of followees, to a new reader of G followees by G of them: a Markov chain
    on the numbers of people of each kind who have not read it, and of ties still to be looked at. Limits:
    `cascades.cascade_on_network`. Conditions: those of `cascades`; a finder drawn uniformly, its share given. Derived
    here.

    Parameters
    ----------
    followers, followees : array of int, shape (agents,)
        F and G of each agent; a few hundred ties and two or three kinds of people who follow anybody, at most.
    pass_on : float
        p, in [0, 1].

    Returns
    -------
    array of float, shape (agents,)

    Examples
    --------
    >>> finite_readers_pmf([1, 1], [1, 1], 1.0)  # half of these networks are two self-ties
    array([0.5, 0.5])
    """
    f, g = degrees_of(followers, followees)
    p, ties = probability("pass_on", pass_on), int(f.sum())
    kinds, count = np.unique(np.column_stack([f, g])[g > 0].astype(np.int64), axis=0, return_counts=True)
    law = np.zeros(f.size)
    finders = np.unique(np.column_stack([f, g]).astype(np.int64), axis=0, return_counts=True)
    for kind, many in zip(*finders, strict=True):
        unread = count - np.all(kinds == kind, axis=1)
        found = _readers(kinds, unread, int(kind[0]), ties, p)
        law[: found.size] += many / f.size * found
    return law


def _readers(kinds: NDArray, unread: NDArray, first: int, ties: int, pass_on: float) -> NDArray:
    """Return the law of readers from a finder of so many followers, given others by kind, rows (F, G)."""
    left = np.indices([int(each) + 1 for each in unread])  # unread of each kind, in each state
    readers = unread.sum() - left.sum(axis=0)
    law = np.zeros(int(unread.sum()) + 1)
    now = np.zeros((*(unread + 1), ties + 1))  # the last axis: ties that carry the item, not yet looked at
    now[(*unread, first)] = 1.0
    for looked in range(ties):
        np.add.at(law, readers, now[..., 0])
        carrying = now[..., 1:]
        if not carrying.any():
            break
        hit = left * kinds[:, 1].reshape(-1, *[1] * len(kinds)) / (ties - looked)
        now = (1 - hit.sum(axis=0))[..., None] * carrying
        for kind, (more, _) in enumerate(kinds):
            after, before = (tuple(slice(*(ends if axis == kind else (None, None))) for axis in range(len(kinds)))
                             for ends in ((None, -1), (1, None)))  # fmt: skip
            moved = (hit[kind][..., None] * carrying)[before]
            now[after] += (1 - pass_on) * moved
            now[after][..., more:] += pass_on * moved[..., : moved.shape[-1] - more]
    else:
        np.add.at(law, readers, now.sum(axis=-1))
    return law
