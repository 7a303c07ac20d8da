"""What a session needs of a websocket."""

from typing import Protocol


class SocketClosed(Exception):
    """The socket is closed, by whichever side."""

    def __init__(self, code: int = 1006, reason: str = "") -> None:
        super().__init__(f"closed with {code}")
        self.code, self.reason = code, reason


class StreamSocket(Protocol):
    """One websocket of a carrier."""

    closed: bool

    def receive(self, timeout_s: float | None = None) -> str | bytes | None:
        """Return the next whole message; None when there is none within `timeout_s`. Raises SocketClosed."""
        ...

    def send(self, message: str | bytes) -> None:
        """Queue a message for the writer; never blocks."""
        ...

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close it; any thread may, more than once."""
        ...
