"""Can the process be commanded or controlled?

A controller decides at random who is to be followed, spends a budget on it for some ticks, and stops. *levers*: follows
that it mandates, that it makes the default, impressions that it buys, and quotas (its accounts must give all, or
nothing), each with budgets from little to much; and no controller (the knock-out). *accounts*: fewer or more accounts.
*fame*: follower counts that everybody sees. *churn*: a corner in which nothing but churn happens, so that the build-up
and the decay are known exactly. *region*: a Latin hypercube over a plausible region of parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from simulation import Parameters, figures, replicate_seed
from simulation.sweep import latin_hypercube

from . import controller_panels as drawn
from .claims import Claim, Verdict
from .controllers import (
    AFTER,
    BUILDING,
    FORMS,
    HALF,
    IN_REGION,
    LEVERS,
    MARGIN,
    MARKS,
    OF_TIES,
    OF_VARIANCE,
    SPENDING,
    TENTH,
    USUAL,
    Uncontrolled,
    by_churn,
    effect_of,
    leave_alone,
    left,
    some_of,
    usual_churn,
)
from .intervals import effect_row, effects_table, holm, off_theory, rank_correlations, share_that_holds
from .starts import starting_world
from .wording import drivers, level, percent, signed

CLAIM = Claim(
    words="the process cannot be commanded or controlled",
    reading="A controller that picks people at random and spends, to have them followed, no more than churn takes in "
    "the meantime explains less than a tenth of the variance of followers when it stops; and what it has built is gone "
    "afterwards as fast as churn alone would take it.",
    prediction="Without a controller nothing is explained (within 0.01), and where nothing but churn happens build-up "
    "and decay follow the exact law. At the defaults, with a twentieth of all people as accounts for 100 ticks: "
    "follows that are mandated or made the default explain more than a tenth of the variance from a budget of 0.1 and "
    "more than half from 1, so that the claim fails for them well below what churn takes. Impressions, which people "
    "may pass over, explain less than mandated follows at every budget and less than a tenth up to 0.3; a quota alone "
    "less than a tenth. After the controller stops, what it built goes, but more slowly than by churn alone, because "
    "followers bring and pass on (the experiment followers_feed_the_giver found 3.5 thousandths won and 6.4 lost per "
    "extra follower and tick): of mandated follows 40 to 60 % are left after 200 ticks, where churn alone would leave "
    "37 %. Accounts that must give all have more followers when it stops than those with mandated follows alone, and "
    "accounts that give nothing fewer; but of what each has, the same share is left in the end (within 0.05). Seen "
    "counts make it last longer. All others meanwhile have fewer followers and receive less value. In the region the "
    "budget decides: the claim holds in between a third and two thirds of it.",
    fails_where="budget: from some share of what churn takes on, where people are made to follow (mandated, or by "
    "default) and not merely shown; for what persists, fame",
)

BUDGETS = (0.03, 0.1, 0.3, 1.0, 3.0)  # follows per tick, as multiples of the ties that churn takes
LONG = 100  # ticks of the controller's work in the whole design
EQUAL = 1.0  # the budget that equals what churn takes
ACCOUNTS = (0.01, 0.05, 0.2)  # of all people
SHARE = 0.05
FAMES = (0.25, 0.5)
NOTHING = 0.01  # of the variance, without a controller
BROAD, RARE = 0.8, 0.2  # shares of the region in which a claim that holds, or does not, is said to do so broadly
REGION: dict[str, tuple[float, float]] = {  # assumptions, per day where per tick; the budget is a power of ten
    "log_budget": (-2.0, 0.0), "accounts": (0.01, 0.1), "fame": (0.0, 0.5), "churn": (0.001, 0.02),
    "encounters": (0.5, 4.0), "responsiveness": (0.02, 0.2), "cost": (0.0, 0.6), "follow_back": (0.0, 0.3),
    "bring": (0.0, 0.5), "spread": (0.0, 1.5),
}  # fmt: skip
OF_MODEL = ("fame", "churn", "encounters", "responsiveness", "cost", "follow_back", "bring")
STILL: dict[str, Any] = {"responsiveness": 0.0, "follow_back": 0.0}  # nothing but churn happens
LEFT = "share of what was built"


def design(quick: bool = False, network: str | None = None, replicates: int | None = None) -> list[dict[str, Any]]:
    """Return one row per pair of runs, with a controller and without. Replicate k has one seed in all parts."""
    size = {"agents": 200, "warm": 60, "work": 40} if quick else {"agents": 500, "warm": 150, "work": LONG}
    budgets = [budget for budget in BUDGETS if not quick or USUAL / 3 - 0.01 < budget <= EQUAL]
    rows: list[dict[str, Any]] = []
    for k in range(replicates or (6 if quick else 20)):
        base = {"replicate": k, **size, "accounts": SHARE, "fame": 0.0}
        rows += [{"part": "levers", "lever": lever, "budget": 0.0, **base} for lever in ("none", "quota")]
        rows += [{"part": "levers", "lever": lever, "budget": budget, **base}
                 for lever in LEVERS if lever not in ("none", "quota") for budget in budgets]  # fmt: skip
        rows += [{"part": "accounts", "lever": lever, "budget": USUAL * (lever != "quota"), **base, "accounts": share}
                 for lever in ("mandated", "promoted", "quota") for share in ACCOUNTS if share != SHARE]  # fmt: skip
        rows += [{"part": "fame", "lever": lever, "budget": USUAL, **base, "fame": fame}
                 for fame in (FAMES[-1:] if quick else FAMES) for lever in SPENDING]  # fmt: skip
        rows += [{"part": "churn", "lever": lever, "budget": USUAL, **base} for lever in SPENDING[:2]]
    cube = latin_hypercube(20 if quick else 200, REGION, seed=3).table.to_dict("records")
    small = {"agents": 200 if quick else 300, "warm": size["warm"], "work": size["work"]}
    rows += [{"part": "region", "lever": lever, "point": place, "replicate": k, **small,
              "budget": 10.0 ** point["log_budget"], **{name: point[name] for name in REGION}}
             for place, point in enumerate(cube) for k in range(1 if quick else 2) for lever in IN_REGION]  # fmt: skip
    return [{**row, "network": network} for row in rows]


def measure(run: dict[str, Any], seed: int) -> dict[str, Any]:
    """Run one row of the design and return its numbers, by name."""
    network, of_model, spread = run["network"], {"fame": run["fame"]}, 0.0
    if run["part"] == "churn":
        network, of_model = None, STILL
    elif run["part"] == "region":
        of_model, spread = {name: run[name] for name in OF_MODEL}, run["spread"]
    seed = replicate_seed(seed, run["replicate"])
    alone = _alone(network, run["agents"], spread, Parameters(**of_model), seed, run["warm"], run["work"])
    return effect_of(LEVERS[run["lever"]], alone, work=run["work"], budget=run["budget"], share=run["accounts"])


@lru_cache(maxsize=1)  # rows that differ in their controller alone stand side by side in the design
def _alone(
    network: str | None, agents: int, spread: float, parameters: Parameters, seed: int, warm: int, work: int
) -> Uncontrolled:
    """Return the world without a controller."""
    median = 0.5 / np.exp(spread**2 / 2)  # so that the mean is 0.5
    find_rate = ("lognormal", median, spread) if spread > 0 else 0.5
    world = starting_world(network, agents, find_rate=find_rate)
    return leave_alone(world, parameters, seed, warm=warm, work=work)


def effects(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the effect sizes with intervals over replicates, and the shares of the region.

    ``p`` is two-sided against nothing, and ``p_none`` that of two one-sided tests that an effect lies within its
    ``margin`` of zero (Schuirmann 1987); each Holm-adjusted over all rows tested.
    """
    parts = dict(iter(runs.groupby("part")))
    rows = [*_lever_rows(parts["levers"]), *_form_rows(parts["levers"]), *_account_rows(parts["accounts"]),
            *_fame_rows(parts["fame"], parts["levers"]), *_churn_rows(parts["churn"]),
            *_region_rows(parts["region"])]  # fmt: skip
    table = effects_table(rows)
    table["p_none"] = holm(table["p_none"])
    return table


def _left_row(name: str, values: pd.Series, *tested: Any) -> dict[str, Any]:
    """Return the row of a share of what was built, which says so where too little was built."""
    return effect_row(name, LEFT if values.notna().any() else f"{LEFT}: too little was built to say", values, *tested)


def _lever_rows(part: pd.DataFrame) -> list[dict[str, Any]]:
    none = some_of(part, "none")
    rows = [effect_row("no controller: explained when it stops", OF_VARIANCE, none["share_stop"], margin=NOTHING),
            effect_row("no controller: all others' followers", OF_TIES, none["others_stop"])]  # fmt: skip
    controlled = part[part["lever"] != "none"]
    for lever, budget in controlled[["lever", "budget"]].drop_duplicates().itertuples(index=False):
        some = some_of(part, lever, budget=budget)
        name = _name(lever, budget)
        rows.append(effect_row(f"{name}: explained when it stops", OF_VARIANCE, some["share_stop"], True))
        rows.append(effect_row(f"{name}: explained in the end", OF_VARIANCE, some["share_end"]))
        rows.append(effect_row(f"{name}: places at the top when it stops", "share of the places", some["top_stop"]))
        rows.append(effect_row(f"{name}: built", "followers per account", some[f"excess_{BUILDING}"], True))
        rows.append(_left_row(f"{name}: left in the end", left(some)))
        rows.append(_left_row(f"{name}: left in the end, more than by churn alone",
                              left(some) - by_churn(some, usual_churn()), True, MARGIN))  # fmt: skip
        for column, words in (("others_stop", "others' followers when it stops"), ("ties_stop", "all ties then"),
                              ("value_work", "value that others receive meanwhile"),
                              ("read_work", "items that others read meanwhile"),
                              ("value_after", "value that others receive afterwards")):  # fmt: skip
            rows.append(effect_row(f"{name}: {words}", OF_TIES, some[column], column in ("others_stop", "value_work")))
        if lever == "promoted":
            mandated = some_of(part, "mandated", budget=budget)
            rows.append(effect_row(f"{name}: explained when it stops, more than by mandated", OF_VARIANCE,
                                   some["share_stop"] - mandated["share_stop"], True))  # fmt: skip
    return rows


def _name(lever: str, budget: float) -> str:
    return f"{lever}, budget {budget:g}" if budget > 0 else lever


def _form_rows(part: pd.DataFrame) -> list[dict[str, Any]]:
    """Compare accounts that must give all, or nothing, with accounts that only have followers mandated."""
    rows = []
    own = some_of(part, FORMS[0], budget=USUAL)
    for form in FORMS[1:]:
        some, name = some_of(part, form, budget=USUAL), f"{form.split(', ')[1]}, more than mandated alone"
        rows.append(effect_row(f"{name}: built", "followers per account",
                               some[f"excess_{BUILDING}"] - own[f"excess_{BUILDING}"], True))  # fmt: skip
        rows.append(_left_row(f"{name}: left in the end", left(some) - left(own), True, MARGIN))
        for column, words in (("value_work", "value that others receive meanwhile"),
                              ("others_stop", "others' followers when it stops")):  # fmt: skip
            rows.append(effect_row(f"{name}: {words}", OF_TIES, some[column] - own[column], True))
    return rows


def _account_rows(part: pd.DataFrame) -> list[dict[str, Any]]:
    return [effect_row(f"accounts {share:g}, {lever}: explained when it stops", OF_VARIANCE, some["share_stop"])
            for (lever, share), some in part.groupby(["lever", "accounts"], sort=False)]  # fmt: skip


def _fame_rows(part: pd.DataFrame, levers: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for lever, fame in part[["lever", "fame"]].drop_duplicates().itertuples(index=False):
        some, unseen = some_of(part, lever, fame=fame), some_of(levers, lever, budget=USUAL)
        rows.append(effect_row(f"fame {fame:g}, {lever}: explained when it stops", OF_VARIANCE, some["share_stop"]))
        rows.append(_left_row(f"fame {fame:g}, {lever}: left in the end", left(some)))
        rows.append(_left_row(f"fame {fame:g}, {lever}: left in the end, more than with hidden counts",
                              left(some) - left(unseen), True))  # fmt: skip
    return rows


def _churn_rows(part: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for lever, some in part.groupby("lever", sort=False):
        for mark, words in ((BUILDING, "when it stops"), (MARKS - 1, "in the end")):
            rows.append(effect_row(f"nothing but churn, {lever}: built, {words}, minus theory", "followers per account",
                                   some[f"excess_{mark}"] - some[f"null_{mark}"], True))  # fmt: skip
    return rows


def region_points(region: pd.DataFrame) -> pd.DataFrame:
    """Return one row per point: its settings, and what each lever explains when it stops and in the end."""
    wide = region.pivot_table(index=["point", *REGION], columns="lever", values=["share_stop", "share_end"])
    points = pd.DataFrame({f"{lever}: {word}": wide[f"share_{word}", lever]
                           for lever in IN_REGION for word in ("stop", "end")})  # fmt: skip
    for word in ("stop", "end"):
        points[f"any: {word}"] = points[[f"{lever}: {word}" for lever in IN_REGION]].max(axis=1)
    return points.reset_index()


def _region_rows(region: pd.DataFrame) -> list[dict[str, Any]]:
    points = region_points(region)
    rows = [{"name": f"region, {lever}: explained {words} less than a tenth", "unit": "share of points",
             **share_that_holds(points[f"{lever}: {word}"] < TENTH)}
            for lever in ("any", *IN_REGION)
            for word, words in (("stop", "when it stops"), ("end", "in the end"))]  # fmt: skip
    settings = points[[*REGION]]
    return rows + rank_correlations("region: rank correlation of what any explains", points["any: stop"], settings)


@figures.styled
def figure(runs: pd.DataFrame) -> Any:
    """Return the figure: what a controller explains, what is left of it, what the others do, and the region."""
    whole, axes = figures.panels(2, 4, width=4.0, height=3.5)
    levers, accounts, fame, region = (runs[runs["part"] == part] for part in ("levers", "accounts", "fame", "region"))
    drawn.draw_explained(levers, axes[0])
    usual = levers[np.isclose(levers["budget"], USUAL) | (levers["lever"] == "quota")]
    drawn.draw_accounts(pd.concat([accounts, usual]), axes[1])
    drawn.draw_course(levers, SPENDING, axes[2], relative=True)
    axes[2].set(title=f"What is left after it stops (budget {USUAL:g})", ylabel="followers more (when it stops: 1)")
    drawn.draw_course(levers, FORMS, axes[3])
    axes[3].set(title=f"Giving all or nothing (budget {USUAL:g})", ylabel="followers more, per account")
    drawn.draw_left(levers, axes[4])
    drawn.draw_fame(pd.concat([fame, usual]), axes[5])
    drawn.draw_others(levers, axes[6])
    drawn.draw_region(region_points(region), axes[7])
    return whole


def verdict(runs: pd.DataFrame, table: pd.DataFrame) -> Verdict:
    """Return the verdict: from which budget on a controller controls, and whether what it built outlasts it."""
    by_name = {row["name"]: row for row in table.to_dict("records")}
    budgets = sorted(runs.loc[(runs["part"] == "levers") & (runs["budget"] > 0), "budget"].unique())
    within = [by_name[f"{_name(lever, budget)}: explained when it stops"]
              for lever in SPENDING for budget in budgets if budget <= EQUAL]  # fmt: skip
    within.append(by_name["quota: explained when it stops"])
    beyond = {lever: by_name[f"{_name(lever, USUAL)}: left in the end, more than by churn alone"] for lever in SPENDING}
    outlasting = [lever for lever, row in beyond.items() if row["low"] > MARGIN]
    region = by_name["region, any: explained when it stops less than a tenth"]
    none = by_name["no controller: explained when it stops"]
    if none["low"] > NOTHING or none["high"] < -NOTHING or off_theory(table):
        kind = "not testable as stated"
    elif all(row["high"] < TENTH for row in within) and not outlasting and region["low"] >= BROAD:
        kind = "holds broadly"
    elif all(row["low"] > TENTH for row in within) and region["high"] <= RARE:
        kind = "not supported"
    else:
        kind = "holds under a condition"
    lines = {lever: [_line(by_name, lever, budgets, share) for share in (TENTH, HALF)] for lever in SPENDING}
    work = int(runs.loc[runs["part"] == "levers", "work"].iloc[0])
    sentences = [
        "The line is the budget, as a multiple of what churn takes, from which on a controller explains a tenth of the "
        "variance of followers (by interpolation; in brackets half of it): "
        + "; ".join(f"{lever} {tenth} ({half})" for lever, (tenth, half) in lines.items())
        + f". A quota alone explains {level(by_name['quota: explained when it stops'])} of it.",
        f"With a budget of {EQUAL:g} it explains, when it stops and {AFTER * work} ticks later: "
        + "; ".join(f"{lever} {level(by_name[f'{_name(lever, EQUAL)}: explained when it stops'])} and "
                    f"{level(by_name[f'{_name(lever, EQUAL)}: explained in the end'])}" for lever in SPENDING) + ".",
        f"Of what was built with a budget of {USUAL:g}, {AFTER * work} ticks later there is left (churn alone leaves "
        f"{(1 - usual_churn()) ** (AFTER * work):.2f}): "
        + "; ".join(f"{lever}: {_said(by_name[f'{_name(lever, USUAL)}: left in the end'], level)}"
                    for lever in SPENDING)
        + f". By more than {MARGIN:g} churn is outlasted with {', '.join(outlasting) or 'none of them'}.",
        "Against accounts with mandated follows alone, "
        + "; ".join(_form(by_name, form) for form in ("all", "nothing")) + ".",
        f"What a budget of {EQUAL:g} changes for all others, as a share of what they have without a controller: "
        + "; ".join(_others(by_name, lever) for lever in SPENDING) + ".",
        "The share that is left where counts are seen, against hidden counts: "
        + "; ".join(f"{name.split(':')[0]}: {_said(by_name[name], signed)}"
                    for name in by_name if name.endswith("than with hidden counts")) + ".",
        f"In the region no lever explains a tenth when it stops at {percent(region)} of {region['replicates']:.0f} "
        f"points, and none in the end at {percent(by_name['region, any: explained in the end less than a tenth'])}. "
        f"What is explained goes most with {drivers(table)} (rank correlations). {_spent(runs)}",
        f"Without a controller {level(none, 3)} is explained; where nothing but churn happens, "
        + ("theory is missed: " + "; ".join(off_theory(table)) if off_theory(table) else
           "build-up and decay cannot be told from the exact law") + ".",
        "Predictions that failed: " + ("; ".join(_failed(by_name, table, budgets, work)) or "none") + ".",
    ]  # fmt: skip
    fails = ("from a budget of " + ", ".join(f"{tenth} ({lever})" for lever, (tenth, _) in lines.items())
             + f" times what churn takes; at {1 - region['mean']:.0%} of the region")  # fmt: skip
    return Verdict(kind, sentences, f"{_name('mandated', EQUAL)}: explained when it stops", fails)


def _line(by_name: dict[Any, Any], lever: str, budgets: list[float], share: float) -> str:
    """Return the budget from which on a lever explains so much, between two budgets by their logarithms."""
    means = np.maximum.accumulate([by_name[f"{_name(lever, each)}: explained when it stops"]["mean"]
                                   for each in budgets])  # fmt: skip
    if means[-1] < share:
        return f"none up to {budgets[-1]:g}"
    after = int(np.argmax(means >= share))
    if after == 0:
        return f"less than {budgets[0]:g}"
    part = (share - means[after - 1]) / (means[after] - means[after - 1])
    return f"{budgets[after - 1] * (budgets[after] / budgets[after - 1]) ** part:.2g}"


def _failed(by_name: dict[Any, Any], table: pd.DataFrame, budgets: list[float], work: int) -> list[str]:
    """Return the predictions, in the words of `CLAIM`, that the effects do not bear out."""

    def explained(lever: str, budget: float) -> dict[Any, Any]:
        return dict(by_name[f"{_name(lever, budget)}: explained when it stops"])

    def clear(name: str, sign: int) -> bool:
        return sign * by_name[name]["mean"] > 0 and by_name[name]["p"] < 0.05

    passed = f"{_name('mandated', USUAL)}: left in the end"
    region = by_name["region, any: explained when it stops less than a tenth"]["mean"]
    predicted = {
        f"without a controller nothing is explained (within {NOTHING:g})":
            by_name["no controller: explained when it stops"]["p_none"] < 0.05,
        "build-up and decay by churn alone follow the exact law": not off_theory(table),
        "mandated and default follows explain more than a tenth from a budget of 0.1":
            all(explained(lever, each)["low"] > TENTH for lever in SPENDING[:2] for each in budgets if each >= 0.1),
        "mandated and default follows explain more than half from 1":
            all(explained(lever, each)["low"] > HALF for lever in SPENDING[:2] for each in budgets if each >= 1),
        "impressions explain less than mandated follows":
            all(clear(f"{_name('promoted', each)}: explained when it stops, more than by mandated", -1)
                for each in budgets),
        "impressions explain less than a tenth up to 0.3":
            all(explained("promoted", each)["high"] < TENTH for each in budgets if each <= 0.3),
        "a quota alone explains less than a tenth": explained("quota", 0.0)["high"] < TENTH,
        "what was built goes more slowly than by churn alone":
            all(clear(f"{_name(lever, USUAL)}: left in the end, more than by churn alone", 1) for lever in SPENDING),
        "40 to 60 % of mandated follows are left": work != LONG or 0.4 <= by_name[passed]["mean"] <= 0.6,
        "accounts that give all have more when it stops": clear("gives all, more than mandated alone: built", 1),
        "accounts that give nothing have fewer": clear("gives nothing, more than mandated alone: built", -1),
        f"of what each has, the same share is left (not shown within {MARGIN:g}, corrected for all tests)":
            all(by_name[f"{form}, more than mandated alone: left in the end"]["p_none"] < 0.05
                for form in ("gives all", "gives nothing")),
        "seen counts make it last longer":
            all(clear(name, 1) for name in by_name if name.endswith("than with hidden counts")),
        "all others have fewer followers":
            all(clear(f"{_name(lever, EQUAL)}: others' followers when it stops", -1) for lever in SPENDING),
        "all others receive less value":
            all(clear(f"{_name(lever, EQUAL)}: value that others receive meanwhile", -1) for lever in SPENDING),
        "the budget decides in the region": "budget" in drivers(table).split(",")[0],
        "the claim holds in between a third and two thirds of the region": 1 / 3 <= region <= 2 / 3,
    }  # fmt: skip
    return [words for words, borne_out in predicted.items() if not borne_out]


def _said(row: dict[Any, Any], how: Callable[..., str]) -> str:
    return how(row) if row["replicates"] else "too little was built to say"


def _form(by_name: dict[Any, Any], form: str) -> str:
    name = f"gives {form}, more than mandated alone"
    built, remains = by_name[f"{name}: built"], by_name[f"{name}: left in the end"]
    return (f"those that must give {form} have {signed(built)} followers when it stops (in the share left of what was "
            f"built: {_said(remains, signed)})")  # fmt: skip


def _others(by_name: dict[Any, Any], lever: str) -> str:
    followers = by_name[f"{_name(lever, EQUAL)}: others' followers when it stops"]
    value = by_name[f"{_name(lever, EQUAL)}: value that others receive meanwhile"]
    return f"{lever} {signed(followers, 3)} of their followers, {signed(value, 3)} of the value that they receive"


def _spent(runs: pd.DataFrame) -> str:
    """Return how much of the budget for follows could be spent in the region."""
    spent = runs.loc[(runs["part"] == "region") & (runs["lever"] == "mandated"), "spent"]
    return (f"There {spent.mean():.1%} of the budget for follows could be spent, and all of it in "
            f"{(spent > 0.999).mean():.0%} of the runs; in the others nobody was left to order to.")  # fmt: skip
