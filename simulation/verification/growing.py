"""How is a network grown for a check, and which numbers are taken from it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..first_ties import Ties
from ..run import Run
from ..state import ARRIVED, COUNTS
from ..worlds import World
from .runs import plain_world, runs

FOLLOWS = COUNTS.index("follow_arrival")
#: Arrivals and find_rate together: a law of growth needs few newcomers per tick against its shares and its agents.
ARRIVALS, FIND_RATE = 1.0, 1.0


def first_ties(wanted: ArrayLike, follows: int) -> tuple[NDArray, NDArray]:
    """Return follower and followee of ties that give every first agent a wanted number of followers.

    Everybody follows ``follows`` others and no tie is mutual: a mutual follower would receive what it brings.

    Parameters
    ----------
    wanted : array of int, shape (agents,)
        Followers; their sum must be ``follows`` times the agents.
    follows : int

    Raises
    ------
    ValueError
        No such network was found.
    """
    needed = np.asarray(wanted, np.int64)
    if needed.sum() != follows * needed.size:
        raise ValueError(f"wanted: {needed.sum()} followers; allowed: {follows} for each of {needed.size} agents")
    random = np.random.default_rng(1976)
    for _ in range(100):
        left, tied = needed.copy(), np.zeros((needed.size, needed.size), bool)
        for agent in random.permutation(needed.size):
            barred = tied[:, agent] | (np.arange(needed.size) == agent)
            chosen = np.argsort(1e9 * barred - left - random.random(needed.size))[:follows]
            if left[chosen].min() <= 0 or barred[chosen].any():
                break
            tied[agent, chosen] = True
            left[chosen] -= 1
        else:
            follower, followee = np.nonzero(tied)
            return follower, followee
    raise ValueError(f"wanted: no ties without mutual ones give {needed.tolist()}; allowed: smaller numbers")


def growing_world(agents: int, first: ArrayLike, follows: int, **attributes: Any) -> World:
    """Return a world of first agents with these numbers of followers, and free slots up to ``agents``.

    Attributes are spread over all slots, which newcomers fill in order: slot s holds the (s + 1)-th agent.
    """
    follower, followee = first_ties(first, follows) if follows else (np.empty(0, int), np.empty(0, int))

    def ties(seed: int, key: NDArray) -> Ties:
        return follower, followee, np.zeros(follower.size, bool)

    given: dict[str, Any] = {"generosity": 1.0, "find_rate": FIND_RATE, "attention": 1e9, "visibility": 1.0,
                             "introducing": 0.0, "identity": 0, **attributes}  # fmt: skip
    slots = {name: np.array(np.broadcast_to(value, agents)) for name, value in given.items()}
    return plain_world(np.size(first), ties, **slots)


def grown(
    seed: int, replicates: int, *, agents: int, first: ArrayLike, first_follows: int, bring: float,
    arrivals: float = ARRIVALS, homophily: float = 0.0, **attributes: Any,
) -> Iterator[Run]:  # fmt: skip
    """Yield one run per replicate, grown until it has exactly ``agents``."""
    world = growing_world(agents, first, first_follows, **attributes)
    growth: dict[str, Any] = {
        "bring": bring,
        "arrivals": arrivals,
        "first_follows": first_follows,
        "homophily": homophily,
    }
    for run in runs(world, seed, replicates, capacity=agents, memory=0, **growth):
        while missing := agents - int(run.state.agents.present.sum()):
            run.advance(max(3, int(missing / arrivals)))
        demand_first_follows(run)
        yield run


def demand_first_follows(run: Run) -> None:
    """Refuse a run in which newcomers got fewer follows than they wanted: no law of growth is about it.

    Raises
    ------
    RuntimeError
        Says how many follows are missing.
    """
    counts = np.concatenate(run.series)
    missing = run.parameters.first_follows * counts[:, ARRIVED].sum() - counts[:, FOLLOWS].sum()
    if missing:
        raise RuntimeError(f"newcomers got {missing} follows fewer than first_follows; a law of growth allows none")


def gini(counts: NDArray) -> float:
    """Return the Gini coefficient of numbers of followers."""
    ranked = np.sort(counts)
    return float((2 * np.arange(1, counts.size + 1) - counts.size - 1) @ ranked / (counts.size * ranked.sum()))


def shares_above(counts: NDArray, marks: NDArray) -> NDArray:
    """Return the shares of agents with more followers than each mark."""
    return (counts[:, None] > marks).mean(axis=0)


def law_above(pmf: NDArray, marks: NDArray) -> NDArray:
    """Return the probabilities of more followers than each mark, from a law on 0, 1, 2, ... up to the last mark."""
    return 1.0 - np.cumsum(pmf)[marks]
