"""Speak without any account, on this machine's processor.

The product falls back on it when the voice provider fails, and the simulator speaks with it. A sentence of
60 characters costs about 8 ms of processor for the speech and 13 ms more as MP3, so the work is done in
pieces and lets other tasks run between them.
"""

import re
import time
import unicodedata
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from zlib import crc32

import lameenc

from voicebot.domain.sentences import sentences
from voicebot.domain.voices import ProviderVoice
from voicebot.providers.local.espeak import ESPEAK, ESPEAK_HZ, EspeakError, OffHub, here
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.transports.audio import PHONE_HZ, pcm16_to_ulaw, resample

PIECE_CHARS = 160
_SLICE_BYTES = ESPEAK_HZ // 4 * 2
_SILENCE = b"\x00\x00" * (ESPEAK_HZ // 10)
_LAME_QUICKEST = 7
_PCM_RATES = {8000, 16000, 22050, 24000, 32000, 44100, 48000}
_MP3_KINDS = {(22050, 32), (24000, 48), *((44100, kbps) for kbps in (32, 64, 96, 128, 192))}
_UNSPOKEN = {"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk"}


@dataclass(frozen=True)
class VoiceShape:
    """How one voice sounds: an espeak voice (`en-us+f3`), its pitch from 0 to 99, and its pace."""

    espeak: str
    pitch: int
    words_per_minute: int
    gender: str
    accent: str = "american"


SHAPES = (
    VoiceShape("en-us+f3", 55, 170, "female"),
    VoiceShape("en-us+m3", 42, 165, "male"),
    VoiceShape("en-gb-x-rp+f2", 60, 168, "female", "british"),
    VoiceShape("en-gb-x-rp+m7", 35, 160, "male", "british"),
    VoiceShape("en-us+f4", 70, 178, "female"),
    VoiceShape("en-us+m1", 28, 155, "male"),
    VoiceShape("en-gb-scotland+f1", 48, 165, "female", "scottish"),
    VoiceShape("en-gb-scotland+m4", 50, 172, "male", "scottish"),
)
"""Voice ids that nobody described are spread over these by a checksum: the same id always sounds the same."""

_SPOKEN_AS = {
    "en": "en-us", "en-us": "en-us", "en-gb": "en-gb-x-rp", "de": "de", "fr": "fr", "es": "es", "es-mx": "es-419",
    "es-us": "es-419", "it": "it", "pt": "pt", "pt-br": "pt-br", "nl": "nl", "pl": "pl", "ru": "ru", "sv": "sv",
    "da": "da", "nb": "nb", "fi": "fi", "tr": "tr", "cs": "cs", "hu": "hu", "el": "el", "hi": "hi", "ja": "ja",
}  # fmt: skip


class LocalVoice:
    """A Voice that needs no network. `shapes` gives chosen voice ids their sound, as `language` does a tongue."""

    def __init__(self, shapes: Mapping[str, VoiceShape] | None = None, *, off_hub: OffHub = here) -> None:
        """`off_hub` does the speaking where it holds nobody up: a sentence takes some ten milliseconds."""
        self._shapes, self._off_hub = dict(shapes or {}), off_hub

    def stream(
        self,
        text: str,
        *,
        voice_id: str,
        audio_format: str,
        model_id: str | None = None,
        language: str | None = None,
    ) -> Generator[bytes]:
        """Yield audio as it is made, playable from the first piece on; words that are none give a short silence.

        Formats: `mp3_<rate>_<kbps>`, `pcm_<rate>`, `ulaw_8000`. Raises ProviderError.
        """
        del model_id
        encode = _encoder(audio_format)
        shape = self.shape(voice_id, language)
        return _spoken(text, shape, encode, self._off_hub)

    def synthesize(self, text: str, *, voice: str, audio_format: str, language: str | None = None) -> bytes:
        """Return a whole clip; as `stream` otherwise."""
        return b"".join(self.stream(text, voice_id=voice, audio_format=audio_format, language=language))

    def shape(self, voice_id: str, language: str | None = None) -> VoiceShape:
        """How this voice id sounds, in the asked language (BCP 47) where espeak has it."""
        shape = self._shapes.get(voice_id) or SHAPES[crc32(voice_id.encode("utf-8", "replace")) % len(SHAPES)]
        tongue = (language or "").lower().replace("_", "-")
        spoken = _SPOKEN_AS.get(tongue) or _SPOKEN_AS.get(tongue.split("-")[0])
        if spoken is None or spoken == "en-us":
            return shape
        return replace(shape, espeak=f"{spoken}+{shape.espeak.partition('+')[2]}")

    def list_voices(self) -> list[ProviderVoice]:
        """Every sound of its own that this voice has."""
        return [
            ProviderVoice(
                voice_id=f"local-{number}",
                name=f"Local {number}",
                language="en",
                gender=shape.gender,
                accent=shape.accent,
            )
            for number, shape in enumerate(SHAPES, start=1)
        ]


def speakable_pieces(text: str) -> list[str]:
    """Cut text into sentences, or shorter, without markup, control characters and pictures."""
    bare = re.sub(r"<[^<>]{0,200}>", " ", text)
    bare = "".join(" " if unicodedata.category(char) in _UNSPOKEN else char for char in bare)
    pieces: list[str] = []
    for sentence in sentences(" ".join(bare.split())):
        rest = sentence.strip()
        while len(rest) > PIECE_CHARS:
            head = rest[:PIECE_CHARS]
            cut = max(head.rfind(", ") + 1, head.rfind("; ") + 1) or head.rfind(" ") or PIECE_CHARS
            cut = cut if cut > 0 else PIECE_CHARS
            pieces.append(rest[:cut].strip())
            rest = rest[cut:].strip()
        pieces.append(rest)
    return [piece for piece in pieces if any(char.isalnum() for char in piece)]


def _spoken(text: str, shape: VoiceShape, encode: "_Encode", off_hub: OffHub) -> Generator[bytes]:
    try:
        yield from encode(_pcm_pieces(text, shape, off_hub))
    except EspeakError as error:
        raise ProviderError("local_voice", "espeak", Outcome.UNKNOWN) from error


def _pcm_pieces(text: str, shape: VoiceShape, off_hub: OffHub) -> Iterator[bytes]:
    pieces = speakable_pieces(text)
    if not pieces:
        yield _SILENCE
    for piece in pieces:
        spoken = ESPEAK.speak(
            piece,
            voice=shape.espeak,
            pitch=shape.pitch,
            words_per_minute=shape.words_per_minute,
            off_hub=off_hub,
        )
        # Letters without a sound in espeak are no error; an empty sound is valid in every format.
        yield spoken or _SILENCE
        # Under gevent this lets calls whose frames are due go first.
        time.sleep(0)


_Encode = Callable[[Iterator[bytes]], Iterator[bytes]]


def _encoder(audio_format: str) -> _Encode:
    """Choose how PCM pieces at ESPEAK_HZ become the asked format."""
    parts = re.fullmatch(r"(pcm|ulaw|mp3)_(\d{4,5})(?:_(\d{2,3}))?", audio_format)
    codec, rate, kbps = (parts[1], int(parts[2]), int(parts[3] or 0)) if parts else ("", 0, 0)
    if codec == "pcm" and not kbps and rate in _PCM_RATES:
        return partial(_as_pcm, rate=rate)
    if codec == "ulaw" and not kbps and rate == PHONE_HZ:
        return _as_ulaw
    if codec == "mp3" and (rate, kbps) in _MP3_KINDS:
        return partial(_as_mp3, rate=rate, kbps=kbps)
    raise ProviderError("local_voice", "audio_format", Outcome.REFUSED)


def _as_pcm(pieces: Iterator[bytes], *, rate: int) -> Iterator[bytes]:
    for pcm in pieces:
        yield resample(pcm, ESPEAK_HZ, rate)


def _as_ulaw(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for pcm in _as_pcm(pieces, rate=PHONE_HZ):
        yield pcm16_to_ulaw(pcm)


def _as_mp3(pieces: Iterator[bytes], *, rate: int, kbps: int) -> Iterator[bytes]:
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_bit_rate(kbps)
    encoder.set_in_sample_rate(rate)
    encoder.set_out_sample_rate(rate)
    encoder.set_channels(1)
    encoder.set_quality(_LAME_QUICKEST)
    for pcm in _as_pcm(pieces, rate=rate):
        for start in range(0, len(pcm), _SLICE_BYTES):
            frames = bytes(encoder.encode(pcm[start : start + _SLICE_BYTES]))
            if frames:
                yield frames
            time.sleep(0)
    yield bytes(encoder.flush())
