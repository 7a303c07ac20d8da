"""Texts to the bot: what the webhook carries, what becomes of its answer, what never arrives (handbook 6.1, 1.2)."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from flask import Response

from simulator.carrier.exchange import Exchange
from simulator.carrier.wire.signature import sign
from simulator.phone.client import PhoneClient, PhoneRefused
from simulator.tests.fake_product import ACCOUNT, CALLER, NUMBER, FakeProduct, Rest, twiml


def delivered_form(product: FakeProduct, phone: PhoneClient, body: str = "Hello", **more: object) -> dict:
    """Text the bot; the form of the one webhook that came of it."""
    phone.text(body, **more)
    assert phone.callbacks_idle()
    [received] = product.to("/sms")
    return received.form.to_dict()


def documented(message_vectors: dict, name: str) -> dict[str, str]:
    [found] = [each["form"] for each in message_vectors["messaging"] if each["id"] == name]
    return found


def test_a_text_carries_the_fields_that_were_seen_in_production(
    product: FakeProduct, phone: PhoneClient, message_vectors: dict
) -> None:
    form = delivered_form(product, phone, "Grüße")

    seen = documented(message_vectors, "courier-receiveValid")
    assert set(form) == set(seen)
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"]
    assert {name: form[name] for name in ("From", "To", "Body", "NumMedia", "SmsStatus", "FromCountry")} == {
        "From": CALLER,
        "To": NUMBER,
        "Body": "Grüße",
        "NumMedia": "0",
        "SmsStatus": "received",
        "FromCountry": "US",
    }


def test_a_text_is_signed_over_all_of_it(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    delivered_form(product, phone, "a&b=c ☃")

    [received] = product.to("/sms")
    assert received.headers["X-Twilio-Signature"] == sign(
        exchange.config.auth_token, received.url, received.form.items()
    )


def test_pictures_are_named_by_address_and_type_and_can_be_fetched(
    product: FakeProduct, phone: PhoneClient, message_vectors: dict
) -> None:
    form = delivered_form(product, phone, "", media=["data:text/vcard;base64,QkVHSU4=", "image/png"])

    assert set(documented(message_vectors, "doc-inbound-mms")) <= set(form)
    assert (form["NumMedia"], form["MediaContentType0"], form["Body"]) == ("2", "text/vcard", "")
    assert form["MessageSid"].startswith("MM")
    assert f"/Accounts/{ACCOUNT}/Messages/{form['MessageSid']}/Media/ME" in form["MediaUrl0"]
    assert requests.get(form["MediaUrl0"], timeout=5).content == b"BEGIN"
    assert requests.get(form["MediaUrl1"], timeout=5).content.startswith(b"\x89PNG")


def test_pictures_can_ask_for_credentials(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    phone.knobs({"media_auth": True})

    url = delivered_form(product, phone, "", media=["image/png"])["MediaUrl0"]

    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(url, auth=rest.auth, timeout=5).headers["Content-Type"] == "image/png"


@pytest.mark.parametrize(
    ("address", "own", "missing"),
    [
        ("+13035550111", {"WaId": "13035550111"}, "ExternalUserId"),
        ("US.1234", {"ExternalUserId": "US.1234"}, "WaId"),
    ],
)
def test_whatsapp_names_its_sender_who_need_not_have_a_number(
    product: FakeProduct, phone: PhoneClient, address: str, own: dict, missing: str
) -> None:
    form = delivered_form(
        product, phone, from_number=address, channel="whatsapp", profile_name="Perspective Coffee"
    )

    assert (form["From"], form["To"]) == (f"whatsapp:{address}", f"whatsapp:{NUMBER}")
    assert form["ProfileName"] == "Perspective Coffee"
    assert own.items() <= form.items()
    assert missing not in form


def test_numbers_in_a_service_name_it(product: FakeProduct, phone: PhoneClient, exchange: Exchange) -> None:
    phone.knobs({"numbers_in_service": True})

    assert delivered_form(product, phone)["MessagingServiceSid"] == exchange.service_sid


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response("no", status=500), 11200),
        (Response("<Response>", mimetype="text/xml"), 12100),
        (Response("{}", mimetype="application/json"), 12300),
        (twiml("<Message>The product answers over REST.</Message>"), 12400),
    ],
)
def test_an_answer_that_fails_sends_nothing_and_is_an_alert(
    product: FakeProduct, phone: PhoneClient, answer: Response, code: int
) -> None:
    product.on("/sms", answer)

    sid = phone.text("Hello")
    assert phone.callbacks_idle()

    assert [alert["error_code"] for alert in phone.alerts(sid)] == [code]
    assert len(product.to("/sms")) == 1
    assert len(phone.texts()) == 1


def test_the_fallback_is_asked_when_the_first_address_fails(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange, texts_back: Callable[..., Any]
) -> None:
    number, *_ = exchange.numbers.all()
    exchange.numbers.change(number.sid, {"SmsFallbackUrl": f"{product.url}/spare"})
    product.on("/sms", Response("no", status=503))
    product.on("/spare", texts_back("Later", path="/spare"))

    phone.text("Hello")
    texts = phone.wait_text(after=1)

    [fallback] = product.to("/spare")
    assert (fallback.form["ErrorCode"], fallback.form["ErrorUrl"]) == ("11200", f"{product.url}/sms")
    assert texts[-1]["body"] == "Later"


def test_overrides_of_the_address_bring_the_text_again_with_the_same_token(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    number, *_ = rest.get("/IncomingPhoneNumbers.json").json()["incoming_phone_numbers"]
    rest.post(f"/IncomingPhoneNumbers/{number['sid']}.json", SmsUrl=f"{product.url}/sms#rc=3&rp=5xx")
    product.on("/sms", Response("no", status=503), Response("no", status=503), twiml(""))

    phone.text("Hello")
    assert phone.callbacks_idle()

    tokens = [each.headers["I-Twilio-Idempotency-Token"] for each in product.to("/sms")]
    assert len(tokens) == 3
    assert len(set(tokens)) == 1


def test_a_number_without_an_address_keeps_the_text_in_the_list(
    product: FakeProduct, phone: PhoneClient, rest: Rest, exchange: Exchange
) -> None:
    number, *_ = exchange.numbers.all()
    exchange.numbers.change(number.sid, {"SmsUrl": ""})

    sid = phone.text("Hello")
    assert phone.callbacks_idle()

    [listed] = rest.get("/Messages.json", From=CALLER).json()["messages"]
    assert (listed["sid"], listed["status"], listed["direction"]) == (sid, "received", "inbound")
    assert not product.to("/sms")


def test_a_dropped_text_stands_only_in_the_list(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    phone.knobs({"drop_inbound": 1})

    sids = [phone.text("One"), phone.text("Two")]
    assert phone.callbacks_idle()

    assert [each.form["Body"] for each in product.to("/sms")] == ["Two"]
    listed = rest.get("/Messages.json", **{"DateSent>": "2020-01-01"}).json()["messages"]
    assert [each["sid"] for each in listed] == sids[::-1]


def test_a_text_can_be_delivered_several_times_two_of_them_at_once(
    product: FakeProduct, phone: PhoneClient
) -> None:
    phone.knobs({"redeliver_inbound": 2})

    with product.holding_back():
        phone.text("Hello")
        while len(product.to("/sms")) < 2:
            pass
    assert phone.callbacks_idle()

    assert len({each.form["MessageSid"] for each in product.to("/sms")}) == 1
    assert len(product.to("/sms")) == 3
    assert len(phone.texts()) == 1


def test_the_same_sid_is_the_same_text_again(product: FakeProduct, phone: PhoneClient) -> None:
    sid = phone.text("Hello", sid="SM" + "5" * 32)
    phone.text("Hello", sid=sid)
    assert phone.callbacks_idle()

    assert [each.form["MessageSid"] for each in product.to("/sms")] == [sid, sid]
    assert len(phone.texts()) == 1


@pytest.mark.parametrize(
    ("body", "is_code"),
    [("123456", True), ("482 913", True), ("my code is 4829", True), ("at 5", False), ("March 2024", False)],
)
def test_texts_like_codes_are_passed_on_redacted_and_shown_as_failed(
    product: FakeProduct, phone: PhoneClient, rest: Rest, body: str, is_code: bool
) -> None:
    phone.knobs({"code_filter": "redact"})

    form = delivered_form(product, phone, body)

    shown = rest.get(f"/Messages/{form['MessageSid']}.json").json()
    assert (form["Body"] == body) is not is_code
    assert (shown["status"], shown["error_code"]) == (("failed", 30038) if is_code else ("received", None))


@pytest.mark.parametrize(("setting", "arrived"), [("drop", []), ("off", ["123456"])])
def test_texts_like_codes_may_not_arrive_at_all_or_pass(
    product: FakeProduct, phone: PhoneClient, setting: str, arrived: list[str]
) -> None:
    phone.knobs({"code_filter": setting})

    phone.text("123456")
    assert phone.callbacks_idle()

    assert [each.form["Body"] for each in product.to("/sms")] == arrived


def test_a_text_between_own_numbers_comes_in_again(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    rest.post("/Messages.json", From=NUMBER, To=NUMBER, Body="How are you?")
    assert phone.callbacks_idle()

    assert [each.form["Body"] for each in product.to("/sms")] == ["How are you?"]


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"body": "Hi"}, 400),
        ({"from": CALLER, "body": 5}, 400),
        ({"from": CALLER, "body": "x" * 1601}, 400),
        ({"from": CALLER, "media": ["nothing"]}, 400),
        ({"from": CALLER, "media": ["data:image/png;base64,!"]}, 400),
        ({"from": CALLER, "channel": "pigeon"}, 400),
        ({"from": CALLER, "to": "+13035550100"}, 404),
    ],
)
def test_a_text_that_makes_no_sense_is_refused(phone: PhoneClient, wish: dict, status: int) -> None:
    assert requests.post(f"{phone.base_url}/phone/texts", json=wish, timeout=5).status_code == status


def test_waiting_passes_over_what_was_seen_and_gives_up_in_time(
    product: FakeProduct, phone: PhoneClient, texts_back: Callable[..., Any]
) -> None:
    product.on("/sms", texts_back("One"), twiml(""))
    phone.text("Hello")
    last = phone.wait_text(after=0)[-1]

    with pytest.raises(TimeoutError):
        phone.wait_text(after=last["n"], timeout_s=0.2)
    with pytest.raises(PhoneRefused):
        phone.wait_text("", timeout_s=0.2)
    assert (last["n"], last["direction"], last["body"]) == (2, "outbound", "One")
