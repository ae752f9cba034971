"""Measures with known answers, which sweeps must give: Ishigami's function, Sobol's g function, a product."""

import numpy as np

# Ishigami & Homma (1990, doi:10.1109/ISUMA.1990.151285) with a = 7, b = 0.1; the indices as in Saltelli et al. (2008),
# Global Sensitivity Analysis: The Primer, section 4.
A, B = 7.0, 0.1
ISHIGAMI_NAMES = ("cost", "churn", "bring")
VARIANCE = A**2 / 8 + B * np.pi**4 / 5 + B**2 * np.pi**8 / 18 + 1 / 2
FIRST = np.array([(1 + B * np.pi**4 / 5) ** 2 / 2, A**2 / 8, 0.0]) / VARIANCE
MIXED = B**2 * np.pi**8 * (1 / 18 - 1 / 50) / VARIANCE  # of the first and the third
TOTAL = FIRST + np.array([MIXED, 0.0, MIXED])
WEIGHTS = np.array([0.0, 1.0, 4.5])  # of Sobol's g function (Saltelli & Sobol 1995)


def unit(record):
    return np.array([getattr(record.parameters, name) for name in ISHIGAMI_NAMES])


def ishigami(x):
    """Return Ishigami's function of points in the unit cube, shape (..., 3)."""
    x = -np.pi + 2 * np.pi * np.asarray(x)
    return np.sin(x[..., 0]) + A * np.sin(x[..., 1]) ** 2 + B * x[..., 2] ** 4 * np.sin(x[..., 0])


def functions(record):
    """Measure Ishigami's function and the g function."""
    x = unit(record)
    return {"ishigami": float(ishigami(x)), "g": float(np.prod((np.abs(4 * x - 2) + WEIGHTS) / (1 + WEIGHTS)))}


def noisy(record):
    """Measure Ishigami's function with noise of each run, with noise of each seed alone, and noise without it.

    The noise of a seed shifts all points alike, and gives them a slope of its own on the second quantity.
    """
    x = unit(record)
    own = np.random.default_rng([record.seed, *(x * 2**40).astype(np.int64)]).standard_normal()
    shift, slope = np.random.default_rng(record.seed).standard_normal(2)
    y = float(ishigami(x))
    return {"of_run": y + 3 * own, "of_seed": y + 5 * shift + 6 * slope * (x[1] - 0.5), "only": own, "constant": 1}


def g_indices():
    """Return first-order and total indices of the g function."""
    parts = 1 / (3 * (1 + WEIGHTS) ** 2)
    whole = np.prod(1 + parts) - 1
    return parts / whole, parts * np.array([np.prod(1 + np.delete(parts, at)) for at in range(3)]) / whole


def line_and_product(record):
    """5 a + b c: the effect of a is 5 everywhere, that of b is c, which is 1/2 in the mean."""
    a, b, c = unit(record)
    return {"y": 5 * a + b * c}



def sometimes(record):
    if unit(record)[0] > 0.9:
        raise ArithmeticError("too dear")
    return line_and_product(record)
