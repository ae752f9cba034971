"""What is a sweep? A design, what is fixed, how often and from which seed it is repeated, and what is kept.

A plan is checked as a whole before anything runs, and is stored with its results; two plans are the same sweep when
they say the same.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..checks import whole
from ..errors import InputError, unknown_name, wrong_type
from ..run import check_seed, replicate_seed
from . import designs
from .designs import Design, refuse_unknown_names, storable

KEPT = ("series", "agents")
FIRST_STAGE = 5  # replicates at least from which the number of all is reckoned
MOST_RUNS = 2**53


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything that decides the numbers of a sweep.

    Attributes
    ----------
    design : Design
    replicates : int
        Runs of every point, >= 1; with ``precision``, those of the first stage, >= 5.
    seed : int
        Of all runs: replicate k has ``replicate_seed(seed, k)``, the same at every point.
    paired : bool
        False gives every point seeds of its own.
    world : str
        ``open_world``, ``workplace`` or ``from_network``.
    ticks : int
    settings : mapping
        What is fixed, by name: settings of world, agents and model.
    interventions : mapping of str to dict
        By a name of your own, what `Intervention.as_dict` gives; its fields vary as ``name.field``.
    network, nodes : str, optional
        Files of from_network.
    measure : None, sequence of str, str or function
        Columns of the series at the last tick (None: all), or a function of a record that returns numbers by name,
        as itself or as ``module:function``.
    keep : sequence of {"series", "agents"}
        Tables to keep of every run.
    precision : mapping of str to str
        Half-width of the 95 % interval that a measure must reach: ``2%`` of the mean, or a number.
    most : int, optional
        Replicates that a point gets at most for the sake of precision; by default 100 times the first stage.
    """

    design: Design
    replicates: int = 1
    seed: int = 1
    paired: bool = True
    world: str = "open_world"
    ticks: int = 300
    settings: Mapping[str, Any] = field(default_factory=dict)
    interventions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    network: str | None = None
    nodes: str | None = None
    measure: Any = None
    keep: Sequence[str] = ()
    precision: Mapping[str, str | float] = field(default_factory=dict)
    most: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.design, Design):
            raise wrong_type("design", self.design, "a design such as grid(generosity=[0, 0.5, 1])")
        object.__setattr__(self, "seed", check_seed(self.seed))
        whole("replicates", self.replicates, 1)
        if self.precision and self.replicates < FIRST_STAGE:
            what = f"{FIRST_STAGE} or more with precision, for a first look at the variance"
            raise InputError(f"replicates: {self.replicates}; allowed: {what}")
        whole("ticks", self.ticks, 0)
        if self.most is not None:
            whole("most", self.most, self.replicates)
        self._refuse_other_types()
        for name in self.keep:
            if name not in KEPT:
                raise unknown_name("table to keep", name, KEPT)
        names = [*self.settings, *self.design.names]
        refuse_unknown_names(names, list(self.interventions))
        twice = [name for name in self.design.names if name in self.settings]
        if twice:
            raise InputError(f"{twice[0]}: varies and is set, too; allowed: one of them")
        for name, target in self.precision.items():
            target_of(name, target)
        if self.world == "from_network" and not self.network:
            raise InputError("network: from_network needs one; allowed: the name of a file")
        if self.nodes and not self.network:
            raise InputError(f"nodes: {self.nodes!r} says who the people of a network are; allowed: beside network")
        if self.network and self.world != "from_network":
            raise InputError(f"network: {self.network!r}, but {self.world} takes none; allowed: with from_network")
        if self.runs_at_most > MOST_RUNS:
            raise InputError(f"design: {self.runs_at_most} runs; allowed: at most {MOST_RUNS}")

    def _refuse_other_types(self) -> None:
        """Take one table to keep for a list of it, and raise where a field is not what it must be."""
        if isinstance(self.keep, str):
            object.__setattr__(self, "keep", (self.keep,))
        for name in ("settings", "interventions", "precision"):
            if not isinstance(getattr(self, name), Mapping):
                raise wrong_type(name, getattr(self, name), "a mapping by name")
        for name, one in self.interventions.items():
            if not isinstance(one, Mapping):
                raise wrong_type(f"intervention {name}", one, "a mapping with kind, ticks and others")
        if not isinstance(self.keep, (list, tuple)):
            raise wrong_type("keep", self.keep, f"a list of {' and '.join(KEPT)}")
        if not isinstance(self.paired, bool):
            raise wrong_type("paired", self.paired, "true or false")
        words = self.measure if isinstance(self.measure, (list, tuple)) else [self.measure or ""]
        if not all(isinstance(each, str) or (callable(each) and words != self.measure) for each in words):
            raise wrong_type("measure", self.measure, "names of measures, or module:function")

    # --- runs by number ---

    @property
    def span(self) -> int:
        """Numbers reserved for each point: run = point * span + replicate."""
        if not self.precision:
            return self.replicates
        return self.most if self.most is not None else 100 * self.replicates

    @property
    def runs_at_most(self) -> int:
        """How many runs there are, or at most are with ``precision``."""
        return len(self.design.points) * self.span

    def place(self, run: int) -> tuple[int, int]:
        """Return point and replicate of a run."""
        return divmod(run, self.span)

    def seed_of(self, run: int) -> int:
        """Return the seed of a run."""
        point, replicate = self.place(run)
        if self.paired:
            return replicate_seed(self.seed, replicate)
        sequence = np.random.SeedSequence(self.seed, spawn_key=(replicate, point))
        return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))

    # --- stored ---

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON holds of it; `from_dict` reads it back."""
        kept = {each.name: getattr(self, each.name) for each in fields(self)}
        kept |= {"design": self.design.as_dict(), "measure": measure_name(self.measure), "keep": list(self.keep)}
        kept["settings"] = {name: storable(value) for name, value in self.settings.items()}
        kept["interventions"] = {
            name: {key: storable(each) for key, each in one.items()} for name, one in self.interventions.items()
        }
        kept["precision"] = dict(self.precision)
        for name in ("network", "nodes"):
            if kept[name]:
                content = Path(kept[name]).read_bytes()
                kept[f"{name}_sha256"] = hashlib.sha256(content).hexdigest()
        return kept

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any], measure: Callable | None = None) -> Plan:
        """Return the plan that `as_dict` described; a function that measures may have to be given again."""
        known = {each.name: kept[each.name] for each in fields(cls)}
        known["design"] = Design.from_dict(kept["design"])
        known["settings"] = {name: designs.restored(value) for name, value in kept["settings"].items()}
        known["measure"] = measure or known["measure"]
        return cls(**known)


def target_of(name: str, target: str | float) -> tuple[float, bool]:
    """Return a precision as a number and whether it is relative to the mean: ``2%`` is (0.02, True)."""
    text = str(target).strip()
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise InputError(f"precision: {name}={text}; allowed: a share of the mean, as 2%, or a number > 0")
    return number, text.endswith("%")


def measure_name(measure: Any) -> Any:
    """Return a measure as a plan stores it."""
    if isinstance(measure, functools.partial):
        given = [*map(repr, measure.args), *(f"{name}={value!r}" for name, value in measure.keywords.items())]
        return f"{measure_name(measure.func)}({', '.join(given)})"
    if callable(measure):
        named = measure if hasattr(measure, "__qualname__") else type(measure)
        return f"{named.__module__}:{named.__qualname__}"
    return list(measure) if isinstance(measure, (list, tuple)) else measure


def measure_function(name: str) -> Callable[[Any], Mapping[str, Any]]:
    """Return the function called ``module:function``.

    Raises
    ------
    InputError
        No such module or function.
    """
    module, _, attribute = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as problem:
        raise InputError(f"measure: {name!r} cannot be found ({problem}); allowed: module:function, or from Python "
                         "the function itself as measure=") from None
    if not callable(found):
        raise wrong_type("measure", found, "a function of a record")
    return found
