"""A voice that reads a template's words in the template's own spelling, and reports what was heard in the written words."""

from collections.abc import Iterator

from voicebot.domain.answer.respelling import Pronunciations, Respelt, respelt
from voicebot.providers.ports.speaker import CallSpeaker, Speaker, SpokenChunk, SpokenStream


class PronouncingSpeaker:
    """A speaker whose voices pronounce."""

    def __init__(self, speaker: Speaker, pronunciations: Pronunciations) -> None:
        self._speaker, self._pronunciations = speaker, pronunciations

    def open(self, voice_id: str, language: str) -> CallSpeaker:
        """Return the voice of a new call. Figures are given to it as words of its language."""
        return _Pronouncing(self._speaker.open(voice_id, language), self._pronunciations, language)


class _Pronouncing:
    def __init__(self, voice: CallSpeaker, pronunciations: Pronunciations, language: str) -> None:
        self._voice, self._pronunciations, self._language = voice, pronunciations, language

    def say(self, text: str, *, before: str = "", speculative: bool = False) -> SpokenStream:
        spelt = respelt(text, self._pronunciations, self._language)
        before = respelt(before, self._pronunciations, self._language).text
        stream = self._voice.say(spelt.text, before=before, speculative=speculative)
        return _Written(stream, spelt) if spelt.spans else stream

    def drop(self) -> None:
        self._voice.drop()

    def close(self) -> None:
        self._voice.close()


class _Written:
    """An utterance whose characters are those of the written text."""

    def __init__(self, stream: SpokenStream, spelt: Respelt) -> None:
        self._stream, self._spelt, self._last = stream, spelt, -1

    def __iter__(self) -> Iterator[SpokenChunk]:
        return self

    def __next__(self) -> SpokenChunk:
        chunk = next(self._stream)
        if not chunk.chars:
            return chunk
        chars = []
        for index, at_ms in chunk.chars:
            written = self._spelt.written(index)
            # Several signs of a long spelling are one of the written word: its first.
            if written > self._last:
                chars.append((written, at_ms))
                self._last = written
        return SpokenChunk(chunk.audio, tuple(chars))

    def close(self) -> None:
        self._stream.close()
