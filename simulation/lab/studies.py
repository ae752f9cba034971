"""What do the lessons' own small sweeps measure, and which effects do they tell?

A study is a folder in ``results/lessons``: a plan for `connectors sweep`, and ``about.yaml`` with the prediction, which
was written before the runs, the measures in words, and the effects that lessons name. `tell` adds what came out: one
row per run, one per effect with its interval over replicates, and how it all came about.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from ..errors import InputError, unknown_name
from ..measures import betweenness, interval
from ..record import Record
from ..sweep.store import Swept, load
from .explore import explored

ABOUT, PLAN = "about.yaml", "plan.yaml"
LATE = 50  # ticks at the end over which flows are averaged


# --- what is measured, by the name that a plan gives --------------------------------------------------------------


def overload(record: Record) -> dict[str, float]:
    """Return ties, what is left unread, and what reading is worth, each person alike."""
    late, people = record.series.tail(LATE), int(record.series["present"].iloc[-1])
    return {
        "ties": len(record.ties) / people,
        "unread": _share(late["lost"].sum(), late["deliveries"].sum()),
        "value": float(late["value"].mean()) / people,
    }


def kinds(record: Record) -> dict[str, float]:
    """Return how a minority (identity 1) fares, and how far ties stay among one's own kind."""
    people = record.agents[record.agents["present"]]
    minority = people["identity"] == 1
    identity = people["identity"].reindex(record.ties["follower"]).to_numpy()
    own = identity == people["identity"].reindex(record.ties["followee"]).to_numpy()
    return {
        "followers": _gap(people["followers"], minority),
        "received": _gap(people["received"] / record.ticks, minority),
        "own": _share(own.sum(), own.size),
        "ties": len(record.ties) / len(people),
    }


def bridges(record: Record) -> dict[str, float]:
    """Return how those fare whose news mostly reaches other groups (``spanning`` of a half or more)."""
    people = record.agents[record.agents["present"]]
    connector = people["spanning"] >= 0.5
    pairs = (len(people) - 1) * (len(people) - 2)
    ways = 1000 * betweenness(record).reindex(people.index) / pairs
    group = people["group"].reindex(record.ties["follower"]).to_numpy()
    across = group != people["group"].reindex(record.ties["followee"]).to_numpy()
    return {
        "followers": _gap(people["followers"], connector),
        "ways": _gap(ways, connector),
        "across": _share(across.sum(), across.size),
        "received": _gap(people["received"] / record.ticks, connector),
    }


def orders(record: Record) -> dict[str, float]:
    """Return how many follow the one whom others were told to follow, who is number 0."""
    return {"followers": float(record.agents["followers"].iloc[0])}


def _gap(values: pd.Series, those: pd.Series) -> float:
    """Return the mean of those minus the mean of the others; NaN where one of them is nobody."""
    return float(values[those].mean() - values[~those].mean())


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


# --- what came out ------------------------------------------------------------------------------------------------


def tell(swept: Swept, folder: Path) -> None:
    """Write what a finished sweep says into the folder of its study.

    Parameters
    ----------
    swept : Swept
    folder : Path
        With ``about.yaml`` and the very plan that was swept. Gets ``runs.csv``, ``effects.csv``, ``points.json`` (for
        the explorer) and ``provenance.json``.

    Raises
    ------
    InputError
        A sweep that is not finished, has failures, or is not of this plan; an effect of what was not run.
    """
    if not swept.done or swept.failures:
        raise InputError(f"folder: {str(swept.folder)!r} is not a finished sweep without failures")
    if (swept.folder / PLAN).read_text(encoding="utf-8") != (folder / PLAN).read_text(encoding="utf-8"):
        raise InputError(f"folder: {str(swept.folder)!r} was swept by another plan than {folder / PLAN}")
    names, measures = list(swept.plan.design.names), swept.measures
    runs = swept.runs[[*names, "replicate", "seed", *measures]]
    runs.to_csv(folder / "runs.csv", index=False, lineterminator="\n", float_format="%.8g")
    effects(pd.read_csv(folder / "runs.csv"), about(folder)).to_csv(
        folder / "effects.csv", index=False, lineterminator="\n", float_format="%.6g"
    )
    points = {**explored(swept, about(folder)), "name": folder.name}
    (folder / "points.json").write_text(json.dumps(points, ensure_ascii=False) + "\n", encoding="utf-8")
    kept = ("software", "sweep", "runs", "failures", "environment", "written")
    left = {name: swept.provenance[name] for name in kept}
    left["seconds"] = round(float(swept.runs["seconds"].sum()), 1)
    (folder / "provenance.json").write_text(json.dumps(left, indent=2) + "\n", encoding="utf-8")


def about(folder: Path) -> dict[str, Any]:
    """Return title, prediction, measures and effects of a study, in words."""
    return yaml.safe_load((folder / ABOUT).read_text(encoding="utf-8"))


def effects(runs: pd.DataFrame, told: Mapping[str, Any]) -> pd.DataFrame:
    """Return the effects that a study names, each with its 95 % interval over replicates.

    Parameters
    ----------
    runs : DataFrame
        One row per run: what varies, ``replicate`` and the measures.
    told : mapping
        ``measures``: name to ``unit``; ``effects``: each with ``name``, ``measure``, ``at`` (values of what varies)
        and, for a difference, ``minus`` (the same). Runs of one replicate share a seed, so differences are paired.

    Raises
    ------
    InputError
        A measure or a point that was not run.

    Examples
    --------
    >>> runs = pd.DataFrame({"cost": [0, 0, 1, 1], "replicate": [0, 1, 0, 1], "ties": [4.0, 6.0, 1.0, 3.5]})
    >>> told = {"measures": {"ties": {"unit": "ties"}}}
    >>> told["effects"] = [{"name": "cost", "measure": "ties", "at": {"cost": 1}, "minus": {"cost": 0}}]
    >>> effects(runs, told)[["name", "mean", "replicates"]].values.tolist()
    [['cost', -2.75, 2]]
    """
    rows = []
    for each in told["effects"]:
        measure = each["measure"]
        if measure not in told["measures"]:
            raise unknown_name("measure", measure, told["measures"])
        values = _at(runs, measure, each["at"])
        if "minus" in each:
            values = (values - _at(runs, measure, each["minus"])).dropna()
        rows.append({"name": each["name"], "unit": told["measures"][measure]["unit"], **interval(values.to_numpy())})
    return pd.DataFrame(rows)


def _at(runs: pd.DataFrame, measure: str, place: Mapping[str, Any]) -> pd.Series:
    """Return a measure at one setting of all that varies, by replicate."""
    here = np.ones(len(runs), bool)
    for name, value in place.items():
        if name not in runs:
            raise unknown_name("quantity that varies", name, runs.columns)
        here &= (runs[name] == value).to_numpy()
    found = runs[here].set_index("replicate")[measure]
    if found.empty or found.index.has_duplicates:
        raise InputError(f"effect: {dict(place)} is {'not one point' if len(found) else 'no point'} of the sweep")
    return found


if __name__ == "__main__":  # python -m simulation.lab.studies SWEPT STUDY
    tell(load(sys.argv[1]), Path(sys.argv[2]))
