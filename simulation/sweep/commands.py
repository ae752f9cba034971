"""What can be asked of sweeps from a terminal? The commands `connectors sweep` and `connectors status`.

Only click is imported here, so that --help answers at once.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from ..errors import InputError
from ..terminal import Whole

MOST_MISSED = 10  # points without their precision that are listed


@click.command()
@click.argument("world", metavar="WORLD|FILE|DIR")
@click.option("--vary", multiple=True, metavar="NAME=VALUES", help="generosity=0:1:11, or attention=5,10,20.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting that is fixed; repeatable.")
@click.option("--design", metavar="KIND",
              help="grid, one-at-a-time, zipped, table, latin-hypercube, sobol, saltelli or morris.  [default: grid]")
@click.option("--samples", type=Whole(2), metavar="N", help="Of a sampled design; its --vary are ranges: cost=0:1.")
@click.option("--levels", type=Whole(2), metavar="N", help="Of a morris design.  [default: 4]")
@click.option("--design-seed", type=Whole(0, 2**32 - 1), metavar="N", help="Of a sampled design.  [default: 0]")
@click.option("--base", multiple=True, metavar="NAME=VALUE", help="one-at-a-time: the base point.  [default: defaults]")
@click.option("--table", metavar="FILE", help="Points from a CSV file, one column for each name.")
@click.option("--network", metavar="FILE", help="from_network: the follower network.")
@click.option("--nodes", metavar="FILE", help="from_network: table of people with their attributes.")
@click.option("--ticks", type=Whole(0), metavar="N", help="How long.  [default: 300]")
@click.option("--replicates", type=Whole(1), metavar="N", help="Runs of each point.  [default: 1]")
@click.option("--seed", type=Whole(0, 2**63 - 1), metavar="N", help="Seed of all runs.  [default: 1]")
@click.option("--independent", is_flag=True, help="Seeds of its own for each point; by default they are paired.")
@click.option("--measure", metavar="NAMES", help="Columns of series, or module:function.  [default: all]")
@click.option("--keep", multiple=True, metavar="TABLE", help="Also keep series or agents of every run; repeatable.")
@click.option("--precision", multiple=True, metavar="MEASURE=WIDTH", help="As followers_gini=2%; repeatable.")
@click.option("--most", type=Whole(1), metavar="N", help="Replicates of a point at most, for --precision.")
@click.option("--out", required=True, metavar="DIR", help="Folder of the results.")
@click.option(
    "--jobs", type=Whole(1), metavar="N", help="Processes, or jobs of a queue system.  [default: as many as processors]"
)
@click.option("--cluster", metavar="WHERE", help="tcp://host:port of a Dask scheduler, slurm or another queue system, "
              "or a file that describes it.")  # fmt: skip
@click.option("--time-limit", type=float, metavar="S", help="Seconds that a run may take.")
@click.option("--retry-failed", is_flag=True, help="Try runs again that have failed.")
@click.option("--wait", is_flag=True, help="Wait where another sweep is writing into the folder.")
def sweep(world: str, out: str, jobs: int | None, cluster: str | None, time_limit: float | None, retry_failed: bool,
          wait: bool, **about: Any) -> None:  # fmt: skip
    """Run every point of a design, repeatedly: WORLD by name, or all from a YAML or TOML FILE, or again from DIR.

    The same command goes on where it was interrupted or killed. Status 1 where runs failed.
    """
    from .cluster import connected
    from .sweeping import sweep as run_all

    plan, files = _asked_for(world, about)
    if time_limit is not None and not 0 < time_limit < float("inf"):
        raise InputError(f"time_limit: {time_limit:g}; allowed: seconds, more than 0")
    sys.path.append(os.getcwd())  # for a measure in a module that lies here; workers take the path over
    begun = time.perf_counter()
    with connected(cluster, jobs) if cluster else contextlib.nullcontext() as client:
        swept = run_all(plan, out=out, executor=client, jobs=None if cluster else jobs, time_limit=time_limit,
                        retry_failed=retry_failed, wait=wait, progress=True, files=files)  # fmt: skip
    seconds = time.perf_counter() - begun
    left = swept.provenance
    click.echo(f"{left['runs']} runs, {left['failures']} failed, in {seconds:.0f} s; written to {out}")
    missed = [each for each in left.get("precision_reached", []) if not each["reached"]]
    for each in missed[:MOST_MISSED]:
        click.echo("point {point}: {measure} missed its precision after {replicates} replicates".format(**each))
    if len(missed) > MOST_MISSED:
        click.echo(f"and {len(missed) - MOST_MISSED} more; all are in provenance.json")
    if swept.failures or left.get("changed_nothing"):
        if swept.failures:
            first = swept.runs[swept.runs["status"] != "ok"].iloc[0]
            click.echo(f"the first that failed is run {first['run']}: {first['ended']}", err=True)
        raise click.exceptions.Exit(1)


def _asked_for(world: str, about: dict[str, Any]) -> tuple[Any, dict[str, bytes]]:
    """Return the plan, and the files to store with its results: the plan's own, and the table of its points."""
    from ..worlds import WORLDS
    from . import store
    from .planfile import read_plan, table_of

    source = Path(world)
    if world in WORLDS or not ("." in world or "/" in world or source.is_dir()):
        table = about["table"]
        plan = _plan(world, about)
        return plan, {f"{Path(table).stem}.csv": Path(table).read_bytes()} if table else {}
    given = [name for name, value in about.items() if value is not None and value is not False and value != ()]
    if given:
        allowed = "in the file" if not source.is_dir() else "what the folder says"
        raise InputError(f"--{given[0].replace('_', '-')} is given beside {world}; allowed: {allowed}")
    if source.is_dir():
        swept = store.load(source)
        return swept.plan, {name: store.read_file(source, swept.provenance, name) for name in swept.sources}
    plan, table = read_plan(source), table_of(source)
    files = {f"plan{source.suffix}": source.read_bytes()}
    return plan, files | ({f"{table.stem}.csv": table.read_bytes()} if table else {})


def _plan(world: str, about: dict[str, Any]) -> Any:
    """Return the plan that the options describe."""
    from ..parameters import parse_setting
    from .designs import read_value
    from .plan import Plan
    from .planfile import make_design

    varied = _named("vary", about.pop("vary"), "generosity=0:1:11")
    base = {name: read_value(name, text) for name, text in _named("base", about.pop("base"), "cost=0.3").items()}
    of_design = {name: about.pop(name) for name in ("samples", "levels", "table")}
    design = make_design(about.pop("design"), varied, seed=about.pop("design_seed"), base=base or None, **of_design)
    settings: dict[str, Any] = {}
    for text in about.pop("settings"):
        name, value = parse_setting(text)
        if name in settings:
            raise InputError(f"{name} is set twice: {settings[name]!r} and {value!r}")
        settings[name] = value
    precision = _named("precision", about.pop("precision"), "followers_gini=2%")
    measure = about.pop("measure")
    if measure is not None and ":" not in measure:
        measure = [each.strip() for each in measure.split(",")]
    known = {name: value for name, value in about.items() if value not in (None, ())}
    known["paired"] = not known.pop("independent")
    return Plan(design, world=world, settings=settings, measure=measure, precision=precision, **known)


def _named(option: str, texts: tuple[str, ...], example: str) -> dict[str, str]:
    """Return the texts ``name=value`` of a repeatable option by name."""
    named: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise InputError(f"{option}: {text!r} is not of the form name=value; for example {example}")
        if name in named:
            raise InputError(f"{option}: {name} is given twice: {named[name]!r} and {value!r}")
        named[name] = value
    return named


@click.command()
@click.argument("folder", metavar="DIR")
def status(folder: str) -> None:
    """Say how far the sweep in DIR is; it may be running."""
    from . import store

    swept = store.load(folder)
    running = store.is_running(Path(folder))
    if swept.done and not running:
        click.echo("done: {runs} runs, {failures} failed".format(**swept.provenance))
        return
    finished, failed, when = store.progress(Path(folder))
    wanted = swept.plan.runs_at_most
    line = f"{'running' if running else 'stopped: the same command goes on'}: {finished} of "
    line += f"{'at most ' if swept.plan.precision else ''}{wanted} runs finished, {failed} failed"
    if running and len(when) > 1 and when[-1] > when[0]:
        pace = (len(when) - 1) / (when[-1] - when[0])
        line += f"; {pace:.3g} runs a second, {(wanted - finished) / pace:.0f} s left"
    click.echo(line)


COMMANDS = (sweep, status)
