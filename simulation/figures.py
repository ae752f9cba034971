"""How are numbers drawn? Numbers in, matplotlib Axes out: nothing is saved, and statistics come from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .measures import by_generosity, slope_on_generosity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .record import Record

STYLE = Path(__file__).with_name("connectors.mplstyle")


def styled(draw: Callable[..., Any]) -> Callable[..., Any]:
    """Draw in the one look of all figures, whatever the caller's own settings."""

    @wraps(draw)
    def drawn(*values: Any, **named: Any) -> Any:
        import matplotlib.pyplot as plt

        with plt.style.context(STYLE):
            return draw(*values, **named)

    return drawn


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(5.2, 3.6))[1]


@styled
def followers_by_generosity(
    record: Record, *, column: str = "followers", bins: int = 10, ax: Axes | None = None
) -> Axes:
    """Draw everybody's followers against generosity, with the mean of each tenth and the fitted line.

    One run is one replicate, so no interval is drawn; `curve` draws intervals over replicates.

    Parameters
    ----------
    record : Record
    column : str
        Any column of ``record.agents``: "followers", "reached", "received", ...
    bins : int
        How many equal bins of generosity get a mean.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
    """
    ax = _axes(ax)
    people = record.agents[record.agents["present"]]
    means = by_generosity(record.agents, column, bins)
    slope = slope_on_generosity(record.agents, column)
    ax.scatter(people["generosity"], people[column], s=6, alpha=0.25, linewidths=0, label="one person")
    ax.plot(means.index, means, "o-", color="C1", label=f"mean of each 1/{bins} of generosity")
    ax.set(xlabel="generosity (probability of giving away an item)", ylabel=f"{column} after {record.ticks} ticks",
           title=f"{column} against generosity" + (f": slope {slope:+.1f}" if np.isfinite(slope) else ""),
           xlim=(0, 1))  # fmt: skip
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper left")
    return ax


@styled
def over_time(record: Record, columns: str | Sequence[str] = "ties", *, ax: Axes | None = None) -> Axes:
    """Draw columns of ``record.series`` against the tick."""
    ax = _axes(ax)
    columns = [columns] if isinstance(columns, str) else list(columns)
    for column in columns:
        ax.plot(record.series.index, record.series[column], label=column)
    ax.set(xlabel="tick", ylabel=columns[0] if len(columns) == 1 else "")
    if len(columns) > 1:
        ax.legend()
    return ax


@styled
def curve(table: pd.DataFrame, *, x: str, label: str, ax: Axes, marker: str = "o") -> Axes:
    """Draw means with their intervals against one quantity.

    Parameters
    ----------
    table : DataFrame
        Columns ``x``, ``mean``, ``low`` and ``high``, one row per point.
    x : str
        The column on the horizontal axis.
    label : str
        For the legend.
    ax : Axes
    marker : str
    """
    table = table.sort_values(x)
    (line,) = ax.plot(table[x], table["mean"], marker=marker, label=label)
    ax.fill_between(table[x], table["low"], table["high"], color=line.get_color(), alpha=0.2, linewidth=0)
    return ax


@styled
def effects(table: pd.DataFrame, *, ax: Axes, unit: str) -> Axes:
    """Draw estimates with their intervals, one below the other, against zero.

    Parameters
    ----------
    table : DataFrame
        Columns ``name``, ``mean``, ``low``, ``high``.
    ax : Axes
    unit : str
        Label of the horizontal axis.
    """
    place = np.arange(len(table))[::-1]
    error = np.abs(np.vstack([table["mean"] - table["low"], table["high"] - table["mean"]]))
    ax.errorbar(table["mean"], place, xerr=error, fmt="o")
    ax.axvline(0, color="0.4", linewidth=0.8)
    ax.set_yticks(place, table["name"])
    ax.set(xlabel=unit, ylim=(-0.6, len(table) - 0.4))
    return ax


@styled
def heat_map(table: pd.DataFrame, *, x: str, y: str, ax: Axes, low: float, high: float,
             write: bool = True) -> Any:  # fmt: skip
    """Draw means over two quantities as coloured cells.

    Cells stand side by side whatever the distances between values, which are written at the axes.

    Parameters
    ----------
    table : DataFrame
        Columns ``x``, ``y``, ``mean``, ``low`` and ``high``, one row per cell; a mean that is NaN leaves it hatched.
    x, y : str
        The columns on the axes.
    ax : Axes
    low, high : float
        Means at the ends of the scale of colours, which is logarithmic where both are positive and far apart.
    write : bool
        Write each mean, with half its interval, into its cell.

    Returns
    -------
    matplotlib.collections.QuadMesh
        The cells, from which a bar of colours can be made.
    """
    across, up = (list(dict.fromkeys(table[name])) for name in (x, y))
    cells_of = table.pivot_table(index=y, columns=x, values="mean", sort=False, dropna=False)
    means = cells_of.reindex(index=up, columns=across).to_numpy(float)
    from matplotlib.colors import LogNorm, Normalize

    ax.set_facecolor("0.85")
    ax.grid(False)
    far = low > 0 and high / low > FAR
    scale = LogNorm(low, high) if far else Normalize(low, high)
    cells = ax.pcolormesh(np.ma.masked_invalid(means), cmap="cividis", norm=scale, edgecolor="white",
                          linewidth=0.4 if means.size <= MOST_EDGED else 0.0)  # fmt: skip
    ax.patch.set(hatch="///", edgecolor="0.6")
    if write:
        _write_cells(table, ax, [across.index(each) + 0.5 for each in table[x]], [up.index(e) + 0.5 for e in table[y]],
                     (low * high) ** 0.5 if far else (low + high) / 2)  # fmt: skip
    for axis, values in ((ax.xaxis, across), (ax.yaxis, up)):
        step = -(-len(values) // MOST_LABELS)
        places = range(0, len(values), step)
        texts = [short(values[place]) for place in places]
        axis.set_ticks([place + 0.5 for place in places], texts)
        if axis is ax.xaxis and len("".join(texts)) > MOST_LETTERS:
            ax.tick_params(axis="x", labelrotation=35)
    ax.set(xlabel=x, ylabel=y)
    return cells


FAR = 50  # ratio of two means beyond which even steps of colour would show one of them only
MOST_EDGED = 600  # cells that have an edge
MOST_LABELS, MOST_LETTERS = 12, 30  # of an axis, beyond which labels are left out, or turned


def short(value: Any, digits: int = 3) -> str:
    """Return a number with so many digits, without a power of ten where there is no need for one; a text as it is.

    Examples
    --------
    >>> short(0.12345), short(46201.7), short(1e9), short("beta(2, 5)")
    ('0.123', '46202', '1e+09', 'beta(2, 5)')
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:.0f}" if 10**digits <= abs(value) < 1e7 else f"{value:.{digits}g}"


def _write_cells(table: pd.DataFrame, ax: Axes, x: Sequence[float], y: Sequence[float], middle: float) -> None:
    half = (table["high"] - table["low"]).to_numpy(float) / 2
    for at, mean in enumerate(table["mean"].to_numpy(float)):
        if not np.isfinite(mean):
            continue
        text = short(float(mean)) + (f"\n±{short(float(half[at]), 2)}" if np.isfinite(half[at]) else "")
        ax.text(x[at], y[at], text, ha="center", va="center", fontsize=6.5,
                color="white" if mean < middle else "black")  # fmt: skip


@styled
def bars(table: pd.DataFrame, columns: Mapping[str, str], *, ax: Axes, unit: str) -> Axes:
    """Draw several estimates for each of several names as bars side by side, with their intervals.

    Parameters
    ----------
    table : DataFrame
        One row per name, from top to bottom: ``name`` and, for each of ``columns``, the estimate and, as
        ``column_low`` and ``column_high``, its interval.
    columns : mapping of str to str
        Columns to draw, and what the legend calls them.
    ax : Axes
    unit : str
        Label of the horizontal axis.
    """
    height = 0.8 / len(columns)
    for number, (column, label) in enumerate(columns.items()):
        place = np.arange(len(table)) + (number - (len(columns) - 1) / 2) * height
        ax.barh(place, table[column], 0.92 * height, label=label, color=f"C{number}", alpha=0.6)
        ax.hlines(place, table[f"{column}_low"], table[f"{column}_high"], color="0.1", linewidth=1.4)
    ax.axvline(0, color="0.4", linewidth=0.8)
    ax.set_yticks(np.arange(len(table)), table["name"])
    ax.invert_yaxis()
    ax.grid(False, axis="y")
    ax.set_xlabel(unit)
    ax.legend(loc="lower right")
    return ax


@styled
def panels(rows: int, columns: int, *, width: float = 4.0, height: float = 3.1) -> tuple[Any, Iterable[Axes]]:
    """Return a figure and its Axes, in reading order."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(rows, columns, figsize=(width * columns, height * rows), squeeze=False)
    return figure, list(axes.flat)
