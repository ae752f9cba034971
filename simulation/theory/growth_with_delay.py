"""How many followers have people in a growing network, if newcomers bring information only after a while?

`growth` has every follow raise its followee's attachment at once. In the model it does so two ticks later: who arrives
at the end of tick t brings in t + 1 what its followee shares in t + 2. And the newcomers of one tick draw from one
list of shares. Both matter by about the newcomers of two ticks over all agents; this is the law with both.

The corner of the model: as in `growth`, with first_follows 1. Given how many agents and followers each type of agents
has (a type is whoever has one generosity), the numbers of shares are independent Poisson, each share is that of a given
agent in proportion to 1 + bring * (its followers a tick ago), and the totals of the types are a Markov chain by
themselves. So the law of one agent is exact given the totals, and averaged here over a sample of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._checks import number, probability, whole

PATHS = 1024  # samples of the totals
SEED = 2009


def delayed_counts(
    size: int, *, start: ArrayLike, newcomers: ArrayLike, generosity: ArrayLike, bring: float, find_rate: float,
    arrivals: float, paths: int = PATHS,
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
        In [0, 1]. Classes of one generosity make one type; they only tell agents apart.
    bring : float
        In [0, 1].
    find_rate : float
        > 0.
    arrivals : float
        Newcomers per tick, > 0; with so many first agents that a tick without any share is out of the question.
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
    first, given = _first(start, generosity, whole("size", size, 2))
    b, rate = probability("bring", bring), number("find_rate", find_rate, above=True)
    mean_arrivals, many = number("arrivals", arrivals, above=True), whole("paths", paths, 1)
    of = np.asarray(newcomers, np.int64)
    if of.size and not (0 <= of.min() and of.max() < given.size):
        raise ValueError(f"newcomers: allowed: classes 0 to {given.size - 1}")
    generosities, type_of = np.unique(given, return_inverse=True)
    belongs = type_of[:, None] == np.arange(generosities.size)  # class and type
    come = np.vstack([np.zeros(given.size, np.int64), np.cumsum(of[:, None] == np.arange(given.size), axis=0)])
    ties = np.tile(np.asarray(start, np.int64) @ np.arange(np.shape(start)[1]) @ belongs, (many, 1))
    random = np.random.default_rng(SEED)
    counts = np.tile(first[:, :, None], (many, 1, 1, 1))  # by path, class, followers, and how many of them are new
    followers, arrived, effect = np.zeros_like(ties), np.zeros(many, np.int64), 0.0
    while np.any(arrived < of.size):
        weight = (first.sum(axis=1) + come[arrived]) @ belongs + effect * followers
        shares = random.poisson(rate * generosities * weight)
        if np.any(shares.sum(axis=1) == 0):
            raise ValueError("find_rate: too small; allowed: so many first agents and finds that every tick has shares")
        arriving = np.minimum(random.poisson(mean_arrivals, many), of.size - arrived)
        won = random.multinomial(arriving, shares / shares.sum(axis=1, keepdims=True))
        counts = _after_tick(counts, won[:, type_of], shares[:, type_of], weight[:, type_of], effect)
        counts[:, :, 0, 0] += come[arrived + arriving] - come[arrived]
        followers, ties, arrived = ties, ties + won, arrived + arriving
        effect = b  # what the first followers brought is shared from tick 1 on
    return counts.sum(axis=3).mean(axis=0)


def _after_tick(counts: NDArray, won: NDArray, shares: NDArray, weight: NDArray, bring: float) -> NDArray:
    """Return the numbers of agents after a tick in which the type of each class won so many followers, one by one.

    Who shares one list of S shares meets the same agent as often as draws from an urn: after j draws, h of them hits,
    with probability (w (S - 1) + h) / (S - 1 + j).
    """
    paths, classes, size, recent = counts.shape
    draws = int(won.max(initial=0))
    followers = np.arange(size)[:, None] - np.arange(recent)
    share = (1 + bring * followers) / np.maximum(weight, 1)[:, :, None, None]
    ball = np.maximum(shares - 1, 0)[:, :, None, None]
    now = np.zeros((draws + 1, *counts.shape))  # by hits of this tick
    now[0] = counts
    for draw in range(draws):
        for hits in range(draw, -1, -1):
            chance = np.where(ball > 0, (share * ball + hits) / np.maximum(ball + draw, 1e-300), float(hits == draw))
            if draw == 0:
                chance = np.broadcast_to(share, chance.shape)
            moved = np.where((won > draw)[:, :, None, None], chance, 0.0) * now[hits]
            now[hits] -= moved
            now[hits + 1] += moved
    after = np.zeros((paths, classes, size, draws + 1))
    for hits, moved in enumerate(now.sum(axis=4)):
        kept = max(size - 1 - hits, 0)  # the others end in the last place, which is for all above
        after[:, :, size - 1 - kept : -1, hits] = moved[:, :, :kept]
        after[:, :, -1, hits] = moved[:, :, kept:].sum(axis=2)
    return after


def _first(start: ArrayLike, generosity: ArrayLike, size: int) -> tuple[NDArray, NDArray]:
    first, given = np.asarray(start, np.float64), np.asarray(generosity, np.float64)
    if first.ndim != 2 or np.any(first < 0) or first.sum() <= 0:
        raise ValueError("start: allowed: one list of numbers of agents >= 0 for each type")
    if given.shape != first.shape[:1] or np.any(given < 0) or np.any(given > 1) or given.max() <= 0:
        raise ValueError("generosity: allowed: one number in [0, 1] for each type, not all 0")
    cut = np.zeros((given.size, size))
    for many in range(first.shape[1]):
        cut[:, min(many, size - 1)] += first[:, many]
    return cut, given
