"""Who stands between whom in a pure hierarchy, and how much of what is known below reaches the top?

A balanced tree: every manager above the lowest level has ``span`` reports; level 0 is the top, ``height`` the
lowest. The corner of the model: the workplace with its locked ties only (responsiveness, follow_back, introducing
and encounters 0), both directions of each reporting line.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._checks import number, probability, whole


def level_sizes(span: int, height: int) -> NDArray:
    """Return the number of people on each level, span^level.

    Parameters
    ----------
    span : int
        b >= 1.
    height : int
        h >= 0.

    Returns
    -------
    array of int, shape (height + 1,)

    Examples
    --------
    >>> level_sizes(3, 2)
    array([1, 3, 9])
    """
    return whole("span", span, 1) ** np.arange(whole("height", height) + 1)


def subtree_sizes(span: int, height: int) -> NDArray:
    """Return the number of people in the subtree below and with somebody on each level.

    Parameters
    ----------
    span, height : int
        As in `level_sizes`.

    Examples
    --------
    >>> subtree_sizes(3, 2)
    array([13,  4,  1])
    """
    return np.cumsum(level_sizes(span, height))[::-1].copy()


def tree_betweenness(span: int, height: int) -> NDArray:
    """Return the betweenness of somebody on each level, over unordered pairs without their ends.

    ((n - 1)^2 - b S(l + 1)^2 - (n - S(l))^2) / 2: pairs that lie in different branches. Definition: Freeman (1977),
    Sociometry 40, 35-41; the form derived here.

    Parameters
    ----------
    span, height : int
        As in `level_sizes`.

    Returns
    -------
    array of float, shape (height + 1,)

    Examples
    --------
    >>> tree_betweenness(2, 2)
    array([9., 9., 0.])
    """
    size = subtree_sizes(span, height).astype(np.float64)
    below = np.append(size[1:], 0.0)
    n = size[0]
    return ((n - 1) ** 2 - span * below**2 - (n - size) ** 2) / 2


def tree_mean_distance(span: int, height: int) -> float:
    """Return the mean distance of two people, sum over levels l >= 1 of b^l S(l) (n - S(l)) / C(n, 2).

    Each line is crossed by the pairs that it separates. Derived here.

    Parameters
    ----------
    span, height : int
        As in `level_sizes`; at least two people.

    Examples
    --------
    >>> round(tree_mean_distance(2, 1), 4)
    1.3333
    """
    size = subtree_sizes(span, height).astype(np.float64)
    n = number("people", size[0], 2)
    return float((level_sizes(span, height)[1:] * size[1:] * (n - size[1:])).sum() / (n * (n - 1) / 2))


def upward_reach(span: int, height: int, generosity: float, relay: float) -> float:
    """Return the share of all findings that reach the top by being shared upwards, step by step.

    Sum over levels l >= 1 of b^l g p^(l - 1) / n, p = generosity * relay: the finder shares with probability g, every
    manager in between with p. The top's own findings do not count as reaching it. Conditions: cost 0, net value
    positive, bring 0, attention above any feed, everybody alike. Derived here.

    Parameters
    ----------
    span, height : int
        As in `level_sizes`.
    generosity, relay : float
        In [0, 1].

    Examples
    --------
    >>> round(upward_reach(2, 2, 0.5, 1.0), 4)  # (2 * 0.5 + 4 * 0.25) / 7
    0.2857
    """
    g = probability("generosity", generosity)
    people = level_sizes(span, height).astype(np.float64)
    passed = g * (g * probability("relay", relay)) ** np.arange(height)
    return float(people[1:] @ passed / people.sum())


def upward_delay(span: int, height: int, generosity: float, relay: float) -> float:
    """Return after how many ticks a finding that reaches the top does so, on average.

    Each step takes one tick: what is found and shared in tick t is read by the line manager in t, in hand in t + 1.
    So level l needs l - 1 ticks beyond that of the finding. Conditions: as in `upward_reach`. Derived here.

    Parameters
    ----------
    span, height, generosity, relay
        As in `upward_reach`, with a positive reach.

    Examples
    --------
    >>> upward_delay(2, 2, 0.5, 1.0)
    0.5
    """
    g = probability("generosity", generosity)
    people = level_sizes(span, height).astype(np.float64)
    arriving = people[1:] * g * (g * probability("relay", relay)) ** np.arange(height)
    return float(arriving @ np.arange(height) / number("reach", arriving.sum(), above=True))
