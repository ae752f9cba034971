"""Is a table that is put together from columns of a kind the one that pandas would make of them?"""

import numpy as np
import pandas as pd
import pytest

from simulation import frames

NUMBERS = {
    "found": np.array([3, 5, 7], np.int32), "ties": np.array([1, 2, 3]), "present": np.array([True, False, True]),
    "generosity": np.array([0.5, 0.25, 1.0], np.float32), "value": np.array([0.5, np.nan, 2.0]),
    "shared": np.array([4, 4, 4], np.int32),
}  # fmt: skip
WORDS = {"team": np.array(["a", "b", None], object), **NUMBERS, "when": np.array(["2009-01-01"] * 3, "M8[D]")}


@pytest.mark.parametrize("columns", [NUMBERS, WORDS, {"ties": np.empty(0, np.int64)}], ids=["numbers", "words", "none"])
@pytest.mark.parametrize("blocks", [True, False])
def test_a_table_is_the_one_that_pandas_makes(columns, blocks, monkeypatch):
    if not blocks:
        monkeypatch.setattr(frames, "from_blocks", None)
    index = pd.RangeIndex(len(next(iter(columns.values()))), name="agent")
    table, known = frames.numbered("agent", columns), pd.DataFrame(columns, index=index)
    pd.testing.assert_frame_equal(table, known, check_exact=True, check_index_type="exact", check_column_type="exact")


def test_tables_share_neither_columns_nor_names_of_columns():
    one, other = frames.numbered("agent", NUMBERS), frames.numbered("agent", NUMBERS)
    one.loc[0, "found"] = 99
    one.columns.name = "what"
    one["more"] = 1
    assert other.loc[0, "found"] == NUMBERS["found"][0] == 3
    assert other.columns.name is None and list(other) == list(NUMBERS)
