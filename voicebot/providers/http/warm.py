"""Connections that stand before they are needed: a caller does not wait for a name, a handshake and TLS.

A client keeps what an answer leaves whole. What a cancelled answer leaves is lost, and a call that begins after a pause
finds nothing: then connections are opened ahead, in the background, without a request.
"""

import logging
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from voicebot.providers.http.deadlines import OpenPool, open_pool
from voicebot.sockets.system_poll import has_input

WANTED = 2
"""So many are kept ready for whoever asks next."""
KEEP_S = 30.0
"""A connection without a request for this long is dropped, because servers close such connections."""
CONNECT_S = 2.0
PAUSE_S = 5.0
"""So long no other is opened ahead after one could not be."""

log = logging.getLogger(__name__)


class WarmConnections:
    """The ready connections of one httpx or httpx2 client to one server; threads and greenlets may share it."""

    def __init__(
        self, client: Any, url: str, *, wanted: int = WANTED, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`client` went through `bound_reads`; `url` is anything at the server."""
        parts = urlsplit(url)
        self._host, self._is_secure = parts.hostname or "", parts.scheme == "https"
        self._port = parts.port or (443 if self._is_secure else 80)
        self._wanted, self._clock = wanted, clock
        # Where a proxy stands between, nothing is opened ahead.
        self.pool = self._pool = open_pool(client, url, self._give)
        self._lock = threading.Lock()
        self._spare: list[tuple[Any, float]] = []
        self._opening = 0
        self._not_before = float("-inf")

    def prewarm(self) -> None:
        """Open connections until enough are ready. Returns at once; a server that is away is noticed by the next request to it."""
        if self._pool is None or self._clock() < self._not_before:
            return
        with self._lock:
            self._drop_old()
            missing = self._wanted - self._pool.idle() - len(self._spare) - self._opening
            self._opening += max(missing, 0)
        for _ in range(missing):
            threading.Thread(target=self._open, args=(self._pool,), name="open-ahead", daemon=True).start()

    def close(self) -> None:
        """Close what nobody has used."""
        with self._lock:
            spare, self._spare = self._spare, []
        for stream, _ in spare:
            _end(stream)

    def _open(self, pool: OpenPool) -> None:
        stream = None
        try:
            stream = pool.open(self._host, self._port, secure=self._is_secure, timeout_s=CONNECT_S)
        except Exception as error:
            self._not_before = self._clock() + PAUSE_S
            log.info("a connection was not opened ahead", extra={"reason": type(error).__name__})
        finally:
            with self._lock:
                self._opening -= 1
                if stream is not None:
                    self._spare.append((stream, self._clock()))

    def _give(self, host: str, port: int) -> Any:
        """Hand out the newest that is still alive; None: there is none."""
        if (host, port) != (self._host, self._port):
            return None
        with self._lock:
            self._drop_old()
            return self._spare.pop()[0] if self._spare else None

    def _drop_old(self) -> None:
        now = self._clock()
        kept = [each for each in self._spare if now - each[1] < KEEP_S and _is_alive(each[0])]
        for stream, opened_at in self._spare:
            if (stream, opened_at) not in kept:
                _end(stream)
        self._spare = kept


def _is_alive(stream: Any) -> bool:
    """Whether the server has not ended it."""
    connection = stream.get_extra_info("socket")
    if not has_input(connection.fileno()):
        return True
    # Nothing was requested, so this is no answer; but TLS sends tickets after its handshake, and reading removes them.
    if not isinstance(connection, ssl.SSLSocket):
        return False
    try:
        connection.settimeout(0)
        connection.recv(1)
    except (ssl.SSLWantReadError, BlockingIOError):
        return True
    except OSError:
        return False
    return False


def _end(stream: Any) -> None:
    with suppress(Exception):
        stream.close()
