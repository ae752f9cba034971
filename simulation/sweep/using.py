"""What can be done with a sweep's results from a terminal? The commands `connectors show` and `sensitivity`.

Only click is imported here, so that --help answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from ..terminal import columns, grid_of, is_too_wide

if TYPE_CHECKING:
    import pandas as pd

PICTURES = (".png", ".pdf", ".svg")
MOST_ROWS = 40  # of a table on a terminal


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--measure", metavar="NAME", help="What to show.  [default: what the sweep is about, else ties]")
@click.option("--out", metavar="FILE", help="The figure: .png, .pdf or .svg.  [default: DIR-NAME.png, beside DIR]")
@click.option("--over", metavar="NAMES", help="Which of what varies to draw.  [default: all, at most 12]")
@click.option("--csv", metavar="FILE", help="Also write the table, with all its points, into FILE.")
def show(folder: str, measure: str | None, out: str | None, over: str | None, csv: str | None) -> None:
    """Draw the obvious figure of the sweep in DIR, finished or not, and print its table.

    One quantity that varies gives a curve, two a heat map, three several of them; intervals are 95 % over replicates.
    """
    from . import drawing, points, store

    swept = store.load(folder)
    name = points.chosen_measure(swept, measure)
    path = picture(out, swept.folder, name)
    names = [each.strip() for each in over.split(",")] if over is not None else []
    drawing.chosen(swept, names)  # refuses what does not vary
    if csv:
        refuse_no_place("csv", Path(csv))
    table = points.by_point(swept, name)
    click.echo(f"{drawing.value_label(swept, name)}: mean and 95 % interval over replicates")
    click.echo(table_of_points(table, list(swept.plan.design.names)))
    save(drawing.draw(swept, name, names), path)
    if csv:
        table.to_csv(csv)
    others = [each for each in swept.measures if each != name]
    if others:
        click.echo(columns([("other measures:", ", ".join(others))]))
    click.echo("\n".join([f"  figure: {path}", *(f"  {line}" for line in drawing.left_out(swept, names))]))
    tell_state(swept)


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--measure", metavar="NAME", help="What depends on them.  [default: as in `connectors show`]")
@click.option("--out", metavar="FILE", help="The figure.  [default: DIR-NAME-sensitivity.png, beside DIR]")
def sensitivity(folder: str, measure: str | None, out: str | None) -> None:
    """Say how much each quantity matters in the sweep in DIR, whose design is saltelli or morris.

    Saltelli: first-order and total Sobol indices. Morris: mu* and sigma of elementary effects.
    """
    from . import points, sensitivity, store

    swept = store.load(folder)
    name = points.chosen_measure(swept, measure)
    path = picture(out, swept.folder, f"{name}-sensitivity")
    found = sensitivity.analyse(swept, name)
    click.echo("\n".join(sensitivity.lines(found)))
    click.echo(grid_of(sensitivity.cells(found)))
    save(sensitivity.draw(found, swept), path)
    click.echo(f"  figure: {path}")
    tell_state(swept)


def replay_sweep(folder: str, run: int | None, get_compiled: Callable[[], None]) -> bool:
    """Do one run of a sweep again and say whether it agrees; return False where a record is meant, not a sweep.

    Parameters
    ----------
    folder : str
    run : int, optional
    get_compiled : function
        Called when all is well, before the run.

    Raises
    ------
    InputError
        A sweep without a run, or a run without a sweep.
    """
    from . import store

    is_sweep = Path(folder).is_dir() and store.stored_identity(Path(folder)) is not None
    if run is None and is_sweep:
        last = store.load(folder).plan.runs_at_most - 1
        raise InputError(f"run: {folder!r} holds a sweep; say which of its runs, 0 to {last}: --run N")
    if run is None:
        return False
    from .replaying import replay_run

    store.load(folder)  # which refuses what is none
    sys.path.append(os.getcwd())  # for a measure in a module that lies here
    get_compiled()
    found = replay_run(folder, run)
    click.echo(str(found))
    if not found.agrees:
        raise click.exceptions.Exit(1)
    return True


def picture(out: str | None, folder: Path, name: str) -> Path:
    """Return where a figure goes: beside the folder, whose files are all accounted for in its provenance.

    Raises
    ------
    InputError
        No format that we write, or no such folder.
    """
    folder = folder.resolve()
    path = Path(out) if out else folder.with_name(f"{folder.name}-{name}.png")
    if path.suffix.lower() not in PICTURES:
        raise InputError(f"out: {str(path)!r}; allowed: a file that ends in {', '.join(PICTURES)}")
    refuse_no_place("out", path)
    return path if out else Path(_short(path))


def refuse_no_place(option: str, path: Path) -> None:
    """Raise InputError where a file cannot lie: no folder, or one of its name."""
    if not path.parent.is_dir():
        raise InputError(f"{option}: there is no folder {str(path.parent)!r}; allowed: a file in one that exists")
    if path.is_dir():
        raise InputError(f"{option}: {str(path)!r} is a folder; allowed: a file")


def _short(path: Path) -> str:
    """Return a path from here, where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def save(figure: Any, path: Path) -> None:
    """Write a figure, in the one look of all, and forget it."""
    import matplotlib.pyplot as plt

    from ..figures import STYLE

    with plt.style.context(STYLE):
        figure.savefig(path)
    plt.close(figure)


def tell_state(swept: Any) -> None:
    """Say what is missing, and which run failed first."""
    from .points import state_of

    state = state_of(swept)
    if state:
        click.echo(state, err=True)
    if swept.failures:
        first = swept.runs[swept.runs["status"] != "ok"].iloc[0]
        click.echo(f"the first that failed is run {first['run']}: {first['ended']}", err=True)


def table_of_points(table: pd.DataFrame, names: list[str]) -> str:
    """Return means and intervals at all points: columns side by side, or what varies as text where that is too wide."""
    shown = table.head(MOST_ROWS)
    numbers = [[_text(value, 4, "") for value in shown[column]] for column in ("mean", "low", "high")]
    runs = [str(each) for each in shown["replicates"]]
    values = [[_text(value, 6, "none") for value in shown[name]] for name in names]
    head = ["mean", "low", "high", "runs"]
    rows = [[*names, *head], *map(list, zip(*values, *numbers, runs, strict=True))]
    text = grid_of(rows)
    if is_too_wide(text):
        said = [", ".join(f"{n} {v}" for n, v in zip(names, row, strict=True)) for row in zip(*values, strict=True)]
        text = columns([[*head, "at"], *map(list, zip(*numbers, runs, said, strict=True))])
    if len(table) > len(shown):
        text += f"\n  and {len(table) - len(shown)} more points; all of them: --csv FILE"
    return text


def _text(value: Any, digits: int, missing: str) -> str:
    if value is None or value != value:
        return missing
    from ..figures import short

    return short(value, digits)


COMMANDS = (show, sensitivity)
