"""Does the server keep pages apart, strangers out and slow pages company, and does the command say what it opens?"""

import contextlib
import http.client
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

pytest.importorskip("uvicorn", reason="the extra lab is not installed")
pytest.importorskip("starlette", reason="the extra lab is not installed")
pytest.importorskip("websockets", reason="the extra lab is not installed")

from websockets.exceptions import ConnectionClosed, InvalidStatus

from simulation.cli import main
from simulation.errors import InputError
from simulation.lab import frames, server
from tests.lab import soak
from tests.lab.serving import Client, Lab, until

pytestmark = pytest.mark.slow  # threads and waiting: once is enough


@pytest.fixture
def client(lab):
    one = Client(lab)
    yield one
    one.close()


def get(lab, path, **headers):
    connection = http.client.HTTPConnection(urlsplit(lab.url).netloc, timeout=10)
    connection.request("GET", path, headers=headers)
    with contextlib.closing(connection):
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def is_state(answer):
    return isinstance(answer, dict) and answer["is"] == "state"


# ---- who comes in ----------------------------------------------------------------------------------------------------


def test_the_page_and_its_files(lab):
    status, headers, content = get(lab, "/")
    assert status == 200 and b"<title>Connectors" in content
    assert "default-src 'none'" in headers["content-security-policy"] and "unsafe" not in str(headers)
    for path in sorted(server.PAGE.iterdir()):
        status, _, content = get(lab, f"/{path.name}")
        assert (status, content) == (200, path.read_bytes())


@pytest.mark.parametrize("path", ["/../server.py", "/%2e%2e/server.py", "/..%2fserver.py", "/server.py", "/talk"])
def test_nothing_else_is_served(lab, path):
    assert get(lab, path)[0] == 404


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "[::"}]
)
def test_strangers_stay_out(lab, headers):
    status, _, content = get(lab, "/", **headers)
    assert (status, content) == (403, b"The lab answers only its own page.")
    if "Origin" in headers:
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            Client(lab, **headers)


def test_the_page_itself_comes_in(lab):
    own = Client(lab, Origin=lab.url.rstrip("/"))
    assert own.read()["is"] == "hello"
    own.close()


@pytest.mark.parametrize(
    ("hosts", "host", "comes_in"),
    [((), "anything:80", True), (("lab.example", "localhost"), "lab.example:80", True), (("localhost",), "a", False),
     (server.LOOPBACK, "[::1]:8137", True), (server.LOOPBACK, "", False)],
)  # fmt: skip
def test_names_of_the_server(hosts, host, comes_in):
    scope = {"type": "http", "headers": [(b"host", host.encode())]}
    assert server.Gate(None, hosts).admits(scope) is comes_in


# ---- talking ---------------------------------------------------------------------------------------------------------


def test_a_slow_page_is_never_more_than_three_frames_behind(client):
    client.start()
    client.ask(do="ack")
    client.ask(do="play", on=True, speed=30)
    assert len(client.frames(1.5)) == server.AHEAD
    client.ask(do="ack")
    client.ask(do="ack")
    assert len(client.frames(0.7)) == 2
    client.ask(do="play", on=False)
    client.until(is_state)


def test_a_pause_is_a_pause(client):
    client.start()
    client.ask(do="play", on=True, speed=30)
    client.ask(do="play", on=False)
    client.frames(0.3)
    for _ in range(5):
        client.ask(do="ack")
    assert client.frames(0.4) == []


def test_what_is_broken_ends_nothing(client):
    client.start()
    for broken in ("{", "[]", "", '{"do": 1}', b"\x00\x01", "x" * 16000):
        client.socket.send(broken)
        assert client.read()["is"] == "error"
    client.ask(do="step")
    assert client.until(lambda answer: isinstance(answer, frames.Frame)).tick == 1


def test_a_world_that_fails_is_said_and_can_begin_anew(client, monkeypatch, caplog):
    client.start()

    def fails(self):
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr("simulation.lab.session.Session.step", fails)
        client.ask(do="play", on=True, speed=30)
        assert (
            "This world has failed"
            in client.until(lambda answer: isinstance(answer, dict) and answer["is"] == "error")["text"]
        )
    assert "a page's world failed" in caplog.text
    client.ask(do="reset")
    client.ask(do="step")
    assert client.until(lambda answer: isinstance(answer, frames.Frame) and answer.tick == 1)


def test_a_message_without_end_closes_only_its_own_page(lab, client):
    client.start()
    other = Client(lab)
    other.start()
    other.socket.send("x" * (server.LARGEST_MESSAGE + 1))
    with pytest.raises(ConnectionClosed):
        other.until(lambda answer: False)
    client.ask(do="step")
    assert client.until(lambda answer: isinstance(answer, frames.Frame)).tick == 1


def test_pages_do_not_see_each_other(lab, client):
    other = Client(lab)
    assert (client.start(agents=20).present, other.start(agents=40).present) == (20, 40)
    other.ask(do="switch", slot=3, to="give")
    other.ask(do="step")
    assert other.until(lambda answer: isinstance(answer, frames.Frame) and answer.tick == 1)
    client.ask(do="person", slot=3)
    person = client.until(lambda answer: isinstance(answer, dict) and answer["is"] == "person")
    assert not person["by_hand"]
    other.close()


def test_a_closed_page_leaves_nothing_behind(lab, caplog):
    until(lambda: not lab.pages)
    for time_of_day in range(5):
        one = Client(lab)
        one.start()
        one.ask(do="play", on=True, speed=30)
        assert len(lab.pages) == 1
        one.vanish() if time_of_day % 2 else one.close()
        until(lambda: not lab.pages)
    assert threading.active_count() < 12 and not of_server(caplog)


def of_server(caplog):
    """Return what the server has logged; the client that vanishes may complain of its own end."""
    return [record.getMessage() for record in caplog.records if record.name != "websockets.client"]


def test_a_page_that_closes_while_it_is_answered_is_no_trouble(lab, caplog):
    until(lambda: not lab.pages)
    for _ in range(4):
        one = Client(lab)
        one.start(agents=300)
        one.ask(do="play", on=True, speed=30)
        for _ in range(40):
            one.ask(do="person", slot=7)
            one.ask(do="ack")
            one.ask(do="reset")
            one.ask(do="play", on=True)
        one.vanish()
    until(lambda: not lab.pages, 30)
    assert not of_server(caplog)


def test_a_full_lab_says_so(lab, monkeypatch):
    until(lambda: not lab.pages)
    monkeypatch.setattr(server, "MOST_PAGES", 1)
    first = Client(lab)
    first.read()
    second = Client(lab)
    assert "The lab is full" in second.read()["text"]
    first.close()
    second.close()


def test_twenty_pages_at_once():
    with Lab() as lab:
        clients = [Client(lab) for _ in range(20)]
        longest = []
        for one in clients:
            assert one.start(agents=300).present == 300
        for one in clients:
            one.ask(do="play", on=True, speed=10)

        def play(one):
            before, worst = time.monotonic(), 0.0
            for _ in range(15):
                frame = one.until(lambda answer: isinstance(answer, frames.Frame))
                now = time.monotonic()
                worst, before = max(worst, now - before), now
                one.ask(do="ack")
            assert frame.tick >= 14
            longest.append(worst)

        threads = [threading.Thread(target=play, args=[one]) for one in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(longest) == 20 and max(longest) < 2.0
        for one in clients:
            one.close()
        until(lambda: not lab.pages)


@pytest.mark.parametrize(
    ("grows", "seen"), [(lambda k: 0, False), (lambda k: 50 * min(k, 30), False), (lambda k: k, True)]
)
def test_a_leak_is_seen_and_a_cache_that_fills_is_none(grows, seen):
    readings = [300 + grows(k) for k in range(150)]  # MB, over five minutes
    assert (soak.growth(readings) > soak.MOST) == seen


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_a_short_soak():
    readings, ticks, troubles = soak.soak(0.05)
    assert (troubles, len(ticks)) == ([], soak.PAGES) and min(ticks) > 0 and min(readings) > 50


# ---- the command -----------------------------------------------------------------------------------------------------


def test_a_port_that_is_taken(lab):
    port = urlsplit(lab.url).port
    with pytest.raises(InputError, match=f"--port {port}: cannot be opened .*--port 0"):
        server.listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7", "\udcff"])
def test_a_host_that_is_not_here(host):
    with pytest.raises(InputError, match="cannot be opened"):
        server.listen(host, 0)


def test_without_the_extra_it_says_what_is_missing(monkeypatch):
    monkeypatch.setattr("simulation.lab.command.NEEDED", ("starlette", "no_such_package"))
    result = CliRunner().invoke(main, ["lab", "--no-browser"])
    assert result.exit_code == 2
    assert result.output == (
        "Error: the lab needs no_such_package, which is not installed: pip install 'connectors[lab]'\n"
    )


@pytest.mark.parametrize(
    ("host", "who"), [("127.0.0.1", "Only this machine can reach it"), ("0.0.0.0", "Everybody who can reach")]
)
def test_the_command_says_what_it_opens_and_closes_quietly(host, who):
    import signal

    program = [sys.executable, "-m", "simulation.cli", "lab", "--port", "0", "--host", host, "--no-browser"]
    running = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        first, second = running.stdout.readline(), running.stdout.readline()
        assert first.startswith("The lab is open at http://127.0.0.1:") and second.startswith(who)
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)
    finally:
        running.kill()
    assert (running.returncode, out.strip(), err) == (0, "The lab is closed.", "")
