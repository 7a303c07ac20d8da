"""A bare HTTP/1.1 client: what a load generator may cost beside the server it measures is little."""

import asyncio
from collections import deque
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Connection:
    """One kept-alive connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Pool:
    """Connections to one address, at most `most` at a time, used in turn.

    A server's process keeps the connections that it accepted: in turn, and opened beforehand, they give each process its
    share; the one used last used again would load whichever process happened to accept it.
    """

    def __init__(self, url: str, most: int) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 80
        self._idle: deque[Connection] = deque()
        self._free = asyncio.Semaphore(most)
        self._most = most

    async def open(self) -> None:
        """Open all connections. Raises OSError."""
        for _ in range(self._most):
            self._idle.append(Connection(*await asyncio.open_connection(self._host, self._port)))

    async def post(self, path: str, body: bytes, headers: str) -> int:
        """Send a form, read the whole answer, return its status. Raises OSError, IndexError or ValueError."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        )
        async with self._free:
            connection = (
                self._idle.popleft()
                if self._idle
                else Connection(*await asyncio.open_connection(self._host, self._port))
            )
            connection.writer.write(head.encode() + body)
            status, keep = await _answer(connection.reader)
            if keep:
                self._idle.append(connection)
            else:
                connection.writer.close()
            return status


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head[9:12])
    length = head.find(b"content-length:")
    if length >= 0:
        await reader.readexactly(int(head[length + 15 : head.index(b"\r", length)]))
    elif b"transfer-encoding: chunked" in head:
        while size := int(await reader.readuntil(b"\r\n"), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return status, b"connection: close" not in head
