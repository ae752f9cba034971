"""What does a teacher read? ``TEACHING.md``, also a page of the lab; what it says of lessons comes from them."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from .lessons import lessons

FILE = Path(__file__).with_name("TEACHING.md")
BEGIN, END = "<!-- lessons: written by `python -m simulation.lab.lessons` -->", "<!-- end of the lessons -->"
STAGES = ("question", "prediction", "run", "answer", "take home")

HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Connectors: for teachers</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="lab.css">
<script defer src="theme.js"></script>
</head>
<body class="reading">
<header>
  <p id="subtitle">Connectors: for teachers</p>
  <nav aria-label="Tools">
    <a class="button" href="./">The lab</a>
    <a class="button" href="explore.html">Explore</a>
    <button type="button" id="theme" aria-label="Colours: as the system">◐</button>
  </nav>
</header>
<main>
"""


def of_lessons() -> str:
    """Return minutes and surprises of all lessons, as Markdown."""
    head = ["lesson", *STAGES, "in all"]
    rows = [head, ["---"] * len(head)]
    for number, lesson in enumerate(lessons(), 1):
        minutes = lesson["teacher"]["minutes"]
        rows.append([f"{number}. {lesson['title']}", *map(str, minutes), str(sum(minutes))])
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    told = [f"- **{each['title']}**: {' '.join(each['teacher']['surprises'].split())}" for each in lessons()]
    return f"Minutes for each part:\n\n{table}\n\nWhat usually surprises:\n\n" + "\n".join(told)


def written(text: str) -> str:
    """Return the page with what the lessons say between its marks; all else on it stays.

    Raises
    ------
    InputError
        A page without the marks.
    """
    if BEGIN not in text or END not in text.split(BEGIN, 1)[1]:
        raise InputError(f"{FILE.name}: lacks the lines {BEGIN} and {END}")
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n\n{of_lessons()}\n\n{END}{rest.split(END, 1)[1]}"


def as_page() -> str:
    """Return the teacher's page as HTML."""
    from markdown_it import MarkdownIt

    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(
        "\n".join(line for line in FILE.read_text(encoding="utf-8").splitlines() if line not in (BEGIN, END))
    )  # fmt: skip
    reachable = (  # by the keyboard, where they are wider than the screen
        ("<table>", '<div class="table" tabindex="0"><table>'), ("</table>", "</table></div>"),
        ("<pre>", '<pre tabindex="0">'),
    )  # fmt: skip
    for tag, wrapped in reachable:
        rendered = rendered.replace(tag, wrapped)
    return f"{HEAD}{rendered}</main>\n</body>\n</html>\n"
