"""Structure: random networks, trees, stars and cliques, and what a limited attention lets through.

Degrees, dyads and triads of the starting world; what share of a feed is read; who stands between whom, and what
reaches the top, where all ties are reporting lines; constraint in networks in which it is known. Centrality is
computed by networkx on networks that the simulator holds, so the definition used for all results is pinned as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from ..exchange import to_ties
from ..first_ties import Ties
from ..interventions import Intervention, add_ties, drop_ties, set_attribute
from ..run import Run
from ..theory import attention, brokerage, graphs, hierarchy
from ..worlds import open_world, workplace
from .check import Check, Means, Pmf
from .runs import followers, plain_world, runs

AGENTS, FOLLOWEES = 50, 10  # of the random worlds; the control has 11 followees each
TRIAD_AGENTS = 25

# --- random worlds ----------------------------------------------------------------------------------------------


def random_worlds(seed: int, replicates: int, altered: float, agents: int = AGENTS) -> Iterable[Run]:
    """Yield worlds as a run starts from them; the number of followees is altered."""
    return runs(open_world(agents=agents, followees=round(FOLLOWEES * altered)), seed, replicates)


def adjacency(run: Run) -> NDArray:
    """Return who follows whom as a matrix of 0 and 1, shape (agents, agents)."""
    matrix = np.zeros((run.capacity, run.capacity), np.int64)
    follower, followee, _ = to_ties(run.state.network)
    matrix[follower, followee] = 1
    return matrix


def in_degree(seed: int, replicates: int, altered: float) -> NDArray:
    """Return one agent's followers, shape (replicates,)."""
    return np.array([followers(run)[0] for run in random_worlds(seed, replicates, altered)])


def dyads(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the numbers of mutual, one-way and empty pairs, shape (replicates, 3)."""
    counts = np.empty((replicates, 3))
    for replicate, run in enumerate(random_worlds(seed, replicates, altered)):
        both = adjacency(run) + adjacency(run).T
        counts[replicate] = np.bincount(both[np.triu_indices(AGENTS, 1)], minlength=3)[::-1]
    return counts


def triads(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the triad census as networkx counts it, shape (replicates, 16)."""
    counts = np.empty((replicates, len(graphs.TRIADS)))
    for replicate, run in enumerate(random_worlds(seed, replicates, altered, TRIAD_AGENTS)):
        census = nx.triadic_census(nx.from_numpy_array(adjacency(run), create_using=nx.DiGraph))
        counts[replicate] = [census[name] for name in graphs.TRIADS]
    return counts


def _in_degree() -> Pmf:
    law = graphs.random_followees_in_degree_pmf(np.arange(AGENTS), AGENTS, FOLLOWEES)
    return Pmf(law, "followers of one agent")


def _dyads() -> Means:
    expected = graphs.random_dyads(AGENTS, FOLLOWEES / (AGENTS - 1))
    return Means(np.array(expected), np.arange(3), "", "pairs", ("mutual", "one-way", "not connected"))


def _triads() -> Means:
    census = graphs.random_followees_triad_census(TRIAD_AGENTS, FOLLOWEES)
    values = np.array([census[name] for name in graphs.TRIADS])
    return Means(values, np.arange(values.size), "triad", "triads", tuple(graphs.TRIADS))


# --- attention --------------------------------------------------------------------------------------------------

READERS, ATTENTION, ATTENTION_TICKS = 40, 10.0, 20
FOLLOWED = np.array([0, 5, 10, 20, 39])  # by the first five; the others follow nobody
SHARES, MET = 1.0, 4.0  # shares of each per tick, encounters of each share


def loads() -> NDArray:
    """Return the mean lengths of the first five feeds."""
    others = (READERS - 1 - FOLLOWED) * SHARES
    return np.array([attention.feed_mean(np.full(k, SHARES), other, MET, READERS)
                     for k, other in zip(FOLLOWED, others, strict=True)])  # fmt: skip


def read_shares(seed: int, replicates: int, altered: float) -> NDArray:
    """Return what is read of what is expected to arrive, shape (replicates, 5); attention is altered."""

    def ties(seed: int, key: NDArray) -> Ties:
        follower = np.repeat(np.arange(len(FOLLOWED)), FOLLOWED)
        followee = np.concatenate([(reader + 1 + np.arange(k)) % READERS for reader, k in enumerate(FOLLOWED)])
        return follower, followee, np.zeros(follower.size, bool)

    world = plain_world(READERS, ties, generosity=0.5, find_rate=2 * SHARES, attention=ATTENTION * altered)
    shares = np.empty((replicates, len(FOLLOWED)))
    for replicate, run in enumerate(runs(world, seed, replicates, encounters=MET, share_cost=1.0)):
        read = run.advance(ATTENTION_TICKS).state.agents.read[: len(FOLLOWED)]
        shares[replicate] = read / (ATTENTION_TICKS * loads())
    return shares


def _read_shares() -> Means:
    values = [attention.read_share(load, ATTENTION, own_shares=SHARES, share_cost=1.0) for load in loads()]
    return Means(np.array(values), loads(), "entries arriving per tick", "share of entries that is read")


# --- trees ------------------------------------------------------------------------------------------------------

SPAN, LEVELS = 3, 4
SPANS = np.array([2, 3, 4, 5])
RELAYS = np.array([0.2, 0.6, 1.0])
TREE_GENEROSITY, ITEMS_EACH = 0.5, 5.0
PRESSED = {"responsiveness": 1.0, "churn": 0.5, "cost": 2.0}  # everybody would opt out of everything if it could


def hierarchy_network(seed: int, span: int, levels: int, altered: float) -> nx.Graph:
    """Return the reporting lines after ten ticks in which every other tie would have ended.

    The control has one more line: from the last of the lowest level to the first below the top.
    """
    world = workplace(span=span, levels=levels, followees=0, generosity=1.0, attention=1.0)
    extra = [add_ties(0, [(world.agents - 1, 1)], locked=True)] if altered != 1.0 else []
    (run,) = runs(world, seed, 1, extra, **PRESSED)
    return run.advance(10).record().network().to_undirected()


def betweenness(seed: int, replicates: int, altered: float) -> NDArray:
    """Return everybody's betweenness by networkx, shape (replicates, agents); one tie is altered."""
    graphs_ = [hierarchy_network(seed + k, SPAN, LEVELS, altered) for k in range(replicates)]
    return np.array([[b for _, b in sorted(nx.betweenness_centrality(g, normalized=False).items())] for g in graphs_])


def distances(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the mean distance in trees of several spans, shape (replicates, spans); one tie is altered."""
    return np.array([
        [nx.average_shortest_path_length(hierarchy_network(seed + k, int(span), LEVELS - 1, altered)) for span in SPANS]
        for k in range(replicates)
    ])  # fmt: skip


def upward(seed: int, replicates: int, altered: float) -> tuple[NDArray, NDArray]:
    """Return what reached the top of all that was found, and after how many ticks; generosity is altered.

    Returns
    -------
    two arrays of shape (replicates, relays)
        Share of findings that the top read, and the ticks that these took, summed, per finding.
    """
    world = workplace(span=SPAN, levels=LEVELS, followees=0, generosity=TREE_GENEROSITY * altered,
                      find_rate=ITEMS_EACH, attention=1e9)  # fmt: skip
    stop = [set_attribute(1, range(world.agents), "find_rate", 0.0)]
    reach, ticks = np.empty((2, replicates, RELAYS.size))
    for place, relay in enumerate(RELAYS):
        for replicate, run in enumerate(runs(world, seed + place, replicates, stop, relay=relay, memory=1000)):
            # net value is 1 for what is new and 0 for copies, so what the top received counts different items
            received = np.array([run.advance(1).state.agents.received[0] for _ in range(LEVELS - 1)])
            found = run.state.agents.found.sum()
            reach[replicate, place] = received[-1] / found
            ticks[replicate, place] = np.diff(received, prepend=0.0) @ np.arange(LEVELS - 1) / found
    return reach, ticks


def _betweenness() -> Means:
    sizes = hierarchy.level_sizes(SPAN, LEVELS - 1)
    values = np.repeat(hierarchy.tree_betweenness(SPAN, LEVELS - 1), sizes)
    names = [f"{level}" if place == size // 2 else "" for level, size in enumerate(sizes) for place in range(size)]
    return Means(values, np.arange(values.size), "everybody, by level of the hierarchy", "betweenness", tuple(names))


def _distances() -> Means:
    values = [hierarchy.tree_mean_distance(int(span), LEVELS - 2) for span in SPANS]
    return Means(np.array(values), SPANS, "span", "mean distance of two people")


def _reach() -> Means:
    values = [hierarchy.upward_reach(SPAN, LEVELS - 1, TREE_GENEROSITY, relay) for relay in RELAYS]
    return Means(np.array(values), RELAYS, "relay", "share of findings that reach the top")


def _delay() -> Means:
    values = [hierarchy.upward_delay(SPAN, LEVELS - 1, TREE_GENEROSITY, relay) for relay in RELAYS]
    return Means(np.array(values) * _reach().values, RELAYS, "relay", "ticks on the way to the top, per finding")


# --- brokerage --------------------------------------------------------------------------------------------------

Pairs = list[tuple[int, int]]
STAR, CLIQUE, GROUPS, SIZE = 10, 10, 3, 5


def clique(members: Iterable[int]) -> Pairs:
    """Return all pairs of these people."""
    people = list(members)
    return [(one, other) for one in people for other in people if one < other]


def star() -> Pairs:
    """Return a centre, 0, with so many contacts."""
    return [(0, leaf) for leaf in range(1, STAR + 1)]


def broker() -> Pairs:
    """Return cliques that only one person, 0, connects by knowing everybody."""
    parts = [range(1 + g * SIZE, 1 + (g + 1) * SIZE) for g in range(GROUPS)]
    return [pair for part in parts for pair in clique([0, *part])]


def bridge() -> Pairs:
    """Return two cliques with a tie between 0 and the first of the other."""
    return [*clique(range(SIZE)), *clique(range(SIZE, 2 * SIZE)), (0, SIZE)]


def held(seed: int, pairs: Pairs, change: Iterable[Intervention]) -> nx.Graph:
    """Return the network that a run holds of these mutual ties after a change."""
    one, other = np.array(pairs).T

    def ties(seed: int, key: NDArray) -> Ties:
        return np.append(one, other), np.append(other, one), np.zeros(2 * one.size, bool)

    (run,) = runs(plain_world(int(other.max()) + 1, ties), seed, 1, change)
    return run.advance(1).record().network().to_undirected()


def constraint(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the constraint of person 0 by networkx; the control lacks the tie between 0 and 1."""
    change = [drop_ties(0, [(0, 1), (1, 0)])] if altered != 1.0 else []
    shapes = (star(), clique(range(CLIQUE + 1)), broker(), bridge())
    return np.array([[nx.constraint(held(seed + k, pairs, change))[0] for pairs in shapes] for k in range(replicates)])


def brokers_betweenness(seed: int, replicates: int, altered: float) -> NDArray:
    """Return the betweenness of person 0 by networkx; the control has a tie past the broker, and past the bridge."""
    change = [add_ties(0, [(1, SIZE + 1)])] if altered != 1.0 else []
    graphs_ = [[held(seed + k, pairs, change) for pairs in (broker(), bridge())] for k in range(replicates)]
    return np.array([[nx.betweenness_centrality(g, normalized=False)[0] for g in pair] for pair in graphs_])


def _constraint() -> Means:
    values = [brokerage.star_constraint(STAR), brokerage.clique_constraint(CLIQUE),
              brokerage.broker_constraint(GROUPS, SIZE), brokerage.bridge_constraint(SIZE)]  # fmt: skip
    names = ("centre of a star", "in a clique", "broker", "end of a bridge")
    return Means(np.array(values), np.arange(4), "", "constraint", names)


def _brokers_betweenness() -> Means:
    values = [brokerage.broker_betweenness(GROUPS, SIZE), brokerage.bridge_betweenness(SIZE)]
    return Means(np.array(values, np.float64), np.arange(2), "", "betweenness", ("broker", "end of a bridge"))


NOT_SATISFIED = [
    (
        "queues of messages (Erlang, M/M/1/K, last in first out, routing load)",
        "a feed is read within its tick and what is not read is lost: nothing waits",
    ),
    (
        "conservation of attention between originals and copies (mean cascade 1 / share of originals)",
        "who has nothing new to say shares nothing, so that posts are not made at a fixed rate",
    ),
]
_random = partial(
    Check,
    control="followees",
    conditions="the world at the start, everybody follows so many others; exact for every N",
)
_lines = partial(
    Check,
    control="one tie more",
    replicates=(3, 3),
    conditions="reporting lines only, cost and churn press everybody to opt out; exact, a value that does not vary",
)
_upward = partial(
    Check,
    control="generosity",
    replicates=(100, 1000),
    conditions="reporting lines only, net value 1, bring 0, memory and attention ample; exact",
)
_held = partial(Check, conditions="mutual ties; exact, a value that does not vary", replicates=(3, 3))
CHECKS = [
    _random(
        name="random-followers", subject="How many follow one agent at the start?",
        law="Binomial(N - 1, k / (N - 1))", source="textbook",
        predicted=_in_degree, sample=in_degree, replicates=(500, 4000),
    ),
    _random(
        name="random-dyads", subject="How many ties are mutual without any reason to be?",
        law="C(N, 2) times p^2, 2 p (1 - p), (1 - p)^2, p = k / (N - 1)",
        source="textbook; also for followees drawn without replacement",
        predicted=_dyads, sample=dyads, replicates=(300, 3000),
    ),
    _random(
        name="random-triads", subject="Which triads are there without any reason?",
        law="C(N, 3) times labelled forms times probabilities of 0, 1, 2 followees within a triad",
        source="Holland & Leinhardt 1976; corrected here for drawing without replacement",
        predicted=_triads, sample=triads, replicates=(80, 600),
    ),
    Check(
        name="attention-read-share", subject="What share of a feed is read?",
        law="E min(floor(attention - own shares), X) / E X, X ~ Poisson(load)", source="derived here",
        conditions="relay, bring and responsiveness 0; feeds of 4 to 39 entries, from followees and encounters; exact",
        predicted=_read_shares, sample=read_shares, control="attention", replicates=(150, 2000),
    ),
    _lines(
        name="tree-betweenness", subject="Who stands between whom in a hierarchy?",
        law="((n - 1)^2 - b S(l + 1)^2 - (n - S(l))^2) / 2", source="Freeman 1977; derived here",
        predicted=_betweenness, sample=betweenness,
    ),
    _lines(
        name="tree-distance", subject="How far apart are two people in a hierarchy?",
        law="sum over levels of b^l S(l) (n - S(l)) / C(n, 2)", source="derived here",
        predicted=_distances, sample=distances,
    ),
    _upward(
        name="upward-reach", subject="How much of what is found in a hierarchy does its top get to know?",
        law="sum over levels l >= 1 of b^l g p^(l - 1) / n, p = g relay", source="derived here",
        predicted=_reach, sample=lambda seed, n, altered: upward(seed, n, altered)[0],
    ),
    _upward(
        name="upward-delay", subject="How late does the top get to know it?",
        law="level l takes l - 1 ticks: sum of b^l g p^(l - 1) (l - 1) / n per finding", source="derived here",
        predicted=_delay, sample=lambda seed, n, altered: upward(seed, n, altered)[1],
    ),
    _held(
        name="constraint", subject="Is constraint what Burt defines, summed over contacts?",
        law="1 / k; (2 k - 1)^2 / k^3; (2 s - 1)^2 / (g s^3); 1 / s^2 + (s - 1) (1 / s + (s - 2) / (s (s - 1)))^2",
        source="Burt 1992; derived here", predicted=_constraint, sample=constraint, control="one tie less",
    ),
    _held(
        name="brokers-betweenness", subject="How much lies between others in a broker and in one end of a bridge?",
        law="C(g, 2) s^2; s (s - 1)", source="Freeman 1977; derived here",
        predicted=_brokers_betweenness, sample=brokers_betweenness, control="one tie more",
    ),
]  # fmt: skip
