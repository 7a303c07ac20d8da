"""A claim takes what may be dialled, and nothing else: every rule holds in it, whoever claims and however often."""

from datetime import timedelta
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.sql.dialling.claims.held_back import called_this_week, called_today, held, number_busy, suppressed
from tests.sql.dialling.conftest import MORNING, NIGHT, NOON, Queue

pytestmark = pytest.mark.sql


# --- one rule after the other ---------------------------------------------------------------------


def _own_number(queue: Queue, entry: str, number: str) -> None:
    queue.owner.execute(
        """insert into public.provider_phone_numbers (provider_id, country_code, area_code, phone_number, full_number)
           select id, '1', '303', '5550100', %s from public.call_service_providers where name = 'twilio'""",
        [number],
    )


def _no_consent(queue: Queue, entry: str, number: str) -> None:
    queue.set(entry, purpose="marketing")


def _over(queue: Queue, entry: str, number: str) -> None:
    queue.owner.execute("update public.call_queue set not_after = %s where id = %s", [NOON, entry])


def _closes_first(queue: Queue, entry: str, number: str) -> None:
    queue.set(
        entry,
        time_window=Jsonb({"wed": [["08:00", "21:00"]]}),
        not_after=NOON + timedelta(hours=4),
        checked_at=NIGHT,
    )


def _campaign_over(queue: Queue, entry: str, number: str) -> None:
    queue.set(entry, campaign_id=queue.campaign("canceled"))


FINAL = {
    "suppressed": suppressed, "own_number": _own_number, "no_consent": _no_consent, "window_over": _over,
    "campaign_over": _campaign_over,
}  # fmt: skip


@pytest.mark.parametrize("reason", sorted(FINAL))
def test_what_may_never_be_dialled_ends_and_says_why(queue: Queue, reason: str) -> None:
    (entry,) = queue.put(recipient_number=(number := queue.number()))
    other = queue.put()
    FINAL[reason](queue, entry, number)
    queue.set(entry, checked_at=NIGHT)
    why = queue.reasons(entry)

    assert queue.claim() == other

    assert why == [reason]
    assert queue.row(entry)[:2] == ("failed", reason)


def test_a_window_that_ends_before_the_next_calling_hour_is_over(queue: Queue) -> None:
    (entry,) = queue.put()
    _closes_first(queue, entry, "")

    queue.claim()

    assert queue.row(entry)[:2] == ("failed", "window_over")


def _outside_hours(queue: Queue, entry: str, number: str) -> None:
    queue.set(entry, time_window=Jsonb({"wed": [["08:00", "21:00"]]}))


WAITING = {
    "outside_hours": _outside_hours, "held": held, "person_day": called_today, "person_week": called_this_week,
    "number_busy": number_busy,
}  # fmt: skip


@pytest.mark.parametrize("reason", sorted(WAITING))
def test_what_may_not_be_dialled_now_waits_and_is_in_nobodys_way(queue: Queue, reason: str) -> None:
    (entry,) = queue.put(recipient_number=(number := queue.number()), priority=5)
    other = queue.put()
    WAITING[reason](queue, entry, number)
    why = queue.reasons(entry)

    assert queue.claim() == other

    assert why == [reason]
    status, told, looked_at = queue.row(entry)
    assert (status, told) == ("queued", reason)
    assert looked_at > NOON
    assert queue.reasons(entry, looked_at) == [] or reason == "number_busy"


@pytest.mark.parametrize("state", ["draft", "paused"])
def test_a_campaign_that_does_not_run_dials_nobody_and_goes_on_where_it_stood(
    queue: Queue, state: str
) -> None:
    campaign = queue.campaign(state)
    (entry,) = queue.put(campaign_id=campaign)

    assert queue.claim() == []
    assert queue.claimed()["next_in_s"] is None
    assert queue.reasons(entry) == [f"campaign_{state}"]

    queue.owner.execute("update public.campaigns set state = 'running' where id = %s", [campaign])
    assert queue.claim() == [entry]


def test_nothing_unchecked_is_dialled(queue: Queue) -> None:
    (entry,) = queue.put(checked_at=None)

    assert queue.claim() == []
    assert queue.reasons(entry) == ["unchecked"]


def test_at_night_an_entry_moves_to_the_morning(queue: Queue) -> None:
    (entry,) = queue.put()

    assert queue.claim(NIGHT) == []

    assert queue.row(entry) == ("queued", "outside_hours", MORNING)
    assert queue.claim(MORNING - timedelta(seconds=1)) == []
    assert queue.claim(MORNING) == [entry]


def test_hours_are_the_entrys_own_else_the_campaigns_else_the_countrys(queue: Queue) -> None:
    week = {"tue": [["02:00", "03:00"]]}
    campaign = queue.campaign(time_window=Jsonb(week))
    (own,) = queue.put(time_window=week)
    (of_campaign,) = queue.put(campaign_id=campaign)
    (of_country,) = queue.put()

    assert sorted(queue.claim(NIGHT)) == sorted([own, of_campaign])
    assert queue.row(of_country)[1] == "outside_hours"


def test_an_operators_written_reason_lifts_the_hours_and_nothing_else(queue: Queue) -> None:
    (lifted,) = queue.put(
        hours_lifted="she asked for a call at two", recipient_number=(number := queue.number())
    )
    (stopped,) = queue.put(hours_lifted="urgent", recipient_number=(other := queue.number()))
    queue.database.call("suppress", number=other, scope="calls", reason="operator")

    assert number and queue.claim(NIGHT) == [lifted]
    assert queue.row(stopped)[:2] == ("failed", "suppressed")


def test_a_redial_of_an_entry_does_not_count_as_another_call_of_the_day(queue: Queue) -> None:
    (entry,) = queue.put()
    token = uuid4()
    ((_, attempt),) = queue.taken(token=token)
    queue.end(attempt, "busy", token)
    queue.set(entry, next_attempt_at=NOON)

    assert queue.claim() == [entry]


@pytest.mark.parametrize(
    ("purpose", "granted", "dialled"),
    [
        ("asked_for", [], True), ("service", [], False), ("service", ["calls"], True), ("marketing", ["calls"], False),
        ("marketing", ["marketing"], True),
    ],
)  # fmt: skip
def test_the_kind_of_call_decides_which_consent_it_needs(queue: Queue, purpose, granted, dialled) -> None:
    number = queue.number()
    for each in granted:
        queue.owner.execute(
            """insert into public.consents (phone_number, purpose, state, channel, wording_version)
               values (%s, %s, 'granted', 'web', '1')""",
            [number, each],
        )
    (entry,) = queue.put(purpose=purpose, recipient_number=number)

    assert (queue.claim() == [entry]) is dialled


def test_a_consent_that_was_taken_back_is_none(queue: Queue) -> None:
    number = queue.number()
    for state, hours in (("granted", 2), ("withdrawn", 1)):
        queue.owner.execute(
            """insert into public.consents (phone_number, purpose, state, channel, wording_version, given_at)
               values (%s, 'calls', %s, 'web', '1', now() - make_interval(hours => %s))""",
            [number, state, hours],
        )
    (entry,) = queue.put(purpose="service", recipient_number=number)

    assert queue.claim() == []
    assert queue.row(entry)[1] == "no_consent"
