"""What does a reader of a verification get? A table in the terminal, and a folder: page, table, figures, provenance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..folders import write_folder
from ..provenance import environment, software
from ..theory import no_preference_gini
from .check import Check, Means, Result
from .suite import CHECKS, FAMILY_ERROR, NOT_SATISFIED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEAD = ("check", "predicted", "simulated", "error", "z", "p", "power", "verdict")

# --- the table --------------------------------------------------------------------------------------------------


def cells(result: Result) -> tuple[str, ...]:
    """Return a row of the printed table, in the order of ``HEAD``."""
    row: Any = result.row()
    z = "exact" if row["z"] is None else f"{row['z']:+.2f}"
    error = "0" if row["z"] is None else f"{row['standard_error']:.2g}"
    values = (f"{row['predicted']:.5g}", f"{row['simulated']:.5g}", error, z)
    return (row["check"], *values, f"{row['p']:.2g}", f"{row['power']:.0%}", row["verdict"])


def table(results: Sequence[Result]) -> str:
    """Return the table as aligned text, with a closing line that counts the verdicts."""
    rows = [HEAD, *map(cells, results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = []
    for row in rows:
        name, *numbers, verdict = (
            f"{text:{'<' if column in (0, len(HEAD) - 1) else '>'}{width}}"
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join([name, *numbers, verdict]).rstrip())
    return "\n".join([*lines, "", summary(results)])


def summary(results: Sequence[Result]) -> str:
    """Return how many laws hold, are rejected, or were tested blindly."""
    count = {kind: sum(result.verdict == kind for result in results) for kind in ("holds", "rejected", "blind")}
    power = min((result.power for result in results), default=0.0)
    return (
        f"{count['holds']} of {len(results)} laws hold, {count['rejected']} rejected, {count['blind']} blind; "
        f"least power against a rule altered by 10 %: {power:.0%}"
    )


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """Return what --json prints: the rows of the table and whether all hold."""
    return {"all_hold": all_hold(results), "software": software(), "checks": [result.row() for result in results]}


def all_hold(results: Sequence[Result]) -> bool:
    """Return whether no law is rejected and no control went unnoticed."""
    return all(result.verdict == "holds" for result in results)


# --- the folder -------------------------------------------------------------------------------------------------


def write(results: Sequence[Result], folder: str | Path, *, seed: int, quick: bool) -> None:
    """Write the page, the table, a figure for each check and the provenance into a folder.

    Parameters
    ----------
    results : sequence of Result
    folder : path
        Gets ``README.md``, ``table.csv``, ``check-NAME.png`` for each check and ``provenance.json``.
    seed : int
        As given to `verify`.
    quick : bool
        Whether these are the fewer replicates.

    Raises
    ------
    InputError
        A folder that holds something else or cannot be written.
    """
    import matplotlib

    matplotlib.use("Agg")
    about = {"verification": [result.check.name for result in results], "seed": seed, "quick": quick,
             "all_hold": all_hold(results), "software": software(), "environment": environment(),
             "written": datetime.now(UTC).isoformat(timespec="seconds")}  # fmt: skip
    rows = pd.DataFrame([result.row() for result in results])
    writers: dict[str, Callable[[Path], Any]] = {
        "README.md": lambda path: path.write_text(page(results, seed=seed, quick=quick), encoding="utf-8"),
        "table.csv": lambda path: rows.to_csv(path, index=False),
    }
    for result in results:
        writers[figure_name(result)] = partial(_save, result)
    write_folder(Path(folder), about, writers)


def figure_name(result: Result) -> str:
    """Return the name of the file that holds a check's figure."""
    return f"check-{result.check.name}.png"


def _save(result: Result, path: Path) -> None:
    import matplotlib.pyplot as plt

    from .drawing import draw_check

    figure: Figure = draw_check(result)
    figure.savefig(path, format="png")
    plt.close(figure)


# --- the page ---------------------------------------------------------------------------------------------------

HOW_TO_READ = """\
A **check** takes a corner of the model whose law is known exactly, or a limit in which one becomes exact. It compares
independent replicates of the simulation with that law: means by Student's t with a standard error computed from the
replicates, whole distributions by Pearson's chi-square on cells that expect at least 5. All tests are two-sided. The
theory is code of its own (`simulation/theory/`), which imports nothing of the simulation.

**Error rate.** The chance that any law is rejected although all are true is at most {family:.0%}: each of the {total}
checks of the suite rejects at p < {threshold:.2g} (Bonferroni), whether all are run or one.

**Negative control.** The same law is held against a simulation in which one rule was altered by 10 %, or, where no rule
has a rate, in the least way there is, such as one tie more. A check that does not reject this one could not have
noticed such a fault: its verdict is *blind*, not *holds*. **Power** is how often the altered rule is rejected with as
many replicates, estimated by resampling them.

**Number of agents.** Some laws hold for every number of agents, others for infinitely many. Each of the latter is held
against the simulation at a size at which its error is below the precision, and the way there is a check of its own
(their names end in *-convergence*): at three sizes the distance from the limit must be the one that the exact law of
that size has, and that distance shrinks.

Laws that hold draw by draw, and not only on average, must be met to 1e-9 in every single replicate.

**How to read the table.** *Predicted* and *simulated* are the statistic that lies farthest from its law, in standard
errors; for a distribution they are its mean, and the test asks for more than that. *Error* is that standard error: to
what precision the law is seen to hold. *z* is the distance in such errors. *exact*: nothing varies between replicates.
*p* is that of all statistics or cells of the check together.

**How to read a figure.** Law in grey, simulation in blue, the altered rule in orange, 95 % intervals. Below: distances
from the law in standard errors; the band is what the largest may reach by chance at the threshold. For distributions
the test adds up the squares of all cells, so that many distances inside the band may count for as much as one beyond.
"""

INEQUALITY = """\
Growth without any preference already makes followers unequal: where each newcomer follows m people chosen uniformly,
the Gini coefficient of followers is (m + 1) / (2 m + 1), that is {one:.3f} for m = 1, {three:.3f} for m = 3, and above
0.5 for every m. A Gini above 0.5, or a few people with most of the followers, is therefore no evidence for feedback. No
figure or text here takes inequality alone for it; what tells feedback is the whole distribution, or an intervention.
"""


def page(results: Sequence[Result], *, seed: int, quick: bool) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    results : sequence of Result
    seed : int
    quick : bool
    """
    about = software()
    threshold = results[0].threshold if results else FAMILY_ERROR / len(CHECKS)
    missing = [name for name in CHECKS if name not in {result.check.name for result in results}]
    parts = [
        "# Which laws does the simulator obey?",
        f"{summary(results)}.",
        f"Version {about['version']}, dynamics fingerprint `{about['dynamics_fingerprint']}`, seed {seed}, "
        f"{'quick' if quick else 'full'} number of replicates. `connectors verify{' --quick' if quick else ''} --seed "
        f"{seed}` makes this page again; the numbers are the same on every machine of one architecture.",
        *([f"Not run this time: {', '.join(missing)}."] if missing else []),
        "## What is a check?",
        HOW_TO_READ.format(family=FAMILY_ERROR, total=len(CHECKS), threshold=threshold).rstrip(),
        "## The table",
        _markdown_table(results),
        "## Laws that the model as specified does not satisfy",
        _not_satisfied(),
        "## Inequality is no evidence for feedback",
        INEQUALITY.format(one=no_preference_gini(1), three=no_preference_gini(3)).rstrip(),
        "## The checks",
        *(_section(result) for result in results),
    ]
    return "\n\n".join(parts) + "\n"


def _escaped(text: str) -> str:
    """Return a text that Markdown shows as it is: a law may hold *, _, | and <."""
    for character in "\\*_|<>":
        text = text.replace(character, f"\\{character}")
    return text


def _markdown_table(results: Sequence[Result]) -> str:
    lines = [f"| {' | '.join(HEAD)} |", "|:--|--:|--:|--:|--:|--:|--:|:--|"]
    for result in results:
        name, *rest = cells(result)
        lines.append(f"| [{name}](#{name}) | {' | '.join(rest)} |")
    return "\n".join(lines)


def _not_satisfied() -> str:
    if not NOT_SATISFIED:
        return "None is known."
    lines = [f"- **{_escaped(name)}**: {_escaped(reason)}." for name, reason in NOT_SATISFIED]
    return "\n".join(["They are reported here, with the reason, and neither bent nor tested.", "", *lines])


def _precision(row: dict[str, Any]) -> str:
    """Return to what precision the worst statistic is known, also as a share of what is predicted."""
    if row["z"] is None:
        return "every replicate, to 1e-9"
    share = f", {abs(row['standard_error'] / row['predicted']):.2%} of the prediction" if row["predicted"] else ""
    return f"predicted {row['predicted']:.5g}, simulated {row['simulated']:.5g} with standard error " \
        f"{row['standard_error']:.2g}{share}"  # fmt: skip


def _agents(check: Check) -> str:
    """Return where the way to the law of infinitely many agents is seen, or for which law this check shows it."""
    if check.converges:
        return f"the way to infinitely many is the check {check.converges}"
    shown = ", ".join(name for name, each in CHECKS.items() if each.converges == check.name)
    return f"three, for the limit of {shown}" if shown else ""


def _section(result: Result) -> str:
    check, row = result.check, result.row()
    kind = "the whole distribution"
    if isinstance(result.law, Means):
        kind = "every replicate" if result.law.exact else "means"
    items = {
        "Law": check.law,
        "Source": check.source,
        "Conditions": check.conditions,
        "Number of agents": _agents(check),
        "Compared": f"{kind}, {row['replicates']} independent replicates",
        "Precision": _precision(row),
        "Negative control": f"{check.control}: p = {result.control_p:.2g}, power {result.power:.0%}",
    }
    lines = [f"- {name}: {_escaped(text)}" for name, text in items.items() if text]
    verdict = f"**{result.verdict}**, p = {result.p:.2g}"
    picture = f"![{check.name}: law, simulation and altered rule]({figure_name(result)})"
    return "\n\n".join([f"### {check.name}", f"{_escaped(check.subject)} {verdict}.", "\n".join(lines), picture])
