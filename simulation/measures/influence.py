"""What would others no longer read if an agent were silent? Influence by counterfactual removal.

The same world runs twice, all draws shared, once with the agent silenced: it keeps its place and reads, and finds and
gives nothing. What others miss is its influence. Deliveries do not count, for they are followers by definition; and
what they read in its place is told apart, because attention that it no longer takes is spent on others.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import pandas as pd

from ..checks import whole
from ..errors import InputError
from ..interventions import Intervention, silence
from ..parameters import Parameters
from ..record import Keep
from ..run import Run
from ..worlds import World
from .cascades import ITEM, watch


def influence(
    world: World, agents: Any, *, ticks: int, seed: int, parameters: Parameters | None = None, since: int = 0,
    interventions: Iterable[Intervention] = (), details: bool = False, **how: Any,
) -> pd.DataFrame:  # fmt: skip
    """Return what all others no longer read where one agent is silent, for each of some agents.

    Parameters
    ----------
    world : World
    agents : int or iterable of int
        Slots to silence, one at a time.
    ticks, seed : int
        Of the runs: one up to ``since``, and from there one more than agents.
    parameters : Parameters, optional
    since : int
        Tick from which on the agent is silent.
    interventions : iterable of Intervention, optional
        In all runs.
    details : bool
        Also compare item by item (about 40 bytes per reading are kept).
    **how
        As `Run` takes them: rules, compile.

    Returns
    -------
    DataFrame
        By agent, sums over all others: ``value`` and ``read`` that they have less (net: negative where they gain);
        with details ``no_longer_read`` (pairs of a reader and an item read only where the agent gives),
        ``people`` (readers among them) and ``read_instead`` (pairs only where it is silent).

    Raises
    ------
    InputError
    """
    slots = [whole("agents", each) for each in ([agents] if not hasattr(agents, "__iter__") else agents)]
    if whole("since", since) >= whole("ticks", ticks):
        raise InputError(f"since: {since} is not before the last tick; allowed: 0 .. {ticks - 1}")
    for slot in slots:
        if slot >= world.agents:
            raise InputError(f"agents: {slot} does not exist; allowed: 0 .. {world.agents - 1}")
    past = Run(world, parameters, seed=seed, interventions=interventions, keep=Keep(feeds=details), **how)
    before = _advanced(past, since)  # what all of these runs share is run once
    base = _future(past, before, (), ticks)
    rows = [_missed(base, _future(past, before, (silence(since, slot),), ticks), slot) for slot in slots]
    return pd.DataFrame(rows, index=pd.Index(slots, name="agent"))


def _advanced(run: Run, ticks: int) -> pd.DataFrame:
    """Advance a run and return what was read, where it keeps its feeds."""
    if run.keep.feeds:
        return watch(run, ticks)
    run.advance(ticks)
    return pd.DataFrame()


def _future(
    past: Run, before: pd.DataFrame, more: tuple[Intervention, ...], ticks: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return everybody's totals, and all readings, of a run that goes on with more interventions."""
    run = copy.deepcopy(past, {id(past.world): past.world})
    run.interventions += more
    readings = pd.concat([before, _advanced(run, ticks - run.tick)], ignore_index=True)
    agents = run.state.agents
    return pd.DataFrame({"read": agents.read.astype("int64"), "received": agents.received}), readings


def _missed(base: tuple, silent: tuple, slot: int) -> dict[str, float]:
    less = (base[0] - silent[0]).drop(index=slot).sum()
    row = {"value": float(less["received"]), "read": int(less["read"])}
    if len(base[1].columns):
        given, kept = (_pairs(readings, slot) for _, readings in (base, silent))
        missed = given.difference(kept)
        row |= {"no_longer_read": len(missed), "people": missed.get_level_values("reader").nunique(),
                "read_instead": len(kept.difference(given))}  # fmt: skip
    return row


def _pairs(readings: pd.DataFrame, slot: int) -> pd.MultiIndex:
    """Return which others read which items."""
    kept = readings.loc[readings["reader"] != slot, ["reader", *ITEM]].drop_duplicates()
    return pd.MultiIndex.from_frame(kept)
