"""What a plan allows is held when a call is dialled, used when it ends, and given back when it came to nothing."""

import random
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.sql.billing.conftest import RENEWED, Planned
from tests.sql.dialling.conftest import NOON
from voicebot.storage.database.postgres import PostgresDatabase

pytestmark = pytest.mark.sql


# --- held, used, given back ---------------------------------------------------------------------------


def test_a_dial_holds_a_call_and_the_minutes_of_the_longest_one(queue: Planned) -> None:
    queue.has(calls=10, minutes=100)
    queue.put(2)

    assert len(queue.claim()) == 2

    assert queue.usage() == {
        "calls": 0, "calls_held": 2, "calls_left": 8, "minutes": 0, "minutes_held": 60, "minutes_left": 40,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("step", "lasted", "minutes", "seconds"),
    [
        (60, 0, 0, 0), (60, 1, 1, 60), (60, 59, 1, 60), (60, 60, 1, 60), (60, 61, 2, 120), (60, 125, 3, 180),
        (1, 125, 3, 125), (1, 60, 1, 60), (6, 61, 2, 66), (6, 66, 2, 66), (30, 61, 2, 90), (30, 91, 2, 120),
        (10, 9, 1, 10), (60, 1799, 30, 1800), (60, 1800, 30, 1800), (60, 1801, 30, 1800),
    ],
)  # fmt: skip
def test_a_call_that_ended_uses_what_it_lasted_rounded_as_its_plan_says(
    queue: Planned, owner: Any, step: int, lasted: int, minutes: int, seconds: int
) -> None:
    queue.has(calls=10, minutes=100, billing_increment_s=step)
    queue.put()
    ((_, attempt),) = queue.taken(token=(token := uuid4()))

    queue.talked(attempt, token, lasted)

    assert queue.usage() == {
        "calls": 1, "calls_held": 0, "calls_left": 9, "minutes": minutes, "minutes_held": 0, "minutes_left": 100 - minutes,
    }  # fmt: skip
    assert owner.execute("select seconds_used from public.user_call_usage").fetchone() == (seconds,)
    assert owner.execute("select billed_s, held_minutes from public.call_attempts").fetchone() == (
        seconds,
        None,
    )


def test_seconds_of_many_calls_make_minutes_together(queue: Planned) -> None:
    queue.has(minutes=100, billing_increment_s=1)
    queue.put(3)
    token = uuid4()

    for _, attempt in queue.taken(token=token):
        queue.talked(attempt, token, 20)

    assert queue.usage()["minutes"] == 1


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_a_call_that_nobody_answered_costs_nothing(queue: Planned, status: str) -> None:
    queue.has(calls=10, minutes=100)
    queue.put()
    ((_, attempt),) = queue.taken(token=(token := uuid4()))

    queue.talked(attempt, token, 0, status)

    assert queue.usage() == {
        "calls": 0, "calls_held": 0, "calls_left": 10, "minutes": 0, "minutes_held": 0, "minutes_left": 100,
    }  # fmt: skip


@pytest.mark.parametrize("outcome", ["not_sent", "refused"])
def test_a_dial_that_was_never_made_is_given_back(queue: Planned, database: Any, outcome: str) -> None:
    queue.has(calls=1, minutes=100)
    queue.put()
    ((_, attempt),) = queue.taken(token=(token := uuid4()))

    database.call("finish_dial", attempt_id=attempt, token=token, outcome=outcome, error="x")

    assert (queue.usage()["calls_left"], queue.usage()["minutes_left"]) == (1, 100)


def test_a_dial_of_unknown_fate_holds_until_the_carriers_lists_lack_it(queue: Planned, database: Any) -> None:
    queue.has(calls=1, minutes=100)
    queue.put()
    ((_, attempt),) = queue.taken(token=(token := uuid4()))
    database.call("finish_dial", attempt_id=attempt, token=token, outcome="unknown", error="timeout")
    held = queue.usage()

    for _ in range(2):
        database.call("settle_dial", attempt_id=attempt, status="failed", call_sid=None)

    assert (held["calls_left"], held["minutes_left"]) == (0, 70)
    assert (queue.usage()["calls_left"], queue.usage()["minutes_left"]) == (1, 100)


@pytest.mark.parametrize("killed", ["before the carrier was asked", "after the carrier took it"])
def test_a_worker_that_died_holds_nothing_beyond_the_deadline_of_its_dial(
    queue: Planned, database: Any, owner: Any, killed: str
) -> None:
    queue.has(calls=1, minutes=100)
    queue.put()
    ((_, attempt),) = queue.taken(token=(token := uuid4()))
    if killed.startswith("after"):
        database.call(
            "finish_dial", attempt_id=attempt, token=token, outcome="sent", call_sid=f"CA{uuid4().hex}"
        )
    # The next claim finds the lease over.
    queue.claim(NOON + timedelta(minutes=5))
    held = queue.usage()
    owner.execute("update public.call_attempts set deadline = now() - interval '1 second'")

    database.call("end_overdue_dials")

    assert (held["calls_held"], held["minutes_held"]) == (1, 30)
    assert (queue.usage()["calls_left"], queue.usage()["minutes_left"]) == (1, 100)


def test_nobody_told_how_a_call_ended_that_is_known_to_have_lasted(
    queue: Planned, database: Any, owner: Any
) -> None:
    queue.has(calls=2, minutes=100)
    queue.put()
    ((_, attempt),) = queue.taken(token=(token := uuid4()))
    sid = f"CA{uuid4().hex}"
    database.call("finish_dial", attempt_id=attempt, token=token, outcome="sent", call_sid=sid)
    database.call("record_call_status", call_sid=sid, status="completed", duration_s=61, event_id=uuid4().hex)
    owner.execute("update public.call_attempts set deadline = now() - interval '1 second'")

    database.call("end_overdue_dials")

    assert (queue.usage()["calls"], queue.usage()["minutes"], queue.usage()["minutes_held"]) == (1, 2, 0)


def test_a_call_whose_length_comes_later_holds_its_minutes_until_then(queue: Planned, database: Any) -> None:
    queue.has(calls=10, minutes=100)
    queue.put()
    ((_, attempt),) = queue.taken(token=(token := uuid4()))
    sid = queue.talked(attempt, token, None)
    between = queue.usage()

    database.call("save_price", call_id=_call_of(queue, sid), price="-0.02", price_unit="USD", duration_s=130)
    after = queue.usage()
    database.call("save_price", call_id=_call_of(queue, sid), price="-0.02", price_unit="USD", duration_s=130)

    assert (between["calls"], between["minutes"], between["minutes_held"]) == (1, 0, 30)
    assert (after["calls"], after["minutes"], after["minutes_held"], after["minutes_left"]) == (1, 3, 0, 97)
    assert queue.usage() == after


def test_a_length_that_nobody_tells_is_given_back_at_the_deadline(
    queue: Planned, database: Any, owner: Any
) -> None:
    queue.has(minutes=100)
    queue.put()
    ((_, attempt),) = queue.taken(token=(token := uuid4()))
    queue.talked(attempt, token, None)
    owner.execute("update public.call_attempts set deadline = now() - interval '1 second'")

    for _ in range(2):
        database.call("keep_plans")

    assert (queue.usage()["minutes"], queue.usage()["minutes_held"], queue.usage()["minutes_left"]) == (
        0,
        0,
        100,
    )


def _call_of(queue: Planned, sid: str) -> int:
    (found,) = queue.owner.execute("select id from public.call_history where call_sid = %s", [sid]).fetchone()
    return int(found)


def test_statuses_that_come_twice_use_it_once(queue: Planned, database: Any) -> None:
    queue.has(calls=10, minutes=100)
    queue.put()
    ((_, attempt),) = queue.taken(token=(token := uuid4()))

    sid = queue.talked(attempt, token, 61)
    for status in ("completed", "busy", "completed"):
        database.call("settle_dial", attempt_id=attempt, status=status, call_sid=sid)

    assert (queue.usage()["calls"], queue.usage()["minutes"]) == (1, 2)


def test_what_is_deleted_holds_nothing(queue: Planned, owner: Any) -> None:
    queue.has(calls=10, minutes=100)
    queue.put(2)
    queue.claim()

    owner.execute("delete from public.call_queue")

    assert (queue.usage()["calls_held"], queue.usage()["minutes_held"]) == (0, 0)


def test_the_templates_limit_is_what_a_dial_holds_with_a_minute_for_the_goodbye(
    queue: Planned, database: Any, owner: Any
) -> None:
    queue.has(minutes=100)
    content = {"name": uuid4().hex, "greeting": "Hi.", "limits": {"max_duration_s": 240}}
    made = database.call("save_template", content=content)["template"]
    database.call("publish_template", template=made["id"], revision=made["revision"])
    queue.put(template_id=UUID(made["id"]))

    (dial,) = queue.claimed()["dials"]

    assert (queue.usage()["minutes_held"], dial["time_limit_s"]) == (5, 300)


def test_a_call_may_last_as_long_as_what_is_left(queue: Planned) -> None:
    queue.has(minutes=32)
    queue.put(3)

    dials = queue.claimed()["dials"]

    assert sorted(dial["time_limit_s"] for dial in dials) == [120, 1800]
    assert queue.usage()["minutes_left"] == 0


def test_a_call_that_may_not_last_long_knows_it_when_it_begins(
    queue: Planned, database: Any, owner: Any
) -> None:
    queue.has(minutes=2)
    queue.put(recipient_number=(number := queue.number()))
    ((_, attempt),) = queue.taken(token=(token := uuid4()))
    sid = f"CA{uuid4().hex}"
    database.call("finish_dial", attempt_id=attempt, token=token, outcome="sent", call_sid=sid)

    database.call(
        "begin_call", call_sid=sid, direction="outbound", from_number="+15005550006", to_number=number, transport="gather",
        stir_verstat=None, forwarded_from=None, caller_name=None, event_id=uuid4().hex, token_index=0,
    )  # fmt: skip

    (limits,) = owner.execute(
        "select s.plan -> 'template' -> 'limits' from public.call_states s join public.call_history c on c.id = s.call_id"
        " where c.call_sid = %s",
        [sid],
    ).fetchone()
    assert limits == {"max_duration_s": 105}


def test_whoever_needs_no_plan_holds_nothing(queue: Planned, owner: Any) -> None:
    queue.put()

    (dial,) = queue.claimed()["dials"]

    assert dial["time_limit_s"] is None
    assert owner.execute("select count(*) from public.user_call_usage").fetchone() == (0,)


def test_a_code_that_is_read_out_is_no_call_of_a_plan(queue: Planned, database: Any, owner: Any) -> None:
    queue.has(calls=0, minutes=0)
    (entry,) = queue.put(status="in-progress")
    owner.execute(
        "insert into public.call_attempts (call_queue_id, kind, attempt_number, to_number, user_id, state) "
        "values (%s, 'code', 1, '+13035550188', %s, 'generated')",
        [entry, queue.user],
    )

    assert queue.why(queue.put()[0])["reasons"] == ["plan_calls"]
    assert owner.execute("select usage_id from public.call_attempts").fetchone() == (None,)


# --- many at once ------------------------------------------------------------------------------------


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


# --- why calls wait, and when they go on ----------------------------------------------------------------


def test_who_has_used_every_call_waits_and_is_told_when_the_next_period_begins(queue: Planned) -> None:
    queue.has(calls=1)
    first, second = queue.put(2)
    ((taken, attempt),) = queue.taken(token=(token := uuid4()))
    waits = second if taken == first else first
    held = queue.why(waits)
    queue.talked(attempt, token, 30)

    told = queue.why(waits)

    assert (held["reasons"], held["expected_at"]) == (["plan_calls"], None)
    assert told["reasons"] == ["plan_calls"]
    # The period begins at one in the morning, where the person sleeps until eight.
    assert told["expected_at"] == "2035-12-10T15:00:00+00:00"
    assert queue.claim() == []
    assert queue.claim(RENEWED - timedelta(seconds=1)) == []
    assert queue.claim(RENEWED + timedelta(hours=6)) == [waits]


def test_who_has_used_every_minute_waits(queue: Planned) -> None:
    queue.has(minutes=2)
    first, second = queue.put(2)
    ((taken, attempt),) = queue.taken(token=(token := uuid4()))
    waits = second if taken == first else first
    queue.talked(attempt, token, 61)

    assert queue.why(waits)["reasons"] == ["plan_minutes"]
    assert queue.claim() == []
    assert queue.claim(RENEWED + timedelta(hours=6)) == [waits]


@pytest.mark.parametrize(
    "change",
    [
        "update public.subscription_plans set call_limit = 2",
        "update public.subscription_plans set call_limit = null",
        "update public.user_subscriptions set plan_id = (select id from public.subscription_plans where name = 'bigger')",
        "update public.user_call_usage set calls_remaining = 1",
        "update public.user_call_usage set calls_used = 0",
        "delete from public.user_call_usage; delete from public.user_subscriptions",
    ],
)
def test_calls_go_on_as_soon_as_there_is_room(queue: Planned, owner: Any, change: str) -> None:
    queue.plan(5, name="bigger")
    queue.has(calls=1)
    queue.put(2)
    ((_, attempt),) = queue.taken(token=(token := uuid4()))
    queue.talked(attempt, token, 30)
    waited = queue.claim()

    owner.execute(change)

    assert waited == []
    assert len(queue.claim()) == 1


def test_the_next_attempt_of_an_entry_is_a_call_of_the_plan_too(queue: Planned) -> None:
    queue.has(calls=2)
    (entry,) = queue.put(max_attempts=5)
    for lasted in (None, 20):
        ((_, attempt),) = queue.taken(token=(token := uuid4()))
        queue.talked(attempt, token, lasted or 0, "completed" if lasted else "busy")
        queue.owner.execute("update public.call_queue set next_attempt_at = now(), status = 'queued'")
        queue.owner.execute("update public.dialling_lanes set due_at = now()")
    queue.owner.execute("update public.dialling_rules set person_calls_per_day = 1")

    assert queue.usage()["calls"] == 1
    assert queue.why(entry)["reasons"] == []


@pytest.mark.parametrize(
    ("columns", "reason", "expected"),
    [
        ({"status": "canceled"}, "plan_inactive", None),
        ({"status": "past_due"}, "plan_inactive", None),
        (
            {"current_period_end": NOON - timedelta(days=1), "cancel_at_period_end": True},
            "plan_inactive",
            None,
        ),
        ({"current_period_end": NOON - timedelta(days=1), "stripe_sub_id": "sub_1"}, "plan_inactive", None),
        ({"current_period_end": NOON - timedelta(days=1), "subscription_id": "x"}, "plan_inactive", None),
        ({"current_period_end": NOON - timedelta(days=1), "status": "trialing"}, "plan_inactive", None),
        ({"current_period_start": NOON + timedelta(days=1)}, "plan_inactive", "2035-12-05T18:00:00+00:00"),
        ({"current_period_end": NOON - timedelta(days=1)}, None, "2035-12-04T18:00:00+00:00"),
        ({"status": "trialing"}, None, "2035-12-04T18:00:00+00:00"),
        ({"cancel_at_period_end": True}, None, "2035-12-04T18:00:00+00:00"),
        ({"stripe_sub_id": "sub_1"}, None, "2035-12-04T18:00:00+00:00"),
    ],
)
def test_a_plan_that_does_not_run_lets_nobody_dial(
    queue: Planned, columns: dict[str, Any], reason: str | None, expected: str | None
) -> None:
    queue.subscribed(queue.plan(), **columns)
    (entry,) = queue.put()

    told = queue.why(entry)

    assert (told["reasons"], told["expected_at"]) == ([reason] if reason else [], expected)
    assert queue.claim() == ([] if reason else [entry])


def test_a_plan_that_runs_goes_before_one_that_has_ended(queue: Planned) -> None:
    queue.subscribed(queue.plan(calls=0), status="canceled")
    queue.has(calls=5)
    (entry,) = queue.put()

    assert queue.claim() == [entry]


def test_without_any_plan_nobody_dials_where_one_is_required_but_the_house(
    queue: Planned, database: Any
) -> None:
    (entry,), (ours,) = queue.put(), queue.put(user_id=UUID("00000000-0000-4000-a000-00000000cafe"))
    before = queue.why(entry)["reasons"]

    taken = queue.claim(require_plan=True)

    assert (before, taken) == ([], [ours])
    assert queue.why(entry)["reasons"] == ["no_plan"]
    queue.has(calls=5)
    assert queue.claim(require_plan=True) == [entry]


def test_where_a_plan_is_required_no_more_everybody_goes_on(queue: Planned) -> None:
    (entry,) = queue.put()
    queue.claim(require_plan=True)

    assert queue.claim(require_plan=False) == [entry]


def test_a_campaign_is_its_users_calls(queue: Planned) -> None:
    queue.has(calls=3)
    queue.put(4, campaign_id=queue.campaign())
    queue.put(4)

    assert len(queue.claim()) == 3


def test_one_users_plan_holds_back_nobody_else(queue: Planned, database: Any) -> None:
    queue.has(calls=0)
    other = UUID(database.call("ensure_user", phone="+12025550111")["user_id"])
    queue.put(5)
    theirs = queue.put(5, user_id=other)

    assert sorted(queue.claim()) == sorted(theirs)


def test_a_preview_tells_whom_the_plan_lets_be_dialled(queue: Planned, database: Any) -> None:
    subscription = queue.has(calls=2)
    campaign = queue.campaign("draft")
    queue.put(5, campaign_id=campaign)

    told = database.call("preview_campaign", id=campaign, at=NOON)
    queue.owner.execute("update public.campaigns set state = 'running'")
    dialled = queue.taken(token=(token := uuid4()))
    for _, attempt in dialled:
        queue.talked(attempt, token, 10)
    over = database.call("preview_campaign", id=campaign, at=NOON)
    queue.owner.execute(
        "update public.user_subscriptions set cancel_at_period_end = true where id = %s", [subscription]
    )
    never = database.call("preview_campaign", id=campaign, at=NOON)

    later = {"reason": "plan_calls", "at": "2035-12-10T09:00:00+00:00", "people": 3}
    assert (told["now"], told["later"]) == (2, [later])
    assert len(dialled) == told["now"]
    assert (over["now"], over["later"]) == (0, [later])
    assert never["later"] == [later | {"at": None}]
