"""Which quantities can be set, and what does each one mean?

Every parameter has a name that is unique over the model, the agents and the world, a default, a unit, a range, a
meaning and a source. Values are checked once, when they are given, and never change afterwards. "Assumption" as a
source says that no measurement fixes the number: it is there to be swept.
"""

# ruff: noqa: RUF009 - `parameter` returns a dataclass field, as `field` itself does

import ast
import contextlib
import functools
import numbers
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from .errors import InputError, nearest, out_of_range, unknown_name, wrong_type

LARGEST = 1e9  # no rate, price or budget may be larger: products of a few of them must stay finite
MOST_SLOTS = 2**31 - 1  # slots are int32

Class = TypeVar("Class", bound=type)


def plain(number: float) -> str:
    """Return a number as people write it: ``0.3``, ``1``, ``1e9``, and never shorter than it is.

    Examples
    --------
    >>> plain(1.0), plain(1e9), plain(0.1 + 0.2)
    ('1', '1e9', '0.30000000000000004')
    """
    short = f"{number:g}"
    if float(short) == number:
        return short.replace("e+0", "e").replace("e+", "e")
    return repr(number)


@dataclass(frozen=True, kw_only=True)
class Specification:
    """One quantity that can be set.

    Attributes
    ----------
    name : str
        Unique over model, agents and world.
    belongs : {"model", "agent", "world"}
        Who has it: all agents together, each agent, or the starting world.
    default : object
        Value where none is given. None as a default makes None allowed.
    unit : str
        Unit, "probability" for a probability without a time, "1" for a pure number.
    low, high : float
        Smallest and largest value allowed, both included.
    whole : bool
        Whether only whole numbers are allowed.
    distinct : bool
        Whether no two agents may share a value.
    choices : tuple of str
        The words allowed, for a quantity that is a word; then there is no range.
    meaning, source : str
        What it is, and where the default comes from.
    """

    name: str
    belongs: str
    default: Any
    unit: str
    meaning: str
    source: str
    low: float = -LARGEST
    high: float = LARGEST
    whole: bool = False
    distinct: bool = False
    choices: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        """The values allowed, as text: "[0, 1]", "whole, [0, 65535]", "[0, 1] or none"."""
        if self.choices:
            text = " | ".join(self.choices)
        elif isinstance(self.default, bool):
            text = "true or false"
        else:
            text = f"{'whole, ' if self.whole else ''}[{plain(self.low)}, {plain(self.high)}]"
        return text + (" or none" if self.default is None else "")

    @property
    def allowed(self) -> str:
        """The values allowed, as a phrase for an error."""
        if self.choices or isinstance(self.default, bool):
            return self.range
        kind = "a whole number in" if self.whole else "a number in"
        return f"{kind} {self.range.removeprefix('whole, ')} ({self.unit})"

    def check(self, value: Any) -> Any:
        """Return one value as it is stored: float, int for whole numbers, bool, str or None.

        Raises
        ------
        InputError
            The value is of the wrong type or out of range.
        """
        if value is None and self.default is None:
            return None
        if self.choices or isinstance(self.default, bool):
            if not isinstance(value, str if self.choices else bool):
                raise wrong_type(self.name, value, self.allowed)
            if self.choices and value not in self.choices:
                raise unknown_name(self.name, value, self.choices)
            return value
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise wrong_type(self.name, value, self.allowed)
        number: Any = value
        if not self.low <= number <= self.high:  # so written, NaN is refused too
            raise out_of_range(self.name, value, self.allowed)
        if not self.whole:
            return float(number) + 0.0  # + 0.0 makes a plain zero of -0.0: equal values look equal in a record
        if int(number) != number:
            raise wrong_type(self.name, value, self.allowed)
        return int(number)


SPECIFICATIONS: dict[str, Specification] = {}


def register(specification: Specification) -> Specification:
    """Add a quantity to `SPECIFICATIONS` and return it.

    Raises
    ------
    ValueError
        The name is taken, a text is empty, or the default does not pass its own check.
    """
    name = specification.name
    if name in SPECIFICATIONS:
        raise ValueError(f"the name {name!r} is taken by a quantity of the {SPECIFICATIONS[name].belongs}")
    if not (specification.unit and specification.meaning and specification.source):
        raise ValueError(f"{name}: unit, meaning and source must be given")
    if not isinstance(specification.default, tuple):  # a distribution is checked where distributions are known
        specification.check(specification.default)
    SPECIFICATIONS[name] = specification
    return specification


def refuse_unknown(names: Iterable[str], belongs: tuple[str, ...], taker: str) -> None:
    """Raise if one of the names is not a quantity of these owners.

    Parameters
    ----------
    names : iterable of str
        The names as they were given.
    belongs : tuple of str
        Owners whose quantities are taken here: "model", "agent", "world".
    taker : str
        Who takes them, for the message: "Parameters", "open_world".

    Raises
    ------
    InputError
        Names the nearest valid name and, where it is set elsewhere, where.
    """
    for name in names:
        known = SPECIFICATIONS.get(name)
        if known is not None and known.belongs in belongs:
            continue
        if known is not None:
            raise InputError(f"{taker} takes no {name!r}, which belongs to the {known.belongs}: {setter(name)}")
        guess = nearest(name, SPECIFICATIONS)
        if guess is not None and SPECIFICATIONS[guess].belongs not in belongs:
            raise InputError(f"unknown parameter {name!r}; did you mean {guess!r}, which is set by {setter(guess)}?")
        raise unknown_name("parameter", name, [n for n, s in SPECIFICATIONS.items() if s.belongs in belongs])


def setter(name: str) -> str:
    """Return where a quantity is set, as a user writes it."""
    where = "Parameters" if SPECIFICATIONS[name].belongs == "model" else "open_world"
    return f"{'workplace' if name in ('level', 'manager', 'skill', 'span', 'levels') else where}({name}=...)"


# Where a default comes from, as far as more can be said than that it is an assumption. A measurement named here sets
# the order of magnitude or the sign of the mechanism, never the exact number.
SOURCES = {
    "bring": "assumption: 0 must be possible, for followers need not bring anything back",
    "relay": "assumption: small, as the vast majority of cascades end within one hop (Goel et al. 2012, 2016)",
    "cost": "assumption; that exposures work less as the feed fills: Gomez-Rodriguez et al. 2014",
    "credit": "assumption; that people follow the origin of what they see: Weng et al. 2013",
    "follow_back": "assumption; to compare: 36.2 % of ties, 22.1 % of connected pairs mutual (Twitter 2009)",
    "churn": "assumption; to compare: 43 % of active users unfollowed someone in 51 days (Kwak, Chun & Moon 2011)",
    "generosity": "assumption: the treatment, spread over its whole range",
    "find_rate": "assumption; that posting is unequal: the busiest tenth write about 80 % of posts (Pew 2019)",
    "attention": "assumption; that attention limits what is passed on: Hodas & Lerman 2012",
}
OPTIONAL = ("homophily", "fame", "arrivals", "departure", "introducing")
SOURCES |= dict.fromkeys(OPTIONAL, "assumption: off unless a study asks for it")
NEUTRAL = ("capacity", "group", "identity", "spanning", "level", "manager", "skill", "key")
SOURCES |= dict.fromkeys(NEUTRAL, "definition")


def parameter(
    default: Any, unit: str, low: float, high: float, meaning: str, whole: bool = False, distinct: bool = False
) -> Any:
    """Return a line of a table: a field's default, and all else that a `Specification` says but name and source."""
    about = {"unit": unit, "low": low, "high": high, "meaning": meaning, "whole": whole, "distinct": distinct}
    return field(default=default, metadata=about)


def enter(table: Any, belongs: str) -> None:
    """Enter all lines of a table in the registry."""
    for each in fields(table):
        source = SOURCES.get(each.name, "assumption")
        register(Specification(name=each.name, belongs=belongs, default=each.default, source=source, **each.metadata))


def with_clear_errors(table: Class) -> Class:
    """Let the constructor of the model's table refuse names as `refuse_unknown` does."""
    made: Any = vars(table)["__init__"]

    @functools.wraps(made)
    def __init__(self: Any, *values: Any, **named: Any) -> None:
        if values:
            raise InputError(f"{table.__name__} takes names, as in {table.__name__}(cost=0.3), not {values[0]!r} alone")
        refuse_unknown(named, ("model",), table.__name__)
        made(self, **named)

    setattr(table, "__init__", __init__)  # noqa: B010 - an assignment to a method would not pass the type checker
    return table


@with_clear_errors
@dataclass(frozen=True, kw_only=True, repr=False)
class Parameters:
    """The parameters of the model, the same for all agents; frozen once made.

    Unit, range, meaning and source of each are listed by `describe`. Whole numbers are taken for floats and the
    other way round where nothing is lost.

    Raises
    ------
    InputError
        A name is unknown, or a value of the wrong type or out of range.

    Examples
    --------
    >>> Parameters(cost=0.5, memory=8.0)
    Parameters(memory=8, cost=0.5)
    >>> Parameters(churm=0.1)
    Traceback (most recent call last):
        ...
    simulation.errors.InputError: unknown parameter 'churm'; did you mean 'churn'?
    Valid: memory, bring, relay, encounters, ...
    """

    # One line each, in the order of the model's description.
    memory: int = parameter(16, "items", 0, 65535, "last items found or read that are remembered", True)
    bring: float = parameter(0.3, "probability", 0, 1, "handing a new item up to someone one follows")
    relay: float = parameter(0.05, "1", 0, 1, "factor on giving and bringing what was read in public")
    encounters: float = parameter(2.0, "agents per share", 0, LARGEST, "mean number of others who come across a share")
    openness: float = parameter(1.0, "1", 0, 1, "worth of another group's item")
    quality_spread: float = parameter(1.0, "1", 0, 1, "quality is uniform on [1 - quality_spread, 1]")
    cost: float = parameter(0.3, "value per load", 0, LARGEST, "price of attention at load 1")
    share_cost: float = parameter(1.0, "item-readings", 0, LARGEST, "attention spent per share or bringing")
    introduction_cost: float = parameter(1.0, "item-readings", 0, LARGEST, "attention spent per introduction made")
    responsiveness: float = parameter(0.1, "probability per value", 0, LARGEST, "(un)following per unit of net value")
    credit: float = parameter(1.0, "probability", 0, 1, "a grateful follower looks at the finder credited")
    follow_back: float = parameter(0.1, "probability", 0, 1, "answering a new follow")
    homophily: float = parameter(0.0, "1", 0, 1, "reduces every opt-in across identities by this share")
    fame: float = parameter(0.0, "1", 0, 10, "exponent by which seen follower counts raise opt-in")
    churn: float = parameter(0.005, "probability per tick", 0, 1, "an unlocked tie ends for outside reasons")
    arrivals: float = parameter(0.0, "newcomers per tick", 0, 1e6, "mean number of newcomers")
    first_follows: int = parameter(3, "followees", 0, 1e6, "follows that a newcomer begins with", True)
    departure: float = parameter(0.0, "probability per tick", 0, 1, "an agent leaves")
    capacity: int | None = parameter(None, "slots", 1, MOST_SLOTS, "places for agents; none: as many as agents", True)

    def __post_init__(self) -> None:
        for each in fields(self):
            object.__setattr__(self, each.name, SPECIFICATIONS[each.name].check(getattr(self, each.name)))

    def __repr__(self) -> str:
        different = [f"{f.name}={value!r}" for f in fields(self) if (value := getattr(self, f.name)) != f.default]
        return f"{type(self).__name__}({', '.join(different)})"

    def as_dict(self) -> dict[str, float | int | None]:
        """Return all parameters by name, in order."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def replace(self, **changes: Any) -> "Parameters":
        """Return the same parameters with some changed.

        Examples
        --------
        >>> Parameters(cost=0.5).replace(churn=0)
        Parameters(cost=0.5, churn=0.0)
        """
        return type(self)(**{**self.as_dict(), **changes})


@dataclass(frozen=True, kw_only=True)
class AgentDefaults:
    """What each agent has for itself, with the defaults of a starting world.

    Each takes one number, a distribution or an array with one value per agent.
    """

    generosity: Any = parameter(("uniform", 0, 1), "probability", 0, 1, "giving away an item newly in hand")
    find_rate: Any = parameter(0.5, "items per tick", 0, LARGEST, "mean number of items found by oneself")
    attention: Any = parameter(10.0, "item-readings per tick", 0, LARGEST, "budget for reading and giving")
    visibility: Any = parameter(1.0, "1", 0, LARGEST, "multiplies encounters for this agent's shares")
    group: Any = parameter(0, "number of a group", 0, 1e6, "interest group or department, counted from 0", True)
    identity: Any = parameter(0, "number of an identity", 0, 1, "0 majority, 1 minority; used by homophily", True)
    spanning: Any = parameter(None, "probability", 0, 1, "an encounter is outside one's group; none: others' share")
    introducing: Any = parameter(0.0, "probability per tick", 0, 1, "introducing two contacts to each other")
    level: Any = parameter(0, "levels", 0, 32767, "workplace: levels below the top", True)
    manager: Any = parameter(-1, "slot of an agent", -1, MOST_SLOTS, "workplace: line manager; -1 for nobody", True)
    skill: Any = parameter(("normal", 0, 1), "standard deviations", -LARGEST, LARGEST, "workplace: ability")
    key: Any = parameter(None, "1", 0, 2**31 - 1, "names the agent in all draws; none: its slot", True, True)


enter(Parameters, "model")
enter(AgentDefaults, "agent")


def describe() -> list[dict[str, Any]]:
    """Return one row for every quantity: name, belongs, default, unit, range, meaning, source.

    Examples
    --------
    >>> [row["range"] for row in describe() if row["name"] in ("memory", "spanning")]
    ['whole, [0, 65535]', '[0, 1] or none']
    """
    columns = ("name", "belongs", "default", "unit", "range", "meaning", "source")
    return [{column: getattr(each, column) for column in columns} for each in SPECIFICATIONS.values()]


def parse_setting(text: str) -> tuple[str, Any]:
    """Return name and value of a setting as it is written on the command line.

    Parameters
    ----------
    text : str
        ``name=value``. The value is a number, ``none``, ``true``, ``false``, a distribution, a list of numbers or,
        for a quantity that is a word, a word. Whether it is allowed is checked by the one that takes it.

    Raises
    ------
    InputError
        No such name, or a value that cannot be read.

    Examples
    --------
    >>> parse_setting("attention=10")
    ('attention', 10)
    >>> parse_setting("generosity=uniform(0, 1)"), parse_setting("generosity=beta:2:5")
    (('generosity', ('uniform', 0, 1)), ('generosity', ('beta', 2, 5)))
    >>> parse_setting("generosity=[0.1, 0.2]")
    ('generosity', [0.1, 0.2])
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name:
        raise InputError(f"setting {text!r} is not of the form name=value; for example attention=10")
    if name not in SPECIFICATIONS:
        raise unknown_name("parameter", name, SPECIFICATIONS)
    choices = SPECIFICATIONS[name].choices
    if value in choices:
        return name, value
    if choices:
        raise unknown_name(name, value, choices)
    return name, parse_value(name, value)


def parse_value(name: str, text: str) -> Any:
    """Return the value that a text stands for (see `parse_setting`); the name is for errors."""
    words: dict[str, Any] = {"none": None, "true": True, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    called = re.fullmatch(r"([A-Za-z]\w*)\s*\((.*)\)", text, flags=re.DOTALL)
    parts = re.fullmatch(r"([A-Za-z]\w*)\s*:(.*)", text, flags=re.DOTALL)
    try:
        if called:
            return (called[1], *literal(f"({called[2]},)" if called[2].strip() else "()"))
        if parts:
            return (parts[1], *(literal(part) for part in parts[2].split(":")))
        return literal(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        allowed = SPECIFICATIONS[name].allowed
        if SPECIFICATIONS[name].belongs == "agent":
            allowed += ", a distribution such as uniform(0,1), or a list such as [0.1,0.2]"
        raise InputError(f"{name}: {text!r} cannot be read; allowed: {allowed}") from None


def literal(text: str) -> Any:
    """Return a number, or a tuple or list of numbers, from its text; ValueError for all else."""
    for read in (int, float):  # float reads nan and inf too, so that the range check can refuse them by name
        with contextlib.suppress(ValueError):
            return read(text)
    value = ast.literal_eval(text.strip())
    if not isinstance(value, (int, float, tuple, list)) or isinstance(value, bool):
        raise ValueError(text)
    return value
