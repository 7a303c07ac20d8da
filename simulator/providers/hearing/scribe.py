"""ElevenLabs' Scribe in realtime, as the handbook of providers has it (2)."""

import binascii
from base64 import b64decode
from typing import Any

import orjson
from flask import request

from simulator.providers.hearing.listener import BYTES_PER_S, language_of
from simulator.providers.hearing.talk import Talk, Unwanted
from simulator.providers.knobs import Knob, Mode

MODELS = ("scribe_v2_realtime", "scribe_v3_live")
LONGEST_CHUNK_S = 10.0
STAYS_OPEN = ("commit_throttled",)


class ScribeTalk(Talk):
    """One session; mu-law at 8 kHz alone, as our callers' sound is."""

    name = "scribe"
    idle_s = 15.0

    def begin(self) -> None:
        """Start the session, or say what is wrong with the request."""
        self._partial_at = 0.0
        self._steps = float(self.switches["scribe_first_partial"])
        self._autocommit_s = float(self.switches["scribe_autocommit"])
        self._timestamps = self.query.get("include_timestamps") == "true"
        self._detects = self.query.get("include_language_detection") == "true"
        self._language = self.query.get("language_code", "en")
        config = {
            "sample_rate": BYTES_PER_S,
            "audio_format": self.query.get("audio_format"),
            "language_code": self._language,
            "commit_strategy": self.query.get("commit_strategy", "manual"),
            "model_id": self.query.get("model_id"),
            "include_timestamps": self._timestamps,
            "include_language_detection": self._detects,
        }
        self.say(
            {
                "message_type": "session_started",
                "session_id": f"{self.rng.getrandbits(64):x}",
                "config": config,
            }
        )
        wrong = self._wrong_request()
        if wrong:
            self._fail("invalid_request", wrong)
        elif self.knob.mode is Mode.FAIL and self.knob.status == 401:
            self._fail("auth_error", "You must be authenticated to use this endpoint.")

    def take(self, message: str | bytes) -> None:
        """Take a chunk, and commit when it says so."""
        chunk = self._chunk(message)
        if chunk is None:
            return
        sound, commit = chunk
        self.listen(sound)
        if commit:
            self._commit()
            return
        if self.ear.heard_s >= self._autocommit_s:
            self._commit(asked=False)
        elif self.ear.heard_s >= max(self._steps, self._partial_at + 1.0):
            self._partial_at = self.ear.heard_s
            words = self.ear.words()
            if words:
                self.say({"message_type": "partial_transcript", "text": words})

    def out_of_room(self) -> None:
        """Say it on the socket: the upgrade is not refused."""
        if self.knob.mode is Mode.QUOTA:
            self._fail("quota_exceeded", "You have exceeded your quota.")
        else:
            self._fail("rate_limited", "Too many requests.")

    def _wrong_request(self) -> str | None:
        terms = self.query.getlist("keyterms")
        if self.query.get("model_id") not in MODELS:
            return "model_id is not known."
        if self.query.get("audio_format") != "ulaw_8000":
            return "Only ulaw_8000 is understood here."
        if self.query.get("commit_strategy", "manual") not in ("manual", "vad"):
            return "commit_strategy is manual or vad."
        if len(terms) > 50 or any(len(term) > 20 for term in terms):
            return "At most 50 keyterms of 20 characters."
        return None

    def _chunk(self, message: str | bytes) -> tuple[bytes, bool] | None:
        try:
            body: Any = orjson.loads(message)
            kind, audio = body["message_type"], body["audio_base_64"]
            sound = b64decode(audio, validate=True)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, binascii.Error):
            self._fail("input_error", "The message is no input_audio_chunk.")
            return None
        if kind != "input_audio_chunk" or body.get("sample_rate", BYTES_PER_S) != BYTES_PER_S:
            self._fail("input_error", "The message is no input_audio_chunk.")
            return None
        if len(sound) > LONGEST_CHUNK_S * BYTES_PER_S:
            self._fail("chunk_size_exceeded", "Audio chunk is too large.")
            return None
        return sound, body.get("commit") is True

    def _commit(self, *, asked: bool = True) -> None:
        if asked and self.ear.heard_s < 0.1:
            self._fail("commit_throttled", "Commit requests are too frequent.")
            return
        text = self.ear.words()
        self.ear.cut()
        self._partial_at = 0.0
        committed: list[dict[str, Any]] = [{"message_type": "committed_transcript", "text": text}]
        if self._timestamps or self._detects:
            committed.append(
                {
                    "message_type": "committed_transcript_with_timestamps",
                    "text": text,
                    "language_code": language_of(text, self._language) if self._detects else self._language,
                    "words": [] if self._timestamps else None,
                }
            )
        self.answer(*committed)

    def _fail(self, kind: str, text: str) -> None:
        self.say({"message_type": kind, "error": text})
        if kind not in STAYS_OPEN and self.switches["scribe_error_close"] == "closes":
            self.end.close(1008, kind)


def refuse_scribe(knob: Knob) -> None:
    """Refuse an upgrade without a key, or as a knob says. Raises Unwanted."""
    if not request.headers.get("xi-api-key") and not request.args.get("token"):
        raise Unwanted(
            401, {"detail": {"status": "needs_authorization", "message": "No key came with the request."}}
        )
    if knob.mode is Mode.FAIL and knob.status != 401:
        raise Unwanted(
            knob.status, {"detail": {"status": "internal_error", "message": "It does not work now."}}
        )
