"""Which functions make up the engine, and how is each compiled?"""

import types
from collections.abc import Callable, Iterable
from typing import Any

from . import (
    arriving,
    columns,
    delivering,
    engine,
    feeds,
    giving,
    network,
    pages,
    randomness,
    reading,
    rewiring,
    rules,
    state,
    wide,
)

#: The modules whose functions run interpreted and compiled.
KERNEL = (
    randomness, wide, columns, rules, network, state, giving, delivering, feeds, pages, reading, rewiring,
    arriving, engine,
)  # fmt: skip
#: What else they hold.
BUILDING = {
    "replace", "bytes_per_agent", "bytes_of_lists", "bytes_per_tie", "clear_desk", "laid_together", "entries_in_hand",
    "items_in_hand", "held_by", "hand_of", "hand_offsets", "with_room_for", "for_python",
}  # fmt: skip

#: Functions that make arrays or tuples of them or return some, and those that call them for it. Numba counts who refers
#: to an array: two calls for each that a function is given or takes out of a tuple, and again in loops. All other
#: functions only look at what their caller holds, and count nothing; one that asks for an array all the same cannot be
#: compiled.
COUNTING = {
    "enough", "listed", "poisson_room", "rewritten", "tidied", "appended", "follow", "find", "open_sendings",
    "room_to_choose", "leave_rest", "give", "choose_and_send", "spend", "open_deliveries", "close_deliveries", "meet",
    "draw_encounters", "open_hand", "open_decisions", "room_for_feeds", "room_for_page", "ascending", "write_ranks",
    "leave_out", "read", "gathered", "follow_back", "lose", "with_answers", "churn", "write_change", "depart",
    "list_concerned", "with_room", "sweep_long_lists", "observe", "list_members", "begin_tie", "sharers_by_key",
    "stayed_by_key", "arrive", "streams_of", "write_down", "advance",
}  # fmt: skip

#: Functions of the schedule by the phase that their time is counted under.
PHASES = {
    "find": "find", "leave_rest": "give", "give": "give", "open_sendings": "give",
    "open_deliveries": "deliver", "deliver": "deliver",
    "close_deliveries": "deliver", "open_hand": "read", "open_decisions": "read", "read": "read",
    "follow_introduced": "rewire", "gathered": "rewire", "follow_back": "rewire", "lose": "rewire",
    "with_answers": "rewire", "churn": "rewire", "depart": "rewire", "list_concerned": "rewire",
    "with_room": "rewire", "change_followees": "rewire", "change_followers": "rewire",
    "arrive": "rewire", "list_members": "rewire", "observe": "observe",
}  # fmt: skip
#: What else the schedule calls.
AROUND = ("streams_of", "sum_up", "write_down")
#: Functions that Python calls, where a tick is one call and where its phases are calls of their own. Only these can be
#: called from Python: the way in costs a third of the time to compile.
ENTRIES = {"advance", "poisson"}
ENTRIES_BY_PHASE = {"follow", "unfollow", "set_lock", *AROUND, *PHASES}
#: Tuples that compiled functions take by reference; not where Python calls the phases, which hands them tuples.
WIDE = (
    network.Lists, network.Network, state.Agents, state.Hand, state.Held, state.Chosen, state.Sendings,
    state.Deliveries, state.Feeds, state.Page, state.Members, state.Now,
)  # fmt: skip


def functions_calling(names: Iterable[str]) -> set[Callable]:
    """Return the functions of the kernel that call some rules, at first or second hand, and those rules."""
    functions = {each for module in KERNEL for each in vars(module).values() if isinstance(each, types.FunctionType)}
    found, before = {getattr(rules, name) for name in names}, -1
    while len(found) > before:
        before = len(found)
        found |= {each for each in functions if not found.isdisjoint(_called_by(each))}
    return found


def _called_by(function: Any) -> set[Any]:
    """Return what a function of the kernel may call: what its code names, in its module or of the rules."""
    named = function.__code__.co_names
    called = {each for each in map(function.__globals__.get, named) if isinstance(each, types.FunctionType)}
    return called | {vars(rules).get(name) for name in (named if "rules" in named else ())}
