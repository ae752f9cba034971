"""Are finished runs kept when the journal is torn, runs make trouble, and two sweeps want one folder?"""

import contextlib
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest

from simulation.errors import InputError
from simulation.sweep import grid, sweep
from simulation.sweep.journal import MAGIC, Journal
from simulation.sweep.store import locked
from simulation.sweep.tables import CLOCK
from simulation.sweep.tasks import CRASHED, FAILED, OK, TIMEOUT, Result

from . import light, toys
from .support import ROOT

measured = []


def stops_after_eight(record):
    """Measure ties; Ctrl-C comes while the ninth run is measured."""
    measured.append(record.seed)
    if len(measured) == 9:
        raise KeyboardInterrupt
    return {"ties": len(record.ties)}


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


def damaged(path, at):
    """Turn one bit of a byte of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_damaged_byte_costs_its_own_run_only_wherever_it_is(tmp_path):
    path = tmp_path / "journal"
    journal = Journal(path)
    begins = []
    for run in range(3):
        begins.append(journal.end)
        journal.append(result(run))
    journal.close()
    whole = path.read_bytes()
    for at in range(begins[1], len(whole)):
        path.write_bytes(whole)
        damaged(path, at)
        last = at >= begins[2]  # what no whole frame follows looks like a tail that a kill has torn
        with contextlib.nullcontext() if last else pytest.warns(UserWarning, match="damaged; 2 runs are whole"):
            found = Journal(path)
        assert list(found.in_order()) == [result(0), result(1 if last else 2)]
        if not last:
            found.append(result(1))
        found.close()
        if not last:
            with pytest.warns(UserWarning, match="damaged; 3 runs are whole"):
                found = Journal(path)
            assert list(found.in_order()) == [result(run) for run in range(3)]
            found.close()


def test_the_mark_of_a_frame_inside_another_leads_nowhere(tmp_path):
    path = tmp_path / "journal"
    journal = Journal(path)
    for run in range(3):
        journal.append(replace(result(run), tables={"series": MAGIC * 20}))
    begin = journal.where[1][0]
    journal.close()
    damaged(path, begin + 1)
    with pytest.warns(UserWarning, match="damaged"):
        found = Journal(path)
    assert list(found.where) == [0, 2]
    found.close()


def test_what_is_damaged_while_the_journal_is_open_is_not_taken_for_a_result(tmp_path):
    journal = Journal(tmp_path / "journal")
    journal.append(result(0))
    damaged(journal.path, 40)
    with pytest.raises(OSError, match="the frame of run 0 is damaged"):
        journal.read(0)
    journal.close()


def test_a_sweep_repeats_what_was_damaged_and_says_so(tmp_path):
    about = {"ticks": 4, "settings": {"agents": 12}, "replicates": 5, "executor": "serial"}
    with pytest.raises(KeyboardInterrupt):
        sweep(grid(cost=[0.1, 0.9]), out=tmp_path / "one", measure=stops_after_eight, **about)
    whole = sweep(grid(cost=[0.1, 0.9]), out=tmp_path / "two", measure=stops_after_eight, **about)
    damaged(tmp_path / "one" / ".journal", 1000)
    before = len(measured)
    with pytest.warns(UserWarning, match="bytes between finished runs are damaged; 7 runs are whole"):
        again = sweep(grid(cost=[0.1, 0.9]), out=tmp_path / "one", measure=stops_after_eight, **about)
    assert len(measured) == before + 3
    clock = list(CLOCK)
    pd.testing.assert_frame_equal(again.runs.drop(columns=clock), whole.runs.drop(columns=clock), check_exact=True)


def test_a_retry_replaces_what_failed(tmp_path):
    journal = Journal(tmp_path / "journal")
    journal.append(result(0, FAILED))
    assert (journal.has(0), journal.has(0, retry=True), journal.has(1), journal.failures()) == (True, False, False, 1)
    journal.append(result(0))
    assert (journal.failures(), journal.read(0).status) == (0, OK)
    journal.close()


def test_one_bad_run_does_not_harm_the_others():
    done = toys.pooled(light.trouble, range(10), time_limit=0.5)
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
