"""Which utterance shows what a summary claims. Pure."""

import re
from collections.abc import Mapping, Sequence

WORD = re.compile(r"\w{3,}")
ENOUGH = 0.5
"""The share of a claim's words that an utterance must contain to count as its evidence."""
FILLERS = frozenset(
    [
        "the",
        "and",
        "for",
        "that",
        "this",
        "with",
        "you",
        "your",
        "are",
        "was",
        "were",
        "will",
        "would",
        "can",
        "could",
        "has",
        "have",
        "had",
        "not",
        "but",
        "from",
        "they",
        "them",
        "their",
        "our",
    ]
)


def quoted_in(quote: str, said: Sequence[tuple[int, str]]) -> int | None:
    """Return the number of the utterance in which words stand letter by letter."""
    wanted = " ".join(quote.split()).lower()
    if not wanted:
        return None
    return next((number for number, text in said if wanted in " ".join(text.split()).lower()), None)


def shown_by(claim: str, said: Sequence[tuple[int, str]]) -> int | None:
    """Return the number of the utterance that has most of a claim's words; None when none has half of them."""
    wanted = _words(claim)
    if not wanted:
        return None
    shares: Mapping[int, float] = {number: len(wanted & _words(text)) / len(wanted) for number, text in said}
    best = max(shares, key=lambda number: shares[number], default=None)
    return best if best is not None and shares[best] >= ENOUGH else None


def _words(text: str) -> frozenset[str]:
    # Endings differ between what was said and what is told of it.
    return frozenset(word[:5] for word in WORD.findall(text.lower()) if word not in FILLERS)
