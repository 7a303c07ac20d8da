"""What the operator is texted when somebody needs a person. No words of theirs and no whole number in it."""

from typing import Any

from voicebot.runtime import Runtime

CONTENT = "{name}: somebody needs a person. `python -m voicebot escalations list` shows who, and why."


def operator_notice(runtime: Runtime) -> dict[str, Any] | None:
    """Return {"to", "from", "content"}; None when no operator is known."""
    settings, number = runtime.settings, runtime.carriers.main.number
    if not (settings.operator_phone_number and number):
        return None
    return {
        "to": settings.operator_phone_number,
        "from": number,
        "content": CONTENT.format(name=settings.service_name),
    }
