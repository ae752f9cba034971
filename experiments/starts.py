"""In which world do an experiment's runs start? Random ties, or the follower network that the user gave."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

from simulation import open_world
from simulation.worlds import World, from_network


@lru_cache(maxsize=2)
def _network(path: str) -> Any:
    from simulation.readers import ReadWarning, read_network

    with warnings.catch_warnings():  # the command has shown what is wrong in the file; workers need not repeat it
        warnings.simplefilter("ignore", ReadWarning)
        return read_network(path)


def starting_world(network: str | None, agents: int, **settings: Any) -> World:
    """Return the starting world: the network's people and ties, or so many agents with random ties."""
    if network:
        settings.pop("start", None)
        return from_network(_network(network), **settings)
    return open_world(agents=agents, **settings)
