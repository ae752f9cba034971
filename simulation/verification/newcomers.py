"""Do newcomers bring information, and so followers, as late as the model says? First movers and unequal generosity.

The law with that delay is exact at every size, so small networks do, and many newcomers per tick, which make the delay
plain. Without it these laws hold in the limit of many agents only: with 50 first agents of 200 and one newcomer per
tick the probability that a first mover gets any follower is off by 1.3 %, with 200 of 800 by 0.3 %, in proportion to
newcomers per tick over first agents. The mean over histories has an error of its own: replicates are so few that it
stays below a third of their standard error.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..exchange import to_ties
from ..theory import growth
from ..theory.growth_with_delay import delayed_counts
from .check import Check, Convergence, Means, side_by_side
from .growing import grown, law_above, shares_above
from .runs import followers

MARKS = np.array([0, 1, 3])
COUNTED = 12  # numbers of followers told apart
LAW: dict[str, Any] = {"bring": 0.8, "find_rate": 1.0, "arrivals": 3.0}
FOLLOWERS = "followers"

# --- first movers -------------------------------------------------------------------------------------------------

GIVES, FRACTION = 0.8, 0.25
SIZES = np.array([80, 160, 320])
ONE_SIZE = 160  # of the check of the law itself


def first_followers(agents: int) -> NDArray:
    """Return followers of the first agents: four in five have none, the others 5, so that the mean is 1."""
    first = round(FRACTION * agents)
    return np.repeat([0, 5], [first - first // 5, first // 5])


@cache
def _movers(agents: int) -> NDArray:
    """Return the exact law of the followers of first agents without any at first, shape (COUNTED,)."""
    first = first_followers(agents)
    movers = int((first == 0).sum())
    start = np.zeros((2, 6))
    start[0, 0], start[1, 5] = movers, first.size - movers
    came = np.ones(agents - first.size, int)
    counts = delayed_counts(COUNTED, start=start, newcomers=came, generosity=[GIVES, GIVES], paths=512, **LAW)
    return counts[0] / movers


def _limit() -> NDArray:
    a = growth.attractiveness(1, LAW["bring"])
    return growth.first_mover_pmf(np.arange(COUNTED), follows=1, attractiveness=a, fraction=FRACTION)


def movers_followers(seed: int, replicates: int, altered: float, agents: int) -> list[NDArray]:
    """Return the followers of the first agents who had none, one array per network; their generosity is altered."""
    first = first_followers(agents)
    movers = int((first == 0).sum())
    generosity = np.full(agents, GIVES)
    generosity[:movers] *= altered
    networks = grown(seed, replicates, agents=agents, first=first, first_follows=1, generosity=generosity, **LAW)
    return [followers(run)[:movers] for run in networks]


def _first_movers() -> Means:
    return Means(law_above(_movers(ONE_SIZE), MARKS), MARKS, FOLLOWERS, "share of first movers with more followers")


def sample_first_movers(seed: int, replicates: int, altered: float) -> NDArray:
    """Return shares of the first movers with more followers than the marks."""
    return np.array([shares_above(each, MARKS) for each in movers_followers(seed, replicates, altered, ONE_SIZE)])


@cache
def _approach() -> Convergence:
    return Convergence(SIZES, _limit()[:-1], np.array([_movers(int(size)) for size in SIZES])[:, :-1])


def sample_convergence(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the distance from the limit at each size, shape (replicates, sizes).

    A replicate has as many agents of each size: one network of the largest, several of the others.
    """
    distances = []
    for place, size in enumerate(SIZES.tolist()):
        networks = int(SIZES[-1]) // size
        counts = movers_followers(seed + place, replicates * networks, altered, size)
        together = np.minimum(np.array(counts).reshape(replicates, -1), COUNTED - 1)
        shares = (together[:, :, None] == np.arange(COUNTED - 1)).mean(axis=1)
        distances.append(_approach().measured(place, shares))
    return np.column_stack(distances)


# --- unequal generosity -------------------------------------------------------------------------------------------

GENEROSITY = np.array([0.45, 0.9])
FITNESS = LAW | {"bring": 0.5}
OF_TYPE, AGENTS = 25, 200  # first agents of each type; all agents


def spread(mean: float, agents: int) -> NDArray:
    """Return followers of so many agents: two neighbouring whole numbers of this mean, as nearly as it can be."""
    return np.diff(np.floor(mean * np.arange(agents + 1) + 0.5)).astype(np.int64)


@cache
def first_of_types() -> NDArray:
    """Return first followers of each type, shape (2, agents of a type): each type's share is the lasting one."""
    a = growth.attractiveness(1, FITNESS["bring"])
    rate = GENEROSITY[0] / growth.fitness_constant(GENEROSITY, follows=1, attractiveness=a)
    poor = spread(a * rate / (1 - rate), OF_TYPE)
    return np.array([poor, spread((2 * OF_TYPE - poor.sum()) / OF_TYPE, OF_TYPE)])


def _generosity() -> Means:
    start = np.array([np.bincount(first, minlength=10) for first in first_of_types()])
    came = np.arange(AGENTS - 2 * OF_TYPE) % 2
    counts = delayed_counts(int(MARKS[-1]) + 2, start=start, newcomers=came, generosity=GENEROSITY, **FITNESS)
    values = np.concatenate([law_above(each / each.sum(), MARKS) for each in counts])
    lines = ("less generous", "more generous")
    return Means(values, np.tile(MARKS, 2), FOLLOWERS, "share with more followers", lines=lines)


def sample_generosity(seed: int, replicates: int, altered: float) -> NDArray:
    """Return shares with more followers than the marks in both types; the less generous are altered."""
    generosity = np.tile(GENEROSITY * [altered, 1.0], AGENTS // 2)
    networks = grown(
        seed, replicates, agents=AGENTS, first=first_of_types().T.ravel(), first_follows=1, generosity=generosity,
        **FITNESS,
    )  # fmt: skip
    counts = [followers(run) for run in networks]
    return np.array([[*shares_above(each[::2], MARKS), *shares_above(each[1::2], MARKS)] for each in counts])


UNEQUAL_SIZES, EARLY = np.array([40, 80, 160]), 20
GROWING = FITNESS | {"arrivals": 1.0}


@cache
def _approach_of_types() -> dict[str, Convergence]:
    """Return how the laws of the less and of the more generous approach their limits."""
    laws = np.empty((2, UNEQUAL_SIZES.size, COUNTED - 1))
    for place, size in enumerate(UNEQUAL_SIZES.tolist()):
        counts = delayed_counts(COUNTED, start=[[0, EARLY // 2]] * 2, newcomers=np.arange(size - EARLY) % 2,
                                generosity=GENEROSITY, paths=512, **GROWING)  # fmt: skip
        laws[:, place] = (counts / counts.sum(axis=1, keepdims=True))[:, :-1]
    a = growth.attractiveness(1, GROWING["bring"])
    limits = [
        growth.fitness_pmf(range(COUNTED - 1), of=each, fitness=GENEROSITY, follows=1, attractiveness=a)
        for each in GENEROSITY
    ]
    each = zip(("less generous", "more generous"), limits, laws, strict=True)
    return {name: Convergence(UNEQUAL_SIZES, limit, law) for name, limit, law in each}


def sample_generosity_convergence(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the distances from both limits at each size, shape (replicates, 2 sizes); the less generous are altered.

    The first agents have one follower each.
    """
    agents = int(UNEQUAL_SIZES[-1])
    distances = np.empty((replicates, 2, UNEQUAL_SIZES.size))
    networks = grown(seed, replicates, agents=agents, first=np.ones(EARLY, int), first_follows=1,
                     generosity=np.tile(GENEROSITY * [altered, 1.0], agents // 2), **GROWING)  # fmt: skip
    for replicate, run in enumerate(networks):
        follower, followee, _ = to_ties(run.state.network)
        for place, size in enumerate(UNEQUAL_SIZES.tolist()):  # newcomers fill slots in order
            counts = np.bincount(followee[follower < size], minlength=size)
            for kind, each in enumerate(_approach_of_types().values()):
                shares = np.bincount(counts[kind::2], minlength=COUNTED)[: COUNTED - 1] / (size // 2)
                distances[replicate, kind, place] = each.measured(place, shares)
    return distances.reshape(replicates, -1)


CORNER = "responsiveness, relay, encounters, cost, introducing, churn, departure 0; first_follows 1, equal find_rate"
HOW = "exact at every size, by a chain averaged over 512 or 1024 histories of the totals"
_check = partial(
    Check,
    conditions=f"{CORNER}; three newcomers per tick; {HOW}",
)
CHECKS = [
    _check(
        name="growth-first-movers", subject="What is the lead of those who came first?",
        law="birth process in which newcomers bring from the next tick on and a tick's newcomers share one list;"
        " negative binomial, shape a, success (share at arrival) ^ (c / (c + a)), with many agents",
        source="derived here; the limit from the linear birth process (Kendall 1948)",
        predicted=_first_movers, sample=sample_first_movers, control="first movers' generosity",
        replicates=(350, 1500), converges="growth-first-movers-convergence",
    ),
    _check(
        name="growth-first-movers-convergence", subject="Does their lead become negative binomial as networks grow?",
        law="the distance (total variation) from the negative binomial law shrinks as the exact law says",
        source="derived here", predicted=lambda: _approach().means(), sample=sample_convergence,
        control="first movers' generosity", replicates=(170, 400),
    ),
    _check(
        name="growth-unequal-generosity", subject="Does generosity act as fitness?",
        law="attachment by generosity * (followers + a), with the delay; with many agents Price's law within each"
        " type, tail C' / (c generosity)",
        source="derived here; directed form of Bianconi & Barabasi 2001", predicted=_generosity,
        sample=sample_generosity, control="generosity of the less generous", replicates=(320, 700),
        converges="growth-unequal-generosity-convergence",
    ),
    Check(
        name="growth-unequal-generosity-convergence", subject="Does generosity become fitness as networks grow?",
        law="the distances (total variation) from Price's law within each type shrink as the exact law says",
        source="derived here", predicted=lambda: side_by_side(_approach_of_types()),
        conditions=f"{CORNER}; one newcomer per tick; 40, 80 and 160 agents, 20 at first with one follower each; {HOW}",
        sample=sample_generosity_convergence, control="generosity of the less generous", replicates=(450, 900),
    ),
]  # fmt: skip
