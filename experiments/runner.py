"""How is an experiment done from start to end? Design, runs over processes, table, figure, provenance, verdict.

Finished runs go to a journal, so that the same command goes on where it was stopped or killed. Table, figure and
verdict follow from the stored runs: where only the code that writes them has changed, `tell` writes them anew.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import time
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

import experiments
from simulation.compiled import compile_once
from simulation.errors import InputError, unknown_name
from simulation.folders import prepare_folder, read_file, read_manifest, write_folder
from simulation.provenance import environment, software
from simulation.run import check_seed
from simulation.sweep.collecting import collect

from .claims import Claim, Verdict
from .sources import code_hashes


def names() -> list[str]:
    """Return the names of all experiments: the modules here that test a claim."""
    modules = Path(experiments.__file__).parent.glob("*.py")
    return sorted(module.stem for module in modules if "\nCLAIM = " in module.read_text(encoding="utf-8"))


def load(name: str) -> ModuleType:
    """Return the module of an experiment.

    Raises
    ------
    InputError
        No experiment of this name.
    """
    if name not in names():
        raise unknown_name("experiment", name, names())
    return importlib.import_module(f"experiments.{name}")


def claims() -> dict[str, Claim]:
    """Return the claim of every experiment, by name."""
    return {name: load(name).CLAIM for name in names()}


def run(
    name: str,
    *,
    quick: bool = False,
    network: str | Path | None = None,
    out: str | Path | None = None,
    seed: int = 1,
    replicates: int | None = None,
    jobs: int | None = None,
) -> Verdict:
    """Do one experiment and leave its results in a folder.

    Parameters
    ----------
    name : str
    quick : bool
        Smaller and fewer runs: under a minute.
    network : path, optional
        Start from this follower network instead of random ties.
    out : path, optional
        Folder for ``runs.csv``, ``effects.csv``, ``figure.png``, ``provenance.json`` and ``verdict.md``; by default
        ``results/<name>``, with ``-quick`` and the network's name appended.
    seed : int
    replicates : int, optional
    jobs : int, optional
        Processes; by default as many as processors.

    Raises
    ------
    InputError
        Bad input or a folder that cannot be written, before anything is run.
    """
    module = load(name)
    seed = check_seed(seed)
    for field, number in (("replicates", replicates), ("jobs", jobs)):
        if number is not None and number < (2 if field == "replicates" else 1):
            raise InputError(f"{field}: {number}; allowed: {'2' if field == 'replicates' else '1'} or more")
    source = str(Path(network).resolve()) if network else None
    if source:
        from simulation.readers import read_network

        read_network(source)  # a file that cannot be read is refused here, not in every process
    folder = Path(out) if out else default_folder(name, quick, network)
    prepare_folder(folder)
    design = module.design(quick=quick, network=source, replicates=replicates)
    about = _provenance(name, design, seed, quick, network)
    about |= {"replicates": replicates, "told_by": told_by(name)}  # before the runs: files may be edited meanwhile
    journal = folder / f".journal-{about['design_hash']}"
    begun, resumed = time.perf_counter(), any(folder.glob(f"{journal.name}*"))
    numbers = _measure_all(name, design, seed, journal, jobs)
    about |= {"seconds": round(time.perf_counter() - begun, 1), "resumed": resumed, "environment": environment()}
    runs = pd.concat([pd.DataFrame(design), pd.DataFrame(numbers)], axis=1)
    runs["network"] = Path(network).name if network else ""  # the file, not where it lies
    return _write(module, runs.to_csv(index=False, lineterminator="\n"), about, folder)


def tell(folder: Path) -> Verdict:
    """Write effects, figure and verdict anew from the runs in a folder, none of which is run again.

    Raises
    ------
    InputError
        A folder without an experiment's runs, or with other ones than the experiment left.
    """
    about = read_manifest(folder)
    text = read_file(folder, about, "runs.csv").decode()
    return _write(load(about["experiment"]), text, about | {"told_by": told_by(about["experiment"])}, folder)


def default_folder(name: str, quick: bool, network: str | Path | None) -> Path:
    """Return where results go unless told otherwise."""
    stem = f"-{Path(network).name.split('.')[0]}" if network else ""
    return Path("results") / f"{name}{stem}{'-quick' if quick else ''}"


def _provenance(
    name: str, design: list[dict[str, Any]], seed: int, quick: bool, network: str | Path | None
) -> dict[str, Any]:
    about: dict[str, Any] = {"experiment": name, "seed": seed, "quick": quick, "runs": len(design)}
    about["software"] = software()
    if network:
        content = hashlib.sha256(Path(network).read_bytes()).hexdigest()
        about["network"] = {"file": Path(network).name, "sha256": content}
    about["rests_on"] = rests_on(name, design)
    about["design_hash"] = _hash(about)
    return about


def rests_on(name: str, design: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what an experiment's runs rest on beside the dynamics: its rows, defaults and code (`sources`)."""
    from simulation.parameters import SPECIFICATIONS

    defaults = {each: str(one.default) for each, one in sorted(SPECIFICATIONS.items())}
    code = code_hashes(str(load(name).__name__), "measure")
    return {"rows": _hash([{**row, "network": None} for row in design]), "defaults": defaults, "code": code}


def told_by(name: str) -> str:
    """Return a hash of all code that writes effects, figure and verdict from an experiment's runs."""
    own = code_hashes(str(load(name).__name__), "CLAIM", "effects", "figure", "verdict")
    return _hash(own | code_hashes(__name__, "_write"))


def _hash(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, default=float)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _measure(name: str, row: dict[str, Any], seed: int) -> dict[str, Any]:
    return load(name).measure(row, seed)


def _measure_all(
    name: str, rows: list[dict[str, Any]], seed: int, journal: Path, jobs: int | None
) -> list[dict[str, Any]]:
    """Return the numbers of all runs, in the order of the design; those in the journal are not run again."""
    if jobs != 1:
        compile_once()
    return collect(partial(_measure, name, seed=seed), rows, journal=journal, jobs=jobs, name=name)


def _write(module: ModuleType, text: str, about: dict[str, Any], folder: Path) -> Verdict:
    """Write what follows from runs, as ``runs.csv`` holds them, so that it can be written anew from there."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    runs = read_runs(text)
    table = module.effects(runs)
    verdict: Verdict = module.verdict(runs, table)
    figure = module.figure(runs)
    plt.close(figure)
    content = {
        "runs.csv": lambda path: path.write_bytes(text.encode()),
        "effects.csv": lambda path: table.to_csv(path, index=False),
        "figure.png": lambda path: figure.savefig(path, format="png"),
        "verdict.md": lambda path: path.write_text(_verdict_page(module.CLAIM, verdict)),
    }
    shown = {"verdict": verdict.kind, "ledger": _for_ledger(module.CLAIM, verdict, table)}
    write_folder(folder, {**about, **shown}, content)
    return verdict


def read_runs(text: str) -> pd.DataFrame:
    """Return the runs that ``runs.csv`` holds, every bit as it was."""
    # not the engine in C: before pandas 3 it is off by the last bit
    table = pd.read_csv(io.StringIO(text), engine="python", keep_default_na=False, na_values=[""])
    named = table["network"].astype(object)
    return table.assign(network=named.where(named.notna(), ""))  # no network: not a missing number


def _for_ledger(claim: Claim, verdict: Verdict, table: pd.DataFrame) -> dict[str, Any]:
    """Return what the ledger says of a run beside its kind of verdict."""
    rows = table[table["name"] == verdict.effect] if verdict.effect else table
    if rows.empty:
        raise ValueError(f"verdict names an effect that is not in the table: {verdict.effect!r}")
    effect = {"unit": "", **rows.iloc[0][["name", *rows.columns.intersection(["unit"]), "mean", "low", "high"]]}
    effect = {each: None if pd.isna(value) else value for each, value in effect.items()}
    return {"words": claim.words, "sentence": verdict.sentences[0] if verdict.sentences else "", "effect": effect,
            "fails": verdict.fails or claim.fails_where}  # fmt: skip


def _verdict_page(claim: Claim, verdict: Verdict) -> str:
    lines = [
        f"# {claim.words}", "", f"**{verdict.kind}**", "", *(f"- {each}" for each in verdict.sentences), "",
        f"Reading: {claim.reading}", "", f"Prediction, written before the runs: {claim.prediction}", "",
        f"Expected to fail where: {claim.fails_where}.", "",
        "Intervals are 95 % Student intervals over replicates; `effects.csv` has them all, with p-values adjusted by "
        "Holm's method.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
