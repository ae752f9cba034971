"""Do inequality, careers, cascades, influence and twins say what they claim to say?"""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from simulation import Keep, Parameters, Run, measures, open_world, simulate, theory, twins
from simulation.errors import InputError
from simulation.interventions import set_attribute, silence


def test_gini_by_all_pairs_and_theory():
    x = np.random.default_rng(1).geometric(0.2, 200) - 1.0
    assert measures.gini(x) == pytest.approx(np.abs(x[:, None] - x).mean() / (2 * x.mean()))
    assert np.isnan(measures.gini([0, 0])) and np.isnan(measures.top_share([]))
    pmf = np.array([0.5, 0.3, 0.0, 0.2])
    assert measures.gini(np.repeat(np.arange(4), (1000 * pmf).astype(int))) == pytest.approx(theory.gini_of_pmf(pmf))
    assert measures.top_share(np.arange(101), 0.01) == pytest.approx((100 + 99) / 5050)  # 1.01 people: two
    assert measures.top_share([3, 1], 1.0) == 1.0
    for bad, message in ((lambda: measures.gini([-1, 2]), "values"), (lambda: measures.top_share([1], 0), "share")):
        with pytest.raises(InputError, match=message):
            bad()


def test_interval_covers():
    rng = np.random.default_rng(2)
    found = [measures.interval(rng.normal(3, 2, 6)) for _ in range(2000)]
    covered = np.mean([each["low"] < 3 < each["high"] for each in found])
    assert abs(covered - 0.95) < 4 * (0.95 * 0.05 / 2000) ** 0.5
    graphs = [nx.gnp_random_graph(100, 0.05, seed=seed, directed=True) for seed in range(40)]
    found = measures.over_replicates(measures.edge_reciprocity, graphs, 0.999)
    assert found["low"] < 0.05 < found["high"] and found["replicates"] == 40


def test_ranks():
    assert measures.rank_agreement([1, 2, 3, 4], [1, 2, 4, 3]) == pytest.approx(4 / 6)
    assert np.isnan(measures.rank_agreement([1, 1], [1, 2]))
    assert measures.elite_turnover([1, 2, 3, 4], [1, 2, 3, 4], 0.25) == 0
    assert measures.elite_turnover([1] * 10, range(10), 0.2) == pytest.approx(0.8)  # all equal: by lot
    with pytest.raises(InputError, match="after"):
        measures.rank_agreement([1, 2], [1, 2, 3])
    record = simulate(open_world(agents=30), ticks=9, seed=1, keep=Keep(snapshots=3), compile=False)
    table = measures.turnover(record, 0.2)
    assert table.index.tolist() == [5, 8] and table["tau"].iloc[0] == table["tau_first"].iloc[0]
    assert table["tau_first"].iloc[1] < table["tau"].iloc[1] < 1  # at this seed: the further apart, the less alike
    with pytest.raises(InputError, match="snapshots"):
        measures.turnover(simulate(open_world(agents=5), ticks=1, seed=1, compile=False))


def mean_distance(parent):
    tree = nx.Graph([(child, above) for child, above in enumerate(parent) if above >= 0])
    return nx.average_shortest_path_length(tree)


def test_virality():
    rng = np.random.default_rng(3)
    for n in (2, 5, 40):
        assert measures.tree_virality([-1] + [0] * (n - 1)) == pytest.approx(theory.star_virality(n))
        assert measures.tree_virality(range(-1, n - 1)) == pytest.approx(theory.path_virality(n))
        parent = [-1, *(int(rng.integers(0, k)) for k in range(1, n))]
        assert measures.tree_virality(parent) == pytest.approx(mean_distance(parent))
    with pytest.raises(InputError, match="parent"):
        measures.tree_virality([0, 0])


READINGS = pd.DataFrame(  # 9's first item: to 1 and 2, through 1 to 3 (twice) and 4; 2's item to 3
    [(0, 1, 9, 9, 0, 0, 1.0), (0, 2, 9, 9, 0, 0, 1.0), (1, 3, 1, 9, 0, 0, 1.0), (1, 3, 2, 9, 0, 0, 0.0),
     (1, 4, 1, 9, 0, 0, 1.0), (1, 3, 2, 2, 1, 0, 0.5)],
    columns=["tick", "reader", "sender", "finder", "found", "rank", "value"],
).assign(price=0.1)  # fmt: skip


def test_cascades_of_a_known_tree():
    table = measures.cascades(READINGS)
    first, second = table.loc[(9, 0, 0)], table.loc[(2, 1, 0)]
    assert (first["size"], first["depth"]) == (5, 2) and (second["size"], second["depth"]) == (2, 1)
    assert first["virality"] == pytest.approx(mean_distance([-1, 0, 0, 1, 1]))
    who = measures.reached(READINGS, 10)
    assert who.loc[9, ["one_step", "two_steps", "people", "readings"]].tolist() == [2, 4, 4, 4]
    assert who.loc[1, "passed_on"] == 2 and who.loc[2, "passed_on"] == 0
    assert who["first"].tolist() == [0, 1, 1, 1, 0, 0, 0, 0, 0, 0] and who.loc[3, "first_value"] == 0.5
    assert who.loc[3, "delay"] == 0.5 and np.isnan(who.loc[9, "delay"])
    hang = measures.sources(READINGS, 10)
    assert hang.loc[3, "largest"] == pytest.approx(2 / 3) and hang.loc[3, "effective"] == pytest.approx(1.8)
    assert hang.loc[1, "others"] == pytest.approx(2 / 3 + 1)
    with pytest.raises(InputError, match="had not read"):
        measures.cascades(READINGS[READINGS["reader"] != 1])


def test_cascades_of_a_run():
    run = Run(open_world(agents=40), Parameters(relay=0.8), seed=1, keep=Keep(feeds=True), compile=False)
    run.advance(2)
    readings = measures.watch(run, 12)
    agents = run.record().agents
    table, who = measures.cascades(readings), measures.reached(readings, 40)
    assert len(readings) == run.record().series["read"].iloc[2:].sum()
    assert table["depth"].max() >= 3  # relayed on and on
    assert table.index.get_level_values("found").min() == 2  # earlier ones are left out
    assert who["readings"].sum() == (table["size"] - 1).sum()
    assert (who["one_step"] <= who["two_steps"]).all() and (who["two_steps"] <= who["people"]).all()
    assert (table["virality"] <= (table["size"] + 1) / 3 + 1e-12).all() and (table["virality"] >= 1).all()
    assert agents["read"].sum() >= len(readings)
    with pytest.raises(InputError, match="feeds"):
        measures.watch(Run(open_world(agents=5), seed=1, compile=False), 1)


def test_influence_is_what_others_miss():
    world = open_world(agents=30, find_rate=1.0)
    table = measures.influence(world, [3, 4], ticks=12, seed=1, details=True, compile=False)
    runs = [simulate(world, ticks=12, seed=1, interventions=more, compile=False) for more in ((), [silence(0, 3)])]
    less = (runs[0].agents["received"] - runs[1].agents["received"]).drop(index=3).sum()
    assert table.loc[3, "value"] == pytest.approx(less)
    assert (table["value"] < table["no_longer_read"]).all()  # no item is worth more than 1
    assert (table["no_longer_read"] >= table["people"]).all() and (table["people"] > 0).all()
    silent = open_world(agents=30, generosity=0.0, find_rate=1.0)  # nobody gives: nobody is missed
    quiet = measures.influence(silent, 3, ticks=5, seed=1, parameters=Parameters(bring=0), details=True, compile=False)
    assert (quiet == 0).all(axis=None)
    with pytest.raises(InputError, match="agents: 30"):
        measures.influence(world, 30, ticks=3, seed=1)
    with pytest.raises(InputError, match="since"):
        measures.influence(world, 3, ticks=3, seed=1, since=3)


def gives(agent):
    return set_attribute(0, agent, "generosity", 1.0)


def hoards(agent):
    return set_attribute(0, agent, "generosity", 0.0)


LAW = {"find_rate": 1.0, "encounters": 4.0, "responsiveness": 0.5, "churn": 0.05}
CORNER = Parameters(encounters=4, responsiveness=0.5, churn=0.05, bring=0, relay=0, cost=0, quality_spread=0,
                    share_cost=0, follow_back=0)  # fmt: skip


@pytest.mark.slow
def test_twins_obey_the_exact_law_of_a_pair():
    world = open_world(agents=41, generosity=0.0, find_rate=1.0, attention=1000, start="empty")
    found = twins(
        world, lambda agent: set_attribute(0, agent, "generosity", 0.8), 0, 300, ticks=15, parameters=CORNER, seed=1,
        against=lambda agent: set_attribute(0, agent, "generosity", 0.6), outcomes=["followers"],
    )  # fmt: skip
    law = theory.twin_moments(15, agents=41, generosity=(0.6, 0.8), **LAW)
    own = found.effects().set_index("on").loc["itself"]
    error = (law.difference_variance / 300) ** 0.5
    assert abs(own["mean"] - (law.means[1] - law.means[0])) < 4 * error
    fisher = np.arctanh([own["correlation"], law.correlation])
    assert abs(fisher[0] - fisher[1]) < 4 / 297**0.5
    assert own["variance_ratio"] == pytest.approx(law.difference_variance / law.variances.sum(), rel=0.35)
    assert own["saving"] == pytest.approx(1 / own["variance_ratio"])


def test_no_change_has_no_effect_and_replicates_are_addressed():
    world = open_world(agents=20)
    how = {"ticks": 6, "seed": 3, "compile": False}
    nothing = twins(world, hoards, [1, 2], 3, against=hoards, **how).effects()
    assert (nothing["mean"] == 0).all() and (nothing["saving"] == np.inf).all()
    many, few = (twins(world, gives, None, number, **how).pairs for number in (3, 2))
    pd.testing.assert_frame_equal(many[many["replicate"] < 2], few, check_exact=True)
    one = few.iloc[0]
    record = simulate(world, ticks=6, seed=int(one["seed"]), compile=False)
    assert one["own"] == record.agents["followers"].iloc[one["agent"]]
    assert one["others"] == record.agents["followers"].drop(index=one["agent"]).mean()
    assert twins(world, gives, 1, 1, **how).effects()["low"].isna().all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"agents": 20}, "agents: 20 does not exist"), ({"agents": []}, "none"), ({"replicates": 0}, "replicates"),
     ({"change": "gives"}, "change"), ({"outcomes": ["folowers"]}, "did you mean 'followers'"),
     ({"world": open_world(agents=1, start="empty")}, "2 or more"), ({"world": 5}, "world")],
)  # fmt: skip
def test_twins_refusals(arguments, message):
    given = {"world": open_world(agents=20), "change": gives, "agents": 1, "replicates": 1, "ticks": 1, "seed": 1}
    with pytest.raises(InputError, match=message):
        twins(**given | {"compile": False} | arguments)


def test_twins_is_a_function_whatever_was_imported_before():
    import importlib

    import simulation

    importlib.import_module("simulation.twin_runs")
    assert callable(simulation.twins)
