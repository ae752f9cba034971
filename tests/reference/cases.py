"""Which worlds is the model tried on? Random ones, and corners where something is zero, extreme or rare."""

import os

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from simulation import interventions
from simulation.interventions import BY_AGENT, Intervention

from .compare import Case

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def examples(count):
    """Settings of a property test: the same examples in every run, or many others where one looks for trouble."""
    return settings(
        max_examples=40 * count if THOROUGH else count,
        derandomize=not THOROUGH,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


# ---- random worlds ---------------------------------------------------------------------------------------------------

# Values that matter; an example shrinks towards the first. The others come from the range.
PARAMETERS = {
    "memory": st.sampled_from([16, 2, 1, 0, 5]),
    "bring": st.sampled_from([0.3, 0.0, 1.0]) | st.floats(0, 1),
    "relay": st.sampled_from([0.4, 0.05, 0.0, 1.0]) | st.floats(0, 1),
    "encounters": st.sampled_from([2.0, 0.0, 0.5, 6.0]) | st.floats(0, 20),
    "openness": st.sampled_from([1.0, 0.0, 0.5]) | st.floats(0, 1),
    "quality_spread": st.sampled_from([1.0, 0.0, 0.5]) | st.floats(0, 1),
    "cost": st.sampled_from([0.3, 0.0, 0.6, 1e9]) | st.floats(0, 2),
    "share_cost": st.sampled_from([1.0, 0.0, 0.3]) | st.floats(0, 3),
    "introduction_cost": st.sampled_from([1.0, 0.0, 0.7]) | st.floats(0, 3),
    "responsiveness": st.sampled_from([0.9, 2.0, 0.1, 0.0]) | st.floats(0, 5),
    "credit": st.sampled_from([0.8, 1.0, 0.0, 0.5]),
    "follow_back": st.sampled_from([0.4, 1.0, 0.0, 0.1]),
    "homophily": st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0, 1),
    "fame": st.sampled_from([0.0, 1.0, 0.5, 3.0]),
    "churn": st.sampled_from([0.05, 0.0, 0.2, 1.0]) | st.floats(0, 1),
    "first_follows": st.sampled_from([3, 0, 1, 20]),
}
TURNOVER = {
    "arrivals": st.sampled_from([2.0, 1.0, 0.0, 1000.0]) | st.floats(0, 5),
    "departure": st.sampled_from([0.2, 0.1, 0.0, 1.0]) | st.floats(0, 1),
}
ATTRIBUTES = {
    "generosity": (st.sampled_from([1.0, 0.5, 0.8, 0.0]) | st.floats(0, 1), ("uniform", 0, 1)),
    "find_rate": (st.sampled_from([1.0, 0.0, 0.5, 2.0, 5.0]) | st.floats(0.1, 3), ("exponential", 1)),
    "attention": (st.sampled_from([8.0, 2.5, 4.0, 40.0, 0.0]) | st.floats(1, 20), ("uniform", 0, 20)),
    "visibility": (st.sampled_from([1.0, 0.0, 2.0]) | st.floats(0, 3), ("gamma", 1, 2)),
    "group": (st.integers(0, 3), ("integers", 0, 2)),
    "identity": (st.integers(0, 1), ("bernoulli", 0.4)),
    "spanning": (st.sampled_from([0.5, 0.0, 1.0]) | st.floats(0, 1), ("beta", 1, 1)),
    "introducing": (st.sampled_from([0.0, 1.0, 0.3]), ("uniform", 0, 1)),
}


@st.composite
def some_interventions(draw, capacity):
    """Up to six interventions of any kind, on present and vacant slots."""
    slots = st.integers(0, capacity - 1)
    kinds = interventions.KINDS if capacity > 1 else BY_AGENT
    done = []
    for _ in range(draw(st.sampled_from([0, 1, 2, 4, 6]))):
        kind = draw(st.sampled_from(kinds))
        ticks = tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1, max_size=3))))
        if kind in BY_AGENT:
            agents = tuple(draw(st.lists(slots, min_size=1, max_size=3)))
            if kind == "set":
                name = draw(st.sampled_from(interventions.SETTABLE))
                values = ATTRIBUTES[name][0]
                one_each = st.lists(values, min_size=len(agents), max_size=len(agents))
                done.append(interventions.set_attribute(ticks, agents, name, draw(values | one_each)))
            else:
                done.append(Intervention(kind, ticks, agents))
        elif kind == "parameter":
            name = draw(st.sampled_from(["bring", "relay", "openness", "credit", "follow_back", "homophily", "churn"]))
            done.append(interventions.set_parameter(ticks, name, draw(st.sampled_from([0.0, 1.0, 0.3]))))
        else:
            pairs = st.tuples(slots, slots).filter(lambda pair: pair[0] != pair[1])
            ties = tuple(draw(st.lists(pairs, min_size=1, max_size=4)))
            done.append(Intervention(kind, ticks, ties=ties, locked=kind == "add" and draw(st.booleans())))
    return tuple(done)


@st.composite
def some_ties(draw, agents):
    """Ties among the agents: few, many, all or none, of which some, none or all are locked."""
    pairs = [(u, v) for u in range(agents) for v in range(agents) if u != v]
    few = draw(st.sampled_from([1, 2, 3, 9, 0])) * agents
    if pairs and few < len(pairs):
        pairs = sorted(draw(st.sets(st.sampled_from(pairs), min_size=few, max_size=few)))
    locks = draw(st.sampled_from(["some", "none", "all"]))
    if locks == "some":
        locked = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    else:
        locked = [locks == "all"] * len(pairs)
    return tuple((u, v, lock) for (u, v), lock in zip(pairs, locked, strict=True))


@st.composite
def some_people(draw, capacity):
    """Every attribute by default, one value for each slot, a distribution, or one value for all."""
    keys = st.permutations(range(capacity)) | st.lists(
        st.integers(0, 2**31 - 1), min_size=capacity, max_size=capacity, unique=True
    )
    people = {"key": draw(st.none() | keys.map(np.array))}
    for name, (values, family) in ATTRIBUTES.items():
        form = draw(st.sampled_from(["default", "each", "each", "family", "one"]))
        if form == "each":
            people[name] = np.array(draw(st.lists(values, min_size=capacity, max_size=capacity)))
        elif form != "default":
            people[name] = family if form == "family" else draw(values)
    return people


@st.composite
def cases(draw, ticks=7):
    """Any world that is small enough for the naive model."""
    agents = draw(st.sampled_from([5, 4, 7, 3, 9, 2, 6, 1]))
    capacity = agents + draw(st.sampled_from([0, 0, 1, 3]))
    parameters = {"responsiveness": 0.9, "churn": 0.05, "follow_back": 0.4, "relay": 0.4}
    for name in sorted(draw(st.sets(st.sampled_from(sorted(PARAMETERS)), min_size=3, max_size=9))):
        parameters[name] = draw(PARAMETERS[name])
    if draw(st.booleans()):
        parameters |= {name: draw(values) for name, values in TURNOVER.items()}
    return Case(
        agents=agents,
        capacity=capacity,
        attributes=draw(some_people(capacity)),
        ties=draw(some_ties(agents)),
        parameters=parameters,
        interventions=draw(some_interventions(capacity)),
        seed=draw(st.integers(0, 2**63 - 1)),
        world_seed=draw(st.none() | st.integers(0, 9)),
        ticks=ticks,
    )


# ---- chosen corners --------------------------------------------------------------------------------------------------


def complete(agents, locked=False):
    """Everybody follows everybody."""
    return tuple((u, v, locked) for u in range(agents) for v in range(agents) if u != v)


def ring(agents, locked=False):
    """Everybody follows the next one."""
    return tuple((u, (u + 1) % agents, locked) for u in range(agents))


ARRAYS = {
    "key": [70, 3, 12, 999, 0, 41, 8, 2**31 - 1],
    "generosity": [1, 0.5, 0.9, 0, 1, 0.2, 0.7, 0.4],
    "find_rate": [0, 2, 1, 3, 0.5, 5, 0.1, 1],
    "attention": [0, 6, 2.5, 10, 0.9, 20, 7, 3.3],
    "group": [0, 2, 2, 0, 5, 5, 2, 0],
    "identity": [0, 1, 0, 0, 1, 1, 0, 1],
    "spanning": [0, 1, 0.5, 0.2, 0, 1, 0.7, 0.3],
    "visibility": [1, 0, 2, 0.5, 3, 1, 1, 1],
    "introducing": [0.5, 0, 1, 0.3, 0.2, 0, 0, 1],
}
ZERO = dict.fromkeys(
    ["bring", "relay", "encounters", "responsiveness", "credit", "follow_back", "churn", "arrivals", "departure"], 0.0
)
LIVELY = {"responsiveness": 0.9, "churn": 0.1, "follow_back": 0.4, "relay": 0.4, "credit": 0.8}
NEWS = {"find_rate": 3.0, "attention": 40.0, "generosity": 1.0}  # much to read
LEAVES, OPENS = "unfollow_departure", "follow_arrival"
COMING = {"arrivals": 2.0, "departure": 0.2, "first_follows": 2}


def corner(*shows, agents=8, capacity=8, arrays=False, attributes=(), ties=None, parameters=(), **more):
    """Return a case and what must happen in it for the comparison to have a point."""
    people = (ARRAYS if arrays else {}) | dict(attributes)
    ties = ring(agents) if ties is None else ties
    return Case(agents, capacity, people, ties, LIVELY | dict(parameters), **more), shows


CORNERS = {
    "zero rates of everything": corner(attributes={"find_rate": 0.0}, parameters=ZERO),
    "zero rates but finding": corner("found", "shared", "read", parameters=ZERO),
    "attention 0": corner("deliveries", attributes={"attention": 0.0}),
    "attention below one": corner("deliveries", attributes={"attention": 0.99}, parameters={"share_cost": 0}),
    "attention fractional": corner("lost", "read", attributes={"attention": 2.5}, parameters={"share_cost": 0.3}),
    "giving takes all attention": corner("lost", attributes={"attention": 2.0}, parameters={"share_cost": 3}),
    "one agent": corner("found", "shared", agents=1, capacity=1, ties=()),
    "one agent and newcomers": corner(
        "arrived", "departed", agents=1, capacity=1, ties=(), parameters=COMING | {"departure": 0.5}, ticks=12
    ),
    "one agent, capacity larger": corner(
        "arrived", OPENS, agents=1, capacity=5, ties=(), parameters=COMING, attributes=NEWS, ticks=10
    ),
    "two agents": corner("deliveries", "unfollow_churn", agents=2, capacity=2),
    "all ties locked": corner(
        "read", ties=complete(8, True), attributes={"generosity": 0.3}, parameters={"churn": 1, "cost": 3}
    ),
    "some ties locked": corner(
        "unfollow_dull", ties=ring(8, True) + tuple((u, (u + 2) % 8, False) for u in range(8)), parameters={"cost": 0.9}
    ),
    "everyone generous": corner("unfollow_overload", ties=complete(8), attributes={"generosity": 1.0}, ticks=4),
    "no one generous": corner("found", "brought", attributes={"generosity": 0.0}),
    "no one generous, nothing brought": corner("found", attributes={"generosity": 0.0}, parameters={"bring": 0}),
    "groups, one of them empty": corner("deliveries", "follow_encounter", arrays=True),
    "a group of one": corner(
        "follow_encounter", attributes={"group": [0, 1, 1, 1, 1, 1, 1, 1], "spanning": 0.0} | NEWS, ties=()
    ),
    "nobody outside the group": corner(
        "deliveries", attributes={"group": [3] * 8, "spanning": [1.0, 0.0] * 4, "find_rate": 3.0}, ties=()
    ),
    "always outside the group": corner("follow_encounter", arrays=True, attributes={"spanning": 1.0}, ties=()),
    "never outside the group": corner("follow_encounter", arrays=True, attributes={"spanning": 0.0}, ties=()),
    "others' news is worth nothing": corner(
        "unfollow_dull", arrays=True, parameters={"openness": 0, "cost": 0.1}, ticks=10
    ),
    "others' news is worth less": corner("follow_encounter", arrays=True, parameters={"openness": 0.4}),
    "fame": corner("follow_encounter", ties=tuple((u, 0, False) for u in range(1, 8)), parameters={"fame": 2.5}),
    "fame and turnover": corner("follow_encounter", OPENS, arrays=True, parameters={"fame": 0.5} | COMING),
    "homophily": corner("follow_encounter", arrays=True, parameters={"homophily": 0.6}),
    "homophily, full": corner("follow_encounter", arrays=True, parameters={"homophily": 1} | COMING, ticks=8),
    "homophily and fame": corner("follow_encounter", arrays=True, parameters={"homophily": 0.4, "fame": 1.5}, ticks=10),
    "a hundred agents": corner(  # of whom exactly one is the top 1 %
        "unfollow_churn", agents=100, capacity=101, ties=(*ring(100), (5, 3, False), (7, 3, False)),
        attributes={"find_rate": 0.01}, ticks=2,
    ),
    "newcomers who search in vain": corner(  # some find somebody at the very last attempt
        OPENS, agents=9, capacity=60, ties=(), attributes={"identity": [0] * 9 + [1] * 51, "find_rate": 2.0}, ticks=1,
        parameters={"arrivals": 1000, "homophily": 0.98, "first_follows": 4, "follow_back": 0}, seed=2,
    ),
    "turnover, no room to spare": corner(OPENS, LEAVES, arrays=True, parameters=COMING, ticks=9),
    "turnover, room to spare": corner(OPENS, LEAVES, arrays=True, agents=4, parameters=COMING, ticks=9),
    "turnover of locked positions": corner(
        OPENS, LEAVES, arrays=True, ties=ring(8, True), parameters=COMING | {"departure": 0.4}, ticks=9
    ),
    "newcomers unlike those before": corner(
        OPENS,
        LEAVES,
        attributes={"generosity": ("uniform", 0, 1), "find_rate": ("exponential", 2), "identity": ("bernoulli", 0.5),
                    "attention": ("uniform", 0, 20), "visibility": ("gamma", 1, 2), "spanning": ("beta", 1, 1),
                    "introducing": ("uniform", 0, 1), "group": ("integers", 0, 2)},
        parameters=COMING | {"homophily": 0.3},
        ticks=9,
    ),
    "newcomers who are answered": corner(
        OPENS, "follow_follow_back", agents=3, parameters=COMING | {"follow_back": 1, "first_follows": 30}, ticks=8
    ),
    "newcomers where nobody shares": corner(
        OPENS, agents=3, attributes={"generosity": 0.0}, parameters=COMING | {"arrivals": 1}, ticks=8
    ),
    "newcomers who follow nobody": corner("arrived", agents=3, parameters=COMING | {"first_follows": 0}),
    "everybody leaves in every tick": corner(
        "departed", "arrived", arrays=True, parameters={"departure": 1, "arrivals": 5}, ties=complete(8)
    ),
    "everybody leaves for good": corner("departed", arrays=True, parameters={"departure": 1}, ties=complete(8, True)),
    "a crowd arrives": corner(OPENS, agents=2, parameters=COMING | {"arrivals": 1000}, attributes=NEWS, ticks=4),
    "memory 0": corner("kind 1", ties=complete(4), agents=4, capacity=4, parameters={"memory": 0, "relay": 1}),
    "memory 1": corner(
        "remembered", ties=complete(8), parameters={"memory": 1, "relay": 1}, attributes={"find_rate": 0.3}
    ),
    "memory 2": corner(
        "remembered", "unfollow_stale", ties=complete(8), parameters={"memory": 2, "relay": 1},
        attributes={"find_rate": 0.3},
    ),
    "memory 16": corner("remembered", "unfollow_stale", ties=complete(8), parameters={"relay": 1}, ticks=4),
    "find_rate 40": corner(
        "lost", "follow_encounter", "unfollow_overload", ties=tuple((u, 0, False) for u in range(1, 8)),
        attributes={"find_rate": [40, 0, 0, 0, 0, 0, 0, 0], "attention": 30.0, "generosity": 1.0},
    ),
    "long feeds": corner(
        "kind 1", "lost", ties=complete(6), agents=6, capacity=6, parameters={"memory": 3, "encounters": 0},
        attributes={"find_rate": 12.0, "generosity": 1.0, "attention": [200, 100, 41, 60, 400, 50]}, ticks=3,
    ),
    "giving is free": corner("read", arrays=True, parameters={"share_cost": 0, "introduction_cost": 0}),
    "giving costs fractions": corner("introductions", arrays=True,
                                     parameters={"share_cost": 0.37, "introduction_cost": 0.1}),
    "every follow is answered": corner("follow_follow_back", parameters={"follow_back": 1}),
    "everybody introduces": corner("follow_introduction", attributes={"introducing": 1.0},
                                   parameters={"introduction_cost": 0.5}),
    "everything is passed on": corner("kind 1", "kind 2", "channel 2", parameters={"relay": 1, "bring": 1}),
    "responsiveness capped": corner("follow_encounter", "unfollow_overload", ties=complete(8), parameters={
        "responsiveness": 2, "encounters": 5}, ticks=4),
    "attention is free": corner("kind 1", parameters={"cost": 0}, ties=complete(8), ticks=4),
    "attention is dear": corner("unfollow_dull", parameters={"cost": 1e9}, ties=complete(8), ticks=4),
    "nothing is worth nothing": corner("kind 1", parameters={"quality_spread": 0}),
    "churn 1": corner("unfollow_churn", ties=complete(8), parameters={"churn": 1}, arrays=True),
    "churn in lumps": corner(
        "unfollow_churn", agents=24, capacity=24, ties=complete(24), attributes={"find_rate": 0.02},
        parameters={"churn": 0.8}, ticks=2,
    ),
    "no encounters": corner("follow_credit", parameters={"encounters": 0, "credit": 1, "relay": 1}),
    "many encounters": corner("follow_encounter", parameters={"encounters": 60}, arrays=True, ticks=3),
    "world and run of different seeds": corner(
        OPENS, attributes={"generosity": ("uniform", 0, 1)}, parameters=COMING, world_seed=77
    ),
    "ties of vacant slots": corner(
        "follow_intervention", OPENS, agents=3, capacity=6, parameters=COMING | {"churn": 0.6}, ticks=9,
        interventions=(
            interventions.add_ties([0, 3], [(4, 0), (5, 1), (1, 5), (3, 4)]),
            interventions.add_ties([1], [(5, 2), (2, 3)], locked=True),
            interventions.unlock_ties(5, [(5, 2)]),
        ),
    ),
    "interventions of every kind": corner(
        "follow_intervention", "unfollow_intervention", OPENS, arrays=True, agents=6, ties=ring(6),
        parameters=COMING | {"arrivals": 0.7}, ticks=10,
        interventions=(
            interventions.add_ties([0, 4], [(1, 0), (2, 0), (3, 0), (7, 1), (1, 6)], locked=True),
            interventions.add_ties(1, [(0, 1), (1, 0), (6, 7)]),
            interventions.drop_ties([2, 3], [(1, 0), (0, 1), (5, 4), (1, 0)]),
            interventions.add_ties(3, [(0, 1)]),
            interventions.drop_followees([1, 5], [2, 7, 2]),
            interventions.lock_ties(2, [(2, 3), (3, 4), (0, 5)]),
            interventions.unlock_ties([3, 6], [(3, 4), (2, 0), (7, 1)]),
            interventions.silence(1, [1, 6, 3]),
            interventions.unsilence([4, 7], [1, 7]),
            interventions.set_attribute(2, [0, 6, 7], "generosity", [1, 0.3, 1]),
            interventions.set_attribute(3, [5, 2], "group", [9, 0]),
            interventions.set_attribute([1, 5], [7, 2, 0], "find_rate", 6.0),
            interventions.set_attribute(4, [0, 1], "visibility", [0, 7.3]),
            interventions.set_attribute(4, [0, 1], "identity", 1),
            interventions.set_attribute(range(2, 9, 3), [0, 3], "attention", 13.7),
            interventions.set_attribute(5, [4], "spanning", 0.9),
            interventions.set_attribute(6, range(8), "introducing", 0.8),
            interventions.set_parameter(4, "encounters", 5.0),
            interventions.set_parameter([5, 8], "fame", 0.7),
            interventions.set_parameter(6, "arrivals", 2.0),
            interventions.set_parameter(7, "fame", 0.0),
        ),
    ),
}  # fmt: skip
