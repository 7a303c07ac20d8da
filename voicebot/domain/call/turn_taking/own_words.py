"""The words that we are saying, to tell them from the caller's: a transcriber hears our echo too."""

from collections import deque
from collections.abc import Callable

from voicebot.domain.call.turn_taking.vocabulary import Vocabulary, plain_words

_KEPT = 80
_FEW, _MOSTLY = 2, 0.8


class OwnWords:
    """Our last words."""

    def __init__(self) -> None:
        self._said: deque[str] = deque(maxlen=_KEPT)

    def add(self, text: str) -> None:
        """Take in what we are beginning to say."""
        self._said.extend(plain_words(text)[-_KEPT:])

    def left_of(self, text: str, known: Vocabulary, is_echo: Callable[[], bool]) -> str:
        """Return what of a text is not ours; of a lone "yes" or "no" that we say too, its sound tells whose it is."""
        if not self._said:
            return text
        words, own = plain_words(text), list(self._said)
        among = sum(word in own for word in words)
        if len(words) <= _FEW:
            is_answer = not known.answers.isdisjoint(words)
            return "" if among == len(words) and (not is_answer or is_echo()) else text
        if among >= _MOSTLY * len(words):
            return ""
        left, place = list[str](), 0
        while place < len(words):
            length = _run_in(own, words, place)
            if length <= _FEW:
                left.append(words[place])
            place += length if length > _FEW else 1
        return " ".join(left) if len(left) < len(words) else text


def _run_in(own: list[str], words: list[str], place: int) -> int:
    """Return how many words from a place on stand among our own in the same order."""
    longest = 0
    for start in range(len(own)):
        length = 0
        while (
            place + length < len(words)
            and start + length < len(own)
            and words[place + length] == own[start + length]
        ):
            length += 1
        longest = max(longest, length)
    return longest
