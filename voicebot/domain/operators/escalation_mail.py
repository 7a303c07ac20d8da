"""The mail to the operator about a person who waits for a human.

The subject names only the kind of event, because locked screens show subjects. The body has the whole number and the
message, because the operator has to call back.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from voicebot.domain.operators.mail import one_line

LONGEST_MESSAGE = 4000
CALL_BACK = "call_back"
WHAT = {
    "message": "a caller left a message",
    CALL_BACK: "somebody wants to be called back",
    "human_requested": "somebody asks for a person",
    "emergency": "somebody may be in danger",
    "transfer_unanswered": "nobody took a call that was put through",
    "ai_limitation": "the bot cannot go on with a thread",
    "erasure_requested": "somebody wants their data deleted",
    "capped": "a thread was stopped: too many replies",
    "too_many_calls": "calls are refused: too many, or too dear",
    "too_many_texts": "texts are not answered: too many, or too dear",
    "strange_report": "a provider told something that does not fit",
    "call_cost": "a call was ended: it cost as much as one may",
}
OTHERWISE = "somebody needs a person"
CHANNELS = {"call": "phone call", "sms": "text", "mms": "text", "whatsapp": "WhatsApp"}


@dataclass(frozen=True)
class Escalation:
    """The facts of one case: reason, person, time, and where to find the rest."""

    reason: str
    created_at: datetime
    channel: str = ""
    number: str = ""
    our_number: str = ""
    name: str = ""
    message: str = ""
    call_back_number: str = ""
    """As the caller said it; blank: the number that they called from."""
    call_back_when: str = ""
    call_sid: str = ""
    thread_id: str = ""


def subject(reason: str, service_name: str) -> str:
    """Return the subject of an escalation's mail."""
    return one_line(f"{service_name}: {WHAT.get(reason, OTHERWISE)}")


def body(escalation: Escalation, zone: str) -> str:
    """Return the words of an escalation's mail, times in `zone`."""
    what = WHAT.get(escalation.reason, OTHERWISE)
    local = escalation.created_at.astimezone(ZoneInfo(zone))
    channel = CHANNELS.get(escalation.channel, escalation.channel)
    lines = [
        f"{what[0].upper()}{what[1:]}.",
        "",
        _line("Who", ", ".join(filter(None, (one_line(escalation.name), escalation.number)))),
        _line("When", f"{local:%A} {local.day} {local:%B %Y, %H:%M} ({zone})"),
        _line("How", f"{channel} to {escalation.our_number}" if escalation.our_number else channel),
    ]
    if escalation.reason == CALL_BACK:
        wish = (escalation.call_back_number or "the same number", escalation.call_back_when)
        lines.append(_line("Call", ", ".join(filter(None, map(one_line, wish)))))
    if escalation.message.strip():
        lines += ["", "Message:", "", *_quoted(escalation.message)]
    if escalation.call_sid:
        lines += ["", f"The whole call: python -m voicebot calls show {escalation.call_sid}"]
    if escalation.thread_id:
        lines += ["", f"The whole thread: python -m voicebot texts show {escalation.thread_id}"]
    return "\n".join(lines) + "\n"


def _line(label: str, value: str) -> str:
    return f"{label + ':':<8}{value or 'unknown'}"


def _quoted(message: str) -> list[str]:
    shown = message.strip()[:LONGEST_MESSAGE]
    cut = ["  …"] if len(message.strip()) > LONGEST_MESSAGE else []
    return [
        "  " + "".join(letter if letter.isprintable() else " " for letter in line)
        for line in shown.splitlines()
    ] + cut
