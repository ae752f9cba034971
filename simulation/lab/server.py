"""How does the lab reach the browser? Static files, what has been run, and one websocket per open page; nothing else.

Every page has a `Desk` of its own, which goes when its websocket closes. Messages and ticks run in a small pool of
threads (the compiled engine releases the interpreter's lock), one at a time for each page. The page acknowledges
frames; the server is never more than ``AHEAD`` of them ahead, so a slow or hidden page slows only its own world.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import socket
import time
import webbrowser
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..errors import InputError
from .desk import Answers, Desk
from .explore import shipped
from .teaching import as_page

LOG = logging.getLogger(__name__)
PAGE = Path(__file__).with_name("page")
PORT = 8137
AHEAD = 3  # frames that a page may not have acknowledged yet
ACKNOWLEDGED = '{"do":"ack"}'
MOST_PAGES = 64
LARGEST_MESSAGE = 16_384  # bytes
LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYWHERE = ("0.0.0.0", "::", "")  # every address of this machine
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def header(scope: Scope, name: str) -> str:
    """Return a header of a request, or an empty text."""
    return dict(scope["headers"]).get(name.encode(), b"").decode("latin-1")


class Gate:
    """Lets in only requests that name this server and, from a page, come from this server's page.

    That keeps other web pages out, which a browser would let talk to a websocket on this machine, and names that
    were made to point here. Answers carry a content security policy.

    Parameters
    ----------
    app : ASGI application
    hosts : tuple of str
        Names under which the server may be called; empty for any.
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...]) -> None:
        self.app, self.hosts = app, hosts

    def admits(self, scope: Scope) -> bool:
        """Return whether a request may come in."""
        host, origin = header(scope, "host"), header(scope, "origin")
        try:
            name = urlsplit(f"//{host}").hostname or ""
            from_here = not origin or urlsplit(origin).netloc == host
        except ValueError:
            return False
        return from_here and (not self.hosts or name in self.hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif self.admits(scope):
            host = header(scope, "host")
            policy = POLICY.format(host=f" ws://{host}" if re.fullmatch(r"[\w.:\[\]-]+", host) else "").encode()

            async def send_guarded(message: Any) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [
                        *message.get("headers", []), (b"content-security-policy", policy),
                        (b"cache-control", b"no-cache"), (b"x-content-type-options", b"nosniff"),
                        (b"referrer-policy", b"no-referrer"),
                    ]  # fmt: skip
                await send(message)

            await self.app(scope, receive, send_guarded)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).close(1008)
        else:
            await PlainTextResponse("The lab answers only its own page.", 403)(scope, receive, send)


class Conversation:
    """One open page: what it asks is done in order, and while it plays, ticks are sent as fast as it draws them.

    Parameters
    ----------
    websocket : WebSocket
    pool : ThreadPoolExecutor
    compile : bool
    """

    def __init__(self, websocket: WebSocket, pool: ThreadPoolExecutor, compile: bool) -> None:
        self.websocket, self.pool, self.desk = websocket, pool, Desk(compile)
        self.turn = asyncio.Lock()
        self.news = asyncio.Event()  # something was asked or acknowledged
        self.ahead = 0

    async def hold(self) -> None:
        """Talk until the page closes."""
        await self.websocket.accept()
        await self.send(self.desk.hello())
        playing = asyncio.create_task(self.play())
        try:
            while True:
                message = await self.websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text = message.get("text")
                if text and text.replace(" ", "") == ACKNOWLEDGED:
                    self.ahead = max(0, self.ahead - 1)
                else:
                    await self.do(self.desk.handle, "?" if text is None else text)
                self.news.set()
        finally:
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
                await playing

    async def do(self, what: Callable[..., Answers], *arguments: Any) -> None:
        """Do something in the pool, alone on this desk, and send the answers."""
        async with self.turn:
            try:
                answers = await asyncio.get_running_loop().run_in_executor(self.pool, what, *arguments)
            except Exception:  # a mistake of ours, or no memory: this page is told, the others go on
                LOG.exception("a page's world failed")
                self.desk.playing = False
                answers = [{"is": "error", "text": "This world has failed. Reset begins it anew; the others go on."}]
            for each in answers:
                await self.send(each)

    async def send(self, answer: dict[str, Any] | bytes) -> None:
        """Send one message or frame; raise WebSocketDisconnect where the page has closed in the meantime."""
        try:
            if isinstance(answer, bytes):
                self.ahead += 1
                await self.websocket.send_bytes(answer)
            else:
                await self.websocket.send_text(json.dumps(answer))
        except RuntimeError:  # what Starlette raises once it knows that the page has gone
            raise WebSocketDisconnect(1006) from None

    async def play(self) -> None:
        """Send ticks while the page plays and keeps up."""
        due = 0.0
        while True:
            worlds = len(self.desk.worlds)
            if not self.desk.playing or self.ahead > AHEAD - 1 + (worlds - 1):
                self.news.clear()
                await self.news.wait()
                continue
            now = time.monotonic()
            if now < due:
                await asyncio.sleep(due - now)
                continue
            due = max(now, due + 1.0 / self.desk.speed)
            await self.do(self.tick)

    def tick(self) -> Answers:
        """Run one tick if the page still plays: it may have paused while this waited for its turn."""
        return self.desk.step() if self.desk.playing else []


def make_app(hosts: tuple[str, ...] = LOOPBACK, compile: bool = True,
             sweeps: Sequence[dict[str, Any]] | None = None) -> ASGIApp:  # fmt: skip
    """Return the lab as an ASGI application.

    Parameters
    ----------
    hosts : tuple of str
        Names under which it may be called; empty for any.
    compile : bool
        False runs the engine interpreted.
    sweeps : sequence of dict, optional
        What the explorer moves through, as `explore.explored` returns it; by default what the lab brings along.
    """
    explored = json.dumps(list(shipped() if sweeps is None else sweeps)).encode()
    taught = as_page()
    pool = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1), thread_name_prefix="lab")
    pages: set[Conversation] = set()

    async def talk(websocket: WebSocket) -> None:
        if len(pages) >= MOST_PAGES:
            await websocket.accept()
            full = f"The lab is full: {MOST_PAGES} pages are open. Close one and reload."
            await websocket.send_text(json.dumps({"is": "error", "text": full}))
            await websocket.close(1013)
            return
        conversation = Conversation(websocket, pool, compile)
        pages.add(conversation)
        try:
            with contextlib.suppress(WebSocketDisconnect):
                await conversation.hold()
        finally:
            pages.discard(conversation)

    async def sweeps_json(request: Request) -> Response:
        return Response(explored, media_type="application/json")

    async def teaching(request: Request) -> Response:
        return HTMLResponse(taught)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        pool.shutdown(wait=False, cancel_futures=True)

    routes = [WebSocketRoute("/talk", talk), Route("/sweeps.json", sweeps_json), Route("/teaching.html", teaching),
              Mount("/", StaticFiles(directory=PAGE, html=True))]  # fmt: skip
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.pages = pages
    return Gate(app, hosts)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes any free one.

    Raises
    ------
    InputError
        The host is not one of this machine's, or the port is taken or not allowed.
    """
    listening = None
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        if os.name != "nt":  # there it would let two programs listen on one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(128)
    except (OSError, UnicodeError) as problem:
        if listening is not None:
            listening.close()
        reason = getattr(problem, "strerror", None) or problem
        raise InputError(
            f"--host {host} --port {port}: cannot be opened ({reason}); try --port 0 for any free port"
        ) from None
    return listening


def address(listening: socket.socket, host: str) -> str:
    """Return the address that a browser on this machine opens."""
    name = host if host not in EVERYWHERE else "127.0.0.1"
    return f"http://{f'[{name}]' if ':' in name else name}:{listening.getsockname()[1]}/"


def serve(host: str, port: int, sweeps: Sequence[dict[str, Any]] | None = None, *, page: str = "", browser: bool,
          tell: Callable[[str], None]) -> None:  # fmt: skip
    """Serve the lab until Ctrl-C.

    Parameters
    ----------
    host : str
        Name or address of this machine; a loopback one keeps everybody else out.
    port : int
        0 takes any free one.
    sweeps : sequence of dict, optional
        As in `make_app`.
    page : str
        Which page to open first.
    browser : bool
        Whether to open the page.
    tell : function of str
        Called with what is opened, and when it has closed.

    Raises
    ------
    InputError
        As `listen`.
    """
    listening = listen(host, port)
    private = host in LOOPBACK
    opened = address(listening, host) + page
    tell(f"The lab is open at {opened}")
    who = "Only this machine can reach it"
    if not private:
        where = "this machine" if host in EVERYWHERE else host
        who = f"Everybody who can reach {where} can use it, at port {listening.getsockname()[1]}"
    tell(f"{who}. Ctrl-C closes it.")
    hosts = LOOPBACK if private else () if host in EVERYWHERE else (host.lower(), *LOOPBACK)
    app = make_app(hosts, sweeps=sweeps)
    config = uvicorn.Config(app, log_level="warning", access_log=False, ws="websockets-sansio",
                            ws_max_size=LARGEST_MESSAGE, timeout_graceful_shutdown=1, server_header=False)  # fmt: skip
    server = uvicorn.Server(config)
    if browser:
        webbrowser.open(opened)  # the socket listens already: what the browser asks waits for the server
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    tell("\nThe lab is closed.")
