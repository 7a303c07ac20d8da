"""A time limit that holds for a whole exchange, not only for each read of it.

HTTP libraries restart their read timeout with every byte, so a server that drips one token a second is never late.
A `Deadline` is handed to httpx (or httpx2) in place of the number; the sockets of a client that went through
`bound_reads` ask it what is left before every read.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from voicebot.providers.http.closable import Exchange, shut
from voicebot.sockets.system_poll import has_input

SHORTEST_S = 0.001
AddressesOf = Callable[[str], Sequence[str]]
"""Returns the addresses of a host, at least one, in the order in which to try them."""


class Deadline(float):
    """A timeout that counts down: its number is the initial one, `left()` is the rest."""

    _clock: Callable[[], float]
    _end: float
    _near: float
    _gap_s: float
    exchange: Exchange | None
    """What has no time left once it was ended."""

    def __new__(
        cls, seconds: float, clock: Callable[[], float] = time.monotonic, exchange: Exchange | None = None
    ) -> "Deadline":
        deadline = super().__new__(cls, max(seconds, SHORTEST_S))
        deadline.exchange = exchange
        deadline._clock = clock
        deadline._end = deadline._near = clock() + seconds
        deadline._gap_s = float("inf")
        return deadline

    def until(self, seconds: float) -> None:
        """Stop in `seconds` from now, if that is sooner than the end."""
        self._near = min(self._end, self._clock() + seconds)
        self._gap_s = float("inf")

    def relax(self, gap_s: float) -> None:
        """From now on only the end counts, and no single read may wait longer than `gap_s`."""
        self._near, self._gap_s = self._end, gap_s

    def left(self) -> float:
        """Return the seconds that the next read may take; zero or less when time is up."""
        if self.exchange is not None and self.exchange.ended:
            return 0.0
        return min(self._near - self._clock(), self._gap_s)


def bound_reads(client: Any, addresses_of: AddressesOf | None = None) -> None:
    """Make the sockets of an httpx or httpx2 client keep to a Deadline given as its timeout.

    With `addresses_of` they are opened to the addresses that it names for a host, and to no others. Streams that were
    `open_ahead` are taken before a new one is opened.
    Neither library has a public way to hand in a network backend together with the proxies of the environment,
    hence the reach into their transports; it fails loudly if they change, when the client is built.
    """
    for transport in (client._transport, *client._mounts.values()):
        if transport is not None:
            transport._pool._network_backend = _Backend(transport._pool._network_backend, addresses_of)


class OpenPool:
    """The connection pool of a client without a proxy: its idle connections, and those opened for it."""

    def __init__(self, pool: Any, give: Callable[[str, int], Any]) -> None:
        self._inside = pool
        pool._network_backend.give = give
        self.kept: list[Any] = []
        """Connections for requests outside the pool, the one used last at the end."""

    def idle(self) -> int:
        """Return how many connections wait for a request."""
        kept = (*self._inside.connections, *self.kept)
        return sum(each.is_idle() and not each.has_expired() for each in kept)

    def open(self, host: str, port: int, *, secure: bool, timeout_s: float) -> Any:
        """Open a stream for `give` to hand out, without a request. Raises what the library raises."""
        context = self._inside._ssl_context if secure else None
        return self._inside._network_backend.open_ahead(host, port, context, timeout_s)

    def connect(self, host: str, port: int, *, secure: bool, timeout_s: float) -> Any:
        """Return a stream for a request: a ready one or a new one. Raises the library's errors."""
        stream = self._inside._network_backend.connect_tcp(host, port, timeout=timeout_s)
        if not secure:
            return stream
        context = self._inside._ssl_context
        try:
            context.set_alpn_protocols(["http/1.1"])
            return stream.start_tls(context, host, timeout_s)
        except BaseException:
            stream.close()
            raise


def open_pool(client: Any, url: str, give: Callable[[str, int], Any]) -> OpenPool | None:
    """Return the pool by which a client that went through `bound_reads` reaches a server; None where a proxy stands between.

    `give` is asked for a stream before a new one is opened: it names None where it has none for a host and a port.
    """
    address = client.build_request("GET", url).url
    for pattern, transport in client._mounts.items():
        if pattern.matches(address):
            if transport is not None:
                return None
            break
    return OpenPool(client._transport._pool, give)


def _left(timeout: float | None) -> float | None:
    return timeout.left() if isinstance(timeout, Deadline) else timeout


class _Backend:
    """Opens connections whose streams know deadlines. The shape is httpcore's NetworkBackend."""

    def __init__(self, inner: Any, addresses_of: AddressesOf | None = None) -> None:
        self._inner, self._addresses_of = inner, addresses_of
        self.give: Callable[[str, int], Any] | None = None
        """Gives a stream that was opened ahead, if there is one."""

    def open_ahead(self, host: str, port: int, ssl_context: Any, timeout_s: float) -> Any:
        """Open a stream for `give`, with TLS if `ssl_context` is given. Raises the library's errors."""
        stream = self._inner.connect_tcp(host, port, timeout=timeout_s)
        if ssl_context is None:
            return stream
        try:
            ssl_context.set_alpn_protocols(["http/1.1"])
            return _Secured(stream.start_tls(ssl_context, host, timeout_s))
        except BaseException:
            stream.close()
            raise

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, **options: Any) -> "_Stream":
        if self.give is not None and (ready := self.give(host, port)) is not None:
            return _Stream(ready)
        *others, last = [host] if self._addresses_of is None else self._addresses_of(host)
        for address in others:
            # Whatever is wrong with all of them, the last one says it.
            with suppress(Exception):
                return _Stream(self._inner.connect_tcp(address, port, timeout=_dialling(timeout), **options))
        return _Stream(self._inner.connect_tcp(last, port, timeout=_dialling(timeout), **options))

    def connect_unix_socket(self, path: str, timeout: float | None = None, **options: Any) -> "_Stream":
        return _Stream(self._inner.connect_unix_socket(path, timeout=_dialling(timeout), **options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream:
    """One connection. The shape is httpcore's NetworkStream."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.close = inner.close

    def get_extra_info(self, info: str) -> Any:
        if info != "is_readable":
            return self._inner.get_extra_info(info)
        # The pool asks it of each idle connection at the begin and at the end of each request.
        descriptor = self._inner.get_extra_info("socket").fileno()
        return descriptor < 0 or has_input(descriptor)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = _left(timeout)
        if left is not None and left <= 0:
            raise TimeoutError
        exchange = timeout.exchange if isinstance(timeout, Deadline) else None
        data: bytes
        if exchange is None:
            data = self._inner.read(max_bytes, left)
        else:
            with exchange.waiting(self._shut):
                data = self._inner.read(max_bytes, left)
        return data

    def _shut(self) -> None:
        shut(self._inner)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = _left(timeout)
        if left is not None and left <= 0:
            raise TimeoutError
        self._inner.write(buffer, left)

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> "_Stream":
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _dialling(timeout)))


class _Secured:
    """A stream on which TLS stands already. The shape is httpcore's NetworkStream."""

    def __init__(self, inner: Any) -> None:
        self.read, self.write, self.close = inner.read, inner.write, inner.close
        self.get_extra_info = inner.get_extra_info

    def start_tls(self, *_: Any, **__: Any) -> "_Secured":
        return self


def _dialling(timeout: float | None) -> float | None:
    """A dial that is out of time must fail as a connect timeout: nothing was sent, and the error has to say so."""
    left = _left(timeout)
    return None if left is None else max(left, SHORTEST_S)
