"""The sockets of calls in a gunicorn of our own configuration: who gets one, and what becomes of them."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.house import free_port
from tests.support.waiting import wait_for_start
from voicebot.settings import load_settings
from voicebot.sockets.client import RefusedUpgrade, connect
from voicebot.sockets.limits import SocketLimits
from voicebot.sockets.websocket import WebSocket
from voicebot.transports.twilio.signatures import signature_of

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (
    sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "tests.processes.socket_app:app",
)  # fmt: skip
PUBLIC = "voice.example.com"


@dataclass(frozen=True)
class Served:
    """One process whose database is away: nothing of these sockets needs it before a session does."""

    port: int
    token: str
    log: Path

    def open(self, path: str, signed: str | None) -> WebSocket:
        """Open a socket, with the signature that Twilio would make of the address `signed`."""
        headers = {} if signed is None else {"X-Twilio-Signature": signature_of(signed, {}, self.token)}
        return connect(f"ws://127.0.0.1:{self.port}{path}", headers=headers, limits=SocketLimits())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PORT": str(port),
        "PUBLIC_URL": f"https://{PUBLIC}",
        "PUBLIC_WS_URL": f"wss://{PUBLIC}",
        "VOICEBOT_WEB_WORKERS": "1",
        "VOICEBOT_DATA_DIR": str(folder / "data"),
        "SUPABASE_DB_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(COMMAND, cwd=ROOT, env=environ, stderr=log)
    try:
        wait_for_start(process.pid, lambda: is_alive(port), (folder / "log").read_text)
        yield Served(port, load_settings(environ).twilio_auth_token, folder / "log")
    finally:
        process.terminate()
        process.wait(timeout=40)


def is_alive(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_socket_is_opened_to_who_signed_its_address_as_it_was_written(served):
    for path in ("/twilio/relay", "/twilio/media"):
        for scheme in ("wss", "https"):
            socket = served.open(path, f"{scheme}://{PUBLIC}{path}")
            socket.send("hello")

            assert socket.receive(5) == f"{path.rpartition('/')[2]}: hello"
            socket.finish()


@pytest.mark.parametrize(
    "signed",
    [
        None,
        f"wss://{PUBLIC}/twilio/relay/",
        f"wss://{PUBLIC}/twilio/media",
        "wss://elsewhere.example.com/twilio/relay",
    ],
)
def test_whoever_did_not_sign_gets_403_and_no_socket(served, signed):
    with pytest.raises(RefusedUpgrade) as refused:
        served.open("/twilio/relay", signed)

    assert refused.value.status == 403
