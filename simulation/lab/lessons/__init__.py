"""What is taught? Lessons of ten minutes, each one a file of words and settings; their answers are stored results.

A lesson never holds a number that it teaches. It names effects of experiments, and ``answers.csv`` holds those effects
as ``results/`` has them: the page must work without the results folder, and a test sees that the two agree.
``python -m simulation.lab.lessons`` writes the file anew after an experiment has been run again, and with it what the
explorer and the teacher's page show.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ...errors import InputError, unknown_name
from ..controls import checked

FOLDER = Path(__file__).parent
ANSWERS = FOLDER / "answers.csv"
NUMBERS = ("mean", "low", "high")
COLUMNS = ("experiment", "name", "unit", *NUMBERS, "replicates")
PARTS = ("title", "minutes", "question", "prediction", "run", "answer", "home", "teacher")
#: What a lesson can tell of the class's own run; ``page/lessons.js`` knows how.
TOLD = ("givers", "hoarders", "ties", "unread", "inequality", "own", "minority", "majority", "connectors", "others",
        "chosen")  # fmt: skip
COLOURS = ("generosity", "group", "level", "identity")


def read_effects(results: Path, wanted: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return stored effects of experiments, in the order wanted.

    Parameters
    ----------
    results : Path
        The folder with one folder per experiment.
    wanted : iterable of (str, str)
        Experiment and name of the effect.

    Raises
    ------
    InputError
        No such effect.
    """
    found = []
    for experiment, name in wanted:
        path = results / experiment / "effects.csv"
        if not path.is_file():
            raise InputError(f"effect {name!r}: there is no {path}; allowed: what has been run")
        with path.open(encoding="utf-8", newline="") as file:
            rows = {row["name"]: row for row in csv.DictReader(file)}
        if name not in rows:
            raise unknown_name(f"effect of {experiment}", name, rows)
        row = rows[name]
        numbers = {each: f"{float(row[each]):.6g}" for each in NUMBERS}
        words = {each: row[each] for each in ("name", "unit", "replicates")}
        found.append({"experiment": experiment, **words, **numbers})
    return found


def wanted_effects() -> list[tuple[str, str]]:
    """Return experiment and name of every effect that a lesson shows, each once."""
    return list(dict.fromkeys((each["experiment"], each["effect"]) for lesson in _read()
                              for each in lesson["answer"]["effects"]))  # fmt: skip


def write_answers(results: Path, path: Path = ANSWERS) -> None:
    """Write the effects that the lessons show from the folder of results."""
    rows = read_effects(results, wanted_effects())
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _read() -> list[dict[str, Any]]:
    files = sorted(FOLDER.glob("*.yaml"))
    return [{"name": path.stem, **yaml.safe_load(path.read_text(encoding="utf-8"))} for path in files]


@cache
def lessons() -> list[dict[str, Any]]:
    """Return all lessons, their settings checked and their answers filled in, as JSON holds them.

    Raises
    ------
    InputError
        A lesson without one of its parts, with settings that the lab refuses, or with an answer that is not stored.

    Examples
    --------
    >>> lessons()[0]["title"]
    'Does giving pay?'
    """
    with ANSWERS.open(encoding="utf-8", newline="") as file:
        stored = {(row["experiment"], row["name"]): row for row in csv.DictReader(file)}
    return [_filled(lesson, stored) for lesson in _read()]


def _filled(lesson: dict[str, Any], stored: Mapping[tuple[str, str], Mapping[str, str]]) -> dict[str, Any]:
    name = lesson["name"]
    for part in PARTS:
        if part not in lesson:
            raise InputError(f"lesson {name} lacks its {part}")
    if lesson["prediction"]["right"] not in lesson["prediction"]["choices"]:
        raise unknown_name(f"choice of lesson {name}", lesson["prediction"]["right"], lesson["prediction"]["choices"])
    if sum(lesson["teacher"]["minutes"]) != lesson["minutes"]:
        raise InputError(f"lesson {name}: its parts do not take {lesson['minutes']} minutes")
    for each in (lesson["run"], lesson["answer"]["try"]):
        checked(each["settings"])
        if "compare" in each:
            checked({**each["settings"], each["compare"]["name"]: each["compare"]["value"]})
    for each in lesson["run"]["tell"]:
        if each["what"] not in TOLD:
            raise unknown_name(f"thing that lesson {name} tells", each["what"], TOLD)
    if lesson["run"].get("colour", "generosity") not in COLOURS:
        raise unknown_name(f"colour of lesson {name}", lesson["run"]["colour"], COLOURS)
    for each in lesson["answer"]["effects"]:
        key = each["experiment"], each["effect"]
        if key not in stored:
            raise InputError(f"lesson {name}: the effect {key[1]!r} of {key[0]} is not in {ANSWERS.name}: "
                             "python -m simulation.lab.lessons")  # fmt: skip
        row = stored[key]
        each |= {number: float(row[number]) for number in NUMBERS}
        each |= {"unit": row["unit"], "replicates": int(row["replicates"])}
    return lesson
