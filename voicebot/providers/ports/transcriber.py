"""A transcriber: a caller's sound in, words out, while the caller speaks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from voicebot.providers.ports.failure import ProviderError


@dataclass(frozen=True)
class Listening:
    """What is known of a call before anybody speaks.

    `language` is the one that is expected, `languages` all that may be spoken (ISO 639-1; with more than one of them the transcriber
    detects which), `hints` names and words that are likely and unusual.
    """

    language: str = "en"
    languages: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartialWords:
    """What was understood since the last FinalWords, as far as it goes; the next one replaces it."""

    text: str


@dataclass(frozen=True, slots=True)
class EagerEnd:
    """The transcriber believes that the caller may be done; `text` is everything since the last FinalWords."""

    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The caller goes on after an EagerEnd."""


@dataclass(frozen=True, slots=True)
class FinalWords:
    """What was said since the FinalWords before; blank when it was nothing. It does not change any more.

    Whoever took the end for a tentative one joins the pieces with a space. `language`: ISO 639-1, where it was detected.
    """

    text: str
    confidence: float | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class TranscriptionFailed:
    """Words are lost: the caller has to be asked again. Later speech may be understood all the same.

    As the answer to `finish` it stands in place of the FinalWords; it also comes unasked, once, when nothing can be heard at the moment.
    """

    error: ProviderError


TranscriberEvent = PartialWords | EagerEnd | SpeechResumed | FinalWords | TranscriptionFailed


class Transcription(Protocol):
    """One call's ear. Any thread may call it; nothing blocks."""

    @property
    def ends_turns(self) -> bool:
        """Whether it reports the ends of turns by itself now; another transcriber may have taken over in mid-call."""
        ...

    def feed(self, mulaw: bytes) -> None:
        """Take sound, mu-law at 8 kHz in pieces of any size. Sound that the transcriber cannot take yet is kept: the last seconds of it."""
        ...

    def finish(self) -> None:
        """Have what was fed so far made final: the utterance is over, or seems to be.

        Answered once, by FinalWords or TranscriptionFailed, by a deadline of ours. Later finishes are answered in their order.
        """
        ...

    def expect(self, pause_s: float, hints: Sequence[str] = ()) -> None:
        """Say what comes next: an answer that may hold pauses so long, and words that are likely. Not every transcriber cares."""
        ...

    def close(self) -> None:
        """The call is over: nothing is reported any more."""
        ...


class Transcriber(Protocol):
    """Understands speech."""

    name: str
    """`scribe`, `deepgram`, `openai` or `own`."""
    ends_turns: bool
    """Whether it reports EagerEnd, SpeechResumed and FinalWords without being asked to finish."""

    def open(self, listening: Listening, report: Callable[[TranscriberEvent], None]) -> Transcription:
        """Begin to listen; return at once. It connects in the background, and sound that is fed before is kept.

        `report` is called from threads of the transcriber's, one event at a time, and must not block.
        """
        ...

    def check(self) -> None:
        """Have a moment of silence transcribed, without a spare one: key and address are right. Raises ProviderError."""
        ...
