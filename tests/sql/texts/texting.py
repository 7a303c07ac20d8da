"""What tests of texting do all the time: texts come in, threads and outgoing rows are claimed and finished."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.support.servers import remove_rows
from tests.support.waiting import wait_for
from voicebot.storage.database import Database

PERSON, LINE, OPERATOR = "+12025550123", "+12025550100", "+12025550199"
NOTICE = {"to": OPERATOR, "content": "Somebody needs you."}
CONFIRMATION = "You will get no more messages."
LEASE_S = 30.0
TABLES = (
    "sms_history", "conversations", "suppressions", "suppression_lifts", "parked_statuses", "support_escalations",
    "events", "onboarding_messages", "consents", "webhook_events",
)  # fmt: skip
Row = dict[str, Any]


def sid() -> str:
    """Return a message SID that no other text has."""
    return "SM" + uuid4().hex


def someone() -> str:
    """Return a number that no other test uses; each has a prefix of its own."""
    return f"+1202{uuid4().int % 10**7:07d}"


def ago(**span: float) -> datetime:
    """Return the moment that lies so far back."""
    return datetime.now(UTC) - timedelta(**span)


@dataclass
class Texting:
    """The texting functions, with what most tests do not care about filled in."""

    database: Database
    owner: Any
    token: UUID = field(default_factory=uuid4)

    def receive(self, content: str = "hello", *, sender: str = PERSON, **more: Any) -> Row:
        """A text comes in."""
        params: Row = {
            "message_sid": sid(), "channel": "sms", "from_number": sender, "to_number": LINE, "content": content,
            "confirmation": CONFIRMATION, "operator_notice": NOTICE,
        }  # fmt: skip
        return dict(self.database.call("message_received", **{**params, **more}))

    def claim(self, *, token: UUID | None = None, lease_s: float = LEASE_S, **more: Any) -> Row:
        """Ask for a thread to answer."""
        return dict(self.database.call("claim_thread", token=token or self.token, lease_s=lease_s, **more))

    def answer(self, claimed: Row, *texts: str, token: UUID | None = None, **more: Any) -> Row:
        """Commit an answer of so many parts."""
        params: Row = {
            "conversation_id": UUID(claimed["conversation_id"]), "token": token or self.token,
            "upto": claimed["upto"], "state": {"version": 1}, "texts": [{"content": text} for text in texts],
        }  # fmt: skip
        return dict(self.database.call("answer_thread", **{**params, **more}))

    def reply(self, *texts: str, sender: str = PERSON) -> list[int]:
        """Somebody writes and gets an answer of so many parts, which waits to be sent."""
        self.receive(sender=sender)
        claimed = self.claim(token=uuid4())
        return list(self.answer(claimed, *texts, token=UUID(self.holder(claimed)))["message_ids"])

    def queue(self, to: str = PERSON, content: str = "hello", **more: Any) -> int:
        """Queue one text of our own accord."""
        params: Row = {"to_number": to, "our_number": LINE, "channel": "sms", "content": content}
        answer = self.database.call("queue_text", **{**params, "kind": "conversation", **more})
        return int(answer["message_id"])

    def outgoing(
        self, *, token: UUID | None = None, lease_s: float = LEASE_S, batch: int = 10, **caps: Any
    ) -> list[Row]:
        """Take what may be sent now."""
        answer = self.database.call(
            "claim_outgoing", token=token or uuid4(), lease_s=lease_s, batch=batch, caps=caps
        )
        return list(answer["messages"])

    def finish(self, row: Row, outcome: str = "sent", **more: Any) -> Row:
        """Say how sending a claimed row went."""
        token = UUID(self.column(row["id"], "outbox_token") or str(uuid4()))
        named = {"message_sid": sid()} if outcome == "sent" else {}
        params: Row = {"message_id": row["id"], "token": token, "outcome": outcome, **named, **more}
        return dict(self.database.call("finish_outgoing", **params))

    def send_all(self) -> list[str]:
        """Send whatever may be sent until nothing is left; return the words in the order in which they left."""
        sent: list[str] = []
        while rows := self.outgoing():
            for row in rows:
                self.finish(row)
            sent += [row["content"] for row in rows]
        return sent

    def status(self, message_sid: str, status: str, **more: Any) -> Row:
        """The carrier reports about a text."""
        return dict(
            self.database.call("record_message_status", message_sid=message_sid, status=status, **more)
        )

    def row(self, message_id: int) -> Row:
        """Return a text's row."""
        (found,) = self.owner.execute(
            "select to_jsonb(m) from public.sms_history m where id = %s", [message_id]
        ).fetchone()
        return dict(found)

    def column(self, message_id: int, name: str) -> Any:
        """Return one column of a text's row."""
        return self.row(message_id)[name]

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Look at the database as its owner."""
        return list(self.owner.execute(query, values).fetchall())

    def holder(self, claimed: Row) -> str:
        """Return the token that holds a thread."""
        ((token,),) = self.rows(
            "select answer_token from public.conversations where id = %s", claimed["conversation_id"]
        )
        return str(token)

    def later(self, message_id: int, **span: float) -> None:
        """Let a claim of a row, or of a thread, have been made that long ago."""
        self.owner.execute(
            """update public.sms_history set lease_until = lease_until - %(span)s, sending_at = sending_at - %(span)s,
                      not_before = not_before - %(span)s where id = %(id)s""",
            {"span": timedelta(**span), "id": message_id},
        )

    def lose_lease(self) -> None:
        """Let the lease of every claimed thread be over."""
        self.owner.execute(
            "update public.conversations set answer_lease_until = now() - interval '1 second' where answer_token is not null"
        )

    def empty(self) -> None:
        """Forget everything."""
        remove_rows(self.owner, *TABLES)


def wait_for_locks(texting: Texting, sessions: int) -> None:
    """Return as soon as so many sessions wait for a lock."""
    waiting = """select count(*) from pg_stat_activity
                  where datname = current_database() and wait_event_type = 'Lock'"""
    wait_for(lambda: texting.rows(waiting)[0][0] >= sessions)
