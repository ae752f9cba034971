"""Which checks are there, and what do they find together?"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from ..compiled import compile_once
from ..errors import unknown_name
from .check import ALTERED, Check, Result, power

ROOMS = ("chains", "symmetries", "branching", "pairs", "cascades", "cascades_on_network", "structure", "growth",
         "newcomers", "groups")  # fmt: skip
FAMILY_ERROR = 0.01  # chance that any true law of the whole suite is rejected
CHECKS: dict[str, Check] = {}
NOT_SATISFIED: list[tuple[str, str]] = []  # laws that the model as specified does not obey, and why
for _room in ROOMS:
    _module: ModuleType = import_module(f"{__name__.rpartition('.')[0]}.{_room}")
    CHECKS |= {check.name: check for check in _module.CHECKS}
    NOT_SATISFIED += getattr(_module, "NOT_SATISFIED", [])


def seeds(seed: int, name: str) -> tuple[int, int]:
    """Return the seeds of a check's sample and of its control: the same whichever other checks are run."""
    sample, control = np.random.SeedSequence([seed, *name.encode()]).generate_state(2, np.uint64) >> np.uint64(1)
    return int(sample), int(control)


def verify(
    *,
    quick: bool = False,
    only: Iterable[str] = (),
    seed: int = 2009,
    jobs: int = 1,
    before: Callable[[Check], None] | None = None,
    after: Callable[[Result], None] | None = None,
) -> list[Result]:
    """Run checks and return what they found.

    Parameters
    ----------
    quick : bool
        Fewer replicates.
    only : iterable of str
        Names of checks; by default all.
    seed : int
    jobs : int
        Processes; the numbers do not depend on it.
    before : function of Check, optional
        Called before each check, where one process runs them.
    after : function of Result, optional
        Called after each.

    Raises
    ------
    InputError
        No check of such a name.
    MemoryError
        A process was ended from outside.
    """
    chosen = list(only) or list(CHECKS)
    for name in chosen:
        if name not in CHECKS:
            raise unknown_name("check", name, CHECKS)
    results = []
    for name, found in _found(chosen, quick, seed, jobs, before):
        results.append(Result(CHECKS[name], *found))
        if after is not None:
            after(results[-1])
    return sorted(results, key=lambda result: chosen.index(result.check.name))


def _found(
    chosen: list[str], quick: bool, seed: int, jobs: int, before: Callable[[Check], None] | None
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the name of each check and what it found, in the order in which they end."""
    if jobs == 1 or len(chosen) == 1:
        for name in chosen:
            if before is not None:
                before(CHECKS[name])
            yield name, _one(name, quick, seed)
        return
    compile_once()
    with ProcessPoolExecutor(min(jobs, len(chosen)), mp_context=multiprocessing.get_context("spawn")) as pool:
        names = {pool.submit(_one, name, quick, seed): name for name in chosen}
        for future in as_completed(names):
            try:
                yield names[future], future.result()
            except BrokenProcessPool:
                what = f"a process was ended from outside, by the system if memory is short, during {names[future]}"
                raise MemoryError(f"{what}; fewer --jobs may do") from None


def _one(name: str, quick: bool, seed: int) -> tuple[Any, ...]:
    """Return what one check found: all of a `Result` but the check itself."""
    check = CHECKS[name]
    threshold = FAMILY_ERROR / len(CHECKS)  # Bonferroni over the whole suite, also where only some are run
    began = time.perf_counter()
    replicates = check.replicates[0 if quick else 1]
    law = check.predicted()
    first, second = seeds(seed, name)
    sample = check.sample(first, replicates, 1.0)
    altered = check.sample(second, replicates, ALTERED)
    found = law.p_value(sample), threshold, law.p_value(altered), power(law, altered, threshold, seed)
    return law, sample, altered, *found, time.perf_counter() - began
