"""How unequal is a distribution, and how sure is that? Gini, shares of the top, intervals.

Intervals are over replicates, the unit of this laboratory: the agents of one network depend on each other, and their
Gini is that of the whole population, no estimate of anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ..checks import share_of
from ..errors import InputError


def _values(values: ArrayLike) -> NDArray:
    x = np.sort(np.asarray(values, np.float64).ravel())
    if x.size and (not np.isfinite(x).all() or x[0] < 0):
        raise InputError("values: negative or not finite; allowed: numbers >= 0")
    return x


def gini(values: ArrayLike) -> float:
    """Return the Gini coefficient: mean absolute difference over twice the mean, of all pairs with themselves.

    0 where all have the same, 1 - 1 / n where one has all; NaN where nobody has anything. Gini (1912); the formula by
    ranks as in Sen (1973), On Economic Inequality. It is that of ``Record.series["followers_gini"]``.

    Parameters
    ----------
    values : array of float
        >= 0.

    Examples
    --------
    >>> gini([0, 0, 0, 4]), gini([1, 1, 1])
    (0.75, 0.0)
    """
    x = _values(values)
    if x.size == 0 or x.sum() == 0:
        return float("nan")
    n = x.size
    return float(2 * (np.arange(1, n + 1) @ x) / (n * x.sum()) - (n + 1) / n)


def top_share(values: ArrayLike, share: float = 0.01) -> float:
    """Return which part of the total the top has, at least one; NaN where nobody has anything.

    Parameters
    ----------
    values : array of float
        >= 0.
    share : float
        Of the people, in (0, 1]; rounded up to whole people.

    Examples
    --------
    >>> top_share([1, 1, 2, 4], 0.25)
    0.5
    """
    x = _values(values)
    share = share_of("share", share, above=True)
    if x.size == 0 or x.sum() == 0:
        return float("nan")
    return float(x[x.size - int(np.ceil(share * x.size - 1e-9)) :].sum() / x.sum())


def interval(values: ArrayLike, level: float = 0.95) -> dict[str, float]:
    """Return mean and Student interval over replicates: mean, low, high, replicates and two-sided p against 0.

    Replicates that are NaN are left out. Fewer than two give NaN bounds; equal values give p = 0, or 1 at zero.

    Parameters
    ----------
    values : array of float
        One per replicate.
    level : float
        In (0, 1).

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


def over_replicates(measure: Callable[[Any], float], replicates: Iterable[Any], level: float = 0.95) -> pd.Series:
    """Return a measure's mean and interval over replicates.

    Parameters
    ----------
    measure : function of a record or network
    replicates : iterable of Record or network
        Of different seeds, and nothing else.
    level : float
        In (0, 1).

    Returns
    -------
    Series
        As `interval`.
    """
    share_of("level", level, above=True, below=True)
    return pd.Series(interval([measure(each) for each in replicates], level))
