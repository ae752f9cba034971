"""Is the linear giver model what theory and the simulator say, and are lines, regions and nulls measured rightly?"""

import io

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from experiments import giving_grows_followers as giving
from experiments import where_giving_pays as where
from experiments.linear_giver import expected, worth
from simulation import Parameters
from simulation.theory import follow_probability_per_share, opt_in_probability, two_state_probability

matplotlib.use("Agg")
CORNER = {"bring": 0.0, "relay": 0.0, "cost": 0.0, "quality_spread": 0.0, "share_cost": 0.0, "follow_back": 0.0}


@pytest.mark.parametrize("price", [0.0, 0.2, 0.5, 0.9, 1.0, 1.7])
@pytest.mark.parametrize("spread", [0.0, 0.4, 1.0])
def test_worth_is_the_mean_over_qualities(price, spread):
    net = 1.0 - spread * (np.arange(100_000) + 0.5) / 100_000 - price
    means = (net > 0).mean(), np.maximum(net, 0).mean(), np.maximum(-net, 0).mean()
    assert worth(price, spread) == pytest.approx(means, abs=2e-5)


@pytest.mark.parametrize(("encounters", "churn", "ticks"), [(2.0, 0.02, 50), (1.0, 0.0, 200), (4.0, 0.1, 400)])
def test_linear_giver_is_the_two_state_chain_where_that_is_exact(encounters, churn, ticks):
    parameters = Parameters(**CORNER, encounters=encounters, responsiveness=0.05, churn=churn)
    got = expected(parameters, agents=500, ticks=ticks, attention=1e9, followees=0.0)
    q = follow_probability_per_share(encounters, 0.05, 500)
    exact = [499 * two_state_probability(ticks, opt_in_probability(0.5, g, q), churn) for g in np.linspace(0, 1, 21)]
    assert got.followers == pytest.approx(exact, rel=0.01)


def test_sign_is_that_of_the_condition():
    how = {"agents": 250, "ticks": 400, "find_rate": 2.0}
    nothing_else = Parameters(bring=0.0, credit=0.0, follow_back=0.0, cost=0.9, churn=0.01)
    assert expected(nothing_else, followees=0.0, **how).sign > 0
    never_ends = Parameters(follow_back=0.5, cost=0.9, churn=0.0)
    got = expected(never_ends, introducing=0.3, **how)
    assert got.sign < 0 and got.slope < 0
    deaf = expected(Parameters(responsiveness=0.0), **how)
    assert deaf.slope == pytest.approx(0.0, abs=1e-9) and deaf.sign == 0.0


@pytest.mark.parametrize(("axis", "value"), [("churn", 0.05), ("cost", 0.0), ("introducing", 0.2)])
def test_predicted_slope_has_the_simulators_sign(axis, value):
    """Far from the line; nothing in the prediction is fitted."""
    rows = [row | {"network": None} for row in where.rows(False, 3)
            if row["part"] == "axes" and row["axis"] == axis and row[axis] == value]  # fmt: skip
    got = pd.DataFrame([where.measure(row, row["replicate"] + 1) for row in rows])
    assert (np.sign(got["slope_followers"]) == np.sign(got["predicted"])).all()


def test_rows_are_whole_and_paired():
    rows = pd.DataFrame(where.rows(False, 12))
    parts = rows.groupby("part")
    assert set(parts.groups) == {"axes", "newcomers", "knock-out", "plausible"}
    assert parts.get_group("plausible")["point"].nunique() == 200
    for name, (low, high) in where.REGION.items():
        assert parts.get_group("plausible")[name].between(low, high).all()
    axes = parts.get_group("axes")
    for axis, values in where.AXES.items():
        some = axes[axes["axis"] == axis]
        assert sorted(some[axis].unique()) == list(values) and where.MIDDLE[axis] in values
        assert some.groupby(axis)["replicate"].agg(tuple).nunique() == 1
        others = [name for name in where.MIDDLE if name != axis]
        assert (some[others] == pd.Series(where.MIDDLE)[others]).all().all()
    assert len(where.rows(True, 5)) < len(rows) / 5


@pytest.mark.parametrize("null", where.NULLS)
def test_nobody_can_react(null):
    """Who is followed then is chance: one agent's giving changes nothing at all."""
    row = next(row for row in where.rows(True, 1) if row.get("knocked_out") == null)
    world = where.starting_world(None, 60, attention=row["attention"], introducing=row["introducing"])
    parameters = Parameters(responsiveness=row["responsiveness"], churn=0.005, follow_back=0.2, cost=0.6)
    followers = []
    for generosity in (0.0, 1.0):
        change = giving.set_attribute(0, 7, "generosity", generosity)
        record = where.simulate(world, parameters, ticks=60, seed=4, interventions=[change])
        followers.append(record.agents["followers"])
    assert followers[0].equals(followers[1]) and followers[0].nunique() > 1


def test_newcomers_find_places():
    row = {"part": "newcomers", "replicate": 0, "agents": 100, "ticks": 100, "network": None}
    numbers = where.measure(row, 1)
    assert np.isfinite(list(numbers.values())).all()
    record = where.simulate(where.starting_world(None, 100), Parameters(**where.newcomers(100, 100)), ticks=100, seed=1)
    present = record.agents["present"]
    assert 105 < present.sum() < len(present), "some have come, and none was turned away"


def test_turn():
    assert where.turn([0.0, 0.1, 0.2], [-1.0, -0.5, 0.5]) == pytest.approx(0.15)
    assert np.isnan(where.turn([0.0, 0.1, 0.2], [1.0, 0.5, 0.2]))
    assert where.turn([0.0, 1.0], [0.0, 0.0]) == 0.0


@pytest.fixture(scope="module")
def rows():
    """The design's rows with their predictions, at two points in five of the region."""
    made, found = [], {}
    for row in where.rows(False, 4):
        if row.get("point", 0) % 5 > 1:
            continue
        if row["part"] in ("axes", "plausible"):
            of = row.get("point"), row.get("axis"), row.get(row.get("axis"))
            if of not in found:
                found[of] = where.predicted(row)
            row["predicted"] = found[of]
        made.append(row)
    return made


def runs_like(rows, null=0.0, factor=1.0, off=0.0, attention=1.0):
    """Runs as they would be: slopes as predicted times ``factor`` plus ``off``, and a slope where nobody can react."""
    random = np.random.default_rng(5)
    rows = [dict(row) for row in rows]
    for row in rows:
        row["slope_followers"] = random.normal(null if row["part"] == "knock-out" else 18.0, 0.05)
        if row["part"] in ("axes", "plausible"):
            row["slope_followers"] = factor * row["predicted"] + off + random.normal(0, 0.02)
        if row["part"] in ("newcomers", "plausible"):
            short = attention * (row.get("attention", 10.0) - 30.0) / 10.0
            row |= {"ties_none": 1.0, "ties_half": 9.0, "ties_all": 9.0 + short + random.normal(0, 0.1)}
    runs = pd.DataFrame(rows)
    runs = pd.read_csv(io.StringIO(runs.to_csv(index=False)))  # as a stored run is read back
    return runs, pd.DataFrame(where.effect_rows(dict(iter(runs.groupby("part")))))


def test_what_is_predicted_is_not_said_to_have_failed(rows):
    runs, table = runs_like(rows)
    assert where.failed(table) == [] and not where.leaks(table) and table["name"].is_unique
    assert "in 100% [" in where.sentences(table)[1] and "as good as nothing" in where.sentences(table)[2]
    figure, axes = plt.subplots(1, 5)
    parts = dict(iter(runs.groupby("part")))
    where.draw_axes(parts["axes"], axes[:4])
    where.draw_points(parts["plausible"], axes[4])
    plt.close(figure)


def test_what_is_not_as_predicted_is_said(rows):
    assert where.leaks(runs_like(rows, null=2.0)[1]) and where.leaks(runs_like(rows, null=-2.0)[1])
    assert "where nobody can react giving changes nothing" in where.failed(runs_like(rows, null=0.49)[1])
    against = " ".join(where.failed(runs_like(rows, factor=-1.0)[1]))
    assert "the sign is right at" in against and "rank correlation" in against and "giving pays at 9" in against
    assert "turns on churn" in " ".join(where.failed(runs_like(rows, off=3.0)[1]))
    assert "the less attention" in " ".join(where.failed(runs_like(rows, attention=-1.0)[1]))
