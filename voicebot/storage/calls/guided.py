"""Calls with an onboarding, in the database (`sql/functions/calls/guided.sql`)."""

from dataclasses import dataclass

from voicebot.storage.database import Database


@dataclass(frozen=True)
class CallToContinue:
    """Who is asked the next question by text, and from which of our numbers."""

    number: str
    our_number: str


def call_to_continue(database: Database, call_id: int) -> CallToContinue | None:
    """Return the person whom an ended call left with an open question; None once it is closed, or asked in a later call."""
    row = database.call("call_to_continue", call_id=call_id)
    return CallToContinue(row["number"], row["our_number"]) if row else None
