"""Find a wish in words, by phone or by text: a person instead of the bot."""

import re

_HUMAN = r"(?:person|human|human being|somebody|someone|agent|representative|operator|employee|people|manager|staff|advisor|rep)"
_WANTS_PERSON = re.compile(
    rf"\b(?:(?:talk|speak|chat|connected?|transfer(?:red)?|put (?:me )?through|get|want|need|have|reach|text) (?:me )?"
    rf"(?:to|with|through to)? ?(?:a|an|the|some|your)? ?(?:real |live |actual |human )?{_HUMAN}\b(?! (?:who|to|that|for)\b)"
    r"|^(?:(?:please|pls|no|ok|okay|hello|hi|just|i said)[\s,.!]+)*(?:an? )?(?:real |live )?"
    r"(?:human|agent|operator|representative|person)(?:[\s,]+(?:please|pls|now|thanks))*[\s.!]*$"
    r"|(?:is there|are you) an? (?:real |actual )?(?:person|human)(?: there| here)?(?: i can| to talk| to speak)"
    r"|(?:can|could|would) (?:somebody|someone|a person|a human|an agent) (?:please )?(?:call|text|help|contact|answer|get back)"
    r"|hablar con (?:una persona|alguien|un agente|un humano))",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:don't|do not|no need to|without|instead of|rather than) (?:\w+ ){0,3}(?:talk|speak|person|human)",
    re.IGNORECASE,
)


def wants_person(text: str) -> bool:
    """Whether the text asks for a person instead of the bot."""
    plain = text.replace("’", "'")
    return _WANTS_PERSON.search(plain) is not None and _DENIED.search(plain) is None
