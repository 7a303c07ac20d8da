"""Deepgram's Flux (providers' handbook 4.2): it tells by itself when a caller seems to be done, goes on, and is done.

Its time is the time of the sound that it got: where no sound is sent no turn ever ends, so we send silence.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

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
    Settled,
    Trouble,
    fields_of,
    garbage,
    joined,
    mean_confidence,
    number_of,
    objects_in,
    text_of,
    trouble,
)
from voicebot.providers.hearing.doors import Door, Wire
from voicebot.providers.hearing.terms import Bounds, expected_terms
from voicebot.providers.hearing.wires import open_wire, websocket_url
from voicebot.providers.ports import EagerEnd, FinalWords, Listening, PartialWords, SpeechResumed

PROVIDER = "deepgram"
KEYTERMS = Bounds(most=100, longest=100, together=1000)
"""Above 500 tokens in all Deepgram silently understands nothing more; rare names take two letters a token."""
ENGLISH, MULTILINGUAL = "flux-general-en", "flux-general-multi"
LANGUAGES = frozenset({"en", "es", "fr", "de", "hi", "ru", "pt", "ja", "it", "nl"})
"""What the multilingual model knows."""
EOT, EAGER_EOT, EOT_TIMEOUT_MS = 0.7, 0.5, 5000
PATIENT_EOT, PATIENT_EAGER_EOT, PATIENT_TIMEOUT_MS = 0.85, 0.6, 8000
PATIENT_FROM_S = 2.5
"""An answer that may hold pauses so long, as a number does, is waited for with more patience."""
STILL_S, IDLE_S, PADDING_MS = 0.5, 4.0, 100
"""While a turn is open time must go on; otherwise a little silence keeps the connection."""
AS_GOOD_AS_ALL = BYTES_PER_S // 2

_REMEDIES = {"UNPARSABLE_CLIENT_MESSAGE": Remedy.BUG}
_FORCE, _CLOSE = '{"type":"ForceEndTurn"}', '{"type":"CloseStream"}'


class FluxDialect(PlainDialect):
    """One connection."""

    provider = PROVIDER
    batch_bytes = 640
    tick_s = 0.25
    patience_s: float | None = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.ready = False
        self._sent = self._covered = 0
        """Bytes that went out, and that it spoke of."""
        self._padded = 0
        """Bytes of silence of ours."""
        self._text = ""
        self._is_open = self._is_eager = False
        self._turn = -1.0
        self._answered_turn: float | None = None
        """A turn that was answered without its end."""
        self._configuring = False
        self._next: str | None = None

    def sound(self, mulaw: bytes) -> Message:
        """Return the bytes themselves."""
        self._sent += len(mulaw)
        return mulaw

    def finish(self) -> Sequence[Message]:
        """End the turn by hand."""
        return (_FORCE,)

    def expect(self, pause_s: float, hints: Sequence[str]) -> Sequence[Message]:
        """Move the thresholds; one change at a time, and the latest wish follows the one under way."""
        patient = pause_s >= PATIENT_FROM_S
        thresholds = {
            "eot_threshold": PATIENT_EOT if patient else EOT,
            "eager_eot_threshold": PATIENT_EAGER_EOT if patient else EAGER_EOT,
            "eot_timeout_ms": PATIENT_TIMEOUT_MS if patient else EOT_TIMEOUT_MS,
        }
        wish: dict[str, Any] = {"type": "Configure", "thresholds": thresholds}
        if terms := expected_terms(hints, KEYTERMS):
            wish["keyterms"] = terms
        text = orjson.dumps(wish).decode()
        if self._configuring:
            self._next = text
            return ()
        self._configuring = True
        return (text,)

    def keep_alive(self, idle_s: float) -> Sequence[Message]:
        """Let time go on."""
        if idle_s < (STILL_S if self._is_open else IDLE_S):
            return ()
        # As much silence as passed in the turn, a little where nobody speaks.
        length_ms = min(int(idle_s * 1000), 500) if self._is_open else PADDING_MS
        silence = bytes([SILENCE]) * (length_ms * BYTES_PER_S // 1000)
        self._padded += len(silence)
        self._sent += len(silence)
        return (silence,)

    def heard(self, message: Message) -> Sequence[Heard]:
        """Return what a message means."""
        fields = fields_of(message)
        if fields is None:
            return (garbage(PROVIDER),)
        match text_of(fields, "type"):
            case "TurnInfo":
                return self._turn_info(fields)
            case "Connected":
                self.ready = True
                return (Ready(),)
            case "ConfigureSuccess" | "ConfigureFailure":
                return self._configured()
            case "Error":
                code = text_of(fields, "code")
                return (trouble(PROVIDER, code, _REMEDIES.get(code, Remedy.RECONNECT)),)
            case _:
                return ()

    def overdue(self, *, last: bool) -> FinalWords | None:
        """Take the turn as far as it was understood; a turn that never began had no words."""
        # It tells of all sound, also of silence: what it did not speak of was not heard.
        if self._covered < self._sent - AS_GOOD_AS_ALL or (self._text and not last):
            return None
        if self._text:
            self._answered_turn = self._turn
        words = FinalWords(self.take_settled(self._text))
        self._is_open, self._is_eager, self._text = False, False, ""
        return words

    def goodbye(self) -> Sequence[Message]:
        """End the stream."""
        return (_CLOSE,)

    def closed(self, code: int, reason: str) -> Trouble:
        """Tell sound that cannot be read from everything else."""
        return deepgram_goodbye(code, reason)

    def _turn_info(self, fields: dict[str, Any]) -> Sequence[Heard]:
        self._covered = max(self._covered, int((number_of(fields, "audio_window_end") or 0) * BYTES_PER_S))
        turn = number_of(fields, "turn_index")
        if turn is not None and turn == self._answered_turn:
            return ()
        self._turn = turn if turn is not None else self._turn
        text, event = text_of(fields, "transcript"), text_of(fields, "event")
        if event == "EndOfTurn":
            return self._ended(fields, text)
        if event == "EagerEndOfTurn":
            self._is_open = self._is_eager = True
            self._text = text
            confidence = number_of(fields, "end_of_turn_confidence")
            return (EagerEnd(joined(self.settled, text), confidence),)
        heard: list[Heard] = []
        if event == "TurnResumed" and self._is_eager:
            self._is_eager = False
            heard.append(SpeechResumed())
        if event in ("Update", "StartOfTurn", "TurnResumed") and text.strip():
            self._is_open = True
            if text != self._text:
                heard.append(PartialWords(joined(self.settled, text)))
            self._text = text
        return heard

    def _ended(self, fields: dict[str, Any], text: str) -> Sequence[Heard]:
        self._is_open, self._is_eager, self._text = False, False, ""
        words = FinalWords(
            self.take_settled(text), mean_confidence(objects_in(fields, "words")), language_in(fields)
        )
        until = number_of(fields, "audio_window_end")
        if until is None:
            return (words,)
        return (words, Settled(max(0, int(until * BYTES_PER_S) - self._padded)))

    def _configured(self) -> Sequence[Heard]:
        following, self._next = self._next, None
        self._configuring = following is not None
        return (Reply(following),) if following is not None else ()


def deepgram_goodbye(code: int, reason: str) -> Trouble:
    """Say what Deepgram's goodbye means: 1008 DATA-0000 is sound that cannot be decoded (4.1)."""
    if code == 1008 or "DATA-0000" in reason:
        return trouble(PROVIDER, "DATA-0000", Remedy.BUG)
    return trouble(PROVIDER, "NET-0001" if "NET-0001" in reason else "dropped", Remedy.RECONNECT)


def language_in(fields: dict[str, Any]) -> str | None:
    """Return the language that was detected, where a model tells it."""
    languages = fields.get("languages")
    first = languages[0] if isinstance(languages, list) and languages else None
    return first[:2] if isinstance(first, str) else None


def flux_understands(listening: Listening) -> bool:
    """Say whether Flux knows every language of a call."""
    return LANGUAGES.issuperset({listening.language, *listening.languages})


def flux_url(base_url: str, listening: Listening) -> str:
    """Return the address of a stream for this call."""
    languages = listening.languages or (listening.language,)
    english = set(languages) == {"en"}
    query = [
        ("model", ENGLISH if english else MULTILINGUAL),
        ("encoding", "mulaw"),
        ("sample_rate", str(BYTES_PER_S)),
        ("eot_threshold", str(EOT)),
        ("eager_eot_threshold", str(EAGER_EOT)),
        ("eot_timeout_ms", str(EOT_TIMEOUT_MS)),
        *([] if english else [("language_hint", each) for each in languages]),
        *(("keyterm", term) for term in expected_terms(listening.hints, KEYTERMS)),
    ]
    return f"{websocket_url(base_url)}/v2/listen?{urlencode(query)}"


def flux_door(api_key: str, base_url: str) -> Door:
    """Return the way to Flux; `base_url` has no version."""

    def enter(listening: Listening) -> tuple[Wire, FluxDialect]:
        headers = {"Authorization": f"Token {api_key}"}
        return open_wire(PROVIDER, flux_url(base_url, listening), headers), FluxDialect()

    return Door("flux", ends_turns=True, enter=enter, understands=flux_understands)
