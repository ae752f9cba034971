"""How is a sample compared with a law, so that a wrong law is noticed?"""

import numpy as np
from scipy import stats

HOLDS, FAILS = 1e-4, 1e-6  # fixed seeds: a true law gives p above the first, one altered by 10 % below the second


def p_of_counts(sample, pmf, first=0):
    """p of a chi-square test of whole numbers against a law on first, first + 1, ...; cells pooled to 5 or more."""
    expected = np.asarray(pmf, float) * len(sample)
    observed = np.bincount(np.minimum(sample - first, len(expected)), minlength=len(expected) + 1).astype(float)
    expected = np.append(expected, max(len(sample) - expected.sum(), 0.0))
    cells, o, e = [], 0.0, 0.0
    for each_o, each_e in zip(observed, expected, strict=True):
        o, e = o + each_o, e + each_e
        if e >= 5:
            cells.append((o, e))
            o = e = 0.0
    cells[-1] = (cells[-1][0] + o, cells[-1][1] + e)
    table = np.array(cells)
    return float(stats.chi2.sf(((table[:, 0] - table[:, 1]) ** 2 / table[:, 1]).sum(), len(table) - 1))


def p_of_means(sample, means):
    """Two-sided p of the worst of several means, with standard errors from the sample, Bonferroni-corrected."""
    sample = np.asarray(sample, float).reshape(len(sample), -1)
    error = sample.std(axis=0, ddof=1) / np.sqrt(len(sample))
    z = np.abs(sample.mean(axis=0) - means) / error
    return float(min(1.0, 2 * stats.norm.sf(z.max()) * z.size))


def distance(one, two):
    """Half the sum of absolute differences of two laws, the shorter padded with zeros."""
    size = max(len(one), len(two))
    one, two = (np.pad(each, (0, size - len(each))) for each in (one, two))
    return float(np.abs(one - two).sum() / 2)
