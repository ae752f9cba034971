"""Are the Mesa and the NumPy peer models of the same rules? Their statistics must be the engine's, within intervals.

Replicates are the unit: the world of each is drawn afresh. A peer passes where no statistic differs beyond chance
(Welch's t, corrected for their number) and where the interval of the difference of the chief statistics is narrow: a
test that sees nothing cannot pass. Peers with one rule altered must fail.
"""

import dataclasses
import functools

import numpy as np
import pytest
from scipy import stats

from simulation import Parameters, compiled, open_world, simulate
from tests.benchmarks.mesa_peer import Network, profile
from tests.benchmarks.numpy_peer import NumpyNetwork
from tests.benchmarks.peer import COUNTED, REASONS, Settings, measure

AGENTS, TICKS, REPLICATES = 300, 16, 40
HALVES = ((0, 8), (8, 16))  # ticks whose means are compared
#: People differ, feeds overflow, and every reason to follow and unfollow occurs.
WORLD = Settings(least_generous=0.0, most_generous=1.0, attention=9.0, find_rate=0.9, memory=12, churn=0.01, credit=0.7,
                 follow_back=0.3, quality_spread=0.8, relay=0.2)  # fmt: skip
CHIEF = ("ties", "deliveries", "read", "followers_gini")
STATISTICS = (*COUNTED, "ties", "followers_gini")
ALPHA = 0.001  # of each comparison as a whole
MARGIN = 0.05  # the chief statistics agree at least this well, as a share of their means
PEERS = {"mesa": Network, "numpy": NumpyNetwork}

pytestmark = pytest.mark.slow


def summary(rows):
    """Return the statistics of one replicate: means over each half of the run."""
    table = np.array([[row[name] for name in STATISTICS] for row in rows], float)
    return np.concatenate([table[first:last].mean(axis=0) for first, last in HALVES])


@functools.cache
def of_engine(number=REPLICATES):
    """Return the engine's statistics, shape (replicates, statistics)."""
    world, parameters = open_world(AGENTS, **WORLD.world()), Parameters(**WORLD.parameters())
    records = (simulate(world, parameters, ticks=TICKS, seed=seed) for seed in range(number))
    return np.array([summary(record.series.to_dict("records")) for record in records])


def of_peer(make, settings=WORLD, number=REPLICATES):
    """Return a peer's statistics, shape (replicates, statistics)."""
    replicates = []
    for seed in range(number):
        peer, rows = make(AGENTS, seed, settings), []
        for _ in range(TICKS):
            peer.step()
            rows.append(dict(peer.latest()))
        replicates.append(summary(rows))
    return np.array(replicates)


def p_value(one, other):
    """Return the smallest p of all statistics, corrected for their number."""
    p = stats.ttest_ind(one, other, equal_var=False).pvalue
    return min(1.0, np.nanmin(p) * np.sum(~np.isnan(p)))


def widest(one, other):
    """Return the largest bound of a 99 % interval of the chief statistics' differences, as a share of their mean."""
    chief = [at for at, name in enumerate(STATISTICS * len(HALVES)) if name in CHIEF]
    interval = stats.ttest_ind(one[:, chief], other[:, chief], equal_var=False).confidence_interval(0.99)
    return float(np.max(np.maximum(np.abs(interval.low), np.abs(interval.high)) / other[:, chief].mean(axis=0)))


@pytest.fixture(autouse=True)
def _compiled():
    if compiled.interpreting():
        pytest.skip("interpreted, the engine's replicates take minutes")


def test_the_world_exercises_every_rule():
    means = dict(zip(STATISTICS * len(HALVES), of_engine().mean(axis=0), strict=True))
    assert {name for name in REASONS if means[name] < 0.5} == set()
    assert means["read"] < 0.97 * means["deliveries"]


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_gives_the_engines_statistics(name):
    sample = of_peer(PEERS[name])
    assert p_value(sample, of_engine()) > ALPHA
    assert widest(sample, of_engine()) < MARGIN


@pytest.mark.parametrize("altered", [{"credit": 0.6}, {"memory": 6}, {"relay": 0.16}, {"follow_back": 0.36},
                                     {"share_cost": 0.0}])  # fmt: skip
def test_one_altered_rule_is_noticed(altered):
    assert p_value(of_peer(NumpyNetwork, dataclasses.replace(WORLD, **altered)), of_engine()) < ALPHA


def test_a_tenth_less_encounters_is_noticed():
    """Few follow after an encounter here: 40 replicates would notice this in some samples only."""
    altered = dataclasses.replace(WORLD, encounters=1.8)
    assert p_value(of_peer(NumpyNetwork, altered, 200), of_engine(200)) < ALPHA


def test_one_altered_rule_of_the_mesa_peer_is_noticed():
    assert p_value(of_peer(Network, dataclasses.replace(WORLD, bring=0.36)), of_engine()) < ALPHA


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_keeps_both_sides_of_its_ties(name):
    peer = PEERS[name](60, 1, WORLD)
    for _ in range(5):
        peer.step()
    if name == "mesa":
        pairs = {(one, other) for one in peer.people for other in one.followees}
        assert pairs == {(other, one) for one in peer.people for other in one.followers}
        assert all(one is not other for one, other in pairs)
    else:
        assert np.array_equal(np.sort(peer._turned(peer.by_follower)), peer.by_followee)
        assert np.all(np.diff(peer.by_follower) > 0)
        assert not np.any(peer.by_follower % 61 == 0)  # nobody follows itself


@pytest.mark.parametrize("name", PEERS)
def test_speed_is_deliveries_over_seconds(name):
    figures = measure(PEERS[name], 400, 3, 2, 2)
    for rate, count, second in zip(*(figures[each] for each in ("deliveries_per_second", "deliveries", "seconds")),
                                   strict=True):  # fmt: skip
        assert rate * second == pytest.approx(count)
    assert 7 <= figures["deliveries_per_agent_tick"] <= 13


def test_the_profile_names_what_costs():
    lines = profile(50, ticks=2).splitlines()
    assert len(lines) == 17
    assert any("mesa_peer.py: read" in line for line in lines)
