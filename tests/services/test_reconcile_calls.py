"""Calls that callbacks told wrongly, or not at all, are repaired from the carrier's own list, and no other program's."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.services.aftermath import CALLER, add_call, call_row, new_sid
from tests.services.reconcile_house import DESK, hour_ago, house, phone
from tests.services.text_house import (
    OURS,
)
from voicebot.providers.ports import ProviderCall
from voicebot.services.calls.end_overdue import status_of
from voicebot.services.upkeep.reconcile import reconcile
from voicebot.storage.calls import calls
from voicebot.storage.calls.calls import TransferReport

__all__ = ["house", "phone"]

pytestmark = [pytest.mark.sql, pytest.mark.usefixtures("no_texts")]


def leg(parent: str, **facts) -> ProviderCall:
    """The call that a transfer dialled, as the carrier lists it."""
    facts = {"status": "completed", "duration_s": 80, "ended_at": datetime.now(UTC)} | facts
    return ProviderCall(
        new_sid(), facts.pop("status"), "outbound-dial", OURS, DESK, parent_sid=parent, **facts
    )


def test_a_call_whose_end_nobody_told_is_ended(house, phone, owner):
    _, ended = add_call(owner)
    phone.calls[ended] = ProviderCall(
        ended, "completed", "inbound", CALLER, OURS, duration_s=30, ended_at=datetime.now(UTC)
    )
    unheard = new_sid()
    phone.calls[unheard] = ProviderCall(unheard, "no-answer", "inbound", CALLER, OURS)

    done = reconcile(house, hour_ago())

    assert (done.calls, done.calls_moved) == (2, 2)
    assert call_row(owner, ended)["call_status"] == "completed"
    assert call_row(owner, unheard)["call_status"] == "no-answer"


def test_calls_of_other_programs_numbers_are_not_ours(house, phone, owner):
    theirs = new_sid()
    phone.calls[theirs] = ProviderCall(theirs, "completed", "inbound", CALLER, "+12025550198")

    done = reconcile(house, hour_ago())

    assert (done.calls, done.calls_moved) == (0, 0)
    assert owner.execute("select 1 from public.call_history where call_sid = %s", [theirs]).fetchall() == []


def test_a_leg_of_a_transfer_is_no_call_and_its_outcome_belongs_to_the_call_that_was_transferred(
    house, phone, owner
):
    _, parent = add_call(owner)
    dialled = leg(parent)
    phone.calls = {dialled.sid: dialled}

    done, _ = reconcile(house, hour_ago()), reconcile(house, hour_ago())

    assert (done.calls, done.calls_moved, done.calls_forgotten) == (0, 0, 0)
    assert call_row(owner, dialled.sid) == {}
    assert call_row(owner, parent)["call_data"]["transfers"] == {
        dialled.sid: {"call_sid": dialled.sid, "outcome": "completed", "duration": 80}
    }


def test_what_dial_reported_of_a_transfer_stays_and_the_list_adds_its_length(house, phone, owner):
    _, parent = add_call(owner)
    dialled = leg(parent)
    reported = TransferReport(parent, turn=3, outcome="no-answer", dial_call_sid=dialled.sid)
    calls.record_transfer(house.database, reported)
    phone.calls = {dialled.sid: dialled}

    reconcile(house, hour_ago())

    assert call_row(owner, parent)["call_data"]["transfers"] == {
        "3": {"call_sid": dialled.sid, "outcome": "no-answer", "duration": 80}
    }


@pytest.mark.parametrize("learns_the_parent", [True, False])
def test_a_row_that_an_earlier_version_made_of_a_leg_is_taken_away(house, phone, owner, learns_the_parent):
    _, parent = add_call(owner)
    dialled = leg(parent if learns_the_parent else "")
    calls.record_call_status(house.database, status_of(dialled))
    assert call_row(owner, dialled.sid)["end_reason"] == "caller_hung_up"
    phone.calls = {dialled.sid: dialled}

    done = reconcile(house, hour_ago())

    assert (done.calls_forgotten, done.failed) == (1, 0)
    assert call_row(owner, dialled.sid) == {}


def test_a_call_of_another_program_from_our_number_is_neither_kept_nor_left(house, phone, owner):
    new, old = (ProviderCall(new_sid(), "completed", "outbound-api", OURS, DESK) for _ in range(2))
    calls.record_call_status(house.database, status_of(old))
    phone.calls = {each.sid: each for each in (new, old)}

    done = reconcile(house, hour_ago())

    assert (done.calls, done.calls_moved, done.calls_forgotten) == (0, 0, 1)
    assert [call_row(owner, each.sid) for each in (new, old)] == [{}, {}]


@pytest.mark.parametrize("proof", ["a status callback", "an attempt", "a conversation"])
def test_a_call_that_we_placed_is_moved_whatever_proves_it(house, phone, owner, proof):
    ours = ProviderCall(new_sid(), "completed", "outbound-api", OURS, DESK)
    if proof == "an attempt":
        owner.execute(
            """with entry as (insert into public.call_queue (user_id, recipient_number, status)
                   values ((public.ensure_user(%(to)s) ->> 'user_id')::uuid, %(to)s, 'in-progress') returning id)
               insert into public.call_attempts (call_queue_id, attempt_number, to_number, state, token, lease_until, call_sid)
               select id, 1, %(to)s, 'done', gen_random_uuid(), now(), %(sid)s from entry""",
            {"to": DESK, "sid": ours.sid},
        )
    else:
        calls.record_call_status(house.database, replace(status_of(ours), status="ringing", event_id=None))
    if proof == "a conversation":
        owner.execute("delete from public.webhook_events where subject = %s", [ours.sid])
        owner.execute(
            "insert into public.call_states (call_id, plan) select id, '{}' from public.call_history where call_sid = %s",
            [ours.sid],
        )
    phone.calls = {ours.sid: ours}

    done = reconcile(house, hour_ago())

    assert (done.calls, done.calls_moved, done.calls_forgotten) == (1, 1, 0)
    assert call_row(owner, ours.sid)["call_status"] == "completed"
