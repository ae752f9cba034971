"""Can every lesson be finished, does it teach what the stored results say, and does its run show it?"""

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
import yaml

from simulation import lab
from simulation.errors import InputError
from simulation.lab import frames
from simulation.lab import lessons as room
from simulation.lab.lessons import lessons
from simulation.lab.session import Session
from tests.lab.serving import until

RESULTS = Path(__file__).parents[2] / "results"


def test_the_answers_are_the_stored_results(tmp_path):
    room.write_answers(RESULTS, tmp_path / "answers.csv")
    assert (tmp_path / "answers.csv").read_text() == room.ANSWERS.read_text(), "python -m simulation.lab.lessons"


def test_the_first_lesson_says_what_its_numbers_say():
    lesson = next(each for each in lessons() if each["title"] == "Does giving pay?")
    twins, only, some, many = lesson["answer"]["effects"]
    assert lesson["prediction"]["right"] == "more" and twins["low"] > 0 and only["low"] > 0
    assert some["high"] < 0 and many["high"] < 0 and many["mean"] < some["mean"]


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, 1], ids=["the run", "the other world"])
def test_the_runs_of_the_first_lesson_show_it(place):
    lesson = lessons()[0]
    settings = (lesson["run"]["settings"], lesson["answer"]["try"]["settings"])[place]
    for seed in (lesson["run"]["seed"], 1, 2):
        world = Session(settings, seed)
        for _ in range(lesson["run"]["ticks"]):
            world.step()
        givers, hoarders = world._curves()[:2]
        assert (givers > 1.2 * hoarders) if place == 0 else (hoarders > 1.2 * givers)


def ends(part, seed):
    """Return what a lesson's run, or its other one, ends with: a dictionary for each of its worlds."""
    worlds = [part["settings"]]
    if "compare" in part:
        worlds.append({**part["settings"], part["compare"]["name"]: part["compare"]["value"]})
    found = []
    for settings in worlds:
        world = Session(settings, seed)
        if "order" in part:
            world.switch(part["order"], part["switch"])
            world.order(part["order"])
        for _ in range(300):
            world.step()
        frame = frames.unpack(world.frame())
        people = frame.people[(frame.people["flags"] & frames.PRESENT) > 0]
        means = {flag: [people["followers"][((people["flags"] & flag) > 0) == has].mean() for has in (True, False)]
                 for flag in (frames.MINORITY, frames.CONNECTOR) if (people["flags"] & flag).any()}  # fmt: skip
        found.append({"ties": frame.ties, "person": people["followers"][7], **means})
    return found


@pytest.mark.slow
def test_the_runs_of_the_other_lessons_show_it():
    """What the class sees with the lesson's own seed must not go against what it is told."""
    loop, much, alike, command, groups = lessons()[1:]
    a, b = ends(loop["run"], loop["run"]["seed"])
    assert a["ties"] > 1.2 * b["ties"]
    a, b = ends(much["run"], much["run"]["seed"])
    assert b["ties"] > 1.2 * a["ties"]
    a, b = (each[frames.MINORITY] for each in ends(alike["run"], alike["run"]["seed"]))
    assert a[0] < 0.5 * a[1] and abs(b[0] - b[1]) < 3
    (a,) = ends(command["run"], command["run"]["seed"])
    assert 5 < a["person"] < 25
    (a,) = (each[frames.CONNECTOR] for each in ends(groups["run"], groups["run"]["seed"]))
    assert a[0] < a[1]


def low(lesson, *places):
    return [lesson["answer"]["effects"][place]["low"] for place in places]


def high(lesson, *places):
    return [lesson["answer"]["effects"][place]["high"] for place in places]


def test_the_other_lessons_say_what_their_numbers_say():
    """If results change so that a sentence is no longer true, this fails, and the lesson is to be written anew."""
    loop, much, alike, command, groups = lessons()[1:]
    assert min(low(loop, 0, 1, 2)) > 0 and max(high(loop, 4)) < 0 and low(loop, 3)[0] < 0 < high(loop, 3)[0]
    assert loop["answer"]["effects"][0]["low"] > 5 * loop["answer"]["effects"][1]["high"]
    assert max(high(much, 0, 1, 2, 3)) < 0 and low(much, 4)[0] < 0 < high(much, 4)[0] and low(much, 5)[0] > 0
    assert much["answer"]["effects"][2]["high"] < min(low(much, 0, 1)), "they lose the most"
    assert max(high(alike, 1, 2, 3, 5)) < 0 and low(alike, 0)[0] < 0 < high(alike, 0)[0]
    assert -1 < low(alike, 4)[0] and high(alike, 4)[0] < 1, "less than one follower"
    assert min(low(command, 0, 1, 2, 3)) > 0 and high(command, 1)[0] < 25
    gives, keeps = command["answer"]["effects"][2], command["answer"]["effects"][1]
    assert gives["low"] < keeps["high"] and gives["low"] < 11 < gives["high"], "cannot be told apart"
    assert max(high(groups, 0, 1, 3)) < 0 and low(groups, 4)[0] < 0 < high(groups, 4)[0]
    assert min(low(groups, 2, 5)) > 0 and high(groups, 2)[0] < 2 and high(groups, 5)[0] < 1, "a little more"


def broken(**changes):
    lesson = yaml.safe_load((room.FOLDER / "1_does_giving_pay.yaml").read_text())
    return {"name": "broken", **lesson, **changes}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prediction": {"right": "lots", "choices": {"more": "more"}}}, "unknown choice of lesson broken 'lots'"),
        ({"run": {"settings": {"costt": 1}, "tell": []}}, "'costt'; did you mean 'cost'"),
        ({"run": {"settings": {}, "compare": {"name": "cost", "value": 9}, "tell": []}}, "cost: 9 is out of range"),
        ({"run": {"settings": {}, "tell": [{"what": "tie", "words": ""}]}}, "tells 'tie'; did you mean 'ties'"),
        ({"run": {"settings": {}, "tell": [], "colour": "red"}}, "unknown colour of lesson broken 'red'"),
        ({"teacher": {"minutes": [2, 2, 2, 2, 1], "surprises": ""}}, "its parts do not take 10 minutes"),
        (
            {"answer": {"try": {"settings": {}}, "effects": [{"experiment": "none", "effect": "x"}]}},
            "'x' of none is not",
        ),
    ],
)
def test_a_broken_lesson_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        room._filled(broken(**changes), {})


def test_a_lesson_without_a_part_is_refused():
    lesson = broken()
    del lesson["home"]
    with pytest.raises(InputError, match="lesson broken lacks its home"):
        room._filled(lesson, {})


def test_an_effect_that_is_not_stored_is_refused():
    with pytest.raises(InputError, match="unknown effect of giving_grows_followers 'twin: followers'; did you mean"):
        room.read_effects(RESULTS, [("giving_grows_followers", "twin: followers")])


# ---- in a browser ----------------------------------------------------------------------------------------------------


def finish(page, desk, lesson, value, look=lambda stage: None):
    """Walk through a lesson, committing to a value, and look at it at every stage."""
    page.tab.click("#lessons > summary")
    page.tab.click(f"[data-lesson='{lesson['name']}']")
    assert page.tab.inner_text("#lesson h2") == lesson["title"] and not page.tab.is_visible("#controls")
    look("question")
    page.tab.click("#lesson-next")
    assert page.tab.is_disabled("#lesson-next"), "no run without a prediction"
    look("prediction")
    page.tab.check(f"input[value={value}]")
    page.tab.click("#lesson-next")
    assert lesson["prediction"]["choices"][value] in page.tab.inner_text("#lesson")
    assert page.tab.is_disabled("#lesson-next"), "no answer without the run"
    page.tab.click("#lesson-run")
    page.until("!document.getElementById('lesson-next').disabled", 30)
    worlds = 2 if "compare" in lesson["run"] else 1
    assert page.tick >= TICKS and page.js("Lab.page.state.worlds.length") == worlds
    assert page.tab.input_value("#colour") == lesson["run"].get("colour", "generosity")
    page.until("!Lab.page.playing")
    look("run")
    page.tab.click("#lesson-next")
    text = page.tab.inner_text("#lesson")
    assert text.count("As you predicted:") == (value == lesson["prediction"]["right"])
    assert text.count("At the end of ") == worlds and "undefined" not in text and "NaN" not in text
    if any(each["what"] == "ties" for each in lesson["run"]["tell"]):  # of the run's last tick, not of a later one
        for world in desk.worlds:
            assert f"{world.run.record().series['ties'].iloc[TICKS - 1]:,}" in text
    for each in lesson["answer"]["effects"]:
        digits = Decimal(10) ** -each.get("digits", 1)
        shown = Decimal(each.get("times", 1) * each["mean"]).quantize(digits, ROUND_HALF_UP)
        assert each["words"] in text and f"{shown:+}".replace("-", "\N{MINUS SIGN}") in text
    narrow = "(button) => button.scrollHeight > button.clientHeight + 1"
    assert page.js(f"[...document.querySelectorAll('#lesson button')].filter({narrow}).length") == 0, (
        "what is written on a button fits it"
    )
    look("answer")
    page.tab.click("#lesson-try")
    page.until("Lab.page.worlds[0].tick >= 1 && Lab.page.playing")
    page.tab.click("#lesson-next")
    assert lesson["home"].strip() in page.tab.inner_text("#lesson")
    look("home")
    page.tab.click("#lesson-end")
    assert page.tab.is_visible("#controls") and not page.tab.is_visible("#lesson")


TICKS = 6  # instead of a lesson's own, so that six are finished soon


@pytest.mark.slow
def test_every_lesson_can_be_finished(open_page, lab):
    """One after the other in one page; each with one prediction, right and wrong in turn."""
    page = open_page()
    page.js(f"Lab.page.hello.lessons.forEach((one) => {{ one.run.ticks = {TICKS}; }})")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    desk = next(iter(lab.pages)).desk

    def look(stage):
        result = axe.Axe().run(page.tab)
        assert result.violations_count == 0, (stage, result.generate_report())

    for number, lesson in enumerate(lessons()):
        right = lesson["prediction"]["right"]
        wrong = next(each for each in lesson["prediction"]["choices"] if each != right)
        page.tab.emulate_media(color_scheme="dark" if number == 3 else "light")
        finish(page, desk, lesson, wrong if number % 2 else right, look if number in (1, 3) else lambda stage: None)
    assert len(desk.worlds) == 1 and desk.worlds[0].settings["openness"] == 1, "the last lesson's other world"
    page.tab.click("#lessons > summary")
    with page.tab.expect_popup() as opened:
        page.tab.click("#teaching")
    teaching = opened.value
    assert teaching.inner_text("h1") == "Teaching with the lab" and teaching.locator("tr").count() == 7
    for scheme in ("light", "dark"):
        teaching.emulate_media(color_scheme=scheme)
        result = axe.Axe().run(teaching)
        assert result.violations_count == 0, (scheme, result.generate_report())
    teaching.set_viewport_size({"width": 390, "height": 844})
    assert teaching.evaluate("document.documentElement.scrollWidth") <= 390
    teaching.close()


@pytest.mark.slow
def test_a_lesson_whose_page_is_hidden_ends_with_its_last_tick(open_page, lab):
    page, lesson = open_page(), lessons()[2]
    page.js("Lab.page.hello.lessons.forEach((one) => { one.run.ticks = 9; })")
    page.js("Object.defineProperty(document, 'hidden', { get: () => true }); window.requestAnimationFrame = () => {};")
    page.js(f"document.querySelector('[data-lesson=\"{lesson['name']}\"]').click()")
    for click in ("#lesson-next", "#lesson input", "#lesson-next", "#lesson-run"):
        page.js(f"document.querySelector('{click}').click()")
    page.until("!document.getElementById('lesson-next').disabled", 30)
    until(lambda: not next(iter(lab.pages)).desk.playing)
    assert page.js("Lab.page.lesson.mine.length") > 20 and page.tick < 14


def test_the_lesson_files_are_shipped():
    folder = Path(lab.__file__).parent
    assert {path.suffix for path in (folder / "lessons").iterdir() if path.is_file()} == {".py", ".yaml", ".csv"}
