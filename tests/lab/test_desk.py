"""Is every message answered, and can no message do harm? Is what is taken away right?"""

import base64
import io
import json

import networkx as nx
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.lab import frames
from simulation.lab.desk import Desk
from simulation.lab.take import TAKEN

START = {"do": "start", "settings": {"agents": 20}, "seed": 7}


def opened(*messages):
    desk = Desk(compile=False)
    for message in (START, *messages):
        answers = ask(desk, **message)
        assert not any(isinstance(each, dict) and each["is"] == "error" for each in answers), answers
    return desk


def ask(desk, **message):
    return desk.handle(json.dumps(message))


def test_the_words_of_a_class():
    desk = opened()
    assert frames.unpack(desk.step()[0]).tick == 1
    state, frame = ask(desk, do="set", name="cost", value=1)
    assert state["worlds"][0]["settings"]["cost"] == 1 and frames.unpack(frame).tick == 1
    assert ask(desk, do="play", on=True, speed=20)[0]["playing"]
    assert [frames.unpack(each).tick for each in ask(desk, do="step")[:1]] == [2] and not desk.playing
    frame, person = ask(desk, do="switch", slot=3, to="give")
    assert person["generosity"] == 1 and person["slot"] == 3
    assert ask(desk, do="person", slot=4)[0]["slot"] == 4
    state, frame = ask(desk, do="reset")
    assert frames.unpack(frame).whole and state["worlds"][0]["tick"] == 0


def test_people_are_told_to_follow():
    desk = opened({"do": "compare", "name": "cost", "value": 1})
    (note,) = ask(desk, do="order", slot=3, world=1)
    assert note["is"] == "note" and "told to follow person 3" in note["text"]
    assert (len(desk.worlds[0].run.interventions), len(desk.worlds[1].run.interventions)) == (0, 1)
    assert "nobody is number 77" in ask(desk, do="order", slot=77)[0]["text"]


def test_hello_can_be_sent():
    hello = json.loads(json.dumps(Desk().hello()))
    assert set(hello["model_params"]) == {"open_world", "workplace"} and len(hello["reasons"]) == 13


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("{", "is not JSON"),
        ("[1]", "is of the wrong type"),
        ('{"do": "dance"}', "unknown message 'dance'"),
        ("{}", "unknown message None"),
        ('{"do": ["start"]}', "unknown message"),
        ('{"do": "set", "name": "cost"}', "message 'set' lacks 'value'"),
        ('{"do": "step", "colour": 1}', "unknown field of 'step' 'colour'"),
        ('{"do": "set", "name": ["cost"], "value": 1}', "unknown setting"),
        ('{"do": "set", "name": "cost", "value": Infinity}', "cost: inf"),
        ('{"do": "set", "name": "cost", "value": {}}', "cost: {}"),
        ('{"do": "play", "on": 1}', "on: 1"),
        ('{"do": "play", "on": true, "speed": 1000}', "speed: 1000"),
        ('{"do": "play", "on": true, "speed": "fast"}', "speed: 'fast'"),
        ('{"do": "person", "slot": 3, "world": 1}', "world: 1 is not open"),
        ('{"do": "take", "what": "all"}', "unknown thing to take away 'all'"),
        ('{"do": "switch", "slot": 3, "to": {}}', "unknown switch"),
        ('{"do": "compare", "name": "seed", "value": 1}', "unknown setting of the lab 'seed'"),
        ('{"do": "start", "settings": {"agents": 1e9}}', "agents: 1000000000.0"),
        ('{"do": "start", "seed": "x"}', "seed: 'x'"),
        ('{"do": "step"' + " " * 20000 + "}", "characters; allowed"),
        ("[" * 5000, "is not JSON"),
        ("1" * 9000, "is not JSON"),
    ],
)
def test_a_bad_message_is_answered_in_our_own_words(message, text):
    desk = opened({"do": "step"})
    (answer,) = desk.handle(message)
    assert answer["is"] == "error" and text in answer["text"]
    assert desk.worlds[0].run.tick == 1 and not desk.playing


def test_nothing_works_before_the_start():
    assert "nothing has been started" in Desk().handle('{"do": "step"}')[0]["text"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
    | st.sampled_from(["start", "set", "play", "compare", "switch", "order", "cost", "give", "world", "workplace"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["do", "name", "value", "settings", "seed", "slot", "to", "on", "speed", "world", "what"]),
        inner, max_size=5),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(JSON, max_size=4))
def test_no_message_does_harm(messages):
    desk = opened()
    for message in messages:
        for answer in desk.handle(json.dumps(message)):
            assert isinstance(answer, bytes) or json.dumps(answer)
    for world in desk.worlds:
        if world.run.capacity <= 400:
            world.step()


# ---- two worlds ------------------------------------------------------------------------------------------------------


def test_two_worlds_differ_in_one_thing():
    desk = opened({"do": "step"}, {"do": "compare", "name": "bring", "value": 0})
    one, other = desk.worlds
    assert (one.run.tick, other.run.tick, one.run.seed) == (0, 0, other.run.seed)
    assert {name for name in one.settings if one.settings[name] != other.settings[name]} == {"bring"}
    assert [frames.unpack(each).world for each in desk.step()] == [0, 1]
    ask(desk, do="set", name="cost", value=1)
    assert one.settings["cost"] == other.settings["cost"] == 1 and one.run.tick == other.run.tick == 1
    ask(desk, do="set", name="bring", value=1)
    assert (one.settings["bring"], other.settings["bring"]) == (0.3, 1)
    ask(desk, do="set", name="agents", value=30)
    assert [world.run.world.agents for world in desk.worlds] == [30, 30] and one.run.tick == other.run.tick == 0
    ask(desk, do="compare")
    assert len(desk.worlds) == 1 and desk.compared is None


def test_a_compared_setting_that_begins_anew_takes_both_back():
    desk = opened({"do": "compare", "name": "attention", "value": 5}, {"do": "step"})
    ask(desk, do="set", name="attention", value=20)
    assert [world.run.tick for world in desk.worlds] == [0, 0]
    assert [world.settings["attention"] for world in desk.worlds] == [10, 20]


def test_worlds_with_nothing_changed_are_the_same():
    desk = opened({"do": "compare", "name": "cost", "value": 0.3})
    for _ in range(10):
        one, other = desk.step()
    assert frames.unpack(one)._replace(world=1).pack() == other


def test_a_hierarchy_beside_a_network():
    desk = opened({"do": "compare", "name": "world", "value": "workplace"})
    assert [world.run.world.name for world in desk.worlds] == ["open_world", "workplace"]


# ---- taking away -----------------------------------------------------------------------------------------------------


def taken(desk, what):
    (file,) = ask(desk, do="take", what=what)
    assert file["is"] == "file" and file["name"].startswith("connectors-seed7-tick")
    return base64.b64decode(file["content"])


DONE = (
    {"do": "set", "name": "generosity", "value": "beta:1:4"}, {"do": "set", "name": "homophily", "value": 0.5},
    {"do": "set", "name": "identity", "value": "bernoulli:0.2"},
    {"do": "set", "name": "spanning", "value": "choice:[0.02,0.9]:[0.9,0.1]"},
    {"do": "switch", "slot": 5, "to": "hoard"}, *[{"do": "step"}] * 6, {"do": "order", "slot": 3},
    {"do": "set", "name": "cost", "value": 1.25}, {"do": "set", "name": "cost", "value": 1},
    {"do": "switch", "slot": 2, "to": "give"}, *[{"do": "step"}] * 6, {"do": "switch", "slot": 1, "to": "give"},
)  # fmt: skip


@pytest.mark.parametrize("first", [[], [{"do": "set", "name": "world", "value": "workplace"}]], ids=["open", "work"])
def test_the_python_lines_give_the_same_numbers(first, monkeypatch, capsys):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    desk = opened(*first, *(each for each in DONE if not first or each.get("name") != "identity"))
    text = taken(desk, "python").decode()
    assert "add_ties(6, [(" in text and "set_attribute(0, [5]" in text
    assert "set_parameter(6, 'cost', 1.0)" in text and "1.25" not in text
    names = {}
    exec(text, names)
    record = desk.worlds[0].run.record()
    pd.testing.assert_frame_equal(names["record"].series, record.series, check_exact=True)
    pd.testing.assert_frame_equal(names["record"].agents, record.agents, check_exact=True)
    assert "followers_gini" in capsys.readouterr().out


def test_tables_and_network_are_the_records():
    desk = opened(*DONE)
    record = desk.worlds[0].run.record()
    series = pd.read_csv(io.BytesIO(taken(desk, "series")), index_col="tick")
    pd.testing.assert_frame_equal(series, record.series, check_dtype=False)
    people = pd.read_csv(io.BytesIO(taken(desk, "people")), index_col="slot")
    assert people["followers"].tolist() == record.agents["followers"][record.agents["present"]].tolist()
    graph = nx.read_graphml(io.BytesIO(taken(desk, "network")), node_type=int)
    assert set(graph.edges) == set(record.network().edges) and graph.nodes[3]["generosity"] >= 0


@pytest.mark.parametrize("ticks", [0, 3])
def test_the_figure_is_a_picture(ticks):
    import matplotlib.image

    picture = matplotlib.image.imread(io.BytesIO(taken(opened(*[{"do": "step"}] * ticks), "figure")))
    assert picture.shape[0] > 300 and picture.shape[1] > 800 and picture[..., :3].std() > 0.05


def test_all_that_can_be_taken_is_tested():
    assert set(TAKEN) == {"figure", "people", "series", "network", "python"}
