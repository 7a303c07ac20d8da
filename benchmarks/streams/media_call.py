"""One phone call over Media Streams, as Twilio plays it: a frame each 20 ms, a playout buffer, marks that come back in time."""

import asyncio
import base64
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from benchmarks.streams.wire import Wire

LATE_MS = 20.0
"""A frame is late when the caller has heard nothing for longer."""
REPLY_GAP_S, TURN_TIMEOUT_S = 0.4, 8.0
"""Quiet after which an answer is over; the longest that one is waited for."""
_CONNECTED = b'{"event":"connected","protocol":"Call","version":"1.0.0"}'


@dataclass
class Turn:
    """One question and what came of it. Moments are of the monotonic clock."""

    ended: float = 0.0
    """The last frame of speech was sent."""
    first: float = 0.0
    """The first frame of the answer came; 0: none."""
    audio_ms: float = 0.0
    frames: int = 0
    late: int = 0
    early: bool = False
    """Something was said into the question."""


@dataclass(frozen=True)
class Sounds:
    """What callers say, in frames of base64."""

    questions: Sequence[Sequence[bytes]]
    hesitating: Sequence[bytes]
    noise: Sequence[bytes]

    @classmethod
    def read(cls, folder: Path) -> "Sounds":
        """Read what `write_sounds` has written."""
        return cls(
            [_frames(file) for file in sorted(folder.glob("q*.ulaw"))],
            _frames(folder / "h0.ulaw"),
            _frames(folder / "noise.ulaw"),
        )


def _frames(file: Path) -> list[bytes]:
    sound = file.read_bytes()
    return [base64.b64encode(sound[start : start + 160]) for start in range(0, len(sound) - 159, 160)]


@dataclass
class MediaCall:
    """A caller who asks, listens to the end, pauses, and asks again."""

    number: int
    call_sid: str
    sounds: Sounds
    pause_s: Callable[[], float]
    hesitates_each: int = 0
    """Every so manieth question has a pause in it; 0: none."""
    wire: Wire | None = None
    over: bool = False
    lost: bool = False
    """The server ended it."""
    turns: list[Turn] = field(default_factory=list)
    asking: Turn | None = None
    bad: int = 0
    clears: int = 0

    def __post_init__(self) -> None:
        self.sid = f"MZ{self.number:032x}"
        self._tail = b'"},"streamSid":"' + self.sid.encode() + b'"}'
        self._sequence, self._chunk, self._asked = 1, 0, self.number
        self._question: Sequence[bytes] | None = None
        self._at = 0
        self._play_ends = self._last_came = 0.0
        self._speaks_at: float | None = None
        self._marks: list[tuple[str, asyncio.TimerHandle]] = []

    def begin(self, wire: Wire, account_sid: str, parameters: Mapping[str, str]) -> None:
        """The socket is up: say who is calling."""
        self.wire = wire
        wire.send(_CONNECTED)
        start = {
            "accountSid": account_sid, "streamSid": self.sid, "callSid": self.call_sid, "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": dict(parameters),
        }  # fmt: skip
        message = {"event": "start", "sequenceNumber": "1", "streamSid": self.sid, "start": start}
        wire.send(orjson.dumps(message))
        self._speaks_at = time.monotonic() + 1.0

    def gone(self) -> None:
        """The connection has ended."""
        self.lost = self.lost or not self.over
        self.over = True

    def hang_up(self) -> None:
        """The caller has had enough."""
        if self.wire is not None and not self.over:
            self.over = True
            self._tell({"event": "stop", "stop": {"callSid": self.call_sid}})
            self.wire.goodbye()

    # --- what comes ---

    def message(self, data: bytes) -> None:
        """Take what the server says."""
        try:
            message = orjson.loads(data)
        except orjson.JSONDecodeError:
            self.bad += 1
            return
        now = time.monotonic()
        match message.get("event"):
            case "media":
                payload = message["media"]["payload"]
                self._play(now, (len(payload) * 3 // 4 - payload.count("=", -2)) / 8)
            case "mark":
                name = message["mark"]["name"]
                at = asyncio.get_running_loop().call_at(max(now, self._play_ends), self._echo, name)
                self._marks.append((name, at))
            case "clear":
                self.clears += 1
                self._play_ends, marks = now, self._marks
                for name, timer in marks:
                    timer.cancel()
                    self._echo(name)
                self._marks = []
            case _:
                self.bad += 1

    def _echo(self, name: str) -> None:
        self._marks = [mark for mark in self._marks if mark[0] != name]
        self._tell({"event": "mark", "mark": {"name": name}})

    def _tell(self, message: dict[str, object]) -> None:
        if self.wire is not None:
            self._sequence += 1
            known = {"sequenceNumber": str(self._sequence), "streamSid": self.sid}
            self.wire.send(orjson.dumps(message | known))

    def _play(self, now: float, ms: float) -> None:
        turn = self.asking
        if turn is not None and self._question is not None:
            turn.early = True
        elif turn is not None:
            if not turn.first:
                turn.first = now
                self._play_ends = max(now, self._play_ends)
            elif (now - self._play_ends) * 1000 > LATE_MS:
                turn.late += 1
            turn.frames += 1
            turn.audio_ms += ms
        self._play_ends = max(self._play_ends, now) + ms / 1000
        self._last_came = now

    # --- what is said ---

    def tick(self, now: float) -> None:
        """Send the next 20 ms."""
        wire = self.wire
        if wire is None or self.over:
            return
        self._chunk += 1
        self._sequence += 1
        question, chunk = self._question, self._chunk
        if question is not None:
            sound = question[self._at]
            self._at += 1
        else:
            sound = self.sounds.noise[chunk % 50]
        wire.send(
            b'{"event":"media","sequenceNumber":"%d","media":{"track":"inbound","chunk":"%d","timestamp":"%d","payload":"%b%b'
            % (self._sequence, chunk, chunk * 20, sound, self._tail)
        )
        if question is not None:
            if self._at == len(question) and self.asking is not None:
                self.asking.ended, self._question = now, None
        elif self.asking is not None:
            self._listen(self.asking, now)
        elif self._speaks_at is not None and now >= self._speaks_at:
            self._ask(now)

    def _listen(self, turn: Turn, now: float) -> None:
        if turn.first:
            over = now - max(self._play_ends, self._last_came) > REPLY_GAP_S
        else:
            over = now - turn.ended > TURN_TIMEOUT_S
        if over:
            self.turns.append(turn)
            self.asking, self._speaks_at = None, now + self.pause_s()

    def _ask(self, now: float) -> None:
        if self._last_came and now - max(self._play_ends, self._last_came) < REPLY_GAP_S:
            # A greeting is still being said.
            return
        hesitates = self.hesitates_each and self._asked % self.hesitates_each == 0
        questions = self.sounds.questions
        self._question = self.sounds.hesitating if hesitates else questions[self._asked % len(questions)]
        self._asked += 1
        self._at, self.asking = 0, Turn()
