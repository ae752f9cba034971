"""Is Mesa's face the same model, and does it behave as Mesa users expect, in every version of Mesa?"""

import gc
import inspect
import weakref

import mesa
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from simulation import FollowerModel, Keep, Parameters, Person, interventions, open_world, rules, simulate, workplace
from simulation.errors import InputError
from simulation.parameters import SPECIFICATIONS
from simulation.settings import from_settings, seed_from
from simulation.state import hand_offsets, items_in_hand

SMALL = {"agents": 25, "attention": 4, "find_rate": 1.0}
TURNOVER = {"arrivals": 1.5, "departure": 0.1, "capacity": 30}


def small(**settings):
    return FollowerModel(**{"seed": 1, "compile": False, **SMALL, **settings})


def stepped(model, steps):
    for _ in range(steps):
        model.step()
    return model


def assert_same(record, other):
    for name in ("series", "agents", "ties", "ledger", "feeds"):
        pd.testing.assert_frame_equal(getattr(record, name), getattr(other, name), check_exact=True)
    for mine, theirs in zip(record.state.agents, other.state.agents, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    for name in ("name", "finder", "found", "rank", "topic", "kind"):
        np.testing.assert_array_equal(items_in_hand(record.state.hand)[name], items_in_hand(other.state.hand)[name])


# --- the same model ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("world", "settings", "model"),
    [
        (open_world, {}, {}),
        (open_world, {"group": ("integers", 0, 2), "visibility": 3}, {"cost": 0.2, "homophily": 0.5, **TURNOVER}),
        (workplace, {"span": 3, "levels": 3}, {"churn": 0.1, "departure": 0.05, "arrivals": 1}),
    ],
)
def test_a_stepped_model_is_simulate_bit_for_bit(world, settings, model):
    settings = {**settings, **({"agents": 25} if world is open_world else {})}
    keep = Keep(ledger=True, feeds=True)
    mine = FollowerModel(world.__name__, seed=5, keep=keep, compile=False, **settings, **model)
    theirs = simulate(world(**settings), Parameters(**model), ticks=7, seed=5, keep=keep, compile=False)
    assert_same(stepped(mine, 7).record(), theirs)
    assert mine.record().provenance["parameters"] == theirs.provenance["parameters"]


@pytest.mark.slow
def test_compiled_and_with_persons_it_is_still_simulate():
    model = FollowerModel(agents=300, seed=3, arrivals=2, departure=0.01, capacity=400)
    assert len(model.agents) == 300
    theirs = simulate(open_world(agents=300), Parameters(arrivals=2, departure=0.01, capacity=400), ticks=30, seed=3)
    assert_same(stepped(model, 30).record(), theirs)


def test_interventions_and_rules_are_passed_on():
    silenced = interventions.silence(2, [0, 1, 2])
    dear = rules.replace(price=lambda cost, load: 2 * cost * load)
    model = stepped(small(interventions=silenced, rules=dear), 4)
    world = open_world(**SMALL)
    assert_same(model.record(), simulate(world, ticks=4, seed=1, interventions=[silenced], rules=dear, compile=False))


def test_own_generators_of_mesa_change_nothing():
    model = small()
    model.random.random(), model.rng.random()
    model.agents.shuffle_do(lambda person: person.model.random.random())
    assert_same(stepped(model, 3).record(), stepped(small(), 3).record())


# --- settings and seeds -----------------------------------------------------------------------------------------


def test_settings_reach_world_agents_and_parameters():
    model = FollowerModel("workplace", Parameters(cost=0.5), span=2, levels=3, attention=7, churn=0.2, seed=1)
    assert (model.world.agents, model.parameters) == (7, Parameters(cost=0.5, churn=0.2))
    assert set(model.state.agents.attention.tolist()) == {7.0}
    assert FollowerModel(seed=1).world.agents == 1000
    assert FollowerModel(open_world(agents=3), seed=1).world.agents == 3


def test_texts_are_read_as_on_the_command_line():
    world, parameters = from_settings(None, None, {"generosity": "beta:2:5", "start": "growth", "capacity": "none"})
    assert world.arguments["generosity"] == ["beta", 2.0, 5.0] and world.arguments["start"] == "growth"
    assert parameters.capacity is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"atention": 5}, "did you mean 'attention'"),
        ({"cost": -1}, "cost: -1 is out of range"),
        ({"world": "openworld"}, "did you mean 'open_world'"),
        ({"world": "workplace", "agents": 5}, "workplace takes no 'agents'"),
        ({"world": 7}, "world: 7"),
        ({"world": open_world(agents=3), "agents": 5}, "agents: set it where the world is made"),
        ({"parameters": {"cost": 1}}, "parameters: "),
        ({"seed": 1, "rng": 1}, "one of them"),
        ({"seed": "one"}, "seed: 'one'"),
        ({"seed": -1}, "seed: -1"),
        ({"seed": 1.5}, "seed: 1.5"),
        ({"ticks": -1}, "ticks: -1"),
        ({"ticks": True}, "ticks: True"),
        ({"agent_reporters": {"g": "generosty"}}, "did you mean 'generosity'"),
    ],
)
def test_bad_input_is_refused_by_name(arguments, message):
    with pytest.raises(InputError, match=message):
        FollowerModel(**arguments)


def test_seed_and_rng_are_one_seed():
    both = [small(seed=7), small(seed=None, rng=7), small(seed="7"), small(seed=np.int64(7)), small(seed=7.0)]
    assert {model.seed for model in both} == {7}
    assert seed_from(np.random.SeedSequence(3)) == seed_from(None, np.random.SeedSequence(3)) != 3
    assert seed_from(np.random.default_rng(3)) == seed_from(np.random.default_rng(3))
    assert seed_from(np.random.PCG64(3)) == seed_from(np.random.default_rng(3))
    assert seed_from([1, 2]) != seed_from([2, 1])
    assert seed_from(None) != seed_from("")


def test_a_scenario_brings_settings_and_seed():
    scenarios = pytest.importorskip("mesa.experimental.scenarios", reason="this version of Mesa has no scenarios")
    scenario = scenarios.Scenario(rng=4, agents=12, cost=0.1)
    model = FollowerModel(scenario=scenario, cost=0.2, compile=False)
    assert (model.seed, model.world.agents, model.parameters.cost) == (4, 12, 0.2)
    assert model.scenario is scenario and scenario.model is model
    assert FollowerModel(scenario=scenarios.Scenario(), seed=9).seed == 9


# --- persons ----------------------------------------------------------------------------------------------------


def test_nobody_is_made_before_agents_are_asked_for(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("a person was made")

    monkeypatch.setattr(Person, "__init__", refuse)
    model = stepped(small(**TURNOVER), 3)
    model.record(), model.network(), model.measures(), model.datacollector.get_model_vars_dataframe()
    with pytest.raises(AssertionError, match="a person was made"):
        assert model.agents


def test_agents_are_those_present_and_stay_the_same_objects():
    model = small(**TURNOVER)
    agents, known, born, left = model.agents, {}, 0, 0
    for _ in range(15):
        model.step()
        assert model.agents is agents
        present = np.flatnonzero(model.state.agents.present)
        assert sorted(person.slot for person in agents) == present.tolist()
        now = {person.unique_id: person for person in agents}
        assert len(now) == len(present)
        for number, person in now.items():
            assert known.get(number, person) is person and person.here
        left += sum(not person.here for number, person in known.items() if number not in now)
        born += len(now.keys() - known.keys())
        known = now
    assert born > 30 and left > 5
    assert sorted(person.slot for person in stepped(small(**TURNOVER), 15).agents) == present.tolist()


def test_numbers_of_persons_do_not_depend_on_when_they_were_asked_for():
    early = small(**TURNOVER)
    assert len(early.agents) == 25
    numbers = {person.unique_id for person in stepped(early, 10).agents}
    assert numbers == {person.unique_id for person in stepped(small(**TURNOVER), 10).agents}
    assert {person.slot for person in small().agents} == {person.unique_id for person in small().agents}


def test_who_has_left_can_be_neither_read_nor_written():
    model = small(departure=0.5)
    person = model.person(3)
    others = person.followees
    while person.here:
        model.step()
    assert person not in model.agents
    for name in ("generosity", "followers", "followees_count", "hand", "skill"):
        with pytest.raises(InputError, match="person 3 has left"):
            getattr(person, name)
    with pytest.raises(InputError, match="person 3 has left"):
        person.generosity = 0.5
    assert others and model.world.agents == 25
    with pytest.raises(InputError, match="nobody holds 3"):
        model.person(3)


def test_columns_are_read_through():
    model = stepped(small(**TURNOVER), 5)
    table = model.record().agents
    names = [*interventions.SETTABLE, "silenced", "key", "arrived", "found", "shared", "brought", "read", "received"]
    for person in model.agents:
        for name in names:
            assert getattr(person, name) == table.loc[person.slot, name]
            assert type(getattr(person, name)) in (int, float, bool)
        assert person.followers_count == table.loc[person.slot, "followers"]
        assert person.followees_count == table.loc[person.slot, "followees"]


def test_a_write_acts_as_an_intervention_and_is_recorded_as_one():
    changes = {"generosity": 1.0, "find_rate": 3.0, "visibility": 20.0, "group": 2, "attention": 1, "silenced": False}
    mine, planned = stepped(small(), 2), []
    for slot, (name, value) in enumerate(changes.items()):
        setattr(mine.person(slot), name, value)
        assert getattr(mine.person(slot), name) == value
        change = interventions.set_attribute
        planned.append(change(2, slot, name, value) if name != "silenced" else interventions.unsilence(2, slot))
    mine.person(9).silenced = True
    planned.append(interventions.silence(2, 9))
    theirs = simulate(open_world(**SMALL), ticks=6, seed=1, interventions=planned, compile=False)
    stepped(mine, 4)
    assert_same(mine.record(), theirs)
    assert not mine.record().series.equals(stepped(small(), 6).record().series)
    recorded = [interventions.from_dict(each) for each in mine.record().provenance["interventions"]]
    assert_same(simulate(open_world(**SMALL), ticks=6, seed=1, interventions=recorded, compile=False), theirs)


def test_a_write_counts_at_once():
    model, other = small(find_rate=0.25, visibility=7), small()
    agents = other.agents
    agents.set("find_rate", 0.25).set("visibility", 7)
    assert stepped(model, 3).record().series.equals(stepped(other, 3).record().series)


def test_a_write_wins_over_an_intervention_of_the_same_tick():
    model = small(interventions=[interventions.set_attribute(0, 3, "generosity", 0.0)])
    model.person(3).generosity = 1.0
    model.step()
    assert model.person(3).generosity == 1.0
    recorded = [interventions.from_dict(each) for each in model.record().provenance["interventions"]]
    again = simulate(open_world(**SMALL), ticks=1, seed=1, interventions=recorded, compile=False)
    assert_same(again, model.record())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("generosity", 1.5, r"generosity: 1.5 is out of range; allowed: a number in \[0, 1\]"),
        ("generosity", float("nan"), "generosity: nan"),
        ("generosity", "much", "generosity: 'much'"),
        ("spanning", None, "spanning: None"),
        ("group", 0.5, "group: 0.5"),
        ("silenced", 1, "silenced: 1 .*True or False"),
        ("generousity", 1.0, "did you mean 'generosity'"),
        ("colour", "red", "unknown attribute 'colour'"),
        ("reached", 5, "reached: an outcome, or fixed"),
        ("key", 5, "key: an outcome, or fixed"),
        ("followers", [], "followers: an outcome, or fixed"),
    ],
)
def test_bad_writes_are_refused(name, value, message):
    model = small()
    before = [column.copy() for column in model.state.agents]
    with pytest.raises(InputError, match=message):
        setattr(model.person(0), name, value)
    for column, kept in zip(model.state.agents, before, strict=True):
        np.testing.assert_array_equal(column, kept)


def test_persons_are_neither_made_nor_removed_by_hand():
    model = small()
    for attempt in (lambda: Person(model, 0), model.person(0).remove, model.remove_all_agents):
        with pytest.raises(InputError, match=r"persons are made by their model|cannot be removed"):
            attempt()
    with pytest.raises(AttributeError, match="cannot be set"):
        model.agents = []
    assert len(model.agents) == 25


def test_agent_set_operations_work():
    agents = small(group=("integers", 0, 2)).agents
    givers = agents.select(lambda person: person.generosity > 0.5)
    assert 0 < len(givers) < 25 and all(isinstance(each, Person) for each in givers)
    assert len(agents.select(at_most=5)) == 5
    seen = []
    agents.do(lambda person: seen.append(person.slot))
    agents.shuffle_do(lambda person: seen.append(person.slot))
    assert sorted(seen[25:]) == seen[:25] != seen[25:]
    assert agents.agg("generosity", max) == max(agents.get("generosity"))
    groups = agents.groupby("group").count()
    assert set(groups) == {0, 1, 2} and sum(groups.values()) == 25
    ordered = [person.generosity for person in agents.sort("generosity", ascending=True)]
    assert ordered == sorted(ordered)
    agents.set("generosity", 0.25)
    assert set(agents.get("generosity")) == {0.25}
    assert agents.agg("followers_count", sum) == 75
    assert agents.map("__repr__")[:2] == ["Person(0)", "Person(1)"]
    if hasattr(agents, "to_list"):
        assert agents.to_list() == list(agents)


def test_types_of_agents_and_a_user_s_own_kind():
    class Reader(Person):
        mood = "calm"

        def cheer(self):
            self.mood = "merry"

    class ReaderModel(FollowerModel):
        person_class = Reader

    model = ReaderModel(compile=False, seed=1, **SMALL)
    assert model.agent_types == [Reader] and len(model.agents_by_type[Reader]) == 25
    model.agents.select(at_most=2).do("cheer")
    assert model.agents.groupby("mood").count() == {"merry": 2, "calm": 23}


def test_a_model_is_forgotten_with_its_persons():
    model = stepped(small(), 1)
    assert len(model.agents) == 25
    last = weakref.ref(model)
    del model
    gc.collect()
    assert last() is None


# --- what a person can be asked ---------------------------------------------------------------------------------


def test_followers_and_followees_are_the_ties():
    model = stepped(small(churn=0.05, **TURNOVER), 6)
    ties = model.record().ties
    for person in model.agents:
        mine = ties[ties["follower"] == person.slot]["followee"].tolist()
        theirs = ties[ties["followee"] == person.slot]["follower"].tolist()
        assert [each.slot for each in person.followees] == mine and len(mine) == person.followees_count
        assert [each.slot for each in person.followers] == theirs and len(theirs) == person.followers_count
        assert all(each in model.agents for each in person.followers)


def test_nobody_follows_from_a_vacant_position():
    model = stepped(FollowerModel("workplace", span=3, levels=3, departure=0.3, seed=1, compile=False), 2)
    present = model.state.agents.present
    assert 0 < present.sum() < 13
    assert all(present[each.slot] for person in model.agents for each in person.followers + person.followees)
    assert any(person.followees_count > len(person.followees) for person in model.agents)


def test_attributes_of_a_workplace():
    model = FollowerModel("workplace", span=2, levels=3, seed=1, compile=False)
    assert [person.level for person in model.agents] == [0, 1, 1, 2, 2, 2, 2]
    assert model.person(5).manager == 2
    np.testing.assert_array_equal([person.skill for person in model.agents], model.record().agents["skill"])
    given = FollowerModel(workplace(span=2, levels=2, skill=[1.0, 2.0, 3.0]), seed=1)
    assert [person.skill for person in given.agents] == [1.0, 2.0, 3.0]
    assert small().person(0).skill is None
    with pytest.raises(AttributeError, match="no attribute 'level'"):
        _ = small().person(0).level


def test_what_is_in_hand():
    model = stepped(small(**TURNOVER, attention=20, cost=0), 6)
    hand, gone = model.state.hand, 0
    offsets = hand_offsets(hand, model.state.agents.key.size)
    assert hand.name.size > 20
    for person in model.agents:
        rows = items_in_hand(hand)[slice(*offsets[person.slot :][:2])]
        rows = rows[rows["kind"] >= 0]
        assert len(person.hand) == len(rows)
        for item, row in zip(person.hand, rows, strict=True):
            assert (item.finder_slot, item.found, item.rank) == (row["finder"], row["found"], row["rank"])
            assert item.topic == row["topic"] and item.kind in ("read", "brought")
            gone += item.finder is None
            assert item.finder is None or (item.finder.slot == row["finder"] and item.finder.arrived < row["found"])
    assert gone


def test_feeds_are_kept_on_request():
    model = small(**TURNOVER, attention=20, find_rate=2.0, keep=Keep(feeds=True))
    assert model.person(0).feed == [] == model.person(0).owes
    stepped(model, 6)
    feeds, arrived = model.record().feeds, model.state.agents.arrived
    entries = owed = 0
    for person in model.agents:
        rows = feeds[feeds["reader"] == person.slot] if person.arrived < 5 else feeds.iloc[:0]
        assert len(person.feed) == len(rows)
        for entry, row in zip(person.feed, rows.itertuples(), strict=True):
            entries += 1
            assert (entry.sender_slot, entry.finder_slot, entry.found) == (row.sender, row.finder, row.found)
            assert (entry.channel, entry.read, entry.value) == (row.channel, row.read, row.value)
            assert (entry.rank, entry.topic, entry.price) == (row.rank, row.topic, row.price)
            stayed = model.state.agents.present[row.sender] and arrived[row.sender] < 5
            assert (entry.sender is not None) == stayed and (not stayed or entry.sender.slot == row.sender)
        wanted = [slot for slot in dict.fromkeys(rows["owed"]) if slot >= 0]
        still = [slot for slot in wanted if model.state.agents.present[slot] and arrived[slot] < 5]
        assert [each.slot for each in person.owes] == still
        owed += len(still)
    assert entries > 100 and owed > 10


def test_without_kept_feeds_the_error_says_how():
    person = stepped(small(), 1).person(0)
    for name in ("feed", "owes"):
        with pytest.raises(InputError, match=r"keep=Keep\(feeds=True\)"):
            getattr(person, name)


# --- collecting, counting, ending -------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {**TURNOVER, "departure": 0.4}, {"agents": 1}, {"start": "empty"}])
def test_the_collector_holds_the_series(settings):
    model = stepped(small(**settings), 5)
    collected, series = model.datacollector.get_model_vars_dataframe(), model.record().series
    assert len(collected) == 6 and set(collected) == set(series)
    after = collected.iloc[1:].reset_index(drop=True)[list(series)].astype(float)
    pd.testing.assert_frame_equal(after, series.reset_index(drop=True).astype(float), check_exact=True)


def test_the_first_row_is_the_start():
    model = small(start="growth")
    row = model.datacollector.get_model_vars_dataframe().iloc[0]
    followers = np.sort(model.record().agents["followers"].to_numpy())
    apart = np.abs(followers[:, None] - followers[None, :]).sum()
    assert (row["ties"], row["present"], row["found"], row["value"]) == (followers.sum(), 25, 0, 0)
    assert row["followers_gini"] == pytest.approx(apart / (2 * 25 * followers.sum()))
    assert row["followers_top"] == followers[-1] / followers.sum()


def test_own_reporters():
    model = small(model_reporters={"most": lambda model: model.state.network.followers.where["count"].max()},
                  agent_reporters={"g": "generosity", "friends": lambda person: len(person.followees)})  # fmt: skip
    stepped(model, 2)
    collected = model.datacollector.get_model_vars_dataframe()
    assert {"most", "ties"} <= set(collected)
    table = model.datacollector.get_agent_vars_dataframe()
    assert len(table) == 75 and table.loc[(2, 7), "g"] == model.person(7).generosity
    assert table.loc[(0, 7), "friends"] == 3


def test_the_network_has_attributes():
    graph = stepped(small(**TURNOVER), 3).network()
    assert isinstance(graph, nx.DiGraph) and graph.number_of_edges() > 50
    assert all({"generosity", "group", "received"} <= set(known) for _, known in graph.nodes(data=True))


def test_counters_agree_and_running_ends():
    model = small(ticks=4)
    assert (model.steps, model.time, model.running) == (0, 0.0, True)
    model.step()
    assert (model.steps, model.time, model.running) == (1, 1.0, True)
    model.run_model()
    assert (model.steps, model.time, model.running, len(model.record().series)) == (4, 4.0, False, 4)
    if hasattr(model, "run_for"):
        other = small()
        other.run_for(3)
        assert (other.steps, other.time) == (3, 3.0)
        assert_same(other.record(), stepped(small(), 3).record())
    assert not small(ticks=0).running


def test_a_model_that_everybody_left_stops():
    model = small(departure=0.7)
    model.run_model()
    assert not model.state.agents.present.any() and len(model.record().series) < 30
    assert stepped(small(departure=1, arrivals=3), 1).running


def test_a_failing_step_stops_the_model(monkeypatch):
    model = small()

    def interrupt(ticks):
        raise KeyboardInterrupt

    monkeypatch.setattr(model._run, "advance", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.step()
    assert not model.running


# --- inside Mesa's own tools ------------------------------------------------------------------------------------


def test_no_setting_is_named_like_a_reporter():
    assert not set(small().measures()) & set(SPECIFICATIONS)  # a row of batch_run holds both


def test_batch_run():
    fixed = {"agents": 20, "compile": False, "generosity": "uniform:0:1", "attention": [2, 8]}
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        rows = mesa.batch_run(FollowerModel, fixed, rng=[1, 2], max_steps=5, display_progress=False)
    else:
        rows = mesa.batch_run(FollowerModel, {**fixed, "seed": [1, 2]}, max_steps=5, display_progress=False)
    assert [row["Step"] for row in rows] == [5] * 4
    assert {(row["seed"], row["attention"]) for row in rows} == {(1, 2), (1, 8), (2, 2), (2, 8)}
    for row in rows:
        world = open_world(agents=20, attention=row["attention"])
        last = simulate(world, ticks=5, seed=row["seed"], compile=False).series.iloc[-1]
        assert all(row[name] == last[name] for name in last.index)


def test_batch_run_with_persons():
    rows = mesa.batch_run(
        FollowerModel,
        {"agents": 5, "compile": False, "seed": 1, "agent_reporters": [{"followers": "followers_count"}]}
        if "rng" not in inspect.signature(mesa.batch_run).parameters
        else {"agents": 5, "compile": False, "agent_reporters": [{"followers": "followers_count"}]},
        **({"rng": 1} if "rng" in inspect.signature(mesa.batch_run).parameters else {}),
        max_steps=3,
        display_progress=False,
    )
    table = simulate(open_world(agents=5), ticks=3, seed=1, compile=False).agents
    assert {row["AgentID"]: row["followers"] for row in rows} == dict(enumerate(table["followers"]))


def test_what_visualization_asks_of_a_model():
    signature = inspect.signature(FollowerModel.__init__).parameters
    assert signature["kwargs"].kind is inspect.Parameter.VAR_KEYWORD  # Mesa 3.3 looks for this very name
    required = [name for name, each in signature.items() if each.default is each.empty]
    assert required == ["self", "kwargs"]


@pytest.mark.filterwarnings("ignore:Failed to validate hooks")  # of Mesa 3.3 itself, as solara sees it
def test_visualization_takes_the_model():
    pytest.importorskip("solara", reason="Mesa's visualization needs solara")
    from mesa.visualization import Slider, SolaraViz, make_plot_component
    from mesa.visualization.solara_viz import _check_model_params

    asked = {
        "agents": Slider("People", value=20, min=10, max=100, step=10),
        "cost": {"type": "SliderFloat", "value": 0.3, "min": 0, "max": 1, "step": 0.1, "label": "Cost"},
        "world": {"type": "Select", "value": "open_world", "values": ["open_world"], "label": "World"},
        "seed": {"type": "InputText", "value": 1, "label": "Seed"},
        "compile": False,
    }
    _check_model_params(FollowerModel.__init__, asked)
    again = FollowerModel(agents=20.0, cost=0.5, world="open_world", seed="3", compile=False)
    assert (again.world.agents, again.seed) == (20, 3)
    assert SolaraViz(again, components=[make_plot_component(["ties", "value"])], model_params=asked) is not None
