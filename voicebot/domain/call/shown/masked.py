"""What somebody said, for strangers: without numbers, without names. Pure.

Names that are known go wherever they stand; of others every capital word inside of a sentence, and what follows a phrase that
introduces somebody, whatever its letters. Too much is masked rather than too little.
"""

import re
from collections.abc import Iterable

from voicebot.domain.call.shown.starred import DIGITS, STARS

NAME = "[name]"
# Not at the beginning of a sentence, where every word is capital. "I" and what is put together with it is no name.
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
    """Return a text in which nobody is named and no number of four digits or more stands."""
    for name in sorted({one.strip() for one in known if len(one.strip()) > 1}, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}\b", NAME, text, flags=re.IGNORECASE)
    text = MAIL.sub(NAME, text)
    text = INTRODUCED.sub(lambda found: f"{found[1]} {NAME}", text)
    text = CAPITAL.sub(NAME, text)
    text = SPELT.sub(f"{STARS} ", text)
    return DIGITS.sub(STARS, text)
