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
    "twins": "twin_runs",  # a room of its own name would hide the function
    "FollowerModel": "model",
    "Person": "model",
}
_MODULES = ("figures", "rules", "interventions", "measures", "network")

__all__ = ["__version__", *_ROOMS, *_MODULES]

if TYPE_CHECKING:
    from . import figures as figures
    from . import interventions as interventions
    from . import measures as measures
    from . import network as network
    from . import rules as rules
    from .errors import InputError as InputError
    from .model import FollowerModel as FollowerModel
    from .model import Person as Person
    from .parameters import Parameters as Parameters
    from .parameters import describe as describe
    from .readers import read_network as read_network
    from .record import Keep as Keep
    from .record import Record as Record
    from .run import Run as Run
    from .run import replicate_seed as replicate_seed
    from .run import simulate as simulate
    from .twin_runs import twins as twins
    from .worlds import World as World
    from .worlds import from_network as from_network
    from .worlds import open_world as open_world
    from .worlds import workplace as workplace


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS, *_MODULES})
