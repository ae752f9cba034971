"""Which file is meant, in which format, and what text does it hold?"""

import gzip
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simulation.errors import InputError, nearest

EDGE_LISTS = (".csv", ".tsv", ".tab", ".txt", ".dat", ".edges", ".edgelist", ".edge", ".el", ".ncol", ".links")
FORMATS = (*EDGE_LISTS, ".graphml", ".gexf", ".mtx")
SAMPLE = 200  # rows looked at to recognise how a file is written


def hint(name: object, known: Sequence[str]) -> str:
    """Return the end of an error: which known name may be meant."""
    guess = nearest(name, known)
    return f"; did you mean {guess!r}?" if guess else ""


def existing(what: str, source: Any) -> Path:
    """Return the path of an existing file, or an error that helps to find it."""
    if not isinstance(source, (str, os.PathLike)) or not os.fspath(source):
        raise InputError(f"{what}: {source!r} is neither the path of a file nor a networkx graph or table")
    path = Path(source)
    if path.is_dir():
        raise InputError(f"{what}: {str(path)!r} is a folder; give one file in it")
    if not path.exists():
        if not path.parent.is_dir():
            raise InputError(f"{what}: no file {str(path)!r}, and no folder {str(path.parent)!r} either")
        raise InputError(f"{what}: no file {str(path)!r}{hint(path.name, sorted(os.listdir(path.parent)))}")
    return path


def format_of(path: Path) -> str:
    """Return the ending that names the format, in lower case and without .gz."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    kind = (suffixes[:-1] if suffixes[-1:] == [".gz"] else suffixes)[-1:] or [""]
    if kind[0] not in FORMATS:
        raise InputError(
            f"{path.name}: unknown format {kind[0]!r}{hint(kind[0], FORMATS)}\n"
            f"  allowed are {', '.join(FORMATS)}, each also with .gz"
        )
    return kind[0]


def load(path: Path) -> bytes:
    """Return the unpacked UTF-8 text of a file, with line ends made plain and without a byte order mark."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        elif path.suffix.lower() == ".gz" and data:
            raise InputError(f"{path.name}: is called .gz but is not packed with gzip")
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name}: cannot be read or unpacked: {error}") from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"{path.name}: is UTF-16 text; save it as UTF-8")
    if b"\0" in data:
        raise InputError(f"{path.name}: is not a text file (binary data in line {_line_at(data, data.index(0))})")
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            place = f"byte 0x{data[error.start]:02x} in line {_line_at(data, error.start)}"
            raise InputError(f"{path.name}: is not UTF-8 text ({place}); save it as UTF-8") from None
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not data.strip():
        raise InputError(f"{path.name}: the file is empty")
    return data


def _line_at(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1


class Text:
    """The lines of a file by number, and which of them are rows rather than comments, blank or a header."""

    def __init__(self, data: bytes, comments: str) -> None:
        if not isinstance(comments, str) or not comments.isascii():
            raise InputError(f"comments: {comments!r} is not a text of plain characters such as '#%'")
        view = np.frombuffer(data, np.uint8)
        bounds = np.concatenate([[0], np.flatnonzero(view == 10) + 1])
        self.data = data
        self.bounds = bounds if bounds[-1] == len(data) else np.append(bounds, len(data))
        self.lines = len(self.bounds) - 1
        initials = view[self.bounds[:-1]]
        is_row = ~np.isin(initials, np.frombuffer(comments.encode() + b"\n", np.uint8))
        for i in np.flatnonzero((initials == 32) | (initials == 9)).tolist():
            line = self.line(i + 1).strip()
            is_row[i] = line and line[0] not in comments
        self.is_row = is_row
        self.comments = int((~is_row).sum())

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 1."""
        return self.data[self.bounds[number - 1] : self.bounds[number]].decode().rstrip("\n")

    def numbers(self, rows: np.ndarray) -> np.ndarray:
        """Return the line numbers of rows, which are counted from 0."""
        return np.flatnonzero(self.is_row)[rows] + 1

    def sample(self) -> list[str]:
        """Return the first rows."""
        return [self.line(i + 1) for i in np.flatnonzero(self.is_row)[:SAMPLE]]

    def drop_first_row(self) -> None:
        """Take the first row for a header."""
        self.is_row[np.argmax(self.is_row)] = False

    def body(self) -> bytes:
        """Return all rows without what stands between them."""
        if self.is_row.all():
            return self.data
        return np.frombuffer(self.data, np.uint8)[np.repeat(self.is_row, np.diff(self.bounds))].tobytes()
