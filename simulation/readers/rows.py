"""What do all formats have in common before self ties and repetitions are set aside?"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from simulation.readers.fields import is_integer
from simulation.readers.report import Example


@dataclass
class Rows:
    """Rows of two people, who are positions in `ids`."""

    first: np.ndarray
    second: np.ndarray
    ids: np.ndarray
    number_of: Callable[[np.ndarray], np.ndarray]  # positions in first -> numbers of lines or edges, from 1
    text_of: Callable[[int], str]  # such a number -> what stands there
    counts: dict[str, int]  # fields of the report
    broken: list[Example]
    notes: list[str] = field(default_factory=list)
    both_ways: bool = False
    unit: str = "line"
    attributes: pd.DataFrame | None = None


def number_people(labels: list[str]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return ids by slot, the slot of each label, and notes: integers in order, others as they come."""
    plain = [is_integer(label) for label in labels]
    if all(plain):
        values = np.array([int(label) for label in labels], dtype=np.int64)
        order = np.argsort(values)
        return values[order], places(order), []
    notes = []
    if 2 * sum(plain) > len(plain):
        others = f"{labels[plain.index(False)]!r} (in all {len(plain) - sum(plain):,} of {len(plain):,})"
        notes = [f"ids are read as text because some are not plain integers: {others}"]
    return np.array(labels, dtype=object), np.arange(len(labels), dtype=np.int32), notes


def places(order: np.ndarray) -> np.ndarray:
    """Return where each element stands after sorting by `order`: the inverse permutation."""
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return place
