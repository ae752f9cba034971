"""Is an argument of a law inside the range where the law holds?"""

from __future__ import annotations

import math
from typing import Any


def number(name: str, value: Any, low: float = 0.0, high: float = math.inf, *, above: bool = False) -> float:
    """Return the value as a float, or raise an error that says what is allowed.

    Parameters
    ----------
    name : str
    value : number
    low, high : float
        Inclusive, except ``low`` where ``above``.
    above : bool

    Raises
    ------
    ValueError
        Outside the range, or not a finite number.

    Examples
    --------
    >>> number("churn", 0.5, 0, 1)
    0.5
    >>> number("churn", 1.5, 0, 1)
    Traceback (most recent call last):
        ...
    ValueError: churn: 1.5 is out of range; allowed: a number in [0, 1]
    """
    ok = isinstance(value, (int, float)) or (hasattr(value, "__float__") and getattr(value, "shape", ()) == ())
    result = float(value) if ok else math.nan
    if not (low <= result <= high and math.isfinite(result)) or (above and result == low):
        left = "(" if above else "["
        end = f"{high:g}]" if math.isfinite(high) else "infinity)"
        raise ValueError(f"{name}: {value!r} is out of range; allowed: a number in {left}{low:g}, {end}")
    return result


def probability(name: str, value: Any) -> float:
    """Return the value as a float in [0, 1], or raise ValueError."""
    return number(name, value, 0.0, 1.0)


def whole(name: str, value: Any, low: int = 0) -> int:
    """Return the value as an int of at least ``low``, or raise ValueError.

    Examples
    --------
    >>> whole("ticks", 2.5)
    Traceback (most recent call last):
        ...
    ValueError: ticks: 2.5 is out of range; allowed: a whole number >= 0
    """
    try:
        same = not isinstance(value, bool) and int(value) == value and int(value) >= low
    except (TypeError, ValueError, OverflowError):
        same = False
    if not same:
        raise ValueError(f"{name}: {value!r} is out of range; allowed: a whole number >= {low}")
    return int(value)


def within_candidates(start: int, candidates: int) -> int:
    """Return a number of followers that is at most the number of candidates, or raise ValueError."""
    if whole("start", start) > candidates:
        raise ValueError(f"start: {start!r} is out of range; allowed: a whole number in [0, {candidates}]")
    return int(start)
