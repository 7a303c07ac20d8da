"""Which clip belongs to which row, and how the clip is made, again if need be."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from voicebot.domain.call.phrases import Phrase, phrase
from voicebot.domain.call.turn import SpokenItem
from voicebot.providers.clips import OPENING, Clip
from voicebot.providers.ports import Priority
from voicebot.runtime import Runtime
from voicebot.storage.calls import turns
from voicebot.storage.database import DatabaseAway
from voicebot.transports.clip_tokens import WORDS_BYTES, FixedClip, Place, RowClip, read_token, write_token
from voicebot.transports.twilio import urls

CLIP_TOKEN_S = 3600
FIXED_MAX_AGE_S = 31_536_000
FIXED_KNOWN = 1_000
"""Names of fixed phrases that are remembered: some 30 in each voice and language."""


@dataclass(frozen=True)
class Sound:
    """Audio to send: mp3 chunks and how long a cache may keep it (0: not at all)."""

    chunks: Iterator[bytes]
    max_age_s: int


def _words(item: SpokenItem) -> bytes:
    return hashlib.sha256(f"{item.voice_id}\0{item.spoken}".encode()).digest()[:WORDS_BYTES]


def _opens(place: Place, item: SpokenItem) -> bool:
    """Whether the item is the greeting: the same in every call of its template."""
    return place[1] == 0 and item.gen == 0


def opening_key(text: str, voice_id: str) -> str:
    """Return the name of a greeting's clip for lines that stream."""
    digest = hashlib.sha256(f"{voice_id}\0{text}".encode()).hexdigest()
    return f"{OPENING}{digest[:24]}"


def _key(place: Place, words: bytes, *, opening: bool) -> str:
    """Name a row's clip. The words are part of it: a row number alone may mean something else in another database.

    A greeting is named by its words alone, made once and kept for as long as it is played.
    """
    if opening:
        return f"{OPENING}{words.hex()}"
    return "-".join(str(number) for number in place) + "-" + words.hex()


@lru_cache(maxsize=FIXED_KNOWN)
def fixed_key(which: Phrase, voice_id: str, language: str) -> str:
    """Return the name of a fixed phrase's clip in the store."""
    words = hashlib.sha256(f"{voice_id}\0{language}\0{phrase(which, language)}".encode()).hexdigest()[:24]
    return f"fixed-{which}-{words}"


def start_clip(runtime: Runtime, place: Place, item: SpokenItem, *, speculative: bool = False) -> Clip:
    """Have the item's clip made, unless it is being made or made already."""
    priority = Priority.NEXT if place[2:] != (0, 0) else Priority.ANSWER
    if speculative:
        priority = Priority.SPECULATION
    return runtime.clips.ensure(clip_key(place, item), item.spoken, item.voice_id, priority)


def clip_key(place: Place, item: SpokenItem) -> str:
    """Return the name of the item's clip in the store."""
    if item.phrase:
        return fixed_key(item.phrase, item.voice_id, item.language)
    return _key(place, _words(item), opening=_opens(place, item))


def clip_url(runtime: Runtime, place: Place, item: SpokenItem) -> str:
    """Return the item's URL."""
    if item.phrase:
        return fixed_url(runtime, item.phrase, item.voice_id, item.language)
    expires = int(runtime.now().timestamp()) + CLIP_TOKEN_S
    # Rounded, so that the same row asked twice within the hour has the same URL.
    expires += CLIP_TOKEN_S - expires % CLIP_TOKEN_S
    clip = RowClip(place, _words(item), expires, _opens(place, item))
    return urls.speech_url(runtime.settings, write_token(runtime.speech_key, clip))


def fixed_url(runtime: Runtime, which: Phrase, voice_id: str, language: str) -> str:
    """Return the URL of a fixed phrase: always the same, to be kept by every cache on the way."""
    return urls.speech_url(runtime.settings, _fixed_token(runtime.speech_key, which, voice_id, language))


@lru_cache(maxsize=FIXED_KNOWN)
def _fixed_token(key: bytes, which: Phrase, voice_id: str, language: str) -> str:
    return write_token(key, FixedClip(which, voice_id, language))


def start_fixed(runtime: Runtime, which: Phrase, voice_id: str, language: str) -> Clip:
    """Have a fixed phrase made."""
    return runtime.clips.ensure(fixed_key(which, voice_id, language), phrase(which, language), voice_id)


def fixed_ready(runtime: Runtime, which: Phrase, voice_id: str, language: str) -> bool:
    """Tell whether a fixed phrase can be played at once."""
    return runtime.clips.ready(fixed_key(which, voice_id, language))


def speak(runtime: Runtime, token: str) -> Sound | None:
    """Return the audio for a token; None when the token is forged or expired, or its row is gone."""
    match read_token(runtime.speech_key, token):
        case FixedClip(which, voice_id, language):
            key = fixed_key(which, voice_id, language)
            return Sound(runtime.clips.audio(key, phrase(which, language), voice_id), FIXED_MAX_AGE_S)
        case RowClip(place, words, expires, opening) if expires >= runtime.now().timestamp():
            return _row_sound(runtime, _key(place, words, opening=opening), place, words)
    return None


def _row_sound(runtime: Runtime, key: str, place: Place, words: bytes) -> Sound | None:
    if audio := runtime.clips.follow(key):
        return Sound(audio, 0)
    try:
        item = turns.read_speech(runtime.database, *place)
    except DatabaseAway:
        # The URL was promised to play: an apology is better than an error that ends the call.
        voice_id = runtime.settings.elevenlabs_voice_id
        return Sound(runtime.clips.speak_instead(phrase(Phrase.SERVICE_SAY_AGAIN), voice_id), 0)
    if not isinstance(item, SpokenItem) or _words(item) != words:
        return None
    return Sound(runtime.clips.audio(key, item.spoken, item.voice_id), 0)
