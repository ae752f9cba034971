"""Are references to arrays counted where arrays are made or handed back, and nowhere else?

A function that does not count and yet gets a new array from another one would never let go of it; one that does not
count and hands an array back would let go of it too early. Neither is an error to the compiler.
"""

import types

import numpy as np
import pytest

from simulation import Keep, Parameters, Run, compiled, interventions, kernel, open_world, wide

KERNEL = {
    name: thing
    for module in kernel.KERNEL
    for name, thing in vars(module).items()
    if isinstance(thing, types.FunctionType) and thing.__module__ == module.__name__ and name not in kernel.BUILDING
}


def holds_an_array(thing):
    return isinstance(thing, np.ndarray) or (isinstance(thing, tuple) and any(map(holds_an_array, thing)))


@pytest.fixture(scope="module")
def returning():
    """The functions of the kernel by whether they were seen to return arrays, in runs in which everything happens."""
    seen = {}

    def watch(function):
        name = function.__name__

        def run(*arguments):
            result = function(*arguments)
            seen[name] = seen.get(name, False) or holds_an_array(result)
            return result

        run.__name__ = name
        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "_as_it_is", watch)
        patch.setattr(compiled, "_VARIANTS", {})
        patch.setattr(wide, "for_python", dict)
        few = {"rewiring.LONG": 2, "pages.SHORT": 2, "network.SPARE": 2, "delivering.SOME": 8,
               "delivering.SENDINGS": 16}  # fmt: skip
        for name, number in few.items():  # with long lists, full pools and many sendings, more is done: here, too
            patch.setattr(f"simulation.{name}", number)
        mixed = {"group": ("integers", 0, 1), "identity": ("bernoulli", 0.3), "introducing": 0.5, "attention": 9.0}
        busy = open_world(agents=40, followees=12, find_rate=3.0, **mixed)
        change = Parameters(arrivals=2.0, departure=0.1, churn=0.3, homophily=0.5, fame=1.0, memory=1, openness=1.0)
        acts = [interventions.add_ties(1, [(0, 1)]), interventions.drop_ties(2, [(0, 1)]),
                interventions.lock_ties(3, [(1, 2)])]  # fmt: skip
        Run(busy, change, seed=1, keep=Keep(ledger=True, feeds=True), interventions=acts, compile=False).advance(8)
        Run(open_world(agents=40, followees=2), Parameters(churn=0.0), seed=1, compile=False).advance(60)
        moving, silent = Parameters(arrivals=1.0, departure=0.2), open_world(agents=9, generosity=0.0)
        Run(silent, moving, seed=1, compile=False).advance(8)
    return seen


def test_every_function_is_watched(returning):
    assert KERNEL.keys() == returning.keys()


def test_who_returns_arrays_counts(returning):
    assert {name for name, arrays in returning.items() if arrays} <= kernel.COUNTING


def test_who_gets_arrays_from_others_counts_and_nobody_else(returning):
    handing = {name for name, arrays in returning.items() if arrays} | {"empty", "zeros"}
    handing |= {kind.__name__ for kind in kernel.WIDE}
    getting = {name for name, function in KERNEL.items() if handing & set(function.__code__.co_names)}
    assert getting | (handing & KERNEL.keys()) == kernel.COUNTING
