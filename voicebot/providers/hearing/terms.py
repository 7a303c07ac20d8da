"""Words that a transcriber is told to expect, as many as it takes: too many can cost a call its ears."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """A provider's limits: the number of terms, the characters of each, and the characters of all."""

    most: int
    longest: int
    together: int


def expected_terms(hints: Iterable[str], bounds: Bounds) -> list[str]:
    """Return the terms that fit, each once, in order; a term that is too long is left out."""
    terms: list[str] = []
    room = bounds.together
    for term in dict.fromkeys(hint.strip() for hint in hints):
        if term and len(term) <= min(bounds.longest, room) and len(terms) < bounds.most:
            terms.append(term)
            room -= len(term)
    return terms
