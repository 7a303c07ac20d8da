"""Tell whether a call reached what it was made for: the person agreed to something, or refused, in words of their own."""

import re
from collections.abc import Sequence

from simulator.providers.recaps.utterances import Utterance

_AGREES = re.compile(
    r"\b(?:yes|yeah|yep|sure|of course|ok(?:ay)?|all right|gladly|perfect|sounds good|works for me|that works|i agree|i will|i'll)\b",
    re.IGNORECASE,
)
_REFUSES = re.compile(
    r"\b(?:no|nope|not interested|don't want|do not want|can't|cannot|never)\b", re.IGNORECASE
)


def whether_reached(talk: Sequence[Utterance]) -> tuple[str, str]:
    """Return `reached`, `not_reached` or `unknown`, and the line that shows it; the last word counts."""
    for said in reversed(talk):
        if said.ours:
            continue
        if _REFUSES.search(said.text):
            return "not_reached", said.text
        if _AGREES.search(said.text):
            return "reached", said.text
    return "unknown", ""
