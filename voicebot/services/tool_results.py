"""Build the request that follows tool calls: it gives the model the tools' results."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from voicebot.domain.call.history import answer_messages
from voicebot.domain.call.utterances import ToolUse
from voicebot.providers.ports import ModelRequest, ToolCall, ToolSpec

NOT_READABLE = "The arguments could not be read. Nothing was done."


def with_results(
    request: ModelRequest,
    words: str,
    calls: Sequence[ToolCall],
    results: Mapping[str, str],
    tools: tuple[ToolSpec, ...],
) -> ModelRequest:
    """Return the request for the words that follow the tools; `results` are by the calls' ids, `tools` what may still be used."""
    used = [ToolUse(call.id, call.name, json.dumps(dict(call.arguments)), results[call.id]) for call in calls]
    return replace(request, messages=[*request.messages, *answer_messages(words, used)], tools=tools)
