"""Is an argument in its range?"""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import out_of_range, wrong_type


def share_of(field: str, value: Any, *, above: bool = False, below: bool = False) -> float:
    """Return a number in [0, 1], without 0 where ``above`` and without 1 where ``below``.

    Examples
    --------
    >>> share_of("share", 0.01)
    0.01
    """
    allowed = f"a number in {'(' if above else '['}0, 1{')' if below else ']'}"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise wrong_type(field, value, allowed)
    if not 0.0 <= value <= 1.0 or (above and value == 0.0) or (below and value == 1.0):
        raise out_of_range(field, value, allowed)
    return float(value)


def whole(field: str, value: Any, lowest: int = 0) -> int:
    """Return a whole number of at least ``lowest``.

    Examples
    --------
    >>> whole("steps", 2, 1)
    2
    """
    allowed = f"a whole number >= {lowest}"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise wrong_type(field, value, allowed)
    if value < lowest:
        raise out_of_range(field, value, allowed)
    return int(value)
