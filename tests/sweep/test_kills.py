"""Do the command's tables stay the same to the last bit, whatever is killed, and would a wrong store be noticed?"""

import random
import signal
import time

import pytest

from simulation.sweep import sweeping

from . import toys
from .support import assert_same, children, command, finished, here, kill, size_of_journal, tables, wait_until

POINTS, REPLICATES = 6, 50
SWEEP = ("sweep", "open_world", "--vary", "generosity=0.2,0.8", "--vary", "cost=0.1:0.9:3", "--set", "agents=25",
         "--ticks", 8, "--replicates", REPLICATES, "--keep", "series", "--keep", "agents", "--seed", 5)  # fmt: skip
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweeps") / "whole"
    here(*SWEEP, "--out", folder, "--jobs", 2)
    found = tables(folder)
    assert [len(found[name]) for name in ("runs", "series", "agents")] == [
        POINTS * REPLICATES, 8 * POINTS * REPLICATES, 25 * POINTS * REPLICATES,
    ]  # fmt: skip
    return found


def kill_again_and_again(folder, kills, store="right", seed=1):
    """Kill the sweep, or first one of its workers, at random moments while runs finish.

    Every other time there are two workers, else none: what one has left the other goes on from.
    """
    rng = random.Random(seed)
    for number in range(kills):
        process = command(*SWEEP, "--out", folder, "--jobs", 1 + number % 2, store=store, pause=0.1)
        before = size_of_journal(folder)
        assert wait_until(lambda before=before: size_of_journal(folder) > before, process), finished(process, -1)
        time.sleep(rng.uniform(0.0, 0.1))
        if number % 2:
            kill(rng.choice(children(process.pid)))
            time.sleep(rng.uniform(0.0, 0.1))
        kill(process.pid, signal.SIGINT if number % 3 == 2 else signal.SIGKILL)
        process.communicate(timeout=30)
        assert process.returncode == (130 if number % 3 == 2 else -signal.SIGKILL), "it had ended before"
        assert size_of_journal(folder) > before
        assert not (folder / "provenance.json").exists(), "it had finished before: no test of resuming"


def test_kills_at_random_moments_change_no_bit(tmp_path, uninterrupted):
    folder = tmp_path / "killed"
    kill_again_and_again(folder, kills=9)
    here(*SWEEP, "--out", folder, "--jobs", 1)
    assert_same(tables(folder), uninterrupted)
    assert {each.name for each in folder.iterdir() if each.name != ".lock"} == {
        "agents.parquet", "design.json", "provenance.json", "runs.parquet", "series.parquet",
    }  # fmt: skip


@pytest.mark.parametrize("store", ["losing", "doubling", "shifted"])
def test_a_wrong_store_makes_that_comparison_fail(tmp_path, monkeypatch, uninterrupted, store):
    folder = tmp_path / "killed"
    kill_again_and_again(folder, kills=1, store=store)
    monkeypatch.setattr(sweeping, "Journal", toys.STORES[store])
    here(*SWEEP, "--out", folder, "--jobs", 1)
    with pytest.raises(AssertionError, match=r"(runs|series|agents).* are different"):
        assert_same(tables(folder), uninterrupted)


def test_killed_while_the_final_tables_are_written(tmp_path, uninterrupted):
    folder = tmp_path / "killed"
    process = command(*SWEEP, "--out", folder, "--jobs", 1)
    assert wait_until(lambda: any(folder.glob(".writing-*/*.parquet")), process)
    kill(process.pid)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert size_of_journal(folder) > 0
    here(*SWEEP, "--out", folder)
    assert_same(tables(folder), uninterrupted)
    assert not any(folder.glob(".writing-*"))
