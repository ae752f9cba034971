"""How are numbers drawn? Numbers in, matplotlib Axes out: nothing is saved, and statistics come from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
def panels(rows: int, columns: int, *, width: float = 4.0, height: float = 3.1) -> tuple[Any, Iterable[Axes]]:
    """Return a figure and its Axes, in reading order."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(rows, columns, figsize=(width * columns, height * rows), squeeze=False)
    return figure, list(axes.flat)
