"""Calls on sockets for tests: Twilio's side of a session, in the process of the test, and the service's own session on it."""

import queue
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import orjson

from tests.support.waiting import wait_for
from voicebot.domain.call.background import Transport
from voicebot.runtime import Runtime
from voicebot.services.calls.streams.session import carry
from voicebot.sockets.ending import SocketClosed


class Line:
    """A socket whose two ends are in one process: `receive` and `send` are the service's."""

    def __init__(self) -> None:
        self._to_us: queue.SimpleQueue[str | bytes | None] = queue.SimpleQueue()
        self.sent: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.code: int | None = None

    @property
    def closed(self) -> bool:
        return self.code is not None

    def receive(self, timeout_s: float | None = None) -> str | bytes | None:
        try:
            message = self._to_us.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if message is None:
            raise SocketClosed(self.code or 1006, "")
        return message

    def listen(self, hear: Callable[[str | bytes], None]) -> SocketClosed:
        try:
            while True:
                hear(self.receive() or "")
        except SocketClosed as closed:
            return closed

    def send(self, message: str | bytes) -> None:
        if not self.closed:
            assert isinstance(message, str)
            self.sent.put(message)

    def close(self, code: int = 1000, reason: str = "") -> None:
        if self.code is None:
            self.code = code
            self._to_us.put(None)

    def tell(self, message: str | bytes) -> None:
        self._to_us.put(message)


def over_relay(runtime: Runtime) -> Runtime:
    """Have the runtime's calls carried by ConversationRelay."""
    settings = {"voice_transport": "relay", "operator_phone_number": "+12025550199"}
    runtime.settings = runtime.settings.model_copy(update=settings)
    runtime.sockets_health.note(came_through=True)
    runtime.spool.probe()
    return runtime


def end_sessions(runtime: Runtime) -> None:
    """Close what is still open, and wait until the service is done with it."""

    def is_over() -> bool:
        for session in list(runtime.live_streams.values()):
            session.end()
        return not runtime.live_streams

    wait_for(is_over, pause_s=0.01)


def parameters(document: str) -> dict[str, str]:
    """What the <Parameter> elements of a document say."""
    return {
        str(each.get("name")): str(each.get("value"))
        for each in ElementTree.fromstring(document).iter("Parameter")
    }


@dataclass
class RelaySession:
    """One session, as Twilio has it. What is said is played at once, and reported unless `reports` is off."""

    runtime: Runtime
    call_sid: str
    token: str
    reports: bool = True
    line: Line = field(default_factory=Line)
    spoken: list[str] = field(default_factory=list)
    ended: dict[str, Any] | None = None
    frames: list[dict[str, Any]] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def begin(self) -> "RelaySession":
        """Open the socket and say who it is."""
        target: Callable[..., None] = carry
        self._thread = threading.Thread(
            target=target, args=(self.runtime, self.line, Transport.RELAY), daemon=True
        )
        self._thread.start()
        self.tell(
            "setup",
            sessionId="VX1",
            callSid=self.call_sid,
            callStatus="RINGING",
            customParameters={"token": self.token},
        )
        return self

    def tell(self, type: str, **fields: Any) -> None:
        """Send a message of Twilio's."""
        self.line.tell(orjson.dumps({"type": type, **fields}).decode())

    def says(self, words: str) -> None:
        """The caller says something."""
        self.tell("prompt", voicePrompt=words, lang="en-US", last=True)

    def hears(self, words: str, within_s: float = 10.0) -> str:
        """Wait until these words have been said; return all that was said since the last time."""
        until = time.monotonic() + within_s
        while words not in (said := self.said()):
            left_s = until - time.monotonic()
            assert left_s > 0, f"{words!r} was not said: {said!r}, closed with {self.line.code}"
            self._take(left_s)
        self.spoken.clear()
        return said

    def said(self) -> str:
        """What was said since the last time."""
        return re.sub(r"\s+", " ", "".join(self.spoken)).strip()

    def waits_for_end(self, within_s: float = 10.0) -> dict[str, Any]:
        """Wait until the service ends the session; return its hand-over data."""
        until = time.monotonic() + within_s
        while self.ended is None:
            left_s = until - time.monotonic()
            assert left_s > 0, f"the session was not ended, said: {self.said()!r}"
            self._take(left_s)
        self.hangs_up()
        return self.ended

    def takes(self, seconds: float) -> None:
        """Take what comes for so long."""
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            self._take(left_s)

    def _take(self, within_s: float) -> None:
        try:
            message = orjson.loads(self.line.sent.get(timeout=within_s))
        except queue.Empty:
            return
        self.frames.append(message)
        if message["type"] == "text":
            self.spoken.append(message["token"])
            if self.reports and message["token"]:
                self.tell("info", name="tokensPlayed", value=message["token"])
        elif message["type"] == "end":
            self.ended = orjson.loads(message.get("handoffData") or "{}")

    def settles(self) -> None:
        """Wait until everything is committed."""
        (session,) = self.runtime.live_streams.values()
        self.takes(0.05)
        wait_for(lambda: session.is_kept)

    def hangs_up(self, code: int = 1000) -> None:
        """The socket is closed; returns when the service is done with it."""
        self.line.close(code)
        assert self._thread is not None
        self._thread.join(10)
        assert not self._thread.is_alive(), "the session did not end"
