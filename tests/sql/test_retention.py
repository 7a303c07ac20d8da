"""What is kept for a while only goes when its time is over, the oldest first; what is younger stays."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.support.limits import limits_with
from voicebot.services.upkeep.sweep_records import sweep_records

pytestmark = pytest.mark.sql
TABLES = {
    "webhook_events": ("received_at", "insert into public.webhook_events (source, event_id, event_type, received_at) "
                                      "select 'twilio', 'e' || gen_random_uuid(), 'message', {at}"),
    "events": ("created_at", "insert into public.events (type, subject, created_at) select 'x', 'y', {at}"),
    "parked_statuses": ("created_at", "insert into public.parked_statuses (message_sid, status, created_at) "
                                      "select 'SM' || gen_random_uuid(), 'sent', {at}"),
}  # fmt: skip


def fill(texting, *days_ago: float) -> None:
    """One row of each table for each age, the oldest first, as they come in life."""
    for days in sorted(days_ago, reverse=True):
        for _, words in TABLES.values():
            texting.owner.execute(words.format(at="now() - %s"), [timedelta(days=days)])


def kept(texting) -> dict[str, list[int]]:
    return {
        table: [
            days
            for (days,) in texting.rows(
                f"select (extract(epoch from now() - {column}) / 86400)::int from public.{table} order by {column}"
            )
        ]
        for table, (column, _) in TABLES.items()
    }


def test_old_records_go_and_young_ones_stay(texting):
    fill(texting, 200, 91, 89, 8, 6, 0)

    swept = texting.database.call("sweep_records")

    assert swept == {"webhook_events": 2, "events": 2, "parked_statuses": 4, "jobs": 0}
    assert kept(texting) == {
        "webhook_events": [89, 8, 6, 0],
        "events": [89, 8, 6, 0],
        "parked_statuses": [6, 0],
    }
    assert set(texting.database.call("sweep_records").values()) == {0}


def test_one_call_takes_a_piece_of_them_and_the_round_all(texting):
    fill(texting, *(100 + n for n in range(7)), 1)
    piece = texting.database.call("sweep_records", batch=3)

    gone = sweep_records(SimpleNamespace(database=texting.database, limits=limits_with(sweep={"batch": 2})))

    assert {piece[table] for table in TABLES} == {3}
    assert gone == 3 * 4
    assert kept(texting) == {table: [1] for table in TABLES}


def test_a_status_that_still_waits_for_its_text_is_applied_days_later(texting):
    message = texting.queue()
    (row,) = texting.outgoing()
    texting.status("SM-late", "delivered")
    texting.owner.execute("update public.parked_statuses set created_at = now() - interval '2 days'")
    texting.database.call("sweep_records")

    texting.finish(row, message_sid="SM-late", status="queued")

    assert texting.column(message, "status") == "delivered"


def test_jobs_that_failed_for_good_go_after_a_month_and_nothing_else_does(texting):
    for status, days in (("failed", 31), ("failed", 29), ("cancelled", 31), ("todo", 300), ("doing", 300)):
        ((job,),) = texting.rows(
            "insert into jobs.procrastinate_jobs (queue_name, task_name, status) values ('default', %s, %s::jobs.procrastinate_job_status) returning id",
            f"{status} {days}",
            status,
        )
        texting.owner.execute(
            "update jobs.procrastinate_events set at = now() - %s where job_id = %s",
            [timedelta(days=days), job],
        )
        texting.owner.execute(
            "insert into jobs.procrastinate_events (job_id, type, at) values (%s, 'started', now() - %s)",
            [job, timedelta(days=days)],
        )

    swept = texting.database.call("sweep_records")

    assert swept["jobs"] == 2
    assert texting.rows("select task_name from jobs.procrastinate_jobs order by id") == [
        ("failed 29",), ("todo 300",), ("doing 300",)
    ]  # fmt: skip
