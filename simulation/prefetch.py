"""What will soon be needed? A hint to the processor: at a million agents, most of a tick is waiting for memory.

A loop over rows that lie anywhere asks for the row of a later turn, `AHEAD` turns away, while it works on this one.
A hint changes no result; one too many costs a fraction of a nanosecond, even where the row was at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LINE = 64  # bytes that memory hands over together; a row may lie in two such lines if its size does not divide it
AHEAD = 48  # turns: long enough for memory to answer, short enough for the row to be still in the cache


def prefetch(array, index):
    """Ask for ``array[index]``, which need not exist. Interpreted, nothing happens; `compiled` puts the hint here."""


def for_numba() -> dict[Callable, Callable]:
    """Return what numba compiles in the place of `prefetch`: LLVM's instruction, for reading, into the second cache.

    More can be on the way to there than to the first. Where a row may lie in two lines, both are asked for.
    """
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    @intrinsic
    def hint(typing, array, index):
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind, number = signature.args[0], ir.IntType(32)
            place = cgutils.get_item_pointer(
                context, builder, kind, context.make_array(kind)(context, builder, arguments[0]), [arguments[1]]
            )
            first, size = builder.bitcast(place, ir.IntType(8).as_pointer()), context.get_abi_sizeof(place.type.pointee)
            form = ir.FunctionType(ir.VoidType(), [first.type, number, number, number])
            instruction = cgutils.get_or_insert_function(builder.module, form, "llvm.prefetch.p0i8")
            for byte in (0, size - 1) if LINE % size > 0 else (0,):
                builder.call(instruction, [builder.gep(first, [number(byte)]), number(0), number(2), number(1)])
            return context.get_dummy_value()

        return types.void(array, types.int64), generate

    return {prefetch: hint}
