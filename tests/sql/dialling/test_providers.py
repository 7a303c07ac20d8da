"""The claim chooses who dials: the first provider that is on, well and has a line free; a number's own one alone."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.sql.dialling.breakers.accounts import Desk, desk
from tests.sql.dialling.conftest import NOON
from voicebot.services.dialling.providers import route_entries

pytestmark = pytest.mark.sql
__all__ = ["desk"]


# --- full, off, in turn ---------------------------------------------------------------------------


def test_the_next_provider_dials_when_the_first_is_full_and_nobody_when_all_are(desk: Desk) -> None:
    # Of five lines one is kept for callers, of ten two.
    desk.main(concurrency_limit=5)
    desk.provider("second", lines=10)
    entries = desk.queue.put(30)

    assert desk.dialled_by(batch=3) == {"twilio": 3}
    assert desk.dialled_by(batch=3) == {"twilio": 1, "second": 2}
    assert desk.dialled_by() == {"second": 6}
    full = desk.claimed()
    assert (full["dials"], full["next_in_s"]) == ([], None)
    waiting = next(entry for entry in entries if desk.queue.row(entry)[0] == "queued")
    assert desk.why(waiting) == ["account_full"]
    assert desk.queue.load()["account:second"] == 8


@pytest.mark.parametrize(
    ("second", "third", "turn"),
    [
        ({"priority": 1}, {"priority": 3}, ["a-second", "twilio", "third"]),
        ({"priority": 0}, {"priority": 2}, ["a-second", "twilio", "third"]),
        ({"priority": 9}, {"priority": 2}, ["twilio", "third", "a-second"]),
        ({"priority": None}, {"priority": 1000}, ["a-second", "twilio", "third"]),
        ({"priority": 2, "enabled": False}, {"priority": 3}, ["twilio", "third"]),
        ({"priority": 2, "default_number": None}, {"priority": 3}, ["twilio", "third"]),
        ({"priority": 2, "account_sid": None}, {"priority": 3}, ["twilio", "third"]),
        ({"priority": 2, "kind": None}, {"priority": 3}, ["twilio", "third"]),
    ],
)
def test_providers_are_asked_in_the_order_of_their_priorities(
    desk: Desk, second: dict[str, Any], third: dict[str, Any], turn: list[str]
) -> None:
    desk.main(concurrency_limit=2)
    desk.provider("a-second", lines=2, **second)
    desk.provider("third", lines=2, **third)
    desk.queue.put(10)

    by = [next(iter(desk.dialled_by(batch=1)), None) for _ in range(4)]

    assert by == turn + [None] * (4 - len(turn))


def test_a_provider_that_is_switched_off_dials_nothing_more(desk: Desk) -> None:
    desk.main(enabled=False)
    (entry,) = desk.queue.put()

    assert desk.claimed()["dials"] == []
    assert desk.why(entry) == ["account_off"]
    desk.provider("second")
    assert desk.why(entry) == []
    assert desk.dialled_by() == {"second": 1}


def test_a_provider_at_its_rate_is_waited_for(desk: Desk) -> None:
    desk.provider("second")
    desk.queue.put(5)

    assert desk.dialled_by(calls_per_second=2) == {"twilio": 1}
    again = desk.claimed(calls_per_second=2)
    assert (again["dials"], again["next_in_s"]) == ([], pytest.approx(0.5))
    assert desk.dialled_by(NOON + timedelta(seconds=0.5), calls_per_second=2) == {"twilio": 1}


def test_each_provider_has_a_rate_of_its_own(desk: Desk) -> None:
    desk.main(enabled=False)
    desk.provider("second", calls_per_second=4)
    desk.queue.put(5)

    taken = [len(desk.claimed(NOON + timedelta(seconds=s))["dials"]) for s in (0, 0.2, 0.25, 0.3, 0.5)]

    assert taken == [1, 0, 1, 0, 1]


# --- a number is its provider's -------------------------------------------------------------------


def test_a_number_is_dialled_from_by_its_own_provider_alone(desk: Desk) -> None:
    second = desk.provider("second", lines=2)
    number = desk.number_of(second)
    pinned, free = desk.queue.put(2, from_number_id=number), desk.queue.put(2)

    assert desk.dialled_by() == {"twilio": 2, "second": 1}
    (waits,) = [entry for entry in pinned if desk.queue.row(entry)[0] == "queued"]
    assert all(desk.queue.row(entry)[0] == "in-progress" for entry in free)
    assert desk.why(waits) == ["account_full"]
    # It is looked at again after a pause, not at once and for ever.
    assert desk.claimed()["next_in_s"] == 1


def test_what_waits_for_one_provider_delays_nobody_else(desk: Desk) -> None:
    second = desk.provider("second", enabled=False)
    desk.queue.put(120, from_number_id=desk.number_of(second), priority=9)
    desk.queue.put(3)

    assert desk.dialled_by() == {"twilio": 3}


def test_the_template_of_a_campaign_may_name_the_provider_also_while_it_runs(desk: Desk) -> None:
    second = desk.provider("second")
    template = desk.template_of(second)
    campaign = desk.queue.campaign()
    first, _ = desk.queue.put(2, campaign_id=campaign)
    desk.queue.set(first, checked_at=None)
    assert desk.dialled_by() == {"twilio": 1}

    desk.owner.execute("update public.campaigns set template_id = %s where id = %s", [template, campaign])
    desk.queue.set(first, checked_at=NOON)
    desk.queue.put(1, campaign_id=campaign)

    assert desk.dialled_by() == {"second": 2}
    desk.owner.execute("update public.campaigns set template_id = null")
    desk.owner.execute("delete from public.call_templates where id = %s", [template])


def test_of_very_many_entries_those_dialled_next_go_another_way_at_once_and_a_job_takes_the_rest(
    desk: Desk,
) -> None:
    second = desk.provider("second")
    template = desk.template_of(second)
    campaign = desk.queue.campaign()
    (late,) = desk.queue.put(campaign_id=campaign)
    (own,) = desk.queue.put(campaign_id=campaign, from_number_id=desk.number_of(desk.provider("third")))
    desk.owner.execute(
        """insert into public.call_queue (user_id, recipient_number, campaign_id, purpose, zones, country, priority)
           select %s, '+1720' || n, %s, 'asked_for', array['America/Denver'], 'US', 5 from generate_series(2000001, 2000600) n""",
        [desk.queue.user, campaign],
    )
    went = "select count(*), bool_or(id = %s), bool_or(id = %s) from public.call_queue where provider_id = %s"

    desk.owner.execute("update public.campaigns set template_id = %s where id = %s", [template, campaign])
    at_once = desk.owner.execute(went, [late, own, second]).fetchone()
    (job,) = desk.owner.execute(
        "delete from jobs.procrastinate_jobs where task_name = 'route_entries' returning args"
    ).fetchone()
    routed = route_entries(SimpleNamespace(database=desk.queue.database), **job)

    assert (at_once, job) == ((500, False, False), {"what": "campaign", "thing_id": str(campaign)})
    assert routed == 101
    assert desk.owner.execute(went, [late, own, second]).fetchone() == (601, True, False)
    desk.owner.execute("update public.campaigns set template_id = null")
    desk.owner.execute("delete from public.call_templates where id = %s", [template])


def test_a_number_that_was_switched_off_holds_nothing_back(desk: Desk) -> None:
    number = desk.number_of(desk.provider("second", enabled=False))
    (entry,) = desk.queue.put(from_number_id=number)
    assert desk.why(entry) == ["account_off"]

    desk.owner.execute("update public.provider_phone_numbers set is_active = false where id = %s", [number])

    assert desk.dialled_by() == {"twilio": 1}


def test_without_any_provider_an_entry_says_so(desk: Desk) -> None:
    template = desk.template_of(desk.provider("second", account_sid=None))
    (entry,) = desk.queue.put(template_id=template)

    assert desk.claimed()["dials"] == []
    assert desk.why(entry) == ["no_provider"]


def test_the_days_money_holds_at_every_provider(desk: Desk) -> None:
    desk.main(enabled=False)
    desk.provider("second")
    for _ in range(4):
        desk.queue.put()

    assert desk.dialled_by(daily_usd=1, call_usd=0.4) == {"second": 2}
    assert desk.dialled_by(daily_usd=1, call_usd=0.4) == {}


# --- codes ----------------------------------------------------------------------------------------


def code(desk: Desk) -> str:
    """A code that waits to be read out."""
    number = desk.queue.number()
    (made,) = desk.owner.execute(
        """with v as (insert into public.verifications (phone_number, channel, purpose, nonce, expires_at)
                      values (%s, 'call', 'api', 'n', now() + interval '20 years') returning id),
                q as (insert into public.call_queue (user_id, recipient_number, status) values (%s, %s, 'in-progress') returning id)
           select private.add_dial(q.id, 'code', %s, '+12025550100', v.id)::text from v, q""",
        [number, desk.queue.user, number, number],
    ).fetchone()
    return str(made)


def test_codes_go_by_the_next_provider_too_and_where_every_line_is_taken_they_wait_for_none(
    desk: Desk,
) -> None:
    desk.main(concurrency_limit=1)
    desk.provider("second", lines=1)
    for _ in range(3):
        code(desk)

    dials = [desk.claimed(batch=1, what="codes")["dials"] for _ in range(3)]

    assert [[dial["account"] for dial in some] for some in dials] == [["twilio"], ["second"], ["twilio"]]
    (number,) = desk.owner.execute(
        "select default_number from public.call_service_providers where name = 'second'"
    ).fetchone()
    assert dials[1][0]["from_number"] == number
