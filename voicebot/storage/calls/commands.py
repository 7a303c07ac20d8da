"""What the team asks of running calls: rows <-> records (`sql/functions/calls/commands.sql`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import Actor
from voicebot.domain.call.events import OperatorActed
from voicebot.storage.database import Database

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Reach:
    """How a call learns of a command that no socket of ours brings it."""

    call_sid: str
    turn: int
    """The last turn that is over."""
    carried: bool
    """A process has its socket, and looks for commands by itself."""
    answering: bool
    """A turn is being made or played (Gather)."""
    language: str
    ours: str
    """Our number."""


@dataclass(frozen=True)
class Added:
    """A command that waits, as people see it. `reach` None: it was added before."""

    command: Row
    reach: Reach | None


@dataclass(frozen=True)
class RefusedCommand:
    """`code` says why (`domain/call/stepping/kinds.py`); `offers` what the line can do instead."""

    code: str
    taken_over_by: str | None = None
    offers: Row | None = None


@dataclass(frozen=True)
class TakenCommand:
    """A command that is this process's to carry out."""

    call_id: int
    event: OperatorActed


def add_command(
    database: Database,
    call: UUID,
    kind: str,
    arguments: Row,
    *,
    request_key: str | None,
    actor: Actor,
) -> Added | RefusedCommand:
    """Put a command where whoever has the call looks; the same request key once."""
    row = database.call(
        "add_call_command",
        public_id=call,
        kind=kind,
        arguments=dict(arguments),
        request_key=request_key,
        actor=actor.to_json(),
    )
    if row["result"] != "added":
        return RefusedCommand(row["code"], row.get("taken_over_by"), row.get("offers"))
    reach = row["reach"]
    return Added(row["command"], Reach(**{**reach, "language": reach["language"] or ""}) if reach else None)


def list_commands(database: Database, call: UUID, *, actor: Actor, reader: Actor | None = None) -> Row | None:
    """Return the commands for a call and what its line can do; None for a call that `reader` may not see."""
    row: Row = database.call(
        "list_call_commands",
        public_id=call,
        actor=actor.to_json(),
        reader=reader.to_json() if reader else None,
    )
    return row if row["result"] == "found" else None


def take_commands(database: Database, leases: Iterable[UUID]) -> list[TakenCommand]:
    """Take what waits for the calls with these leases."""
    rows = database.call("take_call_commands", leases=[str(lease) for lease in leases])["commands"]
    return [TakenCommand(row["call_id"], acted_from_row(row)) for row in rows]


def acted_from_row(row: Row) -> OperatorActed:
    """Return what a command is to the call."""
    arguments = row["arguments"]
    return OperatorActed(
        row["kind"],
        text=arguments.get("text", ""),
        command=row["id"],
        by=row["maker"],
        phone=arguments.get("phone", ""),
        now=bool(arguments.get("now")),
    )
