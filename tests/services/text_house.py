"""What the tests of texts share: a carrier that takes texts as it is told, people who text, rows as dicts."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg

from voicebot.domain.texts.reports import InboundText
from voicebot.providers.ports import (
    NewMessage,
    Outcome,
    ProviderError,
    ProviderMedia,
    ProviderMessage,
    SentMessage,
)
from voicebot.runtime import Runtime
from voicebot.services.texts.receive import receive

OURS, PERSON, OPERATOR = "+12025550100", "+12025550123", "+12025550199"
Connection = psycopg.Connection[tuple[Any, ...]]
# All of New York's time, so that it is day for everybody at once.
AREAS = (203, 212, 215, 216, 239, 240, 248, 267, 301, 302)
_numbers = itertools.count(1)


def sid(prefix: str = "SM") -> str:
    return f"{prefix}{uuid.uuid4().hex}"


def somebody() -> str:
    """A number that no other test uses."""
    area, last = divmod(next(_numbers), 100)
    return f"+1{AREAS[area]}55501{last:02d}"


@dataclass
class TextCarrier:
    """Takes texts, or fails as the script says; lists what it knows."""

    script: list[ProviderError | Callable[[NewMessage], None]] = field(default_factory=list)
    taken: list[NewMessage] = field(default_factory=list)
    messages: list[ProviderMessage] = field(default_factory=list)
    media: dict[str, list[ProviderMedia]] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def send_message(self, message: NewMessage) -> SentMessage:
        step = self.script.pop(0) if self.script else None
        if isinstance(step, ProviderError) and step.outcome is not Outcome.UNKNOWN:
            raise step
        self.taken.append(message)
        known = ProviderMessage(
            sid=sid(),
            status="queued",
            direction="outbound-api",
            from_number=message.from_number,
            to_number=message.to,
            body=message.body,
            created_at=self.now(),
        )
        self.messages.insert(0, known)
        if isinstance(step, ProviderError):
            raise step
        if step is not None:
            step(message)
        return SentMessage(known.sid, "queued", 1)

    def fetch_message(self, sid: str) -> ProviderMessage:
        for message in self.messages:
            if message.sid == sid:
                return message
        raise ProviderError("twilio", "20404", Outcome.REFUSED)

    def list_messages(
        self, *, sent_after: datetime | None = None, to: str | None = None, limit: int = 1000
    ) -> Iterator[ProviderMessage]:
        for message in self.messages[:limit]:
            if to is not None and message.to_number != to:
                continue
            if sent_after is None or (message.sent_at and message.sent_at > sent_after):
                yield message

    def list_media(self, sid: str) -> list[ProviderMedia]:
        return self.media.get(sid, [])


def inbound(sender: str, body: str, **changes: Any) -> InboundText:
    """A text as the webhook reads it."""
    facts = {
        "message_sid": sid(),
        "account_sid": "AC" + "0" * 32,
        "channel": "sms",
        "from_number": sender,
        "to_number": OURS,
        "content": body,
        "observed_at": datetime.now(UTC),
    }
    return InboundText(**(facts | changes))


def texts(runtime: Runtime, sender: str, body: str, **changes: Any) -> InboundText:
    """Somebody texts us; return what came in."""
    text = inbound(sender, body, **changes)
    receive(runtime, text)
    return text


def rows(owner: Connection, number: str, direction: str | None = None) -> list[dict[str, Any]]:
    """Return the rows of sms_history with a number, oldest first."""
    found = owner.execute(
        "select to_jsonb(m) from public.sms_history m where m.phone_number = %s and m.direction = coalesce(%s, m.direction) order by m.id",
        [number, direction],
    )
    return [row for (row,) in found.fetchall()]


def outgoing(owner: Connection, number: str) -> list[dict[str, Any]]:
    return rows(owner, number, "outbound")


def thread(owner: Connection, number: str) -> dict[str, Any]:
    """Return the one thread with a number."""
    found = owner.execute(
        "select to_jsonb(c) from public.conversations c where c.customer_identifier = %s", [number]
    ).fetchall()
    assert len(found) == 1
    return dict(found[0][0])


def queue(runtime: Runtime, number: str, content: str = "Hello", **changes: Any) -> int:
    """Commit a text to be sent."""
    from voicebot.storage.texts import outbox

    made = outbox.queue_text(runtime.database, number, OURS, content, **({"kind": "conversation"} | changes))
    assert made is not None
    return made


def empty(owner: Connection) -> None:
    """Take away all texts and what came of them."""
    owner.execute(
        "truncate public.sms_history, public.conversations, public.suppressions, public.suppression_lifts, public.parked_statuses, public.support_escalations, public.events cascade"
    )
