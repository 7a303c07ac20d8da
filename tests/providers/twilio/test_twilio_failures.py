"""What Twilio answers that is no call says what may have happened, and nobody else learns the key or a number."""

import logging
from dataclasses import replace

import pytest
import requests

from tests.providers.twilio.exchange import (
    ACCOUNT,
    CALL,
    NEW,
    NOT_SENT,
    NUMBER,
    QUEUED,
    REFUSED,
    TOKEN,
    TWILIO,
    UNKNOWN,
)
from voicebot.providers.ports import ProviderError
from voicebot.providers.twilio.telephony import TwilioTelephony

pytestmark = pytest.mark.usefixtures("twilio")


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
    twilio.get(f"{TWILIO}/Calls.json", json={"calls": [], "next_page_uri": None})

    phone.create_call(replace(NEW, to="+12025550177"))
    list(phone.list_calls(to="+12025550177"))

    assert "2025550177" not in caplog.text
    assert TOKEN not in caplog.text
