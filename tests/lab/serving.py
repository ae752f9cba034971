"""What do the tests of server and page share? A lab on a free port of this machine, in a thread, and a client."""

import contextlib
import json
import socket
import threading
import time

import uvicorn
from websockets.sync.client import connect

from simulation.compiled import compile_now
from simulation.lab import frames
from simulation.lab.server import LARGEST_MESSAGE, address, listen, make_app


class Lab:
    """A server that runs while a test does."""

    def __init__(self, compile=True):
        if compile:
            compile_now()  # as the command does, before threads ask for it
        self.gate = make_app(compile=compile)
        self.socket = listen("127.0.0.1", 0)
        self.url = address(self.socket, "127.0.0.1")
        self.talk = self.url.replace("http", "ws") + "talk"
        config = uvicorn.Config(self.gate, log_level="warning", ws="websockets-sansio", ws_max_size=LARGEST_MESSAGE,
                                timeout_graceful_shutdown=1)  # fmt: skip
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    @property
    def pages(self):
        return self.gate.app.state.pages

    def __enter__(self):
        self.thread.start()
        until(lambda: self.server.started)
        return self

    def __exit__(self, *problem):
        self.server.should_exit = True
        self.thread.join(10)
        self.socket.close()


class Client:
    """A page without a browser: it asks, reads, and acknowledges when told to."""

    def __init__(self, lab, **headers):
        self.opening = connect(lab.talk, additional_headers=headers or None, proxy=None)
        self.socket = self.opening.__enter__()

    def ask(self, **message):
        self.socket.send(json.dumps(message))

    def read(self, timeout=10):
        content = self.socket.recv(timeout)
        return frames.unpack(content) if isinstance(content, bytes) else json.loads(content)

    def until(self, wanted, timeout=10):
        """Read until something is wanted, and return it."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                answer = self.read(0.2)
                if wanted(answer):
                    return answer
        raise AssertionError("nothing that was wanted arrived")

    def frames(self, seconds):
        """Return the frames that arrive within some time, none of them acknowledged."""
        found, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                answer = self.read(max(0.01, end - time.monotonic()))
                found += [answer] if isinstance(answer, frames.Frame) else []
        return found

    def start(self, **settings):
        self.until(lambda answer: isinstance(answer, dict) and answer["is"] == "hello")
        self.ask(do="start", settings={"agents": 30, **settings}, seed=5)
        return self.until(lambda answer: isinstance(answer, frames.Frame))

    def close(self):
        self.opening.__exit__(None, None, None)

    def vanish(self):
        """Be gone without a word, as a machine that is switched off."""
        self.socket.socket.shutdown(socket.SHUT_RDWR)
        self.close()


def until(true, seconds=10):
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.02)
