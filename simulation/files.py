"""How is a file written so that nothing is ever half there?"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from .errors import InputError


def prepare_folder(folder: Path) -> Path:
    """Make a folder and make sure that it can be written.

    Raises
    ------
    InputError
        A file in the way, or no permission.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as problem:
        why = f"out: {str(folder)!r} cannot be written: {problem.strerror}"
        raise InputError(f"{why}; allowed: a folder that you may write to") from None
    return folder


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then rename it: readers see the old file or the new one."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        write(temporary)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
