"""The tools of a template's own: how they are offered to the model, and how their system is asked.

The system is asked at once while the caller waits, signed as Standard Webhooks says. The same wish of the model has the same
`webhook-id` however often it is asked for, because a turn may be begun anew by another process.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from voicebot.domain.loopback import is_loopback
from voicebot.domain.templates.own_tool import OwnTool, own_tools_of
from voicebot.providers.http.public_hosts import Resolve, public_addresses, resolve
from voicebot.providers.http.signed_webhook import PROVIDER, ask_signed, shared_secret
from voicebot.providers.ports import ProviderError, ToolSpec
from voicebot.runtime import Runtime
from voicebot.settings import Settings

LONGEST_ANSWER = 2000
"""Characters of an answer that the model is told."""
NOT_NOW = "The system did not answer. Nothing is known to be done: say so, and offer to take a message."


@dataclass(frozen=True)
class Wish:
    """What the model wants done: `id` is this wish's in its call, `said` the arguments, `caller` who is on the phone."""

    call_id: int
    id: str
    said: Mapping[str, Any]
    caller: str
    """The number, as the carrier tells it."""
    language: str
    verified: bool
    """Whether the caller has proven the number by a code."""


@dataclass(frozen=True)
class Asked:
    """Whether a tool's system did what was asked, and what the model is told of it."""

    ok: bool
    text: str
    failed: str = ""
    """How the exchange broke off, as `http_500` or `closed_address`, for whoever looks after the system."""


def spec_of(tool: OwnTool) -> ToolSpec:
    """Return the tool as the model is offered it."""
    properties = {name: {"type": "string", "description": words} for name, words in tool.arguments.items()}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return ToolSpec(
        tool.name, tool.description, schema | ({"required": tool.required} if tool.required else {})
    )


def secret_of(settings: Settings, template_id: str) -> str:
    """Return what the system behind a template's own tools checks the signatures with."""
    return shared_secret(_key(settings, template_id))


def use_own_tool(
    runtime: Runtime, template: Mapping[str, Any], name: str, wish: Wish, resolve: Resolve = resolve
) -> Asked | None:
    """Ask a tool's system; None: the template has no such tool."""
    tool = next((tool for tool in own_tools_of(template) if tool.name == name), None)
    if tool is None:
        return None
    if tool.needs_code and not wish.verified:
        return Asked(
            False, "This is only for callers who have proven their number: offer to send a code first."
        )
    told = {each: _text(wish.said.get(each)) for each in tool.arguments}
    missing = [each for each in tool.required if not told[each]]
    if missing:
        wanted = "; ".join(tool.arguments[each] for each in missing)
        return Asked(False, f"Something is missing. Ask the caller for it, then use the tool again: {wanted}")
    try:
        status, answer = _ask(runtime, tool, template, wish, {k: v for k, v in told.items() if v}, resolve)
    except ProviderError as error:
        return Asked(False, NOT_NOW, error.code)
    said = answer[:LONGEST_ANSWER].strip()
    if 200 <= status < 300:
        return Asked(True, said or "Done.")
    # It understood and said no: why is for the caller.
    return Asked(False, said or "The system refused this. Say so.")


def _ask(
    runtime: Runtime,
    tool: OwnTool,
    template: Mapping[str, Any],
    wish: Wish,
    told: Mapping[str, str],
    resolve: Resolve,
) -> tuple[int, str]:
    # A template that was tried without accounts may still name this machine: with accounts its address is closed.
    here = runtime.settings.offline and is_loopback(tool.url)
    now = runtime.now()
    body = {
        "type": "tool.asked",
        "timestamp": now.isoformat(),
        "data": {
            "tool": tool.name,
            "arguments": told,
            "template": str(template.get("name") or ""),
            "call_id": wish.call_id,
            "caller": wish.caller,
            "verified": wish.verified,
            "language": wish.language,
        },
    }
    return ask_signed(
        tool.url,
        message_id=f"tool_{wish.call_id}_{wish.id}",
        at=now,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        key=_key(runtime.settings, str(template.get("id") or "")),
        addresses_of=None if here else partial(public_addresses, PROVIDER, resolve=resolve),
        timeout_s=tool.timeout_s,
    )


def _key(settings: Settings, template_id: str) -> bytes:
    return settings.derived_key(f"own tools {template_id}")


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()[:LONGEST_ANSWER]
