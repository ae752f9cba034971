"""Is the state of a run whole? What must hold after every tick, whatever the model does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .exchange import check as check_network
from .exchange import locked_ties
from .state import COUNTS, FOLLOWED, UNFOLLOWED, entries_in_hand

if TYPE_CHECKING:
    from .run import Run


def check(run: Run) -> None:
    """Raise AssertionError unless the invariants hold.

    Followers and followees mirror each other, no self-ties, no duplicates, locked ties intact, counts by reason
    that add up to the change in ties, items in hand in the order of agents.
    """
    network, hand = run.state.network, run.state.hand
    check_network(network)
    counts = np.concatenate(run.series) if run.series else np.zeros((0, len(COUNTS)), np.int64)
    gained = counts[:, FOLLOWED + 1 : FOLLOWED + 8].sum() - counts[:, UNFOLLOWED + 1 : UNFOLLOWED + 7].sum()
    ties = int(network.followees.where["count"].sum())
    assert ties == run.first_number_of_ties + gained, "counts by reason do not add up to the change in ties"
    assert np.array_equal(run.locked, locked_ties(network)), "locked ties have changed"
    ends = hand.start + hand.number
    assert np.all(hand.number >= 0) and np.all(hand.start[1:] >= ends[:-1]), "items in hand are out of order"
    assert ends[-1] <= hand.name.size, "items in hand are out of order"
    assert np.all(np.diff(hand.owner[entries_in_hand(hand)]) >= 0), "items in hand are out of order"
    assert np.all(run.state.agents.memory_next <= max(0, run.parameters.memory - 1)), "memory out of range"
