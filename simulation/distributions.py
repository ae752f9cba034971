"""How is what a person is like drawn?

A quantity that each agent has for itself is given as one number, as a distribution or as an array. A distribution is
written with its parameters, ``("uniform", 0, 1)``, and drawn by inversion: one uniform number per person, taken from
the world's own stream by the seed, the quantity's name, the tick of birth and the person's number. So what one
person is like depends neither on the other quantities nor on how many other people there are.

The draws of uniform, bernoulli, integers and choice are the same everywhere. Those of the other families go through
library functions (logarithm, inverse normal, ...), whose last bit may differ between processors.
"""

import math
import zlib
from collections.abc import Sequence
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InputError, out_of_range, shown, unknown_name, wrong_type
from .families import Distribution
from .parameters import LARGEST, SPECIFICATIONS, Specification, plain
from .randomness import WORLD, fold, stream, uniform

Value: TypeAlias = Distribution | NDArray | float | int | None

EXACT = 2.0**53  # up to here float64 misses no whole number
FORMS = 'one number, a distribution such as ("uniform", 0, 1), or an array with one number per agent'


def distribution(value: Any, field: str = "value") -> Value:
    """Return what a user wrote as a number, a `Distribution`, an array or None.

    Parameters
    ----------
    value : number, None, tuple, list or array
        A tuple or list that begins with a name is a distribution with its parameters: uniform (low, high),
        normal (mean, sd), truncnormal (mean, sd, low, high), lognormal (median, sigma), exponential (mean),
        gamma (mean, shape), beta (a, b), pareto (minimum, exponent of the density), bernoulli (p),
        integers (low, high, both included), choice (values, probabilities if not equal). All other sequences are
        arrays of numbers.
    field : str
        Name of the quantity, for errors.

    Raises
    ------
    InputError
        None of these forms, no such distribution, or parameters that it cannot have.

    Examples
    --------
    >>> distribution(("uniform", 0, 1))
    Distribution(name='uniform', parameters=(0.0, 1.0))
    >>> distribution([0.2, 0.4])
    array([0.2, 0.4])
    >>> distribution(("unifrom", 0, 1), "generosity")
    Traceback (most recent call last):
        ...
    simulation.errors.InputError: generosity: unknown distribution 'unifrom'; did you mean 'uniform'?
    Valid: uniform, normal, ...
    """
    if value is None or isinstance(value, Distribution):
        return value
    if isinstance(value, (bool, str, bytes)):
        raise wrong_type(field, value, FORMS)
    if isinstance(value, Real):
        number: Any = value
        return number
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], str):
        try:
            return Distribution(value[0], tuple(value[1:]))
        except InputError as error:
            raise InputError(f"{field}: {error}") from None
    if isinstance(value, Sequence) or hasattr(value, "__array__"):
        return numeric(value, field)
    raise wrong_type(field, value, FORMS)


def numeric(value: Any, field: str) -> NDArray:
    """Return a sequence as a new array of numbers with one dimension, or raise."""
    try:
        given = np.array(value)
    except ValueError:  # rows of different lengths
        raise wrong_type(field, value, FORMS) from None
    if given.ndim != 1:
        raise wrong_type(field, value, FORMS)
    if given.dtype.kind in "iuf":
        return given
    for position, each in enumerate(value):
        if isinstance(each, (bool, np.bool_)) or not isinstance(each, Real):
            raise wrong_type(f"{field}[{position}]", each, "a number")
    try:
        return given.astype(np.float64)
    except OverflowError:
        raise InputError(f"{field}: a value is too large for float64; allowed: {FORMS}") from None


def specified(attribute: str) -> Specification:
    """Return what is specified of a quantity that each agent has; raise where there is none of this name."""
    known = SPECIFICATIONS.get(attribute)
    if known is None or known.belongs != "agent":
        raise unknown_name(
            "attribute of agents", attribute, [n for n, s in SPECIFICATIONS.items() if s.belongs == "agent"]
        )
    return known


def checked(value: Any, attribute: str, length: int | None = None) -> Value:
    """Return what a user wrote for a quantity of agents, after all checks that can be made before drawing.

    Parameters
    ----------
    value : number, None, tuple, list or array
        As `distribution` takes it.
    attribute : str
        Name of the quantity, as "generosity".
    length : int, optional
        Number of agents, which an array must match.

    Returns
    -------
    float, int, Distribution, ndarray or None
        Numbers and arrays as they are stored: float64, or int64 for whole numbers; None only where the default is.

    Raises
    ------
    InputError
        Not a possible value of the quantity, a distribution that draws such values, or an array of another length.

    Examples
    --------
    >>> checked(("normal", 0.5, 0.2), "generosity")
    Traceback (most recent call last):
        ...
    simulation.errors.InputError: generosity: normal(0.5, 0.2) draws from [-inf, inf]; allowed: a number in [0, 1] \
(probability); try ("truncnormal", 0.5, 0.2, 0, 1) or ("beta", a, b)
    """
    specification = specified(attribute)
    known = distribution(value, attribute)
    if isinstance(known, Distribution):
        check_distribution(known, specification)
        return known
    if isinstance(known, np.ndarray):
        if length is not None and len(known) != length:
            raise InputError(f"{attribute}: the array has {len(known)} values; allowed: {length}, one per agent")
        return check_array(known, specification)
    return specification.check(known)


def check_distribution(given: Distribution, specification: Specification) -> None:
    """Raise where a distribution draws values that the quantity cannot take.

    An unbounded tail is let through where the quantity has no bound of its own on that side; `draw` looks at what
    was drawn.
    """
    name, allowed = specification.name, specification.allowed
    if specification.distinct:
        raise InputError(f"{name}: {given} may draw a value twice; allowed: an array of different whole numbers")
    if specification.whole and not given.whole():
        raise InputError(f'{name}: {given} draws fractions; allowed: {allowed}; try ("integers", low, high)')
    low, high = given.support()
    low_fits = low >= specification.low or (low == -math.inf and specification.low <= -LARGEST)
    high_fits = high <= specification.high or (high == math.inf and specification.high >= LARGEST)
    if low_fits and high_fits:
        return
    bounds = f"{plain(specification.low)}, {plain(specification.high)}"
    shape = ", ".join(map(plain, given.parameters)) if given.name == "normal" else "mean, sd"
    hint = f'("integers", {bounds})' if specification.whole else f'("truncnormal", {shape}, {bounds})'
    if not specification.whole and specification.low == 0:
        hint += ' or ("beta", a, b)' if specification.high == 1 else ' or ("gamma", mean, shape)'
    raise InputError(f"{name}: {given} draws from [{plain(low)}, {plain(high)}]; allowed: {allowed}; try {hint}")


def check_array(given: NDArray, specification: Specification) -> NDArray:
    """Return an array as float64 or int64, or raise and name the first value that is not allowed."""
    name = specification.name
    outside = ~((given >= specification.low) & (given <= specification.high))  # so written, NaN is outside too
    if specification.whole and given.dtype.kind == "f":
        outside |= np.abs(given) > EXACT
    if outside.any():
        first = int(np.argmax(outside))
        raise out_of_range(f"{name}[{first}]", given[first], specification.allowed)
    if not specification.whole:
        return given.astype(np.float64) + 0.0
    stored = given.astype(np.int64)
    if (stored != given).any():
        first = int(np.argmax(stored != given))
        raise wrong_type(f"{name}[{first}]", given[first].item(), specification.allowed)
    if specification.distinct:
        ordered = np.sort(stored)
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        if len(twice):
            raise InputError(f"{name}: {twice[0]} is given more than once; allowed: different whole numbers")
    return stored


def draw(value: Any, attribute: str, seed: int, numbers: ArrayLike, born: int = 0) -> NDArray:
    """Return one quantity of some people.

    Parameters
    ----------
    value : number, tuple, list, array or Distribution
        As `distribution` takes it. An array is checked and copied: it stays with the slots, nothing is drawn.
    attribute : str
        Name of the quantity, as "generosity".
    seed : int
        Seed of the world, in [0, 2**64).
    numbers : array of int, shape (people,)
        Who: keys of the agents present at the start, or running numbers of the newcomers of one tick.
    born : int
        When: 0 for the agents present at the start, tick + 1 for newcomers.

    Returns
    -------
    array of float64, or of int64 for whole numbers, shape (people,)

    Raises
    ------
    InputError
        As `checked` does, or because a heavy tail drew a value beyond the largest that the model takes.

    Examples
    --------
    >>> alone = draw(("uniform", 0, 1), "generosity", seed=1, numbers=[7])
    >>> among_others = draw(("uniform", 0, 1), "generosity", seed=1, numbers=range(1000))
    >>> bool(alone[0] == among_others[7])
    True
    """
    specification = specified(attribute)
    people = np.asarray(numbers).astype(np.uint64)
    known = checked(value, attribute, len(people))
    if known is None:
        raise InputError(f"{attribute}: none cannot be drawn, the world must settle it; allowed: {FORMS}")
    if isinstance(known, np.ndarray):
        return known
    stored = np.int64 if specification.whole else np.float64
    if not isinstance(known, Distribution):
        if specification.distinct and len(people) > 1:
            raise InputError(
                f"{attribute}: {shown(known)} would be shared; allowed: an array of different whole numbers"
            )
        return np.full(len(people), known, dtype=stored)
    with np.errstate(over="ignore"):  # 64-bit words wrap around
        occasion = fold(fold(stream(seed, 0, WORLD), zlib.crc32(attribute.encode())), born)
        drawn = known.quantile(uniform(fold(occasion, people)))
    outside = ~((drawn >= specification.low) & (drawn <= specification.high))
    if outside.any():
        worst = drawn[int(np.argmax(outside))]
        raise out_of_range(f"{attribute}, drawn from {known}", worst, specification.allowed)
    return drawn.astype(stored)


def as_text(value: Any) -> str:
    """Return a value as people read it; long arrays by their length, smallest and largest value.

    Examples
    --------
    >>> as_text(("uniform", 0, 1)), as_text(10.0), as_text(None), as_text([1, 2])
    ('uniform(0, 1)', '10', 'none', '[1, 2]')
    """
    known = distribution(value)
    if known is None:
        return "none"
    if isinstance(known, np.ndarray):
        if len(known) > 8:
            return f"{len(known)} values in [{plain(known.min().item())}, {plain(known.max().item())}]"
        return f"[{', '.join(map(plain, known.tolist()))}]"
    return str(known) if isinstance(known, Distribution) else plain(known)


def to_json(value: Any) -> Any:
    """Return a value as JSON holds it: a number, None, a list of numbers, or a list that begins with a name.

    Examples
    --------
    >>> to_json(("beta", 2, 5)), to_json([1, 2])
    (['beta', 2.0, 5.0], [1, 2])
    """
    known = distribution(value)
    if isinstance(known, Distribution):
        return [known.name, *(list(each) if isinstance(each, tuple) else each for each in known.parameters)]
    return known.tolist() if isinstance(known, (np.ndarray, np.generic)) else known


def from_json(stored: Any, field: str = "value") -> Value:
    """Return the value that `to_json` gave: a number, None, an array or a `Distribution`.

    Examples
    --------
    >>> from_json(to_json(("beta", 2, 5))) == distribution(("beta", 2, 5))
    True
    """
    return distribution(stored, field)
