"""The book of the words given to Twilio, and how much of them the caller has heard.

Twilio reports it in three ways, the best first: the words it has played (`tokens-played`), the words before an
interruption, and that it is quiet (`speaker-events`). Without any report the clock decides. Texts are compared by
letters and digits only, because spaces, signs and case are not heard. Twilio gets words in the template's own spelling
and reports in it; this book reports in the written words.
"""

import re
from dataclasses import dataclass

from voicebot.domain.answer.respelling import Pronunciations, respelt
from voicebot.domain.call.events import Heard, HeardSource

_SILENT = re.compile(r"[\W_]+")
LETTERS_PER_S = 12.0
"""How fast a voice speaks, in letters and digits."""
FIRST_SOUND_S = 0.45
"""From the first token to its sound (handbook 4.3)."""
LATE_S = 2.5
"""How much later than by the clock the last words may be reported as played."""
MOST_KEPT = 40
"""Utterances that Twilio may still report as heard; without reports the oldest are forgotten."""


def letters(text: str) -> str:
    """Return what of a text is compared."""
    return _SILENT.sub("", text.casefold())


@dataclass(frozen=True)
class Dropped:
    """An utterance that an interruption cut off: what is left of it."""

    gen: int
    seq: int
    text: str
    rest: str
    interruptible: bool


@dataclass
class Saying:
    """One utterance, as far as it was sent. `gen` and `seq` are those of Heard; None for a filler, which is no utterance."""

    gen: int | None
    seq: int
    begins: int
    """Its place among all letters that were sent."""
    interruptible: bool
    text: str = ""
    sent: str = ""
    whole: bool = False
    """`text` is all of it; until then more may be added."""
    reported: int = 0
    skipped: int = 0
    """Letters of `text` that were sent and heard before an interruption."""

    @property
    def ends(self) -> int:
        """Where the next one begins."""
        return self.begins + len(self.sent)


class Playout:
    """The texts of one socket. Times are seconds of any clock that only runs forward."""

    def __init__(self, pronunciations: Pronunciations = ()) -> None:
        self._pronunciations = pronunciations
        self._sayings: list[Saying] = []
        self._letters = ""
        self._heard = 0
        """So many of the letters were heard, as far as anything tells."""
        self.ends_at = 0.0
        """When everything will have been said, by the clock."""
        self._told = False
        """Twilio reports what it plays."""
        self.closed = True
        """Nothing more follows what was sent."""

    # --- what we do ---

    def send(self, gen: int | None, seq: int, text: str, now: float, *, interruptible: bool = True) -> None:
        """A part of an utterance was sent."""
        said = self._sayings[-1] if self._sayings else None
        if said is None or (said.gen, said.seq) != (gen, seq) or said.whole:
            said = Saying(gen, seq, len(self._letters), interruptible)
            self._sayings.append(said)
        added = self._spoken(text)
        said.text += text
        said.sent += added
        self._letters += added
        begins = max(self.ends_at, now + FIRST_SOUND_S)
        self.ends_at = begins + len(added) / LETTERS_PER_S
        self.closed = False

    def complete(self, gen: int | None, seq: int, text: str) -> list[Heard]:
        """An utterance has been sent to its end, and this is all of it."""
        for said in reversed(self._sayings):
            if (said.gen, said.seq) == (gen, seq) and not said.whole:
                said.text, said.whole = text, True
                said.skipped = max(0, len(self._spoken(text)) - len(said.sent))
                break
        return self._whole_ones()

    def begin_turn(self) -> None:
        """The caller has spoken: what was said and heard before is not compared any more."""
        kept = self._sayings[-MOST_KEPT:]
        while kept and kept[0].whole and kept[0].ends <= self._heard:
            kept.pop(0)
        gone = kept[0].begins if kept else min(self._heard, len(self._letters))
        for said in kept:
            said.begins -= gone
        self._sayings, self._letters = kept, self._letters[gone:]
        self._heard = max(0, self._heard - gone)

    # --- what Twilio tells ---

    def played(self, text: str, now: float) -> list[Heard]:
        """These words were played."""
        self._told = True
        words = letters(text)
        if not words:
            return []
        at = (
            self._heard
            if self._letters.startswith(words, self._heard)
            else self._letters.find(words, self._heard)
        )
        if at >= 0:
            self._hear(at + len(words), now)
        return self._whole_ones()

    def quiet(self, now: float) -> list[Heard]:
        """Nothing is being said now. In the middle of an answer it only means that the model is slow."""
        if self.closed:
            self._hear(len(self._letters), now)
        return self._whole_ones()

    def interrupted(self, until: str, now: float) -> tuple[list[Heard], list[Dropped]]:
        """The caller cut in after `until`: everything that waited is dropped."""
        self._hear(self._place_of(letters(until), now), now)
        dropped = [
            Dropped(said.gen, said.seq, said.text, said.text[self._chars(said) :], said.interruptible)
            for said in self._sayings
            if said.gen is not None and said.whole and said.ends > self._heard
        ]
        return self._cut(now), dropped

    def cut(self, now: float) -> list[Heard]:
        """What waited is dropped; how much was heard before, the clock tells where Twilio does not."""
        if not self._told:
            self._hear(self._by_the_clock(now), now)
        return self._cut(now)

    def _cut(self, now: float) -> list[Heard]:
        heard = self._reports(partly=True)
        self._letters = self._letters[: self._heard]
        self._sayings, self.ends_at, self.closed = [], now, True
        return heard

    # --- what follows ---

    @property
    def all_heard(self) -> bool:
        """Whether nothing is left to be played, as far as Twilio tells."""
        return self._heard >= len(self._letters)

    def is_quiet(self, now: float) -> bool:
        """Whether all was played: told by Twilio, or by the clock with some patience."""
        return self.all_heard or now >= self.quiet_at

    @property
    def quiet_at(self) -> float:
        """When all will have been played at the latest."""
        return self.ends_at + (LATE_S if self._told else 0.0)

    def _chars(self, said: Saying) -> int:
        """Return how many characters of an utterance were heard."""
        if self._heard <= said.begins:
            return 0
        spelt = respelt(said.text, self._pronunciations)
        return spelt.heard(chars_of(spelt.text, said.skipped + self._heard - said.begins))

    def _spoken(self, text: str) -> str:
        """Return the letters of a text as Twilio was given it."""
        return letters(respelt(text, self._pronunciations).text)

    def _hear(self, place: int, now: float) -> None:
        if place > self._heard:
            self._heard = min(place, len(self._letters))
            left_s = (len(self._letters) - self._heard) / LETTERS_PER_S
            self.ends_at = now + left_s

    def _by_the_clock(self, now: float) -> int:
        left_s = max(0.0, self.ends_at - now)
        return max(self._heard, len(self._letters) - int(left_s * LETTERS_PER_S))

    def _place_of(self, words: str, now: float) -> int:
        """Return where an interruption was: the end of these words among what was sent since the caller spoke last."""
        if not words:
            return self._heard
        begins = self._sayings[0].begins if self._sayings else len(self._letters)
        if self._letters.startswith(words, begins):
            return begins + len(words)
        # Twilio reports the words from their beginning or from some sentence on; only the end matters.
        at = self._letters.find(words, begins)
        tail = words[-16:]
        if at < 0 and len(tail) >= 6:
            at = self._letters.find(tail, max(begins, self._heard - len(tail)))
            words = tail
        if at >= 0:
            return at + len(words)
        return self._by_the_clock(now)

    def _whole_ones(self) -> list[Heard]:
        return self._reports(partly=False)

    def _reports(self, *, partly: bool) -> list[Heard]:
        found = []
        for said in self._sayings:
            if said.gen is None or said.reported >= len(said.text):
                continue
            if said.whole and said.ends <= self._heard:
                chars = len(said.text)
            elif partly:
                chars = self._chars(said)
            else:
                continue
            if chars > said.reported:
                said.reported = chars
                found.append(Heard(said.gen, said.seq, chars, HeardSource.RELAY))
        return found


def chars_of(text: str, heard: int) -> int:
    """Return how many characters of a text hold its first `heard` letters, to the end of the word that was begun."""
    if heard <= 0:
        return 0
    left = heard
    for place, char in enumerate(text):
        if left <= 0:
            if not (char.isalnum() or char in "'’"):
                return place
        elif char.isalnum():
            left -= 1
    return len(text)
