"""Does the ledger say what came out, and notice every change that matters and none that does not?"""

import json
import re

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from experiments import giving_grows_followers as giving
from experiments import ledger, runner, sources
from experiments.claims import Claim, Verdict
from simulation import folders
from simulation.cli import main
from simulation.errors import InputError

NAME = "giving_grows_followers"

matplotlib.use("Agg")


@pytest.fixture
def results(tmp_path):
    """A folder with one run of the experiment, as the runner leaves it, and the page; nothing is simulated."""
    place = tmp_path / "results"
    design = giving.design(replicates=2)
    about = runner._provenance(NAME, design, 1, False, None)
    table = pd.DataFrame([{"name": "twins: followers", "unit": "followers", "mean": 18.5, "low": 16.7, "high": 20.3}])
    verdict = Verdict("holds under a condition", ["It pays | here."], "twins: followers", "churn 0")
    about |= {"replicates": 2, "rests_on": runner.rests_on(NAME, design), "seconds": 90.0, "resumed": False,
              "verdict": verdict.kind, "ledger": runner._for_ledger(giving.CLAIM, verdict, table)}  # fmt: skip
    folders.write_folder(place / NAME, about, {name: (lambda path: path.write_text("x"))
                                               for name in ("runs.csv", "verdict.md", "figure.png")})  # fmt: skip
    ledger.write(place)
    return place


def edited(results, change):
    """Alter the manifest."""
    path = results / NAME / "provenance.json"
    about = json.loads(path.read_text())
    change(about)
    path.write_text(json.dumps(about))


def test_row_says_it_all(results):
    row = next(line for line in (results / "README.md").read_text().splitlines() if NAME in line)
    for part in (giving.CLAIM.words, f"({NAME}/verdict.md)", "**holds under a condition**", "It pays \\| here.",
                 "twins: followers: +18.5 [+16.7, +20.3] followers", "churn 0", f"({NAME}/figure.png)",
                 f"`connectors run {NAME} --replicates 2`", "| 1.5 |"):  # fmt: skip
        assert part in row, part
    assert "stale" not in row and ledger.stale(results / NAME) == []
    assert ledger.write(results, check=True) == []


def test_other_text_of_the_page_stays(results):
    path = results / "README.md"
    path.write_text("Before\n" + path.read_text() + "After\n")
    once = path.read_text()
    ledger.write(results)
    assert path.read_text() == once
    path.write_text("no place here")
    with pytest.raises(InputError, match="no place for the ledger"):
        ledger.write(results)
    assert path.read_text() == "no place here"


def test_quick_runs_and_other_folders_have_no_row(results):
    edited(results, lambda about: about.update(quick=True))
    assert ledger.folders(results) == []


def test_changed_dynamics_make_stale(results, monkeypatch):
    monkeypatch.setattr(ledger, "software", lambda: {"dynamics_fingerprint": "0" * 16})
    assert ledger.stale(results / NAME) == ["the dynamics fingerprint has changed"]


def test_changed_design_makes_stale(results, monkeypatch):
    monkeypatch.setattr(giving, "CHURNS", (0.0, 0.5))
    assert ledger.stale(results / NAME) == ["the design has changed"]


def test_changed_default_makes_stale_and_a_new_parameter_does_not(results):
    edited(results, lambda about: about["rests_on"]["defaults"].update(cost="0.99", gone="1"))
    assert ledger.stale(results / NAME) == ["the default of cost was 0.99 and is 0.3",
                                            "the default of gone was 1 and is gone"]  # fmt: skip
    edited(results, lambda about: [about["rests_on"]["defaults"].pop(name) for name in ("gone", "cost")])
    assert ledger.stale(results / NAME) == []


def rewritten(monkeypatch, tmp_path, module, change):
    """Let a module's source be another one, for the ledger only."""
    original = sources._path
    text = original(module).read_text()
    changed = change(text)
    assert changed != text
    path = tmp_path / f"{module}.py"
    path.write_text(changed)
    monkeypatch.setattr(sources, "_path", lambda name: path if name == module else original(name))


CHANGES = [
    (f"experiments.{NAME}", ("WINDOW = 20", "WINDOW = 21"), f"experiments.{NAME} has changed"),
    (
        "simulation.measures.inequality",
        ("x.std(ddof=1)", "x.std(ddof=0)"),
        "simulation.measures.inequality.interval has changed",
    ),
    ("experiments.intervals", ("dropna=False", "dropna=True"), "experiments.intervals.intervals has changed"),
]


@pytest.mark.parametrize(("module", "change", "reason"), CHANGES)
def test_changed_code_makes_stale(results, monkeypatch, tmp_path, module, change, reason):
    rewritten(monkeypatch, tmp_path, module, lambda text: text.replace(*change))
    assert ledger.stale(results / NAME) == [reason]


def test_changed_code_that_others_use_makes_nothing_stale(results, monkeypatch, tmp_path):
    rewritten(monkeypatch, tmp_path, "simulation.measures.inequality",
              lambda text: text.replace("share * x.size - 1e-9", "share * x.size - 1e-6"))  # fmt: skip
    assert ledger.stale(results / NAME) == []


SILENT = [
    lambda text: "# a comment\n" + text + "\n\n# another\n",
    lambda text: re.sub(r'"""(?=[A-Z])', '"""Otherwise said: ', text),
    lambda text: text.replace(") -> dict[str, float]:", "):").replace(") -> dict[str, Any]:", "):"),
    lambda text: text.replace("\n\n\n", "\n\n\n\n\n"),
]


@pytest.mark.parametrize("module", [f"experiments.{NAME}", "simulation.measures.inequality"])
@pytest.mark.parametrize("change", SILENT)
def test_comments_docstrings_annotations_and_layout_make_nothing_stale(results, monkeypatch, tmp_path, module, change):
    rewritten(monkeypatch, tmp_path, module, change)
    assert ledger.stale(results / NAME) == []


def test_code_is_found_through_others():
    hashes = sources.code_hashes("experiments.followers_feed_the_giver")
    for name in ("experiments.gifts._won", "simulation.theory.branching.gift_excess", "simulation.record.Record",
                 "simulation.theory._checks.number", "experiments.starts._network"):  # fmt: skip
        assert name in hashes
    assert not any(name.startswith(("simulation.engine", "simulation.run", "experiments.runner")) for name in hashes)


def test_damage_makes_stale(results):
    (results / NAME / "runs.csv").write_text("y")
    (results / NAME / "figure.png").unlink()
    assert len(ledger.stale(results / NAME)) == 2


def test_old_manifest_and_missing_experiment_are_stale(results):
    edited(results, lambda about: about.pop("rests_on"))
    assert ledger.stale(results / NAME) == ["what it rests on was not written down"]
    edited(results, lambda about: about.update(experiment="never_made"))
    assert ledger.stale(results / NAME) == ["there is no experiment never_made any more"]


def test_command_checks(results):
    def run(*options):
        return CliRunner().invoke(main, ["ledger", "--results", str(results), *options])

    assert run("--check").exit_code == 0
    edited(results, lambda about: about["rests_on"]["code"].update({f"experiments.{NAME}": "0"}))
    before = (results / "README.md").read_text()
    checked = run("--check")
    assert checked.exit_code == 1 and f"{NAME} is stale" in checked.output
    assert (results / "README.md").read_text() == before
    assert run().exit_code == 0 and "**stale**" in (results / "README.md").read_text()
    assert run("--check").exit_code == 1  # said on the page, but stale all the same
    assert CliRunner().invoke(main, ["ledger", "--results", str(results / "none")]).exit_code == 2


def test_page_that_is_not_up_to_date_is_found(results):
    path = results / "README.md"
    path.write_text(path.read_text().replace("churn 0", "nowhere"))
    assert "is not what" in ledger.write(results, check=True)[0]


def test_effect_must_be_in_the_table():
    table = pd.DataFrame([{"name": "a", "unit": "u", "mean": 1.0, "low": np.nan, "high": 2.0}])
    claim = Claim("words", "reading", "prediction", "there")
    shown = runner._for_ledger(claim, Verdict("not supported", []), table)
    assert shown["effect"]["low"] is None and shown["fails"] == "there"
    with pytest.raises(ValueError, match="not in the table"):
        runner._for_ledger(claim, Verdict("not supported", [], "b"), table)


def test_run_leaves_what_it_rests_on(tmp_path, monkeypatch):
    rows = [{"part": "x", "network": None}] * 2
    monkeypatch.setattr(giving, "design", lambda **how: rows)
    monkeypatch.setattr(giving, "measure", lambda row, seed: {"number": 1.0})
    monkeypatch.setattr(giving, "effects", lambda runs: pd.DataFrame(
        [{"name": "a", "unit": "u", "mean": 1.0, "low": 0.5, "high": 2.0}]))  # fmt: skip
    monkeypatch.setattr(giving, "verdict", lambda runs, table: Verdict("not supported", ["No."]))
    monkeypatch.setattr(giving, "figure", lambda runs: plt.figure())
    runner.run(NAME, out=tmp_path / NAME, jobs=1)
    assert ledger.stale(tmp_path / NAME) == []
    about = json.loads((tmp_path / NAME / "provenance.json").read_text())
    assert about["seconds"] >= 0 and about["resumed"] is False and about["ledger"]["effect"]["high"] == 2.0
