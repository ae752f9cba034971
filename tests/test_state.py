"""Columns that say nothing are not kept, and a desk is nobody else's."""

import copy

import numpy as np
import pytest

from simulation import Parameters, columns, open_world
from simulation.delivering import open_deliveries
from simulation.interventions import set_parameter
from simulation.prefetch import LINE
from simulation.run import Run
from simulation.starting import compact, may_arrive
from simulation.state import CUE, DELIVERIES, SENDING, Sendings
from tests.reference.compare import assert_same_bits


def run_of(parameters=None, interventions=(), **people):
    return Run(open_world(agents=40, **people), parameters, seed=3, interventions=interventions, compile=False)


def test_columns_that_say_nothing_are_not_kept():
    agents = run_of().state.agents
    assert agents.keys.size == agents.since.size == agents.numbers.size == 0
    assert agents.key.tolist() == list(range(40)) and agents.key.dtype == np.int32
    assert set(agents.arrived) == set(agents.newcomer) == {-1} and agents.arrived.shape == (40,)
    assert {column.shape[0] for column in agents.columns().values()} == {40}


def test_own_keys_are_kept():
    agents = run_of(key=np.arange(40)[::-1]).state.agents
    assert agents.keys.tolist() == agents.key.tolist() == list(range(39, -1, -1))


@pytest.mark.parametrize("later", [False, True])
def test_who_arrived_when_is_kept_once_somebody_can_arrive(later):
    lively = Parameters(departure=0.1, arrivals=0.0 if later else 3.0)
    run = run_of(lively, [set_parameter(4, "arrivals", 3.0)] if later else [])
    assert run.advance(3).state.agents.since.size == (0 if later else 40)
    agents = run.advance(6).state.agents
    assert agents.arrived is agents.since and agents.newcomer is agents.numbers
    assert 4 <= agents.since.max() < 9 and np.array_equal(agents.since < 0, agents.numbers < 0)


def test_agents_are_compact_again_after_they_were_written_out():
    for parameters, people in [(None, {}), (Parameters(arrivals=2, departure=0.1), {"key": np.arange(40) + 7})]:
        agents = run_of(parameters, **people).advance(5).state.agents
        again = compact(agents.columns())
        assert [each.size for each in again] == [each.size for each in agents]
        assert all(np.array_equal(*pair) for pair in zip(again, agents, strict=True))
        assert may_arrive(may_arrive(again)).since.tolist() == agents.arrived.tolist()


def test_a_copy_of_a_run_goes_on_by_itself():
    one = run_of(introducing=0.3).advance(4)
    other = copy.deepcopy(one)
    assert not any(np.shares_memory(*pair) for pair in zip(one.desk, other.desk, strict=True))
    one.advance(5)
    assert other.tick == 4
    assert_same_bits(other.advance(5), one)


def test_room_for_what_is_delivered_is_made_between_ticks(monkeypatch):
    small, growing = (run_of(Parameters(churn=0.0), start="empty", generosity=0.9) for _ in range(2))
    monkeypatch.setattr("simulation.run.LARGE", 20)
    made = []
    for _ in range(80):
        before = growing.state.hand.owner
        growing.run_stretch(1)
        delivered, hand = growing.series[-1][0, DELIVERIES], growing.state.hand
        assert hand.owner.size == hand.name.size == hand.source.size >= delivered * 9 // 8
        made.append(growing.desk.deliveries.size == 0 or hand.owner is not before)
    assert 0 < sum(made) < 20, "now and then"
    assert_same_bits(growing, small.advance(80))


def test_looking_into_hands_takes_no_room_for_what_will_not_be_given():
    looked, straight = run_of(Parameters(cost=0.01), find_rate=1.0), run_of(Parameters(cost=0.01), find_rate=1.0)
    held, rooms = [], []
    for _ in range(6):
        looked.advance(2)
        held.append(int(looked.state.hand.number.sum()))
        rooms += [looked.desk.rows.size, looked.state.hand.origins.size]
    assert len(set(rooms)) == 2 and 2 * max(held) > max(rooms), "twice what is in hand, were all gone through"
    assert_same_bits(looked, straight.advance(12))


def test_a_record_does_not_change_when_its_run_goes_on():
    run = run_of().advance(5)
    record = run.record()
    before = copy.deepcopy(record.state)
    run.advance(5)
    for name, column in before.agents.columns().items():
        np.testing.assert_array_equal(column, record.state.agents.columns()[name])
    assert record.state.hand.name.tolist() == before.hand.name.tolist()
    assert record.state.hand.name.size == before.hand.number.sum() > 0, "it has no room for more"


def test_parts_write_their_places_in_the_pool_to_lines_of_their_own():
    numbers, nothing = np.zeros(2, np.int64), np.empty(0, np.uint32)
    sendings = Sendings(np.empty(0, CUE), np.empty(0, SENDING), numbers, numbers, numbers + 100)
    made = open_deliveries(sendings, 3, nothing)
    for column in (made.first, made.free, made.end, made.number):
        one, other = (column[part].__array_interface__["data"][0] for part in range(2))
        assert other - (one + 3 * column.itemsize) >= LINE


def test_keys_and_arrivals_where_they_are_not_kept():
    none, some = np.empty(0, np.int32), np.array([5, 9, 7], np.int32)
    assert [columns.key_of(none, 2), columns.key_of(some, 2)] == [2, 7]
    assert [columns.arrived_in(none, 1), columns.arrived_in(some, 1)] == [-1, 9]
    kept, told = np.zeros(2, np.uint64), np.zeros(2, np.uint64)
    with np.errstate(over="ignore"):
        columns.occasions_of(np.uint64(8), none, 1, 3, told)
        columns.occasions_of(np.uint64(8), np.arange(3, dtype=np.int32), 1, 3, kept)
    assert kept.tolist() == told.tolist() and kept[0] != kept[1]


def test_room_is_kept_where_it_is_enough():
    room = np.empty(10, np.int16)
    assert columns.enough(room, 10) is room
    assert columns.enough(room, 11).shape == (44,) and columns.enough(room, 11).dtype == np.int16
