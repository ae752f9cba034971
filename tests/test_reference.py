"""Does the naive model do what the specification says, where one can see it without any other model?

Each rule is put into a corner where its outcome is certain, or where a bound holds whatever the draws are.
"""

import random
from types import SimpleNamespace

import pytest

from tests.reference.model import Reference
from tests.reference.world import BY_BRINGING, BY_ENCOUNTER, BY_FOLLOWING, REASONS

LIVELY = {
    "memory": 5,
    "bring": 0.4,
    "relay": 0.5,
    "encounters": 2.0,
    "openness": 0.6,
    "quality_spread": 0.9,
    "cost": 0.3,
    "share_cost": 0.5,
    "introduction_cost": 1.0,
    "responsiveness": 0.8,
    "credit": 0.9,
    "follow_back": 0.4,
    "homophily": 0.4,
    "fame": 0.3,
    "churn": 0.05,
    "arrivals": 0.8,
    "first_follows": 3,
    "departure": 0.05,
}
# Nothing happens but finding, giving and reading; what is read is worth 1.
STILL = dict.fromkeys(LIVELY, 0.0) | {"memory": 50, "openness": 1.0, "first_follows": 0}
PERSON = {
    "group": 0,
    "identity": 0,
    "generosity": 0.0,
    "find_rate": 0.0,
    "attention": 1000.0,
    "visibility": 1.0,
    "spanning": 0.0,
    "introducing": 0.0,
}


def small(agents, ties=(), parameters=(), interventions=(), seed=1, **attributes):
    """Return a still world in which only what a test names is different; attributes are lists or numbers."""
    people = {"key": list(range(agents))}
    for name, value in (PERSON | attributes).items():
        people[name] = value if isinstance(value, list) else [value] * agents
    return Reference(people, [True] * agents, ties, STILL | dict(parameters), seed, interventions=interventions)


def lively(seed, order=None, parameters=(), interventions=(), capacity=10):
    """Return a world with everything switched on, stored in any order of slots: order[slot] is who lives there."""
    r = random.Random(seed)
    people = {
        "key": r.sample(range(100), capacity),
        "group": [r.randrange(3) for _ in range(capacity)],
        "identity": [r.randrange(2) for _ in range(capacity)],
        "generosity": [r.random() for _ in range(capacity)],
        "find_rate": [r.uniform(0, 2) for _ in range(capacity)],
        "attention": [r.uniform(0, 12) for _ in range(capacity)],
        "visibility": [r.uniform(0, 2) for _ in range(capacity)],
        "spanning": [r.random() for _ in range(capacity)],
        "introducing": [r.random() for _ in range(capacity)],
    }
    present = [r.random() < 0.8 for _ in range(capacity)]
    pairs = [(u, v) for u in range(capacity) for v in range(capacity) if u != v and (present[u] and present[v])]
    ties = [(u, v, r.random() < 0.2) for u, v in r.sample(pairs, len(pairs) // 4)]
    order = order or list(range(capacity))
    slot = {who: place for place, who in enumerate(order)}
    return Reference(
        {name: [values[who] for who in order] for name, values in people.items()},
        [present[who] for who in order],
        [(slot[u], slot[v], locked) for u, v, locked in ties],
        LIVELY | dict(parameters),
        seed,
        newcomer=lambda tick, number: {"generosity": (tick % 5) / 5, "identity": number % 2},
        interventions=interventions,
    )


def act(kind, ticks=(0,), **what):
    """Return an intervention."""
    return SimpleNamespace(kind=kind, ticks=ticks, **what)


def run(model, ticks):
    """Return the totals of each tick."""
    return [model.step() for _ in range(ticks)]


# Whatever the draws are.


@pytest.mark.parametrize("seed", range(4))
def test_counts_by_reason_add_up_to_the_change_in_ties(seed):
    model = lively(seed)
    before = len(model.ties)
    for tick in range(12):
        totals = model.step()
        ins = sum(totals[name] for reason, name in REASONS.items() if reason > 0)
        outs = sum(totals[name] for reason, name in REASONS.items() if reason < 0)
        assert totals["ties"] == len(model.ties) == before + ins - outs
        assert ins + outs == sum(entry[0] == tick for entry in model.ledger)
        assert totals["lost"] >= 0
        before = totals["ties"]


def test_a_lively_world_shows_every_reason_but_interventions():
    seen = {reason for seed in range(4) for model in [lively(seed)] if run(model, 12) for *_, reason in model.ledger}
    assert seen == {reason for reason, name in REASONS.items() if not name.endswith("intervention")}


@pytest.mark.parametrize("seed", range(4))
def test_locked_ties_stay_and_nobody_follows_itself(seed):
    model = lively(seed)
    locked = {tie for tie, lock in model.ties.items() if lock}
    run(model, 12)
    assert locked
    assert locked == {tie for tie, lock in model.ties.items() if lock}
    assert all(u != v for u, v in model.ties)
    assert all(u != v for _, u, v, _ in model.ledger)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_reaches_its_finder_or_a_vacant_slot(seed):
    model = lively(seed)
    for tick in range(12):
        present, arrived = list(model.present), list(model.arrived)
        model.step()
        for reader, feed in model.feeds.items():
            assert present[reader] or not feed
            for entry in feed:
                assert entry.item.finder != reader or entry.item.found <= arrived[reader]
                assert entry.sender != reader
        assert not any(model.hand[slot] or model.memory[slot] for slot in model.slots if not model.present[slot])
        assert all(len(memory) <= LIVELY["memory"] for memory in model.memory.values())
        assert tick == model.tick - 1


def test_the_same_seed_gives_the_same_run_and_another_seed_another():
    one, same, other = lively(3), lively(3), lively(3)
    other.seed = 4
    assert run(one, 8) == run(same, 8) != run(other, 8)
    assert one.ledger == same.ledger
    assert one.hand == same.hand


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_storage_changes_nothing(seed):
    order = random.Random(seed + 100).sample(range(10), 10)
    straight, shuffled = lively(seed), lively(seed, order)
    for _ in range(12):
        assert straight.step() == shuffled.step()
        assert straight.ties == {(order[u], order[v]): locked for (u, v), locked in shuffled.ties.items()}
        assert straight.memory == {order[slot]: memory for slot, memory in shuffled.memory.items()}
    assert sorted(straight.ledger) == sorted((t, order[u], order[v], reason) for t, u, v, reason in shuffled.ledger)


@pytest.mark.parametrize(
    ("rate", "never"),
    [
        ("bring", ["brought", "follow_brought"]),
        ("credit", ["follow_credit"]),
        ("follow_back", ["follow_follow_back"]),
        ("churn", ["unfollow_churn"]),
        ("arrivals", ["follow_arrival"]),
        ("first_follows", ["follow_arrival"]),
        ("departure", ["unfollow_departure"]),
        ("encounters", ["follow_encounter"]),
        ("memory", ["unfollow_stale"]),
        (
            "responsiveness",
            [name for reason, name in REASONS.items() if reason in (1, 2, 3, 5, -1, -2, -3)],
        ),
    ],
)
def test_a_rate_of_zero_means_never(rate, never):
    with_rate, without = {}, {}
    for seed in range(4):
        for sums, model in ((with_rate, lively(seed)), (without, lively(seed, parameters={rate: 0}))):
            for totals in run(model, 12):
                for name in never:
                    sums[name] = sums.get(name, 0) + totals[name]
    assert all(with_rate.values()), "the test must be able to fail"
    assert not any(without.values())


# Where the outcome is certain.


def test_a_share_reaches_followers_and_is_read_once():
    model = small(4, [(1, 0, False), (2, 0, True)], {"relay": 1.0}, generosity=1.0, find_rate=[9.0, 0.0, 0.0, 0.0])
    totals = model.step()
    assert totals["found"] == totals["shared"] > 1
    assert totals["deliveries"] == totals["read"] == totals["value"] == 2 * totals["found"]
    assert {entry.channel for feed in model.feeds.values() for entry in feed} == {BY_FOLLOWING}
    assert [len(model.hand[slot]) for slot in range(4)] == [0, totals["found"], totals["found"], 0]
    assert model.memory[1] != []
    assert sorted(model.memory[1]) == sorted(model.memory[0])


def test_two_copies_leave_one_item_in_hand_even_where_nothing_is_remembered():
    diamond = [(1, 0, True), (2, 0, True), (3, 1, True), (3, 2, True)]
    model = small(4, diamond, {"relay": 1.0, "memory": 0}, generosity=1.0, find_rate=[9.0, 0.0, 0.0, 0.0])
    first, second = run(model, 2)
    assert len(model.feeds[3]) == 2 * first["found"] > 2
    assert second["value"] == second["read"]
    assert len(model.hand[3]) == first["found"]


def test_encounters_make_the_receiver_follow_and_silence_stops_them():
    certain = {"encounters": 200.0, "responsiveness": 1.0}
    model = small(3, (), certain, generosity=1.0, find_rate=[5.0, 0.0, 0.0])
    assert model.step()["follow_encounter"] == 2
    assert model.ties == {(1, 0): False, (2, 0): False}
    assert {entry.channel for entry in model.feeds[1]} == {BY_ENCOUNTER}
    silence = act("silence", range(1), agents=[0])
    speak = act("unsilence", range(2, 3), agents=[0])
    model = small(3, (), certain, [silence, speak], generosity=1.0, find_rate=[5.0, 0.0, 0.0])
    found = [totals["found"] for totals in run(model, 3)]
    assert found[:2] == [0, 0]
    assert found[2] > 0


def test_spanning_leads_outside_the_group():
    for spanning, reached in ((0.0, {1}), (1.0, {2, 3})):
        model = small(
            4, (), {"encounters": 100.0}, group=[0, 0, 1, 2], generosity=1.0, find_rate=[5.0] + [0.0] * 3,
            spanning=spanning,
        )  # fmt: skip
        model.step()
        assert {slot for slot in range(4) if model.feeds[slot]} == reached


def test_a_bringing_feeds_the_followee_and_one_to_the_finder_is_lost_and_paid():
    parameters = {"bring": 1.0, "share_cost": 1.0, "relay": 1.0}
    model = small(2, [(1, 0, True)], parameters, find_rate=[0.0, 4.0])
    totals = model.step()
    assert totals["brought"] == totals["deliveries"] == totals["found"] > 0
    assert {entry.channel for entry in model.feeds[0]} == {BY_BRINGING}
    model = small(2, [(1, 0, True)], parameters, generosity=1.0, find_rate=[4.0, 0.0], attention=100.0)
    first, second = run(model, 2)
    assert second["brought"] == first["read"] > 0
    assert not model.feeds[0]
    assert model.given[1] == first["read"] * 2  # shared, to nobody, and brought, to the finder


def test_too_many_items_cost_attention_and_become_overload():
    parameters = {"cost": 0.5, "responsiveness": 1.0, "churn": 0.0}
    model = small(2, [(0, 1, False)], parameters, generosity=1.0, find_rate=[0.0, 50.0], attention=[2.5, 1.0])
    totals = model.step()
    assert totals["read"] == 2
    assert totals["lost"] == totals["found"] - 2 > 0
    assert totals["unfollow_overload"] == 1
    assert not model.ties


def test_giving_uses_up_attention_but_is_never_forbidden():
    parameters = {"share_cost": 1.0}
    model = small(2, [(0, 1, False), (1, 0, False)], parameters, generosity=1.0, find_rate=[30.0, 5.0], attention=2.0)
    totals = model.step()
    assert totals["shared"] == totals["deliveries"] == totals["found"]
    assert totals["read"] == 0


def test_stale_and_dull_are_told_apart():
    twice = [(2, 0, False), (2, 1, False), (1, 0, True)]
    parameters = {"relay": 1.0, "cost": 0.001, "responsiveness": 1e9}
    model = small(3, twice, parameters, generosity=1.0, find_rate=[2.0, 0.0, 0.0])
    assert [totals["unfollow_stale"] for totals in run(model, 2)] == [0, 1]
    assert set(model.ties) == {(2, 0), (1, 0)}
    parameters = {"openness": 0.0, "cost": 0.001, "responsiveness": 1e9}
    model = small(2, [(1, 0, False)], parameters, generosity=1.0, find_rate=[2.0, 0.0], group=[0, 1])
    assert model.step()["unfollow_dull"] == 1


def test_credit_goes_to_the_finder_unless_its_slot_is_vacant_or_has_changed_hands():
    chain = [(1, 0, True), (2, 1, True)]
    parameters = {"relay": 1.0, "credit": 1.0, "responsiveness": 1.0}
    for fate, credited in (("stays", 1), ("leaves", 0), ("is replaced", 0)):
        model = small(3, chain, parameters, generosity=1.0, find_rate=[4.0, 0.0, 0.0])
        model.step()
        model.present[0] = fate != "leaves"
        model.arrived[0] = 0 if fate == "is replaced" else -1
        assert model.step()["follow_credit"] == credited
        assert ((2, 0) in model.ties) == bool(credited)


def test_what_was_brought_is_shared_like_a_find_but_not_brought_on():
    model = small(
        3, [(2, 1, True), (1, 0, True)], {"bring": 1.0}, generosity=[0.0, 1.0, 0.0], find_rate=[0.0, 0.0, 4.0]
    )
    first, second = run(model, 2)
    assert second["shared"] == first["brought"] == first["found"] > 0
    assert second["brought"] == second["found"]  # those of the finder alone


def test_introduced_people_follow_each_other_and_need_no_answer():
    parameters = {"responsiveness": 1.0, "follow_back": 1.0}
    model = small(3, [(0, 1, False), (2, 0, False)], parameters, introducing=[1.0, 0.0, 0.0])
    totals = model.step()
    assert totals["introductions"] == 1
    assert totals["follow_introduction"] == 2
    assert totals["follow_follow_back"] == 0
    model = small(2, [(0, 1, False), (1, 0, False)], parameters, introducing=1.0)  # one contact each
    assert model.step()["introductions"] == 0


def test_homophily_stops_what_crosses_identities():
    parameters = {"encounters": 50.0, "responsiveness": 1e9, "follow_back": 1.0, "homophily": 1.0}
    model = small(4, (), parameters, generosity=1.0, find_rate=5.0, identity=[0, 0, 1, 1])
    model.step()
    assert set(model.ties) == {(0, 1), (1, 0), (2, 3), (3, 2)}


def test_everybody_leaves_and_newcomers_follow_nobody_who_left():
    model = lively(1, parameters={"departure": 1.0, "arrivals": 100.0})
    totals = model.step()
    assert totals["present"] == len(model.slots)
    assert totals["follow_arrival"] == 0
    assert all(model.ties.values())
    assert set(model.arrived) == {0}


def test_newcomers_follow_distinct_senders_who_may_answer():
    parameters = {"arrivals": 100.0, "first_follows": 3, "follow_back": 1.0}
    model = small(6, [(5, 0, True)], parameters, generosity=1.0, find_rate=[9.0, 9.0, 9.0, 0.0, 0.0, 0.0])
    model.present[4] = model.present[5] = False
    totals = model.step()
    assert totals["follow_arrival"] == 5  # the last slot already follows one of the three senders
    assert totals["follow_follow_back"] == 6 - 1
    assert {(u, v) for u, v in model.ties if u > 3} == {(4, 0), (4, 1), (4, 2), (5, 0), (5, 1), (5, 2)}


def test_interventions_act_before_the_tick_and_are_counted():
    steps = [
        act("add", ties=[(0, 1), (1, 2), (2, 2)], locked=True),
        act("unlock", ties=[(1, 2), (0, 2)]),
        act("add", ties=[(0, 1)], locked=False),
        act("lock", ties=[(2, 0)]),
        act("drop", range(1, 2), ties=[(2, 0), (2, 1)]),
        act("set", agents=[0, 1], name="generosity", value=[1.0, 0.1]),
        act("set", agents=[2], name="group", value=1),
    ]
    model = small(3, [(2, 0, False)], {"churn": 0.0}, steps)
    assert model.step()["follow_intervention"] == 2
    assert model.ties == {(2, 0): True, (0, 1): False, (1, 2): False}
    assert model.attributes["generosity"] == [1.0, pytest.approx(0.1, rel=1e-7), 0.0]
    assert model.attributes["generosity"][1] != 0.1  # kept as float32
    assert model.attributes["group"] == [0, 0, 1]
    assert model.step()["unfollow_intervention"] == 1
    assert (2, 0) not in model.ties
