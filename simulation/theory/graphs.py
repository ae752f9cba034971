"""What do degrees, reciprocity and triads look like in a network without any structure?

Two nulls: every tie independently with probability p; and every agent following k others at random, as the starting
world of the model has it.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ._checks import number, probability, whole

#: Names of the sixteen triads, in the usual order (Holland & Leinhardt 1976, Sociological Methodology 7, 1-45).
TRIADS = (
    "003", "012", "102", "021D", "021U", "021C", "111D", "111U", "030T", "030C", "201", "120D", "120U", "120C",
    "210", "300",
)  # fmt: skip


def random_degree_pmf(degree: ArrayLike, agents: int, tie: float) -> NDArray:
    """Return the law of followers, and of followees, where every tie exists with probability p: Binomial(n - 1, p).

    Parameters
    ----------
    degree : array of int
    agents : int
        n >= 1.
    tie : float
        p, in [0, 1].

    Examples
    --------
    >>> random_degree_pmf([0, 1, 2], 3, 0.5)
    array([0.25, 0.5 , 0.25])
    """
    return stats.binom.pmf(np.asarray(degree), whole("agents", agents, 1) - 1, probability("tie", tie))


def random_followees_in_degree_pmf(followers: ArrayLike, agents: int, followees: int) -> NDArray:
    """Return the law of followers where everybody follows k others at random: Binomial(n - 1, k / (n - 1)).

    Parameters
    ----------
    followers : array of int
    agents : int
        n >= 2.
    followees : int
        k, in [0, n - 1].

    Examples
    --------
    >>> random_followees_in_degree_pmf([0, 1, 2], 3, 1)
    array([0.25, 0.5 , 0.25])
    """
    return random_degree_pmf(followers, agents, _tie_probability(agents, followees))


def random_dyads(agents: int, tie: float) -> tuple[float, float, float]:
    """Return the expected numbers of mutual, one-way and empty pairs where every tie exists with probability p.

    C(n, 2) times p^2, 2 p (1 - p), (1 - p)^2; the share of ties that are returned is p. With k random followees each
    the same holds with p = k / (n - 1).

    Parameters
    ----------
    agents : int
        n >= 1.
    tie : float
        p, in [0, 1].

    Examples
    --------
    >>> random_dyads(5, 0.5)
    (2.5, 5.0, 2.5)
    """
    pairs, p = whole("agents", agents, 1) * (agents - 1) / 2, probability("tie", tie)
    return pairs * p**2, pairs * 2 * p * (1 - p), pairs * (1 - p) ** 2


def random_triad_census(agents: int, tie: float) -> dict[str, float]:
    """Return the expected triad census where every tie exists with probability p.

    C(n, 3) times number of labelled forms times p^ties (1 - p)^(6 - ties).

    Parameters
    ----------
    agents : int
        n >= 0.
    tie : float
        p, in [0, 1].

    Returns
    -------
    dict of str to float
        By name of triad, in the order of `TRIADS`.

    Examples
    --------
    >>> census = random_triad_census(3, 0.5)
    >>> print(census["003"] * 64, census["030C"] * 64)
    1.0 2.0
    """
    p = probability("tie", tie)
    return _census(agents, ((1 - p) ** 2, p * (1 - p), p**2))


def random_followees_triad_census(agents: int, followees: int) -> dict[str, float]:
    """Return the expected triad census where everybody follows k others at random.

    As `random_triad_census`, but the two ties that an agent may have within a triad are drawn without replacement:
    both with probability k (k - 1) / ((n - 1) (n - 2)). Derived here.

    Parameters
    ----------
    agents : int
        n >= 3.
    followees : int
        k, in [0, n - 1].

    Examples
    --------
    >>> census = random_followees_triad_census(3, 1)
    >>> print(census["030C"], census["111D"] + census["111U"])
    0.25 0.75
    """
    n = whole("agents", agents, 3)
    single = _tie_probability(agents, followees)
    both = followees * (followees - 1) / ((n - 1) * (n - 2))
    return _census(n, (1 - 2 * single + both, single - both, both))


def triad_name(ties: tuple[bool, bool, bool, bool, bool, bool]) -> str:
    """Return the name of the triad with given ties.

    Its numbers of mutual, one-way and empty pairs, and a letter where these leave a choice: D (down), U (up),
    C (cyclic or chain) or T (transitive).

    Parameters
    ----------
    ties : six bool
        0 -> 1, 0 -> 2, 1 -> 0, 1 -> 2, 2 -> 0, 2 -> 1.

    Examples
    --------
    >>> triad_name((True, True, False, False, False, False))  # one follows two
    '021D'
    """
    tie = np.zeros((3, 3), bool)
    tie[0, 1], tie[0, 2], tie[1, 0], tie[1, 2], tie[2, 0], tie[2, 1] = ties
    one_way = tie & ~tie.T
    mutual = int((tie & tie.T).sum()) // 2
    single = int(one_way.sum())
    name = f"{mutual}{single}{3 - mutual - single}"
    out, into = one_way.sum(axis=1), one_way.sum(axis=0)
    if name == "021":
        return name + ("D" if out.max() == 2 else "U" if into.max() == 2 else "C")
    if name == "030":
        return name + ("C" if out.max() == 1 else "T")
    apart = int(np.argmin((tie & tie.T).sum(axis=1)))  # who has no part in the mutual pair
    if name == "111":
        return name + ("U" if out[apart] == 0 else "D")
    if name == "120":
        return name + ("D" if out[apart] == 2 else "U" if into[apart] == 2 else "C")
    return name


def _census(agents: int, chances: tuple[float, float, float]) -> dict[str, float]:
    """Return expected counts, given the chances that an agent follows none, one certain, both of two others."""
    n = whole("agents", agents)
    triples = n * (n - 1) * (n - 2) / 6
    census = dict.fromkeys(TRIADS, 0.0)
    for ties in product((False, True), repeat=6):
        weight = chances[sum(ties[:2])] * chances[sum(ties[2:4])] * chances[sum(ties[4:])]
        census[triad_name(ties)] += triples * weight  # type: ignore[arg-type]
    return census


def _tie_probability(agents: int, followees: int) -> float:
    n = whole("agents", agents, 2)
    return number("followees", whole("followees", followees), 0, n - 1) / (n - 1)
