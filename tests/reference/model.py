"""What must a tick do, word for word?

The naive twin of the engine: the whole model in plain dicts, sets, lists and loops, one method per phase. It was
written from the specification, without the engine's sources, and shares only the draws with it
(`simulation.randomness`). Slow on purpose: wherever a faster way would have to be argued for, it takes the slow one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np

from simulation import randomness as draw

from .world import (
    ARRIVAL,
    BROUGHT,
    BY_BRINGING,
    BY_ENCOUNTER,
    BY_FOLLOWING,
    CHURN,
    CREDIT,
    DEPARTURE,
    DULL,
    ENCOUNTER,
    FIRST,
    FOLLOW_BACK,
    INTRODUCTION,
    OVERLOAD,
    READ,
    REASONS,
    STALE,
    TAKEN,
    Entry,
    Item,
    Reading,
    World,
    stored,
)

COUNTED = ("found", "shared", "brought", "introductions", "deliveries", "read", *REASONS.values())
ATTEMPTS = 51  # a newcomer's first draw for a follow and at most 50 repeats


class Reference(World):
    """The model: `step` runs one tick. See `World` for what it is made from."""

    def step(self) -> dict[str, float]:
        """Run one tick and return its totals."""
        with np.errstate(over="ignore"):
            self.totals = Counter()
            self.intervene()
            self.look_around()
            self.find()  # 1
            self.give()  # 2
            self.deliver()  # 3
            self.read()  # 4
            self.opt_in_opt_out()  # 5
            self.other_ties()  # 6
            self.rewire()  # 7
            totals = self.observe()  # 8
        self.tick += 1
        return totals

    def look_around(self) -> None:
        """All decisions of a tick see ties, groups and members as at its beginning."""
        key, group = self.attributes["key"], self.attributes["group"]
        self.before = dict(self.ties)
        self.followees: dict[int, list[int]] = {slot: [] for slot in self.slots}
        self.followers: dict[int, list[int]] = {slot: [] for slot in self.slots}
        for u, v in self.before:
            self.followees[u].append(v)
            self.followers[v].append(u)
        self.members = [slot for slot in self.slots if self.present[slot]]
        self.by_key = sorted(self.members, key=lambda slot: key[slot])
        self.by_group = sorted(self.members, key=lambda slot: (group[slot], key[slot]))
        self.groups = 1 + max(group, default=0)
        self.speaking = [slot for slot in self.members if slot not in self.silenced]

    def find(self) -> None:
        """1. Each agent finds Poisson(find_rate) items; they join what it read with net > 0 in the last tick."""
        for agent in self.members:
            if agent in self.silenced:
                self.hand[agent] = []
                continue
            rate = self.attributes["find_rate"][agent]
            occasion = draw.fold(self.stream(draw.FIND), self.attributes["key"][agent])
            for rank in range(int(draw.poisson(occasion, rate, draw.no_event(rate)))):
                item = Item(agent, self.tick, rank, self.attributes["group"][agent], FIRST)
                self.hand[agent].append(item)
                self.remember(agent, self.name(item))
                self.totals["found"] += 1

    def give(self) -> None:
        """2. Each item in hand is shared, brought, both or neither; contacts are introduced; then hands are empty."""
        relay = self.parameters.relay
        self.shares: list[tuple[int, Item]] = []
        self.bringings: list[tuple[int, Item, int]] = []
        self.introductions: list[tuple[int, int, int]] = []
        for agent in self.speaking:
            generosity, bring = self.attributes["generosity"][agent], self.parameters.bring
            share_with = {FIRST: generosity, READ: generosity * relay, TAKEN: generosity}
            bring_with = {FIRST: bring, READ: bring * relay, TAKEN: 0.0}
            for item in self.hand[agent]:
                occasion = self.occasion(agent, item)
                if draw.upper(occasion) < share_with[item.kind]:
                    self.shares.append((agent, item))
                candidates = [v for v in self.followees[agent] if self.present[v]]
                if candidates and draw.lower(occasion) < bring_with[item.kind]:
                    target = self.smallest(candidates, draw.fold(occasion, draw.BRING_TO))[0]
                    self.bringings.append((agent, item, target))
            self.introduce(agent)
            self.hand[agent] = []
        givers = [giver for giver, _ in self.shares] + [giver for giver, _, _ in self.bringings]
        self.given = Counter(givers)  # lost bringings are paid too
        self.introduced = Counter(introducer for introducer, *_ in self.introductions)
        self.totals["shared"] = len(self.shares)
        self.totals["brought"] = len(self.bringings)
        self.totals["introductions"] = len(self.introductions)

    def introduce(self, agent: int) -> None:
        """With probability `introducing` an agent introduces two contacts (fewer than two: none)."""
        occasion = draw.fold(self.stream(draw.INTRODUCE), self.attributes["key"][agent])
        contacts = {v for v in self.followees[agent] + self.followers[agent] if self.present[v]}
        if len(contacts) >= 2 and draw.chance(occasion, self.attributes["introducing"][agent]):
            one, other = self.smallest(contacts, draw.fold(occasion, draw.PICK))[:2]
            self.introductions.append((agent, one, other))

    def deliver(self) -> None:
        """3. Shares go to all followers and some encounters, brought items to one person, none to its own finder."""
        self.feeds = {slot: [] for slot in self.slots}
        for sender, item in self.shares:
            for reader in self.followers[sender]:
                self.deliver_one(sender, item, BY_FOLLOWING, reader)
            for reader in self.encountered(sender, item) - {sender} - set(self.followers[sender]):
                self.deliver_one(sender, item, BY_ENCOUNTER, reader)
        for sender, item, reader in self.bringings:
            self.deliver_one(sender, item, BY_BRINGING, reader)

    def encountered(self, sender: int, item: Item) -> set[int]:
        """Return whom a share meets by chance: a repeated target counts once."""
        occasion = self.occasion(sender, item)
        group = self.attributes["group"]
        inside = [slot for slot in self.by_key if group[slot] == group[sender]]
        outside = [slot for slot in self.by_group if group[slot] != group[sender]]
        mean = self.parameters.encounters * self.attributes["visibility"][sender]
        targets = set()
        for number in range(int(draw.poisson(draw.fold(occasion, draw.ENCOUNTERS), mean, draw.no_event(mean)))):
            meeting = draw.fold(draw.fold(occasion, draw.MEET), number)
            if self.groups == 1:
                choice = self.by_key
            else:
                across = draw.chance(draw.fold(meeting, draw.MEET_OUTSIDE), self.attributes["spanning"][sender])
                choice = outside if across else inside
            if choice:
                targets.add(choice[int(draw.below(meeting, len(choice)))])
        return targets

    def deliver_one(self, sender: int, item: Item, channel: int, reader: int) -> None:
        """Put an item into a feed, unless the reader found it or its slot is vacant."""
        if self.present[reader] and reader != self.finder(item):
            reading = draw.fold(self.stream(draw.FEED + channel), self.attributes["key"][reader])
            place = draw.fold(reading, self.cue(sender, item))
            self.feeds[reader].append(Entry(place, sender, item, channel))
            self.totals["deliveries"] += 1

    def read(self) -> None:
        """4. The first floor(attention left) entries of a feed are read one by one, the rest is lost."""
        self.readings: list[Reading] = []
        for reader in self.members:
            feed = self.feeds[reader]
            feed.sort(key=lambda entry: entry.draw)
            attention = self.attributes["attention"][reader]
            left = self.attention_left(reader)
            for place, entry in enumerate(feed):
                if place + 1 > left:  # so `floor(left)` entries are read
                    break
                load = len(feed) / attention
                self.read_one(reader, entry, load)

    def read_one(self, reader: int, entry: Entry, load: float) -> None:
        """Read an entry: its value, its price, what remains, and whether the item stays in hand."""
        name = self.name(entry.item)
        remembered = name in self.memory[reader]
        if remembered:
            value = 0.0
        else:
            quality = float(draw.item_quality(name, self.parameters.quality_spread))
            familiar = entry.item.topic == self.attributes["group"][reader]
            value = quality * (1 if familiar else self.parameters.openness)
            self.remember(reader, name)
        price = self.parameters.cost * load
        net = value - price
        if net > 0 and all(self.name(held) != name for held in self.hand[reader]):
            kind = TAKEN if entry.channel == BY_BRINGING else READ
            self.hand[reader].append(entry.item._replace(kind=kind))
        self.readings.append(Reading(reader, entry, remembered, value, net))
        self.totals["read"] += 1

    def opt_in_opt_out(self) -> None:
        """5. One number, net, makes the reader follow whom it owes or unfollow who sent."""
        self.opt_ins: list[tuple[int, int, int]] = []
        self.opt_outs: list[tuple[int, int, int]] = []
        for reading in self.readings:
            reader, entry, net = reading.reader, reading.entry, reading.net
            decision = draw.lower(entry.draw)
            tie = (reader, entry.sender)
            if net > 0:
                owed, reason = self.owed(reader, entry)
                if owed is not None and (reader, owed) not in self.before:
                    kinship = self.kinship(reader, owed)
                    fame = float(np.power(1.0 + len(self.followers[owed]), self.parameters.fame))
                    if decision < self.parameters.responsiveness * net * kinship * fame:
                        self.opt_ins.append((reader, owed, reason))
            unlocked = self.before.get(tie) is False  # True: locked; None: no tie
            if net < 0 and unlocked and decision < self.parameters.responsiveness * -net:
                self.opt_outs.append((*tie, self.grievance(reading)))

    def owed(self, reader: int, entry: Entry) -> tuple[int | None, int]:
        """Return whom the reader owes an entry, the sender or the finder credited on it, and the reason."""
        if (reader, entry.sender) not in self.before:
            return entry.sender, BROUGHT if entry.channel == BY_BRINGING else ENCOUNTER
        if draw.chance(draw.fold(entry.draw, draw.CREDIT), self.parameters.credit):
            return self.finder(entry.item), CREDIT
        return None, CREDIT

    def grievance(self, reading: Reading) -> int:
        """Return the reason of an opt-out: `stale`, `overload` (welcome at load 1) or `dull`."""
        if reading.remembered:
            return STALE
        return OVERLOAD if reading.value - self.parameters.cost >= 0 else DULL

    def other_ties(self) -> None:
        """6. Introduced people follow each other, new follows are answered, ties churn."""
        key = self.attributes["key"]
        for introducer, one, other in self.introductions:
            occasion = draw.fold(draw.fold(self.stream(draw.INTRODUCE), key[introducer]), draw.INTRODUCED)
            for u, v in ((one, other), (other, one)):
                probability = self.parameters.responsiveness * self.kinship(u, v)
                if (u, v) not in self.before and draw.chance(self.pair(occasion, u, v), probability):
                    self.opt_ins.append((u, v, INTRODUCTION))
        self.opt_ins += [(v, u, FOLLOW_BACK) for u, v, _ in self.opt_ins if self.answers(u, v, self.before)]
        for agent in self.members:
            occasion = draw.fold(self.stream(draw.CHURN), key[agent])
            unlocked = [v for v in self.followees[agent] if not self.before[agent, v]]
            losses = int(draw.binomial(occasion, len(unlocked), self.parameters.churn))
            for v in self.smallest(unlocked, draw.fold(occasion, draw.PICK))[:losses]:
                self.opt_outs.append((agent, v, CHURN))

    def answers(self, follower: int, followee: int, ties: Mapping[tuple[int, int], bool]) -> bool:
        """Return whether a new follow is not mutual and the followee follows back."""
        occasion = self.pair(self.stream(draw.FOLLOW_BACK), followee, follower)
        probability = self.parameters.follow_back * self.kinship(followee, follower)
        return (followee, follower) not in ties and bool(draw.chance(occasion, probability))

    def rewire(self) -> None:
        """7. Departures, opt-outs, opt-ins between agents that stayed, newcomers, in this order."""
        for agent in self.members:
            occasion = draw.fold(self.stream(draw.DEPART), self.attributes["key"][agent])
            if draw.chance(occasion, self.parameters.departure):
                self.depart(agent)
        stayed = {agent for agent in self.members if self.present[agent]}
        for u, v, reason in self.opt_outs:
            if (u, v) in self.ties:
                self.unfollow(u, v, reason)
        for u, v, reason in self.opt_ins:
            if u in stayed and v in stayed and (u, v) not in self.ties:
                self.follow(u, v, reason)
        self.arrive(stayed)

    def depart(self, agent: int) -> None:
        """7a. A leaving agent's unlocked ties end in both directions, its memory and hand vanish, its slot is free."""
        for (u, v), locked in list(self.ties.items()):
            if agent in (u, v) and not locked:
                self.unfollow(u, v, DEPARTURE)
        self.memory[agent], self.hand[agent] = [], []
        self.present[agent] = False
        self.silenced.discard(agent)  # it was the person that was silenced, not the position

    def arrive(self, stayed: set[int]) -> None:
        """7d. Newcomers take free slots in ascending order of key and follow senders of this tick that stayed."""
        key = self.attributes["key"]
        senders = sorted((sender for sender, _ in self.shares), key=lambda slot: key[slot])
        senders = senders or sorted(stayed, key=lambda slot: key[slot])
        free = sorted((slot for slot in self.slots if not self.present[slot]), key=lambda slot: key[slot])
        rate = self.parameters.arrivals
        wanting = int(draw.poisson(self.stream(draw.ARRIVE), rate, draw.no_event(rate)))
        for number, slot in enumerate(free[:wanting]):
            self.present[slot] = True
            self.arrived[slot] = self.tick
            self.silenced.discard(slot)
            self.memory[slot], self.hand[slot] = [], []
            drawn = self.newcomer(self.tick, number) if self.newcomer else {}
            for name in drawn.keys() & self.attributes.keys():
                self.attributes[name][slot] = stored(name, drawn[name])
            for follow in range(self.parameters.first_follows):
                self.first_follow(slot, follow, senders, stayed)

    def first_follow(self, slot: int, follow: int, senders: list[int], stayed: set[int]) -> None:
        """Draw whom a newcomer follows, again while the draw is rejected; the followee may answer at once."""
        identity = self.attributes["identity"]
        occasion = draw.fold(self.stream(draw.ARRIVAL_FOLLOW), self.attributes["key"][slot])
        for attempt in range(ATTEMPTS if senders else 0):
            d = draw.fold(draw.fold(occasion, follow), attempt)
            sender = senders[int(draw.below(d, len(senders)))]
            if sender not in stayed or (slot, sender) in self.ties:
                continue
            accepted = draw.chance(draw.fold(d, draw.ACCEPT), 1 - self.parameters.homophily)
            if identity[sender] != identity[slot] and not accepted:
                continue
            self.follow(slot, sender, ARRIVAL)
            if self.answers(slot, sender, self.ties):
                self.follow(sender, slot, FOLLOW_BACK)
            return

    def observe(self) -> dict[str, float]:
        """8. Return the totals of the tick: the value is summed exactly, so that no order of agents shows in it."""
        totals: dict[str, float] = {name: self.totals[name] for name in COUNTED}
        totals["lost"] = totals["deliveries"] - totals["read"]
        totals["value"] = math.fsum(reading.value for reading in self.readings)
        totals["ties"] = len(self.ties)
        totals["present"] = sum(self.present)
        return totals
