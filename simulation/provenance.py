"""How did a record come about? Everything needed to repeat a run, as JSON holds it."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from .rule_code import rule_source

if TYPE_CHECKING:
    from .run import Run

SCHEMA_VERSION = 1
LIBRARIES = ("numpy", "numba", "mesa", "networkx", "pandas", "scipy")


@cache
def environment() -> dict[str, Any]:
    """Return what ran it: interpreter, platform and the versions of the libraries that matter for the numbers."""
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
    }


def software() -> dict[str, str]:
    """Return name, version and dynamics fingerprint of this package."""
    from .fingerprint import known_fingerprint

    return {
        "name": "connectors",
        "version": importlib.metadata.version("connectors"),
        "dynamics_fingerprint": known_fingerprint(),
    }


def provenance(run: Run) -> dict[str, Any]:
    """Return the provenance of a run as it stands; ``software`` is added when it is written."""
    return {
        "schema_version": SCHEMA_VERSION,
        "world": {"name": run.world.name, **run.world.arguments},
        "parameters": run.parameters.as_dict(),
        "rules": {
            name: {"function": rule.__name__, "source": rule_source(rule)} for name, rule in run.rules.items()
        },
        "interventions": [each.as_dict() for each in run.interventions],
        "seed": run.seed,
        "ticks": run.tick,
        "keep": {"ledger": run.keep.ledger, "snapshots": run.keep.snapshots, "feeds": run.keep.feeds},
        "ended": run.ended,
        "compiled": run.engine.compiled,
        "environment": environment(),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
    }
