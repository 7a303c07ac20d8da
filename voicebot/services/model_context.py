"""Assemble what the model may know in a call. The one place that decides it.

Below `verified` nothing private goes in: caller id is a hint, not authentication, so a person's name and
data stay out until a code was given in this very call.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voicebot import prompts
from voicebot.domain.call_state import Assurance, CallState
from voicebot.domain.history import openai_history
from voicebot.providers.ports import ModelRequest
from voicebot.services.run_tool import tool_specs

FIRST_TOKEN_S = 3.0
"""How long one model may keep a caller waiting: two that say nothing still leave time to apologise within 8 s."""
_CONTINUE_AFTER = "assistant"


def instructions(plan: Mapping[str, Any]) -> str:
    """Return the template's own prompt, or the default one."""
    template = plan.get("template") or {}
    return str(template.get("prompt") or prompts.render("assistant"))


def _person(plan: Mapping[str, Any], state: CallState) -> str:
    person = plan.get("person") or {}
    known = [f"{name.replace('_', ' ')}: {value}" for name, value in person.items() if value]
    if state.assurance is not Assurance.VERIFIED or not known:
        return ""
    return "\n\nThe caller is verified. " + "; ".join(known) + "."


def model_request(plan: Mapping[str, Any], state: CallState, *, now: datetime) -> ModelRequest:
    """Return the request for the next answer to what the call's state holds.

    When the history ends in words of our own, the answer was cut off by a lost process: the model goes on from there.
    """
    system = prompts.render(
        "call",
        now=now.strftime("%A, %d %B %Y, %H:%M UTC"),
        language=state.plan.language,
        instructions=instructions(plan),
    )
    messages = [{"role": "system", "content": system + _person(plan, state)}, *openai_history(state)]
    last = messages[-1]
    if last["role"] == _CONTINUE_AFTER and not last.get("tool_calls"):
        messages.append({"role": "system", "content": prompts.render("continue")})
    return ModelRequest(
        messages=messages, tools=tool_specs(state.plan.tools), first_token_timeout_s=FIRST_TOKEN_S
    )
