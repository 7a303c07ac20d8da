"""The book of our sound: what was sent, and how much of it the caller has heard, proven by marks and estimated between
them.

Twilio plays sound in the order in which it was sent, and echoes a mark once everything before the mark was played.
Between two marks the clock decides. `clear` returns all marks at once, played or not, so from then on they prove
nothing. Pure: times are milliseconds of a clock that never goes back, positions are bytes of mu-law (8 a millisecond).
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from voicebot.domain.call.events import Heard, HeardSource
from voicebot.providers.clips import CHARS_PER_S
from voicebot.services.calls.media.bot_lane import BotLane
from voicebot.transports.audio import PHONE_BYTES_A_MS

OVERDUE_MS = 2000
"""A mark that is so late is lost: the clock alone tells from there."""
NO_HEARER = -2
"""The generation of sounds that are no utterance, as fillers."""


@dataclass
class Saying:
    """One utterance on its way to the caller. `gen` and `seq` as `Heard` names them."""

    gen: int
    seq: int
    text: str
    interruptible: bool = True
    begins: int | None = None
    """Where it begins in everything that we sent; None: nothing of it was sent."""
    sent: int = 0
    whole: bool = False
    """No more of it comes."""
    points: list[tuple[int, int]] = field(default_factory=list)
    """(milliseconds from its first sample, index into the text): where the voice told."""

    @property
    def ends(self) -> int:
        """Where what was sent of it ends."""
        return (self.begins or 0) + self.sent

    def breaks_off(self) -> None:
        """No more sound comes, and the utterance is incomplete: the part that was not sent counts as not said."""
        self.text = self.text[: self.chars_heard(self.sent)]
        self.whole = True

    def chars_heard(self, played: int) -> int:
        """Return how many characters this many bytes say, up to the end of a word: a word that began counts as heard."""
        if played <= 0:
            return 0
        if self.whole and played >= self.sent:
            return len(self.text)
        begun = min(self._chars_begun(played // PHONE_BYTES_A_MS), len(self.text))
        if not any(letter.isspace() for letter in self.text):
            # A language without spaces.
            return begun
        return next((at for at in range(begun, len(self.text)) if self.text[at].isspace()), len(self.text))

    def _chars_begun(self, played_ms: int) -> int:
        """Place a moment in the text, between the nearest two that the voice told."""
        after = bisect_right(self.points, (played_ms, len(self.text)))
        ms, char = self.points[after - 1] if after else (0, 0)
        if after < len(self.points):
            next_ms, next_char = self.points[after]
        else:
            rest_ms = (len(self.text) - char) * 1000 / CHARS_PER_S
            sent_ms = self.sent // PHONE_BYTES_A_MS
            next_ms = sent_ms if self.whole else max(sent_ms, int(ms + rest_ms))
            next_char = len(self.text)
        if next_ms <= ms:
            return next_char
        return char + int((next_char - char) * (played_ms - ms) / (next_ms - ms))


@dataclass(frozen=True)
class Cut:
    """How far an utterance was played, in bytes, when our sound stopped. `gen` and `seq` as `Heard` names them."""

    gen: int
    seq: int
    played: int


class PlayoutBook:
    """The sound of one stream."""

    def __init__(self, lane: BotLane | None = None) -> None:
        """`lane` learns when what was heard."""
        self._lane = lane
        self._sayings: deque[Saying] = deque()
        self._marks: deque[tuple[str, int]] = deque()
        self._names = 0
        self._sent = 0
        self._anchor = (0, 0.0)
        """At this time so much had been played."""

    def send(
        self, saying: Saying, audio_bytes: int, now_ms: float, chars: Iterable[tuple[int, int]] = ()
    ) -> None:
        """Note that sound of the utterance is sent. `chars`: (index into its text, ms from its first sample)."""
        if self.left_ms(now_ms) <= 0:
            self._anchor = (self._sent, now_ms)
            if self._lane and audio_bytes:
                self._lane.begins(self._sent, now_ms)
        if saying.begins is None:
            saying.begins = self._sent
            self._sayings.append(saying)
            if self._lane:
                self._lane.says(saying)
        saying.points += sorted((ms, index) for index, ms in chars)
        saying.sent += audio_bytes
        self._sent += audio_bytes

    def mark(self) -> str:
        """Note a mark behind everything that was sent, and return its name."""
        self._names += 1
        name = f"m{self._names}"
        self._marks.append((name, self._sent))
        return name

    def echoed(self, name: str, now_ms: float) -> list[Heard]:
        """Take a mark that came back; return what it proves to be heard. A mark from before a `clear` proves nothing."""
        if all(name != known for known, _ in self._marks):
            return []
        while self._marks:
            known, position = self._marks.popleft()
            if known == name:
                self._anchor = (position, now_ms)
                break
        self._played_to(position, now_ms)
        return self._heard_to(position, HeardSource.MARK)

    def settle(self, now_ms: float) -> list[Heard]:
        """Give up marks that are long overdue; return what was heard by the clock alone."""
        heard: list[Heard] = []
        while self._marks and now_ms > (due_ms := self._due_ms(self._marks[0][1])) + OVERDUE_MS:
            _, position = self._marks.popleft()
            self._anchor = (position, due_ms)
            self._played_to(position, due_ms)
            heard += self._heard_to(position, HeardSource.ESTIMATE)
        return heard

    def cleared(self, now_ms: float) -> list[Heard]:
        """Note that the sound not played yet is dropped; return how much of the present utterance was heard."""
        played = self._played(now_ms)
        heard = self._heard_to(played, HeardSource.MARK)
        for saying in self._sayings:
            chars = saying.chars_heard(played - saying.begins) if saying.begins is not None else 0
            if saying.gen != NO_HEARER:
                heard.append(Heard(saying.gen, saying.seq, chars, HeardSource.MARK))
        self._sayings.clear()
        self._marks.clear()
        self._sent, self._anchor = played, (played, now_ms)
        if self._lane:
            self._lane.cut(played)
        return heard

    def unheard(self, now_ms: float) -> list[Cut]:
        """Return how far those utterances were played that are sent and not heard to their end."""
        played = self._played(now_ms)
        return [
            Cut(saying.gen, saying.seq, max(0, min(played - (saying.begins or 0), saying.sent)))
            for saying in self._sayings
            if saying.gen != NO_HEARER and not (saying.whole and saying.ends <= played)
        ]

    def left_ms(self, now_ms: float) -> float:
        """Return how much of what was sent is still to be played."""
        return (self._sent - self._played(now_ms)) / PHONE_BYTES_A_MS

    def left_of_ms(self, saying: Saying, now_ms: float) -> float:
        """Return how much of what was sent of an utterance is still to be played."""
        return (saying.ends - self._played(now_ms)) / PHONE_BYTES_A_MS

    def is_followed(self, saying: Saying) -> bool:
        """Whether something was sent behind it."""
        return saying.ends < self._sent

    def overdue_ms(self, now_ms: float) -> float | None:
        """Return in how long the next mark is given up; None: none is waited for."""
        return self._due_ms(self._marks[0][1]) + OVERDUE_MS + 1 - now_ms if self._marks else None

    def playing(self, now_ms: float) -> Saying | None:
        """Return the utterance that the caller hears now, or last, of those that are not heard whole."""
        played, last = self._played(now_ms), None
        for saying in self._sayings:
            if saying.begins is not None and (last is None or saying.begins <= played):
                last = saying
        return last

    @property
    def proven(self) -> bool:
        """Whether everything that was sent is known to have been played."""
        return not self._marks and self._anchor[0] >= self._sent

    def _heard_to(self, position: int, source: HeardSource) -> list[Heard]:
        heard: list[Heard] = []
        while self._sayings and self._sayings[0].whole and self._sayings[0].ends <= position:
            saying = self._sayings.popleft()
            if saying.gen != NO_HEARER:
                heard.append(Heard(saying.gen, saying.seq, len(saying.text), source))
        return heard

    def _played_to(self, position: int, at_ms: float) -> None:
        if self._lane:
            self._lane.played(position, at_ms, all_was=position >= self._sent)

    def _played(self, now_ms: float) -> int:
        position, at_ms = self._anchor
        by_clock = position + int((now_ms - at_ms) * PHONE_BYTES_A_MS)
        # Sound behind a mark that has not come back was not played.
        return min(by_clock, self._marks[0][1] if self._marks else self._sent)

    def _due_ms(self, position: int) -> float:
        return self._anchor[1] + (position - self._anchor[0]) / PHONE_BYTES_A_MS
