"""Has a parameter that varied changed any number at all? One that did not is a mistake that looks like a result."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict

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
    left = {result.run: zlib.crc32(json.dumps(result.numbers, sort_keys=True).encode())
            for result in journal.in_order() if result.status == "ok"}  # fmt: skip
    names = []
    for place, name in enumerate(plan.design.names):
        groups = defaultdict(set)
        members: dict[tuple, int] = defaultdict(int)
        for run, numbers in left.items():
            point, replicate = plan.place(run)
            values = plan.design.points[point]
            key = (*(key_of(value) for at, value in enumerate(values) if at != place), replicate)
            groups[key].add(numbers)
            members[key] += 1
        compared = [key for key, count in members.items() if count > 1]
        if compared and all(len(groups[key]) == 1 for key in compared):
            names.append(name)
    return names
