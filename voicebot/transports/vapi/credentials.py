"""How a Vapi account signs its webhooks (providers' handbook 5.4): one credential, as it was made in its dashboard. Pure.

An HMAC credential carries Vapi's own field names, so that it can be copied from there as it stands.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOLERANCE_S = 300.0
"""How old, or how far ahead, a signed timestamp may be."""
MILLISECONDS_FROM = 1e11
"""A timestamp this large counts milliseconds (its unit is not documented)."""
SHORTEST_SECRET = 6
MOST_SIGNATURES = 4
ALGORITHMS = ("sha256", "sha512", "sha1")
ENCODINGS = ("hex", "base64")
_HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PLACEHOLDER = re.compile(r"\{(timestamp|body|messageId|message_id|id)\}")


@dataclass(frozen=True)
class SharedSecret:
    """A secret that stands in a header as it is."""

    secret: str = field(repr=False)
    header: str = "x-vapi-secret"
    prefix: str = ""

    def may_be_signed(self, headers: Mapping[str, str], now: float) -> bool:
        """Whether a request can be authentic, by its headers alone."""
        return self.signed(headers, b"", now)

    def signed(self, headers: Mapping[str, str], body: bytes, now: float) -> bool:
        """Whether a request carries the secret; `headers` by small letters."""
        del body, now
        wanted = f"{self.prefix}{self.secret}".encode()
        return hmac.compare_digest(headers.get(self.header, "").encode("utf-8", "replace"), wanted)


@dataclass(frozen=True)
class SignedBody:
    """A signature over the body, and over a timestamp where the credential says so."""

    key: bytes = field(repr=False)
    algorithm: str = "sha256"
    signature_header: str = "x-signature"
    timestamp_header: str = "x-timestamp"
    message_id_header: str = ""
    prefix: str = ""
    payload_format: str = "{timestamp}.{body}"
    encoding: str = "hex"
    with_timestamp: bool = True

    def may_be_signed(self, headers: Mapping[str, str], now: float) -> bool:
        """Whether a request can be authentic, by its headers alone."""
        if self.with_timestamp and not _is_fresh(headers.get(self.timestamp_header, ""), now):
            return False
        return bool(self._given(headers))

    def signed(self, headers: Mapping[str, str], body: bytes, now: float) -> bool:
        """Whether a request is signed, and lately; `headers` by small letters."""
        timestamp = headers.get(self.timestamp_header, "") if self.with_timestamp else ""
        if self.with_timestamp and not _is_fresh(timestamp, now):
            return False
        digest = hmac.digest(self.key, self._payload(timestamp, headers, body), self.algorithm)
        wanted = digest.hex() if self.encoding == "hex" else base64.b64encode(digest).decode()
        return any(hmac.compare_digest(given, wanted.encode()) for given in self._given(headers))

    def _given(self, headers: Mapping[str, str]) -> list[bytes]:
        """Return what may be a signature, without its prefix; several during a rotation, as Standard Webhooks has it."""
        size = hashlib.new(self.algorithm).digest_size
        length = size * 2 if self.encoding == "hex" else -(-size // 3) * 4
        every = [each.strip() for each in headers.get(self.signature_header, "").split(" ")[:MOST_SIGNATURES]]
        bare = [each[len(self.prefix) :] for each in every if each.startswith(self.prefix)]
        return [
            (each.lower() if self.encoding == "hex" else each).encode()
            for each in bare
            if len(each) == length and each.isascii()
        ]

    def _payload(self, timestamp: str, headers: Mapping[str, str], body: bytes) -> bytes:
        message_id = headers.get(self.message_id_header, "") if self.message_id_header else ""
        parts = {"timestamp": timestamp.encode(), "body": body}
        pieces = _PLACEHOLDER.split(self.payload_format)
        # Every second piece is the name of a placeholder; its value is not searched for placeholders again.
        return b"".join(
            parts.get(piece, message_id.encode()) if place % 2 else piece.encode()
            for place, piece in enumerate(pieces)
        )


Credential = SharedSecret | SignedBody


def credential_in(text: str) -> Credential:
    """Read a credential out of text: JSON, or the secret of `X-Vapi-Secret` as it is. Raises ValueError."""
    if not text.lstrip().startswith("{"):
        return credential_of({"type": "secret", "secret": text.strip()})
    try:
        return credential_of(json.loads(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError("webhook: no JSON") from error


def credential_of(given: Any) -> Credential:
    """Read a credential as an operator gives it. Raises ValueError that names what is wrong, and never shows a secret.

    `{"type": "hmac", "secretKey", …}` with Vapi's names, or `{"type": "secret" | "bearer", "secret", "header"?, "prefix"?}`.
    """
    if not isinstance(given, Mapping):
        raise ValueError("webhook: an object with type hmac, bearer or secret")  # noqa: TRY004 - one error for all
    match given.get("type"):
        case "hmac":
            return _hmac(given)
        case "bearer":
            return SharedSecret(
                _secret(given, "secret", "token"),
                _header(given, "header", "authorization"),
                _text(given, "prefix", "Bearer "),
            )
        case "secret":
            return SharedSecret(
                _secret(given, "secret", "token"),
                _header(given, "header", "x-vapi-secret"),
                _text(given, "prefix", ""),
            )
        case _:
            raise ValueError("webhook.type: hmac, bearer or secret")


def _hmac(given: Mapping[str, Any]) -> SignedBody:
    secret = _secret(given, "secretKey", "secret")
    key = secret.encode()
    if given.get("secretIsBase64"):
        try:
            key = base64.b64decode(secret, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError("webhook.secretKey: no base64") from error
    algorithm, encoding = _text(given, "algorithm", "sha256"), _text(given, "signatureEncoding", "hex")
    if algorithm not in ALGORITHMS:
        raise ValueError(f"webhook.algorithm: {', '.join(ALGORITHMS)}")
    if encoding not in ENCODINGS:
        raise ValueError(f"webhook.signatureEncoding: {', '.join(ENCODINGS)}")
    with_timestamp = bool(given.get("includeTimestamp", True))
    payload = _text(given, "payloadFormat", "{timestamp}.{body}" if with_timestamp else "{body}")
    if "{body}" not in payload:
        raise ValueError("webhook.payloadFormat: it must hold {body}")
    if with_timestamp and "{timestamp}" not in payload:
        # A timestamp that is not signed proves nothing.
        raise ValueError("webhook.payloadFormat: it must hold {timestamp}, or includeTimestamp be false")
    message_id = _header(given, "messageIdHeader", "") if given.get("messageIdHeader") else ""
    return SignedBody(
        key=key,
        algorithm=algorithm,
        signature_header=_header(given, "signatureHeader", "x-signature"),
        timestamp_header=_header(given, "timestampHeader", "x-timestamp"),
        message_id_header=message_id,
        prefix=_text(given, "signaturePrefix", ""),
        payload_format=payload,
        encoding=encoding,
        with_timestamp=with_timestamp,
    )


def _secret(given: Mapping[str, Any], *names: str) -> str:
    found = next((given[name] for name in names if isinstance(given.get(name), str)), "")
    if len(found) < SHORTEST_SECRET:
        raise ValueError(f"webhook.{names[0]}: missing, or shorter than {SHORTEST_SECRET} characters")
    return str(found)


def _text(given: Mapping[str, Any], name: str, default: str) -> str:
    value = given.get(name, default)
    if not isinstance(value, str) or len(value) > 200:
        raise ValueError(f"webhook.{name}: a short text")
    return value


def _header(given: Mapping[str, Any], name: str, default: str) -> str:
    value = _text(given, name, default)
    if not _HEADER.fullmatch(value):
        raise ValueError(f"webhook.{name}: the name of a header")
    return value.lower()


def _is_fresh(timestamp: str, now: float) -> bool:
    if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 16:
        return False
    told = float(timestamp)
    return abs((told / 1000 if told >= MILLISECONDS_FROM else told) - now) <= TOLERANCE_S
