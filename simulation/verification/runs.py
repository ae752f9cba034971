"""How are many small, independent runs made for a check?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..distributions import checked, distribution
from ..first_ties import Ties
from ..interventions import Intervention
from ..parameters import SPECIFICATIONS, Parameters
from ..run import Run, replicate_seed
from ..worlds import BEHAVING, World

#: Every mechanism off: a check switches on what its law is about. Probabilities and rates are 0, attention is ample.
OFF: dict[str, Any] = {
    "bring": 0.0, "relay": 0.0, "cost": 0.0, "quality_spread": 0.0, "share_cost": 0.0, "introduction_cost": 0.0,
    "follow_back": 0.0, "churn": 0.0, "encounters": 0.0, "responsiveness": 0.0,
}  # fmt: skip


def no_ties(seed: int, key: np.ndarray) -> Ties:
    """Return no first ties."""
    none = np.empty(0, np.int64)
    return none, none, np.empty(0, bool)


def plain_world(agents: int, ties: Callable[[int, np.ndarray], Ties] = no_ties, **attributes: Any) -> World:
    """Return a world with ample attention, nobody giving or finding anything unless said so, and any first ties."""
    given = {"generosity": 0.0, "find_rate": 0.0, "attention": 1e9, **attributes}
    known = {}
    for name in BEHAVING:
        value = given.get(name, SPECIFICATIONS[name].default)
        known[name] = checked(distribution(value, name), name)
    return World("verification", agents, {}, known, ties)


def runs(
    world: World, seed: int, replicates: int, interventions: Iterable[Intervention] = (), **parameters: Any
) -> Iterator[Run]:
    """Yield one fresh run per replicate, with every mechanism off that is not named."""
    settled = Parameters(**{**OFF, **parameters})
    for replicate in range(replicates):
        yield Run(world, settled, seed=replicate_seed(seed, replicate), interventions=interventions)


def followers(run: Run) -> np.ndarray:
    """Return everybody's number of followers, shape (capacity,)."""
    return run.state.network.followers.where["count"].astype(np.int64)
