"""Can a researcher replace a rule, and does the model then follow the new one and nothing else?"""

import inspect
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from simulation import Parameters, compiled, open_world, rules, simulate
from simulation.errors import InputError
from simulation.rule_code import rule_code, rule_source
from tests.reference.cases import ARRAYS, CORNERS, ring
from tests.reference.compare import Case, Naive, assert_same_bits, compare
from tests.test_run import LIVE

compiling = pytest.mark.skipif(compiled.interpreting(), reason="compilation is switched off")
WORLD = open_world(agents=20, find_rate=2)


# ---- own rules, in both models ---------------------------------------------------------------------------------------


def steep(cost, load):
    return cost * (load * load)


class Steep(Naive):
    def read_one(self, reader, entry, load):
        super().read_one(reader, entry, load * load)


def free_first_share(attention, costs):
    return max(0.0, attention - max(0.0, costs - 1.0))


class FreeFirstShare(Naive):
    def attention_left(self, agent):
        given, introduced = self.given[agent], self.introduced[agent]
        costs = self.parameters.share_cost * given + self.parameters.introduction_cost * introduced
        return max(0.0, self.attributes["attention"][agent] - max(0.0, costs - 1.0))


def always_dull(remembered, value, cost):
    return -2


class AlwaysDull(Naive):
    def grievance(self, reading):
        return -2


OWN = [
    ("price", steep, Steep),
    ("attention_left", free_first_share, FreeFirstShare),
    ("opt_out_reason", always_dull, AlwaysDull),
]


@pytest.mark.parametrize(("name", "rule", "kind"), OWN, ids=[each[0] for each in OWN])
def test_an_own_rule_does_what_the_naive_model_does_with_it(name, rule, kind):
    own = rules.replace(**{name: rule})
    compare(LIVE, LIVE.naive(kind), rules=own)
    with pytest.raises(AssertionError, match="tick"):
        compare(LIVE, LIVE.naive(), rules=own)
    with pytest.raises(AssertionError, match="tick"):
        compare(LIVE, LIVE.naive(kind))


@pytest.mark.parametrize("name", rules.RULES)
def test_every_rule_is_asked(name):
    asked = []
    original = rules.RULES[name]
    arguments = ", ".join(inspect.signature(original).parameters)
    scope = {"original": original, "asked": asked}
    exec(f"def counted({arguments}):\n    asked.append(1)\n    return original({arguments})", scope)
    run = LIVE.run(rules=rules.replace(**{name: scope["counted"]})).advance(8)
    assert asked
    assert_same_bits(run, LIVE.run().advance(8))


def test_own_rules_do_not_stay():
    plain = simulate(WORLD, ticks=4, seed=1, compile=False)
    simulate(WORLD, ticks=4, seed=1, compile=False, rules=rules.replace(price=steep))
    assert simulate(WORLD, ticks=4, seed=1, compile=False).series.equals(plain.series)


def test_own_rules_see_who_is_of_the_same_identity():
    """Also where homophily is 0: an own rule may use identity in its own way."""
    asked = set()

    def cold(follow_back, homophily, same_identity):
        asked.add(bool(same_identity))
        return follow_back if same_identity else 0.0

    own = rules.replace(follow_back_probability=cold)
    case = Case(8, 8, ARRAYS, ring(8), {"follow_back": 1, "responsiveness": 1, "homophily": 0})
    run = case.run(rules=own).advance(8)
    assert asked == {True, False}
    answered = np.concatenate(run.ledger)
    answered = answered[answered["reason"] == 4]
    identity = run.state.agents.identity
    assert answered.size
    assert np.array_equal(identity[answered["follower"]], identity[answered["followee"]])


# ---- recorded --------------------------------------------------------------------------------------------------------


def test_own_rules_are_recorded_by_name_and_source():
    record = simulate(WORLD, ticks=1, seed=1, compile=False, rules=rules.replace(price=steep))
    known = record.provenance["rules"]
    assert known == {"price": {"function": "steep", "source": inspect.getsource(steep)}}
    assert record.provenance["compiled"] is False
    assert simulate(WORLD, ticks=1, seed=1, compile=False).provenance["rules"] == {}


def test_a_rule_whose_source_is_gone_is_recorded_by_its_code():
    scope = {}
    exec("def typed_in(cost, load):\n    return cost + load", scope)
    record = simulate(WORLD, ticks=1, seed=1, compile=False, rules={"price": scope["typed_in"]})
    assert record.provenance["rules"]["price"]["source"]


# ---- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"pric": steep}, r"unknown rule 'pric'; did you mean 'price'\?"),
        ({"price": 3}, "rule price: 3 is not a plain Python function"),
        ({"price": min}, "rule price: .* is not a plain Python function"),
        ({"price": lambda cost: cost}, r"rule price: <lambda>\(cost\) must have the signature price\(cost, load\)"),
        ({"price": lambda load, cost: cost}, r"must have the signature price\(cost, load\)"),
        ({"price": lambda cost, load, more=1: cost}, r"must have the signature price\(cost, load\)"),
        ({"value": steep}, r"rule value: steep\(cost, load\) must have the signature value\(remembered, quality"),
    ],
)
def test_rules_that_are_refused(own, message):
    with pytest.raises(InputError, match=message):
        rules.replace(**own)
    with pytest.raises(InputError, match=message):
        simulate(WORLD, ticks=1, rules=own)


# ---- compiled --------------------------------------------------------------------------------------------------------

TARIFF = types.SimpleNamespace(night="cheap", prices={"cheap": 0.5, "dear": 2.0})


def by_tariff(cost, load):
    return TARIFF.prices[TARIFF.night] * cost * load


@compiling
def test_a_rule_that_cannot_be_compiled_warns_and_runs_interpreted():
    options = {"parameters": Parameters(cost=0.5), "ticks": 3, "seed": 1, "rules": rules.replace(price=by_tariff)}
    interpreted = simulate(WORLD, compile=False, **options)
    with pytest.warns(RuntimeWarning, match=r"rule price \(by_tariff\) cannot be compiled.*interpreted"):
        record = simulate(WORLD, **options)
    assert record.series.equals(interpreted.series)
    assert record.agents.equals(interpreted.agents)
    assert record.provenance["rules"]["price"]["source"] == inspect.getsource(by_tariff)
    half = simulate(WORLD, Parameters(cost=0.25), ticks=3, seed=1, compile=False)
    assert record.series.equals(half.series), "the rule was followed"


@compiling
def test_what_ran_interpreted_is_not_recorded_as_compiled():
    def also_by_tariff(cost, load):
        return TARIFF.prices[TARIFF.night] * cost * load

    with pytest.warns(RuntimeWarning, match="cannot be compiled"):
        record = simulate(WORLD, ticks=1, seed=1, rules=rules.replace(price=also_by_tariff))
    assert record.provenance["compiled"] is False


def steep_by_an_array(cost, load):
    return cost * np.array([load, load]).prod()


@compiling
@pytest.mark.slow
def test_an_own_rule_compiles_to_the_same_bits():
    """Also one that makes an array for itself, and counts who refers to it."""
    own = rules.replace(price=steep_by_an_array)
    for case in (LIVE, CORNERS["everyone generous"][0]):
        one, other = case.run(rules=own).advance(6), case.run(rules=own, compile=True).advance(6)
        assert_same_bits(one, other)
        assert other.record().provenance["compiled"] is True


def test_threads_that_ask_at_once_get_one_engine():
    def price(cost, load):
        return cost * load * 2.0

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(compiled.engine, [rules.replace(price=price)] * 4))
    assert all(each is found[0] for each in found)


def functions_of(variant):
    """Return all compiled functions that the schedule of a variant reaches, by the names that they are linked by."""
    found, left = {}, [vars(variant.schedule)]
    while left:
        for thing in left.pop().values():
            function = getattr(thing, "py_func", None)
            if function is not None and f"{function.__module__}.{function.__qualname__}" not in found:
                found[f"{function.__module__}.{function.__qualname__}"] = function
                left.append(function.__globals__)
            elif isinstance(thing, types.ModuleType) and thing.__name__.startswith("simulation."):
                left.append({name: each for name, each in vars(thing).items() if hasattr(each, "py_func")})
    return found


def bare(names):
    """Return names of compiled functions without their package and their variant's key."""
    return {".".join(name.rpartition("_")[0].split(".")[-2:]) for name in names}


@compiling
def test_no_two_variants_have_different_functions_of_one_name():
    """Else what one process has left in the cache calls functions of another: a run would follow other rules.

    Whoever ran two own rules in a process after each had been compiled in a process of its own got, for the second,
    the results of the first.
    """
    own = [{}, rules.replace(price=steep), rules.replace(attention_left=free_first_share)]
    found = [functions_of(compiled.engine(each, by_phase=phases)) for each in own for phases in (False, True)]
    assert all(len(names) > 100 for names in found)
    known = {name: function for names in found for name, function in names.items()}
    assert all(known[name] is function for names in found for name, function in names.items())
    assert any(function.__code__ is steep.__code__ for function in found[2].values())


@compiling
def test_only_what_calls_an_own_rule_is_compiled_for_it():
    model, own = (functions_of(compiled.engine(each)) for each in ({}, rules.replace(price=steep)))
    anew = bare(own.keys() - model.keys())
    assert {"test_rules.price", "pages.open_page", "reading.read", "engine.advance"} <= anew
    assert {name.partition(".")[0] for name in anew} == {"test_rules", "pages", "reading", "engine"}
    assert len(anew) < 10


@compiling
def test_rules_that_differ_in_a_number_only_are_different_rules():
    """Also where no source tells, as in an interactive session: one is not given the other's compiled code."""
    scope = {}
    for factor in ("2.0", "9.0"):
        exec(f"def price_{factor[0]}(cost, load):\n    return cost * load * {factor}", scope)
    two, nine = scope["price_2"], scope["price_9"]
    nine.__code__ = nine.__code__.replace(co_name="price_2", co_qualname="price_2")
    assert two.__code__.co_code == nine.__code__.co_code
    assert rule_source(two) != rule_source(nine)
    names = [functions_of(compiled.engine(rules.replace(price=rule))) for rule in (two, nine)]
    shared = names[0].keys() & names[1].keys()
    assert all(names[0][name] is names[1][name] for name in shared)
    assert all({"None.price", "engine.advance"} <= bare(each.keys() - shared) for each in names)


def test_the_source_of_a_rule_is_what_defines_it(monkeypatch):
    def closed_over(cost, load):
        return cost * load * factor

    class Measure:
        def __call__(self, record):
            """Return what is asked for:

            the first of them.
            """
            kinds: list[int] = [2 * each for each in (1, 2)]

            def first(kinds: list[int]) -> int:
                return kinds[0]

            return first(kinds)

    factor = 2.0
    curved = lambda cost, load: cost * load * 3.0  # noqa: E731
    for rule in (closed_over, curved, steep, Measure, Measure.__call__, rule_source):
        assert rule_source(rule) == inspect.getsource(rule)
    edited = "def steep(cost, load):\n    return cost * (load * 2.0)\n"
    for text in ("import sys\n", "can be read in Python?\n", edited):
        monkeypatch.setattr(inspect, "getsource", lambda rule, text=text: text)
        assert rule_source(steep) == rule_code(steep).hex()
    monkeypatch.setattr(inspect, "getsource", lambda rule: "price=lambda cost: (")
    assert rule_source(curved) == "price=lambda cost: ("


def test_a_rule_is_known_by_its_code_wherever_it_stands():
    scope, elsewhere = {}, {}
    exec("def typed_in(cost, load):\n    return cost * load * 2.0", scope)
    exec("\n\n\ndef typed_in(cost, load):\n    # a remark\n    return cost * load * 2.0", elsewhere)
    assert rule_code(scope["typed_in"]) == rule_code(elsewhere["typed_in"])
    elsewhere["typed_in"].__defaults__ = (1.0,)
    assert rule_code(scope["typed_in"]) != rule_code(elsewhere["typed_in"])
