"""How do plain names and values become a world, parameters and a seed?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .errors import InputError, unknown_name, wrong_type
from .parameters import SPECIFICATIONS, Parameters, parse_value, setter
from .run import check_seed
from .worlds import World, make_world

MADE = ("open_world", "workplace")  # worlds that settings alone can make


def from_settings(
    world: World | str | None, parameters: Parameters | None, settings: Mapping[str, Any]
) -> tuple[World, Parameters]:
    """Return the world and the parameters that settings by name ask for.

    Parameters
    ----------
    world : World or {"open_world", "workplace"} or None
    parameters : Parameters or None
        Settings of the model change these.
    settings : mapping of str to value
        Settings of world, agents and model; a text is read as on the command line.

    Raises
    ------
    InputError
        An unknown name, a value out of range, or a setting of the world beside a world that is made already.

    Examples
    --------
    >>> from_settings("workplace", None, {"span": 2, "levels": 3, "generosity": "beta:2:5", "cost": 0.2})[1]
    Parameters(cost=0.2)
    """
    of_world: dict[str, Any] = {}
    of_model: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in SPECIFICATIONS:
            raise unknown_name("setting", name, SPECIFICATIONS)
        if isinstance(value, str) and not SPECIFICATIONS[name].choices:
            value = parse_value(name, value)
        (of_model if SPECIFICATIONS[name].belongs == "model" else of_world)[name] = value
    if parameters is None:
        parameters = Parameters()
    if not isinstance(parameters, Parameters):
        raise wrong_type("parameters", parameters, "Parameters(...)")
    if isinstance(world, World):
        if of_world:
            name = next(iter(of_world))
            raise InputError(f"{name}: set it where the world is made, as in {setter(name)}; here a world is given")
    elif world is None or isinstance(world, str):
        if world not in (None, *MADE):
            raise unknown_name("world by name", world, MADE)
        world = make_world(world or MADE[0], **of_world)
    else:
        raise wrong_type("world", world, f"a world such as open_world(agents=1000), or {' or '.join(MADE)}")
    return world, parameters.replace(**of_model)


def seed_from(seed: Any, rng: Any = None) -> int:
    """Return the engine's seed from whatever Mesa's versions, batches and input fields pass.

    Parameters
    ----------
    seed, rng : int, text of a whole number, numpy SeedSequence, Generator or BitGenerator, sequence of int, or None
        At most one of them. A whole number is the seed itself; None draws one.

    Raises
    ------
    InputError
        Both are given, or what is given makes no seed.

    Examples
    --------
    >>> seed_from(7), seed_from(None, rng=7), seed_from("7")
    (7, 7, 7)
    """
    if seed is not None and rng is not None:
        raise InputError(f"seed: {seed!r} and rng: {rng!r}; allowed: one of them")
    given = rng if seed is None else seed
    if isinstance(given, str):
        given = int(given) if given.strip().isdecimal() else given.strip() or None
    elif isinstance(given, float) and given.is_integer():
        given = int(given)
    elif isinstance(given, (list, tuple)):
        given = np.random.SeedSequence([check_seed(word) for word in given])
    if isinstance(given, np.random.BitGenerator):
        given = np.random.Generator(given)
    if isinstance(given, np.random.Generator):
        given = int(given.integers(2**63 - 1))
    if isinstance(given, np.random.SeedSequence):
        given = int(given.generate_state(1, np.uint64)[0] >> np.uint64(1))
    return check_seed(given)
