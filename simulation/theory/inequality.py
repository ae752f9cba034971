"""How unequal is a law of followers, and how much of that is no evidence of feedback?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from ._checks import number


def gini_of_pmf(pmf: ArrayLike, mean: float | None = None) -> float:
    """Return the Gini coefficient of a law on 0, 1, 2, ...

    1 - sum_k S(k)^2 / sum_k S(k) with S(k) = P(X > k), for sum S^2 is the mean of the smaller of two.

    Parameters
    ----------
    pmf : array of float
        Probabilities of 0, 1, ..., cut off where the rest no longer matters.
    mean : float, optional
        The mean, > 0, where it is known: a heavy tail converges slowly in the mean but fast in the sum of squares.

    Examples
    --------
    >>> gini_of_pmf([0.5, 0.5])
    0.5
    >>> gini_of_pmf([0.0, 0.0, 1.0])
    0.0
    """
    p = np.asarray(pmf, np.float64)
    beyond = 1.0 - np.cumsum(p)
    beyond[beyond < 1e-14] = 0.0  # rounding
    expected = float(beyond.sum()) if mean is None else number("mean", mean, above=True)
    return 1.0 - float(beyond @ beyond) / expected


def no_preference_gini(follows: float) -> float:
    """Return the Gini coefficient of followers in a network that grows without any preference.

    (1 + c) / (1 + 2 c): geometric in-degrees, from seniority alone. It exceeds 1/2 for every c: inequality alone is
    no evidence of feedback. Conditions: those of `growth`, bring = 0. Derived here.

    Parameters
    ----------
    follows : float
        c, whom each newcomer follows, > 0.

    Examples
    --------
    >>> [round(no_preference_gini(c), 3) for c in (1, 5, 20)]
    [0.667, 0.545, 0.512]
    """
    c = number("follows", follows, above=True)
    return (1 + c) / (1 + 2 * c)


def gamma_gini(shape: float) -> float:
    """Return the Gini coefficient of a gamma law, the limit of a negative binomial one at a large mean.

    Gamma(a + 1/2) / (sqrt(pi) Gamma(a + 1)).

    Parameters
    ----------
    shape : float
        a > 0.

    Examples
    --------
    >>> gamma_gini(1.0)
    0.5
    """
    a = number("shape", shape, above=True)
    return float(np.exp(special.gammaln(a + 0.5) - special.gammaln(a + 1)) / np.sqrt(np.pi))


def size_biased_pmf(pmf: ArrayLike) -> NDArray:
    """Return the law of the degree of a person met along a tie, k P(k) / mean.

    Feld (1991), American Journal of Sociology 96, 1464-1477. Exact where ties are drawn uniformly.

    Parameters
    ----------
    pmf : array of float
        Probabilities of degrees 0, 1, ...; not all at 0.

    Examples
    --------
    >>> size_biased_pmf([0.5, 0.25, 0.25])
    array([0.        , 0.33333333, 0.66666667])
    """
    weighted = np.asarray(pmf, np.float64) * np.arange(len(np.asarray(pmf)))
    return weighted / number("mean of pmf", weighted.sum(), above=True)


def size_biased_mean(mean: float, variance: float) -> float:
    """Return the mean degree of a person met along a tie, mean + variance / mean (friendship paradox).

    Feld (1991).

    Parameters
    ----------
    mean : float
        > 0.
    variance : float
        >= 0.

    Examples
    --------
    >>> size_biased_mean(4.0, 8.0)
    6.0
    """
    return number("mean", mean, above=True) + number("variance", variance) / mean
