"""How sure is a number? Replicates are the unit of every interval and test."""

from __future__ import annotations

import pandas as pd

from simulation.measures.inequality import holm, interval

__all__ = ["holm", "interval", "intervals"]


def intervals(table: pd.DataFrame, by: str | list[str], column: str) -> pd.DataFrame:
    """Return one row per group of runs: the group's columns and its `interval`."""
    by = [by] if isinstance(by, str) else by
    rows = []
    for values, runs in table.groupby(by, sort=True, dropna=False):
        rows.append({**dict(zip(by, values, strict=True)), **interval(runs[column].to_numpy())})
    return pd.DataFrame(rows)
