"""How do the same sources run compiled?

The engine is plain Python. `engine` returns its functions either as they are or compiled, in both cases with own
rules in place of the model's: every function of the kernel modules is given new globals, in which the other kernel
functions are those of the same variant. Compiled functions that call none of the rules replaced are those of the
model. Compiled code is cached in a folder keyed on the package's sources, the rules, the processor and the versions of
numba and numpy, so that an edit is always noticed.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import hashlib
import importlib
import inspect
import os
import sys
import tempfile
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np

from . import engine as engine_module
from . import network, prefetch, randomness, references, rules, wide
from .kernel import AROUND, BUILDING, COUNTING, ENTRIES, ENTRIES_BY_PHASE, KERNEL, PHASES, WIDE, functions_calling
from .rule_code import rule_code

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # parameters of mallopt, from malloc.h
KEPT, LARGEST_KEPT = 1 << 28, 1 << 25  # bytes of freed memory that are kept, and the arrays up to which they are


def interpreting() -> bool:
    """Return whether compilation is switched off (environment variable NUMBA_DISABLE_JIT)."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


@functools.cache
def sources_hash() -> str:
    """Return a hash over the package's kernel sources and the versions that compile them.

    Their dates belong to it: numba does not load what it has compiled of sources with another one.
    """
    digest = hashlib.sha256()
    sources = [Path(inspect.getfile(module)) for module in (*KERNEL, prefetch, references)]
    for source in (*sources, *map(Path(__file__).with_name, ("kernel.py", "lanes.py", "linked.py"))):
        digest.update(source.read_bytes())
        digest.update(str(source.stat().st_mtime_ns).encode())
    digest.update(f"{sys.version_info[:2]} {np.__version__} {os.environ.get('NUMBA_BOUNDSCHECK', '')}".encode())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Return where compiled code is kept: CONNECTORS_CACHE, else the user's cache folder, else a temporary one."""
    chosen = os.environ.get("CONNECTORS_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "connectors"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    except OSError:
        return Path(tempfile.gettempdir()) / f"connectors-{os.getuid() if hasattr(os, 'getuid') else 'cache'}"


def _variant(
    key: str, decorate: Callable, own_rules: Mapping[str, Callable], by_hand: Mapping[Any, Any]
) -> types.SimpleNamespace:
    """Return the kernel modules with every function decorated and calling its siblings of the same variant.

    Functions are named after the variant's key. Compiled code that processes left in the cache is linked by names, and
    numba's own tell apart only what one process has compiled: a run with own rules could else call the model's.
    """
    twins: dict[types.ModuleType, types.ModuleType] = {}
    twin_of = dict(by_hand)
    for module in KERNEL:
        twin = types.ModuleType(module.__name__)
        twins[module] = twin
        for name, thing in vars(module).items():
            if isinstance(thing, types.ModuleType):
                thing = twins.get(thing, thing)
            elif isinstance(thing, types.FunctionType) and name not in BUILDING:
                if thing.__module__ == module.__name__ and thing not in by_hand:
                    own = own_rules.get(name) if module is rules else None
                    copy = _renamed(thing, name, key, twin.__dict__) if own is None else _renamed(own, name, key)
                    twin_of[thing] = decorate(copy)
                thing = twin_of.get(thing, thing)
            elif isinstance(thing, type):
                thing = twin_of.get(thing, thing)
            setattr(twin, name, thing)
    functions = {name: getattr(twins[engine_module], name) for name in ("advance",)}
    functions |= {name: getattr(twins[network], name) for name in ("follow", "unfollow", "set_lock")}
    return types.SimpleNamespace(
        poisson=twins[randomness].poisson, schedule=twins[engine_module], made_of=twin_of, **functions
    )  # fmt: skip


def _renamed(function: Any, name: str, key: str, names: dict[str, Any] | None = None) -> Callable:
    """Return a function of a variant: with other globals, if given, and the variant's key in its name."""
    copy = types.FunctionType(
        function.__code__, function.__globals__ if names is None else names, name, function.__defaults__,
        function.__closure__,
    )  # fmt: skip
    copy.__module__, copy.__qualname__, copy.__doc__ = function.__module__, f"{name}_{key}", function.__doc__
    return copy


def _as_it_is(function: Callable) -> Callable:
    return function


def phased_advance(
    own_rules: Mapping[str, Callable] | None = None,
    compiled: bool = True,
    pool: Executor | None = None,
    parts: int = 1,
    timings: dict[str, float] | None = None,
) -> Callable:
    """Return `engine.advance` that calls one compiled phase after the other: on threads, or with a clock.

    The same functions and bits as in one call, for the same rules; each phase is compiled when it is first called.

    Parameters
    ----------
    own_rules, compiled
        As of `engine`.
    pool : concurrent.futures.Executor, optional
        Threads on which all parts of the agents but the first go through each phase at the same time as that one.
    parts : int
        How many parts these are.
    timings : dict, optional
        The seconds that each phase takes are added here by its name.
    """

    def around(name: str, phase: Callable) -> Callable:
        if pool is not None and getattr(engine_module, name).__code__.co_varnames[0] == "part":
            phase = _on_threads(phase, pool, parts)
        return phase if timings is None else _timed(phase, PHASES[name], timings)

    return advance_through(engine(own_rules, compiled, by_phase=True).schedule, PHASES, around)


def advance_through(
    schedule: types.ModuleType, names: Iterable[str], around: Callable[[str, Callable], Callable]
) -> Callable:
    """Return `engine.advance` that calls these functions of a schedule through what ``around`` makes of each."""
    through = types.ModuleType("through")
    vars(through).update(vars(schedule))
    for name in names:
        setattr(through, name, around(name, getattr(schedule, name)))
    return _silently(types.FunctionType(engine_module.advance.__code__, vars(through), "advance"))


def _on_threads(phase: Callable, pool: Executor, parts: int) -> Callable:
    """Return a phase that goes through all parts at once when the schedule calls it for the first of them."""

    def run(part: int, *arguments: Any) -> None:
        if part == 0:
            others = [pool.submit(phase, each, *arguments) for each in range(1, parts)]
            phase(0, *arguments)  # here: one thread less has to be woken, and the schedule goes on where the data are
            for each in others:
                each.result()

    return run


def _timed(phase: Callable, name: str, timings: dict[str, float]) -> Callable:
    def run(*arguments: Any) -> Any:
        begun = time.perf_counter()
        result = phase(*arguments)
        timings[name] = timings.get(name, 0.0) + time.perf_counter() - begun
        return result

    return run


def _silently(function: Callable) -> Callable:
    """Let unsigned integers wrap without a warning when interpreted."""

    @functools.wraps(function)
    def run(*args):
        with np.errstate(over="ignore"):
            return function(*args)

    return run


# --- when it is compiled ----------------------------------------------------------------------------------------


def needs_compiling(threads: int = 1) -> bool:
    """Return whether the next run on so many threads has to compile the engine first."""
    variant = engine(by_phase=threads > 1)
    if not variant.ready:
        needed = [*PHASES, *(() if threads > 1 else ("advance", *AROUND))]
        variant.ready = all(is_in_cache(getattr(variant.schedule, name)) for name in needed)
    return not variant.ready


def is_in_cache(function: Any) -> bool:
    """Return whether a process has left the compiled code of a function."""
    try:
        return any(Path(function.stats.cache_path).glob(f"*.{function.__qualname__}-*.nbc"))
    except OSError:
        return False


def compile_now(threads: int = 1) -> float:
    """Compile the engine, or load its compiled code, with a tiny run; return the seconds that it took."""
    from .compiling import compile_from_both_ends  # here, as a run needs this file first
    from .run import Run
    from .worlds import open_world

    begun, thresholds, missing = time.perf_counter(), gc.get_threshold(), needs_compiling(threads)
    gc.set_threshold(50_000, *thresholds[1:])  # numba makes millions of objects, of which few are garbage
    try:
        if missing:
            compile_from_both_ends(by_phase=threads > 1)
        Run(open_world(agents=2), seed=1, threads=threads).run_stretch(1)
        engine(by_phase=threads > 1).ready = True
    finally:
        gc.set_threshold(*thresholds)
    return time.perf_counter() - begun


def compile_once(threads: int = 1) -> None:
    """Compile the engine where it must be: before a run, or before processes start, which then find it in the cache."""
    if needs_compiling(threads):
        compile_now(threads)


# --- variants ---------------------------------------------------------------------------------------------------

_VARIANTS: dict[tuple, types.SimpleNamespace] = {}
_MAKING = threading.RLock()  # threads that ask at once would each make one, and numba's cache folder is global


def engine(
    own_rules: Mapping[str, Callable] | None = None, compiled: bool = True, by_phase: bool = False
) -> types.SimpleNamespace:
    """Return the engine's functions ``advance`` and ``poisson``, and whether they are ``compiled`` and known ``ready``.

    Parameters
    ----------
    own_rules : mapping of str to function, optional
        Rules that take the place of the model's, as `rules.replace` returns them.
    compiled : bool
        False runs the same sources as plain Python: slow, for the debugger, coverage and tests.
    by_phase : bool
        True returns ``follow``, ``unfollow``, ``set_lock`` and ``schedule`` instead, whose phases Python can call.

    Warns
    -----
    RuntimeWarning
        An own rule that numba cannot compile: the whole engine then runs interpreted.
    """
    own_rules = dict(own_rules or {})
    compiled = compiled and not interpreting()
    known = (compiled, by_phase, *sorted(own_rules.items()))
    with _MAKING:
        if known not in _VARIANTS:
            _VARIANTS[known] = _compile(own_rules, by_phase) if compiled else _interpret(own_rules)
        return _VARIANTS[known]


def _interpret(own_rules: Mapping[str, Callable]) -> types.SimpleNamespace:
    variant = _variant("interpreted", _as_it_is, own_rules, wide.for_python())
    schedule = vars(variant).pop("schedule")
    functions = {name: _silently(function) for name, function in vars(variant).items()}
    return types.SimpleNamespace(**functions, schedule=schedule, compiled=False, ready=True)


def _compile(own_rules: Mapping[str, Callable], by_phase: bool) -> types.SimpleNamespace:
    from . import lanes, linked  # here, as they need numba

    numba: Any = importlib.import_module("numba")
    _keep_freed_memory()
    for name, rule in own_rules.items():
        problem = _cannot_compile(numba, name, rule)
        if problem:
            warnings.warn(
                f"rule {name} ({rule.__name__}) cannot be compiled, so this run is interpreted and slow: {problem}",
                RuntimeWarning,
                stacklevel=4,
            )
            return _interpret(own_rules)
    whole = hashlib.sha256(sources_hash().encode())
    whole.update(f"{numba.__version__} {_processor()} {by_phase}".encode())
    for name in sorted(own_rules):
        whole.update(name.encode() + rule_code(own_rules[name]))
    cacheable = all(_is_closed(rule) for rule in own_rules.values())
    whole.update(b"" if cacheable else str(len(_VARIANTS)).encode())  # the same code may mean something else next time
    models = engine(by_phase=by_phase) if own_rules else None
    key, before = whole.hexdigest()[:16], numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(cache_folder() / key)
    try:
        options: dict[str, Any] = {"error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True}
        entries = ENTRIES_BY_PHASE if by_phase else ENTRIES

        def decorate(each: Callable) -> Callable:
            called, part = each.__name__ in entries, each.__name__ in ENTRIES_BY_PHASE
            counting = each.__name__ in COUNTING or each.__name__ in own_rules  # which may do anything
            loading = {} if called or part else {"pipeline_class": linked.LinkedOnly}
            return numba.njit(each, cache=cacheable and (called or part), no_cpython_wrapper=not called,
                              _nrt=counting, **options, **loading)  # fmt: skip

        if models is None:
            by_hand: dict[Any, Any] = prefetch.for_numba() | lanes.for_numba(_features())
            by_hand |= {} if by_phase else references.for_numba(WIDE)
        else:
            others = functions_calling(own_rules)
            by_hand = {each: made for each, made in models.made_of.items() if each not in others}
        variant = _variant(key, decorate, own_rules, by_hand)
        variant.compiled, variant.ready = True, False
        if not by_phase:
            variant.advance = _calling_parts(variant)
        return variant
    finally:
        numba.config.CACHE_DIR = before


def _calling_parts(variant: types.SimpleNamespace) -> Callable:
    """Return a variant's tick, which contains none of its parts: they are linked before it is compiled or loaded."""
    linking, linked = threading.Lock(), False

    def advance(*arguments: Any) -> Any:
        from .compiling import link_parts

        nonlocal linked
        with linking:
            if not linked:
                link_parts(variant.schedule)
                linked = True
        return variant.schedule.advance(*arguments)

    return advance


def _processor() -> str:
    """Return for which processor numba compiles: computers of several kinds may share a cache."""
    binding, config = importlib.import_module("llvmlite.binding"), importlib.import_module("numba").config
    return f"{config.CPU_NAME or binding.get_host_cpu_name()} {_features()}"


def _features() -> str:
    """Return what the processor that numba compiles for can do, as LLVM lists it."""
    binding, config = importlib.import_module("llvmlite.binding"), importlib.import_module("numba").config
    return binding.get_host_cpu_features().flatten() if config.CPU_FEATURES is None else config.CPU_FEATURES


def _keep_freed_memory() -> None:
    """Ask the C library to keep what a tick frees for the next one: fresh pages cost a tenth of a large world's time.

    Large arrays live for many ticks. They go back at once, and begin with pages that nobody has used: room in them to
    which nothing is written takes no memory. Nothing is changed where the C library is not GNU's, or refuses.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT)
        mallopt(M_TRIM_THRESHOLD, KEPT)


def return_freed_memory() -> None:
    """Give what was freed back to the system: after a large world has been built, which takes more than it leaves."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _is_closed(rule: Callable) -> bool:
    """Return whether the compiled code of a rule can be cached.

    Its source says all (no closure, no globals), and another process can import its module.
    """
    return rule.__closure__ is None and not rule.__code__.co_names and rule.__module__ in sys.modules


_EXAMPLE_TYPES = {"kind": "int32", "remembered": "bool_", "same_group": "bool_", "same_identity": "bool_"}


def _cannot_compile(numba, name: str, rule: Callable) -> str:
    """Return why numba cannot compile a rule, in one line, or an empty string."""
    types_of = [_EXAMPLE_TYPES.get(each, "float64") for each in inspect.signature(rule).parameters]
    try:
        numba.njit(tuple(getattr(numba.types, each) for each in types_of))(rule)
    except Exception as problem:  # numba raises many kinds, and none of them should end a run that can go on
        return str(problem).strip().splitlines()[0]
    return ""
