"""Do functions that only compiled code calls work within their callers, and are they nowhere else?"""

import numpy as np
import pytest

numba = pytest.importorskip("numba")
pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="compilation is switched off")


def linked(function):
    from simulation.linked import LinkedOnly

    return numba.njit(function, pipeline_class=LinkedOnly, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def made(function):
    (compiled,) = function.overloads.values()
    return compiled


def test_callers_get_what_it_returns():
    @linked
    def doubled(value):
        return 2 * value

    @linked
    def filled(length, value):
        return np.full(length, doubled(value))

    @numba.njit
    def caller(length, value):
        return filled(length, value), doubled(value + 1)

    array, single = caller(3, 5)
    assert array.tolist() == [10, 10, 10] and single == 12


def test_two_of_one_name_are_told_apart():
    def make(factor):
        @linked
        def times(value):
            return factor * value

        return times

    three, four = make(3), make(4)

    @numba.njit
    def caller(value):
        return three(value), four(value)

    assert caller(10) == (30, 40)


def test_for_each_type_there_is_code():
    @linked
    def halved(value):
        return value / 2

    @numba.njit
    def caller():
        return halved(3), halved(np.float32(3.0)), halved(np.ones(2))

    whole, single, array = caller()
    assert (whole, single, array.tolist()) == (1.5, 1.5, [0.5, 0.5])
    assert len(halved.overloads) == 3


def test_what_it_raises_reaches_python():
    @linked
    def refusing(value):
        if value < 0:
            raise ValueError("below zero")
        return value

    @numba.njit
    def caller(value):
        return refusing(value)

    assert caller(1) == 1
    with pytest.raises(ValueError, match="below zero"):
        caller(-1)


def test_it_has_no_machine_code_of_its_own():
    @linked
    def inner(value):
        return value + 1

    @numba.njit
    def caller(value):
        return inner(value)

    caller(1)
    own, callers = made(inner), made(caller)
    assert own.library.get_pointer_to_function(own.fndesc.llvm_func_name) == 0
    assert callers.library.get_pointer_to_function(callers.fndesc.llvm_func_name) != 0


@pytest.mark.parametrize("by_phase", [False, True])
def test_of_the_engine_only_parts_and_what_python_calls_are_loaded(by_phase):
    from simulation import compiled
    from simulation.kernel import ENTRIES, ENTRIES_BY_PHASE
    from simulation.linked import LinkedOnly

    parts = [each for each in vars(compiled.engine(by_phase=by_phase).schedule).values() if hasattr(each, "py_func")]
    around = [each for part in parts for each in part.py_func.__globals__.values() if hasattr(each, "py_func")]
    functions = {each.__name__: each for each in around}
    loaded = {name for name, each in functions.items() if each._compiler.pipeline_class is not LinkedOnly}
    assert loaded == functions.keys() & (ENTRIES_BY_PHASE | (set() if by_phase else ENTRIES))
    assert 20 < len(loaded) < len(functions) / 2
