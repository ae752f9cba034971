"""What is a check? A law, a sample, a test with its error rate, and a negative control with its power."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

ALTERED = 1.1  # the negative control: one rule's rate times this
RESAMPLES = 200  # for the power of the control


@dataclass(frozen=True)
class Means:
    """A law that gives expected values of one or more statistics of a replicate.

    Attributes
    ----------
    values : array of shape (statistics,)
        Expected values.
    x : array of shape (statistics,)
        Where each is drawn, as a tick or a degree.
    x_label, y_label : str
    names : tuple of str
        What the statistics are called, where x only numbers them: categories, between which nothing lies. An empty
        name belongs to the one beside it.
    lines : tuple of str
        What the curves are called, where every x occurs once for each of them, in this order.
    exact : bool
        The law holds in every replicate, not only in the mean: one that differs by more than 1e-9 rejects it.
    """

    values: NDArray
    x: NDArray
    x_label: str
    y_label: str
    names: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    exact: bool = False

    def p_value(self, sample: NDArray) -> float:
        """Return the two-sided p of the worst statistic, Bonferroni-corrected for their number.

        Student's t over replicates with the standard error computed from them. A statistic that does not vary must
        equal its expected value to 1e-9.
        """
        sample = sample.reshape(len(sample), -1)
        if self.exact:
            return float(np.all(np.abs(sample - self.values) <= 1e-9 * np.maximum(1.0, np.abs(self.values))))
        error = sample.std(axis=0, ddof=1) / np.sqrt(len(sample))
        distance = np.abs(sample.mean(axis=0) - self.values)
        exact = error <= 1e-12 * np.maximum(1.0, np.abs(self.values))
        t = distance / np.where(exact, 1.0, error)
        p = 2 * stats.t.sf(t, len(sample) - 1)
        p = np.where(exact, (distance <= 1e-9 * np.maximum(1.0, np.abs(self.values))).astype(float), p)
        return float(min(1.0, p.min() * p.size))

    def worst(self, sample: NDArray) -> tuple[float, float, float]:
        """Return (predicted, simulated, standard error) of the statistic that lies farthest off, in errors."""
        sample = sample.reshape(len(sample), -1)
        error = sample.std(axis=0, ddof=1) / np.sqrt(len(sample))
        at = int(np.argmax(np.abs(sample.mean(axis=0) - self.values) / np.maximum(error, 1e-15)))
        return float(self.values[at]), float(sample[:, at].mean()), float(error[at])


@dataclass(frozen=True)
class Pmf:
    """A law that gives the whole distribution of one whole number per replicate.

    Attributes
    ----------
    values : array of shape (n,)
        Probabilities of 0 .. n - 1; what is missing to 1 lies beyond.
    x_label : str
    """

    values: NDArray
    x_label: str

    def cells(self, replicates: int) -> tuple[NDArray, NDArray]:
        """Return cell numbers of 0 .. n and expected counts, neighbours pooled until each expects 5 or more."""
        expected = np.append(self.values, max(0.0, 1.0 - float(self.values.sum()))) * replicates
        cell, counts, current = np.zeros(expected.size, np.int64), [0.0], 0
        for number, e in enumerate(expected):
            if counts[current] >= 5.0 and expected[number:].sum() >= 5.0:
                counts.append(0.0)
                current += 1
            cell[number] = current
            counts[current] += e
        return cell, np.array(counts)

    def p_value(self, sample: NDArray) -> float:
        """Return the p of Pearson's chi-square on pooled cells."""
        cell, expected = self.cells(len(sample))
        if expected.size < 2:
            raise ValueError(f"one cell only: {len(sample)} replicates are too few for this law")
        place = np.minimum(sample.astype(np.int64), self.values.size)
        observed = np.bincount(cell[place], minlength=expected.size)
        return float(stats.chi2.sf(((observed - expected) ** 2 / expected).sum(), expected.size - 1))

    def worst(self, sample: NDArray) -> tuple[float, float, float]:
        """Return mean of the law (what lies beyond counted at n), mean of the sample and its standard error."""
        n = self.values.size
        mean = float(self.values @ np.arange(n) + max(0.0, 1.0 - self.values.sum()) * n)
        cut = np.minimum(sample, n)
        return mean, float(cut.mean()), float(cut.std(ddof=1) / np.sqrt(len(cut)))


@dataclass(frozen=True)
class Convergence:
    """How far laws at several sizes lie from their limit, and how this is measured in one replicate.

    Attributes
    ----------
    sizes : int array of shape (sizes,)
        Numbers of agents, increasing.
    limit : array of shape (n,)
        Probabilities of 0 .. n - 1 with infinitely many agents.
    laws : array of shape (sizes, n)
        The same at each size.

    Raises
    ------
    ValueError
        The laws do not approach the limit from size to size.
    """

    sizes: NDArray
    limit: NDArray
    laws: NDArray

    def __post_init__(self) -> None:
        if np.any(np.diff(self.means().values) >= 0):
            raise ValueError(f"laws: they do not approach the limit: distances {self.means().values.tolist()}")

    def means(self) -> Means:
        """Return the distance (total variation) of each law from the limit."""
        distance = np.abs(self.laws - self.limit).sum(axis=1) / 2
        return Means(distance, self.sizes, "agents", "distance from infinitely many agents")

    def measured(self, place: int, shares: NDArray) -> NDArray:
        """Return the distance in replicates of one size, shape (replicates,): a sum with the signs of the law's.

        So taken, the mean over replicates is the distance of the expected law; the distance of each is far more.

        Parameters
        ----------
        place : int
            Of the size.
        shares : array of shape (replicates, n)
            Shares of 0 .. n - 1 in each replicate.
        """
        return (shares - self.limit) @ np.sign(self.laws[place] - self.limit) / 2


def side_by_side(each: dict[str, Convergence]) -> Means:
    """Return the distances of several laws that approach their limits at the same sizes, in one row.

    Parameters
    ----------
    each : dict of str: Convergence
        By the names of the laws.
    """
    means = [one.means() for one in each.values()]
    values, x = (np.concatenate([getattr(one, what) for one in means]) for what in ("values", "x"))
    return Means(values, x, means[0].x_label, means[0].y_label, lines=tuple(each))


def yes_no(share: ArrayLike) -> NDArray:
    """Return probabilities as laws of a yes and a no, whose distance is that of the probabilities.

    Parameters
    ----------
    share : array of float

    Returns
    -------
    array of float, shape (*share.shape, 2)
    """
    return np.stack([np.asarray(share, np.float64), 1 - np.asarray(share, np.float64)], axis=-1)


@dataclass(frozen=True)
class Check:
    """One law and how the simulation is asked about it.

    Attributes
    ----------
    name : str
        Short, with hyphens; names the figure.
    subject : str
        The question in a line, for a reader.
    law : str
        The law in a line.
    source : str
    conditions : str
        The corner of the model in which the law is exact, or the limit in which it becomes so.
    predicted : function
        Returns the law's `Means` or `Pmf`.
    sample : function of (seed, replicates, altered)
        Independent replicates: shape (replicates,) or (replicates, statistics). ``altered`` multiplies one rate: 1.0
        for the check, 1.1 for its control.
    control : str
        What is altered by 10 % in the negative control.
    replicates : (int, int)
        Quick and full.
    converges : str
        The check that shows at three sizes how the law of infinitely many agents is approached; empty where the law has
        no such limit, or the limit is no part of it.
    """

    name: str
    subject: str
    law: str
    source: str
    conditions: str
    predicted: Callable[[], Means | Pmf]
    sample: Callable[[int, int, float], NDArray]
    control: str
    replicates: tuple[int, int]
    converges: str = ""


@dataclass(frozen=True)
class Result:
    """What one check found.

    Attributes
    ----------
    check : Check
    law : Means or Pmf
    sample, control_sample : array
        Replicates of the model and of the altered rule, as `Check.sample` returns them.
    p, control_p : float
        Of the law, in the one and in the other.
    threshold : float
        Below it a p-value rejects.
    power : float
        How often a sample of the altered rule as large as this one is rejected.
    seconds : float
    """

    check: Check
    law: Means | Pmf
    sample: NDArray = field(repr=False)
    control_sample: NDArray = field(repr=False)
    p: float
    threshold: float
    control_p: float
    power: float
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether the law was not rejected."""
        return self.p >= self.threshold

    @property
    def noticed(self) -> bool:
        """Whether the altered rule was rejected."""
        return self.control_p < self.threshold

    @property
    def verdict(self) -> str:
        """Return "holds", "rejected", or "blind" where the control was not noticed."""
        if not self.holds:
            return "rejected"
        return "holds" if self.noticed else "blind"

    def row(self) -> dict[str, object]:
        """Return the row of the table; z is None where nothing varies, so that the law must be met exactly."""
        predicted, simulated, error = self.law.worst(self.sample)
        varies = error > 1e-12 * max(1.0, abs(predicted))
        return {"check": self.check.name, "predicted": predicted, "simulated": simulated, "standard_error": error,
                "z": (simulated - predicted) / error if varies else None, "p": self.p, "threshold": self.threshold,
                "replicates": len(self.sample), "control": self.check.control, "control_p": self.control_p,
                "power": self.power, "verdict": self.verdict, "seconds": self.seconds}  # fmt: skip


def power(law: Means | Pmf, altered: NDArray, threshold: float, seed: int) -> float:
    """Return how often a sample of the altered rule as large as this one is rejected, by resampling replicates."""
    random = np.random.default_rng(seed)
    n = len(altered)
    rejected = [law.p_value(altered[random.integers(0, n, n)]) < threshold for _ in range(RESAMPLES)]
    return float(np.mean(rejected))
