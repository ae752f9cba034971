"""How is one thing measured apart from all others? Fresh processes and their memory."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WARNING = "These figures hold for this machine, in the state in which it was; another one will differ."
ROOT = Path(__file__).parents[2]


def status_bytes(field: str) -> int | None:
    """Return a size from Linux's account of this process, as ``VmHWM`` or ``VmRSS``; None elsewhere."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith(field + ":")).split()[1])
    return None


def peak_memory() -> int | None:
    """Return the largest resident size of this process so far in bytes, or None where the system does not tell.

    Linux's own count is preferred: ``getrusage`` starts from the size of the process that started this one.
    """
    peak = status_bytes("VmHWM")
    if peak is not None:
        return peak
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def fresh_peak() -> int | None:
    """Let the count of the largest size begin anew from the present size, where Linux allows it; return the count."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak_memory()


def apart(what: str, *, cache: str | None = None, **arguments: Any) -> Any:
    """Return what ``measure.WHAT`` gives for these arguments in a fresh process.

    Raises
    ------
    ChildProcessError
        It died, as where memory ran out.
    """
    child = in_child(["-m", "simulation.bench", what, json.dumps(arguments)],
                     None if cache is None else {"CONNECTORS_CACHE": cache})  # fmt: skip
    return json.loads(child.splitlines()[-1])


def in_child(arguments: list[str], surroundings: Mapping[str, str] | None = None) -> str:
    """Return what a fresh Python prints, which finds this very package whatever lies in the folder where it starts."""
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    around = {**os.environ, "PYTHONPATH": os.pathsep.join(path), **(surroundings or {})}
    child = subprocess.run([sys.executable, "-P", *arguments], env=around, capture_output=True, text=True, check=False)
    if child.returncode:
        last = (child.stderr.strip().splitlines() or ["it was ended from outside, perhaps for lack of memory"])[-1]
        raise ChildProcessError(f"measuring {' '.join(arguments[1:])} failed (status {child.returncode}): {last}")
    return child.stdout


def processor() -> str:
    """Return the name of the processor as the system tells it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
