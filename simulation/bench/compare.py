"""Is one benchmark faster than another, or is it noise? Figure by figure, from the repetitions of both.

The interval of the ratio is Hodges and Lehmann's, from the ranks of all pairwise ratios, and the p-value Mann and
Whitney's exact one: neither assumes a distribution, and both take a repetition, a process, as the unit (Hollander,
Wolfe & Chicken 2013, doi:10.1002/9781119196037, chapter 4). Whether a difference is beyond noise is corrected for the
number of figures by Holm's method.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from ..errors import InputError
from ..measures.inequality import holm
from .tables import short, text_table

ALPHA = 0.05
HEAD = ["figure", "before", "now", "now / before", "95 % interval", "beyond noise"]


def load(path: str | Path) -> dict[str, Any]:
    """Return a benchmark that ``connectors bench --json`` has left in a file.

    Raises
    ------
    InputError
        No such file, or another content.
    """
    try:
        found = json.loads(Path(path).read_text())
    except (OSError, ValueError) as problem:
        raise InputError(f"compare: {str(path)!r} cannot be read as JSON: {problem}") from None
    if not isinstance(found, dict) or not isinstance(found.get("figures"), list):
        allowed = "allowed: a file made by connectors bench --json"
        raise InputError(f"compare: {str(path)!r} holds no figures of a benchmark; {allowed}")
    return found


def interval(before: np.ndarray, now: np.ndarray) -> tuple[float, float, float]:
    """Return the median of all ratios now / before, and its exact 95 % interval (-inf, inf where runs are too few)."""
    ratios = np.sort((now[:, None] / before[None, :]).ravel())
    few, many = sorted((before.size, now.size))
    least = -1  # the largest rank sum statistic that both tails together reach with at most 5 %
    ways = np.zeros((few + 1, few * many + 1))
    ways[0, 0] = 1.0
    for rank in range(1, few + many + 1):
        for chosen in range(min(few, rank), 0, -1):
            shift = rank - chosen
            if shift <= few * many:
                ways[chosen, shift:] += ways[chosen - 1, : ways.shape[1] - shift]
    below = np.cumsum(ways[few]) / ways[few].sum()
    while 2 * below[least + 1] <= ALPHA:
        least += 1
    middle = float(np.median(ratios))
    if least < 0:
        return middle, -np.inf, np.inf
    return middle, float(ratios[least]), float(ratios[ratios.size - 1 - least])


def compare(before: dict[str, Any], now: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one row per figure that both benchmarks have: ratio, interval, p, and whether it is beyond noise.

    Raises
    ------
    InputError
        They have no figure in common.
    """
    old = {(each["name"], each.get("at")): each for each in before["figures"] if each["values"]}
    pairs = [(old[key], each) for each in now["figures"] if each["values"]
             for key in [(each["name"], each.get("at"))] if key in old]  # fmt: skip
    if not pairs:
        raise InputError("compare: the two benchmarks have no figure of the same size in common")
    rows = []
    for one, other in pairs:
        x, y = np.array(one["values"]), np.array(other["values"])
        if np.all(x == x[0]) and np.all(y == y[0]):  # counted, not timed: there is no noise
            ratio = low = high = float(y[0] / x[0]) if x[0] else float("nan")
            p = 1.0 if x[0] == y[0] else 0.0
        else:
            ratio, low, high = interval(x, y)
            p = float(stats.mannwhitneyu(x, y, method="exact" if np.unique([*x, *y]).size == x.size + y.size
                                         else "asymptotic").pvalue)  # fmt: skip
        rows.append({"name": one["name"], "what": one["what"], "before": float(np.median(x)),
                     "now": float(np.median(y)), "ratio": ratio, "low": low, "high": high, "p": p})  # fmt: skip
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["beyond_noise"] = bool(p <= ALPHA)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows of `compare` as a table, and what it means."""
    lines = [[row["what"], short(row["before"]), short(row["now"]), short(row["ratio"]),
              f"{short(row['low'])} - {short(row['high'])}" if np.isfinite(row["low"]) else "too few runs",
              "yes" if row["beyond_noise"] else "no"] for row in rows]  # fmt: skip
    return (text_table(HEAD, lines) + "\nIntervals from ranks, each by itself; beyond noise: exact rank test at 5 %, "
            "corrected for the number of figures (Holm).")  # fmt: skip
