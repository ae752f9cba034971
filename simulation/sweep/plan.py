"""What is a sweep? A design, what is fixed, how often and from which seed it is repeated, and what is kept.

A plan is checked as a whole before anything runs, and is stored with its results; two plans are the same sweep when
they say the same.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..checks import whole
from ..errors import InputError, unknown_name, wrong_type
from ..run import check_seed, replicate_seed
from . import designs, samples
from .designs import Design, refuse_unknown_names, storable

KEPT = ("series", "agents")
KINDS = ("grid", "one at a time", "zipped", "table", *samples.SAMPLED)
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
        whole("replicates", self.replicates, 5 if self.precision else 1)
        whole("ticks", self.ticks, 0)
        if self.most is not None:
            whole("most", self.most, self.replicates)
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
        if (self.world == "from_network") != bool(self.network):
            raise InputError(f"world: {self.world!r} with network {self.network!r}; only from_network has one")
        if self.runs_at_most > MOST_RUNS:
            raise InputError(f"design: {self.runs_at_most} runs; allowed: at most {MOST_RUNS}")

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
        raise InputError(f"measure: {name!r} cannot be found ({problem}); allowed: module:function") from None
    if not callable(found):
        raise wrong_type("measure", found, "a function of a record")
    return found


# --- from a file ------------------------------------------------------------------------------------------------


def read_plan(path: str | Path) -> Plan:
    """Return the plan that a YAML or TOML file describes.

    It has the fields of `Plan`, but ``design`` is the kind of design (or a table with ``kind``, ``samples``, ``seed``,
    ``levels``), ``vary`` has values or ranges by name, and ``table`` names a CSV file instead.

    Raises
    ------
    InputError
        A file that cannot be read, an unknown field, or what `Plan` refuses.
    """
    path = Path(path)
    given = read_fields(path)
    known = [each.name for each in fields(Plan)] + ["vary", "table", "base"]
    for name in given:
        if name not in known:
            raise unknown_name(f"field of {path.name}", name, known)
    about = given.pop("design", {})
    about = {"kind": about} if isinstance(about, str) else dict(about)
    table, base = given.pop("table", None), given.pop("base", {})
    vary = given.pop("vary", {})
    if not isinstance(vary, Mapping):
        raise wrong_type("vary", vary, "values by name")
    for name in ("network", "nodes"):
        if given.get(name):
            given[name] = str((path.parent / given[name]).resolve())
    settings = {name: _value(name, value) for name, value in given.pop("settings", {}).items()}
    if table is not None:
        about.setdefault("kind", "table")
        table = path.parent / table
    design = make_design(about.pop("kind", "grid"), vary, table=table, base=base, **about)
    return Plan(design, settings=settings, **given)


def read_fields(path: Path) -> dict[str, Any]:
    """Return the fields of a YAML or TOML file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"plan: {str(path)!r} does not exist; allowed: a YAML or TOML file") from None
    except (OSError, ValueError) as problem:
        raise InputError(f"plan: {str(path)!r} cannot be read: {problem}") from None
    if path.suffix not in (".toml", ".yaml", ".yml"):
        raise InputError(f"plan: {path.name!r}; allowed: a file that ends in .toml, .yaml or .yml")
    try:
        if path.suffix == ".toml":
            found: Any = tomllib.loads(text)
        else:
            import yaml

            try:
                found = yaml.safe_load(text)
            except yaml.YAMLError as problem:
                raise ValueError(problem) from None
    except ValueError as problem:
        raise InputError(f"plan: {path.name}: {' '.join(str(problem).split())}") from None
    if not isinstance(found, dict):
        raise InputError(f"plan: {path.name} holds no fields; allowed: lines as `seed: 1`, or `seed = 1` in TOML")
    return found


def make_design(kind: str, vary: Mapping[str, Any], *, table: Any = None, base: Mapping[str, Any] | None = None,
                samples: int | None = None, seed: int = 0, levels: int = 4) -> Design:  # fmt: skip
    """Return a design by its kind, from values, ranges or a table, as read from a file or the command line."""
    kind = kind.replace("-", " ").replace("_", " ")
    if kind not in KINDS:
        raise unknown_name("design", kind, KINDS)
    if (kind == "table") != (table is not None):
        raise InputError(f"design: {kind!r} {'needs' if table is None else 'takes no'} table=FILE")
    if kind == "table":
        if vary:
            raise InputError(f"vary: {next(iter(vary))} is given beside a table; allowed: one of them")
        return designs.from_table(table)
    if kind in samples_module.SAMPLED:
        return _sampled(kind, vary, samples, seed, levels)
    if samples is not None:
        raise InputError(f"samples: {samples}; a {kind} design takes none")
    values = {name: _values(name, each) for name, each in vary.items()}
    if kind == "one at a time":
        return designs.one_at_a_time({name: _value(name, each) for name, each in (base or {}).items()}, values)
    return designs.grid(values) if kind == "grid" else designs.zipped(values)


samples_module = samples  # `make_design` has an argument of that name


def _sampled(kind: str, vary: Mapping[str, Any], count: int | None, seed: int, levels: int) -> Design:
    if count is None:
        raise InputError(f"samples: a {kind} design needs samples=N")
    ranges = {name: designs.read_vary(f"{name}={each}", True)[1] if isinstance(each, str) else each
              for name, each in vary.items()}  # fmt: skip
    if kind == "morris":
        return samples.morris(count, ranges, levels=levels, seed=seed)
    make = {"latin hypercube": samples.latin_hypercube, "sobol": samples.sobol, "saltelli": samples.saltelli}[kind]
    return make(count, ranges, seed=seed)


def _values(name: str, given: Any) -> Any:
    if isinstance(given, str):
        return designs.read_values(name, given)
    return [_value(name, each) for each in given] if isinstance(given, (list, tuple)) else given


def _value(name: str, given: Any) -> Any:
    return designs.read_value(name, given) if isinstance(given, str) else designs.restored(given)
