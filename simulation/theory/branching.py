"""Do followers who bring information win their giver more followers, and how long does a gift of followers last?

The corner of the model: as in `chains`, but bring > 0 and credit 0, N -> infinity, the giver's own ties dropped
before every tick (not needed where the giver finds nothing itself). Each follower finds Poisson(find_rate) items per
tick and brings each with probability ``bring``; the giver has it in hand one tick later and shares it with
probability ``generosity``; each share wins Poisson(encounters * responsiveness) followers. So followers branch, with
immigration from the giver's own finds and a delay of one tick.

Symbols: F = find_rate of others, f0 = giver_find_rate, g = generosity, e = encounters, r = responsiveness,
m = churn, b = F bring g e r (the feedback), alpha = f0 g e r.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ._checks import number, probability, whole, within_candidates
from .chains import follower_kernel


class NegativeBinomial(NamedTuple):
    """P(n) = Gamma(n + shape) / (Gamma(shape) n!) (1 - q)^shape q^n."""

    shape: float
    q: float

    def pmf(self, count: ArrayLike) -> NDArray:
        """Return the probabilities of the counts."""
        return stats.nbinom.pmf(np.asarray(count), self.shape, 1 - self.q)


def feedback(find_rate: float, bring: float, generosity: float, encounters: float, responsiveness: float) -> float:
    """Return b, the mean number of followers won per tick by what one follower brings.

    b = find_rate * bring * generosity * encounters * responsiveness; with ``find_rate`` the giver's and ``bring`` 1
    it is alpha, what the giver wins by its own finds. The loop sustains itself where b exceeds churn.

    Parameters
    ----------
    find_rate, encounters : float
        >= 0.
    bring, generosity, responsiveness : float
        In [0, 1].

    Examples
    --------
    >>> round(feedback(0.5, 0.3, 0.8, 2, 0.1), 4)
    0.024
    """
    return (
        number("find_rate", find_rate)
        * probability("bring", bring)
        * probability("generosity", generosity)
        * number("encounters", encounters)
        * probability("responsiveness", responsiveness)
    )


def branching_means(ticks: int, *, alpha: float, feedback: float, churn: float, start: float = 0.0) -> NDArray:
    """Return the mean number of followers after 0, 1, ..., ticks ticks.

    E n(t+1) = (1 - m) n(t) + alpha + b n(t-1), nothing brought before tick 0. Conditions: see the module. Derived
    here.

    Parameters
    ----------
    ticks : int
        >= 0.
    alpha, feedback : float
        Followers won per tick by own finds, and per follower by what it brings, >= 0.
    churn : float
        In [0, 1].
    start : float
        Followers before tick 0.

    Returns
    -------
    array of float, shape (ticks + 1,)

    Examples
    --------
    >>> branching_means(3, alpha=1.0, feedback=0.5, churn=0.5)
    array([0.  , 1.  , 1.5 , 2.25])
    """
    gain, b, m = number("alpha", alpha), number("feedback", feedback), probability("churn", churn)
    means, before = [number("start", start)], 0.0
    for _ in range(whole("ticks", ticks)):
        now = means[-1]
        means.append((1 - m) * now + gain + b * before)
        before = now
    return np.array(means)


def branching_pgf(
    z: ArrayLike, ticks: int, *, giver_find_rate: float, find_rate: float, bring: float, generosity: float,
    encounters: float, responsiveness: float, churn: float, start: int = 0,
) -> NDArray:  # fmt: skip
    """Return the generating function E z^n of the number of followers after some ticks.

    P = z, H = I = 1; in each tick, from old values, I <- I exp(f0 g (exp(e r (P - 1)) - 1)), H <- 1 - g + g exp(e r
    (P - 1)), P <- (m + (1 - m) P) exp(F bring (H - 1)); the answer is I P^start. Exact for N -> infinity. Conditions:
    see the module. Derived here.

    Parameters
    ----------
    z : array of float or complex
        abs(z) <= 1.
    ticks : int
        >= 0.
    giver_find_rate, find_rate, encounters : float
        >= 0.
    bring, generosity, responsiveness, churn : float
        In [0, 1].
    start : int
        Followers before tick 0, nothing brought yet.

    Examples
    --------
    >>> law = dict(giver_find_rate=1, find_rate=1, bring=0.5, generosity=1, encounters=1, responsiveness=1, churn=0)
    >>> branching_pgf(1.0, 5, **law).item()
    1.0
    """
    own = number("giver_find_rate", giver_find_rate) * probability("generosity", generosity)
    brought = number("find_rate", find_rate) * probability("bring", bring)
    per_share = number("encounters", encounters) * probability("responsiveness", responsiveness)
    m = probability("churn", churn)
    follower = np.asarray(z, np.result_type(np.asarray(z).dtype, np.float64)).copy()
    item, immigration = np.ones_like(follower), np.ones_like(follower)
    for _ in range(whole("ticks", ticks)):
        share = np.exp(per_share * (follower - 1))
        immigration = immigration * np.exp(own * (share - 1))
        follower = (m + (1 - m) * follower) * np.exp(brought * (item - 1))
        item = 1 - generosity + generosity * share
    return immigration * follower ** whole("start", start)


def branching_pmf(ticks: int, *, size: int | None = None, **law: float) -> NDArray:
    """Return the exact law of the number of followers after some ticks, for N -> infinity.

    The coefficients of `branching_pgf`, by a fast Fourier transform of its values on the unit circle.

    Parameters
    ----------
    ticks : int
        >= 0.
    size : int, optional
        Numbers of followers 0 .. size - 1, a larger number being counted as its remainder by size. By default a
        power of 2 such that less than 1e-11 lies in the last quarter.
    **law
        giver_find_rate, find_rate, bring, generosity, encounters, responsiveness, churn, start: as in `branching_pgf`.

    Returns
    -------
    array of float, shape (size,)

    Raises
    ------
    ValueError
        The law needs more than 2^22 numbers of followers.

    Examples
    --------
    >>> law = dict(giver_find_rate=1, find_rate=1, bring=0.5, generosity=1, encounters=1, responsiveness=0.5, churn=0)
    >>> pmf = branching_pmf(4, **law)
    >>> print(round((pmf * range(pmf.size)).sum(), 6), branching_means(4, alpha=0.5, feedback=0.25, churn=0)[4])
    2.375 2.375
    """
    if size is not None:
        return _coefficients(ticks, whole("size", size, 1), law)
    size = 256
    while size <= 2**22:
        pmf = _coefficients(ticks, size, law)
        if pmf[3 * size // 4 :].sum() < 1e-11:
            return pmf
        size *= 2
    raise ValueError(f"ticks: {ticks!r} gives a law beyond 2^22 followers; allowed: fewer ticks or weaker feedback")


def finite_branching_pmf(
    ticks: int, *, agents: int, giver_find_rate: float, find_rate: float, bring: float, generosity: float,
    encounters: float, responsiveness: float, churn: float, start: int = 0,
) -> NDArray:  # fmt: skip
    """Return the law of the number of followers after some ticks among finitely many agents.

    Given n(t) and n(t-1), the giver shares Poisson(g (f0 + F bring n(t-1))) items, and each wins each of the N - 1 -
    n(t) others with the probability of `chains.follow_probability_per_share`: a Markov chain on pairs. Its limit is
    `branching_pmf`. Conditions: see the module. Exact but for one thing: who drops out in the tick in which it brought
    an item is not won back by that item, which no one is ever sent who found it (a share churn / N of what is won by
    bringing, at most). Derived here.

    Parameters
    ----------
    ticks : int
        >= 0.
    agents : int
        N, with the giver, >= 1; a hundred at most (time N^4).
    giver_find_rate, find_rate, bring, generosity, encounters, responsiveness, churn
        As in `branching_pgf`.
    start : int
        Followers before tick 0, in [0, N - 1], nothing brought yet.

    Returns
    -------
    array of float, shape (N,)

    Examples
    --------
    >>> law = dict(giver_find_rate=1, find_rate=1, bring=0.5, generosity=1, encounters=1, responsiveness=0.5, churn=0)
    >>> for agents in (10, 40):  # 2.375 in the limit
    ...     print((finite_branching_pmf(4, agents=agents, **law) @ range(agents)).round(2))
    1.74
    2.19
    """
    own = number("giver_find_rate", giver_find_rate) * probability("generosity", generosity)
    brought = number("find_rate", find_rate) * probability("bring", bring) * generosity
    kernels = np.array([
        follower_kernel(agents=agents, find_rate=own + brought * before, generosity=1.0, encounters=encounters,
                        responsiveness=responsiveness, churn=churn)
        for before in range(agents)
    ])  # fmt: skip
    joint = np.zeros((agents, agents))  # followers a tick ago and now; whoever was there before tick 0 brought nothing
    joint[0, within_candidates(start, agents - 1)] = 1.0
    for _ in range(whole("ticks", ticks)):
        joint = np.einsum("bn,bnx->nx", joint, kernels)
    return joint.sum(axis=0)


def gift_excess(ticks: ArrayLike, *, gift: float, feedback: float, churn: float) -> NDArray:
    """Return how many of the followers given at random are still there, with those whom they attracted.

    G (z1^(t+1) - z2^(t+1)) / (z1 - z2), z the roots of z^2 - (1 - m) z - b = 0: the difference of means between a
    giver who received G followers before tick 0 and one who did not. Conditions: see the module. Derived here.

    Parameters
    ----------
    ticks : array of int
        t >= 0.
    gift : float
        G >= 0.
    feedback : float
        b >= 0.
    churn : float
        m, in [0, 1].

    Examples
    --------
    >>> gift_excess([0, 1, 2], gift=20, feedback=0.1, churn=0.5)
    array([20., 10.,  7.])
    """
    stay, b = 1 - probability("churn", churn), number("feedback", feedback)
    t = np.asarray(ticks, np.float64)
    root = math.sqrt(stay**2 + 4 * b)
    if root == 0.0:  # everybody is lost at once and nobody attracted
        return number("gift", gift) * (t == 0)
    return number("gift", gift) * (((stay + root) / 2) ** (t + 1) - ((stay - root) / 2) ** (t + 1)) / root


def gift_excess_limit(time: ArrayLike, *, gift: float, feedback: float, churn: float) -> NDArray:
    """Return the excess of a gift in continuous time, G exp(-(m - b) t): the limit of small rates per tick.

    Parameters
    ----------
    time : array of float
        t >= 0.
    gift, feedback, churn : float
        G, b and m (rates), >= 0.

    Examples
    --------
    >>> [float(gift_excess_limit(3, gift=20, feedback=b, churn=0.5).round(2)) for b in (0, 0.3, 0.45)]
    [4.46, 10.98, 17.21]
    """
    rate = number("churn", churn) - number("feedback", feedback)
    return number("gift", gift) * np.exp(-rate * np.asarray(time, np.float64))


def birth_death_immigration(time: float, *, immigration: float, birth: float, death: float) -> NegativeBinomial:
    """Return the law of followers who attract followers in continuous time, from none.

    Negative binomial with shape a / b and q = b (1 - E) / (m - b E), E = exp(-(m - b) t); at b = m, q = b t / (1 + b
    t); stationary (b < m, t infinite) q = b / m. The limit e r -> 0, m -> 0, b -> 0 of `branching_pmf`. Kendall
    (1948), Annals of Mathematical Statistics 19, 1-15.

    Parameters
    ----------
    time : float
        t >= 0, may be infinite.
    immigration, birth : float
        a and b, rates > 0.
    death : float
        m, rate >= 0.

    Returns
    -------
    NegativeBinomial

    Raises
    ------
    ValueError
        An infinite time where b >= m: there is no stationary law.

    Examples
    --------
    >>> birth_death_immigration(math.inf, immigration=1.0, birth=0.5, death=1.0)
    NegativeBinomial(shape=2.0, q=0.5)
    """
    a, b = number("immigration", immigration, above=True), number("birth", birth, above=True)
    m = number("death", death)
    if time == math.inf:
        if b >= m:
            raise ValueError(f"birth: {birth!r} is out of range at infinite time; allowed: less than death, {death!r}")
        return NegativeBinomial(a / b, b / m)
    grown = number("time", time)
    if b != m:
        rate = (b - m) * grown  # (1 - E) / (m - b), written so that it stays exact near b = m and at large rates
        grown = -math.expm1(-abs(rate)) / abs(b - m)
        return NegativeBinomial(a / b, b * grown / ((1 + b * grown) if rate < 0 else (math.exp(-rate) + b * grown)))
    return NegativeBinomial(a / b, b * grown / (1 + b * grown))


def extinction_probability(time: float, *, birth: float, death: float, start: int = 1) -> float:
    """Return the probability that a giver who wins nobody itself has lost all followers, and theirs.

    [m (1 - E) / (m - b E)]^start, E = exp(-(m - b) t); (b t / (1 + b t))^start at b = m. Linear birth-death process,
    Kendall (1948).

    Parameters
    ----------
    time : float
        t >= 0.
    birth, death : float
        b and m, rates >= 0.
    start : int
        Followers at time 0.

    Examples
    --------
    >>> round(extinction_probability(2.0, birth=1.0, death=1.0, start=3), 4)
    0.2963
    """
    b, m, t = number("birth", birth), number("death", death), number("time", time)
    if b == m:
        return float((b * t / (1 + b * t)) ** whole("start", start))
    if b > m:
        back = math.exp(-(b - m) * t)
        return float((m * (1 - back) / (b - m * back)) ** whole("start", start))
    e = math.exp(-(m - b) * t)
    return float((m * (1 - e) / (m - b * e)) ** whole("start", start))


def loop_amplification(feedback: float, churn: float) -> float:
    """Return by how much the loop multiplies the steady number of followers, 1 / (1 - b / m).

    Conditions: feedback b < churn m. Exact with the delay too, as a mean.

    Parameters
    ----------
    feedback, churn : float
        b >= 0 and m in (0, 1].

    Examples
    --------
    >>> loop_amplification(0.3, 0.5)
    2.5
    """
    m = number("churn", churn, 0, 1, above=True)
    b = number("feedback", feedback)
    if b >= m:
        raise ValueError(f"feedback: {feedback!r} is out of range; allowed: a number in [0, {m:g})")
    return 1 / (1 - b / m)


def _coefficients(ticks: int, size: int, law: dict[str, float]) -> NDArray:
    circle = np.exp(-2j * np.pi * np.arange(size) / size)
    start = whole("start", law.get("start", 0))
    values = branching_pgf(circle, ticks, **{**law, "start": start})  # type: ignore[arg-type]
    return np.maximum(np.fft.ifft(values).real, 0.0)
