"""Messages over REST: what is accepted, refused, listed and shown (handbook 6.2, 6.3, 9)."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from simulator.carrier.exchange import Exchange
from simulator.phone.client import PhoneClient
from simulator.tests.carrier.twilio_client import client_of
from simulator.tests.fake_product import ACCOUNT, NUMBER, FakeProduct, Rest

PERSON = "+13035550111"
SERVICE = "MG" + "a" * 32


def test_a_message_is_answered_as_queued_with_strings_for_numbers_and_no_price_yet(rest: Rest) -> None:
    answer = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="é" * 161)

    message = answer.json()
    assert answer.status_code == 201
    assert message["sid"].startswith("SM")
    assert {name: message[name] for name in ("status", "num_segments", "num_media", "direction")} == {
        "status": "queued",
        "num_segments": "2",
        "num_media": "0",
        "direction": "outbound-api",
    }
    assert [message[name] for name in ("price", "date_sent", "error_code", "error_message")] == [None] * 4
    assert parsedate_to_datetime(message["date_created"]).tzinfo is not None


def test_a_service_accepts_first_and_picks_the_number(rest: Rest, phone: PhoneClient) -> None:
    accepted = rest.post("/Messages.json", MessagingServiceSid=SERVICE, To=PERSON, Body="Hello").json()
    assert phone.callbacks_idle()
    sent = rest.get(f"/Messages/{accepted['sid']}.json").json()

    assert (accepted["status"], accepted["from"], accepted["messaging_service_sid"]) == (
        "accepted",
        None,
        SERVICE,
    )
    assert (sent["status"], sent["from"]) == ("delivered", NUMBER)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"From": NUMBER, "Body": "Hi"}, 21604),
        ({"From": NUMBER, "To": "12", "Body": "Hi"}, 21211),
        ({"From": "bot", "To": PERSON, "Body": "Hi"}, 21212),
        ({"From": "+13035550100", "To": PERSON, "Body": "Hi"}, 21606),
        ({"From": NUMBER, "To": f"whatsapp:{PERSON}", "Body": "Hi"}, 21612),
        ({"From": NUMBER, "To": PERSON}, 21602),
        ({"From": NUMBER, "To": PERSON, "Body": "x" * 1601}, 21617),
        ({"From": NUMBER, "To": PERSON, "MediaUrl": ["https://a.example/b.png"] * 11}, 21623),
        ({"From": NUMBER, "To": PERSON, "MediaUrl": "b.png"}, 21620),
        ({"From": NUMBER, "To": PERSON, "Body": "Hi", "StatusCallback": "http://a_b.example/"}, 21205),
        ({"From": NUMBER, "To": PERSON, "Body": "Hi", "SendAt": "2099-01-01T00:00:00Z"}, 35118),
    ],
)
def test_a_message_that_cannot_be_made_is_refused_with_its_code(rest: Rest, form: dict, code: int) -> None:
    answer = rest.post("/Messages.json", data=form)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert rest.get("/Messages.json").json()["messages"] == []


@pytest.mark.parametrize("code", [21408, 21611, 21612, 21614, 20429])
def test_a_code_laid_on_a_number_refuses_that_number_alone(rest: Rest, phone: PhoneClient, code: int) -> None:
    phone.knobs({"text_errors": {PERSON: code}})

    refused = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Hi")
    other = rest.post("/Messages.json", From=NUMBER, To="+13035550112", Body="Hi")

    assert (refused.json()["code"], refused.status_code) == (code, 429 if code == 20429 else 400)
    assert other.status_code == 201


def test_a_trial_account_texts_only_verified_people_and_says_that_it_is_one(
    rest: Rest, phone: PhoneClient
) -> None:
    phone.knobs({"trial": True, "verified_recipients": [PERSON]})

    refused = rest.post("/Messages.json", From=NUMBER, To="+13035550112", Body="Hi").json()
    made = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Hi").json()

    assert refused["code"] == 21608
    assert made["body"].endswith("trial account - Hi")


def test_a_closed_region_is_refused(rest: Rest, phone: PhoneClient) -> None:
    phone.knobs({"closed_regions": ["GB"]})

    assert rest.post("/Messages.json", From=NUMBER, To="+442079460111", Body="Hi").json()["code"] == 21408
    assert rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Hi").status_code == 201


def test_the_sixteenth_reply_in_half_a_minute_is_a_loop(rest: Rest, phone: PhoneClient) -> None:
    statuses = [
        rest.post("/Messages.json", From=NUMBER, To=PERSON, Body=f"Hi {n}").status_code for n in range(15)
    ]
    sixteenth = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Hi again").json()
    other = rest.post("/Messages.json", From=NUMBER, To="+13035550112", Body="Hi").status_code
    phone.knobs({"loop_guard": "off"})
    unguarded = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Hi again").status_code

    assert (statuses, sixteenth["code"], other, unguarded) == ([201] * 15, 14107, 201, 201)


def test_lists_are_filtered_by_day_and_number_and_paged_by_token(rest: Rest, phone: PhoneClient) -> None:
    sids = [
        rest.post("/Messages.json", From=NUMBER, To=f"+1303555011{digit}", Body="Hi").json()["sid"]
        for digit in range(5)
    ]
    assert phone.callbacks_idle()
    root = rest.root.removesuffix(f"/2010-04-01/Accounts/{ACCOUNT}")
    today = datetime.now(UTC).date()

    first = rest.get("/Messages.json", PageSize=2).json()
    second = requests.get(root + first["next_page_uri"], auth=rest.auth, timeout=5).json()
    one = rest.get("/Messages.json", To="+13035550113").json()["messages"]
    days = [
        len(rest.get("/Messages.json", **{name: str(today + timedelta(days=days))}).json()["messages"])
        for name, days in (("DateSent", 0), ("DateSent", 1), ("DateSent>", 1), ("DateSent<", 1))
    ]

    assert [each["sid"] for each in first["messages"] + second["messages"]] == sids[::-1][:4]
    assert [each["sid"] for each in one] == [sids[3]]
    assert days == [5, 0, 0, 5]


def test_what_was_not_sent_yet_is_missed_by_time_filters(rest: Rest) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    form = {"MessagingServiceSid": SERVICE, "To": PERSON, "Body": "Later", "SendAt": later}
    made = rest.post("/Messages.json", data=form | {"ScheduleType": "fixed"}).json()

    everything = rest.get("/Messages.json").json()["messages"]
    dated = rest.get("/Messages.json", **{"DateSent>": "2020-01-01"}).json()["messages"]

    assert made["status"] == "scheduled"
    assert [each["sid"] for each in everything] == [made["sid"]]
    assert dated == []


def test_a_new_message_may_appear_late_in_lists(rest: Rest, phone: PhoneClient) -> None:
    phone.knobs({"message_list_lag_s": 60})
    sid = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Hi").json()["sid"]

    assert rest.get("/Messages.json").json()["messages"] == []
    assert rest.get(f"/Messages/{sid}.json").status_code == 200


def test_a_finished_message_can_be_blanked_and_deleted_but_not_one_under_way(
    rest: Rest, phone: PhoneClient, product: FakeProduct
) -> None:
    phone.knobs({"segments_per_second": 0.05})
    first = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Secret").json()["sid"]
    waiting = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Waits").json()["sid"]
    while rest.get(f"/Messages/{first}.json").json()["status"] != "delivered":
        pass

    blanked = rest.post(f"/Messages/{first}.json", Body="").json()
    gone = requests.delete(f"{rest.root}/Messages/{first}.json", auth=rest.auth, timeout=5)
    refused = requests.delete(f"{rest.root}/Messages/{waiting}.json", auth=rest.auth, timeout=5)

    assert (blanked["body"], gone.status_code, refused.json()["code"]) == ("", 204, 20009)
    assert rest.get(f"/Messages/{first}.json").status_code == 404


def test_the_official_client_creates_fetches_and_lists(exchange: Exchange, phone: PhoneClient) -> None:
    twilio = client_of(exchange.config.base_url)

    created = twilio.messages.create(to=PERSON, from_=NUMBER, body="Hello", media_url=["https://a.example/p"])
    assert phone.callbacks_idle()
    fetched = twilio.messages(created.sid).fetch()
    listed = twilio.messages.list(to=PERSON, date_sent_after=datetime.now(UTC) - timedelta(minutes=5))

    assert (created.status, created.num_media, created.sid[:2]) == ("queued", "1", "MM")
    assert (fetched.status, fetched.error_code) == ("delivered", None)
    assert fetched.date_sent >= created.date_created
    assert [each.sid for each in listed] == [created.sid]
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(to="12", from_=NUMBER, body="Hello")
    assert (refused.value.status, refused.value.code) == (400, 21211)


def test_the_price_comes_later(rest: Rest, phone: PhoneClient) -> None:
    phone.knobs({"price_delay_s": 0.0})
    sid = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="x" * 161).json()["sid"]
    assert phone.callbacks_idle()
    priced = rest.get(f"/Messages/{sid}.json").json()["price"]
    phone.knobs({"price_delay_s": 60})

    assert (priced, rest.get(f"/Messages/{sid}.json").json()["price"]) == ("-0.01660", None)


def test_an_unacted_429_leaves_nothing_behind(rest: Rest, phone: PhoneClient) -> None:
    phone.knobs({"rest_fault": {"status": 429, "code": 20429, "path": "/Messages"}})

    refused = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Hi")

    assert (refused.status_code, refused.json()["code"]) == (429, 20429)
    assert phone.messages() == []


def test_an_error_after_the_message_was_made_is_seen_in_the_ledger(rest: Rest, phone: PhoneClient) -> None:
    phone.knobs({"rest_fault": {"status": 500, "acted": True, "path": "/Messages"}})
    call = rest.post("/Calls.json", From=NUMBER, To=PERSON, Twiml="<Response/>")

    failed = rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Hi")

    assert (call.status_code, failed.status_code, failed.json()["code"]) == (201, 500, 20500)
    assert phone.message_counts() == {(PERSON, "Hi"): 1}


@pytest.mark.parametrize(("acted", "made"), [(True, 1), (False, 0)])
def test_a_connection_can_be_cut_after_or_before_the_message_was_made(
    rest: Rest, phone: PhoneClient, acted: bool, made: int
) -> None:
    phone.knobs({"rest_fault": {"cut": True, "acted": acted, "path": "/Messages"}})

    with pytest.raises(requests.ConnectionError):
        rest.post("/Messages.json", From=NUMBER, To=PERSON, Body="Hi")

    assert len(phone.messages()) == made


def test_a_slow_answer_is_the_true_one_when_somebody_still_waits_for_it(
    exchange: Exchange, phone: PhoneClient
) -> None:
    phone.knobs({"rest_fault": {"status": 0, "delay_s": 0.6, "acted": True, "times": 2}})

    with pytest.raises(requests.exceptions.Timeout):
        client_of(exchange.config.base_url, timeout=0.2).messages.create(to=PERSON, from_=NUMBER, body="1")
    waited = client_of(exchange.config.base_url).messages.create(to=PERSON, from_=NUMBER, body="2")

    assert waited.status == "queued"
    assert phone.message_counts() == {(PERSON, "1"): 1, (PERSON, "2"): 1}


def test_a_share_of_the_requests_meets_the_fault(rest: Rest, phone: PhoneClient) -> None:
    phone.knobs({"rest_fault": {"status": 500, "times": 1000, "share": 0.5}, "loop_guard": "off"})

    statuses = [
        rest.post("/Messages.json", From=NUMBER, To=PERSON, Body=f"Hi {n}").status_code for n in range(30)
    ]

    assert 5 < statuses.count(500) < 25
    assert statuses.count(201) == len(phone.messages())
