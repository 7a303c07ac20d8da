"""A call's voice over ElevenLabs' HTTP stream: one request a sentence, on connections that all calls share."""

from collections.abc import Generator, Iterable, Iterator
from typing import Any

import orjson

from voicebot.providers.elevenlabs.account import MAX_ERROR, PROVIDER, ElevenLabsAccount, json_of, refusal
from voicebot.providers.elevenlabs.alignment import TimeBase, Timed, read_alignment
from voicebot.providers.elevenlabs.formats import SpokenFormat, names_the_format
from voicebot.providers.elevenlabs.messages import MODEL, VOICE_SETTINGS, language_code, sound_of
from voicebot.providers.elevenlabs.spoken_answer import SpokenAnswer
from voicebot.providers.elevenlabs.voice import require_voice_id
from voicebot.providers.elevenlabs.voices import Voices
from voicebot.providers.http.closable import ClosableStream, Exchange
from voicebot.providers.http.deadlines import Deadline
from voicebot.providers.http.errors import DROPPED, unreadable
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.ports.speaker import SpokenChunk
from voicebot.providers.speaking import Speaking

BEFORE_CHARS = 300
"""So much of what was said before goes along, for the tone of voice."""
MAX_LINE = 4 << 20
# What compresses holds sound back until it has enough of it.
_HEADERS = {"content-type": "application/json", "accept-encoding": "identity"}


class ElevenLabsSpeaker:
    """`Speaker` over the HTTP stream with times. One instance a process; safe to share between threads and greenlets."""

    def __init__(
        self,
        account: ElevenLabsAccount,
        default_voice_id: str,
        spoken: SpokenFormat,
        *,
        first_audio_s: float = 1.5,
        total_s: float = 30.0,
    ) -> None:
        """A sentence without sound after `first_audio_s` has failed, and so has one that pauses for longer."""
        self._account, self._voices, self._spoken = account, Voices(default_voice_id), spoken
        self._first_s, self._total_s = first_audio_s, total_s

    def open(self, voice_id: str, language: str) -> "_Call":
        """Return the voice of one call, with connections ready for it. A blank `voice_id` is the default voice."""
        self._account.prewarm()
        return _Call(self, voice_id, language_code(language))

    def chunks(
        self, voice_id: str, language: str | None, text: str, before: str, exchange: Exchange
    ) -> Generator[SpokenChunk]:
        """Speak one sentence. Raises ProviderError.

        One broken connection before the first sound is retried: a kept-alive connection may have died since the last
        sentence. A format that the plan lacks and a voice that is gone are not requested again.
        """
        voice_id = self._voices.chosen(voice_id)
        require_voice_id(voice_id)
        if not text.strip():
            return
        body: dict[str, Any] = {"text": text, "model_id": MODEL, "voice_settings": VOICE_SETTINGS}
        if language:
            body["language_code"] = language
        if before:
            body["previous_text"] = before[-BEFORE_CHARS:]
        deadline, forgiven, begun = Deadline(self._total_s, exchange=exchange), False, False
        while True:
            audio_format = self._spoken.name
            try:
                for chunk in self._asked(voice_id, audio_format, body, deadline):
                    begun = True
                    yield chunk
                break
            except (ProviderError, GeneratorExit) as failure:
                if exchange.ended:
                    # A barge-in costs the connection; the next sentence does not wait for another.
                    self._account.prewarm()
                if begun or exchange.ended or isinstance(failure, GeneratorExit):
                    raise
                if isinstance(failure, _FormatRefused) and self._spoken.refused(audio_format):
                    continue
                if self._voices.is_gone(voice_id, failure):
                    voice_id = self._voices.chosen(voice_id)
                    continue
                if failure.code != DROPPED or forgiven:
                    raise
                forgiven = True
        if not begun:
            raise unreadable(PROVIDER, "empty")

    def _asked(
        self, voice_id: str, audio_format: str, body: dict[str, Any], deadline: Deadline
    ) -> Iterator[SpokenChunk]:
        deadline.until(self._first_s)
        account = self._account
        with (
            account.translated(),
            account.client.stream(
                "POST",
                f"{account.url}/v1/text-to-speech/{voice_id}/stream/with-timestamps",
                params={"output_format": audio_format},
                content=orjson.dumps(body),
                headers=account.headers | _HEADERS,
                timeout=account.limits(deadline),
            ) as response,
        ):
            if response.status_code != 200:
                raise _refused(response)
            if response.headers.get("content-type", "").startswith("text/"):
                raise unreadable(PROVIDER)
            answer = SpokenAnswer(audio_format, TimeBase())
            answer.add(body["text"])
            for message in read_lines(response.iter_bytes(), PROVIDER):
                for _, chunk in answer.take(*message):
                    deadline.relax(self._first_s)
                    yield chunk
            for _, chunk in answer.end():
                yield chunk


class _Call:
    """The voice of one call."""

    def __init__(self, speaker: ElevenLabsSpeaker, voice_id: str, language: str | None) -> None:
        self._speaker, self._voice_id, self._language = speaker, voice_id, language
        self._speaking = Speaking()
        self.drop, self.close = self._speaking.drop, self._speaking.close

    def say(self, text: str, *, before: str = "", speculative: bool = False) -> ClosableStream[SpokenChunk]:
        """Ask for one sentence, when it is first read."""
        del speculative
        return self._speaking.begin(
            lambda exchange: self._speaker.chunks(self._voice_id, self._language, text, before, exchange)
        )


class _FormatRefused(ProviderError):
    """The plan does not give speech in the format that was asked for."""


Message = tuple[bytes, list[Timed], list[Timed]]
"""Sound, the times of the text as it was sent, and as it was spoken."""


def read_lines(chunks: Iterable[bytes], provider: str) -> Iterator[Message]:
    """Yield the message of every line; chunks may break anywhere. Raises ProviderError, also for an endless line."""
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if len(rest) > MAX_LINE:
            raise unreadable(provider)
        yield from (_line(line, provider) for line in lines if line.strip())
    if rest.strip():
        yield _line(rest, provider)


def _line(line: bytes, provider: str) -> Message:
    try:
        given = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise unreadable(provider) from error
    if not isinstance(given, dict):
        raise unreadable(provider)
    times = read_alignment(given.get("alignment")), read_alignment(given.get("normalized_alignment"))
    return sound_of(given.get("audio_base64")), *times


def _refused(response: Any) -> ProviderError:
    body = b""
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_ERROR:
            break
    said = json_of(body)
    failure = refusal(response.status_code, said, response.headers)
    if failure.outcome is Outcome.REFUSED and names_the_format(said):
        return _FormatRefused(PROVIDER, failure.code, failure.outcome, unwell=failure.unwell)
    return failure
