"""How do plain names and values become a world, parameters and a seed?"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from .errors import InputError, unknown_name, wrong_type
from .parameters import SPECIFICATIONS, Parameters, parse_setting, parse_value, setter
from .run import check_seed
from .worlds import WORLDS, World, make_world

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


def world_and_parameters(
    world: str, agents: int | None, network: str | None, nodes: str | None, settings: Iterable[str]
) -> tuple[World, Parameters]:
    """Return the starting world and the model's parameters that the options of `simulate` describe.

    Raises
    ------
    InputError
        Unknown names, bad values, settings given twice, or options that do not go with the world.
    """
    if world not in WORLDS:
        raise unknown_name("world", world, WORLDS)
    given: dict[str, Any] = {} if agents is None else {"agents": agents}
    for text in settings:
        name, value = parse_setting(text)
        if name in given:
            raise InputError(f"{name} is given twice: {given[name]!r} and {value!r}")
        given[name] = value
    refuse_other_worlds_settings(world, given)
    if (world == "from_network") != bool(network):
        lacks = "needs --network FILE" if world == "from_network" else "takes no --network FILE; from_network does"
        raise InputError(f"--world {world} {lacks}")
    if nodes and not network:
        raise InputError("--nodes FILE says who the people of --network FILE are; that is not given")
    model = {name: given.pop(name) for name in list(given) if SPECIFICATIONS[name].belongs == "model"}
    parameters = Parameters(**model)
    files = {"source": network, "nodes": nodes} if network else {}
    return make_world(world, **files, **given), parameters


def refuse_other_worlds_settings(world: str, names: Iterable[str]) -> None:
    """Raise where a setting belongs to another world than the one chosen, and say to which."""
    for name in names:
        takers = worlds_that_take(name)
        if world not in takers:
            raise InputError(f"{world} takes no {name!r}; it belongs to --world {' or '.join(takers)}")


def worlds_that_take(name: str) -> list[str]:
    """Return the worlds with which a quantity can be set: those with an argument of this name, or all."""
    takers = [world for world, make in WORLDS.items() if name in inspect.signature(make).parameters]
    return list(WORLDS) if SPECIFICATIONS[name].belongs == "model" or not takers else takers


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
