"""How is a plan read from a file, and a design made of words? YAML, TOML and the options of the command line.

YAML is read as YAML 1.2 has it, where ``1:10:10`` is a text and ``1e-3`` a number: in 1.1 the one is 4210, the other
a text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..errors import InputError, shown, unknown_name, wrong_type
from ..families import KINDS as FAMILIES
from . import designs, samples
from .designs import Design
from .plan import Plan

KINDS = ("grid", "one at a time", "zipped", "table", *samples.SAMPLED)
TAKES = {"latin hypercube": ("samples", "seed"), "sobol": ("samples", "seed"), "saltelli": ("samples", "seed"),
         "morris": ("samples", "seed", "levels"), "one at a time": ("base",), "table": ("table",)}  # fmt: skip
ABOUT_DESIGN = ("samples", "seed", "levels", "base", "table")
MAPPINGS = ("vary", "base", "settings", "interventions", "precision")


def read_plan(path: str | Path) -> Plan:
    """Return the plan that a YAML or TOML file describes.

    It has the fields of `Plan`, but ``design`` is the kind of design, or a mapping with ``kind`` and what that takes
    (``samples``, ``seed``, ``levels``, ``base``, ``table``); these may also stand beside it. ``vary`` has values or,
    for a sampled design, ranges by name. Files are named from where the plan is.

    Raises
    ------
    InputError
        A file that cannot be read, an unknown field, or what `Plan` refuses.
    """
    path = Path(path)
    given = read_fields(path)
    known = list(dict.fromkeys([*(each.name for each in fields(Plan)), "vary", *ABOUT_DESIGN]))
    for name in given:
        if name not in known:
            raise unknown_name(f"field of {path.name}", name, known)
    for name in MAPPINGS:
        _refuse_no_mapping(name, given.get(name, {}))
    for name in ("network", "nodes", "table"):
        if given.get(name) is not None:
            given[name] = _beside(path, name, given[name])
    design = _design_of(given, path)
    given["settings"] = {name: _value(name, value) for name, value in given.get("settings", {}).items()}
    return Plan(design, **given)


def table_of(path: Path) -> Path | None:
    """Return the table of points that a plan's file names; None where it names none."""
    given = read_fields(path)
    design = given.get("design")
    name = given.get("table") or (design.get("table") if isinstance(design, Mapping) else None)
    return Path(_beside(path, "table", name)) if name else None


def _design_of(given: dict[str, Any], path: Path) -> Design:
    """Take what a design is made of out of the fields of a plan, and return the design."""
    about = given.pop("design", None)
    about = dict(about) if isinstance(about, Mapping) else {} if about is None else {"kind": about}
    for name in about:
        if name not in ("kind", *ABOUT_DESIGN):
            raise unknown_name("field of design", name, ("kind", *ABOUT_DESIGN))
    if "table" in about:
        about["table"] = _beside(path, "table", about["table"])
    for name in ABOUT_DESIGN:
        if name != "seed" and name in given:
            if name in about:
                raise InputError(f"{name}: is given in design and beside it; allowed: once")
            about[name] = given.pop(name)
    interventions = given.get("interventions", {})
    vary: dict[str, Any] = {}
    for name, values in given.pop("vary", {}).items():
        if isinstance(values, Mapping) and name in interventions:  # TOML's gift.value = [0, 1]
            vary |= {f"{name}.{part}": each for part, each in values.items()}
        else:
            vary[name] = values
    return make_design(about.pop("kind", None), vary, **about)


def _refuse_no_mapping(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise wrong_type(name, value, "names with their values, each on its own line")
    for key in value:
        if not isinstance(key, str):
            raise wrong_type(f"name in {name}", key, "a text")


def _beside(path: Path, name: str, given: Any) -> str:
    if not isinstance(given, str):
        raise wrong_type(name, given, "the name of a file")
    return str((path.parent / given).resolve())


def make_design(kind: str | None, vary: Mapping[str, Any], **about: Any) -> Design:
    """Return a design by its kind, from values, ranges or a table, as read from a file or the command line.

    Parameters
    ----------
    kind : str, optional
        One of ``KINDS``, with spaces, hyphens or underscores; by default "table" where there is one, else "grid".
    vary : mapping
        Values or ranges by name.
    **about
        What the kind takes: ``samples``, ``seed``, ``levels``, ``base``, ``table``; None is as if not given.

    Raises
    ------
    InputError
        No such kind, something that it does not take, or lacks.
    """
    about = {name: value for name, value in about.items() if value is not None}
    kind = ("table" if "table" in about else "grid") if kind is None else kind
    if not isinstance(kind, str):
        raise wrong_type("design", kind, f"one of {', '.join(KINDS)}")
    kind = kind.replace("-", " ").replace("_", " ").strip()
    if kind not in KINDS:
        raise unknown_name("design", kind, KINDS)
    for name, value in about.items():
        if name not in TAKES.get(kind, ()):
            takers = [each for each, taken in TAKES.items() if name in taken]
            raise InputError(f"{name}: {shown(value)}; a {kind} design takes none; allowed: with {', '.join(takers)}")
    if kind == "table":
        if "table" not in about:
            raise InputError("table: a table design needs the name of a CSV file")
        if vary:
            raise InputError(f"vary: {next(iter(vary))} is given beside a table; allowed: one of them")
        return designs.from_table(about["table"])
    if kind in samples.SAMPLED:
        return _sampled(kind, vary, about)
    values = {name: _values(name, each) for name, each in vary.items()}
    if kind == "one at a time":
        base = about.get("base", {})
        _refuse_no_mapping("base", base)
        return designs.one_at_a_time({name: _value(name, each) for name, each in base.items()}, values)
    return designs.grid(values) if kind == "grid" else designs.zipped(values)


def _sampled(kind: str, vary: Mapping[str, Any], about: dict[str, Any]) -> Design:
    if "samples" not in about:
        raise InputError(f"samples: a {kind} design needs them; allowed: a whole number")
    seed = about.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise InputError(f"seed of the design: {shown(seed)}; allowed: a whole number in [0, {2**32 - 1}]")
    ranges = {name: designs.read_vary(f"{name}={each}", True)[1] if isinstance(each, str) else each
              for name, each in vary.items()}  # fmt: skip
    count = about.pop("samples")
    make = {"latin hypercube": samples.latin_hypercube, "sobol": samples.sobol, "saltelli": samples.saltelli,
            "morris": samples.morris}[kind]  # fmt: skip
    return make(count, ranges, **about)


def _values(name: str, given: Any) -> Any:
    if isinstance(given, str):
        return designs.read_values(name, given)
    if not isinstance(given, (list, tuple)):
        return given
    if given and isinstance(given[0], str) and given[0] in FAMILIES:
        one = f"{given[0]}({', '.join(map(str, given[1:]))})"
        raise InputError(f"{name}: {shown(given)} is one distribution, not a list of values; allowed: "
                         f"a list of texts, as [\"{one}\", 0.5]")  # fmt: skip
    for text in given:
        if isinstance(text, str) and text.count("(") > text.count(")"):
            raise InputError(f"{name}: {text!r} was cut at its comma; allowed: in quotes, as [\"beta(2, 5)\", 0.5]")
    return [_value(name, each) for each in given]


def _value(name: str, given: Any) -> Any:
    if isinstance(given, Mapping):
        allowed = "a number, or a distribution as a text, as 'beta(2, 5)'"
        raise wrong_type(name, given, allowed)
    return designs.read_value(name, given) if isinstance(given, str) else designs.restored(given)


# --- text to fields ---------------------------------------------------------------------------------------------


def read_fields(path: Path) -> dict[str, Any]:
    """Return the fields of a YAML or TOML file."""
    if path.suffix not in (".toml", ".yaml", ".yml"):
        raise InputError(f"plan: {path.name!r}; allowed: a file that ends in .toml, .yaml or .yml")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"plan: {str(path)!r} does not exist; allowed: a YAML or TOML file") from None
    except (OSError, ValueError) as problem:
        raise InputError(f"plan: {str(path)!r} cannot be read: {problem}") from None
    try:
        found: Any = tomllib.loads(text) if path.suffix == ".toml" else _yaml(text)
    except ValueError as problem:
        told = " ".join(str(problem).replace('in "<unicode string>", ', "").split())
        raise InputError(f"plan: {path.name}: {told}") from None
    if not isinstance(found, dict) or not found:
        raise InputError(f"plan: {path.name} holds no fields; allowed: lines as `seed: 1`, or `seed = 1` in TOML")
    return found


#: What a plain text in YAML is, after the core schema of YAML 1.2; what matches nothing is a text.
CORE = {
    "null": (r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+", list("-+0123456789")),
    "float": (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
}  # fmt: skip


def _yaml(text: str) -> Any:
    """Return what YAML holds; a name that occurs twice is an error, where the library would take the last."""
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the library's way

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            names = [each.value for each, _ in node.value if isinstance(each, yaml.ScalarNode)]
            for at, name in enumerate(names):
                if name in names[:at]:
                    raise ValueError(f"{name!r} occurs twice, again in line {node.value[at][0].start_mark.line + 1}")
            return super().construct_mapping(node, deep)

    for name, (pattern, begins) in CORE.items():
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(f"^(?:{pattern})$"), begins)
    Loader.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
    Loader.add_constructor("tag:yaml.org,2002:float", lambda _, node: float(node.value))
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as problem:
        raise ValueError(problem) from None
