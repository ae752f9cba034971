"""What can a class set, how far, and what does each setting mean? One table for our page and for Mesa's SolaraViz.

Defaults, units and sentences come from `simulation.parameters`; this file only chooses, names in plain words, and
narrows ranges to what a classroom's machine can draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import worlds  # noqa: F401 - enters the worlds' own quantities in the registry
from ..errors import out_of_range, unknown_name, wrong_type
from ..interventions import FIXED
from ..parameters import SPECIFICATIONS, parse_value, plain

WORLDS = {"open_world": "Network", "workplace": "Workplace"}
ONLY_IN = {"agents": "open_world", "start": "open_world", "group": "open_world",
           "span": "workplace", "levels": "workplace"}  # fmt: skip
PARTS = ("Giving", "Attention", "Following", "Who is there", "Newcomers")


@dataclass(frozen=True)
class Control:
    """One control of the page.

    Attributes
    ----------
    name : str
        The quantity's name in `SPECIFICATIONS`.
    label : str
        Its name in plain words.
    part : str
        The heading that it stands under, one of ``PARTS``.
    low, high, step : float
        Range and step of a slider; without a step it is a choice of ``words``.
    words : tuple of (str, str)
        Values as the command line takes them, each with its name in plain words.
    value : object
        Where it stands at first; by default the specification's default.
    folded : bool
        Whether it is shown only when asked for.
    """

    name: str
    label: str
    part: str
    low: float = 0
    high: float = 0
    step: float = 0
    words: tuple[tuple[str, str], ...] = ()
    value: Any = None
    folded: bool = False

    @property
    def at_once(self) -> bool:
        """Whether a change acts from the next tick on; otherwise the run starts again with the same seed."""
        return SPECIFICATIONS[self.name].belongs == "model" and self.name not in FIXED

    @property
    def first(self) -> Any:
        """The value at first: a number, or one of ``words``."""
        return SPECIFICATIONS[self.name].default if self.value is None else self.value

    @property
    def sentence(self) -> str:
        """What it is, in one sentence with its unit."""
        about = SPECIFICATIONS[self.name]
        unit = "" if about.unit in ("1", "one of these") or self.words else f" ({about.unit})"
        return f"{about.meaning[:1].upper()}{about.meaning[1:]}{unit}."

    def check(self, value: Any) -> Any:
        """Return a value as the model takes it: a number within the slider's range, or one of the words.

        Raises
        ------
        InputError
            The value is of the wrong type or beyond the range.
        """
        about = SPECIFICATIONS[self.name]
        if self.words:
            known = [word for word, _ in self.words]
            if value not in known:
                raise unknown_name(f"value of {self.name}", value, known)
            return value
        allowed = f"{'a whole number' if about.whole else 'a number'} in [{plain(self.low)}, {plain(self.high)}]"
        allowed += f" ({about.unit}), in the lab"
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise wrong_type(self.name, value, allowed)
        if not self.low <= value <= self.high:
            raise out_of_range(self.name, value, allowed)
        return about.check(value)

    def as_dict(self) -> dict[str, Any]:
        """Return the control in Mesa's vocabulary, with what only our page shows."""
        shown: dict[str, Any] = {"value": self.first, "label": self.label}
        if self.words:
            shown |= {"type": "Select", "values": [word for word, _ in self.words]}
            shown["words"] = [text for _, text in self.words]
        else:
            kind = "SliderInt" if SPECIFICATIONS[self.name].whole else "SliderFloat"
            shown |= {"type": kind, "min": self.low, "max": self.high, "step": self.step}
        unit = SPECIFICATIONS[self.name].unit
        shown |= {"unit": "" if unit in ("1", "one of these") else unit, "sentence": self.sentence, "part": self.part,
                  "folded": self.folded, "at_once": self.at_once, "world": ONLY_IN.get(self.name, "")}  # fmt: skip
        return shown


GENEROSITY = (
    ("uniform:0:1", "all kinds, evenly"),
    ("bernoulli:0.5", "half give all, half give nothing"),
    ("beta:1:4", "most keep, few give"),
    ("beta:4:1", "most give, few keep"),
    ("0", "nobody gives"),
    ("0.25", "everybody gives a quarter"),
    ("0.4", "everybody gives two fifths"),
    ("0.5", "everybody gives half"),
    ("0.75", "everybody gives three quarters"),
    ("1", "everybody gives all"),
)
GROUPS = (("0", "one group"), ("integers:0:1", "two groups"), ("integers:0:3", "four groups"))
IDENTITIES = (("0", "one identity"), ("bernoulli:0.2", "a minority of a fifth"), ("bernoulli:0.5", "two halves"))
SPANNING = (
    ("none", "everybody's, as often as chance has it"),
    ("0.02", "hardly anybody's"),
    ("choice:[0.02,0.9]:[0.9,0.1]", "hardly anybody's but one in ten's"),
    ("choice:[0.3,0.9]:[0.9,0.1]", "some of everybody's, most of one in ten's"),
)
START = (("random", "random ties"), ("empty", "no ties"), ("growth", "grown one by one"))

CONTROLS: dict[str, Control] = {
    each.name: each
    for each in (
        Control("generosity", "How generous people are", "Giving", words=GENEROSITY, value="uniform:0:1"),
        Control("find_rate", "Items found", "Giving", 0, 3, 0.1),
        Control("bring", "Handing up to those followed", "Giving", 0, 1, 0.05),
        Control("relay", "Passing on what is public", "Giving", 0, 1, 0.05, folded=True),
        Control("introducing", "Introducing contacts", "Giving", 0, 0.5, 0.01, folded=True),
        Control("share_cost", "Attention that giving takes", "Giving", 0, 5, 0.25, folded=True),
        Control("introduction_cost", "Attention that introducing takes", "Giving", 0, 5, 0.25, folded=True),
        Control("attention", "Attention", "Attention", 0, 50, 1),
        Control("cost", "Price of attention", "Attention", 0, 2, 0.05),
        Control("quality_spread", "How much quality differs", "Attention", 0, 1, 0.05, folded=True),
        Control("openness", "Worth of other groups' news", "Attention", 0, 1, 0.05, folded=True),
        Control("encounters", "Strangers who come across a share", "Following", 0, 10, 0.5),
        Control("responsiveness", "How quickly people follow and leave", "Following", 0, 1, 0.01),
        Control("follow_back", "Following back", "Following", 0, 1, 0.05),
        Control("churn", "Ties that end by chance", "Following", 0, 0.1, 0.001),
        Control("credit", "Looking up who found it", "Following", 0, 1, 0.05, folded=True),
        Control("homophily", "Keeping to one's own kind", "Following", 0, 1, 0.05, folded=True),
        Control("spanning", "Whose news reaches other groups", "Following", words=SPANNING, value="none", folded=True),
        Control("fame", "Pull of visible follower counts", "Following", 0, 2, 0.05, folded=True),
        Control("agents", "People", "Who is there", 10, 2000, 10, value=200),
        Control("span", "Direct reports", "Who is there", 1, 6, 1),
        Control("levels", "Levels of rank", "Who is there", 1, 5, 1),
        Control("followees", "First followees", "Who is there", 0, 10, 1, folded=True),
        Control("start", "First ties", "Who is there", words=START, folded=True),
        Control("group", "Interest groups", "Who is there", words=GROUPS, value="0", folded=True),
        Control("identity", "Identities", "Who is there", words=IDENTITIES, value="0", folded=True),
        Control("arrivals", "Newcomers", "Newcomers", 0, 5, 0.1, folded=True),
        Control("first_follows", "Whom a newcomer follows first", "Newcomers", 0, 10, 1, folded=True),
        Control("departure", "Leaving for good", "Newcomers", 0, 0.05, 0.001, folded=True),
    )
}


def model_params(world: str = "open_world") -> dict[str, Any]:
    """Return the controls of a world in Mesa's vocabulary, for our page and for ``SolaraViz``.

    Parameters
    ----------
    world : {"open_world", "workplace"}

    Returns
    -------
    dict
        A dictionary by name with ``type``, ``value``, ``label``, ``min``, ``max``, ``step`` or ``values``, which Mesa
        reads, and with unit, sentence and more, which it does not; and ``world``, fixed.

    Examples
    --------
    >>> bring = model_params()["bring"]
    >>> bring["type"], bring["min"], bring["max"], bring["value"], bring["sentence"]
    ('SliderFloat', 0, 1, 0.3, 'Handing a new item up to someone one follows (probability).')
    """
    if world not in WORLDS:
        raise unknown_name("world of the lab", world, WORLDS)
    fitting = {name: each.as_dict() for name, each in CONTROLS.items() if ONLY_IN.get(name, world) == world}
    return {"world": world, **fitting}


def defaults(world: str = "open_world") -> dict[str, Any]:
    """Return the value of every control of a world at first, and the world."""
    return {"world": world} | {name: each.first for name, each in CONTROLS.items() if ONLY_IN.get(name, world) == world}


def checked(settings: Any) -> dict[str, Any]:
    """Return all settings of a world by name: those given, checked, and the defaults of the others.

    Parameters
    ----------
    settings : mapping of str to value
        Names of controls, and ``world``. Settings of the other world are left out.

    Raises
    ------
    InputError
        An unknown name, or a value beyond what its control allows.

    Examples
    --------
    >>> checked({"agents": 50})["agents"], checked({"world": "workplace", "agents": 50})["span"]
    (50, 4)
    """
    if not isinstance(settings, Mapping):
        raise wrong_type("settings", settings, "settings by name, as {'cost': 0.3}")
    given = dict(settings)
    world = given.pop("world", "open_world")
    if world not in WORLDS:
        raise unknown_name("world of the lab", world, WORLDS)
    known = defaults(world)
    for name, value in given.items():
        value = control(name).check(value)
        if name in known:
            known[name] = value
    return known


def control(name: Any) -> Control:
    """Return the control of this name, or raise."""
    if not isinstance(name, str) or name not in CONTROLS:
        raise unknown_name("setting of the lab", name, CONTROLS)
    return CONTROLS[name]


def as_given(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as the model takes them: words that stand for distributions are read, defaults left out.

    Examples
    --------
    >>> as_given(checked({"generosity": "beta:1:4", "cost": 0.3, "churn": 0.02}))
    {'generosity': ('beta', 1, 4), 'churn': 0.02, 'agents': 200}
    """
    plain_values: dict[str, Any] = {}
    for name, value in settings.items():
        if name == "world":
            continue
        about = SPECIFICATIONS[name]
        if isinstance(value, str) and not about.choices:
            value = parse_value(name, value)
        if value != about.default:
            plain_values[name] = value
    return plain_values
