"""The REST API: who may ask, what is refused, what lists and resources look like (handbook 1.8-1.10, 9)."""

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from simulator.carrier.exchange import Exchange
from simulator.phone.client import PhoneClient
from simulator.tests.carrier.rest_calls import SOMEBODY, finished
from simulator.tests.carrier.twilio_client import client_of
from simulator.tests.fake_product import ACCOUNT, NUMBER, FakeProduct, Rest
from tests.support.waiting import wait_for


@pytest.fixture
def twilio(exchange: Exchange) -> Client:
    return client_of(exchange.config.base_url)


def test_wrong_credentials_are_refused(rest: Rest) -> None:
    answer = requests.get(f"{rest.root}/Calls.json", auth=(ACCOUNT, "wrong"), timeout=5)

    assert answer.status_code == 401
    assert (answer.json()["code"], answer.json()["status"]) == (20003, 401)


def test_another_account_and_unknown_calls_are_not_found(rest: Rest) -> None:
    other = requests.get(
        rest.root.replace(ACCOUNT, "AC" + "9" * 32) + "/Calls.json", auth=rest.auth, timeout=5
    )
    unknown = rest.get("/Calls/CA" + "0" * 32 + ".json")

    assert [(each.status_code, each.json()["code"]) for each in (other, unknown)] == [(404, 20404)] * 2
    assert unknown.json()["more_info"].endswith("/20404")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": NUMBER, "Url": "http://x.example/"}, 21201),
        ({"To": SOMEBODY, "From": "+13035550100", "Url": "http://x.example/"}, 21210),
        ({"To": SOMEBODY, "From": "nobody", "Url": "http://x.example/"}, 21212),
        ({"To": "12", "From": NUMBER, "Url": "http://x.example/"}, 21211),
        ({"To": SOMEBODY, "From": NUMBER}, 21205),
        ({"To": SOMEBODY, "From": NUMBER, "Url": "voice"}, 21205),
        ({"To": SOMEBODY, "From": NUMBER, "Twiml": "x" * 4001}, 32018),
        ({"To": SOMEBODY, "From": NUMBER, "Twiml": "<R/>", "StatusCallback": "http://a_b.example/"}, 21205),
    ],
)
def test_a_call_that_cannot_be_made_is_refused_with_its_code(rest: Rest, form: dict, code: int) -> None:
    answer = rest.post("/Calls.json", **form)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_the_whole_life_of_an_answered_call_is_reported_in_numbered_events(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.says("<Say>Hello</Say>")
    events = [("StatusCallbackEvent", event) for event in ("initiated", "ringing", "answered", "completed")]
    form = [("From", NUMBER), ("To", SOMEBODY), ("Url", f"{product.url}/voice"), *events]

    created = rest.post("/Calls.json", data=[*form, ("StatusCallback", f"{product.url}/status")])
    phone.wait(created.json()["sid"], "over")
    assert phone.callbacks_idle()

    assert created.json()["status"] == "queued"
    assert [created.json()[name] for name in ("duration", "price", "start_time")] == [None] * 3
    forms = sorted(
        (each.form for each in product.to("/status")), key=lambda form: int(form["SequenceNumber"])
    )
    assert [form["CallStatus"] for form in forms] == ["initiated", "ringing", "in-progress", "completed"]
    assert {form["Direction"] for form in forms} == {"outbound-api"}
    assert forms[-1]["SipResponseCode"] == "200"
    assert product.to("/voice")[0].form["CallStatus"] == "in-progress"


@pytest.mark.parametrize(
    ("behaviour", "statuses", "code"),
    [
        ("busy", ["initiated", "ringing", "busy"], "486"),
        ("no-answer", ["initiated", "ringing", "no-answer"], "487"),
        ("failed", ["initiated", "failed"], "404"),
    ],
)
def test_calls_that_nobody_answers_end_as_recorded(
    product: FakeProduct, phone: PhoneClient, rest: Rest, behaviour: str, statuses: list[str], code: str
) -> None:
    phone.operator(behaviour, number=SOMEBODY)

    call = finished(
        phone,
        rest,
        Url=f"{product.url}/voice",
        StatusCallback=f"{product.url}/status",
        StatusCallbackEvent="initiated ringing answered completed",
    )
    assert phone.callbacks_idle()

    forms = sorted(
        (each.form for each in product.to("/status")), key=lambda form: int(form["SequenceNumber"])
    )
    assert [form["CallStatus"] for form in forms] == statuses
    assert (forms[-1]["SipResponseCode"], forms[-1]["CallDuration"]) == (code, "0")
    assert (call["status"], call["duration"]) == (behaviour, "0")
    assert not product.to("/voice")


def test_only_the_end_is_reported_by_default(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    finished(phone, rest, Twiml="<Response><Say>Hi</Say></Response>", StatusCallback=f"{product.url}/status")
    assert phone.callbacks_idle()

    [status] = product.to("/status")
    assert (status.form["CallStatus"], status.form["SequenceNumber"]) == ("completed", "3")


def test_the_called_person_can_speak(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    product.says('<Gather input="speech" action="/turn"><Say>Are you there?</Say></Gather>')
    product.says("<Hangup/>", path="/turn")

    sid = rest.post("/Calls.json", From=NUMBER, To=SOMEBODY, Url=f"{product.url}/voice").json()["sid"]
    phone.wait(sid, "speech")
    phone.say(sid, "yes I am")
    phone.wait(sid, "over")

    assert product.to("/turn")[0].form["SpeechResult"] == "yes I am"
    assert product.to("/turn")[0].form["Direction"] == "outbound-api"


def test_a_machine_is_told_from_a_person(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    product.says("<Hangup/>")
    phone.operator("voicemail", number=SOMEBODY)

    call = finished(phone, rest, Url=f"{product.url}/voice", MachineDetection="Enable")

    assert product.to("/voice")[0].form["AnsweredBy"] == "machine_start"
    assert call["answered_by"] == "machine_start"


def test_asynchronous_detection_reports_beside_the_call(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.says("<Hangup/>")
    product.on("/amd", "")

    finished(
        phone,
        rest,
        Url=f"{product.url}/voice",
        MachineDetection="Enable",
        AsyncAmd="true",
        AsyncAmdStatusCallback=f"{product.url}/amd",
    )
    assert phone.callbacks_idle()

    form = product.to("/amd")[0].form
    assert set(form) == {"CallSid", "AccountSid", "AnsweredBy", "MachineDetectionDuration"}
    assert form["AnsweredBy"] == "human"
    assert "AnsweredBy" not in product.to("/voice")[0].form


def test_calls_beyond_the_rate_wait_and_beyond_a_day_are_refused(phone: PhoneClient, rest: Rest) -> None:
    form = {"From": NUMBER, "To": SOMEBODY, "Twiml": "<Response/>"}
    phone.knobs({"calls_per_second": 1 / 50_000})

    waits = [rest.post("/Calls.json", **form) for _ in range(3)]

    assert [each.status_code for each in waits] == [201, 201, 400]
    first, second = (int(each.json()["queue_time"]) for each in waits[:2])
    assert (first, second) == (0, pytest.approx(50_000_000, rel=0.01))
    assert waits[2].json()["code"] == 22005


def test_the_price_comes_later_than_the_end(phone: PhoneClient, rest: Rest) -> None:
    phone.knobs({"price_delay_s": 0.6})

    call = finished(phone, rest, Twiml="<Response><Say>Hi</Say></Response>")

    def price() -> str | None:
        shown = rest.get(f"/Calls/{call['sid']}.json").json()
        return shown["price"] and f"{shown['price']} {shown['price_unit']}"

    assert call["price"] is None
    assert wait_for(price, pause_s=0.05) == "-0.01400 USD"
    assert isinstance(call["duration"], str)


def test_a_live_call_can_be_moved_to_other_twiml(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    product.says('<Gather input="speech" action="/turn"><Say>Well?</Say></Gather>')
    sid = phone.call()
    phone.wait(sid, "speech")

    moved = rest.post(f"/Calls/{sid}.json", Twiml="<Response><Say>Something else</Say></Response>")
    view = phone.wait(sid, "over")

    assert moved.status_code == 200
    assert [item["text"] for item in view["heard"]] == ["Well?", "Something else", "bot"]


def test_a_live_call_can_be_ended(product: FakeProduct, phone: PhoneClient, rest: Rest) -> None:
    product.says('<Gather input="speech"/>')
    sid = phone.call()
    phone.wait(sid, "speech")

    canceled = rest.post(f"/Calls/{sid}.json", Status="canceled")
    rest.post(f"/Calls/{sid}.json", Status="completed")
    view = phone.wait(sid, "over")
    again = rest.post(f"/Calls/{sid}.json", Status="completed")
    moved = rest.post(f"/Calls/{sid}.json", Url=f"{product.url}/voice")

    assert view["status"] == "completed"
    assert [each.json()["code"] for each in (canceled, again, moved)] == [21220] * 3


def test_a_call_canceled_in_the_queue_tells_nobody(
    product: FakeProduct, phone: PhoneClient, rest: Rest
) -> None:
    phone.knobs({"calls_per_second": 0.2})
    form = {"From": NUMBER, "To": SOMEBODY, "Twiml": "<Response/>"}
    rest.post("/Calls.json", **form)
    second = rest.post(
        "/Calls.json",
        **form,
        StatusCallback=f"{product.url}/status",
        StatusCallbackEvent="initiated completed",
    ).json()["sid"]

    rest.post(f"/Calls/{second}.json", Status="canceled")
    view = phone.wait(second, "over")
    assert phone.callbacks_idle()

    assert view["status"] == "canceled"
    assert not product.to("/status")


def test_lists_are_paged_by_token_and_filtered(phone: PhoneClient, rest: Rest, product: FakeProduct) -> None:
    product.says("<Hangup/>")
    sids = [phone.call(f"+1202555010{digit}") for digit in range(5)]
    for sid in sids:
        phone.wait(sid, "over")

    first = rest.get("/Calls.json", PageSize=2).json()
    root = rest.root.removesuffix(f"/2010-04-01/Accounts/{ACCOUNT}")
    second = requests.get(root + first["next_page_uri"], auth=rest.auth, timeout=5).json()
    one = rest.get("/Calls.json", From="+12025550103").json()["calls"]
    none = rest.get("/Calls.json", **{"StartTime>": "2099-01-01"}).json()["calls"]
    bare = rest.get("/Calls.json", Page=1)

    assert [call["sid"] for call in first["calls"] + second["calls"]] == sids[::-1][:4]
    assert [call["sid"] for call in one] == [sids[3]]
    assert none == []
    assert bare.status_code == 400


def test_the_official_client_understands_everything(
    twilio: Client, product: FakeProduct, phone: PhoneClient
) -> None:
    product.says("<Hangup/>")

    created = twilio.calls.create(to=SOMEBODY, from_=NUMBER, url=f"{product.url}/voice")
    phone.wait(created.sid, "over")
    fetched = twilio.calls(created.sid).fetch()
    number, *_ = twilio.incoming_phone_numbers.list()
    changed = number.update(voice_url=f"{product.url}/other", status_callback=f"{product.url}/status2")

    assert (created.status, fetched.status, fetched.direction) == ("queued", "completed", "outbound-api")
    assert fetched.start_time is not None
    assert fetched.end_time >= fetched.start_time
    assert [call.sid for call in twilio.calls.stream(page_size=1)] == [created.sid]
    assert (number.phone_number, changed.voice_url) == (NUMBER, f"{product.url}/other")
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls("CA" + "1" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_a_fault_can_come_before_or_after_the_call_was_placed(rest: Rest, exchange: Exchange) -> None:
    form = {"From": NUMBER, "To": SOMEBODY, "Twiml": "<Response/>"}
    exchange.knobs.turn({"rest_fault": {"status": 429, "code": 20429}})
    refused = rest.post("/Calls.json", **form)
    before = len(exchange.book.newest_first())
    exchange.knobs.turn({"rest_fault": {"status": 500, "code": 20500, "acted": True}})
    acted = rest.post("/Calls.json", **form)
    third = rest.post("/Calls.json", **form)

    assert [each.status_code for each in (refused, acted, third)] == [429, 500, 201]
    assert (before, len(exchange.book.newest_first())) == (0, 2)
    assert [(entry.status, entry.code) for entry in exchange.ledger.rest()] == [
        (429, 20429),
        (500, 20500),
        (201, None),
    ]


def test_too_many_calls_at_once_are_refused(rest: Rest, exchange: Exchange, product: FakeProduct) -> None:
    exchange.knobs.turn({"max_concurrent_calls": 1})
    product.says('<Gather input="speech"/>')
    form = {"From": NUMBER, "To": SOMEBODY, "Url": f"{product.url}/voice"}
    rest.post("/Calls.json", **form)

    assert rest.post("/Calls.json", **form).json()["code"] == 10004


def test_a_call_to_the_own_number_has_two_legs(rest: Rest, product: FakeProduct, phone: PhoneClient) -> None:
    product.says("<Hangup/>", path="/outbound")
    product.says("<Hangup/>")

    sid = rest.post("/Calls.json", From=NUMBER, To=NUMBER, Url=f"{product.url}/outbound").json()["sid"]
    phone.wait(sid, "over")
    legs = rest.get("/Calls.json").json()["calls"]
    phone.knobs({"from_equals_to": "forbidden"})
    forbidden = rest.post("/Calls.json", From=NUMBER, To=NUMBER, Url=f"{product.url}/outbound")

    assert sorted(leg["direction"] for leg in legs) == ["inbound", "outbound-api"]
    assert forbidden.json()["code"] == 21211
