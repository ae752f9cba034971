"""What does the folder of a sweep hold, who may write into it, and how is it read?

While it runs: what the sweep is (``.design.json``), the journal of finished runs, and a lock that the system itself
frees when its holder dies. When all is done: tables in Parquet with their provenance, in one change. The journal stays
only where runs have failed, so that they can be tried again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import InputError
from ..folders import MANIFEST, make_durable, prepare_folder, read_file, read_manifest, write_folder
from ..parquet import read_table
from ..provenance import environment
from .identity import DESIGN, refuse_another, stored_identity
from .journal import Journal, frames
from .plan import Plan
from .tables import CLOCK, RunRows, kept, write_kept, write_runs

JOURNAL, LOCK = ".journal", ".lock"
SCHEMA_VERSION = 1


@contextlib.contextmanager
def locked(folder: Path, wait: bool = False) -> Iterator[None]:
    """Hold the folder for one sweep.

    Raises
    ------
    InputError
        Another process holds it, and we are not to wait.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=-1 if wait else 1.0, poll_interval=0.1)
    except Timeout:
        other = "allowed: another folder, or to wait for it (--wait)"
        raise InputError(f"out: {str(folder)!r} is being written by another sweep; {other}") from None
    try:
        yield
    finally:
        lock.release()


def is_running(folder: Path) -> bool:
    """Return whether a process holds the folder."""
    from filelock import FileLock, Timeout

    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK).acquire(timeout=0):
            return False
    except Timeout:
        return True


# --- what the sweep is ------------------------------------------------------------------------------------------


def begin(folder: Path, mine: Mapping[str, Any]) -> None:
    """Make a folder ready for a sweep: new, or one of the very same sweep."""
    prepare_folder(folder)
    refuse_another(folder, mine)
    try:
        manifest = read_manifest(folder)
    except InputError:
        manifest = {"files": {DESIGN: None}}
    if DESIGN not in manifest["files"]:
        raise InputError(f"out: {str(folder)!r} holds a record or an experiment; allowed: a new or empty folder")
    path = folder / f".{DESIGN}"
    if (folder / JOURNAL).exists() and not path.exists() and not manifest["files"].get(DESIGN):
        raise InputError(f"out: {str(folder)!r} holds runs, but not what they are of; allowed: an empty folder")
    if not path.exists():
        _write_whole(path, json.dumps(mine))


def _write_whole(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    make_durable(path.parent)  # before any run is kept: a journal must never lie there without it


def is_done(folder: Path) -> bool:
    """Return whether the final tables are there."""
    with contextlib.suppress(InputError):
        return DESIGN in read_manifest(folder)["files"]
    return False


def finish(folder: Path, plan: Plan, mine: Mapping[str, Any], journal: Journal, more: Mapping[str, Any],
           files: Mapping[str, bytes] | None = None) -> None:  # fmt: skip
    """Write the final tables, all of them or none; then the journal has served, unless runs have failed.

    Parameters
    ----------
    more : mapping
        What else the provenance is to tell.
    files : mapping of str to bytes, optional
        What else is stored, by name: the files that the plan came from.
    """
    rows = RunRows(plan, journal)
    writers: dict[str, Callable[[Path], Any]] = {"runs.parquet": partial(write_runs, rows)}
    for name in plan.keep:
        writers[f"{name}.parquet"] = partial(write_kept, journal, name)
    writers[DESIGN] = lambda path: path.write_text(json.dumps(mine) + "\n", encoding="utf-8")
    for name, content in (files or {}).items():
        writers[name] = partial(Path.write_bytes, data=content)
    about = {name: value for name, value in plan.as_dict().items() if name != "design"}
    design = {**plan.design.as_dict(), "points": len(plan.design.points)}
    design["about"] = {name: value for name, value in design["about"].items() if name != "unit"}
    provenance = {"schema_version": SCHEMA_VERSION, "software": mine["software"], "sweep": {"design": design, **about},
                  "runs": len(journal.where), "failures": journal.failures(), **more, "environment": environment(),
                  "written": datetime.now(UTC).isoformat(timespec="seconds")}  # fmt: skip
    write_folder(folder, provenance, writers)
    if not journal.failures():
        clear(folder)


def clear(folder: Path) -> None:
    """Remove what only an unfinished sweep needs."""
    for name in (JOURNAL, f".{DESIGN}"):
        (folder / name).unlink(missing_ok=True)


# --- reading ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Swept:
    """A sweep as it lies in a folder, finished or not.

    Attributes
    ----------
    folder : Path
    plan : Plan
    done : bool
        Whether the final tables are there; else the tables are of what is finished so far.
    """

    folder: Path
    plan: Plan = field(repr=False)
    done: bool

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per run: every parameter, run, point, replicate, seed, status, seconds, why it ended, measures."""
        return self._table("runs")

    @cached_property
    def series(self) -> pd.DataFrame:
        """One row per run and tick, where series were kept."""
        return self._table("series")

    @cached_property
    def agents(self) -> pd.DataFrame:
        """One row per run and agent, where agents were kept."""
        return self._table("agents")

    @property
    def failures(self) -> int:
        """Number of runs that did not go well."""
        return self.provenance["failures"] if self.done else int((self.runs["status"] != "ok").sum())

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """How it came about; empty before it is finished."""
        return read_manifest(self.folder) if self.done else {}

    @property
    def sources(self) -> list[str]:
        """Names of the files that the plan came from, as they lie in the folder."""
        return [name for name in self.provenance.get("files", ()) if name.startswith("plan.") or name.endswith(".csv")]

    @property
    def measures(self) -> list[str]:
        """Names of the measures that are numbers."""
        columns = list(self.runs.columns)
        last_parameter = max(columns.index(name) for name in (*CLOCK, *self.plan.design.names))
        known = {"run", "point", "replicate", "seed", *self._parameters()}
        return [name for name in columns[min(last_parameter, len(columns)) :]
                if name not in known and pd.api.types.is_numeric_dtype(self.runs[name])
                and name not in CLOCK]  # fmt: skip

    def _parameters(self) -> set[str]:
        from .worldruns import parameter_names

        return set(parameter_names(self.plan))

    def _table(self, name: str) -> pd.DataFrame:
        if self.done:
            manifest = read_manifest(self.folder)
            if f"{name}.parquet" not in manifest["files"]:
                raise InputError(f"folder: {str(self.folder)!r} has kept no {name}; allowed: one with --keep {name}")
            return read_table(read_file(self.folder, manifest, f"{name}.parquet"))
        journal = snapshot(self.folder)
        try:
            parts = RunRows(self.plan, journal).chunks() if name == "runs" else kept(journal, name)
            frames = [part.to_pandas() for part in parts]
        finally:
            journal.file.close()
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def snapshot(folder: Path) -> Journal:
    """Return the journal of a folder to read from, while another process may be writing into it."""
    return Journal(folder / JOURNAL, writing=False)


def load(folder: str | os.PathLike, measure: Callable | None = None) -> Swept:
    """Return the sweep in a folder.

    Raises
    ------
    InputError
        No sweep is there, or its files are damaged.
    """
    folder = Path(folder)
    found = stored_identity(folder) if folder.is_dir() else None
    if found is None:
        raise InputError(f"folder: {str(folder)!r} holds no sweep; allowed: a folder that `connectors sweep` wrote to")
    return Swept(folder, Plan.from_dict(found["plan"], measure), is_done(folder) and (folder / MANIFEST).exists())


def progress(folder: Path) -> tuple[int, int, list[float]]:
    """Return the number of finished and of failed runs, and when the last of them finished (s since 1970)."""
    path = folder / JOURNAL
    if not path.exists():
        return 0, 0, []
    found: dict[int, int] = {}
    when: deque[float] = deque(maxlen=200)
    with path.open("rb") as file:
        for _, _, run, status, then in frames(file):
            found[run] = status
            when.append(then)
    return len(found), sum(status != 0 for status in found.values()), list(when)
