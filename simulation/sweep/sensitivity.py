"""How much does each quantity matter? Sobol indices and elementary effects of a measure's mean over replicates.

What is asked about is the expected measure f(x) at settings x. A run gives f(x) plus the noise of its seed, and a
mean of R replicates still has 1/R of the noise's variance. Left in, that makes first-order indices too small and
total indices too large, for noise looks like an interaction of everything. All these estimators are averages of
products of two responses, so the noise adds its own average product, which the scatter of replicates about their mean
tells without bias; it is subtracted. This holds for paired seeds, whose noise is shared between points, as for
independent ones. With one replicate nothing can be subtracted: the indices are those of that one seed's response.

Sobol indices: SALib's estimators, those of Saltelli et al. (2010, doi:10.1016/j.cpc.2009.09.018). Elementary effects
on quantities scaled to [0, 1]: Morris (1991, doi:10.2307/1269043), mu* after Campolongo et al. (2007,
doi:10.1016/j.envsoft.2006.10.004). Intervals are estimates -/+ 1.96 standard deviations over bootstrap samples, for
which both the base samples (or trajectories) and the replicates are drawn with replacement (Owen 2007,
doi:10.1214/07-AOAS122): neither alone would show all of the error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError
from ..figures import bars, panels, styled
from .drawing import label, value_label
from .points import good_runs, state_of
from .samples import salib
from .store import Swept

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("saltelli", "morris")
RESAMPLES = 1000
MOST_NOISE = 0.9  # share of the variance between points beyond which nothing can be told
LEAST = 4  # complete base samples or trajectories
Z = float(stats.norm.isf(0.025))
COLUMNS = {
    "saltelli": {"first": "first order", "total": "total"},
    "morris": {"mu_star": "mu*", "sigma": "sigma"},
}  # what the bars show


@dataclass(frozen=True)
class Sensitivity:
    """How much each quantity matters for a measure.

    Attributes
    ----------
    kind : {"saltelli", "morris"}
    measure : str
    table : DataFrame
        One row per quantity, the one that matters most first: ``name``; for saltelli ``first`` and ``total``, in
        parts of the variance; for morris ``mu``, ``mu_star`` and ``sigma``, in units of the measure over the whole
        range, and ``noise``, the mu* that noise alone would give. Each with its interval, ``_low`` and ``_high``.
    samples, complete : int
        Base samples or trajectories of the design, and those of which every run went well: only they count.
    replicates : int
    noise : float
        Share of noise in the variance of means over points; NaN with one replicate.
    """

    kind: str
    measure: str
    table: pd.DataFrame
    samples: int
    complete: int
    replicates: int
    noise: float


def analyse(swept: Swept, measure: str, *, resamples: int = RESAMPLES, seed: int = 0) -> Sensitivity:
    """Return the sensitivity of a measure's mean over replicates to what varies.

    Parameters
    ----------
    swept : Swept
        Of a saltelli or morris design.
    measure : str
    resamples : int
        Bootstrap samples.
    seed : int
        Of the bootstrap.

    Raises
    ------
    InputError
        Another design, too few complete samples, a measure that does not vary or is all noise.
    """
    design = swept.plan.design
    if design.kind not in KINDS:
        kinds = "saltelli (Sobol indices) or morris (elementary effects)"
        raise InputError(f"design: {str(swept.folder)!r} is a {design.kind} design; allowed: {kinds}")
    names = list(design.names)
    size = len(names) + (2 if design.kind == "saltelli" else 1)
    values, complete = _responses(swept, measure, size)
    kept = values[complete]
    if np.ptp(kept.mean(axis=2)) == 0:
        raise InputError(f"measure: {measure} is {kept.flat[0]:g} at every point; allowed: one that varies")
    kept = kept / kept.mean(axis=2).std()
    if design.kind == "saltelli":
        found, noise = _sobol(kept, resamples, seed)
    else:
        unit = np.array(design.about["unit"]).reshape(-1, size, len(names))[complete]
        found, noise = _morris(kept, unit, resamples, seed)
        scale = values[complete].mean(axis=2).std()
        found = {name: column * scale for name, column in found.items()}
    if noise >= MOST_NOISE:  # NaN with one replicate, which cannot tell
        share = f"{noise:.0%} of the variance between points is noise of replicates"
        raise InputError(f"measure: {measure}: {share}; allowed: below {MOST_NOISE:.0%}, by more replicates")
    table = pd.DataFrame({"name": names, **found})
    table = table.sort_values("total" if design.kind == "saltelli" else "mu_star", ascending=False, kind="stable")
    return Sensitivity(design.kind, measure, table.reset_index(drop=True), len(values), int(complete.sum()),
                       kept.shape[2], noise)  # fmt: skip


def _responses(swept: Swept, measure: str, size: int) -> tuple[NDArray, NDArray]:
    """Return a measure's values, shape (base samples, size, replicates), and which base samples are complete.

    Replicates that were added at some points for the sake of precision are left out.
    """
    plan = swept.plan
    values = np.full((len(plan.design.points), plan.replicates), np.nan)
    runs = good_runs(swept, measure)
    runs = runs[runs["replicate"] < plan.replicates]
    values[runs["point"], runs["replicate"]] = runs["value"]
    groups = values.reshape(-1, size, plan.replicates)
    complete = np.isfinite(groups).all(axis=(1, 2))
    if complete.sum() < LEAST:
        what = f"{complete.sum()} of {len(groups)} base samples are complete so far"
        raise InputError(f"folder: {str(swept.folder)!r}: {what}; allowed: {LEAST} or more")
    return groups, complete


def _scatter(values: NDArray) -> NDArray:
    """Return the replicates' deviations from their mean, so scaled that their products sum to the noise of means."""
    count = values.shape[2]
    return (values - values.mean(axis=2, keepdims=True)) / max(1.0, count * (count - 1.0)) ** 0.5


# --- Sobol indices ----------------------------------------------------------------------------------------------


def _products(y: NDArray) -> tuple[float, NDArray, NDArray]:
    """Return variance and the numerators of first-order and total indices of responses, shape (samples, d + 2)."""
    estimators = salib("analyze.sobol")
    y = y - y.mean()
    a, mixed, b = y[:, 0], y[:, 1:-1], y[:, -1]
    variance = float(np.var(np.r_[a, b]))
    if variance == 0.0:
        return 0.0, np.zeros(mixed.shape[1]), np.zeros(mixed.shape[1])
    scale = variance**-0.5  # SALib takes variances below 2e-16 for zero
    numerators = [
        np.array([float(estimator(a * scale, mixed[:, at] * scale, b * scale)) for at in range(mixed.shape[1])])
        for estimator in (estimators.first_order, estimators.total_order)
    ]
    return variance, variance * numerators[0], variance * numerators[1]


def _sobol(values: NDArray, resamples: int, seed: int) -> tuple[dict[str, NDArray], float]:
    """Return first-order and total indices with their intervals, and the share of noise in the variance."""
    replicates = values.shape[2]
    variance = _products(values.mean(axis=2))[0]
    scatter = _scatter(values)
    noise = [_products(scatter[:, :, at]) for at in range(replicates)] if replicates > 1 else []
    in_variance = sum(each[0] for each in noise)
    in_first, in_total = (sum((each[at] for each in noise), np.zeros(values.shape[1] - 2)) for at in (1, 2))
    share = in_variance / variance if noise else float("nan")

    def indices(y: NDArray) -> NDArray:
        spread, numerators, totals = _products(y)
        left = spread - in_variance
        return np.array([numerators - in_first, totals - in_total]) / (left if left > 0 else np.nan)

    estimate = indices(values.mean(axis=2))
    half = _half_width(values, indices, resamples, seed)
    return _columns(("first", "total"), estimate, half), share


# --- elementary effects -----------------------------------------------------------------------------------------


def elementary_effects(y: NDArray, unit: NDArray) -> NDArray:
    """Return the effects of trajectories, shape (trajectories, d): the change of y over that of the one that moved.

    Parameters
    ----------
    y : array of float, shape (trajectories, d + 1)
        Responses along each trajectory.
    unit : array of float, shape (trajectories, d + 1, d)
        The settings, scaled to [0, 1].
    """
    moves = np.diff(unit, axis=1)
    moved = np.abs(moves).argmax(axis=2)
    step = np.take_along_axis(moves, moved[:, :, None], axis=2)[:, :, 0]
    effects = np.empty_like(step)
    np.put_along_axis(effects, moved, np.diff(y, axis=1) / step, axis=1)
    return effects


def _morris(values: NDArray, unit: NDArray, resamples: int, seed: int) -> tuple[dict[str, NDArray], float]:
    """Return mu, mu* and sigma with their intervals, what noise alone would give for mu*, and its share."""
    replicates = values.shape[2]
    effects = np.stack([elementary_effects(values[:, :, at], unit) for at in range(replicates)], axis=2)
    scatter = _scatter(effects)
    in_variance = scatter.var(axis=0, ddof=1).sum(axis=1)
    single = (scatter**2).sum(axis=2) ** 0.5  # standard error of each effect, shape (trajectories, d)

    def statistics(e: NDArray) -> NDArray:
        spread = np.maximum(0.0, e.var(axis=0, ddof=1) - in_variance)
        return np.array([e.mean(axis=0), np.abs(e).mean(axis=0), spread**0.5])

    half = _half_width(effects, statistics, resamples, seed)
    found = _columns(("mu", "mu_star", "sigma"), statistics(effects.mean(axis=2)), half)
    if replicates < 2:
        return found | {"noise": np.full(effects.shape[1], np.nan)}, float("nan")
    share = float(_scatter(values).var(axis=(0, 1)).sum() / values.mean(axis=2).var())
    return found | {"noise": (2 / np.pi) ** 0.5 * single.mean(axis=0)}, share


# --- bootstrap --------------------------------------------------------------------------------------------------


def _half_width(values: NDArray, statistic: Callable[[NDArray], NDArray], resamples: int, seed: int) -> NDArray:
    """Return half the width of 95 % intervals: base samples and replicates drawn anew, replicates then averaged."""
    random = np.random.default_rng(seed)
    samples, _, replicates = values.shape
    drawn = []
    for _ in range(resamples):
        rows = random.integers(0, samples, samples)
        weights = random.multinomial(replicates, np.full(replicates, 1 / replicates)) / replicates
        drawn.append(statistic((values @ weights)[rows]))
    return Z * np.nanstd(drawn, axis=0, ddof=1)


def _columns(names: tuple[str, ...], estimate: NDArray, half: NDArray) -> dict[str, NDArray]:
    found: dict[str, NDArray] = {}
    for name, values, width in zip(names, estimate, half, strict=True):
        found |= {name: values, f"{name}_low": values - width, f"{name}_high": values + width}
    return found


# --- shown ------------------------------------------------------------------------------------------------------


def lines(found: Sensitivity) -> list[str]:
    """Return what stands above the table."""
    what = {"saltelli": "Sobol indices: shares of the variance of its mean over replicates",
            "morris": "elementary effects: its change over the whole range of each"}[found.kind]  # fmt: skip
    of = {"saltelli": "base samples", "morris": "trajectories"}[found.kind]
    text = [f"{found.measure}; {what}"]
    text.append(f"{found.complete} of {found.samples} {of}, {found.replicates} replicates; 95 % bootstrap intervals")
    if found.replicates == 1:
        text.append("with one replicate, noise of its seed cannot be told from effects")
    else:
        text.append(f"noise of replicates: {found.noise:.1%} of the variance between points; it is taken out")
        if found.kind == "morris":
            text[-1] += ", but of mu*:"
            text.append("the column noise is the mu* that it alone would give")
    return text


def cells(found: Sensitivity) -> list[list[str]]:
    """Return the table as texts, its head first."""
    shown = {"saltelli": ("first", "total"), "morris": ("mu", "mu_star", "sigma")}[found.kind]
    heads = {"first": "first order", "mu_star": "mu*"}
    rows = [["", *(f"{heads.get(name, name)} [95 %]" for name in shown)]]
    rows[0] += ["noise"] if found.kind == "morris" and found.replicates > 1 else []
    for row in found.table.to_dict("records"):
        cell = [str(row["name"])]
        for name in shown:
            digits = ".3f" if found.kind == "saltelli" else ".3g"
            low, high = row[f"{name}_low"], row[f"{name}_high"]
            cell.append(f"{row[name]:{digits}} [{low:{digits}}, {high:{digits}}]")
        rows.append(cell + ([f"{row['noise']:.2g}"] if len(rows[0]) > len(cell) else []))
    return rows


@styled
def draw(found: Sensitivity, swept: Swept) -> Figure:
    """Return the bar chart."""
    figure, (ax,) = panels(1, 1, width=5.6, height=1.3 + 0.5 * len(found.table))
    units = {"saltelli": f"share of the variance of {value_label(swept, found.measure)}",
             "morris": f"change of {value_label(swept, found.measure)} over the whole range"}  # fmt: skip
    table = found.table.assign(name=[label(name) for name in found.table["name"]])
    bars(table, COLUMNS[found.kind], ax=ax, unit=units[found.kind])
    head = f"{swept.folder.name}: {lines(found)[1]}"
    figure.suptitle("\n".join(each for each in (head, state_of(swept)) if each), x=0.01, ha="left", fontsize=9.5)
    return figure
