"""How does the size of people's networks go with what they give?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import InputError, unknown_name


def _column(agents: pd.DataFrame, column: str) -> np.ndarray:
    if column not in agents:
        raise unknown_name("column of agents", column, agents.columns)
    return agents.loc[agents["present"], column].to_numpy(np.float64)


def slope_on_generosity(agents: pd.DataFrame, column: str = "followers") -> float:
    """Return the least-squares slope of a column on generosity, over present agents.

    Parameters
    ----------
    agents : DataFrame
        ``Record.agents``.
    column : str
        What is explained, as "followers", "reached" or "received".

    Returns
    -------
    float
        In units of the column for generosity from 0 to 1; NaN where all are equally generous.
    """
    generosity, y = _column(agents, "generosity"), _column(agents, column)
    centred = generosity - generosity.mean() if generosity.size else generosity
    spread = float(centred @ centred)
    return float(centred @ y) / spread if spread > 0.0 else float("nan")


def by_generosity(agents: pd.DataFrame, column: str = "followers", bins: int = 10) -> pd.Series:
    """Return the mean of a column over present agents, by equal bins of generosity.

    Parameters
    ----------
    agents : DataFrame
        ``Record.agents``.
    column : str
    bins : int
        Number of bins that divide [0, 1].

    Returns
    -------
    Series of float, shape (bins,)
        Indexed by the middle of each bin; NaN where nobody is in it.

    Raises
    ------
    InputError
        No such column, or bins < 1.
    """
    if not isinstance(bins, int) or bins < 1:
        raise InputError(f"bins: {bins!r}; allowed: a whole number >= 1")
    place = np.minimum((_column(agents, "generosity") * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    total = np.bincount(place, weights=_column(agents, column), minlength=bins)
    with np.errstate(invalid="ignore"):
        means = total / np.where(count > 0, count, np.nan)
    return pd.Series(means, index=pd.Index((np.arange(bins) + 0.5) / bins, name="generosity"), name=column)
