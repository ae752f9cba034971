"""What is there? The columns of agents, items, feeds and changes: their names, shapes and types.

Everything is a numpy array or a plain number inside a named tuple, so that the same phases run interpreted and
compiled. No Python object exists per agent, tie or item.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .columns import BLOCK
from .network import Network
from .randomness import PoissonRoom

# Attributes that the dynamics read, and that a newcomer draws afresh (float32, widened to float64 on reading).
BEHAVIOUR = ("generosity", "find_rate", "attention", "visibility", "spanning", "introducing")

#: An item in hand. ``name`` is that of randomness.py; ``finder`` a slot; ``kind`` as in rules.py.
ITEM = np.dtype(
    [("name", "u4"), ("finder", "i4"), ("found", "i4"), ("rank", "i4"), ("topic", "i4"), ("kind", "i4")]
)  # fmt: skip
KIND_OF_CHANNEL = (1, 1, 2)  # the kind in hand (rules.py) of what came by each channel

#: A share (``target`` = -1) or a bringing (``target`` = its one reader) of one tick, and how many others come across.
SENDING = np.dtype(
    [("sender", "i4"), ("target", "i4"), ("finder", "i4"), ("found", "i4"), ("rank", "i4"), ("topic", "i4"),
     ("encounters", "i4")]
)  # fmt: skip

#: What every reader of a sending needs of it: `randomness.cue`.
CUE = np.dtype(np.uint64)

#: One item reaching one feed, as a number: the lowest `BLOCK` bits are the reader's place in its block, those above the
#: ``source`` = 8 * sending + channel, + 4 where a follower gets what the sender has found. Sendings are counted from
#: one that all deliveries of a chunk share: a chunk holds no deliveries of more than `SENDINGS`.
DELIVERY = np.dtype(np.uint32)
READER = np.uint64(2**BLOCK - 1)
FOLLOWER, ENCOUNTER, BROUGHT = 0, 1, 2  # channels
SHIFT, CHANNEL, FIRST_HAND = 3, 3, 4  # what ``source`` consists of
SENDINGS = 1 << (8 * DELIVERY.itemsize - BLOCK - SHIFT)

#: Who introduces which two contacts to each other.
INTRODUCTION = np.dtype([("introducer", "i4"), ("one", "i4"), ("other", "i4")])

#: A tie that begins (reason > 0) or ends (reason < 0).
CHANGE = np.dtype([("tick", "i4"), ("follower", "i4"), ("followee", "i4"), ("reason", "i4")])

#: One entry of a feed as its reader saw it; kept on request. ``owed`` is a slot or -1; unread entries have read = 0.
READING = np.dtype(
    [("tick", "i4"), ("reader", "i4"), ("sender", "i4"), ("finder", "i4"), ("found", "i4"), ("rank", "i4"),
     ("topic", "i4"), ("channel", "i4"), ("read", "i4"), ("owed", "i4"), ("value", "f8"), ("price", "f8")]
)  # fmt: skip

FOLLOW_REASONS = {
    1: "encounter", 2: "brought", 3: "credit", 4: "follow_back", 5: "introduction", 6: "arrival", 7: "intervention",
}  # fmt: skip
UNFOLLOW_REASONS = {-1: "stale", -2: "dull", -3: "overload", -4: "churn", -5: "departure", -6: "intervention"}
REASONS = FOLLOW_REASONS | UNFOLLOW_REASONS

# Whole-number columns of the series, one row per tick, in this order.
COUNTS = (
    "ties", "present", "found", "shared", "brought", "introductions", "deliveries", "read", "value_units",
    "arrived", "departed",
    *(f"follow_{name}" for name in FOLLOW_REASONS.values()),
    *(f"unfollow_{name}" for name in UNFOLLOW_REASONS.values()),
    "followers_total", "followers_ranked", "followers_top",
)  # fmt: skip
TIES, PRESENT, FOUND, SHARED, BRINGINGS, INTRODUCTIONS, DELIVERIES, READS, VALUE_UNITS, ARRIVED, DEPARTED = range(11)
FOLLOWED = COUNTS.index("follow_encounter") - 1  # + reason
UNFOLLOWED = COUNTS.index("unfollow_stale") - 1  # - reason
TOTAL, RANKED, TOP = COUNTS.index("followers_total"), COUNTS.index("followers_ranked"), COUNTS.index("followers_top")
UNITS = 2.0**32  # value is summed in whole units of 2**-32: exact in any order and on any number of threads


class Agents(NamedTuple):
    """One row per slot; shape (capacity,) unless said otherwise."""

    keys: np.ndarray  # int32: the name in all draws; no rows where everybody's is the number of the slot
    group: np.ndarray  # int32
    identity: np.ndarray  # int8: 0 majority, 1 minority
    present: np.ndarray  # bool
    silenced: np.ndarray  # bool
    since: np.ndarray  # int32: tick in which the holder arrived, -1 at the start; no rows as long as nobody can arrive
    numbers: np.ndarray  # int32: its number among that tick's newcomers, likewise
    generosity: np.ndarray  # float32, as the next five
    find_rate: np.ndarray
    attention: np.ndarray
    visibility: np.ndarray
    spanning: np.ndarray
    introducing: np.ndarray
    memory: np.ndarray  # uint32 (capacity, memory): names of items, 0 = empty
    memory_next: np.ndarray  # uint16: the place that the next name takes
    found: np.ndarray  # int32: items found so far by the slot's holders; likewise the next five
    shared: np.ndarray  # int32
    brought: np.ndarray  # int32
    read: np.ndarray  # int32
    reached: np.ndarray  # int64: deliveries caused
    received: np.ndarray  # float64: value read

    @property
    def key(self) -> np.ndarray:
        """The name of every slot in all draws, int32."""
        return self.keys if self.keys.size else np.arange(self.present.size, dtype=np.int32)

    @property
    def arrived(self) -> np.ndarray:
        """The tick in which the present holder of every slot arrived, int32; -1 at the start."""
        return self.since if self.since.size else np.broadcast_to(np.int32(-1), self.present.shape)

    @property
    def newcomer(self) -> np.ndarray:
        """The number of every holder among the newcomers of its tick, int32; -1 at the start."""
        return self.numbers if self.numbers.size else np.broadcast_to(np.int32(-1), self.present.shape)

    def columns(self) -> dict[str, np.ndarray]:
        """Return every column by its name, with one row per slot also where the rows are not kept."""
        return {name: getattr(self, name) for name in COLUMNS}


#: Names of the columns with one row per slot.
WRITTEN_OUT = {"keys": "key", "since": "arrived", "numbers": "newcomer"}
COLUMNS = tuple(WRITTEN_OUT.get(name, name) for name in Agents._fields)


class Hand(NamedTuple):
    """What was read with net > 0, in the order of who read it; `items_in_hand` tells what each entry is.

    Between ticks at which nobody looks, only what will be given.
    """

    owner: np.ndarray  # int32 (room,)
    name: np.ndarray  # uint32 (room,)
    source: np.ndarray  # int32 (room,): as in DELIVERY
    start: np.ndarray  # int64 (blocks,): the entries of a block of agents are start[b] .. start[b] + number[b] - 1
    number: np.ndarray  # int64 (blocks,)
    origins: np.ndarray  # SENDING: what was sent in the last tick, and so how the items came


class Held(NamedTuple):
    """Some items in hand, of which agents choose what to give away: as columns."""

    agent: np.ndarray  # int32
    source: np.ndarray  # int32: as in DELIVERY, or -1 for what was found in this tick
    rank: np.ndarray  # int32: of what was found
    name: np.ndarray  # uint32
    generosity: np.ndarray  # float64: the agent's


class Chosen(NamedTuple):
    """What is chosen of them; shape (items,) unless said otherwise."""

    cue: np.ndarray  # CUE
    occasion: np.ndarray  # uint64: where the draws of this item in this hand start
    shares: np.ndarray  # bool: whether it is shared, and brought
    brings: np.ndarray
    which: np.ndarray  # int32: room for a list of some of them
    state: np.ndarray  # uint64: room for the draws of encounters, as the next three
    mean: np.ndarray  # float64
    encounters: np.ndarray  # int32
    target: np.ndarray  # int32: to whom it is brought, or -1
    place: np.ndarray  # int32: where its candidates end, among
    candidate: np.ndarray  # int32 (candidates,): those to whom all that is brought may go, one item's after the other
    lot: np.ndarray  # uint64 (candidates,): their draws
    room: PoissonRoom  # for the draws of encounters


class Sendings(NamedTuple):
    """What is given away in one tick; every part of the agents writes to a region of its own."""

    cue: np.ndarray  # CUE (room,)
    row: np.ndarray  # SENDING (room,)
    start: np.ndarray  # int64 (parts,): the sendings of part p are start[p] .. start[p] + number[p] - 1
    number: np.ndarray  # int64 (parts,)
    most: np.ndarray  # int64 (parts,): how many deliveries they can cause at most


class Deliveries(NamedTuple):
    """What is on its way to its readers, gathered by their blocks: in chunks of a pool, each part's for itself."""

    pool: np.ndarray  # DELIVERY (room,): all chunks, one after the other
    size: np.int64  # of a chunk
    at_once: np.bool_  # whether there is but one block, and all that a part delivers to it lies in one chunk
    after: np.ndarray  # int32 (chunks,): in which chunk the deliveries to the same block go on
    held: np.ndarray  # int32 (chunks,): how many deliveries a chunk holds, once it is closed
    base: np.ndarray  # int32 (chunks,): the sending from which on those of its deliveries are counted
    taken: np.ndarray  # int64 (parts,): the next chunk that a part can take
    base_now: np.ndarray  # int64 (parts,): the base of chunks that it takes
    first: np.ndarray  # int64 (parts, blocks + APART): the first chunk of what a part delivers to a block, if any
    free: np.ndarray  # the same: the place of the next delivery in the pool
    end: np.ndarray  # the same: where the room there ends; 0 as long as there is none
    number: np.ndarray  # the same: how many there are in closed chunks


class Feeds(NamedTuple):
    """The feeds of one block of readers, one reader's after the other, entries as they came."""

    start: np.ndarray  # int32 (readers + 1,)
    source: np.ndarray  # uint32 (entries,): as in DELIVERY


class Page(NamedTuple):
    """What is known of the feeds of some readers of a block, one reader's after the other, and what comes of reading.

    The first columns hold the entries as they came, the others in the order of reading.
    """

    start: np.ndarray  # int32 (readers + 1,): the feed of a page's reader r is start[r] .. start[r + 1] - 1
    limit: np.ndarray  # int32 (readers,): how many entries are read
    length: np.ndarray  # int32: how many there are
    cost: np.ndarray  # float64: the price of one
    reading: np.ndarray  # int32: who has a feed, by its length
    reader: np.ndarray  # int32 (entries,): whose feed it is, a slot
    came: np.ndarray  # uint64 (entries,): its cue
    came_draw: np.ndarray  # uint64 (entries,): the draws that order each feed
    upper: np.ndarray  # uint32 (entries,): the upper half of it, which hardly ever leaves open which of two is smaller
    source: np.ndarray  # int32 (entries,): as in DELIVERY
    name: np.ndarray  # uint32 (entries,)
    lot: np.ndarray  # uint32 (entries,): the lower half of its draw, which decides; as the next columns
    same_group: np.ndarray  # bool
    is_read: np.ndarray  # bool
    remembered: np.ndarray  # bool
    price: np.ndarray  # float64: of what is read
    generosity: np.ndarray  # float64: the reader's
    value: np.ndarray  # float64: what the item was worth; 0 if it is not read
    stays: np.ndarray  # bool: whether the item stays in hand
    decides: np.ndarray  # bool: whether the reader may follow or unfollow because of it
    deciding: np.ndarray  # uint32: places of the entries that decide something
    twice: np.ndarray  # int32: who may have met an item twice, a page's readers


class Concerned(NamedTuple):
    """Which changes of ties concern which part of the agents: their places, first of those that end a tie, in order."""

    places: np.ndarray  # int32 (2, parts, changes + 1): by follower and by followee; with one more than there may be
    ending: np.ndarray  # int64 (2, parts): how many end a tie; likewise the next two
    number: np.ndarray  # int64 (2, parts): how many there are
    done: np.ndarray  # int64 (2, parts): how many have been applied


class Newcomers(NamedTuple):
    """People who may arrive in a stretch of ticks, drawn beforehand from the world's own stream."""

    start: np.ndarray  # int64 (ticks + 1,): newcomers of the k-th tick of the stretch are rows start[k] : start[k + 1]
    behaviour: np.ndarray  # float32 (newcomers, 6): the columns of BEHAVIOUR
    identity: np.ndarray  # int8 (newcomers,)
    redrawn: np.ndarray  # bool (7,): which of BEHAVIOUR and identity are drawn afresh; the others stay with the slot


class Rates(NamedTuple):
    """The model's parameters as the phases read them: float64, whole numbers as int64."""

    bring: float
    relay: float
    encounters: float
    openness: float
    quality_spread: float
    cost: float
    share_cost: float
    introduction_cost: float
    responsiveness: float
    credit: float
    follow_back: float
    homophily: float
    fame: float
    churn: float
    arrivals: float
    no_arrival: float
    first_follows: int
    departure: float


class Members(NamedTuple):
    """Who is present, in the orders in which encounters and arrivals pick by position."""

    number: np.int64  # of those present
    everyone: np.bool_  # whether no slot is vacant: nobody need be asked whether present then
    giving: np.int64  # of those present who are not silenced
    by_group: np.ndarray  # int32 (present,): ascending by group, then key; no rows where that is everyone by number
    group_start: np.ndarray  # int64 (groups + 1,): members of group g are by_group[group_start[g] : group_start[g+1]]


class Recorded(NamedTuple):
    """What a stretch of ticks leaves beside the series."""

    ledger: bool
    feeds: bool  # those of the last tick
    hands: bool  # all that people have in hand after the last tick, or only what they will give in the next


class Now(NamedTuple):
    """What every phase of one tick may look at."""

    tick: int
    streams: np.ndarray  # uint64 (STREAMS + 1,): where the draws of each kind start, and last the next tick's GIVE
    rates: Rates
    members: Members
    attraction: np.ndarray  # float64: (1 + n) ** fame by followers n; empty where fame is 0
    bounds: np.ndarray  # int64 (parts + 1,): agents of part p, which one thread handles, are bounds[p] .. bounds[p+1]-1
    counts: np.ndarray  # int64 (parts, len(COUNTS) + APART): what adds up to the tick's row of the series
    keep: Recorded  # of this tick


class Desk(NamedTuple):
    """Where a tick works: arrays that are kept from tick to tick, so that nothing is asked of the system anew."""

    found: np.ndarray  # int32 (capacity,): how many items everybody finds
    readable: np.ndarray  # int32 (capacity,): how much everybody can read; later, how many ties it loses
    introductions: np.ndarray  # INTRODUCTION (capacity,)
    proposals: np.ndarray  # CHANGE (2 * capacity,)
    cues: np.ndarray  # CUE (room,), of sendings, like the next
    rows: np.ndarray  # SENDING (room,)
    deliveries: np.ndarray  # DELIVERY (room,)
    opted: np.ndarray  # CHANGE (room,): what readers decide
    changes: np.ndarray  # CHANGE (room,): all of a tick


class State(NamedTuple):
    """Everything that the next tick depends on: a checkpoint."""

    agents: Agents
    network: Network
    hand: Hand


def clear_desk(capacity: int) -> Desk:
    """Return a desk for so many slots."""
    per_slot = [np.empty(capacity, np.int32) for _ in range(2)]
    rooms = [np.empty(0, kind) for kind in (CUE, SENDING, DELIVERY, CHANGE, CHANGE)]
    return Desk(*[*per_slot, np.empty(capacity, INTRODUCTION), np.empty(2 * capacity, CHANGE), *rooms])


def bytes_per_agent(state: State) -> float:
    """Return the resting size of the agents' columns, offsets of their lists included, in bytes per slot."""
    network = state.network
    columns = [*state.agents, network.locked, network.followees.where, network.followers.where]
    return sum(column.nbytes for column in columns) / state.agents.present.size


def bytes_of_lists(network: Network) -> int:
    """Return the size of both pools, slack included, as far as anything is written to them."""
    pools = (network.followees, network.followers)
    return sum(int((lists.end - lists.start[:-1]).sum()) * lists.items.itemsize for lists in pools)


def bytes_per_tie(state: State) -> float:
    """Return the size of both pools, slack included, in bytes per tie."""
    return bytes_of_lists(state.network) / max(1, int(state.network.followees.where["count"].sum()))


def with_room_for(hand: Hand, room: int) -> Hand:
    """Return the hand in arrays of so many entries, of which it takes those that it took."""
    used = int((hand.start + hand.number).max())

    def longer(column: np.ndarray) -> np.ndarray:
        copy = np.empty(room, column.dtype)
        copy[:used] = column[:used]
        return copy

    return hand._replace(owner=longer(hand.owner), name=longer(hand.name), source=longer(hand.source))


def laid_together(hand: Hand) -> Hand:
    """Return the hand in arrays without gaps and without room for more."""
    entry, start = entries_in_hand(hand), np.cumsum(hand.number) - hand.number
    came = hand.source[entry]
    source = (np.arange(came.size, dtype=np.int32) << SHIFT) + (came & CHANNEL)
    origins = hand.origins.take(came >> SHIFT)
    return Hand(hand.owner[entry], hand.name[entry], source, start, hand.number.copy(), origins)


def entries_in_hand(hand: Hand) -> np.ndarray:
    """Return the places of all entries of a hand, in the order of agents."""
    ends = np.cumsum(hand.number)
    return np.arange(ends[-1]) + np.repeat(hand.start - ends + hand.number, hand.number)


def items_in_hand(hand: Hand) -> np.ndarray:
    """Return the entries of a hand as ITEM rows, in the order of agents, without gaps: see `hand_offsets`."""
    entry = entries_in_hand(hand)
    source = hand.source[entry]
    items = np.zeros(source.size, ITEM)
    items["name"] = hand.name[entry]
    for field in ("finder", "found", "rank", "topic"):
        items[field] = hand.origins[field][source >> SHIFT]
    items["kind"] = np.array(KIND_OF_CHANNEL)[source & CHANNEL]
    return items


def held_by(hand: Hand, slot: int) -> np.ndarray:
    """Return what one slot's holder has in hand, as ITEM rows."""
    block = slot >> BLOCK
    owners = hand.owner[hand.start[block] : hand.start[block] + hand.number[block]]
    first, last = np.searchsorted(owners, [slot, slot + 1])
    return items_in_hand(hand._replace(start=hand.start[[block]] + first, number=np.array([last - first])))


def hand_offsets(hand: Hand, capacity: int) -> np.ndarray:
    """Return where each slot's rows of `items_in_hand` begin, int32 of shape (capacity + 1,)."""
    held = np.bincount(hand.owner[entries_in_hand(hand)], minlength=capacity)
    return np.append(0, np.cumsum(held)).astype(np.int32)


def hand_of(items: np.ndarray, offsets: np.ndarray) -> Hand:
    """Return the hand that holds these ITEM rows: the inverse of `items_in_hand`."""
    origins = np.zeros(items.size, SENDING)
    for field in ("finder", "found", "rank", "topic"):
        origins[field] = items[field]
    channel = np.where(items["kind"] == 2, BROUGHT, FOLLOWER)
    source = ((np.arange(items.size) << SHIFT) + channel).astype(np.int32)
    owner = np.repeat(np.arange(offsets.size - 1, dtype=np.int32), np.diff(offsets))
    start = offsets[: -1 : 1 << BLOCK].astype(np.int64)
    return Hand(owner, items["name"].copy(), source, start, np.diff(start, append=items.size), origins)
