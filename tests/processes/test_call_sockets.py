"""The sockets of calls in a gunicorn of our own configuration: who gets one, what it costs, and what becomes of it."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from websockets.frames import Frame, Opcode

from simulator.house import free_port
from tests.support.runs import forks
from tests.support.waiting import wait_for, wait_for_start
from voicebot.settings import load_settings
from voicebot.sockets.client import RefusedUpgrade, connect
from voicebot.sockets.ending import SocketClosed
from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.websocket import WebSocket
from voicebot.transports.twilio.signatures import signature_of

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (
    sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "--graceful-timeout", "13",
    "tests.processes.socket_app:app",
)  # fmt: skip
PUBLIC = "voice.example.com"
RELAY = f"wss://{PUBLIC}/twilio/relay"
LONG_S = 20.0


@dataclass(frozen=True)
class Served:
    """One process whose database is away: nothing of these sockets needs it before a session does."""

    port: int
    token: str
    master: subprocess.Popen[bytes]

    def open(self, path: str = "/twilio/relay", signed: str | None = RELAY) -> WebSocket:
        """Open a socket, with the signature that Twilio would make of the address `signed`."""
        headers = {} if signed is None else {"X-Twilio-Signature": signature_of(signed, {}, self.token)}
        limits = SocketLimits(connect_within_s=LONG_S)
        return connect(f"ws://127.0.0.1:{self.port}{path}", headers=headers, limits=limits)

    def raw(self, *frames: bytes, key: str = "dGhlIHNhbXBsZSBub25jZQ==") -> socket.socket:
        """Ask for an upgrade, and send frames without waiting for the answer."""
        head = (
            f"GET /twilio/relay HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"X-Twilio-Signature: {signature_of(RELAY, {}, self.token)}\r\n\r\n"
        )
        client = socket.create_connection(("127.0.0.1", self.port), timeout=LONG_S)
        client.sendall(head.encode() + b"".join(frames))
        return client

    def measured(self) -> dict[str, float]:
        """What `/metrics` says of sockets."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=LONG_S) as answer:
            lines = re.findall(r"^(voicebot_stream_sockets\S*) (\S+)$", answer.read().decode(), re.MULTILINE)
        return {name: float(value) for name, value in lines}

    def rss(self) -> int:
        """Bytes of memory that the web process uses."""
        return sum(each.memory_info().rss for each in psutil.Process(self.master.pid).children())


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PORT": str(port),
        "PUBLIC_URL": f"https://{PUBLIC}",
        "PUBLIC_WS_URL": f"wss://{PUBLIC}",
        "VOICEBOT_WEB_WORKERS": "1",
        "VOICEBOT_MAX_CALLS": "500",
        "VOICEBOT_ROLE": "live",
        "VOICEBOT_DATA_DIR": str(folder / "data"),
        # As `serve` has it.
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
        "SUPABASE_DB_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }
    with (folder / "log").open("wb") as log:
        process = forks.start(COMMAND, cwd=ROOT, env=environ, stderr=log)
    try:
        wait_for_start(process.pid, lambda: is_alive(port), (folder / "log").read_text)
        yield Served(port, load_settings(environ).twilio_auth_token, process)
    finally:
        process.terminate()
        process.wait(timeout=40)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as one:
        yield one


def is_alive(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def masked(text: bytes) -> bytes:
    return Frame(Opcode.TEXT, text).serialize(mask=True)


def test_a_socket_is_opened_to_who_signed_its_address_as_it_was_written(served):
    for path in ("/twilio/relay", "/twilio/media"):
        for scheme in ("wss", "https"):
            ours = served.open(path, f"{scheme}://{PUBLIC}{path}")
            ours.send("hello")

            assert ours.receive(LONG_S) == f"{path.rpartition('/')[2]}: hello"
            ours.finish()


@pytest.mark.parametrize(
    "signed", [None, f"{RELAY}/", f"wss://{PUBLIC}/twilio/media", "wss://elsewhere.example.com/twilio/relay"]
)
def test_whoever_did_not_sign_gets_403_and_no_socket(served, signed):
    with pytest.raises(RefusedUpgrade) as refused:
        served.open(signed=signed)

    assert refused.value.status == 403


def test_what_is_signed_and_no_upgrade_is_told_so_and_the_connection_goes_on(served):
    signed = {"X-Twilio-Signature": signature_of(f"https://{PUBLIC}/twilio/relay", {}, served.token)}
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "AAAA"}
    client = http.client.HTTPConnection("127.0.0.1", served.port, timeout=LONG_S)
    statuses = []
    for headers in ({}, upgrade, upgrade | {"Sec-WebSocket-Version": "8"}):
        client.request("GET", "/twilio/relay", headers=signed | headers)
        answer = client.getresponse()
        answer.read()
        statuses.append(answer.status)
    client.close()

    assert statuses == [426, 400, 400]


def test_a_session_that_fails_is_the_end_of_its_own_socket(served):
    ours = served.open()
    ours.send("fail")

    with pytest.raises(SocketClosed) as closed:
        ours.receive(LONG_S)
    assert closed.value.code == 1011


def test_a_peer_that_does_not_read_is_let_go_while_others_are_served(served):
    not_read = 'voicebot_stream_sockets_closed_total{ending="not_read",transport="relay"}'
    before = served.measured().get(not_read, 0)
    with served.raw() as deaf:
        # 18 MB of echo, of which the kernels and the socket keep no more than their share.
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with suppress(OSError):
            for _ in range(290):
                deaf.sendall(masked(b"x" * 60_000))
        wait_for(lambda: served.measured().get(not_read, 0) == before + 1, LONG_S)


def test_a_thousand_sockets_at_rest_cost_little_and_leave_nothing_behind(served):
    before_rss, before = served.rss(), served.measured()
    with ExitStack() as stack:
        # What comes together with the request is not lost.
        clients = [stack.enter_context(served.raw(masked(b"a"))) for _ in range(1000)]
        for client in clients:
            answer = b""
            while not answer.endswith(b"relay: a"):
                answer += client.recv(4096)
            assert answer.startswith(b"HTTP/1.1 101 ")
        assert served.measured()['voicebot_stream_sockets{transport="relay"}'] == 1000
        grown = served.rss() - before_rss

    wait_for(lambda: served.measured()['voicebot_stream_sockets{transport="relay"}'] == 0, LONG_S)
    lost = 'voicebot_stream_sockets_closed_total{ending="lost",transport="relay"}'
    assert served.measured()[lost] - before.get(lost, 0) == 1000
    print(f"a socket at rest takes {grown / 1000 / 1024:.0f} kB")
    assert grown < 150 * 1024 * 1024


def test_a_process_that_stops_lets_calls_move_at_their_turn_and_closes_those_that_do_not(tmp_path):
    with serving(tmp_path) as restarted:
        moving, staying = restarted.open(), restarted.open()
        watcher = http.client.HTTPConnection("127.0.0.1", restarted.port, timeout=LONG_S)
        assert b'"draining":false' in read(watcher, "/readyz")

        # Its turn ends once the process stops: however busy the machine, that is within the time it has.
        moving.send("turn")
        # The master starts another process and tells this one to stop.
        restarted.master.send_signal(signal.SIGHUP)
        wait_for(lambda: b'"draining":true' in read(watcher, "/readyz"), LONG_S)

        assert moving.receive(LONG_S) == "moved"
        assert code_of_the_end(moving) == 1000
        elsewhere = opened_again(restarted)
        elsewhere.send("here")
        assert elsewhere.receive(LONG_S) == "relay: here"
        assert code_of_the_end(staying) == 1012

        restarted.master.terminate()
        assert code_of_the_end(elsewhere) == 1012
        assert restarted.master.wait(LONG_S) == 0
        with pytest.raises(ConnectionError):
            restarted.open()


def read(client: http.client.HTTPConnection, path: str) -> bytes:
    client.request("GET", path)
    return client.getresponse().read()


def code_of_the_end(ours: WebSocket) -> int:
    with pytest.raises(SocketClosed) as closed:
        ours.receive(LONG_S)
    return closed.value.code


def opened_again(served: Served) -> WebSocket:
    """A socket in the next process: for a second the one that stops may still get connections, and refuses them."""
    made: list[WebSocket] = []

    def is_open() -> bool:
        with suppress(RefusedUpgrade, ConnectionError, TimeoutError):
            made.append(served.open())
        return bool(made)

    wait_for(is_open, 2 * LONG_S)
    return made[0]
