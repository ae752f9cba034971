"""What has come out of every claim, and does it still stand? The table in ``results/README.md``.

A row is stale when what its runs rest on has changed since: how the experiment measures, the rows of its design, a
default, a measure or any other definition that they use, or the dynamics fingerprint. What leaves every bit alone in
the dynamics, and comments, docstrings and layout everywhere, make nothing stale. Effects, figure and words follow from
the stored runs: where their code has changed they are written anew, and nothing is run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulation.errors import InputError
from simulation.folders import MANIFEST, read_file, read_manifest
from simulation.provenance import software

from . import runner

BEGIN, END = "<!-- ledger: written by `connectors ledger` -->", "<!-- end of the ledger -->"
MANY = 4  # changed definitions that are named
HEADINGS = ("claim", "verdict", "effect, 95 % interval", "where it fails", "figure", "command", "minutes")
INTRODUCTION = f"""# Results

{BEGIN}
{END}
"""


def folders(results: Path) -> list[Path]:
    """Return the folders that hold a whole (not a quick) run of an experiment, in order of name."""
    found = []
    for path in sorted(results.glob(f"*/{MANIFEST}")):
        about = read_manifest(path.parent)
        if "experiment" in about and not about.get("quick"):
            found.append(path.parent)
    return found


def stale(folder: Path) -> list[str]:
    """Return what has changed since a folder's runs, each a short phrase; nothing where they still stand."""
    about = read_manifest(folder)
    name, then = about["experiment"], about.get("rests_on")
    if name not in runner.names():
        return [f"there is no experiment {name} any more"]
    reasons = [] if _is_whole(folder, about, "runs.csv") else ["runs.csv is missing, or not the one that was written"]
    if about["software"].get("dynamics_fingerprint") != software()["dynamics_fingerprint"]:
        reasons.append("the dynamics fingerprint has changed")
    if then is None:
        return [*reasons, "what it rests on was not written down"]
    network = about.get("network", {}).get("file")
    design = runner.load(name).design(quick=False, network=network, replicates=about.get("replicates"))
    now = runner.rests_on(name, design)
    if now["rows"] != then["rows"]:
        reasons.append("the design has changed")
    for each, value in then["defaults"].items():  # a parameter that is new alters nothing by itself
        if now["defaults"].get(each) != value:
            reasons.append(f"the default of {each} was {value} and is {now['defaults'].get(each, 'gone')}")
    code = sorted({*then["code"], *now["code"]})
    changed = [each for each in code if now["code"].get(each) != then["code"].get(each)]
    reasons += [f"{each} has changed" for each in changed[:MANY]]
    return reasons + [f"so have {len(changed) - MANY} more definitions"] * (len(changed) > MANY)


def is_told_otherwise(folder: Path) -> bool:
    """Return whether effects, figure or words are not what the code makes of a folder's runs now, or are damaged."""
    about = read_manifest(folder)
    if about.get("told_by") != runner.told_by(about["experiment"]):
        return True
    return not all(_is_whole(folder, about, name) for name in about["files"])


def _is_whole(folder: Path, about: dict[str, Any], name: str) -> bool:
    try:
        read_file(folder, about, name)
    except (InputError, KeyError):
        return False
    return True


def table(results: Path, reasons: dict[str, list[str]]) -> str:
    """Return the ledger as a Markdown table; ``reasons`` are those of `stale` by name of folder."""
    lines = [_line(HEADINGS), _line(["---"] * len(HEADINGS))]
    return "\n".join([*lines, *(_line(_cells(folder, reasons[folder.name])) for folder in folders(results))])


def _line(cells: Any) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _cells(folder: Path, reasons: list[str]) -> list[str]:
    about = read_manifest(folder)
    shown = about.get("ledger", {})
    command = f"connectors run {about['experiment']}"
    if "network" in about:
        command += f" --network {about['network']['file']}"
    if about["seed"] != 1:
        command += f" --seed {about['seed']}"
    if about.get("replicates"):
        command += f" --replicates {about['replicates']}"
    verdict = f"**{about['verdict']}**. {shown.get('sentence', '')}".strip()
    if reasons:
        verdict = f"**stale**: {'; '.join(reasons)}. Was: {verdict}"
    figure = f"[figure]({folder.name}/figure.png)" if "figure.png" in about["files"] else ""
    name = about["experiment"]
    words = shown.get("words") or (runner.load(name).CLAIM.words if name in runner.names() else name)
    return [f"[{words}]({folder.name}/verdict.md)", verdict, _effect(shown.get("effect")), shown.get("fails", ""),
            figure, f"`{command}`", _minutes(about)]  # fmt: skip


def _effect(effect: dict[str, Any] | None) -> str:
    if not effect or effect["mean"] is None:
        return ""
    within = "" if effect["low"] is None else f" [{effect['low']:+.3g}, {effect['high']:+.3g}]"
    return f"{effect['name']}: {effect['mean']:+.3g}{within} {effect['unit']}"


def _minutes(about: dict[str, Any]) -> str:
    if "seconds" not in about:
        return ""
    return f"{'more than ' if about.get('resumed') else ''}{about['seconds'] / 60:.1f}"


def page(results: Path, reasons: dict[str, list[str]]) -> str:
    """Return the page with the ledger between its marks; all else on it stays.

    Raises
    ------
    InputError
        A page without the marks: it is someone else's.
    """
    path = results / "README.md"
    text = path.read_text(encoding="utf-8") if path.exists() else INTRODUCTION
    if BEGIN not in text or END not in text.split(BEGIN, 1)[1]:
        raise InputError(f"{path}: has no place for the ledger; allowed: a page with the lines {BEGIN} and {END}")
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{table(results, reasons)}\n{END}{rest.split(END, 1)[1]}"


def write(results: Path, check: bool = False) -> list[str]:
    """Write the ledger and what follows from stored runs, or only check; return what is or was wrong, one line each.

    Parameters
    ----------
    results : Path
    check : bool
        Write nothing.

    Raises
    ------
    InputError
        No such folder, a damaged manifest, or a page that has no place for the ledger.
    """
    if not results.is_dir():
        raise InputError(f"folder: {str(results)!r} does not exist; allowed: the folder that holds the results")
    reasons = {folder.name: stale(folder) for folder in folders(results)}
    page(results, reasons)  # a page that is someone else's is refused before anything is written
    trouble = [f"{name} is stale: {'; '.join(each)}" for name, each in reasons.items() if each]
    for folder in folders(results):
        if not reasons[folder.name] and is_told_otherwise(folder):
            trouble.append(f"{folder.name}: effects, figure and words {'are not' if check else 'were not'} what the "
                           f"experiment makes of its runs{'' if check else '; written anew'}")  # fmt: skip
            if not check:
                runner.tell(folder)
    text, path = page(results, reasons), results / "README.md"
    if check and not (path.exists() and path.read_text(encoding="utf-8") == text):
        trouble.append(f"{path} is not what `connectors ledger` writes")
    if not check:
        path.write_text(text, encoding="utf-8")
    return trouble
