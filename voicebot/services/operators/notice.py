"""The operator's text about a person who needs a person. It holds no words of that person and no whole
number."""

from typing import Any

from voicebot.settings import Settings

CONTENT = "{name}: somebody needs a person. `python -m voicebot escalations list` shows who, and why."


def operator_notice(settings: Settings) -> dict[str, Any] | None:
    """Return {"to", "from", "content"}; None when no operator is known."""
    if not (settings.operator_phone_number and settings.twilio_phone_number):
        return None
    return {
        "to": settings.operator_phone_number,
        "from": settings.twilio_phone_number,
        "content": CONTENT.format(name=settings.service_name),
    }
