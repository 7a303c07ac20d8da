"""The proxy's file, in the proxy: it is valid, and keeps back what must not reach the service."""

import http.client
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from simulator.house import free_port
from tests.support.waiting import wait_for_start
from voicebot.api.dialling.campaign_people import MOST_FILE_BYTES
from voicebot.api.onboardings import MOST_CSV_BYTES
from voicebot.sockets.client import connect
from voicebot.sockets.ending import SocketClosed
from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.server import accept

ROOT = Path(__file__).resolve().parents[2]
CADDY = Path(sys.executable).with_name("caddy")
FILE = ROOT / "deploy" / "Caddyfile"
PROXY_READS = 256 * 1024 + 1
"""What Go's server reads of a body that nobody wants before it answers; it would wait for them for as long as a body may take."""


@dataclass
class Behind:
    """What the service would get: the requests that came through."""

    seen: list[tuple[str, int]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """What each request said of the client's address."""
    go_on: threading.Event = field(default_factory=threading.Event)


@pytest.fixture(scope="module")
def there() -> list[Behind]:
    """What stands behind the one proxy of all tests: the last, which is the test's own."""
    return []


@pytest.fixture
def behind(there: list[Behind]) -> Behind:
    there.append(Behind())
    return there[-1]


@pytest.fixture(scope="module")
def upstream(there: list[Behind]) -> Iterator[int]:
    """A service that answers at once, or sends the second half of a clip when it is told to."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            behind = there[-1]
            length = len(self.rfile.read(int(self.headers["Content-Length"])))
            behind.seen.append((self.path, length))
            behind.told += self.headers.get_all("X-Forwarded-For") or []
            self.send_response(204)
            self.end_headers()

        def do_GET(self) -> None:
            behind = there[-1]
            behind.seen.append((self.path, 0))
            if "Upgrade" in self.headers:
                given = {
                    f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()
                }
                environ = given | {"REQUEST_METHOD": "GET", "werkzeug.socket": self.connection}
                answers = accept(environ, SocketLimits())
                answers.send(f"{self.headers['X-Twilio-Signature']} {answers.receive(10)}")
                answers.finish()
                return
            self.send_response(200)
            # As clips come: nobody knows yet how long they are.
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"5\r\nfirst\r\n")
            behind.go_on.wait(10)
            self.wfile.write(b"5\r\nlater\r\n0\r\n\r\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    for each in there:
        each.go_on.set()
    server.shutdown()


@pytest.fixture(scope="module")
def proxy(upstream: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The file as it is, but for the addresses: no certificate is fetched here."""
    port, folder = free_port(), tmp_path_factory.mktemp("proxy")
    text = FILE.read_text(encoding="utf-8")
    for old, new in (
        ("bot.example.com {", f"http://127.0.0.1:{port} {{"),
        ("127.0.0.1:8080", f"127.0.0.1:{upstream}"),
        # No process of the role `live` is there.
        ("127.0.0.1:8081", "127.0.0.1:1"),
        ("{\n\tservers", "{\n\tadmin off\n\tservers"),
    ):
        assert text.count(old) == (2 if old.endswith("8080") else 1), old
        text = text.replace(old, new)
    file = folder / "Caddyfile"
    file.write_text(text, encoding="utf-8")
    process = subprocess.Popen(
        [CADDY, "run", "--adapter", "caddyfile", "--config", file],
        env=environ(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_start(process.pid, lambda: answers(port), lambda: "")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def environ(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder)}


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(port: int, method: str, path: str, body: bytes | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    connection.request(method, path, body)
    return connection.getresponse()


def test_the_file_is_valid(tmp_path):
    done = subprocess.run(
        [CADDY, "validate", "--adapter", "caddyfile", "--config", FILE],
        env=environ(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-1000:]
    assert "Valid configuration" in done.stderr + done.stdout


def test_websockets_of_calls_pass_both_ways_also_without_a_process_of_their_own(proxy, behind):
    limits = SocketLimits()
    ours = connect(
        f"ws://127.0.0.1:{proxy}/twilio/media", headers={"X-Twilio-Signature": "sig"}, limits=limits
    )
    ours.send("hello")

    assert ours.receive(10) == "sig hello"
    with pytest.raises(SocketClosed) as closed:
        ours.receive(10)
    assert closed.value.code == 1000
    assert behind.seen == [("/twilio/media", 0)]


def test_webhooks_pass_with_their_address_unchanged(proxy, behind):
    answer = ask(proxy, "POST", "/twilio/voice?a=%2B1&b=x%20y&c=", b"CallSid=CA1")

    assert answer.status == 204
    assert behind.seen == [("/twilio/voice?a=%2B1&b=x%20y&c=", 11)]
    assert answer.headers["Strict-Transport-Security"]


def test_the_client_s_address_is_the_proxy_s_own_word_whatever_the_client_says_of_itself(proxy, behind):
    connection = http.client.HTTPConnection("127.0.0.1", proxy, timeout=15)
    connection.request("POST", "/api/v1/verifications", b"{}", {"X-Forwarded-For": "203.0.113.9"})

    assert connection.getresponse().status == 204
    assert [told.split(",")[-1].strip() for told in behind.told] == ["127.0.0.1"]


def test_a_body_that_is_too_large_stays_outside_and_the_largest_of_ours_passes(proxy, behind):
    assert ask(proxy, "POST", "/twilio/sms", b"x" * 3_000_000).status == 413
    assert behind.seen == []
    assert ask(proxy, "POST", "/api/v1/onboardings/csv", b"x" * MOST_CSV_BYTES).status == 204
    assert behind.seen == [("/api/v1/onboardings/csv", MOST_CSV_BYTES)]


def test_a_list_of_people_may_be_larger_and_has_an_end_too(proxy, behind):
    path = "/api/v1/campaigns/1/people"

    assert ask(proxy, "POST", path, b"x" * 10_000_000).status == 204
    assert behind.seen == [(path, 10_000_000)]
    assert largest_said(proxy, path, MOST_FILE_BYTES + 8_000_000) == 413


def largest_said(port: int, path: str, size: int) -> int:
    """The answer to a request that says how large its body is, and sends the beginning of it: so much the proxy reads before it answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    connection.putrequest("POST", path)
    connection.putheader("Content-Length", str(size))
    connection.endheaders(b"x" * PROXY_READS)
    return connection.getresponse().status


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/metrics?x=1", "//metrics", "/%6Detrics"])
def test_what_is_for_watchers_stays_inside(proxy, behind, path):
    assert ask(proxy, "GET", path).status == 404
    assert behind.seen == []


def test_sound_is_heard_while_it_is_still_being_made(proxy, behind):
    answer = ask(proxy, "GET", "/speech/token")

    assert answer.read(5) == b"first"
    behind.go_on.set()
    assert answer.read() == b"later"
