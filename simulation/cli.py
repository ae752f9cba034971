"""What can be done from a terminal? The command ``connectors``.

Only click is imported here; everything else waits until a command needs it, so that --help answers at once.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from .errors import InputError, unknown_name
from .lab.command import lab
from .sweep.commands import COMMANDS as sweeps
from .sweep.using import COMMANDS as uses
from .sweep.using import replay_sweep
from .terminal import Commands, Whole, columns, entry, first_line, parameter_table, summary

STATUS = """
\b
Status: 0  done
        1  failed on the way (disk full, out of memory), replay disagrees, a law is rejected, or a result is stale
        2  refused: wrong name, value, file or folder; nothing was run or written
      130  interrupted (Ctrl-C); no half-written file is left
"""
SEED = Whole(0, 2**63 - 1)
SLOT, TIE = 150, 16  # bytes that a slot and a first tie take at the very least while a run begins


@click.group(cls=Commands, epilog=STATUS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="connectors", prog_name="connectors")
def main() -> None:
    """Ask whether giving information away makes connectors.

    An agent-based model of open networks and workplaces: `run` an experiment on a claim, `simulate` a world of your
    own, `describe` what can be set.
    """


# --- run --------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("experiment")
@click.option("--quick", is_flag=True, help="Smaller and fewer runs: under a minute.")
@click.option("--network", metavar="FILE", help="Start from this follower network instead of random ties.")
@click.option("--out", metavar="DIR", help="Folder for what it leaves.  [default: results/EXPERIMENT]")
@click.option("--seed", type=SEED, default=1, show_default="1", metavar="N", help="Seed of all runs.")
@click.option("--replicates", type=Whole(2), metavar="N", help="Repetitions.  [default: the experiment's]")
@click.option("--jobs", type=Whole(1), metavar="N", help="Processes.  [default: as many as processors]")
def run(experiment: str, quick: bool, network: str | None, out: str | None, seed: int, replicates: int | None,
        jobs: int | None) -> None:  # fmt: skip
    """Put a claim to the test: run EXPERIMENT, print its verdict, leave table, figure and provenance.

    `connectors list` names the experiments. The same command goes on where it was interrupted.
    """
    from experiments import runner

    from .readers.files import existing

    runner.load(experiment)
    folder = Path(out) if out else runner.default_folder(experiment, quick, network)
    refuse_unwritable(folder)
    if network:
        existing("network", network)  # the runner reads it; a misspelt name need not wait for the compiler
    get_compiled()
    begun = time.perf_counter()
    try:
        verdict = runner.run(experiment, quick=quick, network=network, out=folder, seed=seed, replicates=replicates,
                             jobs=jobs or os.cpu_count() or 1)  # fmt: skip
    except KeyboardInterrupt:
        raise KeyboardInterrupt("; the same command goes on from here.") from None
    click.echo(f"{verdict}\n\nin {time.perf_counter() - begun:.0f} s; written to {folder}:")
    click.echo("  " + "  ".join(files_in(folder)))


# --- simulate ---------------------------------------------------------------------------------------------------


@main.command()
@click.option("--world", metavar="NAME",
              help="open_world, workplace or from_network.  [default: open_world, or by --network]")  # fmt: skip
@click.option("--agents", type=Whole(1), metavar="N", help="People of an open world.  [default: 1000]")
@click.option("--network", metavar="FILE", help="from_network: edge list, GraphML, GEXF or Matrix Market.")
@click.option("--nodes", metavar="FILE", help="from_network: table of people with their attributes.")
@click.option("--ticks", type=Whole(0), default=300, show_default=True, metavar="N", help="How long.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE",
              help="Any parameter, as attention=10 or generosity=beta:2:5; repeatable.")  # fmt: skip
@click.option("--seed", type=SEED, metavar="N", help="Same seed, same numbers.  [default: drawn]")
@click.option("--out", metavar="DIR", help="Folder for what the run leaves; without it, only the table is printed.")
@click.option("--ledger", is_flag=True, help="Also keep every change of a tie, with its reason.")
@click.option("--snapshots", type=Whole(0), default=0, metavar="N", help="Also keep all ties every N ticks.")
@click.option("--checkpoint", is_flag=True, help="Also keep what is needed to go on from the end.")
@click.option("--threads", type=Whole(1), default=1, show_default=True, metavar="N",
              help="More pay from about 50,000 people on; they change no number.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def simulate(world: str | None, agents: int | None, network: str | None, nodes: str | None, ticks: int,
             settings: tuple[str, ...], seed: int | None, out: str | None, ledger: bool, snapshots: int,
             checkpoint: bool, threads: int, quiet: bool) -> None:  # fmt: skip
    """Run one world and print what came of it.

    `connectors describe` lists all parameters that --set takes.
    """
    from .record import Keep
    from .run import Run
    from .settings import world_and_parameters

    for wanted, option in ((ledger, "--ledger"), (snapshots, "--snapshots"), (checkpoint, "--checkpoint")):
        if wanted and not out:
            raise InputError(f"{option} keeps something on disk; say where with --out DIR")
    world = world or ("from_network" if network else "open_world")
    start, parameters = world_and_parameters(world, agents, network, nodes, settings)
    ties = start.agents * min(start.arguments.get("followees", 0), start.agents)
    refuse_too_large(max(start.agents, parameters.capacity or 0), ties)
    run = Run(start, parameters, seed=seed, keep=Keep(ledger=ledger, snapshots=snapshots),
              threads=threads)  # fmt: skip
    if out:
        refuse_unwritable(Path(out))
    get_compiled(quiet, threads)
    seconds = advance(run, ticks, quiet)
    record = run.record()
    if out:
        record.save(out, checkpoint=checkpoint)
    if not quiet:
        click.echo(summary(record, seconds))
        if out:
            click.echo(f"written to {out}: {', '.join(files_in(Path(out)))}")


def advance(run: Any, ticks: int, quiet: bool) -> float:
    """Run ticks and return the seconds that they took."""
    begun = time.perf_counter()
    try:
        with progress(ticks, quiet) as bar:
            run.advance(ticks, bar.update)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f" before tick {run.tick} of {ticks}; nothing was written.") from None
    return time.perf_counter() - begun


def files_in(folder: Path) -> list[str]:
    """Return the names of the files in a folder, in order, hidden ones left out."""
    return sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))


# --- list, describe ---------------------------------------------------------------------------------------------


@main.command("list")
def show_list() -> None:
    """List worlds, experiments with their claims, and where to read on."""
    from experiments import runner

    from .families import KINDS
    from .worlds import WORLDS

    click.echo("Worlds (connectors simulate --world NAME)")
    click.echo(columns([(name, first_line(make)) for name, make in WORLDS.items()]))
    click.echo("\nExperiments (connectors run NAME)")
    click.echo(columns([(name, claim.words) for name, claim in runner.claims().items()]))
    click.echo("\nDistributions of what agents are like (--set 'generosity=beta(2, 5)')")
    click.echo(columns([(name, ", ".join(kind.parameters)) for name, kind in KINDS.items()]))
    click.echo("\nParameters: connectors describe [NAME]")


@main.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def describe(name: str | None, as_json: bool) -> None:
    """List all parameters, or say all about the one called NAME."""
    from . import worlds  # which enter their own parameters in the registry, too
    from .parameters import describe as all_rows
    from .settings import worlds_that_take

    rows = all_rows()
    if name is not None:
        rows = [row for row in rows if row["name"] == name]
        if not rows:
            raise unknown_name("parameter", name, [row["name"] for row in all_rows()])
    if as_json:
        click.echo(json.dumps(rows if name is None else rows[0], indent=1))
    elif name is not None:
        takers = worlds_that_take(name)
        click.echo(entry(rows[0], None if len(takers) == len(worlds.WORLDS) else takers[0]))
    else:
        click.echo(parameter_table(rows))


# --- replay, bench ----------------------------------------------------------------------------------------------


@main.command()
@click.argument("folder", metavar="DIR")
@click.option("--run", "number", type=Whole(0), metavar="N", help="Of the sweep in DIR: do this run again.")
def replay(folder: str, number: int | None) -> None:
    """Run again what DIR records, and say whether every number agrees (status 1 if not)."""
    from .folders import read_manifest
    from .storage import replay as run_again

    if replay_sweep(folder, number, get_compiled):
        return
    ticks = read_manifest(Path(folder)).get("ticks")
    get_compiled()
    with progress(ticks) as bar:
        report = run_again(folder, progress=bar.update)
    click.echo(str(report))
    if not report.agrees:
        raise click.exceptions.Exit(1)


@main.command()
@click.option("--only", "only", multiple=True, metavar="GROUP",
              help="Speed, growth, threads, memory, small, peers, compile, shell, measures or twitter.")  # fmt: skip
@click.option("--agents", type=Whole(2), metavar="N", help="So many agents instead of the goals' numbers.")
@click.option("--runs", type=Whole(1), metavar="N", help="Processes for each figure.  [default: 7]")
@click.option("--quick", is_flag=True, help="Speed, memory and small networks only, 10000 agents, 3 processes each.")
@click.option("--full", is_flag=True, help="Also 10000000 agents and the whole Twitter of 2009: 21 GiB, an hour.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, which --compare takes.")
@click.option("--markdown", is_flag=True, help="Print the tables of a page.")
@click.option("--into", metavar="FILE", help="Put these tables between the marks of a page.")
@click.option("--compare", "files", multiple=True, metavar="FILE",
              help="Compare FILE with now; given twice, the first file with the second.")  # fmt: skip
def bench(only: tuple[str, ...], agents: int | None, runs: int | None, quick: bool, full: bool, as_json: bool,
          markdown: bool, into: str | None, files: tuple[str, ...]) -> None:  # fmt: skip
    """Measure speed and memory on this machine, against their goals and the machine's limits."""
    from . import bench as room
    from .bench import compare, figures, tables

    if len(files) > 2:
        raise InputError(f"compare: {len(files)} files; allowed: one, or two")
    stored = [compare.load(each) for each in files]
    if into:
        tables.put_into(into, "(being measured)")  # a page that will not do is refused before half an hour has gone
    if len(stored) == 2:
        rows = compare.compare(*stored)
        click.echo(json.dumps(rows, indent=1) if as_json else compare.table(rows))
        return
    for name in only:
        if name not in room.GROUPS:
            raise unknown_name("group of figures", name, room.GROUPS)
    groups = only or (("speed", "memory", "small") if quick else ())
    size = agents or (10_000 if quick else None)
    largest = (size or 1_000_000) * (10 if full else 1)
    refuse_too_large(largest, largest * room.WORKLOAD["followees"])
    get_compiled()
    tell = None if as_json else lambda each: click.echo("  ".join(tables.cells(each)), err=True)
    result = room.bench(groups, runs=runs or (3 if quick else figures.RUNS), agents=size, full=full, done=tell)
    if into:
        tables.put_into(into, tables.show(result, markdown=True))
    if stored:
        rows = compare.compare(stored[0], result)
        click.echo(json.dumps({**result, "comparison": rows}, indent=1) if as_json else compare.table(rows))
    else:
        click.echo(json.dumps(result, indent=1) if as_json else tables.show(result, markdown))


# --- verify -----------------------------------------------------------------------------------------------------


@main.command()
@click.option("--quick", is_flag=True, help="Fewer replicates: under two minutes.")
@click.option("--only", "only", multiple=True, metavar="NAME",
              help="Only this check; repeatable. A wrong name shows all.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--out", metavar="DIR",
              help="Folder for the page.  [default: results/verification, for a full run of all]")  # fmt: skip
@click.option("--seed", type=SEED, default=2009, show_default="2009", metavar="N", help="Seed of all checks.")
@click.option("--jobs", type=Whole(1), default=1, show_default=True, metavar="N",
              help="Processes; no number depends on it.")  # fmt: skip
def verify(quick: bool, only: tuple[str, ...], as_json: bool, out: str | None, seed: int, jobs: int) -> None:
    """Hold the simulator against exact theory; status 1 if a law is rejected or a check is blind.

    Each check also reports how sure it would have noticed a rule that is wrong by 10 %.
    """
    from .verification import CHECKS, report
    from .verification import verify as run_checks

    for name in only:
        if name not in CHECKS:
            raise unknown_name("check", name, CHECKS)
    chosen = list(dict.fromkeys(only)) or list(CHECKS)
    folder = Path(out) if out else None if quick or only else Path("results/verification")
    if folder:
        refuse_unwritable(folder)
    get_compiled()
    begun = time.perf_counter()
    with progress(len(chosen), unit="check") as bar:
        results = run_checks(quick=quick, only=chosen, seed=seed, jobs=jobs, after=lambda each: bar.update(),
                             before=lambda each: bar.set_description(each.name))  # fmt: skip
    if folder:
        report.write(results, folder, seed=seed, quick=quick)
    click.echo(json.dumps(report.as_json(results), indent=1) if as_json else report.table(results))
    if not as_json:
        where = f"; written to {folder}: {folder / 'README.md'} is the page" if folder else ""
        click.echo(f"in {time.perf_counter() - begun:.0f} s{where}")
    if not report.all_hold(results):
        raise click.exceptions.Exit(1)


# --- ledger -----------------------------------------------------------------------------------------------------


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; status 1 if a row is stale or anything not up to date.")
@click.option("--results", default="results", show_default=True, metavar="DIR", help="Folder of the results.")
def ledger(check: bool, results: str) -> None:
    """Write results/README.md: what came out of every claim, and whether it still stands.

    A row is stale when what its runs rest on has changed since: how the experiment measures, parameters, measures or
    the dynamics fingerprint. Only `connectors run` helps then. Where the code of effects, figure or verdict alone has
    changed, they are written anew from the stored runs.
    """
    from experiments import ledger as room

    trouble = room.write(Path(results), check)
    for each in trouble:
        click.echo(each, err=True)
    click.echo(f"{len(room.folders(Path(results)))} rows" + ("" if check else f"; written to {results}/README.md"))
    if check and trouble:
        raise click.exceptions.Exit(1)


# --- shared -----------------------------------------------------------------------------------------------------


def progress(steps: int | None, quiet: bool = False, unit: str = "tick") -> Any:
    """Return a bar of ticks, or of other steps, on stderr, shown on a terminal only."""
    from tqdm import tqdm

    return tqdm(total=steps, unit=unit, leave=False, disable=quiet or not sys.stderr.isatty())


def get_compiled(quiet: bool = False, threads: int = 1) -> None:
    """Load the compiled engine; where it must be compiled first, say so beforehand."""
    from .compiled import compile_now, needs_compiling

    if needs_compiling(threads) and not quiet:
        click.echo("Compiling the engine, this once: less than a minute ...", err=True)
    compile_now(threads)


def refuse_too_large(slots: int, ties: int) -> None:
    """Raise InputError where a run cannot even begin in this machine's memory: the system would kill it."""
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # a system that does not tell
        return
    needed = SLOT * slots + TIE * ties
    if needed > memory:
        what = f"{slots} agents with {ties} first ties need more than {needed / 2**30:.0f} GiB of memory"
        raise InputError(f"agents: {what}; this machine has {memory / 2**30:.0f}")


def refuse_unwritable(folder: Path) -> None:
    """Raise InputError unless a folder can take results; one that had to be made to find out is not left behind."""
    from .folders import prepare_folder

    new = [each for each in (folder, *folder.parents) if not each.exists()]
    prepare_folder(folder)
    for each in new:
        each.rmdir()


for each in (*sweeps, *uses, lab):
    main.add_command(each)

if __name__ == "__main__":
    main()
