"""Which checks are there, and what do they find together?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from importlib import import_module
from types import ModuleType

import numpy as np

from ..errors import unknown_name
from .check import ALTERED, Check, Result, power

ROOMS = ("chains", "symmetries", "branching", "pairs", "cascades", "structure", "growth", "groups")
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
    before : function of Check, optional
        Called before each check.
    after : function of Result, optional
        Called after each.

    Raises
    ------
    InputError
        No check of such a name.
    """
    chosen = list(only) or list(CHECKS)
    for name in chosen:
        if name not in CHECKS:
            raise unknown_name("check", name, CHECKS)
    threshold = FAMILY_ERROR / len(CHECKS)  # Bonferroni over the whole suite, also where only some are run
    results = []
    for name in chosen:
        check = CHECKS[name]
        if before is not None:
            before(check)
        began = time.perf_counter()
        replicates = check.replicates[0 if quick else 1]
        law = check.predicted()
        first, second = seeds(seed, name)
        sample = check.sample(first, replicates, 1.0)
        altered = check.sample(second, replicates, ALTERED)
        results.append(
            Result(check, law, sample, altered, law.p_value(sample), threshold, law.p_value(altered),
                   power(law, altered, threshold, seed), time.perf_counter() - began)
        )  # fmt: skip
        if after is not None:
            after(results[-1])
    return results
