"""How far does one item spread, if readers pass it on with a fixed probability?

The corner of the model: responsiveness, cost, bring, churn, share_cost, introducing, arrivals and departure 0, memory
longer than the run, attention above any feed. An item is shared by its finder with probability g = generosity, by
everybody who reads it with probability p = generosity * relay, once (a second copy is remembered). A cascade is the
tree of *shares*; its readers are those reached.

- No ties, e encounters, N -> infinity: each share has Poisson(e p) child shares.
- k followers each, sparse, no encounters: Binomial(k, p) child shares.
- A sparse directed network with given joint numbers of followers F and followees G: R = p E[F G] / E[F].

All laws are those of branching processes: exact for N -> infinity. Among few people: `cascades_among_few`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import gammaln, xlogy

from ._checks import number, probability, whole


class Reach(NamedTuple):
    """What becomes of a shared item on a directed network.

    Attributes
    ----------
    reproduction : float
        R, mean child shares of a share that is not the first.
    mean_shares : float
        Mean number of shares, the first included; infinite where R >= 1.
    large_probability : float
        Probability that the cascade of one shared item is a finite part of the network.
    read_fraction : float
        Share of all agents that read it if it is large. Of all agents, p times this share it.
    """

    reproduction: float
    mean_shares: float
    large_probability: float
    read_fraction: float


def borel_tanner_pmf(size: ArrayLike, mean: float, roots: int = 1) -> NDArray:
    """Return the law of the number of shares, Poisson(R) child shares each, from k roots.

    (k / n) exp(-R n) (R n)^(n - k) / (n - k)!, n >= k; mean k / (1 - R), variance k R / (1 - R)^3. It sums to less
    than 1 where R > 1. Conditions: see the module, R = encounters * p. Borel (1942), Comptes Rendus 214; Tanner
    (1961), Biometrika 48, 222-224.

    Parameters
    ----------
    size : array of int
        n.
    mean : float
        R >= 0.
    roots : int
        k >= 1 first shares.

    Examples
    --------
    >>> borel_tanner_pmf([1, 2, 3], 0.5).round(4)
    array([0.6065, 0.1839, 0.0837])
    """
    n, k = np.asarray(size, np.float64), whole("roots", roots, 1)
    rate = number("mean", mean)
    m = np.maximum(n, k)
    law = (k / m) * np.exp(-rate * m + xlogy(m - k, rate * m) - gammaln(m - k + 1))
    return np.where(n >= k, law, 0.0)


def binomial_cascade_pmf(size: ArrayLike, followers: int, pass_on: float, roots: int = 1) -> NDArray:
    """Return the law of the number of shares, Binomial(d, p) child shares each, from k roots.

    (k / n) C(n d, n - k) p^(n - k) (1 - p)^(n d - n + k). Conditions: see the module. Otter (1949), Annals of
    Mathematical Statistics 20, 206-224; Dwass (1969), Journal of Applied Probability 6, 682-686.

    Parameters
    ----------
    size : array of int
        n.
    followers : int
        d >= 1.
    pass_on : float
        p, in [0, 1].
    roots : int
        k >= 1.

    Examples
    --------
    >>> binomial_cascade_pmf([1, 2], followers=2, pass_on=0.25)
    array([0.5625    , 0.2109375])
    """
    n, k = np.asarray(size, np.int64), whole("roots", roots, 1)
    d, p = whole("followers", followers, 1), probability("pass_on", pass_on)
    m = np.maximum(n, k)
    return np.where(n >= k, (k / m) * stats.binom.pmf(m - k, m * d, p), 0.0)


def otter_dwass_pmf(sizes: int, offspring: ArrayLike, roots: int = 1) -> NDArray:
    """Return the law of the number of shares for any law of child shares, up to a size.

    P(T = n) = (k / n) P(X1 + ... + Xn = n - k), by repeated convolution. Otter (1949), Dwass (1969).

    Parameters
    ----------
    sizes : int
        Numbers of shares 0 .. sizes - 1.
    offspring : array of float
        Probabilities of 0, 1, ... child shares.
    roots : int
        k >= 1.

    Returns
    -------
    array of float, shape (sizes,)

    Examples
    --------
    >>> otter_dwass_pmf(3, [0.5625, 0.375, 0.0625])
    array([0.       , 0.5625   , 0.2109375])
    """
    limit, k = whole("sizes", sizes, 1), whole("roots", roots, 1)
    children = np.asarray(offspring, np.float64)[:limit]
    law, total = np.zeros(limit), np.array([1.0])
    for n in range(1, limit):
        total = np.convolve(total, children)[:limit]
        if 0 <= n - k < total.size:
            law[n] = k / n * total[n - k]
    return law


def shares_pmf(sizes: int, *, generosity: float, relay: float, encounters: float) -> NDArray:
    """Return the law of the number of shares of one found item, without ties.

    None with probability 1 - g, else Borel(R) with R = encounters * generosity * relay. Conditions: see the module.

    Parameters
    ----------
    sizes : int
        Numbers of shares 0 .. sizes - 1.
    generosity, relay : float
        In [0, 1].
    encounters : float
        >= 0.

    Examples
    --------
    >>> shares_pmf(3, generosity=0.5, relay=0.5, encounters=2).round(4)
    array([0.5   , 0.3033, 0.092 ])
    """
    g = probability("generosity", generosity)
    law = g * borel_tanner_pmf(
        np.arange(whole("sizes", sizes, 1)), number("encounters", encounters) * g * probability("relay", relay)
    )
    law[0] = 1 - g
    return law


def depth_cdf(generations: int, offspring: ArrayLike | float, roots: int = 1) -> NDArray:
    """Return the probabilities that a cascade ends before its first, second, ... generation of further shares.

    P(depth < t) = f_t(0)^k, f_t being the t-fold iterate of the generating function of child shares. Depth 0 is a
    cascade of first shares alone. Galton-Watson process (Harris 1963, The Theory of Branching Processes).

    Parameters
    ----------
    generations : int
        >= 1.
    offspring : array of float or float
        Probabilities of 0, 1, ... child shares; a number is the mean of a Poisson law.
    roots : int
        k >= 1.

    Returns
    -------
    array of float, shape (generations,)
        P(depth < 1), P(depth < 2), ...

    Examples
    --------
    >>> depth_cdf(2, [0.5, 0.0, 0.5])
    array([0.5  , 0.625])
    """
    k, s, ends = whole("roots", roots, 1), 0.0, []
    law = np.asarray(offspring, np.float64)
    if law.ndim == 0:
        number("offspring", offspring)
    for _ in range(whole("generations", generations, 1)):
        s = float(np.exp(law * (s - 1)) if law.ndim == 0 else np.polynomial.polynomial.polyval(s, law))
        ends.append(s**k)
    return np.array(ends)


def reproduction_number(followers: ArrayLike, followees: ArrayLike, pass_on: float) -> float:
    """Return R = p E[F G] / E[F], the mean child shares of a share that is not the first.

    A reader is met in proportion to its followees, and its share reaches its followers. Conditions: see the module, a
    network otherwise random. Newman, Strogatz & Watts (2001), Physical Review E 64, 026118.

    Parameters
    ----------
    followers, followees : array of int, shape (agents,)
        F and G of each agent (or of each type, as often as it occurs).
    pass_on : float
        p, in [0, 1].

    Examples
    --------
    >>> reproduction_number([0, 4], [0, 4], 0.1)  # twice that of unrelated numbers
    0.4
    """
    f, g = degrees_of(followers, followees)
    return probability("pass_on", pass_on) * float((f * g).mean() / f.mean())


def cascade_on_network(followers: ArrayLike, followees: ArrayLike, pass_on: float) -> Reach:
    """Return reproduction, mean size, probability and reach of a large cascade on a directed network.

    Forward: v = 1 - p + p E[G v^F] / E[F], P(large) = 1 - E[v^F]. Backward: w = 1 - p + p E[F w^G] / E[F], reach
    1 - E[w^G]. Whether an agent shares is one draw for all its followers, not one per tie; both equations are the
    same, but the reach is that of readers. Conditions: see the module; a finder drawn uniformly, its share given.
    Newman, Strogatz & Watts (2001).

    Parameters
    ----------
    followers, followees : array of int, shape (agents,)
        F and G of each agent.
    pass_on : float
        p, in [0, 1].

    Returns
    -------
    Reach

    Examples
    --------
    >>> cascade_on_network([2, 2], [2, 2], 0.75)
    Reach(reproduction=1.5, mean_shares=inf, large_probability=0.888..., read_fraction=0.888...)
    """
    f, g = degrees_of(followers, followees)
    p = probability("pass_on", pass_on)
    reproduction = reproduction_number(f, g, p)
    mean = 1 + p * float(f.mean()) / (1 - reproduction) if reproduction < 1 else float("inf")
    v = w = 1.0
    if reproduction > 1:
        v = _least_root(lambda x: float(1 - p + p * (g * x**f).mean() / f.mean()))
        w = _least_root(lambda x: float(1 - p + p * (f * x**g).mean() / f.mean()))
    return Reach(reproduction, mean, 1 - float((v**f).mean()), 1 - float((w**g).mean()))


def star_virality(size: int) -> float:
    """Return the structural virality (mean distance of pairs) of a star, 2 - 2 / n.

    Goel, Anderson, Hofman & Watts (2016), Management Science 62, 180-196.

    Parameters
    ----------
    size : int
        n >= 2 shares.

    Examples
    --------
    >>> star_virality(4)
    1.5
    """
    return 2 - 2 / whole("size", size, 2)


def path_virality(size: int) -> float:
    """Return the structural virality (mean distance of pairs) of a chain, (n + 1) / 3.

    Parameters
    ----------
    size : int
        n >= 2 shares.

    Examples
    --------
    >>> path_virality(5)
    2.0
    """
    return (whole("size", size, 2) + 1) / 3


def degrees_of(followers: ArrayLike, followees: ArrayLike) -> tuple[NDArray, NDArray]:
    """Return two lists of degrees as arrays of float, or raise ValueError where no network has them."""
    f, g = np.asarray(followers, np.float64), np.asarray(followees, np.float64)
    if f.ndim != 1 or f.shape != g.shape or np.any(f < 0) or np.any(g < 0) or f.sum() <= 0:
        raise ValueError("followers, followees: allowed: two lists of equal length, numbers >= 0, some followers")
    if abs(f.sum() - g.sum()) > 1e-9 * f.sum():
        raise ValueError(f"followees: their sum, {g.sum():g}, differs from that of followers, {f.sum():g}")
    return f, g


def _least_root(function) -> float:
    """Return the least fixed point in [0, 1] of an increasing convex function, by iteration from 0."""
    x = 0.0
    for _ in range(1_000_000):
        following = function(x)
        if following - x < 1e-15:
            break
        x = following
    return following
