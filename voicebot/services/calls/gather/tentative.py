"""What a caller on Gather has said half-way, and when it may be all: words that stand still begin an answer.

Results come to any process, late, twice or out of order, so each process knows some of them. Which answer counts is
decided where answers are claimed.
"""

import hashlib
import threading
import time

from voicebot.domain.bare_words import bare_words
from voicebot.domain.verification.find import CodeScan
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.speculate import Speculation
from voicebot.transports.twilio.forms import PartialResult

MARGIN_S = 0.1
"""So much longer than the longest pause between two results words have to stand once the caller has gone on."""

LATER = 2
"""From this result on, counted from 0, the caller has gone on before, whichever process was told."""


def digest_of(text: str) -> str:
    """Return the name of some words, the same for two transcriptions that differ in nothing but case and punctuation."""
    return hashlib.sha256(bare_words(text).encode()).hexdigest()


class Tentative:
    """What one caller has said so far of one turn. Safe to share between threads."""

    def __init__(self, runtime: Runtime, call_sid: str, turn: int, pause_s: int) -> None:
        """`pause_s`: the silence that will end the words; 0: not known."""
        self.turn = turn
        self._pause_s = pause_s
        self._runtime, self._call_sid = runtime, call_sid
        self._lock = threading.Lock()
        self._text, self._words, self._sequence = "", "", -1
        self.heard_at = time.monotonic()
        self._longest_gap_s = 0.0
        self._went_on = False
        """The caller said more after an answer was begun."""
        self._timer: threading.Timer | None = None
        self._begun: Speculation | None = None

    def hear(self, text: str, sequence: int | None) -> None:
        """Take a result; one that is older, or the same once more, changes nothing."""
        now = time.monotonic()
        words = bare_words(text)
        with self._lock:
            number = int(time.time() * 1000) if sequence is None else sequence
            if number <= self._sequence:
                return
            before, self._sequence = self._sequence, number
            if words == self._words:
                return
            if self._words:
                # Some of those between may have come to another process.
                between = max(1, number - before) if sequence is not None else 1
                self._longest_gap_s = max(self._longest_gap_s, (now - self.heard_at) / between)
            elif number >= LATER and sequence is not None:
                self._longest_gap_s, self._went_on = self._runtime.limits.speculation.apart_s, True
            self._text, self._words, self.heard_at = text, words, now
            self._stop()
            # Nothing keeps what a caller says as a code, and half a telephone number is no question.
            if words and not CodeScan(text).may_be_begun_code:
                self._timer = threading.Timer(self._stands_s(), self._stood, [words])
                self._timer.daemon = True
                self._timer.start()

    def settle(self, final_text: str) -> None:
        """The turn is over with these words: an answer to others is not made any further."""
        with self._lock:
            if bare_words(final_text) != self._words:
                self._stop()
            elif self._timer:
                self._timer.cancel()

    def _stands_s(self) -> float:
        """Return how long the words have to stand.

        Once the caller has gone on, longer than results have been apart: words that stand for less are half a sentence.
        """
        limits = self._runtime.limits.speculation
        if not self._went_on:
            return limits.stood_s
        longest_s = limits.paused_s
        if self._pause_s:
            longest_s = min(longest_s, self._pause_s - limits.head_start_s)
        return max(limits.stood_s, min(longest_s, self._longest_gap_s + MARGIN_S))

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._begun:
            self._begun.stop()
            self._begun, self._went_on = None, True

    def _stood(self, words: str) -> None:
        with self._lock:
            if words != self._words:
                return
            begun = self._begun = Speculation(
                self._runtime, self._call_sid, self.turn, self._text, digest_of(self._text), self._sequence
            )
        begun.run()


def hear(runtime: Runtime, turn: int, pause_s: int, partial: PartialResult) -> None:
    """Take what was understood so far of the words that open a turn, which a silence of `pause_s` will end.

    Returns at once.
    """
    if not (runtime.settings.speculation and partial.call_sid and turn):
        return
    known = runtime.tentative.get(partial.call_sid)
    if known is None or known.turn < turn:
        forget(runtime, partial.call_sid)
        _forget_old(runtime)
        known = runtime.tentative.setdefault(
            partial.call_sid, Tentative(runtime, partial.call_sid, turn, pause_s)
        )
    if known.turn == turn:
        known.hear(partial.text, partial.sequence)


def settle(runtime: Runtime, call_sid: str, turn: int, final_text: str) -> None:
    """The words that open a turn are final, or it is opened by something else than words."""
    known = runtime.tentative.get(call_sid)
    if known is not None and known.turn <= turn:
        runtime.tentative.pop(call_sid, None)
        known.settle(final_text if known.turn == turn else "")


def forget(runtime: Runtime, call_sid: str) -> None:
    """Drop what a caller has said half-way."""
    known = runtime.tentative.pop(call_sid, None)
    if known is not None:
        known.settle("")


def _forget_old(runtime: Runtime) -> None:
    """Drop what was followed by nothing here: the turn was opened elsewhere, or the caller hung up."""
    limit = time.monotonic() - runtime.limits.speculation.keep_s
    while runtime.tentative:
        oldest = next(iter(runtime.tentative), None)
        known = runtime.tentative.get(oldest) if oldest else None
        if oldest is None or known is None or known.heard_at > limit:
            return
        forget(runtime, oldest)
