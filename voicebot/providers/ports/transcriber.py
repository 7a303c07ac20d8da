"""A transcriber: a caller's sound in, words out, while the caller speaks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from voicebot.providers.ports.failure import ProviderError


@dataclass(frozen=True)
class Listening:
    """What is known of a call before anybody speaks.

    `language` is the expected one, `languages` are all that may be spoken (ISO 639-1; with several the transcriber
    detects which), `hints` are likely and unusual names and words.
    """

    language: str = "en"
    languages: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartialWords:
    """The words since the last FinalWords, so far; the next report replaces them."""

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
    """The words since the FinalWords before; blank when there were none. They no longer change.

    If the end was only tentative, the caller joins the pieces with a space. `language`: ISO 639-1, where it was
    detected.
    """

    text: str
    confidence: float | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class TranscriptionFailed:
    """Words are lost: the caller has to be asked again. Later speech may be understood all the same.

    As the answer to `finish` it replaces the FinalWords; unasked it comes once, when nothing can be heard for now.
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
        """Finalise the sound fed so far: the utterance is over, or seems to be.

        Answered once, by FinalWords or TranscriptionFailed, within our own deadline. Later finishes are answered in
        their order.
        """
        ...

    def expect(self, pause_s: float, hints: Sequence[str] = ()) -> None:
        """Announce the next answer: the length of its pauses, and likely words. Not every transcriber uses them."""
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
        """Begin to listen; returns at once. It connects in the background, and sound that is fed before is stored.

        The transcriber's threads call `report`, one event at a time; it must not block.
        """
        ...

    def check(self) -> None:
        """Have a moment of silence transcribed, without a spare one: key and address are right. Raises ProviderError."""
        ...
