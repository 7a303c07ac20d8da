"""One signed HTTP request to the product: budgets, retries, redirects and what each failure is called (handbook 1.2)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import uuid4

import requests

from simulator.carrier.wire.ledger import Ledger
from simulator.carrier.wire.overrides import Overrides, split_overrides
from simulator.carrier.wire.signature import sign

MAX_REDIRECTS = 10
MAX_DOCUMENT_BYTES = 64 * 1024
MAX_MEDIA_BYTES = 40 * 1024 * 1024


@dataclass(frozen=True)
class WebhookRequest:
    """What to ask; `kind` is for the ledger, `entered` are fields that a 3xx does not carry on (handbook 1.1)."""

    kind: str
    url: str
    params: Mapping[str, str]
    method: str = "POST"
    call_sid: str | None = None
    entered: frozenset[str] = frozenset()
    signed: bool = True
    max_bytes: int = MAX_DOCUMENT_BYTES


@dataclass(frozen=True)
class Answer:
    """What came back with a status below 400; `url` is where the last redirect led."""

    url: str
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class WebhookFailed(Exception):
    """No usable answer; `code` is the debugger's (handbook 1.2)."""

    def __init__(self, code: int, url: str, text: str) -> None:
        super().__init__(text)
        self.code, self.url, self.text = code, url, text


class _TryFailed(Exception):
    """One try failed for a reason that overrides can name (`ct`, `rt`, `4xx`, `5xx`)."""

    def __init__(self, reason: str, code: int, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.reason, self.code, self.text, self.status = reason, code, text, status


def new_session() -> requests.Session:
    """A client that keeps cookies, as Twilio does per call (handbook 1.1), and ignores the machine's proxies."""
    session = requests.Session()
    session.trust_env = False
    return session


class WebhookClient:
    """Sends webhooks and writes every try into the ledger."""

    def __init__(self, auth_token: str, ledger: Ledger) -> None:
        self._auth_token, self._ledger = auth_token, ledger

    def fetch(self, request: WebhookRequest, session: requests.Session) -> Answer:
        """Send, follow redirects, retry as the URL's fragment asks. Raises WebhookFailed."""
        url, overrides = split_overrides(request.url)
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise WebhookFailed(11100, url, "Invalid URL format")
        params, method = dict(request.params), request.method.upper()
        deadline = time.monotonic() + overrides.total_ms / 1000
        for _ in range(MAX_REDIRECTS + 1):
            answer, status = self._with_retries(request, url, method, params, overrides, session, deadline)
            location = answer.headers.get("Location")
            if status not in (301, 302, 303, 307, 308) or not location:
                return answer
            url = split_overrides(urljoin(url, location))[0]
            method = method if status in (307, 308) else "GET"
            params = {name: value for name, value in params.items() if name not in request.entered}
        raise WebhookFailed(11215, request.url, f"more than {MAX_REDIRECTS} redirects")

    def _with_retries(
        self,
        request: WebhookRequest,
        url: str,
        method: str,
        params: Mapping[str, str],
        overrides: Overrides,
        session: requests.Session,
        deadline: float,
    ) -> tuple[Answer, int]:
        # Retries of one request repeat the token, so that the receiver can tell them (handbook 1.2).
        token = uuid4().hex
        attempt = 0
        while True:
            attempt += 1
            sending = _Sending(request, url, method, params, overrides, token, attempt, deadline)
            try:
                return self._try(sending, session)
            except _TryFailed as failure:
                tries_left = attempt <= overrides.retries and time.monotonic() < deadline
                if not (tries_left and overrides.retries_after(failure.reason)):
                    raise WebhookFailed(failure.code, url, failure.text) from failure

    def _try(self, sending: "_Sending", session: requests.Session) -> tuple[Answer, int]:
        began, at = time.monotonic(), time.time()
        status, body, content_type, code = None, b"", "", None
        try:
            answer, status = sending.send(session, self._auth_token)
            body, content_type = answer.body, answer.content_type
            return answer, status
        except _TryFailed as failure:
            status, code = failure.status, failure.code
            raise
        finally:
            readable = not content_type.startswith("audio/")
            self._ledger.note_webhook(
                at=at,
                call_sid=sending.request.call_sid,
                kind=sending.request.kind,
                method=sending.method,
                url=sending.url,
                params=dict(sending.params),
                token=sending.token,
                attempt=sending.attempt,
                status=status,
                took_ms=round((time.monotonic() - began) * 1000),
                content_type=content_type,
                body=body.decode("utf-8", "replace") if readable else f"({len(body)} bytes of audio)",
                error_code=code,
            )


@dataclass(frozen=True)
class _Sending:
    request: WebhookRequest
    url: str
    method: str
    params: Mapping[str, str]
    overrides: Overrides
    token: str
    attempt: int
    deadline: float

    def send(self, session: requests.Session, auth_token: str) -> tuple[Answer, int]:
        """One try within what is left of the budget. Raises _TryFailed."""
        url, form = self.url, None
        if self.method == "GET" and self.params:
            url += ("&" if urlsplit(url).query else "?") + urlencode(self.params)
        elif self.method != "GET":
            form = dict(self.params)
        headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*", "I-Twilio-Idempotency-Token": self.token}
        if self.request.signed:
            headers["X-Twilio-Signature"] = sign(auth_token, url, (form or {}).items())
        left_s = max(0.1, self.deadline - time.monotonic())
        timeouts = (min(self.overrides.connect_ms / 1000, left_s), min(self.overrides.read_ms / 1000, left_s))
        try:
            with session.request(
                self.method,
                url,
                data=form,
                headers=headers,
                timeout=timeouts,
                stream=True,
                allow_redirects=False,
            ) as response:
                return self._read(response), response.status_code
        except requests.exceptions.SSLError as error:
            raise _TryFailed("ct", 11220, "SSL/TLS handshake error") from error
        except requests.exceptions.ConnectTimeout as error:
            raise _TryFailed("ct", 11205, "connecting took too long") from error
        except requests.exceptions.Timeout as error:
            raise _TryFailed("rt", 11200, "no answer in time") from error
        except requests.exceptions.ConnectionError as error:
            raise _connection_failure(error) from error
        except requests.exceptions.RequestException as error:
            raise _TryFailed("rt", 11206, "HTTP protocol violation") from error

    def _read(self, response: requests.Response) -> Answer:
        status = response.status_code
        if status >= 400:
            raise _TryFailed("4xx" if status < 500 else "5xx", 11200, f"HTTP status {status}", status)
        body = bytearray()
        for chunk in response.iter_content(16 * 1024):
            body += chunk
            if len(body) > self.request.max_bytes:
                raise _TryFailed("", 11750, "response body too large", status)
            if time.monotonic() > self.deadline:
                raise _TryFailed("rt", 11200, "no whole answer in time", status)
        content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(self.url, content_type, bytes(body), response.headers)


def _connection_failure(error: requests.exceptions.ConnectionError) -> _TryFailed:
    text = str(error)
    if "NameResolution" in text or "Name or service not known" in text:
        return _TryFailed("ct", 11210, "bad host name")
    if "Read timed out" in text:
        return _TryFailed("rt", 11200, "no whole answer in time")
    if (
        "RemoteDisconnected" in text
        or "Connection aborted" in text
        or "reset" in text
        or "Connection broken" in text
    ):
        return _TryFailed("rt", 11206, "the connection was cut")
    return _TryFailed("ct", 11205, "no connection")
