"""Threads as people look at them: lists, what was said in one, and who answers; rows <-> records
(`sql/functions/conversations.sql`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from voicebot.storage.database import Database

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ConversationPage:
    """Threads, the last one written in first; `next_before` and `next_before_id` are None on the last page."""

    conversations: Sequence[Row]
    next_before: str | None
    next_before_id: UUID | None


def conversations_page(
    database: Database,
    *,
    page_size: int = 50,
    number: str | None = None,
    ai_mode: str | None = None,
    status: str | None = None,
) -> ConversationPage:
    """Return one page of all threads of the service."""
    page = database.call(
        "conversations_page", page_size=page_size, number=number, ai_mode=ai_mode, status=status
    )
    before_id = page["next_before_id"]
    return ConversationPage(
        page["conversations"], page["next_before"], UUID(before_id) if before_id else None
    )


def conversation_messages(
    database: Database, conversation_id: UUID, *, page_size: int = 50
) -> Sequence[Row] | None:
    """Return a thread's last messages in the order in which they were said; None when there is no such thread."""
    row = database.call("conversation_messages", conversation_id=conversation_id, page_size=page_size)
    return None if row["result"] == "refused" else list(row["messages"])


def set_ai_mode(database: Database, conversation_id: UUID, mode: str) -> bool:
    """Switch answering by the bot ON or OFF; False when there is no such thread or mode."""
    answer = database.call("set_ai_mode", conversation_id=conversation_id, mode=mode)
    return bool(answer["result"] != "refused")
