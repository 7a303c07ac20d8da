"""The conversation of a Realtime session: its items, what a client may do to them, and how they read as chat messages."""

from typing import Any

from simulator.providers.openai.realtime_session import Refused

BYTES_A_MS = 8
_ROLES = {"user": "input_text", "system": "input_text", "assistant": "output_text"}


class Items:
    """In their order."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, Any]] = {}
        self.produced: dict[str, int] = {}
        """Bytes of sound of each item."""

    @property
    def last(self) -> str | None:
        """The newest item."""
        return next(reversed(self._items), None)

    def add(self, item: dict[str, Any]) -> str | None:
        """Take an item in; return the one before it."""
        previous = self.last
        self._items[item["id"]] = item
        return previous

    def made_of(self, given: Any, name: str) -> dict[str, Any]:
        """Return the item that a client wants; `name` is its id if it has none. Raises Refused."""
        item: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
        kind = item.get("type")
        if kind == "message":
            wanted = _ROLES.get(item.get("role", ""))
            if wanted is None or any(part.get("type") != wanted for part in item.get("content") or []):
                raise Refused("invalid_value", "The content does not fit the role.", "item.content")
        elif kind not in ("function_call", "function_call_output"):
            raise Refused("invalid_value", "The type of the item is not known.", "item.type")
        item.setdefault("id", name)
        return {**item, "object": "realtime.item", "status": "completed"}

    def delete(self, id: str) -> None:
        """Take an item out. Raises Refused."""
        if self._items.pop(id, None) is None:
            raise Refused("item_delete_invalid_item_id", "There is no such item.", "item_id")

    def truncate(self, id: str, end_ms: Any) -> None:
        """So much of an answer was heard. Raises Refused."""
        item = self._items.get(id)
        if item is None or item.get("role") != "assistant":
            raise Refused("item_truncate_invalid_item_id", "There is no such item.", "item_id")
        if not isinstance(end_ms, int) or end_ms < 0:
            raise Refused("integer_below_min_value", "Expected a value >= 0.", "audio_end_ms")
        has_ms = self.produced.get(id, 0) // BYTES_A_MS
        if end_ms > has_ms:
            raise Refused(None, f"Audio content of {has_ms}ms is already shorter than {end_ms}ms", None)
        # The model knows what was heard; the server's own text is gone.
        text = item.get("text", "")
        item["heard"] = text[: len(text) * end_ms // max(1, has_ms)]

    def messages(self) -> list[dict[str, Any]]:
        """Return what the model knows, as chat messages."""
        messages: list[dict[str, Any]] = []
        for item in self._items.values():
            if item["type"] == "function_call":
                function = {"name": item["name"], "arguments": item["arguments"]}
                asked = {"id": item["call_id"], "type": "function", "function": function}
                messages.append({"role": "assistant", "content": None, "tool_calls": [asked]})
            elif item["type"] == "function_call_output":
                output = str(item.get("output"))
                messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": output})
            else:
                words = item.get("heard", item.get("text"))
                if words is None:
                    words = " ".join(str(part.get("text") or "") for part in item["content"])
                messages.append({"role": item["role"], "content": words})
        return messages
