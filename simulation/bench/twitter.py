"""Does the whole Twitter of 2009 fit? Its size, its degrees and its reciprocity, in a random network; and one tick.

The crawl of Kwak, Lee, Park & Moon (2010, doi:10.1145/1772690.1772751) found 41.7 million people and 1.47 billion
ties. Of the joint distribution of followers and followees nothing but the reciprocity is used: ranks among followees
are those among followers with noise. A share of it has as many people, hubs that much smaller, and the same mean.
"""

from __future__ import annotations

import time
from typing import Any

from numpy.typing import NDArray

from .. import compiled
from ..degrees import heavy_tailed, joint, random_network
from ..errors import InputError
from ..exchange import to_ties
from ..first_ties import Ties
from ..network import Network
from ..parameters import Parameters
from ..run import Run
from ..state import DELIVERIES, READS
from ..worlds import World, open_world
from . import processes
from .workload import SEED, resting_size

AGENTS = 41_700_000
MEAN, TAIL = 35.25, 2.27
FOLLOWERS, FOLLOWEES = 2_997_469, 770_155  # the largest numbers
RECIPROCITY, NOISE = 0.362, 0.1
GENEROSITY, FIND_RATE = 0.35, 0.05


def network(agents: int, seed: int) -> Network:
    """Return the random network, without listing its ties."""
    share = agents / AGENTS
    followers, followees = (
        heavy_tailed(agents, MEAN, TAIL, min(agents - 1, max(int(most * share), int(4 * MEAN))))
        for most in (FOLLOWERS, FOLLOWEES)
    )
    return random_network(joint(followers, followees, RECIPROCITY, NOISE, seed), seed)


class Twitter(World):
    """The world in which everybody has as many ties as the degrees say."""

    def network(self, seed: int, key: NDArray, capacity: int) -> Network:
        """Return the first ties as the engine holds them."""
        return network(self.agents, seed)


def twitter(agents: int) -> World:
    """Describe a share of Twitter as it was in 2009.

    Parameters
    ----------
    agents : int
        From 1,000 to all 41,700,000.
    """
    if not 1000 <= agents <= AGENTS:
        raise InputError(f"agents: {agents}; allowed: a whole number in [1000, {AGENTS}]")

    def first_ties(seed: int, key: NDArray) -> Ties:
        return to_ties(network(agents, seed))

    plain = open_world(agents=agents, start="empty", generosity=GENEROSITY, find_rate=FIND_RATE)
    return Twitter("twitter", agents, {"agents": agents}, plain.attributes, first_ties, plain.table)


def told(found: dict[str, Any]) -> str:
    """Return what was built and run, in one line."""
    return (f"{found['agents']:,} people, {found['ties']:,} ties, at most {found['most_followers']:,} followers and "
            f"{found['most_followees']:,} followees, built in {found['build_seconds']:.0f} s; a tick of "
            f"{found['deliveries']:,} deliveries (find_rate {FIND_RATE}, generosity {GENEROSITY}) in "
            f"{found['tick_seconds']:.0f} s; {found['resting'] / found['ties']:.1f} bytes a tie, all told")  # fmt: skip


def measure(agents: int, threads: int = 2) -> dict[str, Any]:
    """Build a share of Twitter and run one tick; return seconds, bytes and what the network is like."""
    compiled.compile_now()
    before = processes.fresh_peak() or 0
    begun = time.perf_counter()
    run = Run(twitter(agents), Parameters(), seed=SEED, threads=threads)
    built = time.perf_counter() - begun
    peak_building, lists = (processes.peak_memory() or 0) - before, run.state.network
    found = {
        "agents": agents, "ties": int(lists.followees.where["count"].sum()),
        "most_followers": int(lists.followers.where["count"].max()),
        "most_followees": int(lists.followees.where["count"].max()),
        "build_seconds": built, "peak_building": peak_building, "resting": resting_size(run),
    }  # fmt: skip
    processes.fresh_peak()
    begun = time.perf_counter()
    run.advance(1)
    found |= {"tick_seconds": time.perf_counter() - begun, "peak_tick": (processes.peak_memory() or 0) - before}
    deliveries, read = run.series[-1][-1][[DELIVERIES, READS]].tolist()
    return found | {"deliveries": deliveries, "read": read}
