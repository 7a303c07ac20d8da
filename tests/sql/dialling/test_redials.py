"""The rest of a campaign dialled again: by outcome, nobody who was reached, and nobody whom a rule keeps."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.sql.dialling.conftest import NOON, Queue

pytestmark = pytest.mark.sql


@pytest.fixture
def campaign(queue: Queue) -> UUID:
    return queue.campaign(max_attempts=1)


def ended(queue: Queue, campaign: UUID, status: str, answered_by: str | None = None, **columns: Any) -> str:
    """A person of the campaign, dialled once."""
    (entry,) = queue.put(campaign_id=campaign, **columns)
    token = uuid4()
    ((_, made),) = queue.taken(token=token)
    if answered_by:
        queue.owner.execute(
            "update public.call_attempts set answered_by = %s where id = %s", [answered_by, made]
        )
    queue.end(made, status, token)
    return entry


def redial(queue: Queue, campaign: UUID, *outcomes: str, dry: bool = False, **given: Any) -> Any:
    return queue.database.call("redial_campaign", id=campaign, outcomes=list(outcomes), dry=dry, **given)


def test_those_of_an_outcome_wait_again_and_nobody_else(queue: Queue, campaign: UUID) -> None:
    busy, silent = ended(queue, campaign, "busy"), ended(queue, campaign, "no-answer")
    mailbox, human = (
        ended(queue, campaign, "completed", "voicemail"),
        ended(queue, campaign, "completed", "human"),
    )

    seen = redial(queue, campaign, "busy", "voicemail", dry=True)
    before = {entry: queue.row(entry)[0] for entry in (busy, silent, mailbox, human)}
    done = redial(queue, campaign, "busy", "voicemail", revision=seen["campaign"]["revision"])

    assert (seen["people"], done["people"], done["skipped"]) == (2, 2, {})
    assert before == {busy: "failed", silent: "failed", mailbox: "failed", human: "completed"}
    assert [queue.row(entry)[0] for entry in (busy, silent, mailbox, human)] == [
        "queued",
        "failed",
        "queued",
        "completed",
    ]


def test_asking_again_at_once_changes_nothing(queue: Queue, campaign: UUID) -> None:
    ended(queue, campaign, "busy")

    first, again = redial(queue, campaign, "busy"), redial(queue, campaign, "busy")

    assert (first["people"], again["people"], again["skipped"]) == (1, 0, {"waiting": 1})
    assert again["campaign"]["revision"] == first["campaign"]["revision"]


def test_who_is_left_out_is_told_with_why(queue: Queue, campaign: UUID) -> None:
    stopped, canceled, agreed = queue.number(), ended(queue, campaign, "busy"), queue.number()
    ended(queue, campaign, "busy", recipient_number=stopped)
    ended(queue, campaign, "busy", recipient_number=agreed, purpose="asked_for")
    queue.set(canceled, status="canceled")
    queue.database.call("suppress", number=stopped, scope="calls", reason="operator")
    queue.owner.execute(
        "update public.call_queue set purpose = 'marketing' where recipient_number = %s", [agreed]
    )

    told = redial(queue, campaign, "busy")

    assert (told["people"], told["skipped"]) == (0, {"canceled": 1, "suppressed": 1, "no_consent": 1})


@pytest.mark.parametrize("proof", ["human", "reached", "spoke"])
def test_nobody_who_was_reached_once_is_dialled_again(queue: Queue, campaign: UUID, proof: str) -> None:
    entry = ended(queue, campaign, "completed", "human" if proof == "human" else None)
    attempts = "update public.call_attempts set goal = 'reached' where call_queue_id = %s"
    if proof == "reached":
        queue.owner.execute(attempts, [entry])
    if proof == "spoke":
        (call,) = queue.owner.execute(
            """insert into public.call_history (call_sid, phone_number, direction)
               select call_sid, to_number, 'outbound' from public.call_attempts where call_queue_id = %s returning id""",
            [entry],
        ).fetchone()
        queue.owner.execute(
            "insert into public.call_turns (call_id, turn, input, token, lease_until, said) values (%s, 1, '{}', gen_random_uuid(), now(), 'Hello?')",
            [call],
        )
    # It was dialled once more, and came to nothing.
    queue.set(entry, status="queued", next_attempt_at=NOON)
    token = uuid4()
    ((_, made),) = queue.taken(token=token)
    queue.end(made, "busy", token)

    told = redial(queue, campaign, "busy")

    assert (told["people"], told["skipped"]) == (0, {"reached": 1})


def test_a_talk_of_which_nobody_knows_who_answered_can_be_named(queue: Queue, campaign: UUID) -> None:
    entry = ended(queue, campaign, "completed")

    assert redial(queue, campaign, "unknown")["people"] == 1
    assert queue.row(entry)[0] == "queued"


def test_who_waits_again_goes_through_the_one_claim_with_its_caps(queue: Queue, campaign: UUID) -> None:
    number = queue.number()
    entry = ended(queue, campaign, "busy", recipient_number=number)
    (other,) = queue.put(recipient_number=number)

    assert queue.claim() == []
    redial(queue, campaign, "busy")

    # The cap of a person counts entries: a redial of one is none more.
    assert "person_day" in queue.reasons(other)
    queue.set(entry, next_attempt_at=NOON)
    assert queue.claim() == [entry]


def test_a_campaign_that_was_done_runs_and_a_canceled_one_does_not(queue: Queue, campaign: UUID) -> None:
    ended(queue, campaign, "busy")
    queue.database.call("end_campaigns")

    assert redial(queue, campaign, "busy")["campaign"]["state"] == "running"
    queue.database.call("change_campaign", id=campaign, changes={"state": "canceled"})
    assert redial(queue, campaign, "busy")["code"] == "wrong_state"
    assert redial(queue, queue.campaign("draft"), "busy")["code"] == "wrong_state"


def test_who_looked_at_another_revision_is_told_so(queue: Queue, campaign: UUID) -> None:
    ended(queue, campaign, "busy")

    assert redial(queue, campaign, "busy", revision=77)["code"] == "changed_meanwhile"
    assert redial(queue, uuid4(), "busy")["code"] == "unknown_campaign"
