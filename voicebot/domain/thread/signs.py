"""What a thread's texts show besides what they ask: a wish for a person, and two machines talking."""

import hashlib
import re
from dataclasses import replace

from voicebot.domain.thread.state import MAX_RECENT, ThreadState

REPEATS = 4
"""So many equal texts among the last eight are no person's."""
SHORT_REPEATS = 6
"""For a word or two, as "yes" or "ok" may come often."""
SHORT_CHARS = 12

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


def fingerprint(body: str) -> str:
    """Return what tells two texts apart, without keeping the words; blank for a text without any."""
    plain = " ".join(re.findall(r"\w+", body.casefold()))
    if not plain:
        return ""
    size = "s" if len(plain) <= SHORT_CHARS else "l"
    return size + hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def remember(state: ThreadState, body: str) -> ThreadState:
    """Return the state that knows one more of the person's texts."""
    print_ = fingerprint(body)
    return replace(state, recent=(*state.recent, print_)[-MAX_RECENT:]) if print_ else state


def looping(state: ThreadState) -> bool:
    """Whether the newest text came so often that no person sends it."""
    if not state.recent:
        return False
    newest = state.recent[-1]
    return state.recent.count(newest) >= (SHORT_REPEATS if newest.startswith("s") else REPEATS)
