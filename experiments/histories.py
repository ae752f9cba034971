"""What would the same people have become in another history, or if every tie had been dealt by lot?

A history's ties are dealt anew: each keeps its follower, its beginning and its end, and falls by lot on somebody who
was there when it began. Where all are drawn alike (*by lot*) nobody is preferred in any way; where people are drawn in
proportion to what they give (*by giving*) nobody is preferred for being followed. Among equals the two are one, and
without newcomers and where ties are few against people the followers then are Poisson, with newcomers and without
churn geometric (`simulation.theory.no_preference_pmf`). Ties from before the first tick stay as they are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from simulation import Parameters, replicate_seed
from simulation.measures import elite_turnover, gini, rank_agreement, top_share
from simulation.record import Keep
from simulation.run import Run
from simulation.state import CHANGE

from .starts import starting_world

HISTORIES, DRAWS = 3, 3  # of the same people; times that ties are dealt
NEVER = np.iinfo(np.int32).max
REDEALT = 20  # times that ties are dealt again which fell on the follower itself, or on whom it follows already
KEEP = Keep(ledger=True)
KINDS = ("", "_lot", "_given")  # as it came, dealt by lot, dealt by giving


class Spells(NamedTuple):
    """Ties from beginning to end, one array each: a pair that is tied twice has two.

    Attributes
    ----------
    follower, followee : int arrays
    born, died : int arrays
        Ticks; -1 where it was there at the start, ``NEVER`` where it still is.
    """

    follower: np.ndarray
    followee: np.ndarray
    born: np.ndarray
    died: np.ndarray


class Followers(NamedTuple):
    """Everybody's followers, half-way and at the end, by slot."""

    half: np.ndarray
    end: np.ndarray


def spells_of(run: Run) -> Spells:
    """Return all ties of a run that kept its ledger."""
    follower, followee, _ = run.start_ties
    first = np.zeros(follower.size, CHANGE)
    first["tick"], first["follower"], first["followee"], first["reason"] = -1, follower, followee, 1
    changes = np.concatenate([first, *run.ledger])  # in the order of time, which a stable sort keeps
    changes = changes[np.lexsort((changes["followee"], changes["follower"]))]
    pair = changes[["follower", "followee"]]
    died = np.full(changes.size, NEVER)
    goes_on = pair[1:] == pair[:-1]
    died[:-1][goes_on] = changes["tick"][1:][goes_on]
    begins = changes["reason"] > 0
    follower, followee, born = (changes[name][begins].astype(np.int64) for name in ("follower", "followee", "tick"))
    return Spells(follower, followee, born, died[begins])


def alive(spells: Spells, tick: int) -> np.ndarray:
    """Return which ties there are at the end of a tick."""
    return (spells.born <= tick) & (spells.died > tick)


def dealt(spells: Spells, arrived: np.ndarray, weights: ArrayLike, ticks: tuple[int, ...], random: Any) -> Spells:
    """Return the ties that there are at the end of these ticks, dealt anew.

    Parameters
    ----------
    spells : Spells
    arrived : int array of shape (slots,)
        Tick of arrival; -1 for those there at the start, ``NEVER`` for slots that nobody has taken.
    weights : float array of shape (slots,)
        People are drawn in proportion to these, >= 0, among those who had arrived before the tie began.
    ticks : tuple of int
    random : numpy.random.Generator
    """
    there = np.any([alive(spells, tick) for tick in ticks], axis=0)
    spells = Spells(*(column[there] for column in spells))
    order = np.argsort(arrived, kind="stable")
    total = np.cumsum(np.asarray(weights, np.float64)[order])
    among = total[np.searchsorted(arrived[order], np.maximum(spells.born, 0)) - 1]
    followee = spells.followee.copy()
    new = wrong = spells.born >= 0
    for _ in range(REDEALT):
        if not wrong.any():
            break
        followee[wrong] = order[np.searchsorted(total, random.random(int(wrong.sum())) * among[wrong], side="right")]
        pairs = pd.Series(spells.follower * arrived.size + followee)
        wrong = new & ((followee == spells.follower) | pairs.duplicated().to_numpy())
    return spells._replace(followee=followee)


def followers_at(spells: Spells, ticks: tuple[int, int], slots: int) -> Followers:
    """Return everybody's followers at the end of two ticks."""
    return Followers(*(np.bincount(spells.followee[alive(spells, tick)], minlength=slots) for tick in ticks))


def standing(followers: Followers, arrived: np.ndarray, half: int) -> dict[str, float]:
    """Return how unequal people are at the end, and how far they stand as they stood half-way.

    Parameters
    ----------
    followers : Followers
    arrived : int array of shape (slots,)
        As in `dealt`.
    half : int
        The tick half-way: ranks are compared among those there by then, the top tenth is that of all at the end.
    """
    end = followers.end[arrived < NEVER]
    then = arrived <= half
    return {
        "gini": gini(end), "top": top_share(end),
        "turnover": elite_turnover(followers.half[arrived < NEVER], end),
        "tau": rank_agreement(followers.half[then], followers.end[then]),
    }  # fmt: skip


def intraclass(values: ArrayLike) -> float:
    """Return the intraclass correlation: which share of the variance is between people, and not between histories.

    One-way random effects, ICC(1) of Shrout & Fleiss (1979), Psychological Bulletin 86, 420-428: 0 on average where
    people do not matter, and then often below. NaN where nothing varies, or for one person or one history.

    Parameters
    ----------
    values : float array of shape (people, histories)

    Examples
    --------
    >>> intraclass([[1, 1], [2, 2], [5, 5]]), intraclass([[1, 2], [2, 1]])
    (1.0, -1.0)
    """
    x = np.asarray(values, np.float64)
    people, histories = x.shape
    if people < 2 or histories < 2 or np.ptp(x) == 0:
        return float("nan")
    mean = x.mean(axis=1, keepdims=True)
    between = histories * float(np.square(mean - x.mean()).sum()) / (people - 1)
    within = float(np.square(x - mean).sum()) / (people * (histories - 1))
    return (between - within) / (between + (histories - 1) * within)


def stands(run: Run, random: np.random.Generator, draws: int) -> tuple[dict[str, float], np.ndarray]:
    """Return how people stand at the end of a run, as it came and with its ties dealt anew.

    Parameters
    ----------
    run : Run
        With ``KEEP``, from its first tick on.
    random : numpy.random.Generator
    draws : int
        Times that ties are dealt by lot, and by giving.

    Returns
    -------
    dict
        `standing`, each also with ``_lot`` and ``_given`` (means over draws) behind its name.
    float array of shape (1 + 2 draws, slots)
        Everybody's followers at the end: as it came, by lot, by giving; NaN for slots that nobody has taken.
    """
    agents, half, end = run.state.agents, run.tick // 2 - 1, run.tick - 1
    spells = spells_of(run)
    arrived = np.where(agents.present, agents.arrived, NEVER)
    weights = {"_lot": np.ones(arrived.size), "_given": agents.generosity.astype(np.float64) * agents.find_rate}
    ends: list[np.ndarray] = []
    numbers: dict[str, float] = {}
    for kind in KINDS:
        dealings = [spells]
        if kind:
            dealings = [dealt(spells, arrived, weights[kind], (half, end), random) for _ in range(draws)]
        followers = [followers_at(each, (half, end), arrived.size) for each in dealings]
        found = pd.DataFrame([standing(each, arrived, half) for each in followers]).mean()
        numbers |= {f"{name}{kind}": float(value) for name, value in found.items()}
        ends += [np.where(arrived < NEVER, each.end, np.nan) for each in followers]
    return numbers, np.array(ends)


def persons_share(ends: np.ndarray) -> dict[str, float]:
    """Return the intraclass correlation of followers: as it came, and as ties were dealt (means over draws).

    Parameters
    ----------
    ends : float array of shape (histories, 1 + 2 draws, people)
        As `stands` gives it for each history, by person; those missing at the end of any are left out.
    """
    there = np.isfinite(ends).all(axis=(0, 1))
    found = [intraclass(ends[:, deal][:, there].T) for deal in range(ends.shape[1])]
    draws = len(found) // 2
    return {"icc": found[0], "icc_lot": float(np.mean(found[1 : 1 + draws])),
            "icc_given": float(np.mean(found[1 + draws :]))}  # fmt: skip


def sizes(run: dict[str, Any]) -> tuple[int, int]:
    """Return how many people there are at the start, and in the end: fixed in the end, or in the network given."""
    if run["network"]:
        start = starting_world(run["network"], run["agents"]).agents
        return start, round(start * run["growth"])
    return max(2, round(run["agents"] / run["growth"])), run["agents"]


def live(
    run: dict[str, Any], seed: int, parameters: dict[str, Any], history: int = 0, equal: bool = False, keep: Keep = KEEP
) -> tuple[Run, np.ndarray]:
    """Return one history of the same people, not begun, and who is in which slot: their places are dealt anew.

    Parameters
    ----------
    run : dict
        A row of a design: ``network``, ``agents``, ``growth``, ``ticks`` and ``spread`` (of find rates, log).
    seed : int
        Of the people, and with ``history`` of their history.
    parameters : dict
    history : int
    equal : bool
        Everybody finds and gives the same.
    keep : Keep
    """
    start, slots = sizes(run)
    random = np.random.default_rng([seed, 1])
    generosity = random.random(slots)
    find_rate = 0.5 * np.exp(run["spread"] * random.standard_normal(slots) - run["spread"] ** 2 / 2)
    if equal:
        generosity, find_rate = np.full(slots, 0.5), np.full(slots, 0.5)
    who = np.random.default_rng([seed, 2, history]).permutation(slots)
    world = starting_world(run["network"], start, start="empty", generosity=generosity[who], find_rate=find_rate[who])
    how = Parameters(**parameters, arrivals=(slots - start) / run["ticks"], capacity=slots)
    return Run(world, how, seed=replicate_seed(seed, history), keep=keep), who


def lives(run: dict[str, Any], seed: int, parameters: dict[str, Any], equal: bool = False) -> dict[str, float]:
    """Return how people stand, as it came, dealt by lot and dealt by giving, and what is the person's of it.

    Means over ``HISTORIES``; parameters as of `live`.
    """
    stood, ends = [], []
    for history in range(HISTORIES):
        one, who = live(run, seed, parameters, history, equal)
        numbers, by_slot = stands(one.advance(run["ticks"]), np.random.default_rng([seed, 3, history]), DRAWS)
        stood.append({**numbers, "ties": float(np.nansum(by_slot[0])), "people": float(np.isfinite(by_slot[0]).sum())})
        by_person = np.empty_like(by_slot)
        by_person[:, who] = by_slot
        ends.append(by_person)
    return {**pd.DataFrame(stood).mean(), **persons_share(np.array(ends))}
