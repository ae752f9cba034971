"""Do the packaging files agree with each other, and do they install anywhere?"""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import simulation

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = (ROOT / "constraints.txt").read_text().splitlines()

# A folder of one machine, or the host of a package registry; put together so that this file passes its own test.
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:home|Users|root|tmp|work|opt)/\w")
REGISTRY = re.compile("|".join(re.escape(name + end) for name, end in [("pypi.", "org"), ("python", "hosted.")]))


def name_of(requirement):
    """Return the normalized name of a requirement: 'Pandas_stubs>=2' gives 'pandas-stubs'."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def offences(text):
    """Return what in a text belongs to one machine or one registry."""
    return [found[0] for pattern in (MACHINE_PATH, REGISTRY) for found in pattern.finditer(text)]


def test_every_line_of_the_constraints_is_a_plain_pin():
    assert [line for line in PINS if not re.fullmatch(r"[\w.-]+==[\w.]+( ; [\w .<>='!]+)?", line)] == []


def test_every_direct_dependency_is_pinned():
    extras = PROJECT["optional-dependencies"].values()
    wanted = {name_of(line) for group in [PROJECT["dependencies"], *extras] for line in group}
    assert wanted - {name_of(line) for line in PINS} == set()


def test_one_version_everywhere():
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert PROJECT["version"] == cited[1] == simulation.__version__


def test_changelog_keeps_apart_what_alters_results():
    unreleased = (ROOT / "CHANGELOG.md").read_text().split("\n## ")[1]
    assert unreleased.startswith("[Unreleased]")
    assert "### Changes that alter results" in unreleased


def test_every_folder_of_modules_is_shipped():
    folders = {path.parent for package in ("simulation", "experiments") for path in (ROOT / package).rglob("*.py")}
    assert {folder.name for folder in folders} >= {"simulation", "experiments"}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_file_of_the_lab_is_shipped():
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    lab = ROOT / "simulation" / "lab"
    shipped = {path for pattern in (*patterns["*"], *patterns["simulation.lab"]) for path in lab.glob(pattern)}
    others = {path for path in lab.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc", ".png")}
    assert others - shipped == set() and len(others) > 8


def test_no_file_names_a_machine_or_a_registry():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = {}
    for name in filter(None, listed.stdout.split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in data and (bad := offences(data.decode(errors="replace"))):
            found[name] = bad
    assert found == {}


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("in " + "/home" + "/ada/connectors", True),
        ("--out=" + "/tmp" + "/x", True),
        ("https://" + "pypi." + "org/simple", True),
        ("see example.org/home/page and ./work/plan", False),
    ],
)
def test_the_search_for_machines_and_registries_finds_them(text, caught):
    assert bool(offences(text)) is caught
