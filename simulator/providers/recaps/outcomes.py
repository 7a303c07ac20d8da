"""Tell from a conversation how it went, in the words that a list of choices offers."""

import re
from collections.abc import Sequence
from typing import Any

from simulator.providers.brain.words import word_set
from simulator.providers.recaps.matters import CONNECTING, TAKEN, Kind, Matter
from simulator.providers.recaps.utterances import Utterance

_GOOD, _BAD = (
    word_set("thanks thank great good perfect happy glad lovely excellent"),
    word_set("angry bad terrible unhappy annoyed complaint wrong broken late unacceptable disappointed"),
)

# How a list of outcomes may name what happened.
_NAMES = {
    "silent": r"abandon|silent|no_?speech|hung_?up",
    "message": r"message",
    "person": r"transfer|hand_?over|escalat",
    "answered": r"^(?:answered|resolved|completed?|success\w*|informed)$",
    "not reached": r"not_?reached|unreach|no_?answer",
    "open": r"unclear|unresolved|unanswered|open",
}


def event_among(values: Sequence[Any], talk: Sequence[Utterance], matters: Sequence[Matter]) -> Any:
    """The value that names how the talk went, where its words show it; else None."""
    for event in _happened(talk, matters):
        value = next((v for v in values if re.search(_NAMES[event], str(v), re.I)), None)
        if value is not None:
            return value
    return None


def _happened(talk: Sequence[Utterance], matters: Sequence[Matter]) -> list[str]:
    """What came of a talk, the weightiest first; empty where there was none."""
    ours = " ".join(said.text for said in talk if said.ours)
    if not ours:
        return []
    if not matters:
        return ["silent"]
    people = [matter for matter in matters if matter.kind is Kind.PERSON]
    events = {
        "message": any(matter.kind is Kind.MESSAGE for matter in matters)
        or re.search(TAKEN, ours, re.I) is not None,
        "person": re.search(CONNECTING, ours, re.I) is not None and all(matter.reached for matter in people),
        "answered": any(matter.answer or matter.kind is Kind.VOICE for matter in matters),
        "not reached": any(not matter.reached for matter in people),
        "open": True,
    }
    return [event for event, is_so in events.items() if is_so]


def mood_among(values: Sequence[Any], talk: Sequence[Utterance]) -> Any:
    """The value for the mood of what the caller said, when the choices are moods; else None."""
    if not {"positive", "negative"} <= {str(value).casefold() for value in values}:
        return None
    words = set(re.findall(r"\w+", " ".join(said.text for said in talk if not said.ours).casefold()))
    mood = "negative" if words & _BAD else "positive" if words & _GOOD else "neutral"
    return next((value for value in values if str(value).casefold() == mood), values[0])
