"""This machine's own voice in a call: what speaks when no provider does."""

from collections.abc import Generator

from voicebot.providers.http.closable import ClosableStream, Exchange
from voicebot.providers.local.voice import LocalVoice
from voicebot.providers.ports.speaker import SpokenChunk
from voicebot.providers.speaking import Speaking


class LocalSpeaker:
    """`Speaker` over the local voice: mu-law without the times of its characters."""

    def __init__(self, voice: LocalVoice) -> None:
        self._voice = voice

    def open(self, voice_id: str, language: str) -> "_Call":
        """Return the voice of one call; every `voice_id` has a sound of its own."""
        return _Call(self._voice, voice_id, language)


class _Call:
    def __init__(self, voice: LocalVoice, voice_id: str, language: str) -> None:
        self._voice, self._voice_id, self._language = voice, voice_id, language
        self._speaking = Speaking()
        self.drop, self.close = self._speaking.drop, self._speaking.close

    def say(self, text: str, *, before: str = "") -> ClosableStream[SpokenChunk]:
        """Speak piece by piece; a piece is made when it is read."""
        del before
        return self._speaking.begin(lambda exchange: self._spoken(text, exchange))

    def _spoken(self, text: str, exchange: Exchange) -> Generator[SpokenChunk]:
        if not text.strip():
            return
        for sound in self._voice.stream(
            text, voice_id=self._voice_id, audio_format="ulaw_8000", language=self._language
        ):
            if exchange.ended:
                return
            yield SpokenChunk(sound)
