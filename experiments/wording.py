"""How are numbers said in a verdict? Each takes a row of a table of effects, or the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def level(row: Mapping[Any, Any], digits: int = 2) -> str:
    """Return a number with its interval.

    Examples
    --------
    >>> level({"mean": 0.5, "low": 0.4, "high": 0.6}), level({"mean": 0.5, "low": float("nan"), "high": float("nan")})
    ('0.50 [0.40, 0.60]', '0.50')
    """
    return _within(row, f"z.{digits}f")


def signed(row: Mapping[Any, Any], digits: int = 2) -> str:
    """Return a difference with its interval, all with their signs.

    Examples
    --------
    >>> signed({"mean": -0.001, "low": -0.04, "high": 0.03})
    '+0.00 [-0.04, +0.03]'
    """
    return _within(row, f"+z.{digits}f")


def percent(row: Mapping[Any, Any]) -> str:
    """Return a share with its interval."""
    return _within(row, "z.0%")


def _within(row: Mapping[Any, Any], how: str) -> str:
    if pd.isna(row["mean"]):
        return "what cannot be told"
    known = not (pd.isna(row["low"]) or pd.isna(row["high"]))
    return f"{row['mean']:{how}}" + (f" [{row['low']:{how}}, {row['high']:{how}}]" if known else "")


def drivers(table: pd.DataFrame) -> str:
    """Return the three settings with which what was found in a region goes most, with their rank correlations."""
    rows = table[table["name"].str.startswith("region: rank")].dropna(subset="mean")
    most = rows.loc[rows["mean"].abs().sort_values(ascending=False).index[:3]]
    return ", ".join(f"{row['name'].rsplit(' ', 1)[-1].removeprefix('log_')} ({row['mean']:+.2f})"
                     for row in most.to_dict("records"))  # fmt: skip
