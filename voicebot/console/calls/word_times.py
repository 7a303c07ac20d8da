"""The time of each word of a call: as the voice reported it, else by its letters within a measured span, else within a
guess.

A row's own time is that of its storage: after a caller's words, and before the bot's.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Row = Mapping[str, Any]
Span = tuple[float, float]
LETTERS_A_SECOND = 14.0
KEPT_EARLY_S = 1.0
"""The most seconds by which words may be stored before or after they were said."""
LOOKS_AHEAD = 8
"""Up to this many words that a voice reports and the transcript lacks are skipped."""
FARTHEST_S = 30.0
"""A word that was told to be farther from where it must be is another one."""
_LETTERS = re.compile(r"\W+")


@dataclass
class _Word:
    number: int
    text: str
    at_s: float
    is_told: bool = False


def side_of(row: Row) -> str:
    """Return whose lane an utterance belongs to: `caller` or `bot`."""
    return "caller" if row["speaker"] in ("caller", "user", "participant") else "bot"


def word_times(said: Sequence[Row], speech: Row | None) -> dict[int, list[float]]:
    """Return utterance's number -> seconds since the call began of each word that was heard.

    `said` as the page shows it: {"number", "speaker", "heard", "start_s"}; `speech` as `call_speech` answers.
    """
    found: dict[int, list[float]] = {}
    for side in ("caller", "bot"):
        spans = sorted((one[0], one[1]) for one in (speech or {}).get(side) or ())
        words = [
            word
            for group, room in _groups(said, side, spans)
            for word in _spread(
                group,
                room or _guess(group, is_kept_after=side == "caller" or (bool(spans) and _is_talk(group))),
            )
        ]
        told = [(one[1], _plain(one[2])) for one in (speech or {}).get("words") or () if one[0] == side]
        _anchor(words, told)
        for word in words:
            found.setdefault(word.number, []).append(round(word.at_s, 1))
    return found


def _groups(said: Sequence[Row], side: str, spans: Sequence[Span]) -> Iterator[tuple[list[Row], list[Span]]]:
    """Yield utterances between which the other side said nothing, and when their side spoke meanwhile."""
    turns = [list(group) for is_theirs, group in groupby(said, lambda row: side_of(row) == side) if is_theirs]
    groups = [kept for turn in turns if (kept := [row for row in turn if row["start_s"] is not None])]
    begins, last = [span[0] for span in spans], 0
    for place, group in enumerate(groups):
        if side == "caller":
            until = bisect_right(begins, group[-1]["start_s"])
            if until <= last:
                # Words may be known before the pause behind them is.
                until = bisect_right(begins, group[-1]["start_s"] + KEPT_EARLY_S)
        elif place + 1 < len(groups):
            until = bisect_right(begins, groups[place + 1][0]["start_s"] - KEPT_EARLY_S)
        else:
            until = len(spans)
        until = max(last, until)
        yield group, list(spans[last:until])
        last = until


def _is_talk(group: Sequence[Row]) -> bool:
    """Whether an operator talked by the browser: words of theirs that the bot says are measured as the bot's are."""
    return all(row["speaker"] == "operator" for row in group)


def _guess(group: Sequence[Row], *, is_kept_after: bool) -> list[Span]:
    length = sum(len(row["heard"]) for row in group) / LETTERS_A_SECOND
    if is_kept_after:
        return [(max(0.0, group[-1]["start_s"] - length), group[-1]["start_s"])]
    return [(group[0]["start_s"], group[0]["start_s"] + length)]


def _spread(group: Sequence[Row], room: Sequence[Span]) -> Iterator[_Word]:
    """Yield the words, each where its letters fall when all letters fill the room."""
    words = [(row["number"], word) for row in group for word in row["heard"].split()]
    letters = sum(len(word) + 1 for _, word in words) or 1
    spoken = sum(end - start for start, end in room)
    before, place, passed = 0, 0, 0.0
    for number, word in words:
        at = before / letters * spoken
        while place + 1 < len(room) and at >= passed + room[place][1] - room[place][0]:
            passed += room[place][1] - room[place][0]
            place += 1
        yield _Word(number, word, room[place][0] + at - passed)
        before += len(word) + 1


def _anchor(words: Sequence[_Word], told: Sequence[tuple[float, str]]) -> None:
    """Put words where the voice told them to be, and those between two of them in between."""
    next_told = 0
    for word in words:
        plain = _plain(word.text)
        for place in range(next_told, min(len(told), next_told + LOOKS_AHEAD)):
            if plain and told[place][1] == plain and abs(told[place][0] - word.at_s) < FARTHEST_S:
                word.at_s, word.is_told, next_told = told[place][0], True, place + 1
                break
    known: _Word | None = None
    letters = 0
    for word in words:
        if word.is_told:
            known, letters = word, 0
        elif known is not None and known.number == word.number:
            word.at_s = known.at_s + letters / LETTERS_A_SECOND
        letters += len(word.text) + 1
    for word, after in zip(words[-2::-1], words[:0:-1], strict=True):
        if word.number == after.number:
            word.at_s = min(word.at_s, after.at_s)


def _plain(word: str) -> str:
    return _LETTERS.sub("", word).casefold()
