"""Which clip belongs to which row, and the unguessable name under which Twilio fetches the clip.

A token names a row (call, turn, part, index) or a fixed phrase, carries its expiry, and is signed with a key
derived from SECRET_KEY. Whoever holds one can hear that one sentence, and nothing else.
"""

import base64
import hashlib
import hmac
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from voicebot.domain.call.phrases import PHRASES, phrase
from voicebot.providers.clips import Clip
from voicebot.runtime import Runtime
from voicebot.storage.calls import turns
from voicebot.storage.database import DatabaseAway

Place = tuple[int, int, int, int]
"""Where a spoken item stands: call id, turn, part, index in the part."""
CLIP_TOKEN_S = 3600
FIXED_MAX_AGE_S = 31_536_000
_ROW = struct.Struct(">QIIIQ8s")
_MAC_BYTES = 16


@dataclass(frozen=True)
class Sound:
    """Audio to send: mp3 chunks and how long a cache may keep it (0: not at all)."""

    chunks: Iterator[bytes]
    max_age_s: int


def _mac(runtime: Runtime, payload: bytes) -> bytes:
    return hmac.new(runtime.speech_key, payload, hashlib.sha256).digest()[:_MAC_BYTES]


def _sign(runtime: Runtime, payload: bytes) -> str:
    return base64.urlsafe_b64encode(payload + _mac(runtime, payload)).decode().rstrip("=")


def _verified(runtime: Runtime, token: str) -> bytes | None:
    try:
        data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    payload, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
    return payload if hmac.compare_digest(mac, _mac(runtime, payload)) else None


def _words(item: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(f"{item['voice_id']}\0{item['text']}".encode()).digest()[:8]


def _opens(place: Place, item: Mapping[str, Any]) -> bool:
    """Whether the item is the greeting: the same in every call of its line."""
    return place[1] == 0 and item["gen"] == 0


def _key(place: Place, words: bytes, *, opening: bool) -> str:
    """Name a row's clip. The words are part of it: a row number alone may mean something else in another database.

    A greeting is named by its words alone, made once and kept.
    """
    if opening:
        return f"fixed-opening-{words.hex()}"
    return "-".join(str(number) for number in place) + "-" + words.hex()


def _fixed_key(name: str, voice_id: str, language: str) -> str:
    words = hashlib.sha256(f"{voice_id}\0{language}\0{phrase(name, language)}".encode()).hexdigest()[:24]
    return f"fixed-{name}-{words}"


def start_clip(runtime: Runtime, place: Place, item: Mapping[str, Any]) -> Clip:
    """Have the item's clip made, unless it is being made or made already."""
    return runtime.clips.ensure(clip_key(place, item), item["text"], item["voice_id"])


def clip_key(place: Place, item: Mapping[str, Any]) -> str:
    """Return the name of the item's clip in the store."""
    if item["kind"] in PHRASES:
        return _fixed_key(item["kind"], item["voice_id"], item["language"])
    return _key(place, _words(item), opening=_opens(place, item))


def clip_url(runtime: Runtime, place: Place, item: Mapping[str, Any]) -> str:
    """Return the item's URL."""
    if item["kind"] in PHRASES:
        return fixed_url(runtime, item["kind"], item["voice_id"], item["language"])
    expires = int(runtime.now().timestamp()) + CLIP_TOKEN_S
    # Rounded, so that the same row asked twice within the hour has the same URL.
    payload = (b"o" if _opens(place, item) else b"r") + _ROW.pack(
        *place, expires - expires % CLIP_TOKEN_S + CLIP_TOKEN_S, _words(item)
    )
    return f"{runtime.settings.public_url}/speech/{_sign(runtime, payload)}"


def fixed_url(runtime: Runtime, name: str, voice_id: str, language: str) -> str:
    """Return the URL of a fixed phrase: always the same, to be kept by every cache on the way."""
    payload = b"f" + "\0".join((name, voice_id, language)).encode()
    return f"{runtime.settings.public_url}/speech/{_sign(runtime, payload)}"


def start_fixed(runtime: Runtime, name: str, voice_id: str, language: str) -> Clip:
    """Have a fixed phrase made."""
    return runtime.clips.ensure(_fixed_key(name, voice_id, language), phrase(name, language), voice_id)


def fixed_ready(runtime: Runtime, name: str, voice_id: str, language: str) -> bool:
    """Tell whether a fixed phrase can be played at once."""
    return runtime.clips.ready(_fixed_key(name, voice_id, language))


def speak(runtime: Runtime, token: str) -> Sound | None:
    """Return the audio that a token names; None for one that is forged, expired or of a row that is gone."""
    payload = _verified(runtime, token)
    if payload is None:
        return None
    if payload[:1] == b"f":
        name, voice_id, language = payload[1:].decode().split("\0")
        if name not in PHRASES:
            return None
        key, text = _fixed_key(name, voice_id, language), phrase(name, language)
        return Sound(runtime.clips.audio(key, text, voice_id), FIXED_MAX_AGE_S)
    *place, expires, words = _ROW.unpack(payload[1:])
    if expires < runtime.now().timestamp():
        return None
    key = _key((place[0], place[1], place[2], place[3]), words, opening=payload[:1] == b"o")
    return _row_sound(runtime, key, (place[0], place[1], place[2], place[3]), words)


def _row_sound(runtime: Runtime, key: str, place: Place, words: bytes) -> Sound | None:
    if audio := runtime.clips.follow(key):
        return Sound(audio, 0)
    try:
        item = turns.read_speech(runtime.database, *place)
    except DatabaseAway:
        # The URL was promised to play: an apology is better than an error that ends the call.
        voice_id = runtime.settings.elevenlabs_voice_id
        return Sound(runtime.clips.speak_instead(phrase("service_say_again"), voice_id), 0)
    if item is None or "text" not in item or _words(item) != words:
        return None
    return Sound(runtime.clips.audio(key, item["text"], item["voice_id"]), 0)
