"""Cut an answer into messages: at most three, at sentence ends, in few segments."""

import re
from itertools import combinations, pairwise

from voicebot.domain.answer.read import readable
from voicebot.domain.sentences import sentences
from voicebot.domain.texts.segments import in_gsm7, segments, utf16_units

MOST_MESSAGES = 3
LONGEST = 1600
"""Characters of one message that Twilio takes (21617 beyond), counted in UTF-16 units."""
COMFORTABLE_SEGMENTS = 3
"""A message that is read without scrolling: a shorter answer stays one message, and a longer one is cut near this size."""
CUT = " ..."
"""Ends an answer that is longer than all messages together."""


def split_text(text: str, most: int = MOST_MESSAGES, longest: int = LONGEST) -> tuple[str, ...]:
    """Return the messages to send: none for a blank text, never more than `most`.

    A sentence is cut between words only if it alone is too long for a message, never inside a word, a link or a
    number written with spaces; only a word longer than a message is cut itself. Words after the last message are left out.
    """
    text = in_gsm7(readable(text))
    if not text:
        return ()
    if segments(text).count <= COMFORTABLE_SEGMENTS and utf16_units(text) <= longest:
        return (text,)
    pieces = [piece for sentence in sentences(text) for piece in _fitting(sentence, longest)]
    return _packed(pieces, most, longest)


def _fitting(sentence: str, longest: int) -> list[str]:
    pieces = []
    while utf16_units(sentence.rstrip()) > longest:
        cut = _cut_before(sentence, longest)
        pieces.append(sentence[:cut])
        sentence = sentence[cut:]
    return [*pieces, sentence]


def _cut_before(text: str, longest: int) -> int:
    """Return where to cut: after the last space that fits and does not stand within a number."""
    limit, units = 0, 0
    while limit < len(text) and units + utf16_units(text[limit]) <= longest:
        units += utf16_units(text[limit])
        limit += 1
    spaces = [match.end() for match in re.finditer(r"\s+", text[: limit + 1]) if match.start() > 0]
    whole = [end for end in spaces if not _within_number(text, end)]
    return (whole or spaces or [limit])[-1]


def _within_number(text: str, at: int) -> bool:
    before, after = text[:at].split()[-1:], text[at:].split()[:1]
    return (
        bool(before and after) and any(char.isdigit() for char in before[0]) and after[0][0] in "0123456789("
    )


def _packed(pieces: list[str], most: int, longest: int) -> tuple[str, ...]:
    """Return the pieces as messages: first of a comfortable size, then in few segments, then few, then even."""
    kept, cut_off = _that_fit(pieces, most, longest)
    messages = _greedy(kept, longest)
    if len(kept) <= 40:
        messages = _cheapest(kept, most, longest) or messages
    messages = [message.strip() for message in messages]
    if cut_off:
        last = messages[-1]
        messages[-1] = _shortened(last, longest - len(CUT)) + CUT
    return tuple(message for message in messages if message)


def _that_fit(pieces: list[str], most: int, longest: int) -> tuple[list[str], bool]:
    for count in range(len(pieces), 0, -1):
        if len(_greedy(pieces[:count], longest)) <= most:
            return pieces[:count], count < len(pieces)
    return pieces[:1], len(pieces) > 1


def _greedy(pieces: list[str], longest: int) -> list[str]:
    messages: list[str] = []
    for piece in pieces:
        if messages and utf16_units((messages[-1] + piece).rstrip()) <= longest:
            messages[-1] += piece
        else:
            messages.append(piece)
    return messages


def _cheapest(pieces: list[str], most: int, longest: int) -> list[str] | None:
    best: tuple[tuple[int, int, int, int], list[str]] | None = None
    for cuts in range(min(most, len(pieces))):
        for places in combinations(range(1, len(pieces)), cuts):
            borders = (0, *places, len(pieces))
            messages = ["".join(pieces[a:b]).strip() for a, b in pairwise(borders)]
            if max(map(utf16_units, messages)) > longest:
                continue
            sizes = [segments(each).count for each in messages]
            too_long = sum(max(0, size - COMFORTABLE_SEGMENTS) for size in sizes)
            price = (too_long, sum(sizes), cuts, max(map(len, messages)))
            if best is None or price < best[0]:
                best = price, messages
    return best[1] if best else None


def _shortened(text: str, longest: int) -> str:
    return text if utf16_units(text) <= longest else text[: _cut_before(text, longest)].rstrip()
