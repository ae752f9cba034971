"""How is a controller's effect drawn? The panels of the figure of `nobody_commands_it`, one function each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simulation import figures

from .controllers import (
    BUILDING,
    FORMS,
    HALF,
    IN_REGION,
    MARGIN,
    OF_TIES,
    SPENDING,
    TENTH,
    USUAL,
    by_churn,
    left,
    marks,
    some_of,
    usual_churn,
)
from .intervals import interval, intervals, share_that_holds

COLOURS = {
    "mandated": "#0072B2", "default follows": "#D55E00", "promoted": "#009E73", "quota": "#CC79A7",
    "mandated, gives all": "#E69F00", "mandated, gives nothing": "#000000",
}  # fmt: skip


def _curve(part: pd.DataFrame, lever: str, x: str, column: str, ax: Any, label: str = "", **style: Any) -> None:
    """Draw one lever's means over places that stand side by side."""
    places = sorted(part[x].unique())
    table = intervals(part[part["lever"] == lever], x, column)
    if table.empty:
        return
    table["place"] = [places.index(value) for value in table[x]]
    ax.set_prop_cycle(color=[style.pop("colour", COLOURS[lever])])
    figures.curve(table, x="place", label=label or lever, ax=ax, **style)
    ax.set_xticks(range(len(places)), [f"{value:g}" for value in places])


def _band(ax: Any, row: dict[str, float], label: str, colour: str) -> None:
    ax.axhline(row["mean"], color=colour, linewidth=1.4, linestyle="-.", label=label)
    ax.axhspan(row["low"], row["high"], color=colour, alpha=0.2, linewidth=0)


def draw_explained(levers: pd.DataFrame, ax: Any) -> None:
    """Draw what each lever explains when it stops, by budget."""
    spent = levers[levers["budget"] > 0]
    for lever in SPENDING:
        _curve(spent, lever, "budget", "share_stop", ax)
    _band(ax, interval(some_of(levers, "quota")["share_stop"]), "quota (must give all)", COLOURS["quota"])
    _band(ax, interval(some_of(levers, "none")["share_stop"]), "no controller", "0.5")
    for level, words in ((TENTH, "a tenth"), (HALF, "half")):
        ax.axhline(level, color="0.3", linewidth=0.9, linestyle="--")
        ax.annotate(words, (0.01, level), xycoords=("axes fraction", "data"), xytext=(0, 2), fontsize=8, color="0.25",
                    textcoords="offset points")  # fmt: skip
    ax.set(title="What the controller explains when it stops", ylabel="share of the variance of followers",
           xlabel="budget: follows per tick, of what churn takes", ylim=(-0.03, 1.45))  # fmt: skip
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.legend(loc="upper left", ncols=2)


def draw_accounts(part: pd.DataFrame, ax: Any) -> None:
    """Draw what a lever explains when it stops, by the share of people that are its accounts."""
    for lever in ("mandated", "promoted", "quota"):
        _curve(part, lever, "accounts", "share_stop", ax)
    ax.axhline(TENTH, color="0.3", linewidth=0.9, linestyle="--", label="a tenth")
    ax.set(title=f"On how many accounts? (budget {USUAL:g})", xlabel="accounts, share of all people",
           ylabel="share of the variance of followers")  # fmt: skip
    ax.set_ylim(bottom=-0.03, top=1.35 * ax.dataLim.y1)
    ax.legend(loc="upper left", ncols=2)


def draw_course(levers: pd.DataFrame, names: Any, ax: Any, relative: bool = False) -> None:
    """Draw how many followers more the accounts have, from the controller's first tick to the end."""
    work = int(levers["work"].iloc[0])
    times = marks(work)
    for lever in names:
        some = some_of(levers, lever, budget=USUAL * (lever != "quota"))
        if relative and left(some).isna().all():
            continue  # too little was built to say what is left of it
        per = some[f"excess_{BUILDING}"].mean() if relative else 1.0
        rows = [{"tick": time, **interval(some[f"excess_{place}"] / per)} for place, time in enumerate(times)]
        ax.set_prop_cycle(color=[COLOURS[lever]])
        figures.curve(pd.DataFrame(rows), x="tick", label=lever, ax=ax)
    if relative:
        time = np.arange(times[-1] + 1)
        ax.plot(time, (1 - usual_churn()) ** time, "--", color="0.2", marker="", linewidth=1.2, label="churn alone")
    ax.axvline(0, ymax=0.74, color="0.3", linewidth=0.8)  # not through the legend
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.set(xlabel="ticks since the controller stopped")
    ax.set_ylim(top=1.35 * ax.dataLim.y1)
    ax.legend(loc="upper left", ncols=2 if relative else 1)


def draw_left(levers: pd.DataFrame, ax: Any) -> None:
    """Draw how much more is left in the end than by churn alone."""
    rows, churn = [], usual_churn()
    for lever in (*FORMS, *SPENDING[1:], "quota"):
        some = some_of(levers, lever, budget=USUAL * (lever != "quota"))
        name = "quota\n(no budget)" if lever == "quota" else lever.replace(", ", ",\n")
        rows.append({"name": name, **interval(left(some) - by_churn(some, churn))})
    figures.effects(pd.DataFrame(rows), ax=ax, unit="share of what was built, more than by churn alone")
    for place, row in enumerate(rows[::-1]):
        if not row["replicates"]:
            ax.annotate("too little was built to say", (0, place), xytext=(4, 0), textcoords="offset points",
                        fontsize=8, va="center")  # fmt: skip
    ax.axvspan(-MARGIN, MARGIN, color="0.6", alpha=0.25, linewidth=0, label="as good as none")
    ax.set(title=f"Does it outlast churn? (budget {USUAL:g})", ylim=(-0.6, len(rows) + 0.3))
    ax.legend(loc="upper right")


def draw_fame(part: pd.DataFrame, ax: Any) -> None:
    """Draw what is left in the end where follower counts are seen."""
    fames = sorted(part["fame"].unique())
    for lever in SPENDING:
        rows = [{"place": place, **interval(left(some_of(part, lever, fame=fame)))} for place, fame in enumerate(fames)]
        ax.set_prop_cycle(color=[COLOURS[lever]])
        label = lever if any(row["replicates"] for row in rows) else f"{lever} (too little built)"
        figures.curve(pd.DataFrame(rows), x="place", label=label, ax=ax)
    ax.axhline(by_churn(part, usual_churn()), color="0.2", linestyle="--", linewidth=1.2, label="churn alone")
    ax.set_xticks(range(len(fames)), ["hidden" if fame == 0 else f"{fame:g}" for fame in fames])
    ax.set(title=f"Where counts are seen (budget {USUAL:g})", xlabel="pull of seen counts, fame (not to scale)",
           ylabel="share of what was built that is left")  # fmt: skip
    ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]), top=1.4 * ax.get_ylim()[1])
    ax.legend(loc="upper left", ncols=2)


def draw_others(levers: pd.DataFrame, ax: Any) -> None:
    """Draw how the followers of all others, and the value they receive, change meanwhile."""
    spent = levers[levers["budget"] > 0]
    for lever in ("mandated", "mandated, gives all", "promoted"):
        _curve(spent, lever, "budget", "others_stop", ax, f"followers: {lever}")
        _curve(spent, lever, "budget", "value_work", ax, f"value: {lever}", marker="^")
        ax.lines[-1].set_linestyle("--")
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.set(title="All others meanwhile", ylabel=f"change, {OF_TIES}",
           xlabel="budget: follows per tick, of what churn takes")  # fmt: skip
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.75 * (high - low))
    ax.legend(loc="upper left", fontsize=7.5)


def draw_region(points: pd.DataFrame, ax: Any) -> None:
    """Draw what each lever explains when it stops, at every point of the region."""
    for lever in IN_REGION:
        ax.plot(10 ** points["log_budget"], points[f"{lever}: stop"], "o", markersize=3, color=COLOURS[lever],
                label=lever)  # fmt: skip
    ax.axhline(TENTH, color="0.3", linewidth=0.9, linestyle="--", label="a tenth")
    share = share_that_holds(points["any: stop"] < TENTH)
    ax.set_xscale("log")
    ax.set(title=f"Region: holds at {share['mean']:.0%} of {len(points)} points", ylim=(-0.05, 1.4),
           ylabel="share of the variance of followers",
           xlabel="budget: follows per tick, of what churn takes")  # fmt: skip
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.legend(loc="upper left", ncols=2)
