"""The differences between two templates, place by place and word by word, for people."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from voicebot.domain.templates.template import CallTemplate

_SENTENCES = re.compile(r"[^\n.!?]*(?:[.!?]+\s*|\n+|$)")
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
MOST_WORDS = 600
"""Passages up to this many signs and words are compared one by one; a longer one is shown as replaced."""


class Kind(StrEnum):
    """The fate of a piece."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stayed, went or came."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: its place, as `limits.hints.3`, and the words before and after as one row of pieces."""

    place: str
    pieces: tuple[Piece, ...]


def differences(before: CallTemplate | None, after: CallTemplate) -> list[Change]:
    """Return what differs, in the order in which a template is written; `before` None: all of it is new."""
    old, new = before.written() if before else {}, after.written()
    names = [name for name in CallTemplate.model_fields if name in old or name in new]
    return [change for name in names for change in _changes(name, old.get(name), new.get(name))]


def words_changed(before: str, after: str) -> tuple[Piece, ...]:
    """Return the words of both texts in one row."""
    return tuple(_joined(_by_sentence(before, after)))


def _changes(place: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before or after, dict) and isinstance(after or before, dict):
        old, new = before or {}, after or {}
        for name in dict.fromkeys([*new, *old]):
            yield from _changes(f"{place}.{name}", old.get(name), new.get(name))
    elif isinstance(before or after, list) and isinstance(after or before, list):
        yield from _of_lists(place, before or [], after or [])
    else:
        yield Change(place, words_changed(_text(before), _text(after)))


def _of_lists(place: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Change]:
    old, new = [_text(each) for each in before], [_text(each) for each in after]
    for tag, from_old, to_old, from_new, to_new in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            continue
        pairs = zip_longest(old[from_old:to_old], new[from_new:to_new], fillvalue="")
        for number, (gone, came) in enumerate(pairs, start=from_new):
            yield Change(f"{place}.{number + 1}", words_changed(gone, came))


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case dict():
            return ": ".join(_text(each) for each in value.values())
        case list():
            return ", ".join(_text(each) for each in value)
    return str(value)


def _by_sentence(before: str, after: str) -> Iterator[Piece]:
    old, new = _SENTENCES.findall(before), _SENTENCES.findall(after)
    for tag, from_old, to_old, from_new, to_new in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        gone, came = "".join(old[from_old:to_old]), "".join(new[from_new:to_new])
        if tag == "equal":
            yield Piece(Kind.SAME, gone)
        else:
            yield from _by_word(gone, came)


def _by_word(before: str, after: str) -> Iterator[Piece]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        yield from (Piece(Kind.GONE, before), Piece(Kind.NEW, after))
        return
    for tag, from_old, to_old, from_new, to_new in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            yield Piece(Kind.SAME, "".join(old[from_old:to_old]))
        else:
            yield Piece(Kind.GONE, "".join(old[from_old:to_old]))
            yield Piece(Kind.NEW, "".join(new[from_new:to_new]))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Blanks between two changes belong to them: "two new words" is one change, not three."""
    row = [piece for piece in pieces if piece.text]
    gone, came = "", ""
    for number, piece in enumerate(row):
        is_between = piece.text.isspace() and 0 < number < len(row) - 1 and bool(gone or came)
        if piece.kind is Kind.SAME and not is_between:
            yield from _pair(gone, came)
            gone, came = "", ""
            yield piece
        else:
            gone += piece.text if piece.kind is not Kind.NEW else ""
            came += piece.text if piece.kind is not Kind.GONE else ""
    yield from _pair(gone, came)


def _pair(gone: str, came: str) -> Iterator[Piece]:
    if gone == came:
        yield from ([Piece(Kind.SAME, gone)] if gone else [])
        return
    yield from (Piece(kind, text) for kind, text in ((Kind.GONE, gone), (Kind.NEW, came)) if text)
