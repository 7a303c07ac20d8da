"""Blocked callers: rows <-> records (`sql/functions/people/blocks.sql`)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_NUMBER
from voicebot.storage.database import Database
from voicebot.storage.database.refused import allowed
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]


class OverAlready(Exception):
    """The block would have ended before it begins."""


@dataclass(frozen=True)
class BlockFilter:
    """Which blocks are wanted; None: whichever."""

    number: str | None = None


EVERY_BLOCK = BlockFilter()


def list_blocks(
    database: Database, wanted: BlockFilter = EVERY_BLOCK, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page of valid blocks, the newest first. A block is {"id", "number", "reason", "answer", "since",
    "until"}. Raises NotAllowed.
    """
    answer = allowed(database.call("list_blocks", **asdict(wanted), **part.params(), actor=actor.to_json()))
    return page_of(answer, BY_NUMBER, dict)


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
    row = allowed(
        database.call(
            "block_caller", number=number, reason=reason, answer=answer, until=until, actor=actor.to_json()
        )
    )
    if row.get("code") == "over_already":
        raise OverAlready
    block: Row = row["block"]
    return block


def unblock_caller(database: Database, number: str, *, actor: Actor = THE_OPERATOR) -> bool:
    """Let a number in again; False when it was not blocked. Raises NotAllowed."""
    return bool(
        allowed(database.call("unblock_caller", number=number, actor=actor.to_json()))["result"] == "lifted"
    )
