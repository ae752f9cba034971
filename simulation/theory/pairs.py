"""What is gained by comparing paired runs, and by listening to many?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from ._checks import number, probability, whole


def difference_variance(
    variances: tuple[float, float], correlation: float = 0.0, replicates: int = 1
) -> float:
    """Return the variance of the difference of means of paired runs, (s1^2 + s2^2 - 2 cov) / R.

    Parameters
    ----------
    variances : pair of float
        Of one run each, >= 0.
    correlation : float
        Between the runs of a pair, in [-1, 1]; 0: independent runs.
    replicates : int
        R >= 1 pairs.

    Examples
    --------
    >>> difference_variance((4.0, 4.0), 0.75, replicates=2)
    1.0
    """
    first, second = (number("variances", each) for each in variances)
    shared = 2 * number("correlation", correlation, -1, 1) * math.sqrt(first * second)
    return (first + second - shared) / whole("replicates", replicates, 1)


def variance_ratio(correlation: float) -> float:
    """Return the variance of a paired difference over that of an unpaired one, 1 - rho, where both vary alike.

    Parameters
    ----------
    correlation : float
        In [-1, 1].

    Examples
    --------
    >>> round(variance_ratio(0.8), 3)
    0.2
    """
    return 1 - number("correlation", correlation, -1, 1)


def replicate_saving(correlation: float) -> float:
    """Return how many times as many replicates unpaired runs would need, 1 / (1 - rho).

    Parameters
    ----------
    correlation : float
        In [-1, 1).

    Examples
    --------
    >>> replicate_saving(0.75)
    4.0
    """
    if number("correlation", correlation, -1, 1) == 1:
        raise ValueError(f"correlation: {correlation!r} is out of range; allowed: a number in [-1, 1)")
    return 1 / variance_ratio(correlation)


def mean_of_signals_variance(variance: float, signals: int, correlation: float = 0.0) -> float:
    """Return the variance of the mean of equally correlated signals, s^2 (rho + (1 - rho) / n): a floor at rho s^2.

    Parameters
    ----------
    variance : float
        s^2 >= 0.
    signals : int
        n >= 1.
    correlation : float
        rho, in [0, 1].

    Examples
    --------
    >>> mean_of_signals_variance(1.0, 4, 0.2)
    0.4
    """
    rho = probability("correlation", correlation)
    return number("variance", variance) * (rho + (1 - rho) / whole("signals", signals, 1))


def condorcet(voters: int, accuracy: float) -> float:
    """Return the probability that a majority of independent voters is right.

    I_p((n + 1) / 2, (n + 1) / 2), n odd (Condorcet 1785, by the binomial law).

    Parameters
    ----------
    voters : int
        n, odd.
    accuracy : float
        p, in [0, 1].

    Examples
    --------
    >>> round(condorcet(3, 0.6), 3)
    0.648
    """
    if whole("voters", voters, 1) % 2 == 0:
        raise ValueError(f"voters: {voters!r} is out of range; allowed: an odd number")
    return float(special.betainc((voters + 1) / 2, (voters + 1) / 2, probability("accuracy", accuracy)))


def degroot_weights(trust: ArrayLike) -> NDArray:
    """Return how much each opinion counts in the long run, where all repeatedly average those whom they listen to.

    The left eigenvector of the row-stochastic matrix for eigenvalue 1. Conditions: everybody reaches everybody, and
    opinions do not cycle. DeGroot (1974), Journal of the American Statistical Association 69, 118-121.

    Parameters
    ----------
    trust : array of float, shape (agents, agents)
        Row: how much weight an agent gives to each; rows are scaled to sum 1.

    Returns
    -------
    array of float, shape (agents,)
        Sums to 1.

    Examples
    --------
    >>> degroot_weights([[1, 1, 0], [1, 1, 1], [0, 1, 1]]).round(4)  # in proportion to degree + 1
    array([0.2857, 0.4286, 0.2857])
    """
    matrix = np.asarray(trust, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or np.any(matrix < 0) or np.any(matrix.sum(axis=1) <= 0):
        raise ValueError("trust: allowed: a square matrix of numbers >= 0, no row of zeros")
    n = len(matrix)
    rows = matrix / matrix.sum(axis=1, keepdims=True)
    system = np.vstack([rows.T - np.eye(n), np.ones(n)])
    weights, _, rank, _ = np.linalg.lstsq(system, np.append(np.zeros(n), 1.0), rcond=None)
    if rank < n:
        raise ValueError("trust: falls apart into closed groups; allowed: a matrix with one limit opinion")
    return weights


def effective_number(weights: ArrayLike) -> float:
    """Return how many equally heard people give the same accuracy, (sum w)^2 / sum w^2.

    With weights in proportion to degree, n <d>^2 / <d^2>: connectors reduce the accuracy of a crowd.

    Parameters
    ----------
    weights : array of float
        >= 0, not all 0; degrees, or `degroot_weights`.

    Examples
    --------
    >>> effective_number([1, 1, 1, 3])
    3.0
    """
    w = np.asarray(weights, np.float64)
    if np.any(w < 0) or w.sum() <= 0:
        raise ValueError("weights: allowed: numbers >= 0, not all 0")
    return float(w.sum() ** 2 / (w @ w))
