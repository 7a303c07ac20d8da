"""A provider's streams, which any thread may close while another one waits for the next piece.

A running generator cannot be closed from outside; to end it, one must end what it waits for.
"""

import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Generic, TypeVar

Piece = TypeVar("Piece")


class Closed(ConnectionError):
    """The exchange was ended from our side."""


class Exchange:
    """One request and its answer; it knows what it waits for, so that the wait can be ended."""

    def __init__(self) -> None:
        self.ended = False
        self._change = threading.Lock()
        self._stop: Callable[[], None] | None = None

    def end(self) -> None:
        """End it, from any thread: a waiting thread wakes up, and no later wait begins."""
        with self._change:
            self.ended, stop = True, self._stop
        if stop is not None:
            stop()

    @contextmanager
    def waiting(self, stop: Callable[[], None]) -> Iterator[None]:
        """Wait for something that `stop` ends. Raises Closed when the exchange has been ended."""
        with self._change:
            if self.ended:
                raise Closed
            self._stop = stop
        try:
            yield
        finally:
            self._stop = None


class ClosableStream(Generic[Piece]):
    """The items of a generator, until it ends or is closed. Only one thread may read."""

    def __init__(self, pieces: Generator[Piece], exchange: Exchange) -> None:
        """`pieces` waits only inside `exchange`."""
        self._pieces, self._exchange = pieces, exchange

    def __iter__(self) -> "ClosableStream[Piece]":
        return self

    def __next__(self) -> Piece:
        try:
            return next(self._pieces)
        except Exception:
            if self._exchange.ended:
                # A stream that was cut off breaks in many ways, all of them wanted.
                raise StopIteration from None
            raise

    def close(self) -> None:
        """End the stream and give back what it holds; any thread may, more than once."""
        self._exchange.end()
        # A reader is in it just now: it finds its connection closed, and leaves.
        with suppress(ValueError):
            self._pieces.close()


def shut(connection: Any) -> None:
    """Wake the reader of a connection (httpcore's NetworkStream): no more data comes."""
    with suppress(OSError):
        # Not TLS's own method, which unwraps first: another thread is reading through it.
        socket.socket.shutdown(connection.get_extra_info("socket"), socket.SHUT_RDWR)
