"""Who of all callers of this process is speaking: an energy gate for each, one model for all.

One thread (a greenlet under gevent) takes what all calls have sent since it last looked, judges its loudness in one go
and asks the model about the chunks of those who are loud enough, at most 16 in a run: that is half a millisecond, and
others get their turn between two runs. Who is quiet costs a few microseconds a frame.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread

import numpy as np

from voicebot.domain.call.turn_taking.signals import FRAME_MS, Frame
from voicebot.providers.local.silero import Silero
from voicebot.providers.local.silero_net import CHUNK, CONTEXT
from voicebot.transports.audio import PHONE_HZ, ulaw_power

log = logging.getLogger(__name__)

FRAME_BYTES = PHONE_HZ * FRAME_MS // 1000
MOST_AT_ONCE = 16
"""Chunks in one run: more would hold up the other calls for over a millisecond."""
ROUND_S = 0.008
"""Time between two looks: what comes in it is judged together."""

_MOST_WAITING = 50
_OPENS_DB, _LOWEST_OPEN_DB, _FLOORS_DB = 6.0, -58.0, (-66.0, -36.0)
_FIRST_FLOOR_DB = -43.0
"""The first frame tells how noisy it is, unless somebody speaks in it: then it is taken to be so noisy at most."""
_STAYS_OPEN_FRAMES = 15
_QUIET_CHUNKS, _QUIET = 60, 0.1
_SILENCE = b"\xff"

Report = Callable[[Frame], None]


class DetectorStream:
    """One caller's sound."""

    def __init__(self, detector: "SpeechDetector") -> None:
        self._detector = detector
        self._rest = b""
        self._next_ms = 0
        self.waiting = 0
        self.closed = False
        self.place = -1
        # Both of the thread that judges.
        self.floor_db = 0.0
        self.open_frames = 0
        self.kept = _SILENCE * (CONTEXT + CHUNK)
        self.fresh = 0
        self.quiet_chunks = 0

    def feed(self, mulaw: bytes, report: Report, at_ms: int | None = None) -> None:
        """Take sound, usually 20 ms; another thread passes each whole frame to `report` within about 10 ms.

        `at_ms` is the end of the sound by the carrier's own time; without it, frames follow each other without a gap.
        """
        if at_ms is not None:
            self._next_ms = max(self._next_ms, at_ms - len(mulaw) * FRAME_MS // FRAME_BYTES)
        if self._rest or len(mulaw) != FRAME_BYTES:
            mulaw = self._rest + mulaw
            whole = len(mulaw) // FRAME_BYTES * FRAME_BYTES
            self._rest = mulaw[whole:]
            for start in range(0, whole, FRAME_BYTES):
                self._put(mulaw[start : start + FRAME_BYTES], report)
        else:
            self._put(mulaw, report)

    def _put(self, frame: bytes, report: Report) -> None:
        self._next_ms += FRAME_MS
        # A second behind: what is this late is of no use to turn taking.
        if self.closed or self.waiting >= _MOST_WAITING:
            return
        self.waiting += 1
        self._detector.put(self, frame, self._next_ms, report)

    def close(self) -> None:
        """Nothing is reported any more; more than once."""
        if not self.closed:
            self.closed = True
            self._detector.gone(self)


_Waiting = tuple[DetectorStream, bytes, int, Report]


class SpeechDetector:
    """Listens to all calls of this process. It loads and starts with the first call, or with `prepare`."""

    def __init__(self, load: Callable[[], Silero] = Silero) -> None:
        self._load = load
        self._model: Silero | None = None
        self._lock = Lock()
        self._waiting: deque[_Waiting] = deque()
        self._gone: deque[DetectorStream] = deque()
        self._woken = Event()
        self._listens = self._ended = False
        self._power = ulaw_power()

    def prepare(self) -> None:
        """Load the model, so that no call waits for it; after a fork. Raises ModelMissing."""
        with self._lock:
            if self._listens:
                return
            self.load()
            self._listens = True
            Thread(target=self._listen, name="speech-detector", daemon=True).start()

    def load(self) -> None:
        """Load the model without a thread: whoever does so calls `judge` by hand. Raises ModelMissing."""
        if self._model is None:
            self._model = self._load()

    def open(self) -> DetectorStream:
        """Begin to listen to a caller. Raises ModelMissing."""
        if self._model is None:
            self.prepare()
        return DetectorStream(self)

    def end(self) -> None:
        """Stop listening to anybody."""
        self._ended = True
        self._woken.set()

    def put(self, stream: DetectorStream, frame: bytes, at_ms: int, report: Report) -> None:
        """Leave a frame to be judged; any thread may."""
        self._waiting.append((stream, frame, at_ms, report))
        if not self._woken.is_set():
            self._woken.set()

    def gone(self, stream: DetectorStream) -> None:
        """Forget a stream; any thread may."""
        self._gone.append(stream)
        self._woken.set()

    def _listen(self) -> None:
        while not self._ended:
            self._woken.wait()
            self._woken.clear()
            try:
                self.judge()
            except Exception:
                # The frames of one round are lost; a thread that ended would make every call deaf for ever.
                log.exception("a round of listening failed")
            time.sleep(ROUND_S)

    def judge(self) -> None:
        """Judge all that waits, and report it in its order."""
        model = self._model
        assert model is not None
        frames = [self._waiting.popleft() for _ in range(len(self._waiting))]
        while self._gone:
            gone = self._gone.popleft()
            if gone.place >= 0:
                model.close(gone.place)
                gone.place = -1
        if not frames:
            return
        # The nth run holds each stream's nth chunk: it needs the state that the one before leaves.
        runs: list[list[tuple[int, DetectorStream, bytes]]] = []
        asked: dict[DetectorStream, int] = {}
        loudness = self._loudness([frame for _, frame, _, _ in frames])
        for number, (stream, frame, _, _) in enumerate(frames):
            stream.waiting -= 1
            if not stream.closed and (chunk := _gated(stream, frame, loudness[number], model)):
                nth = asked.get(stream, 0)
                asked[stream] = nth + 1
                if nth == len(runs):
                    runs.append([])
                runs[nth].append((number, stream, chunk))
        speech: dict[int, float] = {}
        for run in runs:
            for start in range(0, len(run), MOST_AT_ONCE):
                if speech:
                    time.sleep(0)
                speech |= _asked(model, run[start : start + MOST_AT_ONCE])
        for number, (stream, _, at_ms, report) in enumerate(frames):
            if not stream.closed:
                _tell(report, Frame(at_ms, loudness[number], speech.get(number)))

    def _loudness(self, frames: Sequence[bytes]) -> list[float]:
        codes = np.frombuffer(b"".join(frames), np.uint8).reshape(len(frames), FRAME_BYTES)
        power = self._power[codes].mean(axis=1)
        loudness: list[float] = (10 * np.log10(power + 1e-9)).tolist()
        return loudness


def _gated(stream: DetectorStream, frame: bytes, loudness_db: float, model: Silero) -> bytes | None:
    """Return the chunk that a frame completes; None where none is complete, or it is too quiet to ask."""
    if not stream.floor_db:
        stream.floor_db = min(max(loudness_db, _FLOORS_DB[0]), _FIRST_FLOOR_DB)
    elif loudness_db < stream.floor_db:
        stream.floor_db = max(stream.floor_db + (loudness_db - stream.floor_db) * 0.3, _FLOORS_DB[0])
    else:
        # By 2.5 dB a second: speech has pauses in which it falls again, a fan has none.
        stream.floor_db = min(stream.floor_db + 0.05, _FLOORS_DB[1])
    was_open = stream.open_frames > 0
    if loudness_db > max(stream.floor_db + _OPENS_DB, _LOWEST_OPEN_DB):
        stream.open_frames = _STAYS_OPEN_FRAMES
    elif was_open:
        stream.open_frames -= 1
    stream.kept = (stream.kept + frame)[-(CONTEXT + CHUNK + FRAME_BYTES) :]
    if not stream.open_frames:
        return None
    if not was_open:
        # The sound began in this frame or just before it: the chunk reaches back over both.
        if stream.place < 0:
            stream.place = model.open()
        else:
            model.reset(stream.place)
        stream.fresh, stream.quiet_chunks = CHUNK, 0
    else:
        stream.fresh += FRAME_BYTES
    if stream.fresh < CHUNK:
        return None
    stream.fresh -= CHUNK
    end = len(stream.kept) - stream.fresh
    return stream.kept[end - CONTEXT - CHUNK : end]


def _asked(model: Silero, run: Sequence[tuple[int, DetectorStream, bytes]]) -> dict[int, float]:
    probabilities = model.run([chunk for _, _, chunk in run], [stream.place for _, stream, _ in run])
    for (_, stream, _), probability in zip(run, probabilities, strict=True):
        stream.quiet_chunks = stream.quiet_chunks + 1 if probability < _QUIET else 0
        if stream.quiet_chunks >= _QUIET_CHUNKS:
            stream.quiet_chunks = 0
            model.reset(stream.place)
    return {number: found for (number, _, _), found in zip(run, probabilities, strict=True)}


def _tell(report: Report, frame: Frame) -> None:
    try:
        report(frame)
    except Exception:
        # One call's mistake is not to make the others deaf.
        log.exception("a call did not take what was heard")
