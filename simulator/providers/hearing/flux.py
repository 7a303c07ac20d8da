"""Deepgram's Flux, as the handbook of providers has it (4.2): turns end by the time of the sound."""

from typing import Any

import orjson

from simulator.providers.hearing.talk import Talk, seconds

UPDATE_S, EAGER_S, END_S = 0.25, 0.25, 0.6
"""Between updates; of silence until a turn seems over, and is over."""


class FluxTalk(Talk):
    """One stream."""

    name = "flux"

    def begin(self) -> None:
        """Say that the stream stands."""
        self._sequence = self._turn = self._window = 0
        self._thresholds: dict[str, float] = {
            "eot_threshold": float(self.query.get("eot_threshold", 0.7)),
            "eager_eot_threshold": float(self.query.get("eager_eot_threshold", 0)),
            "eot_timeout_ms": float(self.query.get("eot_timeout_ms", 5000)),
        }
        self._updated_s = 0.0
        self._words, self._is_eager = "", False
        self._say("Connected")

    def take(self, message: str | bytes) -> None:
        """Take sound (binary), or one of the control messages; Flux has no KeepAlive and no Finalize."""
        if isinstance(message, bytes):
            self.listen(message)
            self._hear()
            return
        try:
            body = orjson.loads(message)
            kind = body["type"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            body, kind = {}, None
        if kind == "ForceEndTurn":
            self._force()
        elif kind == "Configure":
            self._configure(body)
        elif kind == "CloseStream":
            self.end.close(1000)
        else:
            self._say("Error", code="UNPARSABLE_CLIENT_MESSAGE", description="The message is not known.")
            self.end.close(1008)

    def out_of_room(self) -> None:
        """It was said at the upgrade."""
        self.end.close(1011)

    def _hear(self) -> None:
        words, quiet_s = self.ear.words(), self.ear.quiet_s
        if words != self._words:
            self._goes_on(words)
        if self._words and (quiet_s >= END_S or quiet_s * 1000 >= self._thresholds["eot_timeout_ms"]):
            self._end("model")
        elif (
            self._words
            and quiet_s >= EAGER_S
            and not self._is_eager
            and self._thresholds["eager_eot_threshold"]
        ):
            self._is_eager = True
            self._turn_info("EagerEndOfTurn", 0.55)
        elif self.ear.heard_s >= self._updated_s + UPDATE_S:
            self._updated_s = self.ear.heard_s
            self._turn_info("Update", 0.2)

    def _goes_on(self, words: str) -> None:
        began, self._words = not self._words, words
        if began:
            self._turn_info("StartOfTurn", 0.05)
        elif self._is_eager:
            self._is_eager = False
            self._turn_info("TurnResumed", 0.1)

    def _force(self) -> None:
        # Without a turn there is nothing to end.
        self._words = self.ear.words()
        if self._words:
            self._end("manual")

    def _end(self, trigger: str) -> None:
        self._turn_info("EndOfTurn", 0.82, trigger=trigger)
        self.ear.cut()
        self._turn += 1
        self._window, self._updated_s = self.ear.heard_bytes, 0.0
        self._words, self._is_eager = "", False

    def _configure(self, body: dict[str, Any]) -> None:
        wished = {**self._thresholds, **(body.get("thresholds") or {})}
        eager, end, timeout = wished["eager_eot_threshold"], wished["eot_threshold"], wished["eot_timeout_ms"]
        if not (
            0.5 <= end <= 1 and (not eager or 0.3 <= eager <= min(end, 0.9)) and 500 <= timeout <= 60_000
        ):
            self._say(
                "ConfigureFailure", code="INVALID_THRESHOLDS", description="A threshold is out of range."
            )
            return
        self._thresholds = wished
        self._say("ConfigureSuccess", thresholds=wished, keyterms=body.get("keyterms", []))

    def _turn_info(self, event: str, confidence: float, **more: Any) -> None:
        body = self._message(
            "TurnInfo",
            event=event,
            turn_index=self._turn,
            audio_window_start=seconds(self._window),
            audio_window_end=seconds(self.ear.heard_bytes),
            transcript=self._words,
            words=[{"word": word, "confidence": 0.95} for word in self._words.split()],
            end_of_turn_confidence=confidence,
            **more,
        )
        self.answer(body)

    def _say(self, kind: str, **more: Any) -> None:
        self.say(self._message(kind, **more))

    def _message(self, kind: str, **more: Any) -> dict[str, Any]:
        body = {"type": kind, "request_id": "standin", "sequence_id": self._sequence, **more}
        self._sequence += 1
        return body
