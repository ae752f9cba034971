"""Cascades on a directed network: how often do they become large, how far do they reach, and who carries them?

The network is random but for everybody's numbers of followers and followees, which go together: who follows many is
followed by many. How a run is read: `cascades`.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..first_ties import Ties
from ..run import replicate_seed
from ..theory import cascades, cascades_among_few
from .cascades import FINDS, GENEROSITY, PEOPLE, TREE_LIKE, spread
from .check import Check, Convergence, Means, side_by_side, yes_no

#: Types of people as (followers, followees, share): many followers, many followees.
TYPES = ((1, 0, 0.5), (2, 2, 0.25), (4, 6, 0.25))
RELAY_BELOW = 0.2  # R = 0.56; it would be 0.32 if the numbers were unrelated
GENERATIONS = np.arange(1, 5)
ABOVE, LARGE = 6000, 0.1  # people where cascades become large; share of them who read one, small ones stay far below
# near the threshold, where the probability is steep; further above, where the reach hardly depends on ABOVE
OFTEN: dict[str, Any] = {"relays": np.array([0.55]), "finds": 0.022}
REACH: dict[str, Any] = {"relays": np.array([0.625, 0.75, 0.875]), "finds": 0.006}
FEW, RELAY_OF_FEW, FINDS_OF_FEW, LARGE_OF_FEW = np.array([40, 80, 160]), 0.875, 2.0, 0.15



def degrees(people: int) -> tuple[NDArray, NDArray]:
    """Return everybody's number of followers and of followees, shape (people,) each."""
    counts = [round(share * people) for _, _, share in TYPES]
    return tuple(np.repeat([kind[end] for kind in TYPES], counts) for end in (0, 1))  # type: ignore[return-value]


def matched(random: np.random.Generator, people: int) -> tuple[NDArray, NDArray, NDArray]:
    """Return follower and followee of ties matched at random, and which are self-ties or repeat another tie."""
    followers, followees = degrees(people)
    followee, follower = np.repeat(np.arange(people), followers), np.repeat(np.arange(people), followees)
    random.shuffle(follower)
    return follower, followee, superfluous(follower, followee)


def superfluous(follower: NDArray, followee: NDArray) -> NDArray:
    """Return which ties are self-ties or repeat an earlier tie, shape (ties,)."""
    wrong = follower == followee
    pair = followee * (1 + max(follower.max(), followee.max())) + follower
    wrong[np.setdiff1d(np.arange(pair.size), np.unique(pair, return_index=True)[1])] = True
    return wrong


def configuration(seed: int, key: NDArray) -> Ties:
    """Return random ties that give everybody its numbers of followers and followees.

    Ends are matched at random; a self-tie or a second tie of a pair swaps its follower with a random tie's until
    none is left, so that the numbers stay exact.
    """
    random = np.random.default_rng(seed)
    follower, followee, wrong = matched(random, len(key))
    while wrong.any():
        for tie in np.flatnonzero(wrong):
            other = random.integers(follower.size)
            follower[tie], follower[other] = follower[other], follower[tie]
        wrong = superfluous(follower, followee)
    return follower, followee, np.zeros(follower.size, bool)


def erased(seed: int, key: NDArray) -> Ties:
    """Return random ties as `configuration`, but leave self-ties and second ties out: so the law is exact for few."""
    follower, followee, wrong = matched(np.random.default_rng(seed), len(key))
    return follower[~wrong], followee[~wrong], np.zeros(int((~wrong).sum()), bool)


def by_generation(seed: int, replicates: int, altered: float) -> NDArray:
    """Return shares in each generation per first share, one network per replicate; relay is altered."""
    ratios = np.empty((replicates, GENERATIONS.size))
    for replicate in range(replicates):
        run = spread(replicate_seed(seed, replicate), PEOPLE, configuration, FINDS, relay=RELAY_BELOW * altered)
        shares = np.append(run.per_generation, np.zeros(GENERATIONS.size, np.int64))
        ratios[replicate] = shares[GENERATIONS] / shares[0]
    return ratios


def large_cascades(
    seed: int, replicates: int, altered: float, *, relays: NDArray, finds: float
) -> tuple[NDArray, NDArray]:
    """Return how often a shared item becomes large, and who then reads it; relay is altered.

    Returns
    -------
    two arrays of shape (replicates, relays)
        Share of shared items that became large, mean share of all others who read these; one network per replicate.
    """
    often, reach = np.empty((2, replicates, relays.size))
    for replicate in range(replicates):
        for place, relay in enumerate(relays):
            name = replicate_seed(seed, replicate * relays.size + place)
            run = spread(name, ABOVE, configuration, finds, readers=True, memory=128, relay=relay * altered)
            read = run.readers[run.shares > 0] / (ABOVE - 1)
            often[replicate, place] = (read > LARGE).mean()
            reach[replicate, place] = read[read > LARGE].mean()
    return often, reach


@cache
def _approach() -> dict[str, Convergence]:
    """Return how the probability of a large cascade and its reach approach their limits."""
    p, often, reach = GENEROSITY * RELAY_OF_FEW, [], []
    for people in FEW.tolist():
        law = cascades_among_few.finite_readers_pmf(*degrees(people), p)
        read = np.arange(people) / (people - 1)
        large = law * (read > LARGE_OF_FEW)
        often.append(large.sum())
        reach.append(large @ read / large.sum())
    limit = cascades.cascade_on_network(*degrees(int(FEW[-1])), p)
    # as laws of a yes and a no, so that the distance is that of probability or share
    pairs = {"probability": (limit.large_probability, often), "reach": (limit.read_fraction, reach)}
    return {name: Convergence(FEW, yes_no(end), yes_no(values)) for name, (end, values) in pairs.items()}


def approaching(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the distances from the limits at each number of people, shape (replicates, 2 numbers); relay is altered.

    First of the probability that a shared item becomes large, then of the share who read one that does. A replicate
    has as many people of each number: one network of the largest, several of the others.
    """
    distances = np.empty((replicates, 2, FEW.size))
    for place, people in enumerate(FEW.tolist()):
        networks = int(FEW[-1]) // people
        large, reach = np.empty((2, replicates * networks))
        for number in range(replicates * networks):
            run = spread(replicate_seed(seed + place, number), people, erased, FINDS_OF_FEW, readers=True, memory=1024,
                         relay=RELAY_OF_FEW * altered)  # fmt: skip
            read = run.readers[run.shares > 0] / (people - 1)
            large[number] = (read > LARGE_OF_FEW).mean()
            reach[number] = (read * (read > LARGE_OF_FEW)).mean()
        large, reach = (each.reshape(replicates, networks).mean(axis=1) for each in (large, reach))
        probability, reached = _approach().values()
        predicted = reached.laws[place, 0]
        # the mean over replicates is the ratio of the means; the ratio of each replicate's numbers would be biased
        ratio = predicted + (reach - predicted * large) / large.mean()
        distances[:, 0, place] = probability.measured(place, yes_no(large))
        distances[:, 1, place] = reached.measured(place, yes_no(ratio))
    return distances.reshape(replicates, -1)


def _by_generation() -> Means:
    followers, followees = degrees(PEOPLE)
    p = GENEROSITY * RELAY_BELOW
    reproduction = cascades.reproduction_number(followers, followees, p)
    means = p * followers.mean() * reproduction ** (GENERATIONS - 1)
    return Means(means, GENERATIONS, "generation", "shares per first share")


def _large(what: str, relays: NDArray, label: str) -> Means:
    p = GENEROSITY * relays
    values = [getattr(cascades.cascade_on_network(*degrees(ABOVE), each), what) for each in p]
    return Means(np.array(values), p, "probability that a reader shares", label)


NETWORK = "directed configuration network"
_cascade = partial(Check, control="relay")
CHECKS = [
    _cascade(
        name="cascade-generations", subject="Do those who follow many and have many followers carry cascades?",
        law="p E[F] R^(t - 1) shares in generation t, R = p E[F G] / E[F]", source="Newman, Strogatz & Watts 2001",
        conditions=f"{NETWORK}, {TREE_LIKE} (here {PEOPLE})", predicted=_by_generation, sample=by_generation,
        replicates=(12, 60), converges="large-cascade-convergence",
    ),
    _cascade(
        name="large-cascade-probability", subject="How often does a shared item become large?",
        law="1 - E[v^F], v = 1 - p + p E[G v^F] / E[F]",
        source="Newman, Strogatz & Watts 2001; derived here for one draw per reader",
        conditions=f"{NETWORK} above its threshold, {TREE_LIKE} (here {ABOVE})",
        predicted=lambda: _large("large_probability", OFTEN["relays"], "probability that a shared item becomes large"),
        sample=lambda seed, n, altered: large_cascades(seed, n, altered, **OFTEN)[0], replicates=(28, 90),
        converges="large-cascade-convergence",
    ),
    _cascade(
        name="large-cascade-reach", subject="How many read an item that became large?",
        law="1 - E[w^G], w = 1 - p + p E[F w^G] / E[F]",
        source="Newman, Strogatz & Watts 2001; derived here for one draw per reader",
        conditions=f"as large-cascade-probability: {TREE_LIKE} (here {ABOVE})",
        predicted=lambda: _large("read_fraction", REACH["relays"], "share of all people who read it"),
        sample=lambda seed, n, altered: large_cascades(seed, n, altered, **REACH)[1], replicates=(7, 40),
        converges="large-cascade-convergence",
    ),
    _cascade(
        name="large-cascade-convergence", subject="Do probability and reach become those of infinitely many people?",
        law="Markov chain, tie by tie, on who has not read the item; its distances from both limits shrink",
        source="derived here",
        conditions=f"{NETWORK} without its self-ties and second ties, R = 2.45, large: read by more than 15 %; 40, 80"
        " and 160 people; exact at every number",
        predicted=lambda: side_by_side(_approach()), sample=approaching, replicates=(35, 300),
    ),
]  # fmt: skip
