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
from simulation.cli import main
from simulation.errors import InputError

NAME = "giving_grows_followers"

matplotlib.use("Agg")


TABLE = pd.DataFrame([{"name": "twins: followers", "unit": "followers", "mean": 18.5, "low": 16.7, "high": 20.3}])


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A folder with one run of the experiment, as the runner leaves it, and the page; nothing is simulated."""
    place = tmp_path / "results"
    monkeypatch.setattr(giving, "measure", lambda row, seed: {"number": row["replicate"] / 3})
    monkeypatch.setattr(giving, "effects", lambda runs: TABLE)
    monkeypatch.setattr(giving, "verdict", lambda runs, table: Verdict(
        "holds under a condition", ["It pays | here."], "twins: followers", "churn 0"))  # fmt: skip
    monkeypatch.setattr(giving, "figure", lambda runs: plt.figure())
    runner.run(NAME, out=place / NAME, replicates=2, jobs=1)
    edited(place, lambda about: about.update(seconds=90.0))
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
    (f"experiments.{NAME}", ("WINDOW = 20", "WINDOW = 21"), f"experiments.{NAME}.WINDOW"),
    (f"experiments.{NAME}", ("mark - WINDOW : mark", "mark - WINDOW + 1 : mark"), f"experiments.{NAME}._population"),
    ("experiments.where_giving_pays", ("(1 + 2 * NEWCOMERS", "(1 + 3 * NEWCOMERS"),
     "experiments.where_giving_pays.newcomers"),
    ("simulation.measures.size", ("/ spread if spread > 0.0", "/ spread if spread > 0.1"),
     "simulation.measures.size.slope_on_generosity"),
]  # fmt: skip


@pytest.mark.parametrize(("module", "change", "reason"), CHANGES)
def test_changed_code_of_the_runs_makes_stale(results, monkeypatch, tmp_path, module, change, reason):
    rewritten(monkeypatch, tmp_path, module, lambda text: text.replace(*change))
    assert ledger.stale(results / NAME) == [f"{reason} has changed"]


TOLD = [  # the runs stand, what is said of them does not
    (f"experiments.{NAME}", ("values, replicate, axis=0).mean", "values, replicate, axis=0).max")),
    (f"experiments.{NAME}", ("MIDDLES = (np.arange(DECILES) + 0.5)", "MIDDLES = (np.arange(DECILES) + 0.6)")),
    (f"experiments.{NAME}", ('"The peak moves', '"The peak goes')),
    (f"experiments.{NAME}", ("Twins elsewhere", "Other twins")),
    (f"experiments.{NAME}", ("means more ties at", "brings more ties at")),
    ("experiments.where_giving_pays", ("markersize=3.5", "markersize=5")),
    ("experiments.intervals", ("dropna=False", "dropna=True")),
    ("experiments.runner", ("Reading: {claim", "We read: {claim")),
    ("simulation.measures.inequality", ("x.std(ddof=1)", "x.std(ddof=0)")),
]


@pytest.mark.parametrize(("module", "change"), TOLD)
def test_changed_code_of_effects_figure_or_words_needs_no_runs(results, monkeypatch, tmp_path, module, change):
    rewritten(monkeypatch, tmp_path, module, lambda text: text.replace(*change))
    monkeypatch.setattr(giving, "measure", lambda row, seed: pytest.fail("ran"))
    monkeypatch.setattr(giving, "verdict", lambda runs, table: Verdict("not supported", ["No more."]))
    before = (results / NAME / "runs.csv").read_bytes()
    assert ledger.stale(results / NAME) == [] and "are not what" in "".join(ledger.write(results, check=True))
    assert "**holds under a condition**" in (results / NAME / "verdict.md").read_text()  # only checked
    ledger.write(results)
    for page in (results / NAME / "verdict.md", results / "README.md"):
        assert "No more." in page.read_text()
    assert (results / NAME / "runs.csv").read_bytes() == before
    assert ledger.write(results, check=True) == []


def test_stale_runs_are_not_told_anew(results, monkeypatch, tmp_path):
    rewritten(monkeypatch, tmp_path, f"experiments.{NAME}", lambda text: text.replace("WINDOW = 20", "WINDOW = 21"))
    edited(results, lambda about: about.update(told_by="0"))
    monkeypatch.setattr(runner, "tell", lambda folder: pytest.fail("told"))
    assert len(ledger.write(results)) == 1 and "**stale**" in (results / "README.md").read_text()


def test_code_that_nothing_rests_on_makes_nothing_stale(results, monkeypatch, tmp_path):
    rewritten(monkeypatch, tmp_path, "simulation.measures.inequality",
              lambda text: text.replace("share * x.size - 1e-9", "share * x.size - 1e-6"))  # fmt: skip
    rewritten(monkeypatch, tmp_path, f"experiments.{NAME}",
              lambda text: text + "\n\ndef _unused(rows: int) -> int:\n    return rows + 1\n")  # fmt: skip
    assert ledger.write(results, check=True) == []


@pytest.mark.parametrize("name", runner.names())
def test_what_only_draws_and_tells_is_no_part_of_the_runs(name):
    own = f"experiments.{name}"
    code = sources.code_hashes(own, "measure")
    assert f"{own}.measure" in code
    assert not {f"{own}.{each}" for each in ("CLAIM", "effects", "figure", "verdict")} & set(code)
    assert not any("draw_" in each and "draw_gift" not in each for each in code)


def test_changed_runs_are_told_to_the_last_bit(results, monkeypatch):
    table = pd.read_csv(results / NAME / "runs.csv")
    seen = []
    monkeypatch.setattr(giving, "effects", lambda runs: seen.append(runs) or TABLE)
    runner.tell(results / NAME)
    assert seen[0]["number"].tolist() == [row["replicate"] / 3 for row in giving.design(replicates=2)]
    assert set(seen[0]["network"]) == {""} and list(seen[0]) == list(table)


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
    hashes = sources.code_hashes("experiments.followers_feed_the_giver", "measure", "effects")
    for name in ("experiments.gifts._won", "simulation.theory.branching.gift_excess", "simulation.record.Record",
                 "simulation.theory._checks.number", "experiments.starts._network"):  # fmt: skip
        assert name in hashes
    assert not any(name.startswith(("simulation.engine", "simulation.run", "experiments.runner")) for name in hashes)


def test_damaged_runs_are_stale_and_damaged_words_are_written_anew(results):
    (results / NAME / "figure.png").unlink()
    (results / NAME / "verdict.md").write_text("y")
    assert ledger.stale(results / NAME) == [] and len(ledger.write(results, check=True)) == 1
    ledger.write(results)
    assert (results / NAME / "figure.png").exists() and ledger.write(results, check=True) == []
    (results / NAME / "runs.csv").write_text("y")
    assert ledger.stale(results / NAME) == ["runs.csv is missing, or not the one that was written"]


def test_old_manifest_and_missing_experiment_are_stale(results):
    edited(results, lambda about: about.pop("rests_on"))
    assert ledger.stale(results / NAME) == ["what it rests on was not written down"]
    edited(results, lambda about: about.update(experiment="never_made"))
    assert ledger.stale(results / NAME) == ["there is no experiment never_made any more"]


def test_command_checks(results):
    def run(*options):
        return CliRunner().invoke(main, ["ledger", "--results", str(results), *options])

    assert run("--check").exit_code == 0
    edited(results, lambda about: about["rests_on"]["code"].update({f"experiments.{NAME}.measure": "0"}))
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


def test_run_leaves_what_it_rests_on(results):
    about = json.loads((results / NAME / "provenance.json").read_text())
    assert f"experiments.{NAME}.measure" in about["rests_on"]["code"] and about["told_by"] == runner.told_by(NAME)
    assert about["seconds"] >= 0 and about["resumed"] is False and about["ledger"]["effect"]["high"] == 20.3


def test_journal_outlives_other_words(monkeypatch, tmp_path):
    """A figure that is mended while an experiment was stopped costs none of its finished runs."""
    rows = [{"part": "x", "network": None}]
    before = runner._provenance(NAME, rows, 1, True, None)["design_hash"]
    rewritten(monkeypatch, tmp_path, f"experiments.{NAME}", lambda text: text.replace("peak moves (", "peak goes ("))
    assert runner._provenance(NAME, rows, 1, True, None)["design_hash"] == before
    rewritten(monkeypatch, tmp_path, f"experiments.{NAME}", lambda text: text.replace("WINDOW = 20", "WINDOW = 21"))
    assert runner._provenance(NAME, rows, 1, True, None)["design_hash"] != before
