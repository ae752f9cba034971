"""Are people drawn from the distributions that were asked for, each person for itself?"""

import json
import math
import zlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from simulation.distributions import as_text, checked, distribution, draw, from_json, to_json
from simulation.errors import InputError
from simulation.families import KINDS, Distribution
from simulation.parameters import SPECIFICATIONS
from simulation.randomness import WORLD, fold, stream, uniform

# Each with the same distribution as scipy.stats has it: an implementation that shares nothing with ours.
CONTINUOUS = {
    ("uniform", -1, 3): stats.uniform(-1, 4),
    ("normal", 1, 2): stats.norm(1, 2),
    ("truncnormal", 0.5, 0.2, 0, 1): stats.truncnorm(-2.5, 2.5, 0.5, 0.2),
    ("truncnormal", 0, 1, 4, 6): stats.truncnorm(4, 6),
    ("truncnormal", 0, 1, -6, -4): stats.truncnorm(-6, -4),
    ("lognormal", 10, 0.5): stats.lognorm(0.5, scale=10),
    ("exponential", 2): stats.expon(scale=2),
    ("gamma", 3, 0.5): stats.gamma(0.5, scale=6),
    ("beta", 2, 5): stats.beta(2, 5),
    ("pareto", 1, 4.5): stats.pareto(3.5),
}
DISCRETE = {
    ("bernoulli", 0.3): {0: 0.7, 1: 0.3},
    ("integers", -1, 3): dict.fromkeys((-1, 0, 1, 2, 3), 0.2),
    ("choice", (5, 1, 2), (0.5, 0.2, 0.3)): {1: 0.2, 2: 0.3, 5: 0.5},
    ("choice", (0.5, 0.25)): {0.25: 0.5, 0.5: 0.5},
}
ALL = [*CONTINUOUS, *DISCRETE]


def error(function, *values, **named):
    """Return the text of the InputError that a call must raise: one or two lines."""
    with pytest.raises(InputError) as caught:
        function(*values, **named)
    text = str(caught.value)
    assert 1 <= len(text.splitlines()) <= 2
    return text


def uniforms(people, attribute="skill", seed=5, born=0):
    """Return the uniform numbers of people, one at a time, as the address of a draw says."""
    with np.errstate(over="ignore"):
        state = fold(fold(stream(seed, 0, WORLD), zlib.crc32(attribute.encode())), born)
        return np.array([uniform(fold(state, each)) for each in people])


def standard_errors_off(sample, mean):
    return (sample.mean() - mean) / (sample.std(ddof=1) / math.sqrt(len(sample)))


def test_all_families_are_tried_here():
    assert {written[0] for written in ALL} == set(KINDS)


@pytest.mark.parametrize("written", CONTINUOUS, ids=str)
def test_continuous_families_invert_their_distribution_functions(written):
    ours, theirs = distribution(written), CONTINUOUS[written]
    u = np.linspace(0.001, 0.999, 999)
    np.testing.assert_allclose(theirs.cdf(ours.quantile(u)), u, rtol=1e-9, atol=1e-12)
    assert ours.mean() == pytest.approx(theirs.mean(), rel=1e-9)
    assert ours.support() == pytest.approx(theirs.support())
    assert not ours.whole()


@pytest.mark.parametrize("written", DISCRETE, ids=str)
def test_discrete_families_hit_their_probabilities(written):
    ours, probabilities = distribution(written), DISCRETE[written]
    u = (np.arange(10_000) + 0.5) / 10_000
    values, counts = np.unique(ours.quantile(u), return_counts=True)
    assert dict(zip(values.tolist(), (counts / 10_000).tolist(), strict=True)) == pytest.approx(probabilities)
    assert ours.mean() == pytest.approx(sum(v * p for v, p in probabilities.items()))
    assert ours.support() == (min(probabilities), max(probabilities))
    assert ours.whole() == all(float(v).is_integer() for v in probabilities)


@given(st.sampled_from(ALL), st.lists(st.floats(0, 1), min_size=2, max_size=50))
@example(("beta", 2, 5), [0.0, 6.4e-200])  # the library's inverse gives NaN here
def test_quantiles_are_monotone_and_inside_the_support(written, u):
    ours = distribution(written)
    drawn = ours.quantile(np.sort(u))
    low, high = ours.support()
    assert np.isfinite(drawn).all()
    assert (low <= drawn).all() and (drawn <= high).all()
    slack = 1e-9 * np.abs(drawn[1:])  # the special functions are exact to about this much
    assert (np.diff(drawn) >= -slack).all()


@given(
    st.sampled_from(["uniform", "normal", "truncnormal", "lognormal", "gamma", "beta", "pareto", "integers"]),
    st.lists(st.floats(-20, 20), min_size=4, max_size=4),
    st.lists(st.floats(0, 1), min_size=1, max_size=5),
)
@example("truncnormal", [0.0, 1.8e-223, -1.0, 0.0], [0.0])  # squares beyond the largest float
@example("gamma", [4.0, 2.3e-308, 0.0, 0.0], [0.0])  # a scale beyond it
def test_any_parameters_are_refused_or_give_values_inside_the_support(name, parameters, u):
    try:
        ours = Distribution(name, tuple(parameters[: len(KINDS[name].parameters)]))
    except InputError as refused:
        assert "allowed: " + KINDS[name].rule in str(refused)  # noqa: PT017 - refusing is one of two right answers
        return
    low, high = ours.support()
    drawn = ours.quantile(u)
    assert (low <= drawn).all() and (drawn <= high).all()
    assert not math.isnan(ours.mean())


@pytest.mark.parametrize("written", ALL, ids=str)
def test_sample_means(written):
    sample = draw(written, "skill", seed=11, numbers=np.arange(20_000))
    mean = distribution(written).mean()
    assert abs(standard_errors_off(sample, mean)) < 5
    assert abs(standard_errors_off(sample, mean + 0.1 * sample.std())) > 5  # the check can fail


def test_degenerate_families_are_constants():
    for written, value in {
        ("uniform", 2, 2): 2,
        ("normal", 3, 0): 3,
        ("lognormal", 4, 0): 4,
        ("integers", 5, 5): 5,
        ("bernoulli", 0): 0,
        ("bernoulli", 1): 1,
    }.items():
        assert distribution(written).support() == (value, value)
        assert set(distribution(written).quantile(np.linspace(0, 1, 101))) == {value}
    assert distribution(("choice", [1, 2], [0, 1])).support() == (2, 2)
    assert distribution(("pareto", 1, 2)).mean() == math.inf


def test_a_draw_is_at_the_address_that_is_written_down():
    drawn = draw(("uniform", 0, 1), "skill", seed=5, numbers=[0, 3, 2**63], born=4)
    np.testing.assert_array_equal(drawn, uniforms([0, 3, 2**63], born=4))


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30), st.integers(0, 2**64 - 1), st.integers(0, 10**6))
def test_a_person_does_not_depend_on_the_others(people, seed, born):
    together = draw(("normal", 0, 1), "skill", seed, np.array(people, dtype=np.uint64), born)
    alone = [draw(("normal", 0, 1), "skill", seed, np.array([each], dtype=np.uint64), born)[0] for each in people]
    assert together.tolist() == alone


def test_seed_quantity_and_birth_give_independent_draws():
    people = np.arange(20_000)

    def drawn(attribute="generosity", seed=1, born=0):
        return draw(("uniform", 0, 1), attribute, seed, people, born)

    base = drawn()
    others = [drawn(attribute="spanning"), drawn(seed=2), drawn(born=1), drawn(born=2), np.roll(base, 1)]
    for other in others:
        assert abs(np.corrcoef(base, other)[0, 1]) < 5 / math.sqrt(len(people))
    assert abs(np.corrcoef(base, drawn())[0, 1]) > 0.999  # the check can fail
    assert stats.kstest(base, "uniform").pvalue > 1e-4


def test_constants_and_arrays():
    drawn = draw(10, "attention", 1, range(3))
    assert drawn.dtype == np.float64
    assert drawn.tolist() == [10, 10, 10]
    assert draw(2.0, "group", 1, range(2)).dtype == np.int64
    assert draw(("integers", 0, 3), "group", 1, range(2)).dtype == np.int64
    assert draw(("uniform", 0, 1), "generosity", 1, []).shape == (0,)
    mine = np.array([0.25, 0.5], dtype=np.float32)
    kept = draw(mine, "generosity", 1, [5, 6])
    assert kept.tolist() == [0.25, 0.5]
    kept[0] = 1
    assert mine[0] == 0.25
    for same in ([0, 1], (0, 1), np.array([0.0, 1.0]), pd.Series([0, 1], index=[7, 8]), range(2), np.uint8([0, 1])):
        kept = draw(same, "identity", 1, [5, 6])
        assert kept.dtype == np.int64
        assert kept.tolist() == [0, 1]
    assert draw([2**31 - 1, 0], "key", 1, range(2)).tolist() == [2**31 - 1, 0]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([0.1, 0.2], "generosity: the array has 2 values; allowed: 3, one per agent"),
        ([], "generosity: the array has 0 values; allowed: 3, one per agent"),
        ([0.1, 1.5, 0], "generosity[1]: 1.5 is out of range; allowed: a number in [0, 1] (probability)"),
        ([0.1, 0, math.nan], "generosity[2]: nan is out of range; allowed: a number in [0, 1] (probability)"),
        ([-math.inf, 0, 1], "generosity[0]: -inf is out of range"),
        ([0.1, "a", 0], "generosity[1]: 'a' (str) is of the wrong type; allowed: a number"),
        ([0.1, None, 0], "generosity[1]: None (NoneType) is of the wrong type; allowed: a number"),
        ([0.1, 1j, 0], "generosity[1]: 1j (complex) is of the wrong type"),
        ([True, False, True], "generosity[0]: True (bool) is of the wrong type; allowed: a number"),
        (np.zeros((3, 2)), "generosity: an array of shape (3, 2) (ndarray) is of the wrong type; allowed: one number"),
        (np.array(0.5), "generosity: 0.5 (ndarray) is of the wrong type"),
        ([[1], [1, 2], 3], "generosity: [[1], [1, 2], 3] (list) is of the wrong type; allowed: one number"),
        ([10**400, 0, 0], "generosity: a value is too large for float64; allowed: one number, a distribution such as"),
        (2, "generosity: 2 is out of range; allowed: a number in [0, 1] (probability)"),
        (math.nan, "generosity: nan is out of range"),
        (True, "generosity: True (bool) is of the wrong type"),
        ("uniform", "generosity: 'uniform' (str) is of the wrong type; allowed: one number, a distribution such as"),
        ({"a": 1}, "generosity: {'a': 1} (dict) is of the wrong type; allowed: one number, a distribution such as"),
        (None, "generosity: None (NoneType) is of the wrong type"),
        (
            ("unifrom", 0, 1),
            "generosity: unknown distribution 'unifrom'; did you mean 'uniform'?\nValid: uniform, normal",
        ),
        (("uniform", 0), "generosity: uniform has 1 parameter, (0,); allowed: 2 (low, high)"),
        (("uniform",), "generosity: uniform has 0 parameters, (); allowed: 2 (low, high)"),
        (("uniform", 1, 0), "generosity: uniform(1, 0) is not possible; allowed: low <= high"),
        (("uniform", 0, "a"), "generosity: uniform's high: 'a' (str) is of the wrong type; allowed: a number in [-1e9"),
        (("uniform", 0, True), "generosity: uniform's high: True (bool) is of the wrong type"),
        (("uniform", 0, math.nan), "generosity: uniform's high: nan is out of range; allowed: a number in [-1e9, 1e9]"),
        (("uniform", 0, 10**400), "generosity: uniform's high: 1"),
        (("uniform", 0, 2), "generosity: uniform(0, 2) draws from [0, 2]; allowed: a number in [0, 1] (probability)"),
        (("normal", 0.5, 0.2), 'try ("truncnormal", 0.5, 0.2, 0, 1) or ("beta", a, b)'),
        (("normal", 0.5, -1), "normal(0.5, -1) is not possible; allowed: sd >= 0"),
        (("truncnormal", 0, 1, 50, 60), "truncnormal(0, 1, 50, 60) is not possible; allowed: sd > 0 and low < high"),
        (("lognormal", 1, 1), "generosity: lognormal(1, 1) draws from [0, inf]; allowed: a number in [0, 1]"),
        (("beta", 0, 1), "beta(0, 1) is not possible; allowed: a > 0 and b > 0"),
        (("pareto", 1, 1), "pareto(1, 1) is not possible; allowed: minimum > 0 and exponent > 1"),
        (("exponential", 0), "exponential(0) is not possible; allowed: mean > 0"),
        (("gamma", 1, 0), "gamma(1, 0) is not possible; allowed: mean > 0 and shape >= 1e-6"),
        (("bernoulli", 2), "bernoulli(2) is not possible; allowed: 0 <= p <= 1"),
        (("integers", 0, 0.5), "integers(0, 0.5) is not possible; allowed: whole numbers, low <= high"),
        (("choice",), "generosity: choice has (); allowed: some values"),
        (("choice", 1, 2), "generosity: choice has (1, 2); allowed: some values"),
        (("choice", []), "generosity: choice has 0 values and 0 probabilities; allowed: some values"),
        (("choice", [0, 1], [1]), "choice has 2 values and 1 probabilities; allowed: some values"),
        (("choice", [0, 1], [0.5, 0.6]), "choice has the probabilities [0.5, 0.6]; allowed: some values"),
        (("choice", [0, 1], [1.5, -0.5]), "choice has the probabilities [1.5, -0.5]; allowed: some values"),
        (("choice", [0, "a"]), "choice's values or probabilities: 'a' (str) is of the wrong type"),
        (("choice", [0, 2]), "generosity: choice([0, 2], [0.5, 0.5]) draws from [0, 2]; allowed: a number in [0, 1]"),
    ],
    ids=str,
)
def test_errors_name_field_value_and_what_is_allowed(value, message):
    text = error(draw, value, "generosity", 1, range(3))
    assert message in text
    assert text.startswith("generosity")
    assert "allowed: " in text or "Valid: " in text


def test_errors_of_whole_distinct_and_unbounded_quantities():
    assert error(checked, ("uniform", 0, 3), "group") == (
        "group: uniform(0, 3) draws fractions; allowed: a whole number in [0, 1e6] (number of a group); "
        'try ("integers", low, high)'
    )
    assert 'try ("integers", 0, 1)' in error(checked, ("integers", 0, 2), "identity")
    assert "group[1]: 0.5 (float) is of the wrong type; allowed: a whole number" in error(checked, [0, 0.5], "group")
    assert "group: 0.5 (float) is of the wrong type; allowed: a whole number" in error(checked, 0.5, "group")
    assert "key: 4 is given more than once; allowed: different whole numbers" in error(checked, [4, 2, 4], "key")
    assert "key: 4 would be shared; allowed: an array" in error(draw, 4, "key", 1, range(2))
    assert "key: integers(0, 9) may draw a value twice" in error(checked, ("integers", 0, 9), "key")
    assert "key[0]: 9.2" in error(checked, [2.0**63, 1.0], "key")
    assert "key[0]: 922" in error(checked, np.array([2**63], dtype=np.uint64), "key")
    assert "key: none cannot be drawn" in error(draw, None, "key", 1, range(2))
    assert 'or ("gamma", mean, shape)' in error(checked, ("normal", 10, 1), "attention")
    assert error(checked, 1, "generousity").startswith(
        "unknown attribute of agents 'generousity'; did you mean 'generosity'?\nValid: generosity, find_rate"
    )
    assert error(checked, 1, "cost").startswith("unknown attribute of agents 'cost'")
    assert "find_rate, drawn from pareto(1, 1.01): " in error(draw, ("pareto", 1, 1.01), "find_rate", 1, range(99))
    assert "u: a probability is out of range" in error(distribution(("uniform", 0, 1)).quantile, [0.5, 1.5])
    assert "unknown distribution 3" in error(Distribution, 3, ())


def test_unbounded_families_where_the_quantity_is_unbounded():
    for written in (("lognormal", 10, 1), ("exponential", 10), ("gamma", 10, 2), ("pareto", 1, 2.5)):
        assert (draw(written, "attention", 1, range(100)) > 0).all()
    assert draw(("normal", 0, 1), "skill", 1, range(100)).min() < 0


def test_defaults_of_all_quantities_can_be_drawn():
    for name, specification in SPECIFICATIONS.items():
        if specification.belongs == "agent":
            assert checked(specification.default, name) is None or len(draw(specification.default, name, 1, [1])) == 1


@pytest.mark.parametrize("written", [*ALL, 3, 0.5, None, [0.5, 1.0], [1, 2]], ids=str)
def test_values_survive_json(written):
    known = distribution(written)
    back = from_json(json.loads(json.dumps(to_json(written), allow_nan=False)))
    if isinstance(known, np.ndarray):
        assert back.dtype == known.dtype
        assert back.tolist() == known.tolist()
    else:
        assert back == known
        assert type(back) is type(known)


def test_values_as_text():
    assert as_text(("choice", [1, 0], [0.75, 0.25])) == "choice([0, 1], [0.25, 0.75])"
    assert as_text(np.linspace(0, 1, 11)) == "11 values in [0, 1]"
    assert as_text(np.float64(0.1)) == "0.1"
    assert to_json(np.float64(0.1)) == 0.1
    assert "generosity: unknown distribution 'a'" in error(from_json, ["a", "b"], "generosity")


def test_distributions_compare_by_what_they_are():
    assert distribution(("uniform", 0, 1)) == distribution(["uniform", 0.0, np.int64(1)])
    assert distribution(("choice", [2, 1])) == distribution(("choice", (1, 2), np.array([0.5, 0.5])))
    assert len({distribution(("beta", 1, 2)), distribution(("beta", 1.0, 2)), distribution(("beta", 2, 1))}) == 2
