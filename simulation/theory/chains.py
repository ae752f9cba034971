"""How many follow one giver, where people opt in at its shares and drop out by chance?

The corner of the model (exact there, for every number of agents N): bring, relay, cost, quality_spread, share_cost,
introducing, follow_back, arrivals, departure and fame 0, one group, one giver (all others' generosity 0), attention
above any feed, memory of any size. There are N - 1 candidates. In each tick the giver shares S ~ Poisson(find_rate *
generosity) items; each share meets each candidate with probability 1 - exp(-encounters / N), for the encounters are
Poisson and fall on all N agents alike, the giver included. Who follows at the beginning of a tick is lost with
probability churn; who does not, follows with probability 1 - (1 - q)^S. Nobody is lost and won in one tick.

All candidates see the same S. Their number is therefore Binomial only given the numbers of shares; its variance
is larger. The binomial and Poisson laws of `hazards` are limits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ._checks import number, probability, whole, within_candidates


class Moments(NamedTuple):
    """Mean and variance of a count at the beginning of ticks 0, 1, ..., each of shape (ticks + 1,)."""

    mean: NDArray
    variance: NDArray


def follow_probability_per_share(encounters: float, responsiveness: float, agents: int) -> float:
    """Return q, the probability that one share makes a given non-follower follow.

    q = responsiveness * (1 - exp(-encounters / N)): the numbers of times that one share meets the N agents are
    independent Poisson(encounters / N). Conditions: net value 1. Derived here.

    Parameters
    ----------
    encounters : float
        Mean encounters per share (times the giver's visibility), >= 0.
    responsiveness : float
        In [0, 1].
    agents : int
        N, present agents with the giver, >= 1.

    Examples
    --------
    >>> round(follow_probability_per_share(4, 0.5, 41), 5)
    0.04648
    """
    rate = number("encounters", encounters) / whole("agents", agents, 1)
    return -probability("responsiveness", responsiveness) * float(np.expm1(-rate))


def opt_in_probability(find_rate: float, generosity: float, per_share: float) -> float:
    """Return a, the probability that a given non-follower follows within one tick.

    a = 1 - exp(-find_rate * generosity * q), the thinning of a Poisson number of shares. Conditions: see the module.
    Derived here.

    Parameters
    ----------
    find_rate : float
        Items per tick, >= 0.
    generosity, per_share : float
        In [0, 1]; ``per_share`` is q.

    Examples
    --------
    >>> round(opt_in_probability(1.0, 0.8, 0.04645), 5)
    0.03648
    """
    shares = number("find_rate", find_rate) * probability("generosity", generosity)
    return -float(np.expm1(-shares * probability("per_share", per_share)))


def joint_opt_in_probability(find_rate: float, generosity: float, per_share: float) -> float:
    """Return the probability that two given non-followers both follow within one tick.

    1 - 2 exp(-f g q) + exp(-f g (2 q - q^2)), more than a^2 because both see the same shares. Derived here.

    Parameters
    ----------
    find_rate : float
        f, items per tick, >= 0.
    generosity, per_share : float
        g and q, in [0, 1].

    Examples
    --------
    >>> both = joint_opt_in_probability(1.0, 0.8, 0.04645)
    >>> both > opt_in_probability(1.0, 0.8, 0.04645) ** 2
    True
    """
    shares = number("find_rate", find_rate) * probability("generosity", generosity)
    q = probability("per_share", per_share)
    # the same as 1 - 2 exp(-x) + exp(-y), without the cancellation at small rates
    return float(np.expm1(-shares * (2 * q - q * q)) - 2 * np.expm1(-shares * q))


def follower_moments(
    ticks: int, *, agents: int, find_rate: float, generosity: float, encounters: float, responsiveness: float,
    churn: float, start: int = 0,
) -> Moments:  # fmt: skip
    """Return the exact mean and variance of the number of followers after 0, 1, ..., ticks ticks.

    Given n of the M = N - 1 candidates, the next number is Binomial(n, 1 - m) + Binomial(M - n, 1 - (1 - q)^S), so
    that the first two moments obey a linear recursion in (n, n^2). Conditions: see the module. Derived here.

    Parameters
    ----------
    ticks : int
        >= 0.
    agents : int
        N, with the giver, >= 1.
    find_rate, encounters : float
        >= 0.
    generosity, responsiveness, churn : float
        In [0, 1].
    start : int
        Followers before tick 0, in [0, N - 1].

    Returns
    -------
    Moments

    Examples
    --------
    >>> law = dict(agents=41, find_rate=1, generosity=0.8, encounters=4, responsiveness=0.5, churn=0.05)
    >>> moments = follower_moments(30, **law)
    >>> print(moments.mean[30].round(2), moments.variance[30].round(2))
    15.76 15.68
    """
    q = follow_probability_per_share(encounters, responsiveness, agents)
    a = opt_in_probability(find_rate, generosity, q)
    both = joint_opt_in_probability(find_rate, generosity, q)
    candidates, stay = agents - 1, 1 - probability("churn", churn)
    within_candidates(start, candidates)
    first, second = [float(start)], [float(start) ** 2]
    for _ in range(whole("ticks", ticks)):
        n, n2 = first[-1], second[-1]
        off, off2, cross = candidates - n, candidates**2 - 2 * candidates * n + n2, candidates * n - n2
        first.append(stay * n + a * off)
        second.append(stay * (1 - stay) * n + stay**2 * n2 + 2 * stay * a * cross + (a - both) * off + both * off2)
    mean = np.array(first)
    return Moments(mean, np.maximum(np.array(second) - mean**2, 0.0))


def follower_kernel(
    *, agents: int, find_rate: float, generosity: float, encounters: float, responsiveness: float, churn: float
) -> NDArray:
    """Return the exact transition matrix of the number of followers over one tick.

    The mixture over S ~ Poisson(find_rate * generosity) of Binomial(n, 1 - churn) + Binomial(M - n, 1 - (1 - q)^S).
    Conditions: see the module. Derived here.

    Parameters
    ----------
    agents, find_rate, generosity, encounters, responsiveness, churn
        As in `follower_moments`; a few hundred agents at most (time N^3).

    Returns
    -------
    array of float, shape (N, N)
        Row: followers at the beginning of a tick, column: at its end.

    Examples
    --------
    >>> kernel = follower_kernel(agents=5, find_rate=1, generosity=1, encounters=2, responsiveness=0.5, churn=0.1)
    >>> print(kernel.shape, abs(kernel.sum(axis=1) - 1).max() < 1e-12)
    (5, 5) True
    """
    q = follow_probability_per_share(encounters, responsiveness, agents)
    shares = number("find_rate", find_rate) * probability("generosity", generosity)
    candidates, counts = agents - 1, np.arange(agents)
    fewest, most = max(stats.poisson.ppf(1e-16, shares), 0), stats.poisson.isf(1e-16, shares) + 1
    number_of_shares = np.arange(int(fewest), int(most) + 1)
    weight = stats.poisson.pmf(number_of_shares, shares)
    lost = 1 - probability("churn", churn)
    kernel = np.zeros((agents, agents))
    for n in counts:
        gained = weight @ stats.binom.pmf(
            np.arange(candidates - n + 1), candidates - n, (1 - (1 - q) ** number_of_shares)[:, None]
        )
        kernel[n] = np.convolve(stats.binom.pmf(np.arange(n + 1), n, lost), gained)
    return kernel


def follower_pmf(
    ticks: int, *, agents: int, find_rate: float, generosity: float, encounters: float, responsiveness: float,
    churn: float, start: int = 0,
) -> NDArray:  # fmt: skip
    """Return the exact law of the number of followers after some ticks.

    Powers of `follower_kernel`. Conditions: see the module. Derived here.

    Parameters
    ----------
    ticks, agents, find_rate, generosity, encounters, responsiveness, churn, start
        As in `follower_moments`.

    Returns
    -------
    array of float, shape (N,)
        Probabilities of 0 .. N - 1 followers.

    Examples
    --------
    >>> law = dict(agents=3, find_rate=1, generosity=1, encounters=3, responsiveness=1, churn=0.5)
    >>> follower_pmf(1, **law).round(4)
    array([0.4212, 0.2205, 0.3583])
    """
    kernel = follower_kernel(
        agents=agents, find_rate=find_rate, generosity=generosity, encounters=encounters,
        responsiveness=responsiveness, churn=churn,
    )  # fmt: skip
    law = np.zeros(agents)
    law[within_candidates(start, agents - 1)] = 1.0
    for _ in range(whole("ticks", ticks)):
        law = law @ kernel
    return law


def stationary_follower_pmf(
    *, agents: int, find_rate: float, generosity: float, encounters: float, responsiveness: float, churn: float
) -> NDArray:
    """Return the exact law of the number of followers in the long run.

    The left eigenvector of `follower_kernel`. Conditions: see the module, and churn or opt-in positive.

    Parameters
    ----------
    agents, find_rate, generosity, encounters, responsiveness, churn
        As in `follower_moments`.

    Returns
    -------
    array of float, shape (N,)

    Raises
    ------
    ValueError
        Nobody ever follows and nobody is ever lost: any number stays.

    Examples
    --------
    >>> law = dict(agents=3, find_rate=1, generosity=1, encounters=3, responsiveness=1, churn=0.5)
    >>> stationary_follower_pmf(**law).round(3)
    array([0.309, 0.414, 0.277])
    """
    kernel = follower_kernel(
        agents=agents, find_rate=find_rate, generosity=generosity, encounters=encounters,
        responsiveness=responsiveness, churn=churn,
    )  # fmt: skip
    if agents > 1 and kernel[0, 0] == 1.0 and kernel[-1, -1] == 1.0:
        raise ValueError("churn: 0 is out of range where nobody ever follows; allowed: a number in (0, 1]")
    system = np.vstack([kernel.T - np.eye(agents), np.ones(agents)])
    return np.maximum(np.linalg.lstsq(system, np.append(np.zeros(agents), 1.0), rcond=None)[0], 0.0)
