"""Growth by newcomers who follow those whose shares they see: are followers distributed as preferential attachment?

Attachment without preference has bring = 0: shares, and so followers gained, are then in proportion to generosity *
find_rate, whatever the followers. Exponents of tails are no check: whole laws are compared, at finite size where they
are known.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..exchange import to_ties
from ..theory import growth, growth_with_loss, inequality
from .check import Check, Convergence, Means
from .growing import demand_first_follows, gini, growing_world, grown, law_above, shares_above
from .runs import followers, runs

MARKS = np.array([0, 1, 3, 7, 15])
FEW = MARKS[:3]  # where larger numbers are rare
LARGEST = 400  # no agent of these networks has more followers, but with negligible probability
FOLLOWERS = "followers"

NOT_SATISFIED = [
    ("growth-with-unfollow (a fixed number of random ties deleted per newcomer)",
     "churn is a rate per tie, so the deletions grow with the ties"),
    ("growth-with-churn in continuous time, at any number of agents",
     "newcomers bring from the next tick on, and a tick is not infinitely short: with 60 first agents and one newcomer"
     " per tick the probability of any follower is 1.5 % higher; growth-with-churn-convergence shows the limit"),
    ("growth-with-churn, first_follows > 1",
     "who has lost followees brings more to those left: attachment is no longer linear in followers"),
    ("growth with departures, first_follows > 1", "as churn: a departure takes followees from those who followed"),
    ("power laws with an exponent below 3, equal agents", "the exponent is 2 + 1 / bring, and bring is at most 1"),
    ("exponents of out-degree, and of both together (Krapivsky, Rodgers & Redner; Bollobas, Borgs, Chayes & Riordan)",
     "they need new ties between old agents in proportion to degrees, which no rule of the model sees"),
    ("preferential attachment in a population of fixed size (negative binomial, beta-binomial)",
     "as above: who gets a new tie would have to depend on visible counts; fame is such a rule, and off"),
    ("Barabasi-Albert", "its attachment counts ties in both directions; the model's attractiveness counts followers"),
]  # fmt: skip


# --- the law of followers -----------------------------------------------------------------------------------------

EQUAL: dict[str, Any] = {"agents": 400, "first": np.full(40, 2), "first_follows": 2, "bring": 0.9}


def expected(agents: int, first: NDArray, first_follows: float, attractiveness: float) -> NDArray:
    """Return the law of followers at finite size, shape (LARGEST,)."""
    counts = growth.expected_counts(
        agents - first.size, follows=first_follows, attractiveness=attractiveness, start=np.bincount(first),
        size=LARGEST,
    )  # fmt: skip
    return counts / agents


def attractiveness(first_follows: int, bring: float) -> float:
    """Return the initial attractiveness; without bringing, where there is no preference, one as good as infinite."""
    return growth.attractiveness(first_follows, bring) if bring else 1e9


@cache
def _equal(bring: float) -> NDArray:
    return expected(EQUAL["agents"], EQUAL["first"], 2, attractiveness(2, bring))


def _in_degree() -> Means:
    return Means(law_above(_equal(0.9), MARKS), MARKS, FOLLOWERS, "share of agents with more followers")


def sample_in_degree(seed: int, replicates: int, altered: float) -> NDArray:
    """Return shares of agents with more followers than the marks; bring is altered."""
    law = EQUAL | {"bring": EQUAL["bring"] * altered}
    return np.array([shares_above(followers(run), MARKS) for run in grown(seed, replicates, **law)])


# --- how unequal --------------------------------------------------------------------------------------------------


def _gini(bring: float) -> Means:
    value = inequality.gini_of_pmf(_equal(bring), mean=2.0)
    return Means(np.array([value]), np.array([bring]), "bring", "Gini coefficient of followers")


def sample_gini(seed: int, replicates: int, bring: float, **more: Any) -> NDArray:
    """Return the Gini coefficient of followers of each network."""
    return np.array([gini(followers(run)) for run in grown(seed, replicates, **(EQUAL | {"bring": bring} | more))])


# --- convergence with the number of agents ------------------------------------------------------------------------

SIZES = np.array([40, 80, 160])
SMALL: dict[str, Any] = {"first": np.full(20, 1), "first_follows": 1, "arrivals": 0.5, "find_rate": 1.0}


@cache
def _approach(bring: float) -> Convergence:
    limit = growth.in_degree_pmf(np.arange(LARGEST), first_follows=1, bring=bring)
    laws = [expected(int(size), SMALL["first"], 1, attractiveness(1, bring)) for size in SIZES]
    return Convergence(SIZES, limit, np.array(laws))


def sample_convergence(seed: int, replicates: int, altered: float, bring: float) -> NDArray:
    """Return the distance from the limit at each size, shape (replicates, sizes); first agents' generosity altered."""
    law = SMALL | {"bring": bring}
    generosity = np.where(np.arange(SIZES[-1]) < SMALL["first"].size, 0.8 * altered, 0.8)
    shares = np.empty((SIZES.size, replicates, LARGEST))
    for replicate, run in enumerate(grown(seed, replicates, agents=int(SIZES[-1]), generosity=generosity, **law)):
        follower, followee, _ = to_ties(run.state.network)
        for place, size in enumerate(SIZES.tolist()):  # newcomers fill slots in order and follow earlier ones only
            counts = np.bincount(followee[follower < size], minlength=size)
            shares[place, replicate] = np.bincount(counts, minlength=LARGEST) / size
    return np.column_stack([_approach(bring).measured(place, each) for place, each in enumerate(shares)])


# --- growth and churn ---------------------------------------------------------------------------------------------

LOSS: dict[str, Any] = {"arrivals": 1.0, "bring": 0.9, "find_rate": 2.0}
LOSS_FIRST, LOSS_SIZES = 60, np.array([10, 20, 40])  # first agents
COUNTED = 9  # numbers of followers told apart


def loss(first: int) -> dict[str, Any]:
    """Return for how many ticks so many first agents are watched and the churn: both as large for all numbers."""
    return {"ticks": 3 * first // 2, "churn": 4 / (3 * first)}


@cache
def _lost(first: int) -> NDArray:
    """Return the law of followers of so many first agents, shape (COUNTED,)."""
    return growth_with_loss.delayed_churn_pmf(COUNTED, start_agents=first, **loss(first), **LOSS)


def with_churn(seed: int, replicates: int, altered: float, first: int) -> NDArray:
    """Return the followers of so many first agents, shape (replicates, first); churn is altered."""
    ticks, churn = loss(first)["ticks"], loss(first)["churn"] * altered
    capacity = first + ticks + 8 * round(np.sqrt(ticks))  # 8 standard deviations more than are expected
    world = growing_world(capacity, np.zeros(first), 0, find_rate=LOSS["find_rate"])
    rates = {name: LOSS[name] for name in ("arrivals", "bring")}
    counts = np.empty((replicates, first), np.int64)
    sample = runs(world, seed, replicates, capacity=capacity, memory=0, first_follows=1, churn=churn, **rates)
    for replicate, run in enumerate(sample):
        demand_first_follows(run.advance(ticks))
        counts[replicate] = followers(run)[:first]
    return counts


def _churn() -> Means:
    return Means(law_above(_lost(LOSS_FIRST), FEW), FEW, FOLLOWERS, "share of first agents with more followers")


def sample_churn(seed: int, replicates: int, altered: float) -> NDArray:
    """Return shares of first agents with more followers than the marks; churn is altered."""
    return np.array([shares_above(each, FEW) for each in with_churn(seed, replicates, altered, LOSS_FIRST)])


@cache
def _approach_with_churn() -> Convergence:
    first = int(LOSS_SIZES[-1])
    rates = {name: LOSS[name] for name in ("arrivals", "bring")}
    limit = growth_with_loss.growth_with_churn_pmf(range(COUNTED), born=0, start_agents=first, **loss(first), **rates)
    return Convergence(LOSS_SIZES, limit, np.array([_lost(int(each)) for each in LOSS_SIZES]))


def sample_churn_convergence(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the distance from the limit at each number of first agents, shape (replicates, numbers); churn is altered.

    A replicate has as many first agents of each number: one network of the largest, several of the others.
    """
    distances = []
    for place, first in enumerate(LOSS_SIZES.tolist()):
        networks = int(LOSS_SIZES[-1]) // first
        counts = with_churn(seed + place, replicates * networks, altered, first).reshape(replicates, -1)
        shares = (counts[:, :, None] == np.arange(COUNTED)).mean(axis=1)
        distances.append(_approach_with_churn().measured(place, shares))
    return np.column_stack(distances)


def _check(name: str, subject: str, law: str, source: str, conditions: str, **rest: Any) -> Check:
    every = "responsiveness, relay, encounters, cost, introducing, departure 0; equal find_rate; few newcomers per tick"
    return Check(name=name, subject=subject, law=law, source=source, conditions=f"{every}; {conditions}", **rest)


WITH_CHURN = ("first_follows 1, the only case that keeps attachment linear; equal generosity; exact at every size, by a"
              " chain averaged over 1024 histories of the totals")
PRICE = "Price 1976; Dorogovtsev, Mendes & Samukhin 2000; attractiveness derived here"
CHECKS = [
    _check(
        "growth-in-degree", "How many followers have people in a growing network?",
        "Price's law with attractiveness first_follows / bring, first agents included (tail exponent 2 + 1 / bring)",
        PRICE, "equal generosity; exact up to first_follows / agents (here 2 / 400)",
        predicted=_in_degree, sample=sample_in_degree, control="bring", replicates=(105, 120),
        converges="growth-convergence",
    ),
    _check(
        "growth-convergence", "Does the law become Price's as the network grows?",
        "the distance (total variation) from the limit shrinks as the law at finite size says", PRICE,
        "equal generosity; 40, 80 and 160 agents, 20 at first",
        predicted=lambda: _approach(0.9).means(), sample=partial(sample_convergence, bring=0.9),
        control="first agents' generosity", replicates=(300, 700),
    ),
    _check(
        "growth-without-preference-convergence", "Does the law without preference become geometric?",
        "the distance (total variation) from the geometric law shrinks as the law at finite size says", "derived here",
        "bring 0, equal generosity; 40, 80 and 160 agents, 20 at first; exact at every size",
        predicted=lambda: _approach(0.0).means(), sample=partial(sample_convergence, bring=0.0),
        control="first agents' generosity", replicates=(400, 700),
    ),
    _check(
        "growth-without-preference-gini", "How unequal are followers without any feedback?",
        "geometric followers, Gini near (1 + c) / (1 + 2 c) > 0.5: inequality alone is no sign of feedback",
        "derived here", "bring 0, equal generosity; first agents included",
        predicted=lambda: _gini(0.0),
        sample=lambda seed, n, altered: sample_gini(seed, n, altered - 1.0, find_rate=2.0),
        control="bring 0.1 for 0", replicates=(25, 150), converges="growth-without-preference-convergence",
    ),
    _check(
        "growth-preference-gini", "How much more unequal are they where followers attract followers?",
        "Gini coefficient of Price's law at finite size", PRICE, "bring 0.9, equal generosity; first agents included",
        predicted=lambda: _gini(0.9), sample=lambda seed, n, altered: sample_gini(seed, n, 0.9 * altered),
        control="bring", replicates=(60, 120), converges="growth-convergence",
    ),
    _check(
        "growth-with-churn", "What is left of the lead where ties also end?",
        "Markov chain of an agent's followers of two ticks, given the numbers of agents and ties; with many agents"
        " negative binomial, shape a, mean by xi' = lambda + (lambda - churn) xi", "derived here", WITH_CHURN,
        predicted=_churn, sample=sample_churn, control="churn", replicates=(350, 1200),
        converges="growth-with-churn-convergence",
    ),
    _check(
        "growth-with-churn-convergence", "Does the law with churn become negative binomial as networks grow?",
        "the distance (total variation) from the negative binomial law shrinks as the exact law says", "derived here",
        f"{WITH_CHURN}; 10, 20 and 40 first agents, ticks as many and churn as small in proportion",
        predicted=lambda: _approach_with_churn().means(), sample=sample_churn_convergence, control="churn",
        replicates=(350, 1000),
    ),
]  # fmt: skip
