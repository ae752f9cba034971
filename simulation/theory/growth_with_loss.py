"""How many followers have people in a growing network that also loses ties?

The model meets such a law in one corner only: that of `growth` with churn > 0 and first_follows = 1. There a
follower either follows one agent, to whom it brings all, or nobody, so that attachment stays linear in followers
(attractiveness 1 / bring). `growth_with_churn_pmf` is the law where newcomers are few against all agents;
`delayed_churn_pmf` that of any number, in ticks and with the delay that `growth_with_delay` explains.

With first_follows > 1 somebody who has lost followees brings more to those left, and attachment is no longer linear.

`growth_with_unfollow_pmf` is the known law with a fixed number of random ties deleted per newcomer. A constant
churn does not do that (the deletions grow with the ties), so the model meets it only where an intervention drops the
ties.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import integrate, stats

from ._checks import number, probability, whole
from .growth_with_delay import PATHS, SEED, hits_of_list


def growth_with_unfollow_pmf(
    followers: ArrayLike, *, follows: float, attractiveness: float, deleted: float
) -> NDArray:
    """Return the law of followers where each newcomer follows c by (followers + a) and d random ties are deleted.

    Negative binomial NB(a, q_u) mixed over an age u ~ Exp(1), q_u = A (1 - e^(-(B - A) u)) / (B - A e^(-(B - A) u)),
    A = c / (c - d + a), B = d / (c - d) (A u / (1 + A u) at A = B). A power law if and only if (c - d)^2 > a d, of
    exponent 1 + 1 / (A - B); else exponential. At d = 0 Price's law. Derived here; the three regimes agree with
    Constantino & Saa (2026), arXiv 2602.18892.

    Parameters
    ----------
    followers : array of int
    follows, attractiveness : float
        c, a > 0.
    deleted : float
        d, in [0, c).

    Examples
    --------
    >>> growth_with_unfollow_pmf([0, 1], follows=2, attractiveness=2, deleted=0.5).round(4)
    array([0.4994, 0.2106])
    """
    c, a = number("follows", follows, above=True), number("attractiveness", attractiveness, above=True)
    d = number("deleted", deleted)
    if d >= c:
        raise ValueError(f"deleted: {deleted!r} is out of range; allowed: a number in [0, {c:g})")
    up, down = c / (c - d + a), d / (c - d)
    count = np.asarray(followers, np.int64)
    # over s = e^-u in (0, 1]: panels that halve towards s = 0, where old agents have many followers
    edges = np.concatenate([[0.0], 2.0 ** np.arange(-200, 1)])
    node, weight = np.polynomial.legendre.leggauss(12)
    half = np.diff(edges) / 2
    s = (edges[:-1, None] + half[:, None] * (1 + node)).ravel()
    share = (half[:, None] * weight).ravel()
    u = -np.log(s)
    rate = (down - up) * u
    # x = (1 - e^-rate) / (B - A), finite through A = B; q = A x / (1 + A x)
    x = u * np.where(np.abs(rate) < 1e-12, 1.0, -np.expm1(-rate) / np.where(rate == 0, 1.0, rate))
    law = stats.nbinom.pmf(count.ravel()[:, None], a, 1 / (1 + up * x))
    return (law @ share).reshape(count.shape)


def unfollow_tail_exponent(follows: float, attractiveness: float, deleted: float) -> float:
    """Return the exponent of the tail of `growth_with_unfollow_pmf`, infinite where the tail is not a power law.

    1 + 1 / (A - B) if (c - d)^2 > a d. Derived here.

    Parameters
    ----------
    follows, attractiveness, deleted : float
        As in `growth_with_unfollow_pmf`.

    Examples
    --------
    >>> print(unfollow_tail_exponent(2, 2, 0), unfollow_tail_exponent(2, 2, 1.5))
    3.0 inf
    """
    c, a = number("follows", follows, above=True), number("attractiveness", attractiveness, above=True)
    d = number("deleted", deleted)
    if d >= c:
        raise ValueError(f"deleted: {deleted!r} is out of range; allowed: a number in [0, {c:g})")
    difference = c / (c - d + a) - d / (c - d)
    return 1 + 1 / difference if difference > 0 else float("inf")


def growth_with_churn_pmf(
    followers: ArrayLike, *, ticks: int, born: int, arrivals: float, bring: float, churn: float, start_agents: float,
    start_ties: float = 0.0,
) -> NDArray:  # fmt: skip
    """Return the law of followers of an agent that joined in a given tick, where every tie may end by churn.

    Attachment by (followers + a), a = 1 / bring, gives each agent gains at rate lambda(t) (q + a), lambda = A / (a N
    + L), with N = N0 + A t agents and L ties (L' = A - churn L): negative binomial with shape a and mean a xi, xi' =
    lambda + (lambda - churn) xi from birth on. Conditions: see the module, first_follows 1, A small against the
    agents, churn small per tick, first agents with ties following one each: with 60 agents and A = 1 the probability
    of any follower after 100 ticks is 1.5 % too low. Derived here.

    Parameters
    ----------
    followers : array of int
    ticks : int
        At the end of which followers are counted, >= born.
    born : int
        Ticks after the start at which the agent joined; 0 for first agents without followers.
    arrivals : float
        A, mean newcomers per tick, > 0.
    bring : float
        In (0, 1].
    churn : float
        In [0, 1].
    start_agents, start_ties : float
        N0 > 0 and L0 >= 0.

    Examples
    --------
    >>> law = dict(ticks=1000, born=0, arrivals=1.0, bring=1.0, start_agents=100)
    >>> [float(growth_with_churn_pmf(0, churn=churn, **law).round(4)) for churn in (0, 0.01)]
    [0.2182, 0.9066]
    """
    gain, a = number("arrivals", arrivals, above=True), 1 / number("bring", bring, 0, 1, above=True)
    m, agents, ties = number("churn", churn, 0, 1), number("start_agents", start_agents, above=True), start_ties
    number("start_ties", ties)
    end, begin = whole("ticks", ticks), whole("born", born)
    if begin > end:
        raise ValueError(f"born: {born!r} is out of range; allowed: a whole number in [0, {end}]")

    def slope(t: float, xi: NDArray) -> NDArray:
        level = gain / m - (gain / m - ties) * np.exp(-m * t) if m > 0 else ties + gain * t
        rate = gain / (a * (agents + gain * t) + level)
        return rate + (rate - m) * xi

    xi = 0.0
    if end > begin:
        xi = float(integrate.solve_ivp(slope, (begin, end), [0.0], rtol=1e-10, atol=1e-12).y[0, -1])
    return stats.nbinom.pmf(np.asarray(followers), a, 1 / (1 + xi))


def delayed_churn_pmf(
    size: int, *, ticks: int, arrivals: float, bring: float, find_rate: float, churn: float, start_agents: int,
    paths: int = PATHS,
) -> NDArray:  # fmt: skip
    """Return the law of followers of a first agent, all of whom have none at first, in ticks and with the delay.

    In a tick an agent sends find_rate (1 + bring n) of the shares, n being its followers a tick ago; the newcomers of
    the tick draw from one list of them; each of the ties at the beginning of the tick ends with probability churn.
    The numbers of agents and of ties are a Markov chain; given them, which ties end is a draw without replacement. So
    the law of an agent's followers, of this tick and the last, is exact given the totals, and averaged over a sample
    of them. Exact but for that mean, and as in `growth_with_delay.hits_of_list`. Derived here.

    Parameters
    ----------
    size : int
        Numbers of followers 0 .. size - 1, >= 2; the last one must be so large that it is never reached.
    ticks : int
        At the end of which followers are counted.
    arrivals : float
        Mean newcomers per tick, > 0.
    bring, churn : float
        In [0, 1].
    find_rate : float
        > 0; with so many first agents that a tick without any share is out of the question.
    start_agents : int
        >= 1.
    paths : int
        Samples of the totals, >= 1.

    Returns
    -------
    array of float, shape (size,)

    Examples
    --------
    >>> law = dict(ticks=50, arrivals=1.0, bring=1.0, find_rate=5.0, start_agents=50, paths=64)
    >>> [round(float(delayed_churn_pmf(20, churn=churn, **law)[0]), 2) for churn in (0, 0.05)]
    [0.57, 0.81]
    """
    b, m, rate = probability("bring", bring), probability("churn", churn), number("find_rate", find_rate, above=True)
    gain, many = number("arrivals", arrivals, above=True), whole("paths", paths, 1)
    followers = np.arange(whole("size", size, 2))
    random = np.random.default_rng(SEED)
    agents = np.full(many, whole("start_agents", start_agents, 1))
    ties, earlier = np.zeros((2, many), np.int64)
    now = np.zeros((many, size, size))  # by path, followers a tick ago, and followers
    now[:, 0, 0] = 1.0
    for _ in range(whole("ticks", ticks)):
        weight = agents + b * earlier
        shares, came, lost = random.poisson(rate * weight), random.poisson(gain, many), random.binomial(ties, m)
        if not np.all(shares):
            raise ValueError("find_rate: too small; allowed: so many first agents and finds that every tick has shares")
        hits = hits_of_list((1 + b * followers) / weight[:, None], shares[:, None], came[:, None])
        kept = _kept(followers, ties, lost)
        won = np.matmul(now.transpose(0, 2, 1), hits.transpose(1, 2, 0))  # by path, followers, and new ones
        now = np.zeros_like(now)
        for new in range(won.shape[2]):
            now[:, :, new:] += won[:, :, new, None] * kept[:, :, : size - new]
        agents, ties, earlier = agents + came, ties - lost + came, ties
    # the mean over samples, corrected by what these totals, whose means are known, happen to lie off
    mean_ties = gain * ((1 - m) ** np.arange(ticks)).sum()
    off = np.column_stack([np.ones(many), agents - start_agents - gain * ticks, ties - mean_ties])
    return np.linalg.lstsq(off, now.sum(axis=1), rcond=None)[0][0]


def _kept(followers: NDArray, ties: NDArray, lost: NDArray) -> NDArray:
    """Return how likely who has n of all ties keeps 0, 1, ... of them if so many of all end, (paths, n, kept)."""
    kept = np.tile(np.eye(followers.size), (ties.size, 1, 1))
    for gone in range(int(lost.max(initial=0))):
        chance = np.minimum(followers / np.maximum(ties - gone, 1)[:, None], 1.0) * (lost > gone)[:, None]
        moved = chance[:, None, :] * kept
        kept -= moved
        kept[:, :, :-1] += moved[:, :, 1:]
    return kept
