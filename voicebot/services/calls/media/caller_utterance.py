"""One utterance of the caller, from its first sound until it is reported or dropped."""

from collections import deque
from dataclasses import dataclass, field

from voicebot.domain.call.turn_taking.taker import TurnTaker

BELONGS_MS = 1500
"""Speech this soon after words that ended no turn belongs to the same utterance."""
MOST_BEFORE = 3
MEANT_MS, SURELY_MEANT_MS = 800, 1200
"""Speech of this length whose words are late, or that the transcriber could not read, makes the bot ask again; shorter
sound counts as noise.
"""
ALONE_MS = 700.0
"""After this long without a further word, the word was all that the caller wanted to say."""


@dataclass
class CallerUtterance:
    """One utterance of the caller, until it is told or dropped."""

    since_ms: int
    segments: list[str] = field(default_factory=list)
    partial: str = ""
    confidences: list[float] = field(default_factory=list)
    finishes: int = 0
    """Finals that were asked for and have not come."""
    is_fresh: bool = True
    """Something was said since the last final was asked for."""
    is_tentative: bool = False
    told: str = ""
    """What was told of it as a tentative one."""
    language: str = ""
    """What the transcriber heard it in last."""
    barged: bool = False
    failed: bool = False
    is_doubtful: bool = False
    """Taken for no turn before its words had come."""
    over_silence: bool = True
    """We were quiet when it began: it cannot be our echo."""
    over_bot: bool = False
    """The caller really heard us when it began."""
    words_before: list["CallerUtterance"] = field(default_factory=list)
    """The words just before it that ended no turn; they may arrive later."""
    is_before: bool = False
    """The utterance ended no turn: its meaning belongs to the next turn."""
    meant: str = ""
    last_speech_ms: int = 0
    tentative_at_ms: float = 0.0
    words_at_ms: float = 0.0

    @property
    def final_text(self) -> str:
        """What is final of it."""
        return " ".join(self.segments)

    @property
    def text(self) -> str:
        """What is known of it."""
        return " ".join([*self.segments, self.partial]) if self.partial else self.final_text

    @property
    def whole(self) -> str:
        """What is known of it, and the words before it that belong to it."""
        return " ".join(filter(None, (*(one.meant for one in self.words_before), self.text)))

    @property
    def is_meant(self) -> bool:
        """Whether it lasted as long as talk does."""
        return self.last_speech_ms - self.since_ms >= MEANT_MS

    @property
    def is_missed(self) -> bool:
        """Whether the caller spoke for long, with nobody else speaking, and nothing was understood."""
        lasted_ms = self.last_speech_ms - self.since_ms
        return self.over_silence and not (self.text or self.finishes) and lasted_ms >= SURELY_MEANT_MS

    @property
    def confidence(self) -> float | None:
        """How sure the transcriber is of its least sure piece."""
        return min(self.confidences, default=None)


class OwedFinals:
    """The utterances whose words the transcriber was asked to make final, in the order in which it tells them."""

    def __init__(self) -> None:
        self._asked: deque[CallerUtterance] = deque()

    def __bool__(self) -> bool:
        """Whether any has not come."""
        return bool(self._asked)

    def ask(self, heard: CallerUtterance) -> None:
        """The words of this one are asked for."""
        heard.is_fresh = False
        heard.finishes += 1
        self._asked.append(heard)

    def pass_on(self, one: CallerUtterance, other: CallerUtterance) -> None:
        """The words that one utterance still waits for are the other's."""
        self._asked = deque(other if each is one else each for each in self._asked)
        other.finishes += one.finishes
        one.finishes = 0

    def take(self) -> CallerUtterance:
        """Words have come, or are lost; return whose they are. Raises IndexError where none are owed."""
        heard = self._asked.popleft()
        heard.finishes -= 1
        return heard


class WordsBefore:
    """The caller's words that ended no turn, such as a word before a breath: they belong to the turn that soon follows."""

    def __init__(self, taker: TurnTaker) -> None:
        self._taker = taker
        self._last: CallerUtterance | None = None
        self._at_ms = 0
        self._alone_at_ms = 0.0

    def keep(self, heard: CallerUtterance, at_ms: int, now_ms: float) -> None:
        """It was no turn; its words may still come. `at_ms`: of the caller's sound; `now_ms`: of our clock."""
        heard.is_before = True
        self._last, self._at_ms, self._alone_at_ms = heard, at_ms, now_ms + ALONE_MS
        self.learn(heard)

    def learn(self, heard: CallerUtterance) -> None:
        """Words have come."""
        if heard.is_before:
            heard.meant = self._taker.meant(heard.text, over_bot=heard.over_bot)

    def wait_ms(self, now_ms: float) -> float | None:
        """Return in how long the last word is an answer of its own, unless somebody speaks again; None: it is none."""
        last = self._last
        # Our sound was over when it began, and only its mark was late: the word is no sign of listening.
        if (
            last is None
            or last.over_bot
            or last.over_silence
            or last.finishes
            or not self._taker.not_ours(last.text)
        ):
            return None
        return self._alone_at_ms - now_ms

    def take(self) -> CallerUtterance | None:
        """Return the last word, which is nobody's any more."""
        last, self._last = self._last, None
        return last

    def join(self, heard: CallerUtterance) -> None:
        """Somebody speaks again."""
        last, self._last = self._last, None
        if last is not None and heard.since_ms - self._at_ms <= BELONGS_MS:
            heard.words_before = [*last.words_before, last][-MOST_BEFORE:]
