"""The sender's own words in a text: without what it repeats of ours.

A request is the sender's only where the sender wrote it. Lines behind `>`, the head of a quoted mail, a reaction in front
of an answer, and sentences of ours (with quotation marks or without) are cut before anything judges the text.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.domain.bare_words import bare_words
from voicebot.domain.texts.reactions import is_reaction

LONGEST = 4000
"""Characters read: what stands behind them is cut."""
LEAST_WORDS = 3
"""A sentence of at least this many words that equals one of ours is ours; a single STOP is always the sender's."""
LONG_PART_WORDS = 6
"""From here on a part of a sentence of ours is no coincidence either."""
LONG_SPAN_WORDS = 4
_OURS_READ = 10

MOST_REACTION_LINES = 12
"""What a reaction quotes is a text of ours, which has fewer lines."""
_BEHIND_MARK = re.compile(r"^\s*(?:>|\uff1e|&gt;)+\s?(.*)$")
_HEAD = re.compile(
    r"^\s*(?:on|am|le|el|em|il|op)\b.{4,120}(?:wrote|writes|schrieb|a ecrit|a écrit|escribió|escribio|escreveu|ha scritto|schreef)\s*:?\s*$|"
    r"^\s*(?:am|op)\b.{4,80}\b(?:schrieb|schreef)\b.{1,60}:\s*$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
    r"^\s*(?:-{2,}\s*(?:original|forwarded|weitergeleitete|urspr\w*|mensaje|message|messaggio|mensagem)\b.*|begin forwarded message.*|"
    r"_{8,}|-{8,})\s*$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"^\s*(?:--\s*$|(?:sent|gesendet|envoy\S+|enviad[oa]|inviato|verzonden) (?:from|via|by|using|von|mit|depuis|de|desde|do|da|dal|vanaf)\b.{0,60}$|"
    r"von meinem .{1,40} gesendet\s*$|get outlook for\b)",
    re.IGNORECASE,
)
"""What a mail program writes below a text."""
_EDITED = re.compile(
    r"^\s*edited to\s*[\"\u201c\u201e\u00ab](.*?)[\"\u201d\u201c\u00bb]?\s*$", re.IGNORECASE | re.DOTALL
)
_SPAN = re.compile(
    r"\u201c([^\u201c\u201d]*)[\u201d\u201c]|\u201e([^\u201e\u201c\u201d]*)[\u201c\u201d]|\u00ab([^\u00ab\u00bb]*)\u00bb|\u00bb([^\u00ab\u00bb]*)\u00ab|"
    r"\"([^\"]*)\"|\u300c([^\u300c\u300d]*)\u300d|\u2018([^\u2018\u2019]*)\u2019(?!\w)"
)
_SENTENCE = re.compile(r"[^.!?\n\u2026]+[.!?\n\u2026]*")


@dataclass(frozen=True)
class Written:
    """A text as its sender wrote it. `doubtful`: longer spans in quotes that may be theirs or somebody else's."""

    own: str
    doubtful: str = ""

    @property
    def words(self) -> str:
        """All that may be the sender's own."""
        return f"{self.own}\n{self.doubtful}".strip()


def read_own_words(body: str, ours: Sequence[str] = ()) -> Written:
    """Return what the sender wrote; `ours` are our last texts to them, whose sentences are cut wherever they stand."""
    text = _without_invisible(body[:LONGEST])
    if edited := _EDITED.match(text):
        # The telephone's way to send a corrected text: what it quotes is the sender's.
        text = edited[1]
    if is_reaction(text):
        return Written("")
    text = _without_reaction_in_front(text)
    text, marked = _without_marked_lines(text)
    said = _said(ours[-_OURS_READ:])
    spans = [_content(found) for found in _SPAN.finditer(text)]
    doubtful = "\n".join(span for span in spans if _is_long(span) and not said.holds(span))
    text = _SPAN.sub(lambda found: _span_kept(_content(found), said), text)
    own = "".join(part for part in _SENTENCE.findall(text) if not said.holds(part)).strip()
    if bare_words(own) or (own and not doubtful and not marked):
        return Written(own, doubtful)
    # `> STOP` is a word behind an arrow; and all of a text may stand in quotation marks, as our texts write the words to
    # reply with.
    if doubtful or len(bare_words(marked).split()) < LEAST_WORDS:
        return Written(doubtful or marked.strip())
    return Written("", "".join(part for part in _SENTENCE.findall(marked) if not said.holds(part)).strip())


@dataclass(frozen=True)
class _Said:
    """Our last texts: their sentences, and each as a whole."""

    sentences: frozenset[str]
    texts: tuple[str, ...]

    def holds(self, words: str) -> bool:
        """Whether the words are ours: one of our sentences, or a long part of one. "No more texts" is not."""
        plain = bare_words(words)
        count = len(plain.split())
        if count < LEAST_WORDS:
            return False
        return plain in self.sentences or (
            count >= LONG_PART_WORDS and any(f" {plain}" in text for text in self.texts)
        )


def _said(ours: Sequence[str]) -> _Said:
    sentences = frozenset(bare_words(part) for each in ours for part in _SENTENCE.findall(each))
    return _Said(sentences, tuple(f" {bare_words(each)}" for each in ours))


def _without_invisible(text: str) -> str:
    """Return the text without zero-width and directional marks; the joiners of emoji go as well."""
    return "".join(char for char in text if unicodedata.category(char) != "Cf")


def _without_reaction_in_front(text: str) -> str:
    lines = text.split("\n")
    for count in range(min(len(lines) - 1, MOST_REACTION_LINES), 0, -1):
        if is_reaction("\n".join(lines[:count])):
            return "\n".join(lines[count:])
    return text


def _without_marked_lines(text: str) -> tuple[str, str]:
    """Return the text without quoted lines and what belongs to them, and what those lines said."""
    kept: list[str] = []
    marked: list[str] = []
    for line in text.split("\n"):
        if _FORWARDED.match(line) or (kept and _SIGNATURE.match(line)):
            break
        if found := _BEHIND_MARK.match(line):
            marked.append(found[1])
        elif not _HEAD.match(line):
            kept.append(line)
    return "\n".join(kept), "\n".join(marked)


def _content(found: re.Match[str]) -> str:
    return next((part for part in found.groups() if part is not None), "")


def _span_kept(span: str, said: _Said) -> str:
    """Keep a short span, which is the sender's own (I want to "STOP"); drop a long one, and words of ours."""
    return " " if _is_long(span) or said.holds(span) else f" {span} "


def _is_long(span: str) -> bool:
    return len(span.split()) >= LONG_SPAN_WORDS
