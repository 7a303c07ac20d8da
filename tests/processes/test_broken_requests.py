"""Requests that break off or are broken, on a gunicorn of our own configuration: each is answered, and the next one too."""

import os
import socket
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.house import free_port
from tests.support.runs import forks
from tests.support.waiting import wait_for_start

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "wsgi:app")
SIGNED = b"X-Twilio-Signature: " + b"A" * 27 + b"=\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@dataclass(frozen=True)
class Served:
    """A gunicorn with one process whose database is away, and what it has written."""

    port: int
    log: Path

    def ask(self, *parts: bytes, ends: bool = True) -> list[int]:
        """Send bytes on one connection, say that there are no more, and return the status of every answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            client.sendall(b"".join(parts))
            if ends:
                client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        lines = [line for line in answer.split(b"\r\n") if b"HTTP/1.1 " in line]
        return [int(line.rpartition(b"HTTP/1.1 ")[2][:3]) for line in lines]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PORT": str(port),
        "VOICEBOT_WEB_WORKERS": "1",
        "VOICEBOT_DATA_DIR": str(folder / "data"),
        # As `serve` has it.
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
        "SUPABASE_DB_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }
    with (folder / "log").open("wb") as log:
        process = forks.start(COMMAND, cwd=ROOT, env=environ, stderr=log)
    try:
        wait_for_start(process.pid, lambda: is_alive(port), lambda: "")
        yield Served(port, folder / "log")
    finally:
        process.terminate()
        process.wait(timeout=40)


def is_alive(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def head(path: bytes, *headers: bytes) -> bytes:
    return b"POST " + path + b" HTTP/1.1\r\nHost: x\r\n" + b"".join(headers) + b"\r\n"


@pytest.mark.parametrize("path", [b"/twilio/sms", b"/twilio/voice", b"/twilio/voice/status"])
@pytest.mark.parametrize("chunk", [b"zz\r\n", b"\r\n", b"5\r\nhelloXX", b"5 5\r\nhello", b"5\r\nhel"])
def test_a_malformed_chunk_is_400_on_every_route_of_twilio(served, path, chunk):
    before = served.log.stat().st_size

    assert served.ask(head(path, SIGNED, CHUNKED), chunk) == [400]
    assert b"stack" not in served.log.read_bytes()[before:]


def test_an_unsigned_one_is_refused_without_a_look_at_its_chunks(served):
    assert served.ask(head(b"/twilio/sms", CHUNKED), b"zz\r\n") == [403]


def test_a_body_that_breaks_off_is_400(served):
    assert served.ask(head(b"/twilio/sms", SIGNED, b"Content-Length: 100\r\n"), b"Body=hel") == [400]


def test_a_body_that_was_not_read_is_no_beginning_of_the_next_request(served):
    unread = head(b"/twilio/sms", b"Content-Length: 37\r\n"), b"GET /healthz HTTP/1.1\r\nHost: hidden\r\n\r\n"
    next_one = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    assert served.ask(*unread[:1], unread[1][:37], next_one, ends=False) == [403, 200]


def test_whoever_asks_whether_to_go_on_is_told(served):
    waits = head(
        b"/twilio/sms",
        SIGNED,
        b"Content-Length: 5\r\n",
        b"Expect: 100-continue\r\n",
        b"Connection: close\r\n",
    )

    assert served.ask(waits, b"a=bcd", ends=False) == [100, 403]
