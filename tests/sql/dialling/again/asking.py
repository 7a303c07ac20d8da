"""Calls that are asked for, and what became of them, for tests of the queue."""

from uuid import uuid4

from tests.sql.dialling.conftest import NOON, Queue


def attempt(queue: Queue, entry: str, status: str, *, answered_by: str | None = None) -> None:
    """Dial an entry now, whatever waits, and let the carrier tell how it went."""
    queue.set(entry, next_attempt_at=NOON, status="queued")
    token = uuid4()
    ((taken, made),) = queue.taken(token=token)
    assert taken == entry
    if answered_by:
        queue.owner.execute(
            "update public.call_attempts set answered_by = %s where id = %s", [answered_by, made]
        )
    queue.end(made, status, token)


def waits(queue: Queue, entry: str) -> float:
    return float(
        queue.owner.execute(
            "select extract(epoch from next_attempt_at - now()) from public.call_queue where id = %s", [entry]
        ).fetchone()[0]
    )
