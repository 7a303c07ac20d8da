"""Threads of texts over the API: lists, the messages of one thread, and who answers."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from voicebot.api.bodies import Body
from voicebot.api.errors import ApiError
from voicebot.api.lists import reply_with_page
from voicebot.api.queries import ROWS, AfterNumber, AfterTime, Number, PageSize, Query
from voicebot.api.routes import OPERATOR, Example, Reply, Request, Route
from voicebot.domain.texts.errors import error_words
from voicebot.storage.pages import ListRefused
from voicebot.storage.texts import conversations
from voicebot.storage.texts.conversations import ConversationFilter

Row = Mapping[str, Any]
PATH = "/conversations/<conversation_id>"
UNKNOWN = Example("There is no such conversation, or none that this key may see.")


class Suppressed(BaseModel):
    """Stops and blocks of the person's number: nothing of that kind is sent or dialled."""

    texts: bool
    calls: bool
    since: str = Field(description="Since when the reason stands.")
    reason: str = Field(
        description="Why: `STOP` and `spoken_request` are the person's own words, `operator` an operator's decision, "
        "`21610` and `30004` what the carrier answered, given only where nobody said anything."
    )


class Conversation(BaseModel):
    """A thread of texts between a person and one of our numbers."""

    id: str
    user_id: str | None
    channel: Literal["sms", "whatsapp"]
    number: str = Field(description="The person's number or address, as the carrier spells it.")
    our_number: str
    customer_name: str | None
    status: Literal["open", "closed", "pending"]
    priority: Literal["normal", "high", "urgent"]
    assigned_to: str | None = Field(description="The user who looks after it.")
    tags: list[str]
    ai_mode: Literal["ON", "OFF"] = Field(description="OFF: the bot keeps silent, people answer.")
    blocked: bool = Field(description="The number is blocked: what it writes is kept and not answered.")
    suppressed: Suppressed | None = Field(
        description="The person opted out, so that what they write is kept and not answered; null: nothing stands."
    )
    unread_count: int
    last_message_at: str | None
    waiting_since: str | None = Field(description="Since when the person waits for an answer.")
    created_at: str


class ConversationPage(BaseModel):
    """A page, the last written in first."""

    conversations: list[Conversation]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class Media(BaseModel):
    """A picture or another file."""

    url: str
    content_type: str | None


class Message(BaseModel):
    """One text. A code that was sent or received is not in it."""

    id: int
    direction: Literal["inbound", "outbound"]
    content: str | None
    media: list[Media]
    kind: str = Field(
        description="`reaction`: a thumb or a heart on a text of ours, as a telephone writes it; nobody answers it."
    )
    sent_by: str | None = Field(description="Of what we sent: bot, operator or system.")
    status: str | None = Field(description="The carrier's last word of it.")
    outbox_state: str | None = Field(
        description="Of what we send: generated, sending, sent, failed, unknown."
    )
    error_code: str | None
    error: str | None = Field(description="What the error code means.")
    in_reply_to: int | None
    part: int | None
    created_at: str


class MessagePage(BaseModel):
    """A page in the order in which it was said; the first page is the end of the conversation."""

    messages: list[Message]
    next: str | None = Field(description="`before` for what was said before; null when that is all.")


class ConversationChange(Body):
    """What is to be changed."""

    ai_mode: Literal["ON", "OFF"] = Field(description="Whether the bot answers.")


class ConversationQuery(Query):
    """Which threads are wanted."""

    number: Number | None = Field(None, description="Only those with this number.")
    status: Literal["open", "closed", "pending"] | None = Field(None, description="Only these.")
    ai_mode: Literal["ON", "OFF"] | None = Field(
        None, description="Only those that the bot answers, or does not."
    )
    page_size: PageSize = ROWS
    before: AfterTime = None


class MessageQuery(Query):
    """Which part of a thread is wanted."""

    page_size: PageSize = ROWS
    before: AfterNumber = None


def list_conversations(request: Request) -> Reply:
    """One page of threads."""
    wanted = ConversationFilter(**request.query.filters())
    return reply_with_page(request, "conversations", conversations.conversations_page, wanted, shown=_shown)


def show(request: Request) -> Reply:
    """One thread."""
    return Reply(200, _found(request, _id(request)))


def list_messages(request: Request) -> Reply:
    """One page of what was said."""
    try:
        return reply_with_page(request, "messages", conversations.messages_page, _id(request), shown=_message)
    except ListRefused:
        raise _unknown() from None


def change(request: Request) -> Reply:
    """Say who answers."""
    wanted: ConversationChange = request.body
    thread = _id(request)
    refused = conversations.switch_ai_mode(
        request.runtime.database, thread, wanted.ai_mode, actor=request.holder.actor
    )
    if refused == "not_allowed":
        raise ApiError(403, "not_allowed", "This conversation is assigned to somebody else, or to nobody.")
    if refused is not None:
        raise _unknown()
    return Reply(200, _found(request, thread))


def _id(request: Request) -> UUID:
    return request.id_in_path("conversation_id", _unknown())


def _unknown() -> ApiError:
    return ApiError(404, "unknown_conversation", "There is no such conversation.")


def _found(request: Request, thread: UUID) -> Row:
    row = conversations.show_conversation(request.runtime.database, thread, actor=request.holder.actor)
    if row is None:
        raise _unknown()
    return _shown(row)


def _shown(row: Row) -> Row:
    named = {**row, "number": row["customer_identifier"]}
    return {name: named[name] for name in Conversation.model_fields}


def _message(row: Row) -> Row:
    error = error_words(row["error_code"]) if row["error_code"] else None
    media = [
        {"url": each.get("url") or "", "content_type": each.get("content_type")}
        for each in row["media"] or ()
    ]
    named = {**row, "media": media, "error": error}
    return {name: named[name] for name in Message.model_fields}


ROUTES = (
    Route(
        "GET",
        "/conversations",
        "listConversations",
        "List conversations, the last written in first.",
        list_conversations,
        {200: Example("A page.", ConversationPage)},
        roles=OPERATOR,
        query=ConversationQuery,
        noted=("numbers.listed", "thread"),
    ),
    Route(
        "GET",
        PATH,
        "showConversation",
        "Show one conversation.",
        show,
        {200: Example("The conversation.", Conversation), 404: UNKNOWN},
        roles=OPERATOR,
        noted=("number.read", "thread"),
    ),
    Route(
        "GET",
        f"{PATH}/messages",
        "listMessages",
        "Read a conversation, its end first.",
        list_messages,
        {200: Example("A page.", MessagePage), 404: UNKNOWN},
        noted=("thread.read", "thread"),
        roles=OPERATOR,
        query=MessageQuery,
    ),
    Route(
        "PATCH",
        PATH,
        "changeConversation",
        "Let the bot answer a conversation, or keep it silent.",
        change,
        {200: Example("The conversation as it is now.", Conversation), 404: UNKNOWN},
        body=ConversationChange,
        roles=OPERATOR,
        noted=("number.read", "thread"),
    ),
)
