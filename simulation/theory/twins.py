"""How strongly are two worlds coupled that differ in one giver's generosity alone?

Twins share all draws. In the corner of `chains`, a giver of generosity g1 <= g2 shares in the first world a part of
what it shares in the second: S1 ~ Poisson(f g1) items go to the same encounters in both, D ~ Poisson(f (g2 - g1))
more in the second only. A candidate decides on the same item by the same number, and is lost by the same number in
both worlds. So a candidate is a chain on four states, and two candidates, who see the same shares, one on sixteen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ._checks import number, probability, whole
from .chains import follow_probability_per_share


class Twins(NamedTuple):
    """Moments of the number of followers in two coupled worlds, after some ticks.

    Attributes
    ----------
    means, variances : array of float, shape (2,)
        In the first and the second world.
    covariance, correlation : float
        Between them; the correlation is NaN where one of them does not vary.
    """

    means: NDArray
    variances: NDArray
    covariance: float
    correlation: float

    @property
    def difference_variance(self) -> float:
        """Variance of (second world - first world) within one pair."""
        return float(self.variances.sum() - 2 * self.covariance)


def twin_moments(
    ticks: int, *, agents: int, find_rate: float, generosity: tuple[float, float], encounters: float,
    responsiveness: float, churn: float,
) -> Twins:  # fmt: skip
    """Return exact moments of a giver's followers in two worlds that differ in its generosity alone.

    From no ties. Conditions: those of the module `chains` in both worlds, one seed. Derived here.

    Parameters
    ----------
    ticks : int
        >= 0.
    agents : int
        N, with the giver, >= 2.
    find_rate, encounters : float
        >= 0.
    generosity : pair of float
        Of the giver in the first and second world, in [0, 1], in either order.
    responsiveness, churn : float
        In [0, 1].

    Returns
    -------
    Twins

    Examples
    --------
    >>> law = dict(agents=41, find_rate=1, encounters=4, responsiveness=0.5, churn=0.05)
    >>> twins = twin_moments(30, generosity=(0.6, 0.8), **law)
    >>> print(twins.means.round(2), round(twins.correlation, 2))
    [12.93 15.76] 0.86
    """
    first, second = (probability("generosity", each) for each in generosity)
    if first > second:
        other = twin_moments(
            ticks, agents=agents, find_rate=find_rate, generosity=(second, first), encounters=encounters,
            responsiveness=responsiveness, churn=churn,
        )  # fmt: skip
        return Twins(other.means[::-1], other.variances[::-1], other.covariance, other.correlation)
    candidates = whole("agents", agents, 2) - 1
    q = follow_probability_per_share(encounters, responsiveness, agents)
    one, two = _kernels(number("find_rate", find_rate), first, second, q, probability("churn", churn))
    law, pair = np.eye(4)[0], np.eye(16)[0]
    for _ in range(whole("ticks", ticks)):
        law, pair = law @ one, pair @ two
    on = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float64)  # state -> follows in the (first, second) world
    mean = law @ on
    joint = pair.reshape(4, 4)
    within = on.T @ (law[:, None] * on)
    between = on.T @ joint @ on
    cov = candidates * within + candidates * (candidates - 1) * between - candidates**2 * np.outer(mean, mean)
    spread = float(np.sqrt(max(cov[0, 0], 0.0) * max(cov[1, 1], 0.0)))
    correlation = float(cov[0, 1]) / spread if spread > 0 else float("nan")
    return Twins(candidates * mean, np.diag(cov).copy(), float(cov[0, 1]), correlation)


def _kernels(find_rate: float, first: float, second: float, q: float, churn: float) -> tuple[NDArray, NDArray]:
    """Return the transition matrices of one candidate, shape (4, 4), and of two that see the same shares, (16, 16)."""
    one, two = np.zeros((4, 4)), np.zeros((16, 16))
    means = find_rate * first, find_rate * (second - first)
    laws = [stats.poisson.pmf(np.arange(int(stats.poisson.isf(1e-15, mean)) + 2), mean) for mean in means]
    for common, p in enumerate(laws[0]):
        for more, r in enumerate(laws[1]):
            kernel = _candidate(1 - (1 - q) ** common, 1 - (1 - q) ** more, churn)
            one += p * r * kernel
            two += p * r * np.kron(kernel, kernel)
    return one, two


def _candidate(common: float, more: float, churn: float) -> NDArray:
    """Return how one candidate moves, given the chances that the common and the additional shares win it."""
    either = 1 - (1 - common) * (1 - more)
    none = (1 - common) * (1 - more)
    return np.array(
        [
            [none, (1 - common) * more, 0.0, common],
            # follows in the second world only: lost there, won by a common share in the first
            [(1 - common) * churn, (1 - common) * (1 - churn), common * churn, common * (1 - churn)],
            [none * churn, either * churn, none * (1 - churn), either * (1 - churn)],
            [churn, 0.0, 0.0, 1 - churn],
        ]
    )
