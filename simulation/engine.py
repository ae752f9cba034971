"""How does one tick follow another? The schedule of a tick, and a stretch of ticks as one compiled call."""

import numpy as np

from . import randomness as draws
from .arriving import arrive
from .columns import APART, BLOCK
from .delivering import close_deliveries, deliver, open_deliveries
from .giving import find, give, leave_rest, open_sendings
from .network import Network
from .reading import open_decisions, open_hand, read
from .references import by_reference, by_value
from .rewiring import (
    change_followees,
    change_followers,
    churn,
    depart,
    follow_back,
    follow_introduced,
    gathered,
    list_concerned,
    list_members,
    lose,
    observe,
    with_answers,
    with_room,
)
from .state import CHANGE, COUNTS, READING, Concerned, Desk, Now, Recorded


def sum_up(counts, row):
    """Add what the parts have counted to a row of the series."""
    for part in range(counts.shape[0]):
        for at in range(row.size):
            row[at] += counts[part, at]


def streams_of(seed, tick):
    """Return where the draws of each kind start in this tick, and last those of the next tick's giving.

    Items are named alike in all ticks.
    """
    streams = np.empty(draws.STREAMS + 1, np.uint64)
    for kind in range(draws.STREAMS):
        streams[kind] = draws.stream(seed, tick, kind)
    streams[draws.STREAMS] = draws.stream(seed, tick + 1, draws.GIVE)
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


def advance(state, desk, order, groups, bounds, newcomers, rates, attraction, seed, first_tick, series, keep, whole):
    """Run as many ticks as the series has rows.

    Parameters
    ----------
    state : State
        Agents are changed in place; of ties and hand only what is returned is valid afterwards.
    desk : Desk
        Room for what is in transit. Nothing in it is read before it is written.
    order : int32 array of shape (capacity,)
        All slots by ascending key; empty where that is their own order.
    groups : int
        Number of groups, >= 1.
    bounds : int64 array of shape (parts + 1,)
        Agents of part p are bounds[p] .. bounds[p + 1] - 1; see `exchange.bounds_of_parts`. The parts change no bit.
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
    whole : bool
        Whether hands may hold more now than what will be given in the first tick.

    Returns
    -------
    network : Network
    hand : Hand
    desk : Desk
        Perhaps with more room.
    ledger : CHANGE array
        Every change of a tie, in the order of application; empty unless kept.
    readings : READING array
        The feeds of the last tick; empty unless kept.
    """
    agents, network, hand = by_reference(state.agents), by_reference(state.network), by_reference(state.hand)
    found, readable, introductions, proposals, cues, rows, pool, opted, changed = desk
    ledger, written = np.empty(8, CHANGE), np.int64(0)
    readings = np.empty(0, READING)
    members = list_members(agents, order, groups)
    parts, blocks = bounds.size - 1, ((agents.present.size - 1) >> BLOCK) + 1
    decided, proposed, losing = np.zeros(parts, np.int64), np.zeros(parts, np.int64), np.zeros(parts, np.int64)
    for step in range(series.shape[0]):
        tick = first_tick + step
        counts = np.zeros((parts, len(COUNTS) + APART), np.int64)
        last = step + 1 == series.shape[0]
        left = Recorded(keep.ledger, keep.feeds and last, keep.hands and last)
        now = Now(tick, streams_of(seed, tick), rates, members, attraction, bounds, counts, left)

        # 1. Find, 2. Give
        for part in range(parts):
            find(part, agents, found, now)
        for part in range(parts if whole and step == 0 else 0):
            leave_rest(part, agents, hand, now)
        sendings = open_sendings(hand, cues, rows, now)
        for part in range(parts):
            give(part, agents, network, found, hand, sendings, introductions, readable, now)

        # 3. Deliver
        deliveries = open_deliveries(sendings, blocks, pool)
        for part in range(parts):
            deliver(part, agents, network, sendings, deliveries, now)
        block_start = close_deliveries(deliveries, now)

        # 4. Read, 5. Opt in, opt out
        cues, rows, pool = sendings.cue, hand.origins, deliveries.pool
        hand = open_hand(hand, sendings, block_start)
        opted, readings = open_decisions(opted, block_start, bounds, left)
        for part in range(parts):
            read(
                part, agents, network, sendings, deliveries, block_start, readable, hand, opted, decided, readings, now
            )

        # 6. Other ties
        for part in range(parts):
            follow_introduced(part, agents, network, introductions, proposals, proposed, now)
        losses = readable  # has been read
        for part in range(parts):
            lose(part, agents, network, losses, losing, now)
        changed, number = gathered(changed, opted, decided, proposals, proposed, losing, now)
        answered = np.empty(number, np.bool_)
        for part in range(parts):
            follow_back(part, agents, network, changed, number, answered, now)
        changes = with_answers(changed, number, answered, losing, now)
        for part in range(parts):
            churn(part, agents, network, losses, losing, changes, now)

        # 7. Rewire
        if rates.departure > 0.0:
            changes = depart(agents, network, hand, changes, now)
        places, numbers = np.empty((2, parts, changes.size + 1), np.int32), np.zeros((3, 2, parts), np.int64)
        concerned = Concerned(places, numbers[0], numbers[1], numbers[2])
        for part in range(parts):
            list_concerned(part, changes, concerned, now)
        lacking = True
        while lacking:
            for part in range(parts):
                change_followees(part, agents, network, changes, concerned, now)
            followees, lacking = with_room(network.followees, concerned.done[0], concerned.number[0])
            network = Network(followees, network.followers, network.locked)
        lacking = True
        while lacking:
            for part in range(parts):
                change_followers(part, network.followers, changes, concerned)
            followers, lacking = with_room(network.followers, concerned.done[1], concerned.number[1])
            network = Network(network.followees, followers, network.locked)
        if rates.arrivals > 0.0:
            network, changes = arrive(agents, network, order, sendings, newcomers, changes, now, first_tick)

        # 8. Observe
        observe(agents, network, now)
        sum_up(counts, series[step])
        if rates.departure > 0.0 or rates.arrivals > 0.0:
            members = list_members(agents, order, groups)
        if keep.ledger:
            ledger, written = write_down(ledger, written, changes)
    desk = Desk(found, readable, introductions, proposals, cues, rows, pool, opted, changed)
    return by_value(network), by_value(hand), desk, ledger[:written], readings
