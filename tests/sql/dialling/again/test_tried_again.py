"""A call that was not answered is tried again, by its rules; what somebody writes straight into the table is dialled as well."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.dialling.again.asking import attempt, waits
from tests.sql.dialling.conftest import DENVER, NIGHT, NOON, Queue

pytestmark = pytest.mark.sql


# --- again ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "answered_by", "first_wait", "second_wait"),
    [("busy", None, 300, 1800), ("no-answer", None, 3600, 14400), ("failed", None, 600, 600),
     ("completed", "voicemail", 14400, 14400)],
)  # fmt: skip
def test_the_rules_say_when_somebody_is_dialled_again(
    queue: Queue, status, answered_by, first_wait, second_wait
) -> None:
    (entry,) = queue.put()

    attempt(queue, entry, status, answered_by=answered_by)
    first = waits(queue, entry)
    attempt(queue, entry, status, answered_by=answered_by)
    second = waits(queue, entry)
    attempt(queue, entry, status, answered_by=answered_by)

    assert (first, second) == (pytest.approx(first_wait, abs=20), pytest.approx(second_wait, abs=20))
    assert queue.row(entry)[:2] == ("failed", answered_by or status)


@pytest.mark.parametrize(
    ("status", "answered_by"), [("canceled", None), ("completed", "fax"), ("completed", "screener")]
)
def test_an_outcome_without_a_rule_is_final_and_is_no_success(queue: Queue, status, answered_by) -> None:
    (entry,) = queue.put()

    attempt(queue, entry, status, answered_by=answered_by)

    assert queue.row(entry)[0] == "failed"


def test_an_answered_call_is_done(queue: Queue) -> None:
    (entry,) = queue.put()

    attempt(queue, entry, "completed", answered_by="human")

    assert queue.row(entry)[:2] == ("completed", None)


def test_an_entry_is_shown_with_the_template_of_its_campaign(queue: Queue) -> None:
    name = f"Ready {uuid4().hex}"
    (template,) = queue.owner.execute(
        "insert into public.call_templates (name) values (%s) returning id", [name]
    ).fetchone()
    campaign = queue.campaign(template_id=template)
    (entry,) = queue.put(campaign_id=campaign)

    assert queue.database.call("show_queued_call", id=entry)["entry"]["template"] == name


def test_an_entrys_own_rules_come_before_its_campaigns(queue: Queue) -> None:
    campaign = queue.campaign(redial=Jsonb({"busy": [60]}))
    (of_campaign,) = queue.put(campaign_id=campaign)
    attempt(queue, of_campaign, "busy")
    of_campaign_waits = waits(queue, of_campaign)
    queue.database.call("cancel_queued_call", id=of_campaign)
    (own,) = queue.put(campaign_id=campaign, redial={"busy": [120]})
    attempt(queue, own, "busy")

    assert of_campaign_waits == pytest.approx(60, abs=20)
    assert waits(queue, own) == pytest.approx(120, abs=20)


@pytest.mark.parametrize(
    ("rule", "waited"),
    [([60], [60, 60, 60]), ([60, 3600], [60, 3600, 3600]), ([60, 120, 600, 900], [60, 120, 600])],
)
def test_each_attempt_waits_as_long_as_its_rule_says_and_the_last_rule_goes_on(
    queue: Queue, rule: list[int], waited: list[int]
) -> None:
    (entry,) = queue.put(redial={"busy": rule}, max_attempts=4)

    found = []
    for _ in waited:
        attempt(queue, entry, "busy")
        found.append(waits(queue, entry))

    assert found == [pytest.approx(each, abs=20) for each in waited]


@pytest.mark.parametrize(
    ("rule", "spoke", "becomes"),
    [({}, False, "completed"), ({"unknown": [60]}, False, "queued"), ({"unknown": [60]}, True, "completed")],
)
def test_that_nobody_told_who_answered_is_a_fact_of_its_own(queue: Queue, rule, spoke, becomes) -> None:
    (entry,) = queue.put(redial=rule)
    token, sid = uuid4(), f"CA{uuid4().hex}"
    ((_, made),) = queue.taken(token=token)
    if spoke:
        (call,) = queue.owner.execute(
            "insert into public.call_history (call_sid, phone_number, direction) values (%s, '+13035550142', 'outbound') returning id",
            [sid],
        ).fetchone()
        queue.owner.execute(
            "insert into public.call_turns (call_id, turn, input, token, lease_until, said) values (%s, 1, '{}', gen_random_uuid(), now(), 'Yes, hello?')",
            [call],
        )

    queue.end(made, "completed", token, sid=sid)

    assert queue.owner.execute(
        "select answered_by from public.call_attempts where id = %s", [made]
    ).fetchone() == ("unknown",)
    assert queue.row(entry)[0] == becomes


def test_a_number_that_the_carrier_refuses_is_not_dialled_again(queue: Queue) -> None:
    (entry,) = queue.put()
    token = uuid4()
    ((_, made),) = queue.taken(token=token)

    queue.database.call("finish_dial", attempt_id=made, token=token, outcome="refused", error="21211")

    assert queue.row(entry)[:2] == ("failed", "21211")


def test_what_the_carrier_never_heard_of_is_no_attempt_and_waits_a_little(queue: Queue) -> None:
    (entry,) = queue.put(max_attempts=1)
    for _ in range(3):
        queue.set(entry, next_attempt_at=NOON)
        token = uuid4()
        ((_, made),) = queue.taken(token=token)
        queue.database.call("finish_dial", attempt_id=made, token=token, outcome="not_sent", error="429")
        assert queue.row(entry)[:2] == ("queued", "429")

    attempt(queue, entry, "completed")
    assert queue.row(entry)[0] == "completed"


def test_a_call_of_unknown_fate_holds_its_number_until_it_is_known(queue: Queue) -> None:
    number = queue.number()
    (first,) = queue.put(recipient_number=number)
    token = uuid4()
    ((_, made),) = queue.taken(token=token)
    queue.database.call("finish_dial", attempt_id=made, token=token, outcome="unknown", error="timeout")
    (second,) = queue.put(recipient_number=number)
    queue.owner.execute("update public.dialling_rules set person_calls_per_day = 5 where scope = 'all'")

    held = queue.claim()
    # Two lists of the carrier lack it.
    for _ in range(2):
        queue.database.call("settle_dial", attempt_id=made, status="failed")
    known = queue.row(first)[:2]
    queue.database.call("cancel_queued_call", id=first)
    queue.set(second, next_attempt_at=NOON)
    freed = queue.claim()
    queue.owner.execute("update public.dialling_rules set person_calls_per_day = 1 where scope = 'all'")

    assert held == []
    assert known == ("queued", "failed")
    assert freed == [second]


# --- straight into the table ----------------------------------------------------------------------


def as_user(dsn: str, user: Any, statement: str, *values: Any) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "select set_config('request.jwt.claims', %s, true)",
            [f'{{"sub": "{user}", "role": "authenticated"}}'],
        )
        connection.execute("set local role authenticated")
        connection.execute(statement, list(values))


def test_an_end_users_entry_waits_to_be_checked_and_is_refused_at_once_where_sql_knows_better(
    queue: Queue, dsn: str
) -> None:
    insert = "insert into public.call_queue (recipient_number, not_after) values (%s, %s)"
    number, stopped = queue.number(), queue.number()
    queue.database.call("suppress", number=stopped, scope="calls", reason="operator")

    as_user(dsn, queue.user, insert, number, None)
    for given, words in (
        (("+1303", None), "recipient_number"),
        ((stopped, None), "asked not to be called"),
        ((queue.number(), NIGHT - timedelta(days=6000)), "not_after"),
    ):
        with pytest.raises(psycopg.errors.CheckViolation, match=words):
            as_user(dsn, queue.user, insert, *given)

    (found,) = queue.database.call("unchecked_entries")["entries"]
    assert found["to"] == number
    assert queue.claim() == []


def test_an_end_user_cannot_say_that_an_entry_was_checked_nor_change_the_rules_of_it(
    queue: Queue, dsn: str
) -> None:
    (entry,) = queue.put(checked_at=None)

    for change in (
        "checked_at = now()",
        "hours_lifted = 'me'",
        "purpose = 'service'",
        "priority = 9",
        "zones = '{UTC}'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_user(dsn, queue.user, f"update public.call_queue set {change} where id = %s", entry)


def test_what_was_found_of_a_number_is_forgotten_with_the_number(queue: Queue, dsn: str) -> None:
    (entry,) = queue.put()

    as_user(
        dsn,
        queue.user,
        "update public.call_queue set recipient_number = %s where id = %s",
        queue.number(),
        entry,
    )

    assert queue.claim() == []
    assert queue.reasons(entry) == ["unchecked"]


def test_an_entry_that_changes_while_it_is_looked_at_is_looked_at_again(queue: Queue) -> None:
    (entry,) = queue.put(checked_at=None)
    (seen,) = queue.database.call("unchecked_entries")["entries"]
    queue.set(entry, recipient_number=queue.number())

    answer = queue.database.call(
        "check_entry", id=entry, updated_at=seen["updated_at"], country="US", zones=[DENVER]
    )

    assert answer["result"] == "changed"
    assert queue.reasons(entry) == ["unchecked"]


def test_what_is_too_late_ends_although_nobody_claims(queue: Queue) -> None:
    campaign = queue.campaign("paused")
    (entry,) = queue.put(campaign_id=campaign)
    queue.owner.execute("alter table public.call_queue disable trigger check_changed_entry")
    queue.set(entry, not_after=datetime(2026, 1, 1, tzinfo=UTC))
    queue.owner.execute("alter table public.call_queue enable trigger check_changed_entry")

    assert queue.database.call("expire_entries") == {"ended": 1}
    assert queue.row(entry)[:2] == ("failed", "window_over")


def test_a_person_on_hold_is_called_after_it_and_can_be_let_go_before(queue: Queue) -> None:
    (entry,) = queue.put(recipient_number=(number := queue.number()))
    queue.database.call("hold_person", number=number, until=NOON + timedelta(days=1), reason="on holiday")

    assert queue.claim() == []
    assert queue.claim(NOON + timedelta(days=1)) == [entry]
