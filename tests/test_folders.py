import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from simulation import (
    InputError,
    Keep,
    Record,
    folders,
    open_world,
    simulate,
    stored,
)
from tests.records import changing, content, same_tables


@pytest.fixture(scope="module")
def changed():
    return simulate(ticks=12, **changing())


def test_a_record_replaces_a_record_and_only_that(changed, tmp_path):
    changed.save(tmp_path, checkpoint=True)
    (tmp_path / "notes.txt").write_text("mine")
    other = simulate(open_world(agents=4), ticks=2, seed=1, compile=False)
    other.save(tmp_path)
    same_tables(Record.load(tmp_path), other)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "agents.parquet", "notes.txt", "provenance.json", "series.parquet", "start.parquet", "ties.parquet",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [("thesis.txt", "x"), ("provenance.json", "{}"), ("provenance.json", "not JSON"), ("series.parquet", "x"),
     ("provenance.json", '{"files": {"../precious": {"bytes": 1, "sha256": ""}}}')],
)  # fmt: skip
def test_a_folder_with_something_else_is_refused(changed, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=f"holds '{name}' but no record; allowed: a new or empty folder") as refusal:
        changed.save(tmp_path)
    assert "\n" not in str(refusal.value)
    assert content(tmp_path) == {name: text.encode()}


def test_a_file_in_the_way(changed, tmp_path):
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(InputError, match=r"cannot be written: .*; allowed: a folder that you may write to"):
            changed.save(folder)
    changed.save(tmp_path / "good")
    (tmp_path / "good" / "ties.parquet").unlink()
    (tmp_path / "good" / "ties.parquet").mkdir()
    with pytest.raises(InputError, match=r"ties\.parquet' is a folder"):
        changed.save(tmp_path / "good")
    assert content(tmp_path)["file"] == b"x"


def test_a_folder_that_cannot_be_written(changed, tmp_path, monkeypatch):
    def refuse(self, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(InputError, match="cannot be written: Permission denied; allowed: a folder that you may write"):
        changed.save(tmp_path / "locked")
    assert not (tmp_path / "locked").exists()


@pytest.mark.parametrize("full_at", range(7))
@pytest.mark.parametrize("there_before", [False, True])
def test_a_full_disk_leaves_what_was_there(changed, tmp_path, monkeypatch, full_at, there_before):
    folder = tmp_path / "record"
    if there_before:
        simulate(open_world(agents=4), ticks=2, seed=1, compile=False).save(folder)
    before, written, make_durable = content(tmp_path), [], folders.make_durable

    def fill(path):
        written.append(path)
        if len(written) > full_at:
            Path(path).write_bytes(b"half") if Path(path).is_file() else None
            raise OSError(errno.ENOSPC, "No space left on device")
        make_durable(path)

    monkeypatch.setattr(folders, "make_durable", fill)
    with pytest.raises(OSError, match="cannot be written: No space left on device; nothing in it has changed") as full:
        changed.save(folder, checkpoint=True)
    assert "\n" not in str(full.value) and str(folder) in str(full.value)
    assert content(tmp_path) == before
    assert folder.exists() == there_before and (not there_before or Record.load(folder).ticks == 2)


def test_a_full_disk_while_a_table_is_written(changed, tmp_path, monkeypatch):
    def fill(table, path):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stored, "_write_table", fill)
    with pytest.raises(OSError, match="No space left on device; nothing in it has changed"):
        changed.save(tmp_path / "record")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stop_at", range(5))
def test_a_save_that_stops_while_files_move_is_read_and_finished(changed, tmp_path, monkeypatch, stop_at):
    simulate(open_world(agents=4), ticks=2, seed=1, compile=False, keep=Keep(feeds=True)).save(tmp_path)
    moved, replace = [], Path.replace

    def move(self, target):
        moved.append(target)
        if len(moved) > stop_at:
            raise OSError(errno.EIO, "Input/output error")
        return replace(self, target)

    record = simulate(open_world(agents=5), ticks=3, seed=1, compile=False)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", move)
        with pytest.raises(OSError, match=r"the new files are in its \.complete"):
            record.save(tmp_path)
    same_tables(Record.load(tmp_path), record)  # the rename that declares it complete had happened
    changed.save(tmp_path)
    same_tables(Record.load(tmp_path), changed)
    assert not any(path.name.startswith(".") for path in tmp_path.iterdir())


SAVER = """
import sys
from simulation import Keep, open_world, simulate
records = [simulate(open_world(agents=20 + 10 * odd), ticks=3 + odd, seed=1, compile=False, keep=Keep(ledger=odd == 1))
           for odd in (0, 1)]
print("ready", flush=True)
while True:
    for odd in (0, 1):
        records[odd].save(sys.argv[1], checkpoint=odd == 0)
"""


@pytest.mark.slow
def test_a_killed_process_leaves_the_old_record_or_the_new_one(tmp_path):
    random = np.random.default_rng(7)
    for odd in (0, 1):
        simulate(open_world(agents=20 + 10 * odd), ticks=3 + odd, seed=1, compile=False,
                 keep=Keep(ledger=odd == 1)).save(tmp_path / f"{odd}")  # fmt: skip
    whole = [Record.load(tmp_path / f"{odd}") for odd in (0, 1)]
    folder, seen = tmp_path / "record", set()
    whole_before = False
    for _ in range(8):
        saver = subprocess.Popen([sys.executable, "-c", SAVER, str(folder)], stdout=subprocess.PIPE)
        assert saver.stdout.readline() == b"ready\n"
        time.sleep(0.02 + random.uniform(0, 0.25))
        os.kill(saver.pid, signal.SIGKILL)
        saver.wait()
        saver.stdout.close()
        if not whole_before and not (folder / "provenance.json").exists() and not (folder / ".complete").exists():
            with pytest.raises(InputError, match=r"does not exist|holds no record"):
                Record.load(folder)
            continue
        whole_before = True
        read = Record.load(folder)
        odd = read.ticks - 3
        same_tables(read, whole[odd])
        assert read.has_checkpoint == (odd == 0)
        seen |= {path.name for path in folder.iterdir() if path.name.startswith(".")}
    assert whole_before
    whole_again = simulate(open_world(agents=4), ticks=2, seed=1, compile=False)
    whole_again.save(folder)
    same_tables(Record.load(folder), whole_again)
    assert not any(path.name.startswith(".") for path in folder.iterdir())


class Killed(BaseException):
    pass


class Killer:
    """Stops this process's work in a folder after some steps, and whatever would clear up after that."""

    STEPS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree")
    folder, steps = "", 0

    @classmethod
    def hear(cls, event, arguments):
        if cls.folder and event in cls.STEPS and cls.folder in str(arguments):
            cls.steps -= 1
            if cls.steps < 0:
                raise Killed


sys.addaudithook(Killer.hear)


@pytest.mark.slow
def test_every_moment_of_a_save_can_be_the_last(changed, tmp_path):
    small = simulate(open_world(agents=4), ticks=2, seed=1, compile=False, keep=Keep(ledger=True))
    found, killed = [], True
    while killed:
        folder = tmp_path / f"record-{len(found)}"
        small.save(folder)
        Killer.folder, Killer.steps = str(folder), len(found)
        try:
            changed.save(folder)
            killed = False
        except Killed:
            pass
        finally:
            Killer.folder = ""
        read = Record.load(folder)
        same_tables(read, small if read.ticks == 2 else changed)
        found.append(read.ticks)
        small.save(folder)
        same_tables(Record.load(folder), small)
        assert not any(path.name.startswith(".") for path in folder.iterdir())
    assert set(found) == {2, 12} and found == sorted(found) and len(found) > 30
