"""One call's ear: sound goes to one transcriber after the other until the words are there, or a deadline has passed.

Each connection has a thread that opens and reads it; whoever feeds only queues. A connection that is given up is not waited for:
the next one begins at once, with the sound that no words were made of, and what the old one still says counts for nothing.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from voicebot.providers.hearing.dialect import (
    BYTES_PER_S,
    Dialect,
    Heard,
    Message,
    Ready,
    Remedy,
    Reply,
    Settled,
    Trouble,
)
from voicebot.providers.hearing.doors import Door, Doors, Wire
from voicebot.providers.hearing.kept_sound import KeptSound
from voicebot.providers.hearing.limits import HearingLimits
from voicebot.providers.hearing.line import Asked, Line
from voicebot.providers.hearing.reports import Reports
from voicebot.providers.http.errors import TIMEOUT
from voicebot.providers.ports import (
    FinalWords,
    Listening,
    Outcome,
    ProviderError,
    TranscriberEvent,
    TranscriptionFailed,
)
from voicebot.sockets.ending import SocketClosed
from voicebot.telemetry import metrics

log = logging.getLogger(__name__)


class Ear:
    """A `Transcription` over the doors of a transcriber."""

    def __init__(
        self,
        doors: Doors,
        listening: Listening,
        report: Callable[[TranscriberEvent], None],
        limits: HearingLimits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._doors, self._listening = doors, listening
        self._limits, self._clock = limits, clock
        self._lock, self._reports = threading.Lock(), Reports(report)
        self._piece_bytes = int(limits.piece_s * BYTES_PER_S)
        self._kept = KeptSound(int(limits.kept_s * BYTES_PER_S))
        self._asked: deque[Asked] = deque()
        self._last_mark = 0
        self._settled = ""
        """Words of connections before, for the next FinalWords."""
        self._expected: tuple[float, tuple[str, ...]] | None = None
        self._line: Line | None = None
        self._tried: set[str] = set()
        self._repeated: set[str] = set()
        self._rounds = 0
        self._error: ProviderError | None = None
        """Why nothing can be heard at the moment; it was told."""
        self._again: threading.Timer | None = None
        self._closed = False
        door = doors.next(listening)
        assert door is not None
        self._ends_turns = door.ends_turns
        with self._lock:
            self._open(door)

    # --- any thread -------------------------------------------------------------------------------

    @property
    def ends_turns(self) -> bool:
        """Whether the transcriber that listens now reports the ends of turns."""
        return self._ends_turns

    def feed(self, mulaw: bytes) -> None:
        """Keep the sound, and send it when a piece is complete."""
        with self._lock:
            if self._closed:
                return
            self._kept.add(mulaw)
            line = self._line
            if line is None or not line.open or line.dialect is None:
                return
            if self._kept.end - line.sent >= line.dialect.batch_bytes:
                line.send_sound(self._kept, self._kept.end, self._piece_bytes, self._clock())

    def finish(self) -> None:
        """Have the sound so far made final."""
        with self._lock:
            if self._closed:
                return
            mark, now = self._kept.end, self._clock()
            if self._line is None:
                self._kept.drop(mark)
                self._last_mark = mark
                assert self._error is not None
                self._reports.add(TranscriptionFailed(self._error))
            else:
                asked = Asked(mark, now, blank=mark == self._last_mark)
                self._last_mark = mark
                self._asked.append(asked)
                self._wait(self._line, asked)
                self._ask(self._line, asked)
                self._answer_blanks()
        self._reports.deliver()

    def expect(self, pause_s: float, hints: Sequence[str] = ()) -> None:
        """Tell the transcriber what kind of answer comes next."""
        with self._lock:
            self._expected = (pause_s, tuple(hints))
            if self._line is not None and self._line.open:
                self._tell_expected(self._line)

    def close(self) -> None:
        """End it; nothing is reported any more."""
        with self._lock:
            self._closed = True
            self._reports.stop()
            line, self._line = self._line, None
            for asked in self._asked:
                asked.rest()
            self._asked.clear()
            if self._again is not None:
                self._again.cancel()
        if line is not None:
            line.hang_up()

    # --- one connection, on its own thread ------------------------------------------------------------

    def _carry(self, line: Line) -> None:
        try:
            wire, dialect = line.door.enter(self._listening)
        except ProviderError as error:
            with self._lock:
                self._fail(line, Trouble(error, _remedy_of(error)))
            self._reports.deliver()
            return
        with self._lock:
            wanted = self._line is line
            line.wire, line.dialect = wire, dialect
            if wanted:
                line.since = line.last_sent = self._clock()
                dialect.settled, self._settled = self._settled, ""
                line.send(dialect.opening(), line.since)
                if dialect.ready:
                    self._begin(line)
        if not wanted:
            line.hang_up()
            return
        self._read(line, wire, dialect)

    def _read(self, line: Line, wire: Wire, dialect: Dialect) -> None:
        while True:
            message: Message | None = None
            ended: Trouble | None = None
            try:
                message = wire.receive(dialect.tick_s if line.open else self._limits.ready_within_s)
            except SocketClosed as closed:
                ended = dialect.closed(closed.code, closed.reason)
            except ProviderError as error:
                ended = Trouble(error, _remedy_of(error))
            with self._lock:
                if self._line is not line:
                    return
                now = self._clock()
                if ended is not None:
                    self._fail(line, ended)
                elif message is not None:
                    for heard in dialect.heard(message):
                        self._take(line, heard)
                if line.open:
                    line.send(dialect.keep_alive(now - line.last_sent), now)
                elif now - line.since >= self._limits.ready_within_s:
                    self._fail(line, _too_slow(line))
            self._reports.deliver()

    def _take(self, line: Line, heard: Heard) -> None:
        if self._line is not line:
            return
        match heard:
            case Ready():
                self._begin(line)
            case FinalWords():
                self._answer(line, heard)
            case Settled(sent_bytes):
                self._kept.drop(line.sent if sent_bytes is None else min(line.origin + sent_bytes, line.sent))
            case Reply(message):
                line.send((message,), self._clock())
            case Trouble(_, Remedy.RETRY_LATER):
                _start(threading.Timer(self._limits.again_s, self._ask_again, (line,)))
            case Trouble():
                self._fail(line, heard)
            case _:
                self._reports.add(heard)

    # --- below here the lock is held ------------------------------------------------------------------

    def _open(self, door: Door) -> None:
        line = self._line = Line(door, self._clock())
        self._ends_turns = door.ends_turns
        for asked in self._asked:
            self._wait(line, asked)
        threading.Thread(target=self._carry, args=(line,), name=f"ear-{door.name}", daemon=True).start()

    def _begin(self, line: Line) -> None:
        """The connection is open: send it the stored sound, with the ends of utterances in their places."""
        line.open = True
        line.origin = line.sent = self._kept.start
        self._tell_expected(line)
        for asked in self._asked:
            self._ask(line, asked)
        line.send_sound(self._kept, self._kept.end, self._piece_bytes, self._clock())

    def _ask(self, line: Line, asked: Asked) -> None:
        if not line.open or asked.blank or line.dialect is None:
            return
        line.send_sound(self._kept, asked.mark, self._piece_bytes, self._clock())
        line.send(line.dialect.finish(), self._clock())
        if line.dialect.patience_s is not None:
            self._wait(line, asked, early_s=line.dialect.patience_s)

    def _tell_expected(self, line: Line) -> None:
        if self._expected is not None and line.dialect is not None:
            line.send(line.dialect.expect(*self._expected), self._clock())

    def _answer(self, line: Line, words: FinalWords) -> None:
        if len(words.text) > self._limits.longest_text:
            words = replace(words, text=words.text[: self._limits.longest_text])
        self._reports.add(words)
        self._tried.clear()
        self._repeated.clear()
        self._rounds, self._error = 0, None
        if self._asked:
            asked = self._asked.popleft()
            asked.rest()
            self._kept.drop(asked.mark)
            _observe(line.door.name, "ok", self._clock() - asked.since)
            self._answer_blanks()
        old = self._clock() - line.since > line.door.renew_after_s
        if old and not self._asked and line.dialect is not None:
            self._settled = line.dialect.settled
            line.hang_up()
            self._open(line.door)

    def _answer_blanks(self) -> None:
        while self._asked and self._asked[0].blank:
            self._asked.popleft().rest()
            self._reports.add(FinalWords(""))

    def _fail(self, line: Line, trouble: Trouble) -> None:
        """Go on without this connection: with another one of the same door, at the next door, or not at all for now."""
        if self._line is not line:
            return
        error, door = trouble.error, line.door
        log.warning(
            "a transcriber failed",
            extra={"provider": error.provider, "code": error.code, "outcome": error.outcome.value},
        )
        if self._asked:
            _observe(door.name, error.outcome.value, self._clock() - self._asked[0].since)
        if line.open and self._clock() - line.since >= self._limits.held_s and not self._asked:
            self._tried.clear()
            self._repeated.clear()
        if line.dialect is not None:
            self._settled = line.dialect.settled
        self._line = None
        line.hang_up()
        if trouble.remedy is Remedy.RECONNECT and line.open and door.name not in self._repeated:
            self._repeated.add(door.name)
            self._open(door)
            return
        self._tried.add(door.name)
        self._doors.rest(door, self._rest_s(trouble))
        following = self._doors.next(self._listening, self._tried)
        if following is not None:
            self._open(following)
        else:
            self._hear_nothing(error)

    def _rest_s(self, trouble: Trouble) -> float:
        if trouble.remedy in (Remedy.ALERT, Remedy.BUG):
            return self._limits.rest_refused_s
        return trouble.error.retry_after_s or self._limits.rest_s

    def _hear_nothing(self, error: ProviderError) -> None:
        """Every door was tried: say so, and try all of them again after a pause."""
        told = self._error is not None
        self._error = error
        if self._asked:
            self._kept.drop(self._asked[-1].mark)
            self._settled = ""
        elif not told:
            self._reports.add(TranscriptionFailed(error))
        for asked in self._asked:
            asked.rest()
            self._reports.add(FinalWords("") if asked.blank else TranscriptionFailed(error))
        self._asked.clear()
        pauses = self._limits.pauses_s
        self._again = threading.Timer(pauses[min(self._rounds, len(pauses) - 1)], self._try_again)
        self._rounds += 1
        _start(self._again)

    # --- timers ---------------------------------------------------------------------------------------

    def _wait(self, line: Line, asked: Asked, *, early_s: float | None = None) -> None:
        if asked.blank:
            return
        seconds = self._limits.answer_s if early_s is None else early_s
        if early_s is None:
            asked.rest()
        timer = threading.Timer(seconds, self._overdue, (line, asked, early_s is None))
        asked.timers.append(timer)
        _start(timer)

    def _overdue(self, line: Line, asked: Asked, last: bool) -> None:
        with self._lock:
            # What a door before was asked for, the next one has its own time for.
            if self._line is not line or asked not in self._asked:
                return
            is_next = line.open and line.dialect is not None and asked is self._asked[0]
            words = line.dialect.overdue(last=last) if is_next and line.dialect is not None else None
            if words is not None:
                self._answer(line, words)
            elif last:
                self._fail(line, _too_slow(line))
        self._reports.deliver()

    def _ask_again(self, line: Line) -> None:
        with self._lock:
            if self._line is line and self._asked and line.dialect is not None:
                line.send(line.dialect.finish(), self._clock())

    def _try_again(self) -> None:
        with self._lock:
            if self._closed or self._line is not None:
                return
            self._tried.clear()
            self._repeated.clear()
            door = self._doors.next(self._listening)
            assert door is not None
            self._open(door)


def _start(timer: threading.Timer) -> None:
    timer.daemon = True
    timer.start()


def _too_slow(line: Line) -> Trouble:
    return Trouble(ProviderError(line.door.name, TIMEOUT, Outcome.UNKNOWN), Remedy.FAIL_OVER)


def _remedy_of(error: ProviderError) -> Remedy:
    """What follows from a connection that was not opened, or an exchange that failed."""
    if error.outcome is not Outcome.REFUSED:
        return Remedy.FAIL_OVER
    return Remedy.ALERT if error.unwell else Remedy.BUG


def _observe(door: str, outcome: str, seconds: float) -> None:
    metrics.PROVIDER_SECONDS.labels(door, "transcribe", outcome).observe(seconds)
