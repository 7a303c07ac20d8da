"""Tell the model what its tools answered: the request that follows the one in which it asked for them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

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
    functions = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments))},
        }
        for call in calls
    ]
    told = [{"role": "tool", "tool_call_id": call.id, "content": results[call.id]} for call in calls]
    asked = {"role": "assistant", "content": words or None, "tool_calls": functions}
    return replace(request, messages=[*request.messages, asked, *told], tools=tools)
