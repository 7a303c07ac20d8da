"""One action on many rows: rows <-> records (`sql/functions/bulk/{judged,actions,runs}.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_TIME
from voicebot.storage.database import Database
from voicebot.storage.database.refused import Refused
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]


class BulkRefused(Refused):
    """The action cannot be; `code` says why: unknown_action, wrong_tag, unknown_member, no_time, nothing, too_many, busy, key_used,
    unknown_bulk, not_allowed."""


@dataclass(frozen=True)
class BulkWish:
    """What is to be done to rows of one kind: `entry` of the queue, or `call`."""

    object_type: str
    action: str
    arguments: Row
    """Of reschedule: not_before, not_after, priority; of tag and untag: tag; of assign: member."""


def preview_bulk(database: Database, wish: BulkWish, ids: Sequence[UUID], *, actor: Actor) -> Row:
    """Return {"total", "doable", "skipped"}: how many rows would be left out, by why. Raises BulkRefused."""
    return _told(
        database.call("preview_bulk", **vars(wish), ids=[str(one) for one in ids], actor=actor.to_json())
    )


def begin_bulk(
    database: Database,
    wish: BulkWish,
    ids: Sequence[UUID],
    *,
    request_key: str,
    wanted: Row,
    actor: Actor,
) -> tuple[Row, bool]:
    """Keep the rows and let the worker begin; return the action, and whether it is new. Raises BulkRefused."""
    answer = _told(
        database.call(
            "begin_bulk",
            **vars(wish),
            ids=[str(one) for one in ids],
            request_key=request_key,
            wanted=wanted,
            actor=actor.to_json(),
        )
    )
    return answer["bulk"], answer["result"] == "begun"


def show_bulk(database: Database, bulk_id: UUID, *, actor: Actor = THE_OPERATOR) -> Row:
    """Return one with how far it is, `reasons` and `is_own`. Raises BulkRefused."""
    row: Row = _told(database.call("show_bulk", id=bulk_id, actor=actor.to_json()))["bulk"]
    return row


def list_bulk(database: Database, part: Part = FIRST, *, actor: Actor = THE_OPERATOR) -> Page[Row]:
    """Return one page, the newest first."""
    return page_of(database.call("list_bulk", **part.params(), actor=actor.to_json()), BY_TIME, dict)


def cancel_bulk(database: Database, bulk_id: UUID, *, actor: Actor) -> tuple[Row, bool]:
    """Stop behind the batch that runs now; return the action, and whether it was running. Raises BulkRefused."""
    answer = _told(database.call("cancel_bulk", id=bulk_id, actor=actor.to_json()))
    return answer["bulk"], answer["result"] == "canceled"


# --- the worker's part ----------------------------------------------------------------------------


def run_bulk_batch(database: Database, bulk_id: UUID, *, batch: int) -> Row:
    """Do the next rows; return {"state", "action", …} as the action stands then."""
    row: Row = database.call("run_bulk_batch", bulk_id=bulk_id, batch=batch)
    return row


def export_bulk_batch(database: Database, bulk_id: UUID, after: int, *, batch: int) -> Row:
    """Return {"state", "object_type", "rows", "next"}: rows for a table."""
    row: Row = database.call("export_bulk_batch", bulk_id=bulk_id, after=after, batch=batch)
    return row


def finish_bulk(database: Database, bulk_id: UUID) -> None:
    """Say that the file of an export is there."""
    database.call("finish_bulk", bulk_id=bulk_id)


def resume_bulk(database: Database, *, quiet_s: float) -> int:
    """Queue again the actions without progress for this long; return how many."""
    return int(database.call("resume_bulk", quiet_s=float(quiet_s))["resumed"])


def sweep_bulk(database: Database) -> int:
    """Delete rows of actions that are long over; return how many."""
    return int(database.call("sweep_bulk")["swept"])


def _told(answer: Row) -> Row:
    if answer["result"] == "refused":
        raise BulkRefused(answer["code"])
    return answer
