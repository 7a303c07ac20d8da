"""The websockets that are open in this process."""

import threading
from typing import Protocol

RESTART = 1012


class Closable(Protocol):
    """A websocket, as far as it matters here: whoever counts them need not load the protocol."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye and return."""
        ...


class OpenSockets:
    """The open sockets of a process, which waits for them before it stops and then closes the rest. Safe between threads."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._open: set[Closable] = set()

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, socket: Closable) -> None:
        """It is open."""
        with self._change:
            self._open.add(socket)

    def leave(self, socket: Closable) -> None:
        """It is closed, and its session is over."""
        with self._change:
            self._open.discard(socket)
            self._change.notify_all()

    def let_go(self, within_s: float) -> int:
        """Wait until all have left; then close the open ones with 1012 and return how many. Their sessions hand the
        calls over as after any lost socket.
        """
        with self._change:
            self._change.wait_for(lambda: not self._open, within_s)
            left = list(self._open)
        for socket in left:
            socket.close(RESTART, "restart")
        return len(left)
