"""What should giving do to the giver, by the parameters alone? The linear giver model, closed by its own load.

Followers come to a giver at a0 + a1 g and leave at m0 + m1 g per follower, g its generosity. Where they settle, at
(a0 + a1 g) / (m0 + m1 g), they rise with g exactly if a1 m0 > a0 m1. The rates follow from the parameters and from how
full feeds are, and that from everybody's followers: so the means of all are carried forward tick by tick, a mean-field
approximation derived here from the rules of ODD.md. Nothing is fitted and nothing simulated.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulation import Parameters


class Expected(NamedTuple):
    """What the linear giver model expects.

    Attributes
    ----------
    followers : array of float, shape (21,)
        Mean followers at the end of people of generosity 0, 0.05 ... 1.
    slope : float
        Least-squares slope of followers on generosity, which is uniform.
    sign : float
        a1 m0 - a0 m1 at the end, per tick squared: whether followers, where they settle, rise with generosity.
    """

    followers: np.ndarray
    slope: float
    sign: float


class Worth(NamedTuple):
    """What reading one item is worth: the chance of net > 0, and the means of net above and below 0."""

    liked: float
    gained: float
    lost: float


def worth(price: float, spread: float) -> Worth:
    """Return what a new item is worth whose quality is uniform on [1 - ``spread``, 1], at a price >= 0.

    Examples
    --------
    >>> worth(0.0, 1.0)
    Worth(liked=1.0, gained=0.5, lost=0.0)
    """
    low = 1.0 - spread
    if spread == 0.0:
        return Worth(float(price < 1.0), max(0.0, 1.0 - price), max(0.0, price - 1.0))
    top, bottom = max(0.0, 1.0 - max(price, low)), max(0.0, min(price, 1.0) - low)
    gained = ((1.0 - price) ** 2 - max(0.0, low - price) ** 2) / (2.0 * spread) if price < 1.0 else 0.0
    lost = ((price - low) ** 2 - max(0.0, price - 1.0) ** 2) / (2.0 * spread) if bottom else 0.0
    return Worth(top / spread, gained, lost)


def expected(
    parameters: Parameters, *, agents: int, ticks: int, find_rate: float = 0.5, attention: float = 10.0,
    introducing: float = 0.0, followees: float = 3.0,
) -> Expected:  # fmt: skip
    """Return what is expected of people whose generosity is uniform on [0, 1].

    Left out: correlations between people, chance, copies of one item by several ways but those that are passed on, and
    everything that `homophily`, `fame`, groups and newcomers do.

    Parameters
    ----------
    parameters : Parameters
    agents, ticks : int
    find_rate, attention, introducing : float
        Everybody's.
    followees : float
        Each one's at the start.
    """
    p, others = parameters, agents - 1
    g = np.linspace(0.0, 1.0, 21)
    followers = np.full(g.size, float(followees))
    liked_read = liked_brought = sign = 0.0  # in hand per head, from the last tick
    for _ in range(ticks):
        mean, audience = followers.mean(), followers + p.encounters
        news = find_rate + liked_brought + p.relay * liked_read  # what one with g = 1 gives away
        carried = p.bring * (find_rate + p.relay * liked_read) * (1.0 - np.exp(-mean))  # to someone, if one follows any
        public = news * float((g * audience).mean())
        feed = public + carried
        spent = p.share_cost * (0.5 * news + carried) + p.introduction_cost * introducing
        seen = min(1.0, max(0.0, attention - spent) / feed) if feed > 0.0 else 1.0
        price = p.cost * feed / attention
        passed_on = 0.5 * p.relay * liked_read * audience.mean() / feed if feed > 0.0 else 0.0
        again = passed_on * min(1.0, audience.mean() / agents)  # to people who have read it before
        liked, gained, lost = worth(price, p.quality_spread)
        follow = (1.0 - again) * p.responsiveness * seen * gained  # per item in a stranger's feed
        unfollow = p.responsiveness * seen * ((1.0 - again) * lost + again * price)
        credited = p.credit * follow * seen * find_rate * 0.5 * mean  # if all were passed on
        brought = carried * follow + p.bring * credited
        introduced = 2.0 * introducing * p.responsiveness * (1.0 - np.exp(-2.0 * mean) * (1.0 + 2.0 * mean))
        a1, m0, m1 = follow * p.encounters * news + credited * p.relay * audience, p.churn, unfollow * news
        strangers = 1.0 - followers / others
        a0 = brought + introduced
        a0 += p.follow_back * float(((a0 + a1 * g) * strangers).mean())
        sign = float(a1.mean() * m0 - a0 * m1)
        followers = followers + (a0 + a1 * g) * strangers - np.minimum(1.0, m0 + m1 * g) * followers
        followers = np.clip(followers, 0.0, others)
        liked_read, liked_brought = public * seen * (1.0 - again) * liked, carried * seen * liked
    return Expected(followers, float(np.polyfit(g, followers, 1)[0]), sign)
