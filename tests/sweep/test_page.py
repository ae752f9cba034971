"""Does everything that the page on sweeps shows work as printed, in its order?"""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulation import sweep
from simulation.cli import main
from simulation.sweep.planfile import KINDS

PAGE = Path(sweep.__file__).with_name("README.md")
TEXT = PAGE.read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.mark.slow
def test_commands_in_their_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (plan,) = blocks("yaml")
    Path("plan.yaml").write_text(plan)
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(lines) >= 10
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "connectors"
        more = ["--jobs", "1"] if words[1] == "sweep" else []
        result = CliRunner().invoke(main, [*words[1:], *more])
        assert result.exit_code == 0, f"{line}\n{result.output}"
    assert {each.name for each in Path().iterdir()} >= {
        "first-ties.png", "second-followers_gini.png", "third-ties-sensitivity.png", "fourth-ties-sensitivity.png",
    }  # fmt: skip
    duckdb = pytest.importorskip("duckdb", reason="pip install duckdb, or connectors[dev]")
    (query,) = blocks("sql")
    assert len(duckdb.sql(query.replace("cost", "attention")).fetchall()) == 3


@pytest.mark.slow
def test_python(tmp_path, monkeypatch, capsys):
    import matplotlib

    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    (block,) = blocks("python")
    names = {"__name__": "__main__"}
    monkeypatch.setattr(sweep.sweep, "__kwdefaults__", {**sweep.sweep.__kwdefaults__, "executor": "serial"})
    exec(compile(block, "README.md", "exec"), names)
    assert "every number agrees" in capsys.readouterr().out
    assert Path("fifth.png").stat().st_size > 5_000


def test_every_design_is_named():
    named = set(re.findall(r"`([a-z-]+)`", TEXT.split("## Designs")[1].split("Replicate k")[0]))
    assert {kind.replace(" ", "-") for kind in KINDS} <= named


def test_links_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert "://" in target or (PAGE.parent / target).exists(), target
