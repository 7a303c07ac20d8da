"""What a failed exchange with a provider may have done: the one place that decides an `Outcome`.

OpenAI is spoken to through httpx2, ElevenLabs' through httpx, Twilio's through requests. All three name their
exceptions alike, so this table goes by name and imports none of them: a process pays only for the SDKs it uses.
"""

import re
import ssl
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from voicebot.providers.ports import Outcome, ProviderError

TIMEOUT = "timeout"
CONNECT_TIMEOUT = "connect_timeout"
UNREACHABLE = "unreachable"
DROPPED = "dropped"
UNREADABLE = "unreadable"
BAD_REQUEST = "bad_request"
BUSY_HERE = "busy_here"
UNTRUSTED = "untrusted"

MAX_WAIT_S = 3600.0

_REFUSES_EVERYTHING = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.PAYMENT_REQUIRED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
"""What a 4xx says of the account or the provider, and not of the one request."""

_BY_NAME: dict[str, tuple[str, Outcome]] = {
    "ConnectTimeout": (CONNECT_TIMEOUT, Outcome.NOT_SENT),
    "PoolTimeout": (BUSY_HERE, Outcome.NOT_SENT),
    "ConnectError": (UNREACHABLE, Outcome.NOT_SENT),
    "ProxyError": (UNREACHABLE, Outcome.NOT_SENT),
    "InvalidURL": (BAD_REQUEST, Outcome.REFUSED),
    "InvalidSchema": (BAD_REQUEST, Outcome.REFUSED),
    "MissingSchema": (BAD_REQUEST, Outcome.REFUSED),
    "InvalidHeader": (BAD_REQUEST, Outcome.REFUSED),
    "UnicodeError": (BAD_REQUEST, Outcome.REFUSED),
    "UnsupportedProtocol": (BAD_REQUEST, Outcome.REFUSED),
    "LocalProtocolError": (BAD_REQUEST, Outcome.REFUSED),
    "ReadTimeout": (TIMEOUT, Outcome.UNKNOWN),
    "WriteTimeout": (TIMEOUT, Outcome.UNKNOWN),
    "TimeoutError": (TIMEOUT, Outcome.UNKNOWN),
    "ReadTimeoutError": (TIMEOUT, Outcome.UNKNOWN),
    "JSONDecodeError": (UNREADABLE, Outcome.UNKNOWN),
    "DecodingError": (UNREADABLE, Outcome.UNKNOWN),
    "DecodeError": (UNREADABLE, Outcome.UNKNOWN),
    "ContentDecodingError": (UNREADABLE, Outcome.UNKNOWN),
    "TooManyRedirects": (UNREADABLE, Outcome.UNKNOWN),
    "RemoteProtocolError": (DROPPED, Outcome.UNKNOWN),
    "ProtocolError": (DROPPED, Outcome.UNKNOWN),
    "ReadError": (DROPPED, Outcome.UNKNOWN),
    "WriteError": (DROPPED, Outcome.UNKNOWN),
    "ConnectionError": (DROPPED, Outcome.UNKNOWN),
    "ChunkedEncodingError": (DROPPED, Outcome.UNKNOWN),
    "OSError": (DROPPED, Outcome.UNKNOWN),
}

_AGAIN = {"true": True, "false": False}
"""What OpenAI's `x-should-retry` says (handbook 3.1)."""
_NEVER_CONNECTED = {"NewConnectionError", "NameResolutionError"}


def outcome_of_status(status: int) -> Outcome:
    """Say what a provider that answered `status` (no 2xx) has done with the request."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Outcome.NOT_SENT
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome.REFUSED
    return Outcome.UNKNOWN


def status_error(
    provider: str,
    status: int,
    *,
    code: object = None,
    headers: Mapping[str, str] | None = None,
    unwell: bool | None = None,
) -> ProviderError:
    """Return the error for an answer that is no success; `code` is the provider's own word for it, if any.

    `unwell`: where the code says more of it than the status does.
    """
    if unwell is None and status in _REFUSES_EVERYTHING:
        unwell = True
    return ProviderError(
        provider,
        clean_code(code) or f"http_{status}",
        outcome_of_status(status),
        retry_after_s(headers or {}),
        unwell=unwell,
        again=_AGAIN.get(_lower(headers).get("x-should-retry", "").strip().lower()),
    )


def transport_error(provider: str, error: BaseException) -> ProviderError:
    """Return the error for an exchange that broke off, whichever library raised `error`."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ProviderError(provider, UNTRUSTED, Outcome.NOT_SENT)
    for cause in _causes(error):
        names = [kind.__name__ for kind in type(cause).__mro__]
        if _NEVER_CONNECTED & _names_of_reason(cause):
            return ProviderError(provider, UNREACHABLE, Outcome.NOT_SENT)
        for name in names:
            if name in _BY_NAME:
                code, outcome = _BY_NAME[name]
                return ProviderError(provider, code, outcome, unwell=False if code == BUSY_HERE else None)
    return ProviderError(provider, UNREADABLE, Outcome.UNKNOWN)


def unreadable(provider: str, code: str = UNREADABLE) -> ProviderError:
    """Return the error for an answer that came but makes no sense."""
    return ProviderError(provider, code, Outcome.UNKNOWN)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Read how long the provider wants us to wait, at most an hour; a date is read against the answer's own Date."""
    lower = _lower(headers)
    try:
        if "retry-after-ms" in lower:
            return _sane(float(lower["retry-after-ms"]) / 1000)
        said = lower.get("retry-after")
        if said is None:
            return None
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", said):
            return _sane(float(said))
        then, now = parsedate_to_datetime(said), parsedate_to_datetime(lower["date"])
        return _sane((then - now).total_seconds())
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def clean_code(code: object) -> str | None:
    """Return a provider's error code if it looks like one: error fields can carry what we sent, which is not for logs."""
    if isinstance(code, int) and not isinstance(code, bool):
        return str(code)
    if isinstance(code, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,63}|\d{1,6}", code):
        return code
    return None


def _lower(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {name.lower(): value for name, value in (headers or {}).items()}


def _sane(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_WAIT_S)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error itself, then what it was raised from: an SDK's own class hides which phase broke."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        # requests hands urllib3's error over as an argument, urllib3 the dial's as a `reason`.
        inner = seen.args[0] if seen.args else None
        reason = getattr(inner, "reason", None)
        for nested in (reason, reason.args[0] if isinstance(reason, Exception) and reason.args else None):
            if isinstance(nested, ssl.SSLCertVerificationError):
                yield nested
        seen = seen.__cause__


def _names_of_reason(error: BaseException) -> set[str]:
    """requests says ConnectionError for a dial that failed and for a broken exchange; urllib3's reason tells."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return {kind.__name__ for kind in type(reason).__mro__}
