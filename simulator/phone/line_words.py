"""What happens on the line, in words for whoever is calling: the same in every terminal as on the page."""

from collections.abc import Mapping
from typing import Any

HUNG_UP = {
    "bot": "the bot hung up",
    "person": "the person who was dialled hung up",
    "api": "the service ended the call",
    "time limit": "the call reached its time limit",
    "busy": "the line was busy",
    "no-answer": "nobody answered",
    "carrier": "the carrier ended the call",
    "simulator": "the simulator failed; see its log",
}
DIALLED = {
    "answered": "somebody picked up",
    "busy": "the other line is busy",
    "no-answer": "nobody picked up",
    "failed": "that number cannot be reached",
    "canceled": "the other call was canceled",
}


def line_words(item: Mapping[str, Any], caller: str = "you") -> str:
    """Return a heard item of the kinds `ring`, `dial`, `beep` and `hangup` in words; `caller` is the reader's word for
    the caller.
    """
    match item["kind"]:
        case "hangup" if item["text"] == "caller":
            return f"{caller} hung up"
        case "hangup":
            return HUNG_UP.get(item["text"], f"the call ended: {item['text']}")
        case "dial":
            return DIALLED.get(item["text"], f"the other number: {item['text']}")
        case "beep":
            return "the mailbox beeps"
    return "the other phone rings"
