"""Do the same people stay on top? Ranks at one time against ranks at another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from ..checks import share_of
from ..errors import InputError


def rank_agreement(before: ArrayLike, after: ArrayLike) -> float:
    """Return Kendall's tau-b of two rankings: 1 the same order, -1 reversed; NaN where all are equal in one of them.

    Kendall (1945), Biometrika 33, 239-251.

    Parameters
    ----------
    before, after : arrays of float, shape (agents,)

    Examples
    --------
    >>> rank_agreement([1, 2, 3], [3, 2, 1])
    -1.0
    """
    first, second = _paired(before, after)
    if first.size < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(stats.kendalltau(first, second).statistic)


def elite_turnover(before: ArrayLike, after: ArrayLike, share: float = 0.1) -> float:
    """Return which part of the top was not in the top before.

    Equal ranks at the border of the top count in part: nobody is left to an order of storage. So where all are equal
    before, the top turns over by 1 - share.

    Parameters
    ----------
    before, after : arrays of float, shape (agents,)
    share : float
        Of the people, in (0, 1].

    Examples
    --------
    >>> elite_turnover([4, 3, 2, 1], [4, 1, 2, 3], 0.5)
    0.5
    """
    share = share_of("share", share, above=True)
    first, second = _paired(before, after)
    if first.size == 0:
        return float("nan")
    size = int(np.ceil(share * first.size - 1e-9))
    return float(1 - (_in_top(first, size) @ _in_top(second, size)) / size)


def _paired(before: ArrayLike, after: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise InputError(f"after: shape {second.shape}; allowed: {first.shape}, the same agents as before")
    return first, second


def _in_top(values: np.ndarray, size: int) -> np.ndarray:
    """Return the chance of being in the top, ties at its border broken by lot."""
    border = np.sort(values)[values.size - size]
    above, equal = values > border, values == border
    return above + equal * ((size - above.sum()) / equal.sum())


def turnover(record: Any, share: float = 0.1) -> pd.DataFrame:
    """Return how followers' ranks change from each snapshot to the next, and from the first.

    Parameters
    ----------
    record : Record
        Of a run with ``Keep(snapshots=...)``. All slots count, whoever holds them.
    share : float
        The elite's, in (0, 1].

    Returns
    -------
    DataFrame
        By tick of the later snapshot: ``tau`` and ``turnover`` since the one before, ``tau_first`` and
        ``turnover_first`` since the first.

    Raises
    ------
    InputError
        Fewer than two snapshots.
    """
    ties = record.snapshots
    ticks = sorted(ties["tick"].unique())
    if len(ticks) < 2:
        raise InputError(f"record: {len(ticks)} snapshots with ties; needed: 2 or more, Keep(snapshots=...)")
    counts = [
        np.bincount(ties.loc[ties["tick"] == tick, "followee"], minlength=len(record.agents)) for tick in ticks
    ]
    rows = [
        {"tau": rank_agreement(counts[k - 1], counts[k]), "turnover": elite_turnover(counts[k - 1], counts[k], share),
         "tau_first": rank_agreement(counts[0], counts[k]),
         "turnover_first": elite_turnover(counts[0], counts[k], share)}
        for k in range(1, len(ticks))
    ]  # fmt: skip
    return pd.DataFrame(rows, index=pd.Index(ticks[1:], name="tick"))
