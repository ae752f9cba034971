"""How do runs go beyond one machine? To a Dask scheduler that is there, or to workers asked of Slurm and its kin.

Dask brings batches to workers and back, and tries again what a dead worker held; everything else, the journal
included, stays with this process. CLUSTER.md shows it at work.
"""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..checks import whole
from ..errors import InputError, unknown_name
from .planfile import read_fields

SYSTEMS = {
    "slurm": "SLURMCluster", "pbs": "PBSCluster", "sge": "SGECluster", "lsf": "LSFCluster",
    "htcondor": "HTCondorCluster", "moab": "MoabCluster", "oar": "OARCluster", "local": "LocalCluster",
}  # fmt: skip
PATIENCE = 20  # seconds to wait for a scheduler


@contextmanager
def connected(cluster: str, jobs: int | None = None) -> Iterator[Any]:
    """Give a Dask client for as long as a sweep takes; workers that were asked for go with it.

    Parameters
    ----------
    cluster : str
        Address of a scheduler (``tcp://host:8786``), name of a queue system (``slurm``, as Dask's own configuration
        describes it), or a YAML or TOML file: ``system``, ``jobs``, and what dask-jobqueue takes for that system, as
        ``cores``, ``memory``, ``walltime``, ``queue``, ``account``.
    jobs : int, optional
        Jobs to ask the queue system for; by default what the file says, or 1.

    Raises
    ------
    InputError
        The extra is missing, nobody answers at the address, or the file does not say enough.
    """
    Client = _imported("distributed").Client
    if "://" in cluster:
        if jobs is not None:
            raise InputError(f"jobs: {jobs} with a scheduler that has its workers already; allowed: to leave it out")
        try:
            client = Client(cluster, timeout=PATIENCE)
        except (OSError, ValueError) as problem:
            raise InputError(f"cluster: {cluster!r} cannot be reached: {problem}; allowed: a Dask scheduler") from None
        with client:
            yield client
        return
    with _asked_for(cluster, jobs) as made, Client(made) as client:
        yield client


def _asked_for(cluster: str, jobs: int | None) -> Any:
    """Return a cluster of dask-jobqueue that has asked its queue system for workers."""
    system, wanted, about = described(cluster, jobs)
    made = _make(system, about)
    made.scale(jobs=wanted)
    return made


def described(cluster: str, jobs: int | None = None) -> tuple[str, int, dict[str, Any]]:
    """Return the queue system that a name or a file means, how many jobs, and what dask-jobqueue is to be told of one.

    Raises
    ------
    InputError
        No such system or file, or no number of jobs.
    """
    about: dict[str, Any] = {"system": cluster}
    if cluster.endswith((".yaml", ".yml", ".toml")):
        about = {"system": "slurm", **read_fields(Path(cluster))}
    system = about.pop("system")
    if system not in SYSTEMS:
        raise unknown_name("cluster", system, ["tcp://host:port", *SYSTEMS, "a YAML or TOML file"])
    wanted = whole("jobs", about.pop("jobs", 1) if jobs is None else jobs, 1)
    if "cores" in about:  # a run takes one core: threads of one process would wait for each other
        about.setdefault("processes", about["cores"])
    return system, wanted, about


def _make(system: str, about: Mapping[str, Any]) -> Any:
    module = _imported("dask_jobqueue.local" if system == "local" else "dask_jobqueue")
    kind = getattr(module, SYSTEMS[system])
    submit = (kind.job_cls.submit_command or "bash").split()[0]
    if shutil.which(submit) is None:  # Dask would wait for ever
        raise InputError(f"cluster: {system} needs {submit!r}, which is not here; allowed: where jobs are submitted")
    try:
        return kind(**about)
    except (TypeError, ValueError, RuntimeError) as problem:
        first = (str(problem).strip().splitlines() or [type(problem).__name__])[0].removesuffix(", for example:")
        raise InputError(f"cluster: {system} cannot be set up: {first}; allowed: as dask-jobqueue takes it") from None


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as missing:
        raise InputError(f"cluster: {missing}; allowed: after `pip install 'connectors[cluster]'`") from None
