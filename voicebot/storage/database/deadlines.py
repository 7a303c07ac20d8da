"""End database calls whose server has fallen silent: frozen, or behind a network that drops everything."""

import os
import socket
import threading
import time
from typing import Any

import psycopg

LOOK_EVERY_S = 0.5
Connection = psycopg.Connection[Any]


class Deadlines:
    """Closes connections that have been busy for longer than the limit; the thread that waits on one then fails."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._busy: dict[Connection, float] = {}
        self._closed = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, connection: Connection) -> None:
        """The connection is busy from now on."""
        if self._thread is None:
            self._start()
        self._busy[connection] = time.monotonic()

    def end(self, connection: Connection) -> None:
        """The connection is done, well or badly."""
        del self._busy[connection]

    def close(self) -> None:
        """Stop looking."""
        self._closed.set()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="database-deadlines", daemon=True)
                self._thread.start()

    def _look(self) -> None:
        while not self._closed.wait(LOOK_EVERY_S):
            overdue = time.monotonic() - self._limit_s
            for connection, since in list(self._busy.items()):
                # Looked up again: it may be back at work for somebody else by now.
                if since < overdue and self._busy.get(connection) == since:
                    _hang_up(connection)


def _hang_up(connection: Connection) -> None:
    # A second file descriptor of the same socket: shutting it down wakes the waiter, closing it frees only the copy.
    try:
        with socket.socket(fileno=os.dup(connection.pgconn.socket)) as wire:
            wire.shutdown(socket.SHUT_RDWR)
    except (OSError, psycopg.Error):
        # It ended by itself in the meantime.
        return
