"""Claims cost the same however much waits: read off the plans, and measured."""

import time
from collections.abc import Iterator
from typing import Any, LiteralString
from uuid import uuid4

import psycopg
import pytest

from tests.sql.texts.texting import LINE, Texting
from tests.support.inside import explained, nodes, scanned

pytestmark = pytest.mark.sql

BACKLOG = 10_000
BATCH = 10


@pytest.fixture(scope="module")
def backlog(database, dsn) -> Iterator[Texting]:
    """10,000 texts wait to be sent, 10,000 more wait for next week, and 10,000 threads for an answer.

    20,000 were sent before, and the planner was told so when nothing waited: the worst that it may know.
    """
    with psycopg.connect(dsn, autocommit=True) as owner:
        # What the planner knows must not change under the tests.
        for table in ("sms_history", "conversations"):
            owner.execute(f"alter table public.{table} set (autovacuum_enabled = off)")
        fill(owner, "'sent', now() - interval '1 day'", BACKLOG * 2)
        owner.execute("analyze public.sms_history, public.conversations")
        fill(owner, "'generated', now() + interval '7 days'", BACKLOG)
        fill(owner, "'generated', null", BACKLOG)
        owner.execute(
            """insert into public.conversations (channel, customer_identifier, our_number, waiting_since)
               select 'sms', '+1' || (2000000000 + n::bigint * 10007), %(ours)s, now()
                 from generate_series(1, %(n)s) n""",
            {"n": BACKLOG, "ours": LINE},
        )
        yield Texting(database, owner)


def fill(owner: Any, state_and_time: LiteralString, count: int) -> None:
    owner.execute(
        """insert into public.sms_history (phone_number, direction, content, from_number, to_number, kind,
                                           outbox_state, not_before)
           select number, 'outbound', 'hello', %(ours)s, number, 'reminder', """
        + state_and_time
        + """ from (select '+1' || (2000000000 + n::bigint * 10007) as number from generate_series(1, %(n)s) n) p""",
        {"n": count, "ours": LINE},
    )


def test_the_claim_of_texts_touches_only_what_it_takes(backlog):
    plan = explained(backlog, "private.due_texts", lane="2", room=str(BATCH), hold="false")

    assert not nodes(plan) & {"Seq Scan", "Sort", "Bitmap Heap Scan"}
    assert scanned(plan) <= BATCH * 20


def test_the_claim_of_a_thread_touches_only_what_it_takes(backlog):
    plan = explained(backlog, "private.due_thread")

    assert not nodes(plan) & {"Seq Scan", "Sort", "Bitmap Heap Scan"}
    assert scanned(plan) <= 10


def test_a_lane_in_which_nothing_is_due_costs_nothing(backlog):
    with backlog.owner.transaction(force_rollback=True):
        backlog.owner.execute("delete from public.sms_history where not_before is null")
        plan = explained(backlog, "private.due_texts", lane="2", room=str(BATCH), hold="false")

    assert scanned(plan) == 0


@pytest.mark.parametrize("hold", ["true", "false"])
def test_what_nobody_waits_for_costs_those_who_wait_nothing(backlog, hold):
    plan = explained(backlog, "private.due_texts", lane="1", room=str(BATCH), hold=hold)

    assert scanned(plan) == 0


def test_with_twenty_thousand_texts_and_ten_thousand_threads_waiting_claims_take_milliseconds(backlog):
    took: dict[str, list[float]] = {"texts": [], "threads": []}

    for _ in range(20):
        began = time.perf_counter()
        rows = backlog.outgoing(batch=BATCH)
        took["texts"].append(time.perf_counter() - began)
        assert len(rows) == BATCH
        began = time.perf_counter()
        assert backlog.database.call("claim_thread", token=uuid4(), lease_s=60.0)["result"] == "claimed"
        took["threads"].append(time.perf_counter() - began)

    assert sorted(took["texts"])[10] < 0.1
    assert sorted(took["threads"])[10] < 0.1
