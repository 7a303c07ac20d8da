"""What the service needs of its simulator: a call, a text, a dial and a recording, with the service's own codecs and clients.

Everything else about the simulator is tested beside it, by `make test-simulator`.
"""

import pytest
from flask import Response

from simulator.carrier.exchange import Exchange
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import ACCOUNT, CALLER, NUMBER, TOKEN, FakeProduct, exchange, phone, product
from voicebot.providers.ports import NewCall, NewMessage
from voicebot.providers.twilio.messaging import TwilioMessaging
from voicebot.providers.twilio.telephony import TwilioTelephony
from voicebot.transports.twilio import twiml
from voicebot.transports.twilio.signatures import signature_of

__all__ = ["exchange", "phone", "product"]


def hello(product: FakeProduct, *before: twiml.Item) -> str:
    items = [*before, twiml.Spoken("Hello. How can I help you?")]
    return twiml.listen(items, twiml.Listening(f"{product.url}/turn"), language="en-US")


@pytest.fixture
def telephony(exchange: Exchange) -> TwilioTelephony:
    return TwilioTelephony(ACCOUNT, TOKEN, exchange.config.base_url)


@pytest.fixture
def messaging(exchange: Exchange) -> TwilioMessaging:
    return TwilioMessaging(ACCOUNT, TOKEN, exchange.config.base_url)


def all_signed(product: FakeProduct) -> bool:
    return all(
        signature_of(each.url, each.form.to_dict(flat=False), TOKEN) == each.headers["X-Twilio-Signature"]
        for each in product.received
    )


def test_a_call_is_answered_heard_and_reported(product: FakeProduct, phone: PhoneClient) -> None:
    product.on("/voice", Response(hello(product), mimetype="text/xml"))
    product.says("<Say>Goodbye</Say><Hangup/>", path="/turn")

    sid = phone.call(CALLER)
    phone.say(sid, "When are you open?")
    view = phone.wait(sid, "over")
    assert phone.callbacks_idle()

    assert [item["text"] for item in view["heard"]] == [
        *("Hello. How can I help you?", "When are you open?", "Goodbye", "bot")
    ]
    assert product.to("/voice")[0].form["From"] == CALLER
    assert product.to("/turn")[0].form["SpeechResult"] == "When are you open?"
    assert product.to("/status")[0].form["CallStatus"] == "completed"
    assert all_signed(product)


def test_a_text_comes_in_is_answered_and_its_delivery_is_reported(
    product: FakeProduct, phone: PhoneClient, messaging: TwilioMessaging
) -> None:
    phone.text("Hello", CALLER)
    assert phone.callbacks_idle()
    [received] = product.to("/sms")

    answer = NewMessage(
        to=received.form["From"], body="Hi", from_number=NUMBER, status_url=f"{product.url}/delivery"
    )
    sent = messaging.send_message(answer)
    assert phone.callbacks_idle()

    assert [text["body"] for text in phone.texts(CALLER)] == ["Hello", "Hi"]
    assert messaging.fetch_message(sent.sid).status == "delivered"
    assert {each.form["MessageStatus"] for each in product.to("/delivery")} == {"sent", "delivered"}
    assert all_signed(product)


def test_a_dial_rings_is_answered_and_fetches_what_it_says(
    product: FakeProduct, phone: PhoneClient, telephony: TwilioTelephony
) -> None:
    product.says("<Say>This is your code.</Say>", path="/outbound")

    sid = telephony.create_call(
        NewCall(
            to=CALLER,
            from_number=NUMBER,
            url=f"{product.url}/outbound",
            fallback_url=f"{product.url}/outbound",
            status_url=f"{product.url}/status",
        )
    )
    view = phone.wait(sid, "over")
    assert phone.callbacks_idle()

    assert "This is your code." in [item["text"] for item in view["heard"]]
    reported = {each.form["CallStatus"] for each in product.to("/status")}
    assert reported == {"initiated", "ringing", "in-progress", "completed"}
    assert telephony.fetch_call(sid).status == "completed"


def test_a_recording_is_begun_by_the_document_and_reported_when_it_is_done(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.on(
        "/voice",
        Response(hello(product, twiml.StartRecording(f"{product.url}/recording")), mimetype="text/xml"),
    )
    product.on("/recording", "")

    sid = phone.call(CALLER)
    phone.wait(sid, "speech")
    phone.hangup(sid)
    phone.wait(sid, "over")
    assert phone.callbacks_idle()

    [reported] = product.to("/recording")
    assert (reported.form["CallSid"], reported.form["RecordingStatus"]) == (sid, "completed")
    assert reported.form["RecordingSid"].startswith("RE")
