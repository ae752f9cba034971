"""How does a network that a user brings in a standard format become numbered people and ties?

Every format ends in the same steps: rows of two names, people numbered, self ties and repeated ties set aside, a node
table joined. Whatever is set aside is counted and shown with its place in a `ReadReport`. Edge lists take a fast path
(pyarrow's CSV parser); only where that finds something odd is the file read again line by line. Of the two fast
parsers tried, pandas' C engine is as quick, but fills short lines silently, so that it cannot be asked for trouble.
"""

import csv
import gzip
import io
import os
import warnings
import zlib
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from statistics import mode
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from simulation.errors import InputError, nearest

EDGE_LISTS = (".csv", ".tsv", ".tab", ".txt", ".dat", ".edges", ".edgelist", ".edge", ".el", ".ncol", ".links")
FORMATS = (*EDGE_LISTS, ".graphml", ".gexf", ".mtx")
PAIRS = (("follower", "followee"), ("source", "target"), ("from", "to"), ("fromnodeid", "tonodeid"), ("src", "dst"))
ID_NAMES = ("id", "node", "name", "key")
EMPTY = ["", "NA", "N/A", "#N/A", "nan", "NaN", "null", "NULL", "None"]  # no value in a node table
TRUE, FALSE = {"true", "t", "yes", "y"}, {"", "false", "f", "no", "n", "nan", "na", "none", "null"}
KINDS = {
    "broken": "broken lines",
    "duplicates": "repeated ties",
    "self_ties": "self ties",
    "node_rows": "bad rows of the node table",
    "missing": "people missing from the node table",
}
EXAMPLES = 20
SAMPLE = 200  # rows looked at to recognise separator and header


class ReadWarning(UserWarning):
    """Something in the file was set aside; the message counts it, the report lists it."""


class Example(NamedTuple):
    """One piece of trouble: line (edge or row number, from 1; 0 where there is none), the text there, and why."""

    line: int
    text: str
    why: str = ""

    def __str__(self) -> str:
        text = self.text if len(self.text) <= 100 else self.text[:99] + "…"
        return f"{f'line {self.line}: ' if self.line else ''}{text!r}{f' ({self.why})' if self.why else ''}"


@dataclass(frozen=True)
class ReadReport:
    """What was read and what was set aside.

    For ties that go one way
    ``lines == comments + header + filtered + broken + self_ties + duplicates + ties``.
    """

    source: str
    lines: int  # lines of the file; edges where the source is a graph
    ties: int  # ties kept (an undirected edge makes two)
    people: int
    comments: int = 0  # comment lines and blank lines
    header: int = 0  # 1 where a header line was recognised
    filtered: int = 0  # rows that `where` left out
    duplicates: int = 0  # repetitions of an earlier tie
    self_ties: int = 0
    broken: int = 0  # lines with too few fields, an empty id or an unreadable flag
    node_rows: int = 0  # rows of the node table with an empty or a repeated id
    missing: int = 0  # people with ties whom the node table lacks
    notes: tuple[str, ...] = ()
    examples: dict[str, tuple[Example, ...]] = field(default_factory=dict)  # the first 20 of each kind

    @property
    def clean(self) -> bool:
        """Whether nothing was set aside as wrong."""
        return not any(getattr(self, kind) for kind in KINDS)

    def summary(self) -> str:
        """Say in one line what was set aside, in counts."""
        found = ", ".join(f"{name} {getattr(self, kind):,}" for kind, name in KINDS.items() if getattr(self, kind))
        return f"{self.source}: {found or 'nothing wrong'}"

    def trouble(self, each: int) -> str:
        """Return the first `each` examples of every kind of trouble, one per line."""
        out = []
        for kind, name in KINDS.items():
            if count := getattr(self, kind):
                shown = self.examples[kind][:each]
                out += [f"  {name}: {count:,}", *(f"    {example}" for example in shown)]
                out += [f"    ... and {count - len(shown):,} more"] if count > len(shown) else []
        return "\n".join(out)

    def __str__(self) -> str:
        head = f"{self.source}: {self.people:,} people, {self.ties:,} ties from {self.lines:,} lines"
        parts = [(self.header, "header lines"), (self.comments, "comment or blank lines")]
        parts += [(self.filtered, "rows left out by where")]
        aside = [f"  {name}: {count:,}" for count, name in parts if count]
        notes = [f"  note: {note}" for note in self.notes]
        return "\n".join([head, *aside, *notes, self.trouble(EXAMPLES) or "  nothing wrong"])


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """A network as read: people are numbered by slot, 0 .. len(ids) - 1.

    Attributes
    ----------
    follower, followee : numpy.ndarray of int32, shape (ties,)
        The two slots of each tie, in the order of the source.
    ids : numpy.ndarray, shape (people,)
        The original id in each slot: int64, or object (text, or the nodes of a networkx graph).
    attributes : pandas.DataFrame, len(ids) rows
        One column per attribute; NaN or None where a person has no value.
    report : ReadReport
    """

    follower: np.ndarray
    followee: np.ndarray
    ids: np.ndarray
    attributes: pd.DataFrame
    report: ReadReport


@dataclass
class _Rows:
    """Rows of two people, before self ties and repetitions are dropped; people are positions in `ids`."""

    first: np.ndarray
    second: np.ndarray
    ids: np.ndarray
    line_of: Callable[[np.ndarray], np.ndarray]  # positions in first -> line numbers, from 1
    text_of: Callable[[int], str]  # a line number -> its text
    counts: dict[str, int]
    broken: list[Example] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    both_ways: bool = False
    attributes: pd.DataFrame | None = None


def read_network(
    source: str | os.PathLike | nx.Graph,
    *,
    nodes: str | os.PathLike | pd.DataFrame | None = None,
    strict: bool = False,
    columns: Sequence[str | int] | None = None,
    where: str | int | None = None,
    reverse: bool = False,
    header: bool | None = None,
    comments: str = "#%",
) -> NetworkFile:
    """Read who follows whom from a file or a networkx graph.

    A row ``a b`` means that a follows b. People with integer ids (plainly written: no sign +, no leading zero) are
    numbered in numerical order, others in the order in which they first appear; people only in the node table join
    the numerical order or come last. Who appears only in self ties is kept as an isolated person.

    Parameters
    ----------
    source : path or networkx graph
        An edge list (.csv, .tsv, .txt, .edges, .edgelist, ...; comma, semicolon, tab or spaces), GraphML (.graphml),
        GEXF (.gexf) or Matrix Market coordinates (.mtx: a nonzero entry i, j means i follows j), UTF-8, each also
        with .gz. Undirected edges and symmetric matrices give ties in both directions.
    nodes : path or DataFrame, optional
        One row per person: ids in the column named id, node, name or key (else the first), attributes in the others.
        Who is only in this table becomes an isolated person.
    strict : bool
        Raise at any trouble instead of setting it aside with a `ReadWarning`.
    columns : two names or 0-based numbers, optional
        The columns of an edge list that hold follower and followee. By default the two columns that the header calls
        follower and followee (or source and target, from and to, src and dst), else the first two.
    where : name or number, optional
        Keep only rows whose value in this column (edge attribute for graphs) is true or a number other than 0.
    reverse : bool
        The file has the followee first.
    header : bool, optional
        Whether the first row of an edge list is a header; recognised by default.
    comments : str
        Lines of an edge list that begin with one of these characters are comments.

    Returns
    -------
    NetworkFile

    Raises
    ------
    InputError
        The file is missing, empty, no text, of an unknown format or without a tie; `strict` and anything set aside.
    """
    name = source if isinstance(source, nx.Graph) else _path("source", source)
    if isinstance(name, nx.Graph):
        label, kind = "networkx graph", "graph"
    else:
        label, kind = name.name, _format(name)
    if kind in ("graph", ".graphml", ".gexf", ".mtx") and (columns is not None or header is not None):
        raise InputError(f"{label}: columns and header are for edge lists ({', '.join(EDGE_LISTS)}) only")
    if isinstance(name, nx.Graph):
        rows = _graph_rows(name, where, label)
    elif kind in (".graphml", ".gexf"):
        rows = _graph_rows(_parse_graph(_load(name), kind, label), where, label, from_file=True)
    elif kind == ".mtx":
        rows = _matrix_rows(_load(name), where, label)
    else:
        text = _Text(_load(name), comments)
        rows = _edge_rows(text, _layout(text, columns, where, reverse, header, label))
    if reverse:
        rows.first, rows.second = rows.second, rows.first
    network = _finish(rows, nodes, label)
    report = network.report
    if strict and not report.clean:
        raise InputError(f"{report.summary()}; strict reading allows none of it\n{report.trouble(5)}")
    if not report.ties:
        why = "no ties" if not report.filtered else f"no ties left where {where!r} is true"
        raise InputError(f"{label}: {why}\n{report}")
    if not report.clean:
        warnings.warn(report.summary(), ReadWarning, stacklevel=2)
    return network


# ---- files ----------------------------------------------------------------------------------------------------------


def _hint(name: object, known: Sequence[str]) -> str:
    guess = nearest(name, known)
    return f"; did you mean {guess!r}?" if guess else ""


def _path(what: str, source: Any) -> Path:
    """Return the path of an existing file, or an error that helps to find it."""
    if not isinstance(source, (str, os.PathLike)) or not os.fspath(source):
        raise InputError(f"{what}: {source!r} is neither the path of a file nor a networkx graph or table")
    path = Path(source)
    if path.is_dir():
        raise InputError(f"{what}: {str(path)!r} is a folder; give one file in it")
    if not path.exists():
        if not path.parent.is_dir():
            raise InputError(f"{what}: no file {str(path)!r}, and no folder {str(path.parent)!r} either")
        raise InputError(f"{what}: no file {str(path)!r}{_hint(path.name, sorted(os.listdir(path.parent)))}")
    return path


def _format(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    kind = (suffixes[:-1] if suffixes[-1:] == [".gz"] else suffixes)[-1:] or [""]
    if kind[0] not in FORMATS:
        raise InputError(
            f"{path.name}: unknown format {kind[0]!r}{_hint(kind[0], FORMATS)}\n"
            f"  allowed are {', '.join(FORMATS)}, each also with .gz"
        )
    return kind[0]


def _load(path: Path) -> bytes:
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


class _Text:
    """The lines of a file by number, and which of them are rows rather than comments, blank or the header."""

    def __init__(self, data: bytes, comments: str) -> None:
        if not isinstance(comments, str) or not comments.isascii():
            raise InputError(f"comments: {comments!r} is not a text of plain characters such as '#%'")
        view = np.frombuffer(data, np.uint8)
        starts = np.concatenate([[0], np.flatnonzero(view == 10) + 1])
        self.data = data
        self.starts = starts[:-1] if starts[-1] == len(data) else starts
        initials = view[self.starts]
        skip = np.isin(initials, np.frombuffer(comments.encode() + b"\n", np.uint8))
        for i in np.flatnonzero((initials == 32) | (initials == 9)).tolist():
            line = self.line(i + 1).strip()
            skip[i] = not line or line[0] in comments
        self.skip = skip
        self.comments = int(skip.sum())

    def line(self, number: int) -> str:
        """Return the text of a line, counted from 1."""
        end = self.starts[number] if number < len(self.starts) else len(self.data)
        return self.data[self.starts[number - 1] : end].decode().rstrip("\n")

    def numbers(self, rows: np.ndarray) -> np.ndarray:
        """Return the line numbers of rows, which are counted from 0."""
        return np.flatnonzero(~self.skip)[rows] + 1

    def sample(self) -> list[str]:
        """Return the first rows."""
        return [self.line(i + 1) for i in np.flatnonzero(~self.skip)[:SAMPLE]]

    def body(self) -> bytes:
        """Return all rows without what stands between them."""
        rows = np.flatnonzero(~self.skip)
        if not len(rows):
            return b""
        bounds = np.append(self.starts, len(self.data))
        breaks = np.flatnonzero(np.diff(rows) > 1)
        first, last = rows[np.append(0, breaks + 1)], rows[np.append(breaks, len(rows) - 1)]
        return b"".join([self.data[a:b] for a, b in zip(bounds[first], bounds[last + 1], strict=True)])


# ---- edge lists -----------------------------------------------------------------------------------------------------


class _Layout(NamedTuple):
    """How the rows of an edge list are written: `separator` is " " for any run of spaces and tabs."""

    separator: str
    header: bool
    use: list[int]  # columns of follower, followee and, if asked for, the flag


def _split(line: str, separator: str) -> list[str]:
    """Return the fields of one line."""
    if '"' in line:
        line = " ".join(line.split()) if separator == " " else line
        try:
            fields = next(csv.reader([line], delimiter=separator, skipinitialspace=True))
        except csv.Error:  # a field beyond the csv module's limit: no id
            return []
    else:
        fields = line.split() if separator == " " else line.split(separator)
    return [text.strip() for text in fields]


def _is_integer(text: str) -> bool:
    """Whether a text is a plainly written integer, so that nothing is lost by reading it as a number."""
    digits = text.removeprefix("-")
    plain = digits.isascii() and digits.isdigit() and (digits[0] != "0" or text == "0")
    return plain and -(2**63) <= int(text) < 2**63


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _truth(text: str) -> bool | None:
    """Return what a flag in a file says; None where it is neither a number nor a known word."""
    word = text.strip().lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    return float(word) != 0 if _is_number(word) else None


def _separator(sample: list[str]) -> str:
    """Recognise the separator of most rows. Two integers before a space settle it, whatever comes later."""
    spaced = [line.split()[:2] for line in sample]
    if 2 * sum(len(two) == 2 and all(map(_is_integer, two)) for two in spaced) > len(sample):
        tabbed = sum("\t" in line for line in sample)
        return "\t" if 2 * tabbed > len(sample) else " "
    return next((s for s in "\t;," if 2 * sum(s in line for line in sample) > len(sample)), " ")


def _column(what: str, column: Any, names: list[str] | None, width: int, label: str) -> int:
    """Return the position of a column given by name or number."""
    if isinstance(column, str):
        if names is None:
            raise InputError(f"{label}: {what} {column!r} is a name, but the file has no header; give a 0-based number")
        if column not in names:
            hint = f"{_hint(column, names)}\n  the header has {', '.join(names)}"
            raise InputError(f"{label}: {what} {column!r} is not in the header{hint}")
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
    if not rest or any(_is_integer(first[i]) for i in ids if i < len(first)):
        return False
    numeric = [i for i, text in enumerate(first) if text and not _is_number(text)]
    return any(10 * sum(i < len(row) and _is_number(row[i]) for row in rest) >= 9 * len(rest) for i in numeric)


def _layout(
    text: _Text, columns: Sequence | None, where: str | int | None, reverse: bool, header: bool | None, label: str
) -> _Layout:
    """Recognise separator, header and columns from the first rows."""
    sample = text.sample()
    if not sample:
        raise InputError(f"{label}: no ties; every line is a comment or blank")
    separator = _separator(sample)
    rows = [_split(line, separator) for line in sample]
    width = max(map(len, rows))
    if columns is not None and (isinstance(columns, str) or len(columns) != 2):
        raise InputError(f"{label}: columns must be two names or 0-based numbers, not {columns!r}")
    if header is None:
        named = any(isinstance(column, str) for column in (*(columns or ()), where))
        numbers = [c for c in (columns or (0, 1)) if isinstance(c, int)]
        header = named or _looks_like_header(rows, numbers)
    names = rows[0] if header else None
    pair = _named_pair(names) if names else None
    if columns is not None:
        pair = tuple(_column("columns", column, names, width, label) for column in columns)  # type: ignore[assignment]
    elif pair and reverse and names and names[pair[0]].lower() == "follower":
        raise InputError(f"{label}: reverse contradicts the header, which names follower and followee")
    use = list(pair or (0, 1))
    if where is not None:
        use.append(_column("where", where, names, width, label))
    if len(set(use)) < len(use):
        raise InputError(f"{label}: columns {columns!r} and where {where!r} name one column twice")
    return _Layout(separator, header, use)


def _edge_rows(text: _Text, layout: _Layout) -> _Rows:
    """Read the rows of an edge list: fast where every line is alike, else line by line."""
    if layout.header:
        text.skip[np.flatnonzero(~text.skip)[0]] = True
    body = text.body()
    parsed = _parse_integers(body, layout) or _parse_alike(body, layout) or _parse_lines(body, layout)
    position, broken = parsed.position, parsed.broken
    numbers = text.numbers(np.array([row for row, _ in broken[:EXAMPLES]], dtype=np.int64))
    return _Rows(
        first=parsed.first,
        second=parsed.second,
        ids=parsed.ids,
        line_of=lambda rows: text.numbers(rows if position is None else position[rows]),
        text_of=text.line,
        counts={
            "lines": len(text.starts),
            "comments": text.comments,
            "header": int(layout.header),
            "filtered": parsed.filtered,
            "broken": len(broken),
        },
        broken=[Example(int(n), text.line(n), why) for n, (_, why) in zip(numbers, broken, strict=False)],
        notes=list(parsed.notes),
    )


class _Parsed(NamedTuple):
    """What a parser makes of the rows."""

    first: np.ndarray
    second: np.ndarray
    ids: np.ndarray
    position: np.ndarray | None = None  # row of each tie in the body; None: all rows, in order
    filtered: int = 0
    broken: Sequence[tuple[int, str]] = ()  # (row, why)
    notes: Sequence[str] = ()


class _Table(NamedTuple):
    """The used columns of all rows that are long enough."""

    columns: list[pa.ChunkedArray]
    rows: int  # rows of the body, short ones included
    short: list[tuple[int, str]]  # rows with too few fields, and why

    def position(self) -> np.ndarray | None:
        """Return the row of the body for each row of the columns; None where they are the same."""
        if not self.short:
            return None
        return np.delete(np.arange(self.rows), [row for row, _ in self.short])


def _arrow(body: bytes, layout: _Layout, kinds: list[pa.DataType]) -> _Table | None:
    """Read the used columns with pyarrow; None where a column has another type or a row must be looked at singly."""
    if layout.separator == " ":
        if b'"' in body:
            return None
        body = _single_spaces(body)
    rows, needed = body.count(b"\n") + (not body.endswith(b"\n")), max(layout.use) + 1
    head = body[: 1 << 16].decode(errors="replace").split("\n")[:SAMPLE]
    width = mode(len(_split(line, layout.separator)) for line in head)
    short: list[tuple[int, str]] = []

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        if row.actual_columns >= needed:
            return "error"
        short.append((row.number - 1, _too_few(row.actual_columns, needed)))
        return "skip"

    names = [str(i) for i in range(max(width, needed))]
    wanted = [names[i] for i in layout.use]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names),
            parse_options=arrow_csv.ParseOptions(delimiter=layout.separator, invalid_row_handler=set_aside),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict(zip(wanted, kinds, strict=False)), include_columns=wanted, null_values=[]
            ),
        )
    except pa.ArrowInvalid:
        return None
    # A quoted line break joins two lines into one row: then line numbers would be wrong.
    alike = table.num_rows and table.num_rows + len(short) == rows
    return _Table(table.columns, rows, short) if alike else None


def _too_few(fields: int, needed: int) -> str:
    return f"too few fields: {fields}, {needed} needed"


def _single_spaces(body: bytes) -> bytes:
    """Rows with exactly one space between fields and none around them."""
    if body[:1] != b" " and body[-1:] != b" " and not any(odd in body for odd in (b"\t", b"  ", b" \n", b"\n ")):
        return body
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    return body.replace(b" \n", b"\n").replace(b"\n ", b"\n").strip(b" ")


def _odd_integers(body: bytes, separator: str) -> bool:
    """Whether a field may start like 007, 0x1F or -0, which pyarrow would read as 7, 31 or 0: then ids are text."""
    before = np.frombuffer(b'\n" ' + separator.encode(), np.uint8)
    if any(start + b"-0" in body for start in (b"\n", separator.encode())) or body.startswith(b"-0"):
        return True
    body, step = b"\n" + body, 1 << 24
    for at in range(0, len(body), step):
        view = np.frombuffer(body[at : at + step + 2], np.uint8)
        digit = (view >= 48) & (view <= 57)
        more = digit[2:] | ((view[2:] | 32) == ord("x"))
        zero = (view[1:-1] == 48) & more
        if zero.any() and np.isin(view[:-2][zero], before).any():
            return True
    return False


def _parse_integers(body: bytes, layout: _Layout) -> _Parsed | None:
    """Read rows that are all alike and have integer ids."""
    table = _arrow(body, layout, [pa.int64(), pa.int64(), pa.float64()])
    if table is None or _odd_integers(body, layout.separator):
        return None
    first, second, *flags = (column.to_numpy() for column in table.columns)
    if min(first.min(), second.min()) < 0:  # -07 and -7 are not told apart here
        return None
    position, filtered = table.position(), 0
    for flag in flags:
        keep = (flag != 0) & ~np.isnan(flag)
        position = np.flatnonzero(keep) if position is None else position[keep]
        first, second, filtered = first[keep], second[keep], int((~keep).sum())
    codes, ids = pd.factorize(np.concatenate([first, second]), sort=True)
    codes = codes.astype(np.int32)
    return _Parsed(codes[: len(first)], codes[len(first) :], ids, position, filtered, table.short)


def _parse_alike(body: bytes, layout: _Layout) -> _Parsed | None:
    """Read rows that are all alike or too short, with any ids."""
    kind = pa.dictionary(pa.int32(), pa.string())
    table = _arrow(body, layout, [kind, kind, kind])
    if table is None:
        return None
    packed = [column.unify_dictionaries().combine_chunks() for column in table.columns]
    labels = [np.array([text.strip() for text in column.dictionary.to_pylist()], dtype=object) for column in packed]
    first, second, *flags = (column.indices.to_numpy() for column in packed)
    if any('"' in text for text in chain(labels[0], labels[1])):
        return None
    position = table.position()
    position = np.arange(table.rows) if position is None else position
    keep = (labels[0] != "")[first] & (labels[1] != "")[second]
    broken = table.short + [(int(row), "empty id") for row in position[~keep]]
    filtered = 0
    for flag in flags:
        truths = [_truth(text) for text in labels[2]]
        odd = np.array([truth is None for truth in truths])[flag] & keep
        broken += [(int(position[i]), _no_flag(labels[2][flag[i]])) for i in np.flatnonzero(odd)]
        true = np.array([truth is True for truth in truths])[flag]
        filtered = int((keep & ~odd & ~true).sum())
        keep &= true
    first, second = first[keep], second[keep]
    merged, names = pd.factorize(np.concatenate(labels[:2]))
    both = np.column_stack([merged[first], merged[second + len(labels[0])]]).ravel()
    codes, seen = pd.factorize(both)
    ids, rank, notes = _number_people(names[seen].tolist())
    codes = rank[codes]
    return _Parsed(codes[::2], codes[1::2], ids, position[keep], filtered, sorted(broken), notes)


def _no_flag(text: str) -> str:
    return f"{text!r} is neither true or false nor a number"


def _parse_lines(body: bytes, layout: _Layout) -> _Parsed:
    """Read any rows, one after the other: slow, but it can tell what is wrong with each."""
    seen: dict[str, int] = {}
    codes, position = array("i"), array("q")
    broken: list[tuple[int, str]] = []
    filtered, needed = 0, max(layout.use) + 1
    for row, line in enumerate(io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline="\n")):
        fields = _split(line.rstrip("\n"), layout.separator)
        if len(fields) < needed:
            broken.append((row, _too_few(len(fields), needed)))
            continue
        first, second = fields[layout.use[0]], fields[layout.use[1]]
        if not first or not second:
            broken.append((row, "empty id"))
            continue
        if len(layout.use) > 2 and not (truth := _truth(fields[layout.use[2]])):
            filtered += truth is False
            if truth is None:
                broken.append((row, _no_flag(fields[layout.use[2]])))
            continue
        codes.append(seen.setdefault(first, len(seen)))
        codes.append(seen.setdefault(second, len(seen)))
        position.append(row)
    ids, rank, notes = _number_people(list(seen))
    both = rank[np.frombuffer(codes, np.int32)] if codes else np.zeros(0, np.int32)
    return _Parsed(both[::2], both[1::2], ids, np.array(position, np.int64), filtered, broken, notes)


def _number_people(labels: list[str]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return ids by slot, the slot of each label, and notes: integers in order, others as they come."""
    plain = [_is_integer(label) for label in labels]
    if all(plain):
        values = np.array([int(label) for label in labels], dtype=np.int64)
        order = np.argsort(values)
        rank = np.empty(len(values), np.int32)
        rank[order] = np.arange(len(values), dtype=np.int32)
        return values[order], rank, []
    notes = []
    if 2 * sum(plain) > len(plain):
        others = f"{labels[plain.index(False)]!r} (in all {len(plain) - sum(plain):,} of {len(plain):,})"
        notes = [f"ids are read as text because some are not plain integers: {others}"]
    return np.array(labels, dtype=object), np.arange(len(labels), dtype=np.int32), notes


# ---- Matrix Market and graphs ---------------------------------------------------------------------------------------


def _matrix_rows(data: bytes, where: str | int | None, label: str) -> _Rows:
    """Read a sparse matrix: entry i, j other than 0 means that i follows j."""
    if where is not None:
        raise InputError(f"{label}: where is for edge lists and graphs; entries of 0 are left out of a matrix anyway")
    banner = data[: data.find(b"\n") if b"\n" in data else None].decode().lower().split()
    if len(banner) != 5 or banner[:3] != ["%%matrixmarket", "matrix", "coordinate"]:
        raise InputError(f"{label}: must begin with '%%MatrixMarket matrix coordinate', a kind and a symmetry")
    text = _Text(data, "%")
    size = next(iter(text.sample()), "").split()
    if len(size) != 3 or not all(map(_is_integer, size)) or size[0] != size[1]:
        raise InputError(f"{label}: the size line must give rows, as many columns, and entries, not {' '.join(size)!r}")
    people, entries = int(size[0]), int(size[2])
    rows = _edge_rows(text, _Layout(" ", True, [0, 1] if banner[3] in ("pattern", "complex") else [0, 1, 2]))
    found = rows.counts["lines"] - rows.counts["comments"] - 1
    if found != entries:
        raise InputError(f"{label}: declares {entries:,} entries but has {found:,}; is the file cut off?")
    if len(rows.ids) and (rows.ids.dtype == object or rows.ids[0] < 1 or rows.ids[-1] > people):
        odd = next(i for i in map(str, rows.ids) if not _is_integer(i) or not 1 <= int(i) <= people)
        raise InputError(f"{label}: index {odd} is not a number in 1 .. {people}")
    slots = rows.ids.astype(np.int64) - 1
    rows.first, rows.second = slots[rows.first], slots[rows.second]
    rows.ids = np.arange(1, people + 1)
    rows.both_ways = banner[4] != "general"
    return rows


def _parse_graph(data: bytes, kind: str, label: str) -> nx.Graph:
    read = nx.read_graphml if kind == ".graphml" else nx.read_gexf
    try:
        return read(io.BytesIO(data))
    except (nx.NetworkXException, SyntaxError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{label}: is not readable as {kind[1:]}: {error}") from error


def _graph_rows(graph: nx.Graph, where: str | int | None, label: str, from_file: bool = False) -> _Rows:
    """Take the edges of a graph; their numbers count from 1 in the order of the graph."""
    nodes = list(graph)
    slot = {node: i for i, node in enumerate(nodes)}
    edges = list(graph.edges(data=True))
    if where is not None and not any(where in values for *_, values in edges):
        known = sorted({str(name) for *_, values in edges for name in values})
        raise InputError(f"{label}: where {where!r} is no attribute of any edge{_hint(where, known)}")
    truths = [where is None or _truth(str(values.get(where, ""))) for *_, values in edges]
    position = np.flatnonzero(np.array([truth is True for truth in truths], dtype=bool))
    broken = [i for i, truth in enumerate(truths) if truth is None]
    first = np.array([slot[edges[i][0]] for i in position], dtype=np.int32)
    second = np.array([slot[edges[i][1]] for i in position], dtype=np.int32)
    numbers = [type(node) is int and abs(node) < 2**63 for node in nodes]
    ids = np.empty(len(nodes), object)
    ids[:] = nodes
    rank = np.arange(len(nodes), dtype=np.int32)
    notes: list[str] = []
    if all(numbers) or from_file:
        ids, rank, notes = _number_people([str(node) for node in nodes])

    def text_of(number: int) -> str:
        return f"{edges[number - 1][0]} {edges[number - 1][1]}"

    names = list(dict.fromkeys(name for _, values in graph.nodes(data=True) for name in values))
    columns = {str(name): [values.get(name) for _, values in graph.nodes(data=True)] for name in names}
    table = pd.DataFrame(columns, index=range(len(nodes))).iloc[np.argsort(rank)].reset_index(drop=True)
    filtered = len(edges) - len(position) - len(broken)
    return _Rows(
        rank[first],
        rank[second],
        ids,
        lambda rows: position[rows] + 1,
        text_of,
        {"lines": len(edges), "filtered": filtered, "broken": len(broken)},
        [Example(i + 1, text_of(i + 1), _no_flag(str(edges[i][2][where]))) for i in broken[:EXAMPLES]],
        notes,
        not graph.is_directed(),
        table,
    )


# ---- the common end -------------------------------------------------------------------------------------------------


def _finish(rows: _Rows, nodes: str | os.PathLike | pd.DataFrame | None, label: str) -> NetworkFile:
    """Set aside self ties and repetitions, join the node table, write the report."""
    first, second = rows.first.astype(np.int64), rows.second.astype(np.int64)
    people = max(1, len(rows.ids))
    low, high = (np.minimum(first, second), np.maximum(first, second)) if rows.both_ways else (first, second)
    pair = low * people + high
    loops = first == second
    repeats = pd.Series(pair).duplicated().to_numpy() & ~loops
    examples = {"broken": tuple(rows.broken)}
    examples["self_ties"] = tuple(_example(rows, i) for i in np.flatnonzero(loops)[:EXAMPLES])
    examples["duplicates"] = tuple(
        _example(rows, i, int(np.argmax(pair == pair[i]))) for i in np.flatnonzero(repeats)[:EXAMPLES]
    )
    keep = ~(loops | repeats)
    follower, followee = first[keep].astype(np.int32), second[keep].astype(np.int32)
    if rows.both_ways:
        follower, followee = np.concatenate([follower, followee]), np.concatenate([followee, follower])
    ids, attributes = rows.ids, rows.attributes
    if attributes is None:
        attributes = pd.DataFrame(index=range(len(ids)))
    counts = rows.counts | {"self_ties": int(loops.sum()), "duplicates": int(repeats.sum())}
    if nodes is not None:
        keys, table, bad = _node_table(nodes)
        ids, rank, attributes, missing = _join(ids, attributes, keys, table)
        follower, followee = rank[follower], rank[followee]
        examples |= {"node_rows": tuple(bad[:EXAMPLES]), "missing": tuple(Example(0, i) for i in missing[:EXAMPLES])}
        counts |= {"node_rows": len(bad), "missing": len(missing)}
    report = ReadReport(
        label, ties=len(follower), people=len(ids), notes=tuple(rows.notes), examples=examples, **counts
    )
    return NetworkFile(follower, followee, ids, attributes, report)


def _example(rows: _Rows, at: int, earlier: int | None = None) -> Example:
    number = int(rows.line_of(np.array([at]))[0])
    why = "" if earlier is None else f"first on line {rows.line_of(np.array([earlier]))[0]}"
    return Example(number, rows.text_of(number), why)


def _person(value: Any) -> str:
    """Return an id as text, so that 7, 7.0 (a column with gaps) and '7' name one person."""
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else str(int(value)) if value.is_integer() else str(value)
    return "" if value is None or value is pd.NA else str(value).strip()


def _node_table(nodes: str | os.PathLike | pd.DataFrame) -> tuple[list[str], pd.DataFrame, list[Example]]:
    """Return the people of a node table, their attributes, and the rows that name nobody or somebody again."""
    table = nodes if isinstance(nodes, pd.DataFrame) else _read_table(_path("nodes", nodes))
    if table.index.name is not None and str(table.index.name).lower() in ID_NAMES:
        table = table.reset_index()
    if not len(table.columns):
        raise InputError("nodes: the table has no column")
    column = _id_column([str(name) for name in table.columns])
    keys = [_person(value) for value in table.iloc[:, column]]
    seen: dict[str, int] = {}
    bad = []
    for row, key in enumerate(keys):
        if not key:
            bad.append(Example(0, f"row {row + 1}", "empty id"))
        elif seen.setdefault(key, row) != row:
            bad.append(Example(0, f"row {row + 1}: {key}", f"first in row {seen[key] + 1}"))
    attributes = table.drop(columns=table.columns[column]).iloc[list(seen.values())]
    return list(seen), attributes, bad


def _id_column(names: list[str]) -> int:
    lower = [name.strip().lower() for name in names]
    return next((lower.index(name) for name in ID_NAMES if name in lower), 0)


def _read_table(path: Path) -> pd.DataFrame:
    """Read a node table; a first row whose id is a number is no header."""
    if _format(path) not in EDGE_LISTS:
        raise InputError(f"nodes: {path.name} is no table; allowed are {', '.join(EDGE_LISTS)}")
    text = _Text(_load(path), "#%")
    sample = text.sample()
    if not sample:
        raise InputError(f"nodes: {path.name} has no rows")
    # Only comments at the top are left out: further down a # may begin a line of a quoted text.
    body = text.data[text.starts[np.argmin(text.skip)] :]
    separator = _separator(sample)
    names = _split(sample[0], separator)
    at = _id_column(names)
    bare = _is_integer(names[at])
    names = ["id", *(f"attribute_{i}" for i in range(1, len(names)))] if bare else names
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.BytesIO(body),
                sep=r"\s+" if separator == " " else separator,
                header=None if bare else 0,
                names=names,
                index_col=False,
                dtype={names[at]: object},
                keep_default_na=False,  # a person may be called NA
                na_values={name: EMPTY for name in names if name != names[at]},
            )
    except (ValueError, pd.errors.ParserWarning) as error:
        raise InputError(f"nodes: {path.name} is not readable as a table: {error}") from error


def _join(
    ids: np.ndarray, attributes: pd.DataFrame, keys: list[str], table: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame, list[str]]:
    """Return ids with the people of the table, the new slot of each old one, attributes, and who the table lacks."""
    twice = [name for name in table.columns if name in attributes.columns]
    if twice:
        raise InputError(f"nodes: the network has attributes of these names already: {', '.join(map(str, twice))}")
    ours = [_person(value) for value in ids]
    known, listed = set(ours), set(keys)
    extra = [key for key in keys if key not in known]
    missing = [key for key in ours if key not in listed]
    rank = np.arange(len(ids), dtype=np.int32)
    if ids.dtype != object and all(map(_is_integer, extra)):
        merged = np.concatenate([ids, np.array([int(key) for key in extra], dtype=np.int64)])
        order = np.argsort(merged)
    else:
        merged = np.empty(len(ids) + len(extra), object)
        merged[:] = [*(ids if ids.dtype == object else ours), *extra]
        order = np.arange(len(merged))
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    rank = place[: len(ids)]
    everyone = pd.Index(np.array([*ours, *extra], dtype=object)[order], dtype=object)
    joined = table.set_axis(pd.Index(keys, dtype=object)).reindex(everyone).reset_index(drop=True)
    old = attributes.reindex(range(len(merged))).iloc[order].reset_index(drop=True)
    return merged[order], rank, pd.concat([old, joined], axis=1), missing
