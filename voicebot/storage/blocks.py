"""Blocked callers: rows <-> records (`sql/functions/people/blocks.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.storage.database import Database

Row = Mapping[str, Any]


class NotAllowed(Exception):
    """The list is the whole service's; the actor stands for a user or an organization."""


class OverAlready(Exception):
    """The block would have ended before it begins."""


@dataclass(frozen=True)
class BlockPage:
    """Blocks that stand, newest first; `next_before_id` is None on the last page."""

    blocks: Sequence[Row]
    next_before_id: int | None


def list_blocks(
    database: Database,
    *,
    page_size: int = 50,
    before_id: int | None = None,
    number: str | None = None,
    actor: Actor = THE_OPERATOR,
) -> BlockPage:
    """Return one page; a block is {"id", "number", "reason", "answer", "since", "until"}. Raises NotAllowed."""
    page = _allowed(
        database.call(
            "list_blocks", page_size=page_size, before_id=before_id, number=number, **actor.params()
        )
    )
    return BlockPage(page["blocks"], page["next_before_id"])


def block_caller(
    database: Database,
    number: str,
    *,
    reason: str | None = None,
    answer: str = "phrase",
    until: datetime | None = None,
    actor: Actor = THE_OPERATOR,
) -> Row:
    """Block a number (E.164 or `anonymous`) from now on, and return the block. Raises NotAllowed, OverAlready."""
    row = _allowed(
        database.call(
            "block_caller", number=number, reason=reason, answer=answer, until=until, **actor.params()
        )
    )
    if row.get("code") == "over_already":
        raise OverAlready
    block: Row = row["block"]
    return block


def unblock_caller(database: Database, number: str, *, actor: Actor = THE_OPERATOR) -> bool:
    """Let a number in again; False when it was not blocked. Raises NotAllowed."""
    return bool(
        _allowed(database.call("unblock_caller", number=number, **actor.params()))["result"] == "lifted"
    )


def _allowed(answer: Row) -> Row:
    if answer.get("code") == "not_allowed":
        raise NotAllowed
    return answer
