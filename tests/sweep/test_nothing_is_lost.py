"""Are finished runs kept when the journal is torn, runs make trouble, and two sweeps want one folder?"""

import subprocess
import sys

import pytest

from simulation.errors import InputError
from simulation.sweep.journal import Journal
from simulation.sweep.store import locked
from simulation.sweep.tasks import CRASHED, FAILED, OK, TIMEOUT, Result

from . import toys
from .support import ROOT


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
