"""How does a point of a design become a run of a world, and what is taken from its record?"""

from __future__ import annotations

import functools
import inspect
import io
import pickle
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ..compiled import compile_now
from ..distributions import checked, distribution
from ..errors import InputError, shown, unknown_name
from ..interventions import Intervention, from_dict
from ..parameters import SPECIFICATIONS, Parameters
from ..provenance import software
from ..record import Record, series_columns
from ..run import Run
from ..state import COUNTS
from ..worlds import BEHAVING, WORLDS, World, make_world
from .designs import RUN, storable
from .plan import Plan, measure_function
from .tasks import Left, TimeLimit, name_of_worker, over_limit


class WorldRuns:
    """The function that workers call: settings and seed of a run in, what it leaves out.

    Parameters
    ----------
    plan : Plan
        Without its points: those come with each run.
    time_limit : float, optional
        Seconds that a run may take.
    """

    def __init__(self, plan: Plan, time_limit: float | None = None) -> None:
        self.world, self.ticks, self.settings = plan.world, plan.ticks, dict(plan.settings)
        self.interventions = {name: dict(one) for name, one in plan.interventions.items()}
        self.network, self.nodes = plan.network, plan.nodes
        self.keep, self.time_limit = tuple(plan.keep), time_limit
        self.software = software()
        measure = plan.measure
        self.function = measure if callable(measure) or (isinstance(measure, str) and ":" in measure) else None
        self.columns: tuple[str, ...] | None = None
        if self.function is None and measure is not None:
            self.columns = (measure,) if isinstance(measure, str) else tuple(measure)
        self.latest: tuple[Any, ...] = (None, None)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "latest": (None, None)}  # each worker makes its own

    def __call__(self, payload: tuple[Mapping[str, Any], int]) -> Left:
        """Return what the run with these settings and this seed leaves."""
        settings, seed = payload
        self.prepare()
        run, ticks = self.start(settings, seed)
        run.advance(ticks, self._clock())
        if self.function is None and not self.keep:  # a record would take longer than some ticks
            return Left(self.last_of(run.series[-1] if run.series else np.empty((0, len(COUNTS)))), ended=run.ended)
        record = run.record()
        return Left(self.measure(record), {name: stream(getattr(record, name)) for name in self.keep}, record.ended)

    def prepare(self) -> None:
        """Load the compiled engine, once per worker: no run's time limit pays for it.

        Raises
        ------
        InputError
            The worker has another version of the dynamics than the one who asked for the runs.
        """
        here = loaded()
        if here != self.software:
            told = f"{name_of_worker()} has {shown(here)}, the sweep {shown(self.software)}"
            raise InputError(f"executor: {told}; allowed: the same software on all machines")

    def _clock(self) -> Any:
        if self.time_limit is None:
            return None
        limit, end = self.time_limit, time.monotonic() + self.time_limit

        def look(ticks: int) -> None:
            if time.monotonic() > end:
                raise TimeLimit(over_limit(limit))

        return look

    def start(self, point: Mapping[str, Any], seed: int) -> tuple[Run, int]:
        """Return the run of a point before its first tick, and how many ticks it is to run.

        Raises
        ------
        InputError
            Settings that the world or the model does not take, or that do not go together.
        """
        key = pickle.dumps(sorted(point.items()))
        if self.latest[0] != key:  # replicates of a point are runs of one world: a description, which draws nothing
            self.latest = key, self._parts(point)
        world, parameters, interventions, ticks = self.latest[1]
        return Run(world, parameters, seed=seed, interventions=interventions), ticks

    def _parts(self, point: Mapping[str, Any]) -> tuple[World, Parameters, list[Intervention], int]:
        """Return what the runs of a point have in common: world, parameters, interventions, ticks."""
        settings = {**self.settings, **point}
        ticks = settings.pop(RUN, self.ticks)
        if isinstance(ticks, bool) or not isinstance(ticks, int) or ticks < 0:
            raise InputError(f"ticks: {ticks!r}; allowed: a whole number >= 0")
        changes = {name: settings.pop(name) for name in list(settings) if "." in name}
        model = {name: settings.pop(name) for name in list(settings) if SPECIFICATIONS[name].belongs == "model"}
        return self.make_world(settings), Parameters(**model), self.intervene(changes), ticks

    def make_world(self, settings: Mapping[str, Any]) -> World:
        """Return the starting world; a network is read once per worker."""
        if self.network is None:
            return make_world(self.world, **settings)
        return make_world(self.world, source=network(self.network, self.nodes), **settings)

    def intervene(self, changes: Mapping[str, Any]) -> list[Intervention]:
        """Return the interventions with some of their fields changed."""
        made = []
        for name, one in self.interventions.items():
            given = {**one}
            for path, value in changes.items():
                owner, _, part = path.partition(".")
                if owner == name:
                    if part not in given:
                        raise unknown_name(f"field of the intervention {name}", part, given)
                    given[part] = value
            try:
                made.append(from_dict(given))
            except KeyError as missing:
                raise InputError(f"intervention {name}: lacks {missing}") from None
            for part in given:
                if part not in made[-1].as_dict():
                    raise unknown_name(f"field of the intervention {name}", part, made[-1].as_dict())
        return made

    def measure(self, record: Record) -> dict[str, Any]:
        """Return the numbers of a record that the sweep is after."""
        if self.function is not None:
            function = self.function if callable(self.function) else measure_function(self.function)
            return dict(function(record))
        return self.last_of(record.counts)

    def last_of(self, counts: np.ndarray) -> dict[str, Any]:
        """Return columns of the series at its last tick; none where there was no tick."""
        last = series_columns(counts[-1:])  # a table of one row would take longer than a small run
        return {name: last[name].item() for name in self.columns or last} if len(counts) else {}


@functools.cache
def loaded() -> dict[str, str]:
    """Load the compiled engine and return which software it is of."""
    compile_now()
    return software()


@functools.lru_cache(maxsize=2)
def network(path: str, nodes: str | None) -> Any:
    """Return a network from its file."""
    from ..readers import read_network

    return read_network(path, nodes=nodes)


def stream(table: pd.DataFrame) -> bytes:
    """Return a table as an Arrow stream, its index as a column."""
    sink = io.BytesIO()
    arrow = pa.Table.from_pandas(table.reset_index(), preserve_index=False).replace_schema_metadata()
    with pa.ipc.new_stream(sink, arrow.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(arrow)
    return sink.getvalue()


# --- checked before anything runs -------------------------------------------------------------------------------


def check(plan: Plan) -> None:
    """Raise InputError unless every value of the design is one that its quantity can take, and the first run starts.

    Combinations of values that do not go together become failed runs.
    """
    if plan.world not in WORLDS:
        raise unknown_name("world", plan.world, WORLDS)
    from ..readers.files import existing

    for name in ("network", "nodes"):
        if getattr(plan, name):
            existing(name, getattr(plan, name))
    for place, name in enumerate(plan.design.names):
        for value in {str(storable(point[place])): point[place] for point in plan.design.points}.values():
            _check_value(name, value)
    runs = WorldRuns(plan)
    run, _ = runs.start(plan.design.point(0), plan.seed_of(0))
    for name in {name.partition(".")[2]: name for name in plan.design.names if "." in name}.values():
        for point in plan.design.points[:1000]:
            runs.intervene({name: dict(zip(plan.design.names, point, strict=True))[name]})
    columns = run.record().series.columns
    for name in runs.columns or ():
        if name not in columns:
            raise unknown_name("measure", name, columns)
    if isinstance(plan.measure, str) and ":" in plan.measure:
        measure_function(plan.measure)
    for name in plan.precision if runs.function is None else ():
        known = runs.columns or tuple(columns)
        if name not in known:
            raise unknown_name("measure with a precision", name, known)


def _check_value(name: str, value: Any) -> None:
    known = SPECIFICATIONS.get(name)
    if known is None:
        return
    if known.belongs == "agent" and not isinstance(value, Mapping):
        checked(distribution(value, name), name)
    elif known.belongs != "agent":
        known.check(value)


def parameter_names(plan: Plan) -> list[str]:
    """Return the names of all quantities that the world and the model take, and of the interventions' fields."""
    of_world = [name for name in inspect.signature(WORLDS[plan.world]).parameters if name in SPECIFICATIONS]
    names = [RUN, *(n for n, s in SPECIFICATIONS.items() if s.belongs == "model"), *of_world, *BEHAVING]
    parts = [f"{name}.{part}" for name, one in plan.interventions.items() for part in one]
    return list(dict.fromkeys([*names, *plan.settings, *plan.design.names, *parts]))


def every_parameter(plan: Plan) -> dict[str, Any]:
    """Return the value of every quantity that the world and the model take, where the design does not vary it."""
    columns = network(plan.network, plan.nodes).attributes.columns if plan.network else ()
    changed = {f"{name}.{part}": value for name, one in plan.interventions.items() for part, value in one.items()}
    known: dict[str, Any] = {}
    for name in parameter_names(plan):
        default = plan.ticks if name == RUN else SPECIFICATIONS[name].default if name in SPECIFICATIONS else None
        given = {**changed, **plan.settings}
        known[name] = given.get(name, "of the network" if name in columns else default)
    return known
