"""Deepgram's Nova (providers' handbook 4.1), and whoever speaks its protocol: interim words, final pieces, `Finalize` at the end."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from voicebot.providers.deepgram.flux import KEYTERMS, deepgram_goodbye, language_in
from voicebot.providers.hearing.dialect import (
    BYTES_PER_S,
    Heard,
    Message,
    PlainDialect,
    Remedy,
    Settled,
    Trouble,
    fields_of,
    garbage,
    joined,
    number_of,
    objects_in,
    text_of,
    trouble,
)
from voicebot.providers.hearing.doors import Door, Wire
from voicebot.providers.hearing.terms import expected_terms
from voicebot.providers.hearing.wires import open_wire, websocket_url
from voicebot.providers.ports import FinalWords, Listening, PartialWords

PROVIDER = "deepgram"
MODEL = "nova-3"
KEEP_ALIVE_S = 3.0
"""10 s without sound or KeepAlive end the connection."""
PATIENCE_S = 0.5
"""An answer to Finalize is not guaranteed where there was nothing to say."""
AS_GOOD_AS_ALL = BYTES_PER_S // 2
"""Sound at the end that words may be missing of: it was silence that ended the utterance."""

_FINALIZE, _ALIVE, _CLOSE = '{"type":"Finalize"}', '{"type":"KeepAlive"}', '{"type":"CloseStream"}'


class NovaDialect(PlainDialect):
    """One connection. `settled` holds the final pieces that no Finalize has asked for yet."""

    provider = PROVIDER
    batch_bytes = 640
    tick_s = 1.5

    def __init__(self, provider: str = PROVIDER, *, patience_s: float | None = PATIENCE_S) -> None:
        """`patience_s`: None for a server that answers every Finalize."""
        super().__init__()
        self.provider, self.patience_s = provider, patience_s
        self._interim = ""
        self._speaks = False
        """Speech was noticed, and its words are not final yet."""
        self._is_alive = False
        """The server has spoken on this connection, so its silence about a sound means that nothing was said."""
        self._sent = self._covered = 0
        """Bytes of sound that went out, and that it spoke of."""
        self._open = 0
        """Finalizes that are not answered."""
        self._confidence: float | None = None
        self._language: str | None = None

    def sound(self, mulaw: bytes) -> Message:
        """Return the bytes themselves; an empty message would end the stream."""
        self._sent += len(mulaw)
        return mulaw

    def finish(self) -> Sequence[Message]:
        """Have everything made final."""
        self._open += 1
        return (_FINALIZE,)

    def expect(self, pause_s: float, hints: Sequence[str]) -> Sequence[Message]:
        """Name the words that are likely now."""
        del pause_s
        terms = expected_terms(hints, KEYTERMS)
        return (orjson.dumps({"type": "Configure", "keyterms": terms}).decode(),) if terms else ()

    def keep_alive(self, idle_s: float) -> Sequence[Message]:
        """Keep the connection while nobody speaks."""
        return (_ALIVE,) if idle_s >= KEEP_ALIVE_S else ()

    def heard(self, message: Message) -> Sequence[Heard]:
        """Return what a message means."""
        fields = fields_of(message)
        if fields is None:
            return (garbage(self.provider),)
        self._is_alive = True
        match text_of(fields, "type"):
            case "Results":
                return self._results(fields)
            case "SpeechStarted":
                self._speaks = True
                return ()
            case "Error":
                return (trouble(self.provider, text_of(fields, "variant"), Remedy.BUG),)
            case _:
                # UtteranceEnd and Metadata say nothing that the pieces do not say.
                return ()

    def overdue(self, *, last: bool) -> FinalWords | None:
        """Take the words understood so far; none when a working server noticed no speech."""
        if self._interim or self._speaks:
            # Words that stop before the caller did say something else than the caller.
            known = last and self._interim and self._covered >= self._sent - AS_GOOD_AS_ALL
            return self._final(self._interim) if known else None
        return self._final("") if self._is_alive else None

    def goodbye(self) -> Sequence[Message]:
        """End the stream."""
        return (_CLOSE,)

    def closed(self, code: int, reason: str) -> Trouble:
        """Tell sound that cannot be read from everything else."""
        return deepgram_goodbye(code, reason) if self.provider == PROVIDER else super().closed(code, reason)

    def _results(self, fields: dict[str, Any]) -> Sequence[Heard]:
        channel = fields.get("channel")
        found = objects_in(channel, "alternatives") if isinstance(channel, dict) else []
        best = found[0] if found else {}
        text = text_of(best, "transcript")
        self._covered = max(self._covered, _end_of(fields) or 0)
        if fields.get("is_final") is not True:
            if not text.strip() or text == self._interim:
                return ()
            self._interim = text
            return (PartialWords(joined(self.settled, text)),)
        self._interim, self._speaks = "", False
        self._language = language_in(best) or self._language
        if text.strip():
            self._confidence = number_of(best, "confidence")
            self.settled = joined(self.settled, text)
        if fields.get("from_finalize") is True and (self._open or self.settled):
            # Also one that comes too late is what the caller said.
            return (*self._settled_until(fields), self._final(""))
        partial = (PartialWords(self.settled),) if text.strip() else ()
        return (*self._settled_until(fields), *partial)

    def _final(self, text: str) -> FinalWords:
        self._open = max(0, self._open - 1)
        self._interim, self._speaks = "", False
        words = FinalWords(self.take_settled(text), self._confidence, self._language)
        self._confidence = None
        return words

    def _settled_until(self, fields: dict[str, Any]) -> Sequence[Heard]:
        end = _end_of(fields)
        return () if end is None else (Settled(end),)


def _end_of(fields: dict[str, Any]) -> int | None:
    """Return how much of the sound a message speaks of."""
    start, duration = number_of(fields, "start"), number_of(fields, "duration")
    return None if start is None or duration is None else int((start + duration) * BYTES_PER_S)


def nova_url(base_url: str, listening: Listening) -> str:
    """Return the address of a stream for this call."""
    several = len({listening.language, *listening.languages}) > 1
    query = [
        ("model", MODEL),
        ("encoding", "mulaw"),
        ("sample_rate", str(BYTES_PER_S)),
        ("channels", "1"),
        ("interim_results", "true"),
        ("endpointing", "300"),
        ("utterance_end_ms", "1000"),
        ("vad_events", "true"),
        ("smart_format", "true"),
        ("language", "multi" if several else listening.language),
        *(("keyterm", term) for term in expected_terms(listening.hints, KEYTERMS)),
    ]
    return f"{websocket_url(base_url)}/v1/listen?{urlencode(query)}"


def nova_door(api_key: str, base_url: str, *, unless: Door | None = None) -> Door:
    """Return the way to Nova; `base_url` has no version. `unless`: only for languages that another door does not know."""

    def enter(listening: Listening) -> tuple[Wire, NovaDialect]:
        headers = {"Authorization": f"Token {api_key}"}
        return open_wire(PROVIDER, nova_url(base_url, listening), headers), NovaDialect()

    def understands(listening: Listening) -> bool:
        return unless is None or not unless.understands(listening)

    return Door("nova", ends_turns=False, enter=enter, understands=understands)
