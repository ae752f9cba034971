"""What does ``connectors lab`` do?"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from ..errors import InputError
from ..terminal import Whole

NEEDED = ("starlette", "uvicorn", "websockets")


def refuse_without_web() -> None:
    """Raise InputError where the packages of the extra ``lab`` are absent."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(f"the lab needs {', '.join(missing)}, which is not installed: pip install 'connectors[lab]'")


@click.command()
@click.option("--port", type=Whole(0, 65535), default=8137, show_default=True, metavar="N", help="0: any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="NAME",
              help="Address to open; 0.0.0.0 lets a whole classroom in.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="Do not open the page in the browser.")
def lab(port: int, host: str, no_browser: bool) -> None:
    """Open the lab: a page in the browser that a class plays with.

    Only this machine can reach it unless --host says otherwise.
    """
    from ..cli import get_compiled

    refuse_without_web()
    from .server import serve

    get_compiled()
    serve(host, port, browser=not no_browser, tell=click.echo)
