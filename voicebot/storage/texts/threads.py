"""Threads waiting for an answer, and the right to give it: rows <-> records (`sql/functions/texts/threads.sql`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from voicebot.domain.access.actor import THE_OPERATOR, Actor
from voicebot.domain.opt_out.judge import Keyword
from voicebot.domain.person.effects import Effect, effect_to_json
from voicebot.domain.texts.kinds import TextKind
from voicebot.domain.thread.state import ThreadState
from voicebot.domain.verification.codes import CodeOutcome
from voicebot.storage.database import Database

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ThreadMessage:
    """One text of a thread, either way."""

    id: int
    direction: str
    content: str
    created_at: datetime
    media: Sequence[Row] = ()
    details: Row = field(default_factory=dict)
    """What else the carrier told, such as a location that was shared."""
    sent_by: str | None = None
    kind: TextKind | None = None
    keyword: Keyword | None = None
    code_outcome: CodeOutcome | None = None
    never_left: bool = False
    """Of a text of ours that was suppressed, capped or refused: nobody has read it."""


@dataclass(frozen=True)
class ClaimedThread:
    """All that is needed to answer a thread; `upto` is the newest of its unanswered messages."""

    conversation_id: UUID
    user_id: UUID | None
    channel: str
    customer_identifier: str
    our_number: str
    state: Row | None
    ai_mode: str
    profile: Row
    onboarding: Row
    verified: bool
    messages: Sequence[ThreadMessage]
    unanswered: Sequence[int]
    calls: Sequence[Row]
    upto: int
    template: Row = field(default_factory=dict)
    """The template of the texted number, as a call has it, with its `id`: among others `prompt`, `own_tools`, and
    `onboarding`, which says who gets our questions (none, texts, all).
    """
    stopped: bool = False
    """The person wants nothing more, whatever `state` says."""
    waits_for_person: bool = True
    """The person asked for a human, and nobody has closed the case."""
    onboarding_by_call: Row | None = None
    """What a call made of the onboarding since `state` was stored."""


@dataclass(frozen=True)
class ReplyText:
    """A text that is to go out with a commit."""

    content: str
    kind: TextKind


class Commit(StrEnum):
    """The result of the attempt to commit texts of a thread; all but COMMITTED wrote nothing."""

    COMMITTED = "committed"
    NEWER = "newer"
    """Another text came meanwhile; the thread can be claimed again."""
    FENCED = "fenced"
    """Somebody else has the thread now."""
    REPEATED = "repeated"
    """The request key was used before."""


@dataclass(frozen=True)
class Committed:
    """What came of an answer, and the texts that were committed."""

    result: Commit
    message_ids: Sequence[int] = ()


def claim_thread(
    database: Database, *, token: UUID, lease_s: float, operator_notice: Row | None = None
) -> ClaimedThread | None:
    """Take the right to answer one thread's unanswered messages, together; None if none is free.

    The same token again gets the same thread, with later messages. After too many tries the operator gets the thread
    and a notice ({"to", "from", "content"}).
    """
    row = database.call(
        "claim_thread",
        token=token,
        lease_s=float(lease_s),
        operator_notice=dict(operator_notice) if operator_notice else None,
    )
    return claimed_of(row) if row["result"] == "claimed" else None


def answer_thread(
    database: Database,
    claimed: ClaimedThread,
    *,
    token: UUID,
    state: ThreadState,
    texts: Sequence[ReplyText],
    effects: Sequence[Effect],
    operator_notice: Row | None = None,
    used_usd: float = 0.0,
    texts_usd: float = 0.0,
    decision: Row | None = None,
) -> Committed:
    """Commit the answer with its effects, once, however often it is called.

    `used_usd` is the cost of making it, `texts_usd` the price of its texts; `decision` is {"decision", "reason",
    "rule", "confidence", "knew"}.
    """
    answer = database.call(
        "answer_thread",
        conversation_id=claimed.conversation_id,
        token=token,
        upto=claimed.upto,
        **_columns(state),
        texts=[{"content": text.content, "kind": text.kind} for text in texts],
        effects=[effect_to_json(effect) for effect in effects],
        operator_notice=dict(operator_notice) if operator_notice else None,
        used_usd=round(used_usd, 6),
        texts_usd=round(texts_usd, 6),
        decision=dict(decision) if decision else None,
    )
    return Committed(Commit(answer["result"]), answer.get("message_ids", ()))


def release_thread(database: Database, conversation_id: UUID, *, token: UUID, retry_after_s: float) -> None:
    """Give the thread back unanswered, to be claimed again after a while."""
    database.call(
        "release_thread", conversation_id=conversation_id, token=token, retry_after_s=float(retry_after_s)
    )


@dataclass(frozen=True)
class OpenedThread:
    """The right to write first in a thread; `refused` says why not: not_allowed (to the actor), not_a_number,
    suppressed, ai_off or busy.
    """

    claimed: ClaimedThread | None
    refused: str | None = None


@dataclass(frozen=True)
class DueReminder:
    """An onboarding that stands still; `reminders` were sent already."""

    number: str
    our_number: str
    channel: str
    timezone: str | None
    reminders: int


def open_thread(
    database: Database,
    to_number: str,
    our_number: str,
    *,
    channel: str,
    token: UUID,
    lease_s: float,
    actor: Actor = THE_OPERATOR,
) -> OpenedThread:
    """Take the right to write first to a number, in the thread with it; the same token again is the same claim."""
    row = database.call(
        "open_thread",
        to_number=to_number,
        our_number=our_number,
        channel=channel,
        token=token,
        lease_s=float(lease_s),
        actor=actor.to_json(),
    )
    return OpenedThread(None, row["code"]) if row["result"] == "refused" else OpenedThread(claimed_of(row))


def push_texts(
    database: Database,
    claimed: ClaimedThread,
    *,
    token: UUID,
    request_key: str,
    state: ThreadState,
    texts: Sequence[ReplyText],
    effects: Sequence[Effect],
) -> Commit:
    """Commit texts that answer nothing."""
    answer = database.call(
        "push_texts",
        conversation_id=claimed.conversation_id,
        token=token,
        request_key=request_key,
        **_columns(state),
        texts=[{"content": text.content, "kind": text.kind} for text in texts],
        effects=[effect_to_json(effect) for effect in effects],
    )
    return Commit(answer["result"])


def due_reminders(
    database: Database, *, after: Sequence[timedelta], page_size: int = 200
) -> Iterator[DueReminder]:
    """Yield onboardings that were silent for this long, the longest silence first, page by page.

    `after` is the silence before each reminder, and its length the number of reminders.
    """
    place = None
    while True:
        answer = database.call(
            "due_reminders",
            after_s=[each.total_seconds() for each in after],
            page_size=page_size,
            after=place,
        )
        for row in answer["threads"]:
            yield DueReminder(
                number=row["customer_identifier"],
                our_number=row["our_number"],
                channel=row["channel"],
                timezone=row["timezone"],
                reminders=row["reminders"],
            )
        place = answer["next"]
        if place is None:
            return


def _columns(state: ThreadState) -> dict[str, Any]:
    """The state, and beside it what SQL needs of it: SQL does not look into the state."""
    return {
        "state": state.to_json(),
        "onboarding_phase": state.onboarding.phase.value,
        "reminders": state.onboarding.reminders,
        "stopped": state.stopped,
    }


def claimed_of(row: Row) -> ClaimedThread:
    """Return what `private.thread_view` answered."""
    return ClaimedThread(
        conversation_id=UUID(row["conversation_id"]),
        user_id=UUID(row["user_id"]) if row["user_id"] else None,
        channel=row["channel"],
        customer_identifier=row["customer_identifier"],
        our_number=row["our_number"] or "",
        state=row["state"] or None,
        stopped=row["stopped"],
        waits_for_person=row["waits_for_person"],
        onboarding_by_call=row["onboarding_by_call"],
        ai_mode=row["ai_mode"],
        profile=row["profile"] or {},
        onboarding=row["onboarding"] or {},
        verified=row["verified"],
        messages=[_message(each) for each in row["messages"]],
        unanswered=row["unanswered"],
        calls=row["calls"] or (),
        upto=row["upto"],
        template=row.get("template") or {},
    )


def _message(row: Row) -> ThreadMessage:
    return ThreadMessage(
        id=row["id"],
        direction=row["direction"],
        content=row["content"] or "",
        created_at=datetime.fromisoformat(row["created_at"]),
        media=row["media"] or (),
        details=row.get("details") or {},
        sent_by=row["sent_by"],
        kind=TextKind(row["kind"]) if row["kind"] else None,
        keyword=Keyword(row["keyword"]) if row["keyword"] else None,
        code_outcome=CodeOutcome(row["code_outcome"]) if row["code_outcome"] else None,
        never_left=row["outbox_state"] == "failed",
    )
