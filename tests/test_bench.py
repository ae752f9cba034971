"""Are the benchmark's figures complete, right in their arithmetic, and fit for JSON?"""

import json
import os

import pytest

from simulation import bench, compiled
from simulation.errors import InputError

FIGURES = {"agents", "runs", "ticks", "warm_up", "ties", "deliveries", "deliveries_per_agent_tick", "lost_share",
           "seconds", "deliveries_per_second", "ns_per_delivery", "setup_seconds", "bytes_per_tie", "bytes_per_agent",
           "peak_bytes"}  # fmt: skip
RESULT = {"schema_version", "measured", "software", "environment", "compiled", "workload", "sizes", "compile_seconds",
          "warning"}  # fmt: skip


@pytest.fixture
def tiny(monkeypatch):
    """Measure in this process, two short runs of whatever size."""
    monkeypatch.setattr(bench, "_apart", lambda agents, runs, ticks: bench.measure(agents, 2, 2, 1))
    monkeypatch.setattr(bench, "software", lambda: {"name": "connectors", "version": "0", "dynamics_fingerprint": ""})
    monkeypatch.setattr(bench, "fresh_peak", bench.peak_memory)  # pytest's own count is left alone


def test_figures_of_one_size():
    figures = bench.measure(agents=30, runs=3, ticks=2, warm_up=1)
    assert set(figures) == FIGURES
    assert len(figures["seconds"]) == 3
    each = figures["ns_per_delivery"]
    assert 0 < each["min"] <= each["median"] <= each["max"]
    assert figures["deliveries_per_second"] * each["median"] == pytest.approx(1e9)
    assert figures["deliveries_per_agent_tick"] == figures["deliveries"] / (30 * 2)
    assert figures["bytes_per_tie"] >= 8


def test_all_sizes_as_json(tiny):
    seen = []
    result = bench.bench([20, 30], done=seen.append)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert set(result) == RESULT
    assert [each["agents"] for each in result["sizes"]] == [20, 30]
    assert seen == result["sizes"]
    assert result["compile_seconds"] is None
    assert "this machine" in result["warning"]


def test_table(tiny):
    result = bench.bench([20])
    line = bench.line(result["sizes"][0])
    assert len(line) == len(bench.HEAD)
    assert line.split()[0] == "20"
    assert result["environment"]["processor"] in bench.ending(result)
    assert bench.WARNING in bench.ending(result)
    assert "12 s from nothing" in bench.ending({**result, "compile_seconds": 12.3})
    assert bench.line({**result["sizes"][0], "peak_bytes": None}).split()[-2] == "-"


@pytest.mark.parametrize("sizes", [[], [1], [100, 0]])
def test_sizes_that_cannot_be(sizes):
    with pytest.raises(InputError, match=">= 2"):
        bench.bench(sizes)


def test_the_work_is_what_is_promised():
    if compiled.interpreting():
        pytest.skip("interpreted, a size at which this can be judged takes minutes")
    figures = bench.measure(agents=1000, runs=1)
    assert 8 <= figures["deliveries_per_agent_tick"] <= 12
    assert figures["lost_share"] <= 0.05


def test_peak_memory_grows_with_what_is_held():
    before = bench.peak_memory()
    if before is None:
        pytest.skip("this system does not tell")
    held = b"x" * (before + 2**26)
    assert bench.peak_memory() - before >= 2**26
    del held


def test_compiled_or_not(monkeypatch, tmp_path):
    monkeypatch.setattr(compiled, "_VARIANTS", {})
    monkeypatch.setenv("CONNECTORS_CACHE", str(tmp_path))
    assert bench.needs_compiling() is not compiled.interpreting()
    if not compiled.interpreting():
        kept = bench.Path(compiled.engine().advance.stats.cache_path)
        kept.mkdir(parents=True, exist_ok=True)
        (kept / "engine.advance.1.nbc").touch()
        assert not bench.needs_compiling()


@pytest.mark.slow
def test_a_fresh_process():
    figures = bench._apart(20, 2, 2)
    assert set(figures) == FIGURES
    if os.path.exists("/proc/self/clear_refs"):
        assert 0 <= figures["peak_bytes"] < 2**27  # the interpreter and its libraries are not in it


@pytest.mark.slow
def test_a_measurement_that_dies_says_why():
    with pytest.raises(ChildProcessError, match=r"measuring 1 agents failed \(status 1\): .*agents: 1; allowed"):
        bench._apart(1, 1, 1)
