"""How do several files of one folder change together, whatever kills the process?

They are written into a folder inside the folder, made durable, and declared complete by one rename; only then does
each move to its place, the manifest last. Until that rename all the old files are there; after it all the new ones
are, for a reader looks among the complete ones first. The manifest is a JSON file with the sha256 of every other file,
so that whatever else happens to the folder is found out.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .errors import InputError

MANIFEST = "provenance.json"
WRITING = ".writing-"  # and random digits: not complete, never read
COMPLETE = ".complete"  # complete, partly moved to its place


def write_folder(folder: Path, manifest: Mapping[str, Any], writers: Mapping[str, Callable[[Path], None]]) -> None:
    """Write files and their manifest into a folder: a reader finds all of the old ones or all of the new ones.

    One process at a time may write into a folder.

    Parameters
    ----------
    folder : Path
        Made where it does not exist. Files of an earlier manifest are replaced or, where not written again, removed;
        everything else in it is left alone.
    manifest : mapping
        What JSON holds; ``files`` is added to it.
    writers : mapping of str to function
        Name of a file, and what writes it to a path.

    Raises
    ------
    InputError
        A folder that holds something else or cannot be written: nothing has changed.
    OSError
        A disk that is full or fails: nothing has changed.
    """
    new, staging = _begin(folder, (*writers, MANIFEST))
    try:
        files = {}
        for name, write in writers.items():
            write(staging / name)
            files[name] = {"bytes": (staging / name).stat().st_size, "sha256": _sha256(staging / name)}
        text = json.dumps({**manifest, "files": files}, indent=2, allow_nan=False, default=_plain) + "\n"
        (staging / MANIFEST).write_text(text, encoding="utf-8")
        for path in (*staging.iterdir(), staging):
            make_durable(path)
        staging.rename(folder / COMPLETE)
    except OSError as problem:
        raise OSError(f"{_cannot(folder, problem)}; nothing in it has changed") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)  # not there any more where all went well
        with contextlib.suppress(OSError):  # it holds the files
            if new:
                folder.rmdir()
    try:
        _put_in_place(folder)
    except OSError as problem:
        raise OSError(f"{_cannot(folder, problem)}; the new files are in its {COMPLETE}") from None


def _begin(folder: Path, names: tuple[str, ...]) -> tuple[bool, Path]:
    """Return whether a folder is new and where to write first, after clearing up what a killed process left."""
    staging = folder / f"{WRITING}{secrets.token_hex(4)}"
    new = False
    try:
        refuse_other_content(folder, names)
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        for cut_off in folder.glob(f"{WRITING}*"):
            shutil.rmtree(cut_off)
        _put_in_place(folder)
        staging.mkdir()
    except OSError as problem:
        if new and folder.is_dir():
            folder.rmdir()
        raise InputError(f"{_cannot(folder, problem)}; allowed: a folder that you may write to") from None
    return new, staging


def _cannot(folder: Path, problem: OSError) -> str:
    return f"folder: {str(folder)!r} cannot be written: {os.strerror(problem.errno) if problem.errno else problem}"


def prepare_folder(folder: Path) -> None:
    """Make a folder that results will go to, before the work begins that leads to them.

    Raises
    ------
    InputError
        A folder that holds something else, a file in the way, or no permission.
    """
    _, staging = _begin(folder, ())
    staging.rmdir()


def refuse_other_content(folder: Path, names: Iterable[str] = ()) -> None:
    """Raise InputError unless a folder is absent, empty (hidden files apart), or holds files with their manifest."""
    if not folder.is_dir():
        return  # a file in the way: mkdir says so
    allowed = "allowed: a new or empty folder, or one that holds a record"
    found = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    try:
        if found and not (folder / COMPLETE / MANIFEST).exists():
            _parse_manifest(folder / MANIFEST)
    except InputError:
        raise InputError(f"folder: {str(folder)!r} holds {found[0]!r} but no record; {allowed}") from None
    for name in names:
        if (folder / name).is_dir():
            raise InputError(f"folder: {str(folder / name)!r} is a folder, where a file must be written; {allowed}")


def _put_in_place(folder: Path) -> None:
    """Move complete files to their places; a process that was killed in the middle is finished by the next one."""
    complete = folder / COMPLETE
    if not complete.exists():
        return
    if (complete / MANIFEST).exists():
        make_durable(folder)
        new = _parse_manifest(complete / MANIFEST)["files"]
        with contextlib.suppress(InputError):
            for name in set(_parse_manifest(folder / MANIFEST)["files"]) - set(new):
                (folder / name).unlink(missing_ok=True)
        for name in new:
            if (complete / name).exists():
                (complete / name).replace(folder / name)
        (complete / MANIFEST).replace(folder / MANIFEST)
    shutil.rmtree(complete)
    make_durable(folder)


def make_durable(path: Path) -> None:
    """Have a file, or what a folder lists, on the disk itself."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    number = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain(value: Any) -> Any:
    """Return a numpy number or array as JSON holds it."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


# --- reading ----------------------------------------------------------------------------------------------------


def _places(folder: Path) -> Iterator[Path]:
    """Yield the folders in which to look for a file, the first one first."""
    if (folder / COMPLETE / MANIFEST).exists():
        yield folder / COMPLETE
    yield folder


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a folder.

    Raises
    ------
    InputError
        No folder, no manifest in it, or one that cannot be read.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise InputError(f"folder: {str(folder)!r} {what}; allowed: a folder that holds a record")
    return _parse_manifest(next(_places(folder)) / MANIFEST)


def _parse_manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"folder: {str(path.parent)!r} holds no record: {path.name} is missing") from None
    except (OSError, ValueError) as problem:  # not UTF-8 and not JSON are ValueErrors
        raise InputError(f"{path}: cannot be read, or is damaged: {problem}") from None
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(files, dict) or not all(
        Path(name).name == name and isinstance(about, dict) and {"bytes", "sha256"} <= set(about)
        for name, about in files.items()
    ):
        raise InputError(f"{path}: is no record's: it does not list files of this folder with their sha256")
    return manifest


def read_file(folder: Path, manifest: Mapping[str, Any], name: str) -> bytes:
    """Return the content of a file, which is the one that the manifest means.

    Raises
    ------
    InputError
        It is missing, damaged or another one's.
    """
    expected = manifest["files"][name]
    path = next((place / name for place in _places(folder) if (place / name).exists()), folder / name)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: is missing, though {MANIFEST} lists it") from None
    except OSError as problem:
        raise InputError(f"{path}: cannot be read: {problem.strerror or problem}") from None
    if hashlib.sha256(content).hexdigest() != expected["sha256"]:
        sizes = f"{len(content)} bytes, {expected['bytes']} when written; the sha256 differs from {MANIFEST}'s"
        raise InputError(f"{path}: is damaged, or belongs to another record than the rest ({sizes})")
    return content
