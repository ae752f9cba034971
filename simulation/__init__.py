"""Connectors: an agent-based laboratory of follower networks.

>>> from simulation import Parameters, open_world, simulate
>>> record = simulate(open_world(agents=50), Parameters(cost=0.3), ticks=3, seed=1, compile=False)
>>> record.series["ties"].size
3
"""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import TYPE_CHECKING, Any

try:
    __version__ = importlib.metadata.version("connectors")
except importlib.metadata.PackageNotFoundError:  # a source tree that is not installed
    __version__ = "0+unknown"

# Name -> room. Imported when first asked for: the command's --help must not wait for pandas and numba.
_ROOMS = {
    "InputError": "errors",
    "Parameters": "parameters",
    "describe": "parameters",
    "World": "worlds",
    "open_world": "worlds",
    "workplace": "worlds",
    "from_network": "worlds",
    "read_network": "readers",
    "Keep": "record",
    "Record": "record",
    "Run": "run",
    "simulate": "run",
    "replicate_seed": "run",
    "FollowerModel": "model",
    "Person": "model",
}
_MODULES = ("figures", "rules", "interventions", "measures", "network")

__all__ = ["__version__", *_ROOMS, *_MODULES]

if TYPE_CHECKING:
    from . import figures, interventions, network, rules
    from .errors import InputError
    from .model import FollowerModel, Person
    from .parameters import Parameters, describe
    from .readers import read_network
    from .record import Keep, Record
    from .run import Run, replicate_seed, simulate
    from .worlds import World, from_network, open_world, workplace


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *_MODULES})
