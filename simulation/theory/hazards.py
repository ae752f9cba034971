"""How many follow where followers come and go independently of each other?

These are the limits of the laws in `chains` and the elementary laws of hazards: what would hold if no two people
saw the same shares (encounters * responsiveness -> 0 at a fixed mean gain), and with N -> infinity.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ._checks import number, probability, whole, within_candidates


def two_state_probability(ticks: ArrayLike, opt_in: float, churn: float, start: float = 0.0) -> NDArray:
    """Return the probability that one candidate follows after some ticks.

    p_t = pi + (p_0 - pi) (1 - a - m)^t with pi = a / (a + m). Standard two-state Markov chain.

    Parameters
    ----------
    ticks : array of int
        t >= 0.
    opt_in, churn : float
        a and m, in [0, 1].
    start : float
        p_0, in [0, 1].

    Returns
    -------
    array of float, shape of ``ticks``

    Examples
    --------
    >>> two_state_probability([0, 1, 10**6], 0.1, 0.3).round(3)
    array([0.  , 0.1 , 0.25])
    """
    a, m, p = probability("opt_in", opt_in), probability("churn", churn), probability("start", start)
    t = np.asarray(ticks, np.float64)
    if a + m == 0.0:
        return np.full(t.shape, p)
    return a / (a + m) + (p - a / (a + m)) * (1 - a - m) ** t


def autocorrelation(lag: ArrayLike, opt_in: float, churn: float) -> NDArray:
    """Return the stationary autocorrelation of one candidate, and of the number of followers.

    (1 - a - m)^lag, exact for the number too although candidates share the giver's shares, because its conditional
    mean is linear in the number before. Standard; the remark on the number is derived here.

    Parameters
    ----------
    lag : array of int
        Ticks, >= 0.
    opt_in, churn : float
        In [0, 1].

    Examples
    --------
    >>> autocorrelation([0, 1, 2], 0.1, 0.3).round(2)
    array([1.  , 0.6 , 0.36])
    """
    rest = 1 - probability("opt_in", opt_in) - probability("churn", churn)
    return rest ** np.asarray(lag, np.float64)


def independent_follower_pmf(
    ticks: int, *, agents: int, opt_in: float, churn: float, start: int = 0
) -> NDArray:
    """Return the law of the number of followers where candidates are independent.

    Binomial(N - 1, p_t) from no followers; else Binomial(start, p_t given on) + Binomial(N - 1 - start, p_t). The
    limit encounters * responsiveness -> 0 of `follower_pmf`, at which no share brings two followers.

    Parameters
    ----------
    ticks, agents, start : int
        As in `follower_moments`.
    opt_in, churn : float
        In [0, 1].

    Returns
    -------
    array of float, shape (N,)

    Examples
    --------
    >>> independent_follower_pmf(1, agents=3, opt_in=0.5, churn=0.1)
    array([0.25, 0.5 , 0.25])
    """
    candidates = whole("agents", agents, 1) - 1
    start = within_candidates(start, candidates)
    on = float(two_state_probability(whole("ticks", ticks), opt_in, churn, 1.0))
    off = float(two_state_probability(ticks, opt_in, churn, 0.0))
    kept = stats.binom.pmf(np.arange(start + 1), start, on)
    return np.convolve(kept, stats.binom.pmf(np.arange(candidates - start + 1), candidates - start, off))


def immigration_death_pmf(
    count: ArrayLike, ticks: int, *, arrivals: float, churn: float, start: int = 0, after_losses: bool = False
) -> NDArray:
    """Return the law of the stepped M/M/infinity queue: independent losses, then Poisson gains, in every tick.

    Binomial(start, s^t) + Poisson(A (1 - s^t) / (1 - s)), s = 1 - churn; counted after the losses of the tick and
    before its gains, the Poisson mean is s (1 - s^(t-1)) A / (1 - s) instead. The limit of the opt-in chain for
    N -> infinity and encounters * responsiveness -> 0 at a fixed mean gain A = find_rate * generosity * encounters *
    responsiveness. Standard (Kendall 1948, Annals of Mathematical Statistics 19); the stepped form derived here.

    Parameters
    ----------
    count : array of int
        Numbers of followers, >= 0.
    ticks : int
        t >= 0.
    arrivals : float
        A, mean followers gained per tick, >= 0.
    churn : float
        In [0, 1].
    start : int
        Followers before tick 0.
    after_losses : bool
        Count inside the last tick, between losses and gains.

    Examples
    --------
    >>> law = immigration_death_pmf(range(60), 400, arrivals=1.0, churn=0.1)
    >>> print((law * range(60)).sum().round(6))  # A / m
    10.0
    """
    count = np.asarray(count, np.int64)
    ticks, start = whole("ticks", ticks), whole("start", start)
    gain, stay = number("arrivals", arrivals), 1 - probability("churn", churn)
    kept = stay**ticks
    factor = ticks if stay == 1 else (1 - kept) / (1 - stay)
    mean = gain * (factor - 1 if after_losses and ticks else factor)
    law = np.convolve(
        stats.binom.pmf(np.arange(start + 1), start, kept),
        stats.poisson.pmf(np.arange(max(int(count.max(initial=0)), 0) + 1), mean),
    )
    return law[count]


def tie_lifetime_pmf(lifetime: ArrayLike, churn: float) -> NDArray:
    """Return the law of the number of ticks that a tie lives.

    Geometric: churn (1 - churn)^(lifetime - 1), lifetime >= 1. A tie begun in one tick meets churn first in the
    next. Conditions: churn is the only way in which ties end.

    Parameters
    ----------
    lifetime : array of int
        Tick in which it ends minus tick in which it began.
    churn : float
        In [0, 1].

    Examples
    --------
    >>> tie_lifetime_pmf([1, 2, 3], 0.5)
    array([0.5  , 0.25 , 0.125])
    """
    return stats.geom.pmf(np.asarray(lifetime, np.int64), number("churn", churn, 0, 1, above=True))


def equilibrium_followers(rate: ArrayLike, a0: float, a1: float, m0: float, m1: float) -> NDArray:
    """Return where gains and losses of followers balance, if both are linear in the rate of giving.

    F*(r) = (a0 + a1 r) / (m0 + m1 r), which rises with r if and only if a1 m0 > a0 m1: with two free hazards the
    sign of "giving builds followers" is an input. Derived here.

    Parameters
    ----------
    rate : array of float
        r, shares per tick, >= 0.
    a0, a1 : float
        Followers gained per tick without giving, and per share, >= 0.
    m0, m1 : float
        Probability that a follower is lost per tick without giving, and per share, >= 0.

    Examples
    --------
    >>> equilibrium_followers([0, 1, 2], a0=0, a1=1, m0=0.1, m1=0.1)
    array([0.        , 5.        , 6.66666667])
    """
    rates = np.asarray(rate, np.float64)
    gain = number("a0", a0) + number("a1", a1) * rates
    loss = number("m0", m0) + number("m1", m1) * rates
    if np.any(loss <= 0):
        raise ValueError("m0, m1: no losses at some rate; allowed: m0 + m1 * rate > 0")
    return gain / loss
