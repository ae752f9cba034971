"""How do ties and members change at the end of a tick? Phases 6 to 8 of the model description.

Phase 6 proposes further ties from what was true at the beginning of the tick; phase 7 applies everything in one
fixed order; phase 8 counts.
"""

import numpy as np

from . import randomness as draws
from . import rules
from .columns import SOME, begin_of, enough, fold_keys, key_of, key_order, listed, occasions_of
from .giving import keep_item
from .network import (
    append,
    ask_ahead,
    ask_for,
    follows,
    forget_followee,
    forget_followers,
    has_room,
    position,
    rewritten,
    take_out,
)
from .pages import ascending
from .prefetch import AHEAD, prefetch
from .reading import put_change
from .state import (
    CHANGE,
    DEPARTED,
    FOLLOWED,
    INTRODUCTIONS,
    PRESENT,
    RANKED,
    TIES,
    TOP,
    TOTAL,
    UNFOLLOWED,
    Members,
)
from .wide import list_places, place_of_least

LONG = 256  # followers: longer lists are swept once for all whom they lose, from shorter ones each is taken out
CHURN, DEPARTURE = -4, -5
BY_FOLLOW_BACK, BY_INTRODUCTION = 4, 5


# --- 6. Other ties ----------------------------------------------------------------------------------------------


def follow_introduced(part, agents, network, introductions, proposals, proposed, now):
    """Write the follows between people whom a part introduced, from twice its first agent's place on.

    An existing tie is left alone.
    """
    keys, identity, rates = agents.keys, agents.identity, now.rates
    begin = now.bounds[part]
    count = 2 * begin
    for at in range(begin, begin + now.counts[part, INTRODUCTIONS]):
        introduction = introductions[at]
        introducer = np.int64(introduction["introducer"])
        occasion = draws.fold(now.streams[draws.INTRODUCE], key_of(keys, introducer))
        occasion = draws.fold(occasion, draws.INTRODUCED)
        follower, followee = np.int64(introduction["one"]), np.int64(introduction["other"])
        for _ in range(2):
            draw = draws.fold(draws.fold(occasion, key_of(keys, follower)), key_of(keys, followee))
            same = identity[follower] == identity[followee]
            probability = rules.introduction_probability(rates.responsiveness, rates.homophily, same)
            if draws.chance(draw, probability) and not follows(network, follower, followee):
                put_change(proposals[count], now.tick, follower, followee, BY_INTRODUCTION)
                count += 1
            follower, followee = followee, follower
    proposed[part] = count - 2 * begin


def would_answer(identity, follow_back, homophily, draw, follower, followee):
    """Return whether the followee of a new follow follows back if it does not follow already."""
    same = identity[follower] == identity[followee]
    return draws.chance(draw, rules.follow_back_probability(follow_back, homophily, same))


def gathered(changes, opted, decided, proposals, proposed, losing, now):
    """Write down what was decided while reading and after introductions, parts in their order.

    Return the array, which has room for the answers to them and for all lost ties, and how many there are.
    """
    total, count = np.int64(0), np.int64(0)
    for part in range(decided.size):
        total += 2 * (decided[part] + proposed[part]) + losing[part]
    changes = enough(changes, total)
    for part in range(decided.size):
        first = begin_of(part, decided.size, opted.size)
        for at in range(first, first + decided[part]):
            changes[count] = opted[at]
            count += 1
    for part in range(proposed.size):
        first = 2 * now.bounds[part]
        for at in range(first, first + proposed[part]):
            changes[count] = proposals[at]
            count += 1
    return changes, count


def follow_back(part, agents, network, changes, count, answered, now):
    """Say which of a part of the changes, of which there are so many, are new follows that are answered."""
    keys, identity, rate, homophily = agents.keys, agents.identity, now.rates.follow_back, now.rates.homophily
    stream, parts = now.streams[draws.FOLLOW_BACK], now.bounds.size - 1
    places, lots = np.empty((3, SOME), np.int32), np.empty(SOME, np.uint64)
    followers, followees, who = places[0], places[1], places[2]
    end = count * (part + 1) // parts
    for some in range(count * part // parts, end, SOME):
        mine, answers = changes[some : min(some + SOME, end)], answered[some : min(some + SOME, end)]
        number = mine.size
        for at in range(number):
            prefetch(identity, np.int64(mine[min(at + AHEAD, number - 1)]["followee"]))
            followers[at], followees[at], lots[at] = mine[at]["follower"], mine[at]["followee"], stream
        fold_keys(keys, 0, followees[:number], lots)
        fold_keys(keys, 0, followers[:number], lots)
        for at in range(number):
            answers[at] = would_answer(identity, rate, homophily, lots[at], followers[at], followees[at])
        for at in range(number):
            answers[at] = answers[at] & (mine[at]["reason"] > 0)
        answering = listed(who, answers)
        for at in answering:
            prefetch(network.followees.where, np.int64(followees[at]))
            prefetch(network.followers.where, np.int64(followers[at]))
        for at in answering:
            ask_for(network.followees.items, network.followees.where[followees[at]])
        for at in answering:
            answers[at] = not follows(network, np.int64(followees[at]), np.int64(followers[at]))


def lose(part, agents, network, losses, losing, now):
    """Draw how many ties each agent of a part, and all of them, lose for reasons outside the model."""
    churning, rate, first, last = now.streams[draws.CHURN], now.rates.churn, now.bounds[part], now.bounds[part + 1]
    losses[first:last], losing[part], lost = 0, 0, np.int64(0)
    if not rate > 0.0:
        return
    occasions, loses, places = np.empty(SOME, np.uint64), np.empty(SOME, np.bool_), np.empty((2, SOME), np.int32)
    unlocked, losers = places[0], places[1]
    for some in range(first, last, SOME):
        until = min(some + SOME, last)
        mine, number = slice(some, until), until - some
        present, numbers = agents.present[mine], losses[mine]
        where, locked = network.followees.where[mine], network.locked[mine]
        occasions_of(churning, agents.keys, some, until, occasions)
        for at in range(number):
            unlocked[at] = where[at]["count"] - locked[at] if present[at] else 0
        for at in range(number):
            loses[at] = draws.takes_some(draws.uniform(occasions[at]), np.int64(unlocked[at]), rate)
        for at in listed(losers, loses[:number]):
            numbers[at] = draws.binomial(occasions[at], np.int64(unlocked[at]), rate)
            lost += numbers[at]
    losing[part] = lost


def with_answers(changes, count, answered, losing, now):
    """Return so many changes followed by the answers to them and by lost ties, whose places ``losing`` becomes."""
    total = count
    for at in range(count):
        if answered[at]:
            put_change(changes[total], now.tick, changes[at]["followee"], changes[at]["follower"], BY_FOLLOW_BACK)
            total += 1
    for part in range(losing.size):
        number = losing[part]
        losing[part] = total
        total += number
    return changes[:total]


def churn(part, agents, network, losses, losing, changes, now):
    """Write which ties a part of the agents loses, from its place in the changes on."""
    keys, locked, first, last = agents.keys, network.locked, now.bounds[part], now.bounds[part + 1]
    items, where, churning = network.followees.items, network.followees.where, now.streams[draws.CHURN]
    count, picks, losers = losing[part], np.empty(64, np.uint64), np.empty(SOME, np.int32)
    for some in range(first, last, SOME):
        losing_some = listed(losers, losses[some : min(some + SOME, last)])
        for turn in losing_some:
            ask_for(items, where[some + turn])
        for turn in losing_some:
            agent = some + turn
            unlocked, start = np.int64(where[agent]["count"]) - locked[agent], where[agent]["start"] + locked[agent]
            if unlocked > picks.size:
                picks = np.empty(2 * unlocked, np.uint64)
            picks[:unlocked] = draws.fold(draws.fold(churning, key_of(keys, agent)), draws.PICK)
            fold_keys(keys, 0, items[start : start + unlocked], picks)
            if losses[agent] == 1:
                put_change(changes[count], now.tick, agent, items[start + place_of_least(picks, 0, unlocked)], CHURN)
                count += 1
                continue
            lost = ascending(picks[:unlocked])
            for at in range(losses[agent]):
                put_change(changes[count], now.tick, agent, items[start + lost[at]], CHURN)
                count += 1


# --- 7. Rewire --------------------------------------------------------------------------------------------------


def write_change(changes, count, tick, follower, followee, reason):
    """Write one change of a tie; return the rows (longer if need be) and how many there are now."""
    if count == changes.size:
        longer = np.empty(2 * changes.size + 8, CHANGE)
        for at in range(changes.size):
            longer[at] = changes[at]
        changes = longer
    put_change(changes[count], tick, follower, followee, reason)
    return changes, count + 1


def depart(agents, network, hand, changes, now):
    """Let agents leave: memory and hand vanish, ties end. Return these changes, followed by the others."""
    ended, count = np.empty(changes.size + 8, CHANGE), np.int64(0)
    leaving = np.zeros(agents.present.size, np.bool_)
    for agent in range(leaving.size):
        occasion = draws.fold(now.streams[draws.DEPART], key_of(agents.keys, agent))
        leaving[agent] = agents.present[agent] and draws.chance(occasion, now.rates.departure)
    for agent in range(leaving.size):
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
        now.counts[0, DEPARTED] += 1
    if now.counts[0, DEPARTED] > 0:
        empty_hands(hand, leaving)
    for at in range(changes.size):
        change = changes[at]
        ended, count = write_change(
            ended, count, now.tick, np.int64(change["follower"]), np.int64(change["followee"]), change["reason"]
        )
    return ended[:count]


def empty_hands(hand, leaving):
    """Take away what those who leave have in hand."""
    for block in range(hand.start.size):
        kept = hand.start[block]
        for at in range(hand.start[block], hand.start[block] + hand.number[block]):
            keep_item(hand, kept, at)
            kept += np.int64(not leaving[hand.owner[at]])
        hand.number[block] = kept - hand.start[block]


def list_concerned(part, changes, concerned, now):
    """List which changes concern a part."""
    first, last, flags = now.bounds[part], now.bounds[part + 1], np.empty((2, changes.size), np.bool_)
    ends, begins = flags[0], flags[1]
    for side in range(2):
        places = concerned.places[side, part]
        for at in range(changes.size):
            agent = changes[at]["follower"] if side == 0 else changes[at]["followee"]
            ends[at] = (agent >= first) & (agent < last) & (changes[at]["reason"] < 0)
            begins[at] = (agent >= first) & (agent < last) & (changes[at]["reason"] > 0)
        ending = list_places(places, ends)
        concerned.ending[side, part] = ending
        concerned.number[side, part] = ending + list_places(places[ending:], begins)


def change_followees(part, agents, network, changes, concerned, now):
    """End and begin the ties of a part's followers; of two reasons for one tie the first counts.

    A change that does not happen gets the reason 0. Ties begin only between agents that stayed. Where a region lacks
    room for one, this is to be done again: it goes on from there.
    """
    present, items, where, locked = agents.present, network.followees.items, network.followees.where, network.locked
    ending, number, done = concerned.ending[0, part], concerned.number[0, part], concerned.done[0, part]
    named, mine = changes["follower"], concerned.places[0, part, :number]
    everyone = now.members.everyone and now.counts[0, DEPARTED] == 0
    for turn in range(done, ending):
        ask_ahead(network.followees, named, mine, turn)
        change = changes[mine[turn]]
        follower = np.int64(change["follower"])
        if forget_followee(items, where[follower], locked[follower], change["followee"]):
            now.counts[part, UNFOLLOWED - change["reason"]] += 1
        else:
            change["reason"] = 0
    for turn in range(max(done, ending), number):
        ask_ahead(network.followees, named, mine, turn)
        change = changes[mine[turn]]
        follower, followee = np.int64(change["follower"]), np.int64(change["followee"])
        if (everyone or (present[follower] and present[followee])) and position(items, where[follower], followee) < 0:
            if not has_room(network.followees, follower):
                concerned.done[0, part] = turn
                return
            append(items, where[follower], followee)
            now.counts[part, FOLLOWED + change["reason"]] += 1
        else:
            change["reason"] = 0
    concerned.done[0, part] = number


def change_followers(part, followers, changes, concerned):
    """Do the same in the lists of a part's followees, once it is known what happens."""
    ending, number, done = concerned.ending[1, part], concerned.number[1, part], concerned.done[1, part]
    items, where, named, long = followers.items, followers.where, changes["followee"], np.int64(0)
    mine = concerned.places[1, part, :number]
    for turn in range(done, ending):
        ask_ahead(followers, named, mine, turn)
        change = changes[mine[turn]]
        if change["reason"] < 0:
            if where[change["followee"]]["count"] > LONG:
                long += 1
            else:
                take_out(items, where[change["followee"]], change["follower"])
    if long > 0:
        sweep_long_lists(followers, changes, mine[:ending], long)
    for turn in range(max(done, ending), number):
        ask_ahead(followers, named, mine, turn)
        change = changes[mine[turn]]
        if change["reason"] > 0:
            if not has_room(followers, np.int64(change["followee"])):
                concerned.done[1, part] = turn
                return
            append(items, where[change["followee"]], change["follower"])
    concerned.done[1, part] = number


def with_room(lists, done, number):
    """Return the lists, written anew if a part lacked room for some of its changes, and whether one did."""
    for part in range(number.size):
        if done[part] < number[part]:
            return rewritten(lists), True
    return lists, False


def sweep_long_lists(followers, changes, places, ending):
    """End so many ties in long lists of followees, told by changes at some places: each list is gone through once."""
    where = followers.where
    pairs, count = np.empty(ending, np.uint64), np.int64(0)  # followee in the upper half, follower in the lower
    for at in places:
        change = changes[at]
        if change["reason"] < 0 and where[change["followee"]]["count"] > LONG:
            pairs[count] = (np.uint64(change["followee"]) << np.uint64(32)) | np.uint64(change["follower"])
            count += 1
    order, unordered, begin = ascending(pairs), pairs, np.int64(0)
    pairs = np.empty(ending, np.uint64)
    for at in range(ending):
        pairs[at] = unordered[order[at]]
    for at in range(1, ending + 1):
        if at == ending or pairs[at] >> np.uint64(32) != pairs[begin] >> np.uint64(32):
            forget_followers(followers, np.int64(pairs[begin] >> np.uint64(32)), pairs, begin, np.int64(at))
            begin = np.int64(at)


# --- 8. Observe -------------------------------------------------------------------------------------------------


def observe(agents, network, now):
    """Count members and ties, and what the Gini coefficient and the top 1 % of followers follow from."""
    where, members = network.followers.where, agents.present
    present, ties, most = np.int64(0), np.int64(0), np.int64(0)
    for agent in range(members.size):
        ties += where[agent]["count"]
        present += np.int64(members[agent])
        most = max(most, np.int64(where[agent]["count"] if members[agent] else 0))
    having = np.zeros(most + 1, np.int64)
    for agent in range(members.size):
        having[np.uint64(where[agent]["count"] if members[agent] else 0)] += np.int64(members[agent])
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
    now.counts[0, TIES] = ties
    now.counts[0, PRESENT] = present
    now.counts[0, RANKED] = ranked
    now.counts[0, TOTAL] = total
    now.counts[0, TOP] = top


def list_members(agents, order, groups):
    """Return who is present, by group and key; nobody is listed where all are there, of one group and by number."""
    present, silenced, groups_of = agents.present, agents.silenced, agents.group
    group_start, count, giving = np.zeros(groups + 1, np.int64), np.int64(0), np.int64(0)
    for agent in range(present.size):
        giving += np.int64(present[agent] & (not silenced[agent]))
        count += np.int64(present[agent])
    if groups == 1:
        group_start[1] = count
    for agent in range(present.size if groups > 1 else 0):
        group_start[groups_of[agent] + 1] += np.int64(present[agent])
    for group in range(groups):
        group_start[group + 1] += group_start[group]
    everyone = count == present.size
    if everyone and groups == 1 and order.size == 0:
        return Members(count, everyone, giving, np.empty(0, np.int32), group_start)
    place, by_group = group_start[:groups].copy(), np.empty(count, np.int32)
    for at in range(present.size):
        agent = key_order(order, at)
        if present[agent]:
            group = groups_of[agent]
            by_group[place[group]] = agent
            place[group] += 1
    return Members(count, everyone, giving, by_group, group_start)
