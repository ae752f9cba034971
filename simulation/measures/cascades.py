"""Whom did an agent's items reach, through whom, and who had them first?

From the feeds of every tick, which `watch` keeps as a run goes. An item's cascade is the tree of its readers: each
hangs on the sender of the copy that it read first, the finder is the root. Items found before the watch began are left
out, for their first readers are not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..checks import whole
from ..errors import InputError

if TYPE_CHECKING:
    from ..run import Run

ITEM = ["finder", "found", "rank"]
COLUMNS = ["tick", "reader", "sender", *ITEM, "value", "price"]


def watch(run: Run, ticks: int) -> pd.DataFrame:
    """Advance a run and return all that was read, in the order of reading.

    Parameters
    ----------
    run : Run
        With ``Keep(feeds=True)``.
    ticks : int
        >= 0.

    Returns
    -------
    DataFrame
        ``tick``, ``reader``, ``sender``, the item (``finder``, ``found``, ``rank``), ``value`` and ``price``: about
        40 bytes per reading. ``attrs["first_tick"]`` says where the watch began.

    Raises
    ------
    InputError
        The run does not keep its feeds.
    """
    if not run.keep.feeds:
        raise InputError("run: it does not keep its feeds; allowed: a Run with keep=Keep(feeds=True)")
    first, parts = run.tick, [pd.DataFrame({name: run.readings[name][:0] for name in COLUMNS})]
    for _ in range(whole("ticks", ticks)):
        entries = run.advance(1).readings
        entries = entries[entries["read"] == 1]
        parts.append(pd.DataFrame({name: entries[name] for name in COLUMNS}))
    table = pd.concat(parts, ignore_index=True)
    table.attrs["first_tick"] = first
    return table


def first_readings(readings: pd.DataFrame) -> pd.DataFrame:
    """Return each reader's first reading of each item, with its ``depth`` in the cascade: 1 from the finder.

    Parameters
    ----------
    readings : DataFrame
        As `watch` returns it.
    """
    known = readings[readings["found"] >= readings.attrs.get("first_tick", 0)]
    first = known.drop_duplicates([*ITEM, "reader"]).reset_index(drop=True)
    parent = _parents(first)
    depth = np.where(parent < 0, 1, 0)
    while (depth == 0).any():
        behind = (depth == 0) & (depth[parent] > 0)
        if not behind.any():
            raise InputError("readings: a sender passed on what it had not read; allowed: all readings in their order")
        depth[behind] = depth[parent[behind]] + 1
    return first.assign(parent=parent, depth=depth)


def _parents(first: pd.DataFrame) -> np.ndarray:
    """Return the row in which each row's sender read the item, -1 where the sender found it."""
    place = pd.Series(np.arange(len(first)), index=pd.MultiIndex.from_frame(first[[*ITEM, "reader"]]))
    wanted = pd.MultiIndex.from_frame(first[[*ITEM, "sender"]])
    found = place.index.get_indexer(wanted) if len(first) else np.empty(0, np.int64)
    own = (first["sender"] == first["finder"]).to_numpy()
    if ((found < 0) & ~own).any():
        raise InputError("readings: a sender passed on what it had not read; allowed: all readings in their order")
    return np.where(own, -1, found)


def cascades(readings: pd.DataFrame) -> pd.DataFrame:
    """Return one row per item that anybody read: its size, depth and structural virality.

    Parameters
    ----------
    readings : DataFrame
        As `watch` returns it.

    Returns
    -------
    DataFrame
        By item: ``size`` (readers and finder), ``depth``, ``virality`` (Goel et al. 2016, Management Science 62,
        180-196: the mean distance between all pairs in the tree; 2 - 2 / n for a star of n, (n + 1) / 3 for a path).
    """
    first = first_readings(readings)
    item = first.groupby(ITEM, sort=True).ngroup().to_numpy()
    below = np.ones(len(first), np.int64)
    parent = first["parent"].to_numpy()
    for depth in range(int(first["depth"].max()) if len(first) else 0, 1, -1):
        rows = np.flatnonzero(first["depth"] == depth)
        np.add.at(below, parent[rows], below[rows])
    size = np.bincount(item) + 1
    apart = np.bincount(item, weights=below * (size[item] - below))  # each tie separates below from the others
    deepest = first.groupby(ITEM, sort=True)["depth"].max()
    return pd.DataFrame({"size": size, "depth": deepest.to_numpy(), "virality": 2 * apart / (size * (size - 1.0))},
                        index=deepest.index)  # fmt: skip


def tree_virality(parent: Any) -> float:
    """Return the structural virality of one tree: the mean distance between all pairs of its members.

    Parameters
    ----------
    parent : int array of shape (members,)
        Each member's parent, which comes before it; that of the root is -1.

    Examples
    --------
    >>> tree_virality([-1, 0, 0, 0]), tree_virality([-1, 0, 1, 2])  # a star, a path
    (1.5, 1.6666666666666667)
    """
    above = np.asarray(parent, np.int64)
    n = above.size
    if n < 2 or above[0] != -1 or (above[1:] < 0).any() or (above >= np.arange(n)).any():
        raise InputError("parent: allowed: two members or more, each after its parent, the first with parent -1")
    below = np.ones(n, np.int64)
    for member in range(n - 1, 0, -1):
        below[above[member]] += below[member]
    return float(2 * (below[1:] * (n - below[1:])).sum() / (n * (n - 1)))


def reached(readings: pd.DataFrame, agents: int) -> pd.DataFrame:
    """Return whom each agent's information reached, and what it received before others.

    Parameters
    ----------
    readings : DataFrame
        As `watch` returns it.
    agents : int
        Slots.

    Returns
    -------
    DataFrame
        By agent: ``one_step`` and ``two_steps`` (distinct readers of its own items at depth 1, and 1 or 2), ``people``
        (at any depth), ``readings`` (first readings of its items by others), ``passed_on`` (first readings of others'
        items that it sent); ``first`` and ``first_value`` (items, and their value, that it read in the earliest tick
        in which anybody did), ``delay`` (mean ticks from find to its first reading; NaN without any).
    """
    first = first_readings(readings)
    slots = pd.RangeIndex(whole("agents", agents, 1), name="agent")

    def people(rows: pd.DataFrame) -> pd.Series:
        return rows.drop_duplicates(["finder", "reader"]).groupby("finder").size()

    own = first["sender"] == first["finder"]
    earliest = first[first["tick"] == first.groupby(ITEM)["tick"].transform("min")].groupby("reader")
    counts = {
        "one_step": people(first[first["depth"] == 1]), "two_steps": people(first[first["depth"] <= 2]),
        "people": people(first), "readings": first.groupby("finder").size(),
        "passed_on": first[~own].groupby("sender").size(), "first": earliest.size(),
    }  # fmt: skip
    table = pd.DataFrame({name: each.reindex(slots, fill_value=0) for name, each in counts.items()})
    table["first_value"] = earliest["value"].sum().reindex(slots, fill_value=0.0)
    table["delay"] = (first["tick"] - first["found"]).groupby(first["reader"]).mean().reindex(slots)
    return table


def sources(readings: pd.DataFrame, agents: int) -> pd.DataFrame:
    """Return how much each agent's information hangs on single others.

    Parameters
    ----------
    readings : DataFrame
        As `watch` returns it.
    agents : int
        Slots.

    Returns
    -------
    DataFrame
        By agent: ``largest`` (share of the value it received that one sender gave, NaN where it received none),
        ``effective`` (1 / sum of squared shares, the number of equal senders that would be as diverse; Hirschman
        1964, American Economic Review 54, 761), ``others`` (sum over readers of the share that this agent gave them).
    """
    slots = pd.RangeIndex(whole("agents", agents, 1), name="agent")
    given = readings.groupby(["reader", "sender"])["value"].sum()
    given = given[given > 0]
    share = given / given.groupby("reader").transform("sum")
    by_reader = share.groupby("reader")
    return pd.DataFrame(
        {
            "largest": by_reader.max().reindex(slots),
            "effective": (1 / (share**2).groupby("reader").sum()).reindex(slots),
            "others": share.groupby("sender").sum().reindex(slots, fill_value=0.0),
        }
    )
