"""Are the engine and the naive model the same model? Both are run on the same worlds and compared after every tick.

Worlds and parameters are drawn at random, and chosen where something is zero, extreme or rare. A longer search:
``HYPOTHESIS_PROFILE=thorough``.
"""

import numpy as np
import pytest
from hypothesis import given

from simulation import Parameters, compiled, engine, network, open_world
from simulation.record import Keep
from simulation.run import Run
from tests.reference.cases import CORNERS, LIVELY, cases, examples
from tests.reference.compare import Case, Naive, assert_same_bits, blocks_of, compare


@given(cases())
@examples(300)
def test_engine_and_naive_model_agree(case):
    compare(case)


@given(cases(ticks=4))
@examples(12)
def test_blocks_of_readers_change_nothing(case):
    with blocks_of(2):
        compare(case)


@given(cases(ticks=4))
@examples(25)
def test_parts_of_the_agents_change_nothing(case):
    with blocks_of(1):
        one, other = case.run().advance(case.ticks), case.run(threads=3, check=True).advance(case.ticks)
        assert_same_bits(one, other)


@pytest.mark.parametrize("name", CORNERS)
def test_corner(name):
    case, shows = CORNERS[name]
    seen = compare(case)
    assert all(seen[what] for what in shows), f"this corner does not show {[what for what in shows if not seen[what]]}"


def test_ties_that_find_no_room_begin_once_there_is_some(monkeypatch):
    waiting, with_room = [], engine.with_room

    def watched(lists, done, number):
        waiting.append(any((done > 0) & (done < number)))
        return with_room(lists, done, number)

    def run(**how):
        return Run(open_world(agents=60, followees=2), Parameters(**LIVELY), seed=1, compile=False, **how).advance(8)

    known = run()
    with blocks_of(8), monkeypatch.context() as patch:
        patch.setattr(network, "SPARE", 0)
        patch.setattr(engine, "with_room", watched)
        assert_same_bits(run(threads=3, check=True), known)
    assert 3 < sum(waiting) < len(waiting)


def test_long_feeds_are_long():
    assert compare(CORNERS["long feeds"][0])["longest feed"] > 41


@pytest.mark.slow
def test_several_blocks_of_readers():
    slots, givers = 4100, [5, 4090, 4099]
    rate, generosity = np.zeros(slots), np.zeros(slots)
    rate[givers], generosity[givers] = 3.0, 1.0
    ties = tuple((u, g, u % 3 == 0) for g in givers for u in range(3, 4100, 137) if u != g)
    people = {"find_rate": rate, "generosity": generosity, "group": np.arange(slots) % 3}
    case = Case(4098, slots, people, ties, LIVELY | {"encounters": 4.0, "arrivals": 1, "departure": 0.001}, ticks=2)
    with blocks_of(4096, some=512):
        seen = compare(case)
    assert seen["follow_encounter"] and seen["kind 1"] and seen["departed"]


# ---- the comparison can fail -----------------------------------------------------------------------------------------


class Forgetful(Naive):
    def remember(self, agent, name):
        pass


class Rude(Naive):
    def answers(self, follower, followee, ties):
        return False


class Generous(Naive):
    def attention_left(self, agent):
        return self.attributes["attention"][agent]


class Grudging(Naive):
    def grievance(self, reading):
        return -2


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Forgetful, "memory 16"),
        (Rude, "every follow is answered"),
        (Generous, "giving costs fractions"),
        (Grudging, "everyone generous"),
    ],
)
def test_another_model_is_noticed(kind, name):
    case, _ = CORNERS[name]
    compare(case, case.naive(Naive))
    with pytest.raises(AssertionError, match=r"tick \d, \w+"):
        compare(case, case.naive(kind))


# ---- interpreted and compiled ----------------------------------------------------------------------------------------


def assert_compiled_alike(case):
    """The same sources, interpreted and compiled, leave the same bits."""
    one, other = case.run().advance(3), case.run(compile=True).advance(3)
    assert other.engine.compiled and not one.engine.compiled
    assert_same_bits(one, other)


compiling = pytest.mark.skipif(compiled.interpreting(), reason="compilation is switched off")


@compiling
@pytest.mark.parametrize("name", CORNERS)
def test_corner_compiled(name):
    assert_compiled_alike(CORNERS[name][0])


@compiling
@pytest.mark.slow
@given(cases())
@examples(40)
def test_random_worlds_compiled(case):
    assert_compiled_alike(case)


@compiling
@pytest.mark.slow
@pytest.mark.parametrize("threads", [2, 3])
def test_threads_compiled(threads):
    world = open_world(agents=49_000, introducing=0.1, group=np.arange(50_000) % 3, identity=np.arange(50_000) % 2)
    settled = Parameters(capacity=50_000, arrivals=20, departure=0.001, homophily=0.3, follow_back=0.4)
    one, other = (Run(world, settled, seed=5, keep=Keep(ledger=True, feeds=True), threads=n) for n in (1, threads))
    one.advance(4)
    other.advance(3).advance(1).check_state()
    assert_same_bits(one, other)
