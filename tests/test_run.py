"""Does a run do what was asked, whoever asks, in whatever steps, in whatever order people are stored?"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from simulation import Parameters, interventions, open_world, replicate_seed, rules, simulate
from simulation.distributions import distribution
from simulation.errors import InputError
from simulation.exchange import to_ties
from simulation.interventions import BY_AGENT, KINDS, Intervention, from_dict
from simulation.record import Keep
from simulation.run import Run
from simulation.state import CHANGE, COUNTS, FOLLOWED, UNFOLLOWED
from tests.reference.cases import ARRAYS, CORNERS, cases, complete, examples, ring
from tests.reference.compare import Case, assert_same_bits, hands, memories

LIVE = Case(
    agents=6,
    capacity=8,
    attributes=ARRAYS | {"attention": [9, 6, 12, 10, 3, 20, 7, 14]},
    ties=tuple((u, v, u == 2) for u, v, _ in ring(6)) + tuple((u, (u + 2) % 6, False) for u in range(6)),
    parameters={"responsiveness": 0.9, "churn": 0.05, "follow_back": 0.5, "relay": 0.9, "arrivals": 1,
                "departure": 0.04, "bring": 0.5, "cost": 0.3},
    ticks=30,
)  # fmt: skip


def series(case, **options):
    """The columns of the series of a case by name."""
    counts = np.concatenate(case.run(**options).advance(case.ticks).series)
    return {name: counts[:, place] for place, name in enumerate(COUNTS)}


# ---- the order of storage --------------------------------------------------------------------------------------------


def stored_as(case, order):
    """The same case, where slot s holds whom slot order[s] held."""
    slot = {who: place for place, who in enumerate(order)}
    people = {name: distribution(value, name) for name, value in case.attributes.items()}
    if people.get("key") is None:
        people["key"] = np.arange(case.capacity)
    people = {name: value[order] if isinstance(value, np.ndarray) else value for name, value in people.items()}
    moved = []
    for each in case.interventions:
        ties = tuple((slot[u], slot[v]) for u, v in each.ties)
        agents = tuple(slot[agent] for agent in each.agents)
        moved.append(Intervention(each.kind, each.ticks, agents, each.name, each.value, ties, each.locked))
    ties = tuple((slot[u], slot[v], locked) for u, v, locked in case.ties)
    return Case(case.agents, case.capacity, people, ties, case.parameters, tuple(moved), case.seed, case.world_seed)


def assert_exchangeable(case, ticks=5):
    """Storing people in another order leaves every result bit-identical, told by who it is about."""
    random = np.random.default_rng(case.seed % 1000)
    order = [*random.permutation(case.agents), *random.permutation(range(case.agents, case.capacity))]
    order = np.array(order, int)
    one, other = case.run().advance(ticks), stored_as(case, order).run().advance(ticks)
    assert np.array_equal(np.concatenate(one.series), np.concatenate(other.series))
    for name, column in one.state.agents.columns().items():
        if name not in ("memory", "memory_next"):
            assert column[order].tobytes() == getattr(other.state.agents, name).tobytes(), name
    assert {order[slot]: traces for slot, traces in memories(other).items()} == memories(one)
    told = {order[slot]: [(order[row[0]], *row[1:]) for row in held] for slot, held in hands(other).items()}
    assert told == hands(one)
    follower, followee, locked = to_ties(other.state.network)
    told = zip(order[follower], order[followee], locked, strict=True)
    assert sorted(told) == list(zip(*to_ties(one.state.network), strict=True))
    here, there = np.concatenate(one.ledger), np.concatenate(other.ledger)
    there["follower"], there["followee"] = order[there["follower"]], order[there["followee"]]
    assert np.array_equal(np.sort(here, order=CHANGE.names), np.sort(there, order=CHANGE.names))


@given(cases())
@examples(60)
def test_the_order_of_storage_changes_nothing(case):
    assert_exchangeable(case)


@pytest.mark.parametrize("name", ["interventions of every kind", "long feeds", "turnover of locked positions", "fame"])
def test_the_order_of_storage_changes_no_corner(name):
    assert_exchangeable(CORNERS[name][0])


def test_another_key_is_another_person():
    keys = [*ARRAYS["key"][:-1], 5]
    one, other = (series(Case(8, 8, ARRAYS | {"key": key}, ring(8))) for key in (ARRAYS["key"], keys))
    assert any(not np.array_equal(one[name], other[name]) for name in one)


# ---- rates of zero ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lively_series():
    return series(LIVE)


@pytest.mark.parametrize(
    ("name", "never"),
    [
        ("generosity", ["shared", "follow_encounter"]),
        ("find_rate", ["found", "shared", "brought", "deliveries", "follow_encounter"]),
        ("attention", ["read", "value_units", "follow_encounter", "follow_brought", "follow_credit", "unfollow_dull"]),
        ("visibility", ["follow_encounter"]),
        ("introducing", ["introductions", "follow_introduction"]),
        ("encounters", ["follow_encounter"]),
        ("bring", ["brought", "follow_brought"]),
        ("credit", ["follow_credit"]),
        ("follow_back", ["follow_follow_back"]),
        ("churn", ["unfollow_churn"]),
        ("arrivals", ["arrived", "follow_arrival"]),
        ("first_follows", ["follow_arrival"]),
        ("departure", ["departed", "unfollow_departure"]),
        ("memory", ["unfollow_stale"]),
        ("cost", ["unfollow_stale", "unfollow_dull", "unfollow_overload"]),
        (
            "responsiveness",
            ["follow_encounter", "follow_brought", "follow_credit", "follow_introduction",
             "unfollow_stale", "unfollow_dull", "unfollow_overload"],
        ),
    ],
)  # fmt: skip
def test_a_rate_of_zero_means_never(name, never, lively_series):
    attributes, parameters = dict(LIVE.attributes), dict(LIVE.parameters)
    (attributes if name in attributes else parameters)[name] = 0
    without = series(Case(6, 8, attributes, LIVE.ties, parameters, ticks=LIVE.ticks))
    assert all(lively_series[column].sum() for column in never), "the test must be able to fail"
    assert not any(without[column].any() for column in never)


def test_a_spanning_of_zero_never_leaves_the_group():
    people = {"group": [0, 0, 0, 1, 1, 1, 2, 3], "spanning": 0.0, "find_rate": 2.0}
    run = Case(8, 8, people, parameters={"responsiveness": 1, "bring": 0, "credit": 0}).run().advance(10)
    follower, followee, _ = to_ties(run.state.network)
    assert follower.size > 5
    group = np.array(people["group"])
    assert np.array_equal(group[follower], group[followee])


# ---- steps, seeds, what is kept --------------------------------------------------------------------------------------


@given(cases())
@examples(30)
def test_ticks_one_by_one_or_in_one_call(case):
    keep = Keep(ledger=True, feeds=True, snapshots=2)
    at_once = case.run(keep=keep).advance(5)
    steps, checked = case.run(keep=keep), case.run(keep=keep, check=True)
    for _ in range(5):
        steps.advance(1)
    checked.advance(0).advance(2).advance(3)
    for other in (steps, checked):
        assert_same_bits(at_once, other)
        assert at_once.record().snapshots.equals(other.record().snapshots)
    assert at_once.record().snapshots["tick"].isin([1, 3]).all()


@pytest.mark.parametrize("own", [None, rules.replace(price=lambda cost, load: 3 * cost * load * load)], ids=["", "own"])
def test_timing_the_phases_changes_no_bit_and_no_rule(own):
    world, timings = open_world(agents=30), {}
    one, other = (Run(world, seed=1, rules=own, compile=False) for _ in range(2))
    assert_same_bits(one.advance(8), other.advance(3, timings={}).advance(5, timings=timings))
    assert set(timings) == {"find", "give", "deliver", "read", "rewire", "observe"}
    assert all(seconds > 0 for seconds in timings.values())


def test_looking_does_not_disturb():
    straight, looked_at = LIVE.run().advance(6), LIVE.run().advance(3)
    before = looked_at.record()
    kept = before.ties, before.series, before.agents
    looked_at.advance(3)
    assert_same_bits(straight, looked_at)
    for table, again in zip(kept, (before.ties, before.series, before.agents), strict=True):
        assert table.equals(again), "a record does not change while its run goes on"
    assert len(before.series) == before.ticks == 3


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    world = open_world(agents=12)
    runs = [Run(world, seed=seed, compile=False).advance(5) for seed in (1, 1, 2)]
    assert_same_bits(*runs[:2])
    assert not np.array_equal(runs[0].series, runs[2].series)
    assert not np.array_equal(runs[0].state.agents.generosity, runs[2].state.agents.generosity)


def test_a_world_of_its_own_seed_lives_other_histories():
    world = open_world(agents=12, world_seed=5)
    one, other = (Run(world, seed=seed, compile=False) for seed in (1, 2))
    assert_same_bits(one, other)
    assert not np.array_equal(one.advance(5).series, other.advance(5).series)


def test_a_seed_that_is_not_given_is_drawn_and_told():
    world = open_world(agents=5)
    one, other = (simulate(world, ticks=2, compile=False) for _ in range(2))
    assert one.seed != other.seed
    assert one.provenance["seed"] == one.seed
    again = simulate(world, ticks=2, seed=one.seed, compile=False)
    assert again.series.equals(one.series)
    assert again.agents.equals(one.agents)


def test_seeds_of_replicates():
    seeds = [replicate_seed(1, k) for k in range(200)] + [replicate_seed(2, k) for k in range(200)]
    assert len(set(seeds)) == 400
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_a_run_says_how_it_ended():
    calls = []
    run = Run(open_world(agents=5), seed=1, compile=False, check=True)
    assert run.ended == "not begun"
    assert run.advance(4, progress=calls.append).record().ended == "ran all 4 ticks"
    assert sum(calls) == 4

    def stop(ticks):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.advance(3, progress=stop)
    assert run.record().ended == "interrupted before tick 5"
    assert len(run.record().series) == 5


@pytest.mark.parametrize("ending", [KeyboardInterrupt, ValueError], ids=["Ctrl-C", "an error"])
def test_what_ends_a_run_early_finds_hands_complete(ending):
    def stop(ticks):
        raise ending

    run, straight = (Run(open_world(agents=40), seed=1, compile=False, keep=Keep(snapshots=2)) for _ in range(2))
    with pytest.raises(ending):
        run.advance(10, progress=stop)
    assert run.ended == "interrupted before tick 3"
    assert_same_bits(run, straight.advance(3))


def test_hands_are_complete_where_somebody_looks_and_hold_elsewhere_what_will_be_given():
    def in_hand(run):
        return int(run.state.hand.number.sum())

    how = {"seed": 1, "compile": False, "interventions": [interventions.silence(4, [0])], "keep": Keep(snapshots=1)}
    run, complete = (Run(open_world(agents=40), **how) for _ in range(2))
    numbers = []
    run.advance(6, progress=lambda ticks: numbers.append(in_hand(run)))
    every = [in_hand(complete.advance(1)) for _ in range(6)]
    assert [number == whole for number, whole in zip(numbers, every, strict=True)] == [at in (3, 5) for at in range(6)]
    assert all(0 < number <= whole for number, whole in zip(numbers, every, strict=True))
    assert_same_bits(run, complete)


def test_no_ticks_leave_the_start():
    record = simulate(open_world(agents=5), ticks=0, seed=1, compile=False, keep=Keep(ledger=True))
    assert len(record.series) == len(record.ledger) == 0
    assert len(record.ties) == 15
    assert record.network().number_of_edges() == 15


# ---- invariants ------------------------------------------------------------------------------------------------------


def count_one_more(column):
    """A damage: one more change of this kind in the series."""

    def damage(run):
        run.series[0][0, column] += 1

    return damage


def lose_half_a_tie(run):
    where = run.state.network.followers.where
    where["count"][int(np.argmax(where["count"]))] -= 1


def follow_oneself(run):
    where, items = run.state.network.followees.where, run.state.network.followees.items
    agent = int(np.argmax(where["count"]))
    items[where["start"][agent]] = agent


def lock_too_many(run):
    run.state.network.locked[0] = 100


def unlock_a_tie(run):
    agent = int(np.argmax(run.state.network.locked))
    run.state.network.locked[agent] -= 1


def lose_items(run):
    run.state.hand.number[-1] += run.state.hand.name.size


def mix_up_hands(run):
    hand = run.state.hand
    first, last = hand.start[0], hand.start[-1] + hand.number[-1] - 1
    hand.owner[[first, last]] = hand.owner[[last, first]]


def remember_too_far(run):
    run.state.agents.memory_next[0] = run.parameters.memory


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (count_one_more(FOLLOWED + 1), "do not add up"),
        (count_one_more(FOLLOWED + 7), "do not add up"),
        (count_one_more(UNFOLLOWED + 1), "do not add up"),
        (count_one_more(UNFOLLOWED + 6), "do not add up"),
        (lose_half_a_tie, "do not mirror"),
        (follow_oneself, "do not mirror"),
        (lock_too_many, "more locked ties than ties"),
        (unlock_a_tie, "locked ties have changed"),
        (lose_items, "out of order"),
        (mix_up_hands, "out of order"),
        (remember_too_far, "memory out of range"),
    ],
)
def test_the_check_notices(damage, message):
    run = LIVE.run().advance(3)
    run.check_state()
    damage(run)
    with pytest.raises(AssertionError, match=message):
        run.check_state()


def test_a_checked_run_stops_at_the_tick_that_breaks_it():
    run = LIVE.run(check=True).advance(2)
    run.series[0][0, FOLLOWED + 1] += 1
    with pytest.raises(AssertionError, match="do not add up"):
        run.advance(5)
    assert run.tick == 3


def test_interventions_may_change_locked_ties():
    done = (interventions.lock_ties(1, [(0, 1)]), interventions.drop_ties(2, [(2, 3)]))
    run = Case(6, 6, ties=ring(6, locked=True), interventions=done).run(check=True).advance(4)
    run.check_state()


def test_locked_ties_stay():
    people = {"generosity": 1.0, "find_rate": 3.0}
    parameters = {"churn": 1, "departure": 0.3, "arrivals": 2, "cost": 2, "responsiveness": 1}
    run = Case(6, 6, people, complete(6, locked=True), parameters).run(check=True).advance(10)
    assert all(map(np.all, to_ties(run.state.network)[2:]))
    assert to_ties(run.state.network)[0].size == 30


# ---- bad input -------------------------------------------------------------------------------------------------------

WORLD = open_world(agents=4)
PLAIN = {"seed": 1, "compile": False}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"world": "open_world"}, r"world: 'open_world' \(str\).*open_world\(agents=1000\)"),
        ({"parameters": {"cost": 1}}, r"parameters: .*\(dict\).*allowed: Parameters\(\.\.\.\)"),
        ({"parameters": Parameters(capacity=3)}, "capacity: 3 slots for 4 agents; allowed: 4 or more"),
        ({"seed": -1}, r"seed: -1.*whole number in \[0, 2\*\*63\)"),
        ({"seed": 2**63}, r"seed: 9223372036854775808"),
        ({"seed": 1.5}, r"seed: 1\.5 \(float\)"),
        ({"seed": True}, r"seed: True"),
        ({"ticks": -1}, r"ticks: -1.*whole number >= 0"),
        ({"ticks": 2.0}, r"ticks: 2\.0"),
        ({"ticks": True}, r"ticks: True"),
        ({"rules": {"pric": abs}}, r"unknown rule 'pric'; did you mean 'price'\?"),
        ({"rules": 3}, r"rules: 3 \(int\).*rules.replace"),
        ({"keep": True}, r"keep: True \(bool\).*Keep\(ledger=True"),
        ({"interventions": ["silence"]}, r"interventions: 'silence' \(str\).*silence\(100, \[3\]\)"),
        ({"interventions": [interventions.silence(0, 4)]}, r"silence: agent 4 does not exist; allowed: 0 \.\. 3"),
        ({"interventions": [interventions.add_ties(0, [(1, 7)])]}, r"add: agent 7 does not exist"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        simulate(**{"world": WORLD, "ticks": 1, **PLAIN, **arguments})


def test_attributes_must_have_one_value_per_slot():
    world = open_world(agents=4, generosity=[0.1, 0.2, 0.3, 0.4])
    assert Run(world, **PLAIN).state.agents.generosity.size == 4
    with pytest.raises(InputError, match="generosity: the array has 4 values; allowed: 6, one per agent"):
        Run(world, Parameters(capacity=6), **PLAIN)
    with pytest.raises(InputError, match=r"key.*\b4\b.*\b6\b"):
        Run(open_world(agents=4, key=[5, 6, 7, 8]), Parameters(capacity=6), **PLAIN)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: interventions.set_attribute(0, 1, "generosty", 1), r"'generosty'; did you mean 'generosity'\?"),
        (lambda: interventions.set_parameter(0, "memory", 1), "unknown parameter that can change .* 'memory'"),
        (lambda: interventions.set_parameter(0, "churm", 1), r"'churm'; did you mean 'churn'\?"),
        (lambda: interventions.set_parameter(0, "churn", 2), r"churn: 2.*\[0, 1\]"),
        (lambda: interventions.set_attribute(0, 1, "key", 1), "unknown attribute 'key'"),
        (lambda: interventions.set_attribute(0, 1, "generosity", 2), r"generosity: 2.*\[0, 1\]"),
        (lambda: interventions.set_attribute(0, 1, "generosity", float("nan")), "generosity: nan"),
        (lambda: interventions.set_attribute(0, [1, 2], "attention", [1, 2, 3]), "attention: 3 values for 2 agents"),
        (lambda: interventions.set_attribute(0, [1], "attention", ("uniform", 0, 1)), "attention: .*a number"),
        (lambda: interventions.set_attribute(0, 1, "group", 0.5), "group: 0.5"),
        (lambda: interventions.silence(-1, 1), "ticks: -1.*whole numbers >= 0"),
        (lambda: interventions.silence([], 1), "ticks: an intervention needs at least one tick"),
        (lambda: interventions.silence(1.5, 1), r"ticks: 1\.5"),
        (lambda: interventions.silence(1, -2), "agents: -2"),
        (lambda: interventions.drop_followees(1, "anna"), "agents: 'anna'"),
        (lambda: interventions.add_ties(1, [(2, 2)]), r"ties: \(2, 2\).*two different agents"),
        (lambda: interventions.drop_ties(1, [(1, 2, 3)]), r"ties: \(1, 2, 3\).*pairs"),
        (lambda: interventions.lock_ties(1, [(1, -2)]), "ties: -2"),
        (lambda: from_dict({"kind": "silense", "ticks": [1]}), r"'silense'; did you mean 'silence'\?"),
    ],
)
def test_wrong_interventions(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_a_parameter_set_at_once_is_the_parameter():
    world, others = open_world(agents=20), {"encounters": 3.0, "fame": 0.5, "arrivals": 0.0, "cost": 0.9}
    changes = [interventions.set_parameter(0, name, value) for name, value in others.items()]
    changed = simulate(world, ticks=15, seed=3, interventions=changes, compile=False)
    asked = simulate(world, Parameters(**others), ticks=15, seed=3, compile=False)
    pd.testing.assert_frame_equal(changed.series, asked.series)
    assert changed.parameters == Parameters() and not changed.series.equals(
        simulate(world, ticks=15, seed=3, compile=False).series
    )


def test_interventions_come_back_from_their_description():
    done = CORNERS["interventions of every kind"][0].interventions
    assert {each.kind for each in done} == set(KINDS)
    assert {each.kind for each in done if each.agents} == set(BY_AGENT)
    assert tuple(from_dict(each.as_dict()) for each in done) == done
