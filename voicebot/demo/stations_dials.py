"""The stations of the tour that are calls which we make."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from voicebot.demo.patience import patiently
from voicebot.demo.screen import tell
from voicebot.demo.talk import Talk
from voicebot.demo.visitor import Visitor
from voicebot.domain.person.phone import mask
from voicebot.services.dialling.ask import ask_for_call, dial_limits
from voicebot.storage import queue
from voicebot.storage.queue import NewEntry

Entry = Mapping[str, Any]
SETTLED_WITHIN_S = 60.0
ANY_HOUR = "the tour is played at any hour"
LINES = ("Hello, this is me.", "When are you open on Saturday?", "Thank you, goodbye!")


def asked_for(visitor: Visitor) -> None:
    """Ask for a call to a person who picks up, and read what it came to."""
    visitor.phone.operator("answer", number=visitor.number, ring_s=1, says=list(LINES))
    wanted = NewEntry(
        to_number=visitor.number,
        purpose="asked_for",
        hours_lifted=ANY_HOUR,
        request_key=f"tour {visitor.number}",
    )
    row, _ = ask_for_call(visitor.runtime, wanted)
    again, is_new = ask_for_call(visitor.runtime, wanted)
    entry = UUID(row["id"])
    tell(visitor.console, f"a call to {mask(visitor.number)} is asked for, twice with one key", style="dim")
    ringing = _entry(visitor, entry, lambda shown: any(one["call_sid"] for one in shown["attempts"]))
    for one in ringing["attempts"]:
        Talk(visitor.console, visitor.phone, one["call_sid"]).follow()
    shown = _entry(visitor, entry, _is_over)
    evidence, attempts = visitor.evidence, shown["attempts"]
    for one in attempts:
        evidence.tell(
            "call_attempts", f"{one['state']}, {one['transport']}, answered by {one['answered_by']}"
        )
    evidence.tell(
        "call_queue", f"{shown['status']}, {shown['attempts_made']} of {shown['max_attempts']} attempts"
    )
    evidence.check("asked for twice with one key, it is one entry", again["id"] == row["id"] and not is_new)
    evidence.check(f"the entry is {shown['status']}", shown["status"] == "completed")
    evidence.check("a person answered the one call", [one["answered_by"] for one in attempts] == ["human"])


def _is_over(shown: Entry) -> bool:
    return shown["status"] not in ("queued", "in-progress") and all(
        one["answered_by"] for one in shown["attempts"]
    )


def _entry(visitor: Visitor, entry: UUID, holds: Callable[[Entry], bool]) -> Entry:
    """Return the entry once that holds, or as it is after a while."""
    until = time.monotonic() + SETTLED_WITHIN_S
    while True:
        shown = patiently(
            lambda: queue.show_entry(visitor.runtime.database, entry, dial_limits(visitor.runtime))
        )
        if holds(shown) or time.monotonic() > until:
            return shown
        time.sleep(0.2)
