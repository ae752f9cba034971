"""How does a run fit into one file? The page and every frame of the run: it replays without Python or network."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import InputError
from .controls import CONTROLS, control
from .desk import Desk
from .onefile import inlined
from .session import MOST_TICKS, Session

DONE = ("found", "shared", "brought", "read")  # of a person; what the page shows of it


def record(
    settings: Mapping[str, Any],
    *,
    ticks: int,
    seed: int | None = None,
    compare: tuple[str, Any] | None = None,
    compile: bool = True,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Run a world of the lab and return what the page needs to replay it, as JSON holds it.

    Parameters
    ----------
    settings : mapping of str to value
        Of the lab's controls, and ``world``.
    ticks : int
        In [1, 5000]; fewer are recorded where the world ends before.
    seed : int, optional
        In [0, 2**53); drawn where it is None.
    compare : (str, value), optional
        A setting and its value in a second world, side by side with the first.
    compile : bool
        False runs the engine interpreted.
    progress : function of int, optional
        Called with the number of ticks just done.

    Raises
    ------
    InputError
        Settings, seed or ticks that the lab does not take.
    """
    if not 1 <= ticks <= MOST_TICKS:
        raise InputError(f"ticks: {ticks} is out of range; allowed: a whole number in [1, {MOST_TICKS}]")
    desk = Desk(compile)
    answers = desk.start(dict(settings), seed)
    if compare is not None:
        answers = desk.compare(*compare)
    frames = [[each for each in answers if isinstance(each, bytes)]]
    counters = [Counters(world) for world in desk.worlds]
    state = desk.state()
    state["worlds"] = json.loads(json.dumps(state["worlds"]))  # as it is now: the run goes on
    for _ in range(ticks):
        frames.append([each for each in desk.step() if isinstance(each, bytes)])
        for each in counters:
            each.add()
        if progress is not None:
            progress(1)
        if any(world.ended for world in desk.worlds):
            break
    packed = gzip.compress(b"".join(part for tick in frames for part in tick), mtime=0)
    hello = {**desk.hello(), "lessons": []}  # these need a running lab
    return {"hello": hello, "state": state, "sizes": [[len(part) for part in tick] for tick in frames],
            "frames": base64.b64encode(packed).decode(), "counters": [each.told() for each in counters]}  # fmt: skip


class Counters:
    """What every person has done, tick by tick, which frames do not tell: found, gave, handed up, read.

    Parameters
    ----------
    world : Session
    """

    def __init__(self, world: Session) -> None:
        self.world = world
        self.rows: list[list[np.ndarray]] = [[] for _ in DONE]
        self.before = [np.zeros(world.run.capacity, np.int64) for _ in DONE]
        self.came: list[list[int]] = []
        self.arrived = world.run.state.agents.arrived.copy()

    def add(self) -> None:
        """Add one tick's doings; who has arrived in it begins from nothing."""
        agents, tick = self.world.run.state.agents, self.world.run.tick
        newcomers = np.flatnonzero(agents.arrived != self.arrived)
        self.came += [[tick, int(slot)] for slot in newcomers]
        self.arrived = agents.arrived.copy()
        for rows, before, name in zip(self.rows, self.before, DONE, strict=True):
            now = getattr(agents, name).astype(np.int64)
            before[newcomers] = 0
            rows.append(now - before)
            before[:] = now

    def told(self) -> dict[str, Any]:
        """Return it as JSON holds it: counts by doing, person and tick, packed; who came when."""
        done = np.array(self.rows, np.int64).transpose(0, 2, 1)  # a person's ticks lie together: they are alike
        kind = "<u1" if done.size == 0 or done.max() < 256 else "<u4"
        assert done.size == 0 or done.min() >= 0, "nobody undoes what was done"
        packed = gzip.compress(done.astype(kind).tobytes(), mtime=0)
        return {"names": list(DONE), "bytes": np.dtype(kind).itemsize, "came": self.came,
                "counts": base64.b64encode(packed).decode()}  # fmt: skip


def as_page(recorded: Mapping[str, Any]) -> str:
    """Return one self-contained HTML page that replays a recorded run."""
    return inlined("index.html", "recording", recorded, "replaying")


def setting(text: str) -> tuple[str, Any]:
    """Return name and value of a setting as ``--set`` and ``--compare`` take it.

    Raises
    ------
    InputError
        No such control, or a value that it does not take.

    Examples
    --------
    >>> setting("cost=0.5"), setting("generosity=beta:1:4"), setting("world=workplace")
    (('cost', 0.5), ('generosity', 'beta:1:4'), ('world', 'workplace'))
    """
    name, equals, word = (part.strip() for part in text.partition("="))
    if not equals:
        raise InputError(f"setting {text!r} is not of the form name=value; for example cost=0.5")
    if name == "world" or (name in CONTROLS and CONTROLS[name].words):
        return name, word
    about = control(name)
    try:
        number: float = int(word) if re.fullmatch(r"[+-]?\d+", word) else float(word)
    except ValueError:
        return name, about.check(word)  # which says what is allowed
    return name, about.check(number)
