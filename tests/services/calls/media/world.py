"""A whole call on Media Streams around the real line, owner and turn taking: carrier, caller, providers, on one clock.

Sound is told apart by its bytes: word `n` of the caller is made of the byte `n`, each utterance of ours of a byte of its own, so
that an ear at either end knows what it hears.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from tests.domain.call.call_driver import SETUP
from tests.services.calls.media.clockwork import Clockwork
from tests.services.calls.media.world_providers import FIRST_SENTENCE, SILENCE, Brain, Hearing, Spare, Voice
from voicebot.domain.call import actions, events
from voicebot.domain.call.background import CallBackground, Transport
from voicebot.domain.call.events import Event
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.phrases import Phrase
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState, Phase
from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.domain.call.turn_taking.signals import Frame
from voicebot.providers.ports.transcriber import Listening
from voicebot.providers.speakers import SpeakersInTurn
from voicebot.services.calls.media.line import MediaLine
from voicebot.services.calls.media.parts import LineParts
from voicebot.services.calls.media.pronouncing import PronouncingSpeaker
from voicebot.services.calls.media.tape import Tape
from voicebot.services.calls.ports import LogEntry, Ports, Report
from voicebot.services.calls.run import CallOwner
from voicebot.services.calls.streams.line import StreamCall, StreamOpening
from voicebot.services.calls.timers import Timers
from voicebot.services.meter import Meter

STREAM = "MZ" + "0" * 31 + "1"
WORD_MS = 300
CLIP_MS = 600
NETWORK_MS = 20
FILLER_BYTES = {Phrase.FILLER_1: 201, Phrase.FILLER_2: 202, Phrase.FILLER_3: 203}
CLIP_BYTE = 204


@dataclass(frozen=True)
class Says:
    """The caller says words, or makes a sound that is none (`words` blank), from a time on."""

    at_ms: int
    words: str = ""
    lasts_ms: int = 0
    loudness_db: float = -20.0
    is_flat: bool = False
    """Its loudness does not change, as that of talk does."""
    soft_ms: int = 0
    """So long it is too soft for anybody to notice that it began."""

    @property
    def ends_ms(self) -> int:
        return self.at_ms + (self.lasts_ms or WORD_MS * len(self.words.split()))


@dataclass
class Faults:
    """What goes wrong, from when until when."""

    model: str = ""
    voice: str = ""
    transcriber: str = ""
    from_ms: float = 2500.0
    until_ms: float = float("inf")


@dataclass
class World:
    """One call. `script` is what the caller does; `answers` what the model says, one after the other."""

    script: Sequence[Says | tuple[int, str]] = ()
    answers: Sequence[str] = ("We open at eight. Is there anything else?",)
    setup: CallSetup = SETUP
    faults: Faults = field(default_factory=Faults)
    rules: TurnRules = field(default_factory=TurnRules)
    echo_db: float | None = None
    spoken_language: str | None = None
    """What the transcriber hears the caller speak."""
    listened: list[Listening] = field(default_factory=list)
    """What each of the call's transcriptions was told."""
    state: CallState | None = None
    tape: Tape | None = None
    has_clips: bool = True
    has_spare: bool = False
    """A second voice finishes what the first breaks off."""
    clock: Clockwork = field(default_factory=Clockwork)
    sent: list[dict[str, Any]] = field(default_factory=list)
    played: list[tuple[float, float, int]] = field(default_factory=list)
    """From, until, which byte: what came out of the caller's telephone."""
    utterances: list[str] = field(default_factory=list)
    perhaps: list[str] = field(default_factory=list)
    """The utterances that were asked for as ones that may be dropped."""
    """What was asked of the voice; utterance `n` is made of the byte FIRST_SENTENCE + n."""
    events: list[tuple[float, Event]] = field(default_factory=list)
    entries: list[LogEntry] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    did: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.closed = False
        self._marks: list[tuple[float, str]] = []
        self._free_at = 0.0
        self._sequence = 1
        self._words: list[str] = []
        self._posted: list[Event] = []
        self._alarm: tuple[datetime, Callable[[], None]] | None = None
        self._waiter: Callable[[], None] | None = None
        self._left = False
        call = StreamCall(
            call_id=1,
            call_sid="CA1",
            stream_sid=STREAM,
            transport=Transport.MEDIA,
            background=CallBackground(),
            setup=self.setup,
            voice_id="voice",
            language="en-US",
            meter=Meter(),
        )
        self.call = call
        self.transcription: Hearing | None = None
        parts = LineParts(
            speaker=PronouncingSpeaker(self._voices() if self.has_spare else self, self.setup.pronunciations),
            transcriber=self,  # type: ignore[arg-type]
            detector=self,
            rules=self.rules,
            carrier=self,
            clip=self.clip,
            spawn=self.clock.spawn,
            tape=self.tape,
        )
        self.line = MediaLine(self, call, parts)  # type: ignore[arg-type]
        state = self.state or new_call(self.setup)
        self.word_given: list[float] = []
        """When a turn of ours was over, as the core sees it."""
        self.owner = CallOwner(state, Timers(), Ports(self, self, Brain(self), self, self))  # type: ignore[arg-type]

    def _voices(self) -> SpeakersInTurn:
        spare = Spare(self)
        return SpeakersInTurn([("main", self), ("spare", spare)], clock=lambda: self.clock.now_ms / 1000)

    # --- running ---

    def run(self, until_ms: float) -> "World":
        clock = self.clock
        for each in self.script:
            if isinstance(each, tuple):
                clock.at(each[0], partial(self.press, each[1]))
        clock.spawn(self._own)
        clock.at(0, self._frame)
        clock.run(until_ms)
        return self

    def _own(self) -> None:
        opening = StreamOpening(self.owner.state, resumed=False, now=self.clock.now, wake=self.wake)
        self.line.start(opening, self.post)
        self.owner.open([events.CallStarted()])
        self.owner.run(9.0)

    @property
    def over(self) -> bool:
        return self.owner.state.phase is Phase.ENDED

    def perform(self, action: actions.LineAction) -> None:
        if isinstance(action, actions.Listen | actions.HangUp | actions.Transfer):
            self.word_given.append(self.clock.now_ms)
        self.line.perform(action)

    # --- inbox ---

    def now(self) -> datetime:
        return self.clock.now()

    def post(self, event: Event) -> None:
        self.events.append((self.clock.now_ms, event))
        self._posted.append(event)
        self._wake_owner()

    def wake(self, at: datetime | None, do: Callable[[], None]) -> None:
        self._alarm = None if at is None else (at, do)
        self._wake_owner()

    def _wake_owner(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter:
            self.clock.after(0, waiter)

    def take(self, until: datetime | None) -> Event | None:
        while True:
            if self._posted:
                return self._posted.pop(0)
            if self._alarm and self._alarm[0] <= self.now():
                (_, do), self._alarm = self._alarm, None
                do()
                continue
            if until is not None and until <= self.now():
                return None
            ends = min((at for at in (until, self._alarm and self._alarm[0]) if at), default=None)
            self._waiter = waiter = self.clock.waker()
            if ends is not None:
                wait_ms = (ends - self.now()).total_seconds() * 1000
                self.clock.after(max(0.01, wait_ms), partial(self._timed, waiter))
            self.clock.wait()

    def _timed(self, waiter: Callable[[], None]) -> None:
        if self._waiter is waiter:
            self._waiter = None
            waiter()

    # --- the carrier ---

    def send(self, text: str) -> None:
        message = json.loads(text)
        assert message["streamSid"] == STREAM
        self.sent.append({**message, "at_ms": self.clock.now_ms})
        arrives = self.clock.now_ms + NETWORK_MS
        match message["event"]:
            case "media":
                audio = base64.b64decode(message["media"]["payload"])
                begins = max(arrives, self._free_at)
                self._free_at = begins + len(audio) / 8
                self.played.append((begins, self._free_at, audio[0]))
            case "mark":
                name = message["mark"]["name"]
                at = max(arrives, self._free_at)
                self._marks.append((at, name))
                self.clock.at(at + NETWORK_MS, lambda: self._echo(name))
            case "clear":
                # At once, so that what is sent behind it is not cleared with it.
                self._clear(arrives)

    def _clear(self, now: float) -> None:
        self.played = [(begins, min(ends, now), byte) for begins, ends, byte in self.played if begins < now]
        self._free_at = min(self._free_at, now)
        pending, self._marks = [name for _, name in self._marks], []
        for name in pending:
            self.clock.at(now + NETWORK_MS, partial(self._tell, {"event": "mark", "mark": {"name": name}}))

    def _echo(self, name: str) -> None:
        if any(name == known for _, known in self._marks):
            self._marks = [(at, known) for at, known in self._marks if known != name]
            self._tell({"event": "mark", "mark": {"name": name}})

    def _tell(self, message: dict[str, Any]) -> None:
        self._sequence += 1
        if not self.closed:
            self.line.hear({**message, "streamSid": STREAM, "sequenceNumber": str(self._sequence)})

    def press(self, digit: str) -> None:
        self._tell({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": digit}})

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.closed = True

    def hang_up(self) -> None:
        self.did.append((self.clock.now_ms, "hang_up"))
        self.closed = True
        self.post(events.CallEnded("bot_ended"))

    def go_on(self, *, by_gather: bool, kept: Callable[[], bool]) -> None:
        self.did.append((self.clock.now_ms, "by gather" if by_gather else "go_on"))
        self.closed = True

    def record(self) -> None:
        self.did.append((self.clock.now_ms, "record"))

    # --- the caller ---

    def _frame(self) -> None:
        """20 ms of the caller reach us."""
        if self.closed or self.over:
            return
        now = self.clock.now_ms
        self._loudness, byte = -70.0, SILENCE
        for each in self.script:
            if isinstance(each, Says) and each.at_ms <= now < each.ends_ms:
                # As talk does, it goes up and down.
                loudness = each.loudness_db + (4.0, -2.0, -9.0)[int(now) // 80 % 3] * (
                    bool(each.words) and not each.is_flat
                )
                self._loudness = loudness if now >= each.at_ms + each.soft_ms else -65.0
                byte = self._byte_of(each, now) if each.words else 0xFE
        if self._loudness == -70.0 and self.echo_db is not None and self.plays(now - 60):
            self._loudness = self.echo_db
        payload = base64.b64encode(self.sound(byte, 160)).decode()
        self._tell(
            {
                "event": "media",
                "media": {"track": "inbound", "chunk": "1", "timestamp": str(int(now)), "payload": payload},
            }
        )
        self.clock.after(20, self._frame)

    def sound(self, byte: int, size: int) -> bytes:
        """Return sound that is told apart by its first byte."""
        return bytes([byte]) * size

    def _byte_of(self, says: Says, now: float) -> int:
        words = says.words.split()
        word = f"{words[min(int(now - says.at_ms) // WORD_MS, len(words) - 1)]}@{says.at_ms}"
        if word not in self._words:
            self._words.append(word)
        return self._words.index(word)

    def word(self, byte: int) -> str | None:
        return self._words[byte].split("@")[0] if byte < len(self._words) else None

    def plays(self, at_ms: float) -> bool:
        return any(begins <= at_ms < ends for begins, ends, _ in self.played)

    # --- detector ---

    def feed(self, frame: bytes, report: Callable[[Frame], None]) -> None:
        speech = None if self._loudness < -60 else 0.95
        report(Frame(self._next_ms(), self._loudness, speech))

    def _next_ms(self) -> int:
        self._frame_ms = getattr(self, "_frame_ms", 0) + 20
        return self._frame_ms

    # --- transcriber and voice ---

    def open(self, *asked: Any) -> Any:
        if isinstance(asked[0], Listening):
            self.listened.append(asked[0])
            self.transcription = Hearing(self, asked[1])
            return self.transcription
        return Voice(self)

    # --- tools, log ---

    def failing(self, what: str) -> str:
        fault: str = getattr(self.faults, what)
        return fault if self.faults.from_ms <= self.clock.now_ms < self.faults.until_ms else ""

    def use(self, tool: actions.RunTool, state: CallState, report: Report) -> None:
        self.tools.append(tool.name)
        report(events.ToolFinished(tool.gen, tool.id, ok=True, result="Done."))

    def read_answer(self, answer: actions.ReadAnswer, report: Report) -> None:
        report(events.AnswerRead(answer.gen))

    def send_code(self, channel: str, language: str) -> None:
        pass

    def commit(self, entry: LogEntry) -> None:
        self.line.decided(entry)
        self.entries.append(entry)
        entry.follow()

    def clip(self, name: Phrase, voice_id: str, language: str) -> bytes | None:
        if not self.has_clips:
            return None
        return bytes([FILLER_BYTES.get(name, CLIP_BYTE)]) * (CLIP_MS * 8)

    # --- looking at it ---

    def said_to_caller(self) -> list[str]:
        """What came out of the telephone, in order: sentences by their text, clips by their kind."""
        heard: list[str] = []
        for begins, ends, byte in self.played:
            if ends <= begins:
                continue
            if byte >= 200:
                name = "filler" if byte != CLIP_BYTE else "clip"
            else:
                name = self.utterances[byte - FIRST_SENTENCE]
            if not heard or heard[-1] != name:
                heard.append(name)
        return heard

    def told(self, kind: type[Any]) -> list[Any]:
        return [event for _, event in self.events if isinstance(event, kind)]

    def when(self, kind: type[Any]) -> list[float]:
        return [at for at, event in self.events if isinstance(event, kind)]
