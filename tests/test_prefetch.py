"""Hints about memory: all lines of a row are asked for, and places that do not exist do no harm."""

import numpy as np
import pytest

from simulation import prefetch
from simulation.compiled import interpreting
from simulation.network import WHERE
from simulation.state import CUE, DELIVERY, SENDING


@pytest.fixture(scope="module")
def ask():
    """Return `prefetch` as numba compiles it."""
    if interpreting():
        pytest.skip("compilation is switched off")
    numba = pytest.importorskip("numba")
    hint = prefetch.for_numba()[prefetch.prefetch]

    @numba.njit
    def ask(array, index):
        hint(array, index)

    return ask


@pytest.mark.parametrize(("row", "hints"), [(np.int32, 1), (DELIVERY, 1), (CUE, 1), (WHERE, 2), (SENDING, 2)])
def test_rows_that_may_lie_in_two_lines_are_asked_for_from_both_ends(ask, row, hints):
    ask(np.zeros(3, row), 1)
    code = ask.inspect_llvm(ask.signatures[-1])
    assert code.count("call void @llvm.prefetch") == hints


@pytest.mark.parametrize("index", [-1, 3, 2**40])
def test_a_place_that_does_not_exist_changes_nothing(ask, index):
    rows = np.arange(3)
    ask(rows, index)
    assert rows.tolist() == [0, 1, 2]


def test_interpreted_a_hint_does_nothing():
    assert prefetch.prefetch(np.arange(3), 7) is None
