"""Which numbers of a short list are equal, or smaller? Many compared at once.

Lists of followees, memories and feeds have about a dozen entries. A loop over so few that stops at a hit is foreseen
badly by the processor, and the compiler's wide form of it pays from some thirty entries on. Here up to 64 bytes are
compared by one instruction where the processor has it, whatever the number of entries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

REGISTER = 64  # bytes that are compared at once


def number_below(numbers, begin, end, bound):
    """Return how many of the entries begin .. end - 1 are smaller than a bound of their type, >= 0."""
    return sum(1 for at in range(begin, end) if numbers[at] < bound)


def place_of(numbers, begin, end, wanted):
    """Return the first of the entries begin .. end - 1 that equals a number of their type, or -1."""
    for at in range(begin, end):
        if numbers[at] == wanted:
            return at
    return -1


def for_numba() -> dict[Callable, Callable]:
    """Return what numba compiles in the place of these functions: LLVM's vectors, for arrays without gaps."""
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    word = ir.IntType(64)

    def splat(builder: Any, value: Any, vector: Any) -> Any:
        empty = ir.Constant(vector, ir.Undefined)
        one = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(one, empty, ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None))

    def compare(context: Any, builder: Any, kind: Any, arguments: Any, how: str, then: Callable) -> None:
        """Let ``then`` generate what is done after each comparison of entries with the number asked for."""
        numbers, begin, end, asked = arguments
        bits = kind.dtype.bitwidth
        count = REGISTER * 8 // bits
        vector, lanes = ir.VectorType(ir.IntType(bits), count), ir.VectorType(word, count)
        load = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(
                vector, [ir.PointerType(vector), ir.IntType(32), ir.VectorType(ir.IntType(1), count), vector]
            ),
            f"llvm.masked.load.v{count}i{bits}.p0",
        )
        data, wanted = context.make_array(kind)(context, builder, numbers).data, splat(builder, asked, vector)
        whole = builder.add(builder.sub(end, begin), ir.Constant(word, count - 1))
        with cgutils.for_range(builder, builder.ashr(whole, ir.Constant(word, count.bit_length() - 1))) as loop:
            here = builder.add(begin, builder.mul(loop.index, ir.Constant(word, count)))
            left = splat(builder, builder.sub(end, here), lanes)
            there = builder.icmp_signed("<", ir.Constant(lanes, list(range(count))), left)
            place = builder.bitcast(builder.gep(data, [here]), ir.PointerType(vector))
            align, nothing = ir.Constant(ir.IntType(32), bits // 8), ir.Constant(vector, ir.Undefined)
            entries = builder.call(load, [place, align, there, nothing])
            hits = builder.and_(builder.icmp_unsigned(how, entries, wanted), there)
            then(loop, here, builder.bitcast(hits, ir.IntType(count)))

    @intrinsic
    def count_below(typing, numbers, begin, end, bound):
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            total = cgutils.alloca_once_value(builder, ir.Constant(word, 0))

            def add(loop: Any, here: Any, hits: Any) -> None:
                more = builder.zext(builder.ctpop(hits), word)
                builder.store(builder.add(builder.load(total), more), total)

            compare(context, builder, signature.args[0], arguments, "<", add)
            return builder.load(total)

        return types.int64(numbers, types.int64, types.int64, numbers.dtype), generate

    @intrinsic
    def find_place(typing, numbers, begin, end, wanted):
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            found = cgutils.alloca_once_value(builder, ir.Constant(word, -1))

            def stop(loop: Any, here: Any, hits: Any) -> None:
                with builder.if_then(builder.icmp_unsigned("!=", hits, ir.Constant(hits.type, 0))):
                    lane = builder.zext(builder.cttz(hits, ir.Constant(ir.IntType(1), 1)), word)
                    builder.store(builder.add(here, lane), found)
                    loop.do_break()

            compare(context, builder, signature.args[0], arguments, "==", stop)
            return builder.load(found)

        return types.int64(numbers, types.int64, types.int64, numbers.dtype), generate

    return {number_below: count_below, place_of: find_place}
