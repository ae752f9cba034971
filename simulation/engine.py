"""How does one tick follow another? The schedule of a tick, and a stretch of ticks as one compiled call."""

import numpy as np

from . import randomness as draws
from .giving import attention_left, deliver, find, give, introduce
from .reading import read
from .rewiring import churn, follow_back, follow_introduced, list_members, observe, rewire
from .state import CHANGE, READING, Now, State


def streams_of(seed, tick):
    """Return where the draws of each kind start in this tick; items are named alike in all ticks."""
    streams = np.empty(draws.STREAMS, np.uint64)
    for kind in range(draws.STREAMS):
        streams[kind] = draws.stream(seed, tick, kind)
    streams[draws.ITEM] = draws.stream(seed, 0, draws.ITEM)
    return streams


def write_down(ledger, written, changes):
    """Return the ledger with the changes that happened, endings first, and its length."""
    if written + changes.size > ledger.size:
        longer = np.empty(2 * (written + changes.size), CHANGE)
        for at in range(written):
            longer[at] = ledger[at]
        ledger = longer
    for sign in (-1, 1):
        for at in range(changes.size):
            if changes[at]["reason"] * sign > 0:
                ledger[written] = changes[at]
                written += 1
    return ledger, written


def advance(state, order, groups, newcomers, rates, attraction, seed, first_tick, series, keep):
    """Run as many ticks as the series has rows.

    Parameters
    ----------
    state : State
        Changed in place; only the returned state is valid afterwards.
    order : int32 array of shape (capacity,)
        All slots by ascending key.
    groups : int
        Number of groups, >= 1.
    newcomers : Newcomers
        Who may arrive in these ticks.
    rates : Rates
    attraction : float64 array
        (1 + n) ** fame by followers n, or empty.
    seed : uint64
    first_tick : int
    series : int64 array of shape (ticks, len(COUNTS))
        Zeros; filled row by row.
    keep : Recorded

    Returns
    -------
    state : State
    ledger : CHANGE array
        Every change of a tie, in the order of application; empty unless kept.
    readings : READING array
        The feeds of the last tick; empty unless kept.
    """
    agents, network, hand = state
    ledger, written = np.empty(8, CHANGE), np.int64(0)
    readings = np.empty(0, READING)
    members = list_members(agents, order, groups)
    for step in range(series.shape[0]):
        tick = first_tick + step
        now = Now(tick, streams_of(seed, tick), rates, members, attraction, series[step], keep)

        found, total = find(agents, now)
        sendings = give(agents, network, found, total, hand, now)
        introductions = introduce(agents, network, now)
        readable = attention_left(agents, sendings, introductions, now)
        deliveries, block_start = deliver(agents, network, sendings, now)
        hand, changes, readings = read(agents, network, sendings, deliveries, block_start, readable, now)
        changes = follow_introduced(agents, network, introductions, changes, now)
        changes = follow_back(agents, network, changes, now)
        changes = churn(agents, network, changes, now)
        network, changes = rewire(agents, network, hand, sendings, changes, newcomers, now, first_tick)
        observe(agents, network, now)

        if rates.departure > 0.0 or rates.arrivals > 0.0:
            members = list_members(agents, order, groups)
        if keep.ledger:
            ledger, written = write_down(ledger, written, changes)
    return State(agents, network, hand), ledger[:written], readings
