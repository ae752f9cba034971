"""How is a benchmark shown? As lines for a terminal and as the tables of a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def short(value: float | None) -> str:
    """Return a number with three digits that matter, or a dash."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:#.3g}".rstrip(".")


def ratio_to_limit(figure: dict[str, Any]) -> float | None:
    """Return how many times its limit a figure takes, or None where it has none."""
    limit = figure.get("limit")
    return figure["median"] / limit if limit and "median" in figure else None


def cells(figure: dict[str, Any]) -> list[str]:
    """Return a figure as the texts of one row under `HEAD`."""
    goal = f"{'<=' if figure['at_most'] else '>='} {short(figure['goal'])} {figure['unit']}".strip()
    what = figure["what"] + (f" (here {figure['at']} agents)" if figure.get("at") else "")
    if not figure["values"]:
        return [what, goal, "-", "-", "-", figure.get("note", "not measured")]
    spread = f"{short(figure['min'])} - {short(figure['max'])}"
    verdict = {True: "met", False: "missed", None: "not judged"}[figure.get("met")]
    note = figure.get("note")
    return [what, goal, short(figure["median"]), spread, short(ratio_to_limit(figure)),
            f"{verdict} ({note})" if note else verdict]  # fmt: skip


HEAD = ["figure", "goal", "median", "min - max", "times the limit", "goal met"]
PHASE_HEAD = ["phase", "ns per delivery", "limit, ns", "times the limit"]
KERNELS = {"read_byte": "read a byte in order", "write_byte": "write a byte in order",
           "random_write": "write 8 bytes at random", "gather": "read 8 bytes at random",
           "scatter": "scatter a pair to its block"}  # fmt: skip


def phase_rows(figure: dict[str, Any]) -> list[list[str]]:
    """Return the rows of the table of phases, with their sum."""
    rows = list(figure["phases"])
    rows.append({"phase": "whole tick", "ns": figure["median"], "limit": figure["limit"]})
    return [[row["phase"], short(row["ns"]), short(row["limit"]),
             short(row["ns"] / row["limit"]) if row["ns"] and row["limit"] else "-"] for row in rows]  # fmt: skip


def text_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under a head, columns aligned."""
    rows = [head, *rows]
    width = [max(len(row[at]) for row in rows) for at in range(len(head))]
    return "\n".join("  ".join(f"{cell:{w}}" for cell, w in zip(row, width, strict=True)).rstrip() for row in rows)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under a head as Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def show(result: dict[str, Any], markdown: bool = False) -> str:
    """Return everything that a benchmark found."""
    table = markdown_table if markdown else text_table
    parts = [table(HEAD, [cells(each) for each in result["figures"]])]
    for each in result["figures"]:
        if each.get("phases"):
            parts.append(table(PHASE_HEAD, phase_rows(each)))
            costs = [[text, short(each["kernels"][name])] for name, text in KERNELS.items()]
            parts.append(table(["what this machine does at best", "ns"], costs))
    parts += [f"Where the time of Mesa goes ({each['name']}):\n\n{each['profile']}"
              for each in result["figures"] if each.get("profile")]  # fmt: skip
    return "\n\n".join([*parts, ending(result)])


def put_into(page: str | Path, tables: str) -> None:
    """Put tables between the two marks of a page, in place of what is there.

    Raises
    ------
    InputError
        No such page, or one without the marks.
    """
    try:
        text = Path(page).read_text()
    except OSError as problem:
        raise InputError(f"into: {str(page)!r} cannot be read: {problem}") from None
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError(f"into: {str(page)!r} lacks the line {BEGIN!r} or, after it, {END!r}")
    Path(page).write_text(f"{before}{begin}\n\n{tables}\n\n{end}{after}")


def ending(result: dict[str, Any]) -> str:
    """Return what stands below the tables: work, machine, versions and the warning."""
    about = result["environment"]
    libraries = ", ".join(f"{name} {version}" for name, version in about["libraries"].items())
    work = ", ".join(f"{name} {value}" for name, value in result["workload"].items())
    taken = sorted({len(figure["values"]) for figure in result["figures"] if figure["values"]}) or [0]
    several = f"{taken[0]} to {taken[-1]}" if len(taken) > 1 else f"{taken[0]}"
    lines = [
        f"Medians over {several} processes each; the limit is measured in the same processes.",
        f"World: {work}; peers and the engine beside them: without introductions.",
        f"Machine: {about['processor']}, {about['cores']} cores, {about['platform']}.",
        f"Versions: connectors {result['software']['version']}, Python {about['python']}, {libraries}.",
        *([] if result["compiled"] else ["Compilation is switched off (NUMBA_DISABLE_JIT): interpreted, and slow."]),
        result["warning"],
    ]
    return "\n".join(lines)
