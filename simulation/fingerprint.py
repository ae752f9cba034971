"""Did a change alter the model? A hash over a fixed set of short runs: the dynamics fingerprint.

Two versions with the same fingerprint gave the same bits in all of these runs: every phase, channel and reason
occurs in them. It stands in every provenance record, and in the CHANGELOG whenever it changes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from . import compiled
from .exchange import to_ties
from .interventions import Intervention, add_ties, drop_ties, set_attribute, silence
from .parameters import Parameters
from .record import Keep
from .run import Run
from .state import hand_offsets, items_in_hand
from .worlds import World, open_world, workplace


def fixed_runs() -> list[tuple[World, Parameters, list[Intervention]]]:
    """Return the runs that the fingerprint is made of."""
    lively: dict[str, Any] = {"introducing": 0.3, "group": ("integers", 0, 2), "identity": ("bernoulli", 0.3)}
    return [
        (open_world(agents=60), Parameters(), []),
        (
            open_world(agents=50, find_rate=("uniform", 0, 2), attention=4, visibility=("uniform", 0, 2), **lively),
            Parameters(arrivals=2, departure=0.03, homophily=0.4, openness=0.5, relay=0.3, capacity=60, memory=3,
                       responsiveness=0.5, follow_back=0.3, churn=0.02, credit=0.7),
            [],
        ),
        (
            workplace(span=3, levels=4, spanning=0.2, introducing=0.2, find_rate=1.5),
            Parameters(fame=0.5, responsiveness=0.8, cost=0.6, memory=0),
            [silence(3, [1]), add_ties(5, [(7, 20), (8, 20)], locked=True), drop_ties(7, [(7, 20)]),
             set_attribute(4, [2, 3], "generosity", 1.0)],
        ),
    ]  # fmt: skip


def dynamics_fingerprint(compile: bool = True) -> str:
    """Return the fingerprint of the dynamics as they are now, 16 hexadecimal digits.

    Parameters
    ----------
    compile : bool
        False runs interpreted; the fingerprint is the same.
    """
    digest = hashlib.sha256()
    for world, parameters, interventions in fixed_runs():
        keep = Keep(feeds=True)
        run = Run(world, parameters, seed=2009, interventions=interventions, keep=keep, compile=compile).advance(12)
        state = run.state
        items = items_in_hand(state.hand)
        parts = [np.concatenate(run.series), *to_ties(state.network), state.agents.memory, state.agents.received]
        parts += [hand_offsets(state.hand, state.agents.present.size)]
        parts += [items[name] for name in ("name", "finder", "found", "rank", "kind")]
        parts += [run.readings[name] for name in run.readings.dtype.names or ()]
        for part in parts:
            digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()[:16]


def _sources() -> str:
    """Return a hash over all modules of the package's top level: worlds and draws matter as much as the kernel."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def known_fingerprint() -> str:
    """Return the fingerprint, looked up by the hash of the sources where it was computed before."""
    kept = compiled.cache_folder() / f"fingerprint-{_sources()}"
    try:
        text = kept.read_text()
        if len(text) == 16:
            return text
    except OSError:
        pass
    fingerprint = dynamics_fingerprint(compile=False)  # a second; compiling first would take most of a minute
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(fingerprint)
    except OSError:
        pass  # a cache that cannot be written only costs the time to compute it again
    return fingerprint
