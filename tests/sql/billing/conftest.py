"""A queue whose user has a plan."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.sql.dialling.conftest import NOON, Queue

BEGAN = datetime(2035, 11, 10, 9, 0, tzinfo=UTC)
RENEWED = datetime(2035, 12, 10, 9, 0, tzinfo=UTC)
"""When the period that NOON lies in began, and when the next one does: one in the morning in Denver."""


class Planned(Queue):
    """Gives its user plans, and says what was used of them."""

    def empty(self) -> None:
        """Take away what other tests left."""
        super().empty()
        for table in ("user_call_usage", "user_subscriptions", "subscription_plans"):
            self.owner.execute(f"delete from public.{table}")
        self.owner.execute("update public.dialling_rules set require_plan = false, longest_call_s = 1800")

    def plan(self, calls: int | None = None, minutes: int | None = None, **columns: Any) -> UUID:
        """Make a plan."""
        row = {
            "name": uuid4().hex,
            "price": 0,
            "interval": "monthly",
            "call_limit": calls,
            "minutes_limit": minutes,
            **columns,
        }
        (made,) = self.owner.execute(
            f"insert into public.subscription_plans ({', '.join(row)}) values ({', '.join(['%s'] * len(row))}) returning id",
            list(row.values()),
        ).fetchone()
        return UUID(str(made))

    def subscribed(self, plan: UUID, user: UUID | None = None, **columns: Any) -> UUID:
        """Let somebody have a plan, in a period that NOON lies in."""
        row = {
            "user_id": user or self.user, "plan_id": plan, "status": "active", "current_period_start": BEGAN,
            "current_period_end": RENEWED, **columns,
        }  # fmt: skip
        (made,) = self.owner.execute(
            f"insert into public.user_subscriptions ({', '.join(row)}) values ({', '.join(['%s'] * len(row))}) returning id",
            list(row.values()),
        ).fetchone()
        return UUID(str(made))

    def has(self, calls: int | None = None, minutes: int | None = None, **columns: Any) -> UUID:
        """Give the user a plan of such limits."""
        return self.subscribed(self.plan(calls, minutes, **columns))

    def usage(self, at: datetime = NOON) -> dict[str, Any]:
        """What was used in the period of a moment."""
        row = self.owner.execute(
            """select calls_used, calls_reserved, calls_remaining, minutes_used, minutes_reserved, minutes_remaining
                 from public.user_call_usage where billing_period_start <= %s and billing_period_end > %s
                order by billing_period_start desc limit 1""",
            [at, at],
        ).fetchone()
        names = ("calls", "calls_held", "calls_left", "minutes", "minutes_held", "minutes_left")
        return dict(zip(names, row, strict=True))

    def talked(self, attempt: str, token: UUID, lasted: int | None, status: str = "completed") -> str:
        """The carrier took the call, tells how it ended, and how long it lasted."""
        sid = f"CA{uuid4().hex}"
        self.database.call("finish_dial", attempt_id=attempt, token=token, outcome="sent", call_sid=sid)
        self.database.call(
            "record_call_status", call_sid=sid, status=status, duration_s=lasted, direction="outbound-api",
            from_number="+15005550006", to_number=self.number(), event_id=uuid4().hex,
        )  # fmt: skip
        self.database.call("settle_dial", attempt_id=attempt, status=status, call_sid=sid)
        return sid

    def why(self, entry: str, at: datetime = NOON) -> dict[str, Any]:
        """What an entry is told to wait for."""
        (told,) = self.owner.execute(
            "select private.why_not_yet(q, '{}', %s) from public.call_queue q where q.id = %s", [at, entry]
        ).fetchone()
        return dict(told)


@pytest.fixture
def queue(database: Any, owner: Any) -> Iterator[Planned]:
    kit = Planned(database, owner)
    kit.empty()
    yield kit
    kit.empty()
