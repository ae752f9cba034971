"""How are thousands of runs made, kept, resumed, looked at and used? Designs times replicates give tables."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Name -> room. Imported when first asked for: a worker of trivial runs must not wait for pandas and numba.
_ROOMS = {
    "Design": "designs",
    "grid": "designs",
    "one_at_a_time": "designs",
    "zipped": "designs",
    "from_table": "designs",
    "latin_hypercube": "samples",
    "sobol": "samples",
    "saltelli": "samples",
    "morris": "samples",
    "Plan": "plan",
    "read_plan": "planfile",
    "sweep": "sweeping",
    "Swept": "store",
    "load": "store",
    "collect": "collecting",
    "by_point": "points",
    "draw": "drawing",
    "analyse": "sensitivity",
    "replay_run": "replaying",
}

__all__ = [*_ROOMS]

if TYPE_CHECKING:
    from .collecting import collect as collect
    from .designs import Design as Design
    from .designs import from_table as from_table
    from .designs import grid as grid
    from .designs import one_at_a_time as one_at_a_time
    from .designs import zipped as zipped
    from .plan import Plan as Plan
    from .planfile import read_plan as read_plan
    from .samples import latin_hypercube as latin_hypercube
    from .samples import morris as morris
    from .samples import saltelli as saltelli
    from .samples import sobol as sobol
    from .store import Swept as Swept
    from .store import load as load
    from .sweeping import sweep as sweep


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(importlib.import_module(f"{__name__}.{_ROOMS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS})
