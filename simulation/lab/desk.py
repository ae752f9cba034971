"""What does one browser ask for, and what is it answered? Messages in, messages and frames out; no web here.

A message is a JSON object whose ``do`` names what to do. Whatever it holds, it is answered: a bad one with an error
in our own words, after which everything stands as before.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from ..errors import InputError, out_of_range, shown, unknown_name, wrong_type
from . import session as limits
from .controls import WORLDS, control, model_params
from .lessons import lessons
from .people import WORDS
from .session import CURVES, SWITCH, Session
from .take import take

Answers = list[dict[str, Any] | bytes]
SPEEDS = (1, 30)  # ticks per second
LONGEST = 10_000  # characters of a message


class Desk:
    """All that belongs to one open page: one world, or two side by side.

    Parameters
    ----------
    compile : bool
        False runs the engine interpreted.

    Attributes
    ----------
    worlds : list of Session
    compared : str or None
        The setting in which the second world differs.
    playing : bool
    speed : float
        Ticks per second.

    Examples
    --------
    >>> desk = Desk(compile=False)
    >>> state, frame = desk.handle('{"do": "start", "settings": {"agents": 20}, "seed": 7}')
    >>> state["is"], state["worlds"][0]["seed"]
    ('state', 7)
    >>> desk.handle('{"do": "set", "name": "cost", "value": 99}')[0]["text"]
    'cost: 99 is out of range; allowed: a number in [0, 2] (value per load), in the lab'
    """

    def __init__(self, compile: bool = True) -> None:
        self.compile = compile
        self.worlds: list[Session] = []
        self.compared: str | None = None
        self.playing, self.speed = False, 8.0

    def hello(self) -> dict[str, Any]:
        """Return what a page must know before anything else."""
        return {
            "is": "hello",
            "worlds": WORLDS,
            "model_params": {world: model_params(world) for world in WORLDS},
            "curves": list(CURVES),
            "reasons": {str(code): words for code, words in WORDS.items()},
            "speeds": list(SPEEDS),
            "limits": {"ties": limits.MOST_TIES, "ticks": limits.MOST_TICKS, "flashes": limits.MOST_FLASHES,
                       "ordered": limits.ORDERED},
            "giver": limits.GIVER,
            "hoarder": limits.HOARDER,
            "lessons": lessons(),
        }

    def handle(self, text: str) -> Answers:
        """Do what a message asks for and return the answers; a bad message is answered with an error."""
        try:
            message = _parsed(text)
            does: dict[str, Callable[..., Answers]] = {
                "start": self.start, "set": self.set, "reset": self.reset, "step": self.one_step, "play": self.play,
                "switch": self.switch, "order": self.order, "person": self.person, "take": self.take,
                "compare": self.compare,
            }  # fmt: skip
            do = message.pop("do", None)
            if not isinstance(do, str) or do not in does:
                raise unknown_name("message", do, does)
            if do != "start" and not self.worlds:
                raise InputError("nothing has been started yet")
            return _called(does[do], do, message)
        except InputError as problem:
            return [{"is": "error", "text": str(problem)}]

    def step(self) -> Answers:
        """Run one tick of every world and return their frames; at a world's end, say so and stop playing."""
        for world in self.worlds:
            world.step()
        answers: Answers = [world.frame() for world in self.worlds]
        if any(world.ended for world in self.worlds):
            self.playing = False
            answers.append(self.state())
        return answers

    # --- one method for each message ---

    def start(self, settings: Any = None, seed: Any = None) -> Answers:
        """Begin one world with these settings."""
        self.worlds = [Session(settings or {}, seed, compile=self.compile)]
        self.compared, self.playing = None, False
        return self.everything()

    def reset(self) -> Answers:
        """Begin anew with the same seed."""
        for world in self.worlds:
            world.reset()
        self.playing = False
        return self.everything()

    def set(self, name: Any, value: Any) -> Answers:
        """Set a control of all worlds; the one in which they differ is set in the second only."""
        concerned = self.worlds[1:] if name == self.compared else self.worlds
        ticks = [world.run.tick for world in self.worlds]
        for world in concerned:
            world.change(name, value)
        if len({world.run.tick for world in self.worlds}) > 1:
            for world in self.worlds:  # one began anew, so both do
                world.reset()
        if ticks != [world.run.tick for world in self.worlds]:
            self.playing = False
        return self.everything()

    def one_step(self) -> Answers:
        """Stop playing and run one tick."""
        self.playing = False
        answers = self.step()
        return answers if any(isinstance(each, dict) for each in answers) else [*answers, self.state()]

    def play(self, on: Any, speed: Any = None) -> Answers:
        """Play or pause, at so many ticks per second."""
        if not isinstance(on, bool):
            raise wrong_type("on", on, "true or false")
        if speed is not None:
            allowed = f"a number in [{SPEEDS[0]}, {SPEEDS[1]}] (ticks per second)"
            if isinstance(speed, bool) or not isinstance(speed, (int, float)):
                raise wrong_type("speed", speed, allowed)
            if not SPEEDS[0] <= speed <= SPEEDS[1]:
                raise out_of_range("speed", speed, allowed)
            self.speed = float(speed)
        self.playing = on and not any(world.ended for world in self.worlds)
        return [self.state()]

    def switch(self, slot: Any, to: Any, world: Any = 0) -> Answers:
        """Make a person give or hoard; in a comparison, in one world only."""
        if not isinstance(to, str):
            raise unknown_name("switch", to, SWITCH)
        chosen = self._world(world)
        chosen.switch(slot, to)
        return [chosen.frame(), {"is": "person", **chosen.person(slot)}]

    def order(self, slot: Any, world: Any = 0) -> Answers:
        """Tell some people to follow a person; in a comparison, in one world only."""
        told = self._world(world).order(slot)
        text = f"From the next tick on {told} people, drawn by lot, are told to follow person {slot}."
        return [{"is": "note", "text": text}]

    def person(self, slot: Any, world: Any = 0) -> Answers:
        """Tell all about one person."""
        return [{"is": "person", **self._world(world).person(slot)}]

    def take(self, what: Any, world: Any = 0) -> Answers:
        """Hand over a file."""
        name, kind, content = take(self._world(world), what)
        return [{"is": "file", "name": name, "type": kind, "content": base64.b64encode(content).decode()}]

    def compare(self, name: Any = None, value: Any = None) -> Answers:
        """Put a second world beside the first, from one seed, one setting changed; without a name, end that."""
        if name is None:
            self.worlds, self.compared, self.playing = self.worlds[:1], None, False
            return self.everything()
        first = self.worlds[0]
        known = name if name == "world" else control(name).name
        second = Session({**first.settings, known: value}, first.run.seed, number=1, compile=self.compile)
        first.reset()
        self.worlds, self.compared, self.playing = [first, second], name, False
        return self.everything()

    # --- answers ---

    def state(self) -> dict[str, Any]:
        """Return how things stand, without the frames."""
        worlds = [world.state() for world in self.worlds]
        return {"is": "state", "worlds": worlds, "compared": self.compared, "playing": self.playing,
                "speed": self.speed}  # fmt: skip

    def everything(self) -> Answers:
        """Return how things stand, and a frame of every world."""
        return [self.state(), *(world.frame() for world in self.worlds)]

    def _world(self, number: Any) -> Session:
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(self.worlds):
            raise InputError(f"world: {shown(number)} is not open; allowed: 0 .. {len(self.worlds) - 1}")
        return self.worlds[number]


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise InputError(f"message: {len(text)} characters; allowed: {LONGEST} or fewer")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"message: {shown(text)} is not JSON") from None
    if not isinstance(message, dict):
        raise wrong_type("message", message, "a JSON object with 'do'")
    return message


def _called(method: Callable[..., Answers], do: str, arguments: dict[str, Any]) -> Answers:
    """Call a method with a message's fields; refuse those that it does not take, and missing ones."""
    code = method.__code__
    taken = code.co_varnames[1 : code.co_argcount]
    needed = taken[: len(taken) - len(method.__defaults__ or ())]
    for name in arguments:
        if name not in taken:
            raise unknown_name(f"field of {do!r}", name, taken)
    for name in needed:
        if name not in arguments:
            raise InputError(f"message {do!r} lacks {name!r}")
    return method(**arguments)
