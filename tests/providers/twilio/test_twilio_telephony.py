"""Calls are made, sent elsewhere, ended, fetched and listed over Twilio's REST API."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.providers.twilio.exchange import (
    ACCOUNT,
    CALL,
    DONE,
    NEW,
    QUEUED,
    REFUSED,
    TOKEN,
    TWILIO,
    UNKNOWN,
    form,
)
from voicebot.providers.ports import Detection, ProviderCall, ProviderError

pytestmark = pytest.mark.usefixtures("twilio")


def test_a_call_is_created_with_all_four_events(twilio, phone):
    twilio.post(f"{TWILIO}/Calls.json", status=201, json=QUEUED)

    assert phone.create_call(NEW) == CALL

    sent = form(twilio.calls[0])
    events = [value for name, value in sent if name == "StatusCallbackEvent"]
    assert events == ["initiated", "ringing", "answered", "completed"]
    assert {name: value for name, value in sent if name != "StatusCallbackEvent"} == {
        "To": "+12025550123",
        "From": "+12025550100",
        "Url": NEW.url,
        "FallbackUrl": NEW.fallback_url,
        "StatusCallback": NEW.status_url,
        "Timeout": "20",
        "TimeLimit": "600",
    }
    key = b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert twilio.calls[0].request.headers["Authorization"] == f"Basic {key}"


@pytest.mark.parametrize(("to_the_beep", "mode"), [(False, "Enable"), (True, "DetectMessageEnd")])
def test_detection_runs_beside_the_call_and_never_before_its_first_document(twilio, phone, to_the_beep, mode):
    twilio.post(f"{TWILIO}/Calls.json", status=201, json=QUEUED)
    detection = Detection("https://bot.example/twilio/voice/amd?attempt=1", to_the_beep)

    phone.create_call(replace(NEW, detection=detection))

    sent = dict(form(twilio.calls[0]))
    assert {name: value for name, value in sent.items() if "Amd" in name or "Machine" in name} == {
        "MachineDetection": mode,
        "MachineDetectionTimeout": "30",
        "AsyncAmd": "true",
        "AsyncAmdStatusCallback": detection.url,
        "AsyncAmdStatusCallbackMethod": "POST",
    }


def test_a_running_call_is_sent_elsewhere(twilio, phone):
    twilio.post(f"{TWILIO}/Calls/{CALL}.json", json=DONE)

    phone.redirect_call(CALL, url="https://bot.example/next")

    assert form(twilio.calls[0]) == [("Url", "https://bot.example/next"), ("Method", "POST")]


def test_a_call_is_ended(twilio, phone):
    twilio.post(f"{TWILIO}/Calls/{CALL}.json", json=DONE)

    phone.end_call(CALL)

    assert form(twilio.calls[0]) == [("Status", "completed")]


def test_ending_a_call_that_is_over_is_no_failure_but_redirecting_it_is(twilio, phone):
    over = {"code": 21220, "message": "Call is not in-progress", "status": 400}
    twilio.post(f"{TWILIO}/Calls/{CALL}.json", status=400, json=over)

    phone.end_call(CALL)

    with pytest.raises(ProviderError) as failure:
        phone.redirect_call(CALL, url="https://bot.example/next")
    assert (failure.value.code, failure.value.outcome) == ("21220", REFUSED)


def test_a_fetched_call_has_numbers_where_twilio_has_strings(twilio, phone):
    twilio.get(f"{TWILIO}/Calls/{CALL}.json", json=DONE)

    assert phone.fetch_call(CALL) == ProviderCall(
        sid=CALL,
        status="completed",
        direction="outbound-api",
        from_number="+12025550100",
        to_number="+12025550123",
        duration_s=42,
        price=Decimal("-0.01500"),
        price_unit="USD",
        created_at=datetime(2010, 8, 31, 20, 36, 28, tzinfo=UTC),
        started_at=datetime(2010, 8, 31, 20, 36, 29, tzinfo=UTC),
        ended_at=datetime(2010, 8, 31, 20, 37, 11, tzinfo=UTC),
    )


@pytest.mark.parametrize("facts", [{"parent_call_sid": "CA1"}, {"direction": "outbound-dial"}])
def test_a_call_that_another_one_dialled_is_a_leg(twilio, phone, facts):
    twilio.get(f"{TWILIO}/Calls/{CALL}.json", json=DONE | facts)
    leg = phone.fetch_call(CALL)
    twilio.get(f"{TWILIO}/Calls/{CALL}.json", json=DONE)
    call = phone.fetch_call(CALL)

    assert (leg.is_leg, call.is_leg) == (True, False)


@pytest.mark.parametrize(
    "field, said, read",
    [
        ("duration", None, ("duration_s", None)),
        ("duration", "soon", ("duration_s", None)),
        ("price", None, ("price", None)),
        ("price", "free", ("price", None)),
        ("price", "NaN", ("price", None)),
        ("end_time", "not a date", ("ended_at", None)),
        ("from", None, ("from_number", "")),
    ],
)
def test_what_is_not_known_yet_or_odd_is_none(twilio, phone, field, said, read):
    twilio.get(f"{TWILIO}/Calls/{CALL}.json", json=DONE | {field: said})

    assert getattr(phone.fetch_call(CALL), read[0]) == read[1]


def page(calls, following=None):
    return {"calls": calls, "next_page_uri": following, "page": 0, "page_size": 2}


def test_pages_of_calls_are_fetched_as_they_are_asked_for(twilio, phone):
    more = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json?PageToken=PA1&PageSize=1000"
    twilio.get(f"{TWILIO}/Calls.json", json=page([QUEUED, DONE], more))
    twilio.get(f"https://api.twilio.com{more}", json=page([DONE | {"sid": "CA" + "d" * 32}]))

    calls = phone.list_calls()

    assert len(twilio.calls) == 0
    assert next(calls).status == "queued"
    assert len(twilio.calls) == 1
    assert [call.sid for call in calls] == [CALL, "CA" + "d" * 32]
    assert len(twilio.calls) == 2


def test_a_limit_stops_before_the_next_page(twilio, phone):
    twilio.get(f"{TWILIO}/Calls.json", json=page([QUEUED, DONE], "/2010-04-01/next"))

    assert len(list(phone.list_calls(limit=2))) == 2


def test_calls_are_filtered_by_number_and_by_time_in_utc(twilio, phone):
    twilio.get(f"{TWILIO}/Calls.json", json=page([]))
    noon_in_karachi = datetime(2026, 1, 2, 12, 0, tzinfo=timezone(timedelta(hours=5)))

    list(phone.list_calls(to="+12025550123", started_after=noon_in_karachi, limit=10))

    asked = parse_qs(urlsplit(twilio.calls[0].request.url).query)
    assert asked == {"To": ["+12025550123"], "StartTime>": ["2026-01-02T07:00:00Z"], "PageSize": ["10"]}


def test_a_time_without_a_zone_is_a_mistake(phone):
    with pytest.raises(ValueError):
        phone.list_calls(started_after=datetime(2026, 1, 2))


def test_a_second_page_that_fails_is_an_error(twilio, phone):
    twilio.get(f"{TWILIO}/Calls.json", json=page([QUEUED], "/2010-04-01/next"))
    twilio.get("https://api.twilio.com/2010-04-01/next", status=500, json={"code": 20500})
    calls = phone.list_calls()
    next(calls)

    with pytest.raises(ProviderError) as failure:
        next(calls)

    assert failure.value.outcome is UNKNOWN
