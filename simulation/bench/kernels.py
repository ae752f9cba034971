"""What can this machine do at best? Small loops that only move memory, timed.

Bandwidth of reading and of writing, writes and reads of 8 bytes at random places among as many as there are agents,
and blocked scatter: distributing pairs of (reader, source) over the engine's blocks of readers, each written in order.
Compiled here only; the engine does not use them.
"""

from __future__ import annotations

import importlib
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from .. import compiled
from ..columns import BLOCK

STREAM = 2**23  # 8-byte numbers, 64 MiB: more than a cache holds
RUNS = 5
NAMES = ("read_byte", "write_byte", "random_write", "gather", "scatter")


def read_all(numbers, into, index):
    """Sum all numbers."""
    total = np.uint64(0)
    for at in range(numbers.size):
        total += numbers[at]
    return total


def write_all(numbers, into, index):
    """Write all numbers."""
    for at in range(numbers.size):
        numbers[at] = np.uint64(at)
    return np.uint64(0)


def write_random(numbers, into, index):
    """Write 8 bytes at each place of the index."""
    for at in range(index.size):
        into[index[at]] = np.uint64(at)
    return np.uint64(0)


def gather_random(numbers, into, index):
    """Sum what stands at each place of the index."""
    total = np.uint64(0)
    for at in range(index.size):
        total += into[index[at]]
    return total


def scatter_blocked(pairs, free, index):
    """Distribute (place, row) over blocks of places; ``free`` says where each block goes on."""
    for at in range(index.size):
        place = np.int64(index[at])
        block = place >> BLOCK
        pairs[free[block]] = (np.uint64(place) << np.uint64(32)) | np.uint64(at)
        free[block] += 1
    return np.uint64(0)


def _compiled(kernel: Callable) -> Callable:
    if compiled.interpreting():
        return kernel
    numba: Any = importlib.import_module("numba")
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(compiled.cache_folder() / "kernels")
    try:
        return numba.njit(kernel, nogil=True, cache=True, error_model="numpy")
    finally:
        numba.config.CACHE_DIR = before


def _jobs(agents: int, count: int, seed: int) -> dict[str, tuple[Callable, Callable[[], tuple], int]]:
    """Return for each kernel: itself, what makes its arguments, and how many units it handles."""
    random = np.random.default_rng(seed)
    numbers = np.arange(STREAM if count >= 2**20 else count, dtype=np.uint64)
    index = random.integers(0, agents, count, dtype=np.int32)
    into = np.zeros(agents, np.uint64)
    pairs = np.zeros(count, np.uint64)
    start = np.zeros(((agents - 1) >> BLOCK) + 2, np.int64)
    np.cumsum(np.bincount(index >> BLOCK, minlength=start.size - 1), out=start[1:])
    plain = (numbers, into, index)
    return {
        "read_byte": (_compiled(read_all), lambda: plain, numbers.nbytes),
        "write_byte": (_compiled(write_all), lambda: plain, numbers.nbytes),
        "random_write": (_compiled(write_random), lambda: plain, count),
        "gather": (_compiled(gather_random), lambda: plain, count),
        "scatter": (_compiled(scatter_blocked), lambda: (pairs, start.copy(), index), count),
    }


def measure(agents: int, threads: int = 1, runs: int = RUNS, count: int = 2**23) -> dict[str, Any]:
    """Return ns per unit of each kernel: the median over runs, all threads busy at once with data of their own.

    Parameters
    ----------
    agents : int
        How many places random accesses fall on, >= 1.
    threads, runs : int
        >= 1.
    count : int
        Random accesses of a run and thread.

    Returns
    -------
    dict of str to float
        The names of `NAMES`; nanoseconds per byte, access or pair, over all threads together.
    """
    jobs = [_jobs(agents, count, seed) for seed in range(threads)]
    found = {}
    with ThreadPoolExecutor(threads) as pool:
        for name in NAMES:
            times = []
            for _ in range(runs + 1):
                work = [(job[name][0], job[name][1]()) for job in jobs]
                begun = time.perf_counter()
                list(pool.map(lambda each: each[0](*each[1]), work))
                times.append(time.perf_counter() - begun)
            found[name] = 1e9 * statistics.median(times[1:]) / (jobs[0][name][2] * threads)  # the first one warms up
    return found
