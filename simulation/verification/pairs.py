"""Pairs: are twin worlds coupled as strongly as promised, and are ties returned as often as follow-back says?"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..theory import chains, reciprocity, twins
from .check import Check, Convergence, Means, side_by_side, yes_no
from .runs import followers, plain_world, runs

AGENTS, GROUPS, MARKS = 41, 50, np.array([1, 3, 10, 30])
GIVERS = np.arange(GROUPS) * AGENTS
GENEROSITY = 0.6, 0.8
LAW: dict[str, Any] = {"find_rate": 1.0, "encounters": 4.0, "responsiveness": 0.5, "churn": 0.05}
ELSEWHERE = 1_000_003  # added to the seed of runs that must share nothing
DENSE: dict[str, Any] = {"find_rate": 1.0, "generosity": 0.6, "encounters": 3.0, "responsiveness": 0.4}
SPARSE: dict[str, Any] = {"find_rate": 0.04, "generosity": 1.0, "encounters": 1.0, "responsiveness": 1.0}
DENSE_AGENTS, DENSE_MARKS = 50, np.array([2, 8, 25])
SPARSE_AGENTS, SPARSE_TICKS = 1500, 150
CHURN, ANSWER = 0.05, 0.25
FEW, FEW_TICKS = np.array([25, 50, 100]), 60
FEW_LAW: dict[str, Any] = SPARSE | {"find_rate": 0.08}


# --- twins ----------------------------------------------------------------------------------------------------


def one_world(seed: int, replicates: int, generosity: float) -> NDArray:
    """Return the giver's followers at the marks in one of the two worlds, shape (replicates, marks).

    A run holds many groups that never meet, each with its giver: as independent as runs, and far cheaper.
    """
    gives = np.zeros(AGENTS * GROUPS)
    gives[GIVERS] = generosity
    group = np.repeat(np.arange(GROUPS), AGENTS)
    world = plain_world(gives.size, generosity=gives, find_rate=LAW["find_rate"], group=group, spanning=0.0)
    rates = {name: LAW[name] for name in ("encounters", "responsiveness", "churn")}
    counts = np.empty((-(-replicates // GROUPS), GROUPS, MARKS.size))
    for number, run in enumerate(runs(world, seed, len(counts), **rates)):
        for place, tick in enumerate(MARKS):
            counts[number, :, place] = followers(run.advance(int(tick) - run.tick))[GIVERS]
    return counts.reshape(-1, MARKS.size)[:replicates]


def coupled(seed: int, replicates: int, altered: float) -> tuple[NDArray, NDArray]:
    """Return followers in the two worlds of pairs; the control takes a tenth of the second worlds from other seeds."""
    first, second = (one_world(seed, replicates, generosity) for generosity in GENEROSITY)
    strangers = round(replicates * (altered - 1.0))
    if strangers:
        second[:strangers] = one_world(seed + ELSEWHERE, strangers, GENEROSITY[1])
    return first, second


def correlations(seed: int, replicates: int, altered: float) -> NDArray:
    """Return 1 - (u1 - u2)^2 / 2 of the standardized followers u, whose mean is their correlation.

    The usual u1 u2 has the same mean, and an error that is several times larger.
    """
    laws = [_moments(int(tick)) for tick in MARKS]
    mean, spread = np.array([law.means for law in laws]), np.sqrt([law.variances for law in laws])
    first, second = coupled(seed, replicates, altered)
    distance = (first - mean[:, 0]) / spread[:, 0] - (second - mean[:, 1]) / spread[:, 1]
    return 1 - distance**2 / 2


def variances(seed: int, replicates: int, altered: float) -> NDArray:
    """Return squared differences of paired and of unpaired runs over the unpaired variance, shape (replicates, 2)."""
    law = _moments(int(MARKS[-1]))
    first, second = (each[:, -1] for each in coupled(seed, replicates, altered))
    stranger = one_world(seed + 2 * ELSEWHERE, replicates, GENEROSITY[1])[:, -1]
    gain, unpaired = law.means[1] - law.means[0], law.variances.sum()
    return np.column_stack([(second - first - gain) ** 2, (stranger - first - gain) ** 2]) / unpaired


def _moments(ticks: int) -> twins.Twins:
    return twins.twin_moments(ticks, agents=AGENTS, generosity=GENEROSITY, **LAW)


def _correlations() -> Means:
    values = np.array([_moments(int(tick)).correlation for tick in MARKS])
    return Means(values, MARKS, "tick", "correlation of followers between twins")


def _variances() -> Means:
    law = _moments(int(MARKS[-1]))
    saved = law.difference_variance / law.variances.sum()
    y_label = "variance of the difference over that of unpaired runs"
    return Means(np.array([saved, 1.0]), np.arange(2), "", y_label, ("paired runs", "unpaired runs"))


# --- reciprocity ----------------------------------------------------------------------------------------------


def pairs_of(agents: int, run: Any) -> tuple[int, int]:
    """Return how many pairs of a run's agents are connected one way, and how many are mutual."""
    lists = run.state.network.followees
    follower = np.repeat(np.arange(agents), lists.where["count"])
    places = [lists.items[at["start"] : at["start"] + at["count"]] for at in lists.where]
    followee = np.concatenate(places).astype(np.int64)
    ties, returned = follower * agents + followee, followee * agents + follower
    mutual = int(np.isin(ties, returned).sum()) // 2
    return ties.size - 2 * mutual, mutual


def dyads(seed: int, replicates: int, altered: float, *, law: dict[str, Any], agents: int, ticks: NDArray) -> NDArray:
    """Return shares of one-way and of mutual pairs, shape (replicates, ticks, 2); follow_back is altered."""
    world = plain_world(agents, generosity=law["generosity"], find_rate=law["find_rate"])
    rates = {name: law[name] for name in ("encounters", "responsiveness")}
    shares = np.empty((replicates, len(ticks), 2))
    sample = runs(world, seed, replicates, churn=CHURN, follow_back=ANSWER * altered, **rates)
    for replicate, run in enumerate(sample):
        for place, tick in enumerate(ticks):
            shares[replicate, place] = pairs_of(agents, run.advance(int(tick) - run.tick))
    return shares / (agents * (agents - 1) / 2)


def dense_dyads(seed: int, replicates: int, altered: float) -> NDArray:
    """Return shares of one-way and mutual pairs at the marks of a dense network, shape (replicates, 2 marks)."""
    shares = dyads(seed, replicates, altered, law=DENSE, agents=DENSE_AGENTS, ticks=DENSE_MARKS)
    return shares.reshape(replicates, -1)


def returned(seed: int, replicates: int, altered: float) -> NDArray:
    """Return edge and dyad reciprocity in sparse networks, shape (replicates, 2); follow_back is altered."""
    found = dyads(seed, replicates, altered, law=SPARSE, agents=SPARSE_AGENTS, ticks=np.array([SPARSE_TICKS]))
    return shares_returned(found[:, 0], *_returned().values)


def shares_returned(pairs: NDArray, edge: float, dyad: float) -> NDArray:
    """Return edge and dyad reciprocity, shape (replicates, 2), as y + (A - y B) / mean B with y the predicted share.

    The mean over replicates is the ratio of the means of A and B; the ratio of each replicate's counts is biased.

    Parameters
    ----------
    pairs : array of shape (replicates, 2)
        Shares of one-way and of mutual pairs.
    edge, dyad : float
        The predicted shares.
    """
    one_way, mutual = pairs.T
    ties, connected = 2 * mutual + one_way, mutual + one_way
    return np.column_stack([edge + (2 * mutual - edge * ties) / ties.mean(),
                            dyad + (mutual - dyad * connected) / connected.mean()])  # fmt: skip


@cache
def _approach() -> dict[str, Convergence]:
    """Return how the shares of ties and of connected pairs that are mutual approach those of sparse networks."""
    churn: dict[str, float] = {"churn": CHURN, "follow_back": ANSWER}
    finds, gives = FEW_LAW["find_rate"], FEW_LAW["generosity"]
    laws = []
    for agents in FEW.tolist():
        q = chains.follow_probability_per_share(FEW_LAW["encounters"], FEW_LAW["responsiveness"], agents)
        laws.append(reciprocity.dyad_law(FEW_TICKS, opt_in=chains.opt_in_probability(finds, gives, q), **churn))
    sparse = reciprocity.dyad_law(FEW_TICKS, opt_in=1e-9, **churn)
    return {
        name: Convergence(FEW, yes_no(getattr(sparse, what)), yes_no([getattr(law, what) for law in laws]))
        for name, what in (("ties", "edge_reciprocity"), ("connected pairs", "dyad_reciprocity"))
    }


def returned_among_few(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the distances from sparse networks at each number of agents, shape (replicates, 2 numbers)."""
    distances = np.empty((replicates, 2, FEW.size))
    for place, agents in enumerate(FEW.tolist()):
        networks = int(FEW[-1]) // agents
        found = dyads(seed + place, replicates * networks, altered, law=FEW_LAW, agents=agents,
                      ticks=np.array([FEW_TICKS])).reshape(replicates, networks, 2).mean(axis=1)  # fmt: skip
        approach = list(_approach().values())
        ratios = shares_returned(found, *(each.laws[place, 0] for each in approach))
        for what, each in enumerate(approach):
            distances[:, what, place] = each.measured(place, yes_no(ratios[:, what]))
    return distances.reshape(replicates, -1)


def _dyads() -> Means:
    q = chains.follow_probability_per_share(DENSE["encounters"], DENSE["responsiveness"], DENSE_AGENTS)
    opt_in = chains.opt_in_probability(DENSE["find_rate"], DENSE["generosity"], q)
    laws = [reciprocity.dyad_law(int(t), opt_in=opt_in, churn=CHURN, follow_back=ANSWER) for t in DENSE_MARKS]
    values = np.array([share for law in laws for share in (law.one_way, law.mutual)])
    return Means(values, np.repeat(DENSE_MARKS, 2), "tick", "share of pairs", lines=("one-way", "mutual"))


def _returned() -> Means:
    edge = reciprocity.stepped_edge_reciprocity(ANSWER, CHURN)
    values = np.array([edge, reciprocity.dyad_from_edge_reciprocity(edge)])
    return Means(values, np.arange(2), "", "share that is mutual", ("of ties", "of connected pairs"))


NOT_SATISFIED = [
    ("reciprocity with two rates of loss, for one-way and for mutual ties", "the model has one churn for all ties"),
    ("reciprocity rho / (1 + rho) at any churn", "a tick is not infinitely short: it is the limit of small churn"),
]
TWINS = "one giver, generosity 0.6 and 0.8, no ties at first, isolated groups of 41; exact for every N"
_twins = partial(
    Check,
    source="derived here: simulation/theory/twins.py",
    replicates=(1600, 12000),
    control="coupling: a tenth of the pairs do not share their seed",
)
_returns = partial(Check, source="derived here: simulation/theory/reciprocity.py", control="follow_back")
CHECKS = [
    _twins(
        name="twins-coupling", subject="How alike are two worlds that differ in one agent's generosity?",
        law="correlation of followers from the pair's chain on four states, and on sixteen for two candidates",
        conditions=f"{TWINS}; ticks 1, 3, 10 and 30", predicted=_correlations, sample=correlations,
    ),
    _twins(
        name="twins-variance-saved", subject="How much variance does a comparison of twins save?",
        law="variance of the paired difference over that of the unpaired one",
        conditions=f"{TWINS}; tick 30", predicted=_variances, sample=variances,
    ),
    _returns(
        name="dyads", subject="How many pairs are connected one way, and how many mutually?",
        law="chain on three states: none, one-way, mutual",
        conditions="all give alike, follow_back 0.25, no ties at first; exact for every N; ticks 2, 8 and 25",
        predicted=_dyads, sample=dense_dyads, replicates=(200, 1000),
    ),
    _returns(
        name="reciprocity", subject="What share of ties, and of connected pairs, is mutual?",
        law="y = 2 rho / ((1 + rho) (2 - churn)) of ties, y / (2 - y) of pairs; rho / (1 + rho) if churn -> 0",
        conditions="all give alike, sparse (a tie per agent, N = 1500), one churn rate (0.05), long run (tick 150)",
        predicted=_returned, sample=returned, replicates=(45, 250), converges="reciprocity-convergence",
    ),
    _returns(
        name="reciprocity-convergence", subject="Do these shares become those of sparse networks?",
        law="chain on three states; its distances from the sparse law shrink with the opt-in of a pair, as 1 / N",
        conditions="as reciprocity, two ties per agent; 25, 50 and 100 agents, tick 60; exact at every number",
        predicted=lambda: side_by_side(_approach()), sample=returned_among_few,
        replicates=(300, 1200),
    ),
]  # fmt: skip
