"""What does a gift of followers, to agents chosen at random, change? A run and its twin without the gift."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from simulation import Parameters
from simulation.exchange import to_ties
from simulation.interventions import add_ties, set_attribute
from simulation.record import Keep
from simulation.run import Run
from simulation.worlds import World

MARKS = 6  # how often between gift and end the excess is kept


class Gift(NamedTuple):
    """To whom followers are given, and for how long they are watched.

    Attributes
    ----------
    start, ticks : int
        Tick before which they are given; how many ticks follow.
    agents : array of int
        Who is given followers.
    ties : list of (int, int)
        The follows given, (follower, followee).
    """

    start: int
    ticks: int
    agents: np.ndarray
    ties: list[tuple[int, int]]


def marks(ticks: int) -> list[int]:
    """Return after how many ticks the excess is kept, from 0 to the end."""
    return np.linspace(0, ticks, MARKS).round().astype(int).tolist()


def draw_gift(
    world: World, seed: int, *, start: int, ticks: int, gift: int, treated: int, agent: int | None = None
) -> Gift:
    """Draw whom to give followers, and which.

    Parameters
    ----------
    world : World
    seed : int
    start, ticks : int
        As in `Gift`.
    gift : int
        Followers for each; at most a fifth of all agents.
    treated : int
        How many agents are given some; at most a tenth of all.
    agent : int, optional
        This one, instead of any at random.
    """
    random = np.random.default_rng(seed)
    n = world.agents
    gift, treated = min(gift, n // 5), min(treated, max(1, n // 10))
    chosen = random.choice(n, treated, replace=False) if agent is None else np.array([agent])
    ties = [(int(follower), int(followee)) for followee in chosen
            for follower in random.choice(np.delete(np.arange(n), followee), gift, replace=False)]  # fmt: skip
    return Gift(start, ticks, chosen, ties)


def effect_of(
    gift: Gift, world: World, parameters: Parameters, seed: int, attention: float | None = None
) -> dict[str, Any]:
    """Run a world with the gift and without; return what the gift has changed.

    Parameters
    ----------
    gift : Gift
    world : World
    parameters : Parameters
    seed : int
    attention : float, optional
        Of those given followers, from the gift on, in both runs.

    Returns
    -------
    dict
        ``excess_0`` ...: followers more than without, per agent given some, at `marks`. ``gain`` and ``loss``:
        followers won and lost more than without, per extra follower and tick (a follower's item is given away one tick
        after it was brought). ``share``: items given away more, likewise.
    """
    common = [] if attention is None else [set_attribute(gift.start, gift.agents, "attention", attention)]
    runs = [Run(world, parameters, seed=seed, keep=Keep(ledger=True), interventions=[*common, *extra])
            for extra in ([add_ties(gift.start, gift.ties)], [])]  # fmt: skip
    for run in runs:
        run.advance(gift.start)
    follower, followee, _ = to_ties(runs[1].state.network)
    there = set(zip(follower.tolist(), followee.tolist(), strict=True))
    excess = [sum(tie not in there for tie in gift.ties)]
    before = [_total(run.state.agents.shared, gift) for run in runs]
    for _ in range(gift.ticks):
        now = [_total(run.advance(1).state.network.followers.where["count"], gift) for run in runs]
        excess.append(now[0] - now[1])
    gained = _won(runs[0], gift) - _won(runs[1], gift)
    shared = [_total(run.state.agents.shared, gift) - earlier for run, earlier in zip(runs, before, strict=True)]
    fed, stood = max(1, sum(excess[:-2])), max(1, sum(excess[:-1]))
    numbers = {f"excess_{place}": excess[mark] / gift.agents.size for place, mark in enumerate(marks(gift.ticks))}
    numbers |= {"gain": gained / fed, "loss": (excess[0] + gained - excess[-1]) / stood}
    return {**numbers, "share": (shared[0] - shared[1]) / fed}


def _total(column: np.ndarray, gift: Gift) -> int:
    return int(column[gift.agents].sum(dtype=np.int64))


def _won(run: Run, gift: Gift) -> int:
    """Return how many followers these agents won from the gift on, those given left out."""
    changes = np.concatenate(run.ledger)
    later = changes[(changes["tick"] >= gift.start) & np.isin(changes["followee"], gift.agents)]
    return int(np.isin(later["reason"], range(1, 7)).sum())
