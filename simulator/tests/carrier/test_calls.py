"""An inbound call from its first ring to its last callback."""

import time

from flask import Response
from twilio.request_validator import RequestValidator

from simulator.carrier.exchange import Exchange
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import ACCOUNT, CALLER, NUMBER, TOKEN, FakeProduct, twiml
from tests.support.waiting import wait_for

LISTEN = '<Gather input="speech dtmf" action="/turn" actionOnEmptyResult="true" timeout="3"><Say>Hello</Say></Gather>'


def heard(view: dict) -> list[tuple[str, str | None]]:
    return [(item["kind"], item["text"]) for item in view["heard"]]


def test_a_call_is_greeted_answered_and_reported(product: FakeProduct, phone: PhoneClient) -> None:
    product.says(LISTEN)
    product.says("<Say>Goodbye</Say><Hangup/>", path="/turn")

    sid = phone.call(CALLER)
    phone.wait(sid, "speech")
    phone.say(sid, "what time is it", confidence=0.9)
    view = phone.wait(sid, "over")

    assert heard(view) == [
        ("say", "Hello"),
        ("caller", "what time is it"),
        ("say", "Goodbye"),
        ("hangup", "bot"),
    ]
    assert view["status"] == "completed"
    [turn] = product.to("/turn")
    assert (turn.form["SpeechResult"], turn.form["Confidence"]) == ("what time is it", "0.9")
    assert turn.form["CallStatus"] == "in-progress"
    assert phone.callbacks_idle()
    [status] = product.to("/status")
    assert status.form["CallStatus"] == "completed"
    assert status.form["SequenceNumber"] == "0"
    assert "SipResponseCode" not in status.form
    assert int(status.form["CallDuration"]) >= 1


def test_every_webhook_is_signed_over_all_its_fields(product: FakeProduct, phone: PhoneClient) -> None:
    product.says(LISTEN)
    product.says("<Hangup/>", path="/turn")

    sid = phone.call(CALLER)
    phone.say(sid, "hello")
    phone.wait(sid, "over")
    assert phone.callbacks_idle()

    validator = RequestValidator(TOKEN)
    assert [each.path for each in product.received] == ["/voice", "/turn", "/status"]
    for each in product.received:
        assert validator.validate(each.url, each.form, each.headers["X-Twilio-Signature"])


def test_the_first_webhook_has_the_fields_that_were_recorded_live(
    product: FakeProduct, phone: PhoneClient, handbook_forms: dict
) -> None:
    product.says("<Hangup/>")

    phone.wait(phone.call(CALLER), "over")

    recorded = handbook_forms["live-inbound-voice-webhook"]
    form = product.to("/voice")[0].form
    assert set(form) == set(recorded)
    assert {name for name, value in form.items() if value == ""} == {
        name for name, value in recorded.items() if value == ""
    }
    assert (form["CallStatus"], form["Direction"], form["AccountSid"]) == ("ringing", "inbound", ACCOUNT)
    assert (form["From"], form["To"]) == (CALLER, NUMBER)


def test_the_number_s_status_callback_has_the_fields_that_were_recorded_live(
    product: FakeProduct, phone: PhoneClient, handbook_forms: dict
) -> None:
    product.says("<Hangup/>")

    phone.wait(phone.call(CALLER), "over")
    assert phone.callbacks_idle()

    recorded = set(handbook_forms["live-inbound-number-status-callback"])
    # The recording left out what depends on the caller's network.
    assert set(product.to("/status")[0].form) - recorded <= {"StirVerstat", "CallToken"}
    assert recorded <= set(product.to("/status")[0].form)


def test_a_caller_who_hangs_up_ends_the_call_while_a_webhook_is_still_under_way(
    product: FakeProduct, phone: PhoneClient
) -> None:
    def slowly() -> Response:
        time.sleep(1.5)
        return twiml("<Say>Too late</Say>")

    product.says(LISTEN)
    product.on("/turn", slowly)

    sid = phone.call(CALLER)
    phone.say(sid, "hello")
    wait_for(lambda: product.to("/turn"))
    phone.hangup(sid)
    began = time.monotonic()
    view = phone.wait(sid, "over")

    assert time.monotonic() - began < 1.0
    assert view["status"] == "completed"
    assert ("say", "Too late") not in heard(view)


def test_a_caller_who_gives_up_before_the_answer_was_never_served(
    product: FakeProduct, phone: PhoneClient
) -> None:
    def slowly() -> Response:
        time.sleep(0.5)
        return twiml("<Say>Hello</Say>")

    product.on("/voice", slowly)

    sid = phone.call(CALLER)
    phone.hangup(sid)
    view = phone.wait(sid, "over")

    assert view["status"] == "canceled"


def test_reject_as_the_first_verb_leaves_the_call_unanswered(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says('<Reject reason="busy"/>')
    busy = phone.wait(phone.call(CALLER), "over")
    product.says("<Reject/>")
    rejected = phone.wait(phone.call(CALLER), "over")

    assert (busy["status"], rejected["status"]) == ("busy", "no-answer")


def test_acts_after_the_end_are_refused(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Hangup/>")
    sid = phone.call(CALLER)
    phone.wait(sid, "over")

    statuses = []
    for act in (lambda: phone.say(sid, "hello"), lambda: phone.keys(sid, "1"), lambda: phone.hangup(sid)):
        try:
            act()
        except Exception as error:
            statuses.append(getattr(error, "status", None))

    assert statuses == [409, 409, 409]


def test_the_end_of_a_document_is_the_end_of_the_call(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Say>That is all</Say>")

    view = phone.wait(phone.call(CALLER), "over")

    assert heard(view) == [("say", "That is all"), ("hangup", "bot")]


def test_documents_that_only_lead_to_each_other_are_stopped(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    product.says("<Redirect>/voice</Redirect>")

    view = phone.wait(phone.call(CALLER), "over", timeout_s=60)

    assert view["status"] == "completed"
    assert any("documents in a row" in alert["text"] for alert in view["alerts"])


def test_two_calls_at_once_do_not_hear_each_other(product: FakeProduct, phone: PhoneClient) -> None:
    product.says(LISTEN)
    product.says("<Hangup/>", path="/turn")

    first, second = phone.call("+12025550111"), phone.call("+12025550112")
    phone.say(first, "I am the first")
    phone.say(second, "I am the second")
    views = [phone.wait(sid, "over") for sid in (first, second)]

    assert [heard(view)[1] for view in views] == [("caller", "I am the first"), ("caller", "I am the second")]
