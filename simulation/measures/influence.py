"""What would others no longer read if an agent were silent? Influence by counterfactual removal.

The same world runs twice, all draws shared, once with the agent silenced: it keeps its place and reads, and finds and
gives nothing. What others miss is its influence. Deliveries do not count, for they are followers by definition; and
what they read in its place is told apart, because attention that it no longer takes is spent on others.

Sharing all draws keeps the two histories together for a while only. One item less changes a memory, a follow, the next
feeds, and in the end who meets whom: from then on the difference is one between two chance histories, which silencing
anything at all would have brought about. See `influence` for what this means for the window.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import numpy as np
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

    The window, ``ticks - since``, must be long enough for what the agent gives to be found, shared, read and passed on,
    and short enough for the two histories not to part for good: over a long one chance differences are summed up with
    the influence. In a trial (4 worlds of 150 people, log-normal find rates, all else at the defaults) the ranks of
    people's influence in one window and in the next correlated at 0.5 to 0.6 for windows of 5 to 40 ticks, and at 0.3
    for 80 and 160; per tick, the noise of one window fell up to 20 ticks and had doubled again at 160. So a longer
    window does not make the measure more precise: take several short ones (10 to 20 ticks at the defaults), silence
    anew at the beginning of each (``since``), and average, over replicates too. What is passed on after a window's end
    is left out. Whether a window is short enough shows in the agreement of two successive ones.

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
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Return what everybody has received and read, and all readings, of a run that goes on with more interventions."""
    run = copy.deepcopy(past, {id(past.world): past.world})
    run.interventions += more
    readings = _advanced(run, ticks - run.tick)
    if run.keep.feeds:
        readings = pd.concat([before, readings], ignore_index=True)
    agents = run.state.agents
    return agents.received, agents.read.astype(np.int64), readings


def _missed(base: tuple, silent: tuple, slot: int) -> dict[str, float]:
    value, read = (np.delete(base[place] - silent[place], slot).sum() for place in (0, 1))
    row = {"value": float(value), "read": int(read)}
    if len(base[2].columns):
        given, kept = (_pairs(readings, slot) for readings in (base[2], silent[2]))
        missed = given.difference(kept)
        row |= {"no_longer_read": len(missed), "people": missed.get_level_values("reader").nunique(),
                "read_instead": len(kept.difference(given))}  # fmt: skip
    return row


def _pairs(readings: pd.DataFrame, slot: int) -> pd.MultiIndex:
    """Return which others read which items."""
    kept = readings.loc[readings["reader"] != slot, ["reader", *ITEM]].drop_duplicates()
    return pd.MultiIndex.from_frame(kept)
