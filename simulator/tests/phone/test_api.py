"""The phone's JSON API: waits, events, refusals."""

import re
import threading

import pytest
import requests

from simulator.app import create_app
from simulator.carrier.books.numbers import IDLE, SERVED_ELSEWHERE
from simulator.carrier.exchange import Exchange
from simulator.config import SimulatorConfig
from simulator.phone.client import PhoneClient, PhoneRefused
from simulator.tests.fake_product import ACCOUNT, CALLER, TOKEN, FakeProduct
from tests.support.waiting import wait_for

LISTEN = '<Gather input="speech dtmf" action="/turn" actionOnEmptyResult="true"><Say>Well?</Say></Gather>'


def test_a_turn_that_was_taken_is_not_waited_for_again(product: FakeProduct, phone: PhoneClient) -> None:
    product.says(LISTEN)
    product.says(LISTEN, path="/turn")
    sid = phone.call()
    phone.wait(sid, "speech")

    phone.say(sid, "one")
    view = phone.wait(sid, "speech")

    assert [item["text"] for item in view["heard"]] == ["Well?", "one", "Well?"]
    assert (view["waiting"], view["keys_accepted"]) == ("speech", True)


def test_keys_only_are_told_from_speech(product: FakeProduct, phone: PhoneClient) -> None:
    product.says('<Gather input="dtmf" numDigits="1"/>')

    view = phone.wait(phone.call(), "keys")

    assert view["waiting"] == "keys"
    with pytest.raises(TimeoutError):
        phone.wait(view["sid"], "speech", timeout_s=0.3)


def test_waiting_for_something_new_passes_over_what_was_heard_before(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says(LISTEN)
    sid = phone.call()
    phone.wait(sid, "speech")

    with pytest.raises(TimeoutError):
        phone.wait(sid, "speech", after=1, timeout_s=0.3)


def test_events_are_waited_for_and_numbered(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Say>Hello</Say>")
    before = phone.events(0, timeout_s=0)["last"]
    caller = threading.Timer(0.2, lambda: phone.call(CALLER))
    caller.start()

    assert phone.events(before, timeout_s=5)["events"]
    caller.join()
    wait_for(lambda: any(event["kind"] == "over" for event in phone.events(before, timeout_s=5)["events"]))
    first = phone.events(before, timeout_s=5)

    kinds = [event["kind"] for event in first["events"]]
    assert kinds[0] == "status"
    assert {"status", "webhook", "heard", "over"} <= set(kinds)
    assert [event["n"] for event in first["events"]] == sorted(event["n"] for event in first["events"])


def test_the_webhooks_of_a_call_are_shown_with_their_answers(
    product: FakeProduct, phone: PhoneClient
) -> None:
    product.says("<Say>Hello</Say>")

    view = phone.wait(phone.call(), "over")

    [voice] = [entry for entry in view["webhooks"] if entry["kind"] == "voice"]
    assert (voice["method"], voice["status"], voice["attempt"]) == ("POST", 200, 1)
    assert voice["params"]["CallSid"] == view["sid"]
    assert "<Say>Hello</Say>" in voice["body"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/phone/calls", {"to": "+13035550100"}, 404),
        ("/phone/calls/CAnone/say", {"text": "hello"}, 404),
        ("/phone/operator", {"behaviour": "sleeps"}, 400),
        ("/phone/calls", [1], 400),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_reason(
    phone: PhoneClient, path: str, body: object, status: int
) -> None:
    answer = requests.post(phone.base_url + path, json=body, timeout=5)

    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize(("act", "what"), [("say", " "), ("keys", "abc"), ("keys", "")])
def test_nonsense_is_neither_said_nor_pressed(
    product: FakeProduct, phone: PhoneClient, act: str, what: str
) -> None:
    product.says(LISTEN)
    sid = phone.call()

    with pytest.raises(PhoneRefused) as refused:
        getattr(phone, act)(sid, what)

    assert refused.value.status == 400


def test_calls_from_withheld_numbers_arrive_as_they_came(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Hangup/>")

    for caller in ("anonymous", "client:ann", "sip:ann@example.com"):
        phone.wait(phone.call(caller), "over")

    forms = [each.form for each in product.to("/voice")]
    assert [form["From"] for form in forms] == ["anonymous", "client:ann", "sip:ann@example.com"]
    assert {form["FromCountry"] for form in forms} == {""}


def test_calls_are_listed_newest_first(product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Hangup/>")
    sids = [phone.call() for _ in range(3)]

    assert [call["sid"] for call in phone.calls()] == sids[::-1]


def test_a_name_of_another_site_is_not_served(phone: PhoneClient) -> None:
    answer = requests.get(f"{phone.base_url}/phone/calls", headers={"Host": "evil.example"}, timeout=5)

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/phone/calls", "/phone/texts", "/phone/operator", "/carrier/knobs", "/providers/knobs", "/mail/knobs"],
)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": "text/plain; charset=application/json"}, 415),
        ({}, 415),
        ({"Content-Type": "application/json", "Origin": "https://evil.example"}, 403),
        ({"Content-Type": "application/json", "Origin": "null"}, 403),
        ({"Content-Type": "application/json", "Origin": "http://127.0.0.1:1"}, 403),
        ({"Content-Type": "application/json", "Origin": "https://OWN"}, 403),
        ({"Content-Type": "text/plain", "Origin": "http://evil.example"}, 403),
    ],
)
def test_a_page_of_another_site_changes_nothing(phone: PhoneClient, path, headers, status) -> None:
    own = phone.base_url.removeprefix("http://")
    sent = {name: value.replace("OWN", own) for name, value in headers.items()}

    answer = requests.post(phone.base_url + path, data=b"{}", headers=sent, timeout=5)

    assert answer.status_code == status
    assert phone.calls() == []


def test_a_page_of_another_site_may_not_even_send_nothing(phone: PhoneClient) -> None:
    elsewhere = {"Origin": "https://evil.example"}

    assert requests.post(f"{phone.base_url}/phone/calls", headers=elsewhere, timeout=5).status_code == 403
    assert phone.calls() == []


def test_its_own_page_may(product: FakeProduct, phone: PhoneClient) -> None:
    product.says(LISTEN)

    own = {"Origin": phone.base_url}
    placed = requests.post(f"{phone.base_url}/phone/calls", json={"from": CALLER}, headers=own, timeout=5)

    assert placed.status_code == 201


def test_the_numbers_that_can_be_dialled_are_listed_with_the_default_one(exchange: Exchange) -> None:
    answer = requests.get(f"{exchange.config.base_url}/phone/numbers", timeout=5).json()

    assert answer == {
        "numbers": [
            {"number": exchange.config.number, "name": "", "line": "", "default": True},
            {"number": SERVED_ELSEWHERE, "name": "Answering service", "line": "", "default": False},
            {"number": IDLE, "name": "", "line": "", "default": False},
        ]
    }


def test_lines_are_numbers_of_the_account_that_are_offered_by_a_name() -> None:
    lines = {SimulatorConfig.number: "media", "+12025550102": "gather"}
    app = create_app(SimulatorConfig(ACCOUNT, TOKEN, lines=lines))

    listed = app.test_client().get("/phone/numbers").get_json()["numbers"]

    assert {each["number"]: each["line"] for each in listed if each["line"]} == lines
    assert len(listed) == 4
    assert app.extensions["exchange"].numbers.by_number("+12025550102") is not None


@pytest.mark.parametrize(
    ("registered", "leads_to"),
    [("https://bot.example.com/twilio/voice", "https://bot.example.com"), ("", None), ("javascript:1", None)],
)
def test_the_page_leads_to_the_service_that_the_number_is_registered_with_now(registered, leads_to):
    app = create_app(SimulatorConfig(ACCOUNT, TOKEN, voice_url="https://before.example.com/twilio/voice"))
    numbers = app.extensions["exchange"].numbers
    numbers.change(numbers.all()[0].sid, {"VoiceUrl": registered})

    page = app.test_client().get("/").get_data(as_text=True)

    assert re.findall(r'href="(.+)/api/v1/docs"', page) == ([leads_to] if leads_to else [])
