"""Opting in and opting out: does the number of one giver's followers obey the exact law, and its limit?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..theory import chains, hazards
from .check import Check, Means, Pmf
from .runs import followers, plain_world, runs

AGENTS, TICKS, GIVER = 41, 30, 0
LAW: dict[str, Any] = {"find_rate": 1.0, "generosity": 0.8, "encounters": 4.0, "responsiveness": 0.5, "churn": 0.05}
LIMIT = LAW | {"encounters": 0.5, "responsiveness": 0.02, "find_rate": 40.0}  # encounters * responsiveness small
MARKS = np.array([1, 3, 10, 30])


def one_giver(seed: int, replicates: int, altered: float, *, law: dict[str, Any], ticks: NDArray) -> NDArray:
    """Return the giver's followers after each of the ticks, shape (replicates, ticks); responsiveness is altered."""
    generosity = np.zeros(AGENTS)
    generosity[GIVER] = law["generosity"]
    world = plain_world(AGENTS, generosity=generosity, find_rate=law["find_rate"])
    rates = {name: law[name] for name in ("encounters", "churn")}
    counts = np.empty((replicates, len(ticks)))
    for replicate, run in enumerate(
        runs(world, seed, replicates, responsiveness=law["responsiveness"] * altered, **rates)
    ):
        for place, tick in enumerate(ticks):
            counts[replicate, place] = followers(run.advance(int(tick) - run.tick))[GIVER]
    return counts


def _law() -> Pmf:
    return Pmf(chains.follower_pmf(TICKS, agents=AGENTS, **LAW), "followers of the one giver after 30 ticks")


def _moments() -> tuple[NDArray, NDArray]:
    law = chains.follower_moments(TICKS, agents=AGENTS, **LAW)
    return law.mean[MARKS], law.variance[MARKS]


def _transient() -> Means:
    values, y_label = np.concatenate(_moments()), "followers of the one giver"
    return Means(values, np.tile(MARKS, 2), "tick", y_label, lines=("mean", "variance"))


def transient(seed: int, replicates: int, altered: float) -> NDArray:
    """Return followers and their squared distances from the law's mean at the marks, shape (replicates, 2 marks)."""
    counts = one_giver(seed, replicates, altered, law=LAW, ticks=MARKS)
    return np.column_stack([counts, (counts - _moments()[0]) ** 2])


def _limit() -> Pmf:
    q = chains.follow_probability_per_share(LIMIT["encounters"], LIMIT["responsiveness"], AGENTS)
    opt_in = chains.opt_in_probability(LIMIT["find_rate"], LIMIT["generosity"], q)
    pmf = hazards.independent_follower_pmf(TICKS, agents=AGENTS, opt_in=opt_in, churn=LIMIT["churn"])
    return Pmf(pmf, "followers of the one giver after 30 ticks")


CHECKS = [
    Check(
        name="opt-in-opt-out",
        subject="How many follow one giver?",
        law="all candidates share the tick's number of shares: a mixture, wider than Binomial",
        source="derived here: simulation/theory/chains.py",
        conditions="one giver, no ties at first, net value 1, all other mechanisms off; exact for every N",
        predicted=_law,
        sample=lambda seed, n, altered: one_giver(seed, n, altered, law=LAW, ticks=np.array([TICKS]))[:, 0],
        control="responsiveness",
        replicates=(1200, 6000),
    ),
    Check(
        name="opt-in-opt-out-transient",
        subject="How fast do they come?",
        law="mean and variance by a recursion; E n(t+1) = (1 - churn) E n(t) + a (N - 1 - E n(t))",
        source="derived here: simulation/theory/chains.py",
        conditions="as opt-in-opt-out; ticks 1, 3, 10 and 30",
        predicted=_transient,
        sample=transient,
        control="responsiveness",
        replicates=(800, 6000),
    ),
    Check(
        name="opt-in-opt-out-limit",
        subject="When are the candidates independent?",
        law="Binomial(N - 1, p_t), p_t the two-state chain's",
        source="Markov chain with two states, textbook",
        conditions="limit of small encounters * responsiveness (here 0.01)",
        predicted=_limit,
        sample=lambda seed, n, altered: one_giver(seed, n, altered, law=LIMIT, ticks=np.array([TICKS]))[:, 0],
        control="responsiveness",
        replicates=(1600, 3500),
    ),
]
