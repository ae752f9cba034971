"""Can the process be commanded or controlled?

A controller decides at random who is to be followed, spends a budget on it for some ticks, and stops. *levers*: follows
that it mandates, that it makes the default, impressions that it buys, and quotas (its accounts must give all, or
nothing), each with budgets from little to much; and no controller (the knock-out). *accounts*: fewer or more accounts.
*fame*: follower counts that everybody sees. *churn*: a corner in which nothing but churn happens, so that the build-up
and the decay are known exactly. *region*: a Latin hypercube over a plausible region of parameters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simulation import Parameters, figures, replicate_seed
from simulation.sweep import latin_hypercube

from .claims import Claim, Verdict
from .controllers import AFTER, BUILDING, LEVERS, MARKS, effect_of, marks
from .intervals import equivalence, holm, interval, intervals, share_that_holds
from .starts import starting_world

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
USUAL, EQUAL = 0.3, 1.0  # the budget at which other things vary; the one that equals what churn takes
ACCOUNTS = (0.01, 0.05, 0.2)  # of all people
SHARE = 0.05
FAMES = (0.25, 0.5)
SPENDING = ("mandated", "default follows", "promoted")
FORMS = ("mandated", "mandated, gives all", "mandated, gives nothing")
TENTH, HALF = 0.1, 0.5  # of the variance: less is no control, more is control
MARGIN = 0.05  # of what was built: a smaller difference in what is left is none
NOTHING = 0.01  # of the variance, without a controller
BROAD, RARE = 0.8, 0.2  # shares of the region in which a claim that holds, or does not, is said to do so broadly
REGION: dict[str, tuple[float, float]] = {  # assumptions, per day where per tick; the budget is a power of ten
    "log_budget": (-2.0, 0.0), "accounts": (0.01, 0.1), "fame": (0.0, 0.5), "churn": (0.001, 0.02),
    "encounters": (0.5, 4.0), "responsiveness": (0.02, 0.2), "cost": (0.0, 0.6), "follow_back": (0.0, 0.3),
    "bring": (0.0, 0.5), "spread": (0.0, 1.5),
}  # fmt: skip
OF_MODEL = ("fame", "churn", "encounters", "responsiveness", "cost", "follow_back", "bring")
IN_REGION = (*SPENDING, "quota")
STILL: dict[str, Any] = {"responsiveness": 0.0, "follow_back": 0.0}  # nothing but churn happens
OF_TIES, OF_VARIANCE = "share of what there is without", "share of the variance of followers"
LEFT = "share of what was built"
COLOURS = {
    "mandated": "#0072B2", "default follows": "#D55E00", "promoted": "#009E73", "quota": "#CC79A7",
    "mandated, gives all": "#E69F00", "mandated, gives nothing": "#000000",
}  # fmt: skip


def design(quick: bool = False, network: str | None = None, replicates: int | None = None) -> list[dict[str, Any]]:
    """Return one row per pair of runs, with a controller and without. Replicate k has one seed in all parts."""
    size = {"agents": 200, "warm": 60, "work": 40} if quick else {"agents": 500, "warm": 150, "work": 100}
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
                 for lever in SPENDING for fame in (FAMES[-1:] if quick else FAMES)]  # fmt: skip
        rows += [{"part": "churn", "lever": lever, "budget": USUAL, **base} for lever in SPENDING[:2]]
    cube = latin_hypercube(20 if quick else 200, REGION, seed=3).table.to_dict("records")
    small = {"agents": 200 if quick else 300, "warm": size["warm"], "work": size["work"]}
    rows += [{"part": "region", "lever": lever, "point": place, "replicate": k, **small,
              "budget": 10.0 ** point["log_budget"], **{name: point[name] for name in REGION}}
             for place, point in enumerate(cube) for lever in IN_REGION for k in range(1 if quick else 2)]  # fmt: skip
    return [{**row, "network": network} for row in rows]


def measure(run: dict[str, Any], seed: int) -> dict[str, Any]:
    """Run one row of the design and return its numbers, by name."""
    seed = replicate_seed(seed, run["replicate"])
    network, settings = run["network"], {}
    parameters = Parameters(fame=run["fame"])
    if run["part"] == "churn":
        network, parameters = None, Parameters(**STILL)
    elif run["part"] == "region":
        parameters = Parameters(**{name: run[name] for name in OF_MODEL})
        median = 0.5 / np.exp(run["spread"] ** 2 / 2)  # so that the mean is 0.5
        settings["find_rate"] = ("lognormal", median, run["spread"]) if run["spread"] > 0 else 0.5
    how = {name: run[name] for name in ("warm", "work", "budget")} | {"share": run["accounts"]}
    return effect_of(LEVERS[run["lever"]], starting_world(network, run["agents"], **settings), parameters, seed, **how)


def effects(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the effect sizes with intervals over replicates, and the shares of the region.

    ``p`` is two-sided against nothing, and ``p_none`` that of two one-sided tests that an effect lies within its
    ``margin`` of zero (Schuirmann 1987); each Holm-adjusted over all rows tested.
    """
    parts = dict(iter(runs.groupby("part")))
    rows = [*_lever_rows(parts["levers"]), *_form_rows(parts["levers"]), *_account_rows(parts["accounts"]),
            *_fame_rows(parts["fame"], parts["levers"]), *_churn_rows(parts["churn"]),
            *_region_rows(parts["region"])]  # fmt: skip
    table = pd.DataFrame(rows)
    table["p"] = holm(table["p"].where(table.pop("tested").eq(True)))
    table["p_none"] = holm(table["p_none"])
    return table


def _row(name: str, unit: str, values: Any, tested: bool = False, margin: float = np.nan) -> dict[str, Any]:
    none = equivalence(values, margin) if np.isfinite(margin) else np.nan
    return {"name": name, "unit": unit, **interval(values), "tested": tested, "margin": margin, "p_none": none}


def _some(part: pd.DataFrame, lever: str, **settings: float) -> pd.DataFrame:
    """Return the runs of a lever by replicate: what is compared is paired."""
    chosen = part[part["lever"] == lever]
    for name, value in settings.items():
        chosen = chosen[np.isclose(chosen[name], value)]
    return chosen.set_index("replicate").sort_index()


def left(some: pd.DataFrame) -> pd.Series:
    """Return what is left in the end of what was built, one number per replicate whose mean is the ratio of the means.

    The ratio r of two means, its residuals (end - r stop) / mean(stop) added to it: their interval is that of the
    delta method (Cochran 1977, Sampling Techniques, chapter 6). NaN where it is not clear that anything was built.
    """
    stop, end = some[f"excess_{BUILDING}"], some[f"excess_{MARKS - 1}"]
    if not interval(stop)["low"] > 0:
        return pd.Series(np.nan, some.index)
    ratio = end.mean() / stop.mean()
    return ratio + (end - ratio * stop) / stop.mean()


def by_churn(some: pd.DataFrame, churn: float) -> float:
    """Return what churn alone leaves in the end."""
    return float((1.0 - churn) ** (AFTER * int(some["work"].iloc[0])))


def _usual_churn() -> float:
    return float(Parameters().churn)


def _lever_rows(part: pd.DataFrame) -> list[dict[str, Any]]:
    none = _some(part, "none")
    rows = [_row("no controller: explained when it stops", OF_VARIANCE, none["share_stop"], margin=NOTHING),
            _row("no controller: all others' followers", OF_TIES, none["others_stop"])]  # fmt: skip
    for (lever, budget), _ in part[part["lever"] != "none"].groupby(["lever", "budget"], sort=False):
        some = _some(part, lever, budget=budget)
        name = _name(lever, budget)
        rows.append(_row(f"{name}: explained when it stops", OF_VARIANCE, some["share_stop"], True))
        rows.append(_row(f"{name}: explained in the end", OF_VARIANCE, some["share_end"]))
        rows.append(_row(f"{name}: places at the top when it stops", "share of the places", some["top_stop"]))
        rows.append(_row(f"{name}: built", "followers per account", some[f"excess_{BUILDING}"], True))
        rows.append(_row(f"{name}: left in the end", LEFT, left(some)))
        rows.append(_row(f"{name}: left in the end, more than by churn alone", LEFT,
                         left(some) - by_churn(some, _usual_churn()), True, MARGIN))  # fmt: skip
        for column, words in (("others_stop", "others' followers when it stops"), ("ties_stop", "all ties then"),
                              ("value_work", "value that others receive meanwhile"),
                              ("read_work", "items that others read meanwhile"),
                              ("value_after", "value that others receive afterwards")):  # fmt: skip
            rows.append(_row(f"{name}: {words}", OF_TIES, some[column], column in ("others_stop", "value_work")))
        if lever == "promoted":
            mandated = _some(part, "mandated", budget=budget)
            rows.append(_row(f"{name}: explained when it stops, more than by mandated", OF_VARIANCE,
                             some["share_stop"] - mandated["share_stop"], True))  # fmt: skip
    return rows


def _name(lever: str, budget: float) -> str:
    return f"{lever}, budget {budget:g}" if budget > 0 else lever


def _form_rows(part: pd.DataFrame) -> list[dict[str, Any]]:
    """Compare accounts that must give all, or nothing, with accounts that only have followers mandated."""
    rows = []
    own = _some(part, FORMS[0], budget=USUAL)
    for form in FORMS[1:]:
        some, name = _some(part, form, budget=USUAL), f"{form.split(', ')[1]}, more than mandated alone"
        rows.append(_row(f"{name}: built", "followers per account",
                         some[f"excess_{BUILDING}"] - own[f"excess_{BUILDING}"], True))  # fmt: skip
        rows.append(_row(f"{name}: left in the end", LEFT, left(some) - left(own), True, MARGIN))
        for column, words in (("value_work", "value that others receive meanwhile"),
                              ("others_stop", "others' followers when it stops")):  # fmt: skip
            rows.append(_row(f"{name}: {words}", OF_TIES, some[column] - own[column], True))
    return rows


def _account_rows(part: pd.DataFrame) -> list[dict[str, Any]]:
    return [_row(f"accounts {share:g}, {lever}: explained when it stops", OF_VARIANCE, some["share_stop"])
            for (lever, share), some in part.groupby(["lever", "accounts"], sort=False)]  # fmt: skip


def _fame_rows(part: pd.DataFrame, levers: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for (lever, fame), _ in part.groupby(["lever", "fame"], sort=False):
        some, unseen = _some(part, lever, fame=fame), _some(levers, lever, budget=USUAL)
        rows.append(_row(f"fame {fame:g}, {lever}: explained when it stops", OF_VARIANCE, some["share_stop"]))
        rows.append(_row(f"fame {fame:g}, {lever}: left in the end", LEFT, left(some)))
        rows.append(_row(f"fame {fame:g}, {lever}: left in the end, more than with hidden counts", LEFT,
                         left(some) - left(unseen), True))  # fmt: skip
    return rows


def _churn_rows(part: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for lever, some in part.groupby("lever", sort=False):
        for mark, words in ((BUILDING, "when it stops"), (MARKS - 1, "in the end")):
            rows.append(_row(f"nothing but churn, {lever}: built, {words}, minus theory", "followers per account",
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
            for lever in ("any", *IN_REGION) for word, words in (("stop", "when it stops"), ("end", "in the end"))]
    for name in REGION:
        rows.append({"name": f"region: rank correlation of what any explains and {name}", "unit": "Spearman's rho",
                     "mean": float(points["any: stop"].corr(points[name], method="spearman")),
                     "replicates": len(points)})  # fmt: skip
    return rows
