"""How are standing and finding drawn? The panels of the figure of `self_organising_and_democratic`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from simulation import figures

from .corners import CORNERS, gini_by_law
from .intervals import interval, intervals


def _grown(growth: float) -> str:
    return "fixed population" if growth == 1 else f"grown {growth:g}-fold"


def _places(some: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return intervals by fame, with the place of each fame on the axis."""
    fames = sorted(some["fame"].unique())
    return intervals(some, "fame", column).assign(place=range(len(fames)))


def _fame_axis(some: pd.DataFrame, ax: Any) -> None:
    fames = sorted(some["fame"].unique())
    ax.set_xticks(range(len(fames)), ["hidden" if fame == 0 else f"{fame:g}" for fame in fames])
    ax.set(xlabel="pull of seen counts, fame (not to scale)")


def draw_corners(corners: pd.DataFrame, ax: Any) -> None:
    """Draw the Gini in each corner of the model, with that of the exact law."""
    for place, corner in enumerate(CORNERS):
        some = corners[corners["corner"] == corner]
        known = interval(some["gini"])
        error = [[known["mean"] - known["low"]], [known["high"] - known["mean"]]]
        ax.errorbar([place], [known["mean"]], yerr=error, fmt="o", color="C0", label="measured" if place == 0 else None)
        value = gini_by_law(corner, int(some["agents"].iloc[0]), int(some["ticks"].iloc[0]))
        ax.plot([place - 0.3, place + 0.3], [value, value], "--", color="#D55E00", marker="",
                label="exact law" if place == 0 else None)  # fmt: skip
    ax.set_xticks(range(len(CORNERS)), [corner.replace(", ", ",\n").replace(" preferred", "\npreferred").replace(
        "counts seen", "counts\nseen").replace("brought to", "brought\nto") for corner in CORNERS])  # fmt: skip
    ax.set(title="Equals, and what theory says", ylabel="Gini of followers", ylim=(0, 1), xlim=(-0.5, 3.5))
    ax.legend(loc="upper left")


def _draw_levels(people: pd.DataFrame, column: str, ax: Any) -> None:
    for kind, label, marker in (("", "as they came", "o"), ("_given", "by giving", "^"), ("_lot", "by lot", "v")):
        figures.curve(_places(people, f"{column}{kind}"), x="place", label=label, ax=ax, marker=marker)
    _fame_axis(people, ax)


def draw_inequality(people: pd.DataFrame, equals: pd.DataFrame, growth: float, ax: Any) -> None:
    """Draw the Gini by fame at one growth: of people as they came, with ties dealt anew, and of equals."""
    _draw_levels(people[people["growth"] == growth], "gini", ax)
    figures.curve(_places(equals[equals["growth"] == growth], "gini"), x="place", label="equals", ax=ax, marker="s")
    ax.set(title=f"Inequality, {_grown(growth)}", ylabel="Gini of followers")
    _legend_above(ax)


def draw_elite(people: pd.DataFrame, growth: float, ax: Any) -> None:
    """Draw the turnover of the top tenth by fame at one growth."""
    _draw_levels(people[people["growth"] == growth], "turnover", ax)
    ax.set(title=f"The elite, {_grown(growth)}", ylabel="part of the top tenth that is new")
    _legend_above(ax)


def _legend_above(ax: Any) -> None:
    ax.set_ylim(0, 1.5)
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.legend(title="ties as they came, or dealt", title_fontsize=8.5, loc="upper left", ncols=2)


def draw_person(people: pd.DataFrame, equals: pd.DataFrame, half: float, ax: Any) -> None:
    """Draw the person's share of success by fame, with the share below which luck decides."""
    for _, some in people.groupby("growth"):
        figures.curve(_places(some, "icc"), x="place", label=_grown(some["growth"].iloc[0]), ax=ax)
    fixed = equals[equals["growth"] == equals["growth"].min()]
    figures.curve(_places(fixed, "icc"), x="place", label="equals, fixed", ax=ax, marker="s")
    ax.axhline(half, color="0.3", linewidth=1.0, linestyle="--")
    _fame_axis(people, ax)
    ax.set(title="Below the dashed line luck decides", ylabel="person's share of success (ICC)", ylim=(-0.1, 1.4))
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.legend(loc="upper left", ncols=2)


def draw_finding(finding: pd.DataFrame, per_find: Sequence[float], axes: Any) -> None:
    """Draw what reaches anybody but its finders, and what had been found before, by pieces per find."""
    labels = ("reached", "What reaches others than its finders", "share of pieces"), (
        "duplicates", "What was found before", "share of finds")  # fmt: skip
    for ax, (name, title, label) in zip(axes, labels, strict=True):
        for how, words in (("coordinated", "coordinated"), ("lot", "nobody coordinates")):
            rows = [{"place": place, **interval(finding[f"{each:g} {how}: {name}"])}
                    for place, each in enumerate(per_find)]  # fmt: skip
            figures.curve(pd.DataFrame(rows), x="place", label=words, ax=ax)
        ax.set_xticks(range(len(per_find)), [f"{each:g}" for each in per_find])
        ax.set(title=title, xlabel="pieces there are, per find (not to scale)", ylabel=label, ylim=(-0.03, 1.05))
        ax.legend(loc="upper right")


def draw_region(region: pd.DataFrame, ax: Any) -> None:
    """Draw at which points of the region it is democratic."""
    holds = region["democratic"]
    for words, chosen, colour in (("democratic", holds, "#0072B2"), ("not", ~holds, "#D55E00")):
        some = region[chosen]
        ax.plot(some["fame"], some["growth"], "o", color=colour, label=f"{words}: {len(some) / len(region):.0%}")
    ax.set(title=f"{len(region)} points of a plausible region", xlabel="pull of seen counts, fame",
           ylabel="growth (people, end per start)")  # fmt: skip
    ax.set_ylim(0.5, 11.5)
    ax.legend(loc="upper left", ncols=2)
