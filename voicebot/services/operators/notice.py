"""What the operator is texted when somebody needs a person. No words of theirs and no whole number in it."""

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
