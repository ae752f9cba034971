"""How does a page become one file, which needs neither Python nor a network?"""

from __future__ import annotations

import html
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

from ..errors import InputError

PAGE = Path(__file__).with_name("page")
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src 'none'; base-uri 'none'; form-action 'none'"
)


def inlined(name: str, data_id: str, data: Any, classes: str) -> str:
    """Return one self-contained HTML page with its data in it.

    The same files as the server's, inlined: a module does not load from a file, so they are plain scripts. Links that
    only a running lab can answer are left out.

    Parameters
    ----------
    name : str
        Of the page, as "index.html".
    data_id : str
        Under which the page's scripts find the data.
    data : JSON-like
    classes : str
        Of the body: what tells the style sheet to hide what cannot work.
    """
    page = (PAGE / name).read_text(encoding="utf-8")
    scripts = re.findall(r'<script defer src="([\w.]+)"></script>\n', page)
    style = (PAGE / "lab.css").read_text(encoding="utf-8")
    page = _replaced(page, r'<link rel="stylesheet" href="lab.css">', f"<style>\n{style}</style>")
    page = _replaced(page, r'(<script defer src="[\w.]+"></script>\n)+', "")
    policy = f'<meta http-equiv="content-security-policy" content="{html.escape(POLICY)}">'
    page = _replaced(page, r'<meta charset="utf-8">', f'<meta charset="utf-8">\n{policy}')
    page = _replaced(page, r"<body[^>]*>", f'<body class="{classes}">')
    page = re.sub(r'\s*<a class="live[^>]*>[^<]*</a>', "", page)
    text = json.dumps(data).replace("<", "\\u003c")  # so that no text in it can end the script
    parts = [f'<script type="application/json" id="{data_id}">{text}</script>']
    for script in scripts:
        source = (PAGE / script).read_text(encoding="utf-8").replace("</script", "<\\/script")
        parts.append(f"<script>\n{source}</script>")
    return _replaced(page, r"</body>", "\n".join([*parts, "</body>"]))


def _replaced(page: str, pattern: str, text: str) -> str:
    page, count = re.subn(pattern, lambda found: text, page)
    assert count == 1, f"the page has {pattern} {count} times, not once"
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
