"""How long do the measures of power take on a network of a million agents and ten million ties?"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import measures
from ..degrees import heavy_tailed, joint, random_network
from ..measures.ties import Ties, ties_of
from . import processes
from .workload import SEED

AGENTS = 1_000_000
MEAN, TAIL, RECIPROCITY, NOISE = 10.0, 2.27, 0.362, 0.1  # the tail and the reciprocity are those of Twitter in 2009
LARGEST = 0.072  # the most followers, as a share of all agents: there it is 2,997,469 of 41.7 million
SAMPLE = 10_000  # agents whose two steps are followed: all of them lead along a thousand million ways
WITH_IGRAPH = ("betweenness", "k_core")


def some_of(agents: int) -> np.ndarray:
    """Return the sample: agents at equal distances."""
    return np.linspace(0, agents - 1, min(SAMPLE, agents)).astype(np.int64)


MEASURES: dict[str, Callable[[Ties], Any]] = {
    "pagerank": measures.pagerank,
    "betweenness": measures.betweenness_sampled,
    "constraint": measures.constraint,
    "effective_size": measures.effective_size,
    "reach": lambda ties: measures.reach(ties, 2, some_of(ties.agents)),
    "k_core": measures.k_core,
    "reciprocity": measures.edge_reciprocity,
    "clustering": measures.clustering,
}
WHAT = {
    "pagerank": "PageRank", "betweenness": "betweenness from 24 sources, with its error",
    "constraint": "Burt's constraint", "effective_size": "effective size",
    "reach": "two-step reach of 10,000 agents", "k_core": "k-core", "reciprocity": "reciprocity",
    "clustering": "local clustering",
}  # fmt: skip


def can(name: str) -> bool:
    """Return whether the library that a measure needs is installed."""
    return name not in WITH_IGRAPH or importlib.util.find_spec("igraph") is not None


def measure(agents: int = AGENTS) -> dict[str, Any]:
    """Return the seconds of each measure, the network's preparation for it included, and the peak of memory."""
    largest = min(agents - 1, max(int(LARGEST * agents), int(4 * MEAN)))
    followers = heavy_tailed(agents, MEAN, TAIL, largest)
    followees = heavy_tailed(agents, MEAN, TAIL, max(largest // 4, int(2 * MEAN)))
    network = random_network(joint(followers, followees, RECIPROCITY, NOISE, SEED), SEED)
    ready = ties_of(network)
    before, seconds = processes.fresh_peak(), {}
    for name in filter(can, MEASURES):
        begun = time.perf_counter()
        MEASURES[name](Ties(ready.follows, ready.index))
        seconds[name] = time.perf_counter() - begun
    peak = processes.peak_memory()
    return {"seconds": seconds, "ties": int(ready.follows.nnz),
            "peak": None if peak is None or before is None else peak - before}  # fmt: skip
