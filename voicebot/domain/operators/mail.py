"""One mail, and its name before it has words."""

from dataclasses import dataclass
from datetime import datetime

LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class Mail:
    """One mail to one person. `message_id` has no angle brackets, and is the same for every try of the same mail."""

    to: str
    subject: str
    text: str
    message_id: str
    sent_at: datetime
    html: str = ""
    """The same in HTML, self-contained; empty: there is plain text alone."""


def one_line(text: str) -> str:
    """Return a text as a subject may be: one line of printable characters, not too long."""
    words = "".join(letter if letter.isprintable() else " " for letter in text).split()
    return " ".join(words)[:LONGEST_SUBJECT].strip()
