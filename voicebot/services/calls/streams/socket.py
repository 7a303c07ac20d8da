"""What a session and its line need of a websocket (`voicebot.sockets.websocket`)."""

from collections.abc import Callable
from typing import Protocol

from voicebot.sockets.ending import SocketClosed


class StreamSocket(Protocol):
    """One websocket of a carrier."""

    @property
    def closed(self) -> bool:
        """Whether it is over."""
        ...

    def receive(self, timeout_s: float | None = None) -> str | bytes | None:
        """Return the next whole message; None when there is none within `timeout_s`. Raises SocketClosed."""
        ...

    def listen(self, hear: Callable[[str | bytes], None]) -> SocketClosed:
        """Pass each message to `hear`, which never waits, until the socket is over; return why it ended."""
        ...

    def send(self, message: str | bytes) -> None:
        """Send a message or queue it; never blocks, and on a closed socket nothing happens."""
        ...

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it; any thread may, more than once."""
        ...
