"""Read a stream of server-sent events whose data is JSON, straight from bytes.

The SDK would build a pydantic object for every token; at hundreds of tokens a second on one core that is the
largest single cost of a call, so tokens go from the socket through orjson and nothing else.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from voicebot.providers.http.errors import unreadable

END: dict[str, Any] = {}
"""What `read_events` yields for `data: [DONE]`; compare with `is`."""

MAX_LINE = 1 << 20


def read_events(chunks: Iterable[bytes], provider: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON object of every `data:` line, and END.

    Comments, `event:`/`id:` lines, blank lines and line ends of either kind are passed over; chunks may break
    anywhere. Goes on after END until the bytes end, so that the connection can be used again.
    Raises ProviderError for data that is no JSON object, an answer without any event, an endless line.
    """
    rest, seen, junk = b"", False, False
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if len(rest) > MAX_LINE:
            raise unreadable(provider)
        for line in lines:
            if line.startswith(b"data:"):
                seen = True
                yield _event(line[5:], provider)
            elif line.strip() and not line.startswith((b":", b"event:", b"id:", b"retry:")):
                junk = True
    if rest.startswith(b"data:"):
        # The last line of a server that ends without a line feed, or half an event of one that broke off.
        seen = True
        yield _event(rest[5:], provider)
    elif rest.strip():
        junk = True
    if junk and not seen:
        raise unreadable(provider)


def one_event(data: bytes, provider: str) -> dict[str, Any]:
    """Return the JSON object that `data` is. Raises ProviderError for anything else."""
    try:
        event = read_json(data)
    except ValueError as error:
        raise unreadable(provider) from error
    if not isinstance(event, dict):
        raise unreadable(provider)
    return event


def read_json(data: bytes | str) -> Any:
    """Return the value of `data`, even with half a character or a control character in it. Raises ValueError.

    Some servers cut an emoji between two chunks, and escape each half on its own.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return json.loads(data, strict=False)
        except RecursionError as error:
            raise ValueError("nested too deep") from error


def _event(data: bytes, provider: str) -> dict[str, Any]:
    data = data.strip()
    return END if data == b"[DONE]" else one_event(data, provider)
