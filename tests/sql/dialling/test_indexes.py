"""Every question to the queue reads what it answers with, however many entries wait, and however many calls were made."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.dialling.conftest import NOON

pytestmark = pytest.mark.sql
ROWS = 100_000
FEW = 2_500
"""Rows that a question may look at: a page, a batch, a campaign of forty; sorting everything takes forty times as many."""
SEEDED = (
    # What triggers and keys would find out of each row is known here.
    "set local session_replication_role = replica",
    """insert into public.call_queue (
           user_id, campaign_id, recipient_number, purpose, country, zones, checked_at, next_attempt_at, priority, status,
           created_at, last_error, not_after)
       select %(user)s, case when n %% 2 = 0 then %(big)s end::uuid, '+1303' || lpad(n::text, 7, '0'), 'asked_for', 'US',
              '{America/Denver}', now(), now() + (n %% 3) * interval '20 years', n %% 5,
              case when n %% 4 = 3 then 'completed' else 'queued' end, now() - n * interval '1 second',
              case when n %% 7 = 0 then 'outside_hours' end, case when n %% 11 = 0 then now() + interval '50 years' end
         from generate_series(1, %(rows)s) n""",
    """insert into public.call_queue (
           user_id, campaign_id, recipient_number, purpose, country, zones, checked_at, next_attempt_at)
       select %(user)s, %(small)s, '+1720555' || lpad(n::text, 4, '0'), 'asked_for', 'US', '{America/Denver}', now(), now()
         from generate_series(1, 40) n""",
    """insert into public.call_attempts (
           call_queue_id, kind, attempt_number, to_number, state, sending_at, campaign_id, user_id, call_sid, deadline, created_at)
       select q.id, 'talk', 1, '+1720' || lpad((row_number() over ())::text, 7, '0'),
              case when row_number() over () %% 50 = 0 then 'sent' else 'done' end, now() - interval '1 day', q.campaign_id,
              q.user_id, 'CA' || replace(q.id::text, '-', ''), now() + interval '1 day', q.created_at
         from public.call_queue q where q.campaign_id is distinct from %(small)s and q.priority < 2""",
    "insert into public.dialling_lanes (lane, due_at) values (%(user)s, now()), (%(big)s, now()), (%(small)s, now())",
    """insert into public.suppressions (phone_number, scope, reason)
       select '+1602' || lpad(n::text, 7, '0'), 'calls', 'operator' from generate_series(1, 5000) n""",
    "set local session_replication_role = origin",
    """insert into public.dialling_load (subject, calls)
       select u.subject, count(*) from public.call_attempts a, unnest(private.subjects_of(a)) u (subject) group by u.subject""",
    "analyze public.call_queue, public.call_attempts",
)


@dataclass
class Reader:
    """Asks within one transaction that is never kept, and counts the rows that were read for it."""

    connection: psycopg.Connection[Any]
    given: dict[str, Any]

    def ask(self, question: str, **more: Any) -> tuple[Any, dict[str, int]]:
        """Ask; return the answer, and how many rows of the big tables were read, one after the other or by an index."""
        before = self._read()
        (answer,) = self.connection.execute(f"select {question}", {**self.given, **more}).fetchone() or (
            None,
        )
        return answer, {name: count - before[name] for name, count in self._read().items()}

    def _read(self) -> dict[str, int]:
        rows = self.connection.execute(
            """select relname, seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables
                where relname in ('call_queue', 'call_attempts', 'suppressions')"""
        )
        return dict(rows.fetchall())


@contextmanager
def _rolled_back(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def reader(dsn: str, database: Any) -> Iterator[Reader]:
    user = UUID(database.call("ensure_user", phone="+12025550100")["user_id"])
    with _rolled_back(dsn) as connection:
        given: dict[str, Any] = {"user": user, "rows": ROWS, "at": NOON}
        for name in ("big", "small"):
            (given[name],) = connection.execute(
                "insert into public.campaigns (user_id, name, state) values (%s, %s, 'running') returning id",
                [user, name],
            ).fetchone() or (None,)
        for statement in SEEDED:
            connection.execute(statement, given if "%(" in statement else None)
        (given["entry"],) = connection.execute(
            "select id from public.call_queue where priority = 0 and campaign_id is null and status = 'queued' limit 1"
        ).fetchone() or (None,)
        (given["attempt"], given["sid"]) = connection.execute(
            "select id, call_sid from public.call_attempts where state = 'sent' limit 1"
        ).fetchone() or (None, None)
        yield Reader(connection, given)


ASKED = {
    "claim": "public.claim_talks(gen_random_uuid(), 60, 20, '{\"concurrent\": 100000}', at => %(at)s)",
    "claim of codes": "public.claim_dials(gen_random_uuid(), 60, 20, '{\"concurrent\": 100000}')",
    "entry": "public.show_queued_call(%(entry)s)",
    "page": "public.list_queued_calls()",
    "next page": """public.list_queued_calls(after => jsonb_build_object(
        'at', now() - interval '50000 seconds', 'id', '00000000-0000-4000-a000-000000000000'))""",
    "page of what is queued": "public.list_queued_calls(status => 'queued')",
    "page of what nothing is": "public.list_queued_calls(status => 'failed')",
    "page of a person": "public.list_queued_calls(number => '+13030050000')",
    "page of a campaign": "public.list_queued_calls(campaign_id => %(small)s)",
    "unchecked": "public.unchecked_entries()",
    "checked": "public.check_entry(%(entry)s, now(), 'US')",
    "expired": "public.expire_entries()",
    "held": "public.hold_person('+13030050001', now() + interval '1 day', 'away')",
    "released": "public.hold_person('+13030050001', null)",
    "moved": "public.change_queued_call(%(entry)s, '{\"priority\": 4}')",
    "asked for": """public.queue_call('+12025550142', '{}', purpose => 'asked_for',
        checked => '{"country": "US", "zones": ["America/New_York"]}')""",
    "asked for again": """public.queue_call('+12025550143', '{}', 'a key', purpose => 'asked_for',
        checked => '{"country": "US", "zones": ["America/New_York"]}')""",
    "canceled": "public.cancel_queued_call(%(entry)s)",
    "told": "public.settle_dial(%(attempt)s, 'completed', %(sid)s)",
    "answered": "public.answered_dial(call_sid => %(sid)s)",
    "overdue": "public.end_overdue_dials()",
    "campaigns over": "public.end_campaigns()",
    "campaign looked at": "public.preview_campaign(%(small)s, '{}', at => %(at)s)",
    "campaign's variables": "public.campaign_variables(%(small)s)",
    "campaign's report": "public.campaign_report(%(small)s)",
    "campaign's new hours": """public.change_campaign(%(small)s, '{"time_window": {"mon": [["08:00", "21:00"]]}}')""",
    "campaign canceled": 'public.change_campaign(%(small)s, \'{"state": "canceled"}\')',
    "backlog": "public.backlog()",
}
OF_LIVE_CALLS = {"unknown": "public.unknown_dials(60)"}
"""These read the calls under way, which the lines bound: two thousand here."""


def test_no_question_reads_the_queue_from_end_to_end_nor_sorts_all_of_it(reader: Reader) -> None:
    too_much, refused = {}, {}
    for name, question in (ASKED | OF_LIVE_CALLS).items():
        with reader.connection.transaction(force_rollback=True):
            answer, read = reader.ask(question)
        if answer.get("result") == "refused":
            refused[name] = answer
        if max(read.values()) > FEW:
            too_much[name] = read

    assert (too_much, refused) == ({}, {})


def test_claims_stay_cheap_while_calls_pile_up(reader: Reader) -> None:
    """What a claim holds is not what the next one looks at."""
    counts = []
    with reader.connection.transaction(force_rollback=True):
        for _ in range(12):
            answer, read = reader.ask(ASKED["claim"])
            assert len(answer["dials"]) == 20
            counts.append(read["call_attempts"])

    assert max(counts) <= 200, counts


def test_a_claim_that_finds_no_room_reads_nothing(reader: Reader) -> None:
    with reader.connection.transaction(force_rollback=True):
        answer, read = reader.ask(
            "public.claim_talks(%(token)s, 60, 20, %(limits)s, at => %(at)s)",
            token=uuid4(),
            limits=Jsonb({"concurrent": 1, "hold": True}),
        )

    assert answer["dials"] == []
    assert max(read.values()) == 0
