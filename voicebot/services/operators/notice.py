"""The operator's text about a person who needs a person. It holds no words of that person and no whole
number."""

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
