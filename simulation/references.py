"""How do the engine's tuples of columns pass from one compiled function to the next? By reference.

A tuple of twenty columns is some hundred and fifty words to a compiler, at every call: half of all that it had to
read, and a third of a microsecond in every tick. Compiled, the tuples are numba's structures in memory, of which two
words are passed: who counts the references to it, and where its columns are, so that functions which count none can
take them out. Interpreted, they are what they are in state.py and network.py.
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
    from numba.extending import overload

    structures: dict[type, type] = {}
    tuples: dict[type, type] = {}
    for kind in kinds:
        name = f"{kind.__name__}Reference"
        structure = type(name, (types.StructRef,), {"__module__": __name__})
        globals()[name] = structure  # where another process finds it that reads compiled code from the cache
        structures[kind], tuples[structure] = type(kind.__name__, (), {"__doc__": kind.__doc__}), kind
        _define(structure, structures[kind], kind._fields)  # type: ignore[attr-defined]

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


def _define(structure: Any, made: type, fields: tuple[str, ...]) -> None:
    """Tell numba what a reference of this type is, how ``made(...)`` makes one, and how a column is taken out."""
    from numba.core import types
    from numba.core.cgutils import create_struct_proxy
    from numba.core.imputils import impl_ret_borrowed
    from numba.core.typing.templates import AttributeTemplate
    from numba.experimental import structref
    from numba.extending import infer_getattr, intrinsic, lower_getattr_generic, models, overload, register_model

    @register_model(structure)
    class Reference(models.StructModel):
        def __init__(self, manager: Any, kind: Any) -> None:
            counted = types.MemInfoPointer(kind.get_data_type())
            super().__init__(manager, kind, [("meminfo", counted), ("columns", types.voidptr)])

    @infer_getattr
    class Columns(AttributeTemplate):
        key = structure

        def generic_resolve(self, kind: Any, name: str) -> Any:  # type: ignore[override]
            return kind.field_dict.get(name)

    def columns_of(context: Any, builder: Any, kind: Any, reference: Any) -> Any:
        stored = context.data_model_manager[kind.get_data_type()].get_value_type()
        place = builder.bitcast(reference.columns, stored.as_pointer())
        return create_struct_proxy(kind.get_data_type())(context, builder, ref=place)

    @lower_getattr_generic(structure)
    def take_out(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
        reference = create_struct_proxy(kind)(context, builder, value=value)
        column = getattr(columns_of(context, builder, kind, reference), name)
        return impl_ret_borrowed(context, builder, kind.field_dict[name], column)

    def fill(new: Any, columns: tuple[Any, ...]) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            reference = create_struct_proxy(new)(context, builder, value=arguments[0])
            reference.columns = context.nrt.meminfo_data(builder, reference.meminfo)
            stored = columns_of(context, builder, new, reference)
            for name, kind, column in zip(new.field_dict, columns, arguments[1:], strict=True):
                context.nrt.incref(builder, kind, column)
                setattr(stored, name, column)
            return impl_ret_borrowed(context, builder, new, reference._getvalue())

        return new(new, *columns), generate

    names = ", ".join(fields)
    known: dict[str, Any] = {"structure": structure, "new": structref.new, "fill": fill, "intrinsic": intrinsic}
    exec(
        f"@intrinsic\n"
        f"def filled(typing, new, {names}):\n"
        f"    return fill(new, ({names},))\n"
        f"def making({names}):\n"
        f"    kind = structure(list(zip({fields}, [{names}])))\n"
        f"    return lambda {names}: filled(new(kind), {names})\n",
        known,
    )
    overload(made)(known["making"])
