"""Post an event to a system outside, or ask it something, signed as Standard Webhooks says (spec 1.0.0)."""

import base64
import hashlib
import hmac
import ssl
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from voicebot.domain.loopback import is_loopback
from voicebot.providers.http.deadlines import AddressesOf, Deadline, bound_reads
from voicebot.providers.http.errors import retry_after_s, transport_error
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.sockets.tls import trusted

PROVIDER = "operator webhook"
TIMEOUT_S = 15.0
CONNECT_S = 5.0
LONGEST_ANSWER = 8000
SECRET_PREFIX = "whsec_"


def shared_secret(key: bytes) -> str:
    """Return the key as receivers are given it."""
    return f"{SECRET_PREFIX}{base64.b64encode(key).decode()}"


def key_of_secret(secret: str) -> bytes:
    """Return the key of a secret. Raises ValueError."""
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)


def signature(message_id: str, timestamp: int, body: bytes, key: bytes) -> str:
    """Return the value of `webhook-signature`: HMAC-SHA256 over id, time of this attempt, and the bytes that are sent."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def post_signed(url: str, **message: Any) -> None:
    """Post JSON; only a 2xx counts as taken. The answer's body is not read.

    Raises ProviderError, whose code is `http_…` or says how the exchange broke off.
    """
    status, told, _ = _exchanged(url, longest=0, **message)
    _raise_unless_taken(status, told)


def ask_signed(url: str, **message: Any) -> tuple[int, str]:
    """Post JSON and return the status and the answer's text, cut after `LONGEST_ANSWER` bytes.

    Raises ProviderError for 5xx and redirects, whose text is not read, and for a broken exchange.
    """
    status, told, text = _exchanged(url, longest=LONGEST_ANSWER, **message)
    if not 400 <= status < 500:
        _raise_unless_taken(status, told)
    return status, text


def _raise_unless_taken(status: int, told: Mapping[str, str]) -> None:
    if not 200 <= status < 300:
        outcome = Outcome.UNKNOWN if status >= 500 else Outcome.REFUSED
        raise ProviderError(PROVIDER, f"http_{status}", outcome, retry_after_s(told))


def _exchanged(
    url: str,
    *,
    message_id: str,
    at: datetime,
    body: bytes,
    key: bytes,
    longest: int,
    addresses_of: AddressesOf | None = None,
    timeout_s: float = TIMEOUT_S,
) -> tuple[int, dict[str, str], str]:
    """Post, and return status, headers and as much of the body as is wanted; a redirect is not followed: the words would go elsewhere.

    With `addresses_of` nothing else is connected to, no proxy either.
    """
    timestamp = int(at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "voicebot",
        # What is packed could unpack to anything.
        "Accept-Encoding": "identity",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(message_id, timestamp, body, key),
    }
    # A proxy named in the environment cannot reach this machine.
    trusts = addresses_of is None and not is_loopback(url)
    with httpx.Client(trust_env=trusts, follow_redirects=False, verify=trusted()) as client:
        bound_reads(client, addresses_of)
        # Unread, or an endless answer would keep the worker for ever; a slow one is cut off.
        limits = httpx.Timeout(Deadline(timeout_s), connect=min(CONNECT_S, timeout_s))
        try:
            with client.stream("POST", url, content=body, headers=headers, timeout=limits) as answer:
                return answer.status_code, dict(answer.headers), _beginning(answer, longest)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ssl.SSLError) as error:
            raise transport_error(PROVIDER, error) from error


def _beginning(answer: httpx.Response, longest: int) -> str:
    """Return the first `longest` bytes as text; what is no UTF-8 in them is replaced."""
    taken = b""
    for piece in answer.iter_raw() if longest else ():
        taken += piece
        if len(taken) >= longest:
            break
    return taken[:longest].decode("utf-8", "replace")
