"""What does a table of people add to a network: attributes, and people without ties?"""

import io
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulation.errors import InputError
from simulation.readers.fields import is_integer, separator_of, split
from simulation.readers.files import EDGE_LISTS, Text, existing, format_of, load
from simulation.readers.report import Example
from simulation.readers.rows import places

ID_NAMES = ("id", "node", "name", "key")
EMPTY = ["", "NA", "N/A", "#N/A", "nan", "NaN", "null", "NULL", "None"]  # no value


def node_table(nodes: str | os.PathLike | pd.DataFrame) -> tuple[pd.DataFrame, list[Example]]:
    """Return the attributes of people by id (the index, as text), and the rows that name nobody or somebody again."""
    table = nodes if isinstance(nodes, pd.DataFrame) else _read_table(existing("nodes", nodes))
    if table.index.name is not None and str(table.index.name).lower() in ID_NAMES:
        table = table.reset_index()
    if not len(table.columns):
        raise InputError("nodes: the table has no column")
    column = _id_column([str(name) for name in table.columns])
    seen: dict[str, int] = {}
    bad = []
    for row, key in enumerate(map(_person, table.iloc[:, column])):
        if not key:
            bad.append(Example(0, f"row {row + 1}", "empty id"))
        elif seen.setdefault(key, row) != row:
            bad.append(Example(0, f"row {row + 1}: {key}", f"first in row {seen[key] + 1}"))
    attributes = table.drop(columns=table.columns[column]).iloc[list(seen.values())]
    return attributes.set_axis(pd.Index(list(seen), dtype=object)), bad


def join(
    ids: np.ndarray, attributes: pd.DataFrame, table: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame, list[str]]:
    """Return ids with the people of the table, the new slot of each old one, attributes, and who the table lacks."""
    if twice := [str(name) for name in table.columns if name in attributes.columns]:
        raise InputError(f"nodes: the network has attributes of these names already: {', '.join(twice)}")
    ours = [_person(value) for value in ids]
    known = set(ours)
    extra = [key for key in table.index if key not in known]
    everyone = np.array([*ours, *extra], dtype=object)
    order = np.arange(len(everyone))
    if ids.dtype != object and all(map(is_integer, extra)):
        merged = everyone.astype(np.int64)
        order = np.argsort(merged)
    else:
        merged = np.empty(len(everyone), object)  # filled, not made, by the list: an id may be a tuple
        merged[:] = [*(ids if ids.dtype == object else ours), *extra]
    joined = table.reindex(everyone[order]).reset_index(drop=True)
    old = attributes.reindex(range(len(merged))).iloc[order].reset_index(drop=True)
    missing = [key for key in ours if key not in table.index]
    return merged[order], places(order)[: len(ids)], pd.concat([old, joined], axis=1), missing


def _person(value: Any) -> str:
    """Return an id as text, so that 7, 7.0 (a column with gaps) and '7' name one person."""
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else str(int(value)) if value.is_integer() else str(value)
    return "" if value is None or value is pd.NA else str(value).strip()


def _id_column(names: list[str]) -> int:
    lower = [name.strip().lower() for name in names]
    return next((lower.index(name) for name in ID_NAMES if name in lower), 0)


def _read_table(path: Path) -> pd.DataFrame:
    """Read a node table; a first row whose id is a number is no header."""
    if format_of(path) not in EDGE_LISTS:
        raise InputError(f"nodes: {path.name} is no table; allowed are {', '.join(EDGE_LISTS)}")
    text = Text(load(path), "#%")
    sample = text.sample()
    if not sample:
        raise InputError(f"nodes: {path.name} has no rows")
    # Only comments at the top are left out: further down a # may begin a line of a quoted text.
    body = text.data[text.bounds[np.argmax(text.is_row)] :]
    separator = separator_of(sample)
    names = split(sample[0], separator)
    at = _id_column(names)
    bare = is_integer(names[at])
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
