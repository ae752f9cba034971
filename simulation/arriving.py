"""Who arrives, and whom do newcomers follow first? The end of phase 7 of the model description."""

import numpy as np

from . import randomness as draws
from . import rules
from .columns import key_of, key_order
from .network import Network, appended, follows
from .rewiring import BY_FOLLOW_BACK, would_answer, write_change
from .state import ARRIVED, FOLLOWED

BY_ARRIVAL = 6
ATTEMPTS = 51  # a newcomer's first draw and at most 50 repeats, per follow


# --- 7. Rewire --------------------------------------------------------------------------------------------------


def begin_tie(network, follower, followee):
    """Return the network with a tie that was not there."""
    followees = appended(network.followees, follower, followee)
    followers = appended(network.followers, followee, follower)
    return Network(followees, followers, network.locked)


def sharers_by_key(sendings, order, capacity):
    """Return this tick's shares as the slots of their senders, ordered by the sender's key."""
    shares, rows = np.zeros(capacity, np.int64), sendings.row
    total = np.int64(0)
    for part in range(sendings.start.size):
        for at in range(sendings.start[part], sendings.start[part] + sendings.number[part]):
            if rows[at]["target"] < 0:
                shares[rows[at]["sender"]] += 1
                total += 1
    senders = np.empty(total, np.int32)
    place = 0
    for at in range(capacity):
        agent = key_order(order, at)
        for _ in range(shares[agent]):
            senders[place] = agent
            place += 1
    return senders


def stayed_by_key(stayed, order):
    """Return those who stayed, ordered by their keys."""
    chosen, count = np.empty(stayed.size, np.int32), np.int64(0)
    for at in range(stayed.size):
        agent = key_order(order, at)
        chosen[count] = agent
        count += np.int64(stayed[agent])
    return chosen[:count]


def settle(agents, agent, newcomers, row, number, tick):
    """Let a newcomer take a slot: key, group and locked ties stay, what is drawn afresh comes with the person."""
    agents.present[agent] = True
    agents.silenced[agent] = False
    agents.since[agent] = tick
    agents.numbers[agent] = number
    redrawn, behaviour = newcomers.redrawn, newcomers.behaviour
    if redrawn[0]:
        agents.generosity[agent] = behaviour[row, 0]
    if redrawn[1]:
        agents.find_rate[agent] = behaviour[row, 1]
    if redrawn[2]:
        agents.attention[agent] = behaviour[row, 2]
    if redrawn[3]:
        agents.visibility[agent] = behaviour[row, 3]
    if redrawn[4]:
        agents.spanning[agent] = behaviour[row, 4]
    if redrawn[5]:
        agents.introducing[agent] = behaviour[row, 5]
    if redrawn[6]:
        agents.identity[agent] = newcomers.identity[row]


def whom_to_follow_first(agents, network, candidates, stayed, slot, occasion, homophily):
    """Return an acceptable sender for one first follow of a newcomer, or -1 after `ATTEMPTS` draws."""
    for attempt in range(ATTEMPTS):
        draw = draws.fold(occasion, attempt)
        other = np.int64(candidates[draws.below(draw, candidates.size)])
        same = agents.identity[slot] == agents.identity[other]
        accepts = draws.chance(draws.fold(draw, draws.ACCEPT), rules.acceptance_probability(homophily, same))
        if accepts and stayed[other] and not follows(network, slot, other):
            return other
    return np.int64(-1)


def arrive(agents, network, order, sendings, newcomers, changes, now, first_tick):
    """Newcomers take free slots in ascending order of key and follow senders of this tick's shares."""
    count, stayed = changes.size, agents.present.copy()
    row, last = newcomers.start[now.tick - first_tick], newcomers.start[now.tick - first_tick + 1]
    if row == last:
        return network, changes
    stream = now.streams[draws.FOLLOW_BACK]
    candidates = sharers_by_key(sendings, order, stayed.size)
    if candidates.size == 0:
        candidates = stayed_by_key(stayed, order)
    for at in range(stayed.size):
        slot = key_order(order, at)
        if row == last:
            break
        if agents.present[slot]:
            continue
        settle(agents, slot, newcomers, row, now.counts[0, ARRIVED], now.tick)
        now.counts[0, ARRIVED] += 1
        row += 1
        occasion = draws.fold(now.streams[draws.ARRIVAL_FOLLOW], key_of(agents.keys, slot))
        for follow in range(now.rates.first_follows if candidates.size > 0 else 0):
            here = draws.fold(occasion, follow)
            agent = np.int64(slot)
            other = whom_to_follow_first(agents, network, candidates, stayed, agent, here, now.rates.homophily)
            if other < 0:
                continue
            network = begin_tie(network, agent, other)
            changes, count = write_change(changes, count, now.tick, agent, other, BY_ARRIVAL)
            now.counts[0, FOLLOWED + BY_ARRIVAL] += 1
            draw = draws.fold(draws.fold(stream, key_of(agents.keys, other)), key_of(agents.keys, agent))
            answers = would_answer(agents.identity, now.rates.follow_back, now.rates.homophily, draw, agent, other)
            if answers and not follows(network, other, agent):
                network = begin_tie(network, other, agent)
                changes, count = write_change(changes, count, now.tick, other, agent, BY_FOLLOW_BACK)
                now.counts[0, FOLLOWED + BY_FOLLOW_BACK] += 1
    return network, changes[:count]
