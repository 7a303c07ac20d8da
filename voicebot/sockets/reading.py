"""One thread that reads many websockets: each round it takes what has come on any of them.

A thread for each socket would be woken for each of its frames, and ask the system twice. A round costs the same however many
sockets have something: it comes at most each 10 ms, so that frames of all calls are taken together.
"""

import select
import threading
import time
from typing import Any, Protocol

from gevent import monkey

ROUND_S = 0.01
LOOKS_EACH_S = 0.5
"""How often each socket is asked what is due there."""
TAKEN_AT_ONCE = 32
"""Sockets that are read before others have their turn: a socket's frame costs some 30 µs."""


class Readable(Protocol):
    """A socket that has something, or has had nothing for a while. Neither waits, nor raises."""

    def came(self) -> None:
        """Take what has come."""
        ...

    def look(self) -> None:
        """Do what is due by now."""
        ...


class Reader:
    """Reads all that are given to it. Its thread lives while there are some."""

    def __init__(self) -> None:
        self._lock, self._taking = threading.Lock(), threading.RLock()
        self._sockets: dict[int, Readable] = {}
        self._epoll: Any = None
        self._looked = 0.0

    def add(self, descriptor: int, socket: Readable) -> None:
        """Read a socket from now on."""
        with self._lock:
            if self._epoll is None:
                # gevent hides it because it blocks; here it is called only for data that is already there.
                self._epoll = monkey.get_original("select", "epoll")()
                threading.Thread(
                    target=self._read, args=(self._epoll,), name="socket-reader", daemon=True
                ).start()
            self._sockets[descriptor] = socket
            self._epoll.register(descriptor, select.POLLIN)

    def remove(self, descriptor: int) -> None:
        """Read it no longer; returns when nobody does. Its descriptor is still open."""
        with self._lock:
            del self._sockets[descriptor]
            self._epoll.unregister(descriptor)
        with self._taking:
            pass

    def _read(self, epoll: Any) -> None:
        waiting = select.poll()
        waiting.register(epoll.fileno(), select.POLLIN)
        while True:
            ready = epoll.poll(0)
            if not ready and waiting.poll(LOOKS_EACH_S * 1000):
                ready = epoll.poll(0)
            with self._lock:
                if not self._sockets:
                    # The next one begins anew.
                    self._epoll = None
                    epoll.close()
                    return
            self._take([descriptor for descriptor, _ in ready])
            time.sleep(ROUND_S)

    def _take(self, ready: list[int]) -> None:
        for start in range(0, len(ready), TAKEN_AT_ONCE):
            if start:
                time.sleep(0)
            with self._taking:
                for descriptor in ready[start : start + TAKEN_AT_ONCE]:
                    if socket := self._sockets.get(descriptor):
                        socket.came()
        now = time.monotonic()
        if now - self._looked >= LOOKS_EACH_S:
            self._looked = now
            for descriptor, socket in list(self._sockets.items()):
                with self._taking:
                    if self._sockets.get(descriptor) is socket:
                        socket.look()


reader = Reader()
"""The one of this process."""
