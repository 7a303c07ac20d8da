"""Why somebody is not called now, each arranged for one entry of the queue."""

from datetime import timedelta
from typing import Any

from tests.sql.dialling.conftest import NOON, Queue


def suppressed(queue: Queue, entry: str, number: str) -> None:
    queue.database.call("suppress", number=number, scope="calls", reason="operator")


def held(queue: Queue, entry: str, number: str) -> None:
    queue.database.call("hold_person", number=number, until=NOON + timedelta(days=2), reason="on holiday")


def called_today(queue: Queue, entry: str, number: str) -> None:
    _dialled_before(queue, number, NOON - timedelta(hours=2))


def called_this_week(queue: Queue, entry: str, number: str) -> None:
    for days in (1, 2, 3):
        _dialled_before(queue, number, NOON - timedelta(days=days))


def _dialled_before(queue: Queue, number: str, at: Any) -> None:
    (entry,) = queue.put(recipient_number=number, status="completed")
    queue.owner.execute(
        """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state, sending_at)
           values (%s, 'talk', 1, %s, 'done', %s)""",
        [entry, number, at],
    )


def number_busy(queue: Queue, entry: str, number: str) -> None:
    (other,) = queue.put(status="in-progress", recipient_number=number)
    queue.owner.execute(
        """insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state, sending_at)
           values (%s, 'code', 1, %s, 'sent', now())""",
        [other, number],
    )
