"""The caller's side of a stream: frames become signs of turn taking, speech becomes words, and both become events.

Each stretch of speech is an utterance of its own until its words are final: a cough that follows it, or the next sentence,
takes nothing away from it. Guarded by its line's lock.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from voicebot.domain.call.actions import Listen, ListenMode
from voicebot.domain.call.events import (
    CallerMaybeDone,
    CallerResumed,
    CallerSaid,
    CallerStarted,
    LanguageHeard,
)
from voicebot.domain.call.turn_taking.rules import TurnRules
from voicebot.domain.call.turn_taking.signals import (
    FRAME_MS,
    Backchannel,
    BargeIn,
    EndHint,
    Frame,
    HoldMusic,
    MaybeDone,
    Noise,
    Resumed,
    Signal,
    SpeechStarted,
    TurnDone,
)
from voicebot.domain.call.turn_taking.taker import TurnTaker
from voicebot.providers.ports import DetectorStream
from voicebot.providers.ports.transcriber import (
    EagerEnd,
    FinalWords,
    Listening,
    PartialWords,
    SpeechResumed,
    Transcriber,
    TranscriberEvent,
    Transcription,
    TranscriptionFailed,
)
from voicebot.services.calls.media.caller_lane import note_sign
from voicebot.services.calls.media.caller_utterance import CallerUtterance, OwedFinals, WordsBefore
from voicebot.services.calls.media.ear_ports import EarPorts
from voicebot.services.calls.media.recent_sound import RecentSound
from voicebot.telemetry import metrics
from voicebot.transports.audio import PHONE_BYTES_A_MS

FRAME_BYTES = FRAME_MS * PHONE_BYTES_A_MS
PRE_ROLL_MS = 1000
"""Sound of this length before the first frame of speech is transcribed too: soft consonants begin a word, and "wait,"
before a pause was too short to count as speech. No sound is sent twice.
"""
HOLD_MS = 1000.0
"""A turn whose words have come waits so long for a sound that began meanwhile: it may be the rest of it."""
MAX_FAILURES = 3
"""A transcriber that fails so often in a row hears nobody."""

log = logging.getLogger(__name__)


class Ear:
    """Hears one caller."""

    def __init__(
        self,
        ports: EarPorts,
        rules: TurnRules,
        detector: DetectorStream,
        transcriber: Transcriber,
        listening: Listening,
    ) -> None:
        self._ports, self._rules, self._detector, self._transcriber = ports, rules, detector, transcriber
        self.taker = TurnTaker(rules)
        self._transcription = self._opened(listening)
        self._recent = RecentSound()
        self._fed_ms = 0
        """Where the sound ends that the transcriber was given."""
        self.speculates = True
        """Whether tentative words are told."""
        self._rest, self._bot_speaks = b"", False
        self._current: CallerUtterance | None = None
        self._over: CallerUtterance | None = None
        """A turn that is over, and whose words have not come."""
        self._before = WordsBefore(self.taker)
        self._owed = OwedFinals()
        self._decided_at_ms, self._failures, self._asked_again = 0.0, 0, False
        self._listen: Listen | None = None
        self._held_since_ms: float | None = None

    @property
    def busy(self) -> bool:
        """Whether the caller speaks, or words of theirs are on their way."""
        return self._current is not None or self._over is not None

    @property
    def speaking(self) -> bool:
        """Whether the caller speaks."""
        return self._current is not None and not self._current.is_tentative

    @property
    def awaits_words(self) -> bool:
        """Whether a turn is over, and its words are on their way."""
        return self._over is not None and not self._over.is_doubtful

    @property
    def spoke_at_ms(self) -> float:
        """Return when, by our clock, the turn ended whose words are on their way."""
        return self.clock_of(self._over.last_speech_ms) if self._over is not None else 0.0

    def hear_in(self, listening: Listening) -> None:
        """Hear another language from now on, between two turns."""
        self._transcription.close()
        self._owed = OwedFinals()
        self._current = self._over = self._held_since_ms = None
        self._rules = replace(self._rules, language=listening.language)
        self.taker = TurnTaker(self._rules)
        self._before = WordsBefore(self.taker)
        self._transcription = self._opened(listening)

    def _opened(self, listening: Listening) -> Transcription:
        entered = self._ports.entered
        return self._transcriber.open(listening, lambda event: entered(lambda: self.understood(event)))

    def expect(self, listen: Listen) -> None:
        """The caller has the word."""
        self._listen = listen
        self.speculates = listen.mode is not ListenMode.CODE
        self.taker.expect(listen.pause_s, digits=6 if listen.mode is ListenMode.CODE else None)

    def bot(self, speaking: bool, *, interruptible: bool = True, words: str = "") -> None:
        """Our sound begins or ends at the caller's ear."""
        self._bot_speaks = speaking
        self.taker.bot(speaking, self._recent.heard_ms, interruptible=interruptible, words=words)

    def clock_of(self, at_ms: int) -> float:
        """Return when, by our clock, the frame came that ends there."""
        return self._recent.clock_of(at_ms, self._ports.clock_ms())

    def close(self) -> None:
        """The call is over or moved."""
        self._transcription.close()
        self._detector.close()

    # --- sound ---

    def sound(self, audio: bytes) -> None:
        """Take what the caller's telephone sends, in pieces of any size."""
        if self._rest or len(audio) != FRAME_BYTES:
            audio = self._rest + audio
            whole = len(audio) - len(audio) % FRAME_BYTES
            self._rest, audio = audio[whole:], audio[:whole]
        now_ms = self._ports.clock_ms()
        for start in range(0, len(audio), FRAME_BYTES):
            self._frame(audio[start : start + FRAME_BYTES], now_ms)

    def _frame(self, frame: bytes, now_ms: float) -> None:
        self._recent.add(frame, now_ms)
        if self._current is not None:
            self._transcription.feed(frame)
            self._fed_ms = self._recent.heard_ms
        self._detector.feed(frame, self._judged)

    def _judged(self, frame: Frame) -> None:
        with self._ports.lock:
            signals = self.taker.frame(frame)
            if signals:
                self._ports.entered(lambda: self._take(signals))

    # --- signs ---

    def _take(self, signals: Iterable[Signal]) -> None:
        for signal in signals:
            note_sign(self._ports.speech, signal, self.clock_of)
            self._sign(signal)

    def _sign(self, signal: Signal) -> None:
        match signal:
            case SpeechStarted(at_ms, since_ms):
                self._begin(since_ms or at_ms)
            case BargeIn():
                if self._current is not None:
                    self._current.barged = True
                self._ports.tell(CallerStarted())
            case MaybeDone(_, last_speech_ms, complete):
                self._maybe_done(last_speech_ms, complete=complete)
            case Resumed():
                self._resumed()
            case TurnDone(_, last_speech_ms):
                self._done(last_speech_ms)
            case Backchannel():
                self._forget()
            case HoldMusic() | Noise():
                metrics.STREAM_SOUNDS.labels(type(signal).__name__).inc()
            case _:
                assert_never(signal)

    def _begin(self, since_ms: int) -> None:
        # A mark that comes late says that we speak when the caller hears nothing any more.
        over_bot = self._bot_speaks and self._ports.sounds()
        self._current = CallerUtterance(since_ms, over_silence=not self._bot_speaks, over_bot=over_bot)
        self._before.join(self._current)
        for frame in self._recent.since(max(since_ms - PRE_ROLL_MS, self._fed_ms)):
            self._transcription.feed(frame)
        self._fed_ms = self._recent.heard_ms

    def _maybe_done(self, last_speech_ms: int, *, complete: bool) -> None:
        heard = self._current
        if heard is None:
            return
        heard.is_tentative, heard.last_speech_ms = True, last_speech_ms
        heard.tentative_at_ms = self._ports.clock_ms()
        if not self._transcription.ends_turns:
            self._finish(heard)
            if complete:
                self._tell_tentative(heard)
        elif heard.text:
            self._tell_tentative(heard)

    def _finish(self, heard: CallerUtterance) -> None:
        self._owed.ask(heard)
        self._transcription.finish()

    def _tell_tentative(self, heard: CallerUtterance) -> None:
        if self.speculates and heard.text and heard.whole != heard.told:
            heard.words_at_ms, heard.told = self._ports.clock_ms(), heard.whole
            self._ports.tell(CallerMaybeDone(heard.told, heard.confidence))

    def _resumed(self) -> None:
        heard = self._current
        if heard is None:
            return
        heard.is_tentative, heard.is_fresh = False, True
        if heard.told:
            heard.told = ""
            self._ports.tell(CallerResumed())

    def _done(self, last_speech_ms: int) -> None:
        heard, self._current = self._current, None
        if heard is None:
            return
        heard.last_speech_ms = last_speech_ms or heard.last_speech_ms
        self._decided_at_ms = self._ports.clock_ms()
        if self._over is not None:
            # The words before have not come: it is one turn.
            heard.segments[:0] = [self._over.whole] if self._over.whole else []
            heard.since_ms, heard.barged = self._over.since_ms, heard.barged or self._over.barged
            self._owed.pass_on(self._over, heard)
        self._over = heard
        if heard.is_fresh and not (self._transcription.ends_turns and heard.segments):
            self._finish(heard)
        self._conclude_if_known()

    def wait_ms(self, now_ms: float) -> float | None:
        """Return in how many seconds a held turn, or a single word, is reported at the latest."""
        if self._held_since_ms is not None:
            return self._held_since_ms + HOLD_MS - now_ms
        return None if self.busy else self._before.wait_ms(now_ms)

    def settle(self) -> None:
        """Take note of time."""
        wait_ms = self.wait_ms(self._ports.clock_ms())
        if wait_ms is None or wait_ms > 0:
            return
        if not self.busy:
            self._over = self._before.take()
            self._decided_at_ms = self._ports.clock_ms()
        if not (self._current and self._current.partial):
            self._conclude()

    def _conclude_if_known(self) -> None:
        """Tell the turn that is over once its words have come, unless the caller seems to go on with it."""
        if self._over is None or self._over.finishes:
            return
        if self._current is None:
            self._conclude()
        elif self._held_since_ms is None:
            self._held_since_ms = self._ports.clock_ms()

    def _conclude(self) -> None:
        """Tell what the caller has said, or that it was nothing."""
        heard, self._over = self._over, None
        self._held_since_ms = None
        if heard is None:
            return
        if not heard.text and (heard.is_doubtful or not (heard.barged or heard.failed or heard.is_meant)):
            if self._listen is not None:
                self.expect(self._listen)
            return
        ports = self._ports
        ports.told(heard, self.clock_of(heard.last_speech_ms), self._decided_at_ms)
        if heard.language:
            ports.tell(LanguageHeard(heard.language))
        ports.tell(CallerSaid(heard.whole, heard.confidence))

    def _forget(self) -> None:
        """What began was no turn."""
        heard, self._current = self._current, None
        if heard is None:
            return
        ends_turns = self._transcription.ends_turns
        if heard.is_fresh and not ends_turns:
            # Its words are made final, so that they do not stand before those of the next.
            self._finish(heard)
        if heard.finishes and heard.over_silence and heard.is_meant:
            # Long enough for talk: if it was, its late words are told.
            if self._over is None:
                heard.is_doubtful, self._over = True, heard
            else:
                self._owed.pass_on(heard, self._over)
        elif heard.is_missed and self._listen and not (self._over or self._asked_again or ends_turns):
            # Once until words come: it may be a television.
            heard.failed = self._asked_again = True
            self._over, self._decided_at_ms = heard, self._ports.clock_ms()
        elif not ends_turns:
            self._before.keep(heard, self._recent.heard_ms, self._ports.clock_ms())
        if heard.told:
            self._ports.tell(CallerResumed())
        self._conclude_if_known()

    # --- words ---

    def understood(self, event: TranscriberEvent) -> None:
        """Take what the transcriber reports."""
        match event:
            case PartialWords(text):
                if self._current is not None and not self._owed:
                    self._current.partial = text
                    self._words(self._current, final=False)
            case EagerEnd(text, confidence):
                if (heard := self._current) is not None:
                    heard.partial = text
                    heard.confidences = [] if confidence is None else [confidence]
                    self._take(self.taker.hint(EndHint.EAGER, self._recent.heard_ms))
            case SpeechResumed():
                self._take(self.taker.hint(EndHint.RESUMED, self._recent.heard_ms))
            case FinalWords(text, confidence, language):
                self._failures = 0
                is_said = any(char.isalnum() for char in text)
                self._final(text.strip() if is_said else "", confidence, language or "")
            case TranscriptionFailed(error):
                log.warning("words were lost", extra={"code": error.code, "outcome": error.outcome})
                self._lost()
            case _:
                assert_never(event)

    def _words(self, heard: CallerUtterance, *, final: bool) -> None:
        if heard is self._current:
            self._take(self.taker.words(heard.text, final=final, at_ms=self._recent.heard_ms))

    def _final(self, text: str, confidence: float | None, language: str) -> None:
        was_asked = bool(self._owed)
        heard = self._owed.take() if was_asked else self._current or self._over
        if heard is None:
            return
        heard.words_at_ms, heard.partial = self._ports.clock_ms(), ""
        if text:
            self._asked_again = False
            heard.segments.append(text)
            heard.language = language or heard.language
            heard.confidences += [] if confidence is None else [confidence]
            self._before.learn(heard)
        if not was_asked:
            heard.is_fresh = False
        self._words(heard, final=True)
        if heard is self._current:
            if heard.is_tentative and not heard.finishes:
                self._tell_tentative(heard)
            if not was_asked:
                self._take(self.taker.hint(EndHint.ENDED, self._recent.heard_ms))
        else:
            self._conclude_if_known()

    def _lost(self) -> None:
        self._failures += 1
        if self._owed:
            self._owed.take().failed = True
            self._conclude_if_known()
        if self._failures >= MAX_FAILURES:
            self._failures = 0
            self._ports.deaf()
