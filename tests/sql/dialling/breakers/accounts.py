"""Providers of the queue, for tests of them."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.sql.dialling.conftest import NOON, Queue


class Desk:
    """Several providers, and a queue that they share."""

    def __init__(self, queue: Queue) -> None:
        self.queue, self.owner, self.database = queue, queue.owner, queue.database

    def provider(self, name: str, priority: int = 2, lines: int = 100, **columns: Any) -> str:
        row = {
            "name": name, "type": "voice", "kind": "twilio", "account_sid": f"AC{uuid4().hex}", "priority": priority,
            "concurrency_limit": lines, "default_number": self.queue.number(), "calls_per_second": None, **columns,
        }  # fmt: skip
        (made,) = self.owner.execute(
            f"insert into public.call_service_providers ({', '.join(row)}) values ({', '.join(['%s'] * len(row))}) returning id::text",
            list(row.values()),
        ).fetchone()
        return str(made)

    def number_of(self, provider: str) -> str:
        (made,) = self.owner.execute(
            """insert into public.provider_phone_numbers (provider_id, phone_id, country_code, area_code, phone_number, full_number)
               values (%s, %s, '1', '303', '5550100', %s) returning id::text""",
            [provider, uuid4().hex, self.queue.number()],
        ).fetchone()
        return str(made)

    def template_of(self, provider: str) -> Any:
        """Make a template that names a provider."""
        (made,) = self.owner.execute(
            "insert into public.call_templates (name, provider_id) values (%s, %s) returning id",
            [uuid4().hex, provider],
        ).fetchone()
        return made

    def main(self, **columns: Any) -> None:
        for name, value in columns.items():
            self.owner.execute(
                f"update public.call_service_providers set {name} = %s where name = 'twilio'", [value]
            )

    def claimed(
        self, at: datetime = NOON, batch: int = 50, what: str = "talks", token: Any = None, **limits: Any
    ) -> Any:
        return self.database.call(
            "claim_calls", token=token or uuid4(), what=what, lease_s=60.0, batch=batch, limits=limits, at=at
        )

    def dialled_by(self, at: datetime = NOON, batch: int = 50, **more: Any) -> dict[str, int]:
        return dict(Counter(dial["account"] for dial in self.claimed(at, batch, **more)["dials"]))

    def dial(self, at: datetime, *, unwell: bool | None, outcome: str = "unknown", code: str = "500") -> str:
        """Claim one call and say what its provider made of it; return who that was."""
        token = uuid4()
        (dial,) = self.claimed(at, 1, token=token)["dials"]
        self.database.call(
            "finish_dial", attempt_id=dial["attempt_id"], token=token, outcome=outcome, error=code, unwell=unwell, at=at,
            call_sid=f"CA{uuid4().hex}" if outcome == "sent" else None,
        )  # fmt: skip
        return str(dial["account"])

    def breaker(self, name: str = "twilio") -> Any:
        return self.owner.execute(
            "select state, reason, openings from public.provider_breakers where provider = %s", [name]
        ).fetchone()

    def why(self, entry: str, at: datetime = NOON) -> list[str]:
        (why,) = self.owner.execute(
            "select private.why_not_yet(q, '{}', %s) from public.call_queue q where q.id = %s", [at, entry]
        ).fetchone()
        return list(why["reasons"])


@pytest.fixture
def desk(queue: Queue) -> Iterator[Desk]:
    desk = Desk(queue)
    desk.main(concurrency_limit=100, priority=1, enabled=True)
    yield desk
    queue.empty()
    desk.owner.execute(
        "delete from public.call_service_providers where name like '%second' or name = 'third'"
    )
    desk.main(concurrency_limit=5, priority=1, enabled=True)
