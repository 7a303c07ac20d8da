"""A claim reads what it takes and no more, however many entries wait."""

import psycopg
import pytest

from tests.sql.dialling.conftest import NOON, Queue

pytestmark = pytest.mark.sql
ROWS = 20_000
TABLES = ("call_queue", "call_attempts", "consents", "suppressions")


def read_rows(dsn: str) -> dict[str, int]:
    """How many rows were read one after the other, without an index."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        rows = connection.execute(
            "select relname, seq_tup_read from pg_stat_user_tables where relname = any (%s)", [list(TABLES)]
        )
        return dict(rows.fetchall())


def test_no_claim_and_no_question_reads_a_table_from_end_to_end(queue: Queue, dsn: str) -> None:
    queue.owner.execute("alter table public.call_queue disable trigger check_new_entry")
    queue.owner.execute(
        """insert into public.call_queue (
               user_id, recipient_number, purpose, country, zones, checked_at, next_attempt_at, priority)
           select %s, '+1303' || lpad(n::text, 7, '0'), 'asked_for', 'US', '{America/Denver}', now(),
                  now() + (n %% 3) * interval '20 years', n %% 5
             from generate_series(1, %s) n""",
        [queue.user, ROWS],
    )
    queue.owner.execute("alter table public.call_queue enable trigger check_new_entry")
    queue.owner.execute(
        """with entry as (insert into public.call_queue (user_id, recipient_number, status)
                          values (%s, '+13035550142', 'completed') returning id)
           insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, state, sending_at)
           select entry.id, 'talk', n, '+1720' || lpad(n::text, 7, '0'), 'done', now()
             from entry, generate_series(1, %s) n""",
        [queue.user, ROWS],
    )
    queue.owner.execute("analyze public.call_queue, public.call_attempts")
    (waiting,) = queue.owner.execute(
        "select id from public.call_queue where priority = 0 order by next_attempt_at desc limit 1"
    ).fetchone()
    with psycopg.connect(dsn, autocommit=True) as claimer:
        claimer.execute(
            "select public.claim_talks(gen_random_uuid(), 60, 20, '{\"concurrent\": 1000}', at => %s)", [NOON]
        )
        claimer.execute("select pg_stat_force_next_flush()")
    before = read_rows(dsn)

    with psycopg.connect(dsn, autocommit=True) as claimer:
        for _ in range(10):
            (answer,) = claimer.execute(
                "select public.claim_talks(gen_random_uuid(), 60, 20, '{\"concurrent\": 1000}', at => %s)",
                [NOON],
            ).fetchone()
            assert len(answer["dials"]) == 20
        for question in (
            "show_queued_call(%s)",
            "list_queued_calls()",
            "unchecked_entries()",
            "expire_entries()",
        ):
            claimer.execute(f"select public.{question}", [waiting] if "%s" in question else [])
        claimer.execute("select pg_stat_force_next_flush()")

    assert {table: count - before[table] for table, count in read_rows(dsn).items()} == dict.fromkeys(
        TABLES, 0
    )
