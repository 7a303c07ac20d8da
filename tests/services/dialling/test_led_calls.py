"""Calls that Vapi leads: what it tells becomes history, once, in any order; what does not fit changes nothing."""

import json
from itertools import permutations
from typing import Any

import pytest

from tests.services.dialling.led_house import NAME, SECRET, Attempt, LedHouse, called, nothing_heard, report
from tests.support.command_line import environ, run
from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.dialling.led_calls import LedCall
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.services.calls.judge_words import NoOpinion, judge_words
from voicebot.services.calls.summarise import summarise_call
from voicebot.services.dialling.led.settle import NotOverYet, fetch_led_call, fetch_untold_calls
from voicebot.services.dialling.settle import settle_silent_dials
from voicebot.storage.calls import results
from voicebot.storage.database import DatabaseAway
from voicebot.storage.spool.flusher import SpoolFlusher
from voicebot.transports.vapi.messages import call_of
from webhooks.vapi.events import MAX_BODY_BYTES

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]
TALK = (("bot", "Hello, this is the surgery."), ("user", "Friday is fine."))


class Away:
    """A database that nobody reaches."""

    def call(self, function: str, /, **_: Any) -> Any:
        raise DatabaseAway(function)


@pytest.fixture
def house(runtime, owner):
    house = LedHouse(runtime, owner)
    house.forget()
    yield house
    house.queue.empty()


def ended(attempt: Attempt, reason: str = "customer-ended-call", *said: tuple[str, str]) -> LedCall:
    """The call as Vapi's API has it when it is over."""
    told = report(attempt, reason, *said)
    return call_of(
        {**told["call"], **{name: told[name] for name in told if name != "call"}, "status": "ended"}
    )


# --- what is told becomes history -----------------------------------------------------------------


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
        ("silence-timed-out", (("bot", "Hello?"),), "done", "completed", None, ("completed", None)),
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
    assert TALK[0][1] in shown and TALK[1][1] in shown and "-0.12" in shown
    assert "hung up" in run("calls", "list")[1]


# --- what is not believed -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers", [{}, {"X-Vapi-Secret": ""}, {"X-Vapi-Secret": "other"}, {"Authorization": f"Bearer {SECRET}"}]
)
def test_an_unproven_message_is_refused_and_changes_nothing(house, headers):
    attempt = house.dialled()
    body = json.dumps({"message": report(attempt, "customer-ended-call", *TALK)}).encode()

    assert house.posts(body, headers) == 403

    assert house.attempt(attempt)["state"] == "sent"
    assert house.call(attempt) == {}
    assert house.aside() == []


@pytest.mark.parametrize("headers", [{}, {"X-Vapi-Secret": "other"}])
def test_an_unproven_body_is_not_read(house, headers):
    class Endless:
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("it was read")

    answer = house.client.post(
        "/vapi/events",
        headers={"Content-Type": "application/json", **headers},
        environ_overrides={"wsgi.input": Endless(), "CONTENT_LENGTH": "1000"},
    )

    assert answer.status_code == 403


def test_a_body_that_is_too_large_is_refused(house):
    assert house.posts(b" " * (MAX_BODY_BYTES + 1), {"X-Vapi-Secret": SECRET}) == 413


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "0f8fad5b-d9cb-469f-a165-70867728950e"}, "unknown_attempt"),
        ({"customer": {"number": "+13035550199"}}, "other_number"),
        ({"id": "another-call"}, "other_call"),
    ],
)
def test_a_report_that_does_not_fit_is_kept_aside_and_a_person_is_told(house, change, code):
    attempt = house.dialled()

    assert house.reports(attempt, "customer-ended-call", *TALK, call=change) == 200

    assert house.attempt(attempt)["state"] == "sent"
    assert house.call(attempt) == {}
    assert house.aside() == [code]
    assert house.cases() == 1


def test_a_second_call_for_one_attempt_is_seen_by_a_person(house):
    attempt = house.dialled()
    house.reports(attempt, "customer-ended-call", *TALK)
    before = (house.call(attempt), house.attempt(attempt))

    house.reports(attempt, "customer-ended-call", *TALK, call={"id": "second"})

    assert (house.call(attempt), house.attempt(attempt)) == before
    assert house.aside() == ["other_call"]


def test_another_account_s_report_says_nothing_of_an_attempt(house):
    attempt = house.dialled()
    house.owner.execute("update public.call_attempts set account = 'twilio' where id = %s", [attempt.id])

    house.reports(attempt, "customer-ended-call", *TALK)

    assert house.aside() == ["unknown_attempt"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "no_json"),
        (b"{", "no_json"),
        (b"\xff\xfe", "no_json"),
        (b"[" * 100_000, "no_json"),
        (b"null", "no_message"),
        (b'{"message": 5}', "no_message"),
        (b'{"message": {"type": "end-of-call-report"}}', "no_call"),
        (b'{"message": {"type": "status-update", "status": "x", "call": {"id": "c"}}}', "unknown_status"),
    ],
)
def test_a_signed_message_that_makes_no_sense_is_kept_aside(house, body, code):
    assert house.posts(body, {"X-Vapi-Secret": SECRET}) == 200
    assert house.posts(body, {"X-Vapi-Secret": SECRET}) == 200

    assert house.aside() == [code]
    assert house.cases() == 1


def test_an_operator_sees_what_was_kept_aside(house, run):
    house.posts(b"{", {"X-Vapi-Secret": SECRET})

    code, listed, _ = run("escalations", "list")

    assert code == 0
    assert "strange_report" in listed and "no_json" in listed
    assert json.loads(run("escalations", "list", "--json")[1])["escalations"][0]["message"].startswith(NAME)


def test_many_strange_reports_are_one_case(house):
    for place in range(20):
        house.posts(b"%d" % place, {"X-Vapi-Secret": SECRET})

    assert len(house.aside()) == 20
    assert house.cases() == 1


def test_calls_that_somebody_else_makes_with_the_account_are_not_ours(house):
    attempt = house.dialled()

    assert house.reports(attempt, "customer-ended-call", *TALK, call={"name": "from the dashboard"}) == 200

    assert house.call(attempt) == {}
    assert house.aside() == []


def test_words_with_nul_and_half_characters_are_kept(house):
    attempt = house.dialled()

    house.reports(attempt, "customer-ended-call", ("user", "yes\0 \ud83d please"))

    assert house.call(attempt)["said"][0][1].startswith("yes")


@pytest.mark.parametrize("kind", ["hang", "speech-update", "conversation-update", "tool-calls", "x" * 1000])
def test_other_messages_are_acknowledged(house, kind):
    attempt = house.dialled()

    assert house.tells({"type": kind, "status": "ended", "call": called(attempt)}) == 200

    assert house.attempt(attempt)["state"] == "sent"


# --- while the database is away -------------------------------------------------------------------


def test_a_report_waits_in_the_spool_while_the_database_is_away(house):
    attempt = house.dialled()
    facts = house.runtime.facts
    house.runtime.spool.probe()
    reached, facts._database = facts._database, Away()

    assert house.reports(attempt, "customer-ended-call", *TALK) == 200

    facts._database = reached
    SpoolFlusher(house.runtime.spool, house.runtime.database).flush()
    assert house.call(attempt)["call_status"] == "completed"


# --- what nobody told -----------------------------------------------------------------------------


def test_a_lost_answer_is_found_by_name_and_nobody_is_called_again(house):
    attempt = house.dialled(outcome="unknown")
    house.desk.calls[attempt.call_id] = ended(attempt, "customer-ended-call", *TALK)
    nothing_heard(house.owner)

    assert settle_silent_dials(house.runtime) == 1

    assert house.desk.asked == [str(attempt.id)]
    assert house.attempt(attempt)["state"] == "done"
    assert house.call(attempt)["said"] == [("bot", TALK[0][1]), ("caller", TALK[1][1])]


def test_a_lost_call_that_goes_on_is_known_from_then_on(house):
    attempt = house.dialled(outcome="unknown")
    house.desk.calls[attempt.call_id] = LedCall(
        attempt.call_id, CallStatus.IN_PROGRESS, attempt.id, to_number=attempt.number
    )
    nothing_heard(house.owner)

    assert settle_silent_dials(house.runtime) == 0

    assert (house.attempt(attempt)["state"], house.attempt(attempt)["call_sid"]) == ("sent", attempt.call_id)
    assert house.call(attempt)["call_status"] == "in-progress"


def test_absence_is_believed_when_a_second_complete_list_says_so(house):
    attempt = house.dialled(outcome="unknown")

    nothing_heard(house.owner)
    assert settle_silent_dials(house.runtime) == 0
    assert house.attempt(attempt)["state"] == "unknown"
    nothing_heard(house.owner)
    assert settle_silent_dials(house.runtime) == 1

    assert house.attempt(attempt)["state"] == "failed"


def test_a_list_that_cannot_be_read_says_nothing(house):
    attempt = house.dialled(outcome="unknown")
    house.desk.failure = ProviderError("vapi", "incomplete_list", Outcome.UNKNOWN)

    for _ in range(3):
        nothing_heard(house.owner)
        assert settle_silent_dials(house.runtime) == 0

    assert house.attempt(attempt)["state"] == "unknown"


def test_a_call_whose_messages_were_all_lost_is_fetched(house):
    attempt = house.dialled()
    house.desk.calls[attempt.call_id] = ended(attempt, "voicemail")
    nothing_heard(house.owner)

    assert settle_silent_dials(house.runtime) == 1

    assert house.attempt(attempt)["answered_by"] == "voicemail"
    assert house.entry(attempt) == ("queued", "voicemail")


def test_a_call_that_the_provider_has_forgotten_is_over_and_not_dialled_again(house):
    attempt = house.dialled()
    nothing_heard(house.owner)

    assert settle_silent_dials(house.runtime) == 1

    assert house.entry(attempt) == ("failed", "canceled")


def test_a_call_whose_end_nobody_told_is_fetched_by_a_round(house):
    attempt = house.dialled()
    house.status(attempt, "in-progress")
    house.desk.calls[attempt.call_id] = ended(attempt, "customer-ended-call", *TALK)

    assert fetch_untold_calls(house.runtime) == 0
    nothing_heard(house.owner)
    assert fetch_untold_calls(house.runtime) == 1

    assert house.call(attempt)["call_status"] == "completed"


def test_a_round_goes_on_after_a_call_that_cannot_be_fetched(house):
    attempt = house.dialled()
    house.status(attempt, "in-progress")
    house.desk.failure = ProviderError("vapi", "timeout", Outcome.UNKNOWN)
    nothing_heard(house.owner)

    assert fetch_untold_calls(house.runtime) == 0
    assert house.call(attempt)["ended_at"] is None


def test_the_round_that_ends_our_own_calls_leaves_these_alone(house):
    attempt = house.dialled()
    house.status(attempt, "in-progress")
    nothing_heard(house.owner)

    overdue = house.runtime.database.call("overdue_calls", max_call_s=1.0)["calls"]

    assert attempt.call_id not in [each["call_sid"] for each in overdue]


# --- a wish to be left alone ----------------------------------------------------------------------


def said_in(
    house: LedHouse, *said: tuple[str, str], reason: str = "customer-ended-call"
) -> tuple[Attempt, int]:
    attempt = house.dialled()
    house.reports(attempt, reason, *said)
    return attempt, house.call(attempt)["id"]


def stopped(house: LedHouse, attempt: Attempt) -> bool:
    found = house.owner.execute(
        "select reason from public.suppressions where phone_number = %s and until is null", [attempt.number]
    ).fetchall()
    return found == [("spoken_request",)]


@pytest.mark.parametrize(
    ("words", "stops"),
    [
        ("Please stop calling me.", True),
        ("Take me off your list.", True),
        ("Don't ever call this number again.", True),
        ("Remove my number, please.", True),
        ("Ruft mich nie wieder an.", True),
        ("No me llamen más.", True),
        ("Ne m'appelez plus jamais.", True),
        ("Never call me again.", True),
        ("Friday is fine.", False),
        ("I can't stop laughing.", False),
        ("Please call me again tomorrow.", False),
        ("My bus stop is near.", False),
        ("No thanks, Friday does not work.", False),
    ],
)
def test_a_wish_to_be_left_alone_is_kept_from_then_on(house, words, stops):
    attempt, call_id = said_in(house, ("bot", "Hello, does Friday work?"), ("user", words))

    assert judge_words(house.runtime, call_id) is stops
    assert judge_words(house.runtime, call_id) is stops

    assert stopped(house, attempt) is stops
    again = house.runtime.database.call("is_suppressed", number=attempt.number, scope="calls")
    assert again["suppressed"] is stops


def test_a_mailbox_asks_for_nothing(house):
    attempt, call_id = said_in(
        house, ("user", "Please stop calling me, and leave a message after the tone."), reason="voicemail"
    )

    assert judge_words(house.runtime, call_id) is False
    assert not stopped(house, attempt)


@pytest.mark.parametrize("words", ["Cancel.", "Stop.", "I never want to hear from you again."])
@pytest.mark.parametrize("stops", [True, False])
def test_what_may_be_an_answer_is_judged_a_second_time(house, words, stops):
    attempt, call_id = said_in(house, ("bot", "Do you want to keep or cancel it?"), ("user", words))
    house.runtime.model = Opinions(stops)

    assert judge_words(house.runtime, call_id) is stops
    assert stopped(house, attempt) is stops


def test_a_wish_that_nobody_can_judge_now_is_judged_later(house):
    _, call_id = said_in(house, ("bot", "Hello"), ("user", "Stop."))
    house.runtime.model = Opinions(None)

    with pytest.raises(NoOpinion):
        judge_words(house.runtime, call_id)


class Opinions:
    """A model that says one thing, or nothing."""

    def __init__(self, stop: bool | None) -> None:
        self.stop = stop

    def complete_json(self, request: Any, *, name: str, wanted: Any) -> Any:
        if self.stop is None:
            raise ProviderError("openai", "timeout", Outcome.UNKNOWN)
        return wanted(stop=self.stop)
