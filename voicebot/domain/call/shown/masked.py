"""Mask names and numbers in what somebody said, before strangers read it. Pure.

Known names are masked wherever they stand. Other names are guessed: every capitalised word inside a sentence, and
whatever follows a phrase such as "my name is". In doubt a word is masked.
"""

import re
from collections.abc import Iterable

from voicebot.domain.call.shown.starred import DIGITS, STARS

NAME = "[name]"
# Not at the beginning of a sentence, where every word is capitalised; "I" and its contractions are no names.
CAPITAL = re.compile(r"(?<=[^.!?:\s] )(?!I\b|I')[A-ZÀ-ÖØ-Þ][\w'’-]*", re.UNICODE)
INTRODUCED = re.compile(
    r"\b(my name is|my name's|i am|i'm|this is|name of|speaking with|mr\.?|mrs\.?|ms\.?|me llamo|soy|je m'appelle|ich heiße|ich bin)"
    r"((?:\s+[\w'’-]+){1,3})",
    re.IGNORECASE,
)
MAIL = re.compile(r"\S+@\S+")
# Numbers that are spelt out: four or more of these words in a row.
SPELT = re.compile(
    r"(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)\b[\s,-]*){4,}",
    re.IGNORECASE,
)


def without_people(text: str, known: Iterable[str]) -> str:
    """Return the text without names and without numbers of four digits or more."""
    for name in sorted({one.strip() for one in known if len(one.strip()) > 1}, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}\b", NAME, text, flags=re.IGNORECASE)
    text = MAIL.sub(NAME, text)
    text = INTRODUCED.sub(lambda found: f"{found[1]} {NAME}", text)
    text = CAPITAL.sub(NAME, text)
    text = SPELT.sub(f"{STARS} ", text)
    return DIGITS.sub(STARS, text)
