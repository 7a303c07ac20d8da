"""Post an event to a system of the operator, signed as Standard Webhooks says (spec 1.0.0)."""

import base64
import hashlib
import hmac
from datetime import datetime

import requests

from voicebot.domain.loopback import is_loopback
from voicebot.providers.http.request_errors import translated
from voicebot.providers.ports import Outcome, ProviderError

PROVIDER = "operator webhook"
TIMEOUT_S = 10.0


def shared_secret(key: bytes) -> str:
    """Return the key as receivers are given it."""
    return f"whsec_{base64.b64encode(key).decode()}"


def signature(message_id: str, timestamp: int, body: bytes, key: bytes) -> str:
    """Return the value of `webhook-signature`: HMAC-SHA256 over id, time of this attempt, and the bytes that are sent."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def post_signed(url: str, *, message_id: str, at: datetime, body: bytes, key: bytes) -> None:
    """Post JSON; only a 2xx counts as taken, and a redirect is not followed: the words would go elsewhere.

    Raises ProviderError, whose code is `http_…`, `certificate`, `unreachable`, `no-answer` or `unreadable`.
    """
    timestamp = int(at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "voicebot",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(message_id, timestamp, body, key),
    }
    with requests.Session() as session:
        # A proxy named in the environment cannot reach this machine.
        session.trust_env = not is_loopback(url)
        # Unread, or an endless answer would keep the job for ever.
        with (
            translated(PROVIDER),
            session.post(
                url, data=body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, stream=True
            ) as answer,
        ):
            status = answer.status_code
    if not 200 <= status < 300:
        outcome = Outcome.UNKNOWN if status >= 500 else Outcome.REFUSED
        raise ProviderError(PROVIDER, f"http_{status}", outcome)
