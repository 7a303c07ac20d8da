"""The body of an answer that comes in chunks, straight from its socket to whoever reads it.

Through httpx and h11 each piece passes eight generators, which is most of what a token costs. Here whole chunks are cut out of what
the socket gives. Whatever is not plain (the last chunk, a broken one, a body of another kind) is left to the library, which
goes on where we stopped: it sees the same chunks without those that were given on, and so decides about the connection.
"""

import re
import socket
from collections.abc import Iterator
from typing import Any

from voicebot.providers.http.closable import shut
from voicebot.providers.http.deadlines import Deadline

READ_AT_ONCE = 64 * 1024
LONGEST_SIZE_LINE = 64
_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}")
_ONE = re.compile(rb"([0-9a-fA-F]{1,4})\r\n(.*)\r\n", re.DOTALL)
_LINE_END, _LAST = b"\r\n", b"0\r\n\r\n"


def body_of(response: Any, deadline: Deadline) -> Iterator[bytes]:
    """Yield the body of a streamed answer of httpx2 as it comes, decoded. Raises what the library raises, or an OSError."""
    under = _under(response)
    if under is not None:
        h11, connection = under
        buffer = h11._receive_buffer
        chunks = Chunks(bytes(buffer.maybe_extract_at_most(len(buffer)) or b""))
        yield from _direct(chunks, connection, deadline)
        if rest := chunks.rest():
            # Nothing would tell it that the connection has ended.
            h11.receive_data(rest)
            if rest == _LAST and type(h11.next_event()).__name__ == "EndOfMessage":
                return
    yield from response.iter_bytes()


def _under(response: Any) -> tuple[Any, Any] | None:
    """Return the library's parser and its source, when only chunks separate us from the body of an answer to `Poster`."""
    headers, line = response.headers, getattr(response.stream, "line", None)
    if line is None or headers.get("transfer-encoding", "").lower() != "chunked":
        return None
    return None if "content-encoding" in headers else (line._h11_state, line._network_stream)


def _direct(chunks: "Chunks", connection: Any, deadline: Deadline) -> Iterator[bytes]:
    """Yield what comes until something is for the library to say."""
    client: socket.socket = connection.get_extra_info("socket")
    receive, set_timeout = client.recv, client.settimeout
    exchange = deadline.exchange
    if exchange is None:
        return
    with exchange.waiting(lambda: shut(connection)):
        while True:
            data = chunks.take()
            if data:
                yield data
            if not chunks.plain:
                return
            left_s = deadline.left()
            if left_s <= 0:
                raise TimeoutError
            set_timeout(left_s)
            chunks.add(receive(READ_AT_ONCE))


class Chunks:
    """What a socket gives of a body in chunks (RFC 9112, 7.1), from the begin of a chunk on."""

    def __init__(self, begun: bytes) -> None:
        self._held, self._left = begun, 0
        """`_left`: so much is still to come of the chunk, with the line end behind it; 0: its size is the next thing."""
        self.plain = True
        """Nothing has come yet that is the library's to judge."""

    def add(self, data: bytes) -> None:
        """Add what was read; nothing is the end of the connection."""
        self._held = self._held + data if self._held else data
        self.plain = bool(data)

    def take(self) -> bytes:
        """Return the content that is there."""
        held, left, at, end = self._held, self._left, 0, len(self._held)
        if not left and (whole := _ONE.fullmatch(held)) and int(whole[1], 16) == len(whole[2]) > 0:
            # What comes by itself mostly.
            self._held = b""
            return whole[2]
        found = []
        while True:
            if left:
                ends = min(at + left - len(_LINE_END), end)
                if ends > at:
                    found.append(held[at:ends])
                    left -= ends - at
                    at = ends
                if left > len(_LINE_END) or end - at < len(_LINE_END):
                    break
                if not held.startswith(_LINE_END, at):
                    self.plain = False
                    break
                at, left = at + len(_LINE_END), 0
            line_ends = held.find(_LINE_END, at)
            if line_ends < 0:
                self.plain = self.plain and end - at <= LONGEST_SIZE_LINE
                break
            size = int(held[at:line_ends], 16) if _SIZE.fullmatch(held, at, line_ends) else 0
            if not size:
                self.plain = False
                break
            at, left = line_ends + len(_LINE_END), size + len(_LINE_END)
        self._held, self._left = held[at:], left
        return found[0] if len(found) == 1 else b"".join(found)

    def rest(self) -> bytes:
        """Return chunks with the rest, for a parser that has seen none of them."""
        left = self._left
        if left > len(_LINE_END):
            return b"%x\r\n" % (left - len(_LINE_END)) + self._held
        # A chunk was taken and its line end is missing or wrong: no size either.
        return (b"-" if left and self._held else b"") + self._held
