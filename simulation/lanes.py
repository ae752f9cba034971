"""How are sixteen numbers handled at once in compiled code? What numba compiles in the place of wide.py's loops.

LLVM's vectors, for arrays without gaps. Only the compiler reads this file: numba and LLVM take long to load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from .wide import LANES, all_new, copy, fill, list_equal, list_places, place_of, place_of_least, rank

BIT, HALF, WORD, DOUBLE = ir.IntType(1), ir.IntType(32), ir.IntType(64), ir.DoubleType()
ZERO = ir.Constant(WORD, 0)


def for_numba(features: str) -> dict[Callable, Callable]:
    """Return what takes the place of functions of wide.py, as far as a processor with these features does it faster.

    Loading and storing some lanes of sixteen is one instruction with AVX-512; with AVX2 only loading is, and elsewhere
    neither. LLVM can put the lanes that are flagged together from its version 19 on.
    """
    if "+avx2" not in features.split(","):
        return {}
    loading: dict[Callable, Callable] = {rank: wide_rank, all_new: wide_all_new}
    if "+avx512vl" not in features.split(","):
        return loading
    storing: dict[Callable, Callable] = {
        place_of: wide_place_of, place_of_least: wide_place_of_least, copy: wide_copy, fill: wide_fill,
    }  # fmt: skip
    if binding.llvm_version_info[0] < 19:
        return loading | storing
    return loading | storing | {list_places: wide_list_places, list_equal: wide_list_equal}


# --- building blocks --------------------------------------------------------------------------------------------------


def name_of(vector: Any) -> str:
    """Return how LLVM names a type of vectors in its functions."""
    kind = vector.element
    return f"v{vector.count}" + ("f64" if kind == DOUBLE else f"i{kind.width}")


def splat(builder: Any, value: Any) -> Any:
    """Return a vector of one number."""
    empty = ir.Constant(ir.VectorType(value.type, LANES), ir.Undefined)
    one = builder.insert_element(empty, value, ir.Constant(HALF, 0))
    return builder.shuffle_vector(one, empty, ir.Constant(ir.VectorType(HALF, LANES), None))


def first_lanes(builder: Any, number: Any) -> Any:
    """Return flags that are set in so many of the lanes, 0 or more."""
    most, ones = ir.Constant(WORD, LANES), ir.Constant(HALF, -1)
    number = builder.trunc(builder.select(builder.icmp_signed("<", number, most), number, most), HALF)
    bits = builder.trunc(builder.not_(builder.shl(ones, number)), ir.IntType(LANES))
    return builder.bitcast(bits, ir.VectorType(BIT, LANES))


def call(builder: Any, result: Any, name: str, *arguments: Any) -> Any:
    """Call one of LLVM's functions, by its name."""
    form = ir.FunctionType(result, [argument.type for argument in arguments])
    return builder.call(cgutils.get_or_insert_function(builder.module, form, name), arguments)


def bits_of(builder: Any, flags: Any) -> Any:
    """Return a vector of flags as one number."""
    return builder.bitcast(flags, ir.IntType(flags.type.count))


def variable(builder: Any, value: Any) -> Any:
    """Return a variable of this value: a place in memory until LLVM gives it a register."""
    place = cgutils.alloca_once(builder, value.type)
    builder.store(value, place)
    return place


def several(builder: Any, begin: Any, end: Any, handle: Callable) -> None:
    """Let ``handle`` generate what is done to some of the entries begin .. end - 1: from where on, and which flags.

    The first ones are handled without a question, be there some or none: the processor need not foresee anything.
    """
    step, before, turn = ir.Constant(WORD, LANES), builder.block, builder.append_basic_block("some")
    builder.branch(turn)
    builder.position_at_end(turn)
    here = builder.phi(WORD)
    here.add_incoming(begin, before)
    handle(here, first_lanes(builder, builder.sub(end, here)))
    after = builder.add(here, step)
    here.add_incoming(after, builder.block)
    done = builder.append_basic_block("all")
    builder.cbranch(builder.icmp_signed("<", after, end), turn, done)
    builder.position_at_end(done)


class Column:
    """An array in the code that is generated."""

    def __init__(self, context: Any, builder: Any, kind: Any, array: Any) -> None:
        made = context.make_array(kind)(context, builder, array)
        self.builder, self.data, self.size = builder, made.data, builder.extract_value(made.shape, 0)
        self.type = made.data.type.pointee
        size = 8 if self.type == DOUBLE else self.type.width // 8
        self.align = ir.Constant(HALF, size)

    def address(self, place: Any, vector: Any) -> Any:
        """Return where so many entries begin."""
        return self.builder.bitcast(self.builder.gep(self.data, [place]), vector.as_pointer())

    def load(self, place: Any, there: Any) -> Any:
        """Return the entries from a place on; those that are not there are 0."""
        vector = ir.VectorType(self.type, there.type.count)
        arguments = self.address(place, vector), self.align, there, ir.Constant(vector, None)
        return call(self.builder, vector, f"llvm.masked.load.{name_of(vector)}.p0", *arguments)

    def store(self, vector: Any, place: Any, there: Any) -> None:
        """Write the lanes that are there."""
        arguments = vector, self.address(place, vector.type), self.align, there
        call(self.builder, ir.VoidType(), f"llvm.masked.store.{name_of(vector.type)}.p0", *arguments)


def count_each(builder: Any, column: Any, begin: Any, end: Any, total: Any, count: Callable) -> Any:
    """Generate a sum over the entries begin .. end - 1: of the lanes that ``count`` flags for a vector of each."""
    sums = variable(builder, total)
    with cgutils.for_range(builder, builder.sub(end, begin)) as loop:
        entry = splat(builder, builder.load(builder.gep(column.data, [builder.add(begin, loop.index)])))
        before, one = builder.load(sums), ir.Constant(total.type, [1] * LANES)
        builder.store(builder.select(count(entry), builder.add(before, one), before), sums)
    return builder.load(sums)


def listing(builder: Any, room: Any, begin: Any, size: Any, choose: Callable) -> Any:
    """Generate a list of places, of an array of this size: of those that ``choose`` flags."""
    free = variable(builder, begin)

    def list_some(here: Any, there: Any) -> None:
        values, chosen = places(builder, here), choose(here, there)
        name = f"llvm.experimental.vector.compress.{name_of(values.type)}"
        together = call(builder, values.type, name, values, chosen, ir.Constant(values.type, ir.Undefined))
        number = builder.zext(builder.ctpop(bits_of(builder, chosen)), WORD)
        room.store(together, builder.load(free), first_lanes(builder, number))
        builder.store(builder.add(builder.load(free), number), free)

    several(builder, ZERO, size, list_some)
    return builder.load(free)


def places(builder: Any, here: Any) -> Any:
    """Return the places that sixteen entries have."""
    first = splat(builder, builder.trunc(here, HALF))
    return builder.add(first, ir.Constant(first.type, list(range(LANES))))


def above_0(builder: Any, flags: Any, here: Any, there: Any) -> Any:
    """Return which of some entries are above 0."""
    flag = flags.load(here, there)
    return builder.icmp_signed(">", flag, ir.Constant(flag.type, None))


# --- one by one -------------------------------------------------------------------------------------------------------


@intrinsic
def wide_place_of(typing, numbers, begin, end, wanted):
    """See `wide.place_of`."""
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, begin, end, asked = arguments
        column, wanted = Column(context, builder, numbers, array), splat(builder, asked)
        found = variable(builder, ir.Constant(WORD, -1))

        def look(here: Any, there: Any) -> None:
            equal = builder.icmp_unsigned("==", column.load(here, there), wanted)
            hits = bits_of(builder, builder.and_(equal, there))
            lane = builder.zext(builder.cttz(hits, ir.Constant(BIT, 0)), WORD)
            first = builder.icmp_unsigned("!=", hits, ir.Constant(hits.type, 0))
            first = builder.and_(first, builder.icmp_signed("<", builder.load(found), ZERO))
            builder.store(builder.select(first, builder.add(here, lane), builder.load(found)), found)

        several(builder, begin, end, look)
        return builder.load(found)

    return types.int64(numbers, types.int64, types.int64, numbers.dtype), generate


@intrinsic
def wide_place_of_least(typing, numbers, begin, end):
    """See `wide.place_of_least`."""
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, begin, end = arguments
        column, place = Column(context, builder, numbers, array), variable(builder, ir.Constant(WORD, -1))
        most = ir.Constant(column.type, 2**64 - 1)
        least = variable(builder, most)

        def look(here: Any, there: Any) -> None:
            entries = builder.select(there, column.load(here, there), splat(builder, most))
            smallest = call(builder, column.type, f"llvm.vector.reduce.umin.{name_of(entries.type)}", entries)
            equal = builder.icmp_unsigned("==", entries, splat(builder, smallest))
            hits = bits_of(builder, builder.and_(equal, there))
            lane = builder.zext(builder.cttz(hits, ir.Constant(BIT, 0)), WORD)
            none = builder.icmp_signed("<", builder.load(place), ZERO)
            better = builder.or_(none, builder.icmp_unsigned("<", smallest, builder.load(least)))
            better = builder.and_(better, builder.icmp_unsigned("!=", hits, ir.Constant(hits.type, 0)))
            builder.store(builder.select(better, builder.add(here, lane), builder.load(place)), place)
            builder.store(builder.select(better, smallest, builder.load(least)), least)

        several(builder, begin, end, look)
        return builder.load(place)

    return types.int64(numbers, types.int64, types.int64), generate


@intrinsic
def wide_rank(typing, numbers, begin, end, places):
    """See `wide.rank`."""
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        begin, end = arguments[1:3]
        column, target = (Column(context, builder, signature.args[at], arguments[at]) for at in (0, 3))
        first = splat(builder, builder.trunc(begin, HALF))

        def rank_some(here: Any, there: Any) -> None:
            mine = column.load(here, there)
            ranks = count_each(
                builder, column, begin, end, first, lambda other: builder.icmp_unsigned("<", other, mine)
            )
            target.store(ranks, here, there)

        several(builder, begin, end, rank_some)
        return context.get_dummy_value()

    return types.void(numbers, types.int64, types.int64, places), generate


@intrinsic
def wide_all_new(typing, numbers, begin, end, known, first, last):
    """See `wide.all_new`."""
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, begin, end, _, first, last = arguments
        column, memory = (Column(context, builder, numbers, arguments[at]) for at in (0, 3))
        none, one = (ir.Constant(ir.VectorType(HALF, LANES), [number] * LANES) for number in (0, 1))
        entries, size, bits = builder.sub(end, begin), builder.sub(last, first), ir.IntType(LANES)
        seen = variable(builder, ir.Constant(bits, 0))

        def see(more: Any) -> None:
            builder.store(builder.or_(builder.load(seen), more), seen)

        def compare_in_one_go() -> None:
            mine, theirs = first_lanes(builder, entries), first_lanes(builder, size)
            others, remembered = column.load(begin, mine), memory.load(first, theirs)
            times, least = variable(builder, none), variable(builder, ir.Constant(none.type, [-1] * LANES))
            with cgutils.for_range(builder, entries) as loop:
                entry = splat(builder, builder.load(builder.gep(column.data, [builder.add(begin, loop.index)])))
                before, difference = builder.load(times), builder.xor(entry, remembered)
                equal = builder.icmp_unsigned("==", entry, others)
                builder.store(builder.select(equal, builder.add(before, one), before), times)
                smaller = call(builder, none.type, f"llvm.umin.{name_of(none.type)}", builder.load(least), difference)
                builder.store(smaller, least)
            alike = builder.and_(builder.icmp_unsigned(">", builder.load(times), one), mine)
            known = builder.and_(builder.icmp_unsigned("==", builder.load(least), none), theirs)
            see(bits_of(builder, builder.or_(alike, known)))

        def compare(others: Any, there: Any, at_most: Any) -> None:
            equal = count_each(
                builder, column, begin, end, none, lambda entry: builder.icmp_unsigned("==", entry, others)
            )
            see(bits_of(builder, builder.and_(builder.icmp_unsigned(">", equal, at_most), there)))

        most = ir.Constant(WORD, LANES)
        few = builder.and_(builder.icmp_signed("<=", entries, most), builder.icmp_signed("<=", size, most))
        with builder.if_else(few) as (in_one_go, step_by_step):
            with in_one_go:
                compare_in_one_go()
            with step_by_step:
                several(builder, begin, end, lambda here, there: compare(column.load(here, there), there, one))
                several(builder, first, last, lambda here, there: compare(memory.load(here, there), there, none))
        return builder.icmp_unsigned("==", builder.load(seen), ir.Constant(bits, 0))

    return types.boolean(numbers, types.int64, types.int64, numbers, types.int64, types.int64), generate


@intrinsic
def wide_copy(typing, room, place, numbers, begin, end):
    """See `wide.copy`."""
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, place, _, begin, end = arguments
        target, source = (Column(context, builder, numbers, arguments[at]) for at in (0, 2))
        further = builder.sub(place, begin)

        def copy_some(here: Any, there: Any) -> None:
            target.store(source.load(here, there), builder.add(here, further), there)

        several(builder, begin, end, copy_some)
        return context.get_dummy_value()

    return types.void(numbers, types.int64, numbers, types.int64, types.int64), generate


@intrinsic
def wide_fill(typing, numbers, begin, end, number):
    """See `wide.fill`."""
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, begin, end, number = arguments
        column = Column(context, builder, numbers, array)
        number = builder.zext(number, column.type) if number.type != column.type else number  # flags are bytes
        vector = splat(builder, number)
        several(builder, begin, end, lambda here, there: column.store(vector, here, there))
        return context.get_dummy_value()

    return types.void(numbers, types.int64, types.int64, numbers.dtype), generate


@intrinsic
def wide_list_places(typing, room, flags):
    """See `wide.list_places`."""
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, column = (Column(context, builder, *each) for each in zip(signature.args, arguments, strict=True))

        return listing(builder, target, ZERO, column.size, lambda *some: above_0(builder, column, *some))

    return types.int64(room, flags), generate


@intrinsic
def wide_list_equal(typing, room, begin, numbers, wanted):
    """See `wide.list_equal`."""
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, column = (Column(context, builder, signature.args[at], arguments[at]) for at in (0, 2))
        asked = splat(builder, arguments[3])

        def choose(here: Any, there: Any) -> Any:
            return builder.and_(builder.icmp_unsigned("==", column.load(here, there), asked), there)

        return listing(builder, target, arguments[1], column.size, choose)

    return types.int64(room, types.int64, numbers, numbers.dtype), generate
