"""How does the command ``connectors`` speak? Its errors and statuses, and the tables in which results are shown."""

from __future__ import annotations

import errno
import math
import shutil
import textwrap
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import click

from .errors import InputError, nearest

WIDEST = 160  # columns of a terminal beyond which lines become hard to read
# --- words in, errors out ---------------------------------------------------------------------------------------


class Whole(click.ParamType):
    """A whole number from ``low`` to ``high``."""

    name = "whole number"

    def __init__(self, low: int, high: int | None = None) -> None:
        self.low, self.high = low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number, or fail with what is allowed."""
        allowed = f"[{self.low}, {self.high}]" if self.high is not None else f"{self.low} or more"
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{value!r}; allowed: a whole number, {allowed}", param, ctx)
        if number < self.low or (self.high is not None and number > self.high):
            self.fail(f"{number}; allowed: a whole number, {allowed}", param, ctx)
        return number


class Refused(click.ClickException):
    """Bad input: one line of error, status 2."""

    exit_code = 2


class Commands(click.Group):
    """The commands, with one way to end for everything that may go wrong in any of them."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command asked for; an unknown one is refused with the nearest."""
        name = args[0]
        guess = nearest(name, self.commands)
        if guess and name not in self.commands and not name.startswith("-"):
            raise click.UsageError(f"No such command {name!r}; did you mean {guess!r}?", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; turn every foreseen failure into one line and its status."""
        try:
            with warnings.catch_warnings():
                warnings.showwarning = lambda message, *_, **__: click.echo(f"Warning: {message}", err=True)
                return super().invoke(ctx)
        except InputError as problem:
            raise Refused(str(problem)) from None
        except KeyboardInterrupt as stop:
            click.echo(f"\nInterrupted{stop.args[0] if stop.args else '; no half-written file is left.'}", err=True)
            raise click.exceptions.Exit(130) from None
        except MemoryError as problem:
            raise click.ClickException(f"out of memory: {problem or 'fewer agents may do'}") from None
        except OSError as problem:
            if problem.errno == errno.EPIPE:  # the reader of a pipe has left; click ends quietly
                raise
            raise click.ClickException(str(problem)) from None


# --- tables -----------------------------------------------------------------------------------------------------

OWNERS = {
    "model": "Model: one value for all",
    "agent": "Agents: one number, a distribution such as uniform(0, 1), or a list with one number each",
    "world": "Worlds: where a run starts",
}


def parameter_table(rows: Sequence[dict[str, Any]]) -> str:
    """Return all parameters as a table, by owner."""
    parts = []
    for owner, heading in OWNERS.items():
        cells = [("name", "default, unit, range", "meaning (source)")]
        cells += [
            (row["name"], f"{written(row['default'])}, {row['unit']}, {row['range']}",
             f"{row['meaning']} ({row['source']})")
            for row in rows if row["belongs"] == owner
        ]  # fmt: skip
        parts.append(f"{heading}\n{columns(cells, (17, 26))}")
    return "\n\n".join(parts) + "\n\nSet them with: connectors simulate --set NAME=VALUE"


def entry(row: dict[str, Any], world: str | None) -> str:
    """Return all about one parameter; ``world`` names the one that takes it, where not all do."""
    shown = {**row, "default": written(row["default"])}
    cells = [(name, str(text)) for name, text in shown.items()]
    if row["name"] in ("level", "manager"):
        cells.append(("set by", "the world workplace, from span and levels"))
    else:
        where = f"--world {world} " if world and world != "open_world" else ""
        cells.append(("set it with", f"connectors simulate {where}--set '{row['name']}={shown['default']}'"))
    return columns(cells, (11,))


def written(value: Any) -> str:
    """Return a default as --set takes it: ``uniform(0, 1)``, ``none``, ``0.3``."""
    from .parameters import plain

    if isinstance(value, tuple):
        return f"{value[0]}({', '.join(written(each) for each in value[1:])})"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return plain(value)
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def columns(rows: Sequence[Sequence[str]], widths: Sequence[int] = ()) -> str:
    """Return rows of texts as lines no wider than the terminal, each text wrapped within its column.

    Parameters
    ----------
    rows : sequence of sequences of str
        As many texts in each.
    widths : sequence of int
        Of all columns but the last, which takes what is left; by default as wide as their longest text.
    """
    width_of_all = min(shutil.get_terminal_size((100, 24)).columns, WIDEST)
    known = list(widths) or [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    known.append(max(20, width_of_all - 2 - sum(known) - 2 * len(known)))
    lines = []
    for row in rows:
        cells = [textwrap.wrap(text, width) or [""] for text, width in zip(row, known, strict=True)]
        for at in range(max(map(len, cells))):
            parts = [cell[at] if at < len(cell) else "" for cell in cells]
            lines.append("  " + "  ".join(f"{part:{w}}" for part, w in zip(parts, known, strict=True)).rstrip())
    return "\n".join(lines)


def grid_of(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of texts as columns, the first row above a line; numbers, with what stands above, to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    right = [all(_is_number(row[at]) for row in rows[1:]) for at in range(len(widths))]
    lines = []
    for row in [rows[0], ["-" * width for width in widths], *rows[1:]]:
        cells = zip(row, widths, right, strict=True)
        lines.append("  " + "  ".join(f"{text:{'>' if r else '<'}{width}}" for text, width, r in cells).rstrip())
    return "\n".join(lines)


def is_too_wide(text: str) -> bool:
    """Return whether a line of a text is wider than the terminal."""
    return max(map(len, text.splitlines())) > min(shutil.get_terminal_size((100, 24)).columns, WIDEST)


def _is_number(text: str) -> bool:
    try:
        float(text or "0")
    except ValueError:
        return False
    return True


def first_line(thing: Callable) -> str:
    """Return the first line of a docstring, without its full stop."""
    return (thing.__doc__ or "").strip().splitlines()[0].removesuffix(".")


def summary(record: Any, seconds: float) -> str:
    """Return the short table of a run."""
    series = record.series
    ties, followers = len(record.ties), record.agents.loc[record.agents["present"], "followers"]
    rows = [
        ("world", f"{record.world.name}, {len(followers)} agents, {record.ticks} ticks, seed {record.seed}"),
        ("ties", f"{ties} ({len(record.ties_at_start[0])} at the start), {ties / max(1, len(followers)):.2f} per head"),
    ]
    if record.ticks:
        heads, lost = series["present"].sum(), series["lost"].sum() / max(1, series["deliveries"].sum())
        gini = series["followers_gini"].iloc[-1]
        rows += [
            ("followers' Gini", f"{gini:.3f}" if math.isfinite(gini) else "- (nobody is followed)"),
            ("value per head", f"{series['value'].sum() / max(1, heads):.3f} per tick"),
            ("lost", f"{100 * lost:.1f} % of {series['deliveries'].sum()} deliveries went unread"),
        ]
    rows.append(("seconds", f"{seconds:.2f}"))
    return "\n".join(f"{name:16}  {text}" for name, text in rows)
