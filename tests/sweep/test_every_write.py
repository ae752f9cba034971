"""Is nothing lost if the process dies, or the disk is full, at any one place at which something is written?

Every operation that changes the disk is counted; the sweep is done once for each, and stopped there. Then it goes on
undisturbed, and its tables must be those of a sweep that was never stopped.
"""

import errno
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from simulation.errors import InputError
from simulation.sweep import grid, sweep, sweeping

from . import toys
from .support import assert_same, tables

CHANGING = ("fsync", "rename", "replace", "unlink", "rmdir", "mkdir", "ftruncate")  # functions of os
RUNS = 4


class Killed(BaseException):
    """The process is dead: nothing catches it, and whatever it tries afterwards does not happen either."""


class Disk:
    """Lets so many operations pass; then the process is dead, or nothing can be written."""

    def __init__(self, monkeypatch, dies):
        self.left, self.dies, self.stopped = None, dies, False
        for name in CHANGING:
            monkeypatch.setattr(os, name, self.guarded(getattr(os, name), frees=name in ("unlink", "rmdir")))
        monkeypatch.setattr(pq.ParquetWriter, "write_table", self.guarded(pq.ParquetWriter.write_table))
        monkeypatch.setattr(Path, "write_text", self.guarded(Path.write_text))
        opened = Path.open
        monkeypatch.setattr(Path, "open", lambda path, mode="r", *a, **k: self.file(opened(path, mode, *a, **k), mode))

    def pass_or_stop(self, frees=False):
        if self.left is None:  # nothing is wrong
            return
        if self.left > 0 and not self.stopped:
            self.left -= 1
            return
        if self.dies:
            self.stopped = True
            raise Killed
        if not frees:  # on a full disk files can still be removed
            self.stopped = True
            raise OSError(errno.ENOSPC, "No space left on device")

    def guarded(self, function, frees=False):
        def changed(*arguments, **more):
            self.pass_or_stop(frees)
            return function(*arguments, **more)

        return changed

    def file(self, file, mode):
        return Guarded(file, self) if set(mode) & set("wa+") else file


class Guarded:
    """An open file of which a write that stops has already put half of the data onto the disk."""

    def __init__(self, file, disk):
        self.file, self.disk = file, disk

    def write(self, data):
        try:
            self.disk.pass_or_stop()
        except BaseException:
            if not self.file.closed:
                self.file.write(data[: len(data) // 2])
                self.file.flush()
            raise
        return self.file.write(data)

    def truncate(self, size):
        if self.disk.dies:
            self.disk.pass_or_stop()
        return self.file.truncate(size)

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


measured = []


def counted(record):
    measured.append(record.seed)
    last = record.series.iloc[-1]
    return {"ties": int(last["ties"]), "found": int(last["found"]), "gini": float(last["followers_gini"])}


def do(folder):
    about = {"replicates": RUNS // 2, "ticks": 2, "settings": {"agents": 8}, "keep": ["series", "agents"]}
    return sweep(grid(find_rate=[0.5, 2.0]), measure=counted, executor="serial", out=folder, **about)


@pytest.fixture
def expected(tmp_path):
    do(tmp_path / "expected")
    measured.clear()
    return tables(tmp_path / "expected")


def was_stopped(disk, folder, place):
    """Do the sweep on a disk that stops at an operation; return whether it came so far."""
    disk.left, disk.stopped = place, False
    try:
        do(folder)
    except (Killed, OSError, InputError):
        pass
    finally:
        disk.left = None
    return disk.stopped


def stopped_at_every_place(disk, tmp_path, expected):
    """Stop the sweep at its first, second, ... operation, go on, and compare; return at how many places."""
    place = 0
    while was_stopped(disk, folder := tmp_path / str(place), place):
        do(folder)
        assert_same(tables(folder), expected)
        assert len(measured) <= RUNS + 1, "a run that was finished was done again"
        assert {each.name for each in folder.iterdir()} == {
            ".lock", "agents.parquet", "design.json", "provenance.json", "runs.parquet", "series.parquet",
        }  # fmt: skip
        measured.clear()
        place += 1
    return place


def test_dead_at_any_place(tmp_path, monkeypatch, expected):
    assert stopped_at_every_place(Disk(monkeypatch, dies=True), tmp_path, expected) > 30


def test_full_at_any_place(tmp_path, monkeypatch, expected):
    assert stopped_at_every_place(Disk(monkeypatch, dies=False), tmp_path, expected) > 30


@pytest.mark.parametrize("store", ["losing", "doubling", "shifted"])
def test_a_wrong_store_makes_that_comparison_fail(tmp_path, monkeypatch, expected, store):
    monkeypatch.setattr(sweeping, "Journal", toys.STORES[store])
    with pytest.raises(AssertionError, match=r"(runs|series|agents).* are different"):
        stopped_at_every_place(Disk(monkeypatch, dies=True), tmp_path, expected)
