"""Are followers what people give and luck, or do they make themselves, and does it work without anybody coordinating?

Five kinds of runs answer it. *corner*: equal people in corners of the model whose exact laws say how unequal they
become where nobody is preferred, and where the followed are. *people*: people who differ, follower counts hidden or
seen (`fame`), the population fixed or growing; the same people in several histories, each of which also has its ties
dealt anew (`histories`). *equals*: the same among people who do not differ. *closed*: equals without any way by which
followers win followers (the knock-out). *finding*: what is found twice and never heard of, against the same finds
coordinated (`pieces`). *region*: all of it at points all over a plausible region of parameters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simulation import figures, replicate_seed
from simulation.sweep import latin_hypercube

from . import histories, pieces
from .claims import Claim, Verdict
from .corners import CORNERS, gini_by_law, gini_in_corner
from .intervals import equivalence, holm, interval, intervals, share_that_holds

CLAIM = Claim(
    words="self-organising and democratic, without any collective interaction",
    reading="Democratic, at a setting, are followers that are what people give and luck, no more: (earned) their Gini "
    "is at most 0.05 above that of the same ties dealt by what people give (items found times generosity), which "
    "prefers nobody for being followed; (open) the top tenth turns over from half-way to the end at most 0.05 less "
    "than so dealt; (person) at least half of the variance of final followers is between people, not between histories "
    "of the same people (intraclass correlation, order of arrival dealt anew). Self-organising, without collective "
    "interaction, is finding that loses little by it: of all pieces of information, the share that reaches anybody but "
    "its finders is at most 0.05 below that of the same finds coordinated.",
    prediction="Corners: the Gini is that of the exact laws, and passes 1/2 where nobody is preferred but the "
    "population grows, as it does in a fixed one where counts are seen (fame 1): alone it shows no feedback. Whole "
    "model: always far more unequal than dealt by lot alike, for people give unequally. Counts hidden, fixed "
    "population: democratic; less unequal than dealt by giving, for crowded readers drop those who give most, and who "
    "brings is followed too; intraclass correlation about 0.8. Growth: seniority is luck, so the person's share falls, "
    "to below half at ninefold growth, without any preference. Fame: earned and open fail from fame 0.5 on, person "
    "from fame 1 on; more so with growth. Equals: intraclass correlation 0 everywhere, and at fame 0 a Gini as dealt. "
    "Region: democratic in a third, least where fame and growth are strong. Finding: duplicates are those of a "
    "lottery; more than 0.05 is lost where there are as many pieces as finds, less where there are four times as many; "
    "self-organising in most of the region. Known beforehand: of `results_are_transparent`, that the rank correlation "
    "of followers with giving fell in one trial from 0.7 (hidden) to 0.4 (fame 1); its quick run was seen "
    "after this was written and before anything here was run. After a quick run of this file only the checks by "
    "theory were mended: more people in the corners, counts seen against the law of a finite pool (it had been the "
    "limit), and equivalence tested only where no difference is predicted.",
    fails_where="fame: strong pull of seen counts; growth: a population that multiplies; pieces: about as many pieces "
    "as finds",
)

FAMES, GROWTHS = (0.0, 0.25, 0.5, 1.0), (1.0, 3.0, 9.0)  # growth: people at the end per person at the start
PER_FIND = (0.25, 1.0, 4.0)  # pieces per find
MARGIN = 0.05  # of Gini, turnover, intraclass correlation and share of pieces: less is nothing
CORNER_MARGIN = 0.01  # of a Gini from its exact law
PERSON = 0.5  # intraclass correlation from which the person decides more than luck
BROAD, RARE = 0.8, 0.2  # shares of the region in which a claim that holds, or does not, is said to do so broadly
SPREAD = 1.0  # of find rates: log standard deviation
WINDOW, AFTER = 20, 10  # ticks in which finds are watched, and for how long they are followed then
CLOSED: dict[str, Any] = {"bring": 0.0, "relay": 0.0, "credit": 0.0, "follow_back": 0.0}  # followers win no followers
REGION = {  # assumptions, per day where per tick; pieces: log10 of pieces per find
    "fame": (0.0, 1.0), "growth": (1.0, 9.0), "spread": (0.0, 1.5), "churn": (0.001, 0.02), "encounters": (0.5, 4.0),
    "responsiveness": (0.02, 0.2), "cost": (0.0, 0.6), "follow_back": (0.0, 0.3), "bring": (0.0, 0.5),
    "relay": (0.0, 0.2), "pieces": (-1.0, 1.0),
}  # fmt: skip
NOT_OF_MODEL = ("growth", "spread", "pieces")
STANDING = {"gini": "Gini", "top": "share of the top 1 %", "turnover": "turnover of the top tenth", "tau": "rank tau",
            "icc": "intraclass correlation"}  # fmt: skip
HALVES = ("weaker fame", "stronger fame", "slower growth", "faster growth")
CRITERIA = ("earned", "open", "person", "democratic", "self-organising", "both")


def design(quick: bool = False, network: str | None = None, replicates: int | None = None) -> list[dict[str, Any]]:
    """Return one row per setting and replicate. Replicate k has one seed, and the same people, in all parts."""
    agents, ticks = (180, 80) if quick else (400, 200)
    fames, growths = (FAMES[::2], GROWTHS[:2]) if quick else (FAMES, GROWTHS)
    rows: list[dict[str, Any]] = []
    for k in range(replicates or (5 if quick else 12)):
        size = {"replicate": k, "agents": agents, "ticks": ticks, "spread": SPREAD}
        rows += [{"part": "corner", **size, "agents": 300 if quick else 1000, "ticks": 300, "corner": corner}
                 for corner in CORNERS]  # fmt: skip
        rows += [{"part": part, **size, "fame": fame, "growth": growth}
                 for part in ("people", "equals") for growth in growths for fame in fames]  # fmt: skip
        rows += [{"part": part, **size, "fame": 0.0, "growth": 1.0} for part in ("closed", "finding")]
    points = latin_hypercube(20 if quick else 200, REGION, seed=5).table.to_dict("records")
    rows += [{"part": "region", "replicate": k, "agents": 120 if quick else 240, "ticks": ticks,
              **{name: point[name] for name in REGION}} for k, point in enumerate(points)]  # fmt: skip
    return [{**row, "network": network} for row in rows]


def measure(run: dict[str, Any], seed: int) -> dict[str, Any]:
    """Run one row of the design and return its numbers, by name."""
    seed = replicate_seed(seed, run["replicate"])
    if run["part"] == "corner":
        return {"gini": gini_in_corner(run["corner"], run["agents"], run["ticks"], seed)}
    if run["part"] == "region":
        of_model = {name: run[name] for name in REGION if name not in NOT_OF_MODEL}
        return histories.lives(run, seed, of_model) | _finding(run, seed, of_model, {"": 10.0 ** run["pieces"]})
    if run["part"] == "finding":
        return _finding(run, seed, {}, {f"{each:g} ": each for each in PER_FIND})
    closed = CLOSED if run["part"] == "closed" else {}
    return histories.lives(run, seed, {"fame": run["fame"], **closed}, equal=run["part"] != "people")


def _finding(run: dict[str, Any], seed: int, parameters: dict[str, Any], per_find: dict[str, float]) -> dict[str, Any]:
    """Return duplicates and gaps, by lot and coordinated, for so many pieces per find."""
    live, _ = histories.live(run, seed, parameters, keep=pieces.KEEP)
    watched = pieces.watch_finds(live.advance(run["ticks"]), WINDOW, AFTER)
    numbers: dict[str, Any] = {}
    for label, each in per_find.items():
        found = pieces.compared(watched, each, np.random.default_rng([seed, 4]), histories.DRAWS)
        numbers |= {f"{label}{name}": value for name, value in found.items()}
        numbers[f"{label}loss"] = found["coordinated: reached"] - found["lot: reached"]
    return numbers


def effects(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the effect sizes with intervals over replicates, each of which has other people, and shares of the region.

    ``p`` is two-sided, Holm-adjusted over all rows tested; ``p_equal`` that of two one-sided tests of less than
    ``margin`` (Schuirmann 1987), Holm-adjusted as well.
    """
    parts = dict(iter(runs.groupby("part")))
    rows = [*_corner_rows(parts["corner"]), *_standing_rows(parts["people"], "people"),
            *_standing_rows(parts["equals"], "equals"), *_standing_rows(parts["closed"], "closed"),
            *_finding_rows(parts["finding"]), *_region_rows(judged(parts["region"]))]  # fmt: skip
    table = pd.DataFrame(rows)
    table["p"] = holm(table["p"].where(table.pop("tested").eq(True)))
    table["p_equal"] = holm(table["p_equal"])
    return table


def _row(name: str, unit: str, values: Any, tested: bool = False, margin: float = np.nan) -> dict[str, Any]:
    equal = equivalence(values, margin) if np.isfinite(margin) else np.nan
    return {"name": name, "unit": unit, **interval(values), "tested": tested, "margin": margin, "p_equal": equal}


def _corner_rows(corners: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for corner in CORNERS:
        some = corners[corners["corner"] == corner]
        beyond = some["gini"] - gini_by_law(corner, int(some["agents"].iloc[0]), int(some["ticks"].iloc[0]))
        rows += [_row(f"corner, {corner}: Gini", "Gini", some["gini"]),
                 _row(f"corner, {corner}: Gini minus law", "Gini", beyond, True, CORNER_MARGIN)]  # fmt: skip
    return rows


def _standing_rows(part: pd.DataFrame, who: str) -> list[dict[str, Any]]:
    """Return, at each setting, how people stand, and how that differs from the same ties dealt anew."""
    rows = []
    for (growth, fame), some in part.groupby(["growth", "fame"]):
        at = f"{who}, growth {growth:g}, fame {fame:g}"
        for name, words in STANDING.items():
            unit = words.split()[0] if name in ("gini", "tau") else words
            rows.append(_row(f"{at}: {name}", unit, some[name]))
            rows.append(_row(f"{at}: {name} by giving", unit, some[f"{name}_given"]))
            for kind, null in (("_given", "giving"), ("_lot", "lot")):
                tested = name in ("gini", "turnover") and null == "giving"
                same = tested and who != "people" and fame == 0  # where no difference is expected
                rows.append(_row(f"{at}: {name}, beyond {null}", unit, some[name] - some[f"{name}{kind}"], tested,
                                 MARGIN if same else np.nan))  # fmt: skip
        rows.append(_row(f"{at}: icc minus {PERSON:g}", STANDING["icc"], some["icc"] - PERSON, who == "people"))
        if who != "people":
            rows.append(_row(f"{at}: icc, none", STANDING["icc"], some["icc"], True, MARGIN))
    return rows


def _finding_rows(finding: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for each in PER_FIND:
        for name, unit in (("duplicates", "finds"), ("found", "pieces"), ("reached", "pieces"), ("known", "pieces"),
                           ("news", "readings")):  # fmt: skip
            for how in ("lot", "coordinated"):
                values = finding[f"{each:g} {how}: {name}"]
                rows.append(_row(f"{each:g} pieces per find, {how}: {name}", f"share of {unit}", values))
        loss = finding[f"{each:g} loss"]
        rows.append(_row(f"{each:g} pieces per find: loss of reach", "share of pieces", loss, True))
    return rows


def judged(region: pd.DataFrame) -> pd.DataFrame:
    """Return the region with a column for each criterion of `CLAIM`: whether it holds at the point."""
    holds = pd.DataFrame({
        "earned": region["gini"] - region["gini_given"] < MARGIN,
        "open": region["turnover_given"] - region["turnover"] < MARGIN,
        "person": region["icc"] >= PERSON,
        "self-organising": region["loss"] < MARGIN,
    })  # fmt: skip
    holds["democratic"] = holds["earned"] & holds["open"] & holds["person"]
    holds["both"] = holds["democratic"] & holds["self-organising"]
    return region.assign(**holds)


def halves(region: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the whole region and its halves along the axes on which the claim was expected to fail."""
    parts = {"all": region}
    for axis, low, high in (("fame", "weaker fame", "stronger fame"), ("growth", "slower growth", "faster growth"),
                            ("pieces", "fewer pieces", "more pieces")):  # fmt: skip
        above = region[axis] >= sum(REGION[axis]) / 2
        parts |= {low: region[~above], high: region[above]}
    return parts


def _region_rows(region: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"name": f"region, {words}: share {each}", "unit": "share of points", **share_that_holds(some[each])}
        for words, some in halves(region).items() for each in CRITERIA
    ]  # fmt: skip
    for name, values in (("gini beyond giving", region["gini"] - region["gini_given"]), ("icc", region["icc"]),
                         ("loss of reach", region["loss"])):  # fmt: skip
        rows.append(_row(f"region: {name}, mean over points", name, values))
        rows += [{"name": f"region: rank correlation of {name} with {axis}", "unit": "rank correlation",
                  "mean": float(values.rank().corr(region[axis].rank())), "replicates": len(region)}
                 for axis in REGION]  # fmt: skip
    return rows


@figures.styled
def figure(runs: pd.DataFrame) -> Any:
    """Return the figure: how unequal, how fixed and whose success; what is found twice; the region."""
    whole, axes = figures.panels(2, 4, width=3.9, height=3.3)
    people, equals = (runs[runs["part"] == part] for part in ("people", "equals"))
    growths = sorted(people["growth"].unique())
    _draw_corners(runs[runs["part"] == "corner"], axes[0])
    for ax, growth in ((axes[1], growths[0]), (axes[2], growths[-1])):
        _draw_levels(people[people["growth"] == growth], "gini", ax)
        figures.curve(_places(equals[equals["growth"] == growth], "gini"), x="place", label="equals", ax=ax, marker="s")
        ax.set(title=f"Inequality, {_grown(growth)}", ylabel="Gini of followers", ylim=(0, 1.5))
        ax.set_yticks(np.linspace(0, 1, 6))
        ax.legend(title="ties as they came, or dealt", title_fontsize=8.5, loc="upper left", ncols=2)
    _draw_levels(people[people["growth"] == growths[0]], "turnover", axes[3])
    axes[3].set(title=f"The elite, {_grown(growths[0])}", ylabel="part of the top tenth that is new", ylim=(0, 1.5))
    axes[3].set_yticks(np.linspace(0, 1, 6))
    axes[3].legend(title="ties as they came, or dealt", title_fontsize=8.5, loc="upper left", ncols=2)
    _draw_person(people, equals, axes[4])
    _draw_finding(runs[runs["part"] == "finding"], axes[5:7])
    _draw_region(judged(runs[runs["part"] == "region"]), axes[7])
    return whole


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


def _draw_corners(corners: pd.DataFrame, ax: Any) -> None:
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


def _draw_person(people: pd.DataFrame, equals: pd.DataFrame, ax: Any) -> None:
    for _, some in people.groupby("growth"):
        figures.curve(_places(some, "icc"), x="place", label=_grown(some["growth"].iloc[0]), ax=ax)
    fixed = equals[equals["growth"] == equals["growth"].min()]
    figures.curve(_places(fixed, "icc"), x="place", label="equals, fixed", ax=ax, marker="s")
    ax.axhline(PERSON, color="0.3", linewidth=1.0, linestyle="--")
    _fame_axis(people, ax)
    ax.set(title="Below the dashed line luck decides", ylabel="person's share of success (ICC)", ylim=(-0.1, 1.4))
    ax.set_yticks(np.linspace(0, 1, 6))
    ax.legend(loc="upper left", ncols=2)


def _draw_finding(finding: pd.DataFrame, axes: Any) -> None:
    labels = ("reached", "What reaches anybody else", "share of pieces"), (
        "duplicates", "What was found before", "share of finds")  # fmt: skip
    for ax, (name, title, label) in zip(axes, labels, strict=True):
        for how, words in (("coordinated", "coordinated"), ("lot", "nobody coordinates")):
            rows = [{"place": place, **interval(finding[f"{each:g} {how}: {name}"])}
                    for place, each in enumerate(PER_FIND)]  # fmt: skip
            figures.curve(pd.DataFrame(rows), x="place", label=words, ax=ax)
        ax.set_xticks(range(len(PER_FIND)), [f"{each:g}" for each in PER_FIND])
        ax.set(title=title, xlabel="pieces there are, per find (not to scale)", ylabel=label, ylim=(-0.03, 1.05))
        ax.legend(loc="upper right")


def _draw_region(region: pd.DataFrame, ax: Any) -> None:
    holds = region["democratic"]
    for words, chosen, colour in (("democratic", holds, "#0072B2"), ("not", ~holds, "#D55E00")):
        some = region[chosen]
        ax.plot(some["fame"], some["growth"], "o", color=colour, label=f"{words}: {len(some) / len(region):.0%}")
    ax.set(title=f"{len(region)} points of a plausible region", xlabel="fame", ylabel="people at the end per first one")
    ax.set_ylim(0.5, 11.5)
    ax.legend(loc="upper left", ncols=2)


def verdict(runs: pd.DataFrame, table: pd.DataFrame) -> Verdict:
    """Return the verdict: at which settings followers are what people give and luck, and what lack of plan costs."""
    by_name = {row["name"]: row for row in table.to_dict("records")}
    settings = runs.loc[runs["part"] == "people", ["growth", "fame"]].drop_duplicates().sort_values(["growth", "fame"])
    found = {(growth, fame): _judge(by_name, growth, fame) for growth, fame in settings.to_numpy().tolist()}
    share = {each: by_name[f"region, all: share {each}"] for each in CRITERIA}
    losses = {each: by_name[f"{each:g} pieces per find: loss of reach"] for each in PER_FIND}
    democratic = [each == "democratic" for each in found.values()]
    organised = [row["high"] < MARGIN for row in losses.values()]
    kind = "holds under a condition"
    if all(democratic) and all(organised) and share["both"]["low"] >= BROAD:
        kind = "holds broadly"
    elif not (any(democratic) and any(organised)) and share["both"]["high"] <= RARE:
        kind = "not supported"
    sentences = [
        f"In the region it is democratic at {_percent(share['democratic'])} of {share['both']['replicates']:.0f} "
        f"points (earned {_percent(share['earned'])}, open {_percent(share['open'])}, the person's "
        f"{_percent(share['person'])}), self-organising at {_percent(share['self-organising'])}, both at "
        f"{_percent(share['both'])}.",
        "The line (what a setting is not; with a question mark what cannot be told): " + _by_growth(found)
        + ". Democratic, half of the region by half: " + ", ".join(
            f"{half} {by_name[f'region, {half}: share democratic']['mean']:.0%}" for half in HALVES) + ".",
        *(_stands(by_name, growth, fame) for growth, fame in (min(found), max(found))),
        "Against the same finds coordinated, what reaches anybody but its finders falls by "
        + "; ".join(f"{_text(row)} of all pieces at {each:g} pieces per find" for each, row in losses.items()) + ".",
        "Predictions that failed: " + ("; ".join(_failed(by_name, found, share)) or "none") + ".",
    ]  # fmt: skip
    fails = _by_growth({setting: each for setting, each in found.items() if each != "democratic"})
    return Verdict(kind, sentences, "region, all: share democratic", fails or CLAIM.fails_where)


def _by_growth(found: dict[tuple[float, float], str]) -> str:
    growths = sorted({growth for growth, _ in found})
    fames = {of: ", ".join(f"fame {fame:g} ({each})" for (growth, fame), each in found.items() if growth == of)
             for of in growths}  # fmt: skip
    return "; ".join(f"growth {growth:g}: {fames[growth]}" for growth in growths)


def _stands(by_name: dict[Any, Any], growth: float, fame: float) -> str:
    at = {name: _text(by_name[f"people, growth {growth:g}, fame {fame:g}: {name}"]) for name in
          ("gini", "gini by giving", "gini, beyond lot", "top, beyond lot", "turnover", "turnover, beyond giving",
           "turnover, beyond lot", "tau, beyond giving", "icc")}  # fmt: skip
    return (
        f"Growth {growth:g}, fame {fame:g}: Gini {at['gini']}, dealt by giving {at['gini by giving']}, beyond lot "
        f"{at['gini, beyond lot']}; top 1 % beyond lot {at['top, beyond lot']}; turnover of the top tenth "
        f"{at['turnover']}, beyond giving {at['turnover, beyond giving']}, beyond lot {at['turnover, beyond lot']}; "
        f"rank tau beyond giving {at['tau, beyond giving']}; the person's share {at['icc']}, the rest luck."
    )


def _judge(by_name: dict[Any, Any], growth: float, fame: float) -> str:
    """Return "democratic", or what it is not, or cannot be told to be, by the intervals at a setting."""
    at = f"people, growth {growth:g}, fame {fame:g}"
    gap, turn, person = (by_name[f"{at}: {name}"] for name in
                         ("gini, beyond giving", "turnover, beyond giving", f"icc minus {PERSON:g}"))  # fmt: skip
    left = {"earned": (MARGIN - gap["high"], MARGIN - gap["low"]),
            "open": (turn["low"] + MARGIN, turn["high"] + MARGIN), "the person's": (person["low"], person["high"])}
    words = [f"not {name}" if most < 0 else f"{name}?" for name, (least, most) in left.items() if not least >= 0]
    return ", ".join(words) or "democratic"


def _failed(by_name: dict[Any, Any], found: dict[tuple[float, float], str], share: dict[str, Any]) -> list[str]:
    """Return the predictions, in the words of `CLAIM`, that the effects contradict or do not bear out."""
    last, hidden = max(growth for growth, _ in found), "people, growth 1, fame 0"
    by_lot = [by_name[f"people, growth {growth:g}, fame {fame:g}: gini, beyond lot"] for growth, fame in found]
    halved = {half: by_name[f"region, {half}: share democratic"]["mean"]
              for half in HALVES}  # fmt: skip
    seen = {setting: set(each.split(", ")) for setting, each in found.items() if setting[1] >= 0.5}
    tests = {
        f"corners have the Gini of the exact laws (within {CORNER_MARGIN:g})": all(
            by_name[f"corner, {corner}: Gini minus law"]["p_equal"] < 0.05 for corner in CORNERS),
        "far more unequal than by lot": all(row["low"] > MARGIN for row in by_lot),
        "counts hidden, fixed population: democratic": found[1.0, 0.0] == "democratic",
        "less unequal than dealt by giving there": by_name[f"{hidden}: gini, beyond giving"]["high"] < 0,
        "intraclass correlation about 0.8 there": 0.7 <= by_name[f"{hidden}: icc"]["mean"] <= 0.9,
        "at ninefold growth the person's share is below half": last < 9 or "not the person's" in found[last, 0.0],
        "growth alone prefers nobody": not any("not earned" in each for (_, fame), each in found.items() if fame == 0),
        "earned and open fail from fame 0.5 on": all({"not earned", "not open"} <= each for each in seen.values()),
        "the person's share fails at fame 1": all("not the person's" in each for (_, fame), each in seen.items()
                                                  if fame >= 1),
        f"equals: intraclass correlation 0 (within {MARGIN:g})": all(
            row["p_equal"] < 0.05 for name, row in by_name.items() if name.endswith("icc, none")),
        "equals without any way back: a Gini as dealt":
            by_name["closed, growth 1, fame 0: gini, beyond giving"]["p_equal"] < 0.05,
        "equals at fame 0: a Gini as dealt":
            by_name["equals, growth 1, fame 0: gini, beyond giving"]["p_equal"] < 0.05,
        "democratic in a third of the region": share["democratic"]["low"] <= 1 / 3 <= share["democratic"]["high"],
        "less often where fame is strong": halved["stronger fame"] < halved["weaker fame"],
        "less often where growth is strong": halved["faster growth"] < halved["slower growth"],
        "more than the margin is lost at as many pieces as finds":
            by_name["1 pieces per find: loss of reach"]["low"] > MARGIN,
        "less at four times as many": by_name["4 pieces per find: loss of reach"]["high"] < MARGIN,
        "self-organising in most of the region": share["self-organising"]["low"] > 0.5,
    }  # fmt: skip
    return [words for words, held in tests.items() if not held]


def _text(row: dict[Any, Any]) -> str:
    return f"{row['mean']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def _percent(row: dict[Any, Any]) -> str:
    return f"{row['mean']:.0%} [{row['low']:.0%}, {row['high']:.0%}]"
