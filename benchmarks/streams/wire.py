"""A caller's side of a websocket that costs the generator little: text frames out, whole messages in, on asyncio.

Frames are masked with zeros, which every server takes and which changes no byte. Not for anything but this machine.
"""

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

Message = Callable[[bytes], None]
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_MASK = b"\0\0\0\0"


class Refused(ConnectionError):
    """The upgrade was not answered with 101."""


class Wire(asyncio.Protocol):
    """One socket. `gone` is called once, however it ended."""

    def __init__(
        self, url: str, headers: Mapping[str, str], message: Message, gone: Callable[[], None]
    ) -> None:
        parts = urlsplit(url)
        lines = [
            f"GET {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1", f"Host: {parts.netloc}",
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            *(f"{name}: {value}" for name, value in headers.items()), "", "",
        ]  # fmt: skip
        self._hello = "\r\n".join(lines).encode()
        self._message, self._gone = message, gone
        self._buffer = b""
        self._upgraded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    @property
    def open(self) -> bool:
        """Whether something may be sent."""
        return self._transport is not None and self._upgraded.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._hello)

    def connection_lost(self, _error: Exception | None) -> None:
        """Tell that it is over."""
        self._transport = None
        if not self._upgraded.done():
            self._upgraded.set_exception(Refused("the connection ended"))
        self._gone()

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        self._buffer += data
        if not self._upgraded.done():
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self._buffer = rest
            if b" 101 " not in head.split(b"\r\n", 1)[0] + b" ":
                self._upgraded.set_exception(Refused(head.split(b"\r\n", 1)[0].decode("latin-1")))
                self.drop()
                return
            self._upgraded.set_result(None)
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            length, begins = buffer[at + 1] & 0x7F, at + 2
            if length >= 126:
                begins += 2 if length == 126 else 8
                length = int.from_bytes(buffer[at + 2 : begins])
            if len(buffer) < begins + length:
                break
            self._take(buffer[at] & 0x0F, buffer[begins : begins + length])
            at = begins + length
        self._buffer = buffer[at:]

    def send(self, text: bytes) -> None:
        """Send a message."""
        self._send(_TEXT, text)

    def goodbye(self) -> None:
        """Say that it is over; the server ends the connection."""
        self._send(_CLOSE, (1000).to_bytes(2))

    def drop(self) -> None:
        """End it without a word."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            self._message(payload)
        elif opcode == _PING:
            self._send(_PONG, payload)
        elif opcode == _CLOSE:
            self._send(_CLOSE, payload[:2])

    def _send(self, opcode: int, payload: bytes) -> None:
        if self._transport is None:
            return
        length = len(payload)
        if length < 126:
            head = bytes((0x80 | opcode, 0x80 | length))
        else:
            head = bytes((0x80 | opcode, 0xFE)) + length.to_bytes(2)
        self._transport.write(head + _MASK + payload)

    async def upgraded(self) -> None:
        """Wait for the server's 101. Raises Refused."""
        await self._upgraded


async def open_wire(
    url: str, headers: Mapping[str, str], message: Message, gone: Callable[[], None], within_s: float = 20.0
) -> Wire:
    """Open a websocket. Raises OSError, TimeoutError."""
    parts = urlsplit(url)
    async with asyncio.timeout(within_s):
        _, wire = await asyncio.get_running_loop().create_connection(
            lambda: Wire(url, headers, message, gone), parts.hostname, parts.port
        )
        await wire.upgraded()
    return wire
