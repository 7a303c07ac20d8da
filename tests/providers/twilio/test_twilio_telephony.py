import logging
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
import responses

from voicebot.providers.ports import Detection, NewCall, Outcome, ProviderCall, ProviderError, ProviderNumber
from voicebot.providers.twilio.telephony import TwilioTelephony

NOT_SENT, REFUSED, UNKNOWN = Outcome.NOT_SENT, Outcome.REFUSED, Outcome.UNKNOWN
ACCOUNT, TOKEN = "AC" + "0" * 32, "1" * 32
CALL, RECORDING, NUMBER = "CA" + "a" * 32, "RE" + "b" * 32, "PN" + "c" * 32
TWILIO = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}"
NEW = NewCall(
    to="+12025550123",
    from_number="+12025550100",
    url="https://bot.example/twilio/voice/outbound",
    fallback_url="https://bot.example/twilio/voice/fallback",
    status_url="https://bot.example/twilio/voice/status",
    ring_s=20,
    time_limit_s=600,
)
QUEUED = {
    "sid": CALL,
    "status": "queued",
    "direction": "outbound-api",
    "from": "+12025550100",
    "to": "+12025550123",
    "duration": None,
    "price": None,
    "price_unit": "USD",
    "date_created": "Tue, 31 Aug 2010 20:36:28 +0000",
    "start_time": None,
    "end_time": None,
}
DONE = QUEUED | {
    "status": "completed",
    "duration": "42",
    "price": "-0.01500",
    "start_time": "Tue, 31 Aug 2010 20:36:29 +0000",
    "end_time": "Tue, 31 Aug 2010 20:37:11 +0000",
}


@pytest.fixture
def phone() -> TwilioTelephony:
    return TwilioTelephony(ACCOUNT, TOKEN)


@pytest.fixture(autouse=True)
def twilio():
    """Every request of the SDK is answered from here; one that a test did not expect fails."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


def form(call) -> list[tuple[str, str]]:
    return parse_qsl(call.request.body)


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


def test_a_recording_is_started_in_two_channels(twilio, phone):
    twilio.post(f"{TWILIO}/Calls/{CALL}/Recordings.json", status=201, json={"sid": RECORDING})

    assert phone.start_recording(CALL, callback_url="https://bot.example/r") == RECORDING

    sent = form(twilio.calls[0])
    assert ("RecordingChannels", "dual") in sent
    assert ("RecordingStatusCallback", "https://bot.example/r") in sent
    assert ("RecordingStatusCallbackEvent", "absent") in sent


def test_a_recording_is_deleted_and_one_that_is_gone_already_is_no_failure(twilio, phone):
    recording = f"{TWILIO}/Recordings/{RECORDING}.json"
    twilio.delete(recording, status=204)
    twilio.delete(recording, status=404, json={"code": 20404, "message": "not found", "status": 404})
    twilio.delete(recording, status=500, json={"code": 20500})

    phone.delete_recording(RECORDING)
    phone.delete_recording(RECORDING)
    with pytest.raises(ProviderError):
        phone.delete_recording(RECORDING)
    with pytest.raises(ProviderError):
        phone.delete_recording("../Calls")


def test_a_recording_is_fetched_in_two_channels_to_the_disk_and_deleted(twilio, phone, tmp_path):
    file, sound = tmp_path / "sound.wav", b"RIFF" + b"x" * 200_000
    twilio.get(f"{TWILIO}/Recordings/{RECORDING}.wav", body=sound)
    twilio.delete(f"{TWILIO}/Recordings/{RECORDING}.json", status=204)

    assert phone.fetch_recording(RECORDING, file, most_bytes=len(sound)) == len(sound)
    phone.delete_recording(RECORDING)

    assert file.read_bytes() == sound
    asked = twilio.calls[0].request
    assert parse_qs(urlsplit(asked.url).query) == {"RequestedChannels": ["2"]}
    assert asked.headers["Authorization"] == f"Basic {b64encode(f'{ACCOUNT}:{TOKEN}'.encode()).decode()}"


@pytest.mark.parametrize(
    ("answer", "code", "outcome"),
    [
        ({"body": b"x" * 101}, "too_large", REFUSED),
        ({"status": 404}, "http_404", REFUSED),
        ({"status": 302, "headers": {"Location": "https://evil.example/"}}, "http_302", REFUSED),
        ({"status": 500}, "http_500", UNKNOWN),
        ({"status": 429}, "http_429", UNKNOWN),
        ({"body": requests.exceptions.ReadTimeout()}, "no-answer", UNKNOWN),
        ({"body": requests.exceptions.ConnectionError()}, "unreachable", NOT_SENT),
    ],
)
def test_a_recording_that_cannot_be_fetched_says_why(twilio, phone, tmp_path, answer, code, outcome):
    twilio.get(f"{TWILIO}/Recordings/{RECORDING}.wav", **answer)

    with pytest.raises(ProviderError) as failure:
        phone.fetch_recording(RECORDING, tmp_path / "sound.wav", most_bytes=100)

    assert (failure.value.code, failure.value.outcome) == (code, outcome)


def test_numbers_are_listed_with_their_urls(twilio, phone):
    number = {
        "sid": NUMBER,
        "phone_number": "+12025550100",
        "capabilities": {"voice": True, "SMS": False},
        "voice_url": "https://old.example/voice",
        "sms_url": None,
    }
    twilio.get(f"{TWILIO}/IncomingPhoneNumbers.json", json={"incoming_phone_numbers": [number]})

    assert phone.list_numbers() == [
        ProviderNumber(
            NUMBER, "+12025550100", {"voice": True, "sms": False}, voice_url="https://old.example/voice"
        )
    ]


def test_all_that_takes_a_numbers_calls_and_texts_is_read(twilio, phone):
    number = {
        "sid": NUMBER,
        "phone_number": "+12025550100",
        "voice_method": "GET",
        "sms_fallback_method": None,
        "voice_application_sid": "AP1",
        "sms_application_sid": "",
        "trunk_sid": "TK1",
    }
    twilio.get(f"{TWILIO}/IncomingPhoneNumbers.json", json={"incoming_phone_numbers": [number]})

    [listed] = phone.list_numbers()

    assert (listed.voice_method, listed.sms_fallback_method) == ("GET", "POST")
    assert (listed.voice_application_sid, listed.sms_application_sid, listed.trunk_sid) == ("AP1", "", "TK1")


def test_fields_of_a_number_are_changed_in_one_request_and_empty_ones_are_cleared(twilio, phone):
    twilio.post(f"{TWILIO}/IncomingPhoneNumbers/{NUMBER}.json", json={"sid": NUMBER})

    phone.change_number(NUMBER, {"voice_url": "https://a/v", "voice_method": "GET", "trunk_sid": ""})

    assert len(twilio.calls) == 1
    asked = dict(parse_qsl(twilio.calls[0].request.body, keep_blank_values=True))
    assert asked == {"VoiceUrl": "https://a/v", "VoiceMethod": "GET", "TrunkSid": ""}


def test_a_field_that_a_number_does_not_have_is_a_mistake(phone):
    with pytest.raises(ValueError):
        phone.change_number(NUMBER, {"fax_url": "https://a/f"})


STATUSES = [
    (400, {"code": 21211, "message": "Invalid 'To' Phone Number: +12025550123"}, "21211", REFUSED),
    (401, {"code": 20003, "message": "Authenticate"}, "20003", REFUSED),
    (404, {"code": 20404, "message": "not found"}, "20404", REFUSED),
    (429, {"code": 20429, "message": "Too Many Requests"}, "20429", NOT_SENT),
    (429, "slow down", "http_429", NOT_SENT),
    (503, {"code": 20429}, "20429", NOT_SENT),
    (500, {"code": 20500, "message": "Internal"}, "20500", UNKNOWN),
    (502, "<html>", "http_502", UNKNOWN),
    (503, {}, "http_503", UNKNOWN),
    (302, {}, "http_302", UNKNOWN),
    (201, "<html>", "unreadable", UNKNOWN),
    (201, [], "unreadable", UNKNOWN),
    (201, {}, "unreadable", UNKNOWN),
    (201, {"sid": None}, "unreadable", UNKNOWN),
    (400, {"type": "t", "title": "t", "status": 400, "code": 20001}, "20001", REFUSED),
]


@pytest.mark.parametrize("status, body, code, outcome", STATUSES)
def test_answers_that_are_no_call_say_what_may_have_happened(twilio, phone, status, body, code, outcome):
    content = {"body": body} if isinstance(body, str) else {"json": body}
    twilio.post(f"{TWILIO}/Calls.json", status=status, **content)

    with pytest.raises(ProviderError) as failure:
        phone.create_call(NEW)

    assert (failure.value.provider, failure.value.code, failure.value.outcome) == ("twilio", code, outcome)
    assert "2025550123" not in str(failure.value)
    assert len(twilio.calls) == 1


def test_a_rate_limit_carries_its_wait(twilio, phone):
    twilio.post(f"{TWILIO}/Calls.json", status=429, json={"code": 20429}, headers={"Retry-After": "4"})

    with pytest.raises(ProviderError) as failure:
        phone.create_call(NEW)

    assert failure.value.retry_after_s == 4.0


@pytest.mark.parametrize(
    "error, code, outcome",
    [
        (requests.ConnectTimeout(), "connect_timeout", NOT_SENT),
        (requests.ReadTimeout(), "timeout", UNKNOWN),
        (requests.ConnectionError(), "dropped", UNKNOWN),
        (ConnectionResetError(), "dropped", UNKNOWN),
    ],
)
def test_a_broken_exchange_is_not_repeated(twilio, phone, error, code, outcome):
    twilio.post(f"{TWILIO}/Calls.json", body=error)

    with pytest.raises(ProviderError) as failure:
        phone.create_call(NEW)

    assert (failure.value.code, failure.value.outcome) == (code, outcome)
    assert len(twilio.calls) == 1


@pytest.mark.parametrize("body", [{"calls": "none"}, {"calls": [{}]}, {"calls": [None]}, {"a": [], "b": []}])
def test_a_list_of_another_shape_is_unreadable(twilio, phone, body):
    twilio.get(f"{TWILIO}/Calls.json", json=body)

    with pytest.raises(ProviderError) as failure:
        list(phone.list_calls())

    assert failure.value.outcome is UNKNOWN


@pytest.mark.parametrize("sid", ["", "CA1", "../Calls", CALL + "/x", NUMBER, CALL + "\n"])
def test_a_sid_that_would_be_another_path_is_refused_here(phone, sid):
    with pytest.raises(ProviderError) as failure:
        phone.end_call(sid)

    assert failure.value.outcome is REFUSED


@pytest.mark.parametrize(
    "api_base, expected",
    [
        ("http://127.0.0.1:9100", f"http://127.0.0.1:9100/2010-04-01/Accounts/{ACCOUNT}/Calls.json"),
        (
            "http://127.0.0.1:9100/twilio/",
            f"http://127.0.0.1:9100/twilio/2010-04-01/Accounts/{ACCOUNT}/Calls.json",
        ),
    ],
)
def test_every_host_of_twilio_is_replaced_by_the_base(twilio, api_base, expected):
    twilio.post(expected, status=201, json=QUEUED)

    assert TwilioTelephony(ACCOUNT, TOKEN, api_base).create_call(NEW) == CALL


def test_a_page_link_to_a_stranger_never_gets_the_accounts_key(twilio, phone):
    twilio.get(
        f"{TWILIO}/Calls.json",
        json={"calls": [QUEUED], "meta": {"key": "calls", "next_page_url": "https://evil.example/x"}},
    )
    calls = phone.list_calls()
    next(calls)

    with pytest.raises(ProviderError) as failure:
        next(calls)

    assert failure.value.outcome is REFUSED
    assert len(twilio.calls) == 1


def test_no_phone_number_is_logged(twilio, phone, caplog):
    caplog.set_level(logging.INFO)
    twilio.post(f"{TWILIO}/Calls.json", status=201, json=QUEUED)
    twilio.get(f"{TWILIO}/Calls.json", json=page([]))

    phone.create_call(replace(NEW, to="+12025550177"))
    list(phone.list_calls(to="+12025550177"))

    assert "2025550177" not in caplog.text
    assert TOKEN not in caplog.text
