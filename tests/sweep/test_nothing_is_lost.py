"""Is the table the same, whatever was killed, and would the test notice a store that is wrong?"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simulation.errors import InputError
from simulation.sweep.journal import Journal
from simulation.sweep.store import locked
from simulation.sweep.tasks import CRASHED, FAILED, OK, TIMEOUT, Result

from . import toys

ROOT = Path(__file__).parents[2]
COUNT = 600


def start(folder, store="right", pause=0.004):
    command = [sys.executable, "-m", "tests.sweep.toys", str(folder), str(COUNT), str(pause), store]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def children(pid):
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in found.read_text().split()] if found.exists() else []


def size_of_journal(folder):
    return sum(each.stat().st_size for each in folder.glob(".journal*"))


def kill_and_resume(folder, kills, store="right", seed=1):
    """Kill the sweep, or one of its workers first, at random moments while runs finish; go on, return the table."""
    folder.mkdir()
    rng = random.Random(seed)
    for number in range(kills):
        process = start(folder, store)
        before, patience = size_of_journal(folder), time.monotonic() + 30
        while size_of_journal(folder) <= before and process.poll() is None and time.monotonic() < patience:
            time.sleep(0.005)
        time.sleep(rng.uniform(0.0, 0.08))
        victims = children(process.pid) if number % 2 else []
        for victim in [rng.choice(victims)] if victims else []:
            os.kill(victim, signal.SIGKILL)
            time.sleep(0.2)
        process.kill()
        process.communicate()
        assert not (folder / "table.json").exists(), "it had ended before it was killed: no test of resuming"
        assert size_of_journal(folder) > before, "it was killed before any run had finished"
    process = start(folder, store, pause=0.0)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return json.loads((folder / "table.json").read_text())


@pytest.mark.slow
def test_kills_at_random_moments_change_nothing(tmp_path):
    expected = [toys.square(row) for row in range(COUNT)]
    assert kill_and_resume(tmp_path / "killed", kills=5) == expected
    assert [each.name for each in (tmp_path / "killed").iterdir() if each.name.startswith(".journal")] == []


@pytest.mark.slow
@pytest.mark.parametrize("store", ["forgetful", "shifted"])
def test_a_wrong_store_makes_that_test_fail(tmp_path, store):
    expected = [toys.square(row) for row in range(COUNT)]
    with pytest.raises((AssertionError, json.JSONDecodeError)):
        assert kill_and_resume(tmp_path / "killed", kills=2, store=store) == expected


def result(run, status=OK):
    return Result(run, status, {"x": run / 7}, {"series": bytes(range(run))}, "why", "", 0.5, "w")


def test_a_journal_torn_at_any_byte_keeps_all_whole_frames(tmp_path):
    path = tmp_path / "journal"
    journal = Journal(path)
    ends = []
    for run in range(5):
        journal.append(result(run))
        ends.append(journal.end)
    journal.close()
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        torn = Journal(path)
        kept = sum(end <= size for end in ends)
        assert list(torn.in_order()) == [result(run) for run in range(kept)]
        assert path.stat().st_size == (ends[kept - 1] if kept else 0)
        torn.file.close()


def test_a_damaged_byte_is_noticed(tmp_path):
    path = tmp_path / "journal"
    journal = Journal(path)
    for run in range(3):
        journal.append(result(run))
    journal.close()
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    damaged = Journal(path)
    assert set(damaged.where) == {0, 1}
    damaged.close()


def test_a_retry_replaces_what_failed(tmp_path):
    journal = Journal(tmp_path / "journal")
    journal.append(result(0, FAILED))
    assert (journal.has(0), journal.has(0, retry=True), journal.has(1), journal.failures()) == (True, False, False, 1)
    journal.append(result(0))
    assert (journal.failures(), journal.read(0).status) == (0, OK)
    journal.close()


def test_one_bad_run_does_not_harm_the_others():
    done = toys.pooled(toys.trouble, range(10), time_limit=0.5)
    assert {run: each.status for run, each in done.items()} == {
        **dict.fromkeys(range(10), OK), 3: FAILED, 5: TIMEOUT, 7: CRASHED,
    }  # fmt: skip
    assert "ValueError: three" in done[3].error
    assert "Traceback" in done[3].error
    assert "SIGKILL" in done[7].ended


def test_a_folder_in_use_is_refused(tmp_path):
    code = "import sys,time;from pathlib import Path;from simulation.sweep.store import locked\n"
    code += f"with locked(Path({str(tmp_path)!r})): print('held', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another sweep"), locked(tmp_path):
            pass
        process.kill()
        process.wait()
        with locked(tmp_path):  # its holder is dead
            pass
    finally:
        process.kill()
        process.communicate()
