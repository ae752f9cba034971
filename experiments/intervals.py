"""How sure is a number? Replicates are the unit of every interval and test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from simulation.measures.inequality import holm, interval

__all__ = ["effect_row", "effects_table", "equivalence", "holm", "interval", "intervals", "median_interval",
           "off_theory", "rank_correlations", "share_that_holds"]  # fmt: skip


def intervals(table: pd.DataFrame, by: str | list[str], column: str) -> pd.DataFrame:
    """Return one row per group of runs: the group's columns and its `interval`."""
    by = [by] if isinstance(by, str) else by
    rows = []
    for values, runs in table.groupby(by, sort=True, dropna=False):
        rows.append({**dict(zip(by, values, strict=True)), **interval(runs[column].to_numpy())})
    return pd.DataFrame(rows)


def median_interval(values: ArrayLike) -> dict[str, float]:
    """Return the median, under the name ``mean`` of the tables, with a 95 % interval that assumes no distribution.

    Its ends are order statistics; the number of values below the median is binomial (Conover 1999, Practical
    Nonparametric Statistics, section 3.2). For points of a region, where a few may lie anywhere.

    Examples
    --------
    >>> median_interval([5, 1, 2, 900, 4, 3, 6, 8, 7])
    {'mean': 5.0, 'low': 2.0, 'high': 8.0, 'replicates': 9}
    """
    x = np.sort(np.asarray(values, np.float64))
    x = x[np.isfinite(x)]
    below = int(stats.binom.ppf(0.025, x.size, 0.5))
    ends = (x[below - 1], x[x.size - below]) if below else (-np.inf, np.inf)
    return {"mean": float(np.median(x)), "low": float(ends[0]), "high": float(ends[1]), "replicates": x.size}


def equivalence(values: ArrayLike, margin: float) -> float:
    """Return the p-value of two one-sided t tests that the mean lies within (-margin, margin).

    Small p: no difference that matters. NaN for fewer than two replicates. Schuirmann (1987), Journal of
    Pharmacokinetics and Biopharmaceutics 15, 657-680.

    Parameters
    ----------
    values : array of float
        One per replicate; NaN are left out.
    margin : float
        > 0, fixed before the runs.

    Examples
    --------
    >>> equivalence([0.01, -0.01, 0.02, 0.0], 0.1) < 0.01, equivalence([0.2, 0.3, 0.25], 0.1) > 0.5
    (True, True)
    """
    x = np.asarray(values, np.float64)
    x = x[np.isfinite(x)]
    if x.size < 2:
        return float("nan")
    error = x.std(ddof=1) / x.size**0.5
    if error == 0:
        return float(abs(x.mean()) >= margin)
    return float(stats.t.sf((margin - abs(x.mean())) / error, x.size - 1))


def share_that_holds(holds: ArrayLike) -> dict[str, float]:
    """Return the share of points in which something holds, with Wilson's 95 % interval (Wilson 1927).

    Parameters
    ----------
    holds : array of bool
        One per point of a region, sampled evenly.

    Examples
    --------
    >>> share_that_holds([True, True, False, False])["mean"]
    0.5
    """
    known = np.asarray(holds, bool)
    if known.size == 0:
        return {"mean": float("nan"), "low": float("nan"), "high": float("nan"), "replicates": 0}
    within = stats.binomtest(int(known.sum()), known.size).proportion_ci(method="wilson")
    return {"mean": float(known.mean()), "low": within.low, "high": within.high, "replicates": known.size}


def effect_row(
    name: str, unit: str, values: ArrayLike, tested: bool = False, margin: float = np.nan
) -> dict[str, Any]:
    """Return a row of a table of effects: its `interval`, and with a margin ``p_none``, its `equivalence` to nothing.

    Parameters
    ----------
    name, unit : str
    values : array of float
        One per replicate.
    tested : bool
        It belongs to the family of tests for whose number `effects_table` corrects.
    margin : float
        A smaller effect is as good as none; NaN: it is not asked whether there is none.
    """
    none = equivalence(values, margin) if np.isfinite(margin) else np.nan
    return {"name": name, "unit": unit, **interval(values), "tested": tested, "margin": margin, "p_none": none}


def effects_table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a table in which ``p`` is Holm-adjusted over those ``tested``, and NaN for the others."""
    table = pd.DataFrame(list(rows))
    table["p"] = holm(table["p"].where(table.pop("tested").eq(True)))
    return table


def rank_correlations(name: str, values: pd.Series, settings: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row of effects for each setting: over points of a region, its rank correlation with some values."""
    return [{"name": f"{name} and {setting}", "unit": "Spearman's rho",
             "mean": float(values.corr(settings[setting], method="spearman")), "replicates": len(values)}
            for setting in settings]  # fmt: skip


def off_theory(table: pd.DataFrame) -> list[str]:
    """Return the names of effects, "... minus theory", that are not zero."""
    rows = table[table["name"].str.endswith("minus theory") & (table["p"] < 0.05)]
    return list(rows["name"])
