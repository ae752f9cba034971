"""How is a sweep drawn? The figure that its design calls for: curves, heat maps, small multiples, clouds of points.

One quantity in a grid gives a curve with intervals, two a heat map, three a heat map for each value of the one with
the fewest; more give the effect of each, averaged over the others. One at a time gives a curve for each; samples and
tables give, for each quantity, all points as dots with means of those nearby.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import unknown_name
from ..figures import curve, heat_map, panels, short, styled
from ..parameters import SPECIFICATIONS
from .designs import RUN
from .points import by_point, main_effects, state_of
from .samples import is_whole
from .store import Swept

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PANELS = 12
MOST_BARS = 200  # points beyond which dots have no interval of their own
FEW = 10  # values of a quantity that are told apart one by one


@styled
def draw(swept: Swept, measure: str, over: Sequence[str] = ()) -> Figure:
    """Return the figure of a measure over what varies.

    Parameters
    ----------
    swept : Swept
        Finished or not: what is missing is left out, and the title says so.
    measure : str
        One of ``swept.measures``.
    over : sequence of str
        Which of the quantities that vary to draw, in this order; of a full grid the effects of fewer than all are
        averaged over the others. By default all, or the first 12, which the title says.

    Raises
    ------
    InputError
        Something in ``over`` that does not vary.
    """
    table, names = by_point(swept, measure), chosen(swept, over)
    kind = swept.plan.design.kind
    whole = len(names) == len(swept.plan.design.names)
    bounds = "95 % intervals"
    if kind == "one at a time":
        figure = _one_at_a_time(table, names, swept, measure)
    elif kind == "grid" and not whole:
        figure = _main_effects(names, swept, measure)
        bounds = "each averaged over all others; 95 % intervals"
    elif kind == "grid" and len(names) in (2, 3):
        sizes = sorted(table[name].astype(str).nunique() for name in names)
        write = sizes[-1] <= (9 if len(names) == 2 else 6)  # numbers in the cells have room
        figure = _heat_maps(table, names, swept, measure, write)
        bounds = "± half a 95 % interval" if write else "means; intervals: --csv"
    elif kind == "grid" and len(names) > 3:
        figure = _main_effects(names, swept, measure)
        bounds = "each averaged over all others; 95 % intervals"
    elif kind == "grid" or (kind == "zipped" and table[names[0]].is_unique):
        figure = _one_curve(table, names, swept, measure)
    else:
        figure = _clouds(table, names, swept, measure)
        bounds = bounds if len(table) <= MOST_BARS else "means; intervals: --csv"
    lines = title(swept, measure, table, bounds)
    figure.suptitle("\n".join([*lines, *left_out(swept, over)]), x=0.01, ha="left", fontsize=9.5)
    return figure


def chosen(swept: Swept, over: Sequence[str] = ()) -> list[str]:
    """Return which of the quantities that vary have a panel of their own."""
    names = list(swept.plan.design.names)
    for name in over:
        if name not in names:
            raise unknown_name("quantity that varies", name, names)
    if over:
        return list(dict.fromkeys(over))
    return names if swept.plan.design.kind == "grid" and len(names) <= 3 else names[:MOST_PANELS]


def left_out(swept: Swept, over: Sequence[str] = ()) -> list[str]:
    """Return what a figure leaves out of the sweep, one line each."""
    names, shown = list(swept.plan.design.names), chosen(swept, over)
    lines = []
    if len(shown) < len(names):
        others = ", ".join(name for name in names if name not in shown)
        lines.append(f"{len(shown)} of {len(names)} quantities are drawn; choose others with --over: {others}")
    elif swept.plan.design.kind == "grid" and len(names) == 3:
        split = split_by(swept.plan.design.table, shown)
        count = swept.plan.design.table[split].astype(str).nunique()
        if count > MOST_PANELS:
            lines.append(f"{MOST_PANELS} of {count} values of {split} are drawn; all are in the table: --csv")
    return lines


def split_by(table: pd.DataFrame, names: Sequence[str]) -> str:
    """Return which quantity has a panel for each value: that with the fewest, or the later of two with as few."""
    return min(reversed(names), key=lambda name: table[name].astype(str).nunique())


def title(swept: Swept, measure: str, table: pd.DataFrame, bounds: str) -> list[str]:
    """Return the lines above a figure: what is shown, how sure it is, and what is missing."""
    counts = table["replicates"][table["replicates"] > 0]
    least, most = (int(counts.min()), int(counts.max())) if len(counts) else (0, 0)
    runs = f"{least}" if least == most else f"{least} to {most}"
    sure = bounds if most > 1 else "no intervals: they need more than one"
    lines = [f"{swept.folder.name}: {measure}, {runs} replicate{'s' if most > 1 else ''} of each point; {sure}"]
    state = state_of(swept)
    return [*lines, state] if state else lines


def label(name: str) -> str:
    """Return a quantity with its unit, for an axis."""
    known = SPECIFICATIONS.get(name)
    unit = "ticks" if name == RUN else "1" if known is None or known.choices else known.unit
    if unit in ("1", name):
        return name
    return f"{name} ({unit})"


def value_label(swept: Swept, measure: str) -> str:
    """Return a measure with when it was taken, for an axis."""
    plan = swept.plan
    of_series = plan.measure is None or isinstance(plan.measure, (list, tuple))
    if not of_series:
        return measure
    return f"{measure} at the last tick" if RUN in plan.design.names else f"{measure} after {plan.ticks} ticks"


def is_numeric(values: pd.Series) -> bool:
    """Return whether values can be put on an axis of numbers: not words, not true or false, none missing."""
    return bool(pd.api.types.is_numeric_dtype(values) and values.dtype != bool and values.notna().all())


def _is_geometric(values: pd.Series) -> bool:
    """Return whether values are better told apart on a logarithmic axis: their ratios vary less than their steps."""
    x = np.unique(values.to_numpy(float))
    if x.size < 3 or x[0] <= 0 or x[-1] / x[0] < 10:
        return False
    steps, ratios = np.diff(x), np.diff(np.log(x))
    return bool(ratios.std() / ratios.mean() < 0.5 * steps.std() / steps.mean())


def _words(values: pd.Series) -> list[str]:
    return ["none" if pd.isna(value) else short(value) for value in values]


# --- the kinds of figure ----------------------------------------------------------------------------------------


def _line(table: pd.DataFrame, name: str, ax: Axes, swept: Swept) -> None:
    """Draw means with intervals: a curve over numbers, points with bars over words."""
    if is_numeric(table[name]):
        curve(table.dropna(subset="mean"), x=name, label="", ax=ax)
        if _is_geometric(table[name]):
            ax.set_xscale("log")
            if table[name].nunique() <= FEW:
                ax.set_xticks(sorted(table[name].unique()), map(short, sorted(table[name].unique())))
                ax.minorticks_off()
        elif is_whole(name) and table[name].nunique() <= FEW:
            ax.set_xticks(sorted(table[name].unique()))
    else:
        place = np.arange(len(table))
        error = np.abs(np.vstack([table["mean"] - table["low"], table["high"] - table["mean"]]))
        ax.errorbar(place, table["mean"], yerr=np.nan_to_num(error), fmt="o")
        ax.set_xticks(place, _words(table[name]))
        ax.set_xlim(-0.5, len(table) - 0.5)
        if max(map(len, _words(table[name]))) > 40 // len(table):
            ax.tick_params(axis="x", labelrotation=30)
    ax.set_xlabel(label(name))


def _one_curve(table: pd.DataFrame, names: Sequence[str], swept: Swept, measure: str) -> Figure:
    figure, (ax,) = panels(1, 1, width=5.2, height=3.7)
    _line(table, names[0], ax, swept)
    others = [name for name in swept.plan.design.names if name != names[0]]
    if others:
        ax.set_xlabel(f"{label(names[0])}; {', '.join(others)} changing along with it")
    ax.set_ylabel(value_label(swept, measure))
    return figure


def _heat_maps(table: pd.DataFrame, names: Sequence[str], swept: Swept, measure: str, write: bool) -> Figure:
    """Draw a heat map of two quantities, or one for each value of a third, all on one scale of colours."""
    parts = {"": table} if len(names) == 2 else _parts(table, names)
    x, y = [name for name in names if not any(text.startswith(f"{name} = ") for text in parts)]
    columns = min(len(parts), 4 if len(parts) > 6 else 3)
    rows = math.ceil(len(parts) / columns)
    figure, axes = panels(rows, columns, width=5.6 if len(parts) == 1 else 3.6, height=4.2 if len(parts) == 1 else 3.2)
    low, high = float(table["mean"].min()), float(table["mean"].max())
    every = list(axes)
    for (text, part), ax in zip(parts.items(), every, strict=False):
        shown = part.assign(**{name: _words(part[name]) for name in (x, y) if not is_numeric(part[name])})
        cells = heat_map(shown, x=x, y=y, ax=ax, low=low, high=high, write=write)
        ax.set(xlabel=label(x), ylabel=label(y), title=text)
    for ax in every[len(parts) :]:
        ax.set_visible(False)
    figure.colorbar(cells, ax=every[: len(parts)], label=value_label(swept, measure))
    return figure


def _parts(table: pd.DataFrame, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return the points by value of one of three quantities."""
    over = split_by(table, names)
    words = pd.Series(_words(table[over]), table.index)
    values = list(dict.fromkeys(words))
    if len(values) > MOST_PANELS:
        values = [values[at] for at in np.linspace(0, len(values) - 1, MOST_PANELS).round().astype(int)]
    return {f"{over} = {value}": table[words == value] for value in values}


def _rows_of_panels(names: Sequence[str], swept: Swept, measure: str) -> tuple[Figure, list[Axes]]:
    """Return a panel for each name, all with one vertical axis."""
    columns = min(len(names), 3 if len(names) != 4 else 2)
    rows = math.ceil(len(names) / columns)
    figure, axes = panels(rows, columns, width=3.6, height=2.9)
    every = list(axes)
    for at, ax in enumerate(every):
        ax.sharey(every[0])
        if at % columns == 0:
            ax.set_ylabel(value_label(swept, measure))
        else:
            ax.tick_params(labelleft=False)
        if at >= len(names):
            ax.set_visible(False)
    return figure, every[: len(names)]


def _main_effects(names: Sequence[str], swept: Swept, measure: str) -> Figure:
    figure, axes = _rows_of_panels(names, swept, measure)
    effects = main_effects(swept, measure)
    for name, ax in zip(names, axes, strict=True):
        _line(effects[name], name, ax, swept)
    return figure


def _one_at_a_time(table: pd.DataFrame, names: Sequence[str], swept: Swept, measure: str) -> Figure:
    """Draw a curve for each quantity through the base point, which is the first."""
    figure, axes = _rows_of_panels(names, swept, measure)
    words = pd.DataFrame({name: _words(table[name]) for name in swept.plan.design.names}, table.index)
    for name, ax in zip(names, axes, strict=True):
        others = [each for each in swept.plan.design.names if each != name]
        part = table[(words[others] == words.loc[0, others]).all(axis=1)] if others else table
        part = part.sort_values(name) if is_numeric(part[name]) else part
        _line(part, name, ax, swept)
        base = float(table[name].to_numpy()[0]) if is_numeric(part[name]) else 0.0
        ax.axvline(base, color="0.5", linewidth=0.8, linestyle=":", label="the base point")
        ax.axhline(float(table["mean"].to_numpy()[0]), color="0.5", linewidth=0.8, linestyle=":")
    axes[0].legend()
    return figure


def _clouds(table: pd.DataFrame, names: Sequence[str], swept: Swept, measure: str) -> Figure:
    """Draw all points over each quantity, and the means of those nearby."""
    figure, axes = _rows_of_panels(names, swept, measure)
    known = table.dropna(subset="mean")
    for number, (name, ax) in enumerate(zip(names, axes, strict=True)):
        x = known[name] if is_numeric(known[name]) else pd.Series(pd.factorize(known[name].astype(str))[0], known.index)
        many = len(known) > MOST_BARS
        if not many:
            error = np.abs(np.vstack([known["mean"] - known["low"], known["high"] - known["mean"]]))
            ax.errorbar(x, known["mean"], yerr=np.nan_to_num(error), fmt="none", color="C0", alpha=0.35, linewidth=0.8,
                        capsize=0)  # fmt: skip
        ax.scatter(x, known["mean"], s=5 if many else 10, alpha=0.3 if many else 0.7, linewidths=0, label="one point")
        means = nearby(x, known["mean"])
        if len(known) >= 3 * max(2, len(means)):  # fewer: each would be a point again
            line = "o-" if is_numeric(known[name]) else "o"
            ax.plot(means["x"], means["mean"], line, color="C1", label="mean of points nearby")
        if not is_numeric(known[name]):
            words = list(dict.fromkeys(_words(known[name])))
            ax.set_xticks(range(len(words)), words)
        ax.set_xlabel(label(name))
        if number == 0:
            ax.legend()
    return figure


def nearby(x: pd.Series, y: pd.Series) -> pd.DataFrame:
    """Return the means of x and y in parts with as many points each, at least 8, or at each x where there are few.

    Examples
    --------
    >>> nearby(pd.Series([1, 1, 2, 2]), pd.Series([0.0, 2.0, 3.0, 5.0])).values.tolist()
    [[1.0, 1.0], [2.0, 4.0]]
    """
    part: Any = x
    if x.nunique() > FEW:
        part = pd.qcut(x, min(FEW, max(1, len(x) // 8)), labels=False, duplicates="drop")
    return pd.DataFrame({"x": x, "mean": y}).groupby(part).mean().astype(float).reset_index(drop=True)
