"""Does everything that the README shows work as printed?"""

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
SHELL = [line.split(" #")[0].strip() for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
         for line in block.splitlines()]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("block", PYTHON, ids=range(len(PYTHON)))
def test_python(block, tmp_path, monkeypatch, capsys):
    import matplotlib

    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {"__name__": "__main__"})


def test_there_are_blocks():
    assert len(PYTHON) >= 3 and len(SHELL) >= 8


@pytest.mark.parametrize("line", [line for line in SHELL if line.startswith("connectors")])
def test_commands_exist_with_these_options(line):
    from simulation.cli import main

    words = shlex.split(line)[1:]
    command = main.commands[words[0]]
    known = {option for parameter in command.params for option in parameter.opts}
    used = {word for word in words[1:] if word.startswith("--")}
    assert used <= known, f"{line}: {used - known}"


def test_links_and_pictures_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for line in SHELL:
        if line.startswith("make"):
            assert set(line.split()[1:]) <= targets, line
