"""Twilio's side of one stream, in the process of the test: what is sent is played at once, and frames come as fast as they are taken.

The caller's word `n` is made of the byte `n`, our utterance `n` of the byte `n`; the senses that go with it know the bytes.
"""

import base64
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.services.calls.streams.stream_calls import Line
from voicebot.domain.call.background import Transport
from voicebot.domain.call.turn_taking.signals import Frame
from voicebot.providers.ports.speaker import SpokenChunk
from voicebot.providers.ports.transcriber import FinalWords, TranscriberEvent
from voicebot.runtime import Runtime
from voicebot.services.calls.streams.session import carry

SILENCE = 0xFF
WORD_FRAMES, PAUSE_FRAMES = 12, 150
SOUND = bytes(1600)
STREAM = "MZ" + "0" * 31 + "1"


@dataclass
class Senses:
    """Detector, transcriber and speaker of a process. Words and sentences are told apart by their bytes."""

    words: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    name = "senses"
    ends_turns = False

    def given_to(self, runtime: Runtime) -> None:
        runtime.detector = Hearing()
        runtime.transcriber = Understanding(self)
        runtime.speaker = Speaking(self)


class Hearing:
    """Tells speech from silence by its byte."""

    def open(self) -> "Hearing":
        self = Hearing()
        self._at_ms = 0
        return self

    def feed(self, mulaw: bytes, report: Callable[[Frame], None]) -> None:
        self._at_ms += 20
        loud = mulaw[0] != SILENCE
        report(Frame(self._at_ms, -20.0 if loud else -70.0, 0.95 if loud else None))

    def close(self) -> None:
        pass


class Understanding:
    """Reads the words off their bytes."""

    name, ends_turns = "senses", False

    def __init__(self, senses: Senses, report: Callable[[TranscriberEvent], None] | None = None) -> None:
        self._senses, self._report = senses, report
        self._fed: list[int] = []

    def open(self, listening: Any, report: Callable[[TranscriberEvent], None]) -> "Understanding":
        return Understanding(self._senses, report)

    def feed(self, mulaw: bytes) -> None:
        if mulaw[0] != SILENCE and self._fed[-1:] != [mulaw[0]]:
            self._fed.append(mulaw[0])

    def finish(self) -> None:
        text, self._fed = " ".join(self._senses.words[byte] for byte in self._fed), []
        assert self._report is not None
        threading.Thread(target=self._report, args=(FinalWords(text, 0.9 if text else None),)).start()

    def close(self) -> None:
        pass


class Speaking:
    """Speaks each sentence in a tenth of a second."""

    def __init__(self, senses: Senses) -> None:
        self._senses = senses

    def open(self, voice_id: str, language: str) -> "Speaking":
        self._senses.opened.append(voice_id)
        return self

    def say(self, text: str, *, before: str = "", speculative: bool = False) -> "Sentence":
        self._senses.sentences.append(text)
        chars = tuple((place, place * 100 // len(text)) for place in range(len(text)))
        return Sentence(SpokenChunk(bytes([len(self._senses.sentences) - 1]) * 800, chars))

    def drop(self) -> None:
        pass

    def close(self) -> None:
        pass


class Sentence:
    """One utterance."""

    def __init__(self, chunk: SpokenChunk) -> None:
        self._chunks = iter([chunk])

    def __iter__(self) -> Iterator[SpokenChunk]:
        return self

    def __next__(self) -> SpokenChunk:
        return next(self._chunks)

    def close(self) -> None:
        pass


@dataclass
class AskedTelephony:
    """What the carrier was asked over REST."""

    asked: "queue.SimpleQueue[tuple[str, str]]" = field(default_factory=queue.SimpleQueue)

    def end_call(self, sid: str) -> None:
        self.asked.put(("end", sid))

    def redirect_call(self, sid: str, *, url: str) -> None:
        self.asked.put(("redirect", url))

    def start_recording(self, sid: str, *, callback_url: str) -> str:
        self.asked.put(("record", callback_url))
        return "RE1"


@dataclass
class MediaSession:
    """One stream, as Twilio has it. `echoes` off: what is said waits to be played."""

    runtime: Runtime
    senses: Senses
    call_sid: str
    token: str
    echoes: bool = True
    line: Line = field(default_factory=Line)
    heard: list[str] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    _sequence: int = 0

    def begin(self) -> "MediaSession":
        """Open the socket and say who it is."""
        target: Callable[..., None] = carry
        self._thread = threading.Thread(
            target=target, args=(self.runtime, self.line, Transport.MEDIA), daemon=True
        )
        self._thread.start()
        self.line.tell('{"event":"connected","protocol":"Call","version":"1.0.0"}')
        start = {
            "accountSid": "AC" + "0" * 32,
            "streamSid": STREAM,
            "callSid": self.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": self.token},
        }
        self.tell("start", start=start)
        return self

    def tell(self, event: str, **fields: Any) -> None:
        """Send a message of Twilio's."""
        self._sequence += 1
        message = {"event": event, "sequenceNumber": str(self._sequence), "streamSid": STREAM, **fields}
        self.line.tell(orjson.dumps(message).decode())

    def says(self, text: str) -> None:
        """The caller hears us out, says something, and is quiet for longer than anybody pauses."""
        self.takes(0.2)
        for word in text.split():
            self.senses.words.append(word)
            self._sound(len(self.senses.words) - 1, WORD_FRAMES)
        self._sound(SILENCE, PAUSE_FRAMES)

    def _sound(self, byte: int, count: int) -> None:
        payload = base64.b64encode(bytes([byte]) * 160).decode()
        for _ in range(count):
            self.tell("media", media={"track": "inbound", "chunk": "1", "timestamp": "5", "payload": payload})

    def presses(self, digit: str) -> None:
        """A key."""
        self.tell("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    def hears(self, words: str, within_s: float = 10.0) -> None:
        """Wait until a sentence has been played that ends with these words."""
        until = time.monotonic() + within_s
        while not (self.heard and self.heard[-1].endswith(words)):
            left_s = until - time.monotonic()
            assert left_s > 0, f"{words!r} was not said: {self.heard!r}, closed with {self.line.code}"
            self._take(left_s)

    def waits_for_close(self, within_s: float = 10.0) -> int:
        """Wait until the service closes the socket; return the code."""
        until = time.monotonic() + within_s
        while self.line.code is None:
            assert time.monotonic() < until, f"the socket stays open, heard: {self.heard!r}"
            self._take(0.05)
        self.hangs_up()
        return self.line.code

    def takes(self, seconds: float) -> None:
        """Take what comes, until nothing has come for so long."""
        while self._take(seconds):
            pass

    def _take(self, within_s: float) -> bool:
        try:
            message = orjson.loads(self.line.sent.get(timeout=within_s))
        except queue.Empty:
            return False
        self.frames.append(message)
        if message["event"] == "media":
            text = self.senses.sentences[base64.b64decode(message["media"]["payload"])[0]]
            if self.heard[-1:] != [text]:
                self.heard.append(text)
        elif message["event"] == "mark" and self.echoes:
            self.tell("mark", mark=message["mark"])
        return True

    def hangs_up(self, code: int = 1000) -> None:
        """The socket is closed; returns when the service is done with it."""
        self.line.close(code)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the session did not end"
