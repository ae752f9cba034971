"""Does the command cope with runs that raise, hang and die, a full disk, a reboot and a second sweep?"""

import os
import shutil
import signal
import sys
import time

import pytest

from simulation.sweep import load

from .support import assert_same, children, command, finished, kill, size_of_journal, tables, wait_until

pytestmark = pytest.mark.slow
SWEEP = ("sweep", "open_world", "--vary", "generosity=0.2,0.8", "--set", "agents=20", "--ticks", 4, "--replicates", 60,
         "--keep", "series", "--seed", 3, "--jobs", 1)  # fmt: skip
NAMES = ("runs", "series")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweeps") / "whole"
    finished(command(*SWEEP, "--out", folder))
    return tables(folder, NAMES)


def test_runs_that_raise_hang_and_die_are_rows_and_are_tried_again(tmp_path):
    words = ("sweep", "open_world", "--vary", "cost=0.1:0.8:8", "--set", "agents=20", "--ticks", 4, "--jobs", 2,
             "--measure", "tests.sweep.toys:troubled_ties", "--time-limit", 3)  # fmt: skip
    said = finished(command(*words, "--out", tmp_path / "sweep"), status=1)
    assert "8 runs, 3 failed" in said and "the first that failed is run 2: ValueError: three" in said
    runs = load(tmp_path / "sweep").runs
    assert runs["status"].tolist() == ["ok", "ok", "failed", "ok", "timeout", "ok", "crashed", "ok"]
    assert "Traceback" in runs["error"][2] and "SIGKILL" in runs["ended"][6] and "time limit" in runs["ended"][4]
    assert "3 failed" in finished(command(*words, "--out", tmp_path / "sweep"), status=1)  # nothing is tried again
    mended = {**os.environ, "MENDED": str(tmp_path)}
    said = finished(command(*words, "--out", tmp_path / "sweep", "--retry-failed", env=mended))
    assert "8 runs, 0 failed" in said
    finished(command(*words, "--out", tmp_path / "other", env=mended))
    assert_same(tables(tmp_path / "sweep", ["runs"]), tables(tmp_path / "other", ["runs"]))


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files")
@pytest.mark.parametrize("size", [500, 30_000])  # of a file: the design's, the journal's
def test_a_full_disk(tmp_path, whole, size):
    import resource

    folder = tmp_path / "sweep"
    full = command(*SWEEP, "--out", folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    said = finished(full, status=1)
    assert "File too large" in said and "Traceback" not in said
    assert "finished runs are kept: the same command goes on from here" in said
    assert (" 0 finished runs" in said) == (size == 500)
    assert (size_of_journal(folder) > 0) == (size > 500)
    finished(command(*SWEEP, "--out", folder))
    assert_same(tables(folder, NAMES), whole)


def test_what_a_dead_machine_leaves_is_in_nobodys_way(tmp_path, whole):
    folder = tmp_path / "sweep"
    process = command(*SWEEP, "--out", folder, pause=0.1)
    assert wait_until(lambda: size_of_journal(folder) > 5000, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    with (folder / ".journal").open("ab") as journal:
        journal.write(bytes(4096))  # a block that the file system had promised and not written
    (folder / ".design.json.new").write_text('{"pl')
    (folder / ".writing-0123abcd").mkdir()
    (folder / ".writing-0123abcd" / "runs.parquet").write_bytes(b"PAR1")
    moved = tmp_path / "moved"  # a lock is the system's own: a copied folder has none
    shutil.copytree(folder, moved)
    finished(command(*SWEEP, "--out", moved))
    assert_same(tables(moved, NAMES), whole)
    assert not any(moved.glob(".writing-*"))


def test_workers_end_with_their_sweep(tmp_path):
    process = command(*SWEEP, "--jobs", 2, "--out", tmp_path / "sweep", pause=0.1)
    assert wait_until(lambda: size_of_journal(tmp_path / "sweep") > 0, process)
    workers = children(process.pid)
    kill(process.pid)
    process.communicate()
    end = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{worker}") for worker in workers) and time.monotonic() < end:
        time.sleep(0.05)
    assert workers and not any(os.path.exists(f"/proc/{worker}") for worker in workers)


def test_a_second_sweep_is_refused_or_waits(tmp_path, whole):
    folder = tmp_path / "sweep"
    first = command(*SWEEP, "--out", folder, pause=0.5)
    assert wait_until(lambda: size_of_journal(folder) > 0, first)
    assert "is being written by another sweep" in finished(command(*SWEEP, "--out", folder), status=2)
    assert "running" in finished(command("status", folder))
    waiting = command(*SWEEP, "--out", folder, "--wait")
    kill(first.pid, signal.SIGINT)
    assert "finished runs are kept: the same command goes on from here" in finished(first, status=130)
    assert "120 runs, 0 failed" in finished(waiting)
    assert_same(tables(folder, NAMES), whole)


def test_another_sweeps_folder_is_refused_with_the_difference(tmp_path):
    words = ("sweep", "open_world", "--set", "agents=20", "--ticks", 4, "--out", tmp_path, "--vary")
    finished(command(*words, "cost=0.1,0.9"))
    said = finished(command(*words, "cost=0.1,0.8"), status=2)
    assert "holds another sweep" in said and "plan.design.points: [[0.1], [0.9]] there, [[0.1], [0.8]] here" in said
