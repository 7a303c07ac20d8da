"""The tools of a template's own: their offer to the model, and the request to their system.

The system is asked at once while a person waits, signed by Standard Webhooks. One wish of the model keeps one
`webhook-id` in every request, because another process may begin the turn anew.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from voicebot.domain.loopback import is_loopback
from voicebot.domain.templates.own_tool import OwnTool, own_tools_of
from voicebot.domain.templates.tool_address import closed_because, is_named
from voicebot.providers.http.deadlines import AddressesOf
from voicebot.providers.http.public_hosts import CLOSED, Resolve, any_addresses, public_addresses, resolve
from voicebot.providers.http.signed_webhook import PROVIDER, ask_signed, shared_secret
from voicebot.providers.ports import Outcome, ProviderError, ToolSpec
from voicebot.runtime import Runtime
from voicebot.settings import Settings

LONGEST_ANSWER = 2000
"""Characters of an answer that the model is told."""
NOT_NOW = "The system did not answer. Nothing is known to be done: say so, and offer to take a message."
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wish:
    """What the model wants done: `id` is this wish's in its call, text or trial, `said` are the arguments."""

    id: str
    said: Mapping[str, Any]
    caller: str = ""
    """The number of whoever calls or texts, as the carrier tells it."""
    language: str = ""
    verified: bool = False
    """Whether the caller has proven the number by a code in this call."""
    call_id: int | None = None
    message_id: int | None = None
    """The text that is answered, where it is no call."""
    is_trial: bool = False
    """Whether somebody tries a draft: there is nobody for whom anything is to be done."""

    @property
    def webhook_id(self) -> str:
        """What the wish is called where it is asked, the same each time."""
        if self.is_trial:
            return f"tool_trial_{self.id}"
        return f"tool_{self.call_id}_{self.id}" if self.call_id else f"tool_text_{self.message_id}_{self.id}"


@dataclass(frozen=True)
class Asked:
    """Whether a tool's system did what was asked, and the words for the model."""

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
    runtime: Runtime,
    template: Mapping[str, Any],
    name: str,
    wish: Wish,
    resolve: Resolve = resolve,
    *,
    within_s: float | None = None,
) -> Asked | None:
    """Ask a tool's system; None: the template has no such tool.

    `within_s` shortens the tool's own time limit: whoever asks has no more seconds.
    """
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
    timeout_s = tool.timeout_s if within_s is None else min(tool.timeout_s, within_s)
    try:
        status, answer = ask_signed(
            tool.url,
            message_id=wish.webhook_id,
            at=runtime.now(),
            body=_body(runtime, tool, template, wish, {k: v for k, v in told.items() if v}),
            key=_key(runtime.settings, str(template.get("id") or "")),
            addresses_of=_addresses(runtime.settings, tool.url, resolve),
            timeout_s=timeout_s,
        )
    except ProviderError as error:
        # Neither what was asked nor what was answered: both are a caller's.
        about = {"tool": name, "template_id": str(template.get("id") or ""), "call_id": wish.call_id}
        log.warning("a tool of one's own failed", extra=about | {"code": error.code})
        return Asked(False, NOT_NOW, error.code)
    said = answer[:LONGEST_ANSWER].strip()
    if 200 <= status < 300:
        return Asked(True, said or "Done.")
    # It understood and said no: why is for the caller.
    return Asked(False, said or "The system refused this. Say so.")


def _addresses(settings: Settings, url: str, resolve: Resolve) -> AddressesOf | None:
    """Return the way to look up a tool's host; None for this machine. Raises ProviderError when the host is closed.

    A draft may name a host that was allowed when it was stored and is closed now.
    """
    if closed_because(url, settings.tool_hosts, offline=settings.offline):
        raise ProviderError(PROVIDER, CLOSED, Outcome.NOT_SENT)
    if is_named(url, settings.tool_hosts):
        return partial(any_addresses, PROVIDER, resolve=resolve)
    if settings.offline and is_loopback(url):
        return None
    return partial(public_addresses, PROVIDER, resolve=resolve)


def _body(
    runtime: Runtime, tool: OwnTool, template: Mapping[str, Any], wish: Wish, told: Mapping[str, str]
) -> bytes:
    body = {
        "type": "tool.asked",
        "timestamp": runtime.now().isoformat(),
        "data": {
            "tool": tool.name,
            "arguments": told,
            "template": str(template.get("name") or ""),
            "call_id": wish.call_id,
            "message_id": wish.message_id,
            "trial": wish.is_trial,
            "caller": wish.caller,
            "verified": wish.verified,
            "language": wish.language,
        },
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _key(settings: Settings, template_id: str) -> bytes:
    return settings.derived_key(f"own tools {template_id}")


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()[:LONGEST_ANSWER]
