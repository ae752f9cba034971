"""What does the lab tell the page after a tick? One binary frame: only what has changed since the frame before.

A frame is little-endian and consists of 32-bit words: a header of ``HEADER`` int32, then the curves (float32), the
people that have changed (``PERSON``), ties that appear and ties that go (``TIE`` each), and who read what from whom
(``FLASH``). The page (``page/frames.js``) reads it with the same names in the same order.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError

MAGIC, VERSION = 0x4E4E4F43, 1  # "CONN"
HEADER = ("magic", "version", "world", "whole", "tick", "slots", "present", "ties", "shown", "curves", "people",
          "appear", "go", "flashes")  # fmt: skip
PERSON = np.dtype(
    [("slot", "<i4"), ("followers", "<i4"), ("generosity", "u1"), ("group", "u1"), ("level", "u1"), ("flags", "u1")]
)
# Flags of a person: is there; was made to give or hoard; is of identity 1; is met mostly by strangers of other groups.
PRESENT, BY_HAND, MINORITY, CONNECTOR = 1, 2, 4, 8
TIE = np.dtype([("follower", "<i4"), ("followee", "<i4"), ("reason", "<i4")])  # reason 0: only the drawing changed
FLASH = np.dtype([("sender", "<i4"), ("reader", "<i4"), ("channel", "<i4")])


class Frame(NamedTuple):
    """What one frame says."""

    world: int  # 0, or 1 for the second of two worlds side by side
    whole: bool  # whether the page forgets what came before
    tick: int  # ticks done
    slots: int
    present: int
    ties: int  # all of them
    shown: int  # of which so many are drawn
    curves: np.ndarray  # float32, one value per curve
    people: np.ndarray  # PERSON
    appear: np.ndarray  # TIE
    go: np.ndarray  # TIE
    flashes: np.ndarray  # FLASH

    def pack(self) -> bytes:
        """Return the frame's bytes."""
        head: list[int] = [MAGIC, VERSION, self.world, int(self.whole), self.tick, self.slots, self.present, self.ties,
                           self.shown, len(self.curves), len(self.people), len(self.appear), len(self.go),
                           len(self.flashes)]  # fmt: skip
        parts: list[Any] = [np.array(head, "<i4"), self.curves.astype("<f4"), self.people, self.appear, self.go,
                            self.flashes]  # fmt: skip
        return b"".join(np.ascontiguousarray(part).tobytes() for part in parts)


def unpack(content: bytes) -> Frame:
    """Return the frame that these bytes hold.

    Raises
    ------
    InputError
        They are no frame of this version.

    Examples
    --------
    >>> none = np.zeros(0, TIE)
    >>> frame = Frame(0, True, 3, 10, 10, 0, 0, np.zeros(5), np.zeros(0, PERSON), none, none, np.zeros(0, FLASH))
    >>> unpack(frame.pack()).tick
    3
    """
    size = 4 * len(HEADER)
    head = dict(zip(HEADER, np.frombuffer(content[:size].ljust(size, b"\0"), "<i4").tolist(), strict=True))
    if (head["magic"], head["version"]) != (MAGIC, VERSION):
        raise InputError(f"frame: {len(content)} bytes that do not begin as a frame of version {VERSION}")
    kinds = {"curves": np.dtype("<f4"), "people": PERSON, "appear": TIE, "go": TIE, "flashes": FLASH}
    ends = size + np.cumsum([head[count] * kind.itemsize for count, kind in kinds.items()])
    if ends[-1] != len(content) or min(head[count] for count in kinds) < 0:
        raise InputError(f"frame: {len(content)} bytes; its header promises {ends[-1]}")
    starts = [size, *ends[:-1].tolist()]
    parts = [np.frombuffer(content, kind, head[count], start)
             for (count, kind), start in zip(kinds.items(), starts, strict=True)]  # fmt: skip
    return Frame(head["world"], bool(head["whole"]), head["tick"], head["slots"], head["present"], head["ties"],
                 head["shown"], *parts)  # fmt: skip
