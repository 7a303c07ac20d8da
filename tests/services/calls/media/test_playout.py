"""What a caller has heard of what was sent: marks prove it, the clock tells between them, and `clear` proves nothing."""

import random
from collections import deque

import pytest

from voicebot.domain.call.events import Heard, HeardSource
from voicebot.services.calls.media.playout import NO_HEARER, OVERDUE_MS, PlayoutBook, Saying

SECOND = 8000
TEXT = "We open at eight in the morning."


def heard(seq: int, chars: int, source: HeardSource = HeardSource.MARK) -> Heard:
    return Heard(1, seq, chars, source)


def saying(seq: int = 0, text: str = TEXT) -> Saying:
    return Saying(1, seq, text)


def test_an_utterance_is_heard_when_its_mark_comes_back() -> None:
    book, said = PlayoutBook(), saying()
    book.send(said, 2 * SECOND, 0)
    within = book.mark()
    book.send(said, SECOND, 10)
    said.whole = True
    last = book.mark()

    proven, told = [book.proven], []
    for mark, at_ms in ((within, 2050), (last, 3050)):
        told += book.echoed(mark, at_ms)
        proven.append(book.proven)

    assert told == [heard(0, len(TEXT))]
    assert proven == [False, False, True]
    assert book.left_ms(3050) == 0


def test_marks_that_a_clear_returns_prove_nothing() -> None:
    book, first, second = PlayoutBook(), saying(0), saying(1)
    for said in (first, second):
        book.send(said, 2 * SECOND, 0)
        said.whole = True
    marks = [book.mark() for _ in range(2)]

    cut = book.cleared(1000)

    assert cut == [heard(0, len("We open at eight")), heard(1, 0)]
    third = saying(2)
    book.send(third, SECOND, 1020)
    third.whole = True
    assert [book.echoed(mark, 1050) for mark in marks] == [[], []]
    assert book.echoed(book.mark(), 2050) == [heard(2, len(TEXT))]


@pytest.mark.parametrize(
    "at_ms, words",
    [
        (0, ""),
        (10, "We"),
        (290, "We"),
        (301, "We open"),
        (1190, "We open at eight"),
        (1999, TEXT),
        (2500, TEXT),
    ],
)
def test_words_are_cut_where_the_voice_says_that_they_begin(at_ms: int, words: str) -> None:
    book, said = PlayoutBook(), saying()
    starts = {0: 0, 3: 300, 8: 700, 11: 800, 17: 1200, 20: 1300, 24: 1400}
    book.send(said, 2 * SECOND, 0, starts.items())
    said.whole = True

    cut = book.cleared(at_ms)

    assert [each.chars for each in cut] == [len(words)]


def test_what_stands_behind_a_mark_that_is_not_back_was_not_played() -> None:
    book, first, second = PlayoutBook(), saying(0), saying(1)
    book.send(first, SECOND, 0)
    first.whole = True
    book.mark()
    book.send(second, SECOND, 0)

    # The clock says 1.5 s; the network held the sound up.
    assert book.cleared(1500) == [heard(0, len(TEXT)), heard(1, 0)]


def test_a_lost_mark_is_given_up_and_the_clock_tells() -> None:
    book, said = PlayoutBook(), saying()
    book.send(said, SECOND, 0)
    said.whole = True
    lost = book.mark()

    assert book.settle(SECOND / 8 + OVERDUE_MS) == []
    assert book.settle(SECOND / 8 + OVERDUE_MS + 1) == [heard(0, len(TEXT), HeardSource.ESTIMATE)]
    assert book.echoed(lost, 9000) == []
    assert book.proven


def test_a_language_without_spaces_is_cut_at_a_letter() -> None:
    book, said = PlayoutBook(), saying(text="八点开门请问还有什么需要")
    book.send(said, 2 * SECOND, 0)
    said.whole = True

    assert book.cleared(1000) == [heard(0, 6)]


def test_a_filler_is_no_utterance() -> None:
    book = PlayoutBook()
    filler = Saying(NO_HEARER, 0, "One moment.")
    book.send(filler, SECOND, 0)
    filler.whole = True

    assert book.echoed(book.mark(), 1000) == []
    book.send(Saying(NO_HEARER, 0, "Let me see."), SECOND, 2000)
    assert book.cleared(2500) == []


class Carrier:
    """The far end: plays in real time what reaches it after `delay_ms`, and echoes marks over the same way back."""

    def __init__(self, delay_ms: float) -> None:
        self.delay_ms = delay_ms
        self.queue: deque[tuple[float, int, str | None]] = deque()
        self.free_at = 0.0
        self.played: list[tuple[float, float]] = []
        self.echoes: list[tuple[float, str]] = []

    def send(self, audio_bytes: int, now_ms: float) -> None:
        begins = max(self.free_at, now_ms + self.delay_ms)
        self.free_at = begins + audio_bytes / 8
        self.played.append((begins, self.free_at))

    def mark(self, name: str, now_ms: float) -> None:
        self.echoes.append((max(self.free_at, now_ms + self.delay_ms) + self.delay_ms, name))

    def heard_ms(self, at_ms: float) -> float:
        return sum(max(0.0, min(ends, at_ms) - begins) for begins, ends in self.played)


def test_the_estimate_stays_near_what_a_carrier_really_plays() -> None:
    worst = 0.0
    for seed in range(200):
        rng = random.Random(seed)
        delay_ms = rng.uniform(5, 80)
        book, carrier, said, now = PlayoutBook(), Carrier(delay_ms), saying(), 0.0
        sent_ms = 0.0
        while now < 6000:
            now += rng.uniform(5, 200)
            for due, name in sorted(carrier.echoes):
                if due <= now:
                    book.echoed(name, due)
                    carrier.echoes.remove((due, name))
            if rng.random() < 0.7:
                size = rng.randrange(160, 8000)
                book.send(said, size, now)
                carrier.send(size, now)
                sent_ms += size / 8
                carrier.mark(book.mark(), now)
            book.settle(now)
            worst = max(worst, abs((sent_ms - book.left_ms(now)) - carrier.heard_ms(now)) - 2 * delay_ms)

    # Nobody can know more than the way there and back tells.
    assert worst <= 5
