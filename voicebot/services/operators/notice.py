"""The operator's text about a person who waits for a human, a cap, or an incident. It quotes nobody and has no whole number."""

from typing import Any

from voicebot.runtime import Runtime

CONTENT = "{name}: somebody needs a person. `python -m voicebot escalations list` shows who, and why."


CAP_CONTENT = "{name}: there were too many calls or texts, or they cost too much. `python -m voicebot escalations list` shows which."

INCIDENT_CONTENT = "{name}: something is wrong with the calls that we make. `python -m voicebot incidents --open` shows what."


ALERT_CONTENT = "{name}: an alert fired. Settings, Alerts in the console shows which."


def operator_notice(runtime: Runtime, content: str = CONTENT) -> dict[str, Any] | None:
    """Return {"to", "from", "content"}; None when no operator is known."""
    settings, number = runtime.settings, runtime.carriers.main.number
    if not (settings.operator_phone_number and number):
        return None
    return {
        "to": settings.operator_phone_number,
        "from": number,
        "content": content.format(name=settings.service_name),
    }
