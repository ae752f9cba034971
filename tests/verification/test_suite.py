"""Does the suite run what it is asked, with seeds of its own, and do the symmetries notice what breaks them?"""

import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from simulation.errors import InputError
from simulation.verification import CHECKS, Means, Pmf, cascades_on_network, suite, symmetries, verify

from .synthetic import BAD, BLIND, GOOD

ROOT = Path(__file__).parents[2]
CHEAP = ("storage-order", "rates-of-zero", "cascade-size", "random-followers")


@pytest.fixture
def synthetic(monkeypatch):
    """The suite consists of checks without a simulation."""
    monkeypatch.setattr(suite, "CHECKS", {each.name: each for each in (*GOOD, BAD, BLIND)})


# --- all checks -------------------------------------------------------------------------------------------------


def test_no_check_hides_another_of_its_name():
    rooms = [import_module(f"simulation.verification.{room}") for room in suite.ROOMS]
    assert len(CHECKS) == sum(len(room.CHECKS) for room in rooms) > 5
    assert all(name == check.name for name, check in CHECKS.items())


def test_the_readme_counts_them():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"(\d+) laws of", readme) == [str(len(CHECKS))]


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_says_what_it_is(name):
    check = CHECKS[name]
    assert name == name.lower()
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    for text in (check.subject, check.law, check.source, check.conditions, check.control):
        assert text.strip()
        assert "\n" not in text
    assert check.subject.endswith("?")
    assert "MODEL" not in check.source
    assert all((ROOT / path).exists() for path in re.findall(r"simulation/\S+", check.source))
    quick, full = check.replicates
    assert 2 <= quick <= full


@pytest.mark.slow
@pytest.mark.parametrize("name", CHECKS)
def test_every_law_is_a_law(name):
    law = CHECKS[name].predicted()
    assert np.all(np.isfinite(law.values))
    if isinstance(law, Pmf):
        assert law.values.min() >= -1e-12
        assert 0.9 < law.values.sum() <= 1 + 1e-9
        assert law.cells(CHECKS[name].replicates[0])[1].size >= 2
    else:
        assert isinstance(law, Means)
        assert law.values.shape == law.x.shape
        assert len(law.names) in (0, law.x.size)
        assert law.values.size % max(1, len(law.lines)) == 0
        assert len(law.lines) in (0, max(np.unique(law.x, return_counts=True)[1]))


def test_every_law_of_infinitely_many_agents_has_a_check_of_the_way_there():
    infinite = ("infin", "many people", "asymptotic", "sparse", "with many agents")
    ways = {check.converges for check in CHECKS.values()} - {""}
    assert ways == {name for name in CHECKS if name.endswith("-convergence")}
    for name, check in CHECKS.items():
        says_so = any(each in check.law + check.conditions for each in infinite)
        assert (check.converges != "") >= (says_so and name not in ways), name


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({check.converges for check in CHECKS.values()} - {""}))
def test_the_way_there_has_three_sizes_at_which_the_distance_shrinks(name):
    law = CHECKS[name].predicted()
    sizes = np.unique(law.x)
    assert sizes.size == 3
    assert law.x.tolist() == sizes.tolist() * max(1, len(law.lines))
    distance = law.values.reshape(-1, 3)
    assert np.all(distance > 0)
    assert np.all(np.diff(distance) < 0)


def test_laws_not_satisfied_come_with_reasons():
    assert all(name.strip() and reason.strip() for name, reason in suite.NOT_SATISFIED)


# --- how they are run -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("synthetic")
def test_verdicts():
    found = {result.check.name: result.verdict for result in verify(quick=True)}
    assert found == {"means": "holds", "numbers": "holds", "exact": "holds", "wrong": "rejected", "asleep": "blind"}


@pytest.mark.usefixtures("synthetic")
def test_quick_and_full():
    assert [len(verify(quick=quick, only=["means"])[0].sample) for quick in (True, False)] == [2000, 4000]


@pytest.mark.usefixtures("synthetic")
def test_a_check_finds_the_same_alone_as_among_others():
    among = {result.check.name: result for result in verify(quick=True)}
    for name, result in among.items():
        (alone,) = verify(quick=True, only=[name])
        assert np.array_equal(alone.sample, result.sample)
        assert np.array_equal(alone.control_sample, result.control_sample)
        assert (alone.p, alone.threshold, alone.power) == (result.p, result.threshold, result.power)


@pytest.mark.usefixtures("synthetic")
def test_the_threshold_is_the_whole_suites():
    (result,) = verify(quick=True, only=["means"])
    assert result.threshold == pytest.approx(0.01 / 5)


@pytest.mark.usefixtures("synthetic")
def test_who_listens_hears_of_every_check():
    heard = []
    verify(quick=True, only=["means", "wrong"], before=lambda check: heard.append(check.name),
           after=lambda result: heard.append(result.verdict))  # fmt: skip
    assert heard == ["means", "holds", "wrong", "rejected"]


def test_seeds_differ_between_checks_samples_and_seeds():
    drawn = [suite.seeds(seed, name) for seed in range(20) for name in CHECKS]
    assert len({each for pair in drawn for each in pair}) == 2 * len(drawn)
    assert all(0 <= each < 2**63 for pair in drawn for each in pair)


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"unknown check 'storage-ordr'; did you mean 'storage-order'\?"):
        verify(only=["storage-ordr"])


@pytest.mark.slow
def test_a_few_checks_from_end_to_end():
    for result in verify(quick=True, only=CHEAP):
        assert result.verdict == "holds", result
        assert result.power > 0.9, result
        row = result.row()
        assert row["check"] == result.check.name
        assert row["seconds"] > 0


# --- networks ---------------------------------------------------------------------------------------------------


def test_a_configuration_network_has_its_degrees_and_an_erased_one_only_misses_what_reaches_nobody_new():
    followers, followees = cascades_on_network.degrees(40)
    for seed in range(20):
        follower, followee, _ = cascades_on_network.configuration(seed, np.arange(40))
        assert np.array_equal(np.bincount(followee, minlength=40), followers)
        assert np.array_equal(np.bincount(follower, minlength=40), followees)
        assert np.all(follower != followee)
        assert len(set(zip(follower, followee, strict=True))) == follower.size
        follower, followee, wrong = cascades_on_network.matched(np.random.default_rng(seed), 40)
        one, other, _ = cascades_on_network.erased(seed, np.arange(40))
        ties = {(a, b) for a, b in zip(follower, followee, strict=True) if a != b}
        assert set(zip(one, other, strict=True)) == ties
        assert one.size == len(ties) == follower.size - wrong.sum()


# --- symmetries -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_no_rate_of_zero_is_left_out_by_its_control():
    assert np.all(symmetries.rates_of_zero(1, 5, 1.0) == 0)
    assert np.all(symmetries.rates_of_zero(1, 20, 1.1).mean(axis=0) > 0.5)


@pytest.mark.slow
def test_every_comparison_of_storage_orders_can_fail():
    assert np.all(symmetries.relabelled(1, 5, 1.0) == 0)
    assert np.all(symmetries.relabelled(1, 10, 1.1).mean(axis=0) > 1)


def test_shorter_ticks_come_closer_to_continuous_time():
    distance = np.abs(symmetries.CHECKS[2].predicted().values)
    assert np.all(distance[1:] < 0.51 * distance[:-1])
    shorter = [symmetries.limit_of_short_ticks() + sign * distance[-1] for sign in (-1, 1)]
    assert shorter[0] < 0.99 * shorter[1]


@pytest.mark.slow
def test_processes_change_no_number():
    names = ["storage-order", "dyads", "tree-distance"]
    alone, together = (verify(quick=True, only=names, jobs=jobs) for jobs in (1, 2))
    for one, other in zip(alone, together, strict=True):
        assert one.check is other.check and one.p == other.p and one.power == other.power
        np.testing.assert_array_equal(one.sample, other.sample)
