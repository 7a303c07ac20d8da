"""The unguessable names under which Twilio fetches clips.

A token names a row (call, turn, part, index) or a fixed phrase, carries its expiry, and is signed. Whoever holds one
can hear that one sentence, and nothing else.
"""

import base64
import hmac
import struct
from dataclasses import dataclass

from voicebot.domain.call.phrases import Phrase

Place = tuple[int, int, int, int]
"""Where a spoken item stands: call id, turn, part, index in the part."""

WORDS_BYTES = 8
_FIXED, _OPENING, _ROW = b"f", b"o", b"r"
_ROW_FIELDS = struct.Struct(f">QIIIQ{WORDS_BYTES}s")
_MAC_BYTES = 16


@dataclass(frozen=True)
class RowClip:
    """A sentence of a call. `words` is a digest of them; `opening`: the greeting, the same in every call of its template."""

    place: Place
    words: bytes
    expires: int
    """In seconds since 1970."""
    opening: bool = False


@dataclass(frozen=True)
class FixedClip:
    """A fixed phrase, which never expires."""

    phrase: Phrase
    voice_id: str
    language: str


def write_token(key: bytes, clip: RowClip | FixedClip) -> str:
    """Return the clip's name, signed."""
    match clip:
        case FixedClip(phrase, voice_id, language):
            payload = _FIXED + "\0".join((phrase, voice_id, language)).encode()
        case RowClip(place, words, expires, opening):
            payload = (_OPENING if opening else _ROW) + _ROW_FIELDS.pack(*place, expires, words)
    return base64.urlsafe_b64encode(payload + _mac(key, payload)).decode().rstrip("=")


def read_token(key: bytes, token: str) -> RowClip | FixedClip | None:
    """Return the clip that a token names, expired or not; None for one that we did not sign."""
    try:
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    payload, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, payload)):
        return None
    kind, fields = payload[:1], payload[1:]
    if kind == _FIXED:
        name, voice_id, language = fields.decode().split("\0")
        return FixedClip(Phrase(name), voice_id, language) if name in set(Phrase) else None
    call_id, turn, part, index, expires, words = _ROW_FIELDS.unpack(fields)
    return RowClip((call_id, turn, part, index), words, expires, opening=kind == _OPENING)


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, "sha256")[:_MAC_BYTES]
