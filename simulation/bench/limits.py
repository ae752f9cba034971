"""What is the least time that each phase of a tick can take? What it must move, times what moving costs here.

For each phase, in words: the columns that it cannot do without reading or writing, at the widths that they have in
this run, and the accesses whose order nothing can foresee. Arithmetic, as of draws, is free in this account, and
whatever fits in the cache is: so the limit is an account of what this layout of columns must do, not a proof that
nothing could be faster, and not a forecast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..prefetch import LINE
from ..state import BEHAVIOUR, CHANGE, CUE, DELIVERY, SENDING, Agents, State

HELD = 12  # uint32 name, int32 source and owner: bytes of an entry in hand
LIST_ENTRY = 4  # int32: bytes of one entry of a follower or followee list


class Demand(NamedTuple):
    """What a phase of one tick must do: bytes in order, and accesses in no order."""

    read: float = 0.0  # bytes
    written: float = 0.0  # bytes
    gathers: float = 0.0
    random_writes: float = 0.0
    scattered: float = 0.0  # pairs

    def nanoseconds(self, cost: Mapping[str, float]) -> float:
        """Return the time that this takes at the measured costs of `kernels.measure`."""
        return (self.read * cost["read_byte"] + self.written * cost["write_byte"] + self.gathers * cost["gather"]
                + self.random_writes * cost["random_write"] + self.scattered * cost["scatter"])  # fmt: skip


def widths(agents: Agents) -> dict[str, float]:
    """Return the bytes per agent of every column of agents."""
    slots = max(1, agents.present.size)
    return {name: column.nbytes / slots for name, column in zip(Agents._fields, agents, strict=True)}


def demands(state: State, counts: Mapping[str, float], encounters: float = 2.0) -> dict[str, Demand]:
    """Return what each phase of a tick of this run must do.

    Parameters
    ----------
    state : State
        For the widths of its columns and the number of agents.
    counts : mapping
        Means per tick, as `workload.counts_of` returns them.
    encounters : float
        Mean encounters of a share.

    Notes
    -----
    find: the rate of every agent; its count; one line of memory of everyone who finds.
    give: of the items in hand, those that are given, at most one for each sending; everyone's generosity; the sendings;
    a list of followees for each bringing.
    deliver: the sendings; an entry of a follower list for each delivery; each delivery scattered to its reader's
    block; and for each encounter, someone at random is looked up.
    read: the deliveries; the cue of each one's item, fetched or carried along, whichever is cheaper; everyone's memory
    in and out, attention, and the tallies of what was read; the items that will be given; a list of followees for each
    change, and the changes.
    rewire: the changes; for each, an entry of two lists and both lists' lengths, at places in no order; for churn,
    everybody's number of followees.
    observe: everybody's number of followers.
    """
    width = widths(state.agents)
    agents = float(state.agents.present.size)
    found, deliveries, sendings = counts["found"], counts["deliveries"], counts["shared"] + counts["brought"]
    hand = min(counts["hand"], sendings)
    met = counts["shared"] * encounters
    sending, change = SENDING.itemsize, CHANGE.itemsize
    rate = width.get(BEHAVIOUR[1], 4.0)
    finders = agents * min(1.0, found / agents)
    memory = width.get("memory", 0.0)
    tallies = width.get("read", 0.0) + width.get("received", 0.0)
    return {
        "find": Demand(read=agents * rate + finders * min(memory, LINE),
                       written=agents * width.get("found", 0.0) + finders * min(memory, LINE)),
        "give": Demand(read=found * LIST_ENTRY + hand * HELD + agents * width.get("generosity", 4.0)
                       + counts["brought"] * LINE,
                       written=sendings * sending),
        "deliver": Demand(read=sendings * sending + deliveries * LIST_ENTRY, gathers=met, scattered=deliveries),
        "read": Demand(read=deliveries * DELIVERY.itemsize + agents * (memory + tallies + width.get("attention", 4.0))
                       + counts["changes"] * LINE,
                       written=agents * (memory + tallies) + hand * HELD + counts["changes"] * change),
        "rewire": Demand(read=counts["changes"] * change + agents * LIST_ENTRY, random_writes=4 * counts["changes"]),
        "observe": Demand(read=agents * LIST_ENTRY),
    }  # fmt: skip


def limits(state: State, counts: Mapping[str, float], cost: Mapping[str, float]) -> dict[str, float]:
    """Return the limit of each phase in ns per delivery."""
    deliveries = max(1.0, counts["deliveries"])
    found = {name: demand.nanoseconds(cost) / deliveries for name, demand in demands(state, counts).items()}
    found["read"] += min(cost["gather"], CUE.itemsize * (cost["read_byte"] + cost["write_byte"]))
    return found
