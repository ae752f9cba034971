"""How are finished runs kept while others are still running, whatever kills the process?

One file grows by one frame per finished run: a header of fixed size, what became of the run as JSON, and its tables.
A frame counts only when it is whole and its checksum, which covers all of it, is right. A tail that a kill or a full
disk has torn is cut off; what is damaged before whole frames is passed over and told, and costs its own runs only.
Of two frames of one run the later one counts.
"""

from __future__ import annotations

import errno
import json
import os
import struct
import time
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .places import Places
from .tasks import STATUSES, Result, plain

HEADER = struct.Struct("<4sIBQId")  # magic, crc32 of all that follows, status, run, bytes after the header, when
MAGIC = b"CRJ2"
CHECKED = 8  # from where on the checksum covers a frame
PIECE = 2**20  # bytes that are searched at once
SYNC = 1.0  # seconds of finished runs that a power cut may cost


class Journal:
    """The frames of finished runs, and where in the file each run's frame is.

    Parameters
    ----------
    path : Path
        Made where it does not exist; a torn tail is cut off.
    writing : bool
        False only reads, while another process may write: nothing is made or cut off.

    Warns
    -----
    UserWarning
        Damage between whole frames, where ``writing``: the runs that were there are not in the journal.
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
            damaged = 0
            for offset, after, run, status, _ in frames(self.file):
                damaged += offset - self.end
                self.where[run] = offset, status
                self.end = after
            if writing:
                self.file.truncate(self.end)
                self._tell(damaged)
        except BaseException:
            self.file.close()
            raise

    def _tell(self, damaged: int) -> None:
        if damaged:
            told = f"{str(self.path)!r}: {damaged} bytes between finished runs are damaged"
            warnings.warn(f"{told}; {len(self.where)} runs are whole, and what was there is done again", stacklevel=3)

    def append(self, result: Result) -> None:
        """Add what became of a run.

        Raises
        ------
        OSError
            The disk is full or fails: all earlier runs stay, this one is not in.
        """
        body = packed(result)
        status = STATUSES.index(result.status)
        checked = HEADER.pack(MAGIC, 0, status, result.run, len(body), time.time())[CHECKED:] + body
        frame = MAGIC + struct.pack("<I", zlib.crc32(checked)) + checked
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
        """Return what became of a run.

        Raises
        ------
        OSError
            Its frame has been damaged since the journal was opened.
        """
        self.file.seek(self.where[run][0])
        found = _frame(self.file)
        if found is None:
            raise OSError(errno.EIO, f"the frame of run {run} is damaged", str(self.path))
        return _result(*found)

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
    """Yield (offset, offset after it, run, place of its status, when) of every whole frame."""
    with os.fdopen(os.dup(file.fileno()), "rb") as buffered:
        offset: int | None = 0
        while offset is not None:
            buffered.seek(offset)
            found = _frame(buffered)
            if found is None:
                offset = _next_magic(buffered, offset + 1)
                continue
            (_, _, status, run, size, when), _ = found
            after = offset + HEADER.size + size
            yield offset, after, run, status, when
            offset = after


def _frame(file: Any) -> tuple[tuple[Any, ...], bytes] | None:
    """Return header and body of the frame at the place of the file; None where there is no whole one."""
    head = file.read(HEADER.size)
    if len(head) < HEADER.size or head[: len(MAGIC)] != MAGIC:
        return None
    fields = HEADER.unpack(head)
    _, crc, status, _, size, _ = fields
    if status >= len(STATUSES) or size > os.fstat(file.fileno()).st_size:
        return None
    body = file.read(size)
    if len(body) < size or zlib.crc32(body, zlib.crc32(head[CHECKED:])) != crc:
        return None
    return fields, body


def _next_magic(file: Any, offset: int) -> int | None:
    """Return where the next frame may begin, from an offset on; None where there is none."""
    while True:
        file.seek(offset)
        piece = file.read(PIECE)
        at = piece.find(MAGIC)
        if at >= 0:
            return offset + at
        if len(piece) < PIECE:
            return None
        offset += PIECE - len(MAGIC) + 1


def packed(result: Result) -> bytes:
    """Return what became of a run as bytes: the length of the JSON, the JSON, the tables one after the other."""
    about = {"numbers": result.numbers, "ended": result.ended, "error": result.error, "seconds": result.seconds,
             "worker": result.worker, "tables": {name: len(data) for name, data in result.tables.items()}}  # fmt: skip
    text = json.dumps(about, default=plain).encode()
    return b"".join([struct.pack("<I", len(text)), text, *result.tables.values()])


def _result(fields: tuple[Any, ...], body: bytes) -> Result:
    """Return what became of a run from its frame."""
    _, _, status, run, _, _ = fields
    (length,) = struct.unpack_from("<I", body)
    about = json.loads(body[4 : 4 + length])
    tables, at = {}, 4 + length
    for name, count in about["tables"].items():
        tables[name] = body[at : at + count]
        at += count
    return Result(run, STATUSES[status], about["numbers"], tables, about["ended"], about["error"], about["seconds"],
                  about["worker"])  # fmt: skip
