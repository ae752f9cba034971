"""How are finished runs kept while others are still running, whatever kills the process?

One file grows by one frame per finished run: a header of fixed size, what became of the run as JSON, and its tables.
A frame counts only when it is whole and its checksum is right; a tail that a kill or a full disk has torn is cut off.
Of two frames of one run the later one counts.
"""

from __future__ import annotations

import json
import os
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .places import Places
from .tasks import STATUSES, Result, plain

HEADER = struct.Struct("<4sBQIId")  # magic, status, run, bytes that follow, their crc32, when
MAGIC = b"CRJ1"
SYNC = 1.0  # seconds of finished runs that a power cut may cost


class Journal:
    """The frames of finished runs, and where in the file each run's frame is.

    Parameters
    ----------
    path : Path
        Made where it does not exist; a torn tail is cut off.
    writing : bool
        False only reads, while another process may write: nothing is made or cut off.
    """

    def __init__(self, path: Path, writing: bool = True) -> None:
        self.path = path
        self.where = Places()
        if writing:
            path.touch()
        self.file: Any = path.open("r+b", buffering=0) if writing else path.open("rb")
        self.end = 0
        self.synced = time.monotonic()
        try:
            for offset, after, run, status, _ in frames(self.file):
                self.where[run] = offset, status
                self.end = after
            if writing:
                self.file.truncate(self.end)
        except BaseException:
            self.file.close()
            raise

    def append(self, result: Result) -> None:
        """Add what became of a run.

        Raises
        ------
        OSError
            The disk is full or fails: all earlier runs stay, this one is not in.
        """
        body = packed(result)
        status = STATUSES.index(result.status)
        frame = HEADER.pack(MAGIC, status, result.run, len(body), zlib.crc32(body), time.time()) + body
        try:
            self.file.seek(self.end)
            left = memoryview(frame)
            while left:
                left = left[self.file.write(left) :]
            if time.monotonic() - self.synced > SYNC:
                self.sync()
        except OSError:
            self.file.truncate(self.end)
            raise
        self.where[result.run] = self.end, status
        self.end += len(frame)

    def sync(self) -> None:
        """Have everything on the disk itself."""
        os.fsync(self.file.fileno())
        self.synced = time.monotonic()

    def read(self, run: int) -> Result:
        """Return what became of a run."""
        self.file.seek(self.where[run][0])
        return _read_frame(self.file)

    def in_order(self) -> Iterator[Result]:
        """Yield what became of every finished run, by number; one at a time is in memory."""
        for run in self.where:
            yield self.read(run)

    def has(self, run: int, retry: bool = False) -> bool:
        """Return whether a run need not be done; to retry, only where it went well."""
        place = self.where.get(run)
        return place is not None and (not retry or place[1] == 0)

    def failures(self) -> int:
        """Return how many runs did not go well."""
        return sum(status != 0 for _, status in self.where.values())

    def close(self) -> None:
        """Have everything on the disk and close the file."""
        try:
            self.sync()
        finally:
            self.file.close()


def frames(file: Any) -> Iterator[tuple[int, int, int, int, float]]:
    """Yield (offset, offset after it, run, place of its status, when) of every frame before the first torn one."""
    file.seek(0)
    with os.fdopen(os.dup(file.fileno()), "rb") as buffered:
        buffered.seek(0)
        offset = 0
        while True:
            head = buffered.read(HEADER.size)
            if len(head) < HEADER.size:
                return
            magic, status, run, size, crc, when = HEADER.unpack(head)
            if magic != MAGIC or status >= len(STATUSES):
                return
            body = buffered.read(size)
            if len(body) < size or zlib.crc32(body) != crc:
                return
            after = offset + HEADER.size + size
            yield offset, after, run, status, when
            offset = after


def packed(result: Result) -> bytes:
    """Return what became of a run as bytes: the length of the JSON, the JSON, the tables one after the other."""
    about = {"numbers": result.numbers, "ended": result.ended, "error": result.error, "seconds": result.seconds,
             "worker": result.worker, "tables": {name: len(data) for name, data in result.tables.items()}}  # fmt: skip
    text = json.dumps(about, default=plain).encode()
    return b"".join([struct.pack("<I", len(text)), text, *result.tables.values()])


def _read_frame(file: Any) -> Result:
    _, status, run, size, _, _ = HEADER.unpack(file.read(HEADER.size))
    body = file.read(size)
    (length,) = struct.unpack_from("<I", body)
    about = json.loads(body[4 : 4 + length])
    tables, at = {}, 4 + length
    for name, count in about["tables"].items():
        tables[name] = body[at : at + count]
        at += count
    return Result(run, STATUSES[status], about["numbers"], tables, about["ended"], about["error"], about["seconds"],
                  about["worker"])  # fmt: skip
