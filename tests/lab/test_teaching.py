"""Is the teacher's page true: its timings, its commands, its links?"""

import re
import shlex
from html.parser import HTMLParser

import pytest

from simulation.cli import main
from simulation.errors import InputError
from simulation.lab import teaching
from simulation.lab.lessons import lessons

TEXT = teaching.FILE.read_text(encoding="utf-8")


def test_what_it_says_of_lessons_is_what_lessons_say():
    assert teaching.written(TEXT) == TEXT, "python -m simulation.lab.lessons"
    assert len(lessons()) == 6 and all(sum(each["teacher"]["minutes"]) == 10 for each in lessons())
    for each in lessons():
        assert f". {each['title']} | " in TEXT and len(each["teacher"]["surprises"]) > 100


def test_a_page_without_its_marks_is_refused():
    with pytest.raises(InputError, match=r"TEACHING\.md: lacks the lines"):
        teaching.written("# Something else")


def test_every_command_on_it_is_one():
    found = re.findall(r"^(connectors .*)$", TEXT, re.MULTILINE)
    assert len(found) >= 6
    for line in found:
        name, *words = shlex.split(line)[1:]
        known = {option for parameter in main.commands[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_the_page():
    class Reader(HTMLParser):
        seen: dict = {}  # noqa: RUF012

        def handle_starttag(self, tag, attributes):
            self.seen.setdefault(tag, []).append(dict(attributes))

    page = Reader()
    page.feed(teaching.as_page())
    assert len(page.seen["tr"]) == 7 and len(page.seen["h1"]) == 1 and len(page.seen["h2"]) >= 6
    assert {each["href"] for each in page.seen["a"]} <= {"./", "explore.html"}
    assert "<!--" not in teaching.as_page().split("<main>")[1] and "script" not in str(page.seen["p"])
