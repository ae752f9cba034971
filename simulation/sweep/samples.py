"""Which points does a sweep visit that samples ranges? Space-filling designs, and those of sensitivity analysis.

Latin hypercubes and Sobol sequences are scipy's, the samples of Saltelli (2010, doi:10.1016/j.cpc.2009.09.018) and
Morris (1991, doi:10.2307/1269043) are SALib's.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InputError, wrong_type
from ..parameters import SPECIFICATIONS
from .designs import RUN, Design

SAMPLED = ("latin hypercube", "sobol", "saltelli", "morris")


def _ranges(varied: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    ranges = {}
    for name, given in varied.items():
        try:
            low, high = map(float, given)
        except (TypeError, ValueError):
            raise wrong_type(name, given, "a range (from, to), as (0, 1)") from None
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise InputError(f"{name}: ({low:g}, {high:g}) is no range; allowed: from < to, both finite")
        ranges[name] = low, high
    if not ranges:
        raise InputError("design: nothing varies; allowed: one range or more, as generosity=(0, 1)")
    return ranges


def is_whole(name: str) -> bool:
    """Return whether only whole numbers make sense for a quantity."""
    return name == RUN or (name in SPECIFICATIONS and SPECIFICATIONS[name].whole)


def _design(kind: str, ranges: dict[str, tuple[float, float]], unit: np.ndarray, about: dict[str, Any]) -> Design:
    """Return the design at points of the unit cube; whole numbers are equally likely, both ends included."""
    columns = []
    for place, (name, (low, high)) in enumerate(ranges.items()):
        u = unit[:, place]
        if is_whole(name):
            first, last = math.ceil(low), math.floor(high)
            columns.append(np.minimum(first + np.floor(u * (last - first + 1)), last).astype(np.int64).tolist())
        else:
            columns.append(np.clip(low + u * (high - low), low, high).tolist())
    about = {"ranges": {name: list(each) for name, each in ranges.items()}, **about}
    return Design(kind, tuple(ranges), tuple(zip(*columns, strict=True)), about)


def _count(samples: Any, least: int = 2) -> int:
    if isinstance(samples, bool) or not isinstance(samples, (int, np.integer)) or samples < least:
        raise InputError(f"samples: {samples!r}; allowed: a whole number, {least} or more")
    return int(samples)


def latin_hypercube(samples: int, varied: Mapping[str, Any] | None = None, *, seed: int = 0, **more: Any) -> Design:
    """Return a Latin hypercube: each range is cut in as many parts as there are points, one point in each part.

    Parameters
    ----------
    samples : int
        Points.
    varied, **more : (low, high) by name
    seed : int
        Of the design; the runs have their own.

    Examples
    --------
    >>> sorted(int(10 * generosity) for generosity, in latin_hypercube(10, generosity=(0, 1)).points)
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    ranges, samples = _ranges({**(varied or {}), **more}), _count(samples)
    from scipy.stats import qmc  # here: the workers need none of it, and wait for it half a second

    unit = qmc.LatinHypercube(len(ranges), rng=np.random.default_rng(seed)).random(samples)
    return _design("latin hypercube", ranges, unit, {"samples": samples, "seed": seed})


def sobol(samples: int, varied: Mapping[str, Any] | None = None, *, seed: int = 0, **more: Any) -> Design:
    """Return points of a scrambled Sobol sequence; ``samples`` is a power of two, else balance is lost."""
    ranges, samples = _ranges({**(varied or {}), **more}), _power(samples)
    from scipy.stats import qmc

    unit = qmc.Sobol(len(ranges), rng=np.random.default_rng(seed)).random(samples)
    return _design("sobol", ranges, unit, {"samples": samples, "seed": seed})


def _power(samples: Any) -> int:
    samples = _count(samples)
    if samples & (samples - 1):
        near = 2 ** round(math.log2(samples))
        raise InputError(f"samples: {samples}; allowed: a power of two, as {near}")
    return samples


def saltelli(samples: int, varied: Mapping[str, Any] | None = None, *, seed: int = 0, **more: Any) -> Design:
    """Return Saltelli's sample for first-order and total indices: ``samples`` * (ranges + 2) points."""
    ranges, samples = _ranges({**(varied or {}), **more}), _power(samples)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SALib's own use of older pandas and numpy
        unit = salib("sample.sobol").sample(_problem(ranges), samples, calc_second_order=False, seed=seed)
    return _design("saltelli", ranges, unit, {"samples": samples, "seed": seed})


def morris(samples: int, varied: Mapping[str, Any] | None = None, *, levels: int = 4, seed: int = 0,
           **more: Any) -> Design:  # fmt: skip
    """Return Morris trajectories for elementary effects: ``samples`` * (ranges + 1) points on so many levels."""
    ranges, samples = _ranges({**(varied or {}), **more}), _count(samples)
    levels = _count(levels)
    if levels % 2:
        raise InputError(f"levels: {levels}; allowed: an even whole number, as 4")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        unit = salib("sample.morris").sample(_problem(ranges), samples, num_levels=levels, seed=seed)
    about = {"samples": samples, "levels": levels, "seed": seed, "unit": unit.tolist()}
    return _design("morris", ranges, unit, about)


def _problem(ranges: Mapping[str, Any]) -> dict[str, Any]:
    return {"num_vars": len(ranges), "names": list(ranges), "bounds": [[0.0, 1.0]] * len(ranges)}


def salib(module: str) -> Any:
    """Return a module of SALib.

    Raises
    ------
    InputError
        It is not installed.
    """
    import importlib

    try:
        return importlib.import_module(f"SALib.{module}")
    except ImportError:
        raise InputError("sensitivity: needs SALib; install it with: pip install 'connectors[sensitivity]'") from None
