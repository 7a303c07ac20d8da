"""What the inbox's routes take and answer, as JSON."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, field_validator

from voicebot.api.bodies import Body, Moment
from voicebot.api.queries import ROWS, AfterUrgency, PageSize, Query

LONGEST_TEXT, LONGEST_NOTE, LONGEST_KEY = 1600, 4000, 200
Key = Annotated[
    str | None,
    Field(
        min_length=1, max_length=LONGEST_KEY, description="Your own: asking twice with one key does it once."
    ),
]
Version = Annotated[
    int | None,
    Field(
        ge=0,
        le=2**31 - 1,
        description="What you saw: if somebody else has acted since, nothing is done, and 409 says who.",
    ),
]


def _said(words: str) -> str:
    if not words.strip():
        raise ValueError("expected a text")
    return words


class Item(BaseModel):
    """A thread, a call whose caller left something, or a call-back, as the list shows it."""

    id: str = Field(
        description="Of a thread the conversation's, of a call the call's, of a call-back the queued call's."
    )
    kind: Literal["thread", "call", "call_back"]
    phone_number: str = Field(description="The person's; empty or `anonymous`: withheld.")
    reason: str | None = Field(description="Of the open escalation that weighs most.")
    state: Literal["open", "resolved"]
    waiting_since: str | None = Field(
        description="Since when the person waits for a person; null: nobody waits."
    )
    unread: int
    assigned_to: str | None
    assigned_name: str | None
    snoozed_until: str | None
    resolved_at: str | None
    last_at: str
    version: int = Field(description="Counts what people did with it.")
    ai_mode: Literal["ON", "OFF"] | None = Field(description="Of a thread: whether the bot answers it.")
    taken_at: str | None = Field(description="Of a thread: since when a person answers in place of the bot.")
    give_back_at: str | None = Field(description="Of a thread: when the bot answers again.")
    call_at: str | None = Field(description="Of a call-back: when the bot calls.")
    last_words: str | None


class ItemPage(BaseModel):
    """A page: escalated first, then whoever waits longest, then what happened last."""

    items: list[Item]
    next: str | None = Field(description="The next page's `before`; null on the last page.")


class Decision(BaseModel):
    """What the bot did with a text."""

    decision: Literal["respond", "ignore", "escalate"]
    reason: str
    rule: str | None
    confidence: float | None = Field(description="1 where a rule decided; null where the model did.")
    knew: dict[str, Any] | None = Field(description="What it was made from.")
    at: str


class ThreadText(BaseModel):
    """One text of a thread."""

    id: int
    direction: Literal["inbound", "outbound"]
    content: str | None
    sent_by: str | None = Field(description="Of what we sent: bot, operator or system.")
    author: str | None = Field(description="The member who wrote it.")
    status: str | None
    outbox_state: str | None
    error_code: str | None
    is_later: bool = Field(
        description="It waits for `not_before`, and may be changed or taken back until then."
    )
    not_before: str | None
    created_at: str
    decision: Decision | None = Field(description="Of a text that came in: what the bot decided.")


class Note(BaseModel):
    """What people told each other."""

    id: int
    content: str
    author: str | None
    created_at: str


class Draft(BaseModel):
    """An answer that the bot wrote because a person asked; nothing sends it."""

    state: Literal["asked", "ready", "failed"]
    content: str | None
    upto: int | None = Field(description="The last text that it knew.")
    asked_at: str


class Case(BaseModel):
    """An escalation of it."""

    id: str
    reason: str
    message: str | None
    confidence: float | None
    state: Literal["open", "closed"]
    call_back_number: str | None
    call_back_when: str | None
    created_at: str
    closed_at: str | None
    closed_by: str | None


class PersonCall(BaseModel):
    """A call with the same person."""

    id: str
    direction: str | None
    status: str | None
    started_at: str
    duration: int | None
    summary: str | None
    notes: list[str] = Field(description="What the caller left.")


class WholeItem(Item):
    """An item with everything that belongs to it."""

    texts: list[ThreadText] = Field(
        description="The last hundred, in the order in which they were said; what leaves later is last."
    )
    notes: list[Note]
    cases: list[Case]
    calls: list[PersonCall]
    draft: Draft | None


class ItemQuery(Query):
    """Which part of the list is wanted."""

    show: Literal["open", "mine", "unassigned", "waiting", "snoozed", "resolved"] = Field(
        "open", description="`mine`: assigned to the key's user. What is put off is in `snoozed` alone."
    )
    page_size: PageSize = ROWS
    before: AfterUrgency = None


class ItemChange(Body):
    """What is to be changed; what is not given stays."""

    state: Literal["open", "resolved"] | None = Field(
        None,
        description="resolved: its escalations are closed, and the bot answers the thread again that a person took over.",
    )
    assigned_to: UUID | None = Field(None, description="A member; null: nobody.")
    snoozed_until: Moment | None = Field(None, description="Out of the list until then; null: back in it.")
    version: Version = None


class Reply(Body):
    """A text to the person."""

    body: str = Field(min_length=1, max_length=LONGEST_TEXT)
    not_before: Moment | None = Field(
        None,
        description="When it leaves; without, it leaves at once, and a person has the thread from then on.",
    )
    request_key: Key = None
    version: Version = None
    _words = field_validator("body")(_said)


class LaterText(Body):
    """The text as it is to be."""

    body: str = Field(min_length=1, max_length=LONGEST_TEXT)
    not_before: Moment
    _words = field_validator("body")(_said)


class NewNote(Body):
    """A private note."""

    content: str = Field(min_length=1, max_length=LONGEST_NOTE)
    request_key: Key = None
    _words = field_validator("content")(_said)


class Queued(BaseModel):
    """A text that will be sent."""

    id: int
    conversation_id: str
    status: Literal["queued"]
