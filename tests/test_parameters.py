"""Does every quantity have its documentation, and is every bad value refused with an error that helps?"""

import dataclasses
import inspect
import json
import math
import pickle
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.errors import InputError, nearest, shown, unknown_name
from simulation.parameters import (
    LARGEST,
    SPECIFICATIONS,
    Parameters,
    Specification,
    describe,
    parse_setting,
    plain,
    refuse_unknown,
    register,
)

MODEL = {
    "memory": 16,
    "bring": 0.3,
    "relay": 0.05,
    "encounters": 2,
    "openness": 1,
    "quality_spread": 1,
    "cost": 0.3,
    "share_cost": 1,
    "introduction_cost": 1,
    "responsiveness": 0.1,
    "credit": 1,
    "follow_back": 0.1,
    "homophily": 0,
    "fame": 0,
    "churn": 0.005,
    "arrivals": 0,
    "first_follows": 3,
    "departure": 0,
    "capacity": None,
}
AGENT = {
    "generosity": ("uniform", 0, 1),
    "find_rate": 0.5,
    "attention": 10,
    "visibility": 1,
    "group": 0,
    "identity": 0,
    "spanning": None,
    "introducing": 0,
    "level": 0,
    "manager": -1,
    "skill": ("normal", 0, 1),
    "key": None,
}
WHOLE = {"memory", "first_follows", "capacity", "group", "identity", "level", "manager", "key"}


def error(function, *values, **named):
    """Return the text of the InputError that a call must raise: one or two lines."""
    with pytest.raises(InputError) as caught:
        function(*values, **named)
    text = str(caught.value)
    assert 1 <= len(text.splitlines()) <= 2
    return text


def test_defaults_in_the_order_of_the_description():
    assert Parameters().as_dict() == MODEL
    assert list(Parameters().as_dict()) == list(MODEL)
    assert {name: s.default for name, s in SPECIFICATIONS.items() if s.belongs == "agent"} == AGENT
    assert [name for name, s in SPECIFICATIONS.items() if s.belongs == "model"] == list(MODEL)


@pytest.mark.parametrize("name", MODEL)
def test_stored_types(name):
    value = getattr(Parameters(), name)
    assert type(value) is (int if name in WHOLE else float) or value is None


def test_every_quantity_is_documented():
    rows = describe()
    assert len({row["name"] for row in rows}) == len(rows) >= len(MODEL) + len(AGENT)
    for row in rows:
        assert set(row) == {"name", "belongs", "default", "unit", "range", "meaning", "source"}
        assert row["belongs"] in ("model", "agent", "world")
        assert all(isinstance(row[column], str) and row[column].strip() for column in ("unit", "range", "meaning"))
        assert re.match(r"assumption|definition|\w+ .*\d{4}", row["source"])
    json.dumps(rows, allow_nan=False)


def test_ranges_as_text():
    ranges = {row["name"]: row["range"] for row in describe()}
    assert ranges["churn"] == "[0, 1]"
    assert ranges["memory"] == "whole, [0, 65535]"
    assert ranges["cost"] == "[0, 1e9]"
    assert ranges["spanning"] == "[0, 1] or none"
    assert ranges["capacity"] == "whole, [1, 2147483647] or none"
    assert {name for name, text in ranges.items() if text.startswith("whole")} >= WHOLE


@pytest.mark.parametrize("name", MODEL)
def test_bounds_are_allowed_and_what_lies_beyond_is_not(name):
    specification = SPECIFICATIONS[name]
    for bound in (specification.low, specification.high):
        assert getattr(Parameters(**{name: bound}), name) == bound
    step = 1 if specification.whole else 1e-6
    for beyond in (specification.low - step, specification.high + step, -(10**400), 10**5000):
        text = error(Parameters, **{name: beyond})
        assert text.startswith(f"{name}: {shown(beyond)} is out of range; allowed: ")
        assert f"[{plain(specification.low)}, {plain(specification.high)}]" in text


@pytest.mark.parametrize("name", MODEL)
@pytest.mark.parametrize(
    "value",
    ["0.5", "often", True, False, np.True_, 1j, [0.5], (1,), np.array([0.5]), np.array(0.5), {}, object, b"1"],
    ids=repr,
)
def test_wrong_types(name, value):
    text = error(Parameters, **{name: value})
    assert text.startswith(f"{name}: {shown(value)} ({type(value).__name__}) is of the wrong type; allowed: a ")


@pytest.mark.parametrize("name", MODEL)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan"), np.float64("inf")])
def test_not_finite(name, value):
    assert f"{name}: {float(value)!r} is out of range" in error(Parameters, **{name: value})


@pytest.mark.parametrize("name", sorted(set(MODEL) - {"capacity"}))
def test_none_is_a_value_only_where_it_is_the_default(name):
    assert f"{name}: None (NoneType)" in error(Parameters, **{name: None})
    assert Parameters(capacity=None).capacity is None


def test_numbers_of_other_types_become_plain_ones():
    made = Parameters(cost=1, memory=8.0, churn=np.float32(0.5), first_follows=np.int16(2), bring=Fraction(1, 4))
    stored = (made.cost, made.memory, made.churn, made.first_follows, made.bring)
    assert stored == (1.0, 8, 0.5, 2, 0.25)
    assert [type(each) for each in stored] == [float, int, float, int, float]
    assert "memory: 2.5 (float) is of the wrong type; allowed: a whole number in [0, 65535]" in error(
        Parameters, memory=2.5
    )
    assert math.copysign(1, Parameters(cost=-0.0).cost) == 1


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("churm", "churn"), ("Cost", "cost"), ("sharecost", "share_cost"), ("followback", "follow_back")],
)
def test_unknown_names_suggest_the_nearest(wrong, right):
    for made in (Parameters, Parameters().replace):
        first, second = error(made, **{wrong: 1}).splitlines()
        assert first == f"unknown parameter {wrong!r}; did you mean {right!r}?"
        assert second == "Valid: " + ", ".join(MODEL)
    assert error(Parameters, xyzzy=1).startswith("unknown parameter 'xyzzy'\nValid: memory, ")


def test_names_that_belong_elsewhere_say_where():
    assert error(Parameters, attention=10) == (
        "Parameters takes no 'attention', which belongs to the agent: open_world(attention=...)"
    )
    assert "workplace(level=...)" in error(Parameters, level=1)
    assert error(Parameters, atention=10) == (
        "unknown parameter 'atention'; did you mean 'attention', which is set by open_world(attention=...)?"
    )
    owners = ("agent", "world")
    refuse_unknown(["attention", "key"], owners, "open_world")
    assert "Parameters(cost=...)" in error(refuse_unknown, ["attention", "cost"], owners, "open_world")
    assert "'generosity'?\nValid: generosity, " in error(refuse_unknown, ["generousity"], owners, "open_world")


def test_positions_are_refused():
    assert error(Parameters, 0.3) == "Parameters takes names, as in Parameters(cost=0.3), not 0.3 alone"


def test_frozen_equal_hashable_and_picklable():
    one, other = Parameters(cost=0.5, memory=4), Parameters(memory=4.0, cost=np.float64(0.5))
    assert one == other
    assert hash(one) == hash(other)
    assert one != Parameters(cost=0.5)
    assert pickle.loads(pickle.dumps(one)) == one
    for name in ("cost", "churm"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, name, 1.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.cost


def test_replace():
    base = Parameters(cost=0.5)
    assert base.replace() == base
    assert base.replace(churn=0) == Parameters(cost=0.5, churn=0) == dataclasses.replace(base, churn=0)
    assert base.churn == 0.005
    assert "churn: 2 is out of range" in error(base.replace, churn=2)
    assert Parameters(**base.as_dict()) == base


def test_repr_shows_what_differs_and_can_be_read_back():
    assert repr(Parameters()) == "Parameters()"
    made = Parameters(cost=0.1 + 0.2, capacity=50, memory=0)
    assert repr(made) == "Parameters(memory=0, cost=0.30000000000000004, capacity=50)"
    assert eval(repr(made)) == made


def test_signature_names_all_parameters():
    assert list(inspect.signature(Parameters).parameters) == list(MODEL)


@given(st.dictionaries(st.sampled_from([n for n in MODEL if n not in WHOLE]), st.floats(0, 1), max_size=5))
def test_any_valid_values_are_kept_as_they_are(values):
    assert Parameters(**values).as_dict() == {**MODEL, **values}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_plain_numbers_lose_nothing(number):
    assert float(plain(number)) == number


def test_registering():
    new = Specification(name="a_new_one", belongs="world", default=True, unit="1", meaning="m", source="s")
    word = Specification(
        name="a_word", belongs="world", default="tree", unit="1", meaning="m", source="s", choices=("tree", "ring")
    )
    try:
        assert register(new) is SPECIFICATIONS["a_new_one"]
        register(word)
        assert new.range == "true or false"
        assert new.check(False) is False
        assert "a_new_one: 1 (int) is of the wrong type; allowed: true or false" in error(new.check, 1)
        assert word.check("ring") == "ring"
        assert error(word.check, "rign") == "unknown a_word 'rign'; did you mean 'ring'?\nValid: tree, ring"
        assert "a_word: 3 (int)" in error(word.check, 3)
        assert parse_setting("a_word=ring") == ("a_word", "ring")
        assert parse_setting("a_new_one=false") == ("a_new_one", False)
        assert "belongs to the world" in error(Parameters, a_new_one=True)
        with pytest.raises(ValueError, match="'a_new_one' is taken by a quantity of the world"):
            register(new)
    finally:
        SPECIFICATIONS.pop("a_new_one", None)
        SPECIFICATIONS.pop("a_word", None)
    for change in ({"meaning": ""}, {"unit": ""}, {"source": ""}, {"default": 2, "high": 1}, {"default": "text"}):
        with pytest.raises(ValueError, match="a_new_one"):
            register(dataclasses.replace(new, **change))
        assert "a_new_one" not in SPECIFICATIONS


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("attention=10", 10),
        (" attention = 1e3 ", 1000.0),
        ("cost=.3", 0.3),
        ("manager=-1", -1),
        ("key=2147483647", 2**31 - 1),
        ("capacity=none", None),
        ("capacity=None", None),
        ("generosity=uniform(0,1)", ("uniform", 0, 1)),
        ("generosity=uniform (0, 1.5)", ("uniform", 0, 1.5)),
        ("generosity=uniform:0:1", ("uniform", 0, 1)),
        ("skill=normal:-1:2e0", ("normal", -1, 2.0)),
        ("generosity=choice([0,1],[0.7,0.3])", ("choice", [0, 1], [0.7, 0.3])),
        ("generosity=choice:[0,1]:[0.7,0.3]", ("choice", [0, 1], [0.7, 0.3])),
        ("find_rate=exponential(2)", ("exponential", 2)),
        ("find_rate=exponential()", ("exponential",)),
        ("generosity=[0.1, 0.2]", [0.1, 0.2]),
        ("generosity=[]", []),
        ("visibility=true", True),
    ],
)
def test_settings(text, value):
    name, parsed = parse_setting(text)
    assert name == text.split("=")[0].strip()
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_settings_that_are_not_finite_reach_the_range_check(value):
    name, parsed = parse_setting(f"cost={value}")
    assert f"cost: {value} is out of range" in error(Parameters, **{name: parsed})


@pytest.mark.parametrize(
    "value", ["often", "", "1+1", "uniform(0,1", "uniform(a)", "uniform:0:", "{}", "'a'", "1j", "f(x)(y)", "[", "1,,2"]
)
def test_settings_that_cannot_be_read(value):
    assert error(parse_setting, f"cost={value}") == (
        f"cost: {value!r} cannot be read; allowed: a number in [0, 1e9] (value per load)"
    )
    assert "uniform(0,1)" in error(parse_setting, f"generosity={value}")


def test_settings_without_a_name_or_with_an_unknown_one():
    for text in ("attention", "=3", ""):
        assert f"setting {text!r} is not of the form name=value" in error(parse_setting, text)
    assert error(parse_setting, "churm=1").startswith("unknown parameter 'churm'; did you mean 'churn'?\nValid: memory")


def test_errors_stay_on_one_line():
    assert shown("a\nb" * 100).endswith("...")
    assert len(shown("a" * 1000)) == 60
    assert "\n" not in shown("a\nb")
    assert shown(np.zeros((2, 3))) == "an array of shape (2, 3)"
    assert shown(np.float64(0.5)) == "0.5"
    assert shown(10**5000) == "<int>"
    assert nearest("xyzzy", ["cost"]) is None
    assert str(unknown_name("thing", 3, ["a", "b"])) == "unknown thing 3\nValid: a, b"
    assert issubclass(InputError, ValueError)
    assert LARGEST**3 < math.inf
