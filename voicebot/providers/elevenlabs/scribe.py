"""ElevenLabs' Scribe in realtime (providers' handbook 2): mu-law goes in unchanged, we commit each utterance.

Nothing comes before the first two seconds of sound, so neither a barge-in nor the end of a turn waits for partial words.
"""

from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import urlencode

from voicebot.providers.hearing.dialect import (
    Heard,
    Message,
    PlainDialect,
    Ready,
    Remedy,
    Settled,
    Trouble,
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

PROVIDER = "elevenlabs"
MODEL = "scribe_v2_realtime"
KEYTERMS = Bounds(most=50, longest=20, together=1000)
KEEP_ALIVE_S = 8.0
"""The server closes after 15 s without a message of ours; websocket pings are none to it (2.3)."""

# What each error of 2.2 calls for; those that are not listed end the connection.
_REMEDIES = {
    "auth_error": Remedy.ALERT,
    "quota_exceeded": Remedy.ALERT,
    "unaccepted_terms": Remedy.ALERT,
    "commit_throttled": Remedy.RETRY_LATER,
    "rate_limited": Remedy.FAIL_OVER,
    "resource_exhausted": Remedy.FAIL_OVER,
    "input_error": Remedy.BUG,
    "invalid_request": Remedy.BUG,
    "chunk_size_exceeded": Remedy.BUG,
    "queue_overflow": Remedy.RECONNECT,
    "transcriber_error": Remedy.RECONNECT,
    "insufficient_audio_activity": Remedy.RECONNECT,
    "session_time_limit_exceeded": Remedy.RECONNECT,
    "error": Remedy.RECONNECT,
}
_HEAD = '{"message_type":"input_audio_chunk","audio_base_64":"'
_TAIL = '","commit":false,"sample_rate":8000}'
_COMMIT = f'{_HEAD}","commit":true,"sample_rate":8000}}'
_ALIVE = f"{_HEAD}{_TAIL}"


class ScribeDialect(PlainDialect):
    """One session."""

    provider = PROVIDER
    batch_bytes = 800
    tick_s = 4.0

    def __init__(self, *, detects: bool = False) -> None:
        """`detects`: the session was opened with language detection, whose result follows each commit in a message of its own."""
        super().__init__()
        self.ready = False
        self._detects = detects
        self._commits = 0
        self._partial = ""
        self._undetected: str | None = None

    def sound(self, mulaw: bytes) -> Message:
        """Return a chunk."""
        return f"{_HEAD}{b64encode(mulaw).decode()}{_TAIL}"

    def finish(self) -> Sequence[Message]:
        """Commit."""
        self._commits += 1
        return (_COMMIT,)

    def keep_alive(self, idle_s: float) -> Sequence[Message]:
        """Send a chunk without sound."""
        return (_ALIVE,) if idle_s >= KEEP_ALIVE_S else ()

    def heard(self, message: Message) -> Sequence[Heard]:
        """Return what a message means."""
        fields = fields_of(message)
        if fields is None:
            return (garbage(PROVIDER),)
        kind = text_of(fields, "message_type")
        if kind == "partial_transcript":
            return self._goes_on(text_of(fields, "text"))
        if kind == "committed_transcript":
            return self._committed(text_of(fields, "text"))
        if kind == "committed_transcript_with_timestamps":
            return self._detected(text_of(fields, "language_code") or None)
        if kind == "session_started":
            self.ready = True
            return (Ready(),)
        if kind in _REMEDIES:
            return (self._failed(kind),)
        return ()

    def overdue(self, *, last: bool) -> FinalWords | None:
        """Do without a language that is not told."""
        if not last or self._undetected is None:
            return None
        self._detects = False
        return self._final(None)

    def _goes_on(self, text: str) -> Sequence[Heard]:
        # Empty and repeated ones are heartbeats.
        if not text.strip() or text == self._partial:
            return ()
        self._partial = text
        return (PartialWords(joined(self.settled, text)),)

    def _committed(self, text: str) -> Sequence[Heard]:
        self._partial = ""
        if not self._commits:
            # The server commits by itself when nobody does for long: it is the same utterance.
            self.settled = joined(self.settled, text)
            return (Settled(), PartialWords(self.settled)) if text.strip() else (Settled(),)
        self._undetected = text
        return () if self._detects else (self._final(None),)

    def _detected(self, language: str | None) -> Sequence[Heard]:
        # Without detection it repeats what the commit before it said.
        return (self._final(language),) if self._undetected is not None else ()

    def _final(self, language: str | None) -> FinalWords:
        text, self._undetected = self._undetected or "", None
        self._commits -= 1
        return FinalWords(self.take_settled(text), language=language[:2] if language else None)

    def _failed(self, kind: str) -> Trouble:
        remedy = _REMEDIES[kind]
        if remedy is Remedy.RETRY_LATER:
            self._commits = max(0, self._commits - 1)
        return trouble(PROVIDER, kind, remedy)


def scribe_url(base_url: str, listening: Listening) -> str:
    """Return the address of a session for this call."""
    others = [each for each in listening.languages if each != listening.language]
    query = [
        ("model_id", MODEL),
        ("audio_format", "ulaw_8000"),
        ("commit_strategy", "manual"),
        ("language_code", listening.language),
        *(("secondary_languages", each) for each in others),
        *([("include_language_detection", "true")] if others else []),
        *(("keyterms", term) for term in expected_terms(listening.hints, KEYTERMS)),
    ]
    return f"{websocket_url(base_url)}/v1/speech-to-text/realtime?{urlencode(query)}"


def scribe_door(api_key: str, base_url: str) -> Door:
    """Return the way to Scribe; `base_url` has no `/v1`."""

    def enter(listening: Listening) -> tuple[Wire, ScribeDialect]:
        wire = open_wire(PROVIDER, scribe_url(base_url, listening), {"xi-api-key": api_key})
        detects = any(each != listening.language for each in listening.languages)
        return wire, ScribeDialect(detects=detects)

    return Door("scribe", ends_turns=False, enter=enter)
