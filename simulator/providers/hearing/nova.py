"""Deepgram's Nova, as the handbook of providers has it (4.1); the same protocol is that of a transcriber of one's own."""

from typing import Any, ClassVar

import orjson

from simulator.providers.hearing.listener import language_of
from simulator.providers.hearing.talk import Talk, Unwanted, seconds
from simulator.providers.knobs import Knob, Mode

INTERIM_S, UTTERANCE_END_S = 1.0, 1.0


class NovaTalk(Talk):
    """One stream."""

    name = "nova"
    idle_s: ClassVar[float | None] = 10.0
    answers_nothing = False
    """Whether Finalize is answered also where nothing was said."""

    def begin(self) -> None:
        """Say nothing: the first message is one about sound."""
        self._start = 0
        self._interim_at = 0.0
        self._spoke = self._ended = False
        self._endpointing_s = int(self.query.get("endpointing", "10")) / 1000
        self._interim = self.query.get("interim_results") == "true"

    def take(self, message: str | bytes) -> None:
        """Take sound (binary), or one of the control messages."""
        if isinstance(message, bytes):
            if not message:
                self._close_stream()
                return
            self.listen(message)
            self._hear()
            return
        try:
            kind = orjson.loads(message)["type"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            kind = None
        if kind == "Finalize":
            self._finalize()
        elif kind == "CloseStream":
            self._close_stream()
        elif kind == "Configure":
            self.say({"type": "ConfigureSuccess", "request_id": "standin"})
        elif kind != "KeepAlive":
            self.say(
                {
                    "type": "Error",
                    "variant": "SchemaError",
                    "description": "unknown message",
                    "message": message,
                }
            )

    def out_of_room(self) -> None:
        """It was said at the upgrade."""
        self.end.close(1011, "NET-0000")

    def idle(self) -> None:
        """End, with Deepgram's code."""
        self.end.close(1011, "NET-0001")

    def _hear(self) -> None:
        words, quiet_s = self.ear.words(), self.ear.quiet_s
        if words and not self._spoke:
            self._spoke, self._ended = True, False
            if self.query.get("vad_events") == "true":
                self.say(
                    {"type": "SpeechStarted", "channel": [0], "timestamp": seconds(self.ear.heard_bytes)}
                )
        if self._spoke and quiet_s >= self._endpointing_s:
            self._final(words, speech_final=True)
        elif self._interim and self.ear.heard_s >= self._interim_at + INTERIM_S:
            self._interim_at = self.ear.heard_s
            # Also without words: it tells how far it has listened [K].
            self.say(self._results(words, is_final=False))
        elif not self._spoke and self._ended and quiet_s >= UTTERANCE_END_S:
            self._ended = False
            if self.query.get("utterance_end_ms"):
                self.say({"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": seconds(self._start)})

    def _final(self, words: str, *, speech_final: bool = False, from_finalize: bool = False) -> None:
        results = self._results(words, is_final=True, speech_final=speech_final, from_finalize=from_finalize)
        self.ear.cut()
        self._start, self._interim_at = self.ear.heard_bytes, 0.0
        self._ended, self._spoke = self._spoke, False
        self.answer(results)

    def _finalize(self) -> None:
        words = self.ear.words()
        if words or self.answers_nothing:
            self._final(words, speech_final=True, from_finalize=True)

    def _close_stream(self) -> None:
        words = self.ear.words()
        if words:
            self.say(self._results(words, is_final=True))
        self.say(
            {
                "type": "Metadata",
                "request_id": "standin",
                "duration": seconds(self.ear.heard_bytes),
                "channels": 1,
            }
        )
        self.end.close(1000)

    def _results(
        self, words: str, *, is_final: bool, speech_final: bool = False, from_finalize: bool = False
    ) -> dict[str, Any]:
        best: dict[str, Any] = {"transcript": words, "confidence": 0.98 if words else 0.0, "words": []}
        if self.query.get("language") == "multi":
            best["languages"] = [language_of(words, "en")]
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "start": seconds(self._start),
            "duration": seconds(self.ear.heard_bytes - self._start),
            "is_final": is_final,
            "speech_final": speech_final,
            "from_finalize": from_finalize,
            "channel": {"alternatives": [best]},
            "metadata": {"request_id": "standin"},
        }


class OwnTalk(NovaTalk):
    """A transcriber of one's own: every Finalize is answered."""

    name = "own"
    idle_s = None
    answers_nothing = True

    def _hear(self) -> None:
        """Say nothing before it is asked."""


def refuse_own(knob: Knob) -> None:
    """Refuse as a knob says: there is no key. Raises Unwanted."""
    if knob.mode in (Mode.FAIL, Mode.RATE_LIMIT, Mode.QUOTA):
        raise Unwanted(429 if knob.mode is Mode.RATE_LIMIT else knob.status, {"error": "not now"})
