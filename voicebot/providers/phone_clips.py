"""Fixed phrases as mu-law for a line that streams: made once for all processes of a machine, and kept in memory."""

import logging
import os
import threading
import time
from collections import OrderedDict
from contextlib import closing
from pathlib import Path

from voicebot.providers.measured import provider_call
from voicebot.providers.ports import Outcome, ProviderError, Voice
from voicebot.transports.ulaw import UlawMaker

FORMATS = ("ulaw_8000", "pcm_16000")
"""A plan that lacks the first has the second."""
SUFFIX = ".ulaw"
MOST_IN_MEMORY = 16 << 20
LONGEST_CLIP = 60 * 8000
"""Bytes of the longest clip: a minute."""
TRY_AGAIN_S = 5.0
"""After a failure a phrase is asked for no more for so long."""

log = logging.getLogger(__name__)


class PhoneClips:
    """Makes and keeps them; safe to share between threads and greenlets."""

    def __init__(
        self,
        folder: Path,
        voice: Voice,
        *,
        most_in_memory: int = MOST_IN_MEMORY,
        try_again_s: float = TRY_AGAIN_S,
    ) -> None:
        self._folder, self._voice = folder, voice
        self._most_in_memory, self._try_again_s = most_in_memory, try_again_s
        self._lock = threading.Lock()
        self._held: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._making: set[str] = set()
        self._not_before: dict[str, float] = {}

    def frames(self, key: str, text: str, voice_id: str) -> bytes | None:
        """Return a phrase's mu-law at 8 kHz; None while there is none: it is being made then. `key` is a file name."""
        with self._lock:
            if (held := self._held.get(key)) is not None:
                self._held.move_to_end(key)
                return held
            if key in self._making or time.monotonic() < self._not_before.get(key, 0.0):
                return None
            self._making.add(key)
        threading.Thread(target=self._have, args=(key, text, voice_id), daemon=True).start()
        return None

    def _have(self, key: str, text: str, voice_id: str) -> None:
        """Read the clip that some process has made, or make it."""
        sound = b""
        try:
            sound = self._read(key) or self._made(text, voice_id)
            self._keep_on_disk(key, sound)
        except ProviderError as error:
            log.warning("a phrase was not voiced", extra={"code": error.code, "outcome": error.outcome})
        except OSError:
            # A full disk: it is kept in memory alone.
            log.exception("a phrase cannot be written")
        finally:
            with self._lock:
                self._making.discard(key)
                if sound:
                    self._hold(key, sound)
                else:
                    self._not_before[key] = time.monotonic() + self._try_again_s

    def _hold(self, key: str, sound: bytes) -> None:
        self._not_before.pop(key, None)
        self._held[key] = sound
        self._bytes += len(sound)
        while self._bytes > self._most_in_memory and len(self._held) > 1:
            _, oldest = self._held.popitem(last=False)
            self._bytes -= len(oldest)

    def _read(self, key: str) -> bytes:
        try:
            return (self._folder / f"{key}{SUFFIX}").read_bytes()
        except OSError:
            return b""

    def _keep_on_disk(self, key: str, sound: bytes) -> None:
        path = self._folder / f"{key}{SUFFIX}"
        if path.exists():
            return
        # Whole or not at all: another process may read it now.
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(sound)
        part.replace(path)

    def _made(self, text: str, voice_id: str) -> bytes:
        for audio_format in FORMATS:
            try:
                return self._spoken(text, voice_id, audio_format)
            except ProviderError as refused:
                if refused.outcome is not Outcome.REFUSED or audio_format == FORMATS[-1]:
                    raise
        raise AssertionError("unreachable")

    def _spoken(self, text: str, voice_id: str, audio_format: str) -> bytes:
        maker, sound = UlawMaker(audio_format), bytearray()
        stream = self._voice.stream(text, voice_id=voice_id, audio_format=audio_format)
        with provider_call("voice", "clip"), closing(stream):
            for chunk in stream:
                sound += maker.feed(chunk)
                if len(sound) > LONGEST_CLIP:
                    raise ProviderError("voice", "too_long", Outcome.UNKNOWN)
        return bytes(sound + maker.end())
