"""What would an ordinary Mesa model of the same rules look like, and how fast is it?

Written as a Mesa user writes it: an object per person, sets of followers, the model's own random numbers, AgentSets
that do one phase after the other, a DataCollector. It shares no code and no draws with the engine.

    python -m tests.benchmarks.mesa_peer [AGENTS [TICKS [WARM_UP [RUNS]]]]     prints deliveries per second
    python -m tests.benchmarks.mesa_peer --profile [AGENTS]                    prints where the time goes
"""

from __future__ import annotations

import cProfile
import math
import pstats
import sys
from collections import Counter, deque

import mesa

from tests.benchmarks.peer import COUNTED, Settings, gini, main

FIRST, READ, BROUGHT = "first", "read", "brought"


class Item:
    """A piece of information: who found it, and how good it is."""

    __slots__ = ("finder", "quality")

    def __init__(self, finder: Person, quality: float) -> None:
        self.finder, self.quality = finder, quality


class Person(mesa.Agent):
    """Someone who finds, gives, reads, follows and unfollows."""

    def __init__(self, model: Network) -> None:
        super().__init__(model)
        rates = model.rates
        self.generosity = self.random.uniform(rates.least_generous, rates.most_generous)
        self.followees: set[Person] = set()
        self.followers: set[Person] = set()
        self.memory: deque[Item] = deque(maxlen=rates.memory)
        self.hand: dict[Item, str] = {}
        self.feed: list[tuple[Person, Item, str]] = []
        self.given = 0

    def poisson(self, none: float) -> int:
        """Draw a Poisson number whose probability of 0 is ``none`` (Knuth's method)."""
        number, product = 0, self.random.random()
        while product > none:
            number += 1
            product *= self.random.random()
        return number

    def find(self) -> None:
        """Find items; they join what was read with profit in the last tick."""
        for _ in range(self.poisson(self.model.no_find)):
            item = Item(self, 1.0 - self.model.rates.quality_spread * self.random.random())
            self.hand[item] = FIRST
            self.memory.append(item)
            self.model.counts["found"] += 1

    def give(self) -> None:
        """Share what is in hand, or bring it to someone one follows."""
        rates, random = self.model.rates, self.random.random
        self.given = 0
        for item, kind in self.hand.items():
            discount = rates.relay if kind == READ else 1.0
            if random() < self.generosity * discount:
                self.share(item)
            if kind != BROUGHT and self.followees and random() < rates.bring * discount:
                self.bring(item)
        self.hand.clear()

    def share(self, item: Item) -> None:
        """Give an item to all followers and to those who come across it."""
        self.given += 1
        self.model.counts["shared"] += 1
        for reader in self.followers:
            if reader is not item.finder:
                reader.feed.append((self, item, "follower"))
        met = {self.random.choice(self.model.people) for _ in range(self.poisson(self.model.no_encounter))}
        for reader in met:
            if reader is not self and reader is not item.finder and reader not in self.followers:
                reader.feed.append((self, item, "encounter"))

    def bring(self, item: Item) -> None:
        """Hand an item up to one of the people one follows."""
        self.given += 1
        self.model.counts["brought"] += 1
        reader = self.random.choice(tuple(self.followees))
        if reader is not item.finder:
            reader.feed.append((self, item, "brought"))

    def read(self) -> None:
        """Read the feed as far as attention goes, and decide on ties."""
        rates, counts = self.model.rates, self.model.counts
        self.random.shuffle(self.feed)
        price = rates.cost * len(self.feed) / rates.attention
        left = int(max(0.0, rates.attention - rates.share_cost * self.given))
        counts["deliveries"] += len(self.feed)
        counts["read"] += min(left, len(self.feed))
        for sender, item, channel in self.feed[:left]:
            remembered = item in self.memory
            if not remembered:
                self.memory.append(item)
            value = 0.0 if remembered else item.quality
            if value > price:
                self.hand.setdefault(item, BROUGHT if channel == "brought" else READ)
                self.opt_in(sender, item, channel, value - price)
            elif value < price and sender in self.followees:
                if self.random.random() < rates.responsiveness * (price - value):
                    reason = "stale" if remembered else "overload" if value >= rates.cost else "dull"
                    self.model.opt_outs.setdefault((self, sender), reason)
        self.feed.clear()

    def opt_in(self, sender: Person, item: Item, channel: str, net: float) -> None:
        """Follow the sender of a good item, or the finder if one follows the sender already."""
        owed, reason = sender, channel
        if sender in self.followees:
            if self.random.random() >= self.model.rates.credit:
                return
            owed, reason = item.finder, "credit"
        if owed not in self.followees and self.random.random() < self.model.rates.responsiveness * net:
            self.model.opt_ins.setdefault((self, owed), reason)

    def churn(self) -> None:
        """Lose ties for reasons outside the model."""
        churn, random = self.model.rates.churn, self.random.random
        for followee in self.followees:
            if random() < churn:
                self.model.opt_outs.setdefault((self, followee), "churn")


class Network(mesa.Model):
    """People who follow each other."""

    def __init__(self, agents: int, seed: int, rates: Settings | None = None) -> None:
        super().__init__(rng=seed)
        self.rates = rates or Settings()
        self.no_find, self.no_encounter = math.exp(-self.rates.find_rate), math.exp(-self.rates.encounters)
        self.people = list(Person.create_agents(self, agents))
        for person in self.people:
            chosen = self.random.sample(self.people, self.rates.followees + 1)
            for other in [each for each in chosen if each is not person][: self.rates.followees]:
                self.follow(person, other)
        self.counts: Counter[str] = Counter()
        self.opt_ins: dict[tuple[Person, Person], str] = {}
        self.opt_outs: dict[tuple[Person, Person], str] = {}
        reporters = {name: lambda model, name=name: model.counts[name] for name in COUNTED}
        reporters["ties"] = lambda model: sum(len(person.followers) for person in model.people)
        reporters["followers_gini"] = lambda model: gini([len(person.followers) for person in model.people])
        self.datacollector = mesa.DataCollector(model_reporters=reporters)

    def step(self) -> None:
        """Run one tick: everybody finds, everybody gives, everybody reads, then ties change."""
        self.counts.clear()
        for phase in ("find", "give", "read", "churn"):
            self.agents.do(phase)
        self.rewire()
        self.datacollector.collect(self)

    def rewire(self) -> None:
        """Answer new follows, then end and begin ties."""
        for follower, followee in list(self.opt_ins):
            if follower not in followee.followees and self.random.random() < self.rates.follow_back:
                self.opt_ins.setdefault((followee, follower), "follow_back")
        for (follower, followee), reason in self.opt_outs.items():
            follower.followees.remove(followee)
            followee.followers.remove(follower)
            self.counts[f"unfollow_{reason}"] += 1
        for (follower, followee), reason in self.opt_ins.items():
            self.follow(follower, followee)
            self.counts[f"follow_{reason}"] += 1
        self.opt_ins.clear()
        self.opt_outs.clear()

    def follow(self, follower: Person, followee: Person) -> None:
        """Begin a tie."""
        follower.followees.add(followee)
        followee.followers.add(follower)

    def latest(self) -> dict[str, float]:
        """Return what the last tick left in the DataCollector."""
        return {name: values[-1] for name, values in self.datacollector.model_vars.items()}


def profile(agents: int, ticks: int = 5, rows: int = 15) -> str:
    """Return where the time of a few ticks goes, by function's own time, one line each."""
    model = Network(agents, 1)
    for _ in range(ticks):
        model.step()
    with cProfile.Profile() as profiler:
        for _ in range(ticks):
            model.step()
    stats = pstats.Stats(profiler)
    table: dict = stats.stats  # type: ignore[attr-defined]
    total = sum(own for _, _, own, _, _ in table.values())
    lines = ["| function | calls | own time |", "|---|---:|---:|"]
    for (path, _, name), (_, calls, own, _, _) in sorted(table.items(), key=lambda each: -each[1][2])[:rows]:
        where = "" if path == "~" else path.replace("\\", "/").rsplit("/", 1)[-1] + ": "
        lines.append(f"| `{where}{name}` | {calls} | {100 * own / total:.1f} % |")
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--profile"]:
        print(profile(int(sys.argv[2]) if len(sys.argv) > 2 else 10_000))
    else:
        main(Network, sys.argv[1:])
