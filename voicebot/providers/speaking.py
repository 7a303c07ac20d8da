"""The utterances that a call is voicing, so that a barge-in stops all of them at once."""

import threading
from collections.abc import Callable, Generator

from voicebot.providers.http.closable import ClosableStream, Exchange
from voicebot.providers.ports.speaker import SpokenChunk


class Speaking:
    """The streams of one call that have not ended; any thread may stop them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._exchanges: set[Exchange] = set()
        self._closed = False

    def begin(self, spoken: Callable[[Exchange], Generator[SpokenChunk]]) -> ClosableStream[SpokenChunk]:
        """Return a stream of what `spoken` yields; after `close` it is empty."""
        exchange = Exchange()
        with self._lock:
            if self._closed:
                exchange.ended = True
            else:
                self._exchanges.add(exchange)
        return ClosableStream(self._until_the_end(spoken, exchange), exchange)

    def drop(self) -> None:
        """End every stream."""
        with self._lock:
            ended, self._exchanges = self._exchanges, set()
        for exchange in ended:
            exchange.end()

    def close(self) -> None:
        """End every stream, and begin none from now on."""
        self._closed = True
        self.drop()

    def _until_the_end(
        self, spoken: Callable[[Exchange], Generator[SpokenChunk]], exchange: Exchange
    ) -> Generator[SpokenChunk]:
        try:
            if not exchange.ended:
                yield from spoken(exchange)
        finally:
            with self._lock:
                self._exchanges.discard(exchange)
