"""One account at ElevenLabs: the pool of connections to it, its limits of time, and its refusals in our words."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson

from voicebot.domain.loopback import is_loopback
from voicebot.providers.http.deadlines import Deadline, bound_reads
from voicebot.providers.http.errors import clean_code, status_error, transport_error, unreadable
from voicebot.providers.http.warm import WarmConnections
from voicebot.providers.ports import ProviderError
from voicebot.sockets.tls import trusted

PROVIDER = "elevenlabs"
PUBLIC_URL = "https://api.elevenlabs.io"
KEEP_ALIVE_S = 45.0
LIMIT_HEADER = "maximum-concurrent-requests"
SPEECH_PATH = "/text-to-speech/"
MAX_ERROR = 16 * 1024
"""Bytes of a refusal that are read."""


class ElevenLabsAccount:
    """What the adapters of one account share. One instance a process; threads and greenlets may share it."""

    def __init__(
        self,
        api_key: str,
        base_url: str | None,
        *,
        connect_timeout_s: float = 2.0,
        told_limit: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`base_url` has no `/v1`; None means ElevenLabs itself.

        `told_limit` learns how many utterances the plan allows at the same time, whenever an answer says so.
        """
        # Imported here: only a process that speaks should pay for it.
        import httpx
        from elevenlabs.core.api_error import ApiError
        from elevenlabs.core.client_wrapper import SyncClientWrapper

        limits = httpx.Limits(
            max_connections=None, max_keepalive_connections=50, keepalive_expiry=KEEP_ALIVE_S
        )
        self.url = (base_url or PUBLIC_URL).rstrip("/")
        # A redirect would carry the key elsewhere: httpx drops `Authorization` on its way to another host, and no other header.
        self.client = httpx.Client(
            limits=limits, trust_env=not is_loopback(base_url), follow_redirects=False, verify=trusted()
        )
        self._told_limit = told_limit
        self._refusal_body = _refusal_body(httpx.SyncByteStream)
        self.client.event_hooks = {"response": [self._read_limit, self._bound_refusal]}
        bound_reads(self.client)
        self._warm = WarmConnections(self.client, self.url)
        self.prewarm = self._warm.prewarm
        """Have connections ready for a call that begins, or after one was lost; returns at once."""
        self.wrapper = SyncClientWrapper(api_key=api_key, base_url=self.url, httpx_client=self.client)
        self.headers = self.wrapper.get_headers()
        """What goes with every request; the key is in them."""
        self._timeout, self._connect_s = httpx.Timeout, connect_timeout_s
        self._refused_by_status = ApiError
        self._broken = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError)

    def limits(self, deadline: Deadline) -> Any:
        """Return httpx's timeout for an exchange that ends with `deadline`."""
        return self._timeout(deadline, connect=max(min(self._connect_s, deadline.left()), 0.001))

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise ProviderError for what the SDK and httpx raise inside."""
        try:
            yield
        except self._refused_by_status as error:
            raise _of_the_sdk(error.status_code or 0, error.body, error.headers or {}) from error
        except self._broken as error:
            raise transport_error(PROVIDER, error) from error

    def _read_limit(self, response: Any) -> None:
        limit = response.headers.get(LIMIT_HEADER, "")
        spoke = SPEECH_PATH in response.request.url.path
        if spoke and limit.isascii() and limit.isdigit() and 1 <= len(limit) <= 4 and int(limit):
            self._told_limit(int(limit))

    def _bound_refusal(self, response: Any) -> None:
        if not response.is_success:
            response.stream = self._refusal_body(response.stream)

    def close(self) -> None:
        """Close idle connections."""
        self._warm.close()
        self.client.close()


def _refusal_body(stream_class: Any) -> Any:
    class RefusalBody(stream_class):  # type: ignore[misc]
        """The first bytes of a refusal: the SDK reads all that there is, and makes text and JSON of it."""

        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for piece in self._stream:
                yield piece[: MAX_ERROR - size]
                size += len(piece)
                if size >= MAX_ERROR:
                    return

        def close(self) -> None:
            self._stream.close()

    return RefusalBody


def refusal(status: int, body: object, headers: Mapping[str, str]) -> ProviderError:
    """Return the error for an answer that is no success; `body` is its JSON."""
    return status_error(PROVIDER, status, code=_code_of(body), headers=headers)


def json_of(body: bytes) -> object:
    """Return what a refusal says; None where it is no JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _of_the_sdk(status: int, body: object, headers: Mapping[str, str]) -> ProviderError:
    # The SDK raises the same for an answer of success whose body is no JSON.
    if 200 <= status < 300:
        return unreadable(PROVIDER)
    return refusal(status, body, headers)


def _code_of(body: object) -> str | None:
    """ElevenLabs tells what went wrong in `detail.status`, since 2026 also in `detail.code`; validation errors carry a list there."""
    detail = body.get("detail") if isinstance(body, dict) else None
    if not isinstance(detail, dict):
        return None
    return clean_code(detail.get("status")) or clean_code(detail.get("code"))
