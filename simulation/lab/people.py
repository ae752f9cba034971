"""What does the lab know of one person? What it has done, and why others followed and left it."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from ..run import Run
from ..state import FOLLOW_REASONS, UNFOLLOW_REASONS

#: Why a tie began or ended, in words that go with "follows, because" and "left, because".
WORDS = {
    1: "came across something it shared", 2: "was handed something by it", 3: "read what it had found",
    4: "followed back", 5: "was introduced", 6: "was new and met its news", 7: "was told to (from outside)",
    -1: "knew its news already", -2: "found its news dull", -3: "had too much to read", -4: "drifted away by chance",
    -5: "one of the two went away for good", -6: "was told to (from outside)",
}  # fmt: skip
RECENT = 8  # changes of a person's followers that are told one by one
LOOK_BACK = 300  # ticks in which they are looked for


class Reasons:
    """Counts of why people were followed and left, and the latest changes; memory stays flat however long it runs.

    Parameters
    ----------
    slots : int
    """

    def __init__(self, slots: int) -> None:
        self.followed = np.zeros((slots, 1 + max(FOLLOW_REASONS)), np.int32)
        self.left = np.zeros((slots, 1 - min(UNFOLLOW_REASONS)), np.int32)
        self.latest: deque[np.ndarray] = deque(maxlen=LOOK_BACK)

    def add(self, changes: np.ndarray, newcomers: np.ndarray) -> None:
        """Count one tick's changes; who arrived in it starts anew.

        Parameters
        ----------
        changes : CHANGE array
        newcomers : integer array
            Slots that somebody else holds now.
        """
        for slots in (self.followed, self.left):
            slots[newcomers] = 0
        begins = changes[changes["reason"] > 0]
        ends = changes[changes["reason"] < 0]
        ends = ends[~np.isin(ends["followee"], newcomers)]  # ties of the one who left before
        np.add.at(self.followed, (begins["followee"], begins["reason"]), 1)
        np.add.at(self.left, (ends["followee"], -ends["reason"]), 1)
        self.latest.append(changes)

    def of(self, slot: int, since: int) -> dict[str, Any]:
        """Return counts and latest changes of one person, who is there since a tick.

        Returns
        -------
        dict
            ``followed`` and ``left``: [reason in words, count] each, most frequent first; ``recent``: [tick, other,
            whether it followed, reason in words], newest first.
        """
        recent: list[list[Any]] = []
        for changes in reversed(self.latest):
            mine = changes[(changes["followee"] == slot) & (changes["tick"] >= max(0, since))]
            recent += [
                [int(row["tick"]) + 1, int(row["follower"]), bool(row["reason"] > 0), WORDS[int(row["reason"])]]
                for row in mine[::-1]
            ]
            if len(recent) >= RECENT:
                break
        return {
            "followed": _counted(self.followed[slot], 1),
            "left": _counted(self.left[slot], -1),
            "recent": recent[:RECENT],
        }


def _counted(counts: np.ndarray, sign: int) -> list[list[Any]]:
    known = [[WORDS[sign * reason], int(count)] for reason, count in enumerate(counts.tolist()) if count]
    return sorted(known, key=lambda each: -each[1])


def describe(run: Run, reasons: Reasons, slot: int) -> dict[str, Any]:
    """Return all that the page shows about who holds a slot now, as JSON holds it."""
    agents, network = run.state.agents, run.state.network
    level = int(run.world.table["level"].iloc[slot]) if "level" in run.world.table else 0
    return {
        "slot": slot,
        "generosity": round(float(agents.generosity[slot]), 3),
        "group": int(agents.group[slot]),
        "level": level,
        "since": int(agents.arrived[slot]) + 1,
        "followers": int(network.followers.where["count"][slot]),
        "followees": int(network.followees.where["count"][slot]),
        **{name: int(getattr(agents, name)[slot]) for name in ("found", "shared", "brought", "read", "reached")},
        "received": round(float(agents.received[slot]), 2),
        **reasons.of(slot, int(agents.arrived[slot])),
    }
