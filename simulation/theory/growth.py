"""How many followers have people in a network that grows by newcomers who follow those whose shares they see?

The corner of the model: responsiveness, relay, encounters, churn, departure, follow_back, cost, share_cost,
introducing and homophily 0, equal find_rate, attention above any feed, at least ``first_follows`` distinct senders in
every tick. Given the network, the numbers of shares of different agents within a tick are independent Poisson with
means proportional to generosity * (find_rate + what is brought), and every follower brings find_rate * bring items
to one of its m = first_follows followees. So a newcomer follows in proportion to generosity * (q + m / bring), q
being the followers: preferential attachment with initial attractiveness a = m / bring.

The laws are asymptotic in the number of agents, the newcomers of a tick and their follows being few against its
shares. Mean counts at finite size, start included: `expected_counts`.

Symbols: c = follows of each newcomer, a = attractiveness, w = tail parameter (the exponent of P(q) is 1 + w).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats
from scipy.special import gammaln

from ._checks import number, probability, whole


def linear_kernel_pmf(count: ArrayLike, *, attractiveness: float, start: int, tail: float) -> NDArray:
    """Return the law of a quantity that starts at i0 and grows in proportion to itself + lambda, ages exponential.

    p_i = w Gamma(i + l) Gamma(i0 + l + w) / (Gamma(i + l + 1 + w) Gamma(i0 + l)), i >= i0; tail exponent 1 + w. The
    common form of the laws of Yule, Simon, Price, Barabasi and Albert, Krapivsky and Redner, Bollobas et al.

    Parameters
    ----------
    count : array of int
        i.
    attractiveness : float
        l > -i0.
    start : int
        i0 >= 0.
    tail : float
        w > 0.

    Returns
    -------
    array of float, shape of ``count``

    Examples
    --------
    >>> linear_kernel_pmf([1, 2, 3], attractiveness=0, start=1, tail=2)  # 4 / (i (i + 1) (i + 2))
    array([0.66666667, 0.16666667, 0.06666667])
    """
    i0, w = whole("start", start), number("tail", tail, above=True)
    lam = number("attractiveness", attractiveness, -i0, above=True)
    i = np.asarray(count, np.float64)
    # at long range differences of gammaln lose digits: |gammaln| * 1e-16 stays below 1e-8 up to i = 1e7
    safe = np.maximum(i, i0)
    log = gammaln(safe + lam) - gammaln(safe + lam + 1 + w) + gammaln(i0 + lam + w) - gammaln(i0 + lam)
    return np.where(i >= i0, w * np.exp(log), 0.0)


def attractiveness(first_follows: int, bring: float) -> float:
    """Return the initial attractiveness a = first_follows / bring that the model has in this corner.

    Conditions: see the module. Derived here.

    Parameters
    ----------
    first_follows : int
        m >= 1.
    bring : float
        In (0, 1].

    Examples
    --------
    >>> attractiveness(3, 0.5)
    6.0
    """
    return whole("first_follows", first_follows, 1) / number("bring", bring, 0, 1, above=True)


def tail_exponent(bring: float) -> float:
    """Return the exponent of the tail of followers, 2 + 1 / bring: never below 3, where agents are equal.

    Conditions: see the module. Dorogovtsev, Mendes & Samukhin (2000), Physical Review Letters 85, 4633, with the
    attractiveness derived here.

    Parameters
    ----------
    bring : float
        In (0, 1].

    Examples
    --------
    >>> tail_exponent(1.0)
    3.0
    """
    return 2 + 1 / number("bring", bring, 0, 1, above=True)


def price_pmf(followers: ArrayLike, *, follows: float, attractiveness: float) -> NDArray:
    """Return Price's law of followers, each newcomer following c by (followers + a).

    p_q = B(q + a, 2 + a/c) / B(a, 1 + a/c), exponent 2 + a/c. Price (1976), Journal of the American Society for
    Information Science 27, 292-306.

    Parameters
    ----------
    followers : array of int
        q >= 0.
    follows, attractiveness : float
        c, a > 0.

    Examples
    --------
    >>> price_pmf([0, 1, 2], follows=1, attractiveness=1).round(4)
    array([0.6667, 0.1667, 0.0667])
    """
    c, a = number("follows", follows, above=True), number("attractiveness", attractiveness, above=True)
    return linear_kernel_pmf(followers, attractiveness=a, start=0, tail=1 + a / c)


def in_degree_pmf(followers: ArrayLike, *, first_follows: int, bring: float) -> NDArray:
    """Return the law of the number of followers of all agents, with equal generosity.

    `price_pmf` with a = first_follows / bring; `no_preference_pmf` at bring = 0. Conditions: see the module.

    Parameters
    ----------
    followers : array of int
    first_follows : int
        >= 1.
    bring : float
        In [0, 1].

    Examples
    --------
    >>> in_degree_pmf([0, 1], first_follows=3, bring=0.5).round(4)
    array([0.3333, 0.2   ])
    """
    if probability("bring", bring) == 0.0:
        return no_preference_pmf(followers, follows=first_follows)
    return price_pmf(followers, follows=first_follows, attractiveness=attractiveness(first_follows, bring))


def no_preference_pmf(followers: ArrayLike, *, follows: float) -> NDArray:
    """Return the law of followers where newcomers follow anybody alike: geometric, from seniority alone.

    p_q = (1 / (1 + c)) (c / (1 + c))^q. The limit a -> infinity of `price_pmf`; conditions: see the module, bring 0.

    Parameters
    ----------
    followers : array of int
    follows : float
        c > 0.

    Examples
    --------
    >>> no_preference_pmf([0, 1, 2], follows=1)
    array([0.5  , 0.25 , 0.125])
    """
    c = number("follows", follows, above=True)
    return stats.geom.pmf(np.asarray(followers) + 1, 1 / (1 + c))


def yule_simon_pmf(count: ArrayLike, *, tail: float) -> NDArray:
    """Return the Yule-Simon law rho B(k, rho + 1), k >= 1. Simon (1955), Biometrika 42, 425-440.

    Parameters
    ----------
    count : array of int
    tail : float
        rho > 0; in Simon's process 1 / (1 - probability of a new word).

    Examples
    --------
    >>> yule_simon_pmf([1, 2], tail=1.0).round(4)
    array([0.5   , 0.1667])
    """
    return linear_kernel_pmf(count, attractiveness=0.0, start=1, tail=tail)


def barabasi_albert_pmf(degree: ArrayLike, *, follows: int) -> NDArray:
    """Return the law of undirected degrees 2 m (m + 1) / (k (k + 1) (k + 2)), k >= m. Not a corner of the model.

    Barabasi & Albert (1999), Science 286, 509-512; exact form: Dorogovtsev, Mendes & Samukhin (2000).

    Parameters
    ----------
    degree : array of int
    follows : int
        m >= 1.

    Examples
    --------
    >>> barabasi_albert_pmf([2, 3], follows=2)
    array([0.5, 0.2])
    """
    return linear_kernel_pmf(degree, attractiveness=0.0, start=whole("follows", follows, 1), tail=2.0)


def first_mover_pmf(followers: ArrayLike, *, follows: float, attractiveness: float, fraction: float) -> NDArray:
    """Return the law of followers of the agent that joined when the network had a given fraction of its size.

    Negative binomial with shape a and success probability fraction^beta, beta = c / (c + a); mean a (fraction^-beta -
    1). Conditions: see the module; ties at the start c per agent (else only for late fractions). Derived from the
    linear birth process (Kendall 1948).

    Parameters
    ----------
    followers : array of int
    follows, attractiveness : float
        c, a > 0.
    fraction : float
        Agents at its arrival over agents now, in (0, 1].

    Examples
    --------
    >>> first_mover_pmf([0, 1], follows=1, attractiveness=1, fraction=0.25)
    array([0.5 , 0.25])
    """
    c, a = number("follows", follows, above=True), number("attractiveness", attractiveness, above=True)
    tau = number("fraction", fraction, 0, 1, above=True)
    return stats.nbinom.pmf(np.asarray(followers), a, tau ** (c / (c + a)))


def fitness_constant(
    fitness: ArrayLike, weights: ArrayLike | None = None, *, follows: float, attractiveness: float
) -> float:
    """Return C', the mean weight per agent that fitness-driven growth settles at.

    C' = a E[eta / (1 - c eta / C')], C' > c max(eta). In the model fitness is generosity (equal find_rate). Directed
    form of Bianconi & Barabasi (2001), Europhysics Letters 54, 436; derived here. Converges slowly with the number of
    agents near C' = c max(eta): keep a / c >= 2 in checks.

    Parameters
    ----------
    fitness : array of float, shape (types,)
        eta >= 0, not all 0.
    weights : array of float, shape (types,), optional
        Shares of agents, by default equal.
    follows, attractiveness : float
        c, a > 0.

    Examples
    --------
    >>> fitness_constant([1.0], follows=2, attractiveness=6)  # equal agents: a + c
    8.0
    """
    eta, share = _types(fitness, weights)
    c, a = number("follows", follows, above=True), number("attractiveness", attractiveness, above=True)
    top = c * eta.max()

    def excess(constant: float) -> float:
        return float(a * share @ (eta / (1 - c * eta / constant)) - constant)

    # with finitely many types the left side runs from infinity at c max(eta) to below the right side at (a + c) max
    if np.all(eta[share > 0] == eta.max()):
        return float((a + c) * eta.max())
    return float(optimize.brentq(excess, top * (1 + 1e-13), (a + c) * eta.max() * 1.001, xtol=1e-13, rtol=1e-13))


def fitness_pmf(
    followers: ArrayLike, *, of: float, fitness: ArrayLike, weights: ArrayLike | None = None, follows: float,
    attractiveness: float,
) -> NDArray:  # fmt: skip
    """Return the law of followers of agents of one fitness, among agents of several.

    Price's law with w = C' / (c eta). Conditions: see the module; generosity is the fitness. Derived here.

    Parameters
    ----------
    followers : array of int
    of : float
        eta of the agents asked for, > 0, at most the largest fitness.
    fitness, weights, follows, attractiveness
        As in `fitness_constant`.

    Examples
    --------
    >>> fitness_pmf([0, 1], of=1.0, fitness=[0.5, 1.0], follows=2, attractiveness=6).round(4)
    array([0.3411, 0.2025])
    """
    eta, _ = _types(fitness, weights)
    constant = fitness_constant(fitness, weights, follows=follows, attractiveness=attractiveness)
    tail = constant / (follows * number("of", of, 0, float(eta.max()), above=True))
    return linear_kernel_pmf(followers, attractiveness=attractiveness, start=0, tail=tail)


def expected_counts(
    newcomers: int, *, follows: float, attractiveness: float, start: ArrayLike, size: int
) -> NDArray:
    """Return the expected numbers of agents with 0, 1, ... followers at finite size, with the first agents.

    One newcomer at a time: N_q grows by c [(q - 1 + a) N_(q-1) - (q + a) N_q] / W and N_0 by one more, W = a N + ties
    being known. Exact up to two follows of one newcomer falling on one agent (O(c / N)). Conditions: see the module;
    first agents that follow as many as newcomers do. Derived here.

    Parameters
    ----------
    newcomers : int
        >= 0.
    follows, attractiveness : float
        c, a > 0.
    start : array of float
        Numbers of first agents with 0, 1, ... followers; not empty.
    size : int
        Numbers of followers 0 .. size - 1, the last one including all above.

    Returns
    -------
    array of float, shape (size,)

    Examples
    --------
    >>> expected_counts(1, follows=1, attractiveness=1, start=[0, 2], size=3)  # two who follow each other
    array([1., 1., 1.])
    """
    c, a = number("follows", follows, above=True), number("attractiveness", attractiveness, above=True)
    first = np.asarray(start, np.float64)
    agents, ties = float(first.sum()), float(first @ np.arange(first.size))
    number("start", agents, above=True)
    degree = np.arange(whole("size", size, max(2, first.size)))
    counts = np.zeros(degree.size)
    counts[: first.size] = first
    for _ in range(whole("newcomers", newcomers)):
        moved = np.minimum(c * (degree[:-1] + a) / (a * agents + ties), 1.0) * counts[:-1]
        counts[:-1] -= moved
        counts[1:] += moved
        counts[0] += 1.0
        agents, ties = agents + 1, ties + c
    return counts


def _types(fitness: ArrayLike, weights: ArrayLike | None) -> tuple[NDArray, NDArray]:
    eta = np.asarray(fitness, np.float64)
    share = np.ones(eta.shape) if weights is None else np.asarray(weights, np.float64)
    if eta.ndim != 1 or eta.size == 0 or np.any(eta < 0) or eta.max() <= 0:
        raise ValueError(f"fitness: {fitness!r} is out of range; allowed: a list of numbers >= 0, not all 0")
    if share.shape != eta.shape or np.any(share < 0) or share[eta == eta.max()].sum() <= 0:
        raise ValueError("weights: allowed: one number >= 0 per fitness, positive for the largest")
    return eta, share / share.sum()
