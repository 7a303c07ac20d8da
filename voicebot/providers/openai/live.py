"""OpenAI's GPT-Live (providers' handbook 3.11), which listens while it speaks: no turns, no ends of answers, nothing to cut or to stop.

Pure, no sockets. It reports through the same port as `realtime.py`; no template chooses it yet.
"""

from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Sequence
from typing import Any

import orjson

from voicebot.providers.hearing.dialect import (
    Message,
    Remedy,
    Trouble,
    fields_of,
    garbage,
    number_of,
    object_of,
    text_of,
    trouble,
)
from voicebot.providers.openai.realtime import PROVIDER, VOICE, Happened
from voicebot.providers.ports.engine import (
    AnswerSound,
    AnswerTool,
    AnswerWords,
    CallerWords,
    EngineFailed,
    EngineItem,
    EngineReady,
    EngineSetup,
    EngineUsage,
    EngineUsed,
    Told,
    ToolResult,
    ToolUsed,
)

MODEL = "gpt-live-1.1"
DELEGATION = "delegation"
"""The tool that it asks for: somebody else is to think, who reads the words so far."""
_CLOSE = '{"type":"session.close"}'


class LiveDialect:
    """One session's talk."""

    provider = PROVIDER

    def __init__(self, setup: EngineSetup) -> None:
        self._setup = setup
        self.ready = False
        self.trouble: Trouble | None = None
        self._delegations: set[str] = set()
        self._seconds = 0.0

    # --- what we say ---

    def opening(self) -> Sequence[Message]:
        """Begin: voice, format and instructions stay as they are here."""
        setup = self._setup
        sound = {"format": {"type": "audio/pcmu", "rate": 8000}, "output": {"voice": setup.voice or VOICE}}
        session = {"model": MODEL, "audio": sound, "instructions": setup.instructions}
        return (_dumped({"type": "session.start", "session": {**session, "delegation": {"type": "client"}}}),)

    def sound(self, mulaw: bytes) -> Message:
        """Return the message for a piece of the caller's sound."""
        return f'{{"type":"session.input_audio.append","audio":"{b64encode(mulaw).decode()}"}}'

    def instruct(self, instructions: str) -> Message:
        """Return the message that changes how the engine behaves."""
        return self._appended("instructions", instructions, "")

    def add(self, item: EngineItem) -> Sequence[Message]:
        """Return what takes something into the conversation; what a delegation brought is said."""
        match item:
            case Told(id, _, text):
                return (self._appended("thinking", text, id),)
            case ToolResult(call_id, output):
                return (self._appended("commentary", output, call_id),)
            case ToolUsed():
                return ()

    def forget(self, item: str) -> Sequence[Message]:
        """Nothing is taken out."""
        del item
        return ()

    def answer(self) -> Sequence[Message]:
        """It answers by itself."""
        return ()

    def stop(self, answer: str) -> Sequence[Message]:
        """It stops by itself."""
        del answer
        return ()

    def cut(self, item: str, heard_ms: int) -> Sequence[Message]:
        """It knows: its sound comes as fast as it is played."""
        del item, heard_ms
        return ()

    def goodbye(self) -> Sequence[Message]:
        """End the session."""
        return (_CLOSE,)

    # --- what the server says ---

    def heard(self, message: Message) -> Sequence[Happened]:
        """Return the meaning of a message. Unknown messages and fields mean nothing."""
        fields = fields_of(message)
        if fields is None:
            return self._failed(garbage(PROVIDER))
        match text_of(fields, "type").removeprefix("session."):
            case "started" if not self.ready:
                self.ready = True
                return (EngineReady(number_of(object_of(fields, "session"), "expires_at")),)
            case "input_transcript.delta":
                return (CallerWords("", text_of(fields, "delta"), final=False),)
            case "output_transcript.delta":
                return (AnswerWords("", text_of(fields, "delta")),)
            case "output_audio.delta":
                return self._sound(text_of(fields, "delta"))
            case "delegation.created":
                delegation = text_of(object_of(fields, "delegation"), "id")
                self._delegations.add(delegation)
                return (AnswerTool("", delegation, DELEGATION),)
            case "usage.updated":
                return self._used(number_of(object_of(fields, "usage"), "seconds") or 0.0)
            case "closed":
                expired = text_of(fields, "reason") == "expired"
                code = "session_expired" if expired else text_of(fields, "reason")
                return self._failed(trouble(PROVIDER, code, Remedy.RECONNECT, otherwise="closed"))
            case "error":
                code = text_of(object_of(fields, "error"), "code")
                return () if self.ready else self._failed(trouble(PROVIDER, code, Remedy.BUG))
            case _:
                return ()

    def closed(self, code: int, reason: str) -> Sequence[Happened]:
        """Say what the server's goodbye means."""
        del code, reason
        return self._failed(trouble(PROVIDER, "dropped", Remedy.RECONNECT))

    def _sound(self, delta: str) -> Sequence[Happened]:
        try:
            return (AnswerSound("", "", b64decode(delta, validate=True)),)
        except (ValueError, BadBase64):
            return self._failed(garbage(PROVIDER))

    def _used(self, seconds: float) -> Sequence[Happened]:
        """The server tells the sum; the port what is new of it."""
        new, self._seconds = max(0.0, seconds - self._seconds), max(seconds, self._seconds)
        return (EngineUsed(EngineUsage(seconds=new)),)

    def _appended(self, what: str, content: str, delegation: str) -> Message:
        asked = delegation if delegation in self._delegations else None
        return _dumped({"type": f"session.{what}.append", "content": content, "delegation_id": asked})

    def _failed(self, trouble: Trouble) -> Sequence[Happened]:
        self.trouble = self.trouble or trouble
        return (EngineFailed(trouble.error, expired=trouble.error.code == "session_expired"),)


def _dumped(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()
