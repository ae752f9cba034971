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
from ..figures import bars, panels, short, styled
from .drawing import label, value_label
from .points import good_runs, state_of
from .samples import salib
from .store import Swept

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("saltelli", "morris")
RESAMPLES = 1000
MOST_CHANCE = 0.01  # p above which points differ by no more than the noise
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
        Another design, too few complete samples, a measure that does not vary, or by no more than its noise.
    """
    design = swept.plan.design
    if design.kind not in KINDS:
        kinds = "saltelli (Sobol indices) or morris (elementary effects)"
        raise InputError(f"design: {str(swept.folder)!r} is a {design.kind} design; allowed: {kinds}")
    names = list(design.names)
    size = len(names) + (2 if design.kind == "saltelli" else 1)
    values, complete = _responses(swept, measure, size)
    kept = values[complete]
    scale = kept.mean(axis=2).std()
    if scale == 0:
        raise InputError(f"measure: {measure} is {kept.flat[0]:g} at every point; allowed: one that varies")
    noise = _noise(kept, measure)
    kept = kept / scale
    columns: tuple[str, ...] = ("first", "total")
    found: dict[str, NDArray] = {}
    if design.kind == "saltelli":
        responses, statistic = kept, sobol_indices(kept)
    else:
        unit = np.array(design.about["unit"]).reshape(-1, size, len(names))[complete]
        responses = np.stack([elementary_effects(each, unit) for each in np.moveaxis(kept, 2, 0) * scale], axis=2)
        statistic, columns = effect_statistics(responses), ("mu", "mu_star", "sigma")
        found["noise"] = _mu_star_of_noise(responses)
    half = _half_width(responses, statistic, resamples, seed)
    for name, estimate, width in zip(columns, statistic(responses.mean(axis=2)), half, strict=True):
        found |= {name: estimate, f"{name}_low": estimate - width, f"{name}_high": estimate + width}
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
        what = f"it is a number in every run of {complete.sum()} of {len(groups)} base samples so far"
        raise InputError(f"measure: {measure}: {what}; allowed: {LEAST} or more")
    return groups, complete


def _scatter(values: NDArray) -> NDArray:
    """Return the replicates' deviations from their mean, so scaled that their products sum to the noise of means."""
    count = values.shape[2]
    return (values - values.mean(axis=2, keepdims=True)) / max(1.0, count * (count - 1.0)) ** 0.5


def _noise(values: NDArray, measure: str) -> float:
    """Return the share of noise in the variance of means over points; NaN with one replicate.

    Raises
    ------
    InputError
        Points differ by no more than the noise (F test).
    """
    samples, size, replicates = values.shape
    if replicates < 2:
        return float("nan")
    share = float(_scatter(values).var(axis=(0, 1)).sum() / values.mean(axis=2).var())
    between = samples * size - 1
    p = float(stats.f.sf(1 / share, between, between * (replicates - 1))) if share > 0 else 0.0
    if p > MOST_CHANCE:
        what = f"points differ by no more than the noise of replicates (F test, p = {p:.2g})"
        raise InputError(f"measure: {measure}: {what}; allowed: more replicates, or another")
    return share


# --- Sobol indices ----------------------------------------------------------------------------------------------


def products(y: NDArray) -> NDArray:
    """Return variance and the numerators of first-order and total indices, shape (3, d).

    Parameters
    ----------
    y : array of float, shape (samples, d + 2)
        Responses, in the order of Saltelli's design.
    """
    estimators = salib("analyze.sobol")
    y = y - y.mean()
    a, mixed, b = y[:, 0], y[:, 1:-1], y[:, -1]
    variance = float(np.var(np.r_[a, b]))
    if variance == 0.0:
        return np.zeros((3, mixed.shape[1]))
    y = y / variance**0.5  # SALib takes variances below 2e-16 for zero
    indices = [[estimator(y[:, 0], y[:, at], y[:, -1]) for at in range(1, y.shape[1] - 1)]
               for estimator in (estimators.first_order, estimators.total_order)]  # fmt: skip
    return variance * np.array([np.ones(mixed.shape[1]), *indices])


def sobol_indices(values: NDArray) -> Callable[[NDArray], NDArray]:
    """Return the function that gives first-order and total indices, shape (2, d), of means over replicates.

    Parameters
    ----------
    values : array of float, shape (samples, d + 2, replicates)
        From which the noise is known that is in such means.
    """
    scatter = _scatter(values)
    noise = sum((products(scatter[:, :, at]) for at in range(values.shape[2])), np.zeros((3, values.shape[1] - 2)))

    def indices(y: NDArray) -> NDArray:
        variance, first, total = products(y) - noise
        return np.array([first, total]) / np.where(variance > 0, variance, np.nan)

    return indices


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


def effect_statistics(effects: NDArray) -> Callable[[NDArray], NDArray]:
    """Return the function that gives mu, mu* and sigma, shape (3, d), of means over replicates.

    Parameters
    ----------
    effects : array of float, shape (trajectories, d, replicates)
        From which the noise is known that is in such means.
    """
    noise = _scatter(effects).var(axis=0, ddof=1).sum(axis=1)

    def statistics(e: NDArray) -> NDArray:
        spread = np.maximum(0.0, e.var(axis=0, ddof=1) - noise)
        return np.array([e.mean(axis=0), np.abs(e).mean(axis=0), spread**0.5])

    return statistics


def _mu_star_of_noise(effects: NDArray) -> NDArray:
    """Return the mu* that normal noise alone would give; NaN with one replicate."""
    if effects.shape[2] < 2:
        return np.full(effects.shape[1], np.nan)
    error = (_scatter(effects) ** 2).sum(axis=2) ** 0.5  # of each effect, shape (trajectories, d)
    return (2 / np.pi) ** 0.5 * error.mean(axis=0)


# --- bootstrap --------------------------------------------------------------------------------------------------


def _half_width(values: NDArray, statistic: Callable[[NDArray], NDArray], resamples: int, seed: int) -> NDArray:
    """Return half the width of 95 % intervals: base samples and replicates drawn anew, replicates then averaged.

    NaN where a tenth of the draws or more leave no variance beside the noise, so that nothing is known.
    """
    random = np.random.default_rng(seed)
    samples, _, replicates = values.shape
    drawn = []
    for _ in range(resamples):
        rows = random.integers(0, samples, samples)
        weights = random.multinomial(replicates, np.full(replicates, 1 / replicates)) / replicates
        drawn.append(statistic((values @ weights)[rows]))
    known = [each for each in drawn if np.isfinite(each).all()]
    if len(known) < 0.9 * resamples:
        return np.full(drawn[0].shape, np.nan)
    return Z * np.std(known, axis=0, ddof=1)


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
        text.append(f"noise of replicates: {found.noise:.1%} of the variance between points, taken out")
        if found.kind == "morris":
            text.append("(but of mu*: the column noise is the mu* that it alone would give)")
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
            three = [row[name], row[f"{name}_low"], row[f"{name}_high"]]
            value, low, high = (f"{x:.3f}" if found.kind == "saltelli" else short(x) for x in three)
            cell.append(f"{value} [{low}, {high}]")
        rows.append(cell + ([short(row["noise"], 2)] if len(rows[0]) > len(cell) else []))
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
