"""Does the process that writes stay as small, however many runs there are?"""

import subprocess
import sys

import pytest

from .support import ROOT

SWEEP = """
import sys, tempfile
from pathlib import Path
from simulation.bench.processes import peak_memory
from simulation.sweep import grid, sweep, sweeping, worldruns

class Toy(worldruns.WorldRuns):
    def __call__(self, payload):
        settings, seed = payload
        return worldruns.Left({f"m{place}": seed / (place + 1) + settings["cost"] for place in range(20)})

runs = int(sys.argv[1])
sweeping.WorldRuns = Toy
with tempfile.TemporaryDirectory() as folder:
    done = sweep(grid(cost=[0.1, 0.9]), replicates=runs // 2, out=folder, executor="serial", settings={"agents": 9})
    assert done.provenance["runs"] == runs
    print(peak_memory(), len(list(Path(folder).iterdir())))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell the largest size")
def test_memory_and_files_do_not_grow_with_runs():
    found = {}
    for runs in (1000, 10_000):
        said = subprocess.run([sys.executable, "-c", SWEEP, str(runs)], cwd=ROOT, capture_output=True, text=True)
        assert said.returncode == 0, said.stderr
        found[runs] = list(map(int, said.stdout.split()))
    assert found[1000][1] == found[10_000][1] == 4  # design, provenance, runs, and the lock
    growth = found[10_000][0] - found[1000][0]
    # One group of rows of the table being written has 8 MB, and is there some three times over. A list of all
    # results, or of all rows as Python holds them, would take twice as much as is allowed here.
    assert growth < 30e6, f"{growth / 1e6:.1f} MB for 9000 runs"
