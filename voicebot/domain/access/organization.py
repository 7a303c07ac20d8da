"""What an organization may say of itself. Pure."""

from collections.abc import Mapping
from typing import Any

from voicebot.domain.person.daytime import known_zone

LONGEST = {
    "display_name": 255, "description": 2000, "website_url": 512, "contact_email": 255, "phone": 50, "billing_email": 255,
    "default_timezone": 50, "default_language": 10,
}  # fmt: skip
"""Fields that its leaders write, with their longest length."""
MAILS = ("contact_email", "billing_email")


def wrong_in(changes: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the first field that is not valid, with a sentence on what is expected; None when all are valid. The value
    None clears a field.
    """
    for name in (one for one in LONGEST if one in changes):
        if changes[name] is not None and (words := _wrong(name, changes[name])):
            return name, words
    return None


def _wrong(name: str, text: str) -> str | None:
    if len(text) > LONGEST[name]:
        return f"{name.replace('_', ' ').capitalize()}: at most {LONGEST[name]} characters."
    if name != "description" and not text.isprintable():
        return "Write this in one line, of characters that can be seen."
    if name in MAILS and "@" not in text:
        return "This is no e-mail address; it may also stay empty."
    if name == "website_url" and not text.lower().startswith(("https://", "http://")):
        return "Write the whole address, like https://example.com; it may also stay empty."
    if name == "default_timezone" and known_zone(text) is None:
        return "There is no such time zone: write it like Europe/Berlin."
    return None
