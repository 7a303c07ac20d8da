"""A queue of its own, and the moments at which it is claimed from."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

# A Tuesday, eleven in the morning in Denver; it lies ahead of every clock that runs these tests.
NOON = datetime(2035, 12, 4, 18, 0, tzinfo=UTC)
NIGHT = datetime(2035, 12, 4, 9, 0, tzinfo=UTC)
MORNING = datetime(2035, 12, 4, 15, 0, tzinfo=UTC)
"""Eight o'clock in Denver, after NIGHT."""
DENVER = "America/Denver"
TABLES = (
    "call_attempts", "call_queue", "campaigns", "dialling_lanes", "dialling_load", "dialling_accounts", "held_people",
    "caller_bindings", "number_days", "number_health", "incidents",
)  # fmt: skip


class Queue:
    """Puts entries, claims them, and says what became of them."""

    def __init__(self, database: Any, owner: Any) -> None:
        self.database, self.owner = database, owner
        self.user = UUID(database.call("ensure_user", phone="+12025550100")["user_id"])
        self._numbers = iter(range(10**6))

    def empty(self) -> None:
        """Take away what other tests left."""
        for table in TABLES:
            self.owner.execute(f"delete from public.{table}")
        self.owner.execute("delete from public.suppressions")
        self.owner.execute("update public.dialling_rules set user_concurrent = null where scope = 'all'")

    def number(self) -> str:
        """A person of this test alone."""
        return f"+1303{uuid4().int % 10**7:07d}"

    def put(self, count: int = 1, **columns: Any) -> list[str]:
        """Put entries that are checked and due; return their ids."""
        given = {
            "user_id": self.user, "purpose": "asked_for", "zones": [DENVER], "country": "US", "checked_at": NIGHT, **columns,
        }  # fmt: skip
        ids = []
        for _ in range(count):
            row = {"recipient_number": self.number(), **given}
            values = [Jsonb(value) if isinstance(value, dict) else value for value in row.values()]
            marks = ", ".join(["%s"] * len(row))
            (entry,) = self.owner.execute(
                f"insert into public.call_queue ({', '.join(row)}) values ({marks}) returning id::text",
                values,
            ).fetchone()
            ids.append(entry)
        return ids

    def campaign(self, state: str = "running", **columns: Any) -> UUID:
        """Make a campaign."""
        row = {"user_id": self.user, "name": "spring", "state": state, **columns}
        (made,) = self.owner.execute(
            f"insert into public.campaigns ({', '.join(row)}) values ({', '.join(['%s'] * len(row))}) returning id",
            list(row.values()),
        ).fetchone()
        return UUID(str(made))

    def claim(
        self, at: datetime = NOON, batch: int = 20, token: UUID | None = None, **limits: Any
    ) -> list[str]:
        """Claim, and return the entries that were taken."""
        return [entry for entry, _ in self.taken(at, batch, token, **limits)]

    def taken(
        self, at: datetime = NOON, batch: int = 20, token: UUID | None = None, **limits: Any
    ) -> list[tuple[str, str]]:
        """Claim, and return (entry, attempt) of each."""
        answer = self.claimed(at, batch, token, **limits)
        attempts = [dial["attempt_id"] for dial in answer["dials"]]
        rows = self.owner.execute(
            "select call_queue_id::text, id::text from public.call_attempts where id = any (%s) order by created_at, id",
            [[UUID(one) for one in attempts]],
        )
        return list(rows.fetchall())

    def claimed(self, at: datetime = NOON, batch: int = 20, token: UUID | None = None, **limits: Any) -> Any:
        """Claim, and return the answer."""
        return self.database.call(
            "claim_talks", token=token or uuid4(), lease_s=60.0, batch=batch, limits={"concurrent": 1000, **limits}, at=at
        )  # fmt: skip

    def end(self, attempt: str, status: str, token: UUID, *, sid: str | None = None) -> None:
        """The carrier took the call, and tells how it ended."""
        sid = sid or f"CA{uuid4().hex}"
        self.database.call("finish_dial", attempt_id=attempt, token=token, outcome="sent", call_sid=sid)
        self.database.call("settle_dial", attempt_id=attempt, status=status, call_sid=sid)

    def reasons(self, entry: str, at: datetime = NOON) -> list[str]:
        """What stands against an entry at a moment."""
        (found,) = self.owner.execute(
            "select reasons from private.judge(array[%s::uuid], %s)", [entry, at]
        ).fetchone()
        return list(found)

    def row(self, entry: str) -> Any:
        """How an entry stands: status, last error, when it is looked at next."""
        return self.owner.execute(
            "select status, last_error, next_attempt_at from public.call_queue where id = %s", [entry]
        ).fetchone()

    def set(self, entry: str, **columns: Any) -> None:
        """Change an entry behind everybody's back."""
        for name, value in columns.items():
            self.owner.execute(f"update public.call_queue set {name} = %s where id = %s", [value, entry])

    def load(self) -> dict[str, int]:
        """What is counted, without what is nothing."""
        return dict(
            self.owner.execute("select subject, calls from public.dialling_load where calls <> 0").fetchall()
        )

    def live(self) -> dict[str, int]:
        """The same, counted anew."""
        return dict(
            self.owner.execute(
                """select u.subject, count(*) from public.call_attempts a, unnest(private.subjects_of(a)) u (subject)
                    group by u.subject"""
            ).fetchall()
        )


@pytest.fixture
def queue(database: Any, owner: Any) -> Iterator[Queue]:
    kit = Queue(database, owner)
    kit.empty()
    # Entries are due when they are put, and are claimed years later.
    yield kit
    kit.empty()


@pytest.fixture
def later() -> timedelta:
    """A wait that ends every wait of an entry but those for days."""
    return timedelta(minutes=1)
