"""What would a good engineer make of the same rules in NumPy, and how fast is it?

Whole-array operations only: ties are two sorted arrays of pairs, a tick's deliveries one table, and feeds are read
by place, the first entries of all feeds at once, then the second ones. It shares no code and no draws with the engine.

    python -m tests.benchmarks.numpy_peer [AGENTS [TICKS [WARM_UP [RUNS]]]]     prints deliveries per second
"""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np

from tests.benchmarks.peer import COUNTED, Settings, main

FIRST, READ, BROUGHT = 0, 1, 2  # kinds of items in hand
BY_FOLLOWING, BY_ENCOUNTER, BY_BRINGING = 0, 1, 2  # channels
FOLLOWS = {BY_ENCOUNTER: "follow_encounter", BY_BRINGING: "follow_brought", 3: "follow_credit", 4: "follow_follow_back"}
UNFOLLOWS = ("unfollow_stale", "unfollow_overload", "unfollow_dull", "unfollow_churn")
STALE, OVERLOAD, DULL, CHURN = range(4)


class Items(NamedTuple):
    """Items in hand, or being sent; shape (items,)."""

    holder: np.ndarray
    name: np.ndarray
    finder: np.ndarray
    quality: np.ndarray
    kind: np.ndarray

    def take(self, which: np.ndarray) -> Items:
        """Return some of the items."""
        return Items(*(column[which] for column in self))


class Feeds(NamedTuple):
    """All feeds of a tick, in the order of readers, entries in the order of reading; shape (deliveries,)."""

    reader: np.ndarray
    sending: np.ndarray  # row of the sendings
    channel: np.ndarray
    place: np.ndarray  # in its feed


def contains(ordered: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return which of the wanted numbers an ordered array holds."""
    if not ordered.size:
        return np.zeros(wanted.size, bool)
    at = np.minimum(np.searchsorted(ordered, wanted), ordered.size - 1)
    return ordered[at] == wanted


def ranges(start: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return start[0], start[0] + 1, ... (count[0] of them), start[1], ..."""
    before = np.cumsum(count) - count
    return np.repeat(start - before, count) + np.arange(count.sum())


class NumpyNetwork:
    """People who follow each other, in columns."""

    def __init__(self, agents: int, seed: int, rates: Settings | None = None) -> None:
        self.agents, self.rates = agents, rates or Settings()
        self.random = np.random.default_rng(seed)
        self.generosity = self.random.uniform(self.rates.least_generous, self.rates.most_generous, agents)
        self.memory = np.full((agents, self.rates.memory), -1)
        self.oldest = np.zeros(agents, np.int64)
        self.names = 0
        empty = np.empty(0, np.int64)
        self.hand = Items(empty, empty, empty, np.empty(0), empty)
        self.by_follower = self._first_ties()  # follower * agents + followee
        self.by_followee = np.sort(self._turned(self.by_follower))  # followee * agents + follower
        self.counts: dict[str, float] = {}

    def _first_ties(self) -> np.ndarray:
        ties = np.empty(0, np.int64)
        wanted = self.agents * self.rates.followees
        follower = np.repeat(np.arange(self.agents), self.rates.followees)
        while ties.size < wanted:  # those who drew somebody twice draw again
            other = self.random.integers(0, self.agents - 1, follower.size)
            other += other >= follower
            ties = np.union1d(ties, follower * self.agents + other)
            missing = self.rates.followees - np.bincount(ties // self.agents, minlength=self.agents)
            follower = np.repeat(np.arange(self.agents), missing)
        return ties

    def _turned(self, ties: np.ndarray) -> np.ndarray:
        return ties % self.agents * self.agents + ties // self.agents

    def step(self) -> None:
        """Run one tick."""
        self.counts = dict.fromkeys(COUNTED, 0)
        hand = self.find()
        sendings, target = self.give(hand)
        feeds = self.deliver(sendings, target)
        value, price, known, done = self.read(feeds, sendings)
        self.rewire(*self.decide(feeds, sendings, value, price, known, done))
        self.observe()

    def find(self) -> Items:
        """Return what is in hand: what was found, and what was read with profit in the last tick."""
        number = self.random.poisson(self.rates.find_rate, self.agents)
        finder = np.repeat(np.arange(self.agents), number)
        name = self.names + np.arange(finder.size)
        self.names += finder.size
        quality = 1.0 - self.rates.quality_spread * self.random.random(finder.size)
        rank = ranges(np.zeros(self.agents, np.int64), number)
        if self.rates.memory:
            self.memory[finder, (self.oldest[finder] + rank) % self.rates.memory] = name
            self.oldest = (self.oldest + number) % self.rates.memory
        self.counts["found"] = finder.size
        found = Items(finder, name, finder, quality, np.full(finder.size, FIRST))
        return Items(*(np.concatenate(pair) for pair in zip(found, self.hand, strict=True)))

    def give(self, hand: Items) -> tuple[Items, np.ndarray]:
        """Return what is sent, and to whom it is brought (-1: shared)."""
        discount = np.where(hand.kind == READ, self.rates.relay, 1.0)
        shared = self.random.random(hand.kind.size) < self.generosity[hand.holder] * discount
        start = np.searchsorted(self.by_follower, np.arange(self.agents + 1) * self.agents)
        may = (hand.kind != BROUGHT) & (start[hand.holder + 1] > start[hand.holder])
        brought = may & (self.random.random(hand.kind.size) < self.rates.bring * discount)
        shares, bringings = hand.take(shared), hand.take(brought)
        first, last = start[bringings.holder], start[bringings.holder + 1]
        pick = first + (self.random.random(first.size) * (last - first)).astype(np.int64)
        target = np.concatenate([np.full(shares.kind.size, -1), self.by_follower[pick] % self.agents])
        self.counts["shared"], self.counts["brought"] = shares.kind.size, bringings.kind.size
        return Items(*(np.concatenate(pair) for pair in zip(shares, bringings, strict=True))), target

    def deliver(self, sendings: Items, target: np.ndarray) -> Feeds:
        """Return the feeds, each in random order."""
        shares = np.flatnonzero(target < 0)
        sender = sendings.holder[shares]
        start = np.searchsorted(self.by_followee, np.arange(self.agents + 1) * self.agents)
        count = start[sender + 1] - start[sender]
        following = self.by_followee[ranges(start[sender], count)] % self.agents
        met = np.repeat(shares, self.random.poisson(self.rates.encounters, shares.size))
        met = np.unique(met * self.agents + self.random.integers(0, self.agents, met.size))  # each person once
        who, what = met % self.agents, met // self.agents
        new = (who != sendings.holder[what]) & ~contains(self.by_followee, sendings.holder[what] * self.agents + who)
        parts = [following, who[new], target[shares.size :]]
        sending = np.concatenate([np.repeat(shares, count), what[new], np.arange(shares.size, target.size)])
        reader = np.concatenate(parts)
        channel = np.repeat([BY_FOLLOWING, BY_ENCOUNTER, BY_BRINGING], [part.size for part in parts])
        keep = np.flatnonzero(reader != sendings.finder[sending])
        order = (reader[keep] << 32) | self.random.integers(0, 2**32, keep.size)
        keep = keep[np.argsort(order)]
        reader = reader[keep]
        length = np.bincount(reader, minlength=self.agents)
        self.counts["deliveries"] = keep.size
        return Feeds(reader, sending[keep], channel[keep], ranges(np.zeros(self.agents, np.int64), length))

    def read(self, feeds: Feeds, sendings: Items) -> tuple[np.ndarray, ...]:
        """Return value and price of all entries, which were known, and which were read."""
        given = np.bincount(sendings.holder, minlength=self.agents)
        left = np.maximum(0.0, self.rates.attention - self.rates.share_cost * given).astype(np.int64)
        length = np.bincount(feeds.reader, minlength=self.agents)
        price = (self.rates.cost * length / self.rates.attention)[feeds.reader]
        done = feeds.place < left[feeds.reader]
        known = np.zeros(done.size, bool)
        first = np.cumsum(length) - length
        limit = np.minimum(length, left)
        for place in range(int(limit.max(initial=0)) if self.rates.memory else 0):
            reader = np.flatnonzero(limit > place)
            at = first[reader] + place
            name = sendings.name[feeds.sending[at]]
            known[at] = (self.memory[reader] == name[:, None]).any(axis=1)
            new, fresh = reader[~known[at]], name[~known[at]]
            self.memory[new, self.oldest[new]] = fresh
            self.oldest[new] = (self.oldest[new] + 1) % self.rates.memory
        value = np.where(known, 0.0, sendings.quality[feeds.sending])
        self.counts["read"] = int(done.sum())
        self.hand = self._in_hand(feeds, sendings, done & (value > price))
        return value, price, known, done

    def _in_hand(self, feeds: Feeds, sendings: Items, liked: np.ndarray) -> Items:
        """Return what was read with profit, each item once: only what memory has lost since can come twice."""
        pair = (feeds.reader << 40) | sendings.name[feeds.sending]
        late = np.flatnonzero(liked & (feeds.place >= self.rates.memory))
        early = np.flatnonzero(liked & (feeds.place < self.rates.memory))
        late = late[np.unique(pair[late], return_index=True)[1]]
        which = np.concatenate([early, late[~np.isin(pair[late], pair[early])]])
        items = sendings.take(feeds.sending[which])
        kind = np.where(feeds.channel[which] == BY_BRINGING, BROUGHT, READ)
        return items._replace(holder=feeds.reader[which], kind=kind)

    def decide(self, feeds: Feeds, sendings: Items, value: np.ndarray, price: np.ndarray, known: np.ndarray,
               done: np.ndarray) -> tuple[np.ndarray, ...]:  # fmt: skip
        """Return the ties to end and to begin with their reasons, in the order of feeds."""
        chance = self.random.random(done.size) < self.rates.responsiveness * np.abs(value - price)
        sender, reader = sendings.holder[feeds.sending], feeds.reader
        out = np.flatnonzero(done & chance & (value < price))
        out = out[contains(self.by_follower, reader[out] * self.agents + sender[out])]
        why = np.where(known[out], STALE, np.where(value[out] >= self.rates.cost, OVERLOAD, DULL))
        into = np.flatnonzero(done & chance & (value > price))
        follows = contains(self.by_follower, reader[into] * self.agents + sender[into])
        owed = np.where(follows, sendings.finder[feeds.sending[into]], sender[into])
        reason = np.where(follows, 3, feeds.channel[into])
        credited = ~follows | (self.random.random(into.size) < self.rates.credit)
        tie = reader[into] * self.agents + owed
        new = credited & ~contains(self.by_follower, tie)
        return reader[out] * self.agents + sender[out], why, tie[new], reason[new]

    def rewire(self, ending: np.ndarray, why: np.ndarray, beginning: np.ndarray, reason: np.ndarray) -> None:
        """Answer new follows, let ties churn, then end and begin ties; the first reason counts."""
        ties = self.by_follower.size
        churned = self.random.choice(ties, self.random.binomial(ties, self.rates.churn), replace=False, shuffle=False)
        ending = np.concatenate([ending, self.by_follower[churned]])
        ending, first = np.unique(ending, return_index=True)
        self._count(np.append(why, np.full(churned.size, CHURN))[first], enumerate(UNFOLLOWS))
        beginning, first = np.unique(beginning, return_index=True)
        back = self._turned(beginning)
        back = back[~contains(self.by_follower, back) & (self.random.random(back.size) < self.rates.follow_back)]
        reason = np.append(reason[first], np.full(back.size, 4))
        beginning, first = np.unique(np.append(beginning, back), return_index=True)
        self._count(reason[first], FOLLOWS.items())
        self.by_follower = self._changed(self.by_follower, ending, beginning)
        self.by_followee = self._changed(
            self.by_followee, np.sort(self._turned(ending)), np.sort(self._turned(beginning))
        )

    def _changed(self, ties: np.ndarray, ending: np.ndarray, beginning: np.ndarray) -> np.ndarray:
        ties = np.delete(ties, np.searchsorted(ties, ending))
        return np.insert(ties, np.searchsorted(ties, beginning), beginning)

    def _count(self, reasons: np.ndarray, names) -> None:
        for number, name in names:
            self.counts[name] = int((reasons == number).sum())

    def observe(self) -> None:
        """Count ties and their inequality."""
        followers = np.sort(np.bincount(self.by_followee // self.agents, minlength=self.agents))
        n, total = self.agents, int(followers.sum())
        self.counts["ties"] = total
        ranked = int((np.arange(1, n + 1) * followers).sum())
        self.counts["followers_gini"] = 2 * ranked / (n * total) - (n + 1) / n if total else 0.0

    def latest(self) -> dict[str, float]:
        """Return what happened in the last tick."""
        return self.counts


if __name__ == "__main__":
    main(NumpyNetwork, sys.argv[1:])
