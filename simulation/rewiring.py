"""How do ties and members change at the end of a tick? Phases 6 to 8 of the model description.

Phase 6 proposes further ties from what was true at the beginning of the tick; phase 7 applies everything in one
fixed order; phase 8 counts.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .giving import enlarged
from .network import Network, appended, follows, forget_followee, forget_followers
from .reading import ascending, write_change
from .state import (
    ARRIVED,
    CHANGE,
    DEPARTED,
    FOLLOWED,
    GONE,
    PRESENT,
    RANKED,
    TIES,
    TOP,
    TOTAL,
    UNFOLLOWED,
    Members,
)

CHURN, DEPARTURE = -4, -5
BY_FOLLOW_BACK, BY_INTRODUCTION, BY_ARRIVAL = 4, 5, 6
ATTEMPTS = 51  # a newcomer's first draw and at most 50 repeats, per follow


# --- 6. Other ties ----------------------------------------------------------------------------------------------


def follow_introduced(agents, network, introductions, changes, now):
    """Return the changes with the follows between introduced people; an existing tie is left alone."""
    key, identity, rates, count = agents.key, agents.identity, now.rates, changes.size
    for at in range(introductions.size):
        introduction = introductions[at]
        introducer = np.int64(introduction["introducer"])
        occasion = draws.fold(now.streams[draws.INTRODUCE], np.int64(key[introducer]))
        occasion = draws.fold(occasion, draws.INTRODUCED)
        follower, followee = np.int64(introduction["one"]), np.int64(introduction["other"])
        for _ in range(2):
            draw = draws.fold(draws.fold(occasion, np.int64(key[follower])), np.int64(key[followee]))
            same = identity[follower] == identity[followee]
            probability = rules.introduction_probability(rates.responsiveness, rates.homophily, same)
            if draws.chance(draw, probability) and not follows(network, follower, followee):
                changes, count = write_change(changes, count, now.tick, follower, followee, BY_INTRODUCTION)
            follower, followee = followee, follower
    return changes[:count]


def answers(key, identity, network, rates, stream, follower, followee):
    """Return whether the followee of a new, not mutual follow follows back."""
    same = identity[follower] == identity[followee]
    probability = rules.follow_back_probability(rates.follow_back, rates.homophily, same)
    draw = draws.fold(draws.fold(stream, np.int64(key[followee])), np.int64(key[follower]))
    return draws.chance(draw, probability) and not follows(network, followee, follower)


def follow_back(agents, network, changes, now):
    """Return the changes with the answers to the new follows among them."""
    key, identity, stream = agents.key, agents.identity, now.streams[draws.FOLLOW_BACK]
    proposed = changes.size
    count = proposed
    for at in range(proposed):
        follower, followee = np.int64(changes[at]["follower"]), np.int64(changes[at]["followee"])
        if changes[at]["reason"] > 0 and answers(key, identity, network, now.rates, stream, follower, followee):
            changes, count = write_change(changes, count, now.tick, followee, follower, BY_FOLLOW_BACK)
    return changes[:count]


def churn(agents, network, changes, now):
    """Return the changes with the ties that end for reasons outside the model."""
    key, present, locked = agents.key, agents.present, network.locked
    items, where = network.followees.items, network.followees.where
    churning, rate = now.streams[draws.CHURN], now.rates.churn
    count = changes.size
    for agent in range(key.size if now.rates.churn > 0.0 else 0):
        unlocked = np.int64(where[agent]["count"]) - locked[agent]
        occasion = draws.fold(churning, np.int64(key[agent]))
        losses = draws.binomial(occasion, unlocked, rate)
        if losses == 0 or not present[agent]:
            continue
        start = where[agent]["start"] + locked[agent]
        here = draws.fold(occasion, draws.PICK)
        picks = np.empty(unlocked, np.uint64)
        for place in range(unlocked):
            picks[place] = draws.fold(here, np.int64(key[items[start + place]]))
        lost = ascending(picks)
        for at in range(losses):
            followee = np.int64(items[start + lost[at]])
            changes, count = write_change(changes, count, now.tick, agent, followee, CHURN)
    return changes[:count]


# --- 7. Rewire --------------------------------------------------------------------------------------------------


def depart(agents, network, hand, changes, now):
    """Let agents leave: memory and hand vanish, ties end. Return these changes, followed by the others."""
    ended, count = np.empty(changes.size + 8, CHANGE), np.int64(0)
    leaving = np.zeros(agents.key.size, np.bool_)
    for agent in range(leaving.size if now.rates.departure > 0.0 else 0):
        occasion = draws.fold(now.streams[draws.DEPART], np.int64(agents.key[agent]))
        leaving[agent] = agents.present[agent] and draws.chance(occasion, now.rates.departure)
    for agent in range(leaving.size if now.rates.departure > 0.0 else 0):
        if not leaving[agent]:
            continue
        mine, theirs = network.followees.where[agent], network.followers.where[agent]
        for place in range(network.locked[agent], mine["count"]):
            followee = np.int64(network.followees.items[mine["start"] + place])
            ended, count = write_change(ended, count, now.tick, agent, followee, DEPARTURE)
        for place in range(theirs["count"]):
            follower = np.int64(network.followers.items[theirs["start"] + place])
            ended, count = write_change(ended, count, now.tick, follower, np.int64(agent), DEPARTURE)
        agents.present[agent] = False
        agents.silenced[agent] = False
        agents.memory_next[agent] = 0
        for place in range(agents.memory.shape[1]):
            agents.memory[agent, place] = 0
        for at in range(hand.start[agent], hand.start[agent + 1]):
            hand.source[at] = GONE - hand.source[at]  # negative from now on
        now.counts[DEPARTED] += 1
    for at in range(changes.size):
        if count == ended.size:
            ended = enlarged(ended)
        ended[count] = changes[at]
        count += 1
    return ended[:count]


def end_ties(network, changes, now):
    """End the ties that are to end; of two reasons for one tie the first counts, the other's becomes 0."""
    gone = np.empty(changes.size, np.int64)
    count = np.int64(0)
    for at in range(changes.size):
        change = changes[at]
        if change["reason"] < 0:
            if forget_followee(network, np.int64(change["follower"]), np.int64(change["followee"])):
                now.counts[UNFOLLOWED - change["reason"]] += 1
                gone[count] = at
                count += 1
            else:
                change["reason"] = 0
    pairs = np.empty(count, np.uint64)  # followee in the upper half, follower in the lower
    for at in range(count):
        change = changes[gone[at]]
        pairs[at] = (np.uint64(change["followee"]) << np.uint64(32)) | np.uint64(change["follower"])
    order = ascending(pairs)
    leaving = np.zeros(network.locked.size, np.bool_)
    first = np.int64(0)
    for at in range(1, count + 1):
        if at == count or pairs[order[at]] >> np.uint64(32) != pairs[order[first]] >> np.uint64(32):
            forget_followers(network.followers, changes, gone, order, first, np.int64(at), leaving)
            first = np.int64(at)


def begin_tie(network, follower, followee):
    """Return the network with a tie that was not there."""
    followees = appended(network.followees, follower, followee)
    followers = appended(network.followers, followee, follower)
    return Network(followees, followers, network.locked)


def begin_ties(network, stayed, changes, now):
    """Begin the proposed ties between agents that stayed; of two reasons for one tie the first counts."""
    for at in range(changes.size):
        change = changes[at]
        if change["reason"] > 0:
            follower, followee = np.int64(change["follower"]), np.int64(change["followee"])
            if stayed[follower] and stayed[followee] and not follows(network, follower, followee):
                network = begin_tie(network, follower, followee)
                now.counts[FOLLOWED + change["reason"]] += 1
            else:
                change["reason"] = 0
    return network


def sharers_by_key(sendings, order):
    """Return this tick's shares as the slots of their senders, ordered by the sender's key."""
    shares = np.zeros(order.size, np.int64)
    total = np.int64(0)
    for at in range(sendings.size):
        if sendings[at]["target"] < 0:
            shares[sendings[at]["sender"]] += 1
            total += 1
    senders = np.empty(total, np.int32)
    place = 0
    for agent in order:
        for _ in range(shares[agent]):
            senders[place] = agent
            place += 1
    return senders


def settle(agents, agent, newcomers, row, number, tick):
    """Let a newcomer take a slot: key, group and locked ties stay, what is drawn afresh comes with the person."""
    agents.present[agent] = True
    agents.silenced[agent] = False
    agents.arrived[agent] = tick
    agents.newcomer[agent] = number
    redrawn, behaviour = newcomers.redrawn, newcomers.behaviour
    if redrawn[0]:
        agents.generosity[agent] = behaviour[row, 0]
    if redrawn[1]:
        agents.find_rate[agent] = behaviour[row, 1]
        agents.no_find[agent] = newcomers.no_find[row]
    if redrawn[2]:
        agents.attention[agent] = behaviour[row, 2]
    if redrawn[3]:
        agents.visibility[agent] = behaviour[row, 3]
        agents.no_encounter[agent] = newcomers.no_encounter[row]
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


def arrive(agents, network, sendings, stayed, newcomers, changes, now, first_tick):
    """Newcomers take free slots in ascending order of key and follow senders of this tick's shares."""
    count = changes.size
    row, last = newcomers.start[now.tick - first_tick], newcomers.start[now.tick - first_tick + 1]
    if row == last:
        return network, changes
    members, stream = now.members, now.streams[draws.FOLLOW_BACK]
    candidates = sharers_by_key(sendings, members.order)
    if candidates.size == 0:
        candidates = np.array([agent for agent in members.by_key if stayed[agent]], np.int32)
    for slot in members.order:
        if row == last:
            break
        if agents.present[slot]:
            continue
        settle(agents, slot, newcomers, row, now.counts[ARRIVED], now.tick)
        now.counts[ARRIVED] += 1
        row += 1
        occasion = draws.fold(now.streams[draws.ARRIVAL_FOLLOW], np.int64(agents.key[slot]))
        for follow in range(now.rates.first_follows if candidates.size > 0 else 0):
            here = draws.fold(occasion, follow)
            agent = np.int64(slot)
            other = whom_to_follow_first(agents, network, candidates, stayed, agent, here, now.rates.homophily)
            if other < 0:
                continue
            network = begin_tie(network, agent, other)
            changes, count = write_change(changes, count, now.tick, agent, other, BY_ARRIVAL)
            now.counts[FOLLOWED + BY_ARRIVAL] += 1
            if answers(agents.key, agents.identity, network, now.rates, stream, agent, other):
                network = begin_tie(network, other, agent)
                changes, count = write_change(changes, count, now.tick, other, agent, BY_FOLLOW_BACK)
                now.counts[FOLLOWED + BY_FOLLOW_BACK] += 1
    return network, changes[:count]


def rewire(agents, network, hand, sendings, changes, newcomers, now, first_tick):
    """Apply departures, opt-outs and churn, opt-ins between agents that stayed, arrivals, in this order.

    Return the network and all changes; those whose reason is 0 did not happen.
    """
    changes = depart(agents, network, hand, changes, now)
    end_ties(network, changes, now)
    stayed = agents.present.copy()
    network = begin_ties(network, stayed, changes, now)
    return arrive(agents, network, sendings, stayed, newcomers, changes, now, first_tick)


# --- 8. Observe -------------------------------------------------------------------------------------------------


def observe(agents, network, now):
    """Count members and ties, and what the Gini coefficient and the top 1 % of followers follow from."""
    where, members = network.followers.where, agents.present
    present, ties, most = np.int64(0), np.int64(0), np.int64(0)
    for agent in range(members.size):
        followers = np.int64(where[agent]["count"])
        ties += followers
        if members[agent]:
            present += 1
            most = max(most, followers)
    having = np.zeros(most + 1, np.int64)
    for agent in range(members.size):
        if members[agent]:
            having[where[agent]["count"]] += 1
    rank = 0
    ranked, total, top = np.int64(0), np.int64(0), np.int64(0)
    in_top = (present + 99) // 100
    below_top = present - in_top
    for degree in range(most + 1):
        n = having[degree]
        ranked += degree * (n * rank + (n * (n + 1)) // 2)
        total += n * degree
        top += degree * max(np.int64(0), min(n, rank + n - below_top))
        rank += n
    now.counts[TIES] = ties
    now.counts[PRESENT] = present
    now.counts[RANKED] = ranked
    now.counts[TOTAL] = total
    now.counts[TOP] = top


def list_members(agents, order, groups):
    """Return who is present, by key and by group."""
    present, groups_of = agents.present, agents.group
    by_key = np.empty(order.size, np.int32)
    count = np.int64(0)
    group_start = np.zeros(groups + 1, np.int64)
    for agent in order:
        if present[agent]:
            by_key[count] = agent
            count += 1
            group_start[groups_of[agent] + 1] += 1
    for group in range(groups):
        group_start[group + 1] += group_start[group]
    place = group_start[:groups].copy()
    by_group = np.empty(count, np.int32)
    for at in range(count):
        group = groups_of[by_key[at]]
        by_group[place[group]] = by_key[at]
        place[group] += 1
    return Members(order, by_key[:count], by_group, group_start)
