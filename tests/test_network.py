"""Does a network hold the ties that it was told, whatever the order of follows, unfollows and locks?

The judge is a networkx graph that goes through the same steps.
"""

import mmap
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation import network as networks
from simulation.compiled import engine
from simulation.errors import InputError
from simulation.exchange import check, from_ties, to_networkx, to_scipy, to_ties
from simulation.readers import read_network
from simulation.state import bytes_of_lists
from tests.reference.compare import blocks_of

AGENTS = 7  # few, so that ties are met again and lists fill
PAIRS = st.tuples(st.integers(0, AGENTS - 1), st.integers(0, AGENTS - 1)).filter(lambda pair: pair[0] != pair[1])
STEPS = st.lists(st.tuples(st.sampled_from(["follow", "follow", "unfollow", "lock", "unlock", "ask"]), PAIRS))


def edges(graph):
    """The ties of a graph, sorted."""
    return sorted(graph.edges(data="locked"))


def apply(steps, network, graph, variant):
    """Take both through the same steps; every answer on the way must agree."""
    for step, (follower, followee) in steps:
        there = graph.has_edge(follower, followee)
        if step == "follow":
            network, new = variant.follow(network, follower, followee)
            assert new == (not there)
            if new:
                graph.add_edge(follower, followee, locked=False)
        elif step == "unfollow":
            assert variant.unfollow(network, follower, followee) == there
            graph.remove_edges_from([(follower, followee)])
        elif step == "ask":
            assert networks.follows(network, follower, followee) == there
        else:
            change = there and graph.edges[follower, followee]["locked"] != (step == "lock")
            assert variant.set_lock(network, follower, followee, step == "lock") == change
            if change:
                graph.edges[follower, followee]["locked"] = step == "lock"
    return network


def random_steps(count, agents, seed):
    """Many steps among many agents; some are hubs."""
    rng = np.random.default_rng(seed)
    names = rng.choice(["follow", "unfollow", "lock", "unlock", "ask"], count, p=[0.6, 0.2, 0.08, 0.04, 0.08])
    follower, followee = (rng.integers(0, agents, (2, count)) * rng.random((2, count)) ** 2).astype(int)
    pairs = zip(follower.tolist(), followee.tolist(), strict=True)
    return [(name, pair) for name, pair in zip(names.tolist(), pairs, strict=True) if pair[0] != pair[1]]


# ---- follows and unfollows ------------------------------------------------------------------------------------------


@given(st.dictionaries(PAIRS, st.booleans()), STEPS)
@settings(max_examples=150, deadline=None)
def test_any_steps_agree_with_networkx(start, steps):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(AGENTS))
    graph.add_edges_from((*pair, {"locked": locked}) for pair, locked in start.items())
    pairs = np.array(list(start), dtype=int).reshape(-1, 2)
    network = from_ties(AGENTS, pairs[:, 0], pairs[:, 1], list(start.values()))
    network = apply(steps, network, graph, engine(compiled=False))
    check(network)
    assert edges(to_networkx(network)) == edges(graph)


def test_many_steps_with_hubs():
    graph, network = nx.DiGraph(), from_ties(60, [], [])
    for part in range(4):
        network = apply(random_steps(1000, 60, part), network, graph, engine(compiled=False))
        check(network)
        assert edges(to_networkx(network)) == edges(graph)
    assert graph.number_of_edges() > 600
    assert any(graph.edges[edge]["locked"] for edge in graph.edges)


@pytest.mark.slow
def test_compiled_steps_agree_with_networkx():
    graph, network = nx.DiGraph(), from_ties(400, [], [])
    network = apply(random_steps(20_000, 400, 1), network, graph, engine(by_phase=True))
    check(network)
    assert edges(to_networkx(network)) == edges(graph)


def test_the_comparison_notices_a_forgotten_lock():
    class Careless:
        follow = staticmethod(networks.follow)
        unfollow = staticmethod(networks.unfollow)

        @staticmethod
        def set_lock(*_):
            return False

    with pytest.raises(AssertionError):
        apply(random_steps(1000, 60, 0), from_ties(60, [], []), nx.DiGraph(), Careless)


def test_regions_are_tidied_and_pools_written_anew_as_a_hub_grows():
    agents = 3001
    with blocks_of(1024):
        network, variant, sizes = from_ties(agents, [1, 2], [0, 0]), engine(compiled=False), []
        for follower in range(1, agents):
            network, _ = variant.follow(network, follower, 0)
            sizes.append(network.followers.items.size)
        check(network)
        where = network.followers.where
        assert sorted(network.followers.items[where["start"][0] :][: where["count"][0]]) == list(range(1, agents))
        assert len(set(sizes)) > 3, "the pool was written anew"
        assert len(set(sizes)) < 10, "regions have a reserve"
        assert sizes[-1] < 5 * agents, "what moved lists leave behind is taken up again"
        for follower in range(1, agents):
            assert variant.unfollow(network, follower, 0)
        check(network)
        assert to_ties(network)[0].size == 0
        network, new = variant.follow(network, 5, 0)
        assert new
        assert [column.tolist() for column in to_ties(network)] == [[5], [0], [False]]


def test_a_pool_does_not_grow_while_ties_come_and_go():
    variant, rng = engine(compiled=False), np.random.default_rng(4)
    network = from_ties(20, [], [])
    sizes = set()
    for _ in range(4000):
        follower, followee = rng.choice(20, 2, replace=False).tolist()
        network, new = variant.follow(network, follower, followee)
        if not new:
            variant.unfollow(network, follower, followee)
        sizes.add(network.followees.items.size)
    assert max(sizes) < networks.with_reserve(2 * 20 * 19)
    check(network)


def test_a_tie_takes_little_more_than_two_entries():
    rng = np.random.default_rng(2)
    pairs = np.unique(rng.integers(0, 10_000, (220_000, 2)), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    assert 8 <= bytes_of_lists(from_ties(10_000, pairs[:, 0], pairs[:, 1])) / len(pairs) < 12


@pytest.mark.skipif(not hasattr(mmap, "MADV_NOHUGEPAGE"), reason="not Linux: pages may be of any size")
def test_the_reserve_of_a_large_pool_takes_no_memory():
    agents = 2**18
    follower = np.repeat(np.arange(agents, dtype=np.int32), 8)
    network = from_ties(agents, follower, (follower + np.tile(np.arange(1, 9, dtype=np.int32), agents)) % agents)
    items, page = network.followees.items, mmap.PAGESIZE
    first = items.__array_interface__["data"][0]
    with open("/proc/self/pagemap", "rb") as pages:
        pages.seek(8 * (first // page))
        present = np.frombuffer(pages.read(8 * (items.nbytes // page)), np.uint64) >> np.uint64(63)
    written = network.followees.free - network.followees.start[:-1]
    assert 0.95 < page * present.sum() / (4 * written.sum()) < 1.05 and written.sum() < 0.7 * items.size
    with open("/proc/self/maps") as maps:
        areas = [(*area.split("-"), rights) for area, rights, *_ in map(str.split, maps)]
    here = [rights for low, high, rights in areas if int(low, 16) <= first < int(high, 16)]
    assert here == ["rw-p"], "a process that is forked off writes to pages of its own"


@pytest.mark.parametrize("seed", range(5))
def test_ties_that_end_together(seed):
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(30, 0.3, seed=seed, directed=True)
    follower, followee = np.array(graph.edges).T
    locked = rng.random(follower.size) < 0.3
    network = from_ties(30, follower, followee, locked)
    asked = np.flatnonzero(rng.random(follower.size) < 0.4)

    def forget(i):
        mine, locks = network.followees.where[follower[i]], network.locked[follower[i]]
        return networks.forget_followee(network.followees.items, mine, locks, followee[i])

    gone = np.array([i for i in asked if forget(i)])
    assert gone.tolist() == [i for i in asked if not locked[i]]
    assert not any(forget(i) for i in gone), "gone already"
    pairs = np.sort((followee[gone].astype(np.uint64) << np.uint64(32)) | follower[gone].astype(np.uint64))
    bounds = np.flatnonzero(np.diff(np.sort(followee[gone]), prepend=-1, append=-1))
    for first, last in pairwise(bounds):
        networks.forget_followers(network.followers, np.sort(followee[gone])[first], pairs, first, last)
    check(network)
    left = np.delete(np.arange(follower.size), gone)
    assert edges(to_networkx(network)) == sorted(zip(follower[left], followee[left], locked[left], strict=True))


# ---- to and from other forms ----------------------------------------------------------------------------------------


@given(st.dictionaries(PAIRS, st.booleans()))
def test_ties_come_back_sorted(ties):
    pairs = np.array(list(ties), dtype=int).reshape(-1, 2)
    network = from_ties(AGENTS, pairs[:, 0], pairs[:, 1], list(ties.values()))
    check(network)
    follower, followee, locked = to_ties(network)
    assert follower.dtype == followee.dtype == np.int32
    assert list(zip(zip(follower, followee, strict=True), locked, strict=True)) == sorted(ties.items())
    matrix = to_scipy(network)
    assert matrix.dtype == bool
    assert matrix.shape == (AGENTS, AGENTS)
    assert sorted(zip(*map(np.ndarray.tolist, matrix.nonzero()), strict=True)) == sorted(ties)


@pytest.mark.parametrize(
    ("follower", "followee", "locked", "message"),
    [
        ([0, 1], [1], None, "2 followers, 1 followees"),
        ([0], [1], [True, False], "2 locks differ"),
        ([0], [3], None, "outside 0 .. 2"),
        ([-1], [1], None, "outside 0 .. 2"),
        ([2], [2], None, "agent 2 follows itself"),
        ([0, 2, 0], [1, 0, 1], None, "0 -> 1 is given twice"),
        ([0, 0], [1, 1], [True, False], "0 -> 1 is given twice"),
    ],
)
def test_wrong_ties(follower, followee, locked, message):
    with pytest.raises(InputError, match=message):
        from_ties(3, follower, followee, locked)


def test_networkx_with_attributes(tmp_path):
    people = pd.DataFrame({"age": [30, 40, 50], "pay": [1.5, 2.5, 3.5], "team": ["a", "b", "b"]}, index=[7, 8, 9])
    network = from_ties(3, [0, 2], [1, 0], [False, True])
    graph = to_networkx(network, people)
    assert type(graph) is nx.DiGraph
    assert list(graph) == [0, 1, 2]
    assert graph.nodes[1] == {"age": 40, "pay": 2.5, "team": "b"}
    assert edges(graph) == [(0, 1, False), (2, 0, True)]
    assert dict(to_networkx(network).nodes(data=True)) == {0: {}, 1: {}, 2: {}}
    with pytest.raises(InputError, match="attributes: 2 rows; allowed: 3"):
        to_networkx(network, people[:2])
    nx.write_graphml(graph, tmp_path / "a.graphml")  # which takes Python's own types only
    back = read_network(tmp_path / "a.graphml", strict=True)
    assert set(zip(back.follower.tolist(), back.followee.tolist(), strict=True)) == {(0, 1), (2, 0)}
    pd.testing.assert_frame_equal(back.attributes, people.reset_index(drop=True))


# ---- the check ------------------------------------------------------------------------------------------------------


def first_entry(lists, agent):
    """Where the agent's first entry stands in the pool."""
    return lists.where["start"][agent]


def lose_a_follower(network):
    network.followers.where["count"][1] -= 1


def lose_a_followee(network):
    network.followees.where["count"][0] -= 1


def put(kind, agent, item):
    """Return a damage: the agent's first entry becomes another one."""

    def damage(network):
        lists = getattr(network, kind)
        lists.items[first_entry(lists, agent)] = item

    return damage


def follow_oneself(network):
    for kind in ("followees", "followers"):
        for agent in (0, 1):
            put(kind, agent, agent)(network)


def follow_twice(network):
    network.followees.items[first_entry(network.followees, 0) + 1] = 1  # 0 -> 2 becomes a second 0 -> 1
    network.followers.items[first_entry(network.followers, 1) + 1] = 0
    network.followers.where["count"][1] = 2
    put("followers", 2, 3)(network)
    network.followers.where["count"][2] = 1


def lock_too_many(network):
    network.locked[1] = 2


def lock_less_than_none(network):
    network.locked[3] = -1


def outgrow_the_room(network):
    network.followees.where["room"][0] = 1


def overlap(network):
    network.followees.where["room"][0] += 1


def leave_the_pool(network):
    network.followees.end[-1] = network.followees.items.size + 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lose_a_follower, "do not mirror"),
        (lose_a_followee, "do not mirror"),
        (put("followees", 0, 3), "do not mirror"),
        (put("followers", 1, 3), "do not mirror"),
        (put("followees", 0, 4), "is no slot"),
        (put("followees", 0, -1), "is no slot"),
        (follow_oneself, "follows itself"),
        (follow_twice, "exists twice"),
        (lock_too_many, "more locked ties than ties"),
        (lock_less_than_none, "negative number"),
        (outgrow_the_room, "longer than its room"),
        (overlap, "overlap"),
        (leave_the_pool, "beyond its region"),
    ],
)
def test_the_check_notices(damage, message):
    network = from_ties(4, [0, 0, 1, 3], [1, 2, 0, 2])
    check(network)
    damage(network)
    with pytest.raises(AssertionError, match=message):
        check(network)
