"""Several voices in a row: when one breaks off, the next one goes on from the first word that was not fully heard."""

import logging
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, closing

from voicebot.providers.clips import CHARS_PER_S
from voicebot.providers.http.closable import ClosableStream, Exchange
from voicebot.providers.http.errors import BUSY_HERE, CONNECT_TIMEOUT, TIMEOUT
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import Outcome, Priority, ProviderError
from voicebot.providers.ports.speaker import CallSpeaker, Speaker, SpokenChunk
from voicebot.providers.slots.admission import Admission, place_at
from voicebot.providers.speaking import Speaking
from voicebot.transports.audio import PHONE_BYTES_A_MS

REST_S = 15.0
"""A voice that fails for every caller is skipped for this long, or each caller would wait for it again."""
FAILS_EVERYBODY = 3
"""Failures in a row that tell so; one broken connection is nobody else's."""
REFUSED_REST_S = 60.0
"""The same of one whose account is closed or empty: a single refusal tells."""
BUSY_REST_S = 0.5
"""The same of one that only has too much to do."""

log = logging.getLogger(__name__)


class SpeakersInTurn:
    """A `Speaker` made of several. The last one is always asked, so it should be the machine's own voice."""

    def __init__(
        self,
        speakers: Sequence[tuple[str, Speaker]],
        *,
        admissions: Mapping[str, Admission] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`speakers`: each with its name, the best first; `admissions`: the gates before those that have one."""
        self._speakers, self._clock = tuple(speakers), clock
        self._admissions = admissions or {}
        self._rests_until: dict[str, float] = {}
        self._in_a_row: dict[str, int] = {}

    def open(self, voice_id: str, language: str) -> "_Call":
        """Open the best of them; another one when a sentence needs it."""
        return _Call(self, voice_id, language)

    def asked(self) -> list[tuple[str, Speaker]]:
        """Return whom to ask now, in order: those that do not rest, and the last."""
        now = self._clock()
        return [
            (name, speaker)
            for name, speaker in self._speakers
            if speaker is self._speakers[-1][1] or self._rests_until.get(name, now) <= now
        ]

    def place(self, name: str, priority: Priority, exchange: Exchange) -> AbstractContextManager[None]:
        """Hold a place at a voice. Raises ProviderError when there is none."""
        return place_at(self._admissions.get(name), priority, exchange=exchange)

    def full_with(self, name: str) -> set[str]:
        """Return the voices behind the same gate as this one, itself among them."""
        gate = self._admissions.get(name)
        return {name} | {each for each, admission in self._admissions.items() if admission is gate}

    def spoke(self, name: str) -> None:
        """Note that a voice spoke a sentence to its end."""
        self._in_a_row[name] = 0

    def failed(self, name: str, failure: ProviderError) -> None:
        """Note a failure. One that others would meet too lets the voice rest."""
        log.warning(
            "a voice failed in a call",
            extra={"provider": name, "code": failure.code, "outcome": failure.outcome.value},
        )
        if not failure.unwell:
            return
        in_a_row = self._in_a_row[name] = self._in_a_row.get(name, 0) + 1
        rest_s = REST_S if in_a_row >= FAILS_EVERYBODY else 0.0
        if failure.outcome is Outcome.REFUSED:
            rest_s = REFUSED_REST_S
        elif failure.outcome is Outcome.NOT_SENT:
            rest_s = max(rest_s, min(failure.retry_after_s or BUSY_REST_S, REST_S))
        self._rests_until[name] = self._clock() + rest_s


class _Call:
    """The voices of one call."""

    def __init__(self, speakers: SpeakersInTurn, voice_id: str, language: str) -> None:
        self._speakers, self._voice = speakers, (voice_id, language)
        self._speaking, self._lock = Speaking(), threading.Lock()
        self._opened: dict[str, CallSpeaker] = {}
        self._failed: set[str] = set()
        """Who failed in the answer that is spoken now: it changes its voice once, and not back."""
        name, best = speakers.asked()[0]
        self._open(name, best)

    def say(self, text: str, *, before: str = "", speculative: bool = False) -> ClosableStream[SpokenChunk]:
        """Ask the best voice, when the stream is first read."""
        priority = Priority.NEXT if before else Priority.ANSWER
        if speculative:
            priority = Priority.SPECULATION
        return self._speaking.begin(lambda exchange: self._spoken(text, before, priority, exchange))

    def drop(self) -> None:
        """End every stream, of every voice."""
        self._speaking.drop()
        for call in self._all():
            call.drop()

    def close(self) -> None:
        """Close what was opened."""
        self._speaking.close()
        for call in self._all():
            call.close()

    def _all(self) -> list[CallSpeaker]:
        with self._lock:
            return list(self._opened.values())

    def _open(self, name: str, speaker: Speaker) -> CallSpeaker:
        with self._lock:
            if name not in self._opened:
                self._opened[name] = speaker.open(*self._voice)
            return self._opened[name]

    def _spoken(
        self, text: str, before: str, priority: Priority, exchange: Exchange
    ) -> Generator[SpokenChunk]:
        if not before:
            self._failed.clear()
        said = _Said(text)
        asked = [one for one in self._speakers.asked() if one[0] not in self._failed]
        while asked:
            (name, speaker), *asked = asked
            rest = text[said.upto :]
            if not rest:
                return
            try:
                said_before = f"{before} {text[: said.upto]}".strip()
                with self._speakers.place(name, priority, exchange):
                    yield from self._by(name, speaker, rest, said_before, said, exchange)
                return
            except ProviderError as failure:
                if exchange.ended:
                    return
                self._speakers.failed(name, failure)
                if not asked or (priority is Priority.SPECULATION and failure.code == BUSY_HERE):
                    raise
                self._failed |= self._speakers.full_with(name) if failure.code == BUSY_HERE else {name}
                if failure.code in (TIMEOUT, CONNECT_TIMEOUT, BUSY_HERE):
                    # The caller has waited once: nobody who may be as slow is asked.
                    asked = asked[-1:]
                said.breaks_off()

    def _by(
        self, name: str, speaker: Speaker, rest: str, before: str, said: "_Said", exchange: Exchange
    ) -> Generator[SpokenChunk]:
        """Have the rest spoken by one of them. Raises ProviderError."""
        stream = self._open(name, speaker).say(rest, before=before)
        with provider_call("voice", "sentence"), closing(stream), exchange.waiting(stream.close):
            for chunk in stream:
                yield said.noted(chunk)
        if not exchange.ended:
            self._speakers.spoke(name)


class _Said:
    """How far a sentence was spoken, over all the voices that spoke of it."""

    def __init__(self, text: str) -> None:
        self._text, self.upto = text, 0
        self._sent = self._sent_before = 0
        self._chars: list[tuple[int, int]] = []

    def noted(self, chunk: SpokenChunk) -> SpokenChunk:
        """Take note of a piece, and return it on the whole sentence's clock and text."""
        began_ms = self._sent_before // PHONE_BYTES_A_MS
        if self.upto or began_ms:
            chunk = SpokenChunk(
                chunk.audio, tuple((index + self.upto, ms + began_ms) for index, ms in chunk.chars)
            )
        self._sent += len(chunk.audio)
        self._chars += chunk.chars
        return chunk

    def breaks_off(self) -> None:
        """Go on from the word that was not spoken to its end: half a word is said again, none is left out."""
        begun_ms, spoken_ms = self._sent_before / PHONE_BYTES_A_MS, self._sent / PHONE_BYTES_A_MS
        begun = [index for index, ms in self._chars if ms < spoken_ms]
        if self._chars:
            place = max(begun, default=self.upto - 1) + 1
        else:
            place = self.upto + int((spoken_ms - begun_ms) / 1000 * CHARS_PER_S)
        place = min(place, len(self._text))
        if place < len(self._text) and not self._text[place].isspace():
            place = max(self.upto, self._text.rfind(" ", 0, place) + 1)
        place += len(self._text) - place - len(self._text[place:].lstrip())
        self.upto, self._sent_before, self._chars = place, self._sent, []
