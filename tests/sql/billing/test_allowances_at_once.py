"""Many dials at once: together they never take more than the plan has, and the sums stay right."""

import random
import threading
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.sql.billing.conftest import Planned
from tests.sql.dialling.conftest import NOON
from voicebot.storage.database.postgres import PostgresDatabase

pytestmark = pytest.mark.sql


CLAIM = """select public.claim_talks(token => %(token)s, lease_s => 60, batch => 3, limits => '{"concurrent": 1000}',
                                     account => %(account)s, at => %(at)s)"""


@pytest.mark.parametrize(
    ("calls", "minutes", "most"), [(10, None, 10), (None, 95, 4), (7, 1000, 7), (20, 65, 3)]
)
def test_sixty_four_dials_at_once_never_take_more_than_the_plan_has(
    queue: Planned, dsn: str, owner: Any, calls: int | None, minutes: int | None, most: int
) -> None:
    queue.has(calls=calls, minutes=minutes)
    queue.put(64)
    ready, failed = threading.Barrier(64), []
    connections = [psycopg.connect(dsn, autocommit=True) for _ in range(64)]

    def dial(place: int) -> None:
        # Some on accounts of their own: then no lock of an account keeps them apart.
        account = "twilio" if place % 2 else f"account {place}"
        ready.wait()
        try:
            connections[place].execute(CLAIM, {"token": uuid4(), "account": account, "at": NOON})
        except psycopg.Error as error:
            failed.append(error)

    threads = [threading.Thread(target=dial, args=(place,)) for place in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for connection in connections:
        connection.close()
    # Who was passed over for a moment is looked at again.
    queue.claim(batch=64)

    used = queue.usage()
    assert failed == []
    assert used["calls_held"] == most
    assert owner.execute(
        "select count(*) from public.call_attempts where held_minutes is not null"
    ).fetchone() == (most,)
    assert used["calls_left"] in (None, (calls or 0) - most)
    assert minutes is None or used["minutes_left"] + used["minutes_held"] == minutes


def test_sixty_four_that_reserve_at_once_for_calls_of_their_own_get_what_there_is(
    queue: Planned, dsn: str
) -> None:
    queue.has(calls=10, minutes=1000)
    entries = [UUID(one) for one in queue.put(64)]
    queue.claim(batch=1)
    ready = threading.Barrier(64)
    connections = [psycopg.connect(dsn) for _ in entries]

    def reserve(connection: psycopg.Connection, entry: UUID) -> None:
        ready.wait()
        # Who finds the usage in somebody else's hands gets nothing, and asks again.
        for _ in range(200):
            (taken,) = connection.execute(
                "select private.reserve_calls(array[%s], %s)", [entry, NOON]
            ).fetchone()
            (left,) = connection.execute("select calls_remaining from public.user_call_usage").fetchone()
            connection.commit()
            if taken or not left:
                return

    threads = [threading.Thread(target=reserve, args=pair) for pair in zip(connections, entries, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for connection in connections:
        connection.close()

    assert (queue.usage()["calls_held"], queue.usage()["minutes_held"]) == (10, 300)


SUMS = """select calls_allowed - calls_used - calls_reserved - calls_remaining,
                 minutes_allowed - minutes_used - minutes_reserved - minutes_remaining from public.user_call_usage"""


def test_whatever_happens_to_many_calls_at_once_the_sums_are_right(
    queue: Planned, dsn: str, owner: Any
) -> None:
    queue.has(calls=40, minutes=400, billing_increment_s=6)
    queue.put(60)
    pool = PostgresDatabase(dsn, min_size=8, max_size=16)
    failed: list[Exception] = []
    wrong: list[Any] = []

    def work(chance: random.Random) -> None:
        with psycopg.connect(dsn, autocommit=True) as watcher:
            for _ in range(10):
                try:
                    token = uuid4()
                    answer = pool.call(
                        "claim_talks", token=token, lease_s=60.0, batch=2, limits={"concurrent": 1000}, at=NOON,
                        account=chance.choice(["twilio", "another"]),
                    )  # fmt: skip
                    for dial in answer["dials"]:
                        _end(pool, dial["attempt_id"], token, chance)
                except Exception as error:
                    failed.append(error)
                wrong.extend(row for row in watcher.execute(SUMS).fetchall() if row != (0, 0))

    try:
        threads = [threading.Thread(target=work, args=(random.Random(seed),)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        pool.close()

    assert (failed, wrong) == ([], [])
    counted = owner.execute(
        """select count(*) filter (where state = 'done' and transport_result = 'completed'),
                  count(*) filter (where state in ('sending', 'sent', 'unknown')),
                  coalesce(sum(billed_s), 0), coalesce(sum(held_minutes), 0) from public.call_attempts"""
    ).fetchone()
    kept = owner.execute(
        "select calls_used, calls_reserved, seconds_used, minutes_reserved from public.user_call_usage"
    ).fetchone()
    assert counted == kept
    assert kept[0] > 5


def _end(pool: PostgresDatabase, attempt: str, token: UUID, chance: random.Random) -> None:
    sid, fate = f"CA{uuid4().hex}", chance.random()
    if fate < 0.2:
        pool.call(
            "finish_dial",
            attempt_id=attempt,
            token=token,
            outcome=chance.choice(["not_sent", "refused", "unknown"]),
        )
        return
    pool.call("finish_dial", attempt_id=attempt, token=token, outcome="sent", call_sid=sid)
    if fate < 0.3:
        return
    status = "busy" if fate < 0.5 else "completed"
    pool.call(
        "record_call_status", call_sid=sid, status=status, duration_s=chance.randrange(400) if fate > 0.6 else None,
        event_id=uuid4().hex,
    )  # fmt: skip
    pool.call("settle_dial", attempt_id=attempt, status=status, call_sid=sid)
