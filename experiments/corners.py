"""How unequal do people who are alike become where nobody is preferred, and where the followed are, exactly?

Corners of the model whose laws are known. In a population of fixed size in which nobody is preferred followers are
nearly binomial; where each gains in proportion to 1 + followers (`fame` 1) they are nearly geometric, as where nobody
is preferred but the population grows; where newcomers bring what they find to whom they follow, growth is Price's.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from scipy.sparse import diags
from scipy.sparse.linalg import expm_multiply

from simulation import Parameters
from simulation.measures import gini
from simulation.run import Run
from simulation.theory import expected_counts, follower_pmf, gini_of_pmf

from .starts import starting_world

OFF: dict[str, Any] = {"bring": 0.0, "relay": 0.0, "cost": 0.0, "quality_spread": 0.0, "share_cost": 0.0,
                       "follow_back": 0.0, "memory": 0}  # fmt: skip
CORNERS: dict[str, dict[str, Any]] = {
    "fixed, nobody preferred": {"find_rate": 1.0, "churn": 0.005, "encounters": 2.0, "responsiveness": 0.025},
    "fixed, counts seen": {"find_rate": 4.0, "churn": 0.005, "encounters": 1.0, "responsiveness": 0.0025, "fame": 1.0},
    "growth, nobody preferred": {"bring": 0.0},
    "growth, brought to": {"bring": 0.9},
}
FIRST, FOLLOWS = 20, 2  # people at the start of growth, and whom each newcomer follows


def gini_in_corner(corner: str, agents: int, ticks: int, seed: int) -> float:
    """Return the Gini of followers of one run: after so many ticks, or as soon as it has grown to so many people."""
    settings = dict(CORNERS[corner])
    grows = "bring" in settings
    world = starting_world(None, FIRST if grows else agents, start="empty", generosity=1.0, attention=1e9,
                           find_rate=settings.pop("find_rate", 1.0))  # fmt: skip
    if grows:
        settings |= {"encounters": 0.0, "responsiveness": 0.0, "churn": 0.0, "arrivals": 1.0, "first_follows": FOLLOWS}
    live = Run(world, Parameters(**{**OFF, **settings}, capacity=agents), seed=seed)
    live.advance(0 if grows else ticks)
    while missing := agents - int(live.state.agents.present.sum()):
        live.advance(missing)
    return gini(live.record().agents["followers"])


@cache
def gini_by_law(corner: str, agents: int, ticks: int) -> float:
    """Return the Gini that exact theory gives in a corner, as measured on so many people: all pairs with themselves."""
    settings = CORNERS[corner]
    if corner.startswith("growth"):
        attractiveness = FOLLOWS / settings["bring"] if settings["bring"] else 1e9
        counts = expected_counts(
            agents - FIRST, follows=FOLLOWS, attractiveness=attractiveness, start=[FIRST], size=400
        )
        value = gini_of_pmf(counts / agents, mean=FOLLOWS * (agents - FIRST) / agents)
    elif "fame" in settings:
        value = gini_of_pmf(attracting_pmf(ticks, agents=agents, **settings))
    else:
        value = gini_of_pmf(follower_pmf(ticks, agents=agents, generosity=1.0, **settings))
    return value * (1 - 1 / agents)


def attracting_pmf(
    ticks: float, *, agents: int, find_rate: float, encounters: float, responsiveness: float, churn: float, fame: float
) -> np.ndarray:
    """Return the law of followers of one who shares all finds, where counts are seen and few can still be won.

    From n to n + 1 at the rate find_rate (N - 1 - n) (1 - exp(-encounters / N)) responsiveness (1 + n)^fame, to n - 1
    at churn n: the birth and death process of Kendall (1948), Annals of Mathematical Statistics 19, 1-15, in a pool
    of N; at fame 1 geometric as N grows. In continuous time, so for small probabilities per tick.

    Parameters
    ----------
    ticks : float
        From no followers.
    agents : int
        N.
    find_rate, encounters, responsiveness, churn, fame : float

    Returns
    -------
    array of float, shape (N,)
        Probabilities of 0 .. N - 1 followers.

    Examples
    --------
    >>> law = attracting_pmf(300, agents=400, find_rate=4, encounters=1, responsiveness=0.0025, churn=0.005, fame=1)
    >>> round(float(law @ np.arange(400)), 2)
    6.62
    """
    n = np.arange(agents)
    won = find_rate * (agents - 1 - n) * -np.expm1(-encounters / agents) * responsiveness * (1.0 + n) ** fame
    lost = churn * n
    rates = diags([won[:-1], -(won + lost), lost[1:]], [-1, 0, 1]).tocsr()
    start = np.zeros(agents)
    start[0] = 1.0
    law = expm_multiply(rates * ticks, start)
    return np.maximum(law, 0.0) / law.sum()
