"""How are sweeps started from a terminal, killed, and their tables compared?"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
from click.testing import CliRunner

from simulation.cli import main
from simulation.sweep import load
from simulation.sweep.tables import CLOCK

ROOT = Path(__file__).parents[2]


def command(*words, store="right", pause=0.0, **how):
    """Start `connectors` in a process group of its own, with a store that may be wrong."""
    line = [sys.executable, "-m", "tests.sweep.toys", store, str(pause), *map(str, words)]
    return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            start_new_session=True, **how)  # fmt: skip


def finished(process, status=0, timeout=300):
    """Wait for a command, and return what it said."""
    try:
        said, errors = process.communicate(timeout=timeout)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    assert process.returncode == status, said + errors
    return said + errors


def here(*words, status=0):
    """Do a command in this process, which is faster where nothing is killed; return what it said."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == status, result.output
    return result.output


def children(pid):
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in found.read_text().split()] if found.exists() else []


def size_of_journal(folder):
    path = Path(folder) / ".journal"
    return path.stat().st_size if path.exists() else 0


def wait_until(condition, process, patience=60.0):
    """Wait until something is so, while a process lives; return whether it came so."""
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        if condition():
            return True
        time.sleep(0.002)
    return False


def kill(pid, how=signal.SIGKILL):
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        pass


def tables(folder, names=("runs", "series", "agents")):
    """Return final tables sorted by run (and tick, and agent), without clock times and names of workers."""
    swept = load(folder)
    assert swept.done
    found = {}
    for name in names:
        table = getattr(swept, name)
        by = [each for each in ("run", "tick", "agent") if each in table]
        found[name] = table.sort_values(by, ignore_index=True).drop(columns=list(CLOCK), errors="ignore")
    return found


def assert_same(one, other):
    """Compare tables bit for bit."""
    assert one.keys() == other.keys()
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, other[name], check_exact=True, obj=name)
        bits = [pd.util.hash_pandas_object(each, index=False).tolist() for each in (table, other[name])]
        assert bits[0] == bits[1], name
