"""The parts of a call's page that are not in its row, and their storage (`sql/functions/calls/call_page.sql`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.storage.calls.calls import CallFilter
from voicebot.storage.database import Database

Row = Mapping[str, Any]


@dataclass(frozen=True)
class UsedTool:
    """One use of a tool by the model, without its secrets."""

    gen: int
    id: str
    name: str
    arguments: str
    ok: bool
    result: str
    before_number: int
    """The number of the first utterance after it."""
    began_at: datetime
    ended_at: datetime


def keep_tool_use(database: Database, call_id: int, used: UsedTool) -> None:
    """Keep it; the same one again changes nothing."""
    database.call(
        "keep_tool_use",
        call_id=call_id,
        gen=used.gen,
        tool_id=used.id,
        name=used.name,
        arguments=used.arguments,
        ok=used.ok,
        result=used.result,
        before_number=used.before_number,
        began_at=used.began_at,
        ended_at=used.ended_at,
    )


def call_page(database: Database, call: UUID, *, actor: Actor) -> Row | None:
    """Return dials, events, turns, tools, people, notes, template, plan, state, costs; None when the actor sees no such call."""
    row: Row = database.call("call_page", public_id=call, actor=actor.to_json())
    return None if row["result"] == "refused" else row


def neighbours(
    database: Database, call: UUID, wanted: CallFilter, *, actor: Actor
) -> tuple[str | None, str | None]:
    """Return the ids of the calls that stand before and behind this one in the list that was filtered so."""
    row = database.call(
        "call_neighbours",
        public_id=call,
        actor=actor.to_json(),
        number=wanted.number,
        status=wanted.status,
        direction=wanted.direction,
    )
    return row.get("newer"), row.get("older")


def note_refused_webhook(database: Database, call_sid: str, route: str, reason: str) -> None:
    """Record that a request about a call of ours was refused; ten of a call at most are stored."""
    database.call("note_refused_webhook", call_sid=call_sid, route=route, reason=reason)
