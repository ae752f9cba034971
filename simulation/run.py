"""How is a world run? One run: its state, its interventions, and what it hands to the record.

`simulate` is the usual way in; `Run` is for those who want to step, look and step on.
"""

from __future__ import annotations

import contextlib
import secrets
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from . import compiled, invariants, randomness
from .errors import InputError, wrong_type
from .exchange import bounds_of_parts, locked_ties, to_ties
from .first_ties import Ties
from .intervening import intervene
from .interventions import Intervention
from .parameters import Parameters
from .record import Keep, Record
from .rules import replace
from .starting import draw_newcomers, first_state, may_arrive
from .state import (
    CHANGE,
    COUNTS,
    DELIVERIES,
    DELIVERY,
    FOLLOWED,
    READING,
    UNFOLLOWED,
    Newcomers,
    Rates,
    Recorded,
    clear_desk,
    with_room_for,
)
from .worlds import World

LARGE = 100_000  # slots: below, freed memory is not worth giving back
STRETCH = 300_000  # agents * ticks in one compiled call: about a second, so that Ctrl-C and progress are heard


@contextlib.contextmanager
def interrupts_wait() -> Iterator[None]:
    """Hold Ctrl-C back: an interrupt inside the compiler, or on the way back from a compiled call, crashes Python."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is interrupted
        return
    pressed: list[Any] = []
    before = signal.signal(signal.SIGINT, lambda *which: pressed.append(which))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.default_int_handler)
        if pressed:
            signal.raise_signal(signal.SIGINT)


def check_seed(seed: Any) -> int:
    """Return a seed in [0, 2**63), drawn from the system where it is None."""
    if seed is None:
        return secrets.randbits(63)
    if isinstance(seed, (bool, np.bool_)) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**63:
        raise wrong_type("seed", seed, "a whole number in [0, 2**63), or none")
    return int(seed)


def replicate_seed(seed: int, replicate: int) -> int:
    """Return the seed of one replicate: the k-th alone equals the k-th of many.

    Examples
    --------
    >>> replicate_seed(1, 0) != replicate_seed(1, 1)
    True
    """
    sequence = np.random.SeedSequence(check_seed(seed), spawn_key=(replicate,))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


class Run:
    """One run of a world, tick by tick.

    Parameters
    ----------
    world : World
    parameters : Parameters, optional
    seed : int, optional
        In [0, 2**63); None draws one, which the record tells.
    rules : mapping, optional
        Own rules, as `rules.replace` returns them.
    interventions : iterable of Intervention, optional
    keep : Keep, optional
        What to record beside series, agents and final ties.
    compile : bool
        False runs the same sources as plain Python.
    check : bool
        Check the invariants of the state after every tick (slow).
    threads : int
        On how many threads each phase runs, >= 1; they change no bit. Two pay from about 50,000 agents on.

    Attributes
    ----------
    tick : int
        The next tick to run.
    state : State
        Columns of agents, ties and items in hand.
    in_force : Parameters
        The model's parameters as interventions have left them; ``parameters`` are those of the start.

    Raises
    ------
    InputError
        Arguments that do not fit together, before anything is run.
    """

    def __init__(
        self,
        world: World,
        parameters: Parameters | None = None,
        *,
        seed: int | None = None,
        rules: Mapping[str, Callable] | None = None,
        interventions: Iterable[Intervention] = (),
        keep: Keep | None = None,
        compile: bool = True,
        check: bool = False,
        threads: int = 1,
    ) -> None:
        if not isinstance(world, World):
            raise wrong_type("world", world, "a world such as open_world(agents=1000)")
        self.world = world
        self.parameters = Parameters() if parameters is None else parameters
        if not isinstance(self.parameters, Parameters):
            raise wrong_type("parameters", parameters, "Parameters(...)")
        self.seed = check_seed(seed)
        if rules is not None and not isinstance(rules, Mapping):
            raise wrong_type("rules", rules, "what rules.replace(price=...) returns")
        self.rules = replace(**dict(rules or {}))
        self.capacity = world.agents if self.parameters.capacity is None else self.parameters.capacity
        if self.capacity < world.agents:
            allowed = f"allowed: {world.agents} or more"
            raise InputError(f"capacity: {self.capacity} slots for {world.agents} agents; {allowed}")
        self.interventions = tuple(interventions)
        for each in self.interventions:
            if not isinstance(each, Intervention):
                raise wrong_type("interventions", each, "interventions such as silence(100, [3])")
            each.check(self.capacity)
        self.keep = Keep() if keep is None else keep
        if not isinstance(self.keep, Keep):
            raise wrong_type("keep", keep, "Keep(ledger=True, ...)")
        self.compile, self.check = compile, check
        if isinstance(threads, bool) or not isinstance(threads, (int, np.integer)) or threads < 1:
            raise wrong_type("threads", threads, "a whole number >= 1")
        self.threads = int(threads)
        self.tick = 0
        self.series: list[np.ndarray] = []
        self.ledger: list[np.ndarray] = []
        self.snapshots: list[tuple[int, Any]] = []
        self.readings = np.empty(0, READING)
        self.in_force = self.parameters
        self.rates = self._rates()
        self.attraction = self._attraction()
        self.desk = clear_desk(self.capacity)  # before there is freed memory: what nobody writes to then takes none
        self.state = first_state(world, world.seed(self.seed), self.capacity, self.parameters.memory)
        self.order = np.argsort(self.state.agents.keys, kind="stable").astype(np.int32)
        self.locked = locked_ties(self.state.network)
        self.first_number_of_ties = int(self.state.network.followees.where["count"].sum())
        self.ended, self.whole_hands = "not begun", True
        if self.capacity > LARGE:
            compiled.return_freed_memory()

    @classmethod
    def resume(cls, folder: Any, **how: Any) -> Run:
        """Go on from a checkpoint; `storage.continue_run` says how."""
        from .storage import continue_run

        return continue_run(folder, **how)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy takes over: it works at a desk of its own."""
        return {**vars(self), "desk": None}

    def __setstate__(self, known: dict[str, Any]) -> None:
        vars(self).update(known, desk=clear_desk(known["capacity"]))

    # --- the start ---

    def _rates(self) -> Rates:
        known: dict[str, Any] = self.in_force.as_dict()
        known["no_arrival"] = float(randomness.no_event(np.float64(known["arrivals"])))
        return Rates(**{name: known[name] for name in Rates._fields})

    def _attraction(self) -> np.ndarray:
        if self.rates.fame == 0.0:
            return np.empty(0)
        return np.power(1.0 + np.arange(self.capacity + 1), self.rates.fame)

    @property
    def start_ties(self) -> Ties:
        """The first ties (follower, followee, locked), sorted by follower, then followee.

        They are drawn again whenever they are asked for: kept, they would take as much as the network itself.
        """
        return self.world.start_ties(self.seed, self.state.agents.key)

    # --- running ---

    @property
    def engine(self) -> Any:
        """The compiled (or interpreted) functions of this run's variant."""
        return compiled.engine(self.rules, self.compile)

    @property
    def ties(self) -> Any:
        """Those of them that begin, end and lock single ties."""
        return compiled.engine(self.rules, self.compile, by_phase=True)

    def advance(
        self, ticks: int, progress: Callable[[int], None] | None = None, timings: dict[str, float] | None = None
    ) -> Run:
        """Run more ticks and return the run itself.

        Parameters
        ----------
        ticks : int
            How many, >= 0.
        progress : function of int, optional
            Called with the number of ticks just done. What people have in hand is complete after the last one only; if
            it raises an error, after one more tick.
        timings : dict, optional
            Seconds are added here by the name of each phase, the time to compile it included where it is called by
            itself for the first time in this process.
        """
        if isinstance(ticks, bool) or not isinstance(ticks, (int, np.integer)) or ticks < 0:
            raise wrong_type("ticks", ticks, "a whole number >= 0")
        if self.engine.compiled and timings is None:
            compiled.compile_once(self.threads)
        end = self.tick + int(ticks)
        try:
            while self.tick < end:
                stretch = self._stretch(end)
                self.run_stretch(stretch, timings, whole_hands=self._hands_are_seen(self.tick + stretch, end))
                if progress is not None:
                    progress(stretch)
        finally:
            if not self.whole_hands:  # ended early: whoever looks now sees hands as any last tick leaves them
                self.run_stretch(1, timings)
            self.ended = f"ran all {end} ticks" if self.tick == end else f"interrupted before tick {self.tick}"
        return self

    def _stretch(self, end: int) -> int:
        """Return how many ticks can run in one call: up to the next intervention, snapshot or check."""
        last = min(end, self.tick + max(1, STRETCH // self.capacity), self.tick + 10_000)
        if self.check:
            last = self.tick + 1
        every = self.keep.snapshots
        if every:
            last = min(last, (self.tick // every + 1) * every)
        for each in self.interventions:
            later = [tick for tick in each.ticks if tick > self.tick]
            last = min(last, later[0]) if later else last
        return last - self.tick

    def _hands_are_seen(self, tick: int, end: int) -> bool:
        """Return whether what is in hand before a tick matters beyond what will be given in it."""
        return self.check or tick == end or any(tick in each.ticks for each in self.interventions)

    def run_stretch(self, ticks: int, timings: dict[str, float] | None = None, whole_hands: bool = True) -> None:
        """Run some ticks with nothing in between; Ctrl-C waits until state, series and tick agree again.

        Where nobody will look into hands after them, only what will be given in the next tick is kept there.
        """
        with interrupts_wait():
            self._run_stretch(ticks, timings, whole_hands)
            if self.capacity > LARGE:
                self._make_room()

    def _run_stretch(self, ticks: int, timings: dict[str, float] | None, whole_hands: bool) -> None:
        whole, self.whole_hands = self.whole_hands, True  # or lost, should this fail
        changed = intervene(self)
        if any(self.tick in each.ticks for each in self.interventions):
            self.locked = locked_ties(self.state.network)
        if self.rates.arrivals > 0.0:
            self.state = self.state._replace(agents=may_arrive(self.state.agents))
        series = np.zeros((ticks, len(COUNTS)), np.int64)
        groups = int(self.state.agents.group.max()) + 1
        recorded = Recorded(bool(self.keep.ledger), bool(self.keep.feeds), whole_hands)
        newcomers, bounds = self._newcomers(ticks), bounds_of_parts(self.capacity, self.threads)
        with self._advance(timings) as advance:
            network, hand, self.desk, ledger, self.readings = advance(
                self.state, self.desk, self.order, groups, bounds, newcomers, self.rates, self.attraction,
                np.uint64(self.seed), self.tick, series, recorded, whole,
            )  # fmt: skip
        self.state, self.whole_hands = self.state._replace(network=network, hand=hand), whole_hands
        for _, _, reason in changed:
            series[0, FOLLOWED + reason if reason > 0 else UNFOLLOWED - reason] += 1
        if self.keep.ledger:
            rows = [(self.tick, follower, followee, reason) for follower, followee, reason in changed]
            self.ledger += [np.array(rows, CHANGE), ledger]
        self.series.append(series)
        self.tick += ticks
        if self.keep.snapshots and self.tick % self.keep.snapshots == 0:
            self.snapshots.append((self.tick - 1, to_ties(self.state.network)))
        if self.check:
            self.check_state()

    def _make_room(self) -> None:
        """Make room for what the next tick may deliver: what grows within a tick stays there beside what it becomes."""
        soon = int(self.series[-1][-1, DELIVERIES]) * 9 // 8
        if soon > self.desk.deliveries.size:
            self.desk = self.desk._replace(deliveries=np.empty(0, DELIVERY))
        if soon > self.state.hand.owner.size:
            self.state = self.state._replace(hand=with_room_for(self.state.hand, 2 * soon))

    @contextlib.contextmanager
    def _advance(self, timings: dict[str, float] | None) -> Iterator[Callable]:
        """Provide what runs a stretch: one compiled call, or phase by phase, on threads or with a clock."""
        if self.threads > 1 and self.engine.compiled:
            with ThreadPoolExecutor(self.threads - 1) as pool:
                yield compiled.phased_advance(self.rules, self.compile, pool, self.threads, timings)
        elif timings is not None:
            yield compiled.phased_advance(self.rules, self.compile, timings=timings)
        else:
            yield self.engine.advance

    def _newcomers(self, ticks: int) -> Newcomers:
        """Draw the people who may arrive in the next ticks from the world's own stream."""
        counts = np.zeros(ticks, np.int64)
        if self.rates.arrivals > 0.0:
            for step in range(ticks):
                with np.errstate(over="ignore"):
                    occasion = randomness.stream(np.uint64(self.seed), self.tick + step, randomness.ARRIVE)
                counts[step] = self.engine.poisson(occasion, self.rates.arrivals, self.rates.no_arrival)
        counts = np.minimum(counts, self.capacity)
        return draw_newcomers(self.world, self.world.seed(self.seed), self.tick, counts)

    def put_in_force(self, name: str, value: Any) -> None:
        """Let the coming ticks run with another value of a parameter; `interventions.set_parameter` records it."""
        self.in_force = self.in_force.replace(**{name: value})
        self.rates = self._rates()
        self.attraction = self._attraction()

    # --- after ---

    def check_state(self) -> None:
        """Raise AssertionError unless the invariants of the state hold: see `invariants.check`."""
        invariants.check(self)

    def record(self) -> Record:
        """Return what the run has left so far."""
        return Record.of(self)


def simulate(
    world: World,
    parameters: Parameters | None = None,
    *,
    ticks: int,
    seed: int | None = None,
    rules: Mapping[str, Callable] | None = None,
    interventions: Iterable[Intervention] = (),
    keep: Keep | None = None,
    compile: bool = True,
    check: bool = False,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Record:
    """Run a world and return its record.

    Parameters
    ----------
    world : World
        Where to start: `open_world`, `workplace` or `from_network`.
    parameters : Parameters, optional
        The model's; by default all defaults.
    ticks : int
        How many, >= 0.
    seed : int, optional
        In [0, 2**63). The same seed gives the same bits; None draws one, which the record tells.
    rules : mapping, optional
        Own rules: ``rules.replace(price=my_price)``.
    interventions : iterable of Intervention, optional
        Changes from outside, as `interventions.silence`.
    keep : Keep, optional
        What to record beside series, agents and final ties.
    compile : bool
        False runs the same sources as plain Python: slow, for debugging.
    check : bool
        Check the state's invariants after every tick (slow).
    threads : int
        On how many threads each phase runs, >= 1; they change no bit. Two pay from about 50,000 agents on.
    progress : function of int, optional
        Called with the number of ticks just done.

    Returns
    -------
    Record

    Raises
    ------
    InputError
        Bad input of any kind, before anything is run.

    Examples
    --------
    >>> from simulation import open_world, simulate
    >>> record = simulate(open_world(agents=20), ticks=5, seed=1, compile=False)
    >>> len(record.series), len(record.agents)
    (5, 20)
    """
    run = Run(world, parameters, seed=seed, rules=rules, interventions=interventions, keep=keep, compile=compile,
              check=check, threads=threads)  # fmt: skip
    return run.advance(ticks, progress).record()
