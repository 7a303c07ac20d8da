"""Threads for people to read: lists, messages, and whether the bot answers; rows <-> records
(`sql/functions/texts/conversations.sql`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import id_cursor, moment_cursor
from voicebot.storage.database import Database

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ConversationPage:
    """Threads, the last one written in first; `next` (`domain.page_cursor`) is None on the last page."""

    conversations: Sequence[Row]
    next: str | None


@dataclass(frozen=True)
class MessagePage:
    """Messages of one thread in the order in which they were said; `next` is None on the page that begins it."""

    messages: Sequence[Row]
    next: str | None


def conversations_page(
    database: Database,
    *,
    page_size: int = 50,
    number: str | None = None,
    ai_mode: str | None = None,
    status: str | None = None,
    before: datetime | None = None,
    before_id: UUID | None = None,
    actor: Actor = THE_OPERATOR,
) -> ConversationPage:
    """Return one page of the threads that the actor may see."""
    page = database.call(
        "conversations_page",
        page_size=page_size,
        number=number,
        ai_mode=ai_mode,
        status=status,
        before=before,
        before_id=before_id,
        **actor.params(),
    )
    following = page["next_before_id"]
    cursor = moment_cursor(page["next_before"], UUID(following) if following else None)
    return ConversationPage(page["conversations"], cursor)


def show_conversation(
    database: Database, conversation_id: UUID, *, actor: Actor = THE_OPERATOR
) -> Row | None:
    """Return one thread; None when the actor sees none of this name."""
    answer: Row = database.call("show_conversation", conversation_id=conversation_id, **actor.params())
    return None if answer["result"] == "refused" else answer["conversation"]


def messages_page(
    database: Database,
    conversation_id: UUID,
    *,
    page_size: int = 50,
    before_id: int | None = None,
    actor: Actor = THE_OPERATOR,
) -> MessagePage | None:
    """Return one page of a thread, the last one first; None when the actor sees no such thread."""
    answer = database.call(
        "conversation_messages",
        conversation_id=conversation_id,
        page_size=page_size,
        before_id=before_id,
        **actor.params(),
    )
    if answer["result"] == "refused":
        return None
    return MessagePage(answer["messages"], id_cursor(answer["next_before_id"]))


def set_ai_mode(database: Database, conversation_id: UUID, mode: str) -> bool:
    """Switch answering by the bot ON or OFF; False when there is no such thread or mode."""
    return switch_ai_mode(database, conversation_id, mode) is None


def switch_ai_mode(
    database: Database, conversation_id: UUID, mode: str, *, actor: Actor = THE_OPERATOR
) -> str | None:
    """Switch as the actor; None when it is so now, else unknown_conversation, unknown_mode or not_allowed."""
    answer = database.call("set_ai_mode", conversation_id=conversation_id, mode=mode, **actor.params())
    return str(answer["code"]) if answer["result"] == "refused" else None
