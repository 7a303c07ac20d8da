"""OpenAI's realtime transcription (providers' handbook 3.10): we commit each utterance, completions may overtake each other."""

from base64 import b64encode
from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from voicebot.providers.hearing.dialect import (
    BYTES_PER_S,
    SILENCE,
    Heard,
    Message,
    PlainDialect,
    Ready,
    Remedy,
    Reply,
    fields_of,
    garbage,
    joined,
    text_of,
    trouble,
)
from voicebot.providers.hearing.doors import Door, Wire
from voicebot.providers.hearing.terms import Bounds, expected_terms
from voicebot.providers.hearing.wires import open_wire, websocket_url
from voicebot.providers.ports import FinalWords, Listening, PartialWords
from voicebot.transports.audio import ulaw_to_pcm16

PROVIDER = "openai"
KEYWORDS = Bounds(most=100, longest=100, together=4000)
"""OpenAI names no limit; what is told is part of what is paid for."""
MODEL = "gpt-live-transcribe"
LEAST_BYTES = BYTES_PER_S // 10
"""A commit of less than 100 ms is refused."""
RENEW_AFTER_S = 600.0
"""The longest that a session may last is not told: between 15 and 60 minutes."""
PCM_HZ = 24_000

_PREFIX = "conversation.item.input_audio_transcription."
_COMMIT = '{"type":"input_audio_buffer.commit"}'
_REMEDIES = {
    "session_expired": Remedy.RECONNECT,
    "rate_limit_exceeded": Remedy.FAIL_OVER,
    "insufficient_quota": Remedy.ALERT,
    "invalid_api_key": Remedy.ALERT,
    "account_deactivated": Remedy.ALERT,
    "billing_hard_limit_reached": Remedy.ALERT,
}


class OpenAIDialect(PlainDialect):
    """One session. `mulaw` becomes false at a server that refuses it: the sound is then sent as PCM at 24 kHz."""

    provider = PROVIDER
    batch_bytes = 800

    def __init__(self, listening: Listening) -> None:
        super().__init__()
        self.ready = False
        self._listening = listening
        self._mulaw = True
        self._waiting = 0
        """Bytes that no commit covers."""
        self._commits: deque[str | None] = deque()
        """The items of our commits in their order; None until the server has named one."""
        self._unasked: set[str] = set()
        self._order: deque[str] = deque()
        self._done: dict[str, tuple[str, str | None]] = {}
        self._partial: dict[str, str] = {}

    def sound(self, mulaw: bytes) -> Message:
        """Return an append."""
        self._waiting += len(mulaw)
        audio = mulaw if self._mulaw else thrice(mulaw)
        return f'{{"type":"input_audio_buffer.append","audio":"{b64encode(audio).decode()}"}}'

    def finish(self) -> Sequence[Message]:
        """Commit; what is too short is filled up with silence."""
        missing = LEAST_BYTES - self._waiting
        filling = (self.sound(bytes([SILENCE]) * missing),) if missing > 0 else ()
        self._waiting = 0
        self._commits.append(None)
        return (*filling, _COMMIT)

    def heard(self, message: Message) -> Sequence[Heard]:
        """Return what a message means."""
        fields = fields_of(message)
        if fields is None:
            return (garbage(PROVIDER),)
        kind, item = text_of(fields, "type"), text_of(fields, "item_id")
        match kind.removeprefix(_PREFIX):
            case "session.created":
                return (Reply(self._session()),)
            case "session.updated" if not self.ready:
                self.ready = True
                return (Ready(),)
            case "input_audio_buffer.committed":
                return self._committed(item)
            case "delta":
                self._partial[item] = self._partial.get(item, "") + text_of(fields, "delta")
                return (PartialWords(joined(self.settled, self._partial[item])),)
            case "completed":
                self._done[item] = (text_of(fields, "transcript"), _language_in(fields))
                return self._in_order()
            case "failed":
                code = _error_code(fields)
                return (trouble(PROVIDER, code, _REMEDIES.get(code, Remedy.FAIL_OVER)),)
            case "error":
                return self._error(fields)
            case _:
                return ()

    def _session(self) -> str:
        listening = self._listening
        languages = list(dict.fromkeys((listening.language, *listening.languages)))
        transcription: dict[str, Any] = {"model": MODEL}
        transcription |= {"language": languages[0]} if len(languages) == 1 else {"languages": languages}
        if terms := expected_terms(listening.hints, KEYWORDS):
            transcription["keywords"] = terms
        sound = {"type": "audio/pcmu"} if self._mulaw else {"type": "audio/pcm", "rate": PCM_HZ}
        heard = {
            "format": sound,
            "transcription": transcription,
            "turn_detection": None,
            "noise_reduction": None,
        }
        session = {"type": "transcription", "audio": {"input": heard}}
        return orjson.dumps({"type": "session.update", "session": session}).decode()

    def _committed(self, item: str) -> Sequence[Heard]:
        self._order.append(item)
        if None in self._commits:
            self._commits[self._commits.index(None)] = item
        else:
            self._unasked.add(item)
        return self._in_order()

    def _in_order(self) -> Sequence[Heard]:
        heard: list[Heard] = []
        while self._order and self._order[0] in self._done:
            item = self._order.popleft()
            text, language = self._done.pop(item)
            self._partial.pop(item, None)
            if item in self._unasked:
                self._unasked.discard(item)
                self.settled = joined(self.settled, text)
                heard.append(PartialWords(self.settled))
            else:
                self._commits.popleft()
                heard.append(FinalWords(self.take_settled(text), language=language))
        return heard

    def _error(self, fields: dict[str, Any]) -> Sequence[Heard]:
        error = fields.get("error")
        error = error if isinstance(error, dict) else {}
        code, parameter = text_of(error, "code"), text_of(error, "param")
        if code == "input_audio_buffer_commit_empty":
            return self._empty()
        if not self.ready and self._mulaw and "format" in parameter:
            self._mulaw = False
            return (Reply(self._session()),)
        refused = text_of(error, "type") == "invalid_request_error"
        remedy = _REMEDIES.get(code, Remedy.BUG if refused else Remedy.RECONNECT)
        return (trouble(PROVIDER, code or text_of(error, "type"), remedy),)

    def _empty(self) -> Sequence[Heard]:
        """A commit that held nothing gets no item: it is the latest that has none."""
        if None not in self._commits:
            return ()
        self._commits.remove(None)
        return () if self._commits else (FinalWords(self.take_settled("")),)


def thrice(mulaw: bytes) -> bytes:
    """Return mu-law at 8 kHz as PCM at 24 kHz, little endian: each sample, and two on the way to the next one."""
    samples = np.frombuffer(ulaw_to_pcm16(mulaw), dtype="<i2")
    places = np.arange(3 * len(samples)) / 3
    return bytes(np.interp(places, np.arange(len(samples)), samples).astype("<i2").tobytes())


def _error_code(fields: dict[str, Any]) -> str:
    error = fields.get("error")
    return text_of(error, "code") if isinstance(error, dict) else ""


def _language_in(fields: dict[str, Any]) -> str | None:
    languages = fields.get("languages")
    first = languages[0] if isinstance(languages, list) and languages else fields.get("language")
    return first[:2] if isinstance(first, str) and first else None


def openai_door(api_key: str, base_url: str) -> Door:
    """Return the way to OpenAI's transcription; `base_url` has `/v1`."""

    def enter(listening: Listening) -> tuple[Wire, OpenAIDialect]:
        url = f"{websocket_url(base_url)}/realtime?intent=transcription"
        wire = open_wire(PROVIDER, url, {"Authorization": f"Bearer {api_key}"})
        return wire, OpenAIDialect(listening)

    return Door("openai", ends_turns=False, enter=enter, renew_after_s=RENEW_AFTER_S)
