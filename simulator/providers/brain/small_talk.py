"""Greetings, thanks, farewells and other words that every conversation has."""

import re

HELLO = "Hello! How can I help you?"
GOODBYE = "Goodbye!"
WELCOME = "You are welcome. Is there anything else I can help you with?"
NOT_KNOWN = "I am sorry, I do not know that."
UNKNOWN = f"{NOT_KNOWN} Is there anything else I can help you with?"
UNHEARD = "I am sorry, I did not catch that. Could you say it again?"
ANYTHING_ELSE = "Is there anything else I can help you with?"

_GREETING = r"(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|greetings)(?: there| again)?"
_THANKS = r"(?:thanks|thank you|many thanks|cheers)(?: (?:a lot|so much|very much|you))?"
_FAREWELL = (
    r"\b(?:good ?bye|bye|see you|farewell|hang up|have a (?:nice|good) (?:day|evening|one)|that(?:'s| is| was| will be) all"
    r"|nothing else|no more questions|end (?:the|this) call|i(?:'m| am) done)\b"
)


def without_greeting(text: str) -> str:
    """The rest of an utterance after its greeting and thanks."""
    return re.sub(
        rf"^\W*(?:(?:{_GREETING}|{_THANKS}|ok(?:ay)?|great|well|so|um|uh)\b[\s,.!-]*)+", "", text, flags=re.I
    )


def is_greeting(text: str) -> bool:
    """Whether there is nothing but a greeting."""
    return bool(re.fullmatch(rf"\W*{_GREETING}\W*", text, re.I))


def is_thanks(text: str) -> bool:
    """Whether there is nothing but thanks."""
    return bool(re.fullmatch(rf"\W*(?:ok(?:ay)?|great|perfect)?\W*{_THANKS}[\w ,.!]{{0,20}}", text, re.I))


def is_farewell(text: str, *, offered_more: bool) -> bool:
    """Whether the person is leaving: says so, or says no to `anything else?`."""
    if offered_more and re.fullmatch(
        rf"\W*(?:no|nope|nah)\b[\s,.!]*(?:{_THANKS}|i(?:'m| am) (?:fine|good))?\W*", text, re.I
    ):
        return True
    return bool(re.search(_FAREWELL, text, re.I)) and "?" not in text


def answer_to_manners(text: str) -> str:
    """Return the answer to a courtesy or to "is anybody there?"; blank for everything else."""
    if re.fullmatch(
        rf"\W*(?:{_GREETING}\W+)?how (?:are you|is it going|do you do)(?: today| doing)?\W*", text, re.I
    ):
        return "I am fine, thank you. How can I help you?"
    if re.fullmatch(
        rf"\W*(?:{_GREETING}\W+)?(?:are you (?:still )?there|is any(?:one|body) there|can you hear me)\W*",
        text,
        re.I,
    ):
        return "Yes, I am here. How can I help you?"
    return ""


def is_yes(text: str) -> bool:
    """Whether the person only agrees."""
    return bool(
        re.fullmatch(
            r"\W*(?:yes|yeah|yep|sure|ok(?:ay)?|please do|go ahead)\b[\s,.!]*(?:please|do)?\W*", text, re.I
        )
    )


def wants_repetition(text: str) -> bool:
    """Whether the person wants to hear the last answer again."""
    pattern = r"\b(?:repeat (?:that|it|please)|say (?:that|it) again|come again|once more|pardon)\b|^\W*(?:repeat|what)\W*$"
    return bool(re.search(pattern, text, re.I))


def wants_more(text: str) -> bool:
    """Whether the person wants to hear more of the same."""
    return bool(
        re.search(
            r"\b(?:tell me more|more (?:details|information|about (?:it|that))|what else|anything more)\b",
            text,
            re.I,
        )
    )
