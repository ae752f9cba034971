"""How is an edge list written: separator, header, and the columns of follower, followee and flag?"""

from collections.abc import Sequence
from statistics import mode
from typing import Any, NamedTuple

import numpy as np

from simulation.errors import InputError
from simulation.readers.fields import is_integer, is_number, separator_of, split
from simulation.readers.files import Text, hint

PAIRS = (("follower", "followee"), ("source", "target"), ("from", "to"), ("fromnodeid", "tonodeid"), ("src", "dst"))


class Layout(NamedTuple):
    """How the rows of an edge list are written."""

    separator: str  # " " for any run of spaces and tabs
    header: bool
    use: list[int]  # columns of follower, followee and, if asked for, the flag
    most: int | None = None  # how many fields a row may have, where a header says so

    def trouble(self, fields: int) -> str:
        """Return what is wrong with a row of so many fields, or an empty text."""
        if fields < self.needed:
            return f"too few fields: {fields}, {self.needed} needed"
        if self.most is not None and fields > self.most:
            return f"too many fields: {fields}, the header has {self.most}"
        return ""

    @property
    def needed(self) -> int:
        """How many fields a row must have."""
        return max(self.use) + 1


class Wishes(NamedTuple):
    """What the user says about the columns (see `read_network`)."""

    columns: Sequence[str | int] | None = None
    where: str | int | None = None
    reverse: bool = False
    header: bool | None = None


def recognise(text: Text, wishes: Wishes, label: str) -> Layout:
    """Recognise separator, header and columns from the first rows."""
    columns, where = wishes.columns, wishes.where
    sample = text.sample()
    if not sample:
        raise InputError(f"{label}: no ties; every line is a comment or blank")
    separator = separator_of(sample)
    rows = [split(line, separator) for line in sample]
    if columns is not None and (isinstance(columns, str) or len(columns) != 2):
        raise InputError(f"{label}: columns must be two names or 0-based numbers, not {columns!r}")
    header = wishes.header
    if header is None:
        named = any(isinstance(column, str) for column in (*(columns or ()), where))
        numbers = [column for column in (columns or (0, 1)) if isinstance(column, int)]
        header = named or _looks_like_header(rows, numbers)
    names, width = (rows[0] if header else None), max(map(len, rows))
    pair = _named_pair(names or [])
    if columns is not None:
        use = [_column("columns", column, names, width, label) for column in columns]
    else:
        use = list(pair or (0, 1))
        if pair and wishes.reverse and names and names[pair[0]].lower() == "follower":
            raise InputError(f"{label}: reverse contradicts the header, which names follower and followee")
    if where is not None:
        use.append(_column("where", where, names, width, label))
    if len(set(use)) < len(use):
        raise InputError(f"{label}: columns {columns!r} and where {where!r} name one column twice")
    # Rows that are usually longer than the header are how some programs write row names or weights.
    most = max(len(rows[0]), mode(map(len, rows[1:]))) if header and rows[1:] else None
    return Layout(separator, header, use, most)


def _column(what: str, column: Any, names: list[str] | None, width: int, label: str) -> int:
    """Return the position of a column given by name or number."""
    if isinstance(column, str):
        if names is None:
            raise InputError(f"{label}: {what} {column!r} is a name, but the file has no header; give a 0-based number")
        if column not in names:
            guess = f"{hint(column, names)}\n  the header has {', '.join(names)}"
            raise InputError(f"{label}: {what} {column!r} is not in the header{guess}")
        return names.index(column)
    if isinstance(column, bool) or not isinstance(column, (int, np.integer)) or not 0 <= column < width:
        raise InputError(f"{label}: {what} {column!r} is neither a name in the header nor a number in 0 .. {width - 1}")
    return int(column)


def _named_pair(names: list[str]) -> tuple[int, int] | None:
    """Return the positions of follower and followee where a header names them in a usual way."""
    lower = [name.lower() for name in names]
    return next(((lower.index(a), lower.index(b)) for a, b in PAIRS if a in lower and b in lower), None)


def _looks_like_header(rows: list[list[str]], ids: Sequence[int]) -> bool:
    """Whether the first row names the columns: usual names, or words above columns of numbers."""
    first, rest = rows[0], rows[1:]
    if _named_pair(first):
        return True
    if not rest or any(is_integer(first[i]) for i in ids if i < len(first)):
        return False
    words = [i for i, text in enumerate(first) if text and not is_number(text)]
    return any(10 * sum(i < len(row) and is_number(row[i]) for row in rest) >= 9 * len(rest) for i in words)
