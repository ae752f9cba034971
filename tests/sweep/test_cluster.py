"""Do a real Dask scheduler and real workers give the same bits, one of them killed midway, and any other executor?"""

import json
import multiprocessing
import os
import re
import subprocess
import sys
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from pathlib import Path

import pytest

from simulation.errors import InputError
from simulation.sweep import Plan, cluster, executors, grid, sweep
from simulation.sweep.cluster import connected, described
from simulation.sweep.tasks import Task
from simulation.sweep.worldruns import WorldRuns

from .support import ROOT, assert_same, command, finished, kill, size_of_journal, tables, wait_until

ABOUT = {"replicates": 60, "ticks": 3, "settings": {"agents": 15}, "seed": 2, "keep": ["series"]}
WORDS = ("sweep", "open_world", "--vary", "find_rate=0.5,2", "--replicates", 60, "--ticks", 3, "--set", "agents=15",
         "--seed", 2, "--keep", "series")  # fmt: skip


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    sweep(grid(find_rate=[0.5, 2]), out=folder, executor="serial", **ABOUT)
    return tables(folder, ["runs", "series"])


@pytest.fixture
def dask(tmp_path):
    """Give the address of a scheduler, and its two workers: processes of their own on the loopback."""
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    file = tmp_path / "scheduler.json"
    line = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
            "--no-dashboard", "--scheduler-file", str(file)]  # fmt: skip
    quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen(line, **quiet)]
    line = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file), "--nthreads", "1",
            "--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path)]  # fmt: skip
    processes += [subprocess.Popen(line, **quiet) for _ in range(2)]
    try:
        yield str(file), processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def is_written(file):
    """Return whether a scheduler has written its address to the end."""
    return Path(file).exists() and Path(file).read_text().rstrip().endswith("}")


def address(file):
    """Return the address that a scheduler has written."""
    return json.loads(Path(file).read_text())["address"]


@pytest.mark.slow
def test_a_dask_cluster_of_which_a_worker_is_killed(tmp_path, dask, alone):
    file, workers = dask
    assert wait_until(lambda: is_written(file), workers[0], 120)
    folder = tmp_path / "sweep"
    process = command(*WORDS, "--cluster", address(file), "--out", folder, pause=0.05)
    assert wait_until(lambda: size_of_journal(folder) > 0, process, 240)
    kill(workers[0].pid)
    assert "120 runs, 0 failed" in finished(process)
    assert_same(tables(folder, ["runs", "series"]), alone)


# Stand-ins for Slurm's commands: a job's script is kept, as Slurm keeps it, and run at once; scancel ends it.
SBATCH = """#!/bin/bash
number=$$
cp "$1" "$SUBMITTED/$number.sh"
setsid bash "$SUBMITTED/$number.sh" > "$SUBMITTED/$number.out" 2>&1 < /dev/null &
echo $! > "$SUBMITTED/$number.pid"
echo "Submitted batch job $number"
"""
SCANCEL = '#!/bin/bash\nkill -- "-$(cat "$SUBMITTED/$1.pid")"\ntouch "$SUBMITTED/$1.ended"\n'


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the stand-in for Slurm needs bash and setsid")
def test_workers_asked_of_slurm(tmp_path, alone):
    """The script that dask-jobqueue submits does the work: of Slurm itself only its commands are played."""
    pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed")
    submitted, programs = tmp_path / "submitted", tmp_path / "programs"
    submitted.mkdir()
    programs.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    about = tmp_path / "slurm.yaml"
    about.write_text("jobs: 1\ncores: 1\nmemory: 1GB\nwalltime: '00:10:00'\nqueue: normal\n")
    around = {**os.environ, "SUBMITTED": str(submitted), "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    finished(command(*WORDS, "--cluster", about, "--out", tmp_path / "sweep", env=around))
    (script,) = submitted.glob("*.sh")
    assert "\n#SBATCH -p normal\n" in script.read_text() and "\n#SBATCH -t 00:10:00\n" in script.read_text()
    assert script.with_suffix(".ended").exists()  # the job ends with its sweep
    assert_same(tables(tmp_path / "sweep", ["runs", "series"]), alone)


def test_the_job_script_of_the_pages_file(tmp_path):
    """What the page's slurm.yaml becomes, as Slurm reads it: resources of one job, a worker process on each core."""
    slurm = pytest.importorskip("dask_jobqueue.slurm", reason="the extra `cluster` is not installed")
    (text,) = re.findall(r"```yaml\n(.*?)```", Path(cluster.__file__).with_name("CLUSTER.md").read_text(), re.DOTALL)
    (tmp_path / "slurm.yaml").write_text(text)
    system, jobs, about = described(str(tmp_path / "slurm.yaml"))
    assert (system, jobs) == ("slurm", 40)
    script = slurm.SLURMJob("tcp://10.0.0.1:8786", "connectors", **about).job_script().splitlines()
    assert script[0].startswith("#!/") and {line for line in script if line.startswith("#SBATCH")} >= {
        "#SBATCH -p normal", "#SBATCH -A networks", "#SBATCH -t 08:00:00", "#SBATCH -n 1",
        "#SBATCH --cpus-per-task=16", "#SBATCH --mem=30G",
    }  # fmt: skip
    (worker,) = [line for line in script if "dask_worker" in line]
    words = worker.split()
    assert words[:4] == [sys.executable, "-m", "distributed.cli.dask_worker", "tcp://10.0.0.1:8786"]
    assert words[words.index("--nworkers") + 1] == "16" and words[words.index("--nthreads") + 1] == "1"
    assert described("slurm", 3)[1] == described(str(tmp_path / "slurm.yaml"), 3)[1] == 3


@pytest.mark.slow
def test_a_pool_of_processes_of_ones_own(tmp_path, alone):
    before = multiprocessing.get_start_method(allow_none=True)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        sweep(grid(find_rate=[0.5, 2]), out=tmp_path, executor=pool, **ABOUT)
    assert_same(tables(tmp_path, ["runs", "series"]), alone)
    assert multiprocessing.get_start_method(allow_none=True) == before


class Breaking:
    """An executor that breaks after the first batch."""

    def __init__(self):
        self.done = 0

    def submit(self, function, *arguments):
        future, self.done = Future(), self.done + 1
        if self.done > 1:
            future.set_exception(BrokenExecutor("gone"))
        else:
            future.set_result(function(*arguments))
        return future

    def map(self):
        """Is there, as executors have it."""


def test_what_a_broken_executor_has_done_is_kept(tmp_path, alone):
    with pytest.raises(InputError, match=r"it broke .* the same command with another one goes on from here"):
        sweep(grid(find_rate=[0.5, 2]), out=tmp_path, executor=Breaking(), **ABOUT)
    assert size_of_journal(tmp_path) > 0
    sweep(grid(find_rate=[0.5, 2]), out=tmp_path, executor="serial", **ABOUT)
    assert_same(tables(tmp_path, ["runs", "series"]), alone)


def test_a_worker_with_other_software_does_nothing(tmp_path):
    plan = Plan(grid(find_rate=[0.5, 2]), **ABOUT)
    runs = WorldRuns(plan)
    runs.software = {**runs.software, "dynamics_fingerprint": "another"}
    with pytest.raises(InputError, match="the same software on all machines"):
        list(executors.results_of(runs, [Task(0, ({"find_rate": 1.0}, 1))], 1, Breaking()))


def test_what_no_cluster_is(tmp_path, monkeypatch):
    pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed")
    with pytest.raises(InputError, match="did you mean 'slurm'"), connected("slrum"):
        pass
    with pytest.raises(InputError, match="does not exist"), connected(str(tmp_path / "missing.yaml")):
        pass
    with pytest.raises(InputError, match="jobs: 3 with a scheduler"), connected("tcp://127.0.0.1:1", jobs=3):
        pass
    monkeypatch.setattr(cluster.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match="slurm needs 'sbatch', which is not here"), connected("slurm"):
        pass


@pytest.mark.parametrize("where", ["tcp://127.0.0.1:8786", "slurm"])
def test_without_the_extra(monkeypatch, where):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'connectors\[cluster\]'"), connected(where):
        pass
