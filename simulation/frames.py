"""How do columns become a table, quickly? A small run takes ten milliseconds: two tables should not take one of them.

What pandas does by itself for every table, column by column, is done here once, or at once for all columns of a kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

try:
    from pandas.api.internals import create_dataframe_from_blocks as from_blocks
except ImportError:  # before pandas 3
    from_blocks = None


def numbered(rows: str, columns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return a table of columns of equal length, whose rows are numbered from 0 under a name.

    Examples
    --------
    >>> numbered("agent", {"found": np.array([3, 5]), "generosity": np.array([0.5, 0.25])})
           found  generosity
    agent
    0          3        0.50
    1          5        0.25
    """
    arrays = list(columns.values())
    index, names = pd.RangeIndex(arrays[0].size, name=rows), _index_of(*columns).view()
    if from_blocks is None or any(array.dtype.kind not in "biuf" for array in arrays):
        table = pd.DataFrame(dict(enumerate(arrays)), index=index)
        table.columns = names
        return table
    places: dict[np.dtype, list[int]] = defaultdict(list)
    for place, array in enumerate(arrays):
        places[array.dtype].append(place)
    blocks = [(np.stack([arrays[place] for place in alike]), np.array(alike)) for alike in places.values()]
    return from_blocks(blocks, index=index, columns=names)


@cache
def _index_of(*names: str) -> pd.Index:
    """Return names as an index: made anew, it takes as long as all the rest of a small table."""
    return pd.Index(names)
