"""Does giving information away reward the giver with followers?

*individuals*: generosity assigned at random, one world. *twins*: the same world twice, one agent's generosity changed,
all other draws shared. *region*: the slope of followers on generosity where ties end by chance more or less often
(``churn``) and come without giving more or less often. *population*: everybody equally generous, from nobody to all, at
several supplies of information and attention. `where_giving_pays` has the rest: the axes on which the sign turns, a
plausible region, newcomers, and giving that nobody can react to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simulation import Parameters, figures, replicate_seed, simulate
from simulation.interventions import set_attribute
from simulation.measures import by_generosity, slope_on_generosity
from simulation.worlds import World

from . import where_giving_pays as where
from .claims import Claim, Verdict
from .intervals import effects_table, interval, intervals
from .starts import starting_world
from .wording import percent, signed

CLAIM = Claim(
    words="giving away access to information rewards the giver with followers",
    reading="An agent that gives away more of what it has in hand ends with more followers than it would have had; "
    "and a population that gives more ends with more ties.",
    prediction="Individual: at the defaults giving pays. Its sign is that of a1 m0 - a0 m1, where sharing gains "
    "followers at a1 and loses them at m1, while a0 come and m0 end without it. So with a0 = 0 and churn > 0 it "
    "always pays, and with churn = 0 and a0 > 0 (follow-back, introductions) never. Population: where attention is "
    "short, ties peak at a generosity between 0 and 1, and the peak moves down with time; where little is found they "
    "do not peak. More attention (30) moves the peak up but does not remove it, because ties grow until attention is "
    "short again: a trial with attention 100 showed this and changed the prediction. Value received goes on rising "
    "where ties already fall. Written later, after these had been run and before all that follows: the linear giver "
    "model, closed by its own load, says from the parameters alone where giving does not pay. From a middle of churn "
    "0.005, follow_back 0.2, introducing 0.05 and cost 0.6 it does not below churn 0.0068, nor above follow_back "
    "0.093, introducing 0.018 or cost 0.43 (250 people, 300 ticks; each right within a factor of 1.5). In the "
    "plausible region it pays at 92 % of the points after 200 ticks, and does not at the 8 % that join a price of 0.2 "
    "or more to much that is brought and few encounters; the sign is right at four fifths of the points or more, and "
    "the rank correlation with the slope 0.7 or more. With newcomers, who come to those who share, giving pays more. "
    "One person's followers have no peak inside (0, 1), for the sign does not depend on the giver's own generosity. "
    "Where nobody reads, or nobody reacts, giving changes nothing. Population in the region: half instead of none "
    "means more ties at nine tenths of the points or more; all instead of half fewer, the more so the less attention "
    "there is.",
    fails_where="churn near 0 while followers come without giving; a high price of attention; for ties, high "
    "generosity where attention is short",
)

DECILES = 10
SUPPLIES = {  # information found per tick and attention, as read in the figure's legend
    "base": (0.5, 10.0),
    "much information": (2.0, 10.0),
    "little information": (0.1, 10.0),
    "more attention": (0.5, 30.0),
}
CHURNS = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
ROUTES: dict[str, dict[str, Any]] = {  # how followers come without giving: nothing, a little, much
    "no": {"introducing": 0.0, "follow_back": 0.0, "bring": 0.0, "credit": 0.0, "start": "empty"},
    "some": {"introducing": 0.1, "follow_back": 0.2},
    "many": {"introducing": 0.3, "follow_back": 0.5},
}
TWINS = ("defaults", "newcomers", "many other routes")  # where one agent's generosity is changed
OTHER_COLOURS = ("#E69F00", "#56B4E9", "#000000")  # of the routes: supplies have the first colours of the style
SHADES = ("#9ECAE1", "#4292C6", "#08306B")  # of the base supply's blue, darker with time
MIDDLES = (np.arange(DECILES) + 0.5) / DECILES
WINDOW = 20  # ticks over which value and unread shares are averaged


def design(
    quick: bool = False, network: str | None = None, replicates: int | None = None
) -> list[dict[str, Any]]:
    """Return one row per run: its part, its settings and its replicate. Replicate k has one seed in all parts."""
    agents, ticks, marks = (200, 150, "50 150 300") if quick else (500, 300, "100 300 1200")
    number = replicates or (5 if quick else 12)
    steps = np.linspace(0, 1, 6 if quick else 11).round(2)
    rows: list[dict[str, Any]] = []
    for k in range(number):
        rows.append({"part": "individuals", "replicate": k, "agents": agents, "ticks": ticks})
        rows += [
            {"part": "population", "replicate": k, "agents": agents, "supply": supply, "generosity": generosity,
             "marks": marks}
            for supply in SUPPLIES for generosity in steps
        ]  # fmt: skip
        churns = CHURNS[::2] if quick else CHURNS
        rows += [
            {"part": "region", "replicate": k, "agents": agents // 2, "ticks": ticks, "route": route, "churn": churn}
            for route in ROUTES for churn in churns
        ]  # fmt: skip
    rows += [{"part": "twins", "replicate": k, "agents": agents, "ticks": ticks, "setting": setting}
             for setting in TWINS for k in range((16 if setting == "defaults" else 4) * number)]  # fmt: skip
    rows += where.rows(quick, number)
    return [{**row, "network": network} for row in rows]


def _world(run: dict[str, Any], **settings: Any) -> World:
    return starting_world(run["network"], run["agents"], **settings)


def measure(run: dict[str, Any], seed: int) -> dict[str, Any]:
    """Run one row of the design and return its numbers, by name."""
    seed = replicate_seed(seed, run["replicate"])
    own: dict[str, Any] = {"individuals": _individuals, "twins": _twins, "region": _region, "population": _population}
    return own.get(run["part"], where.measure)(run, seed)


def _individuals(run: dict[str, Any], seed: int) -> dict[str, Any]:
    agents = simulate(_world(run), ticks=run["ticks"], seed=seed).agents
    agents = agents.assign(reached=agents["reached"] / run["ticks"], received=agents["received"] / run["ticks"])
    numbers: dict[str, Any] = {}
    for column in ("followers", "reached", "received"):
        numbers[f"slope_{column}"] = slope_on_generosity(agents, column)
        means = by_generosity(agents, column, DECILES)
        numbers |= {f"{column}_{place}": value for place, value in enumerate(means)}
    return numbers


def _twins(run: dict[str, Any], seed: int) -> dict[str, Any]:
    world, parameters = _world(run), Parameters()
    if run["setting"] == "newcomers":
        parameters = Parameters(**where.newcomers(world.agents, run["ticks"]))
    elif run["setting"] == "many other routes":
        world, parameters = _routes({**run, "route": "many", "churn": 0.0})
    agent = seed % world.agents
    numbers: dict[str, float] = {}
    for name, generosity in (("hoards", 0.0), ("gives", 1.0)):
        change = set_attribute(0, agent, "generosity", generosity)
        record = simulate(world, parameters, ticks=run["ticks"], seed=seed, interventions=[change])
        numbers[f"followers_{name}"] = float(record.agents["followers"].iloc[agent])
        numbers[f"received_{name}"] = float(record.agents["received"].iloc[agent])
    return numbers


def _routes(run: dict[str, Any]) -> tuple[World, Parameters]:
    route: dict[str, Any] = dict(ROUTES[run["route"]])
    world = _world(run, find_rate=2.0, introducing=route.pop("introducing"), start=route.pop("start", "random"))
    return world, Parameters(cost=0.9, churn=run["churn"], **route)


def _region(run: dict[str, Any], seed: int) -> dict[str, Any]:
    world, parameters = _routes(run)
    record = simulate(world, parameters, ticks=run["ticks"], seed=seed)
    return {"slope_followers": slope_on_generosity(record.agents), "mean_followers": record.agents["followers"].mean()}


def _population(run: dict[str, Any], seed: int) -> dict[str, Any]:
    find_rate, attention = SUPPLIES[run["supply"]]
    world = _world(run, generosity=run["generosity"], find_rate=find_rate, attention=attention)
    series = simulate(world, ticks=_ticks(run["marks"])[-1], seed=seed).series
    numbers = {}
    for place, mark in enumerate(_ticks(run["marks"])):
        last = series.iloc[mark - WINDOW : mark]
        numbers[f"ties_{place}"] = series["ties"].iloc[mark - 1] / world.agents
        numbers[f"value_{place}"] = last["value"].mean() / world.agents
        numbers[f"unread_{place}"] = last["lost"].sum() / max(1, last["deliveries"].sum())
    return numbers


def effects(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the effect sizes with intervals over replicates.

    ``p`` is two-sided, Holm-adjusted over all rows tested; ``p_none`` says how sure it is that an effect lies within
    its ``margin`` of zero (two one-sided tests, the larger p, Schuirmann 1987): small means "as good as none".
    """
    parts = _parts(runs)
    rows = []
    for column, unit in (("followers", "followers"), ("reached", "deliveries/tick"), ("received", "value/tick")):
        slope = interval(parts["individuals"][f"slope_{column}"])
        rows.append({"name": f"individuals: {column}", "unit": f"{unit}, generosity 0 to 1", **slope, "tested": True})
    deciles = parts["individuals"][[f"followers_{place}" for place in range(DECILES)]].to_numpy(np.float64)
    rows += _peak("individuals", "followers", MIDDLES, deciles)
    rows += _twin_rows(parts["twins"])
    for (route, churn), region in parts["region"].groupby(["route", "churn"]):
        rows.append({"name": f"region: {route} other routes, churn {churn:g}", "unit": "followers, generosity 0 to 1",
                     **interval(region["slope_followers"]), "tested": True})  # fmt: skip
    for supply in SUPPLIES:
        for place, mark in enumerate(_marks(runs)):
            some = parts["population"][parts["population"]["supply"] == supply]
            wide = some.pivot(index="replicate", columns="generosity", values=f"ties_{place}")
            rows += _peak(f"population, {supply}, tick {mark}", "ties per head", wide.columns.to_numpy(np.float64),
                          wide.to_numpy(np.float64))  # fmt: skip
    return effects_table(rows + where.effect_rows(parts))


def _parts(runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(part): some for part, some in runs.groupby("part")}


def _twin_rows(twins: pd.DataFrame) -> list[dict[str, Any]]:
    rows, found = [], {}
    for setting, some in twins.groupby("setting", sort=False):
        found[setting] = some.set_index("replicate").pipe(lambda t: t["followers_gives"] - t["followers_hoards"])
        name = "twins" if setting == "defaults" else f"twins, {setting}"
        rows.append({"name": f"{name}: followers", "unit": "followers, generosity 0 to 1",
                     **interval(found[setting]), "tested": True})  # fmt: skip
    more = (found["newcomers"] - found["defaults"]).dropna()
    rows.append({"name": "twins: followers, with newcomers minus without", "unit": "followers, generosity 0 to 1",
                 **interval(more), "tested": True})  # fmt: skip
    return rows


def _ticks(marks: str) -> list[int]:
    return [int(mark) for mark in marks.split()]


def _marks(runs: pd.DataFrame) -> list[int]:
    return _ticks(runs.loc[runs["part"] == "population", "marks"].iloc[0])


def _peak(name: str, unit: str, generosity: np.ndarray, values: np.ndarray) -> list[dict[str, Any]]:
    """Return where values (replicates x generosity) peak, and how far the peak stands above either end.

    The peak of each replicate is the one that the *other* replicates chose, so that choosing it costs no bias.
    """
    above, at = [], []
    for replicate in range(len(values)):
        peak = int(np.delete(values, replicate, axis=0).mean(axis=0).argmax())
        above.append(values[replicate, peak] - max(values[replicate, 0], values[replicate, -1]))
        at.append(generosity[peak])
    return [{"name": f"{name}: generosity of the peak", "unit": "generosity", **interval(at), "tested": False},
            {"name": f"{name}: peak above both ends", "unit": unit, **interval(above), "tested": True}]  # fmt: skip


def saving(runs: pd.DataFrame) -> dict[str, float]:
    """Return what twins save: the correlation of the pair, and unpaired runs needed per paired run, 1 / (1 - r)."""
    twins = runs[(runs["part"] == "twins") & (runs["setting"] == "defaults")]
    gives, hoards = twins["followers_gives"], twins["followers_hoards"]
    unpaired = gives.var() + hoards.var()
    ratio = float((gives - hoards).var() / unpaired) if unpaired > 0 else float("nan")
    saved = 1.0 / ratio if ratio else float("inf")
    return {"correlation": float(gives.corr(hoards)), "variance_ratio": ratio, "saving": saved}


@figures.styled
def figure(runs: pd.DataFrame) -> Any:
    """Return the figure: one person, what the sign turns on, everybody."""
    whole, axes = figures.panels(3, 4, width=3.9, height=3.3)
    parts = _parts(runs)
    ticks = int(parts["individuals"]["ticks"].iloc[0])
    rows = [{"generosity": at, **interval(parts["individuals"][f"followers_{place}"])}
            for place, at in enumerate(MIDDLES)]  # fmt: skip
    figures.curve(pd.DataFrame(rows), x="generosity", label="followers", ax=axes[0])
    axes[0].set(title="One world, people who differ", xlabel="own generosity", ylabel=f"followers after {ticks} ticks")
    axes[0].set_ylim(bottom=0)
    _draw_differences(parts, axes[1])
    _draw_region(parts["region"], axes[2])
    where.draw_points(parts["plausible"], axes[3])
    where.draw_axes(parts["axes"], axes[4:8])
    _draw_population(parts["population"], axes[8:12])
    return whole


def _draw_differences(parts: dict[str, pd.DataFrame], ax: Any) -> None:
    """Draw what giving everything instead of nothing changes, of which nothing where nobody can react."""
    twins = {row["name"]: row for row in _twin_rows(parts["twins"])}
    labels = {"twins: followers": "twins, at the\ndefaults", "twins, newcomers: followers": "twins, with\nnewcomers",
              "twins, many other routes: followers": "twins, many\nother ways"}  # fmt: skip
    rows = [{**twins[name], "name": label} for name, label in labels.items() if name in twins]
    for null, some in parts["knock-out"].groupby("knocked_out"):
        rows.append({**interval(some["slope_followers"]), "name": str(null).replace(" ", "\n")})
    figures.effects(pd.DataFrame(rows), ax=ax, unit="followers: gives everything minus nothing")
    ax.set_title("Giving instead of keeping")


def _draw_region(region: pd.DataFrame, ax: Any) -> None:
    churns = sorted(region["churn"].unique())
    ax.set_prop_cycle(color=OTHER_COLOURS)
    for route in ROUTES:
        table = intervals(region[region["route"] == route], "churn", "slope_followers")
        table["place"] = [churns.index(churn) for churn in table["churn"]]
        figures.curve(table, x="place", label=route, ax=ax)
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.set_xticks(range(len(churns)), [f"{churn:g}" for churn in churns])
    ax.set(title="Below zero giving does not pay", xlabel="churn per tick (settings, not to scale)",
           ylabel="slope: followers, generosity 0 to 1")  # fmt: skip
    ax.legend(title="other ways to followers:", title_fontsize=8.5)


def _draw_population(population: pd.DataFrame, axes: Any) -> None:
    marks = _marks(population)
    last = len(marks) - 1
    for column, ax, title, label in (
        ("ties", axes[0], "Everybody equally generous", f"ties per head, tick {marks[-1]}"),
        ("value", axes[1], "Value goes another way than ties", "value received per head and tick"),
        ("unread", axes[2], "What is not read", "share of deliveries unread"),
    ):
        for supply, (find_rate, attention) in SUPPLIES.items():
            table = intervals(population[population["supply"] == supply], "generosity", f"{column}_{last}")
            label_of = f"{supply} ({find_rate:g}, {attention:g})"
            figures.curve(table, x="generosity", label=label_of, ax=ax)
        ax.set(title=title, xlabel="everybody's generosity", ylabel=label)
        ax.set_ylim(bottom=0)
    axes[0].legend(title="supply (found per tick, attention)", title_fontsize=8.5, loc="upper right")
    axes[0].set_ylim(top=1.8 * axes[0].dataLim.y1)
    axes[2].set_ylim(top=1.0)
    base = population[population["supply"] == "base"]
    axes[3].set_prop_cycle(color=SHADES)
    for place, mark in enumerate(marks):
        figures.curve(intervals(base, "generosity", f"ties_{place}"), x="generosity", label=f"tick {mark}", ax=axes[3])
    axes[3].set(title="The peak moves (base supply)", xlabel="everybody's generosity", ylabel="ties per head")
    axes[3].set_ylim(bottom=0)
    axes[3].legend()


def verdict(runs: pd.DataFrame, table: pd.DataFrame) -> Verdict:
    """Return the verdict: which of the predictions the effects bear out, and the line on which the claim turns."""
    by_name = {row["name"]: row for row in table.to_dict("records")}
    slope, twins = by_name["individuals: followers"], by_name["twins: followers"]
    region = table[table["name"].str.startswith("region")]
    pays = region[(region["low"] > 0) & (region["p"] < 0.05)]
    harms = region[(region["high"] < 0) & (region["p"] < 0.05)]
    worst = min(region.to_dict("records"), key=lambda row: row["mean"])
    peaks = table[table["name"].str.match("population.*peak above") & (table["low"] > 0) & (table["p"] < 0.05)]
    axes = table[table["name"].str.fullmatch(r"axis \S+ \S+: followers") & (table["high"] < 0) & (table["p"] < 0.05)]
    at_defaults = slope["low"] > 0 and twins["low"] > 0
    kind = ("not testable as stated" if where.leaks(table) else "not supported" if not at_defaults
            else "holds under a condition" if len(harms) + len(axes) else "holds broadly")  # fmt: skip
    saved = saving(runs)
    sentences = [
        f"One person, at the defaults: giving everything instead of nothing changes followers by {_signed(twins)} "
        f"(twins), and the slope of followers on generosity is {_signed(slope)}.",
        f"Region: of {len(region)} settings of churn and of followers that come without giving, giving pays in "
        f"{len(pays)} and costs followers in {len(harms)}; the rest cannot be told from zero."
        + (f" It costs most at {worst['name'].removeprefix('region: ')} ({_signed(worst)})." if len(harms) else ""),
        *where.sentences(table),
        f"Twins elsewhere: {_elsewhere(by_name)}.",
        f"Population: when all give more, ties peak inside (0, 1) {_peaks(peaks)}. Over its own generosity one "
        f"person's followers at their peak stand {_signed(by_name['individuals: peak above both ends'])} above both "
        "ends.",
        f"Twins correlate at r = {saved['correlation']:.2f}: one pair is worth {saved['saving']:.1f} unpaired ones.",
        "Predictions that failed: " + ("; ".join(_failed(runs, table, peaks)) or "none") + ".",
    ]  # fmt: skip
    fails = f"{len(harms)} of {len(region)} settings of churn and of followers that come without giving"
    costs = by_name["plausible: one person: giving costs followers"]
    fails = (f"{fails}; " if len(harms) else "") + f"{percent(costs)} of a plausible region"
    return Verdict(kind, sentences, "twins: followers", fails)


def _elsewhere(by_name: dict[Any, Any]) -> str:
    twins = ", ".join(f"with {setting} {_signed(by_name[f'twins, {setting}: followers'])}" for setting in TWINS[1:])
    ties = (f"{_signed(by_name[f'newcomers, population: ties, {step}'])} ({step})" for step in where.STEPS)
    return f"{twins} followers. With newcomers, everybody's giving changes ties per head by {', '.join(ties)}"


def _peaks(peaks: pd.DataFrame) -> str:
    ticks: dict[str, list[str]] = {}
    for name in peaks["name"]:
        _, supply, tick = name.removesuffix(": peak above both ends").split(", ")
        ticks.setdefault(supply, []).append(tick.removeprefix("tick "))
    said = "; ".join(f"{supply} at tick {', '.join(those)}" for supply, those in ticks.items())
    return f"with the supply {said}" if said else "with no supply, at no tick"


def _failed(runs: pd.DataFrame, table: pd.DataFrame, peaks: pd.DataFrame) -> list[str]:
    """Return the predictions, in the words of `CLAIM`, that the effects contradict."""
    failed = []
    region = table[table["name"].str.startswith("region")]
    without = region[region["name"].str.contains("no other routes") & ~region["name"].str.endswith("churn 0")]
    empty = not runs["network"].any()  # ties that are there from the start act like a0 until churn has ended them
    if empty and not ((without["low"] > 0) & (without["p"] < 0.05)).all():
        failed.append("with a0 = 0 and churn > 0 giving always pays")
    never = region[~region["name"].str.contains("no other routes") & region["name"].str.endswith("churn 0")]
    if not ((never["high"] < 0) & (never["p"] < 0.05)).all():
        failed.append("with churn = 0 and a0 > 0 giving never pays")
    if peaks["name"].str.contains("little information").any():
        failed.append("where little is found ties do not peak (with time they do)")
    at = table[table["name"].str.contains("generosity of the peak")].set_index("name")["mean"]
    last = {supply: at[at.index.str.contains(f", {supply},")].iloc[-1] for supply in SUPPLIES}
    if last["more attention"] <= last["base"]:
        failed.append(f"more attention moves the peak up (it moved from {last['base']:.1f} to "
                      f"{last['more attention']:.1f} at the last tick)")  # fmt: skip
    more = table[table["name"] == "twins: followers, with newcomers minus without"].iloc[0]
    if not (more["low"] > 0 and more["p"] < 0.05):
        failed.append(f"with newcomers giving pays its giver more ({_signed(more)})")
    peak = table[table["name"] == "individuals: peak above both ends"].iloc[0]
    if peak["low"] > 0 and peak["p"] < 0.05:
        failed.append("one person's followers have no peak inside (0, 1)")
    return failed + where.failed(table)


def _signed(row: Any) -> str:
    return signed(row, 1)
