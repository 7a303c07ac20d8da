"""Threads for people to read: lists, messages, and whether the bot answers; rows <-> records
(`sql/functions/texts/conversations.sql`)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.page_cursor import BY_NUMBER, BY_TIME
from voicebot.storage.database import Database
from voicebot.storage.pages import FIRST, Page, Part, page_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ConversationFilter:
    """Which threads are wanted; None: whichever."""

    number: str | None = None
    status: str | None = None
    ai_mode: str | None = None


EVERY_THREAD = ConversationFilter()


def conversations_page(
    database: Database,
    wanted: ConversationFilter = EVERY_THREAD,
    part: Part = FIRST,
    *,
    actor: Actor = THE_OPERATOR,
) -> Page[Row]:
    """Return one page of the threads that the actor may see, the latest text first."""
    answer = database.call("conversations_page", **asdict(wanted), **part.params(), actor=actor.to_json())
    return page_of(answer, BY_TIME, dict)


def show_conversation(
    database: Database, conversation_id: UUID, *, actor: Actor = THE_OPERATOR
) -> Row | None:
    """Return one thread; None when the actor sees none of this name."""
    answer: Row = database.call("show_conversation", conversation_id=conversation_id, actor=actor.to_json())
    return None if answer["result"] == "refused" else answer["conversation"]


def messages_page(
    database: Database, conversation_id: UUID, part: Part = FIRST, *, actor: Actor = THE_OPERATOR
) -> Page[Row]:
    """Return one page of a thread, its end first, each page in the order in which it was said.

    Raises ListRefused when the actor sees no such thread.
    """
    answer = database.call(
        "conversation_messages",
        conversation_id=conversation_id,
        **part.params(),
        actor=actor.to_json(),
    )
    return page_of(answer, BY_NUMBER, dict)


def set_ai_mode(database: Database, conversation_id: UUID, mode: str) -> bool:
    """Switch answering by the bot ON or OFF; False when there is no such thread or mode."""
    return switch_ai_mode(database, conversation_id, mode) is None


def switch_ai_mode(
    database: Database, conversation_id: UUID, mode: str, *, actor: Actor = THE_OPERATOR
) -> str | None:
    """Switch as the actor; None when it is so now, else unknown_conversation, unknown_mode or not_allowed."""
    answer = database.call("set_ai_mode", conversation_id=conversation_id, mode=mode, actor=actor.to_json())
    return str(answer["code"]) if answer["result"] == "refused" else None
