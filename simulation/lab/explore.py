"""How does a class move through a sweep that has been run? Its points as JSON, for sliders that need not wait.

The lab ships the sweeps of its lessons (``sweeps/*.json``); any folder of `connectors sweep` can join them, in the
running lab or in one file.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..figures import short
from ..parameters import SPECIFICATIONS
from ..sweep.designs import RUN
from ..sweep.points import by_point, chosen_measure, state_of
from ..sweep.store import Swept, load
from .controls import CONTROLS
from .onefile import inlined

SHIPPED = Path(__file__).with_name("sweeps")
MOST_POINTS, MOST_MEASURES = 5_000, 60  # that a page is given
NUMBERS = ("mean", "low", "high")


def explored(swept: Swept, told: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a sweep as the page moves through it, as JSON holds it.

    Parameters
    ----------
    swept : Swept
        Finished or not; what is missing has no numbers, and ``state`` says so.
    told : mapping, optional
        Words for it: ``title``, ``sentence``, ``measures`` (name to ``words`` and ``unit``), ``values`` (name of what
        varies, then value to words), ``quantities`` (name to words); by default names stand for themselves.

    Returns
    -------
    dict
        ``quantities``: what varies, each with its values in order; ``points``: for each point the place of its value
        in every quantity; ``measures``: each with ``mean``, ``low``, ``high`` and ``replicates`` by point, None where
        there is none.

    Raises
    ------
    InputError
        No run that went well, or more points than a page can hold.
    """
    told = told or {}
    first = chosen_measure(swept)  # which refuses an empty one
    design, plan = swept.plan.design, swept.plan
    if len(design.points) > MOST_POINTS:
        many = f"{str(swept.folder)!r} has {len(design.points)} points"
        raise InputError(f"explore: {many}; allowed: {MOST_POINTS} or fewer")
    quantities = [_quantity(name, design.table[name].tolist(), told) for name in design.names]
    points = list(zip(*(each.pop("places") for each in quantities), strict=True))
    names = list(told.get("measures", {})) or sorted(swept.measures, key=lambda name: name != first)
    counts = {"ticks": plan.ticks} if RUN not in design.names else {}
    settings = {name: _text(value) for name, value in plan.settings.items()}
    return {
        "name": swept.folder.name,
        "title": told.get("title", swept.folder.name),
        "sentence": " ".join(told.get("sentence", "").split()),
        "world": plan.world,
        "settings": {**settings, **counts},
        "seed": plan.seed,
        "state": state_of(swept),
        "quantities": quantities,
        "points": [list(point) for point in points],
        "measures": [_measured(swept, name, told) for name in names[:MOST_MEASURES]],
    }


def _quantity(name: str, values: list[Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what varies: its values in order, and at which of them every point is."""
    about = SPECIFICATIONS.get(name)
    keys = [None if value is None or value != value else value for value in values]
    different = dict(zip(keys, values, strict=True))
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in different.values())
    order = sorted(different, key=lambda key: different[key]) if numbers else list(different)
    words = told.get("values", {}).get(name, {})
    texts = ["none" if key is None else short(key) for key in order]
    unit = "" if about is None or about.choices or about.unit in ("1", name) else about.unit
    return {
        "name": name,
        "label": told.get("quantities", {}).get(name) or (CONTROLS[name].label if name in CONTROLS else name),
        "unit": "ticks" if name == RUN else unit,
        "sentence": f"{about.meaning[:1].upper()}{about.meaning[1:]} ({name})." if about else name,
        "values": [float(different[key]) for key in order] if numbers else None,
        "words": [words.get(str(different[key]), text) for key, text in zip(order, texts, strict=True)],
        "places": [order.index(key) for key in keys],
    }


def _text(value: Any) -> str:
    """Return a setting as it would be typed: ``beta(2, 5)``."""
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], str):
        return f"{value[0]}({', '.join(_text(each) for each in value[1:])})"
    return short(value)


def _measured(swept: Swept, name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    about = told.get("measures", {}).get(name, {})
    table = by_point(swept, name).sort_index()
    numbers = {each: [_plain(value) for value in table[each]] for each in NUMBERS}
    return {"name": name, "words": about.get("words", name.replace("_", " ")), "unit": about.get("unit", ""), **numbers,
            "replicates": table["replicates"].tolist()}  # fmt: skip


def _plain(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def shipped() -> list[dict[str, Any]]:
    """Return the sweeps that the lab brings along.

    Examples
    --------
    >>> [each["title"] for each in shipped()][0]
    'The connector between groups'
    """
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.json"))]


def ship(results: Path, folder: Path = SHIPPED) -> None:
    """Copy what the explorer shows from the studies in the folder of results, where there may be no results."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.json"):
        path.unlink()
    for path in sorted(results.glob("lessons/*/points.json")):
        shutil.copyfile(path, folder / f"{path.parent.name}.json")


def given(folders: Iterable[str]) -> list[dict[str, Any]]:
    """Return the sweeps in folders of `connectors sweep`, read once.

    Raises
    ------
    InputError
        A folder that holds no sweep, or one without a run that went well.
    """
    return [explored(load(folder)) for folder in folders]


def as_page(sweeps: list[dict[str, Any]]) -> str:
    """Return one self-contained HTML page that moves through sweeps."""
    return inlined("explore.html", "sweeps", sweeps, "exploring replaying")
