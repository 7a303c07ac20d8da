"""A call on the real line with a real engine at the stand-in of its protocol: carrier, caller and the call's spare parts.

The clock of the line stands still unless the test moves it, so what was played is known to the millisecond.
"""

import base64
import queue
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from simulator.carrier.far_end.said import SaidBook
from simulator.tests.providers.stand_ins import StandIns
from tests.domain.call.call_driver import SETUP
from tests.providers.hearing.stand_in_ears import FRAME, SILENCE, sound_of
from tests.services.calls.realtime.watched_engine import Watched
from tests.support.waiting import wait_for
from voicebot.domain.call import actions, events
from voicebot.domain.call.background import CallBackground, Transport
from voicebot.domain.call.events import Event
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.history import as_heard
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState, Phase
from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.domain.call.turn_taking.signals import Frame
from voicebot.domain.call.utterances import Role
from voicebot.providers.openai.realtime_engine import RealtimeEngine
from voicebot.providers.ports.engine import EngineReady, EngineSetup
from voicebot.providers.ports.model import ToolSpec
from voicebot.providers.ports.speaker import SpokenChunk
from voicebot.providers.ports.transcriber import FinalWords, TranscriberEvent
from voicebot.services.calls.media.line import MediaLine
from voicebot.services.calls.media.parts import LineParts
from voicebot.services.calls.ports import Cancel, LogEntry, Ports, Report
from voicebot.services.calls.realtime.conversation import Conversation
from voicebot.services.calls.realtime.deadlines import EngineLimits
from voicebot.services.calls.realtime.parts import ConversationParts
from voicebot.services.calls.run import CallOwner
from voicebot.services.calls.streams.carried import CarriedBrain
from voicebot.services.calls.streams.line import StreamCall, StreamOpening
from voicebot.services.calls.timers import Timers
from voicebot.services.meter import Meter

STREAM = "MZ" + "0" * 31 + "1"
BEGAN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
PROMPT = "You are the receptionist. We open at nine. The soup of today is tomato."
OURS = 7
"""The byte of the call's own voice."""
CLIP = 9


@dataclass
class EngineCall:
    """One call. `plays`: the carrier plays at once what it is sent; else nothing is played but by `clock`."""

    stand_ins: StandIns
    setup: CallSetup = SETUP
    prompt: str = PROMPT
    tools: Sequence[ToolSpec] = ()
    plays: bool = True
    limits: EngineLimits = field(default_factory=EngineLimits)
    chat_says: str = "The chat model goes on."
    state: CallState | None = None
    events: list[Event] = field(default_factory=list)
    entries: list[LogEntry] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    used: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    chats: list[CallState] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    """What the call's own voice was asked for."""
    sent: list[dict[str, Any]] = field(default_factory=list)
    heard: bytes = b""
    """What the carrier has of our sound, since the last `clear`."""

    def __post_init__(self) -> None:
        self.clock_ms = 0.0
        self._unplayed_from = 0
        self._marks: list[tuple[int, dict[str, Any]]] = []
        self._posted: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._alarm: tuple[datetime, Callable[[], None]] | None = None
        self._frames: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._said = self.stand_ins.app.extensions.setdefault("said_book", SaidBook())
        self.closed, self.failure = False, ""
        self.meter = Meter()
        self.engine = Watched(RealtimeEngine("key", f"{self.stand_ins.url}/openai/v1"))
        call = StreamCall(
            1, "CA1", STREAM, Transport.MEDIA, CallBackground(), self.setup, "v", "en-US", self.meter
        )
        setup = EngineSetup(self.prompt, tuple(self.tools))
        made = ConversationParts(
            1, self.engine, setup, lambda _: self.prompt, self, self.meter, self.now, limits=self.limits
        )
        parts = LineParts(
            speaker=self,  # type: ignore[arg-type]
            transcriber=Transcribing(self),  # type: ignore[arg-type]
            detector=self,
            rules=TurnRules(),
            carrier=self,
            clip=lambda name, *_: bytes([CLIP]) * 800,
            engine=lambda ports, own: Conversation(made, ports, own),
        )
        self.line = MediaLine(self, call, parts)  # type: ignore[arg-type]
        brain = CarriedBrain(self.line, self.line.brain(Chat(self)))  # type: ignore[arg-type]
        state = self.state or new_call(self.setup)
        ports = Ports(self.line, self, brain, self, self)  # type: ignore[arg-type]
        self.owner = CallOwner(state, Timers(), ports)

    def begin(self) -> "EngineCall":
        """The stream is up, and the engine is there."""
        self.begin_without_engine()
        wait_for(lambda: any(isinstance(each, EngineReady) for each in self.engine.events))
        return self

    def begin_without_engine(self) -> None:
        """The stream is up."""
        threading.Thread(target=self._own, daemon=True).start()
        threading.Thread(target=self._carry, daemon=True).start()

    def _own(self) -> None:
        opening = StreamOpening(self.owner.state, resumed=False, now=self.now, wake=self.wake)
        try:
            self.line.start(opening, self.post)
            self.owner.open([events.CallStarted()])
            self.owner.run(1000.0, lambda: self.closed)
        except Exception:
            self.failure = traceback.format_exc()

    def end(self) -> None:
        self.closed = True
        self.line.close()
        assert not self.failure, self.failure

    # --- the caller ---

    def says(self, text: str, *, silence_ms: int = 700) -> None:
        """Say words, and be quiet."""
        sound = sound_of(text)
        self._said.says("CA1", text, sound)
        for at in range(0, len(sound), FRAME):
            self._hears(sound[at : at + FRAME])
        for _ in range(silence_ms // 20):
            self._hears(SILENCE)

    def makes_noise(self, ms: int) -> None:
        """Make a sound that is no words, and be quiet."""
        sound = sound_of("noise" * (1 + ms // 300))[: ms * 8]
        self._said.says("CA1", "", sound)
        for at in range(0, len(sound), FRAME):
            self._hears(sound[at : at + FRAME])
        for _ in range(35):
            self._hears(SILENCE)

    def _hears(self, frame: bytes) -> None:
        payload = base64.b64encode(frame).decode()
        media = {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": payload}
        self._tell("media", media=media)

    def presses(self, digit: str) -> None:
        self._tell("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    def _tell(self, event: str, **fields: Any) -> None:
        self.line.hear({"event": event, "streamSid": STREAM, "sequenceNumber": "2", **fields})

    # --- the carrier ---

    def send(self, text: str) -> None:
        self._frames.put(orjson.loads(text))

    def _carry(self) -> None:
        while not self.closed:
            with suppress(queue.Empty):
                message = self._frames.get(timeout=0.05)
                match message["event"]:
                    case "media":
                        self.heard += base64.b64decode(message["media"]["payload"])
                    case "clear":
                        self.heard = b""
                        self._marks.clear()
                    case "mark":
                        self._marks.append((len(self.heard), message["mark"]))
                self.sent.append(message)
            while self.plays and self._marks:
                # Also those of sound that came before it was played at once.
                self._tell("mark", mark=self._marks.pop(0)[1])

    def plays_for(self, ms: float) -> None:
        """What was sent and not played yet comes out of the caller's telephone for so long, once that much has come."""
        wait_for(lambda: len(self.heard) - self._unplayed_from > ms * 8)
        from_ms = self.clock_ms
        for position, mark in list(self._marks):
            at_ms = (position - self._unplayed_from) / 8
            if at_ms <= ms:
                self.clock_ms = from_ms + at_ms
                self._tell("mark", mark=mark)
        self.clock_ms = from_ms + ms

    def holds(self) -> None:
        """From now on what is sent is played by `plays_for` alone."""
        self.plays, self._unplayed_from = False, len(self.heard)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Of the socket; of voice and detector nothing happens."""

    def hang_up(self) -> None:
        self.did.append("hang_up")
        self.post(events.CallEnded("bot_ended"))

    def go_on(self, *, by_gather: bool, kept: Callable[[], bool]) -> None:
        self.did.append("by gather" if by_gather else "go_on")

    def record(self) -> None:
        self.did.append("record")

    # --- clock and inbox ---

    def is_silent(self) -> None:
        """20 ms pass, in which the caller says nothing."""
        self.passes(20)
        self._hears(SILENCE)

    def now(self) -> datetime:
        return BEGAN + timedelta(milliseconds=self.clock_ms)

    def passes(self, ms: float) -> None:
        """Let time pass."""
        self.clock_ms += ms

    def post(self, event: Event) -> None:
        self.events.append(event)
        self._posted.put(event)

    def wake(self, at: datetime | None, do: Callable[[], None]) -> None:
        self._alarm = None if at is None else (at, do)

    def take(self, until: datetime | None) -> Event | None:
        while not self.closed:
            try:
                return self._posted.get(timeout=0.002)
            except queue.Empty:
                alarm = self._alarm
                if alarm is not None and alarm[0] <= self.now():
                    self._alarm = None
                    alarm[1]()
                elif until is not None and until <= self.now():
                    return None
        return None

    # --- the call's own parts ---

    def open(self, *asked: Any) -> Any:
        return self

    def say(self, text: str, *, before: str = "", speculative: bool = False) -> Iterator[SpokenChunk]:
        self.spoken.append(text)
        return Spoken(bytes([OURS]) * len(text) * 80)

    def drop(self) -> None:
        pass

    def feed(self, frame: bytes, report: Callable[[Frame], None]) -> None:
        self._at_ms = getattr(self, "_at_ms", 0) + 20
        loud = frame != SILENCE
        report(Frame(self._at_ms, -20.0 if loud else -70.0, 0.95 if loud else None))

    def use(self, tool: actions.RunTool, state: CallState, report: Report) -> None:
        self.used.append((tool.name, dict(tool.arguments)))
        report(events.ToolFinished(tool.gen, tool.id, ok=True, result="It is noted."))

    def read_answer(self, answer: actions.ReadAnswer, report: Report) -> None:
        report(events.AnswerRead(answer.gen))

    def send_code(self, channel: str, language: str) -> None:
        self.did.append(channel)

    def commit(self, entry: LogEntry) -> None:
        self.line.decided(entry)
        self.entries.append(entry)
        entry.follow()

    # --- looking at it ---

    def said(self) -> list[tuple[str, str]]:
        """Who said what, as it was heard."""
        return [
            (entry.role.value, as_heard(entry))
            for entry in self.owner.state.history
            if entry.role in (Role.CALLER, Role.BOT)
        ]

    def hears(self, words: str, within_s: float = 10.0) -> None:
        """Wait until the history holds these words of ours."""
        wait_for(lambda: any(words in text for role, text in self.said() if role == "bot"), within_s)

    def is_calm(self) -> bool:
        """Whether the caller has heard everything, and has the word."""
        state = self.owner.state
        bot = [entry for entry in state.history if entry.role is Role.BOT]
        heard = all(entry.fully_heard for entry in bot if not entry.cut)
        return state.phase is Phase.LISTENING and not self.owner.working and heard

    def asked(self, what: str) -> list[tuple[Any, ...]]:
        return [each[1:] for each in list(self.engine.asked) if each[0] == what]


class Spoken:
    """A sentence of the call's own voice."""

    def __init__(self, audio: bytes) -> None:
        self._chunks = iter([SpokenChunk(audio)])

    def __iter__(self) -> "Spoken":
        return self

    def __next__(self) -> SpokenChunk:
        return next(self._chunks)

    def close(self) -> None:
        pass


class Chat:
    """The chat model that stands by."""

    def __init__(self, call: EngineCall) -> None:
        self._call = call

    def start(self, gen: int, state: CallState, report: Report) -> Cancel:
        self._call.chats.append(state)
        report(events.SentenceReady(gen, state.answer.next_seq, self._call.chat_says))
        report(events.ModelFinished(gen))
        return lambda: None


class Transcribing:
    """The transcriber that stands by: it understands what the simulator's callers say."""

    name, ends_turns = "spare", False

    def __init__(self, call: EngineCall, report: Callable[[TranscriberEvent], None] | None = None) -> None:
        self._call, self._report = call, report
        self._words: list[str] = []

    def open(self, listening: Any, report: Callable[[TranscriberEvent], None]) -> "Transcribing":
        return Transcribing(self._call, report)

    def feed(self, mulaw: bytes) -> None:
        place = self._call._said.find(mulaw)
        if place is not None and place.utterance.text not in self._words:
            self._words.append(place.utterance.text)

    def finish(self) -> None:
        text, self._words = " ".join(self._words), []
        assert self._report is not None
        threading.Thread(target=self._report, args=(FinalWords(text, 0.9 if text else None),)).start()

    def close(self) -> None:
        pass
