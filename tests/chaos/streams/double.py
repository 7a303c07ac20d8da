"""The way from `streamdouble`, a tool that others wrote, to our sockets: it opens one address, and knows no webhook and no token.

For each of its connections the proxy begins a call by a signed webhook, opens the socket that the document asks for with the signature
that Twilio sends, and puts the call's name and token into the tool's `start`. Everything else passes as it is.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.sync.server import Server, ServerConnection, serve

from tests.chaos.signed import post
from tests.house import NUMBER, House
from voicebot.transports.twilio.signatures import signature_of

CALL_S = 60


@dataclass
class Proxy:
    """Where the tool connects to, and the calls that it has begun."""

    house: House
    calls: list[str]
    url: str = ""

    def carry(self, tool: ServerConnection) -> None:
        """Carry one connection of the tool's."""
        call_sid = f"CA{uuid4().hex}"
        address, parameters = self._begun(call_sid)
        self.calls.append(call_sid)
        token = self.house.settings.twilio_auth_tokens[0]
        headers = {"X-Twilio-Signature": signature_of(address, {}, token)}
        with (
            connect(address, additional_headers=headers, proxy=None, compression=None) as ours,
            suppress(ConnectionClosed),
        ):
            threading.Thread(target=_back, args=(ours, tool), daemon=True).start()
            for text in tool:
                ours.send(self._named(text, call_sid, parameters))

    def _begun(self, call_sid: str) -> tuple[str, Mapping[str, str]]:
        form = {
            "AccountSid": self.house.settings.twilio_account_sid,
            "CallSid": call_sid,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "From": f"+1305{2000000 + len(self.calls)}",
            "To": NUMBER,
        }
        document = ElementTree.fromstring(post(self.house, "/twilio/voice", form).text)
        stream = next(document.iter("Stream"))
        return str(stream.get("url")), {
            str(each.get("name")): str(each.get("value")) for each in stream.iter("Parameter")
        }

    def _named(self, text: str | bytes, call_sid: str, parameters: Mapping[str, str]) -> str:
        message = json.loads(text)
        if message["event"] == "start":
            message["start"] |= {"callSid": call_sid, "customParameters": dict(parameters)}
            message["start"]["accountSid"] = self.house.settings.twilio_account_sid
        return json.dumps(message)


def _back(ours: ClientConnection, tool: ServerConnection) -> None:
    with suppress(ConnectionClosed):
        for text in ours:
            tool.send(text)
    tool.close(ours.close_code or 1000)


@contextmanager
def proxied(house: House) -> Iterator[Proxy]:
    """Run the proxy on a free port of this machine."""
    proxy = Proxy(house, [])
    server: Server = serve(proxy.carry, "127.0.0.1", 0, compression=None)
    proxy.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join(10)


def measured(proxy: Proxy, audio: Path, *, seed: int, loss: float, jitter_ms: int) -> dict[str, Any]:
    """Have the tool make one call through the proxy; return its report."""
    command = [
        sys.executable, "-m", "streamdouble.cli", "call", proxy.url, "--audio", str(audio), "--json",
        "--packet-loss", str(loss), "--jitter", str(jitter_ms), "--chaos-seed", str(seed),
        "--max-drain", "8", "--quiet-period", "1.5",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=CALL_S, check=False)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report
