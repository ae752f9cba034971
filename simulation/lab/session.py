"""How does one world of the lab go on? A run that is stepped, changed and told in frames; no web, no browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import InputError, out_of_range, unknown_name
from ..exchange import to_ties
from ..interventions import Intervention, add_ties, set_attribute, set_parameter
from ..measures import gini
from ..randomness import fold
from ..record import Keep
from ..run import Run, check_seed
from ..settings import from_settings
from ..state import CHANGE, COUNTS, DELIVERIES, READS
from . import frames
from .controls import as_given, checked, control
from .people import Reasons, describe

MOST_TICKS = 5_000  # of one run: memory stays flat, and an hour of class does not need more
MOST_TIES = 4_000  # that the page is given to draw
MOST_FLASHES = 150
MOST_CHANGES = 500  # by hand, in one run
HEAVIEST = 400_000  # deliveries in one tick: more would take longer than a class waits
GIVER, HOARDER = 2 / 3, 1 / 3  # gives at least, at most, so much of what it has in hand
CURVES = ("followers of givers", "followers of hoarders", "ties", "unread", "inequality", "own kind")
ORDERED = 50  # people who are told to follow somebody, or as many as there are
SWITCH = {"give": 1.0, "hoard": 0.0}
CONNECTS = 0.5  # of those who come across its news are of another group, where not everybody has as many
NEW_PLACES = 0.5  # places for newcomers, as a share of the people at the start
MAX_SEED = 2**53 - 1  # what a page's script can hold exactly
DRAWN_SEEDS = 1_000_000  # drawn ones are short enough to be read out to a class


class Session:
    """One world that a class plays with.

    Parameters
    ----------
    settings : mapping, optional
        Values of controls by name, and ``world``; the others stand at their first value.
    seed : int, optional
        In [0, 2**53); drawn where it is None.
    number : int
        Which of two worlds side by side this is: 0 or 1.
    compile : bool
        False runs the engine interpreted.

    Attributes
    ----------
    run : Run
    settings : dict
        As `controls.checked` returns them, changes during the run included.
    started_with : dict
        The settings when the run began.
    ended : str
        Why it cannot go on, in a sentence; empty while it can.

    Raises
    ------
    InputError
        Unknown settings, or values beyond what their controls allow.

    Examples
    --------
    >>> session = Session({"agents": 20}, seed=1, compile=False)
    >>> first = frames.unpack(session.frame())
    >>> first.whole, len(first.people), first.tick
    (True, 30, 0)
    >>> session.switch(3, "give")
    >>> session.step()
    >>> frames.unpack(session.frame()).tick, session.person(3)["generosity"]
    (1, 1.0)
    """

    _whole: bool  # whether the next frame tells everything
    _people: np.ndarray  # as the page knows them, likewise the ties drawn
    _shown: np.ndarray

    def __init__(
        self, settings: Mapping[str, Any] | None = None, seed: int | None = None, number: int = 0, compile: bool = True
    ) -> None:
        self.number, self.compile = number, compile
        self.start(settings or {}, seed)

    # --- what the class does ---

    def start(self, settings: Mapping[str, Any], seed: int | None = None) -> None:
        """Begin anew with these settings; without a seed, one is drawn."""
        known = checked(settings)
        seed = check_seed(None) % DRAWN_SEEDS if seed is None else check_seed(seed)
        if seed > MAX_SEED:
            raise out_of_range("seed", seed, f"a whole number in [0, {MAX_SEED}]")
        world, parameters = from_settings(known["world"], None, as_given(known))
        if known["world"] == "open_world":
            parameters = parameters.replace(capacity=world.agents + int(NEW_PLACES * world.agents))
        self.run = Run(world, parameters, seed=seed, keep=Keep(ledger=True, feeds=True), compile=self.compile)
        self.settings, self.started_with, self.ended = known, dict(known), ""
        self.reasons = Reasons(self.run.capacity)
        self._by_hand = np.zeros(self.run.capacity, bool)
        self._changes = np.empty(0, CHANGE)
        table = world.table
        self._level = np.zeros(self.run.capacity, np.int64)
        if "level" in table:
            self._level[: len(table)] = table["level"]
        self.tell_all()

    def reset(self) -> None:
        """Begin anew with the same seed and the settings as they stand; what was done to people is forgotten."""
        self.start(self.settings, self.run.seed)

    def change(self, name: str, value: Any) -> None:
        """Set a control: a parameter acts from the next tick on, anything else begins anew with the same seed."""
        known = checked({**self.settings, name: value}) if name == "world" else None
        if known is not None:
            self.start(known, self.run.seed)
        elif control(name).at_once:
            value = control(name).check(value)
            if self.run.tick:
                self._intervene(set_parameter(self.run.tick, name, value))
                self.settings[name] = value
            else:  # nothing has happened yet: it is a setting like all others, and people and ties stay
                pending, by_hand = self.run.interventions, self._by_hand
                told = self._whole, self._people, self._shown
                self.start({**self.settings, name: value}, self.run.seed)
                self.run.interventions, self._by_hand = pending, by_hand
                self._whole, self._people, self._shown = told
        else:
            self.start({**self.settings, name: value}, self.run.seed)

    def switch(self, slot: int, to: str) -> None:
        """Make a person give or hoard everything from now on.

        Raises
        ------
        InputError
            Nobody is there, or an unknown switch.
        """
        if to not in SWITCH:
            raise unknown_name("switch", to, SWITCH)
        self._insist(slot)
        self._intervene(set_attribute(self.run.tick, [slot], "generosity", SWITCH[to]))
        self._by_hand[slot] = True

    def order(self, slot: int) -> int:
        """Tell some people, drawn by lot, to follow a person from the next tick on; return how many.

        They are the same people in every run with this seed. What becomes of their ties is as of all others.

        Raises
        ------
        InputError
            Nobody is there.
        """
        self._insist(slot)
        follower, followee, _ = to_ties(self.run.state.network)
        free = self.run.state.agents.present.copy()
        free[follower[followee == slot]] = free[slot] = False
        candidates = np.flatnonzero(free)
        with np.errstate(over="ignore"):
            rank = fold(fold(np.uint64(self.run.seed), np.uint64(slot)), candidates.astype(np.uint64))
        told = np.sort(candidates[np.argsort(rank, kind="stable")[:ORDERED]])
        if told.size:
            self._intervene(add_ties(self.run.tick, [(int(one), slot) for one in told]))
        return int(told.size)

    def _intervene(self, change: Intervention) -> None:
        """Add a change that acts before the next tick, in place of an earlier one of the same thing."""

        def concerns(one: Intervention) -> tuple[Any, ...]:
            return one.kind, one.ticks, one.agents, one.name, {followee for _, followee in one.ties}

        others = tuple(each for each in self.run.interventions if concerns(each) != concerns(change))
        if len(others) >= MOST_CHANGES:
            raise InputError(f"this run has had {MOST_CHANGES} changes by hand, the most that the lab keeps: reset it")
        self.run.interventions = (*others, change)

    def step(self) -> None:
        """Run one tick; without effect where the run cannot go on."""
        if self.ended:
            return
        run, before = self.run, self.run.state.agents.arrived.copy()
        run.advance(1)
        self._changes = np.concatenate(run.ledger)
        run.ledger.clear()
        agents = run.state.agents
        newcomers = np.flatnonzero(agents.present & (agents.arrived != before))
        self._by_hand[newcomers] = False
        self.reasons.add(self._changes, newcomers)
        counts = run.series[-1][-1]
        if counts[DELIVERIES] > HEAVIEST:
            self.ended = (
                f"This world has grown too heavy for the lab: {counts[DELIVERIES]} items a tick reach people's feeds. "
                "Start again with fewer people, or let them find or follow less."
            )
        elif run.tick >= MOST_TICKS:
            self.ended = f"This run has done {MOST_TICKS} ticks, the most that the lab keeps. Start again with reset."
        elif not agents.present.any() and run.rates.arrivals == 0.0:
            self.ended = "Everybody has left, and nobody arrives."

    # --- what the page is told ---

    def tell_all(self) -> None:
        """Let the next frame tell everything, to a page that knows nothing."""
        self._whole = True
        self._people = np.zeros(0, frames.PERSON)
        self._shown = np.zeros(0, np.int64)

    def frame(self) -> bytes:
        """Return what has changed since the last frame, as `frames` packs it."""
        people, run = self._persons(), self.run
        changed = people if self._whole else people[people != self._people]
        codes, shown = self._drawn()
        appear, go = np.setdiff1d(shown, self._shown, True), np.setdiff1d(self._shown, shown, True)
        told = frames.Frame(
            self.number, self._whole, run.tick, run.capacity, int(run.state.agents.present.sum()), codes.size,
            shown.size, self._curves(), changed, self._ties(appear, began=True), self._ties(go, began=False),
            self._flashes(),
        )  # fmt: skip
        self._people, self._shown, self._whole = people, shown, False
        return told.pack()

    def person(self, slot: int) -> dict[str, Any]:
        """Return all about one person, as `people.describe` tells it; a pending switch counts already.

        Raises
        ------
        InputError
            Nobody is there.
        """
        self._insist(slot)
        known = describe(self.run, self.reasons, slot)
        known["generosity"] = round(float(self._generosity()[slot]), 3)
        return known | {"by_hand": bool(self._by_hand[slot]), "world": self.number}

    def state(self) -> dict[str, Any]:
        """Return settings, seed and how far the run has come, as JSON holds it."""
        return {"settings": self.settings, "seed": self.run.seed, "tick": self.run.tick, "ended": self.ended}

    def _insist(self, slot: Any) -> None:
        whole = isinstance(slot, int) and not isinstance(slot, bool)
        if not whole or not 0 <= slot < self.run.capacity or not self.run.state.agents.present[slot]:
            raise InputError(f"person: nobody is number {slot!r}; allowed: the people that are drawn")

    def _generosity(self) -> np.ndarray:
        """Return everybody's generosity, with the switches that act before the next tick."""
        generosity = self.run.state.agents.generosity.astype(np.float64)
        for each in self.run.interventions:
            if each.kind == "set" and self.run.tick in each.ticks:
                generosity[list(each.agents)] = each.value
        return generosity

    def _persons(self) -> np.ndarray:
        agents = self.run.state.agents
        people = np.zeros(self.run.capacity, frames.PERSON)
        people["slot"] = np.arange(self.run.capacity)
        people["followers"] = self.run.state.network.followers.where["count"][: self.run.capacity]
        people["generosity"] = np.rint(255 * self._generosity())
        people["group"], people["level"] = agents.group % 256, self._level
        flags = frames.PRESENT * agents.present + frames.BY_HAND * self._by_hand
        flags += frames.MINORITY * (agents.identity == 1)
        connects = agents.spanning >= CONNECTS
        if not connects[agents.present].all():
            flags += frames.CONNECTOR * connects
        people["flags"] = flags
        return people

    def _drawn(self) -> tuple[np.ndarray, np.ndarray]:
        """Return all ties and those to draw, as sorted codes: at most ``MOST_TIES``, tick after tick the same."""
        follower, followee, _ = to_ties(self.run.state.network)
        codes = follower.astype(np.int64) * self.run.capacity + followee
        if codes.size <= MOST_TIES:
            return codes, codes
        with np.errstate(over="ignore"):
            rank = fold(np.uint64(1), codes.astype(np.uint64))
        return codes, codes[rank <= np.partition(rank, MOST_TIES - 1)[MOST_TIES - 1]]

    def _ties(self, codes: np.ndarray, began: bool) -> np.ndarray:
        """Return ties with the reason of the last tick's change; 0 where only the choice of what is drawn changed."""
        ties = np.zeros(codes.size, frames.TIE)
        ties["follower"], ties["followee"] = np.divmod(codes, self.run.capacity)
        changes = self._changes[(self._changes["reason"] > 0) == began]
        if self._whole or not changes.size or not codes.size:
            return ties
        changed = changes["follower"].astype(np.int64) * self.run.capacity + changes["followee"]
        order = np.argsort(changed, kind="stable")
        place = np.minimum(np.searchsorted(changed[order], codes), changed.size - 1)
        ties["reason"] = np.where(changed[order][place] == codes, changes["reason"][order][place], 0)
        return ties

    def _flashes(self) -> np.ndarray:
        """Return who read what from whom in the last tick: whole shares, of senders picked evenly, up to the cap."""
        readings = self.run.readings
        readings = readings[readings["read"] > 0]
        with np.errstate(over="ignore"):
            rank = fold(fold(np.uint64(self.run.tick), readings["sender"].astype(np.uint64)), readings["rank"])
        chosen = readings[np.argsort(rank, kind="stable")[:MOST_FLASHES]]
        flashes = np.zeros(chosen.size, frames.FLASH)
        for name in frames.FLASH.names or ():
            flashes[name] = chosen[name]
        return flashes

    def _curves(self) -> np.ndarray:
        """Return the values of ``CURVES`` at the end of the last tick; NaN where there is nothing to measure."""
        agents, network = self.run.state.agents, self.run.state.network
        followers = network.followers.where["count"][: self.run.capacity]
        counts = self.run.series[-1][-1] if self.run.series else np.zeros(len(COUNTS), np.int64)
        values = np.full(len(CURVES), np.nan)
        for place, those in enumerate((agents.generosity >= GIVER, agents.generosity <= HOARDER)):
            if (those & agents.present).any():
                values[place] = followers[those & agents.present].mean()
        values[2] = followers.sum()
        if counts[DELIVERIES]:
            values[3] = 1.0 - counts[READS] / counts[DELIVERIES]
        values[4] = gini(followers[agents.present])
        kind = 2 * agents.group.astype(np.int64) + agents.identity
        if values[2] and np.ptp(kind[agents.present]):
            follower, followee, _ = to_ties(network)
            values[5] = (kind[follower] == kind[followee]).mean()
        return values
