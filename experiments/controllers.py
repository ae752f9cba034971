"""What does a controller change that decides who is to be followed? A world with it, its twin without, and what stays.

The controller works for some ticks on accounts drawn at random, and stops: ties that it locked are unlocked, and its
accounts go back to their own ways. Its budget is counted in follows per tick, as a multiple of the ties that churn
takes per tick when it begins. A promoted impression costs ``responsiveness`` of a follow, so that the same budget would
win as many followers if everybody who comes across something were to read it and found it worth the most it can be.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from simulation import Parameters
from simulation.interventions import Intervention, add_ties, set_attribute, unlock_ties
from simulation.run import Run
from simulation.worlds import World

from .intervals import interval

BUILDING, LEAVING = 4, 8  # how often the excess is kept while the controller works, and after
MARKS = BUILDING + LEAVING + 1
AFTER = LEAVING // BUILDING  # what is built is watched for so many times as long as it was built
CROWDED = 5.0  # impressions of one share per person at most: 99 % would have come across it


class Lever(NamedTuple):
    """What a controller can do.

    Attributes
    ----------
    orders : bool
        It spends its budget on follows of its accounts, by others drawn at random among those who do not follow them.
    locked : bool
        Nobody can opt out of the follows while it works.
    promotes : bool
        It spends its budget on impressions of what its accounts share.
    generosity : float or None
        What its accounts must give away while it works; None for their own.
    """

    orders: bool = False
    locked: bool = False
    promotes: bool = False
    generosity: float | None = None


LEVERS = {
    "none": Lever(),
    "mandated": Lever(orders=True, locked=True),
    "default follows": Lever(orders=True),
    "promoted": Lever(promotes=True),
    "quota": Lever(generosity=1.0),
    "mandated, gives all": Lever(orders=True, locked=True, generosity=1.0),
    "mandated, gives nothing": Lever(orders=True, locked=True, generosity=0.0),
}
SPENDING = ("mandated", "default follows", "promoted")
FORMS = ("mandated", "mandated, gives all", "mandated, gives nothing")
IN_REGION = (*SPENDING, "quota")
USUAL = 0.3  # the budget at which other things vary
TENTH, HALF = 0.1, 0.5  # of the variance: less is no control, more is control
MARGIN = 0.05  # of what was built: a smaller difference in what is left is none
OF_TIES, OF_VARIANCE = "share of what there is without", "share of the variance of followers"


class Orders(NamedTuple):
    """What a controller does in one world.

    Attributes
    ----------
    agents : array of int
        Its accounts.
    follows : list of list of (int, int)
        Follows ordered before each tick of its work, (follower, followee).
    interventions : tuple of Intervention
        All that it does, its end included.
    """

    agents: np.ndarray
    follows: list[list[tuple[int, int]]]
    interventions: tuple[Intervention, ...]


def marks(work: int) -> np.ndarray:
    """Return at which ticks since the controller stopped the excess is kept: 0 when it stops, negative before."""
    return np.linspace(-work, AFTER * work, MARKS).round().astype(int)


def give_orders(lever: Lever, run: Run, seed: int, *, work: int, budget: float, share: float) -> Orders:
    """Return what a controller does in a run from now on.

    Parameters
    ----------
    lever : Lever
    run : Run
        Where it begins.
    seed : int
    work : int
        Ticks for which it works.
    budget : float
        Follows per tick, as a multiple of the ties that churn takes per tick now; what cannot be spent, because
        everybody follows its accounts, is not.
    share : float
        Of all agents that are its accounts, in (0, 1); one at least.
    """
    random = np.random.default_rng([seed, 3])
    n, agents = run.world.agents, run.state.agents
    chosen = random.choice(n, max(1, round(share * n)), replace=False)
    begin, stop = run.tick, run.tick + work
    per_tick = budget * run.in_force.churn * int(run.state.network.followees.where["count"].sum(dtype=np.int64))
    follows: list[list[tuple[int, int]]] = [[] for _ in range(work)]
    made: list[Intervention] = []
    if lever.orders:
        follows = _drawn(run, chosen, round(per_tick * work), work, random)
        made += [add_ties(begin + tick, ties, lever.locked) for tick, ties in enumerate(follows) if ties]
    if lever.locked:
        made.append(unlock_ties(stop, [tie for ties in follows for tie in ties]))
    if lever.promotes:
        own = agents.visibility[chosen].astype(np.float64)
        made += [set_attribute(begin, chosen, "visibility", own * _promotion(run, chosen, per_tick)),
                 set_attribute(stop, chosen, "visibility", own)]  # fmt: skip
    if lever.generosity is not None:
        own = agents.generosity[chosen].astype(np.float64)
        made += [set_attribute(begin, chosen, "generosity", lever.generosity),
                 set_attribute(stop, chosen, "generosity", own)]  # fmt: skip
    return Orders(chosen, follows, tuple(made))


def _drawn(run: Run, chosen: np.ndarray, number: int, work: int, random: Any) -> list[list[tuple[int, int]]]:
    """Return so many follows, as even as can be over accounts and ticks, of people who do not follow them yet."""
    lists, n = run.state.network.followers, run.world.agents
    drawn: list[tuple[int, int]] = []
    for place, account in enumerate(chosen.tolist()):
        start, count = int(lists.where["start"][account]), int(lists.where["count"][account])
        others = np.setdiff1d(np.arange(n), [*lists.items[start : start + count], account])
        mine = number * (place + 1) // chosen.size - number * place // chosen.size
        drawn += [(int(one), account) for one in random.permutation(others)[:mine]]
    shuffled = [drawn[place] for place in random.permutation(len(drawn))]
    cuts = [len(shuffled) * tick // work for tick in range(work + 1)]
    return [shuffled[first:last] for first, last in pairwise(cuts)]


def _promotion(run: Run, chosen: np.ndarray, per_tick: float) -> float:
    """Return by how much the accounts are to be more visible, so that what they find and share takes the budget."""
    agents, rules = run.state.agents, run.in_force
    shares = agents.generosity[chosen].astype(np.float64) * agents.find_rate[chosen]
    usual = rules.encounters * float(shares @ agents.visibility[chosen].astype(np.float64))  # impressions per tick
    if usual == 0 or rules.responsiveness == 0:
        return 1.0
    most = CROWDED * run.world.agents / (rules.encounters * float(agents.visibility[chosen].max()))
    return float(max(1.0, min(1.0 + per_tick / rules.responsiveness / usual, most)))


def churn_alone(lever: Lever, ordered: list[int], churn: float, times: np.ndarray) -> np.ndarray:
    """Return the excess of followers if ties ended by churn and nothing else happened, exact in expectation.

    Follows that may be dropped are churned from the tick on before which they are made; locked ones when they are free:
    sum of B(j) (1 - m)^(t - j) over the ticks j of the work, and (1 - m)^t after it.

    Parameters
    ----------
    lever : Lever
    ordered : list of int
        Follows ordered before each tick of the work.
    churn : float
        m, per tick.
    times : array of int
        Ticks since the controller stopped.
    """
    begun = np.arange(len(ordered)) - len(ordered)  # ticks since it stopped, before which they are made
    age = np.subtract.outer(np.asarray(times), begun if not lever.locked else np.zeros(len(ordered), int))
    made = np.greater.outer(np.asarray(times), begun)
    return np.where(made, (1.0 - churn) ** np.maximum(age, 0), 0.0) @ np.asarray(ordered, np.float64)


def explained(followers: np.ndarray, chosen: np.ndarray) -> float:
    """Return the share of the variance of followers that goes with being a controller's account.

    Adjusted R2 (Theil 1961): 0 on average where the accounts, drawn at random, are like all others. NaN where everybody
    has as many followers.

    Examples
    --------
    >>> explained(np.array([1, 2, 1, 2, 9, 9]), np.array([4, 5])) > 0.9
    True
    """
    of = np.zeros(followers.size)
    of[chosen] = 1.0
    if np.ptp(followers) == 0 or np.ptp(of) == 0 or followers.size < 3:
        return float("nan")
    r2 = float(np.corrcoef(of, followers)[0, 1]) ** 2
    return 1.0 - (1.0 - r2) * (followers.size - 1) / (followers.size - 2)


def on_top(followers: np.ndarray, chosen: np.ndarray) -> float:
    """Return which share of the places at the top, as many as it has accounts, are taken by them."""
    top = np.argsort(-followers, kind="stable")[: chosen.size]
    return float(np.isin(top, chosen).mean())


class Course(NamedTuple):
    """What a run went through: everybody's followers at `marks`, and totals when control begins, stops, and at the end.

    Attributes
    ----------
    followers : int array of shape (MARKS, agents)
    received, read : arrays of shape (3, agents)
        Value received and items read until then.
    """

    followers: np.ndarray
    received: np.ndarray
    read: np.ndarray


class Uncontrolled(NamedTuple):
    """A world without a controller, to which all controllers of the same world are held.

    Attributes
    ----------
    past : Run
        Where a controller would begin; nobody advances it.
    course : Course
        What it goes through without one.
    """

    past: Run
    course: Course


def leave_alone(world: World, parameters: Parameters, seed: int, *, warm: int, work: int) -> Uncontrolled:
    """Run a world without a controller.

    Parameters
    ----------
    world : World
    parameters : Parameters
    seed : int
    warm, work : int
        Ticks before a controller would begin, and for which it would work; the run ends ``AFTER`` times ``work`` ticks
        after that.
    """
    past = Run(world, parameters, seed=seed).advance(warm)
    return Uncontrolled(past, _course(past, (), work))


def effect_of(lever: Lever, alone: Uncontrolled, *, work: int, budget: float, share: float) -> dict[str, Any]:
    """Run a world with a controller; return what the controller has changed.

    Parameters
    ----------
    lever : Lever
    alone : Uncontrolled
        The same world without it: all draws are shared.
    work, budget, share
        As in `give_orders`.

    Returns
    -------
    dict
        ``share_stop``, ``share_end``: of the variance of followers `explained`, when it stops and at the end, and
        ``top_stop``, ``top_end``: `on_top`. ``excess_0`` ...: followers more than without, per account, at `marks`, and
        ``null_0`` ...: the same by `churn_alone`. ``others_stop``, ``others_end``: followers of all others, more than
        without, as a share; ``value_work``, ``value_after``, ``read_work``, ``read_after``: what they received and how
        many items they read meanwhile, likewise; ``ties_stop``, ``ties_end``: all ties, likewise. ``ordered``: follows,
        and ``spent``, the share of the budget of follows that could be spent.
    """
    past, without = alone
    orders = give_orders(lever, past, past.seed, work=work, budget=budget, share=share)
    with_it, churn = _course(past, orders.interventions, work), past.parameters.churn
    chosen = orders.agents
    excess = (with_it.followers - without.followers)[:, chosen].mean(axis=1)
    ordered = [len(ties) for ties in orders.follows]
    null = churn_alone(lever, ordered, churn, marks(work)) / chosen.size
    wanted = budget * churn * work * int(without.followers[0].sum())
    numbers: dict[str, Any] = {"ordered": sum(ordered), "spent": sum(ordered) / max(1.0, round(wanted))}
    for word, at in (("stop", BUILDING), ("end", MARKS - 1)):
        numbers[f"share_{word}"] = explained(with_it.followers[at], chosen)
        numbers[f"top_{word}"] = on_top(with_it.followers[at], chosen)
        numbers[f"others_{word}"] = _more(*(_others(run.followers[at], chosen) for run in (with_it, without)))
        numbers[f"ties_{word}"] = _more(*(float(run.followers[at].sum()) for run in (with_it, without)))
    for column, name in (("received", "value"), ("read", "read")):
        for place, word in enumerate(("work", "after")):
            totals = [_others(np.diff(getattr(run, column), axis=0)[place], chosen) for run in (with_it, without)]
            numbers[f"{name}_{word}"] = _more(*totals)
    numbers |= {f"excess_{place}": float(value) for place, value in enumerate(excess)}
    return numbers | {f"null_{place}": float(value) for place, value in enumerate(null)}


def _course(past: Run, more: Iterable[Intervention], work: int) -> Course:
    """Return the course of a run that goes on with these interventions; what came before is run once."""
    run = copy.deepcopy(past, {id(past.world): past.world})
    run.interventions += tuple(more)
    followers, received, read = [], [], []
    for place, step in enumerate(np.diff(marks(work), prepend=-work)):
        run.advance(int(step))
        followers.append(run.state.network.followers.where["count"].astype(np.int64))
        if place in (0, BUILDING, MARKS - 1):
            received.append(run.state.agents.received.copy())
            read.append(run.state.agents.read.astype(np.float64))
    return Course(np.array(followers), np.array(received), np.array(read))


def _others(values: np.ndarray, chosen: np.ndarray) -> float:
    return float(np.delete(values, chosen).sum())


def _more(with_it: float, without: float) -> float:
    """Return how much more there is with the controller, as a share of what there is without."""
    return (with_it - without) / without if without > 0 else float("nan")


def some_of(part: pd.DataFrame, lever: str, **settings: float) -> pd.DataFrame:
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


def usual_churn() -> float:
    """Return the default of churn, per tick."""
    return float(Parameters().churn)
