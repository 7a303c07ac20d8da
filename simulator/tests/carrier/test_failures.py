"""What happens when a document cannot be fetched or carried out (handbook 1.1, 1.2)."""

import time

import pytest
from flask import Response, redirect
from twilio.request_validator import RequestValidator

from simulator.carrier.books.numbers import OwnNumber
from simulator.carrier.exchange import Exchange
from simulator.carrier.verbs.speaking import ERROR_MESSAGE
from simulator.phone.client import PhoneClient
from simulator.tests.fake_product import FakeProduct, twiml


def point(exchange: Exchange, **changes: str) -> OwnNumber:
    """Change the URLs of the account's number."""
    number, *_ = exchange.numbers.all()
    return exchange.numbers.change(number.sid, changes)


def says(view: dict) -> list[str]:
    return [item["text"] for item in view["heard"] if item["kind"] == "say"]


def codes(view: dict) -> list[int]:
    return [alert["error_code"] for alert in view["alerts"]]


def test_the_fallback_is_asked_with_the_error_it_is_for(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    point(exchange, VoiceFallbackUrl=f"{product.url}/fallback")
    product.on("/voice", Response("no", status=500))
    product.says("<Say>One moment please</Say>", path="/fallback")

    view = phone.wait(phone.call(), "over")

    [fallback] = product.to("/fallback")
    assert fallback.form["ErrorCode"] == "11200"
    assert fallback.form["ErrorUrl"] == f"{product.url}/voice"
    assert says(view) == ["One moment please"]


def test_the_fallback_s_error_fields_can_be_left_out(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    phone.knobs({"fallback_error_fields": False})
    point(exchange, VoiceFallbackUrl=f"{product.url}/fallback")
    product.says("<Hangup/>", path="/fallback")
    product.on("/voice", Response("no", status=500))

    phone.wait(phone.call(), "over")

    assert "ErrorCode" not in product.to("/fallback")[0].form


@pytest.mark.parametrize(
    ("knob", "status", "spoken"), [("busy", "busy", []), ("message", "completed", [ERROR_MESSAGE])]
)
def test_an_unanswered_call_whose_webhook_fails_is_busy_or_hears_the_error_message(
    product: FakeProduct, phone: PhoneClient, knob: str, status: str, spoken: list[str]
) -> None:
    phone.knobs({"unanswered_502": knob})
    product.on("/voice", Response("bad gateway", status=502))

    view = phone.wait(phone.call(), "over")

    assert (view["status"], says(view), codes(view)) == (status, spoken, [11200])


def test_a_failure_later_in_the_call_ends_with_the_error_message(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says("<Say>Hello</Say><Redirect>/next</Redirect>")
    product.on("/next", Response("no", status=500))

    view = phone.wait(phone.call(), "over")

    assert says(view) == ["Hello", ERROR_MESSAGE]


def test_a_fallback_that_fails_too_ends_with_the_error_message(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    phone.knobs({"unanswered_502": "message"})
    point(exchange, VoiceFallbackUrl=f"{product.url}/fallback")
    product.on("/voice", Response("no", status=500))
    product.on("/fallback", Response("no", status=500))

    view = phone.wait(phone.call(), "over")

    assert (len(product.to("/fallback")), says(view)) == (1, [ERROR_MESSAGE])


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response("<Response><Say>open", mimetype="text/xml"), 12100),
        (Response("<Other/>", mimetype="text/xml"), 12100),
        (Response("{}", mimetype="application/json"), 12300),
        (Response(f"<Response><Say>{'x' * 70000}</Say></Response>", mimetype="text/xml"), 11750),
        (Response("", status=404), 11200),
    ],
    ids=["unparsable", "another root", "wrong type", "too large", "not found"],
)
def test_each_failure_has_its_code(
    product: FakeProduct, phone: PhoneClient, answer: Response, code: int
) -> None:
    product.on("/voice", answer)

    view = phone.wait(phone.call(), "over")

    assert codes(view) == [code]


def test_plain_text_is_spoken_unless_it_is_twiml(product: FakeProduct, phone: PhoneClient) -> None:
    product.on(
        "/voice",
        Response("Nothing but words", mimetype="text/plain"),
        Response("<Response><Say>A document</Say></Response>", mimetype="text/plain"),
    )

    spoken = [says(phone.wait(phone.call(), "over")) for _ in range(2)]

    assert spoken == [["Nothing but words"], ["A document"]]


def test_unknown_attributes_and_elements_are_warned_of_and_passed_over(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says('<Say speed="2">Hello</Say><Shout>Hey</Shout><Say>Bye</Say>')

    view = phone.wait(phone.call(), "over")

    assert says(view) == ["Hello", "Bye"]
    assert [(alert["error_code"], alert["log_level"]) for alert in view["alerts"]] == [(12200, "warning")] * 2


def test_a_verb_that_is_not_offered_fails_honestly(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Say>Hello</Say><Connect><Room>room</Room></Connect>")

    view = phone.wait(phone.call(), "over")

    assert says(view) == ["Hello", ERROR_MESSAGE]
    assert "not offered by this simulator yet" in view["alerts"][0]["text"]


def test_ten_redirects_are_followed_and_no_more(product: FakeProduct, phone: PhoneClient) -> None:
    for step in range(12):
        product.on(f"/hop{step}", lambda step=step: redirect(f"/hop{step + 1}", 302))
    product.on("/voice", lambda: redirect("/hop0", 302))

    view = phone.wait(phone.call(), "over")

    assert codes(view) == [11215]
    fetched = [each.path for each in product.received if each.path != "/status"]
    assert fetched == ["/voice", *(f"/hop{step}" for step in range(10))]


def test_relative_urls_are_relative_to_the_document_they_stand_in(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    point(exchange, VoiceUrl=f"{product.url}/deep/voice")
    product.says("<Redirect>next?n=1</Redirect>", path="/deep/voice")
    product.says("<Hangup/>", path="/deep/next")

    phone.wait(phone.call(), "over")

    assert product.to("/deep/next")[0].url.endswith("/deep/next?n=1")


def test_by_default_a_server_error_is_not_tried_again(product: FakeProduct, phone: PhoneClient) -> None:
    product.on("/voice", Response("no", status=500))

    phone.wait(phone.call(), "over")

    assert len(product.to("/voice")) == 1


def test_overrides_retry_with_the_same_token_and_are_neither_sent_nor_signed(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    point(exchange, VoiceUrl=f"{product.url}/voice?a=b#rc=2&rp=ct,5xx")
    product.on("/voice", Response("no", status=503), Response("no", status=500), twiml("<Say>At last</Say>"))

    view = phone.wait(phone.call(), "over")

    tries = product.to("/voice")
    assert says(view) == ["At last"]
    assert len(tries) == 3
    assert len({each.headers["I-Twilio-Idempotency-Token"] for each in tries}) == 1
    assert all(each.url == f"{product.url}/voice?a=b" for each in tries)
    validator = RequestValidator(exchange.config.auth_token)
    assert all(validator.validate(each.url, each.form, each.headers["X-Twilio-Signature"]) for each in tries)


def test_different_webhooks_have_different_tokens(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Redirect>/next</Redirect>")
    product.says("<Hangup/>", path="/next")

    phone.wait(phone.call(), "over")
    assert phone.callbacks_idle()

    tokens = [each.headers["I-Twilio-Idempotency-Token"] for each in product.received]
    assert len(set(tokens)) == 3


def test_a_read_timeout_of_the_overrides_is_kept(
    product: FakeProduct, phone: PhoneClient, exchange: Exchange
) -> None:
    def slowly() -> Response:
        time.sleep(1.0)
        return twiml("<Say>late</Say>")

    point(exchange, VoiceUrl=f"{product.url}/voice#rt=200&rc=1&rp=rt")
    product.on("/voice", slowly)

    view = phone.wait(phone.call(), "over")

    assert (codes(view), len(product.to("/voice"))) == ([11200], 2)


def test_a_refused_connection_is_tried_once_more(phone: PhoneClient, exchange: Exchange) -> None:
    point(exchange, VoiceUrl="http://127.0.0.1:9/voice")

    view = phone.wait(phone.call(), "over")

    tries = [entry for entry in view["webhooks"] if entry["kind"] == "voice"]
    assert (codes(view), [entry["attempt"] for entry in tries]) == ([11205], [1, 2])


def test_cookies_are_kept_within_a_call_and_not_between_calls(
    product: FakeProduct, phone: PhoneClient
) -> None:
    first = twiml("<Redirect>/next</Redirect>")
    first.set_cookie("seen", "yes")
    product.on("/voice", first)
    product.says("<Hangup/>", path="/next")

    for _ in range(2):
        phone.wait(phone.call(), "over")

    assert [each.headers.get("Cookie") for each in product.to("/voice")] == [None, None]
    assert [each.headers.get("Cookie") for each in product.to("/next")] == ["seen=yes", "seen=yes"]
