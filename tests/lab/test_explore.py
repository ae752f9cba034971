"""Can a class move through what has been run, and does the page say what the runs say?"""

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from simulation.cli import main
from simulation.errors import InputError
from simulation.lab import explore, studies
from simulation.measures import interval
from simulation.sweep import grid, latin_hypercube, sweep
from simulation.sweep.planfile import read_plan
from simulation.sweep.points import by_point
from tests.lab.browsing import SIZES, Page

RESULTS = Path(__file__).parents[2] / "results" / "lessons"
STUDIES = sorted(path.name for path in RESULTS.iterdir() if path.is_dir())
ABOUT = {"ticks": 3, "settings": {"agents": 20}, "seed": 1, "measure": ["ties", "followers_gini"]}


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A grid of words and numbers, and a sampled design, each in a folder of its own."""
    folder = tmp_path_factory.mktemp("swept")
    a_grid = grid(generosity=[0.0, ("beta", 2, 5), 1.0], attention=[2, 10, 50])
    sampled = latin_hypercube(12, generosity=(0, 1), churn=(0, 0.1))
    sweep(a_grid, out=folder / "grid", replicates=3, jobs=1, **ABOUT)
    sweep(sampled, out=folder / "sampled", replicates=1, jobs=1, **ABOUT)
    return folder


# ---- what is told ----------------------------------------------------------------------------------------------------


def test_every_point_is_told_as_it_was_run(swept):
    found = explore.explored(explore.load(swept / "grid"))
    table = by_point(explore.load(swept / "grid"), "ties")
    assert [each["name"] for each in found["measures"]] == ["ties", "followers_gini"]
    assert json.loads(json.dumps(found)) == found
    for number, row in table.iterrows():
        for quantity, place in zip(found["quantities"], found["points"][number], strict=True):
            value = quantity["values"][place] if quantity["values"] else quantity["words"][place]
            assert str(row[quantity["name"]]) in (str(value), f"{value:g}" if quantity["values"] else value)
        for name in explore.NUMBERS:
            assert found["measures"][0][name][number] == pytest.approx(row[name], rel=1e-5)
        assert found["measures"][0]["replicates"][number] == 3
    assert found["quantities"][1]["values"] == [2, 10, 50] and found["quantities"][0]["values"] is None


def test_one_replicate_has_no_interval(swept):
    found = explore.explored(explore.load(swept / "sampled"))
    assert set(found["measures"][0]["low"]) == {None} and None not in found["measures"][0]["mean"]


def test_what_cannot_be_explored_is_refused(swept, tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"none is there|holds no sweep|does not exist"):
        explore.given([str(tmp_path / "nowhere")])
    monkeypatch.setattr(explore, "MOST_POINTS", 8)
    with pytest.raises(InputError, match=r"explore: .*grid' has 9 points; allowed: 8 or fewer"):
        explore.given([str(swept / "grid")])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--explore", "nowhere"], "nowhere"),
        (["--explore", "nowhere", "--export", "a.html"], "nowhere"),
        (["--explore", "nowhere", "--export", "a.txt"], "allowed: a name that ends in .html"),
        (["--explore", "nowhere", "--export", "a.html", "--set", "agents=20"], "are of a run, --explore of sweeps"),
    ],
)
def test_a_wrong_command_writes_nothing(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("simulation.cli.get_compiled", lambda: None)
    result = CliRunner().invoke(main, ["lab", *arguments])
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, []) and message in result.output


# ---- the studies -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_follows_from_its_runs(name):
    folder = RESULTS / name
    runs, told = pd.read_csv(folder / "runs.csv"), studies.about(folder)
    stored = pd.read_csv(folder / "effects.csv")
    pd.testing.assert_frame_equal(studies.effects(runs, told), stored, rtol=1e-4, check_dtype=False)
    plan = read_plan(folder / studies.PLAN)
    assert len(runs) == plan.runs_at_most and not runs.isna().any(axis=None)
    left = json.loads((folder / "provenance.json").read_text())
    assert left["failures"] == 0 and left["sweep"]["seed"] == plan.seed and "before the runs" in told["prediction"]
    points = json.loads((folder / "points.json").read_text())
    names = [quantity["name"] for quantity in points["quantities"]]
    groups = runs.groupby(names, sort=False)
    assert len(groups) == len(points["points"])
    for measure in points["measures"]:
        for place, (_, group) in enumerate(groups):
            expected = interval(group[measure["name"]].to_numpy())
            assert [measure[each][place] for each in explore.NUMBERS] == pytest.approx(
                [expected[each] for each in explore.NUMBERS], rel=1e-4, abs=1e-6
            )


def test_a_run_of_a_study_comes_out_again():
    """One run of the smallest study, with its stored seed: every number of it."""
    plan, runs = read_plan(RESULTS / "kinds" / studies.PLAN), pd.read_csv(RESULTS / "kinds" / "runs.csv")
    from simulation.sweep.worldruns import WorldRuns

    place = 130
    left = WorldRuns(plan)((plan.design.point(plan.place(place)[0]), plan.seed_of(place)))
    assert plan.seed_of(place) == runs["seed"][place]
    for name, value in left.numbers.items():
        assert runs[name][place] == pytest.approx(value, rel=1e-6)


def test_the_lab_brings_along_what_was_run():
    for name in STUDIES:
        assert (explore.SHIPPED / f"{name}.json").read_bytes() == (RESULTS / name / "points.json").read_bytes(), (
            "python -m simulation.lab.lessons"
        )
    assert [each["name"] for each in explore.shipped()] == STUDIES


def test_a_study_is_told_only_from_its_own_sweep(swept, tmp_path):
    (tmp_path / "plan.yaml").write_text("world: open_world\n")
    with pytest.raises((InputError, FileNotFoundError)):
        studies.tell(explore.load(swept / "grid"), tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["plan.yaml"]


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        ({"measure": "tie", "at": {"cost": 0}}, "unknown measure 'tie'; did you mean 'ties'"),
        ({"measure": "ties", "at": {"costt": 0}}, "'costt'"),
        ({"measure": "ties", "at": {"cost": 7}}, "is no point of the sweep"),
        ({"measure": "ties", "at": {}}, "is not one point of the sweep"),
    ],
)
def test_an_effect_of_what_was_not_run_is_refused(effect, message):
    runs = pd.DataFrame({"cost": [0, 0, 1, 1], "replicate": [0, 1, 0, 1], "ties": [4.0, 6.0, 1.0, 3.5]})
    with pytest.raises(InputError, match=message):
        studies.effects(runs, {"measures": {"ties": {"unit": "ties"}}, "effects": [{"name": "x", **effect}]})


def test_about_names_only_what_varies():
    for name in STUDIES:
        told, plan = studies.about(RESULTS / name), read_plan(RESULTS / name / studies.PLAN)
        for each in told["effects"]:
            for place in (each["at"], each.get("minus", each["at"])):
                assert set(place) == set(plan.design.names), each
        assert yaml.safe_load((RESULTS / name / studies.PLAN).read_text())["measure"].endswith(f":{name}")


# ---- in a browser ----------------------------------------------------------------------------------------------------


def painted(page):
    return page.js("""(() => { const one = document.getElementById("curve");
        const data = one.getContext("2d").getImageData(0, 0, one.width, one.height).data;
        let some = 0; for (let k = 3; k < data.length; k += 4) some += data[k] > 0;
        return 4 * some / data.length; })()""")


def key(page, selector, name):
    page.tab.focus(selector)
    page.tab.keyboard.press(name)


@pytest.mark.slow
def test_sliders_move_through_what_was_run(browser, lab):
    page = Page(browser, f"{lab.url}explore.html#overload", ready="Lab.explorer.sweep !== null")
    stored = {each["name"]: each for each in explore.shipped()}["overload"]
    assert page.tab.input_value("#sweep") == str(STUDIES.index("overload")) and 0.01 < painted(page) < 0.9

    def reads():
        at = page.js("Lab.explorer.at")
        measure = stored["measures"][page.js("Lab.explorer.measure")]
        number = stored["points"].index(at)
        text = page.tab.inner_text("#reading")
        shown = [float(part.replace("\N{MINUS SIGN}", "-")) for part in text.split("]")[0].replace("[", ",").split(",")]
        assert shown == pytest.approx([measure[each][number] for each in explore.NUMBERS], rel=0.006, abs=1e-3)
        assert f"{measure['replicates'][number]} runs" in page.tab.inner_text("#about")
        return text

    seen = {reads()}
    for selector, name in [("#slider-generosity", "End"), ("#slider-attention", "ArrowRight"),
                           ("#slider-attention", "Home"), ("#curve", "ArrowLeft")]:  # fmt: skip
        key(page, selector, name)
        seen.add(reads())
    assert len(seen) == 5 and "Attention: 2" in page.tab.inner_text("#where")
    page.tab.select_option("#measure", "1")
    assert page.tab.inner_text("#title") == "Feeds unread"
    seen.add(reads())
    page.tab.select_option("#along", "1")
    box = page.tab.locator("#curve").bounding_box()
    page.tab.click("#curve", position={"x": box["width"] - 40, "y": 50})
    assert page.js("Lab.explorer.at[1]") == 4 and reads() not in seen
    page.tab.click("#numbers summary")
    assert page.tab.locator("#numbers tr").count() == 6
    page.tab.select_option("#sweep", str(STUDIES.index("orders")))
    assert "Fifty people" in page.tab.inner_text("#sentence")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    for scheme in ("light", "dark"):
        page.tab.emulate_media(color_scheme=scheme)
        result = axe.Axe().run(page.tab)
        assert result.violations_count == 0, (scheme, result.generate_report())
    for width, height in SIZES.values():
        page.tab.set_viewport_size({"width": width, "height": height})
        assert page.js("document.documentElement.scrollWidth") <= width
    page.close(lab.url)


@pytest.mark.slow
def test_a_sweep_in_one_file(browser, swept, tmp_path):
    path = tmp_path / "mine.html"
    arguments = ["lab", "--export", str(path), "--explore", str(swept / "grid"), "--explore", str(swept / "sampled")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0 and "grid: 9 points, sampled: 12 points" in result.output, result.output
    text = path.read_text()
    assert "src=" not in text.replace("img-src", "") and "http" not in text.split("<body")[0].replace("http-equiv", "")
    page = Page(browser, path.as_uri(), ready="Lab.explorer.sweep !== null")
    assert not page.tab.get_by_text("The lab", exact=True).count() and painted(page) > 0.01
    assert page.tab.input_value("#along") == "1", "a curve runs along numbers, not along words"
    key(page, "#slider-generosity", "End")
    assert "1, Attention: 10" in page.tab.inner_text("#where")
    page.tab.select_option("#sweep", "1")
    key(page, "#slider-churn", "End")
    assert "the nearest point that was run" in page.tab.inner_text("#about") and painted(page) > 0.005
    page.close(path.as_uri())
