"""Speak for the stand-in providers: the same words in the same voice are the same bytes, and the ledger knows them."""

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock

from flask import Flask

from simulator.config import SimulatorConfig
from simulator.providers.elevenlabs.voices import SHAPES
from simulator.providers.ledger import AudioLedger, ledger_of
from voicebot.providers.local.voice import SHAPES as LOCAL_SHAPES
from voicebot.providers.local.voice import LocalVoice, VoiceShape
from voicebot.providers.ports import ProviderError

CHUNK_BYTES = 2048
_CACHE_BYTES = 48 * 1024 * 1024

# The names that <Say voice="…"> is given most; others get a sound by checksum.
_WOMEN = ("woman", "alice", "joanna", "salli", "kendra", "kimberly", "ivy", "ruth", "danielle")
_MEN = ("man", "matthew", "joey", "justin", "kevin", "stephen", "gregory")
_BRITISH_WOMEN, _BRITISH_MEN = ("amy", "emma"), ("brian", "arthur")


class Mouth:
    """Makes speech and remembers it for a while."""

    def __init__(self, ledger: AudioLedger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._clips: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._held = 0

    def stream(
        self, text: str, *, voice: str, audio_format: str, language: str | None = None
    ) -> Iterator[bytes]:
        """Yield audio in chunks; the rest is generated even when the client leaves, so that the ear knows a cut clip's
        whole text.
        """
        key = (text, voice, audio_format, language or "")
        with self._lock:
            known = self._clips.get(key)
        if known is not None:
            yield from (known[at : at + CHUNK_BYTES] for at in range(0, len(known), CHUNK_BYTES))
            return
        making = _speaker(voice).stream(text, voice_id=voice, audio_format=audio_format, language=language)
        made: list[bytes] = []
        try:
            for piece in making:
                made.append(piece)
                yield from (piece[at : at + CHUNK_BYTES] for at in range(0, len(piece), CHUNK_BYTES))
        except GeneratorExit:
            made.extend(making)
            raise
        except ProviderError:
            made.clear()
            raise
        finally:
            if made:
                self._remember(key, b"".join(made))

    def synthesize(self, text: str, *, voice: str, audio_format: str, language: str | None = None) -> bytes:
        """Return a whole clip. Raises ProviderError for a format that is not spoken."""
        return b"".join(self.stream(text, voice=voice, audio_format=audio_format, language=language))

    def _remember(self, key: tuple[str, ...], audio: bytes) -> None:
        self._ledger.add(audio, key[0])
        with self._lock:
            if key in self._clips:
                return
            self._clips[key] = audio
            self._held += len(audio)
            while self._held > _CACHE_BYTES:
                _, oldest = self._clips.popitem(last=False)
                self._held -= len(oldest)


def mouth_of(app: Flask, config: SimulatorConfig) -> Mouth:
    """Return the one mouth of a simulator, made at the first call; its words go into `ledger_of(app)`."""
    mouth = app.extensions.get("provider_mouth")
    if not isinstance(mouth, Mouth):
        mouth = app.extensions["provider_mouth"] = Mouth(ledger_of(app, config.data_dir))
    return mouth


def synthesize(text: str, *, voice: str, audio_format: str, language: str | None = None) -> bytes:
    """Speak what <Say> says. `voice` is TwiML's word (`alice`, `Polly.Matthew-Neural`, `man`) or a voice id."""
    return _speaker(voice).synthesize(text, voice=voice, audio_format=audio_format, language=language)


def _speaker(voice: str) -> LocalVoice:
    """A local voice that knows this one name or id."""
    shape = SHAPES.get(voice) or _say_shape(voice)
    return LocalVoice({voice: shape} if shape is not None else None)


def _say_shape(voice: str) -> VoiceShape | None:
    name = voice.rpartition(".")[2].lower().partition("-")[0]
    for names, shape in zip((_WOMEN, _MEN, _BRITISH_WOMEN, _BRITISH_MEN), LOCAL_SHAPES, strict=False):
        if name in names:
            return shape
    return None
