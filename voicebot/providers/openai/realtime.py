"""OpenAI's Realtime API (providers' handbook 3.6 to 3.9), in its GA names: what is sent, and what comes. Pure, no sockets."""

from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from voicebot.providers.hearing.dialect import (
    Message,
    Remedy,
    Reply,
    Trouble,
    fields_of,
    garbage,
    number_of,
    object_of,
    text_of,
    trouble,
)
from voicebot.providers.hearing.terms import expected_terms
from voicebot.providers.openai.transcription import KEYWORDS
from voicebot.providers.ports.engine import (
    AnswerBegan,
    AnswerEnded,
    AnswerSound,
    AnswerTool,
    AnswerWords,
    CallerBegan,
    CallerPaused,
    CallerWords,
    EngineEvent,
    EngineFailed,
    EngineItem,
    EngineReady,
    EngineSetup,
    EngineUsage,
    Told,
    ToolResult,
    ToolUsed,
    TurnTaken,
)
from voicebot.providers.ports.model import ToolSpec
from voicebot.transports.audio import PHONE_BYTES_A_MS

PROVIDER = "openai"
MODEL = "gpt-realtime-2.1"
VOICE = "marin"
TRANSCRIBER = "gpt-transcribe"
SILENCE_MS = 500
"""Sent always: the schema and the example disagree about the default."""
MOST_KEPT_ITEMS = 200

_TRANSCRIPTION = "conversation.item.input_audio_transcription."
_FATAL = {
    "session_expired": Remedy.RECONNECT,
    "rate_limit_exceeded": Remedy.FAIL_OVER,
    "insufficient_quota": Remedy.ALERT,
    "invalid_api_key": Remedy.ALERT,
    "account_deactivated": Remedy.ALERT,
    "billing_hard_limit_reached": Remedy.ALERT,
}
_CREATE = '{"type":"response.create"}'

Happened = EngineEvent | Reply


class RealtimeDialect:
    """One session's talk."""

    provider = PROVIDER

    def __init__(self, setup: EngineSetup) -> None:
        self._setup = setup
        self.ready = False
        self.trouble: Trouble | None = None
        """Why the session is of no use any more."""
        self._active = ""
        """The answer that is being made."""
        self._asked = self._again = False
        self._received: dict[str, int] = {}
        self._muted: set[str] = set()

    # --- what we say ---

    def opening(self) -> Sequence[Message]:
        """Say nothing: the server speaks first."""
        return ()

    def sound(self, mulaw: bytes) -> Message:
        """Return the message for a piece of the caller's sound."""
        return f'{{"type":"input_audio_buffer.append","audio":"{b64encode(mulaw).decode()}"}}'

    def instruct(self, instructions: str) -> Message:
        """Return the message that changes how the engine behaves."""
        return _dumped(
            {"type": "session.update", "session": {"type": "realtime", "instructions": instructions}}
        )

    def add(self, item: EngineItem) -> Sequence[Message]:
        """Return the message that takes something into the conversation."""
        match item:
            case Told(id, role, text):
                kind = "output_text" if role == "assistant" else "input_text"
                content = [{"type": kind, "text": text}]
                told: dict[str, Any] = {"id": id, "type": "message", "role": role, "content": content}
            case ToolUsed(call_id, name, arguments):
                told = {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}
            case ToolResult(call_id, output):
                told = {"type": "function_call_output", "call_id": call_id, "output": output}
        return (_dumped({"type": "conversation.item.create", "item": told}),)

    def forget(self, item: str) -> Sequence[Message]:
        """Return the message that takes something out of the conversation."""
        self._muted.add(item)
        return (_dumped({"type": "conversation.item.delete", "item_id": item}),)

    def answer(self) -> Sequence[Message]:
        """Return the request for an answer; nothing while one is in the making, after which another one follows."""
        if self._active or self._asked:
            self._again = True
            return ()
        self._asked = True
        return (_CREATE,)

    def stop(self, answer: str) -> Sequence[Message]:
        """Return the request to stop an answer; nothing when it is not in the making. No other answer follows it."""
        self._again = False
        if answer != self._active:
            return ()
        return (_dumped({"type": "response.cancel", "response_id": answer}),)

    def cut(self, item: str, heard_ms: int) -> Sequence[Message]:
        """Return what tells how much of a part of an answer was heard: never more than came (3.9)."""
        if item not in self._received:
            return ()
        self._muted.add(item)
        end_ms = max(0, min(heard_ms, self._received[item] // PHONE_BYTES_A_MS))
        cut = {"type": "conversation.item.truncate", "item_id": item, "content_index": 0}
        return (_dumped({**cut, "audio_end_ms": end_ms}),)

    def goodbye(self) -> Sequence[Message]:
        """Say nothing: the close frame is enough."""
        return ()

    # --- what the server says ---

    def heard(self, message: Message) -> Sequence[Happened]:
        """Return the meaning of a message. Unknown messages and fields mean nothing."""
        fields = fields_of(message)
        if fields is None:
            return self._failed(garbage(PROVIDER))
        kind = text_of(fields, "type")
        if kind.startswith("response."):
            return self._of_answer(kind.removeprefix("response."), fields)
        match kind.removeprefix(_TRANSCRIPTION):
            case "session.created":
                return (Reply(self._session()),)
            case "session.updated" if not self.ready:
                self.ready = True
                session = fields.get("session")
                return (EngineReady(number_of(session, "expires_at") if isinstance(session, dict) else None),)
            case "input_audio_buffer.speech_started":
                return (CallerBegan(),)
            case "input_audio_buffer.speech_stopped":
                return (CallerPaused(),)
            case "input_audio_buffer.committed":
                return (TurnTaken(text_of(fields, "item_id")),)
            case "completed":
                return (CallerWords(text_of(fields, "item_id"), text_of(fields, "transcript")),)
            case "failed":
                return (CallerWords(text_of(fields, "item_id"), None),)
            case "error":
                return self._error(object_of(fields, "error"))
            case _:
                return ()

    def closed(self, code: int, reason: str) -> Sequence[Happened]:
        """Say what the server's goodbye means."""
        del code, reason
        return self._failed(trouble(PROVIDER, "dropped", Remedy.RECONNECT))

    def _session(self) -> str:
        setup = self._setup
        transcription: dict[str, Any] = {"model": TRANSCRIBER}
        only = len(setup.languages) == 1
        transcription |= {"language": setup.languages[0]} if only else {"languages": list(setup.languages)}
        if terms := expected_terms(setup.hints, KEYWORDS):
            transcription["keywords"] = terms
        turns = {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": SILENCE_MS,
            "create_response": True,
            "interrupt_response": True,
        }
        heard = {
            "format": {"type": "audio/pcmu"},
            "transcription": transcription,
            "noise_reduction": None,
            "turn_detection": turns,
        }
        session: dict[str, Any] = {
            "type": "realtime",
            "output_modalities": ["audio"],
            "instructions": setup.instructions,
            "audio": {
                "input": heard,
                "output": {"format": {"type": "audio/pcmu"}, "voice": setup.voice or VOICE},
            },
        }
        if setup.tools:
            session["tools"] = [_tool(spec) for spec in setup.tools]
        return _dumped({"type": "session.update", "session": session})

    def _of_answer(self, kind: str, fields: dict[str, Any]) -> Sequence[Happened]:
        answer, item = text_of(fields, "response_id"), text_of(fields, "item_id")
        match kind:
            case "created":
                self._active, self._asked = text_of(object_of(fields, "response"), "id"), False
                return (AnswerBegan(self._active),)
            case "output_audio_transcript.delta":
                return () if item in self._muted else (AnswerWords(answer, text_of(fields, "delta")),)
            case "output_audio.delta":
                return self._sound(answer, item, text_of(fields, "delta"))
            case "output_item.done":
                return _tool_in(answer, object_of(fields, "item"))
            case "done":
                return self._done(object_of(fields, "response"))
            case _:
                return ()

    def _sound(self, answer: str, item: str, delta: str) -> Sequence[Happened]:
        try:
            audio = b64decode(delta, validate=True)
        except (ValueError, BadBase64):
            return self._failed(garbage(PROVIDER))
        if item in self._muted:
            return ()
        while len(self._received) >= MOST_KEPT_ITEMS and item not in self._received:
            del self._received[next(iter(self._received))]
        self._received[item] = self._received.get(item, 0) + len(audio)
        return (AnswerSound(answer, item, audio),)

    def _done(self, response: dict[str, Any]) -> Sequence[Happened]:
        self._active = ""
        again: list[Happened] = [Reply(each) for each in self._answer_again()]
        answer, status = text_of(response, "id"), text_of(response, "status")
        if status == "failed":
            error = object_of(object_of(response, "status_details"), "error")
            code = text_of(error, "code") or text_of(error, "type")
            return self._failed(trouble(PROVIDER, code, _FATAL.get(code, Remedy.FAIL_OVER)))
        usage = _usage(object_of(response, "usage"))
        ended = AnswerEnded(
            answer, complete=status == "completed", cancelled=status == "cancelled", usage=usage
        )
        return (ended, *again)

    def _answer_again(self) -> Sequence[Message]:
        if not self._again:
            return ()
        self._again = False
        return self.answer()

    def _error(self, error: dict[str, Any]) -> Sequence[Happened]:
        code, kind = text_of(error, "code"), text_of(error, "type")
        if code == "conversation_already_has_active_response":
            self._asked, self._again = False, True
            return ()
        if code in _FATAL:
            return self._failed(trouble(PROVIDER, code, _FATAL[code]))
        if not self.ready:
            # The update is refused as a whole: sound would stay PCM at 24 kHz.
            return self._failed(trouble(PROVIDER, code or kind, Remedy.BUG))
        # The session goes on; what is missing because of it has a deadline.
        return ()

    def _failed(self, trouble: Trouble) -> Sequence[Happened]:
        self.trouble = self.trouble or trouble
        return (EngineFailed(trouble.error, expired=trouble.error.code == "session_expired"),)


def _tool_in(answer: str, item: dict[str, Any]) -> Sequence[Happened]:
    """Return the tool that a whole item asks for: one of an answer that was cancelled is not whole."""
    if text_of(item, "type") != "function_call" or text_of(item, "status") != "completed":
        return ()
    arguments = fields_of(text_of(item, "arguments") or "{}")
    asked = AnswerTool(
        answer,
        text_of(item, "call_id"),
        text_of(item, "name"),
        arguments or {},
        readable=arguments is not None,
    )
    return (asked,)


def _tool(spec: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "name": spec.name,
        "description": spec.description,
        "parameters": spec.parameters,
    }


def _usage(usage: dict[str, Any]) -> EngineUsage | None:
    if not usage:
        return None
    into, out = object_of(usage, "input_token_details"), object_of(usage, "output_token_details")
    return EngineUsage(
        text_in=int(number_of(into, "text_tokens") or 0),
        audio_in=int(number_of(into, "audio_tokens") or 0),
        cached=int(number_of(into, "cached_tokens") or 0),
        text_out=int(number_of(out, "text_tokens") or 0),
        audio_out=int(number_of(out, "audio_tokens") or 0),
    )


def _dumped(message: Mapping[str, Any]) -> str:
    return orjson.dumps(message).decode()
