"""Does the command cope with runs that raise, hang and die, a full disk, a reboot and a second sweep?"""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from simulation.sweep import load

from .support import assert_same, children, command, finished, here, kill, size_of_journal, tables, wait_until

pytestmark = pytest.mark.slow
SWEEP = ("sweep", "open_world", "--vary", "generosity=0.2,0.8", "--set", "agents=20", "--ticks", 4, "--replicates", 60,
         "--keep", "series", "--seed", 3, "--jobs", 1)  # fmt: skip
NAMES = ("runs", "series")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweeps") / "whole"
    here(*SWEEP, "--out", folder)
    return tables(folder, NAMES)


def test_runs_that_raise_hang_and_die_are_rows_and_are_tried_again(tmp_path, monkeypatch):
    words = ("sweep", "open_world", "--vary", "cost=0.1:0.8:8", "--set", "agents=20", "--ticks", 4,
             "--measure", "tests.sweep.toys:troubled_ties")  # fmt: skip
    said = finished(command(*words, "--out", tmp_path / "sweep", "--time-limit", 1, "--jobs", 2), status=1)
    assert "8 runs, 3 failed" in said and "the first that failed is run 2: ValueError: three" in said
    runs = load(tmp_path / "sweep").runs
    assert runs["status"].tolist() == ["ok", "ok", "failed", "ok", "timeout", "ok", "crashed", "ok"]
    assert "Traceback" in runs["error"][2] and "SIGKILL" in runs["ended"][6] and "time limit" in runs["ended"][4]
    assert "3 failed" in here(*words, "--out", tmp_path / "sweep", status=1)  # nothing is tried again
    monkeypatch.setenv("MENDED", str(tmp_path))
    assert "8 runs, 0 failed" in here(*words, "--out", tmp_path / "sweep", "--retry-failed", "--jobs", 1)
    here(*words, "--out", tmp_path / "other", "--jobs", 1)
    assert_same(tables(tmp_path / "sweep", ["runs"]), tables(tmp_path / "other", ["runs"]))


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files")
@pytest.mark.parametrize("size", [500, 30_000])  # of a file: the design's, the journal's
def test_files_that_may_not_grow(tmp_path, whole, size):
    import resource

    folder = tmp_path / "sweep"
    full = command(*SWEEP, "--out", folder, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    said = finished(full, status=1)
    assert "File too large" in said and "Traceback" not in said
    assert "finished runs are kept: the same command goes on from here" in said
    assert (" 0 finished runs" in said) == (size == 500)
    assert (size_of_journal(folder) > 0) == (size > 500)
    here(*SWEEP, "--out", folder)
    assert_same(tables(folder, NAMES), whole)


@pytest.fixture
def disk(tmp_path):
    """Give a disk of 64 kB, and what makes it larger."""
    place = tmp_path / "disk"
    place.mkdir()

    def mount(options):
        line = ["mount", "-t", "tmpfs", "-o", options, "none", place]
        return subprocess.run(line, capture_output=True, check=False).returncode

    if shutil.which("mount") is None or mount("size=64k"):
        pytest.skip("no disk can be mounted: only root may")
    try:
        yield place, lambda: mount("remount,size=4m")
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk(disk, whole):
    """A real one: the journal fills it, and what is there stays, as a further attempt shows, until there is room."""
    place, enlarge = disk
    folder = place / "sweep"
    for _ in range(2):
        said = here(*SWEEP, "--out", folder, status=1)
        assert "No space left on device" in said and "Traceback" not in said
        assert "finished runs are kept: the same command goes on from here" in said
    finished_runs = int(here("status", folder).split(" of 120 runs")[0].split()[-1])
    assert 5 < finished_runs < 120
    assert enlarge() == 0
    here(*SWEEP, "--out", folder)
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
    here(*SWEEP, "--out", moved)
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
    assert "is being written by another sweep" in here(*SWEEP, "--out", folder, status=2)
    assert "running" in here("status", folder)
    waiting = command(*SWEEP, "--out", folder, "--wait")
    kill(first.pid, signal.SIGINT)
    assert "finished runs are kept: the same command goes on from here" in finished(first, status=130)
    assert "120 runs, 0 failed" in finished(waiting)
    assert_same(tables(folder, NAMES), whole)


def test_another_sweeps_folder_is_refused_with_the_difference(tmp_path):
    words = ("sweep", "open_world", "--set", "agents=20", "--ticks", 4, "--out", tmp_path, "--vary")
    here(*words, "cost=0.1,0.9")
    said = here(*words, "cost=0.1,0.8", status=2)
    assert "holds another sweep" in said and "  point 1: cost 0.9 there, cost 0.8 here\n" in said
    said = here(*words, "cost=0:1:100", status=2)
    assert "  points: 2 there, 100 here\n  point 0: cost 0.1 there, cost 0.0 here\n" in said
