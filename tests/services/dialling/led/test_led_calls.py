"""Calls that Vapi leads: what it tells becomes history, once, in any order."""

from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.services.dialling.led.led_house import NAME, TALK, LedHouse, ended, house
from tests.support.command_line import environ, run
from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.dialling.dials import DialKind
from voicebot.domain.dialling.led_calls import LedCall
from voicebot.domain.templates.template import CallTemplate
from voicebot.providers.ports import NewDial
from voicebot.services.calls.summarise import summarise_call
from voicebot.services.dialling.led.dial import with_words
from voicebot.services.dialling.led.settle import NotOverYet, fetch_led_call
from voicebot.services.dialling.machine import meet_machine
from voicebot.services.templates import edit
from voicebot.storage.calls import results

pytestmark = pytest.mark.sql
__all__ = ["environ", "house", "run"]
PARAMS = {"practice": "Blue Door", "day": "Monday"}


def published(house: LedHouse, **template: Any) -> UUID:
    """The id of a template that calls may run under."""
    name = f"surgery {uuid4().hex}"
    edit.make(house.runtime, CallTemplate(name=name, **template))
    house.owner.execute("update public.call_templates set params = %s where name = %s", [Jsonb(PARAMS), name])
    edit.publish(house.runtime, edit.named(house.runtime, name))
    (found,) = house.owner.execute("select id from public.call_templates where name = %s", [name]).fetchone()
    return UUID(str(found))


def test_a_report_becomes_the_call_s_history(house):
    attempt = house.dialled()

    assert house.reports(attempt, "customer-ended-call", *TALK) == 200

    call = house.call(attempt)
    assert (call["call_status"], call["direction"], call["transport"]) == ("completed", "outbound", "vapi")
    assert (call["end_reason"], call["duration"], call["answered_by"]) == ("caller_hung_up", 60, "human")
    assert (call["to_number"], str(call["call_queue_id"])) == (attempt.number, attempt.entry)
    assert call["user_id"] is not None
    assert (float(call["cost"]), float(call["price"]), call["price_unit"]) == (0.12, -0.12, "USD")
    assert call["said"] == [("bot", TALK[0][1]), ("caller", TALK[1][1])]
    assert call["call_data"]["led"]["summary"] == "They agreed."
    assert call["transcript"] == "Bot: Hello, this is the surgery.\nCaller: Friday is fine."


def test_a_report_settles_the_dial_and_its_entry(house):
    attempt = house.dialled()

    house.reports(attempt, "customer-ended-call", *TALK)

    dial = house.attempt(attempt)
    assert (dial["state"], dial["transport_result"], dial["answered_by"]) == ("done", "completed", "human")
    assert house.entry(attempt) == ("completed", None)


@pytest.mark.parametrize(
    ("reason", "said", "state", "transport", "answered_by", "entry"),
    [
        ("customer-busy", (), "done", "busy", None, ("queued", "busy")),
        ("customer-did-not-answer", (), "done", "no-answer", None, ("queued", "no-answer")),
        ("voicemail", (), "done", "completed", "voicemail", ("queued", "voicemail")),
        ("customer-ended-call", (("user", "Leave a message after the tone."),), "done", "completed", "voicemail",
         ("queued", "voicemail")),
        ("pipeline-error-openai-llm-failed", (), "done", "failed", None, ("queued", "failed")),
        ("something-new-2027", (), "done", "failed", None, ("queued", "failed")),
        # Somebody had answered: they are not called again because our side broke.
        ("pipeline-error-openai-llm-failed", TALK, "done", "completed", "human", ("completed", None)),
        ("worker-shutdown", TALK, "done", "completed", "human", ("completed", None)),
        ("manually-canceled", (), "done", "canceled", None, ("failed", "canceled")),
        ("silence-timed-out", (("bot", "Hello?"),), "done", "completed", "unknown", ("completed", None)),
        # Nobody was called.
        ("call.start.error-subscription-concurrency-limit-reached", (), "failed", None, None,
         ("queued", "call.start.error-subscription-concurrency-limit-reached")),
        ("assistant-not-found", (), "failed", None, None, ("queued", "assistant-not-found")),
        # The number is none.
        ("twilio-reported-customer-misdialed", (), "failed", None, None, ("failed", "twilio-reported-customer-misdialed")),
        ("sip-outbound-unallocated-number", (), "failed", None, None, ("failed", "sip-outbound-unallocated-number")),
    ],
)  # fmt: skip
def test_every_kind_of_end_comes_to_what_it_is(house, reason, said, state, transport, answered_by, entry):
    attempt = house.dialled()

    house.reports(attempt, reason, *said)

    dial = house.attempt(attempt)
    assert (dial["state"], dial["transport_result"], dial["answered_by"]) == (state, transport, answered_by)
    assert house.entry(attempt) == entry
    assert house.call(attempt)["ended_at"] is not None


def test_a_call_that_was_not_placed_does_not_count_as_a_try(house):
    attempt = house.dialled(max_attempts=1)

    house.reports(attempt, "call.start.error-vapifault-get-org")

    assert house.attempt(attempt)["error"] == "not_sent"
    assert house.entry(attempt)[0] == "queued"


def test_every_order_of_the_same_messages_ends_alike(house):
    ends = set()
    for order in permutations(("ringing", "in-progress", "ended", "report")):
        attempt = house.dialled()
        for step in order:
            told = house.reports(attempt, "customer-ended-call", *TALK) if step == "report" else house.status(
                attempt, step, "customer-ended-call" if step == "ended" else ""
            )  # fmt: skip
            assert told == 200
        call, dial = house.call(attempt), house.attempt(attempt)
        ends.add((
            call["call_status"], call["end_reason"], call["duration"], call["answered_by"], call["cost"], str(call["said"]),
            dial["state"], dial["transport_result"], dial["answered_by"], house.entry(attempt),
        ))  # fmt: skip

    assert len(ends) == 1


def test_a_message_that_comes_again_changes_nothing(house):
    attempt = house.dialled()
    house.reports(attempt, "customer-ended-call", *TALK)
    before = (house.call(attempt), house.attempt(attempt))

    for _ in range(3):
        house.reports(attempt, "customer-ended-call", *TALK)
        house.status(attempt, "ended", "customer-busy")
    house.reports(attempt, "voicemail", ("user", "other words"), cost=9)

    assert (house.call(attempt), house.attempt(attempt)) == before
    assert house.jobs("judge_words") == 1


def test_an_end_without_its_report_settles_the_dial_and_asks_for_the_report(house):
    attempt = house.dialled()
    house.status(attempt, "in-progress")

    house.status(attempt, "ended", "customer-ended-call")

    assert house.attempt(attempt)["state"] == "done"
    assert house.call(attempt)["ended_at"] is None
    assert house.jobs("fetch_led_call") == 1

    house.desk.calls[attempt.call_id] = ended(attempt, "customer-ended-call", *TALK)
    fetch_led_call(house.runtime, str(attempt.id))
    fetch_led_call(house.runtime, str(attempt.id))

    assert house.call(attempt)["said"] == [("bot", TALK[0][1]), ("caller", TALK[1][1])]
    assert house.desk.asked == [attempt.call_id]


def test_a_mailbox_s_owner_is_texted_once_where_the_template_says_so(house):
    template = published(house, on_voicemail="text", voicemail_message="Please call us back.")
    attempt = house.dialled(template_id=template)

    house.reports(attempt, "voicemail")
    for _ in range(2):
        meet_machine(house.runtime, str(attempt.id))

    texts = house.owner.execute(
        "select content from public.sms_history where phone_number = %s", [attempt.number]
    ).fetchall()
    assert texts == [("Please call us back.",)]
    assert house.desk.asked == []


def test_an_assistant_is_told_the_words_of_template_and_entry(house):
    template = published(house)
    assistant = uuid4()
    house.owner.execute(
        "update public.call_templates set assistant_id = %s where id = %s", [assistant, template]
    )
    attempt = house.dialled(template_id=template, custom_variables={"day": "Friday"})

    told = with_words(house.runtime, NewDial(attempt.id, DialKind.TALK, attempt.number, "", 30, 600), NAME)

    assert told.variables == {"practice": "Blue Door", "day": "Friday"}
    assert told.assistant_id == str(assistant)


def test_a_report_that_comes_before_the_job_makes_it_ask_nothing(house):
    attempt = house.dialled()
    house.status(attempt, "ended", "customer-ended-call")
    house.reports(attempt, "customer-ended-call", *TALK)

    fetch_led_call(house.runtime, str(attempt.id))

    assert house.desk.asked == []


def test_a_call_that_is_not_over_at_the_provider_is_asked_about_again(house):
    attempt = house.dialled()
    house.status(attempt, "ended", "customer-ended-call")
    house.desk.calls[attempt.call_id] = LedCall(attempt.call_id, CallStatus.IN_PROGRESS, attempt.id)

    with pytest.raises(NotOverYet):
        fetch_led_call(house.runtime, str(attempt.id))


def test_a_mailbox_that_only_the_report_shows_is_called_again(house):
    attempt = house.dialled()
    house.status(attempt, "ended", "customer-ended-call")
    assert house.entry(attempt) == ("completed", None)

    house.reports(attempt, "customer-ended-call", ("user", "You have reached the voicemail of Ada."))

    assert house.entry(attempt) == ("queued", "voicemail")


def test_words_that_come_after_an_early_look_are_kept_and_summarised(house):
    attempt = house.dialled()
    house.status(attempt, "ended", "customer-ended-call")
    house.desk.calls[attempt.call_id] = ended(attempt)
    fetch_led_call(house.runtime, str(attempt.id))
    call_id = house.call(attempt)["id"]
    assert summarise_call(house.runtime, call_id).title == "No conversation"

    house.reports(attempt, "customer-ended-call", *TALK)
    house.reports(attempt, "customer-ended-call", ("user", "other words"))

    assert house.call(attempt)["said"] == [("bot", TALK[0][1]), ("caller", TALK[1][1])]
    assert "Friday is fine." in house.call(attempt)["transcript"]
    assert (house.call(attempt)["summary"], house.call(attempt)["answered_by"]) == (None, "human")
    assert results.call_for_summary(house.runtime.database, call_id).summarised is False


@pytest.mark.parametrize("outcome", ["sending", "unknown"])
def test_a_report_tells_of_a_call_whose_creation_was_not_answered(house, outcome):
    attempt = house.dialled(outcome=outcome)

    house.reports(attempt, "customer-ended-call", *TALK)

    assert (house.attempt(attempt)["state"], house.attempt(attempt)["call_sid"]) == ("done", attempt.call_id)


def test_a_summary_of_ours_is_written_from_the_words(house):
    attempt = house.dialled()

    house.reports(attempt, "customer-ended-call", *TALK)

    call = house.call(attempt)
    found = house.owner.execute(
        "select count(*) from jobs.procrastinate_jobs where task_name = 'summarise_call' and args ->> 'call_id' = %s",
        [str(call["id"])],
    )
    assert found.fetchone() == (1,)


def test_people_see_the_call_like_any_other(house, run):
    attempt = house.dialled()
    house.reports(attempt, "customer-ended-call", *TALK)

    code, shown, _ = run("calls", "show", attempt.call_id[:13])

    assert code == 0
    assert TALK[0][1] in shown and TALK[1][1] in shown and "0.12 USD" in shown and "-0.12" not in shown
    assert "hung up" in run("calls", "list")[1]
