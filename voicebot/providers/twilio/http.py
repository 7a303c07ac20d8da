"""The HTTP client under Twilio's SDK: time limits, no retries, no logging, and every failure with its outcome.

The SDK's own client waits for ever, logs phone numbers and drops the headers of a refusal, `Retry-After` among them.
"""

import logging
import re
import time
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import orjson
import requests
import urllib3
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient
from twilio.http.response import Response

from voicebot.domain.loopback import is_loopback
from voicebot.providers.http.errors import (
    BAD_REQUEST,
    TIMEOUT,
    clean_code,
    retry_after_s,
    status_error,
    transport_error,
    unreadable,
)
from voicebot.providers.ports import Outcome, ProviderError

PROVIDER = "twilio"
NOT_TAKEN: Mapping[int, float | None] = {14107: 30.0, 20429: None, 21611: None, 63017: None, 63018: None}
"""Error codes for too many replies, requests or queued texts at once (handbook 6.3): nothing was made, so a retry is
safe. Each has its pause in seconds, where known: 14107 counts replies to one number over the last 30 s.
"""
ABOUT_THE_NUMBER = frozenset(
    {13223, 13225, 13227, 21201, 21210, 21211, 21212, 21213, 21214, 21215, 21216, 21217, 21219}
)
"""Error codes about one call only (handbook 1.8), whatever the status: other calls may be placed."""
MAX_ANSWER = 16 << 20
NO_CONTENT = 204
"""The status of a successful DELETE; its empty body is not read."""
_TWILIO = re.compile(r"([a-z0-9-]+\.)+twilio\.com", re.IGNORECASE)


class BoundedHttpClient(HttpClient):  # type: ignore[misc]
    """Sends one request once. Raises ProviderError for everything but a 2xx with a JSON object."""

    def __init__(
        self, api_base: str | None, *, connect_timeout_s: float, read_timeout_s: float, total_timeout_s: float
    ) -> None:
        """`api_base` takes the place of every host of Twilio's; paths stay. No answer may take over the total."""
        super().__init__(logging.getLogger(__name__), False, None)
        self._base = urlsplit(api_base.rstrip("/")) if api_base else None
        self._limits = (connect_timeout_s, read_timeout_s)
        self._total_s = total_timeout_s
        self._session = requests.Session()
        self._session.trust_env = not is_loopback(api_base)
        adapter = HTTPAdapter(max_retries=0, pool_maxsize=32)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002 (the SDK's signature; ours are set once)
        allow_redirects: bool = False,  # noqa: ARG002 (a redirect would carry the account's key elsewhere)
    ) -> Response:
        """Send; return Twilio's answer. A field whose value is a list is sent once for each of its members."""
        url = self._mapped(uri)
        began = time.monotonic()
        try:
            answer = self._session.request(
                method.upper(),
                url,
                params=params,  # type: ignore[arg-type]
                data=data,
                headers=headers,
                auth=auth,
                timeout=self._limits,
                allow_redirects=False,
                stream=True,
            )
            with answer:
                body = self._read(answer, began + self._total_s)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise transport_error(PROVIDER, error) from error
        return _accepted(answer.status_code, body, answer.headers)

    def close(self) -> None:
        """Close idle connections."""
        self._session.close()

    def _mapped(self, uri: str) -> str:
        parts = urlsplit(uri)
        if not _TWILIO.fullmatch(parts.hostname or ""):
            # Page links come from answers; the account's key goes to Twilio alone.
            raise ProviderError(PROVIDER, BAD_REQUEST, Outcome.REFUSED)
        if self._base is None:
            return uri
        path = self._base.path + parts.path
        return urlunsplit((self._base.scheme, self._base.netloc, path, parts.query, ""))

    def _read(self, answer: requests.Response, until: float) -> bytes:
        """Read piece by piece: requests' own read timeout starts again with every byte."""
        body = bytearray()
        while piece := answer.raw.read1(65536, decode_content=True):
            body += piece
            if len(body) > MAX_ANSWER:
                raise unreadable(PROVIDER)
            if time.monotonic() > until:
                raise ProviderError(PROVIDER, TIMEOUT, Outcome.UNKNOWN)
        return bytes(body)


def _accepted(status: int, body: bytes, headers: Mapping[str, str]) -> Response:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        payload = None
    if not 200 <= status < 300:
        code = payload.get("code") if isinstance(payload, dict) else None
        if isinstance(code, int) and code in NOT_TAKEN:
            told = retry_after_s(headers)
            wait = NOT_TAKEN[code] if told is None else told
            raise ProviderError(PROVIDER, str(code), Outcome.NOT_SENT, wait)
        unwell = False if code in ABOUT_THE_NUMBER else None
        raise status_error(PROVIDER, status, code=clean_code(code), headers=headers, unwell=unwell)
    if status == NO_CONTENT and not body:
        return Response(status, "", headers)
    if not isinstance(payload, dict):
        raise unreadable(PROVIDER)
    return Response(status, body.decode(), headers)
