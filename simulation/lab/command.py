"""What does ``connectors lab`` do?"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from ..errors import InputError
from ..terminal import Whole

NEEDED = ("markdown_it", "starlette", "uvicorn", "websockets")


def refuse_without_web() -> None:
    """Raise InputError where the packages of the extra ``lab`` are absent."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(f"the lab needs {', '.join(missing)}, which is not installed: pip install 'connectors[lab]'")


@click.command()
@click.option("--port", type=Whole(0, 65535), default=8137, show_default=True, metavar="N", help="0: any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME",
              help="Address to open; 0.0.0.0 lets a whole classroom in.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Do not open the page in the browser.")
@click.option("--explore", "folders", multiple=True, metavar="DIR",
              help="Let the page move through this folder of `connectors sweep`; repeatable.")  # fmt: skip
@click.option("--export", metavar="FILE", help="Open nothing: write one HTML file that replays a run by itself, or, "
              "with --explore, one that moves through sweeps.")  # fmt: skip
@click.option("--ticks", type=Whole(1), default=300, show_default=True, metavar="N", help="Of the run exported.")
@click.option("--seed", type=Whole(0, 2**53 - 1), metavar="N", help="Of the run exported.  [default: drawn]")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE",
              help="A setting of the run exported, as agents=300; repeatable.")  # fmt: skip
@click.option("--compare", metavar="NAME=VALUE", help="Export two worlds that differ in this setting.")
def lab(port: int, host: str, no_browser: bool, folders: tuple[str, ...], export: str | None, ticks: int,
        seed: int | None, settings: tuple[str, ...], compare: str | None) -> None:  # fmt: skip
    """Open the lab: a page in the browser that a class plays with.

    Only this machine can reach it unless --host says otherwise. With --export it writes a page instead, which needs
    neither Python nor a network.
    """
    of_a_run = seed is not None or settings or compare
    if export is not None and folders:
        if of_a_run:
            raise InputError("--seed, --set and --compare are of a run, --explore of sweeps; allowed: one of them")
        export_sweeps(Path(export), folders)
        return
    if export is not None:
        export_run(Path(export), ticks, seed, settings, compare)
        return
    if of_a_run:
        raise InputError("--seed, --set and --compare belong to --export FILE; in the lab itself the page has them")
    from ..cli import get_compiled

    refuse_without_web()
    from .explore import given, shipped
    from .server import serve

    sweeps = [*given(folders), *shipped()]  # the class's own first
    get_compiled()
    serve(host, port, sweeps, page="explore.html" if folders else "", browser=not no_browser, tell=click.echo)


def export_sweeps(path: Path, folders: tuple[str, ...]) -> None:
    """Write the page that moves through these sweeps."""
    from .explore import as_page, given
    from .onefile import refuse_unwritable, write

    refuse_unwritable(path)
    sweeps = given(folders)
    write(as_page(sweeps), path)
    points = ", ".join(f"{each['name']}: {len(each['points'])} points" for each in sweeps)
    click.echo(f"written to {path}: {points}, {path.stat().st_size / 1024:.0f} KiB")


def export_run(path: Path, ticks: int, seed: int | None, settings: tuple[str, ...], compare: str | None) -> None:
    """Run a world and write the page that replays it."""
    from ..cli import get_compiled, progress
    from . import recording
    from .controls import checked
    from .onefile import refuse_unwritable, write

    refuse_unwritable(path)
    chosen = dict(recording.setting(text) for text in settings)
    changed = recording.setting(compare) if compare else None
    checked(chosen)
    get_compiled()
    with progress(ticks) as bar:
        recorded = recording.record(chosen, ticks=ticks, seed=seed, compare=changed, progress=bar.update)
    write(recording.as_page(recorded), path)
    done, number = len(recorded["sizes"]) - 1, recorded["state"]["worlds"][0]["seed"]
    click.echo(f"written to {path}: {done} ticks, seed {number}, {path.stat().st_size / 1024:.0f} KiB")
