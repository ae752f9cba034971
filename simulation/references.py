"""How do the engine's tuples of columns pass from one compiled function to the next? By reference.

A tuple of twenty columns is some hundred and fifty words to a compiler, at every call: half of all that it had to
read, and a third of a microsecond in every tick. Compiled, the tuples are numba's structures in memory, of which a
word is passed; interpreted, they are what they are in state.py and network.py. Loops take the columns that they need
out of them beforehand.
"""

from __future__ import annotations

import functools
from typing import Any


def by_reference(columns):
    """Return a named tuple, and those within it, as the engine's functions take it. Interpreted, it is the same."""
    return columns


def by_value(columns):
    """Return a named tuple as Python takes it."""
    return columns


def type_of(argument: Any) -> Any:
    """Return numba's type of an argument within compiled code, which takes the engine's tuples by reference."""
    from numba import typeof

    return _referring(typeof(argument))


def _referring(kind: Any) -> Any:
    structure = globals().get(f"{getattr(kind, 'instance_class', type).__name__}Reference")
    if structure is None:
        return kind
    return structure([(name, _referring(each)) for name, each in zip(kind.fields, kind.types, strict=True)])


@functools.cache
def for_numba(kinds: tuple[type, ...]) -> dict[type, type]:
    """Return what numba compiles in the place of these classes of named tuples: structures of the same fields."""
    from numba.core import types
    from numba.experimental import structref
    from numba.extending import overload

    structures: dict[type, type] = {}
    tuples: dict[type, type] = {}
    for kind in kinds:
        name = f"{kind.__name__}Reference"
        structure = structref.register(type(name, (types.StructRef,), {"__module__": __name__}))
        globals()[name] = structure  # where another process finds it that reads compiled code from the cache
        structures[kind], tuples[structure] = type(kind.__name__, (), {"__doc__": kind.__doc__}), kind
        structref.define_constructor(structures[kind], structure, kind._fields)  # type: ignore[attr-defined]

    def rebuilding(made: type, fields: dict[str, Any], convert: str, converted: Any) -> Any:
        """Return a function that makes this of a tuple or structure of these fields, some of them converted too."""
        values = ", ".join(f"{convert if converted(kind) else ''}(columns.{name})" for name, kind in fields.items())
        known: dict[str, Any] = {"made": made, "by_reference": by_reference, "by_value": by_value}
        exec(f"def rebuilt(columns):\n    return made({values})", known)
        return known["rebuilt"]

    @overload(by_reference)
    def refer(columns):
        fields = dict(zip(columns.fields, columns.types, strict=True))
        inside = structures.keys()
        return rebuilding(structures[columns.instance_class], fields, "by_reference",
                          lambda kind: getattr(kind, "instance_class", None) in inside)  # fmt: skip

    @overload(by_value)
    def write_out(columns):
        return rebuilding(tuples[type(columns)], columns.field_dict, "by_value", lambda kind: type(kind) in tuples)

    return structures
