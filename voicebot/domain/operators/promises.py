"""Find an answer of the model that promises help from a person, with or without a stored message."""

import re

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")
_HANDS_ON = re.compile(
    r"\b(?:noted (?:it|this|that|(?:your|the) (?:message|request|wish|concern|complaint|call))\b|(?:pass(?:ed)?|forward(?:ed)?|hand(?:ed)?) (?:it|this|that|your \w+|the \w+) (?:on|along|over|to)\b"
    r"|let (?:the team|them|him|her|the owner|my \w+) know\b|(?:told|inform(?:ed)?) the (?:team|owner|staff)\b"
    r"|(?:get|be) back to you\b|be in touch\b|(?:will|'ll) (?:call|ring|text|contact|reach|write to) you\b|call you back\b)",
    re.IGNORECASE,
)
# A code is sent by its own tool.
_DENIED = re.compile(r"\b(?:not|never|no one|nobody|cannot|unable|codes?)\b|n't\b", re.IGNORECASE)
_OFFERED = re.compile(r"\b(?:if you|would you|should i|shall i|may i|can i|want me|like me)\b", re.IGNORECASE)


def hands_on(answer: str) -> bool:
    """Whether the answer says that something was noted or passed on, or that somebody will come back to the person.

    A question, an offer and a denial promise nothing.
    """
    plain = answer.replace("’", "'")
    return any(
        _HANDS_ON.search(sentence)
        and not sentence.endswith("?")
        and not _DENIED.search(sentence)
        and not _OFFERED.search(sentence)
        for sentence in _SENTENCE.findall(plain)
    )
