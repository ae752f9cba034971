"""How is a check drawn? Theory as a line, the simulation over it, and the altered rule that it would have noticed."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import MaxNLocator, NullLocator
from numpy.typing import NDArray
from scipy import stats

from ..figures import styled
from .check import Means, Pmf, Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LAW, MODEL, ALTERED = "0.25", "C0", "C1"  # colours
WIDEST_LABEL = 40  # letters of a line beside the axis
STYLES = ("-", "--", ":", "-.")  # of the curves of one law
MOST = 40  # values that are drawn one by one
ROOM = 0.35  # of the height, above, for the names of several laws
FEW = 5  # places that the axis names one by one
POINTS = 20  # at which a wider law is drawn
SKEWED = 8.0  # a law whose far values lie so many times beyond its median gets logarithmic axes


@styled
def draw_check(result: Result) -> Figure:
    """Return the figure of one check: above, law, simulation and altered rule; below, their distances from the law.

    Intervals are 95 %: Student's for means, Clopper and Pearson's for shares. Distances are in standard errors, the
    band is what each may reach by chance at the threshold of the suite.

    Parameters
    ----------
    result : Result
    """
    import matplotlib.pyplot as plt

    figure, (above, below) = plt.subplots(
        2, 1, figsize=(5.6, 4.9), sharex=isinstance(result.law, Means), height_ratios=(3, 1.3)
    )
    samples = ((result.control_sample, ALTERED, "rule altered", 1), (result.sample, MODEL, "simulated", -1))
    if isinstance(result.law, Means):
        _means(above, below, result.law, samples)
    else:
        _pmf(above, below, result.law, samples)
    _scale(below, result.threshold)
    above.set_title(f"{result.check.name}\n{result.verdict} (p = {result.p:.2g}), power {result.power:.0%}")
    _legend(above, room=isinstance(result.law, Means) and bool(result.law.lines))
    return figure


def _legend(above: Axes, room: bool) -> None:
    """Name law, simulation and altered rule, in this order; ``room``: above everything, for the names of the laws."""
    handles, labels = above.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda place: ("law", "sim", "rul").index(labels[place][:3]))
    where: dict[str, Any] = {}
    if room:
        low, high = above.get_ylim()
        above.set_ylim(low, high + ROOM * (high - low))
        where = {"loc": "upper right", "ncols": 2}
    above.legend([handles[place] for place in order], [labels[place] for place in order], **where)


def _scale(below: Axes, threshold: float) -> None:
    """Set the axis of distances: even up to 5 standard errors, logarithmic beyond, with room for every point."""
    distances = np.concatenate([[0.0], *(np.asarray(line.get_ydata(), float) for line in below.lines)])
    band = float(stats.norm.isf(threshold / 2 / max(1, distances.size / 2)))
    most = max(5.0, 1.6 * float(np.abs(distances).max()))
    below.set_yscale("symlog", linthresh=5.0, linscale=1.2)
    below.set_ylim(-min(most, max(5.0, -1.6 * float(distances.min()))), max(5.0, 1.6 * float(distances.max())))
    steps = [5.0, *([20.0] if most < 2000 else []), *(10.0**power for power in range(2, 13))]
    ticks = [0.0, *steps, *(-step for step in steps)]
    low, high = below.get_ylim()
    below.set_yticks([tick for tick in ticks if low <= tick <= high])
    below.yaxis.set_major_formatter(lambda tick, _: f"{tick:g}")
    below.yaxis.set_minor_locator(NullLocator())
    below.axhspan(-band, band, color="0.9", linewidth=0, zorder=0)
    below.axhline(0, color=LAW, linewidth=0.8)
    below.set_ylabel("distance\n(standard errors)")


def _student(sample: NDArray) -> tuple[NDArray, NDArray]:
    """Return means over replicates and half the width of their 95 % intervals."""
    sample = sample.reshape(len(sample), -1)
    error = sample.std(axis=0, ddof=1) / np.sqrt(len(sample))
    return sample.mean(axis=0), error * stats.t.isf(0.025, len(sample) - 1)


def _lines(x: NDArray) -> list[NDArray]:
    """Return the places of the statistics that one curve joins: where an x occurs again, another curve begins."""
    seen: dict[float, int] = {}
    lines: list[list[int]] = []
    for place, value in enumerate(x.tolist()):
        number = seen[value] = seen.get(value, -1) + 1
        lines += [[]] if number == len(lines) else []
        lines[number].append(place)
    return [np.array(sorted(line, key=lambda place: x[place])) for line in lines]


def _means(above: Axes, below: Axes, law: Means, samples: tuple) -> None:
    x = np.arange(law.x.size) if law.names else law.x.astype(float)
    step = 0.0 if x.size < 2 else 0.012 * float(np.ptp(x))
    if x.size < 2:
        above.axhline(law.values[0], color=LAW, linewidth=1.0, label="law")
        for axes in (above, below):
            axes.set_xlim(x[0] - 1, x[0] + 1)
            axes.set_xticks(x)
        step = 0.05
    else:
        for number, curve in enumerate(_lines(x)):
            style = "none" if law.names else STYLES[number % len(STYLES) if law.lines else 0]
            label = f"law: {law.lines[number]}" if law.lines else None if number else "law"
            above.plot(x[curve], law.values[curve], marker="_", linestyle=style, color=LAW, linewidth=1.0,
                       markersize=11, label=label)  # fmt: skip
    for sample, colour, label, side in samples:
        mean, half = _student(sample)
        above.errorbar(x + side * step, mean, yerr=half, fmt="o", color=colour, label=label)
        error = half / stats.t.isf(0.025, len(sample) - 1)
        varies = error > 1e-12 * np.maximum(1.0, np.abs(law.values))
        below.plot((x + side * step)[varies], ((mean - law.values)[varies] / error[varies]), "o", color=colour)
        exact = ~varies & (np.abs(mean - law.values) <= 1e-9 * np.maximum(1.0, np.abs(law.values)))
        below.plot((x + side * step)[exact], np.zeros(int(exact.sum())), "o", color=colour)
    above.set_ylabel(textwrap.fill(law.y_label, WIDEST_LABEL))
    below.set_xlabel(law.x_label)
    if not law.names and x.size > 1 and np.unique(x).size <= FEW:
        below.set_xticks(np.unique(x))
    elif not law.names and np.all(x == x.round()):
        below.xaxis.set_major_locator(MaxNLocator(integer=True))
    if law.names:
        named = [place for place, name in enumerate(law.names) if name]
        below.set_xticks(x[named], [law.names[place] for place in named])
        below.set_xlim(-0.5 - step, x.size - 0.5 + step)
        if len("".join(law.names)) > 55:
            below.tick_params(axis="x", labelrotation=35)
            for text in below.get_xticklabels():
                text.set_horizontalalignment("right")


def _pmf(above: Axes, below: Axes, law: Pmf, samples: tuple) -> None:
    low, high = _range(law, [sample for sample, *_ in samples])
    median = int(np.searchsorted(np.cumsum(law.values), 0.5))
    skewed = high > SKEWED * max(1, median)
    if high - low < MOST and not skewed:
        _values(above, law, samples, low, high)
    else:
        _survival(above, law, samples, np.arange(max(low, skewed), min(high, law.values.size) + 1), skewed)
    above.set_xlabel(law.x_label)
    for sample, colour, _, side in samples:
        cell, expected = law.cells(len(sample))
        place = np.minimum(sample.astype(np.int64), law.values.size)
        observed = np.bincount(cell[place], minlength=expected.size)
        below.plot(np.arange(expected.size) + side * 0.1, (observed - expected) / np.sqrt(expected), "o", color=colour)
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    below.set_xlabel("cell of the chi-square test, smallest values first")


def _range(law: Pmf, samples: list[NDArray]) -> tuple[int, int]:
    """Return the least and the greatest value that law or samples show."""
    shown = np.flatnonzero(law.values > 0.5 / max(map(len, samples)))
    least = min(int(shown.min()), *(int(sample.min()) for sample in samples))
    return least, max(int(shown.max()), *(int(np.quantile(sample, 0.999)) for sample in samples))


def _intervals(counts: NDArray, n: int) -> NDArray:
    """Return how far 95 % intervals of shares reach down and up, shape (2, points)."""
    low = np.where(counts > 0, stats.beta.ppf(0.025, np.maximum(counts, 1), n - counts + 1), 0.0)
    high = np.where(counts < n, stats.beta.isf(0.025, counts + 1, np.maximum(n - counts, 1)), 1.0)
    return np.array([counts / n - low, high - counts / n])


def _values(above: Axes, law: Pmf, samples: tuple, low: int, high: int) -> None:
    x = np.arange(low, high + 1)
    values = np.append(law.values, np.zeros(max(0, high + 1 - law.values.size)))[x]
    above.plot(x, values, ".-", color=LAW, linewidth=1.0, label="law")
    for sample, colour, label, side in samples:
        counts = np.bincount(sample.astype(np.int64), minlength=high + 1)[x]
        bars = _intervals(counts, len(sample))
        above.errorbar(x + side * 0.12, counts / len(sample), yerr=bars, fmt="o", markersize=3, color=colour,
                       elinewidth=1.0, label=label)  # fmt: skip
    above.set_ylabel("probability")


def _survival(above: Axes, law: Pmf, samples: tuple, x: NDArray, skewed: bool) -> None:
    """Draw P(at least x), on logarithmic axes where the law is skewed."""
    at_least = 1.0 - np.append(0.0, np.cumsum(law.values))
    keep = at_least[x] > 0.3 / max(len(sample) for sample, *_ in samples)
    above.plot(x[keep], at_least[x][keep], color=LAW, linewidth=1.0, label="law")
    points = np.geomspace(x[0], x[keep][-1], POINTS) if skewed else np.linspace(x[0], x[keep][-1], POINTS)
    points = np.unique(points.round().astype(np.int64))
    for sample, colour, label, _ in samples:
        counts = (sample[:, None] >= points).sum(axis=0)
        seen = counts > 0
        bars = _intervals(counts, len(sample))[:, seen]
        above.errorbar(points[seen], counts[seen] / len(sample), yerr=bars, fmt="o", markersize=3, color=colour,
                       elinewidth=1.0, label=label)  # fmt: skip
    if skewed:
        above.set_xscale("log")
        above.set_yscale("log")
    above.set_ylabel("probability of at least as many")
