"""Who follows whom in the rows of an edge list?

There are two parsers. The fast one (pyarrow's) takes files whose rows are alike or too short; only where it finds
something odd are the rows read again one by one. Of the fast parsers tried, pandas' C engine is as quick, but fills
short lines silently, so that it cannot be asked for trouble; reading integers as integers saves no time over reading
them as text, and takes 007 for 7.
"""

import io
from array import array
from collections.abc import Sequence
from statistics import mode
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.csv as arrow_csv

from simulation.readers.fields import no_truth, split, truth
from simulation.readers.files import SAMPLE, Text
from simulation.readers.layout import Layout
from simulation.readers.report import EXAMPLES, Example
from simulation.readers.rows import Rows, number_people


class Parsed(NamedTuple):
    """What a parser makes of the rows."""

    first: np.ndarray
    second: np.ndarray
    ids: np.ndarray
    position: np.ndarray  # row of each tie in the body
    filtered: int
    broken: list[tuple[int, str]]  # (row, why)
    notes: list[str]


def edge_rows(text: Text, layout: Layout) -> Rows:
    """Read the rows of an edge list: fast where every line is alike, else line by line."""
    if layout.header:
        text.drop_first_row()
    body = text.body()
    parsed = parse_alike(body, layout) or parse_singly(body, layout)
    first_broken = text.numbers(np.array([row for row, _ in parsed.broken[:EXAMPLES]], dtype=np.int64)).tolist()
    return Rows(
        first=parsed.first,
        second=parsed.second,
        ids=parsed.ids,
        number_of=lambda rows: text.numbers(parsed.position[rows]),
        text_of=text.line,
        counts={
            "lines": text.lines,
            "comments": text.comments,
            "header": int(layout.header),
            "filtered": parsed.filtered,
            "broken": len(parsed.broken),
        },
        broken=[Example(n, text.line(n), why) for n, (_, why) in zip(first_broken, parsed.broken, strict=False)],
        notes=parsed.notes,
    )


def _numbered(codes: np.ndarray, labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Return first, second, ids and notes from the codes of first, second, first, second, ..."""
    ids, rank, notes = number_people(list(labels))
    slots = rank[codes]
    return slots[::2], slots[1::2], ids, notes


# ---- rows that are alike --------------------------------------------------------------------------------------------


def parse_alike(body: bytes, layout: Layout) -> Parsed | None:
    """Read rows that are all alike, too short or too long, with any ids; None where a row must be looked at singly."""
    broken: list[tuple[int, str]] = []
    columns = _columns(body, layout, broken)
    if columns is None:
        return None
    position = np.delete(np.arange(len(columns[0]) + len(broken)), [row for row, _ in broken])
    people, labels = _encoded(columns[:2])
    if any('"' in label for label in labels):
        return None
    pairs = people.reshape(2, -1)
    keep = np.ones(len(position), bool)
    if "" in labels:
        keep = ~np.any(pairs == labels.index(""), axis=0)
    broken += [(int(row), "empty id") for row in position[~keep]]
    filtered = 0
    for column in columns[2:]:
        flags, texts = _encoded([column])
        truths = [truth(text) for text in texts]
        true, odd = (np.array([t is wanted for t in truths])[flags] for wanted in (True, None))
        broken += [(int(position[i]), no_truth(texts[flags[i]])) for i in np.flatnonzero(odd & keep)]
        filtered = int((keep & ~odd & ~true).sum())
        keep &= true
    codes, seen = pd.factorize(pairs[:, keep].T.ravel())  # in the order of first appearance, without who was left out
    first, second, ids, notes = _numbered(codes, [labels[code] for code in seen])
    return Parsed(first, second, ids, position[keep], filtered, sorted(broken), notes)


def _encoded(columns: list[pa.ChunkedArray]) -> tuple[np.ndarray, list[str]]:
    """Return a code for each text, one column after the other, and the texts by code."""
    chunks = [compute.utf8_trim_whitespace(chunk) for column in columns for chunk in column.chunks]
    packed = pa.chunked_array(chunks).dictionary_encode().chunks
    return np.concatenate([chunk.indices.to_numpy() for chunk in packed]), packed[-1].dictionary.to_pylist()


def _columns(body: bytes, layout: Layout, odd: list[tuple[int, str]]) -> list[pa.ChunkedArray] | None:
    """Return the used columns as text; rows with too few or too many fields go to `odd`.

    None where rows differ otherwise.
    """
    if layout.separator == " ":
        if b'"' in body:
            return None
        body = _single_spaces(body)
    rows = body.count(b"\n") + (not body.endswith(b"\n"))
    head = body[: 1 << 16].decode(errors="replace").split("\n")[:SAMPLE]
    width = mode(len(split(line, layout.separator)) for line in head)
    if layout.trouble(max(width, layout.needed)):
        return None

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        trouble = layout.trouble(row.actual_columns)
        if not trouble:
            return "error"
        odd.append((row.number - 1, trouble))
        return "skip"

    names = [str(i) for i in range(max(width, layout.needed))]
    wanted = [names[i] for i in layout.use]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(use_threads=False, column_names=names),
            parse_options=arrow_csv.ParseOptions(delimiter=layout.separator, invalid_row_handler=set_aside),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted, null_values=[]
            ),
        )
    except pa.ArrowInvalid:
        return None
    # A quoted line break joins two lines into one row: then line numbers would be wrong.
    alike = table.num_rows and table.num_rows + len(odd) == rows
    return table.columns if alike else None


def _single_spaces(body: bytes) -> bytes:
    """Return the rows with exactly one space between fields and none around them."""
    if body[:1] != b" " and body[-1:] != b" " and not any(odd in body for odd in (b"\t", b"  ", b" \n", b"\n ")):
        return body
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    return body.replace(b" \n", b"\n").replace(b"\n ", b"\n").strip(b" ")


# ---- any rows -------------------------------------------------------------------------------------------------------


def parse_singly(body: bytes, layout: Layout) -> Parsed:
    """Read any rows, one after the other: slow, but it can tell what is wrong with each."""
    seen: dict[str, int] = {}
    codes, position = array("i"), array("q")
    broken: list[tuple[int, str]] = []
    filtered = 0
    for row, line in enumerate(io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline="\n")):
        fields = split(line.rstrip("\n"), layout.separator)
        if trouble := layout.trouble(len(fields)):
            broken.append((row, trouble))
            continue
        first, second, *flags = (fields[i] for i in layout.use)
        if not first or not second:
            broken.append((row, "empty id"))
            continue
        if flags and not (said := truth(flags[0])):
            if said is None:
                broken.append((row, no_truth(flags[0])))
            else:
                filtered += 1
            continue
        codes.append(seen.setdefault(first, len(seen)))
        codes.append(seen.setdefault(second, len(seen)))
        position.append(row)
    pairs, rows = (np.array(numbers, np.int64) for numbers in (codes, position))
    slots, second_slots, ids, notes = _numbered(pairs, list(seen))
    return Parsed(slots, second_slots, ids, rows, filtered, broken, notes)
