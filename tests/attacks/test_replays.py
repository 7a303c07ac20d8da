"""A request that Twilio signed, sent again by somebody who saw it: at another time, to another place, in another order."""

import uuid
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests.house import NUMBER

pytestmark = [pytest.mark.sql, pytest.mark.timeout(300)]
PEOPLE = "+1303555{:04d}"


def signature(besieged, path, form):
    validator = RequestValidator(besieged.house.settings.twilio_auth_tokens[0])
    return {
        "X-Twilio-Signature": validator.compute_signature(f"{besieged.house.settings.public_url}{path}", form)
    }


def form_of(besieged, **more):
    account = besieged.house.settings.twilio_account_sid
    return {"AccountSid": account, "From": PEOPLE.format(uuid.uuid4().int % 100 + 100), "To": NUMBER} | more


def text(besieged, body="What do you cost?"):
    sid = f"SM{uuid.uuid4().hex}"
    return form_of(besieged, MessageSid=sid, SmsSid=sid, Body=body, NumMedia="0", SmsStatus="received")


def one(besieged, query, *values):
    return besieged.owner.execute(query, values).fetchone()[0]


def test_a_text_that_is_sent_again_whenever_is_one_text_and_is_not_answered_anew(besieged):
    form = text(besieged)
    signed = signature(besieged, "/twilio/sms", form)
    mine = "select count(*) from public.sms_history where from_number = %s"
    thread = """select to_jsonb(c) from public.conversations c
                  join public.sms_history m on m.conversation_id = c.id where m.message_sid = %s"""

    assert besieged.stranger.posts("/twilio/sms", form, signed).status == 200
    # It was answered, and an hour goes by, and a month.
    for ago in ("1 hour", "31 days"):
        besieged.owner.execute(
            "update public.sms_history set created_at = created_at - %s::interval where from_number = %s",
            [ago, form["From"]],
        )
        before = one(besieged, thread, form["MessageSid"])
        assert besieged.stranger.posts("/twilio/sms", form, signed).status == 200
        # Nothing waits for an answer that did not wait before.
        assert one(besieged, thread, form["MessageSid"]) == before

    assert one(besieged, mine, form["From"]) == 1


def test_what_was_signed_for_one_place_and_method_opens_no_other(besieged):
    form = text(besieged, "elsewhere")
    signed = signature(besieged, "/twilio/sms", form)
    body = urlencode(form).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    paths = ("/twilio/voice", "/twilio/sms/status", "/twilio/sms?a=1", "/twilio/sms/", "//twilio/sms", "/twilio//sms", "/twilio/sms;a",
             "/TWILIO/sms", "/twilio/%73ms", "/twilio/voice/turn?turn=1")  # fmt: skip
    for path in paths:
        answer = besieged.stranger.asks("POST", path, {**kind, **signed}, body)
        assert answer.status in (403, 404, 405, 308), (path, answer.status)
    for method in ("GET", "PUT", "PATCH", "DELETE", "QUERY"):
        for path in ("/twilio/sms", f"/twilio/sms?{urlencode(form)}"):
            answer = besieged.stranger.asks(method, path, {**kind, **signed}, body)
            assert answer.status in (403, 405), (method, path, answer.status)
    # The same words in a body of another kind are another request.
    for other in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
        assert (
            besieged.stranger.asks("POST", "/twilio/sms", {"Content-Type": other, **signed}, body).status
            == 403
        )

    assert (
        one(besieged, "select count(*) from public.sms_history where message_sid = %s", form["MessageSid"])
        == 0
    )


def test_a_call_that_is_over_is_not_begun_again_and_no_old_status_wakes_it(besieged):
    call = form_of(besieged, CallSid=f"CA{uuid.uuid4().hex}", Direction="inbound", CallStatus="ringing")
    steps = [
        ("/twilio/voice", call),
        ("/twilio/voice/status", call | {"CallStatus": "in-progress", "SequenceNumber": "1"}),
        (
            "/twilio/voice/status",
            call | {"CallStatus": "completed", "CallDuration": "9", "SequenceNumber": "2"},
        ),
    ]
    signed = [signature(besieged, path, form) for path, form in steps]
    for (path, form), headers in zip(steps, signed, strict=True):
        assert besieged.stranger.posts(path, form, headers).status in (200, 204)
    state = "select jsonb_build_array(call_status, ended_at, duration) from public.call_history where call_sid = %s"
    over = one(besieged, state, call["CallSid"])

    for (path, form), headers in [*zip(steps, signed, strict=True)][::-1]:
        assert besieged.stranger.posts(path, form, headers).status in (200, 204)

    assert over[0] == "completed" and one(besieged, state, call["CallSid"]) == over
    assert one(besieged, "select count(*) from public.call_history where call_sid = %s", call["CallSid"]) == 1
