"""Has a parameter that varied changed any number at all? One that did not is a mistake that looks like a result."""

from __future__ import annotations

import json
import zlib

import numpy as np
import pandas as pd

from .designs import key_of
from .journal import Journal
from .plan import Plan

MOST_RUNS = 200_000  # beyond, the look would take minutes


def unchanged(plan: Plan, journal: Journal) -> list[str]:
    """Return what varied without changing a number in any two runs that differ in nothing else.

    Needs paired seeds and points that differ in one quantity alone, as in a grid; else nothing is returned.
    """
    if not plan.paired or len(journal.where) > MOST_RUNS or plan.design.kind not in ("grid", "one at a time"):
        return []
    went_well = (result for result in journal.in_order() if result.status == "ok")
    found = np.fromiter(((each.run, zlib.crc32(json.dumps(each.numbers, sort_keys=True).encode()))
                         for each in went_well), np.dtype((np.int64, 2)))  # fmt: skip
    points, replicates = np.divmod(found[:, 0], plan.span)
    values = {name: pd.factorize(np.array([key_of(point[place]) for point in plan.design.points], object))[0]
              for place, name in enumerate(plan.design.names)}  # fmt: skip
    return [name for name in plan.design.names
            if _is_without_effect([replicates, *(values[other][points] for other in values if other != name)],
                                  found[:, 1])]  # fmt: skip


def _is_without_effect(others: list[np.ndarray], numbers: np.ndarray) -> bool:
    """Return whether runs that agree in all other quantities agree in their numbers, and there are such runs."""
    order = np.lexsort(others)
    alike = np.all([each[order][1:] == each[order][:-1] for each in others], axis=0)
    return bool(alike.any() and (numbers[order][1:] == numbers[order][:-1])[alike].all())
