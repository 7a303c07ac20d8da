"""What a call is going to be like: its template's wishes, the caller's taste and our defaults made one plan."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from voicebot.domain.call_plan import BUILT_IN_TOOLS, CallPlan

if TYPE_CHECKING:
    from voicebot.runtime import Runtime


SILENCE_S = 6


def call_plan(runtime: "Runtime", plan: Mapping[str, Any]) -> CallPlan:
    """Return the core's plan from what `begin_call` found (`{"template": …, "voice_id": …, "language": …}`)."""
    settings = runtime.settings
    template = plan.get("template") or {}
    limits = template.get("limits") or {}
    language = plan.get("language") or "en-US"
    tools = template.get("tools")
    return CallPlan(
        greeting=template.get("greeting") or "",
        language=language,
        voice_id=plan.get("voice_id"),
        tools=tuple(tools if tools is not None else BUILT_IN_TOOLS),
        transfer_to=template.get("transfer_to") or settings.operator_phone_number or None,
        record=bool(template.get("record")),
        recording_announcement=template.get("recording_announcement") or "",
        max_duration_s=_whole(limits.get("max_duration_s"), settings.max_call_seconds),
        silence_timeout_s=_whole(limits.get("silence_timeout_s"), SILENCE_S),
        hints=tuple(str(hint) for hint in limits.get("hints") or ()),
    )


def _whole(value: Any, default: int) -> int:
    """Return a limit of a template, which people write by hand; nonsense counts as unsaid."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default
