"""What share of what arrives is read, at a given load?

The corner of the model: relay, bring, responsiveness, churn, follow_back 0. Feeds are then Poisson, for numbers of
shares and encounters are: the mean is the sum over followees of find_rate * generosity, plus over all others of
find_rate * generosity * (1 - exp(-encounters / N)) in one group. A reader reads min(K, length of the feed) entries,
K = floor(attention left), its own shares costing ``share_cost`` each. Exact.

The queues below have time inside the tick, which the model has not: they are what the field compares with.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ._checks import number, whole


def feed_mean(share_rates: ArrayLike, others_share_rate: float, encounters: float, agents: int) -> float:
    """Return the mean length of a feed per tick.

    Sum of the followees' share rates + others' summed share rate times 1 - exp(-encounters / N). Conditions: see the
    module. Derived here.

    Parameters
    ----------
    share_rates : array of float
        find_rate * generosity of each followee, >= 0.
    others_share_rate : float
        Sum of find_rate * generosity of all others, the reader left out, >= 0.
    encounters : float
        Mean encounters per share, >= 0.
    agents : int
        N present agents, the reader included, >= 1.

    Examples
    --------
    >>> feed_mean([0.5, 0.25], 0.0, 2.0, 10)
    0.75
    """
    met = -float(np.expm1(-number("encounters", encounters) / whole("agents", agents, 1)))
    rates = np.asarray(share_rates, np.float64)
    return number("sum of share_rates", rates.sum()) + number("others_share_rate", others_share_rate) * met


def read_pmf(load: float, attention: float, *, own_shares: float = 0.0, share_cost: float = 0.0) -> NDArray:
    """Return the law of the number of entries that are read in one tick.

    min(floor(max(0, attention - share_cost * S)), X), X ~ Poisson(load) entries, S ~ Poisson(own_shares).
    Conditions: see the module. Derived here.

    Parameters
    ----------
    load : float
        Mean length of the feed, entries per tick, >= 0.
    attention : float
        >= 0.
    own_shares : float
        Mean shares of the reader per tick (find_rate * generosity), >= 0.
    share_cost : float
        >= 0.

    Returns
    -------
    array of float, shape (floor(attention) + 1,)

    Examples
    --------
    >>> read_pmf(1.0, 2.0).round(4)
    array([0.3679, 0.3679, 0.2642])
    """
    rate, budget, cost = number("load", load), number("attention", attention), number("share_cost", share_cost)
    law = np.zeros(int(budget) + 1)
    mean = number("own_shares", own_shares)
    for shares in range(int(stats.poisson.isf(1e-16, mean)) + 2):
        left = int(max(0.0, budget - cost * shares))
        law[:left] += stats.poisson.pmf(shares, mean) * stats.poisson.pmf(np.arange(left), rate)
        law[left] += stats.poisson.pmf(shares, mean) * stats.poisson.sf(left - 1, rate)
    return law


def read_share(load: float, attention: float, *, own_shares: float = 0.0, share_cost: float = 0.0) -> float:
    """Return the share of all entries that are read, E[min(K, X)] / E[X].

    It is also the probability that a given entry is read. At high load it tends to K / load: attention is conserved.
    Conditions: see the module.

    Parameters
    ----------
    load, attention, own_shares, share_cost
        As in `read_pmf`; load > 0.

    Examples
    --------
    >>> [round(read_share(load, 10), 3) for load in (2, 10, 20, 100)]
    [1.0, 0.875, 0.5, 0.1]
    """
    law = read_pmf(load, attention, own_shares=own_shares, share_cost=share_cost)
    return float(law @ np.arange(law.size)) / number("load", load, above=True)


def top_of_feed_share(arrivals: ArrayLike, checks: float, shown: int) -> NDArray:
    """Return the probability that an entry is among the K newest at some check, 1 - (l / (l + nu))^K.

    Conditions: Poisson entries and checks in continuous time. Derived here; the model reads once per tick.

    Parameters
    ----------
    arrivals : array of float
        l, entries per unit of time, >= 0.
    checks : float
        nu > 0, checks per unit of time.
    shown : int
        K >= 0.

    Examples
    --------
    >>> top_of_feed_share([3, 10, 30, 100, 300], checks=1, shown=20).round(3)
    array([0.997, 0.851, 0.481, 0.18 , 0.064])
    """
    rate = np.asarray(arrivals, np.float64)
    return 1 - (rate / (rate + number("checks", checks, above=True))) ** whole("shown", shown)


def last_in_first_out_share(arrivals: float, service: float) -> float:
    """Return the share of entries ever processed by an overloaded last-in-first-out inbox, min(1, mu / l).

    Parameters
    ----------
    arrivals, service : float
        l, mu > 0, per unit of time.

    Examples
    --------
    >>> last_in_first_out_share(3.0, 1.5)
    0.5
    """
    return min(1.0, number("service", service, above=True) / number("arrivals", arrivals, above=True))


def erlang_loss(offered: float, servers: int) -> float:
    """Return the share of calls lost by n servers without a queue (Erlang's B).

    B_0 = 1, B_n = A B_(n-1) / (n + A B_(n-1)). Erlang (1917).

    Parameters
    ----------
    offered : float
        A = arrival rate * mean service time, >= 0.
    servers : int
        n >= 0.

    Examples
    --------
    >>> erlang_loss(1.0, 2)
    0.2
    """
    load, loss = number("offered", offered), 1.0
    for n in range(1, whole("servers", servers) + 1):
        loss = load * loss / (n + load * loss)
    return loss


def single_server_loss(offered: float, places: int) -> float:
    """Return the share lost by one server with room for K (M/M/1/K): (1 - rho) rho^K / (1 - rho^(K + 1)).

    1 / (K + 1) at rho = 1. Kleinrock (1975), Queueing Systems 1.

    Parameters
    ----------
    offered : float
        rho = arrival rate / service rate, >= 0.
    places : int
        K >= 0, the one in service included.

    Examples
    --------
    >>> print(single_server_loss(1.0, 4), round(single_server_loss(2.0, 1), 4))
    0.2 0.6667
    """
    rho, k = number("offered", offered), whole("places", places)
    # 1 / sum of rho^-j, j = 0..K: the same ratio, without 0 / 0 at rho = 1
    return float(1 / (rho ** -np.arange(k + 1.0)).sum()) if rho > 0 else float(k == 0)
