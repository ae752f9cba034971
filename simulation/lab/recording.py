"""How does a run fit into one file? The page and every frame of the run: it replays without Python or network."""

from __future__ import annotations

import base64
import gzip
import html
import json
import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from .controls import CONTROLS, control
from .desk import Desk
from .session import MOST_TICKS

PAGE = Path(__file__).with_name("page")
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'"
)


def record(
    settings: Mapping[str, Any],
    *,
    ticks: int,
    seed: int | None = None,
    compare: tuple[str, Any] | None = None,
    compile: bool = True,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Run a world of the lab and return what the page needs to replay it, as JSON holds it.

    Parameters
    ----------
    settings : mapping of str to value
        Of the lab's controls, and ``world``.
    ticks : int
        In [1, 5000]; fewer are recorded where the world ends before.
    seed : int, optional
        In [0, 2**53); drawn where it is None.
    compare : (str, value), optional
        A setting and its value in a second world, side by side with the first.
    compile : bool
        False runs the engine interpreted.
    progress : function of int, optional
        Called with the number of ticks just done.

    Raises
    ------
    InputError
        Settings, seed or ticks that the lab does not take.
    """
    if not 1 <= ticks <= MOST_TICKS:
        raise InputError(f"ticks: {ticks} is out of range; allowed: a whole number in [1, {MOST_TICKS}]")
    desk = Desk(compile)
    answers = desk.start(dict(settings), seed)
    if compare is not None:
        answers = desk.compare(*compare)
    frames = [[each for each in answers if isinstance(each, bytes)]]
    state = desk.state()
    state["worlds"] = json.loads(json.dumps(state["worlds"]))  # as it is now: the run goes on
    for _ in range(ticks):
        frames.append([each for each in desk.step() if isinstance(each, bytes)])
        if progress is not None:
            progress(1)
        if any(world.ended for world in desk.worlds):
            break
    packed = gzip.compress(b"".join(part for tick in frames for part in tick), mtime=0)
    hello = {**desk.hello(), "lessons": []}  # these need a running lab
    return {"hello": hello, "state": state, "sizes": [[len(part) for part in tick] for tick in frames],
            "frames": base64.b64encode(packed).decode()}  # fmt: skip


def as_page(recorded: Mapping[str, Any]) -> str:
    """Return one self-contained HTML page that replays a recorded run.

    The same files as the server's, inlined: a module does not load from a file, so they are plain scripts.
    """
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r'<script defer src="([\w.]+)"></script>\n', page)
    style = (PAGE / "lab.css").read_text(encoding="utf-8")
    page = _replaced(page, r'<link rel="stylesheet" href="lab.css">', f"<style>\n{style}</style>")
    page = _replaced(page, r'(<script defer src="[\w.]+"></script>\n)+', "")
    policy = f'<meta http-equiv="content-security-policy" content="{html.escape(POLICY)}">'
    page = _replaced(page, r'<meta charset="utf-8">', f'<meta charset="utf-8">\n{policy}')
    page = _replaced(page, r"<body>", '<body class="replaying">')
    data = json.dumps(recorded).replace("<", "\\u003c")  # so that no text in it can end the script
    parts = [f'<script type="application/json" id="recording">{data}</script>']
    for name in scripts:
        source = (PAGE / name).read_text(encoding="utf-8").replace("</script", "<\\/script")
        parts.append(f"<script>\n{source}</script>")
    return _replaced(page, r"</body>", "\n".join([*parts, "</body>"]))


def _replaced(page: str, pattern: str, text: str) -> str:
    page, count = re.subn(pattern, lambda found: text, page)
    assert count == 1, f"index.html has {pattern} {count} times, not once"
    return page


def write(page: str, path: Path) -> None:
    """Write a page: a reader finds the old file or the new one, whole.

    Raises
    ------
    InputError
        A folder of that name, no folder to write into, or no permission.
    """
    refuse_unwritable(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_text(page, encoding="utf-8")
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise InputError(f"--export {path}: cannot be written: {problem.strerror or problem}") from None


def refuse_unwritable(path: Path) -> None:
    """Raise InputError where a file cannot be written, before the run begins."""
    if path.is_dir():
        raise InputError(f"--export {path}: is a folder; allowed: the name of a file, as lesson.html")
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--export {path}: the file is a web page; allowed: a name that ends in .html")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--export {path}: there is no folder {path.parent}")
    if not os.access(path.absolute().parent, os.W_OK):
        raise InputError(f"--export {path}: the folder {path.parent} cannot be written")


def setting(text: str) -> tuple[str, Any]:
    """Return name and value of a setting as ``--set`` and ``--compare`` take it.

    Raises
    ------
    InputError
        No such control, or a value that it does not take.

    Examples
    --------
    >>> setting("cost=0.5"), setting("generosity=beta:1:4"), setting("world=workplace")
    (('cost', 0.5), ('generosity', 'beta:1:4'), ('world', 'workplace'))
    """
    name, equals, word = (part.strip() for part in text.partition("="))
    if not equals:
        raise InputError(f"setting {text!r} is not of the form name=value; for example cost=0.5")
    if name == "world" or (name in CONTROLS and CONTROLS[name].words):
        return name, word
    about = control(name)
    try:
        number: float = int(word) if re.fullmatch(r"[+-]?\d+", word) else float(word)
    except ValueError:
        return name, about.check(word)  # which says what is allowed
    return name, about.check(number)
