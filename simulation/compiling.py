"""How is the engine compiled by two processes? From both ends: here the first parts of a tick, in another one the last.

Numba compiles one function at a time. What is compiled goes to the cache, and each process passes over what is in the
cache already. What is left is a tick that calls its parts.
"""

from __future__ import annotations

import contextlib
import copy
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import compiled, references
from .kernel import AROUND
from .parameters import Parameters
from .record import Keep
from .run import Run, interrupts_wait
from .worlds import open_world

#: Parts of a tick in the order in which they are compiled: the large ones at both ends, so that the two processes meet
#: among small ones, of which one may be compiled twice.
ORDER = (
    "read", "deliver", "find", "leave_rest", "open_sendings", "open_deliveries", "close_deliveries", "open_hand",
    "open_decisions", "list_members", "gathered", "with_answers", *AROUND, "with_room", "list_concerned", "observe",
    "follow_back", "change_followers", "change_followees", "follow_introduced", "lose", "churn", "depart", "arrive",
    "give",
)  # fmt: skip
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows would open one
BACKWARDS, BY_PHASE = "backwards", "by-phase"  # arguments of this module as a command


def compile_from_both_ends(by_phase: bool) -> None:
    """Compile the parts of a tick together with a second process, if there can be one."""
    command = [sys.executable, "-P", "-m", __name__, BACKWARDS, *([BY_PHASE] if by_phase else [])]
    other = None
    if processors() > 1:
        with contextlib.suppress(OSError):
            other = subprocess.Popen(command, env=surroundings(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL, creationflags=NO_WINDOW)  # fmt: skip
    try:
        with interrupts_wait():
            compile_parts(ORDER, by_phase)
    finally:
        if other is not None:
            other.kill()  # what it still compiles has been compiled here
            other.wait()


def surroundings() -> dict[str, str]:
    """Return the environment in which a process that is told ``-P`` finds this very package, wherever it starts."""
    path = [str(Path(__file__).resolve().parents[1]), *filter(None, sys.path)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


def processors() -> int:
    """Return on how many processors this process may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compile_parts(order: tuple[str, ...], by_phase: bool) -> None:
    """Compile the parts of a tick in this order, but for those that are in the cache by then."""
    from numba import typeof

    type_of = typeof if by_phase else references.type_of
    schedule, arguments = compiled.engine(by_phase=by_phase).schedule, arguments_of_parts()
    for name in order:
        part = getattr(schedule, name)
        if not compiled.is_in_cache(part):
            part.compile(tuple(map(type_of, arguments[name])))


def arguments_of_parts() -> dict[str, tuple]:
    """Return what each part of a tick is called with: an interpreted tick of a few people tells."""
    run = Watched()
    run.advance(1)
    return run.seen


class Watched(Run):
    """An interpreted run in which everything takes place, and which notes what the parts of a tick are called with."""

    def __init__(self) -> None:
        world, parameters = open_world(agents=20), Parameters(arrivals=1.0, departure=0.5)
        super().__init__(world, parameters, seed=1, keep=Keep(ledger=True), compile=False)
        self.seen: dict[str, tuple] = {}

    @contextlib.contextmanager
    def _advance(self, timings: Any) -> Iterator[Callable]:
        yield compiled.advance_through(self.engine.schedule, ORDER, self._noting)

    def _noting(self, name: str, part: Callable) -> Callable:
        def run(*arguments: Any) -> Any:
            self.seen[name] = arguments
            return part(*arguments)

        return run


def link_parts(schedule: Any) -> None:
    """Let the tick call its parts by their addresses, which the compiled tick finds by the parts' names.

    Numba would put a copy of all that a function calls into its code, and optimise and translate it once more.
    """
    import llvmlite.binding as llvm
    from numba.core.registry import cpu_target

    arguments, target = arguments_of_parts(), cpu_target.target_context
    for name in ORDER:
        part = getattr(schedule, name)
        entry = part.compile(tuple(map(references.type_of, arguments[name])))
        made = next(each for each in part.overloads.values() if each.entry_point is entry)
        described, symbol = copy.copy(made.fndesc), part.__qualname__
        llvm.add_symbol(symbol, made.library.get_pointer_to_function(made.fndesc.llvm_func_name))
        described.mangled_name = symbol
        target.remove_user_function(entry)
        target.insert_user_function(entry, described)


if __name__ == "__main__":
    compile_parts(ORDER[::-1] if BACKWARDS in sys.argv else ORDER, BY_PHASE in sys.argv)
