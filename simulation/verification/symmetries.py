"""Symmetries: what must not matter? The order of storage, a split of one group, the length of a tick, rates of zero.

Two of them are exact, draw by draw: the difference must be 0 in every replicate. Splitting a group and halving the tick
change the draws and leave the law alone, the latter in the limit of small rates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..exchange import to_ties
from ..run import Run
from ..state import COUNTS
from ..theory import chains
from ..worlds import open_world
from .chains import AGENTS, one_giver
from .check import Check, Means
from .runs import runs

#: Every mechanism on: what must not matter must not matter together with everything else.
LIVELY: dict[str, Any] = {
    "bring": 0.3, "relay": 0.3, "cost": 0.3, "quality_spread": 1.0, "share_cost": 1.0, "introduction_cost": 1.0,
    "follow_back": 0.2, "churn": 0.05, "encounters": 2.0, "responsiveness": 0.5, "credit": 0.7,
}  # fmt: skip
PEOPLE: dict[str, Any] = {"find_rate": 1.0, "attention": 8.0, "introducing": 0.1}
TURNOVER = {"arrivals": 0.5, "departure": 0.03}

# --- the order of storage ---------------------------------------------------------------------------------------

STORED, STORED_TICKS = 40, 12
COMPARED = ("series", "people", "ties")


def relabelled(seed: int, replicates: int, altered: float) -> NDArray:
    """Return how many numbers differ where people are stored in another order, shape (replicates, 3).

    Numbers of the series of all counts, of the columns that describe people, and ties that only one of the two has.
    Responsiveness is altered in one of the two.
    """
    order = np.random.default_rng(seed).permutation(STORED)  # the key of the person in each slot
    people = PEOPLE | {"generosity": ("uniform", 0, 1), "group": ("integers", 0, 2), "identity": ("bernoulli", 0.3)}
    given: dict[str, Any] = LIVELY | TURNOVER | {"homophily": 0.4, "openness": 0.5}
    moved: dict[str, Any] = given | {"responsiveness": given["responsiveness"] * altered}
    pairs = zip(
        runs(open_world(agents=STORED, **people), seed, replicates, **given),
        runs(open_world(agents=STORED, key=order, **people), seed, replicates, **moved),
        strict=True,
    )
    return np.array(
        [_differences(one.advance(STORED_TICKS), other.advance(STORED_TICKS), order) for one, other in pairs]
    )


def _differences(one: Run, other: Run, order: NDArray) -> tuple[int, int, int]:
    series = np.concatenate(one.series) != np.concatenate(other.series)
    people = 0
    for name, column in one.state.agents.columns().items():
        if name not in ("memory", "memory_next"):  # the places in a memory may be taken in another order
            people += int((column[order] != getattr(other.state.agents, name)).sum())
    here = set(zip(*(side.tolist() for side in to_ties(one.state.network)[:2]), strict=True))
    there = set(zip(*(order[side].tolist() for side in to_ties(other.state.network)[:2]), strict=True))
    return int(series.sum()), people, len(here ^ there)


def _relabelled() -> Means:
    return Means(np.zeros(3), np.arange(3), "", "numbers that differ between the two", COMPARED, exact=True)


# --- one group or two -------------------------------------------------------------------------------------------

SPLIT, FIRST_GROUP, SPLIT_TICKS, SPLIT_ENCOUNTERS = 64, 24, 6, 6.0
CUTS = np.arange(0.42, 0.53, 0.02)


def split_group(seed: int, replicates: int, altered: float) -> NDArray:
    """Return differences in what share of ties joins the two parts, one group minus two, shape (replicates, cuts).

    For each cut: whether at most this share goes between the first 24 and the last 40 people in a world of one group,
    minus the same in an independent world where they are two groups. `spanning` of the two is altered.
    """
    part = (np.arange(SPLIT) >= FIRST_GROUP).astype(np.int64)
    share_outside = np.where(part == 0, SPLIT - FIRST_GROUP, FIRST_GROUP) / SPLIT
    one = open_world(agents=SPLIT, start="empty", **PEOPLE)
    two = open_world(agents=SPLIT, start="empty", group=part, spanning=share_outside * altered, **PEOPLE)
    given = LIVELY | {"encounters": SPLIT_ENCOUNTERS, "openness": 1.0}
    shares = np.empty((replicates, 2))
    for column, world in enumerate((one, two)):
        for replicate, run in enumerate(runs(world, seed + column, replicates, **given)):
            follower, followee, _ = to_ties(run.advance(SPLIT_TICKS).state.network)
            shares[replicate, column] = (part[follower] != part[followee]).mean()
    at_most = (shares[:, :, None] <= CUTS).astype(float)
    return at_most[:, 0] - at_most[:, 1]


def _split_group() -> Means:
    x_label = "share of ties between the two parts, at most"
    return Means(np.zeros(CUTS.size), CUTS, x_label, "probability: one group minus two")


# --- the length of a tick ---------------------------------------------------------------------------------------

LENGTHS = np.array([1.0, 0.5, 0.25])
TIME = 2
FULL: dict[str, Any] = {"find_rate": 10.0, "generosity": 0.8, "encounters": 4.0, "responsiveness": 0.5, "churn": 0.4}


def of_length(length: float) -> dict[str, Any]:
    """Return the rates of a tick that is shorter by a factor: all that happens per tick happens less often."""
    return FULL | {name: FULL[name] * length for name in ("find_rate", "churn")}


def limit_of_short_ticks() -> float:
    """Return the giver's mean followers in continuous time: dn/dt = f g q (N - 1 - n) - churn n, n(0) = 0."""
    q = chains.follow_probability_per_share(FULL["encounters"], FULL["responsiveness"], AGENTS)
    gain, loss = FULL["find_rate"] * FULL["generosity"] * q, FULL["churn"]
    return float((AGENTS - 1) * gain / (gain + loss) * -np.expm1(-(gain + loss) * TIME))


def shorter_ticks(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the giver's followers minus the limit's mean, for each length of a tick, shape (replicates, lengths)."""
    counts = [
        one_giver(seed + place, replicates, altered, law=of_length(length), ticks=np.array([round(TIME / length)]))
        for place, length in enumerate(LENGTHS)
    ]
    return np.column_stack(counts) - limit_of_short_ticks()


def _shorter_ticks() -> Means:
    means = [
        chains.follower_moments(round(TIME / length), agents=AGENTS, **of_length(length)).mean[-1] for length in LENGTHS
    ]
    return Means(np.array(means) - limit_of_short_ticks(), LENGTHS, "length of a tick", "mean followers minus limit")


# --- rates of zero ----------------------------------------------------------------------------------------------

#: What must not occur at all where a rate is zero, among everything else that does.
NEVER: dict[str, tuple[str, ...]] = {
    "generosity": ("shared",),
    "find_rate": ("found",),
    "visibility": ("follow_encounter",),
    "introducing": ("introductions", "follow_introduction"),
    "bring": ("brought", "follow_brought"),
    "encounters": ("follow_encounter",),
    "credit": ("follow_credit",),
    "follow_back": ("follow_follow_back",),
    "responsiveness": ("follow_encounter", "follow_brought", "follow_credit", "unfollow_stale", "unfollow_overload"),
    "cost": ("unfollow_stale", "unfollow_overload", "unfollow_dull"),
    "churn": ("unfollow_churn",),
    "arrivals": ("arrived", "follow_arrival"),
    "departure": ("departed", "unfollow_departure"),
}
OF_PEOPLE = ("generosity", "find_rate", "visibility", "introducing")


def rates_of_zero(seed: int, replicates: int, altered: float) -> NDArray:
    """Return how often occurs what cannot where one rate is zero, shape (replicates, rates); the control's is 0.1."""
    counts = np.empty((replicates, len(NEVER)))
    rate = altered - 1.0  # 0 altered by a factor would be 0 again
    for column, (name, never) in enumerate(NEVER.items()):
        people = PEOPLE | ({name: rate} if name in OF_PEOPLE else {})
        given = LIVELY | TURNOVER | ({} if name in OF_PEOPLE else {name: rate})
        places = [COUNTS.index(each) for each in never]
        for replicate, run in enumerate(runs(open_world(agents=STORED, **people), seed, replicates, **given)):
            counts[replicate, column] = np.concatenate(run.advance(STORED_TICKS).series)[:, places].sum()
    return counts


def _rates_of_zero() -> Means:
    names = tuple(NEVER)
    return Means(np.zeros(len(names)), np.arange(len(names)), "rate that is zero", "events per run", names, exact=True)


CHECKS = [
    Check(
        name="storage-order",
        subject="Does it matter in which order people are stored?",
        law="permuting storage together with keys leaves every number identical",
        source="ODD, section 4, Stochasticity",
        conditions="exact: all mechanisms on, two groups, arrivals and departures",
        predicted=_relabelled,
        sample=relabelled,
        control="responsiveness of one of the two",
        replicates=(50, 500),
    ),
    Check(
        name="split-group",
        subject="Is one group the same as two whose members meet each other as often?",
        law="openness 1 and spanning = share of people outside one's group: the law of one group",
        source="ODD, section 7.3: an encounter is then with anyone, each as likely",
        conditions="exact, nobody arrives or leaves; all other mechanisms on; independent worlds, same distribution",
        predicted=_split_group,
        sample=split_group,
        control="spanning",
        replicates=(200, 2000),
    ),
    Check(
        name="shorter-ticks",
        subject="Does the length of a tick matter?",
        law="the mean is exact at every length; its distance from continuous time shrinks with the length",
        source="derived here from the exact law for every length",
        conditions="as opt-in-opt-out; find_rate and churn per unit of time held; three lengths",
        predicted=_shorter_ticks,
        sample=shorter_ticks,
        control="responsiveness",
        replicates=(600, 3000),
    ),
    Check(
        name="rates-of-zero",
        subject="Does a rate of zero mean never?",
        law="what has rate 0 does not occur",
        source="the meaning of a rate; ODD, section 7",
        conditions="exact: one rate at a time is zero, all other mechanisms on",
        predicted=_rates_of_zero,
        sample=rates_of_zero,
        control="the rate: 0.1 for 0",
        replicates=(20, 200),
    ),
]
