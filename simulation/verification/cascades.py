"""Cascades: does one item spread as a branching process, and through a random network as theory says?

Every person finds a few items in tick 0 and nobody finds any later, so each item is a cascade of its own: draws are
keyed by item, and with ample attention and memory the items do not touch. A bookkeeper who follows everybody and
gives nothing makes every share an entry of one feed, whoever else receives it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..first_ties import Ties, random_ties
from ..interventions import set_attribute
from ..parameters import Parameters
from ..record import Keep
from ..run import Run, replicate_seed
from ..theory import cascades, cascades_among_few
from .check import Check, Convergence, Pmf
from .runs import OFF, no_ties, plain_world

GENEROSITY, SIZES = 0.8, 60
PEOPLE, FINDS = 20_000, 0.2
ENCOUNTERS, RELAY = 1.0, 0.625  # R = encounters * generosity * relay = 0.5
ROOTS = 3
FEW, RELAY_OF_FEW, FINDS_OF_FEW = np.array([25, 50, 100]), 0.9, 8.0  # R = 0.72
FOLLOWERS, RELAY_OF_FOLLOWERS = 3, 0.2  # R = 3 * 0.16
RELAY_OF_FEW_FOLLOWERS = 0.3  # R = 3 * 0.24


class Spread(NamedTuple):
    """What became of all items of one run.

    Attributes
    ----------
    shares : int array of shape (items,)
        Shares of each item, in the order of finder and rank.
    generations : int array of shape (items,)
        Ticks in which it was shared, from the first to the last.
    per_generation : int array of shape (ticks,)
        Shares of all items together.
    readers : int array of shape (items,)
        Different people who received it; empty unless asked for.
    """

    shares: NDArray
    generations: NDArray
    per_generation: NDArray
    readers: NDArray


def with_bookkeeper(ties: Callable[[int, NDArray], Ties]) -> Callable[[int, NDArray], Ties]:
    """Return first ties among all but the last agent, who follows everybody."""

    def first_ties(seed: int, key: NDArray) -> Ties:
        people = len(key) - 1
        follower, followee, locked = ties(seed, key[:people])
        return (
            np.concatenate([follower, np.full(people, people)]),
            np.concatenate([followee, np.arange(people)]),
            np.concatenate([locked, np.zeros(people, bool)]),
        )

    return first_ties


def spread(
    seed: int, people: int, ties: Callable[[int, NDArray], Ties], finds: float, readers: bool = False, **rates: Any
) -> Spread:
    """Run one world until nobody shares any more and return what became of its items.

    Parameters
    ----------
    seed : int
    people : int
        All but the bookkeeper.
    ties : function
        First ties of the people.
    finds : float
        Mean number of items that each finds in tick 0.
    readers : bool
        Whether to count readers.
    **rates
        Parameters of the model.
    """
    generosity = np.append(np.full(people, GENEROSITY), 0.0)
    find_rate = np.append(np.full(people, finds), 0.0)
    world = plain_world(people + 1, with_bookkeeper(ties), generosity=generosity, find_rate=find_rate)
    stop = set_attribute(1, range(people), "find_rate", 0.0)
    run = Run(world, Parameters(**{**OFF, "memory": 64, **rates}), seed=seed, interventions=[stop],
              keep=Keep(feeds=True))  # fmt: skip
    feeds = [run.advance(1).readings]
    first = np.append(0, np.cumsum(run.state.agents.found))  # of each finder's items
    while feeds[-1].size:
        feeds.append(run.advance(1).readings)
    table = np.concatenate(feeds)
    item = first[table["finder"]] + table["rank"]
    books = table["reader"] == people
    generations = np.zeros(first[-1], np.int64)
    np.maximum.at(generations, item[books], table["tick"][books] + 1)
    reached = np.unique(item[~books] * people + table["reader"][~books]) // people if readers else item[:0]
    return Spread(
        np.bincount(item[books], minlength=first[-1]),
        generations,
        np.bincount(table["tick"][books], minlength=len(feeds)),
        np.bincount(reached, minlength=first[-1]) if readers else reached,
    )


# --- branching --------------------------------------------------------------------------------------------------


def followers_each(seed: int, key: NDArray) -> Ties:
    """Return ties that give everybody so many random followers: random followees, turned round."""
    followee, follower, locked = random_ties(seed, key, FOLLOWERS)
    return follower, followee, locked


def items(
    seed: int, replicates: int, outcome: str, ties: Callable[[int, NDArray], Ties] = no_ties, people: int = PEOPLE,
    finds: float = FINDS, **rates: Any,
) -> NDArray:  # fmt: skip
    """Return one outcome of so many items, from as many runs as this takes, shape (replicates,)."""
    parts: list[NDArray] = []
    while sum(map(len, parts)) < replicates:
        run = spread(replicate_seed(seed, len(parts)), people, ties, finds, **rates)
        parts.append(getattr(run, outcome))
    return np.concatenate(parts)[:replicates]


def shares_of_several(seed: int, replicates: int, altered: float) -> NDArray:
    """Return shares of so many items together of those that were shared at all, shape (replicates,)."""
    rates: dict[str, Any] = {"encounters": ENCOUNTERS, "relay": RELAY * altered}
    found = items(seed, round(1.1 * ROOTS * replicates / GENEROSITY) + 100, "shares", **rates)
    shared = found[found > 0]
    return shared[: replicates * ROOTS].reshape(replicates, ROOTS).sum(axis=1)


def _several() -> Pmf:
    law = cascades.borel_tanner_pmf(np.arange(SIZES), ENCOUNTERS * GENEROSITY * RELAY, ROOTS)
    return Pmf(law, f"shares of {ROOTS} items that are shared")


@cache
def _approach() -> Convergence:
    law: dict[str, float] = {"generosity": GENEROSITY, "relay": RELAY_OF_FEW, "encounters": ENCOUNTERS}
    laws = [cascades_among_few.finite_shares_pmf(SIZES, agents=int(n) + 1, sharing=int(n), **law) for n in FEW]
    return Convergence(FEW, cascades.shares_pmf(SIZES, **law), np.array(laws))


def approaching(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the distance from the limit at each number of people, shape (replicates, numbers); relay is altered."""
    distances = []
    for place, people in enumerate(FEW.tolist()):
        shares = items(seed + place, replicates, "shares", people=people, finds=FINDS_OF_FEW, memory=512,
                       encounters=ENCOUNTERS, relay=RELAY_OF_FEW * altered)  # fmt: skip
        distances.append(_approach().measured(place, shares[:, None] == np.arange(SIZES)))
    return np.column_stack(distances)


@cache
def _approach_with_followers() -> Convergence:
    law: dict[str, Any] = {"generosity": GENEROSITY, "relay": RELAY_OF_FEW_FOLLOWERS, "followers": FOLLOWERS}
    laws = [cascades_among_few.finite_follower_shares_pmf(SIZES, agents=int(n), **law) for n in FEW]
    return Convergence(FEW, _shares_with_followers(RELAY_OF_FEW_FOLLOWERS), np.array(laws))


def approaching_with_followers(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the distance from the limit at each number of people, shape (replicates, numbers); relay is altered.

    A replicate is a network: its items meet the same ties. It has as many people of each number, one network of the
    largest and several of the others.
    """
    distances = []
    for place, people in enumerate(FEW.tolist()):
        networks = int(FEW[-1]) // people
        shares = np.zeros((replicates, SIZES))
        for number in range(replicates * networks):
            found = spread(replicate_seed(seed + place, number), people, followers_each, FINDS_OF_FEW, memory=512,
                           relay=RELAY_OF_FEW_FOLLOWERS * altered).shares  # fmt: skip
            shares[number // networks] += np.bincount(found, minlength=SIZES)[:SIZES] / (found.size * networks)
        distances.append(_approach_with_followers().measured(place, shares))
    return np.column_stack(distances)


def _sizes() -> Pmf:
    law = cascades.shares_pmf(SIZES, generosity=GENEROSITY, relay=RELAY, encounters=ENCOUNTERS)
    return Pmf(law, "shares of one item")


def _shares_with_followers(relay: float) -> NDArray:
    """Return the law of an item's shares where everybody has so many followers, shape (SIZES,)."""
    law = cascades.binomial_cascade_pmf(np.arange(SIZES), FOLLOWERS, GENEROSITY * relay) * GENEROSITY
    law[0] = 1 - GENEROSITY
    return law


def _sizes_with_followers() -> Pmf:
    return Pmf(_shares_with_followers(RELAY_OF_FOLLOWERS), "shares of one item")


def _generations() -> Pmf:
    ends = cascades.depth_cdf(30, ENCOUNTERS * GENEROSITY * RELAY)
    return Pmf(np.append(1 - GENEROSITY, GENEROSITY * np.diff(ends, prepend=0.0)), "generations of shares of one item")


TREE_LIKE = "no ties change, net value 1, memory and attention ample; limit of many people"
_cascade = partial(Check, control="relay")
CHECKS = [
    _cascade(
        name="cascade-size", subject="How often is one item shared, if strangers come across it?",
        law="0 with probability 1 - g, else Borel with R = encounters g relay", source="Borel 1942; Tanner 1961",
        conditions=f"no ties but a silent bookkeeper's, {TREE_LIKE} (here {PEOPLE})", predicted=_sizes,
        sample=lambda seed, n, altered: items(seed, n, "shares", encounters=ENCOUNTERS, relay=RELAY * altered),
        replicates=(12000, 80000), converges="cascade-size-convergence",
    ),
    _cascade(
        name="cascade-size-several", subject=f"How often are {ROOTS} items shared together?",
        law=f"Borel-Tanner with {ROOTS} roots and R = encounters g relay", source="Borel 1942; Tanner 1961",
        conditions=f"as cascade-size; items that their finders share: {TREE_LIKE} (here {PEOPLE})", predicted=_several,
        sample=shares_of_several, replicates=(3000, 20000), converges="cascade-size-convergence",
    ),
    _cascade(
        name="cascade-size-convergence", subject="Does the law become that of infinitely many people?",
        law="chain-binomial (Reed-Frost) law; its distance (total variation) from Borel's shrinks",
        source="Bailey 1975; derived here, share by share",
        conditions="as cascade-size, R = 0.72; 25, 50 and 100 people; exact at every number",
        predicted=lambda: _approach().means(), sample=approaching, replicates=(8000, 40000),
    ),
    _cascade(
        name="cascade-size-followers", subject="How often is one item shared, if everybody has three followers?",
        law="0 with probability 1 - g, else Otter-Dwass with Binomial(3, g relay)", source="Otter 1949; Dwass 1969",
        conditions=f"three random followers each, {TREE_LIKE} (here {PEOPLE})", predicted=_sizes_with_followers,
        sample=lambda seed, n, altered: items(seed, n, "shares", followers_each, relay=RELAY_OF_FOLLOWERS * altered),
        replicates=(12000, 80000), converges="cascade-size-followers-convergence",
    ),
    _cascade(
        name="cascade-size-followers-convergence", subject="Does this law, too, become that of infinitely many people?",
        law="chain-hypergeometric law; its distance (total variation) from Otter and Dwass's shrinks",
        source="derived here, share by share",
        conditions="as cascade-size-followers, R = 0.72; 25, 50 and 100 people; exact at every number",
        predicted=lambda: _approach_with_followers().means(), sample=approaching_with_followers,
        replicates=(50, 400),
    ),
    _cascade(
        name="cascade-depth", subject="For how many generations is one item shared?",
        law="iterates of the generating function exp(R (s - 1)) at 0", source="Harris 1963",
        conditions=f"as cascade-size: {TREE_LIKE} (here {PEOPLE})", predicted=_generations,
        sample=lambda seed, n, altered: items(seed, n, "generations", encounters=ENCOUNTERS, relay=RELAY * altered),
        replicates=(12000, 80000), converges="cascade-size-convergence",
    ),
]  # fmt: skip
