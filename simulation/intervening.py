"""What does an intervention do to a run? It is applied before a tick, between two compiled calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from .interventions import Intervention
from .network import Network

if TYPE_CHECKING:
    from .run import Run

FOLLOWED, UNFOLLOWED = 7, -6  # reasons

Change = tuple[int, int, int]  # follower, followee, reason


def intervene(run: Run) -> list[Change]:
    """Apply what is due before a run's next tick, in the order given; return the ties that it changed."""
    return [change for each in run.interventions if run.tick in each.ticks for change in _apply(run, each)]


def _apply(run: Run, each: Intervention) -> list[Change]:
    agents, slots = run.state.agents, np.array(each.agents, np.int64)
    if each.kind == "set":
        getattr(agents, each.name)[slots] = each.value
    elif each.kind == "parameter":
        run.put_in_force(each.name, each.value)
    elif each.kind in ("silence", "unsilence"):
        agents.silenced[slots] = (each.kind == "silence") & agents.present[slots]
    elif each.kind == "drop":
        return _drop(run, each.ties)
    elif each.kind == "drop_followees":
        return _drop(run, _ties_of(run.state.network, each.agents))
    elif each.kind == "add":
        return _add(run, each)
    else:
        for follower, followee in each.ties:
            run.ties.set_lock(run.state.network, follower, followee, each.kind == "lock")
    return []


def _drop(run: Run, ties: Iterable[tuple[int, int]]) -> list[Change]:
    network, unfollow = run.state.network, run.ties.unfollow
    return [(*tie, UNFOLLOWED) for tie in ties if unfollow(network, *tie)]


def _add(run: Run, each: Intervention) -> list[Change]:
    changed = []
    for tie in each.ties:
        network, new = run.ties.follow(run.state.network, *tie)
        run.state = run.state._replace(network=network)
        if new:
            changed.append((*tie, FOLLOWED))
        run.ties.set_lock(network, *tie, each.locked)
    return changed


def _ties_of(network: Network, followers: Iterable[int]) -> list[tuple[int, int]]:
    items, where = network.followees.items, network.followees.where
    return [
        (follower, followee)
        for follower in followers
        for followee in items[where["start"][follower] :][: where["count"][follower]].tolist()
    ]
