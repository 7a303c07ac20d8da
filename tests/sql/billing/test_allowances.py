"""What a plan allows is held when a call is dialled, used when it ends, and given back when it came to nothing."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.sql.billing.conftest import Planned
from tests.sql.dialling.conftest import NOON

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
