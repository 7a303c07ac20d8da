"""What Vapi says and how it proves itself, by the recorded messages (providers' handbook 5), and by what liars send."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from tests.vectors import PROVIDERS, read
from voicebot.domain.call.state import EndReason
from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.dialling.answerer import Answerer
from voicebot.domain.dialling.led_calls import Fate, answerer_of_call, status_of
from voicebot.transports.vapi.ended_reasons import end_reason_of, fate_of
from voicebot.transports.vapi.messages import Unreadable, attempt_of, call_of, told_by

VECTORS = read(PROVIDERS / "vapi.json")
CLASSES = VECTORS["ended_reason_classes"]["classes"]
WEBHOOKS = {each["id"]: each for each in VECTORS["webhooks"]}
ATTEMPT = "0f8fad5b-d9cb-469f-a165-70867728950e"
NOW = 1795896065.0


# --- why a call ended -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fate"),
    [
        ("talked", Fate.TALKED),
        ("voicemail", Fate.VOICEMAIL),
        ("busy", Fate.BUSY),
        ("no-answer", Fate.NO_ANSWER),
        ("bad-number", Fate.BAD_NUMBER),
        ("canceled", Fate.CANCELED),
        ("not-placed", Fate.NOT_PLACED),
        ("failed", Fate.FAILED),
    ],
)
def test_every_reason_of_a_class_is_read_as_the_handbook_has_it(name, fate):
    assert {reason: fate_of(reason) for reason in CLASSES[name]} == dict.fromkeys(CLASSES[name], fate)


def test_every_other_reason_is_a_failure():
    listed = {reason for reasons in CLASSES.values() for reason in reasons}
    others = set(VECTORS["ended_reasons"]["values"]) - listed

    assert len(VECTORS["ended_reasons"]["values"]) == 604
    assert {fate_of(reason) for reason in others} == {Fate.FAILED}


@pytest.mark.parametrize(
    ("reason", "fate"),
    [
        ("something-new-2027", Fate.FAILED),
        ("", Fate.FAILED),
        ("CUSTOMER-BUSY", Fate.FAILED),
        ("call.start.error-subscription-of-2028", Fate.NOT_PLACED),
        ("call.in-progress.error-vapifault-of-2028", Fate.FAILED),
    ],
)
def test_a_reason_that_nobody_knows_is_a_failure_unless_it_says_that_nothing_began(reason, fate):
    assert fate_of(reason) is fate


@pytest.mark.parametrize(
    ("reason", "fate", "why"),
    [
        ("customer-ended-call", Fate.TALKED, EndReason.CALLER_HUNG_UP),
        ("assistant-said-end-call-phrase", Fate.TALKED, EndReason.BOT_ENDED),
        ("assistant-forwarded-call", Fate.TALKED, EndReason.TRANSFERRED),
        ("silence-timed-out", Fate.TALKED, EndReason.SILENCE),
        ("exceeded-max-duration", Fate.TALKED, EndReason.MAX_DURATION),
        ("voicemail", Fate.VOICEMAIL, EndReason.MACHINE),
        ("pipeline-error-openai-llm-failed", Fate.TALKED, EndReason.SERVICE_FAILED),
        ("phone-call-provider-closed-websocket", Fate.TALKED, EndReason.TRANSPORT_LOST),
        ("manually-canceled", Fate.TALKED, EndReason.OPERATOR_ENDED),
        ("customer-busy", Fate.BUSY, None),
        ("pipeline-error-openai-llm-failed", Fate.FAILED, None),
    ],
)
def test_why_a_call_ended_is_told_in_our_words(reason, fate, why):
    assert end_reason_of(reason, fate) is why


@pytest.mark.parametrize("fate", Fate)
def test_every_fate_has_a_status_that_ends_the_call(fate):
    assert status_of(fate) in (
        *(
            CallStatus.COMPLETED,
            CallStatus.BUSY,
            CallStatus.NO_ANSWER,
            CallStatus.CANCELED,
            CallStatus.FAILED,
        ),
    )


# --- messages -------------------------------------------------------------------------------------


def report(reason: str, *said: tuple[str, str], **more: object) -> dict:
    messages = [{"role": role, "message": words, "secondsFromStart": 1.5} for role, words in said]
    call = {"id": "c1", "name": ATTEMPT, "customer": {"number": "+12025550123"}, "status": "in-progress"}
    message = {"type": "end-of-call-report", "endedReason": reason, "artifact": {"messages": messages}}
    return {"message": {**message, "call": call, **more}}


@pytest.mark.parametrize(
    ("vector", "status", "fate"),
    [
        ("vapi-status-queued", CallStatus.QUEUED, None),
        ("vapi-status-ringing", CallStatus.RINGING, None),
        ("vapi-status-in-progress", CallStatus.IN_PROGRESS, None),
        ("vapi-status-ended", CallStatus.COMPLETED, Fate.TALKED),
        ("vapi-report", CallStatus.COMPLETED, Fate.TALKED),
        ("vapi-report-voicemail", CallStatus.COMPLETED, Fate.VOICEMAIL),
        ("vapi-report-failed", CallStatus.FAILED, Fate.NOT_PLACED),
        ("vapi-report-unknown-reason", CallStatus.FAILED, Fate.FAILED),
    ],
)
def test_recorded_messages_say_what_became_of_the_call(vector, status, fate):
    call = told_by(WEBHOOKS[vector]["body"])

    assert (call.call_id, call.status, call.fate) == ("22222222-2222-2222-2222-222222222222", status, fate)
    assert call.whole is ("report" in vector)


@pytest.mark.parametrize("vector", ["vapi-hang", "vapi-other"])
def test_messages_that_tell_nothing_of_a_call_s_fate_mean_nothing(vector):
    assert told_by(WEBHOOKS[vector]["body"]) is None


def test_a_report_tells_words_times_and_cost():
    call = told_by(WEBHOOKS["vapi-report"]["body"])

    assert [(each.by_caller, each.text, each.at_s) for each in call.utterances] == [
        (False, "Hello, this is the surgery.", 0.5),
        (True, "Friday is fine.", 5.0),
    ]
    assert call.cost_usd == Decimal("0.12")
    assert call.duration_s == 60
    assert call.started_at == datetime(2026, 11, 28, 20, 0, 5, tzinfo=UTC)
    assert (call.summary, call.judged, call.end_reason) == (
        "Confirmed Friday.",
        "true",
        EndReason.CALLER_HUNG_UP,
    )


def test_a_reason_of_which_nobody_knows_is_kept_as_text():
    assert told_by(WEBHOOKS["vapi-report-unknown-reason"]["body"]).reason == "something-new-2027"


def test_the_words_of_a_transcript_count_where_there_are_no_messages():
    told = report(
        "customer-ended-call", artifact={"transcript": "AI: Hello.\nIt is me.\nUser: Who: you?\n\nAI: Yes."}
    )

    assert [(each.by_caller, each.text) for each in told_by(told).utterances] == [
        (False, "Hello. It is me."),
        (True, "Who: you?"),
        (False, "Yes."),
    ]


@pytest.mark.parametrize(
    ("reason", "said", "fate", "answerer"),
    [
        ("customer-ended-call", [("bot", "Hi"), ("user", "Hello?")], Fate.TALKED, Answerer.HUMAN),
        ("customer-ended-call", [("bot", "Hi")], Fate.TALKED, Answerer.UNKNOWN),
        ("silence-timed-out", [], Fate.TALKED, Answerer.UNKNOWN),
        ("silence-timed-out", [("user", "Please leave a message after the tone.")], Fate.TALKED, Answerer.VOICEMAIL),
        ("customer-ended-call", [("user", "Mailbox is full. Goodbye.")], Fate.TALKED, Answerer.VOICEMAIL),
        ("voicemail", [("user", "You have reached Ada.")], Fate.VOICEMAIL, Answerer.VOICEMAIL),
        ("voicemail", [], Fate.VOICEMAIL, Answerer.VOICEMAIL),
        ("customer-busy", [], Fate.BUSY, None),
        ("customer-did-not-answer", [], Fate.NO_ANSWER, None),
        # It broke off, but somebody had answered: who talked with us is not dialled again.
        ("pipeline-error-openai-llm-failed", [("user", "Yes?")], Fate.TALKED, Answerer.HUMAN),
        ("pipeline-error-openai-llm-failed", [], Fate.FAILED, None),
        ("worker-shutdown", [("bot", "Hello"), ("user", "Yes?")], Fate.TALKED, Answerer.HUMAN),
        ("manually-canceled", [("user", "Yes?")], Fate.TALKED, Answerer.HUMAN),
        ("manually-canceled", [], Fate.CANCELED, None),
        ("call.start.error-get-assistant", [], Fate.NOT_PLACED, None),
        ("twilio-reported-customer-misdialed", [], Fate.BAD_NUMBER, None),
    ],
)  # fmt: skip
def test_who_answered_is_told_by_the_reason_and_by_the_words(reason, said, fate, answerer):
    call = told_by(report(reason, *said))

    assert call.fate is fate
    assert answerer_of_call(call.fate, call.utterances) is answerer


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "no_message"),
        ([], "no_message"),
        ("words", "no_message"),
        ({}, "no_message"),
        ({"message": []}, "no_message"),
        ({"message": {}}, "no_message"),
        ({"message": {"type": 5}}, "no_message"),
        ({"message": {"type": "end-of-call-report"}}, "no_call"),
        ({"message": {"type": "end-of-call-report", "call": "c1"}}, "no_call"),
        ({"message": {"type": "end-of-call-report", "call": {}}}, "no_call_id"),
        ({"message": {"type": "end-of-call-report", "call": {"id": ""}}}, "no_call_id"),
        ({"message": {"type": "end-of-call-report", "call": {"id": 7}}}, "no_call_id"),
        ({"message": {"type": "end-of-call-report", "call": {"id": "x" * 65}}}, "no_call_id"),
        ({"message": {"type": "end-of-call-report", "call": {"id": "a\nb"}}}, "no_call_id"),
        ({"message": {"type": "status-update", "call": {"id": "c1"}}}, "unknown_status"),
        ({"message": {"type": "status-update", "status": "flying", "call": {"id": "c1"}}}, "unknown_status"),
        ({"message": {"type": "status-update", "status": ["ended"], "call": {"id": "c1"}}}, "unknown_status"),
    ],
)
def test_what_makes_no_sense_is_said_so(body, code):
    with pytest.raises(Unreadable) as wrong:
        told_by(body)

    assert str(wrong.value) == code


@pytest.mark.parametrize(
    "more",
    [
        {"artifact": None},
        {"artifact": []},
        {"artifact": {"messages": "words"}},
        {"artifact": {"messages": [None, 5, [], {"role": []}, {"role": "user"}, {"role": "system", "message": "x"}]}},
        {"artifact": {"messages": [{"role": "user", "message": {"a": 1}}]}},
        {"artifact": {"transcript": 5}},
        {"analysis": "good"},
        {"cost": "much"}, {"cost": -1}, {"cost": True}, {"cost": 1e300}, {"cost": [1]}, {"cost": "NaN"}, {"cost": None},
        {"startedAt": "yesterday", "endedAt": 5},
        {"startedAt": "9999-12-31T23:59:59-23:00"},
        {"customer": "Ada"}, {"customer": {"number": 5}}, {"customer": {"number": "9" * 100}},
        {"phoneNumber": None},
        {"endedReason": ["voicemail"]},
    ],
)  # fmt: skip
def test_a_field_that_has_no_meaning_is_left_out(more):
    call = told_by(report("customer-ended-call", **more))

    assert call.whole
    assert call.utterances == ()
    assert call.cost_usd is None


def test_endless_words_are_cut():
    said = [("user", "na " * 50_000)] * 5000

    call = told_by(report("customer-ended-call" * 100, *said))

    assert len(call.utterances) == 1000
    assert max(len(each.text) for each in call.utterances) <= 4000
    assert len(call.reason) == 200


def test_a_report_that_ends_before_it_begins_lasted_no_time():
    call = told_by(report("customer-ended-call", ("user", "Hi"), startedAt="2026-11-28T20:00:05Z", endedAt="2026-11-28T20:00:00Z"))  # fmt: skip

    assert call.duration_s == 0


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        (ATTEMPT, UUID(ATTEMPT)),
        (ATTEMPT.upper(), UUID(ATTEMPT)),
        (f"{{{ATTEMPT}}}", None), (ATTEMPT.replace("-", ""), None), (f" {ATTEMPT}", None), ("at_1", None), ("", None),
        (None, None), (5, None), ({"id": ATTEMPT}, None), (f"urn:uuid:{ATTEMPT}", None),
    ],
)  # fmt: skip
def test_only_a_name_that_we_gave_is_an_attempt_s(name, ours):
    assert attempt_of(name) == ours


def test_a_message_cannot_say_whose_its_call_is():
    other = str(uuid4())

    call = told_by(report("customer-busy", id="c2", name=other))

    assert (call.call_id, call.attempt_id) == ("c1", UUID(ATTEMPT))


def test_a_listed_call_is_read_like_a_report():
    (resource,) = VECTORS["list"]["response"]["body"]

    assert call_of(resource).fate is Fate.BUSY
    assert call_of(resource).whole
    with pytest.raises(Unreadable):
        call_of(["call"])
