"""How much of an agent's influence is its number of followers?

Influence is the value that all others no longer receive when the agent is silenced and all else is equal, less what
they gain by reading others instead. Three kinds of runs silence everybody in turn after a common past. *came*: people
and ties as they came. *shuffled*: what people find and give is dealt out anew at random, so that size and giving are
unrelated. *equals*: everybody is made to find and give the same (the knock-out: size is all that can matter but for
position and luck). *doubled*: followers doubled by a random gift, or finds doubled, of a few. *region*: as *came*, at
points all over a plausible region of parameters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simulation import Parameters, figures, replicate_seed, simulate
from simulation.interventions import Intervention, add_ties, set_attribute
from simulation.measures import influence, reach
from simulation.record import Record
from simulation.sweep import latin_hypercube
from simulation.worlds import World

from .claims import Claim, Verdict
from .intervals import equivalence, holm, interval, share_that_holds
from .starts import starting_world
from .wording import level, percent, signed

CLAIM = Claim(
    words="network size is all that matters",
    reading="The number of followers explains the ranks of influence as well as followers, giving (items found times "
    "generosity), followers of followers and the audience's attention together: all else adds less than 0.05 to the "
    "adjusted R2 of ranks, among all people and within the top tenth and hundredth by followers.",
    prediction="Among all people followers alone explain most of influence, because who gives much gets followers; "
    "within the top tenth and hundredth they explain little, and giving much more. Dealing giving out anew makes "
    "followers explain less; among equals they explain nearly all that can be explained. Doubling somebody's finds "
    "adds as much influence as doubling its followers.",
    fails_where="spread: the more unequally people find, the more their giving adds to their followers; and in the "
    "top bands, where sizes are alike",
)

BANDS = {"all": 1.0, "top tenth": 0.1, "top hundredth": 0.01}
AMONG = {"all": "among all people", "top tenth": "in the top tenth", "top hundredth": "in the top hundredth"}
ARMS = ("came", "shuffled", "equals")
LABELS = {"came": "as they came", "shuffled": "giving dealt out anew", "equals": "giving made equal"}
MARGIN = 0.05  # of R2: less is nothing
BROAD, RARE = 0.8, 0.2  # shares of the region in which a claim that holds, or does not, is said to do so broadly
FEWEST = 8  # people in a band: with fewer, four predictors fit anything
SPREAD = 1.0  # of find rates: log standard deviation
WINDOWS = 4  # one after the other, in each of which everybody is silenced in turn
TREATED = 20  # people whose followers or finds are doubled, in each replicate
REGION = {
    "spread": (0.0, 1.5), "attention": (3.0, 30.0), "find_rate": (0.2, 2.0), "churn": (0.001, 0.02),
    "encounters": (0.5, 4.0), "cost": (0.0, 0.6), "relay": (0.0, 0.2), "bring": (0.0, 0.5),
}  # fmt: skip
OF_AGENTS = ("spread", "attention", "find_rate")
R2 = "adjusted R2 of the ranks of influence"


def design(quick: bool = False, network: str | None = None, replicates: int | None = None) -> list[dict[str, Any]]:
    """Return one row per run: its part, its settings and its replicate. Replicate k has one seed in all parts."""
    agents, since, window = (150, 60, 6) if quick else (800, 150, 10)
    base = {"spread": SPREAD, "attention": 10.0, "find_rate": 0.5, "since": since, "window": window}
    number = replicates or (5 if quick else 12)
    rows = [{"part": part, "replicate": k, "agents": agents, **base}
            for k in range(number) for part in (*ARMS, "doubled")]  # fmt: skip
    points = latin_hypercube(20 if quick else 200, REGION, seed=2).table.to_dict("records")
    rows += [{"part": "region", "replicate": k, "agents": 60 if quick else 200, **base,
              **{name: point[name] for name in REGION}} for k, point in enumerate(points)]  # fmt: skip
    return [{**row, "network": network} for row in rows]


def measure(run: dict[str, Any], seed: int) -> dict[str, Any]:
    """Run one row of the design and return its numbers, by name."""
    seed = replicate_seed(seed, run["replicate"])
    world, parameters = _world(run, seed), Parameters()
    if run["part"] == "region":
        parameters = Parameters(**{name: run[name] for name in REGION if name not in OF_AGENTS})
    past = simulate(world, parameters, ticks=run["since"], seed=seed)
    if run["part"] == "doubled":
        return _doubled(run, world, past)
    made = _dealt(run, past)
    people = _people(past, made)
    people["influence"] = _influence(run, past, range(world.agents), made)
    numbers: dict[str, float] = {}
    for band, share in BANDS.items() if run["part"] != "region" else [("all", 1.0)]:
        numbers |= {f"{name}, {band}": value for name, value in _explained(_top(people, share)).items()}
    return numbers


def _world(run: dict[str, Any], seed: int) -> World:
    spread, mean = run["spread"], run["find_rate"]
    find_rate = ("lognormal", mean / np.exp(spread**2 / 2), spread) if spread > 0 else mean
    return starting_world(run["network"], run["agents"], world_seed=seed, attention=run["attention"],
                          generosity=("uniform", 0, 1), find_rate=find_rate)  # fmt: skip


def _dealt(run: dict[str, Any], past: Record) -> tuple[Intervention, ...]:
    """Return what deals giving out anew, or makes it equal, from the tick on from which agents are silenced."""
    traits = past.agents[["generosity", "find_rate"]].to_numpy(np.float64)
    if run["part"] == "shuffled":
        traits = np.random.default_rng([past.seed, 1]).permutation(traits)
    elif run["part"] == "equals":
        traits = np.tile([traits[:, 0].mean(), traits[:, 1].mean()], (len(traits), 1))
    else:
        return ()
    everybody = range(len(traits))
    return (set_attribute(run["since"], everybody, "generosity", traits[:, 0]),
            set_attribute(run["since"], everybody, "find_rate", traits[:, 1]))  # fmt: skip


def _influence(run: dict[str, Any], past: Record, agents: Any, more: tuple[Intervention, ...]) -> np.ndarray:
    """Return the value per tick that others no longer receive where each of these agents is silent.

    Mean over ``WINDOWS`` windows, each silencing anew: in a long one the two histories part for good, and what they
    then differ by is chance. What is passed on after a window's end is left out.
    """
    starts = range(run["since"], run["since"] + WINDOWS * run["window"], run["window"])
    missed = [
        influence(past.world, agents, ticks=start + run["window"], since=start, seed=past.seed,
                  parameters=past.parameters, interventions=more)["value"].to_numpy() for start in starts
    ]  # fmt: skip
    return np.sum(missed, axis=0) / (WINDOWS * run["window"])


def _people(past: Record, made: tuple[Intervention, ...]) -> pd.DataFrame:
    """Return what may explain influence, before anybody is silenced: size, giving, position, audience."""
    given = past.agents[["generosity", "find_rate"]].astype(np.float64)
    for each in made:
        given[each.name] = np.asarray(each.value)
    ties, followers = past.ties, past.agents["followers"].to_numpy(np.float64)
    crowding = ties["follower"].map(past.agents["followees"]).groupby(ties["followee"]).mean()
    return pd.DataFrame({
        "followers": followers, "giving": given["generosity"] * given["find_rate"], "two_steps": reach(past, 2),
        "crowding": crowding.reindex(range(len(followers)), fill_value=0.0),
    })  # fmt: skip


def _top(people: pd.DataFrame, share: float) -> pd.DataFrame:
    """Return the top by followers, equals in the order of nothing that matters."""
    size = int(np.ceil(share * len(people) - 1e-9))
    return people.sort_values("followers", ascending=False, kind="stable").iloc[:size]


def _explained(people: pd.DataFrame) -> dict[str, float]:
    """Return the adjusted R2 of the ranks of influence on those of followers, of giving, and of all four together."""
    ranks = people.rank()
    sets = {"followers": ["followers"], "giving": ["giving"],
            "everything": ["followers", "giving", "two_steps", "crowding"]}  # fmt: skip
    found = {name: adjusted_r2(ranks["influence"], ranks[columns]) for name, columns in sets.items()}
    return {**found, "rest": found["everything"] - found["followers"]}


def adjusted_r2(outcome: Any, predictors: pd.DataFrame) -> float:
    """Return R2 of least squares, adjusted for the number of predictors that vary (Theil 1961): 0 on average by luck.

    NaN for fewer than ``FEWEST`` people or where all have the same outcome.

    Examples
    --------
    >>> x = pd.DataFrame({"x": np.arange(10.0)})
    >>> round(adjusted_r2(2 * x["x"], x), 6)
    1.0
    """
    y = np.asarray(outcome, np.float64)
    if y.size < FEWEST or np.ptp(y) == 0:
        return float("nan")
    x = np.column_stack([np.ones(y.size), predictors.loc[:, predictors.nunique() > 1].to_numpy(np.float64)])
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    rank = int(np.linalg.matrix_rank(x))
    return float(1 - (left @ left) / (y.size - rank) / (np.var(y, ddof=1)))


def _doubled(run: dict[str, Any], world: World, past: Record) -> dict[str, float]:
    """Return the influence of a few, with as many followers again (drawn at random), and with twice the finds."""
    random = np.random.default_rng([past.seed, 2])
    chosen = random.choice(world.agents, min(TREATED, world.agents), replace=False)
    sums = dict.fromkeys(("plain", "followers", "finds"), 0.0)
    by_followee = past.ties.groupby("followee")["follower"].apply(set)
    for agent in map(int, chosen):
        before = by_followee.get(agent, set())
        others = np.setdiff1d(np.arange(world.agents), [*before, agent])
        gift = random.permutation(others)[: len(before)]
        rate = 2 * float(past.agents["find_rate"].iloc[agent])
        more = {
            "plain": (), "followers": (add_ties(run["since"], [(int(one), agent) for one in gift]),),
            "finds": (set_attribute(run["since"], agent, "find_rate", rate),),
        }  # fmt: skip
        for name, made in more.items():
            sums[name] += float(_influence(run, past, agent, made)[0])
    plain = sums["plain"] if sums["plain"] > 0 else float("nan")
    return {"plain": plain / len(chosen), "times_followers": sums["followers"] / plain,
            "times_finds": sums["finds"] / plain}  # fmt: skip


def effects(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the effect sizes with intervals over replicates, and the share of the region.

    ``p`` is two-sided against nothing and ``p_none`` that of two one-sided tests of less than ``MARGIN``; each
    Holm-adjusted over all rows tested.
    """
    parts = dict(iter(runs.groupby("part")))
    rows: list[dict[str, Any]] = []
    for arm in ARMS:
        for band in BANDS:
            for name in ("followers", "giving", "everything"):
                level = interval(parts[arm][f"{name}, {band}"]) | {"p": np.nan}
                rows.append({"name": f"{arm}, {band}: {name}", "unit": R2, **level})
            rest = parts[arm][f"rest, {band}"]
            rows.append({"name": f"{arm}, {band}: rest", "unit": R2, **interval(rest),
                         "p_none": equivalence(rest, MARGIN)})  # fmt: skip
    for band in BANDS:
        for arm in ARMS[1:]:
            paired = [parts[each].set_index("replicate")[f"followers, {band}"] for each in (arm, "came")]
            rows.append({"name": f"{arm} - came, {band}: followers", "unit": R2, **interval(paired[0] - paired[1])})
    doubled = parts["doubled"]
    added = {f"doubled {name}: influence added": doubled[f"times_{name}"] - 1 for name in ("followers", "finds")}
    added["doubled: finds - followers"] = doubled["times_finds"] - doubled["times_followers"]
    rows += [{"name": name, "unit": "share of what there was", **interval(values)} for name, values in added.items()]
    for words, region in _halves(parts["region"]).items():
        rest = region["rest, all"].dropna()
        rows.append({"name": f"region, {words}: share that holds", "unit": "share of points",
                     **share_that_holds(rest < MARGIN)})  # fmt: skip
    table = pd.DataFrame(rows)
    for column in ("p", "p_none"):
        table[column] = holm(table[column])
    return table


def _halves(region: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the whole region and its halves along the axis on which the claim was expected to fail."""
    high = region["spread"] >= sum(REGION["spread"]) / 2
    return {"all": region, "smaller spread": region[~high], "larger spread": region[high]}


@figures.styled
def figure(runs: pd.DataFrame) -> Any:
    """Return the figure: what followers explain, alone and with the rest, in each band; doublings; the region."""
    whole, axes = figures.panels(2, 3, width=4.3, height=3.4)
    for ax, arm in zip(axes[:3], ARMS, strict=True):
        _draw_bands(runs[runs["part"] == arm], ax)
        ax.set_title(LABELS[arm].capitalize())
    lowest = min(ax.get_ylim()[0] for ax in axes[:3])
    for ax in axes[:3]:
        ax.set_ylim(lowest, 1.55)  # the same for all, with room for the legend
    axes[0].legend(loc="upper right", title="explained by", title_fontsize=8.5)
    _draw_doubled(runs[runs["part"] == "doubled"], axes[3])
    region = runs[runs["part"] == "region"]
    for ax, name in ((axes[4], "spread"), (axes[5], "attention")):
        ax.scatter(region[name], region["rest, all"], s=14, color="C0", linewidths=0)
        ax.axhline(MARGIN, color="0.3", linewidth=1.0, linestyle="--", label=f"margin, {MARGIN:g}")
        ax.axhline(0, color="0.3", linewidth=0.8)
        low, high = ax.get_ylim()
        ax.set_ylim(top=high + 0.15 * (high - low))
        ax.legend(loc="upper right")
    share = share_that_holds(region["rest, all"].dropna() < MARGIN)["mean"]
    axes[4].set(title=f"Region: holds at {share:.0%} of {len(region)} points", ylabel="R2 that the rest adds",
                xlabel="spread of find rates (log standard deviation)")  # fmt: skip
    axes[5].set(title="The same points by attention", ylabel="R2 that the rest adds",
                xlabel="attention (item-readings per tick)")  # fmt: skip
    return whole


def _draw_bands(part: pd.DataFrame, ax: Any) -> None:
    known = [band for band in BANDS if part[f"followers, {band}"].notna().any()]
    for name, label in (("everything", "all four"), ("followers", "followers alone"), ("giving", "giving alone")):
        rows = [{"place": place, **interval(part[f"{name}, {band}"])} for place, band in enumerate(known)]
        figures.curve(pd.DataFrame(rows), x="place", label=label, ax=ax)
    ax.axhline(0, color="0.3", linewidth=0.8)
    ax.set_xticks(range(len(known)), known)
    ax.set(xlabel="people, by their followers", ylabel="R2 of influence (adjusted)", xlim=(-0.2, len(known) - 0.8))
    ax.set_ylim(bottom=min(-0.1, ax.get_ylim()[0]))
    ax.set_yticks(np.linspace(0, 1, 6))


def _draw_doubled(doubled: pd.DataFrame, ax: Any) -> None:
    rows = [{"name": words, **interval(doubled[f"times_{name}"] - 1)}
            for name, words in (("followers", "followers\ndoubled"), ("finds", "finds\ndoubled"))]  # fmt: skip
    figures.effects(pd.DataFrame(rows), ax=ax, unit="influence added, as a share of what there was")
    ax.axvline(1, color="0.3", linewidth=0.9, linestyle="--")
    ax.annotate("in proportion", (1, 1.45), fontsize=8, ha="center", color="0.25", backgroundcolor="white")
    ax.set(title="Doubled for a few", ylim=(-0.6, 1.7), xlim=(min(-0.1, ax.get_xlim()[0]), max(1.2, ax.get_xlim()[1])))


def verdict(runs: pd.DataFrame, table: pd.DataFrame) -> Verdict:
    """Return the verdict: in which bands, and where in the region, the rest adds nothing to followers."""
    by_name = {row["name"]: row for row in table.to_dict("records")}
    known = {band: by_name[f"came, {band}: rest"] for band in BANDS}
    known = {band: row for band, row in known.items() if row["replicates"] > 1}
    share = {
        words: by_name[f"region, {words}: share that holds"] for words in ("all", "smaller spread", "larger spread")
    }
    holds = [row["high"] < MARGIN for row in known.values()]
    fails = [row["low"] > MARGIN for row in known.values()]
    if known and all(holds) and share["all"]["low"] >= BROAD:
        kind = "holds broadly"
    elif known and all(fails) and share["all"]["high"] <= RARE:
        kind = "not supported"
    elif known:
        kind = "holds under a condition"
    else:
        kind = "not testable as stated"
    explained = {band: {name: level(by_name[f"came, {band}: {name}"]) for name in ("followers", "everything", "giving")}
                 for band in known}  # fmt: skip
    half = {words: f"{share[words]['mean']:.0%}" for words in share}
    sentences = [
        "Of the ranks of influence followers alone explain, and all four predictors together (adjusted R2): "
        + "; ".join(f"{each['followers']} and {each['everything']} {AMONG[band]}" for band, each in explained.items())
        + ".",
        "So the rest adds " + "; ".join(f"{signed(row)} {AMONG[band]}" for band, row in known.items())
        + f" (less than {MARGIN:g} would be nothing). Giving alone explains "
        + "; ".join(f"{each['giving']} {AMONG[band]}" for band, each in explained.items()) + ".",
        f"Where giving is dealt out anew, followers explain {level(by_name['shuffled, all: followers'])} among all "
        f"people; where it is made equal, {level(by_name['equals, all: followers'])}.",
        f"Doubling somebody's followers adds {signed(by_name['doubled followers: influence added'])} of the influence "
        f"that there was, doubling finds {signed(by_name['doubled finds: influence added'])}.",
        f"In the region the rest adds less than {MARGIN:g} at {percent(share['all'])} of "
        f"{share['all']['replicates']:.0f} points: at {half['smaller spread']} in the half of smaller spread of finds, "
        f"at {half['larger spread']} in that of larger spread.",
        "Predictions not borne out: " + ("; ".join(_failed(by_name, known, share)) or "none") + ".",
    ]  # fmt: skip
    fails = [AMONG[band] for band, row in known.items() if row["low"] > MARGIN]
    return Verdict(kind, sentences, fails="; ".join([*fails, f"at {1 - share['all']['mean']:.0%} of the region"]))


def _failed(by_name: dict[str, Any], known: dict[str, Any], share: dict[str, Any]) -> list[str]:
    """Return the predictions, in the words of `CLAIM`, that the effects do not bear out."""
    failed = []
    if not by_name["came, all: followers"]["low"] > 0.5:
        failed.append("among all people followers alone explain most of influence")
    for band in [band for band in known if band != "all"]:
        giving, followers = (by_name[f"came, {band}: {name}"] for name in ("giving", "followers"))
        if not giving["low"] > followers["high"]:
            failed.append(f"within the {band} giving explains more than followers")
    fewer = by_name["shuffled - came, all: followers"]
    if not (fewer["mean"] < 0 and fewer["p"] < 0.05):
        failed.append("dealing giving out anew makes followers explain less")
    if not by_name["equals, all: rest"]["high"] < MARGIN:
        failed.append("among equals followers explain nearly all that can be explained")
    if by_name["doubled: finds - followers"]["p"] < 0.05:
        failed.append("doubling finds adds as much as doubling followers")
    if not share["larger spread"]["mean"] < share["smaller spread"]["mean"]:
        failed.append("the claim holds less often where people find more unequally")
    return failed
