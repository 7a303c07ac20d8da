"""The tools that the model may ask for, and what each does.

A tool is offered only when the call's template allows it, and its arguments are checked here: the model's
word is input, not authority. Tools of a template's own are beside (`services/templates/own_tools.py`); `end_call` and `transfer` are decided by the call core and only described here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voicebot.domain.templates.own_tool import own_tools_of
from voicebot.domain.verification.codes import CodePurpose
from voicebot.providers.ports import ToolSpec
from voicebot.runtime import Runtime
from voicebot.services.dialling import callbacks
from voicebot.services.operators.notice import operator_notice
from voicebot.services.templates import own_tools
from voicebot.services.verification import verify_phone
from voicebot.storage import escalations
from voicebot.storage.catalogue import voices
from voicebot.storage.catalogue.voices import VoiceChange
from voicebot.storage.dialling.callbacks import AskedIn
from voicebot.storage.verification import verifications

MAX_ARGUMENT_CHARS = 2000
MAX_CALL_BACK_CHARS = 80
MESSAGE, CALL_BACK, HUMAN_REQUESTED = "message", "call_back", "human_requested"


@dataclass(frozen=True)
class ToolResult:
    """The result for the model, and the new voice if the tool changed it."""

    ok: bool
    text: str
    voice_id: str | None = None
    expects_code: bool = False


def _object(**properties: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": words} for name, words in properties.items()},
        "additionalProperties": False,
    }


def _message_schema() -> dict[str, Any]:
    schema = _object(
        message="The message, in the caller's words; of a call back what it is about.",
        kind="call_back if they want to be called back, else message.",
        number="Optional: the phone number to call back, if they said another than the one they call from.",
        when="Optional: the time to call back, if they said one.",
    )
    schema["properties"]["kind"]["enum"] = [MESSAGE, CALL_BACK]
    return schema | {"required": ["message"]}


SPECS: dict[str, ToolSpec] = {
    "end_call": ToolSpec("end_call", "End the call, after the goodbye has been said.", _object()),
    "transfer": ToolSpec(
        "transfer",
        "Connect the caller with a person, when they ask for one.",
        _object(reason="Why the caller wants a person, in a few words."),
    ),
    "change_voice": ToolSpec(
        "change_voice",
        "Speak with another voice, when the caller asks for one.",
        _object(
            wish="What kind of voice the caller wants, such as a name, male or female, in English. Leave out if they did not say."
        ),
    ),
    "send_code": ToolSpec(
        "send_code",
        "Send the caller a code by text, to make sure that the phone is theirs, when they want to know or change "
        "something personal.",
        _object(),
    ),
    "take_message": ToolSpec(
        "take_message",
        "Write down a message that the caller wants to leave, or that they want somebody of the team to call them back.",
        _message_schema(),
    ),
    callbacks.CALLBACK.name: callbacks.CALLBACK,
    "escalate": ToolSpec(
        "escalate",
        "Note for the team that this call needs attention: the caller is upset or complains, or you cannot help.",
        _object(reason="What it is about, in a few words."),
    ),
}


def tool_specs(allowed: Sequence[str], template: Mapping[str, Any] | None = None) -> list[ToolSpec]:
    """Return the descriptions of the allowed tools that exist: built in, or of the template's own."""
    known = {tool.name: own_tools.spec_of(tool) for tool in own_tools_of(template or {})} | SPECS
    return [known[name] for name in allowed if name in known]


@dataclass(frozen=True)
class ToolUse:
    """One request of the model in one call. `id` is the answer's and the model's: the same id again has one effect."""

    call_id: int
    id: str
    arguments: Mapping[str, Any]
    voice_id: str | None = None
    """The voice that the caller hears now."""
    number: str = ""
    """The caller's number, as the carrier tells it."""
    language: str = ""
    """The call's, as a tag of BCP 47."""
    verified: bool = False
    """Whether the caller has proven the number by a code."""

    def text(self, name: str) -> str:
        """Return a text argument, trimmed; blank when it is missing or something else."""
        value = self.arguments.get(name)
        return value.strip()[:MAX_ARGUMENT_CHARS] if isinstance(value, str) else ""


def _change_voice(runtime: Runtime, use: ToolUse) -> ToolResult:
    change = voices.next_voice(
        runtime.database, use.call_id, wish=use.text("wish") or None, voice_id=use.voice_id
    )
    if change.voice is None:
        return ToolResult(ok=False, text=_why_kept(change))
    return ToolResult(
        ok=True, text=f"You now speak with the voice {change.voice.name}.", voice_id=change.voice.voice_id
    )


def _why_kept(change: VoiceChange) -> str:
    if change.kept == "already":
        return f"This is that voice already: {change.heard}."
    if change.kept == "no_match":
        # Said in words that may be spoken as they stand.
        offer = f" There are {', '.join(change.others)}." if change.others else ""
        return f"There is no voice like that, so the voice stays as it is.{offer}"
    return "There is no other voice to choose from."


def _take_message(runtime: Runtime, use: ToolUse) -> ToolResult:
    message = use.text("message")
    if not message:
        return ToolResult(ok=False, text="There was no message. Ask the caller what it should say.")
    call_back = use.text("kind") == CALL_BACK
    number, moment = (use.text(name)[:MAX_CALL_BACK_CHARS] for name in ("number", "when"))
    noted = escalations.escalate_call(
        runtime.database,
        use.call_id,
        cause_key=use.id,
        reason=CALL_BACK if call_back else MESSAGE,
        message=message,
        # People dial it, and it is as the caller said it; words are no number.
        call_back_number=number if call_back and any(map(str.isdigit, number)) else None,
        call_back_when=(moment or None) if call_back else None,
        operator_notice=operator_notice(runtime),
    )
    return _noted(runtime, "The wish to be called back" if call_back else "The message", noted=noted)


def _escalate(runtime: Runtime, use: ToolUse) -> ToolResult:
    noted = escalations.escalate_call(
        runtime.database,
        use.call_id,
        # Many such requests in one call are one caller who needs a person.
        cause_key=HUMAN_REQUESTED,
        reason=HUMAN_REQUESTED,
        message=use.text("reason") or None,
        operator_notice=operator_notice(runtime),
    )
    return _noted(runtime, "The matter", noted=noted)


def _noted(runtime: Runtime, what: str, *, noted: bool) -> ToolResult:
    if not noted:
        return ToolResult(ok=False, text="That could not be noted. Say so.")
    runtime.hint.made_work()
    return ToolResult(ok=True, text=f"{what} is noted for the team.")


def _send_code(runtime: Runtime, use: ToolUse) -> ToolResult:
    if use.number.startswith("+"):
        asked = verify_phone.start(
            runtime, use.number, "sms", purpose=CodePurpose.CALL, language=use.language
        )
        if not asked.limited:
            words = "A code is on its way. Ask the caller to say it or key it in."
            return ToolResult(ok=True, text=words, expects_code=True)
        if verifications.running_verification(runtime.database, use.number, CodePurpose.CALL):
            # Asked again too soon, or by a turn that was begun anew.
            words = "A code was sent before and still holds. Ask the caller to say it or key it in."
            return ToolResult(ok=True, text=words, expects_code=True)
    return ToolResult(ok=False, text="No code can be sent to this caller now.")


def _callback(runtime: Runtime, use: ToolUse) -> ToolResult:
    answer = callbacks.use_tool(runtime, use.number, use.arguments, AskedIn(call_id=use.call_id))
    return ToolResult(ok=answer.kept, text=answer.words)


_TOOLS: dict[str, Callable[[Runtime, ToolUse], ToolResult]] = {
    "change_voice": _change_voice,
    "send_code": _send_code,
    "take_message": _take_message,
    "escalate": _escalate,
    callbacks.CALLBACK.name: _callback,
}


def run_tool(
    runtime: Runtime, name: str, use: ToolUse, template: Mapping[str, Any] | None = None
) -> ToolResult:
    """Run one tool of a call, built in or of its template's own."""
    if tool := _TOOLS.get(name):
        return tool(runtime, use)
    wish = own_tools.Wish(
        use.id, use.arguments, use.number, use.language, verified=use.verified, call_id=use.call_id
    )
    done = own_tools.use_own_tool(runtime, template or {}, name, wish)
    return ToolResult(done.ok, done.text) if done else ToolResult(ok=False, text="There is no such tool.")
