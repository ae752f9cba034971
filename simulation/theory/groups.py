"""What share of followers and of top positions does a minority get that is treated by one rule for all?

In-group preference is a weight h for one's own kind against 1 - h for the other: h = 1/2 none, h > 1/2 homophily. In
the model's growth corner (`growth`, with homophily > 0) a newcomer accepts a sender of the other identity with
probability 1 - homophily, so that h = 1 / (2 - homophily): `directed_homophily` is its law, asymptotic in N.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from ._checks import number, probability, whole
from .growth import linear_kernel_pmf


class Groups(NamedTuple):
    """How a minority (a) and a majority (b) fare.

    Attributes
    ----------
    minority_share : float
        Of all degrees (undirected) or of all followers (directed).
    growth : pair of float
        beta_a, beta_b: degrees grow as time^beta.
    exponents : pair of float
        Of the tails of degree, 1 + 1 / beta.
    """

    minority_share: float
    growth: tuple[float, float]
    exponents: tuple[float, float]


def in_group_weight(homophily: float) -> float:
    """Return h = 1 / (2 - homophily), the weight that the model's homophily amounts to.

    Parameters
    ----------
    homophily : float
        Probability that an opt-in across identities does not come about, in [0, 1].

    Examples
    --------
    >>> print(in_group_weight(0), in_group_weight(0.75))
    0.5 0.8
    """
    return 1 / (2 - probability("homophily", homophily))


def karimi(minority: float, in_group: float) -> Groups:
    """Return how two groups fare in undirected preferential attachment with homophily. Not a corner of the model.

    C = f (1 + h C / D_a) + (1 - f) (1 - h) C / D_b, D_a = h C + (1 - h) (2 - C), D_b = (1 - h) C + h (2 - C);
    beta_a = f h / D_a + (1 - f) (1 - h) / D_b; minority's share of degree C / 2. Karimi, Genois, Wagner, Singer &
    Strohmaier (2018), Scientific Reports 8, 11077.

    Parameters
    ----------
    minority : float
        f, in (0, 1).
    in_group : float
        h, in (0, 1).

    Returns
    -------
    Groups

    Examples
    --------
    >>> [round(karimi(0.2, h).minority_share, 3) for h in (0.8, 0.5, 0.2)]
    [0.162, 0.2, 0.408]
    """
    f, h = _inside("minority", minority), _inside("in_group", in_group)

    def rates(c: float) -> tuple[float, float]:
        own, other = h * c + (1 - h) * (2 - c), (1 - h) * c + h * (2 - c)
        return f * h / own + (1 - f) * (1 - h) / other, f * (1 - h) / own + (1 - f) * h / other

    constant = float(optimize.brentq(lambda c: f + rates(c)[0] * c - c, f, 1 + f, xtol=1e-14))
    first, second = rates(constant)
    return Groups(constant / 2, (first, second), (1 + 1 / first, 1 + 1 / second))


def directed_homophily(minority: float, in_group: float, *, follows: float, attractiveness: float) -> Groups:
    """Return how two groups fare where newcomers follow c by (followers + a) times the in-group weight.

    x = f h W_a / D_a + (1 - f) (1 - h) W_a / D_b, W_a = c x + a f, W_b = c (1 - x) + a (1 - f), D_a = h W_a + (1 - h)
    W_b, D_b = (1 - h) W_a + h W_b; beta_a = c (f h / D_a + (1 - f) (1 - h) / D_b). Conditions: see the module.
    Derived here; closed forms of the kind: Nettasinghe et al., "DMPA".

    Parameters
    ----------
    minority : float
        f, in (0, 1).
    in_group : float
        h, in (0, 1).
    follows, attractiveness : float
        c, a > 0.

    Returns
    -------
    Groups

    Examples
    --------
    >>> groups = directed_homophily(0.2, 0.8, follows=5, attractiveness=2)
    >>> print(round(groups.minority_share, 3), [round(each, 2) for each in groups.exponents])
    0.105 [2.76, 2.36]
    """
    f, h = _inside("minority", minority), _inside("in_group", in_group)
    c, a = number("follows", follows, above=True), number("attractiveness", attractiveness, above=True)

    def rates(x: float) -> tuple[float, float, float]:
        weight, rest = c * x + a * f, c * (1 - x) + a * (1 - f)
        own, other = h * weight + (1 - h) * rest, (1 - h) * weight + h * rest
        return c * (f * h / own + (1 - f) * (1 - h) / other), c * (f * (1 - h) / own + (1 - f) * h / other), weight

    def excess(x: float) -> float:
        beta, _, weight = rates(x)
        return beta * weight / c - x

    share = float(optimize.brentq(excess, 0.0, 1.0, xtol=1e-14))
    first, second, _ = rates(share)
    return Groups(share, (first, second), (1 + 1 / first, 1 + 1 / second))


def group_in_degree_pmf(followers: ArrayLike, *, growth: float, attractiveness: float) -> NDArray:
    """Return the law of followers within one group, Price's with w = 1 / beta.

    Conditions: see the module. Derived here.

    Parameters
    ----------
    followers : array of int
    growth : float
        beta of the group (`Groups.growth`), > 0.
    attractiveness : float
        a > 0.

    Examples
    --------
    >>> group_in_degree_pmf([0, 1], growth=0.5, attractiveness=1.0).round(4)  # one group, c = a = 1
    array([0.6667, 0.1667])
    """
    tail = 1 / number("growth", growth, above=True)
    return linear_kernel_pmf(followers, attractiveness=attractiveness, start=0, tail=tail)


def promotion_probabilities(minority: float, in_group: float) -> tuple[float, float]:
    """Return the probabilities that a minority and a majority sponsor promote somebody of the minority.

    A = h f / (h f + (1 - h) (1 - f)), B = (1 - h) f / ((1 - h) f + h (1 - f)). Derived here.

    Parameters
    ----------
    minority : float
        f among candidates, in (0, 1).
    in_group : float
        h, in (0, 1).

    Examples
    --------
    >>> [round(each, 4) for each in promotion_probabilities(0.3, 0.8)]
    [0.6316, 0.0968]
    """
    f, h = _inside("minority", minority), _inside("in_group", in_group)
    return h * f / (h * f + (1 - h) * (1 - f)), (1 - h) * f / ((1 - h) * f + h * (1 - f))


def promotion_share(minority: float, in_group: float) -> float:
    """Return the minority's long-run share of the seats at the top, B / (1 - A + B).

    Sponsors are drawn from the seats; the chain relaxes within seats / (1 - A + B) turnovers. It is linear in the
    share at the top: no threshold. Derived here.

    Parameters
    ----------
    minority, in_group : float
        As in `promotion_probabilities`.

    Examples
    --------
    >>> print(round(promotion_share(0.3, 0.8), 3), round(promotion_share(0.3, 0.5), 3))
    0.208 0.3
    """
    own, other = promotion_probabilities(minority, in_group)
    return other / (1 - own + other)


def promotion_relaxation(minority: float, in_group: float, seats: int) -> float:
    """Return after how many turnovers an initial difference at the top is down to 1 / e, about: n / (1 - A + B).

    Parameters
    ----------
    minority, in_group : float
        As in `promotion_probabilities`.
    seats : int
        n >= 1.

    Examples
    --------
    >>> round(promotion_relaxation(0.3, 0.8, 8), 1)
    17.2
    """
    own, other = promotion_probabilities(minority, in_group)
    return whole("seats", seats, 1) / (1 - own + other)


def promotion_pmf(seats: int, minority: float, in_group: float) -> NDArray:
    """Return the stationary law of the number of seats that the minority holds.

    One seat at a time falls vacant, a sponsor being drawn from all n (whoever leaves included): a birth-death chain,
    up (n - i) / n (B + (A - B) i / n), down i / n (1 - B - (A - B) i / n), by detailed balance. Derived here.

    Parameters
    ----------
    seats : int
        n >= 1.
    minority, in_group : float
        As in `promotion_probabilities`.

    Returns
    -------
    array of float, shape (seats + 1,)

    Examples
    --------
    >>> print(promotion_pmf(8, 0.3, 0.8)[0].round(3), promotion_pmf(8, 0.3, 0.5)[0].round(3))
    0.282 0.058
    """
    own, other = promotion_probabilities(minority, in_group)
    n = whole("seats", seats, 1)
    share = np.arange(n + 1) / n
    chosen = other + (own - other) * share
    up, down = (1 - share) * chosen, share * (1 - chosen)
    log = np.concatenate([[0.0], np.cumsum(np.log(up[:-1]) - np.log(down[1:]))])
    law = np.exp(log - log.max())
    return law / law.sum()


def independent_promotion_pmf(seats: int, minority: float) -> NDArray:
    """Return the law of the seats that the minority holds without homophily: Binomial(seats, minority).

    Parameters
    ----------
    seats : int
    minority : float
        In [0, 1].

    Examples
    --------
    >>> independent_promotion_pmf(2, 0.5)
    array([0.25, 0.5 , 0.25])
    """
    return stats.binom.pmf(np.arange(whole("seats", seats, 1) + 1), seats, probability("minority", minority))


def _inside(name: str, value: float) -> float:
    result = number(name, value, 0, 1, above=True)
    if result == 1.0:
        raise ValueError(f"{name}: {value!r} is out of range; allowed: a number between 0 and 1")
    return result
