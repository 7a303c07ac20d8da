"""What the stand-in transcriber understands of a caller, by how much was said: the words are always the same ones."""

import struct
import time

from voicebot.transports.audio import ulaw_to_pcm16

WHOLE, BEGINNING = "Can I book a table for tonight, please?", "I would like to"
BEGINNING_MS = 1400
"""Less speech than this is the beginning of a question."""
QUIET_MS = 80.0
"""After so much silence it is seen that a word has ended."""
BETWEEN_S = 1.5
"""Sound after so long a break is another utterance."""
_SIZES = [abs(sample) for (sample,) in struct.iter_unpack("<h", ulaw_to_pcm16(bytes(range(256))))]
_LOUD = 300


class Understood:
    """One connection."""

    def __init__(self) -> None:
        self._spoken = self._quiet = 0
        self._given = ""
        self._came = 0.0
        self._told = ""

    def sound(self, mulaw: bytes) -> str | None:
        """Take sound; return interim words when there are others than before."""
        now = time.monotonic()
        if now - self._came > BETWEEN_S:
            self._spoken, self._given, self._told = 0, "", ""
        self._came = now
        # Every eighth sample tells enough.
        is_loud = sum(_SIZES[code] for code in mulaw[::8]) > _LOUD * len(mulaw) / 8
        self._spoken += len(mulaw) * is_loud
        before, self._quiet = self._quiet, 0 if is_loud else self._quiet + len(mulaw)
        if is_loud and self._told == WHOLE:
            # It goes on: more words will come.
            return self._tell(BEGINNING)
        has_ended = before < QUIET_MS * 8 <= self._quiet
        return self._tell(self._rest()) if has_ended else None

    def final(self) -> str:
        """Return what was said since the last final."""
        text = self._rest()
        self._given = text or self._given
        self._told = ""
        return text

    def _tell(self, text: str) -> str | None:
        if text == self._told:
            return None
        self._told = text
        return text

    def _rest(self) -> str:
        text = WHOLE if self._spoken >= BEGINNING_MS * 8 else BEGINNING if self._spoken else ""
        return "" if self._given in (text, WHOLE) else text
