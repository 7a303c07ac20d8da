"""The HTTP client under Vapi's port: one request sent once, with a limit for all of it, and every failure with its outcome."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from voicebot.domain.loopback import is_loopback
from voicebot.providers.http.deadlines import Deadline, bound_reads
from voicebot.providers.http.errors import status_error, transport_error, unreadable
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.sockets.tls import trusted

PROVIDER = "vapi"
API_BASE = "https://api.vapi.ai"
VAPI_HOST = ".vapi.ai"
CONNECT_S, TOTAL_S = 5.0, 15.0
MAX_ANSWER = 16 << 20
STRANGE_ADDRESS = "strange_address"


class VapiHttp:
    """Sends one request once. Safe to share between threads and greenlets."""

    def __init__(
        self, key: str, base_url: str = "", *, total_s: float = TOTAL_S, connect_s: float = CONNECT_S
    ) -> None:
        """`base_url` takes the place of Vapi's own address."""
        self._base = (base_url or API_BASE).rstrip("/")
        self._key, self._total_s, self._connect_s = key, total_s, connect_s
        self._client = httpx.Client(
            trust_env=not is_loopback(self._base),
            verify=trusted(),
            follow_redirects=False,
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=8),
            headers={"User-Agent": "voicebot"},
        )
        bound_reads(self._client)

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the JSON of a 2xx. Raises ProviderError for everything else."""
        url = f"{self._base}{path}"
        answer = self._send(method, url, query=query, body=body, headers=self._authorisation())
        try:
            return orjson.loads(answer)
        except orjson.JSONDecodeError as error:
            raise unreadable(PROVIDER) from error

    def control(self, url: str, body: Mapping[str, Any]) -> None:
        """Post to the address that a call is controlled by. The key does not go there. Raises ProviderError."""
        if not self._may_control(url):
            raise ProviderError(PROVIDER, STRANGE_ADDRESS, Outcome.REFUSED)
        self._send("POST", url, query=None, body=body, headers={})

    def _may_control(self, url: str) -> bool:
        """Whether an address that came in an answer is one of the provider's."""
        try:
            parts, ours = urlsplit(url), urlsplit(self._base)
            host = (parts.hostname or "").lower()
            own = (parts.scheme, host, parts.port) == (ours.scheme, (ours.hostname or "").lower(), ours.port)
        except ValueError:
            return False
        return own or (parts.scheme == "https" and host.endswith(VAPI_HOST) and parts.port in (None, 443))

    def _authorisation(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}"}

    def _send(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str],
    ) -> bytes:
        content = None if body is None else orjson.dumps(body)
        told = dict(headers) if content is None else {**headers, "Content-Type": "application/json"}
        limits = httpx.Timeout(Deadline(self._total_s), connect=self._connect_s, pool=self._connect_s)
        try:
            with self._client.stream(
                method, url, params=query, content=content, headers=told, timeout=limits
            ) as answer:
                status, answered = answer.status_code, answer.headers
                data = _bounded(answer)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise transport_error(PROVIDER, error) from error
        if not 200 <= status < 300:
            raise status_error(PROVIDER, status, headers=answered)
        return data


def _bounded(answer: httpx.Response) -> bytes:
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > MAX_ANSWER:
            raise unreadable(PROVIDER)
    return bytes(body)
