"""How sure is a number? Replicates are the unit of every interval and test."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from simulation.measures.inequality import interval

__all__ = ["holm", "interval", "intervals"]


def intervals(table: pd.DataFrame, by: str | list[str], column: str) -> pd.DataFrame:
    """Return one row per group of runs: the group's columns and its `interval`."""
    by = [by] if isinstance(by, str) else by
    rows = []
    for values, runs in table.groupby(by, sort=True, dropna=False):
        rows.append({**dict(zip(by, values, strict=True)), **interval(runs[column].to_numpy())})
    return pd.DataFrame(rows)


def holm(p: ArrayLike) -> np.ndarray:
    """Return p-values adjusted by Holm's step-down method (Holm 1979); NaN stays NaN and is not counted.

    Examples
    --------
    >>> [float(p) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, np.float64)
    adjusted = np.full(values.size, np.nan)
    tested = np.flatnonzero(np.isfinite(values))
    order = tested[np.argsort(values[tested], kind="stable")]
    steps = values[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted
