"""Does a world of the lab do what the class does to it, and tell the page what is so?"""

import numpy as np
import pytest

from simulation import simulate
from simulation.errors import InputError
from simulation.exchange import to_ties
from simulation.lab import frames, session
from simulation.lab.session import Session


class Page:
    """What a page knows that has read all frames: a naive reader in Python."""

    def __init__(self):
        self.people, self.ties = {}, set()

    def read(self, content):
        frame = frames.unpack(content)
        if frame.whole:
            self.people, self.ties = {}, set()
        for person in frame.people:
            self.people[int(person["slot"])] = person.copy()
        for tie in frame.go:
            self.ties.remove((int(tie["follower"]), int(tie["followee"])))
        for tie in frame.appear:
            pair = int(tie["follower"]), int(tie["followee"])
            assert pair not in self.ties
            self.ties.add(pair)
        return frame


def started(ticks=0, page=None, compile=False, **settings):
    world = Session({"agents": 30, **settings}, seed=4, compile=compile)
    for _ in range(ticks):
        if page:
            page.read(world.frame())
        world.step()
    return world


LIVELY = {"arrivals": 2, "departure": 0.05, "responsiveness": 0.5, "churn": 0.05, "group": "integers:0:3"}


@pytest.mark.parametrize("settings", [{}, LIVELY, {"world": "workplace", "span": 3, "levels": 3}], ids=str)
def test_frames_add_up_to_the_state(settings):
    page, world = Page(), started(**settings)
    for _ in range(25):
        frame = page.read(world.frame())
        state = world.run.state
        follower, followee, _ = to_ties(state.network)
        assert page.ties == set(zip(follower.tolist(), followee.tolist(), strict=True))
        assert frame.ties == frame.shown == follower.size and frame.tick == world.run.tick
        assert frame.present == state.agents.present.sum() and len(page.people) == world.run.capacity
        for slot, person in page.people.items():
            assert bool(person["flags"] & frames.PRESENT) == state.agents.present[slot]
            assert person["followers"] == state.network.followers.where["count"][slot]
            assert person["generosity"] == round(255 * float(state.agents.generosity[slot]))
            assert person["group"] == state.agents.group[slot]
            assert bool(person["flags"] & frames.MINORITY) == (state.agents.identity[slot] == 1)
        world.step()


def test_a_tie_carries_its_reason():
    world = started(**LIVELY)
    seen = set()
    for _ in range(60):
        world.step()
        frame = frames.unpack(world.frame())
        assert np.all(frame.appear["reason"] > 0) or frame.whole
        assert np.all(frame.go["reason"] < 0)
        seen |= set(frame.appear["reason"].tolist()) | set(frame.go["reason"].tolist())
    assert seen >= {1, 3, 4, 6, -2, -4, -5}


def test_drawn_ties_are_capped_and_it_is_said(monkeypatch):
    monkeypatch.setattr(session, "MOST_TIES", 50)
    page, world = Page(), started()
    before = None
    for _ in range(30):
        frame = page.read(world.frame())
        assert len(page.ties) == frame.shown == 50 < frame.ties
        if before is not None:  # a steady choice: the new ones are mostly new, not other old ones
            assert len(page.ties & before) >= 40
        before = set(page.ties)
        world.step()


def test_curves_are_what_they_say():
    world = started(20)
    agents, series = world.run.record().agents, world.run.record().series
    curves = dict(zip(session.CURVES, frames.unpack(world.frame()).curves.tolist(), strict=True))
    agents = agents[agents["present"]]
    givers, hoarders = agents[agents["generosity"] >= 2 / 3], agents[agents["generosity"] <= 1 / 3]
    last = series.iloc[-1]
    expected = [givers["followers"].mean(), hoarders["followers"].mean(), last["ties"],
                last["lost"] / last["deliveries"], last["followers_gini"], np.nan]  # fmt: skip
    assert list(curves.values()) == pytest.approx(expected, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"group": "integers:0:3"}, ["group"]),
        ({"identity": "bernoulli:0.5", "group": "integers:0:1"}, ["group", "identity"]),
    ],
    ids=["groups", "both"],
)
def test_ties_among_ones_own_kind(settings, named):
    world = started(10, **settings)
    record, value = world.run.record(), float(frames.unpack(world.frame()).curves[5])
    ends = [record.agents[named].loc[record.ties[end]].to_numpy() for end in ("follower", "followee")]
    assert 0 < value < 1 and value == pytest.approx((ends[0] == ends[1]).all(1).mean(), rel=1e-6)


def test_who_is_of_a_minority_and_who_connects_is_told():
    spanning = "choice:[0.02,0.9]:[0.9,0.1]"
    world = started(identity="bernoulli:0.5", group="integers:0:3", spanning=spanning, agents=100)
    people, agents = frames.unpack(world.frame()).people, world.run.record().agents
    told = people["flags"][:100]
    assert np.array_equal((told & frames.MINORITY) > 0, agents["identity"][:100] == 1)
    assert np.array_equal((told & frames.CONNECTOR) > 0, agents["spanning"][:100] == 0.9)
    assert 0 < (told & frames.CONNECTOR).astype(bool).sum() < 30
    plain = frames.unpack(started(group="integers:0:3").frame()).people["flags"]
    assert not (plain & frames.CONNECTOR).any(), "where all are alike in this, nobody connects"


def test_people_are_told_to_follow():
    world = started(2, agents=100)
    first = world.person(7)["followers"]
    assert world.order(7) == session.ORDERED == world.order(7), "asked again before the tick, it is one order"
    world.order(8)
    assert len(world.run.interventions) == 2
    world.step()
    person = world.person(7)
    assert 40 < person["followers"] - first <= session.ORDERED + 3
    told = dict(person["followed"])["was told to (from outside)"]
    assert told == session.ORDERED
    again = started(2, agents=100)
    again.order(7)
    assert again.run.interventions[0] == world.run.interventions[0], "the same people in every run with this seed"
    small = started(agents=20, followees=10)
    assert small.order(3) == 19 - small.person(3)["followers"]
    with pytest.raises(InputError, match="nobody is number 44"):
        started().order(44)


def test_without_givers_or_feeds_a_curve_has_no_value():
    world = started(generosity="0.5", start="empty")
    values = frames.unpack(world.frame()).curves
    assert np.isnan(values[[0, 1, 3, 4]]).all() and values[2] == 0


def test_flashes_are_readings_and_capped(monkeypatch):
    world = started(10)
    readings = world.run.readings[world.run.readings["read"] > 0]
    pairs = set(zip(readings["sender"].tolist(), readings["reader"].tolist(), strict=True))
    flashes = frames.unpack(world.frame()).flashes
    assert {(int(each["sender"]), int(each["reader"])) for each in flashes} == pairs
    monkeypatch.setattr(session, "MOST_FLASHES", 7)
    assert len(frames.unpack(world.frame()).flashes) == 7


def test_a_switch_is_seen_at_once_and_recorded():
    page, world = Page(), started(5)
    page.read(world.frame())
    slot = int(np.argmin(world.run.state.agents.generosity[:30]))
    world.switch(slot, "hoard")
    world.switch(slot, "give")
    page.read(world.frame())
    assert page.people[slot]["generosity"] == 255 and page.people[slot]["flags"] == frames.PRESENT | frames.BY_HAND
    assert world.person(slot)["generosity"] == 1 and world.person(slot)["by_hand"]
    world.step()
    assert world.run.state.agents.generosity[slot] == 1 and len(world.run.interventions) == 1
    record = world.run.record()
    again = simulate(record.world, record.parameters, ticks=6, seed=4, interventions=world.run.interventions,
                     compile=False)  # fmt: skip
    assert again.series.equals(record.series)


def test_a_parameter_acts_at_once_and_others_begin_anew():
    world = started(5)
    world.change("cost", 1.5)
    world.step()
    assert world.run.tick == 6 and world.run.in_force.cost == 1.5 and world.settings["cost"] == 1.5
    world.change("attention", 3)
    assert world.run.tick == 0 and world.run.seed == 4
    assert world.run.parameters.cost == 1.5, "what the controls show is what the new run has"
    assert not world.run.interventions


def test_a_parameter_set_before_the_first_tick_is_where_the_run_starts():
    world = started()
    world.switch(2, "give")
    world.frame()
    world.change("churn", 0.1)
    told = frames.unpack(world.frame())
    assert not told.whole and not len(told.people) and not len(told.appear), "people and ties are as they were"
    assert world.run.parameters.churn == 0.1 and [each.kind for each in world.run.interventions] == ["set"]
    assert world.person(2)["generosity"] == 1


def test_reset_gives_the_same_run():
    world = started(8)
    first = world.run.record().series
    world.switch(1, "give")
    world.reset()
    for _ in range(8):
        world.step()
    assert world.run.record().series.equals(first)


def test_reasons_add_up_to_followers():
    world = started(40, responsiveness=0.4, churn=0.03)
    first = np.bincount(world.run.start_ties[1], minlength=world.run.capacity)
    for slot in range(30):
        person = world.person(slot)
        followed, left = (sum(count for _, count in person[name]) for name in ("followed", "left"))
        assert first[slot] + followed - left == person["followers"]
        assert [each[0] for each in person["recent"]] == sorted((e[0] for e in person["recent"]), reverse=True)
    assert any(world.person(slot)["left"] for slot in range(30))


def test_reasons_of_a_newcomer_are_its_own():
    world = started(80, **LIVELY)
    agents = world.run.state.agents
    newcomers = np.flatnonzero(agents.present & (agents.arrived >= 0))
    assert newcomers.size
    for slot in newcomers.tolist():
        person = world.person(slot)
        followed, left = (sum(count for _, count in person[name]) for name in ("followed", "left"))
        assert followed - left == person["followers"], person


@pytest.mark.parametrize(
    ("does", "message"),
    [
        (lambda world: world.switch(3, "share"), "unknown switch 'share'"),
        (lambda world: world.switch(44, "give"), "nobody is number 44"),  # a place for a newcomer
        (lambda world: world.person(-1), "nobody is number -1"),
        (lambda world: world.person(True), "nobody is number True"),
        (lambda world: world.person("3"), "nobody is number '3'"),
        (lambda world: world.change("cost", 5), "cost: 5 is out of range"),
        (lambda world: world.change("memory", 5), "unknown setting of the lab 'memory'"),
        (lambda world: world.start({}, -1), "seed: -1"),
        (lambda world: world.start({}, 2**53), "seed: 9007199254740992"),
        (lambda world: world.start({}, 1.5), "seed: 1.5"),
    ],
)
def test_what_is_refused_changes_nothing(does, message):
    world = started(3)
    before = world.run
    with pytest.raises(InputError, match=message):
        does(world)
    assert world.run is before and world.run.tick == 3 and not world.run.interventions


def test_a_world_ends_with_a_reason(monkeypatch):
    monkeypatch.setattr(session, "MOST_TICKS", 3)
    world = started(5)
    assert world.run.tick == 3 and "3 ticks" in world.ended
    world.reset()
    assert not world.ended
    monkeypatch.setattr(session, "HEAVIEST", 10)
    world.step()
    assert "too heavy" in world.ended


def test_nothing_grows_with_time_but_the_series():
    world = started(400, compile=True, **LIVELY)
    assert len(world.reasons.latest) == 300 and not world.run.ledger and not world.run.snapshots
    assert len(world.run.series) == 400 and world.run.readings.size < 5000
    assert world.reasons.followed.shape[0] == world.run.capacity


def test_an_emptied_world_ends():
    world = started(departure=0.05)
    world.run.state.agents.present[:] = False
    world.step()
    assert "left" in world.ended


def test_changes_by_hand_are_bounded(monkeypatch):
    monkeypatch.setattr(session, "MOST_CHANGES", 2)
    world = started(1)
    world.switch(1, "give")
    world.switch(2, "give")
    world.switch(2, "hoard")
    with pytest.raises(InputError, match="2 changes by hand"):
        world.switch(3, "give")


@pytest.mark.parametrize("content", [b"", b"abc", b"\0" * 56, b"CONN" + b"\0" * 52])
def test_what_is_no_frame_is_refused(content):
    with pytest.raises(InputError, match="frame: "):
        frames.unpack(content)


def test_a_frame_cut_short_is_refused():
    with pytest.raises(InputError, match="its header promises"):
        frames.unpack(started().frame()[:-4])
