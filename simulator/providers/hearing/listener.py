"""What a stand-in transcriber understands: the words that callers of this simulator type, and clips of the house's own voice.

Nothing is recognised by its sound: the carrier says which frames belong to which words (`far_end/said.py`), and the ledger knows what
the voice said. A stranger's speech is nothing but sound.
"""

import re
from itertools import groupby

from flask import Flask

from simulator.carrier.far_end.said import FRAME_BYTES, FRAME_S, Place, SaidBook, Utterance
from simulator.providers.ledger import AudioLedger, ledger_of

BYTES_PER_S = 8000
LOOK_AFTER = 6
FADES_S = 10 * FRAME_S
MOST_KEPT = 30 * BYTES_PER_S
_COMMON = {
    "es": {"el", "la", "que", "es", "una", "por", "hola", "gracias", "quiero", "cita", "para"},
    "fr": {"le", "les", "est", "une", "bonjour", "merci", "je", "vous", "rendez-vous", "voudrais"},
    "de": {"der", "die", "das", "ist", "ein", "eine", "ich", "und", "hallo", "danke", "termin"},
    "pt": {"o", "os", "uma", "olá", "obrigado", "obrigada", "eu", "você", "não", "quero", "para"},
}


class Listener:
    """One stream's ear. Times are those of the sound: without sound nothing passes."""

    def __init__(self, said: SaidBook, ledger: AudioLedger) -> None:
        self._said, self._ledger = said, ledger
        self._rest = b""
        self._aligned = False
        self._strange = 0
        """Frames that are no silence and nobody's."""
        self._places: list[Place] = []
        self._sound = bytearray()
        self.heard_bytes = 0
        """Of the whole stream."""
        self._since = 0
        self._last_speech = -1

    def feed(self, mulaw: bytes) -> None:
        """Listen."""
        self.heard_bytes += len(mulaw)
        self._sound += mulaw
        del self._sound[:-MOST_KEPT]
        self._rest += mulaw
        self._hear()
        if not self._aligned and self._strange >= LOOK_AFTER:
            self._strange = 0
            self._align()

    @property
    def heard_s(self) -> float:
        """How much sound came since the last cut."""
        return (self.heard_bytes - self._since) / BYTES_PER_S

    @property
    def spoke_at(self) -> int:
        """Where in the stream's bytes somebody spoke last; -1: nobody has."""
        return self._last_speech

    @property
    def quiet_s(self) -> float:
        """How long ago, in sound, somebody spoke; without words since the last cut, as long as it lasts."""
        return (self.heard_bytes - max(self._last_speech, self._since)) / BYTES_PER_S

    def words(self) -> str:
        """What was said since the last cut."""
        said = []
        for _, group in groupby(self._places, key=lambda place: place.utterance.n):
            places = list(group)
            utterance = places[0].utterance
            before = _said_by(utterance, places[0].at_s - FRAME_S) if places[0].at_s > 1.5 * FRAME_S else ""
            # Who cuts a word off loses it.
            whole = _said_by(utterance, max(place.at_s for place in places))
            said.append(whole[len(before) :].strip() if whole.startswith(before) else whole)
        return " ".join(part for part in said if part) or self._clip()

    def cut(self) -> None:
        """Begin anew: what was said so far is done with."""
        self._places.clear()
        self._sound.clear()
        self._since = self.heard_bytes

    def _clip(self) -> str:
        """Words of a clip of the house's voice, from its beginning."""
        return self._ledger.recognise(bytes(self._sound).lstrip(b"\xff\x7f")) or "" if self._sound else ""

    def _hear(self) -> None:
        while len(self._rest) >= FRAME_BYTES:
            frame, self._rest = self._rest[:FRAME_BYTES], self._rest[FRAME_BYTES:]
            place = self._said.find(frame)
            if place is not None:
                self._aligned = True
                self._places.append(place)
                self._last_speech = self.heard_bytes - len(self._rest)
            elif frame.count(frame[0]) < FRAME_BYTES:
                self._strange += 1

    def _align(self) -> None:
        """Find where frames begin: what was fed may have been cut anywhere."""
        first = max(0, len(self._sound) - LOOK_AFTER * FRAME_BYTES)
        for offset in range(first, first + FRAME_BYTES):
            for at in range(offset, len(self._sound) - FRAME_BYTES + 1, FRAME_BYTES):
                if self._said.find(bytes(self._sound[at : at + FRAME_BYTES])):
                    self._rest = bytes(self._sound[at % FRAME_BYTES :])
                    self._hear()
                    return


def _said_by(utterance: Utterance, seconds: float) -> str:
    """Return the words after this much sound; the sound in which the last word fades adds none."""
    return utterance.text if seconds >= utterance.lasts_s - FADES_S else utterance.words_by(seconds)


def listener_of(app: Flask) -> Listener:
    """Make an ear of this simulator."""
    exchange = app.extensions.get("exchange")
    said = exchange.said if exchange is not None else app.extensions.setdefault("said_book", SaidBook())
    return Listener(said, ledger_of(app))


def language_of(text: str, expected: str) -> str:
    """Return the language that words seem to be in."""
    words = set(re.findall(r"[\w-]+", text.lower()))
    best = max(_COMMON, key=lambda language: len(words & _COMMON[language]))
    return best if len(words & _COMMON[best]) >= 2 else expected
