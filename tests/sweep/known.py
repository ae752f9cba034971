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


def ishigami(record):
    x = -np.pi + 2 * np.pi * unit(record)
    return {"y": np.sin(x[0]) + A * np.sin(x[1]) ** 2 + B * x[2] ** 4 * np.sin(x[0])}


def noisy(record):
    """Ishigami's function and noise of a run's own, of standard deviation 3: the same at no two points or seeds."""
    own = np.random.default_rng([record.seed, *(unit(record) * 2**40).astype(np.int64)])
    return {"y": ishigami(record)["y"] + 3 * own.standard_normal()}


def shared_noise(record):
    """Ishigami's function, noise that is the same at every point, and a slope of the seed's own on the second."""
    own = np.random.default_rng(record.seed)
    shift, slope = 5 * own.standard_normal(), 6 * own.standard_normal()
    return {"y": ishigami(record)["y"] + shift + slope * (unit(record)[1] - 0.5)}


def g_function(record):
    return {"y": float(np.prod((np.abs(4 * unit(record) - 2) + WEIGHTS) / (1 + WEIGHTS)))}


def g_indices():
    """Return first-order and total indices of the g function."""
    parts = 1 / (3 * (1 + WEIGHTS) ** 2)
    whole = np.prod(1 + parts) - 1
    return parts / whole, parts * np.array([np.prod(1 + np.delete(parts, at)) for at in range(3)]) / whole


def line_and_product(record):
    """5 a + b c: the effect of a is 5 everywhere, that of b is c, which is 1/2 in the mean."""
    a, b, c = unit(record)
    return {"y": 5 * a + b * c}
