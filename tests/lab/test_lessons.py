"""Can every lesson be finished, does it teach what the stored results say, and does its run show it?"""

from pathlib import Path

import pytest
import yaml

from simulation import lab
from simulation.errors import InputError
from simulation.lab import lessons as room
from simulation.lab.lessons import lessons
from simulation.lab.session import Session

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


def broken(**changes):
    lesson = yaml.safe_load((room.FOLDER / "1_does_giving_pay.yaml").read_text())
    return {"name": "broken", **lesson, **changes}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prediction": {"right": "lots", "choices": {"more": "more"}}}, "unknown choice of lesson broken 'lots'"),
        ({"run": {"settings": {"costt": 1}}}, "'costt'; did you mean 'cost'"),
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


@pytest.mark.slow
@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson["name"])
@pytest.mark.parametrize("choose", ["right", "wrong"])
def test_every_lesson_can_be_finished(open_page, lesson, choose):
    page = open_page()
    page.js("Lab.page.hello.lessons.forEach((one) => { one.run.ticks = 12; })")
    page.tab.click("#lessons > summary")
    page.tab.click(f"[data-lesson='{lesson['name']}']")
    assert page.tab.inner_text("#lesson h2") == lesson["title"] and not page.tab.is_visible("#controls")
    page.tab.click("#lesson-next")
    assert page.tab.is_disabled("#lesson-next"), "no run without a prediction"
    right = lesson["prediction"]["right"]
    value = right if choose == "right" else next(each for each in lesson["prediction"]["choices"] if each != right)
    page.tab.check(f"input[value={value}]")
    page.tab.click("#lesson-next")
    assert page.tab.is_disabled("#lesson-next") and lesson["prediction"]["choices"][value] in page.tab.inner_text(
        "#lesson"
    )
    page.tab.click("#lesson-run")
    page.until("!document.getElementById('lesson-next').disabled")
    assert page.tick >= 12 and not page.js("Lab.page.playing")
    page.tab.click("#lesson-next")
    text = page.tab.inner_text("#lesson")
    assert text.count("As you predicted:") == (choose == "right")
    for each in lesson["answer"]["effects"]:
        assert each["words"] in text and f"{each['mean']:+.1f}".replace("-", "\N{MINUS SIGN}") in text
    narrow = "(button) => button.scrollHeight > button.clientHeight + 1"
    assert page.js(f"[...document.querySelectorAll('#lesson button')].filter({narrow}).length") == 0, (
        "what is written on a button fits it"
    )
    page.tab.click("#lesson-try")
    page.until("Lab.page.worlds[0].tick >= 2")
    page.tab.click("#lesson-next")
    assert lesson["home"].strip() in page.tab.inner_text("#lesson")
    page.tab.click("#lesson-end")
    assert page.tab.is_visible("#controls") and not page.tab.is_visible("#lesson")


@pytest.mark.slow
def test_nothing_stands_in_the_way_of_a_lesson(open_page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = open_page()
    page.js("Lab.page.hello.lessons.forEach((one) => { one.run.ticks = 3; })")
    page.tab.click("#lessons > summary")
    page.tab.click("#lesson-list button")
    for stage in range(5):
        result = axe.Axe().run(page.tab)
        assert result.violations_count == 0, (stage, result.generate_report())
        if stage == 1:
            page.tab.check("#lesson input >> nth=0")
        if stage == 2:
            page.tab.click("#lesson-run")
            page.until("!document.getElementById('lesson-next').disabled")
        if stage < 4:
            page.tab.click("#lesson-next")


def test_the_lesson_files_are_shipped():
    folder = Path(lab.__file__).parent
    assert {path.suffix for path in (folder / "lessons").iterdir() if path.is_file()} == {".py", ".yaml", ".csv"}
