"""Texts at Twilio's REST API: what is asked for, what the answers mean, and what a failure may have done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.providers.twilio.exchange import ACCOUNT, TOKEN, TWILIO
from voicebot.providers.ports import (
    NewMessage,
    Outcome,
    ProviderError,
    ProviderMedia,
    ProviderMessage,
    SentMessage,
)
from voicebot.providers.twilio.messaging import TwilioMessaging

pytestmark = pytest.mark.usefixtures("twilio")
NOT_SENT, REFUSED, UNKNOWN = Outcome.NOT_SENT, Outcome.REFUSED, Outcome.UNKNOWN
NAME = "SM" + "a" * 32
NEW = NewMessage(
    to="+12025550123",
    body="Hello",
    status_url="https://bot.example/twilio/sms/status?m=7#rc=2",
    from_number="+12025550100",
)
QUEUED = {
    "sid": NAME,
    "account_sid": ACCOUNT,
    "status": "queued",
    "direction": "outbound-api",
    "from": "+12025550100",
    "to": "+12025550123",
    "body": "Hello",
    "num_segments": "1",
    "num_media": "0",
    "error_code": None,
    "price": None,
    "price_unit": "USD",
    "date_created": "Tue, 31 Aug 2010 20:36:28 +0000",
    "date_sent": None,
}
DELIVERED = QUEUED | {
    "status": "delivered",
    "price": "-0.00750",
    "date_sent": "Tue, 31 Aug 2010 20:36:30 +0000",
}


@pytest.fixture
def texting() -> TwilioMessaging:
    return TwilioMessaging(ACCOUNT, TOKEN)


def form(call) -> dict[str, list[str]]:
    return parse_qs(call.request.body)


def test_a_text_is_handed_over(twilio, texting):
    twilio.post(f"{TWILIO}/Messages.json", status=201, json=QUEUED)

    sent = texting.send_message(NEW)

    assert sent == SentMessage(NAME, "queued", 1)
    assert form(twilio.calls[0]) == {
        "To": [NEW.to],
        "From": [NEW.from_number],
        "Body": ["Hello"],
        "StatusCallback": [NEW.status_url],
    }


def test_a_service_names_no_number_and_knows_no_segments_yet(twilio, texting):
    service = "MG" + "b" * 32
    twilio.post(
        f"{TWILIO}/Messages.json", status=201, json=QUEUED | {"status": "accepted", "num_segments": "0"}
    )

    sent = texting.send_message(replace(NEW, from_number="", messaging_service_sid=service))

    assert sent == SentMessage(NAME, "accepted", None)
    assert form(twilio.calls[0])["MessagingServiceSid"] == [service]
    assert "From" not in form(twilio.calls[0])


def test_a_template_is_sent_instead_of_the_words(twilio, texting):
    template = "HX" + "c" * 32
    twilio.post(f"{TWILIO}/Messages.json", status=201, json=QUEUED)

    texting.send_message(replace(NEW, content_sid=template, content_variables={"1": "Ann"}))

    sent = form(twilio.calls[0])
    assert (sent["ContentSid"], sent["ContentVariables"]) == ([template], ['{"1":"Ann"}'])
    assert "Body" not in sent


def test_pictures_go_along(twilio, texting):
    twilio.post(f"{TWILIO}/Messages.json", status=201, json=QUEUED)
    urls = ["https://x.example/1.png", "https://x.example/2.png"]

    texting.send_message(replace(NEW, media_urls=urls))

    assert form(twilio.calls[0])["MediaUrl"] == urls


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, 21610, REFUSED),
        (400, 21211, REFUSED),
        (429, 20429, NOT_SENT),
        (400, 21611, NOT_SENT),
        (400, 14107, NOT_SENT),
        (400, 63018, NOT_SENT),
        (500, 20500, UNKNOWN),
        (503, None, UNKNOWN),
    ],
)
def test_a_refusal_says_what_may_have_happened(twilio, texting, status, code, outcome):
    twilio.post(f"{TWILIO}/Messages.json", status=status, json={"code": code, "message": f"To {NEW.to} no"})

    with pytest.raises(ProviderError) as failure:
        texting.send_message(NEW)

    assert failure.value.outcome is outcome
    assert failure.value.code == (str(code) if code else f"http_{status}")
    assert NEW.to not in str(failure.value)


@pytest.mark.parametrize(
    ("code", "headers", "wait_s"),
    [
        (14107, {}, 30.0),
        (14107, {"Retry-After": "7"}, 7.0),
        (20429, {}, None),
        (20429, {"Retry-After": "0"}, 0.0),
    ],
)
def test_the_wait_is_what_twilio_says_or_what_its_guard_looks_back_over(
    twilio, texting, code, headers, wait_s
):
    twilio.post(f"{TWILIO}/Messages.json", status=400, json={"code": code}, headers=headers)

    with pytest.raises(ProviderError) as failure:
        texting.send_message(NEW)

    assert failure.value.retry_after_s == wait_s


@pytest.mark.parametrize("body", [{}, {"sid": None, "status": "queued"}, {"status": "queued"}])
def test_a_success_without_a_name_leaves_open_what_was_made(twilio, texting, body):
    twilio.post(f"{TWILIO}/Messages.json", status=201, json=body)

    with pytest.raises(ProviderError) as failure:
        texting.send_message(NEW)

    assert failure.value.outcome is UNKNOWN


def test_a_lost_answer_is_not_repeated(twilio, texting):
    twilio.post(f"{TWILIO}/Messages.json", body=requests.ReadTimeout())

    with pytest.raises(ProviderError) as failure:
        texting.send_message(NEW)

    assert failure.value.outcome is UNKNOWN
    assert len(twilio.calls) == 1


def test_a_text_is_fetched(twilio, texting):
    twilio.get(f"{TWILIO}/Messages/{NAME}.json", json=DELIVERED | {"error_code": 30003})

    message = texting.fetch_message(NAME)

    assert message == ProviderMessage(
        sid=NAME,
        status="delivered",
        direction="outbound-api",
        from_number="+12025550100",
        to_number="+12025550123",
        body="Hello",
        account_sid=ACCOUNT,
        segments=1,
        media_count=0,
        error_code="30003",
        price=Decimal("-0.00750"),
        price_unit="USD",
        created_at=datetime(2010, 8, 31, 20, 36, 28, tzinfo=UTC),
        sent_at=datetime(2010, 8, 31, 20, 36, 30, tzinfo=UTC),
    )


@pytest.mark.parametrize("name", ["SM1", "../Calls", NAME + "/Media", "CA" + "a" * 32])
def test_what_is_no_name_of_a_text_becomes_no_path(texting, name):
    with pytest.raises(ProviderError) as failure:
        texting.fetch_message(name)

    assert failure.value.outcome is REFUSED


def test_a_list_is_followed_page_by_page_and_asked_for_in_utc(twilio, texting):
    first = {
        "messages": [DELIVERED],
        "next_page_uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?Page=1&PageToken=x",
    }
    twilio.get(f"{TWILIO}/Messages.json", json=first)
    twilio.get(f"{TWILIO}/Messages.json", json={"messages": [QUEUED], "next_page_uri": None})
    since = datetime(2010, 8, 31, 22, 0, tzinfo=timezone(timedelta(hours=2)))

    listed = list(texting.list_messages(sent_after=since, to=NEW.to))

    assert [message.status for message in listed] == ["delivered", "queued"]
    asked = parse_qs(urlsplit(twilio.calls[0].request.url).query)
    assert asked["DateSent>"] == ["2010-08-31T20:00:00Z"]
    assert asked["To"] == [NEW.to]


def test_files_of_a_text_are_listed(twilio, texting):
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{NAME}/Media/ME{'d' * 32}"
    media = {
        "sid": "ME" + "d" * 32,
        "uri": f"{path}.json",
        "content_type": "image/png",
        "account_sid": ACCOUNT,
        "parent_sid": NAME,
    }
    twilio.get(f"{TWILIO}/Messages/{NAME}/Media.json", json={"media_list": [media], "next_page_uri": None})

    assert texting.list_media(NAME) == [ProviderMedia(f"https://api.twilio.com{path}", "image/png")]
