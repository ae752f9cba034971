"""Does the reader of a verification get all of it: table, page, figures, provenance, and a status?"""

import json
import re
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from simulation import cli
from simulation.errors import InputError
from simulation.provenance import software
from simulation.verification import CHECKS, Means, Pmf, report, suite, verify

from .synthetic import BAD, BLIND, GOOD, check

matplotlib.use("Agg")


@pytest.fixture
def checks(monkeypatch):
    """The suite consists of checks without a simulation; returns a function that chooses which."""
    kept = dict(CHECKS)
    monkeypatch.setattr(cli, "get_compiled", lambda quiet=False: None)

    def choose(*chosen):
        CHECKS.clear()
        CHECKS.update({each.name: each for each in chosen})

    choose(*GOOD)
    yield choose
    CHECKS.clear()
    CHECKS.update(kept)


def connectors(*arguments):
    return CliRunner().invoke(cli.main, ["verify", *map(str, arguments)])


# --- the command ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("more", "status"), [((), 0), ((BAD,), 1), ((BLIND,), 1)])
def test_the_status_tells_whether_all_hold(checks, more, status):
    checks(*GOOD, *more)
    result = connectors("--quick")
    assert result.exit_code == status, result.output
    lines = result.stdout.splitlines()
    assert lines[0].split() == list(report.HEAD)
    shown = {line.split()[0]: line.split()[-1] for line in lines[1 : 1 + len(CHECKS)]}
    assert shown == {
        each.name: {"wrong": "rejected", "asleep": "blind"}.get(each.name, "holds") for each in (*GOOD, *more)
    }
    assert f"{len(GOOD)} of {len(CHECKS)} laws hold" in result.stdout


@pytest.mark.usefixtures("checks")
@pytest.mark.parametrize(
    "options", [["--quick"], ["--only", "means"], ["--quick", "--only", "exact", "--only", "means"]]
)
def test_nothing_is_written_for_a_part(tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    result = connectors(*options)
    assert result.exit_code == 0, result.output
    assert list(tmp_path.iterdir()) == []
    names = [options[at + 1] for at, each in enumerate(options) if each == "--only"] or list(CHECKS)
    assert [line.split()[0] for line in result.stdout.splitlines()[1 : 1 + len(names)]] == names


@pytest.mark.usefixtures("checks")
def test_a_full_run_writes_to_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = connectors()
    assert result.exit_code == 0, result.output
    assert (tmp_path / "results/verification/README.md").exists()
    assert connectors().exit_code == 0  # its own folder is replaced


@pytest.mark.usefixtures("checks")
def test_json(tmp_path):
    result = connectors("--quick", "--json", "--seed", 7)
    told = json.loads(result.stdout)
    assert told["all_hold"] is True
    assert told["checks"] == json.loads(json.dumps([
        {**each.row(), "seconds": told["checks"][at]["seconds"]} for at, each in enumerate(verify(quick=True, seed=7))
    ]))  # fmt: skip
    assert told["checks"] != json.loads(connectors("--quick", "--json", "--seed", 8).stdout)["checks"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--only", "storage-ordr"], "did you mean 'storage-order'?"),
        (["--seed", "-1"], "allowed"),
        (["--nope"], "No such option"),
    ],
)
def test_bad_input_is_refused(options, said):
    result = connectors(*options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


@pytest.mark.usefixtures("checks")
def test_a_folder_with_something_else_is_refused_before_anything_is_run(tmp_path, monkeypatch):
    (tmp_path / "thesis.txt").write_text("mine")
    monkeypatch.setattr(suite, "power", None)  # a check that is run would fail
    result = connectors("--out", tmp_path)
    assert result.exit_code == 2
    assert "thesis.txt" in result.stderr
    with pytest.raises(InputError, match=r"thesis\.txt"):
        report.write([], tmp_path, seed=1, quick=True)
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


# --- the folder -------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(checks, tmp_path):
    """What is left by three laws that hold, one that is rejected and one tested blindly."""
    checks(*GOOD, BAD, BLIND)
    assert connectors("--quick", "--out", tmp_path / "out").exit_code == 1
    return tmp_path / "out"


def test_the_folder_holds_page_table_figures_and_provenance(folder):
    figures = {f"check-{name}.png" for name in CHECKS}
    assert {each.name for each in folder.iterdir()} == figures | {"README.md", "table.csv", "provenance.json"}
    about = json.loads((folder / "provenance.json").read_text())
    assert about["software"]["dynamics_fingerprint"] == software()["dynamics_fingerprint"]
    assert (about["seed"], about["quick"], about["all_hold"]) == (2009, True, False)
    assert set(about["files"]) == figures | {"README.md", "table.csv"}
    table = pd.read_csv(folder / "table.csv")
    assert list(table["check"]) == list(CHECKS)
    assert list(table["verdict"]) == ["holds", "holds", "holds", "rejected", "blind"]
    assert np.all((table["power"] >= 0) & (table["power"] <= 1))


def test_the_page_tells_of_every_check_and_shows_every_figure(folder):
    page = (folder / "README.md").read_text()
    for name, each in CHECKS.items():
        assert f"| [{name}](#{name}) |" in page
        assert f"\n### {name}\n" in page
        for text in (each.subject, each.source, each.conditions, each.control):
            assert text in page
    assert sorted(re.findall(r"\]\((check-.*?\.png)\)", page)) == sorted(each.name for each in folder.glob("*.png"))
    assert r"law\_of \| means" in page  # not as a column of a table, nor in italics
    assert "0.667" in page
    assert "no evidence for feedback" in page
    assert "**rejected**" in page
    assert "**blind**" in page


def test_the_page_says_where_the_way_to_infinitely_many_agents_is_seen(checks):
    limit = replace(GOOD[0], converges="numbers")
    checks(limit, GOOD[1])
    page = report.page(verify(quick=True), seed=1, quick=True)
    assert "- Number of agents: the way to infinitely many is the check numbers\n" in page
    assert "- Number of agents: three, for the limit of means\n" in page


def test_the_page_lists_laws_that_the_model_does_not_satisfy(monkeypatch):
    monkeypatch.setattr(report, "NOT_SATISFIED", [("a law", "for a reason")])
    assert "- **a law**: for a reason." in report.page([], seed=1, quick=True)
    monkeypatch.setattr(report, "NOT_SATISFIED", [])
    assert "None is known." in report.page([], seed=1, quick=True)


@pytest.mark.usefixtures("checks")
def test_the_page_of_a_part_tells_what_was_not_run():
    assert "Not run this time: numbers, exact." in report.page(verify(quick=True, only=["means"]), seed=1, quick=True)
    assert "Not run" not in report.page(verify(quick=True), seed=1, quick=True)


# --- the figures ------------------------------------------------------------------------------------------------

LAWS = {
    "one mean": (Means(np.array([2.0]), np.array([0.3]), "x", "y"), lambda random, n: random.normal(2, 1, (n, 1))),
    "two lines": (
        Means(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 5.0, 1.0, 5.0]), "x", "y"),
        lambda random, n: random.normal([1, 2, 3, 4], 1, (n, 4)),
    ),
    "wide": (Pmf(np.full(200, 0.005), "x"), lambda random, n: random.integers(0, 200, n)),
    "long tail": (
        Pmf(1 / (np.arange(1.0, 3000) * np.arange(2.0, 3001)), "x"),
        lambda random, n: (1 / random.random(n)).astype(np.int64) - 1,
    ),
    "named lines": (
        Means(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 5.0, 1.0, 5.0]), "x", "y", lines=("one", "two")),
        lambda random, n: random.normal([1, 2, 3, 4], 1, (n, 4)),
    ),
    "categories": (
        Means(np.array([1.0, 4.0, 2.0]), np.arange(3), "", "y", ("a", "b", "c")),
        lambda random, n: random.normal([1, 4, 2], 1, (n, 3)),
    ),
    "no spread": (Means(np.zeros(2), np.arange(2), "", "y", ("a", "b"), exact=True), lambda _, n: np.ones((n, 2))),
}


@pytest.mark.usefixtures("checks")
@pytest.mark.parametrize("kind", LAWS)
def test_every_kind_of_law_is_drawn_with_both_samples(checks, kind):
    import matplotlib.pyplot as plt

    from simulation.verification.drawing import draw_check

    law, draw = LAWS[kind]
    checks(check(kind, law, lambda seed, n, altered: draw(np.random.default_rng(seed), n)))
    (result,) = verify(quick=True)
    figure = draw_check(result)
    figure.canvas.draw()
    above, below = figure.axes
    of_law = {"law: one", "law: two"} if kind == "named lines" else {"law"}
    assert {text.get_text() for text in above.get_legend().get_texts()} == of_law | {"simulated", "rule altered"}
    drawn = [line for line in above.lines if line.get_color() == "0.25"]
    assert len(drawn) == (2 if kind in ("two lines", "named lines") else 1)
    joined = [line.get_linestyle() for line in drawn]
    if kind in ("categories", "no spread"):
        assert joined == ["None"]  # nothing lies between categories
    else:
        assert "None" not in joined
        assert len(set(joined)) == (2 if kind == "named lines" else 1)
    low, high = below.get_ylim()
    points = np.concatenate([np.asarray(line.get_ydata(), float) for line in below.lines])
    assert np.all((low <= points) & (points <= high))
    plt.close(figure)
