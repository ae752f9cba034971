"""How many followers have people in a growing network, if newcomers bring information only after a while?

`growth` has every follow raise its followee's attachment at once. In the model it does so two ticks later: who arrives
at the end of tick t brings in t + 1 what its followee shares in t + 2. And the newcomers of one tick draw from one
list of shares. Both matter by about the newcomers of two ticks over all agents; this is the law with both.

The corner of the model: as in `growth`, with first_follows 1 and, if one likes, homophily. Given how many agents and
followers each type of agents has (a type is whoever has one generosity and one identity), the numbers of shares are
independent Poisson, each share is that of a given agent in proportion to 1 + bring * (its followers a tick ago), and
the totals of the types are a Markov chain by themselves. So the law of one agent is exact given the totals, and
averaged here over a sample of them. With churn: `growth_with_loss`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._checks import number, probability, whole

PATHS = 1024  # samples of the totals
MORE = 32  # times as many where only the totals are asked for, which costs little
SEED = 2009


def delayed_counts(
    size: int, *, start: ArrayLike, newcomers: ArrayLike, generosity: ArrayLike, bring: float, find_rate: float,
    arrivals: float, identity: ArrayLike = 0, homophily: float = 0.0, paths: int = PATHS,
) -> NDArray:  # fmt: skip
    """Return the expected numbers of agents of each class with 0, 1, ... followers, each newcomer following one.

    Conditions: see the module. Exact but for the mean over ``paths`` samples of the totals (of which the conditional
    law varies little), and for three and more newcomers of a tick that meet the same agent, whose joint probability is
    that of an urn in place of a list: equal up to the square of one over the shares of a tick. Derived here.

    Parameters
    ----------
    size : int
        Numbers of followers 0 .. size - 1, the last one including all above.
    start : array of int, shape (classes, any)
        Numbers of first agents of each class with 0, 1, ... followers. Nothing has been brought before tick 0.
    newcomers : array of int, shape (newcomers,)
        The class of each newcomer, in the order of arrival.
    generosity : array of float, shape (classes,)
        In [0, 1]. Classes of one generosity and one identity make one type; they only tell agents apart.
    bring : float
        In [0, 1].
    find_rate : float
        > 0.
    arrivals : float
        Newcomers per tick, > 0; with so many first agents that a tick without any share is out of the question.
    identity : array of int, shape (classes,)
        Of each class; by default all are alike.
    homophily : float
        In [0, 1): a newcomer rejects a sender of another identity so often, and draws again.
    paths : int
        >= 1.

    Returns
    -------
    array of float, shape (classes, size)

    Raises
    ------
    ValueError
        Out of range.

    Examples
    --------
    >>> law = dict(start=[[20]], newcomers=[0] * 20, generosity=[1.0], bring=0.0, find_rate=5.0, arrivals=1.0)
    >>> counts = delayed_counts(8, **law)
    >>> print(counts.sum().round(6), (counts @ range(8)).round(1))
    40.0 [20.]
    """
    cut = whole("size", size, 2)
    totals = _totals(start, newcomers, generosity, bring, find_rate, arrivals, identity, homophily)
    many, first = whole("paths", paths, 1), np.asarray(start, np.float64)
    counts = np.zeros((many, len(first), cut, 1))  # by path, class, followers, and how many of them are new
    for followers in range(first.shape[1]):
        counts[:, :, min(followers, cut - 1), 0] += first[:, followers]
    for came, won, shares, weight, effect in totals.ticks(many, SEED):
        of = totals.of_class
        counts = _after_tick(counts, won.sum(axis=0)[:, of], shares[:, of], weight[:, of], effect)
        counts[:, :, 0, 0] += came
    # the mean over samples, corrected by what the types' followers, whose means are better known, happen to lie off
    won = totals.choices(many, SEED).sum(axis=0)
    off = won - totals.choices(MORE * many, SEED + 1).sum(axis=0).mean(axis=0)
    law = counts.sum(axis=3).reshape(many, -1)
    return np.linalg.lstsq(np.column_stack([np.ones(many), off]), law, rcond=None)[0][0].reshape(len(first), cut)


def delayed_choices(
    *, start: ArrayLike, newcomers: ArrayLike, generosity: ArrayLike, bring: float, find_rate: float, arrivals: float,
    identity: ArrayLike = 0, homophily: float = 0.0, paths: int = MORE * PATHS,
) -> NDArray:  # fmt: skip
    """Return how many newcomers of each identity are expected to follow each type of agents.

    Types are told apart by generosity, then by identity, both ascending, as identities are. Conditions: see the
    module; exact but for the mean over samples. Derived here.

    Parameters
    ----------
    start, newcomers, generosity, bring, find_rate, arrivals, identity, homophily, paths
        As in `delayed_counts`.

    Returns
    -------
    array of float, shape (identities, types)

    Examples
    --------
    >>> law = dict(start=[[10], [10]], newcomers=[0, 1] * 12, generosity=[1.0, 1.0], bring=0.0, arrivals=1.0)
    >>> delayed_choices(find_rate=5.0, identity=[0, 1], homophily=0.5, paths=2000, **law).round()
    array([[8., 4.],
           [4., 8.]])
    """
    totals = _totals(start, newcomers, generosity, bring, find_rate, arrivals, identity, homophily)
    return totals.choices(whole("paths", paths, 1), SEED).mean(axis=1)


@dataclass(frozen=True)
class _Totals:
    """How the numbers of agents and of followers of each type change: a Markov chain.

    Attributes
    ----------
    of_class : int array of shape (classes,)
        The type of each class.
    agents, ties : float and int array of shape (types,)
        First agents and their followers.
    come : int array of shape (newcomers + 1, classes)
        How many of each class are among the first 0, 1, ... newcomers.
    choosers : list of (bool array of shape (classes,), float array of shape (types,))
        Which classes choose alike, and how often they accept a sender of each type.
    rates : float array of shape (types,)
        Shares per tick of an agent without followers.
    bring, arrivals : float
    """

    of_class: NDArray
    agents: NDArray
    ties: NDArray
    come: NDArray
    choosers: list[tuple[NDArray, NDArray]]
    rates: NDArray
    bring: float
    arrivals: float

    def ticks(self, paths: int, seed: int) -> Iterator[tuple[NDArray, NDArray, NDArray, NDArray, float]]:
        """Yield for each tick, until all have come, what happens to the types of agents.

        Who came by class, followers won by identity of the newcomers and type, shares and attachment by type, and what
        bringing adds to attachment per follower: what the first followers brought is shared from tick 1 on.
        """
        random, last = np.random.default_rng(seed), len(self.come) - 1
        belongs = self.of_class[:, None] == np.arange(self.agents.size)
        ties = np.tile(self.ties, (paths, 1))
        earlier, arrived, effect = np.zeros_like(ties), np.zeros(paths, np.int64), 0.0
        while np.any(arrived < last):
            weight = self.agents + self.come[arrived] @ belongs + effect * earlier
            shares = random.poisson(self.rates * weight)
            if np.any(shares.sum(axis=1) == 0):
                raise ValueError("find_rate: too small; allowed: so many first agents and finds that none is without")
            following = np.minimum(arrived + random.poisson(self.arrivals, paths), last)
            came, chosen = self.come[following] - self.come[arrived], []
            for who, accepts in self.choosers:
                chance = accepts * shares / (accepts * shares).sum(axis=1, keepdims=True)
                chosen.append(random.multinomial(came[:, who].sum(axis=1), chance))
            won = np.array(chosen)
            yield came, won, shares, weight, effect
            earlier, ties, arrived, effect = ties, ties + won.sum(axis=0), following, self.bring

    def choices(self, paths: int, seed: int) -> NDArray:
        """Return how many newcomers of each identity follow each type in the end, shape (identities, paths, types)."""
        none = np.zeros((len(self.choosers), paths, self.ties.size), int)
        return sum((won for _, won, *_ in self.ticks(paths, seed)), none)


def _totals(
    start: ArrayLike, newcomers: ArrayLike, generosity: ArrayLike, bring: float, find_rate: float, arrivals: float,
    identity: ArrayLike, homophily: float,
) -> _Totals:  # fmt: skip
    """Return the chain of the totals, or raise ValueError where something is out of range."""
    first, given, of = np.asarray(start, np.float64), np.asarray(generosity, np.float64), np.asarray(newcomers, int)
    if first.ndim != 2 or np.any(first < 0) or first.sum() <= 0:
        raise ValueError("start: allowed: one list of numbers of agents >= 0 for each class")
    if given.shape != first.shape[:1] or np.any(given < 0) or np.any(given > 1) or given.max() <= 0:
        raise ValueError("generosity: allowed: one number in [0, 1] for each class, not all 0")
    if np.shape(identity) not in ((), given.shape):
        raise ValueError("identity: allowed: one whole number for each class")
    if of.size and not (0 <= of.min() and of.max() < given.size):
        raise ValueError(f"newcomers: allowed: classes 0 to {given.size - 1}")
    if homophily == 1:
        raise ValueError("homophily: 1 is out of range; allowed: a number in [0, 1)")
    accepted, alike = 1 - probability("homophily", homophily), np.broadcast_to(np.asarray(identity, int), given.shape)
    types, of_class = np.unique(np.column_stack([given, alike]), axis=0, return_inverse=True)
    belongs = of_class.reshape(-1, 1) == np.arange(len(types))
    come = np.vstack([np.zeros(given.size, int), np.cumsum(of[:, None] == np.arange(given.size), axis=0)])
    return _Totals(
        of_class.ravel(), first.sum(axis=1) @ belongs, first.astype(int) @ np.arange(first.shape[1]) @ belongs, come,
        [(alike == own, np.where(types[:, 1] == own, 1.0, accepted)) for own in np.unique(alike)],
        number("find_rate", find_rate, above=True) * types[:, 0], probability("bring", bring),
        number("arrivals", arrivals, above=True),
    )  # fmt: skip


def hits_of_list(share: NDArray, shares: NDArray, draws: NDArray) -> NDArray:
    """Return the probabilities that 0, 1, 2, ... of some draws from one list of shares meet a given agent.

    Whoever shares one list of S shares meets the same agent as often as draws from an urn: after j draws, h of them
    hits, with probability (w (S - 1) + h) / (S - 1 + j), w being the agent's expected part of the list. Exact up to two
    draws, and up to the square of 1 / S for more. Derived here.

    Parameters
    ----------
    share : array of float
        w, in [0, 1].
    shares, draws : arrays of int
        S and the number of draws, of shapes that broadcast to that of ``share``.

    Returns
    -------
    array of float, shape (most draws + 1, *share.shape)

    Examples
    --------
    >>> hits_of_list(np.array([0.5]), np.array([1]), np.array([2])).ravel()  # one share: both draws meet it or neither
    array([0.5, 0. , 0.5])
    """
    most, ball = int(draws.max(initial=0)), np.maximum(shares - 1, 0)
    hits = np.zeros((most + 1, *share.shape))
    hits[0] = 1.0
    for draw in range(most):
        for before in range(draw, -1, -1):
            chance = share
            if draw:
                urn = (share * ball + before) / np.maximum(ball + draw, 1e-300)
                chance = np.where(ball > 0, urn, float(before == draw))
            moved = np.where(draws > draw, chance, 0.0) * hits[before]
            hits[before] -= moved
            hits[before + 1] += moved
    return hits


def _after_tick(counts: NDArray, won: NDArray, shares: NDArray, weight: NDArray, bring: float) -> NDArray:
    """Return the numbers of agents after a tick in which the type of each class won so many followers, one by one."""
    paths, classes, size, recent = counts.shape
    followers = np.arange(size)[:, None] - np.arange(recent)
    share = (1 + bring * followers) / np.maximum(weight, 1)[:, :, None, None]
    now = hits_of_list(share, shares[:, :, None, None], won[:, :, None, None]) * counts
    after = np.zeros((paths, classes, size, len(now)))
    for hits, moved in enumerate(now.sum(axis=4)):
        kept = max(size - 1 - hits, 0)  # the others end in the last place, which is for all above
        after[:, :, size - 1 - kept : -1, hits] = moved[:, :, :kept]
        after[:, :, -1, hits] = moved[:, :, kept:].sum(axis=2)
    return after
