"""What a note in the middle of a talk wants said: the words behind a line that ends with a colon."""

import re
from collections.abc import Sequence
from itertools import pairwise

from simulator.providers.brain.conversation import Message
from simulator.providers.brain.phrasing import sentence

_SAY = re.compile(
    r"^(?:please )?(?:say|mention|add|(?:tell|inform) (?:(?:the|this|our) )?\w+|let (?:(?:the|this|our) )?\w+ know)(?: that)?[:,]? (?P<words>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_OFFER = re.compile(
    r"^(?:please )?(?:offer|give) (?:(?:them|him|her|you|(?:the|this) \w+) )?(?P<words>.+)$",
    re.IGNORECASE | re.DOTALL,
)


def wanted_by_notes(messages: Sequence[Message]) -> str:
    """Return what the notes since the assistant last spoke want said; blank where none wants anything."""
    said: list[str] = []
    for message in reversed(messages):
        if message.role == "assistant":
            break
        if message.role in ("system", "developer"):
            said.insert(0, _wanted(message.text))
    else:
        # Nobody has answered yet: these are the instructions, and no notes.
        return ""
    return " ".join(filter(None, said))


def _wanted(note: str) -> str:
    parts = [part.strip() for part in note.split("\n\n")]
    for before, words in pairwise(parts):
        if not before.endswith(":"):
            continue
        if order := _SAY.match(words):
            return sentence(order["words"])
        if offer := _OFFER.match(words):
            return sentence(f"We can offer you {offer['words']}")
    return ""
