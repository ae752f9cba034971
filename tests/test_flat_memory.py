"""Does memory stay flat, over a long run and over many models in one process?

Two accounts: what Python and numpy have allocated (tracemalloc), and what the system sees (resident size), which also
hears of what compiled code forgets to free. Both are taken after a warm-up.
"""

import gc
import tracemalloc

import pytest

from simulation import FollowerModel, Run, compiled, open_world
from simulation.bench.processes import status_bytes

RESIDENT = 12 * 2**20  # bytes by which the resident size may grow: allocators keep some of what they are given back


@pytest.fixture(autouse=True)
def _compiled():
    if compiled.interpreting():
        pytest.skip("interpreted, so many ticks take minutes")


def growth(step, times, warm_up):
    """Return by how many bytes (traced, resident) memory grows while a step is repeated."""
    for number in range(warm_up):
        step(number)
    gc.collect()
    tracemalloc.start()
    try:
        step(0)
        gc.collect()
        traced, resident = tracemalloc.get_traced_memory()[0], status_bytes("VmRSS")
        for number in range(times):
            step(number)
        gc.collect()
        more = status_bytes("VmRSS")
        return tracemalloc.get_traced_memory()[0] - traced, 0 if resident is None else more - resident
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_a_long_run():
    run = Run(open_world(agents=50, introducing=0.05), seed=1)
    ticks, stretch = 10_000, 500
    traced, resident = growth(lambda number: run.advance(stretch), ticks // stretch, 2)
    row = run.series[0][0].nbytes  # the series itself is what a run leaves: one row a tick
    assert traced <= 1.1 * row * ticks + 2**17
    assert resident <= RESIDENT + row * ticks


@pytest.mark.slow
def test_five_hundred_models():
    def one(number):
        Run(open_world(agents=100), seed=number).advance(3).record().series  # noqa: B018
        if number % 2:
            model = FollowerModel(agents=40, seed=number)
            model.step()

    traced, resident = growth(one, 500, 40)
    assert traced <= 2**18
    assert resident <= RESIDENT


@pytest.mark.slow
def test_a_leak_is_noticed():
    held = []  # far more than what earlier tests may have left free in this process; written, so that it is resident
    traced, resident = growth(lambda number: held.append(b"x" * 2**20), 200, 2)
    assert traced > 200 * 2**20
    if status_bytes("VmRSS") is not None:
        assert resident > RESIDENT
