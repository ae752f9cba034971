"""What does a change of one agent do to itself and to everybody else? The same world twice, one agent changed.

Both runs share all draws, so that the difference is the change's effect and little else: the exact law of a pair in
the simplest corner of the model is in `theory.twins`. Replicates, each of its own seed, are the unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .checks import whole
from .errors import InputError, unknown_name, wrong_type
from .interventions import Intervention
from .measures.inequality import interval
from .parameters import Parameters
from .record import Record
from .run import check_seed, replicate_seed, simulate
from .worlds import World

Change = Callable[[int], Intervention | Iterable[Intervention]]


@dataclass(frozen=True)
class Twins:
    """What `twins` found.

    Attributes
    ----------
    pairs : DataFrame
        One row per pair and outcome: ``replicate``, ``seed``, ``agent``, ``outcome``, and the outcome of the agent
        (``own``, ``own_changed``) and the mean over all others present (``others``, ``others_changed``).
    """

    pairs: pd.DataFrame

    def effects(self, level: float = 0.95) -> pd.DataFrame:
        """Return the effects, changed minus unchanged, with what pairing saves.

        Returns
        -------
        DataFrame
            One row per outcome and per ``on`` ("itself", "others"): ``mean``, ``low``, ``high``, ``replicates`` and
            two-sided ``p`` (Student, over replicates, agents of one replicate averaged first); ``correlation`` of
            the two runs over replicates, ``variance_ratio`` of the paired difference to that of independent runs,
            and ``saving``, how many times as many replicates those would need.
        """
        rows = []
        names = ["own", "own_changed", "others", "others_changed"]
        for outcome, pairs in self.pairs.groupby("outcome", sort=False):
            means = pairs.groupby("replicate")[names].mean()
            for on, name in (("itself", "own"), ("others", "others")):
                before, after = means[name].to_numpy(), means[f"{name}_changed"].to_numpy()
                rows.append({"outcome": outcome, "on": on, **interval(after - before, level),
                             **_saved(before, after)})  # fmt: skip
        return pd.DataFrame(rows)


def _saved(before: np.ndarray, after: np.ndarray) -> dict[str, float]:
    nothing = dict.fromkeys(("correlation", "variance_ratio", "saving"), float("nan"))
    if before.size < 2:
        return nothing
    covariance = np.cov(before, after)
    unpaired = covariance[0, 0] + covariance[1, 1]
    if not unpaired > 0:
        return nothing
    spread = float(np.sqrt(covariance[0, 0] * covariance[1, 1]))
    ratio = float(np.var(after - before, ddof=1) / unpaired)
    return {"correlation": float(covariance[0, 1]) / spread if spread > 0 else float("nan"), "variance_ratio": ratio,
            "saving": 1.0 / ratio if ratio > 0 else float("inf")}  # fmt: skip


def twins(
    world: World, change: Change, agents: int | Sequence[int] | None = None, replicates: int = 20, *, ticks: int,
    parameters: Parameters | None = None, seed: int | None = None, against: Change | None = None,
    outcomes: Sequence[str] = ("followers", "received"), interventions: Iterable[Intervention] = (), **how: Any,
) -> Twins:  # fmt: skip
    """Run a world and its twin, in which one agent is changed, and compare them.

    Parameters
    ----------
    world : World
    change : function of int
        Takes the agent's slot and returns the intervention, or several, that make the changed run.
    agents : int or sequence of int, optional
        Slots to change, one at a time, in every replicate; by default one at random in each.
    replicates : int
        Seeds, >= 1; two or more give intervals.
    ticks : int
        Of each run.
    parameters : Parameters, optional
    seed : int, optional
        Replicate k runs with ``replicate_seed(seed, k)``; None draws one.
    against : function of int, optional
        As ``change``, for the other run; by default nothing is changed there.
    outcomes : sequence of str
        Numerical columns of ``Record.agents``.
    interventions : iterable of Intervention, optional
        In both runs, before the change.
    **how
        As `simulate` takes them: rules, compile.

    Returns
    -------
    Twins

    Raises
    ------
    InputError

    Examples
    --------
    >>> from simulation import interventions, open_world
    >>> found = twins(open_world(agents=20), lambda agent: interventions.set_attribute(0, agent, "generosity", 1.0),
    ...               agents=3, replicates=2, ticks=5, seed=1, compile=False)
    >>> found.effects()[["outcome", "on"]].values.tolist()
    [['followers', 'itself'], ['followers', 'others'], ['received', 'itself'], ['received', 'others']]
    """
    if not isinstance(world, World):
        raise wrong_type("world", world, "a world such as open_world(agents=1000)")
    if world.agents < 2:
        raise InputError(f"world: {world.agents} agents; allowed: 2 or more, for there are others")
    slots = None if agents is None else _slots(agents, world)
    seed, common, rows = check_seed(seed), tuple(interventions), []
    how = {"parameters": parameters, "ticks": ticks, **how}
    for replicate in range(whole("replicates", replicates, 1)):
        own_seed = replicate_seed(seed, replicate)
        base: Record | None = None
        for slot in [own_seed % world.agents] if slots is None else slots:
            if base is None or against is not None:
                base = simulate(world, seed=own_seed, interventions=(*common, *_made(against, slot)), **how)
            changed = simulate(world, seed=own_seed, interventions=(*common, *_made(change, slot)), **how)
            rows += _rows(base, changed, slot, replicate, outcomes)
    return Twins(pd.DataFrame(rows))


def _slots(agents: Any, world: World) -> list[int]:
    slots = [whole("agents", each) for each in (agents if hasattr(agents, "__iter__") else [agents])]
    for slot in slots:
        if slot >= world.agents:
            raise InputError(f"agents: {slot} does not exist; allowed: 0 .. {world.agents - 1}")
    if not slots:
        raise InputError("agents: none; allowed: at least one slot")
    return slots


def _made(change: Change | None, slot: int) -> tuple[Intervention, ...]:
    if change is None:
        return ()
    if not callable(change):
        raise wrong_type("change", change, 'a function such as lambda a: set_attribute(0, a, "generosity", 1.0)')
    made = change(slot)
    return (made,) if isinstance(made, Intervention) else tuple(made)


def _rows(base: Record, changed: Record, slot: int, replicate: int, outcomes: Sequence[str]) -> list[dict[str, Any]]:
    rows = []
    for outcome in outcomes:
        row: dict[str, Any] = {"replicate": replicate, "seed": base.seed, "agent": slot, "outcome": outcome}
        for record, end in ((base, ""), (changed, "_changed")):
            numeric = [str(name) for name in record.agents if pd.api.types.is_numeric_dtype(record.agents[name])]
            if outcome not in numeric:
                raise unknown_name("outcome", outcome, numeric)
            values = record.agents[outcome].to_numpy(np.float64)
            others = record.agents["present"].to_numpy().copy()
            others[slot] = False
            row |= {f"own{end}": float(values[slot]), f"others{end}": float(values[others].mean())}
        rows.append(row)
    return rows
