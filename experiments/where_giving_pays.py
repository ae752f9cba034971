"""Where does giving pay, and does the linear giver model say so beforehand?

*axes*: from one middle, what the sign turns on, one at a time. *plausible*: a Latin hypercube over a plausible region,
one person and everybody. *newcomers*: the same with arrivals. *knock-out*: giving that nobody can react to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simulation import Parameters, figures, simulate
from simulation.measures import slope_on_generosity
from simulation.sweep import latin_hypercube
from simulation.worlds import World

from .followers_feed_the_giver import REGION as COMMON
from .intervals import effect_row, intervals, rank_correlations, share_that_holds
from .linear_giver import expected
from .starts import starting_world
from .wording import percent, signed

OF_AGENTS = ("find_rate", "attention", "introducing")
MIDDLE: dict[str, float] = {"churn": 0.005, "follow_back": 0.2, "introducing": 0.05, "cost": 0.6, "find_rate": 1.0,
                            "attention": 10.0, "responsiveness": 0.1}  # fmt: skip
AXES: dict[str, tuple[float, ...]] = {
    "churn": (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05), "follow_back": (0.0, 0.1, 0.2, 0.35, 0.5),
    "introducing": (0.0, 0.02, 0.05, 0.1, 0.2), "cost": (0.0, 0.15, 0.3, 0.45, 0.6, 0.9),
}  # fmt: skip
AXIS_LABELS = {"churn": "churn per tick", "follow_back": "follow_back: chance of answering a follow",
               "introducing": "introducing: chance per tick", "cost": "cost: price of attention at load 1"}  # fmt: skip
NULLS = {"nobody reacts": {"responsiveness": 0.0}, "nobody reads": {"attention": 0.0}}
MARGIN = 0.5  # followers, generosity 0 to 1: a slope nearer to 0 counts as none
REGION: dict[str, tuple[float, float]] = {**COMMON, "introducing": (0.0, 0.1)}  # assumptions, per day where per tick
NEWCOMERS = 0.002  # per person and tick
STEPS = ("half minus none", "all minus half")  # of everybody's generosity: 0, 0.5, 1
SLOPE = "followers, generosity 0 to 1"
SHARES = {
    "one person: giving pays": lambda at: at["low"] > 0,
    "one person: giving costs followers": lambda at: at["high"] < 0,
    "everybody: more giving, more ties throughout": lambda at: (at["low_first"] > 0) & (at["low_second"] > 0),
    "everybody: ties peak inside": lambda at: (at["low_first"] > 0) & (at["high_second"] < 0),
    "everybody: fewer ties from none to half": lambda at: at["high_first"] < 0,
}
WITHIN, ENOUGH, RANKED, NEARLY = 1.5, 0.8, 0.7, 0.9  # what predictions must meet: see `CLAIM` of the experiment
AGREE = "predicted sign is the measured one, where that is told"


def rows(quick: bool, number: int) -> list[dict[str, Any]]:
    """Return the rows of the design, for so many replicates; the middle belongs to every axis."""
    size = {"agents": 100 if quick else 250, "ticks": 150 if quick else 300}
    large = {**size, "agents": 2 * size["agents"]}
    step, points = (2, 16) if quick else (1, 200)
    made: list[dict[str, Any]] = []
    for k in range(number):
        made += [{"part": "axes", "replicate": k, **size, "axis": axis, **MIDDLE, axis: value}
                 for axis, values in AXES.items() for value in values[::step]]  # fmt: skip
        made.append({"part": "newcomers", "replicate": k, **large})
    made += [{"part": "knock-out", "replicate": k, **large, "knocked_out": null, **MIDDLE, **changed}
             for k in range(2 * number) for null, changed in NULLS.items()]  # fmt: skip
    cube = latin_hypercube(points, REGION, seed=2014)
    size = {"agents": 100, "ticks": 100} if quick else {"agents": 150, "ticks": 200}
    made += [{"part": "plausible", "replicate": k, **size, "point": place, **cube.point(place)}
             for place in range(points) for k in range(3 if quick else 4)]  # fmt: skip
    return made


def newcomers(agents: int, ticks: int) -> dict[str, Any]:
    """Return the parameters of a world in which people arrive, with twice the places that they should need."""
    return {"arrivals": NEWCOMERS * agents, "capacity": round(agents * (1 + 2 * NEWCOMERS * ticks))}


def measure(run: dict[str, Any], seed: int) -> dict[str, Any]:
    """Run one row of `rows` and return its numbers, by name."""
    names: Any = {"newcomers": (), "plausible": REGION}.get(run["part"], MIDDLE)
    of_agents = {name: run[name] for name in OF_AGENTS if name in names}
    world = starting_world(run["network"], run["agents"], **of_agents)
    parameters = Parameters(**{name: run[name] for name in names if name not in OF_AGENTS})
    if run["part"] == "newcomers":
        parameters = Parameters(**newcomers(world.agents, run["ticks"]))
    agents = simulate(world, parameters, ticks=run["ticks"], seed=seed).agents
    numbers: dict[str, Any] = {"slope_followers": slope_on_generosity(agents)}
    if run["part"] in ("axes", "plausible"):
        numbers["predicted"] = predicted(run, world)
    if run["part"] in ("newcomers", "plausible"):
        for name, generosity in (("none", 0.0), ("half", 0.5), ("all", 1.0)):
            given = starting_world(run["network"], run["agents"], generosity=generosity, **of_agents)
            last = simulate(given, parameters, ticks=run["ticks"], seed=seed).series.iloc[-1]
            numbers[f"ties_{name}"] = float(last["ties"] / last["present"])
    return numbers


def predicted(run: dict[str, Any], world: World | None = None) -> float:
    """Return the slope of followers on generosity that the linear giver model expects of a row of `rows`."""
    names = REGION if run["part"] == "plausible" else MIDDLE
    agents = world.agents if world else run["agents"]
    first = len(world.first_ties(0, np.arange(agents))[0]) / agents if world else 3.0
    parameters = Parameters(**{name: run[name] for name in names if name not in OF_AGENTS})
    of_agents = {name: run[name] for name in OF_AGENTS}
    return expected(parameters, agents=agents, ticks=run["ticks"], followees=first, **of_agents).slope


def turn(values: Any, slopes: Any) -> float:
    """Return where slopes first change sign along an axis, between two values in a straight line; NaN: nowhere.

    Examples
    --------
    >>> turn([0.0, 1.0, 2.0], [3.0, 1.0, -1.0]), turn([0.0, 1.0], [2.0, 1.0])
    (1.5, nan)
    """
    x, y = np.asarray(values, np.float64), np.asarray(slopes, np.float64)
    change = np.flatnonzero(np.sign(y[:-1]) * np.sign(y[1:]) <= 0)
    if not change.size:
        return float("nan")
    at = int(change[0])
    return float(x[at] + (x[at + 1] - x[at]) * y[at] / (y[at] - y[at + 1])) if y[at] != y[at + 1] else float(x[at])


def _number(name: str, unit: str, value: float, replicates: int) -> dict[str, Any]:
    return {"name": name, "unit": unit, "mean": float(value), "replicates": replicates, "tested": False}


def effect_rows(parts: dict[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Return the effects of all parts, one row each; ``tested`` says which belong to the family of tests."""
    made = [effect_row(f"null, {null}: followers", SLOPE, some["slope_followers"], margin=MARGIN)
            for null, some in parts["knock-out"].groupby("knocked_out")]  # fmt: skip
    new = parts["newcomers"]
    made.append(effect_row("newcomers, individuals: followers", SLOPE, new["slope_followers"], True))
    for step, difference in _steps(new).items():
        made.append(effect_row(f"newcomers, population: ties, {step}", "ties per head", difference, True))
    for axis in AXES:
        made += _axis_rows(axis, parts["axes"][parts["axes"]["axis"] == axis])
    return made + _region_rows(parts["plausible"])


def _steps(runs: pd.DataFrame) -> dict[str, pd.Series]:
    none, half, everything = (runs[f"ties_{name}"] for name in ("none", "half", "all"))
    return dict(zip(STEPS, (half - none, everything - half), strict=True))


def _axis_rows(axis: str, some: pd.DataFrame) -> list[dict[str, Any]]:
    wide = some.pivot(index="replicate", columns=axis, values="slope_followers")
    expectation = some.groupby(axis)["predicted"].mean()
    made = []
    for value in wide.columns.to_numpy(np.float64):
        made.append(effect_row(f"axis {axis} {value:g}: followers", SLOPE, wide[value], True))
        made.append(_number(f"axis {axis} {value:g}: predicted", SLOPE, expectation.loc[value], 1))
    turns = [turn(wide.columns, slopes) for slopes in wide.to_numpy()]
    made.append(effect_row(f"axis {axis}: sign turns at", axis, turns))
    made.append(_number(f"axis {axis}: predicted to turn at", axis, turn(expectation.index, expectation), 1))
    return made


def points(plausible: pd.DataFrame) -> pd.DataFrame:
    """Return one row per point of the region: settings, `interval` of the slope, of both steps of ties, prediction."""
    found = intervals(plausible, ["point", *REGION], "slope_followers")
    for name, difference in zip(("first", "second"), _steps(plausible).values(), strict=True):
        step = intervals(plausible.assign(step=difference), "point", "step")[["point", "mean", "low", "high"]]
        found = found.merge(step, on="point", suffixes=("", f"_{name}"))
    return found.merge(plausible.groupby("point", as_index=False)["predicted"].mean(), on="point")


def _region_rows(plausible: pd.DataFrame) -> list[dict[str, Any]]:
    at = points(plausible)
    told = at[(at["low"] > 0) | (at["high"] < 0)]
    shares = {name: holds(at) for name, holds in SHARES.items()}
    shares[AGREE] = np.sign(told["mean"]) == np.sign(told["predicted"])
    shares["one person: giving predicted to pay"] = at["predicted"] > 0
    made = [{"name": f"plausible: {name}", "unit": "share of points", **share_that_holds(holds), "tested": False}
            for name, holds in shares.items()]  # fmt: skip
    correlated = "plausible: rank correlation of"
    made += rank_correlations(f"{correlated} slope", at["mean"], at[[*REGION, "predicted"]])
    made += rank_correlations(f"{correlated} ties, all minus half,", at["mean_second"], at[[*REGION]])
    return made


def leaks(table: pd.DataFrame) -> bool:
    """Return whether giving changes followers where nobody can react to it."""
    null = table[table["name"].str.startswith("null")]
    return bool(((null["low"] > null["margin"]) | (null["high"] < -null["margin"])).any())


def sentences(table: pd.DataFrame) -> list[str]:
    """Return what came out, in numbers."""
    by_name: dict[str, Any] = {str(row["name"]): row for row in table.to_dict("records")}
    turns = [f"{axis} {_turn(by_name[f'axis {axis}: sign turns at'])} (predicted "
             f"{_turn(by_name[f'axis {axis}: predicted to turn at'])})" for axis in AXES]  # fmt: skip
    share = {name: percent(by_name[f"plausible: {name}"]) for name in (*SHARES, AGREE)}
    pays, costs, throughout, inside, fewer = (share[name] for name in SHARES)
    ranked = by_name["plausible: rank correlation of slope and predicted"]
    null = {name: by_name[f"null, {name}: followers"] for name in NULLS}
    unsure = max(row["p_none"] for row in null.values())
    return [
        f"The line, one setting at a time from the middle: giving pays above {turns[0]}, and below "
        f"{'; '.join(turns[1:])}.",
        f"Plausible region of {ranked['replicates']:.0f} points: giving pays in {pays} and costs followers in {costs}; "
        f"the linear giver model, told the parameters only, has the sign right in {share[AGREE]} of those where it can "
        f"be told (rank correlation with the slope {ranked['mean']:+.2f}). When all give more, ties rise throughout in "
        f"{throughout}, peak inside in {inside} and fall from none to half in {fewer}.",
        f"Where nobody can react, giving changes {'as good as nothing' if unsure < 0.05 else 'what cannot be told'}: "
        + "; ".join(f"{name} {signed(row)}" for name, row in null.items())
        + f" followers (equivalence tests within {MARGIN:g}, p = {unsure:.2g}).",
    ]  # fmt: skip


def _turn(row: Any) -> str:
    if pd.isna(row["mean"]):
        return "nowhere"
    return f"{row['mean']:.3g}" + ("" if pd.isna(row["low"]) else f" [{row['low']:.3g}, {row['high']:.3g}]")


def failed(table: pd.DataFrame) -> list[str]:
    """Return the predictions on the line and the region that the effects contradict."""
    at = table.set_index("name")["mean"]
    wrong = []
    for axis in AXES:
        found, expectation = at[f"axis {axis}: sign turns at"], at[f"axis {axis}: predicted to turn at"]
        nowhere = np.isnan(found) and np.isnan(expectation)
        if not (nowhere or 1 / WITHIN <= found / expectation <= WITHIN):
            wrong.append(f"the sign turns on {axis} where predicted, within a factor of {WITHIN:g}")
    if at[f"plausible: {AGREE}"] < ENOUGH:
        wrong.append("the sign is right at four fifths of the plausible region")
    if not at["plausible: rank correlation of slope and predicted"] >= RANKED:
        wrong.append(f"the rank correlation of predicted and measured slopes is {RANKED:g} or more")
    pays, expectation = (at[f"plausible: one person: giving {word}"] for word in ("pays", "predicted to pay"))
    if abs(pays - expectation) > 1 - NEARLY:
        wrong.append(f"giving pays at {expectation:.0%} of the plausible region (it was shown to at {pays:.0%})")
    if at["plausible: everybody: fewer ties from none to half"] > 1 - NEARLY:
        wrong.append("everybody giving half means more ties than nobody giving, nearly everywhere")
    if not at["plausible: rank correlation of ties, all minus half, and attention"] > 0:
        wrong.append("ties fall from half to all the more, the less attention there is")
    null = table[table["name"].str.startswith("null")]
    if not (null["p_none"] < 0.05).all():
        wrong.append("where nobody can react giving changes nothing")
    return wrong


def draw_axes(axes: pd.DataFrame, panels: Any) -> None:
    """Draw the slope along each axis, measured and predicted."""
    for (axis, label), ax in zip(AXIS_LABELS.items(), panels, strict=True):
        some = axes[axes["axis"] == axis]
        values = sorted(some[axis].unique())
        even = dict(zip(values, range(len(values)), strict=True))
        table = intervals(some, axis, "slope_followers")
        table["place"] = table[axis].map(even)
        figures.curve(table, x="place", label="measured", ax=ax)
        expectation = some.groupby(axis)["predicted"].mean()
        ax.plot(range(len(values)), expectation[values], "--", color="#D55E00", marker="", label="predicted")
        ax.axhline(0, color="0.3", linewidth=0.8)
        if MIDDLE[axis] in even:
            ax.axvline(even[MIDDLE[axis]], color="0.6", linewidth=0.8, linestyle=":", label="the middle")
        ax.set_xticks(range(len(values)), [f"{value:g}" for value in values])
        ax.set(title=f"What the sign turns on: {axis}", xlabel=label + " (not to scale)",
               ylabel="slope: followers, generosity 0 to 1")  # fmt: skip
    panels[0].legend(loc="lower right")


def draw_points(plausible: pd.DataFrame, ax: Any) -> None:
    """Draw the measured slope at every point of the region against the predicted one."""
    at = points(plausible)
    for label, chosen, colour in (("pays", at["low"] > 0, "#0072B2"), ("costs", at["high"] < 0, "#D55E00"),
                                  ("cannot be told", (at["low"] <= 0) & (at["high"] >= 0), "#999999")):  # fmt: skip
        some = at[chosen]
        ax.plot(some["predicted"], some["mean"], "o", markersize=3.5, color=colour,
                label=f"{label}: {len(some) / len(at):.0%}")  # fmt: skip
    ends = max(at[["mean", "predicted"]].abs().max()) * 1.3
    ax.plot([-ends, ends], [-ends, ends], "--", color="0.5", linewidth=0.8, marker="")
    for line in (ax.axhline, ax.axvline):
        line(0, color="0.3", linewidth=0.8)
    ticks = [-10, -1, 0, 1, 10]
    for scale, place in ((ax.set_xscale, ax.set_xticks), (ax.set_yscale, ax.set_yticks)):
        scale("symlog", linthresh=1.0)
        place(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set(title=f"{len(at)} points of a plausible region", xlabel="predicted slope (linear within 1, then log)",
           ylabel="measured slope", xlim=(-ends, ends), ylim=(-ends, 300 * ends))  # fmt: skip
    ax.legend(title="giving", title_fontsize=8.5, loc="upper left")  # the room above the points is the legend's
