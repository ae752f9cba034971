"""Checks without a simulation: laws that a sample obeys, that it breaks, and one whose control changes nothing."""

import numpy as np
from scipy import stats

from simulation.verification import Check, Means, Pmf

MEANS = Means(np.array([1.0, 4.0]), np.array([1.0, 2.0]), "tick", "mean")
POISSON = Pmf(stats.poisson(3).pmf(np.arange(20)), "followers")
EXACT = Means(np.zeros(2), np.arange(2), "", "differences", ("one", "other"), exact=True)


def normal(seed, replicates, altered, wrong=1.0):
    """Two means, 1 and 4, where nothing is wrong or altered."""
    return np.random.default_rng(seed).normal(MEANS.values * altered * wrong, 1, (replicates, 2))


def poisson(seed, replicates, altered, wrong=1.0):
    """Poisson numbers of mean 3, where nothing is wrong or altered."""
    return np.random.default_rng(seed).poisson(3 * altered * wrong, replicates)


def exact(seed, replicates, altered):
    """Differences that are 0 unless altered."""
    return np.random.default_rng(seed).integers(1, 9, (replicates, 2)) * (altered != 1.0)


def check(name, law, sample):
    """A check of that sample, with all that the page says of it."""
    return Check(name, f"Is {name} so?", f"law_of | {name}", "a source", "its conditions", lambda: law, sample,
                 "the rate", (2000, 4000))  # fmt: skip


GOOD = [check("means", MEANS, normal), check("numbers", POISSON, poisson), check("exact", EXACT, exact)]
BAD = check("wrong", POISSON, lambda seed, n, altered: poisson(seed, n, altered, wrong=0.9))
BLIND = check("asleep", POISSON, lambda seed, n, altered: poisson(seed, n, 1.0))
