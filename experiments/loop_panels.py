"""How is the loop of followers and gifts drawn? The panels of the figure of `followers_feed_the_giver`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from simulation import figures

from .gifts import marks
from .intervals import interval, intervals

SHADES = ("#000000", "#9ECAE1", "#4292C6", "#2171B5", "#08306B")
THEORY = {"linestyle": "--", "color": "#D55E00", "marker": ""}


def draw_decay(pairs: pd.DataFrame, ax: Any, law: Callable[[float, np.ndarray], np.ndarray] | None = None) -> None:
    """Draw what becomes of the gift, by bring; ``law`` gives the expected excess of a bring at ticks."""
    ticks = int(pairs["ticks"].iloc[0])
    brings = sorted(pairs["bring"].unique())
    ax.set_prop_cycle(color=SHADES if len(brings) > 4 else [SHADES[0], *SHADES[-len(brings) + 1 :]])
    for bring in brings:
        some = pairs[pairs["bring"] == bring]
        rows = [{"tick": mark, **interval(some[f"excess_{place}"])} for place, mark in enumerate(marks(ticks))]
        figures.curve(pd.DataFrame(rows), x="tick", label=f"{bring:g}", ax=ax)
        if law:
            time = np.arange(ticks + 1)
            label = "theory" if bring == brings[-1] else None
            ax.plot(time, law(bring, time), **THEORY, linewidth=1.0, zorder=3, label=label)
    ax.set(xlabel="ticks since the gift")
    ax.set_ylim(bottom=0, top=1.35 * ax.dataLim.y1)
    ax.legend(title="bring", title_fontsize=8.5, loc="upper left", ncols=3)


def draw_line(corner: pd.DataFrame, ax: Any, fed: Callable[[float], float], churn: float) -> None:
    """Draw what is won against bring, with theory's line and what is lost."""
    figures.curve(intervals(corner, "bring", "gain"), x="bring", label="measured", ax=ax)
    brings = np.linspace(0, max(corner["bring"]), 50)
    ax.plot(brings, [fed(bring) for bring in brings], **THEORY, label="theory")
    ax.axhline(churn, color="0.3", linewidth=1.0, linestyle=":", label="lost: churn")
    ax.set(title="One giver: the line in bring", xlabel="bring (chance that a find is handed up)",
           ylabel="won per extra follower and tick")  # fmt: skip
    ax.set_ylim(bottom=0)
    ax.legend(loc="lower right")


def draw_loop(loop: pd.DataFrame, ax: Any) -> None:
    """Draw what is won and lost against bring, and what is won with every way back closed."""
    opened, closed = loop[loop["route"] == "all"], loop[loop["route"] == "none"]
    for column, label in (("gain", "won"), ("loss", "lost")):
        figures.curve(intervals(opened, "bring", column), x="bring", label=label, ax=ax)
    null = interval(closed["gain"])
    ax.errorbar([0.0], [null["mean"]], yerr=[[null["mean"] - null["low"]], [null["high"] - null["mean"]]], fmt="s",
                color="#000000", label="won, every way back closed")  # fmt: skip
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.set(title="Whole model: won and lost", xlabel="bring (everybody's)", ylabel="per extra follower and tick")
    ax.set_ylim(top=1.45 * ax.dataLim.y1)
    ax.legend(loc="upper left")


def draw_saturation(more: dict[float, pd.DataFrame], ax: Any, bring: float) -> None:
    """Draw what one extra follower brings, one column per gift, by the giver's attention."""
    for attention, wide in more.items():
        rows = [{"gift": gift, **interval(wide[gift])} for gift in wide]
        figures.curve(pd.DataFrame(rows), x="gift", label=f"{attention:g}", ax=ax)
    ax.axhline(0, color="0.3", linewidth=0.8)
    gifts = [row["gift"] for row in rows]
    ax.set_xscale("log")
    ax.set_xticks(gifts, [f"{gift:g}" for gift in gifts])
    ax.minorticks_off()
    ax.set(title=f"What one extra follower brings (bring {bring:g})", xlabel="followers given to one agent (log)",
           ylabel="items given away more, per tick")  # fmt: skip
    ax.set_ylim(top=1.3 * ax.dataLim.y1)
    ax.legend(title="the giver's attention", title_fontsize=8.5, ncols=3, loc="upper right")


def draw_region(points: pd.DataFrame, ax: Any) -> None:
    """Draw the loop gain at every point of the region against bring."""
    for label, chosen, colour in (("above 0", points["low"] > 0, "#0072B2"), ("below 0", points["high"] < 0, "#D55E00"),
                                  ("cannot be told", None, "#999999")):  # fmt: skip
        told = (points["low"] > 0) | (points["high"] < 0)
        some = points[~told if chosen is None else chosen]
        ax.plot(some["bring"], some["mean"], "o", color=colour, label=f"{label}: {len(some) / len(points):.0%}",
                zorder=2 if chosen is None else 3)  # fmt: skip
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.set_yscale("symlog", linthresh=0.001)
    ax.set_ylim(min(-0.001, 2 * points["mean"].min()), 1e4)  # room for the legend above all points
    ax.set_yticks([-10.0, -0.1, -0.001, 0.0, 0.001, 0.1, 10.0])
    ax.set(title=f"{len(points)} points of a plausible region", xlabel="bring (everybody's)",
           ylabel="loop gain (log beyond ±0.001)")  # fmt: skip
    ax.legend(loc="upper left", title="loop gain, 95 % interval", title_fontsize=8.5)
