"""Posts to one address, many times a second, over connections that are kept here.

For each request httpx merges headers, cookies, ways to log in and redirects, and httpcore's pool looks twice at every connection: half
of a request's CPU. Here a request is made of what was found out once, and the connection that was used last is looked at alone.
What this cannot do (a proxy) is done by the client. A redirect is an answer like any other, and followed by neither.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from voicebot.providers.http.deadlines import Deadline, OpenPool

MOST_KEPT = 100
KEEP_ALIVE_S = 45.0


class Poster:
    """Posts through one httpx2 client to one URL; threads and greenlets may share it."""

    def __init__(self, client: Any, url: str, headers: Mapping[str, str], pool: OpenPool | None) -> None:
        """`pool`: how the client reaches the server; None where a proxy stands between."""
        # As late as the client itself: what it loads is paid for by processes that think.
        import httpcore2
        import httpx2

        self._client, self._url, self._headers = client, url, dict(headers)
        template = client.build_request("POST", url, headers=self._headers)
        address = template.url
        # A name and a word in the address are the client's to send.
        self._pool = None if address.userinfo else pool
        self._is_secure, self._host = address.scheme == "https", address.host
        self._port = address.port or (443 if self._is_secure else 80)
        self._target = httpcore2.URL(
            scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path
        )
        self._origin = self._target.origin
        self._head = [each for each in template.headers.raw if each[0].lower() != b"content-length"]
        self._request, self._line = httpcore2.Request, httpcore2.HTTP11Connection
        self._timeout = httpx2.Timeout
        self._answer, self._body = httpx2.Response, _body_class(httpx2.SyncByteStream)
        self.broken = (
            *(httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, httpcore2.TimeoutException),
            *(httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.ConnectionNotAvailable, OSError),
        )
        """What an exchange may break with."""

    def post(self, body: bytes, deadline: Deadline, connect_s: float) -> Any:
        """Send, and return an httpx2 answer whose body is still to be read, and to be closed. Raises one of `broken`."""
        if self._pool is None:
            return self._by_client(body, deadline, connect_s)
        line = self._free_line(self._pool) or self._new_line(self._pool, connect_s)
        timeout = {"connect": connect_s, "read": deadline, "write": deadline, "pool": deadline}
        request = self._request(
            b"POST",
            self._target,
            headers=[*self._head, (b"Content-Length", b"%d" % len(body))],
            content=body,
            extensions={"timeout": timeout},
        )
        given = line.handle_request(request)
        stream = self._body(line, given.stream, self._pool)
        return self._answer(given.status, headers=given.headers, stream=stream, extensions=given.extensions)

    def close(self) -> None:
        """Close the connections that wait."""
        while self._pool and (line := _taken(self._pool, -1)) is not None:
            line.close()

    def _by_client(self, body: bytes, deadline: Deadline, connect_s: float) -> Any:
        timeout = self._timeout(deadline, connect=connect_s)
        request = self._client.build_request(
            "POST", self._url, headers=self._headers, content=body, timeout=timeout
        )
        return self._client.send(request, stream=True)

    def _free_line(self, pool: OpenPool) -> Any:
        """Return the connection that was used last, of those that still stand; None: there is none."""
        while (line := _taken(pool, -1)) is not None and line.has_expired():
            line.close()
        return line

    def _new_line(self, pool: OpenPool, connect_s: float) -> Any:
        stream = pool.connect(self._host, self._port, secure=self._is_secure, timeout_s=connect_s)
        return self._line(self._origin, stream, keepalive_expiry=KEEP_ALIVE_S)


def _body_class(stream_class: Any) -> Any:
    class Body(stream_class):  # type: ignore[misc]
        """The body of an answer; `line` is the connection (httpcore's) that it comes on."""

        def __init__(self, line: Any, body: Any, pool: OpenPool) -> None:
            self.line, self._body, self._pool = line, body, pool

        def __iter__(self) -> Iterator[bytes]:
            return iter(self._body)

        def close(self) -> None:
            body, self._body = self._body, ()
            if body != ():
                body.close()
                _keep(self.line, self._pool)

    return Body


def _keep(line: Any, pool: OpenPool) -> None:
    """Keep a connection whose answer was read to its end, and end those that have waited longest where they are of no use."""
    if line.is_idle():
        pool.kept.append(line)
    while (oldest := _taken(pool, 0)) is not None:
        if len(pool.kept) < MOST_KEPT and not oldest.has_expired():
            pool.kept.insert(0, oldest)
            return
        oldest.close()


def _taken(pool: OpenPool, place: int) -> Any:
    """Take a connection out; None where another thread has taken the last one."""
    try:
        return pool.kept.pop(place)
    except IndexError:
        return None
