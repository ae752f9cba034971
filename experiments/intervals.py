"""How sure is a number? Replicates are the unit of every interval and test."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

LEVEL = 0.95


def interval(values: ArrayLike, level: float = LEVEL) -> dict[str, float]:
    """Return mean and Student interval over replicates: mean, low, high, replicates and two-sided p against 0.

    Replicates that are NaN are left out. Fewer than two give NaN bounds; equal values give p = 0, or 1 at zero.

    Examples
    --------
    >>> round(interval([1.0, 2.0, 3.0])["high"], 2)
    4.48
    """
    x = np.asarray(values, np.float64)
    x = x[np.isfinite(x)]
    n = x.size
    mean = float(x.mean()) if n else float("nan")
    if n < 2:
        return {"mean": mean, "low": float("nan"), "high": float("nan"), "replicates": n, "p": float("nan")}
    error = float(x.std(ddof=1)) / n**0.5
    half = float(stats.t.ppf(0.5 + level / 2, n - 1)) * error
    p = float(2 * stats.t.sf(abs(mean) / error, n - 1)) if error > 0 else float(mean == 0.0)
    return {"mean": mean, "low": mean - half, "high": mean + half, "replicates": n, "p": p}


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
