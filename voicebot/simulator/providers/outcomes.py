"""Tell from a conversation how it went, in the words that a list of choices offers."""

import re
from collections.abc import Sequence
from typing import Any

from voicebot.simulator.providers.utterances import Utterance
from voicebot.simulator.providers.words import word_set

UNANSWERED = r"\b(?:do not know|don't know|not sure|cannot tell|can't help|did not catch|unable)\b"
"""What a bot says that has no answer."""

_GOOD, _BAD = (
    word_set("thanks thank great good perfect happy glad lovely excellent"),
    word_set("angry bad terrible unhappy annoyed complaint wrong broken late unacceptable disappointed"),
)

# How it shows in what the bot said, and how a list of outcomes may name it; the first that fits counts.
_EVENTS = (
    (r"^nobody spoke$", r"abandon|silent|no_?speech|hung_?up"),
    (
        r"\bmessage\b.{0,40}\b(?:noted|taken|saved|written)\b|\b(?:noted|taken|saved|wrote)\b.{0,40}\bmessage\b",
        r"message",
    ),
    (
        r"\b(?:nobody|no one) (?:picked|answered|can take)|line is busy|could not connect",
        r"not_?reached|unreach|no_?answer",
    ),
    (r"\bconnecting you\b|\bput you through\b|\btransferr", r"transfer|hand_?over|escalat"),
    (UNANSWERED, r"unclear|unresolved|unanswered|open"),
    (r"\w", r"^(?:answered|resolved|completed?|success\w*|informed)$"),
)


def event_among(values: Sequence[Any], talk: Sequence[Utterance]) -> Any:
    """The value that names how the talk went, where its words show it; else None."""
    ours = " ".join(said.text for said in talk if said.ours)
    spoke = any(not said.ours for said in talk)
    for happened, named in _EVENTS:
        value = next((v for v in values if re.search(named, str(v), re.I)), None)
        if value is not None and re.search(happened, ours if spoke else "nobody spoke", re.I):
            return value
    return None


def mood_among(values: Sequence[Any], talk: Sequence[Utterance]) -> Any:
    """The value for the mood of what the caller said, when the choices are moods; else None."""
    if not {"positive", "negative"} <= {str(value).casefold() for value in values}:
        return None
    words = set(re.findall(r"\w+", " ".join(said.text for said in talk if not said.ours).casefold()))
    mood = "negative" if words & _BAD else "positive" if words & _GOOD else "neutral"
    return next((value for value in values if str(value).casefold() == mood), values[0])
