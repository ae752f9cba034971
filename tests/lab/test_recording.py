"""Does one file replay a run, with the run's own numbers, without Python, network or anything that cannot work?"""

import base64
import gzip
import re

import numpy as np
import pytest
from click.testing import CliRunner

from simulation import Run
from simulation.cli import main
from simulation.errors import InputError
from simulation.lab import frames, onefile, recording
from simulation.lab.session import Session
from tests.lab.browsing import SIZES, Page


@pytest.fixture(scope="module")
def recorded():
    return recording.record({"agents": 40}, ticks=30, seed=3, compile=False)


@pytest.fixture(scope="module")
def file(recorded, tmp_path_factory):
    path = tmp_path_factory.mktemp("recording") / "lesson.html"
    onefile.write(recording.as_page(recorded), path)
    return path


@pytest.fixture
def open_file(browser):
    opened = []

    def open_one(path, **how):
        opened.append((Page(browser, path.as_uri(), **how), path.as_uri()))
        return opened[-1][0]

    yield open_one
    for page, own in opened:
        page.close(own)


def test_a_recording_holds_the_frames_of_the_run(recorded):
    content = gzip.decompress(base64.b64decode(recorded["frames"]))
    world, place = Session({"agents": 40}, seed=3, compile=False), 0
    for (size,) in recorded["sizes"]:
        assert content[place : place + size] == world.frame()
        world.step()
        place += size
    assert len(recorded["sizes"]) == 31 and place == len(content)


@pytest.mark.parametrize("settings", [{}, {"arrivals": 1, "departure": 0.05}], ids=["all stay", "some come and go"])
def test_a_recording_counts_what_people_do(settings):
    recorded = recording.record({"agents": 30, **settings}, ticks=25, seed=3, compile=False)
    world, (told,) = Session({"agents": 30, **settings}, seed=3, compile=False), recorded["counters"]
    counts = np.frombuffer(gzip.decompress(base64.b64decode(told["counts"])), f"<u{told['bytes']}")
    counts = counts.reshape(len(told["names"]), world.run.capacity, 25)
    for tick in range(1, 26):
        world.step()
        agents = world.run.state.agents
        for slot in np.flatnonzero(agents.present).tolist():
            since = max([when for when, who in told["came"] if who == slot and when <= tick], default=0)
            done = counts[:, slot, max(0, since - 1) : tick].sum(1)
            assert since == int(agents.arrived[slot]) + 1
            assert done.tolist() == [getattr(agents, name)[slot] for name in told["names"]]
    assert bool(told["came"]) == bool(settings)


def test_a_recording_is_the_same_every_time(recorded):
    assert recording.record({"agents": 40}, ticks=30, seed=3, compile=False) == recorded


def test_the_page_is_whole_and_asks_for_nothing(recorded):
    page = recording.as_page(recorded)
    assert not re.search(r"""(src|href)=["'](?!data:,|#)""", page)
    assert not re.search(r"https?://|@import|url\(", page)
    wanted = re.findall(r'src="([\w.]+)"', (onefile.PAGE / "index.html").read_text())
    sources = [(onefile.PAGE / name).read_text() for name in wanted]
    assert all(source.replace("</script", "<\\/script") in page for source in sources) and len(sources) >= 8
    assert page.count("</script>") == len(sources) + 1


def test_no_text_can_end_the_script(recorded):
    page = recording.as_page({**recorded, "note": "</script><script>alert(1)</script>"})
    assert "alert(1)" in page and "<script>alert" not in page
    assert page.count("</script>") == recording.as_page(recorded).count("</script>")


def test_a_world_that_ends_is_recorded_up_to_its_end():
    recorded = recording.record({"agents": 10, "departure": 0.05, "churn": 0.1}, ticks=5000, seed=1, compile=False)
    assert 10 < len(recorded["sizes"]) < 5000


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_command_writes_a_file_that_replays(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    path = tmp_path / "lesson.html"
    arguments = ["lab", "--export", str(path), "--ticks", "5", "--seed", "7", "--set", "agents=30", "--set",
                 "generosity=beta:1:4", "--compare", "cost=1"]  # fmt: skip
    for _ in range(2):  # a second time in place of the first
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0 and f"written to {path}: 5 ticks, seed 7, " in result.output, result.output
    assert [each.name for each in tmp_path.iterdir()] == ["lesson.html"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--export", "lesson.txt"], "allowed: a name that ends in .html"),
        (["--export", "nowhere/lesson.html"], "there is no folder nowhere"),
        (["--export", "."], "is a folder"),
        (["--export", "a.html", "--set", "costt=1"], "'costt'; did you mean 'cost'"),
        (["--export", "a.html", "--set", "cost=much"], "cost: 'much'"),
        (["--export", "a.html", "--set", "cost"], "not of the form name=value"),
        (["--export", "a.html", "--set", "agents=100000"], "agents: 100000 is out of range"),
        (["--export", "a.html", "--set", "world=office"], "unknown world of the lab 'office'"),
        (["--export", "a.html", "--compare", "bring=2"], "bring: 2 is out of range"),
        (["--export", "a.html", "--ticks", "6000"], "ticks: 6000 is out of range"),
        (["--export", "a.html", "--seed", "-1"], "-1"),
        (["--seed", "3"], "belong to --export FILE"),
    ],
)
def test_what_is_refused_writes_nothing(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Run, "advance", None)
    monkeypatch.setattr("simulation.cli.get_compiled", lambda: None)
    result = CliRunner().invoke(main, ["lab", *arguments])
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, []) and message in result.output


def test_a_file_that_cannot_be_written_is_said(recorded, tmp_path, monkeypatch):
    def full(*arguments, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(InputError, match="cannot be written: No space left"):
        onefile.write("page", tmp_path / "lesson.html")
    assert not list(tmp_path.iterdir())


# ---- in a browser ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_it_replays_the_run(open_file, file):
    page, world = open_file(file), Session({"agents": 40}, seed=3, compile=False)
    page.settle()
    assert page.painted() > 0.01
    for tick in (1, 2, 3):
        world.step()
        page.tab.click("#step")
        page.until(f"Lab.page.worlds[0].tick === {tick}")
        told = frames.unpack(world.frame())
        assert page.js("[...Lab.page.worlds[0].followers]") == [
            *world.run.state.network.followers.where["count"][: world.run.capacity].tolist()
        ]
        assert page.js("Lab.page.worlds[0].total") == told.ties
        assert page.js(f"Lab.page.worlds[0].curves[4][{tick}]") == pytest.approx(float(told.curves[4]))
    page.tab.get_by_label("Speed").press("End")
    page.tab.click("#play")
    page.until("Lab.page.worlds[0].tick === 30 && !Lab.page.playing")
    before = page.js("[...Lab.page.networks[0].layout.x]")
    page.tab.get_by_label("Tick", exact=True).press("ArrowLeft")
    page.until("Lab.page.worlds[0].tick === 29")
    assert np.abs(np.array(page.js("[...Lab.page.networks[0].layout.x]")) - before)[:40].max() < 20
    page.tab.click("#reset")
    page.until("Lab.page.worlds[0].tick === 0")


@pytest.mark.slow
def test_a_person_in_a_recording(open_file, file):
    page, world = open_file(file), Session({"agents": 40}, seed=3, compile=False)
    for _ in range(30):
        world.step()
    page.js("Lab.page.source.seek(30)")
    slot = page.js("Lab.page.worlds[0].byFollowers()[0]")
    page.tab.click("#person-top")
    page.until("Lab.page.card.shown")
    shown, known = page.js("Lab.page.card.shown"), world.person(slot)
    for name in ("slot", "followers", "followees", "found", "shared", "brought", "read", "since"):
        assert shown[name] == known[name]
    for name in ("followed", "left"):
        assert sorted(map(tuple, shown[name])) == sorted(map(tuple, known[name]))
    assert page.tab.get_by_role("button", name="Give everything").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_what_cannot_work_is_hidden_and_the_rest_fits(open_file, file, size):
    width, height = SIZES[size]
    page = open_file(file, viewport={"width": width, "height": height})
    for hidden in ("#controls", "#compare", "#take", "#seed"):
        assert not page.tab.is_visible(hidden)
    for seen in ("#play", "#step", "#reset", "#at", "#speed", "#colour", "#canvas-0", "#charts", "#person"):
        assert page.tab.is_visible(seen)
    assert page.js("document.documentElement.scrollWidth") <= width
    assert "30 ticks · seed 3 · People: 40" in page.tab.inner_text("#subtitle")


@pytest.mark.slow
def test_two_worlds_in_one_file(open_file, tmp_path):
    path = tmp_path / "two.html"
    two = recording.record({"agents": 30}, ticks=10, seed=3, compare=("cost", 2), compile=False)
    onefile.write(recording.as_page(two), path)
    page = open_file(path)
    page.js("Lab.page.source.seek(10)")
    page.settle()
    assert page.tab.inner_text("#caption-1") == "B: Price of attention: 2"
    assert page.painted(0) > 0.01 and page.painted(1) > 0.01


@pytest.mark.slow
def test_nothing_stands_in_the_way_of_a_recording(open_file, file):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = open_file(file, viewport=dict(zip(("width", "height"), SIZES["phone"], strict=True)))
    page.tab.click("#person-top")
    page.until("Lab.page.card.shown")
    result = axe.Axe().run(page.tab)
    assert result.violations_count == 0, result.generate_report()
