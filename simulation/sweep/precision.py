"""How many replicates does each point need, so that an interval is as narrow as asked for?

Looking again and again, and stopping when the interval happens to be narrow, gives intervals that are too narrow: a
sample that underestimates the variance stops early. Stein's procedure in two stages (Stein 1945,
doi:10.1214/aoms/1177731088) looks once. The variance s2 of the first stage of n replicates settles the number in all,
N = max(n, ceil((t s)^2 / d^2)), with d the half-width asked for and t Student's quantile for n - 1 degrees of freedom;
the interval at the end is the mean of all N plus and minus t s / sqrt(N), with s and t still those of the first stage.
As s is independent of the mean for normal values, its coverage is exact for a fixed d. With d a share of the mean, the
first stage's mean stands in for it, and coverage is exact only as far as that mean is known.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import stdtrit  # Student's quantile: scipy.stats would take half a second to import

from ..errors import unknown_name
from .journal import Journal
from .plan import Plan, target_of

LEVEL = 0.95


def wanted_runs(plan: Plan, journal: Journal) -> list[range]:
    """Return the numbers of all runs that the sweep needs, as far as the journal tells already, in order."""
    if not plan.precision:
        return [range(plan.runs_at_most)]
    runs = []
    for point in range(len(plan.design.points)):
        first = _of_point(plan, journal, point, plan.replicates)
        count = plan.replicates if first is None else min(plan.span, needed(plan, first))
        runs.append(range(point * plan.span, point * plan.span + count))
    return runs


def _of_point(plan: Plan, journal: Journal, point: int, count: int) -> list[dict[str, Any]] | None:
    """Return the numbers of the first replicates of a point, failed ones left out; None before all are there."""
    runs = range(point * plan.span, point * plan.span + count)
    if any(run not in journal.where for run in runs):
        return None
    return [result.numbers for run in runs if (result := journal.read(run)).status == "ok"]


def _values(rows: list[dict[str, Any]], name: str) -> np.ndarray:
    values = np.array([row[name] for row in rows if row.get(name) is not None], np.float64)
    return values[np.isfinite(values)]


def needed(plan: Plan, first: list[dict[str, Any]]) -> int:
    """Return how many replicates a point needs, from those of the first stage.

    Raises
    ------
    InputError
        A precision for what no run has measured.
    """
    for name in plan.precision:
        if first and all(name not in row for row in first):
            raise unknown_name("measure with a precision", name, first[0])
    return max([plan.replicates, *(stein(_values(first, name), *target_of(name, target))
                                   for name, target in plan.precision.items())])  # fmt: skip


def stein(first: np.ndarray, target: float, relative: bool) -> int:
    """Return Stein's number of replicates in all.

    Parameters
    ----------
    first : array of float, shape (n,)
        The first stage.
    target : float
        Half-width, in units of the values or, where relative, as a share of their mean.

    Returns
    -------
    int
        At least n; at most 2**53, where the mean is 0 and the half-width relative.

    Examples
    --------
    >>> stein(np.array([9.0, 10.0, 11.0, 10.0, 10.0]), 0.02, relative=True)
    97
    """
    n = first.size
    if n < 2:
        return n
    width = target * abs(float(first.mean())) if relative else target
    spread = float(stdtrit(n - 1, 0.5 + LEVEL / 2)) * float(first.std(ddof=1))
    if spread == 0.0:
        return n
    return max(n, math.ceil(min((spread / width) ** 2, 2.0**53))) if width > 0 else 2**53


def report(plan: Plan, journal: Journal) -> list[dict[str, Any]]:
    """Return, for every point and measure, the interval, the half-width asked for, and whether it was reached."""
    rows = []
    for point in range(len(plan.design.points)) if plan.precision else ():
        first = _of_point(plan, journal, point, plan.replicates) or []
        total = min(plan.span, needed(plan, first)) if first else plan.replicates
        every = _of_point(plan, journal, point, total) or first
        for name, target in plan.precision.items():
            rows.append({"point": point, "measure": name, **interval(_values(first, name), _values(every, name),
                                                                     *target_of(name, target))})  # fmt: skip
    return rows


def interval(first: np.ndarray, every: np.ndarray, target: float, relative: bool) -> dict[str, Any]:
    """Return Stein's interval: mean of all, variance of the first stage."""
    n, total = first.size, every.size
    if n < 2:
        return {"replicates": int(total), "mean": None, "low": None, "high": None, "asked": None, "reached": False}
    mean = float(every.mean())
    half = float(stdtrit(n - 1, 0.5 + LEVEL / 2)) * float(first.std(ddof=1)) / math.sqrt(total)
    asked = target * abs(mean) if relative else target
    return {"replicates": int(total), "mean": mean, "low": mean - half, "high": mean + half, "asked": asked,
            "reached": bool(half <= asked)}  # fmt: skip
