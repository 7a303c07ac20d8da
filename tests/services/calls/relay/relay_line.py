"""A relay line for tests without a database: what it sends, what it reports, and a clock that a test moves."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest

from voicebot.domain.call.actions import LineAction
from voicebot.domain.call.background import CallBackground, Transport
from voicebot.domain.call.events import Event, Heard, HeardSource
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import Answer, CallState, Phase
from voicebot.domain.call.turn import CallSnapshot, TurnResults
from voicebot.limits import Limits
from voicebot.runtime import Runtime
from voicebot.services.calls.ports import Cutter, LogEntry
from voicebot.services.calls.relay.line import RelayLine
from voicebot.services.calls.streams.line import StreamCall, StreamOpening
from voicebot.services.meter import Meter

BEGAN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@dataclass
class House:
    """One line, its socket, its owner's inbox and its clock."""

    kept: bool = True
    setup: CallSetup = field(default_factory=CallSetup)
    sent: list[dict[str, Any]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    seconds: float = 0.0
    closed: bool = False
    alarm: tuple[datetime, Callable[[], None]] | None = None
    state: CallState = field(default_factory=lambda: new_call(CallSetup()))

    def __post_init__(self) -> None:
        call = StreamCall(
            1, "CA1", "VX1", Transport.RELAY, CallBackground(), self.setup, "voice", "en-US", Meter()
        )
        runtime = cast(Runtime, SimpleNamespace(limits=Limits()))
        self.line = RelayLine(runtime, self, call)
        opening = StreamOpening(
            state=self.state, resumed=False, now=self.now, wake=self.wake, kept=lambda: self.kept
        )
        self.line.start(opening, self.events.append)

    # --- a socket ---

    def send(self, message: str | bytes) -> None:
        self.sent.append(orjson.loads(message))

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.closed = True

    def receive(self, timeout_s: float | None = None) -> None:
        raise AssertionError("the line does not read")

    # --- a clock ---

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.seconds)

    def wake(self, at: datetime | None, do: Callable[[], None]) -> None:
        self.alarm = None if at is None else (at, do)

    def passes(self, seconds: float) -> None:
        """Let time pass; alarms go off when they are due."""
        until = self.seconds + seconds
        while self.alarm and self.alarm[0] <= BEGAN + timedelta(seconds=until):
            (at, do), self.alarm = self.alarm, None
            self.seconds = max(self.seconds, (at - BEGAN).total_seconds())
            do()
        self.seconds = until

    # --- an owner ---

    def does(self, *actions: LineAction, event: Event | None = None, **state: Any) -> None:
        """Perform what follows from an event, and commit it."""
        for action in actions:
            self.line.perform(action)
        self.state = replace(self.state, **state)
        snapshot = CallSnapshot(self.state)
        self.line.decided(LogEntry(event, snapshot, TurnResults(), ends_turn=True, follow=lambda: None))

    def thinks(self, gen: int, *, speculative: bool = False) -> Cutter:
        """The model begins an answer."""
        answer = Answer(running=True, speculative=speculative)
        committed = self.state.committed_gen if speculative else gen
        phase = self.state.phase if speculative else Phase.THINKING
        self.does(gen=gen, answer=answer, committed_gen=committed, phase=phase)
        self.line.thinking(gen, self.state)
        return self.line.cutter()

    # --- Twilio ---

    def hears(self, type: str, **fields: Any) -> None:
        """Twilio tells something."""
        self.line.hear({"type": type, **fields})

    def played(self, *texts: str) -> None:
        """Twilio has played this."""
        for text in texts:
            self.hears("info", name="tokensPlayed", value=text)

    def spoken(self) -> str:
        """What was given to Twilio to say since the last time."""
        said = "".join(message.get("token", "") for message in self.sent)
        self.sent.clear()
        return said

    def told(self) -> list[Event]:
        """What was reported since the last time."""
        events = list(self.events)
        self.events.clear()
        return events

    def ended(self) -> dict[str, Any] | None:
        """The hand-over data of a session that was ended."""
        ends = [message for message in self.sent if message["type"] == "end"]
        return orjson.loads(ends[0]["handoffData"]) if ends else None


@pytest.fixture
def house() -> House:
    return House()


def heard(gen: int, seq: int, chars: int) -> Heard:
    return Heard(gen, seq, chars, HeardSource.RELAY)


def answering(house: House, gen: int = 1) -> None:
    house.does(gen=gen, committed_gen=gen, phase=Phase.SPEAKING, answer=Answer(running=True))
