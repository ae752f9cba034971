"""What is run when speed is measured? The benchmark's world, and one run of it with its figures."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..errors import InputError
from ..parameters import Parameters
from ..run import Run
from ..state import BRINGINGS, SHARED, bytes_of_lists, bytes_per_agent, bytes_per_tie
from ..worlds import open_world

#: Settings of the starting world, found by trying: about 9 to 10 deliveries per agent and tick in ticks 5 to 25, at
#: most 5 % of them lost. At the model's attention of 10 a feed of ten would overflow half of the time.
WORKLOAD: dict[str, Any] = {"followees": 12, "generosity": 0.35, "find_rate": 1.0, "attention": 20}
INTRODUCING = 0.01  # so that all channels are on; the peers have no introductions, and are compared without
#: 1,000 agents at these settings, else defaults: about 140,000 deliveries in 100 ticks, the yardstick of small runs.
OF_SWEEPS: dict[str, Any] = {"find_rate": 0.26}
WARM_UP = 5  # ticks before the clock starts: by then items are in hand and feeds are filled
TICKS = 20  # ticks that are timed; in longer runs ties, and with them the work, drift away from the start
LARGE = 1_000_000  # agents from which on fewer ticks do:
FEW_TICKS = 8  # so that lists are written anew in one or two of them, as in every sixth or so
SEED = 1


def make_run(agents: int, threads: int = 1, introducing: float = INTRODUCING) -> Run:
    """Return the benchmark's world at its start."""
    world = open_world(agents=agents, introducing=introducing, **WORKLOAD)
    return Run(world, Parameters(), seed=SEED, threads=threads)


def small_run(seed: int, agents: int = 1000) -> Run:
    """Return a run of the yardstick of sweeps at its start."""
    return Run(open_world(agents=agents, **OF_SWEEPS), Parameters(), seed=seed)


def ticks_for(agents: int) -> int:
    """Return how many ticks are timed."""
    return FEW_TICKS if agents >= LARGE else TICKS


def advance(agents: int, threads: int = 1, introducing: float = INTRODUCING, ticks: int = 0) -> tuple[Run, dict]:
    """Run the benchmark's world once; return it and its figures.

    Parameters
    ----------
    agents : int
        >= 2.
    threads : int
        On how many each phase runs.
    introducing : float
        Probability of introducing two contacts.
    ticks : int
        Timed ticks; 0 for the usual number.

    Returns
    -------
    run : Run
    figures : dict
        ``seconds`` of the timed ticks, their counts, and ``ns`` per delivery.
    """
    if agents < 2:
        raise InputError(f"agents: {agents}; allowed: a whole number >= 2")
    ticks = ticks or ticks_for(agents)
    begun = time.perf_counter()
    run = make_run(agents, threads, introducing)
    setup = time.perf_counter() - begun
    run.advance(WARM_UP)
    begun = time.perf_counter()
    run.advance(ticks)
    seconds = time.perf_counter() - begun
    counts = counts_of(run, ticks)
    return run, {"agents": agents, "ticks": ticks, "threads": threads, "seconds": seconds, "setup_seconds": setup,
                 "counts": counts, "ns": per_delivery(seconds, counts, ticks),
                 "bytes_per_tie": bytes_per_tie(run.state), "bytes_per_agent": bytes_per_agent(run.state)}  # fmt: skip


def phases(agents: int, threads: int = 1, introducing: float = INTRODUCING, ticks: int = 0) -> dict[str, float]:
    """Return ns per delivery by phase, from a run of the same course of its own: taken apart it is slower."""
    ticks = ticks or ticks_for(agents)
    run = make_run(agents, threads, introducing)
    run.advance(WARM_UP, timings={})  # which compiles each phase by itself
    timings: dict[str, float] = {}
    run.advance(ticks, timings=timings)
    counts = counts_of(run, ticks)
    return {name: per_delivery(seconds, counts, ticks) for name, seconds in timings.items()}


def per_delivery(seconds: float, counts: dict[str, float], ticks: int) -> float:
    """Return nanoseconds per delivery."""
    return 1e9 * seconds / max(1.0, counts["deliveries"] * ticks)


def counts_of(run: Run, ticks: int) -> dict[str, float]:
    """Return the mean of every column of the series over the last ticks, and what is in hand now."""
    from ..state import COUNTS

    rows = np.concatenate(run.series)[-ticks:]
    means = dict(zip(COUNTS, rows.mean(axis=0).tolist(), strict=True))
    changes = sum(value for name, value in means.items() if name.startswith(("follow_", "unfollow_")))
    lost = 1.0 - means["read"] / max(1.0, means["deliveries"])
    return {**means, "changes": changes, "lost_share": lost, "hand": float(run.state.hand.number.sum())}


def size_of(columns: tuple) -> int:
    """Return the bytes of all arrays in nested tuples."""
    return sum(part.nbytes if isinstance(part, np.ndarray) else size_of(part) if isinstance(part, tuple) else 0
               for part in columns)  # fmt: skip


def resting_size(run: Run) -> int:
    """Return the bytes that a run needs between two ticks: all columns, both pools of ties, and what is in hand.

    Pools and hands have room for more; pages to which nobody wrote take no memory, and are not counted.
    """
    agents, network, hand = run.state
    sent = int(run.series[-1][-1][[SHARED, BRINGINGS]].sum()) if run.series else 0
    entry = hand.owner.itemsize + hand.name.itemsize + hand.source.itemsize
    rows = (network.locked, network.followees.where, network.followers.where)
    return (size_of((agents, rows, hand.start, hand.number)) + bytes_of_lists(network) + entry * int(hand.number.sum())
            + sent * hand.origins.itemsize)  # fmt: skip
