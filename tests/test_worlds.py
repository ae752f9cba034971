"""Do the starting worlds hold the people and ties that their descriptions promise?"""

from collections import Counter

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from simulation import Parameters, from_network, open_world, workplace
from simulation.errors import InputError
from simulation.exchange import to_ties
from simulation.readers import read_network
from simulation.run import Run
from simulation.worlds import WORLDS, make_world


def started(world, parameters=None, seed=1):
    """A run of the world that has not begun."""
    return Run(world, parameters, seed=seed, compile=False)


def ties(world, parameters=None, seed=1):
    """First ties as (follower, followee, locked)."""
    return list(
        zip(*(column.tolist() for column in to_ties(started(world, parameters, seed).state.network)), strict=True)
    )


# ---- open world ------------------------------------------------------------------------------------------------------


def test_an_open_world_with_its_defaults():
    run = started(open_world())
    agents = run.state.agents
    assert agents.present.all() and agents.present.size == 1000
    assert np.array_equal(agents.key, np.arange(1000))
    assert 0.4 < agents.generosity.mean() < 0.6 and agents.generosity.std() > 0.25
    assert set(agents.attention) == {10} and set(agents.find_rate) == {0.5} and set(agents.visibility) == {1}
    assert not (agents.group.any() or agents.identity.any() or agents.introducing.any() or agents.spanning.any())
    assert set(agents.arrived) == set(agents.newcomer) == {-1}
    follower, followee, locked = to_ties(run.state.network)
    assert set(Counter(follower.tolist()).values()) == {3}
    assert not locked.any()
    received = np.bincount(followee, minlength=1000)
    assert 1.2 < received.std() < 2.3, "uniform choice: about Poisson(3)"


@pytest.mark.parametrize("followees", [0, 1, 5, 6, 8, 9, 50])
def test_random_ties_are_as_many_as_can_be(followees):
    of = ties(open_world(agents=10, followees=followees))
    assert Counter(u for u, *_ in of) == ({} if followees == 0 else dict.fromkeys(range(10), min(followees, 9)))
    assert all(u != v and not locked for u, v, locked in of)
    assert len(set(of)) == len(of)


def test_random_ties_go_by_key_and_not_by_storage():
    keys = np.array([7, 100, 3, 55, 20, 21, 0, 9])
    order = np.array([3, 1, 0, 7, 5, 6, 2, 4])
    for followees in (2, 6):
        one = ties(open_world(agents=8, followees=followees, key=keys))
        other = ties(open_world(agents=8, followees=followees, key=keys[order]))
        assert sorted((keys[u], keys[v]) for u, v, _ in one) == sorted(
            (keys[order[u]], keys[order[v]]) for u, v, _ in other
        )


def test_an_empty_start():
    assert ties(open_world(agents=10, start="empty", followees=5)) == []


def test_one_agent_has_nobody_to_follow():
    for start in ("random", "empty", "growth"):
        assert ties(open_world(agents=1, start=start)) == []


def test_growth_follows_those_who_came_earlier():
    keys = np.array([5, 1, 9, 0, 7, 3])
    of = ties(open_world(agents=6, start="growth", followees=2, key=keys))
    assert all(keys[u] > keys[v] and not locked for u, v, locked in of)
    assert sorted(Counter(keys[u] for u, *_ in of).items()) == [(1, 1), (3, 2), (5, 2), (7, 2), (9, 2)]


def test_growth_prefers_the_followed_where_attraction_is_small():
    most = {}
    for attraction in (0.1, 1000.0):
        of = ties(open_world(agents=400, start="growth", followees=3, attraction=attraction))
        most[attraction] = max(Counter(v for _, v, _ in of).values())
    assert most[0.1] > 3 * most[1000.0]


def test_ties_and_people_come_from_the_seed():
    for start in ("random", "growth"):
        world = open_world(agents=30, start=start)
        assert ties(world, seed=1) == ties(world, seed=1) != ties(world, seed=2)
        fixed = open_world(agents=30, start=start, world_seed=1)
        assert ties(fixed, seed=1) == ties(fixed, seed=2) == ties(world, seed=1)
        assert np.array_equal(started(fixed, seed=2).state.agents.generosity, started(world).state.agents.generosity)


def test_vacant_slots_wait_for_newcomers():
    world = open_world(agents=4, group=[0, 0, 1, 1, 0, 2])
    run = started(world, Parameters(capacity=6))
    assert run.state.agents.present.tolist() == [True] * 4 + [False] * 2
    assert all(u < 4 and v < 4 for u, v, _ in ties(world, Parameters(capacity=6)))
    assert run.state.agents.spanning.tolist() == pytest.approx([0.5, 0.5, 0.5, 0.5, 0.5, 1])


def test_attributes_take_numbers_distributions_and_arrays():
    run = started(
        open_world(agents=3, generosity=[0.1, 0.2, 0.3], attention=4, find_rate=("uniform", 1, 2), key=[4, 9, 2])
    )
    agents = run.state.agents
    assert agents.generosity.tolist() == pytest.approx([0.1, 0.2, 0.3])
    assert agents.attention.tolist() == [4, 4, 4]
    assert ((agents.find_rate >= 1) & (agents.find_rate < 2)).all()
    assert agents.key.tolist() == [4, 9, 2]


# ---- workplace -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("span", "levels"), [(4, 4), (1, 5), (3, 1), (2, 3)])
def test_a_workplace_is_a_tree(span, levels):
    world = workplace(span=span, levels=levels, followees=0)
    people = world.table
    agents = sum(span**level for level in range(levels))
    assert world.agents == len(people) == agents
    assert people["level"].value_counts().to_dict() == {level: span**level for level in range(levels)}
    assert people["manager"].tolist().count(-1) == 1 and people["manager"][0] == -1
    below = people.iloc[1:]
    assert (people["level"].to_numpy()[below["manager"]] == below["level"] - 1).all()
    assert set(below["manager"].value_counts()) <= {span}
    lines = {(person, int(manager)) for person, manager in below["manager"].items()}
    assert ties(world) == sorted((u, v, True) for u, v in lines | {(v, u) for u, v in lines})
    group = started(world).state.agents.group
    for person in range(agents):
        head = person
        while head and people["manager"][head] != 0:
            head = people["manager"][head]
        assert group[person] == head, "one's department is headed by the direct report of the top"


def test_chosen_ties_of_a_workplace_come_beside_the_lines():
    of = ties(workplace(span=3, levels=3, followees=4))
    locked = {(u, v) for u, v, lock in of if lock}
    chosen = [(u, v) for u, v, lock in of if not lock]
    assert len(locked) == 2 * 12
    assert not locked & set(chosen) and len(set(chosen)) == len(chosen)
    assert set(Counter(u for u, _ in chosen).values()) == {4}
    everybody = ties(workplace(span=2, levels=3, followees=100))
    assert len(everybody) == 7 * 6


def test_lines_of_a_workplace_hold():
    world = workplace(span=2, levels=3, generosity=1.0, find_rate=2.0)
    run = started(world, Parameters(churn=1, cost=2, responsiveness=1)).advance(4)
    assert [(u, v) for u, v, locked in zip(*to_ties(run.state.network), strict=True) if locked] == [
        (u, v) for u, v, locked in ties(world) if locked
    ]
    assert run.record().series["unfollow_churn"].sum() > 0


def test_values_by_level_and_skill():
    world = workplace(span=2, levels=3, generosity={0: 0.1, 1: 0.2, 2: 0.5}, skill=("uniform", 5, 6))
    table = started(world).record().agents
    assert table["generosity"].tolist() == pytest.approx([0.1, 0.2, 0.2, 0.5, 0.5, 0.5, 0.5])
    assert table["skill"].between(5, 6).all() and table["skill"].nunique() == 7
    assert table["level"].tolist() == [0, 1, 1, 2, 2, 2, 2]
    assert started(workplace(span=2, levels=2, skill=[1, 2, 3])).record().agents["skill"].tolist() == [1, 2, 3]


# ---- from a network --------------------------------------------------------------------------------------------------


def test_from_a_graph_a_file_and_what_was_read(tmp_path):
    graph = nx.DiGraph([("anna", "ben"), ("ben", "anna"), ("carl", "ben")])
    path = tmp_path / "ties.csv"
    path.write_text("follower,followee\nanna,ben\nben,anna\ncarl,ben\n")
    for source in (graph, path, str(path), read_network(path)):
        world = from_network(source, attention=[1, 2, 3])
        names = world.table["name"].tolist()
        assert sorted(names) == ["anna", "ben", "carl"]
        assert {(names[u], names[v]) for u, v, _ in ties(world)} == set(graph.edges)
        assert not any(locked for *_, locked in ties(world))
        assert started(world).record().agents["name"].tolist() == names


def test_what_a_node_table_tells_is_used():
    graph = nx.DiGraph([(0, 1), (2, 1)])
    nx.set_node_attributes(graph, {0: 0.25, 1: 0.5, 2: 1.0}, "generosity")
    nx.set_node_attributes(graph, {0: "a", 1: "b", 2: "c"}, "team")
    table = started(from_network(graph)).record().agents.set_index("name")
    assert table["generosity"].to_dict() == {0: 0.25, 1: 0.5, 2: 1.0}
    assert table["team"].to_dict() == {0: "a", 1: "b", 2: "c"}
    assert started(from_network(graph, generosity=0.9)).record().agents["generosity"].to_list() == pytest.approx(
        [0.9] * 3
    )


def test_ties_of_a_network_can_be_locked():
    graph = nx.DiGraph([(0, 1), (1, 2), (2, 0)])
    world = from_network(graph, locked=np.array([True, False, False]))
    assert sum(locked for *_, locked in ties(world)) == 1


# ---- bad input -------------------------------------------------------------------------------------------------------

GRAPH = nx.DiGraph([(0, 1), (1, 2)])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: open_world(agents=0), r"agents: 0 is out of range; allowed: a whole number in \[1"),
        (lambda: open_world(agents=2.5), "agents: 2.5"),
        (lambda: open_world(agents="many"), r"agents: 'many' \(str\)"),
        (lambda: open_world(start="ramdom"), r"'ramdom'; did you mean 'random'\?"),
        (lambda: open_world(followees=-1), "followees: -1"),
        (lambda: open_world(attraction=0), "attraction: 0"),
        (lambda: open_world(world_seed=-3), "world_seed: -3"),
        (lambda: open_world(atention=3), r"'atention'; did you mean 'attention'\?"),
        (lambda: open_world(cost=3), r"open_world takes no 'cost', which belongs to the model: Parameters\(cost"),
        (lambda: open_world(span=3), "'span'"),
        (lambda: open_world(level=3), "open_world takes no 'level'"),
        (lambda: open_world(skill=3), "open_world takes no 'skill'"),
        (lambda: open_world(generosity=1.5), r"generosity: 1\.5.*\[0, 1\]"),
        (lambda: open_world(generosity=float("nan")), "generosity: nan"),
        (lambda: open_world(agents=2, generosity=[0.5, 1.5]), r"generosity\[1\]: 1\.5"),
        (lambda: open_world(agents=3, generosity=[0.5, 0.5]), "generosity: 2 values for 3 agents"),
        (lambda: open_world(generosity=("unifrom", 0, 1)), r"did you mean 'uniform'\?"),
        (lambda: open_world(agents=2, key=[1, 1]), "key: 1 is given more than once"),
        (lambda: open_world(generosity={0: 0.5}), "gives values by level, which only a workplace has"),
        (lambda: workplace(span=0), "span: 0"),
        (lambda: workplace(span=10, levels=9), "span=10 and levels=9 give 111111111 people"),
        (lambda: workplace(levels=2, generosity={0: 0.5}), r"must name every level once; allowed: 0 \.\. 1"),
        (lambda: workplace(levels=2, generosity={0: 0.5, 1: 1.0, 2: 1.0}), "must name every level once"),
        (lambda: workplace(levels=2, generosity={0: 0.5, 1: 3}), "generosity: 3"),
        (lambda: workplace(levels=2, generosity={0: 0.5, 1: ("uniform", 0, 1)}), "values by level are numbers"),
        (lambda: workplace(manager=1), "workplace takes no 'manager'"),
        (lambda: workplace(skill=[1, 2]), "skill: the array has 2 values"),
        (lambda: from_network(GRAPH, locked=[True]), "locked: 1 values for 2 ties"),
        (lambda: from_network(GRAPH, generosity=[1]), "generosity: 1 values for 3 agents"),
        (lambda: from_network("no such file.csv"), "no such file.csv"),
        (lambda: make_world("open_wold"), r"'open_wold'; did you mean 'open_world'\?"),
    ],
)  # fmt: skip
def test_wrong_worlds(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("open_world", {"agents": 12, "start": "growth", "generosity": ("beta", 2, 5), "group": [0, 1] * 6}),
        ("workplace", {"span": 2, "levels": 3, "attention": {0: 1, 1: 2, 2: 3}, "skill": ("normal", 0, 2)}),
    ],
)
def test_a_world_can_be_made_again_from_its_arguments(name, arguments):
    world = WORLDS[name](**arguments)
    given = {
        key: {int(level): number for level, number in value.items()} if isinstance(value, dict) else value
        for key, value in world.arguments.items()
    }
    again = make_world(name, **given)
    assert ties(again) == ties(world)
    pd.testing.assert_frame_equal(started(again).record().agents, started(world).record().agents)
