"""Which points does a sweep visit? Grids, one at a time, lists side by side, and tables of one's own.

A design is a table of points, one column per varied quantity, and how it was made. What is sampled from ranges is in
samples.py.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from ..distributions import as_text, distribution, to_json
from ..errors import InputError, nearest, shown, unknown_name, wrong_type
from ..families import Distribution
from ..parameters import SPECIFICATIONS, parse_value

MOST_POINTS = 10_000_000
RUN = "ticks"  # how long a run is can vary, too


@dataclass(frozen=True, eq=False)
class Design:
    """Points of a sweep.

    Attributes
    ----------
    kind : str
        How it was made: "grid", "one at a time", "zipped", "table", "latin hypercube", "sobol", "saltelli", "morris".
    names : tuple of str
        What varies.
    points : tuple of tuple
        One value per name, for every point.
    about : dict
        What else is needed to make or analyse it, as JSON holds it.
    """

    kind: str
    names: tuple[str, ...]
    points: tuple[tuple[Any, ...], ...] = field(repr=False)
    about: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.names:
            raise InputError("design: nothing varies; allowed: one quantity or more, as generosity=[0, 0.5, 1]")
        if not 0 < len(self.points) <= MOST_POINTS:
            raise InputError(f"design: {len(self.points)} points; allowed: 1 to {MOST_POINTS}")
        for place, name in enumerate(self.names):
            for point in self.points:
                if isinstance(point[place], tuple):
                    distribution(point[place], name)  # raises where there is none of this name
            if len({key_of(point[place]) for point in self.points}) < 2:
                value = shown(self.points[0][place])
                raise InputError(f"{name}: varies nothing, as it is {value} at every point; make it a setting")

    def point(self, number: int) -> dict[str, Any]:
        """Return the settings of a point by name."""
        return dict(zip(self.names, self.points[number], strict=True))

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds of it; `from_dict` reads it back."""
        points = [[storable(value) for value in point] for point in self.points]
        return {"kind": self.kind, "names": list(self.names), "points": points, "about": self.about}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Design:
        """Return the design that `as_dict` described."""
        points = tuple(tuple(restored(value) for value in point) for point in kept["points"])
        return cls(kept["kind"], tuple(kept["names"]), points, dict(kept["about"]))

    @property
    def table(self) -> pd.DataFrame:
        """One row per point; distributions and lists as text."""
        columns = {name: column_of([point[place] for point in self.points]) for place, name in enumerate(self.names)}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.points), name="point"))


def key_of(value: Any) -> Any:
    """Return a value as something that can be compared: lists by their text."""
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(storable(value))


def storable(value: Any) -> Any:
    """Return a value of a point as JSON holds it."""
    if isinstance(value, (str, bool, type(None))):
        return value
    if isinstance(value, Mapping):
        return {str(name): storable(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], (list, tuple)):
        return [storable(each) for each in value]
    return to_json(value)


def restored(value: Any) -> Any:
    """Return a value of a point from JSON: a list that begins with a name is a distribution."""
    return tuple(value) if isinstance(value, list) and value and isinstance(value[0], str) else value


def plain_value(value: Any) -> Any:
    """Return a value as a cell of a table: a number, or the text of a distribution or list."""
    if isinstance(value, (int, float, str, bool, type(None))):
        return value
    if isinstance(value, (tuple, list, Distribution)) and not (value and isinstance(value, list)):
        return as_text(value)
    return str(storable(value))


def column_of(values: Sequence[Any]) -> list[Any]:
    """Return values as a column: all numbers or None, all true or false, or all text."""
    cells = [plain_value(value) for value in values]
    if all(isinstance(cell, bool) for cell in cells):
        return cells
    if all((isinstance(cell, (int, float)) and not isinstance(cell, bool)) or cell is None for cell in cells):
        whole = all(isinstance(cell, int) for cell in cells)
        return cells if whole else [None if cell is None else float(cell) for cell in cells]
    return ["none" if cell is None else as_text(cell) if _is_number(cell) else str(cell) for cell in cells]


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def refuse_unknown_names(names: Sequence[str], interventions: Sequence[str] = ()) -> None:
    """Raise where a name is neither a quantity that can be set, nor ``ticks``, nor part of an intervention.

    Parameters
    ----------
    names : sequence of str
        A part of an intervention is written ``gift.value``: the name that the sweep gave it, and one of its fields.
    interventions : sequence of str
        Their names.
    """
    from ..worlds import WORLDS  # noqa: F401 - worlds enter their own quantities in the registry

    for name in names:
        owner, dot, _ = name.partition(".")
        if dot:
            if not interventions:
                raise InputError(f"{name}: no intervention is called {owner!r}; allowed: one that the plan makes")
            if owner not in interventions:
                raise unknown_name("intervention", owner, interventions)
        elif name not in SPECIFICATIONS and name != RUN:
            raise unknown_name("parameter", name, [*SPECIFICATIONS, RUN])


# --- kinds of design --------------------------------------------------------------------------------------------


def _lists(varied: Mapping[str, Any]) -> dict[str, list[Any]]:
    lists = {}
    for name, values in varied.items():
        if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__iter__"):
            raise wrong_type(name, values, "a list of values, as [0, 0.5, 1]")
        lists[name] = [value.item() if hasattr(value, "item") else value for value in values]
        if not lists[name]:
            raise InputError(f"{name}: no values; allowed: two or more")
    return lists


def grid(varied: Mapping[str, Any] | None = None, **more: Any) -> Design:
    """Return all combinations of values; the last name varies fastest.

    Parameters
    ----------
    varied, **more : sequences of values by name
        Names with dots, parts of interventions, go in the mapping.

    Examples
    --------
    >>> grid(generosity=[0, 1], attention=[5, 10, 20]).table.shape
    (6, 2)
    """
    lists = _lists({**(varied or {}), **more})
    total = 1
    for values in lists.values():
        total *= len(values)
    if total > MOST_POINTS:
        raise InputError(f"design: a grid of {total} points; allowed: at most {MOST_POINTS}")
    return Design("grid", tuple(lists), tuple(itertools.product(*lists.values())))


def one_at_a_time(base: Mapping[str, Any], varied: Mapping[str, Any] | None = None, **more: Any) -> Design:
    """Return a base point, and every other value of one name at a time with all else at the base.

    Parameters
    ----------
    base : mapping
        Values of the base point; what is not in it has its default.
    varied, **more : sequences of values by name

    Examples
    --------
    >>> one_at_a_time({"cost": 0.3, "churn": 0.0}, cost=[0, 0.3, 1], churn=[0.0, 0.1]).points
    ((0.3, 0.0), (0, 0.0), (1, 0.0), (0.3, 0.1))
    """
    lists = _lists({**(varied or {}), **more})
    refuse_unknown_names([name for name in lists if "." not in name])
    for name in base:
        if name not in lists:
            raise InputError(f"base: {name} does not vary; allowed: {', '.join(lists)}; what is fixed is a setting")
    for name in lists:
        if name not in base and name not in SPECIFICATIONS:
            raise InputError(f"base: {name} varies and has no default; allowed: a value of it in base")
    names = tuple(lists)
    base = {name: base[name] if name in base else SPECIFICATIONS[name].default for name in names}
    centre = tuple(base.values())
    points = [centre]
    for place, name in enumerate(names):
        points += [(*centre[:place], value, *centre[place + 1 :]) for value in lists[name] if value != base[name]]
    return Design("one at a time", names, tuple(points), {"base": [storable(value) for value in centre]})


def zipped(varied: Mapping[str, Any] | None = None, **more: Any) -> Design:
    """Return lists side by side: the first of each, the second of each, and so on.

    Examples
    --------
    >>> zipped(generosity=[0, 1], attention=[5, 20]).points
    ((0, 5), (1, 20))
    """
    lists = _lists({**(varied or {}), **more})
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"zipped: lists of different lengths, {lengths}; allowed: as many values of each")
    return Design("zipped", tuple(lists), tuple(zip(*lists.values(), strict=True)))


def from_table(table: pd.DataFrame | str | os.PathLike) -> Design:
    """Return one point per row of a table.

    Parameters
    ----------
    table : DataFrame or path of a CSV file
        Its columns are named like what varies. A text is read as on the command line: ``beta(2, 5)``.

    Raises
    ------
    InputError
        No such file, no columns, a cell without a value.
    """
    if not isinstance(table, pd.DataFrame):
        path = Path(table)
        try:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
        except FileNotFoundError:
            raise InputError(f"table: {str(path)!r} does not exist; allowed: a CSV file with a header") from None
        except (OSError, ValueError) as problem:
            raise InputError(f"table: {str(path)!r} cannot be read: {problem}") from None
    names = tuple(map(str, table.columns))
    columns = []
    for name, column in zip(names, table.columns, strict=True):
        values = table[column].astype(object).tolist()
        missing = [row for row, value in enumerate(values) if isinstance(value, float) and value != value]
        if missing:
            row = missing[0] + 1
            raise InputError(f"{name}: no value in data row {row} of the table; allowed: a value in every row")
        columns.append([read_value(name, value) if isinstance(value, str) else value for value in values])
    return Design("table", names, tuple(zip(*columns, strict=True)))


# --- what varies, as text ---------------------------------------------------------------------------------------


def read_value(name: str, text: str) -> Any:
    """Return one value as it is written on the command line or in a file."""
    known = SPECIFICATIONS.get(name)
    if known is not None and known.choices:
        return text.strip()
    if "." in name or name == RUN:
        known = SPECIFICATIONS.get("find_rate")
    return parse_value(name if name in SPECIFICATIONS else "find_rate", text.strip())


def read_values(name: str, text: str) -> list[Any]:
    """Return the values in a text: ``0:1:11`` is 11 numbers from 0 to 1, ``5,10,20`` and ``beta(2,5),0.3`` lists.

    Examples
    --------
    >>> read_values("generosity", "0:1:3"), read_values("generosity", "beta(2, 5), 0.3")
    ([0.0, 0.5, 1.0], [('beta', 2, 5), 0.3])
    """
    import numpy as np

    parts = text.split(":")
    if len(parts) == 3 and not parts[0].strip()[:1].isalpha():
        try:
            low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
        except ValueError:
            raise InputError(f"{name}: {text!r} cannot be read; allowed: from:to:how many, as 0:1:11") from None
        if count < 2:
            raise InputError(f"{name}: {text!r} gives {count} values; allowed: two or more")
        values = np.linspace(low, high, count).tolist()
        known = SPECIFICATIONS.get(name)
        if (known is not None and known.whole) or name == RUN:
            values = [int(value) if value == int(value) else value for value in values]
        return values
    if len(parts) == 2 and all(_is_float(part) for part in parts):
        allowed = "from:to:how many, as 0:1:11, or a list, as 0,0.5,1"
        raise InputError(f"{name}: {text!r} is a range without a number of values; allowed: {allowed}")
    return [read_value(name, part) for part in split(text)]


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def split(text: str) -> list[str]:
    """Return the parts of a text between commas that are in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def read_vary(text: str, sampled: bool = False) -> tuple[str, Any]:
    """Return name and values, or name and range where a design is sampled, of ``--vary``.

    Examples
    --------
    >>> read_vary("attention=5,10,20"), read_vary("cost=0:1", sampled=True)
    (('attention', [5, 10, 20]), ('cost', (0.0, 1.0)))
    """
    name, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not name or not values:
        raise InputError(f"vary: {text!r} is not of the form name=values; for example generosity=0:1:11")
    if not sampled:
        return name, read_values(name, values)
    try:
        low, high = map(float, values.split(":"))
    except ValueError:
        hint = "a range, from:to, as 0:1" if nearest(values, ["0:1"]) is None else "from:to, as 0:1"
        raise InputError(f"{name}: {values!r} is no range; a sampled design needs {hint}") from None
    return name, (low, high)
