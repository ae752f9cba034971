"""What does it change that everybody can see how many follow whom?

Four kinds of runs answer it. *people*: people who differ in what they give, follower counts hidden or seen
(`fame`), the same people in two histories. *eager*: counts hidden, everybody as much more eager to follow as makes as
many ties: what eagerness does without counts. *equals*: people who do not differ (the knock-out: there is no worth
to be seen). *region*: hidden, as eager and seen at points all over a plausible region of parameters.

Whether counts that are seen say less is judged against *eager*: more ties alone let a count say more, and counts that
are seen make more ties. The difference to hidden counts at the same parameters is reported beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simulation import Parameters, figures, replicate_seed
from simulation.measures import elite_turnover, gini, top_share
from simulation.run import Run
from simulation.sweep import latin_hypercube
from simulation.theory import no_preference_gini
from simulation.worlds import World

from .claims import Claim, Verdict
from .intervals import equivalence, holm, interval, intervals, share_that_holds
from .starts import starting_world
from .wording import level, percent, signed

CLAIM = Claim(
    words="the results are transparent and purely quantitative",
    reading="A follower count that everybody can see measures what a person gives (items found times generosity, as "
    "assigned) no worse than one that is hidden, where people make as many ties: the rank correlation of followers "
    "with what is given falls by less than 0.05.",
    prediction="Seen counts raise the Gini, beyond a population as eager to follow that sees none, make the elite more "
    "stable and less reproducible between two histories of the same people, and make the count say less of what "
    "people give; all of it the more, the stronger the pull of counts (as in the music market of Salganik, Dodds & "
    "Watts 2006, Science 311, 854-856). Among equals, seen counts make inequality from luck, and no two histories "
    "agree. One trial run per setting had been seen: the correlation fell from 0.7 to 0.6 at fame 0.25 and to 0.4 at "
    "fame 1; and a quick run, which showed that seen counts make more ties and so changed what they are compared with.",
    fails_where="fame: the claim fails from some strength of the pull on",
)

FAMES = (0.1, 0.25, 0.5, 1.0)
MARGIN = 0.05  # a smaller difference in any of the measures (all within [-1, 1]) is taken for none
BROAD, RARE = 0.8, 0.2  # shares of the region in which a claim that holds, or does not, is said to do so broadly
SPREAD = 1.0  # of find rates: log standard deviation; the busiest tenth find 39 % of all
REGION = {
    "fame": (0.05, 1.0), "churn": (0.001, 0.02), "encounters": (0.5, 4.0), "responsiveness": (0.02, 0.2),
    "cost": (0.0, 0.6), "follow_back": (0.0, 0.3), "bring": (0.0, 0.5), "spread": (0.0, 1.5),
}  # fmt: skip
MEASURES = {
    "gini": "Gini of followers", "top": "share of the top 1 %", "turnover": "turnover of the top tenth",
    "worth": "rank correlation, followers and giving", "worth_elite": "giving of the top tenth (rank, 0 to 1)",
    "worth_risers": "giving of those who rise (rank, 0 to 1)", "reproducible": "correlation of two histories",
}  # fmt: skip
UNITS = {
    "gini": "Gini", "top": "share of all followers", "turnover": "share of the top tenth", "worth": "rank correlation",
    "worth_elite": "rank, 0 to 1", "worth_risers": "rank, 0 to 1", "reproducible": "correlation",
}  # fmt: skip


def design(quick: bool = False, network: str | None = None, replicates: int | None = None) -> list[dict[str, Any]]:
    """Return one row per run: its part, its settings and its replicate. Replicate k has one seed in all parts."""
    agents, ticks = (200, 100) if quick else (500, 200)
    fames = FAMES[1::2] if quick else FAMES
    rows: list[dict[str, Any]] = []
    for k in range(replicates or (6 if quick else 20)):
        size = {"replicate": k, "agents": agents, "ticks": ticks}
        for fame in (0.0, *fames):
            rows += [{"part": part, "fame": fame, "spread": SPREAD, **size} for part in ("people", "equals")]
            rows += [{"part": "eager", "fame": fame, "spread": SPREAD, **size}] * (fame > 0)
    points = latin_hypercube(20 if quick else 200, REGION, seed=1).table.to_dict("records")
    rows += [{"part": "region", "replicate": k, "agents": agents, "ticks": ticks,
              **{name: point[name] for name in REGION}} for k, point in enumerate(points)]  # fmt: skip
    return [{**row, "network": network} for row in rows]


def measure(run: dict[str, Any], seed: int) -> dict[str, Any]:
    """Run one row of the design and return its numbers, by name."""
    seed = replicate_seed(seed, run["replicate"])
    if run["part"] == "region":
        return _pair(run, seed)
    fame = Parameters(fame=run["fame"])
    if run["part"] != "eager":
        return _histories(run, seed, fame)
    eagerness, ties = _as_many_ties(run, seed, fame, Parameters())
    return {"eagerness": eagerness, "ties_ratio": ties, **_histories(run, seed, Parameters(), eagerness)}


def _world(run: dict[str, Any], seed: int) -> World:
    """Return the world of these people, whatever the seed of their history."""
    if run["part"] == "equals":
        return starting_world(run["network"], run["agents"], start="empty", world_seed=seed, generosity=0.5,
                              find_rate=0.5)  # fmt: skip
    median = 0.5 / np.exp(run["spread"] ** 2 / 2)  # so that the mean is 0.5
    find_rate = ("lognormal", median, run["spread"]) if run["spread"] > 0 else 0.5
    return starting_world(run["network"], run["agents"], start="empty", world_seed=seed, generosity=("uniform", 0, 1),
                          find_rate=find_rate)  # fmt: skip


def _history(
    run: dict[str, Any], people: int, seed: int, parameters: Parameters, eagerness: float = 1.0
) -> tuple[Any, np.ndarray]:
    """Return everybody at the end of a history, and their followers half-way."""
    history = Run(_world(run, people), parameters, seed=seed)
    if eagerness != 1.0:  # the factor that counts would give, the same for all: blind to counts
        history.attraction = np.full(history.capacity + 1, eagerness)
    half = history.advance(run["ticks"] // 2).record().agents["followers"].to_numpy()
    return history.advance(run["ticks"] - run["ticks"] // 2).record().agents, half


def _histories(run: dict[str, Any], seed: int, parameters: Parameters, eagerness: float = 1.0) -> dict[str, float]:
    """Return the measures of one history, and how far another of the same people agrees with it."""
    agents, half = _history(run, seed, seed, parameters, eagerness)
    other = _history(run, seed, replicate_seed(seed, 1), parameters, eagerness)[0]["followers"]
    followers, given = agents["followers"].to_numpy(), _given(agents)
    return {
        "ties": float(followers.mean()), "gini": gini(followers), "top": top_share(followers),
        "given_gini": gini(given), "turnover": elite_turnover(half, followers), "worth": _agreement(followers, given),
        "reproducible": _correlation(followers, other), **_worth_on_top(half, followers, given),
    }  # fmt: skip


def _given(agents: pd.DataFrame) -> np.ndarray:
    """Return how many own items everybody gives per tick, as assigned."""
    return (agents["generosity"] * agents["find_rate"]).to_numpy(np.float64)


def _correlation(one: Any, other: Any) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def _agreement(one: Any, other: Any) -> float:
    """Return Spearman's rank correlation; NaN where all are equal in one of them."""
    return _correlation(pd.Series(one).rank(), pd.Series(other).rank())


def _worth_on_top(half: np.ndarray, followers: np.ndarray, given: np.ndarray) -> dict[str, float]:
    """Return the mean rank in giving, 0 to 1, of the top tenth and of those who were not in it half-way."""
    if np.ptp(given) == 0:
        return {"worth_elite": float("nan"), "worth_risers": float("nan")}
    rank = (pd.Series(given).rank().to_numpy() - 0.5) / given.size
    size = max(1, given.size // 10)
    top, before = (np.argsort(-counts, kind="stable")[:size] for counts in (followers, half))
    risers = np.setdiff1d(top, before)
    return {"worth_elite": float(rank[top].mean()),
            "worth_risers": float(rank[risers].mean()) if risers.size else float("nan")}  # fmt: skip


def _as_many_ties(run: dict[str, Any], seed: int, seen: Parameters, hidden: Parameters) -> tuple[float, float]:
    """Return the eagerness that makes as many ties where counts are hidden, and how many times as many it makes."""
    goal = _history(run, seed, seed, seen)[0]["followers"].sum()
    low, high, steps = -2.0, 6.0, 8  # log2
    for _ in range(steps):
        middle = (low + high) / 2
        ties = _history(run, seed, seed, hidden, 2.0**middle)[0]["followers"].sum()
        low, high = (middle, high) if ties < goal else (low, middle)
    return 2.0**middle, float(ties / max(1, goal))


def _pair(run: dict[str, Any], seed: int) -> dict[str, float]:
    """Return how far seen counts change inequality and worth at one point, over two seeds."""
    known = Parameters(**{name: run[name] for name in REGION if name not in ("fame", "spread")})
    numbers: list[dict[str, float]] = []
    for own in (replicate_seed(seed, 0), replicate_seed(seed, 1)):
        shown = known.replace(fame=run["fame"])
        eagerness, _ = _as_many_ties(run, own, shown, known)
        arms = {"seen": (shown, 1.0), "hidden": (known, 1.0), "eager": (known, eagerness)}
        ends = {arm: _history(run, own, own, *how)[0] for arm, how in arms.items()}
        worth = {arm: _agreement(end["followers"], _given(end)) for arm, end in ends.items()}
        unequal = {arm: gini(end["followers"]) for arm, end in ends.items()}
        numbers.append({f"{name}_from_{arm}": found["seen"] - found[arm] for arm in ("hidden", "eager")
                        for name, found in (("worth", worth), ("gini", unequal))})  # fmt: skip
    return dict(pd.DataFrame(numbers).mean())


def effects(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the effect sizes with intervals over replicates, and the share of the region.

    ``p`` is two-sided against no difference and ``p_none`` that of two one-sided tests of a difference below
    ``MARGIN``; each Holm-adjusted over all rows tested.
    """
    parts = dict(iter(runs.groupby("part")))
    rows: list[dict[str, Any]] = []
    for name, unit in UNITS.items():
        hidden = _by_replicate(parts["people"], 0.0, name)
        rows.append({"name": f"hidden: {name}", "unit": unit, **interval(hidden), "p": np.nan})
        for fame in _fames(runs):
            seen = _by_replicate(parts["people"], fame, name)
            eager = _by_replicate(parts["eager"], fame, name)
            rows.append(_tested(f"seen - hidden, fame {fame:g}: {name}", unit, seen - hidden))
            rows.append(_tested(f"seen - eager, fame {fame:g}: {name}", unit, seen - eager))
    for fame in _fames(runs):
        seen, hidden = (_by_replicate(parts["equals"], each, "gini") for each in (fame, 0.0))
        rows.append(_tested(f"equals, fame {fame:g}: gini, seen - hidden", UNITS["gini"], seen - hidden))
        agree = _by_replicate(parts["equals"], fame, "reproducible")
        rows.append(_tested(f"equals, fame {fame:g}: reproducible", UNITS["reproducible"], agree))
    for words, region in _halves(parts["region"]).items():
        for arm in ("eager", "hidden"):
            falls = region[f"worth_from_{arm}"].dropna()
            rows.append({"name": f"region, {words}: share that holds against {arm}", "unit": "share of points",
                         **share_that_holds(falls > -MARGIN)})  # fmt: skip
    table = pd.DataFrame(rows)
    for column in ("p", "p_none"):
        table[column] = holm(table[column])
    return table


def _halves(region: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the whole region and its halves along the axis on which the claim was expected to fail."""
    middle = sum(REGION["fame"]) / 2
    return {
        "all": region,
        "weaker fame": region[region["fame"] < middle],
        "stronger fame": region[region["fame"] >= middle],
    }


def _tested(name: str, unit: str, values: pd.Series) -> dict[str, Any]:
    return {"name": name, "unit": unit, **interval(values), "p_none": equivalence(values, MARGIN)}


def _fames(runs: pd.DataFrame) -> list[float]:
    return sorted(runs.loc[runs["part"] == "eager", "fame"].unique())


def _by_replicate(part: pd.DataFrame, fame: float, column: str) -> pd.Series:
    return part[part["fame"] == fame].set_index("replicate")[column]


@figures.styled
def figure(runs: pd.DataFrame) -> Any:
    """Return the figure: inequality and its nulls, the elite, what counts say of giving, and the region."""
    whole, axes = figures.panels(2, 3, width=4.3, height=3.4)
    people, eager, equals = (runs[runs["part"] == part] for part in ("people", "eager", "equals"))
    fames = [0.0, *_fames(runs)]
    for ax, column in zip(axes[:5], ("gini", "turnover", "worth", "worth_risers", "reproducible"), strict=True):
        for part, label in ((people, "counts seen"), (eager, "hidden, as eager"), (equals, "seen, people all equal")):
            table = intervals(part, "fame", column).dropna(subset=["mean"])
            if len(table):
                table["place"] = [fames.index(fame) for fame in table["fame"]]
                figures.curve(table, x="place", label=label, ax=ax)
        ax.set_xticks(range(len(fames)), ["hidden" if fame == 0 else f"{fame:g}" for fame in fames])
        ax.set(xlabel="pull of seen counts, fame (not to scale)", ylabel=MEASURES[column])
    titles = "How unequal?", "Does the elite change?", "Does the count say who gives?", "Who rises?", "Two histories"
    for ax, title in zip(axes[:5], titles, strict=True):
        ax.set_title(title)
    _draw_nulls(people, axes)
    _draw_region(runs[runs["part"] == "region"], axes[5])
    axes[0].legend(loc="upper left", ncols=2)
    return whole


def _draw_nulls(people: pd.DataFrame, axes: Any) -> None:
    """Draw what would be no evidence of anything."""
    hidden = people[people["fame"] == 0]
    grown = no_preference_gini(float(hidden["ties"].mean()))
    for at, words, style in ((hidden["given_gini"].mean(), "what is given", "--"),
                             (grown, "nobody preferred", ":")):  # fmt: skip
        axes[0].axhline(at, color="0.35", linewidth=1.1, linestyle=style, label=words)
    for ax, at, words in ((axes[1], 0.9, "ranks drawn anew"), (axes[3], 0.5, "anybody")):
        ax.axhline(at, color="0.35", linewidth=0.9, linestyle="--")
        ax.annotate(words, (0.99, at), xycoords=("axes fraction", "data"), xytext=(0, 2), textcoords="offset points",
                    fontsize=8, color="0.25", ha="right")  # fmt: skip
    for ax in (*axes[:3], axes[4]):
        ax.set_ylim(min(0.0, ax.get_ylim()[0]), 1.0)
    axes[3].set_ylim(0.4, 1.0)


def _draw_region(region: pd.DataFrame, ax: Any) -> None:
    ax.scatter(region["fame"], region["worth_from_eager"], s=14, color="C1", linewidths=0, label="hidden, as eager")
    ax.scatter(region["fame"], region["worth_from_hidden"], s=9, color="0.5", marker="^", linewidths=0, label="hidden")
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.axhline(-MARGIN, color="0.3", linewidth=1.0, linestyle="--", label=f"margin, {-MARGIN:g}")
    share = share_that_holds(region["worth_from_eager"].dropna() > -MARGIN)
    ax.set(title=f"{len(region)} points of the region: holds at {share['mean']:.0%}", xlabel="fame", xlim=(0, 1.05),
           ylabel="change of the rank correlation")  # fmt: skip
    ax.set_ylim(top=ax.get_ylim()[1] + 0.35 * np.ptp(ax.get_ylim()))
    ax.legend(title="counts seen, compared with", title_fontsize=8.5, loc="upper left", ncols=2)


def verdict(runs: pd.DataFrame, table: pd.DataFrame) -> Verdict:
    """Return the verdict: up to which pull of counts they still say what people give."""
    by_name = {row["name"]: row for row in table.to_dict("records")}
    fames = _fames(runs)
    worth = [by_name[f"seen - eager, fame {fame:g}: worth"] for fame in fames]
    region = {words: by_name[f"region, {words}: share that holds against eager"]
              for words in ("all", "weaker fame", "stronger fame")}  # fmt: skip
    share = region["all"]
    holds = [row["low"] > -MARGIN for row in worth]
    if all(holds) and share["low"] >= BROAD:
        kind = "holds broadly"
    elif not any(holds) and share["high"] <= RARE:
        kind = "not supported"
    else:
        kind = "holds under a condition"
    last = fames[-1]
    at = {each: by_name[f"{each}, fame {last:g}: {name}"] for each, name in (
        ("equals", "gini, seen - hidden"), ("seen - hidden", "gini"), ("seen - eager", "gini"))}  # fmt: skip
    elite, risers = (by_name[f"seen - hidden, fame {last:g}: {name}"] for name in ("turnover", "worth_risers"))
    sentences = [
        f"Where counts are hidden the rank correlation of followers with what people give is "
        f"{level(by_name['hidden: worth'])}. Where they are seen it differs from that with counts hidden and as many "
        "ties by " + "; ".join(f"{signed(row)} at fame {fame:g}" for fame, row in zip(fames, worth, strict=True)) + ".",
        f"The line, by interpolation: the fall reaches the margin of {MARGIN:g} at {_line(fames, worth)}. In the "
        f"region the claim holds at {percent(share)} of {share['replicates']:.0f} points "
        f"({region['weaker fame']['mean']:.0%} in the half of weaker fame, {region['stronger fame']['mean']:.0%} in "
        "that of stronger fame).",
        f"At fame {last:g} the Gini of followers differs by {signed(at['seen - hidden'])} from that with hidden counts "
        f"({level(by_name['hidden: gini'])}), and by {signed(at['seen - eager'])} where these make as many ties. "
        f"Against hidden counts, the turnover of the top tenth differs by {signed(elite)}, and the rank in giving (0 "
        f"to 1) of those who rise by {signed(risers)}.",
        f"Among equals seen counts change the Gini by {signed(at['equals'])}, and two histories of the same people "
        f"correlate at {signed(by_name[f'equals, fame {last:g}: reproducible'])}.",
        "Predictions not borne out at the strongest pull: " + ("; ".join(_failed(by_name, last)) or "none") + ".",
    ]  # fmt: skip
    fails = f"{_line(fames, worth)} and above; at {1 - share['mean']:.0%} of the region"
    return Verdict(kind, sentences, f"seen - eager, fame {last:g}: worth", fails)


def _line(fames: list[float], worth: list[dict[Any, Any]]) -> str:
    """Return the fame at which worth has fallen by the margin."""
    falls = np.maximum.accumulate([0.0, *(-row["mean"] for row in worth)])
    if falls[-1] < MARGIN:
        return f"no fame up to {fames[-1]:g}"
    after = int(np.argmax(falls >= MARGIN))
    known = [0.0, *fames]
    part = (MARGIN - falls[after - 1]) / (falls[after] - falls[after - 1])
    return f"fame {known[after - 1] + part * (known[after] - known[after - 1]):.2f}"


def _failed(by_name: dict[str, Any], last: float) -> list[str]:
    """Return the predictions, in the words of `CLAIM`, that the effects do not bear out at the strongest pull."""
    expected = {
        f"seen - hidden, fame {last:g}: gini": (1, "seen counts raise the Gini"),
        f"seen - eager, fame {last:g}: gini": (1, "seen counts raise the Gini beyond eagerness"),
        f"seen - hidden, fame {last:g}: turnover": (-1, "seen counts make the elite more stable"),
        f"seen - hidden, fame {last:g}: reproducible": (-1, "seen counts make success less reproducible"),
        f"seen - eager, fame {last:g}: worth": (-1, "seen counts say less of what people give"),
        f"equals, fame {last:g}: gini, seen - hidden": (1, "among equals seen counts make inequality"),
    }
    failed = [words for name, (sign, words) in expected.items()
              if not (sign * by_name[name]["mean"] > 0 and by_name[name]["p"] < 0.05)]  # fmt: skip
    if not by_name[f"equals, fame {last:g}: reproducible"]["p_none"] < 0.05:
        failed.append(f"no two histories of equals agree (not shown within {MARGIN:g}, corrected for all tests)")
    return failed
