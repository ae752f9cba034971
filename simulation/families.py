"""Which distributions are there to draw from, and what does each one look like?

Each family has named parameters, a rule that these obey, a support, a mean and a quantile function. All draws are
made by inversion, so the quantile function is all that drawing needs.
"""

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InputError, out_of_range, shown, unknown_name, wrong_type
from .parameters import LARGEST, plain

Floats: TypeAlias = NDArray[np.float64]


def inner(u: Floats) -> Floats:
    """Return probabilities without 0 and 1, at which an unbounded quantile is infinite."""
    return np.clip(u, 2.0**-54, 1.0 - 2.0**-53)


def normal_quantile(u: Floats, mean: float, sd: float) -> Floats:
    """Return quantiles of the normal distribution."""
    from scipy.special import ndtri

    return mean + sd * ndtri(inner(u))


def gamma_quantile(u: Floats, mean: float, shape: float) -> Floats:
    """Return quantiles of the gamma distribution."""
    from scipy.special import gammaincinv

    return mean / shape * gammaincinv(shape, inner(u))


def beta_quantile(u: Floats, a: float, b: float) -> Floats:
    """Return quantiles of the beta distribution."""
    from scipy.special import betaincinv

    return betaincinv(a, b, inner(u))


def tails(mean: float, sd: float, low: float, high: float) -> tuple[float, float]:
    """Return how much of a normal distribution lies below low and below high."""
    from scipy.special import ndtr

    return float(ndtr((low - mean) / sd)), float(ndtr((high - mean) / sd))


def truncated_is_possible(mean: float, sd: float, low: float, high: float) -> bool:
    """Return whether enough of the normal distribution lies in [low, high] to draw from it accurately."""
    if not (sd > 0 and low < high):
        return False
    below_low, below_high = tails(mean, sd, low, high) if low <= mean else tails(-mean, sd, -high, -low)
    return below_high - below_low >= 1e-12


def truncated_quantile(u: Floats, mean: float, sd: float, low: float, high: float) -> Floats:
    """Return quantiles of the normal distribution given that it lies in [low, high]."""
    from scipy.special import ndtri

    if low > mean:  # turned around, for probabilities keep their digits near 0, not near 1
        return -truncated_quantile(1.0 - u, -mean, sd, -high, -low)
    below_low, below_high = tails(mean, sd, low, high)
    return mean + sd * ndtri(inner(below_low + u * (below_high - below_low)))


def truncated_mean(mean: float, sd: float, low: float, high: float) -> float:
    """Return the mean of the normal distribution given that it lies in [low, high]."""
    if low > mean:
        return -truncated_mean(-mean, sd, -high, -low)
    below_low, below_high = tails(mean, sd, low, high)
    distances = [(x - mean) / sd for x in (low, high)]  # squared by a product, which may be infinite but never raises
    density = [math.exp(-0.5 * distance * distance) / math.sqrt(2.0 * math.pi) for distance in distances]
    return mean + sd * (density[0] - density[1]) / (below_high - below_low)


def choice_quantile(u: Floats, values: tuple[float, ...], probabilities: tuple[float, ...]) -> Floats:
    """Return quantiles of a distribution over some values, which are sorted."""
    steps = np.cumsum(probabilities)
    place = np.searchsorted(steps / steps[-1], u, side="right")
    return np.asarray(values)[np.minimum(place, len(values) - 1)]


@dataclass(frozen=True)
class Kind:
    """A family of distributions. Its functions take the parameters in order, ``quantile`` the probabilities first."""

    parameters: tuple[str, ...]
    rule: str
    obeys: Callable[..., bool]
    support: Callable[..., tuple[float, float]]
    mean: Callable[..., float]
    quantile: Callable[..., Floats]
    whole: Callable[..., bool] = lambda *parameters: False


KINDS = {
    "uniform": Kind(
        ("low", "high"),
        "low <= high",
        lambda low, high: low <= high,
        support=lambda low, high: (low, high),
        mean=lambda low, high: 0.5 * (low + high),
        quantile=lambda u, low, high: low + u * (high - low),
    ),
    "normal": Kind(
        ("mean", "sd"),
        "sd >= 0",
        lambda mean, sd: sd >= 0,
        support=lambda mean, sd: (-math.inf, math.inf) if sd > 0 else (mean, mean),
        mean=lambda mean, sd: mean,
        quantile=normal_quantile,
    ),
    "truncnormal": Kind(
        ("mean", "sd", "low", "high"),
        "sd > 0 and low < high, with at least 1e-12 of the normal distribution in [low, high]",
        truncated_is_possible,
        support=lambda mean, sd, low, high: (low, high),
        mean=truncated_mean,
        quantile=truncated_quantile,
    ),
    "lognormal": Kind(
        ("median", "sigma"),
        "median > 0 and 0 <= sigma <= 10",
        lambda median, sigma: median > 0 and 0 <= sigma <= 10,
        support=lambda median, sigma: (0.0, math.inf) if sigma > 0 else (median, median),
        mean=lambda median, sigma: median * math.exp(0.5 * sigma**2),
        quantile=lambda u, median, sigma: median * np.exp(normal_quantile(u, 0.0, sigma)),
    ),
    "exponential": Kind(
        ("mean",),
        "mean > 0",
        lambda mean: mean > 0,
        support=lambda mean: (0.0, math.inf),
        mean=lambda mean: mean,
        quantile=lambda u, mean: -mean * np.log1p(-inner(u)),
    ),
    "gamma": Kind(
        ("mean", "shape"),
        "mean > 0 and shape >= 1e-6",  # of 53 bits, below some 1e-16 all make zeros
        lambda mean, shape: mean > 0 and shape >= 1e-6,
        support=lambda mean, shape: (0.0, math.inf),
        mean=lambda mean, shape: mean,
        quantile=gamma_quantile,
    ),
    "beta": Kind(
        ("a", "b"),
        "a > 0 and b > 0",
        lambda a, b: a > 0 and b > 0,
        support=lambda a, b: (0.0, 1.0),
        mean=lambda a, b: a / (a + b),
        quantile=beta_quantile,
    ),
    "pareto": Kind(
        ("minimum", "exponent"),
        "minimum > 0 and exponent > 1 (the exponent of the density)",
        lambda minimum, exponent: minimum > 0 and exponent > 1,
        support=lambda minimum, exponent: (minimum, math.inf),
        mean=lambda minimum, exponent: minimum * (exponent - 1) / (exponent - 2) if exponent > 2 else math.inf,
        quantile=lambda u, minimum, exponent: minimum * (1.0 - inner(u)) ** (-1.0 / (exponent - 1)),
    ),
    "bernoulli": Kind(
        ("p",),
        "0 <= p <= 1",
        lambda p: 0 <= p <= 1,
        support=lambda p: (float(p == 1), float(p > 0)),
        mean=lambda p: p,
        quantile=lambda u, p: (u >= 1.0 - p).astype(np.float64),
        whole=lambda p: True,
    ),
    "integers": Kind(
        ("low", "high"),
        "whole numbers, low <= high, both included",
        lambda low, high: low <= high and low.is_integer() and high.is_integer(),
        support=lambda low, high: (low, high),
        mean=lambda low, high: 0.5 * (low + high),
        quantile=lambda u, low, high: low + np.floor(u * (high - low + 1.0)),
        whole=lambda low, high: True,
    ),
    "choice": Kind(
        ("values", "probabilities"),
        "some values and, if not equally likely, as many probabilities >= 0 that add up to 1",
        lambda values, probabilities: len(values) > 0,
        support=lambda values, probabilities: (values[0], values[-1]),
        mean=lambda values, probabilities: math.fsum(v * p for v, p in zip(values, probabilities, strict=True)),
        quantile=choice_quantile,
        whole=lambda values, probabilities: all(value.is_integer() for value in values),
    ),
}


@dataclass(frozen=True)
class Distribution:
    """A distribution by name and parameters; equal where these are.

    Attributes
    ----------
    name : str
        One of `KINDS`.
    parameters : tuple
        Numbers in the order of the family's ``parameters``; for "choice" a tuple of values in ascending order, all
        possible, and the tuple of their probabilities.

    Raises
    ------
    InputError
        No such family, or parameters that it cannot have.

    Examples
    --------
    >>> half = Distribution("bernoulli", (0.5,))
    >>> half.mean(), half.support(), str(half)
    (0.5, (0.0, 1.0), 'bernoulli(0.5)')
    >>> Distribution("exponential", (2.0,)).quantile([0.0, 0.5]).round(3)
    array([0.   , 1.386])
    """

    name: str
    parameters: tuple[Any, ...]

    def __post_init__(self) -> None:
        if self.name not in KINDS:
            raise unknown_name("distribution", self.name, KINDS)
        kind = KINDS[self.name]
        clean = choices if self.name == "choice" else scalars
        object.__setattr__(self, "parameters", clean(kind, self.name, tuple(self.parameters)))
        if not kind.obeys(*self.parameters):
            raise InputError(f"{self} is not possible; allowed: {kind.rule}")

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(as_written, self.parameters))})"

    def support(self) -> tuple[float, float]:
        """Return the smallest and the largest value that can be drawn; infinite where there is none."""
        return KINDS[self.name].support(*self.parameters)

    def mean(self) -> float:
        """Return the mean; infinite for a "pareto" with an exponent of at most 2."""
        return KINDS[self.name].mean(*self.parameters)

    def whole(self) -> bool:
        """Return whether all values are whole numbers."""
        return KINDS[self.name].whole(*self.parameters)

    def quantile(self, u: ArrayLike) -> Floats:
        """Return the values below which the shares ``u`` of all draws lie.

        Parameters
        ----------
        u : array of float
            Probabilities in [0, 1]. Where the support is unbounded, 0 and 1 stand for the nearest possible draws.

        Returns
        -------
        array of float64
            Of the shape of ``u``, inside the support.
        """
        u = np.asarray(u, dtype=np.float64)
        if not ((u >= 0.0) & (u <= 1.0)).all():
            raise InputError("u: a probability is out of range; allowed: numbers in [0, 1]")
        with np.errstate(over="ignore"):  # the tail of a pareto may be infinite: `draw` refuses it
            return np.clip(KINDS[self.name].quantile(u, *self.parameters), *self.support())


def scalars(kind: Kind, name: str, given: tuple[Any, ...]) -> tuple[float, ...]:
    """Return a family's parameters as floats, or raise."""
    if len(given) != len(kind.parameters):
        needed = f"{len(kind.parameters)} ({', '.join(kind.parameters)})"
        raise InputError(
            f"{name} has {len(given)} parameter{'s' * (len(given) != 1)}, {shown(given)}; allowed: {needed}"
        )
    for parameter, value in zip(kind.parameters, given, strict=True):
        check_number(f"{name}'s {parameter}", value)
    return tuple(float(value) + 0.0 for value in given)


def choices(kind: Kind, name: str, given: tuple[Any, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return values in ascending order and their probabilities, without the impossible ones, or raise."""
    lists = [each.tolist() if isinstance(each, np.ndarray) else each for each in given]
    if len(lists) not in (1, 2) or not all(isinstance(each, (list, tuple)) for each in lists):
        raise InputError(f"{name} has {shown(given)}; allowed: {kind.rule}")
    for each in lists:
        for value in each:
            check_number(f"{name}'s values or probabilities", value)
    values = lists[0]
    probabilities = lists[1] if len(lists) == 2 else [1.0 / len(values) for _ in values]
    if len(values) == 0 or len(values) != len(probabilities):
        raise InputError(
            f"{name} has {len(values)} values and {len(probabilities)} probabilities; allowed: {kind.rule}"
        )
    if min(probabilities) < 0 or abs(math.fsum(probabilities) - 1.0) > 1e-9:
        raise InputError(f"{name} has the probabilities {shown(probabilities)}; allowed: {kind.rule}")
    pairs = sorted((float(v) + 0.0, float(p)) for v, p in zip(values, probabilities, strict=True) if p > 0)
    return tuple(v for v, _ in pairs), tuple(p for _, p in pairs)


def check_number(field: str, value: object) -> None:
    """Raise unless a parameter of a distribution is a number of a size that the model can take."""
    allowed = f"a number in [{plain(-LARGEST)}, {plain(LARGEST)}]"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise wrong_type(field, value, allowed)
    number: Any = value
    if not -LARGEST <= number <= LARGEST:
        raise out_of_range(field, value, allowed)


def as_written(value: Any) -> str:
    """Return a number or a list of numbers as people write it."""
    return f"[{', '.join(map(plain, value))}]" if isinstance(value, tuple) else plain(value)
