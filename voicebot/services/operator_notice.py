"""What the operator is texted when a thread needs a person. No words of the thread and no whole number in it."""

from typing import Any

from voicebot.settings import Settings

CONTENT = "Somebody who texted {name} needs a person. `python -m voicebot texts list` shows the threads."


def operator_notice(settings: Settings) -> dict[str, Any] | None:
    """Return {"to", "from", "content"}; None when no operator is known."""
    if not (settings.operator_phone_number and settings.twilio_phone_number):
        return None
    return {
        "to": settings.operator_phone_number,
        "from": settings.twilio_phone_number,
        "content": CONTENT.format(name=settings.service_name),
    }
