"""Play recorded sessions of a provider against an ear: what we send is looked at, what the provider sent is received."""

import base64
import json
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.waiting import wait_for
from voicebot.providers.hearing.dialect import Message, Trouble
from voicebot.providers.hearing.doors import Door, Doors
from voicebot.providers.hearing.ear import Ear
from voicebot.providers.hearing.limits import HearingLimits
from voicebot.providers.hearing.wires import refused
from voicebot.providers.ports import FinalWords, Listening, PartialWords, TranscriptionFailed
from voicebot.sockets.client import RefusedUpgrade
from voicebot.sockets.ending import SocketClosed

PATIENT = HearingLimits(ready_within_s=600.0, answer_s=600.0, again_s=0.01, pauses_s=(600.0,))
TICK = "tick"


class ScriptWire:
    """A connection whose other side is the test."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.is_closed = self.is_read = False
        self._coming: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._came = self._read = 0
        self._lock = threading.Lock()

    def receive(self, timeout_s: float | None = None) -> Message | None:
        self.is_read = True
        with self._lock:
            # Whoever reads again has done with what came before.
            self._read = self._came if self._coming.empty() else self._read
        came = self._coming.get()
        if isinstance(came, BaseException):
            raise came
        return None if came is TICK else came

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.is_closed = True
        self._coming.put(SocketClosed(code, reason))

    def comes(self, said: Any) -> None:
        """Let the provider say something, and wait until it was acted on."""
        raw = said is TICK or isinstance(said, str | bytes | BaseException)
        with self._lock:
            self._came += 1
            self._coming.put(said if raw else json.dumps(said))
        wait_for(lambda: self._read == self._came or self.is_closed)


@dataclass
class Clock:
    """Time that passes when the test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A dialect; the troubles that it tells are kept."""

    def __init__(self, dialect: Any, troubles: list[Trouble]) -> None:
        self.__dict__.update(_dialect=dialect, _troubles=troubles)

    def heard(self, message: Message) -> Any:
        heard = self._dialect.heard(message)
        self._troubles.extend(each for each in heard if isinstance(each, Trouble))
        return heard

    def closed(self, code: int, reason: str) -> Trouble:
        self._troubles.append(self._dialect.closed(code, reason))
        return self._troubles[-1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dialect, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._dialect, name, value)


@dataclass
class Replay:
    """One session at one ear; a second door stands beside the one that is played."""

    provider: str
    dialect: Callable[[], Any]
    limits: HearingLimits = PATIENT
    refusal: RefusedUpgrade | None = None
    events: list[Any] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    entered: list[str] = field(default_factory=list)
    wires: list[ScriptWire] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)
    fed: bytes = b""

    def __post_init__(self) -> None:
        doors = [
            Door("played", ends_turns=False, enter=self._enter),
            Door("spare", ends_turns=False, enter=self._spare),
        ]
        self.ear = Ear(Doors(doors, self.clock), Listening(), self.events.append, self.limits, self.clock)
        wait_for(lambda: self.refusal or (self.wires and self.wires[0].is_read))

    def _enter(self, listening: Listening) -> Any:
        self.entered.append("played")
        if self.refusal is not None:
            raise refused(self.provider, self.refusal)
        self.wires.append(ScriptWire())
        return self.wires[-1], Watched(self.dialect(), self.troubles)

    def _spare(self, listening: Listening) -> Any:
        self.entered.append("spare")
        wire = ScriptWire()
        return wire, Watched(self.dialect(), [])

    @property
    def wire(self) -> ScriptWire:
        return self.wires[-1]

    @property
    def partials(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, PartialWords)]

    @property
    def finals(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, FinalWords)]

    @property
    def failures(self) -> list[TranscriptionFailed]:
        return [event for event in self.events if isinstance(event, TranscriptionFailed)]

    def feed(self, milliseconds: int) -> None:
        """Let the caller's sound come, as Twilio's frames."""
        for _ in range(milliseconds // 20):
            frame = bytes([len(self.fed) % 251]) * 160
            self.fed += frame
            self.ear.feed(frame)

    def passes(self, seconds: float) -> None:
        """Let time pass while nothing comes."""
        self.clock.now += seconds
        self.wire.comes(TICK)


def milliseconds_of(placeholder: str) -> int:
    """`@audio:ulaw:100` is 100."""
    return int(placeholder.rpartition(":")[2])


def filled(body: Any) -> Any:
    """A received message as a provider would send it, without placeholders."""
    if isinstance(body, dict):
        return {name: filled(value) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value) for value in body]
    return body.lstrip("@$") if isinstance(body, str) and body[:1] in "@$" else body


def contains(sent: Any, shown: Any) -> bool:
    """Whether what we sent has the fields that the vector shows."""
    if isinstance(shown, dict):
        return isinstance(sent, dict) and all(
            name in sent and contains(sent[name], value) for name, value in shown.items()
        )
    return shown == "@any" or sent == shown


def base64_sound(name: str) -> Callable[[Message], bytes]:
    """Read the sound out of JSON messages that hold it in one field."""

    def sound(message: Message) -> bytes:
        return base64.b64decode(json.loads(message).get(name, ""))

    return sound


def binary_sound(message: Message) -> bytes:
    """Read the sound out of binary messages."""
    return message if isinstance(message, bytes) else b""
