"""The websockets that are open in this process."""

import threading

from voicebot.sockets.websocket import WebSocket

RESTART = 1012


class OpenSockets:
    """Knows them, so that a process that stops waits for them and then closes what is left. Safe between threads."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._open: set[WebSocket] = set()

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, socket: WebSocket) -> None:
        """It is open."""
        with self._change:
            self._open.add(socket)

    def leave(self, socket: WebSocket) -> None:
        """It is closed, and its session is over."""
        with self._change:
            self._open.discard(socket)
            self._change.notify_all()

    def let_go(self, within_s: float) -> int:
        """Wait until all have left; close with 1012 what is open after that, and return how many those were.

        Their sessions find them closed, and hand their calls over as after any lost socket.
        """
        with self._change:
            self._change.wait_for(lambda: not self._open, within_s)
            left = list(self._open)
        for socket in left:
            socket.close(RESTART, "restart")
        return len(left)
