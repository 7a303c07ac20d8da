"""A voice on a line that streams: one sentence in, mu-law out as it is made, with the time of each character."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SpokenChunk:
    """A piece of an utterance: mu-law at 8 kHz, of any length, and when its characters begin.

    `chars` are pairs of an index into the text of `say` and milliseconds from the utterance's first sample, both rising.
    Empty where the provider gives no alignment; a number that is spoken in words is the time of its first digit alone.
    """

    audio: bytes
    chars: tuple[tuple[int, int], ...] = ()


class SpokenStream(Iterator[SpokenChunk], Protocol):
    """One utterance on its way. Raises ProviderError, also in the middle. One thread reads."""

    def close(self) -> None:
        """Stop it; any thread may, more than once. A reader that waits in another thread is at the end then."""
        ...


class CallSpeaker(Protocol):
    """The voice of one call. It keeps its connection, which opens while the call still rings."""

    def say(self, text: str, *, before: str = "", speculative: bool = False) -> SpokenStream:
        """Speak a sentence. Returns at once; the provider is asked at the latest with the first read.

        `before` is what the same answer said just before, for the tone of voice; blank begins an answer. The sentences
        of an answer arrive in order. A text without letters and digits is an empty stream. `speculative`: the sentence
        may be dropped, so it is spoken only while the urgent ones leave room.
        """
        ...

    def drop(self) -> None:
        """Void everything that is not delivered yet: its streams end. The connection stays; any thread may."""
        ...

    def close(self) -> None:
        """Give the connection back; nothing is said after it. Any thread may, more than once."""
        ...


class Speaker(Protocol):
    """Speaks in calls."""

    def open(self, voice_id: str, language: str) -> CallSpeaker:
        """Return the voice of a call that begins; returns at once, and connects in the background.

        A blank `voice_id` is the default voice; `language` is BCP 47.
        """
        ...
