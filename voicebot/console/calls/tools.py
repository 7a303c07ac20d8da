"""The tools of a call, each under the utterance before it: its arguments, its duration and its result."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from voicebot.domain.call.shown.starred import starred

Row = Mapping[str, Any]


def tools_by_utterance(page: Row, numbers: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """Return an utterance's number -> the tools behind it; of the core's history, with times where they were kept."""
    timed = {(one["gen"], one["tool_id"]): one for one in page["tools"]}
    found: dict[int, list[dict[str, Any]]] = {}
    after, seen = min(numbers, default=0), set()
    for entry in (page.get("state") or {}).get("history") or ():
        number, tool = entry.get("number"), entry.get("tool")
        if number is not None:
            after = number
        if tool:
            key = (entry.get("gen", 0), tool["id"])
            seen.add(key)
            found.setdefault(after, []).append(_of_history(tool, timed.get(key)))
    for key, kept in timed.items():
        if key not in seen:
            # The core's history forgets the oldest entries.
            place = max(
                (one for one in numbers if one < (kept["before_number"] or 0)),
                default=min(numbers, default=0),
            )
            found.setdefault(place, []).append(_of_row(kept))
    return found


def _of_history(tool: Row, kept: Row | None) -> dict[str, Any]:
    if kept is not None:
        return _of_row(kept)
    return {
        "name": tool["name"],
        "arguments": starred(tool.get("arguments") or "{}"),
        "result": starred(tool.get("result") or ""),
        "state": "done" if tool.get("ok") else "running" if tool.get("result") is None else "failed",
        "ms": None,
    }


def _of_row(kept: Row) -> dict[str, Any]:
    took = datetime.fromisoformat(kept["ended_at"]) - datetime.fromisoformat(kept["began_at"])
    return {
        "name": kept["name"],
        "arguments": kept["arguments"] or "{}",
        "result": kept["result"] or "",
        "state": "done" if kept["ok"] else "failed",
        "ms": max(0, round(took.total_seconds() * 1000)),
    }
