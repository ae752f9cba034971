"""Which code does something rest on, and has it changed? A hash for each definition that matters.

Every function, class and constant of ``FOLLOWED`` counts that it uses, directly or through others, and nothing else
that stands beside them. What lies elsewhere is the dynamics, for which the fingerprint stands. Comments, docstrings,
layout and annotations count for nothing, on any version of Python.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

FOLLOWED = ("experiments", "simulation.measures", "simulation.theory", "simulation.twin_runs", "simulation.record")
ALWAYS = (("simulation.record", "Record"),)  # every measure reads one, though no one names it
IGNORED = ("annotation", "returns", "type_comment", "type_params", "kind", "ctx")  # say nothing, or not everywhere


class Source(NamedTuple):
    """What a module defines at its top level, and what it imports, by name."""

    definitions: dict[str, list[ast.stmt]]
    imports: dict[str, tuple[str, str]]


def code_hashes(module: str, *names: str) -> dict[str, str]:
    """Return a hash of each definition that some definitions of a module rest on, themselves included, by full name.

    Parameters
    ----------
    module : str
        As "experiments.giving_grows_followers".
    names : str
        What it defines at its top level, as "measure".
    """
    hashes: dict[str, str] = {}
    todo = [*((module, name) for name in names), *ALWAYS]
    while todo:
        place, name = todo.pop()
        full = f"{place}.{name}"
        if full in hashes or not _is_followed(place):
            continue
        nodes = _source(place).definitions.get(name)
        if nodes is None:
            continue
        hashes[full] = _hash(nodes)
        todo += _used(place, nodes)
    return dict(sorted(hashes.items()))


def _is_followed(module: str) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in FOLLOWED)


@cache
def _path(module: str) -> Path:
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(module)
    return Path(found.origin)


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _source(module: str) -> Source:
    return _sorted(module, _path(module).read_text(encoding="utf-8"))


@cache
def _sorted(module: str, text: str) -> Source:
    definitions: dict[str, list[ast.stmt]] = {}
    for node in _parsed(text).body:
        for name in _names(node):
            definitions.setdefault(name, []).append(node)
    return Source(definitions, _imports(module, _parsed(text)))


def _names(node: ast.stmt) -> list[str]:
    """Return what a statement at the top level defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(
        node, (ast.AnnAssign, ast.AugAssign)) else []  # fmt: skip
    return [each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)]


def _imports(module: str, node: ast.AST) -> dict[str, tuple[str, str]]:
    """Return, for each name imported anywhere within, its module and its name there ("" for the module itself)."""
    package = module if _path(module).name == "__init__.py" else module.rpartition(".")[0]
    found: dict[str, tuple[str, str]] = {}
    for each in ast.walk(node):
        if isinstance(each, ast.ImportFrom):
            base = "." * each.level + (each.module or "")
            base = importlib.util.resolve_name(base, package) if each.level else base
            found |= {alias.asname or alias.name: (base, alias.name) for alias in each.names}
        elif isinstance(each, ast.Import):
            found |= {alias.asname: (alias.name, "") for alias in each.names if alias.asname}
    return {name: where for name, where in found.items() if where[0].split(".")[0] in ("experiments", "simulation")}


def _used(module: str, nodes: list[Any]) -> list[tuple[str, str]]:
    """Return the definitions that nodes of a module name: (module, name) where they are made."""
    source = _source(module)
    found = []
    for node in nodes:
        imports = source.imports | _imports(module, node)
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and each.id in imports:
                found += _made(*imports[each.id])
            elif isinstance(each, ast.Name) and each.id in source.definitions:
                found.append((module, each.id))
            elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in imports:
                base = _value(*imports[each.value.id])
                if isinstance(base, ModuleType):
                    found += _made(base.__name__, each.attr)
    return found


def _value(module: str, name: str) -> Any:
    found = importlib.import_module(module)
    if not name or hasattr(found, name):
        return getattr(found, name) if name else found
    return importlib.import_module(f"{module}.{name}")


def _made(module: str, name: str) -> list[tuple[str, str]]:
    """Return where what a module offers by a name is made; nothing for a module as a whole."""
    value = _value(module, name)
    if isinstance(value, ModuleType):
        return []
    home = getattr(value, "__module__", None)
    if callable(value) and home and home.split(".")[0] in ("experiments", "simulation"):
        return [(home, value.__qualname__.split(".")[0])]
    source = _source(module)
    if name in source.definitions or name not in source.imports:
        return [(module, name)]
    return _made(*source.imports[name])


def _hash(nodes: list[Any]) -> str:
    return hashlib.sha256(repr([_plain(node) for node in nodes]).encode()).hexdigest()[:16]


def _plain(node: Any) -> Any:
    """Return a node as nested tuples without what makes no difference."""
    if isinstance(node, list):
        return tuple(_plain(each) for each in node if not _is_docstring(each))
    if isinstance(node, ast.AST):
        fields = [(name, _plain(value)) for name, value in ast.iter_fields(node)
                  if name not in IGNORED and value is not None and value != []]  # fmt: skip
        if not (isinstance(node, ast.Constant) and node.value is None):
            return type(node).__name__, tuple(fields)
        return "Constant", None
    return node


def _is_docstring(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
