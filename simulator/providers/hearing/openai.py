"""OpenAI's realtime transcription, as the handbook of providers has it (3.10)."""

import binascii
import time
from base64 import b64decode
from typing import Any

import orjson
from flask import request

from simulator.providers.hearing.listener import language_of
from simulator.providers.hearing.talk import Talk, Unwanted
from simulator.providers.knobs import Knob, Mode
from voicebot.transports.audio import pcm16_to_ulaw

MODELS = ("gpt-live-transcribe", "gpt-transcribe", "gpt-realtime-whisper")
PCM_STEP = 3
"""PCM comes at 24 kHz: every third sample is one at 8."""
DELTA_S = 1.0
_PREFIX = "conversation.item.input_audio_transcription."


class OpenAITalk(Talk):
    """One session."""

    name = "openai"

    def begin(self) -> None:
        """Speak first, as the server does."""
        self._events = self._items = 0
        self._format: dict[str, Any] = {"type": "audio/pcm", "rate": 24_000}
        self._transcription: dict[str, Any] = {"model": MODELS[0]}
        self._previous: str | None = None
        self._delta_at = 0.0
        self._told = ""
        limit_s = int(self.switches["rt_session_limit"]) * 60
        self._ends_at = time.monotonic() + limit_s / self.speed if self.speed > 0 else float("inf")
        if self.query.get("intent") != "transcription" or self.query.get("model"):
            self._error("invalid_model", "The model is not supported in realtime mode.")
            self.end.close(1000)
            return
        self._say("session.created", session=self._session())

    def take(self, message: str | bytes) -> None:
        """Carry out one event of the client's."""
        if time.monotonic() > self._ends_at:
            self._error("session_expired", "Your session hit the maximum duration.")
            self.end.close(1001)
            return
        try:
            body: Any = orjson.loads(message)
            kind = body["type"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            self._error("invalid_json", "The event is no JSON object with a type.")
            return
        if kind == "session.update":
            self._update(body.get("session"))
        elif kind == "input_audio_buffer.append":
            self._append(body.get("audio"))
        elif kind == "input_audio_buffer.commit":
            self._commit()
        elif kind == "input_audio_buffer.clear":
            self.ear.cut()
            self._say("input_audio_buffer.cleared")
        else:
            self._error("invalid_value", "The event is not known.", "type")

    def out_of_room(self) -> None:
        """Say it on the socket."""
        if self.knob.mode is Mode.QUOTA:
            self._error("insufficient_quota", "You exceeded your current quota.", kind="insufficient_quota")
        else:
            self._error("rate_limit_exceeded", "Rate limit reached.", kind="rate_limit_error")
        self.end.close(1000)

    def _update(self, session: Any) -> None:
        given = session if isinstance(session, dict) else {}
        heard = (given.get("audio") or {}).get("input") or {}
        wished, model = heard.get("format") or self._format, heard.get("transcription") or self._transcription
        place = "session.audio.input"
        if given.get("type") != "transcription":
            self._error("invalid_value", "The type of a session never changes.", "session.type")
        elif wished.get("type") == "audio/pcmu" and (
            "rate" in wished or self.switches["rt_transcription_pcmu"] == "refused"
        ):
            self._error("invalid_value", "The format is not supported.", f"{place}.format")
        elif model.get("model") not in MODELS:
            self._error("invalid_value", "The model is not known.", f"{place}.transcription.model")
        elif heard.get("turn_detection") and model["model"] != "gpt-transcribe":
            self._error(
                "invalid_value", "Turn detection is not supported for this model.", f"{place}.turn_detection"
            )
        else:
            self._format, self._transcription = wished, model
            self._say("session.updated", session=self._session())

    def _append(self, audio: Any) -> None:
        try:
            sound = b64decode(audio, validate=True)
        except (TypeError, ValueError, binascii.Error):
            self._error("invalid_value", "The audio is no base64.", "audio")
            return
        self.listen(sound if self._format["type"] == "audio/pcmu" else _mulaw_of(sound))
        if self.ear.heard_s >= self._delta_at + DELTA_S:
            self._delta_at = self.ear.heard_s
            self._delta(self.ear.words())

    def _delta(self, words: str) -> None:
        if words.startswith(self._told) and words != self._told:
            self._say(
                f"{_PREFIX}delta", item_id=self._item(), content_index=0, delta=words[len(self._told) :]
            )
            self._told = words

    def _commit(self) -> None:
        if self.ear.heard_s < 0.1:
            text = f"buffer too small. Expected at least 100ms, but only has {self.ear.heard_s * 1000:.2f}ms of audio."
            self._error("input_audio_buffer_commit_empty", f"Error committing input audio buffer: {text}")
            return
        item, words = self._item(), self.ear.words()
        lasted_s = self.ear.heard_s
        self.ear.cut()
        self._say("input_audio_buffer.committed", item_id=item, previous_item_id=self._previous)
        self._previous, self._items = item, self._items + 1
        self._told, self._delta_at = "", 0.0
        languages = self._transcription.get("languages")
        self.answer(
            self._message(
                f"{_PREFIX}completed",
                item_id=item,
                content_index=0,
                transcript=words,
                usage={"type": "duration", "seconds": round(lasted_s)},
                **({"languages": [language_of(words, languages[0])]} if languages else {}),
            )
        )

    def _item(self) -> str:
        return f"item_{self._items}"

    def _session(self) -> dict[str, Any]:
        heard = {
            "format": self._format,
            "transcription": self._transcription,
            "noise_reduction": None,
            "turn_detection": None,
        }
        return {
            "type": "transcription",
            "object": "realtime.transcription_session",
            "id": "sess_standin",
            "audio": {"input": heard},
            "include": None,
        }

    def _error(
        self, code: str, message: str, parameter: str | None = None, kind: str = "invalid_request_error"
    ) -> None:
        error = {"type": kind, "code": code, "message": message, "param": parameter, "event_id": None}
        self._say("error", error=error)

    def _say(self, kind: str, **more: Any) -> None:
        self.say(self._message(kind, **more))

    def _message(self, kind: str, **more: Any) -> dict[str, Any]:
        self._events += 1
        return {"type": kind, "event_id": f"event_{self._events:04}", **more}


def _mulaw_of(pcm: bytes) -> bytes:
    whole = pcm[: len(pcm) // 2 * 2]
    return pcm16_to_ulaw(b"".join(whole[at : at + 2] for at in range(0, len(whole), 2 * PCM_STEP)))


def refuse_openai(knob: Knob) -> None:
    """Refuse an upgrade without a key, or as a knob says. Raises Unwanted."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not key.strip() or (knob.mode is Mode.FAIL and knob.status == 401):
        raise Unwanted(
            401,
            {"error": {"type": "invalid_request_error", "code": "invalid_api_key", "message": "Wrong key."}},
        )
    if knob.mode is Mode.FAIL:
        raise Unwanted(
            knob.status, {"error": {"type": "server_error", "code": None, "message": "It does not work now."}}
        )
