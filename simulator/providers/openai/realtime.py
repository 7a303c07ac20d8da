"""OpenAI's Realtime API with its GA names, as the handbook of providers has it (3.6 to 3.9): it hears with the simulator's ear, thinks
with the demo brain, and speaks with the simulator's mouth.
"""

import binascii
import heapq
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from flask import Flask

from simulator.providers.brain.brain import think
from simulator.providers.elevenlabs.spoken import Mouth
from simulator.providers.hearing.openai import mulaw_of
from simulator.providers.hearing.talk import Talk
from simulator.providers.knobs import Knob, Mode
from simulator.providers.latency import TRANSCRIPT, Pace, Spread
from simulator.providers.openai.realtime_items import BYTES_A_MS, Items
from simulator.providers.openai.realtime_session import MODELS, Refused, new_session, updated
from simulator.wire.websocket import WebSocket

FIRST_SOUND = Spread(0.5, 0.25)
DELTA_BYTES = 4000
FASTER = 4.0
"""Sound comes so much faster than it is played."""
_TRANSCRIPTION = "conversation.item.input_audio_transcription."


@dataclass
class Answer:
    """A response in the making."""

    id: str
    item: dict[str, Any] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""
    audio: bytes = b""
    sent: int = 0
    over: bool = False


class RealtimeTalk(Talk):
    """One session."""

    name = "realtime"
    target = "engine"
    refuses_at_once = False

    def __init__(self, app: Flask, end: WebSocket, pace: Pace, speed: float, knob: Knob) -> None:
        super().__init__(app, end, pace, speed, knob)
        self._mouth: Mouth = app.extensions["provider_mouth"]
        self._coming: list[tuple[float, int, Callable[[], None]]] = []
        self._events = self._names = 0
        self._items = Items()
        self._active: Answer | None = None
        self._speaks = False
        self._speech_seen = -1
        self._spoken = 0

    def begin(self) -> None:
        """Speak first, as the server does."""
        lasts_s = int(self.switches["rt_session_limit"]) * 60
        self._ends_at = time.monotonic() + lasts_s / self.speed if self.speed > 0 else float("inf")
        model = self.query.get("model", "")
        if model not in MODELS:
            self._error("invalid_model", f"The model '{model}' is not supported in realtime mode.")
            self.end.close(1000)
            return
        silence_ms = int(self.switches["rt_silence_default"])
        shown_s = lasts_s / self.speed if self.speed > 0 else lasts_s
        self._session = new_session(model, silence_ms=silence_ms, lasts_s=shown_s)
        self._say("session.created", session=self._session)

    def out_of_room(self) -> None:
        """It is said in `response.done`."""

    def take(self, message: str | bytes) -> None:
        """Carry out one event of the client's."""
        if time.monotonic() > self._ends_at:
            self._error("session_expired", "Your session hit the maximum duration of 60 minutes.")
            self.end.close(1001)
            return
        try:
            body: Any = orjson.loads(message)
            kind = body["type"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            self._error("invalid_json", "The event is no JSON object with a type.")
            return
        self._asked = body.get("event_id")
        handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": lambda _: self._clear(),
            "conversation.item.create": self._create_item,
            "conversation.item.delete": self._delete_item,
            "conversation.item.truncate": self._truncate,
            "response.create": self._create_answer,
            "response.cancel": self._cancel,
        }
        try:
            if kind not in handlers:
                raise Refused("invalid_value", f"Invalid value: '{kind}'.", "type")
            handlers[kind](body)
        except Refused as refused:
            self._error(refused.code, refused.message, refused.parameter)

    # --- the session and its items ---

    def _update(self, body: dict[str, Any]) -> None:
        self._session = updated(self._session, body.get("session"))
        self._say("session.updated", session=self._session)

    def _create_item(self, body: dict[str, Any]) -> None:
        self._add_item(self._items.made_of(body.get("item"), self._name("item")))

    def _add_item(self, item: dict[str, Any]) -> None:
        previous = self._items.add(item)
        self._say("conversation.item.added", previous_item_id=previous, item=_public(item))
        if item["status"] == "completed":
            self._say("conversation.item.done", previous_item_id=previous, item=_public(item))

    def _delete_item(self, body: dict[str, Any]) -> None:
        self._items.delete(body.get("item_id", ""))
        self._say("conversation.item.deleted", item_id=body["item_id"])

    def _truncate(self, body: dict[str, Any]) -> None:
        item, end_ms = body.get("item_id", ""), body.get("audio_end_ms")
        self._items.truncate(item, end_ms)
        self._say("conversation.item.truncated", item_id=item, content_index=0, audio_end_ms=end_ms)

    # --- the caller ---

    def _append(self, body: dict[str, Any]) -> None:
        try:
            sound = b64decode(body.get("audio") or "", validate=True)
        except (TypeError, ValueError, binascii.Error):
            self._error("invalid_value", "The audio is no base64.", "audio")
            return
        heard = self._session["audio"]["input"]
        self.ear.feed(sound if heard["format"]["type"] == "audio/pcmu" else mulaw_of(sound))
        if heard["turn_detection"] is not None:
            self._detect(heard["turn_detection"])

    def _detect(self, turns: dict[str, Any]) -> None:
        last = self.ear.spoke_at
        if not self._speaks and last > self._speech_seen:
            self._speaks, self._user = True, self._name("item")
            start_ms = max(0, self.ear.heard_bytes // BYTES_A_MS - turns.get("prefix_padding_ms", 300))
            self._say("input_audio_buffer.speech_started", audio_start_ms=start_ms, item_id=self._user)
            if turns.get("interrupt_response", True) and self._active:
                self._end(self._active, "cancelled", {"type": "cancelled", "reason": "turn_detected"})
        silence_ms = turns.get("silence_duration_ms", 500)
        if self._speaks and (self.ear.heard_bytes - last) // BYTES_A_MS >= silence_ms:
            self._speaks, self._speech_seen = False, last
            end_ms = self.ear.heard_bytes // BYTES_A_MS
            self._say("input_audio_buffer.speech_stopped", audio_end_ms=end_ms, item_id=self._user)
            self._take_turn(self._user)
            if turns.get("create_response", True) and self._active is None:
                self._answer()

    def _commit(self, body: dict[str, Any]) -> None:
        del body
        if self.ear.heard_s < 0.1:
            text = f"buffer too small. Expected at least 100ms of audio, but buffer only has {self.ear.heard_s * 1000:.2f}ms"
            self._error("input_audio_buffer_commit_empty", f"Error committing input audio buffer: {text}")
            return
        self._take_turn(self._name("item"))

    def _clear(self) -> None:
        self.ear.cut()
        self._say("input_audio_buffer.cleared")

    def _take_turn(self, id: str) -> None:
        words = self.ear.words()
        lasted_s = self.ear.heard_s
        self.ear.cut()
        self._say("input_audio_buffer.committed", item_id=id, previous_item_id=self._items.last)
        content = [{"type": "input_audio", "transcript": None}]
        item = {"id": id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user"}
        self._add_item({**item, "content": content, "text": words})
        if self._session["audio"]["input"]["transcription"] is not None:
            told = self._message(
                f"{_TRANSCRIPTION}completed",
                item_id=id,
                content_index=0,
                transcript=words,
                usage={"type": "duration", "seconds": round(lasted_s)},
            )
            self._later(TRANSCRIPT.draw(self.rng), lambda: self.say(told))

    # --- the answer ---

    def _create_answer(self, body: dict[str, Any]) -> None:
        if self._active is not None:
            self._error(
                "conversation_already_has_active_response", "Conversation already has an active response"
            )
            return
        wished = body.get("response")
        self._answer((wished or {}).get("instructions"))

    def _cancel(self, body: dict[str, Any]) -> None:
        wanted = body.get("response_id")
        if self._active is None or wanted not in (None, self._active.id):
            self._error("response_cancel_not_active", "Cancellation failed: no active response found")
            return
        self._end(self._active, "cancelled", {"type": "cancelled", "reason": "client_cancelled"})

    def _answer(self, instructions: str | None = None) -> None:
        answer = self._active = Answer(self._name("resp"))
        self._say("response.created", response=self._shown(answer, "in_progress"))
        if self.knob.mode in (Mode.QUOTA, Mode.RATE_LIMIT):
            quota = self.knob.mode is Mode.QUOTA
            code = "insufficient_quota" if quota else "rate_limit_exceeded"
            error = {"type": "insufficient_quota" if quota else "tokens", "code": code}
            self._end(answer, "failed", {"type": "failed", "error": error})
            return
        prompt = "\n".join(each for each in (self._session["instructions"], instructions) if each)
        thought = think([{"role": "system", "content": prompt}, *self._items.messages()], self._tools())
        answer.text = thought.text
        voice, language = self._session["audio"]["output"]["voice"], None
        if thought.text:
            made = self._mouth.synthesize(
                thought.text, voice=voice, audio_format="ulaw_8000", language=language
            )
            answer.audio = made
        for name, arguments in thought.calls:
            call = {"id": self._name("item"), "object": "realtime.item", "type": "function_call"}
            told = {
                "name": name,
                "call_id": self._name("call"),
                "arguments": orjson.dumps(arguments).decode(),
            }
            answer.calls.append({**call, **told, "status": "in_progress"})
        slow_s = self.knob.delay_s if self.knob.mode is Mode.SLOW else 0.0
        self._later(FIRST_SOUND.draw(self.rng), lambda: self._begin(answer), slow_s)

    def _begin(self, answer: Answer) -> None:
        if answer.over:
            return
        if not answer.text:
            self._ask_tools(answer)
            return
        item = {"id": self._name("item"), "object": "realtime.item", "type": "message", "role": "assistant"}
        answer.item = {**item, "status": "in_progress", "content": [], "text": answer.text}
        self._items.produced[answer.item["id"]] = 0
        self._of(answer, "response.output_item.added", item=_public(answer.item))
        self._add_item(answer.item)
        self._part(answer, "response.content_part.added", part={"type": "audio", "transcript": ""})
        words = answer.text.split(" ")
        for number, word in enumerate(words):
            piece = word if number == len(words) - 1 else f"{word} "
            self._part(answer, "response.output_audio_transcript.delta", delta=piece)
        self._sound(answer)

    def _sound(self, answer: Answer) -> None:
        if answer.over:
            return
        if self.knob.mode is Mode.CUT and self._spoken >= self.knob.after_chars:
            self.end.cut()
            return
        if self.knob.mode is Mode.GARBAGE:
            self.end.send(self.rng.randbytes(40).hex() + "{")
            return
        piece = answer.audio[answer.sent : answer.sent + DELTA_BYTES]
        answer.sent += len(piece)
        self._spoken += len(piece)
        self._items.produced[answer.item["id"]] = answer.sent
        self._part(answer, "response.output_audio.delta", delta=b64encode(piece).decode())
        if answer.sent < len(answer.audio):
            self._later(len(piece) / (8000 * FASTER), lambda: self._sound(answer))
            return
        self._part(answer, "response.output_audio.done")
        self._part(answer, "response.output_audio_transcript.done", transcript=answer.text)
        self._ask_tools(answer)

    def _ask_tools(self, answer: Answer) -> None:
        for call in answer.calls:
            self._of(answer, "response.output_item.added", item={**call, "arguments": ""})
            self._of(
                answer, "response.function_call_arguments.delta", item_id=call["id"], delta=call["arguments"]
            )
            call["status"] = "completed"
            self._items.add(call)
            self._of(answer, "response.output_item.done", item=call)
        self._end(answer, "completed", None)

    def _end(self, answer: Answer, status: str, details: dict[str, Any] | None) -> None:
        answer.over, self._active = True, None
        if status == "cancelled" and answer.item and self.switches["rt_cancel_events"] == "late":
            self._part(answer, "response.output_audio.delta", delta=b64encode(bytes(800)).decode())
            self._items.produced[answer.item["id"]] += 800
        if answer.item:
            answer.item["status"] = "completed" if status == "completed" else "incomplete"
            answer.item["content"] = [{"type": "output_audio", "transcript": answer.text}]
            self._of(answer, "response.output_item.done", item=_public(answer.item))
        self._say("response.done", response={**self._shown(answer, status), "status_details": details})

    def _shown(self, answer: Answer, status: str) -> dict[str, Any]:
        output = [*([_public(answer.item)] if answer.item else []), *answer.calls]
        usage = None
        if status != "in_progress":
            text, audio = len(answer.text) // 3, answer.sent // 400
            into = {"text_tokens": 100, "audio_tokens": 20, "image_tokens": 0, "cached_tokens": 64}
            usage = {
                "total_tokens": 120 + text + audio,
                "input_tokens": 120,
                "output_tokens": text + audio,
                "input_token_details": into,
                "output_token_details": {"text_tokens": text, "audio_tokens": audio},
            }
        shown = {"object": "realtime.response", "id": answer.id, "status": status, "status_details": None}
        return {**shown, "output": output if usage else [], "conversation_id": "conv_1", "usage": usage}

    def _tools(self) -> list[dict[str, Any]]:
        return [
            {
                "type": "function",
                "function": {name: tool.get(name) for name in ("name", "description", "parameters")},
            }
            for tool in self._session["tools"]
        ]

    # --- saying ---

    def _later(self, seconds: float, do: Callable[[], None], slow_s: float = 0.0) -> None:
        """Do something when so much of the simulator's time has passed, and `slow_s` of everybody's."""
        self._count += 1
        due = time.monotonic() + slow_s + (seconds / self.speed if self.speed > 0 else 0.0)
        heapq.heappush(self._coming, (due, self._count, do))

    def _wait_s(self) -> float:
        wait_s = super()._wait_s()
        return min(wait_s, max(0.001, self._coming[0][0] - time.monotonic())) if self._coming else wait_s

    def _say_due(self) -> None:
        super()._say_due()
        while self._coming and self._coming[0][0] <= time.monotonic():
            heapq.heappop(self._coming)[2]()

    def _part(self, answer: Answer, kind: str, **more: Any) -> None:
        self._of(answer, kind, item_id=answer.item["id"], content_index=0, **more)

    def _of(self, answer: Answer, kind: str, **more: Any) -> None:
        self._say(kind, response_id=answer.id, output_index=0, **more)

    def _name(self, kind: str) -> str:
        self._names += 1
        return f"{kind}_{self._names}"

    def _error(self, code: str | None, message: str, parameter: str | None = None) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": message, "param": parameter}
        self._say("error", error={**error, "event_id": getattr(self, "_asked", None)})

    def _say(self, kind: str, **more: Any) -> None:
        self.say(self._message(kind, **more))

    def _message(self, kind: str, **more: Any) -> dict[str, Any]:
        self._events += 1
        return {"type": kind, "event_id": f"event_{self._events:04}", **more}


def _public(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in ("text", "heard")}
