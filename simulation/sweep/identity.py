"""Which sweep is it, and does a folder hold another one? Two are the same when plan, software and measure say the same.

Of a function that measures its source counts, not its name alone: an edit must not mix two kinds of rows.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import json
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError, shown
from ..folders import read_file, read_manifest
from ..provenance import software
from ..rule_code import rule_source
from ..storage import different
from .plan import Plan, measure_function

DESIGN = "design.json"  # with a dot before it while the sweep is not finished
LONGEST = 12  # differences between two designs, or lines of a source, that an error shows
SOURCE = "measure source"


def identity(plan: Plan) -> dict[str, Any]:
    """Return what two sweeps must share to be the same: plan, version of the dynamics, source of the measure."""
    mine: dict[str, Any] = {"plan": plan.as_dict(), "software": software()}
    measure = plan.measure
    if isinstance(measure, str) and ":" in measure:
        measure = measure_function(measure)
    if callable(measure):
        mine[SOURCE] = source_of(measure)
    return json.loads(json.dumps(mine))


def source_of(function: Callable) -> str:
    """Return the source of a function, with the functions and plain constants of its own module that it uses.

    Examples
    --------
    >>> "def _used(" in source_of(source_of), "LONGEST = 12" in source_of(refuse_another)
    (True, True)
    """
    while isinstance(function, functools.partial):
        function = function.func
    if not hasattr(function, "__qualname__"):  # an object that can be called
        function = type(function)
    todo, sources, constants = [inspect.unwrap(function)], {}, {}
    while todo:
        one = todo.pop()
        if one in sources:
            continue
        try:
            sources[one] = rule_source(one)
        except AttributeError:  # not written in Python: only its name is known
            sources[one] = one.__qualname__
        for name, thing in _used(one):
            if isinstance(thing, types.FunctionType) and thing.__module__ == one.__module__:
                todo.append(thing)
            elif isinstance(thing, (bool, int, float, str, tuple, frozenset, type(None))):
                constants[name] = f"{name} = {thing!r}"
    return "\n".join([*(constants[name] for name in sorted(constants)), *sorted(sources.values())])


def _used(function: Any) -> Iterator[tuple[str, Any]]:
    """Yield names and values of the globals that a function reads, those of functions inside it included."""
    codes = [getattr(function, "__code__", None)]
    known = getattr(function, "__globals__", {})
    while codes:
        code = codes.pop()
        if code is None:
            continue
        codes += [each for each in code.co_consts if isinstance(each, types.CodeType)]
        yield from ((name, known[name]) for name in code.co_names if name in known)


def stored_identity(folder: Path) -> dict[str, Any] | None:
    """Return what the sweep in a folder is; None where there is none.

    Raises
    ------
    InputError
        A damaged file.
    """
    try:
        manifest = read_manifest(folder)
    except InputError:
        manifest = None
    if manifest is not None and DESIGN in manifest["files"]:
        return json.loads(read_file(folder, manifest, DESIGN))
    path = folder / f".{DESIGN}"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        raise InputError(f"{path}: cannot be read: {problem}") from None


def refuse_another(folder: Path, mine: Mapping[str, Any]) -> None:
    """Raise InputError, which shows the differences, where a folder holds another sweep."""
    there = stored_identity(folder)
    if there is None:
        return
    found = different(there, mine)
    if not found:
        return
    source = found.pop(SOURCE, None)
    if "plan.measure" in found:
        source = None  # another function altogether: its name says it
    points = None if "plan.design.names" in found else found.pop("plan.design.points", None)
    lines = list(_other_points(mine["plan"]["design"]["names"], *points)) if points else []
    lines += [f"  {name}: {shown(was)} there, {shown(now)} here" for name, (was, now) in found.items()]
    if len(lines) > LONGEST:
        lines[LONGEST:] = [f"  and {len(lines) - LONGEST} more"]
    told = "\n".join([*lines, *(_edited(*source) if source else ())])
    raise InputError(f"out: {str(folder)!r} holds another sweep; allowed: its own folder for each\n{told}")


def _other_points(names: list[str], was: list[Any], now: list[Any]) -> Iterator[str]:
    """Yield how the points of two designs differ: their number, and the first that is another one."""
    if len(was) != len(now):
        yield f"  points: {len(was)} there, {len(now)} here"
    for number, (one, other) in enumerate(zip(was, now, strict=False)):
        if one != other:
            there, here = (", ".join(f"{name} {shown(value)}" for name, value in zip(names, point, strict=True))
                           for point in (one, other))  # fmt: skip
            yield f"  point {number}: {there} there, {here} here"
            return


def _edited(was: str | None, now: str | None) -> Iterator[str]:
    """Yield how two sources differ: what is there with -, what is here with +."""
    yield "  the source of the measure has changed (- there, + here):"
    lines = list(difflib.unified_diff((was or "").splitlines(), (now or "").splitlines(), lineterm="", n=0))[2:]
    lines = [line for line in lines if not line.startswith("@@")]
    yield from (f"    {line}" for line in lines[:LONGEST])
    if len(lines) > LONGEST:
        yield f"    and {len(lines) - LONGEST} more lines"
