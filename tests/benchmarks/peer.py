"""What do the peers of the engine have in common? Their settings, and how their speed is measured."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

REASONS = ("follow_encounter", "follow_brought", "follow_credit", "follow_follow_back", "unfollow_stale",
           "unfollow_dull", "unfollow_overload", "unfollow_churn")  # fmt: skip
COUNTED = ("found", "shared", "brought", "deliveries", "read", *REASONS)


@dataclass(frozen=True)
class Settings:
    """The model's parameters in the peers' corner: one group, no introductions, nobody comes or leaves.

    The defaults are the benchmark's world, or the model's own where the benchmark leaves them alone.
    """

    followees: int = 12
    least_generous: float = 0.35  # generosity is uniform between these two
    most_generous: float = 0.35
    find_rate: float = 1.0
    attention: float = 20.0
    memory: int = 16
    bring: float = 0.3
    relay: float = 0.05
    encounters: float = 2.0
    quality_spread: float = 1.0
    cost: float = 0.3
    share_cost: float = 1.0
    responsiveness: float = 0.1
    credit: float = 1.0
    follow_back: float = 0.1
    churn: float = 0.005

    def world(self) -> dict[str, Any]:
        """Return the arguments that give `open_world` the same people."""
        generosity = ("uniform", self.least_generous, self.most_generous)
        if self.least_generous == self.most_generous:
            generosity = self.least_generous
        return {"followees": self.followees, "generosity": generosity, "find_rate": self.find_rate,
                "attention": self.attention}  # fmt: skip

    def parameters(self) -> dict[str, Any]:
        """Return the arguments that give `Parameters` the same rules."""
        people = {*self.world(), "least_generous", "most_generous"}
        return {name: value for name, value in asdict(self).items() if name not in people}


class Peer(Protocol):
    """What a peer can do: run a tick, and say what happened in the last one."""

    def step(self) -> None:
        """Run one tick."""

    def latest(self) -> dict[str, float]:
        """Return the last tick's counts (`COUNTED`), ``ties`` and ``followers_gini``."""


def gini(followers: Sequence[int]) -> float:
    """Return the Gini coefficient of follower counts."""
    n, total = len(followers), sum(followers)
    ranked = sum(rank * count for rank, count in enumerate(sorted(followers), 1))
    return 2 * ranked / (n * total) - (n + 1) / n if total else 0.0


def measure(make: Callable[[int, int], Peer], agents: int, ticks: int, warm_up: int, runs: int) -> dict[str, Any]:
    """Return how many deliveries a second a peer makes: each run timed from the end of its warm-up."""
    seconds, deliveries = [], []
    peer = None
    for seed in range(1, runs + 1):
        del peer  # else the run before keeps memory, and the collector of garbage busy
        gc.collect()
        peer = make(agents, seed)
        for _ in range(warm_up):
            peer.step()
        count, begun = 0, time.perf_counter()
        for _ in range(ticks):
            peer.step()
            count += int(peer.latest()["deliveries"])
        seconds.append(time.perf_counter() - begun)
        deliveries.append(count)
    rates = [count / second for count, second in zip(deliveries, seconds, strict=True)]
    return {"agents": agents, "ticks": ticks, "warm_up": warm_up, "runs": runs, "seconds": seconds,
            "deliveries": deliveries, "deliveries_per_second": rates,
            "deliveries_per_agent_tick": statistics.median(deliveries) / (agents * ticks)}  # fmt: skip


def main(make: Callable[[int, int], Peer], arguments: Sequence[str]) -> None:
    """Print a peer's figures as JSON: AGENTS [TICKS [WARM_UP [RUNS]]]; without arguments at 10,000 and 100,000."""
    numbers = [int(each) for each in arguments]
    ticks, warm_up, runs = [*numbers[1:], *(5, 5, 5)[max(0, len(numbers) - 1) :]]
    for agents in numbers[:1] or (10_000, 100_000):
        print(json.dumps(measure(make, agents, ticks, warm_up, runs)))
