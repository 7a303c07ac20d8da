"""Who spoke from when to when on one socket, collected until the next commit."""

from collections.abc import Callable
from datetime import datetime

from voicebot.domain.call.actions import Speaker
from voicebot.domain.call.turn import SpeechSpan

Words = tuple[tuple[float, str], ...]
"""(seconds from the span's begin, word)."""
MOST_SPANS = 200
"""So many wait for one commit at most."""


class SpeechEvents:
    """The spans of both sides. Times are milliseconds of the line's clock. Guarded by its line's lock."""

    def __init__(self, moment: Callable[[float], datetime | None]) -> None:
        """`moment` turns a time of the clock into one of the calendar."""
        self._moment = moment
        self._open: dict[Speaker, float] = {}
        self._spans: dict[tuple[Speaker, float], SpeechSpan] = {}

    def opens(self, side: Speaker, at_ms: float) -> None:
        """The side speaks from here on."""
        self._open.setdefault(side, at_ms)

    def grows(self, side: Speaker, at_ms: float) -> None:
        """The side speaks still: what is kept now reaches to here."""
        self._keep(side, at_ms, ())

    def closes(self, side: Speaker, at_ms: float, words: Words = ()) -> None:
        """The side spoke until here."""
        self._keep(side, at_ms, words)
        self._open.pop(side, None)

    def drops(self, side: Speaker) -> None:
        """What was opened was no speech."""
        self._open.pop(side, None)

    def take(self) -> list[SpeechSpan]:
        """Return the spans since the last commit; a span that grows is returned again with the same begin."""
        taken, self._spans = list(self._spans.values()), {}
        return taken

    def _keep(self, side: Speaker, at_ms: float, words: Words) -> None:
        from_ms = self._open.get(side)
        if from_ms is None or at_ms <= from_ms or len(self._spans) >= MOST_SPANS:
            return
        began, ended = self._moment(from_ms), self._moment(at_ms)
        if began is not None and ended is not None:
            self._spans[side, from_ms] = SpeechSpan(side, began, ended, words)
