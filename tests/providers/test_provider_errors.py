import socket
import ssl

import httpx
import httpx2
import pytest
import requests
import urllib3

from voicebot.providers.http.errors import (
    clean_code,
    outcome_of_status,
    retry_after_s,
    status_error,
    transport_error,
)
from voicebot.providers.ports import Outcome

NOT_SENT, REFUSED, UNKNOWN = Outcome.NOT_SENT, Outcome.REFUSED, Outcome.UNKNOWN


@pytest.mark.parametrize(
    "status, outcome",
    [
        (400, REFUSED),
        (401, REFUSED),
        (403, REFUSED),
        (404, REFUSED),
        (408, REFUSED),
        (422, REFUSED),
        (429, NOT_SENT),
        (500, UNKNOWN),
        (502, UNKNOWN),
        (503, UNKNOWN),
        (504, UNKNOWN),
        (302, UNKNOWN),
        (0, UNKNOWN),
    ],
)
def test_a_status_says_what_the_provider_did(status, outcome):
    assert outcome_of_status(status) is outcome


def dial_failed(reason):
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", reason))


REFUSED_DIAL = urllib3.exceptions.NewConnectionError(None, "refused")
NO_SUCH_NAME = urllib3.exceptions.NameResolutionError("nowhere.invalid", None, socket.gaierror())
BAD_CERTIFICATE = urllib3.exceptions.SSLError(ssl.SSLCertVerificationError(1, "expired"))
BROKEN_TLS = urllib3.exceptions.SSLError(ssl.SSLError(1, "bad record"))


@pytest.mark.parametrize(
    "error, code, outcome",
    [
        (httpx.ConnectTimeout(""), "connect_timeout", NOT_SENT),
        (httpx2.ConnectTimeout(""), "connect_timeout", NOT_SENT),
        (requests.ConnectTimeout(), "connect_timeout", NOT_SENT),
        (httpx.ConnectError(""), "unreachable", NOT_SENT),
        (httpx2.ConnectError(""), "unreachable", NOT_SENT),
        (httpx2.PoolTimeout(""), "busy_here", NOT_SENT),
        (httpx.ProxyError(""), "unreachable", NOT_SENT),
        (dial_failed(REFUSED_DIAL), "unreachable", NOT_SENT),
        (dial_failed(NO_SUCH_NAME), "unreachable", NOT_SENT),
        (requests.exceptions.SSLError(dial_failed(BAD_CERTIFICATE).args[0]), "untrusted", NOT_SENT),
        (requests.exceptions.SSLError(dial_failed(BROKEN_TLS).args[0]), "dropped", UNKNOWN),
        (httpx.ReadTimeout(""), "timeout", UNKNOWN),
        (httpx2.WriteTimeout(""), "timeout", UNKNOWN),
        (requests.ReadTimeout(), "timeout", UNKNOWN),
        (TimeoutError(), "timeout", UNKNOWN),
        (httpx.RemoteProtocolError(""), "dropped", UNKNOWN),
        (httpx2.ReadError(""), "dropped", UNKNOWN),
        (requests.ConnectionError(urllib3.exceptions.ProtocolError("reset")), "dropped", UNKNOWN),
        (requests.exceptions.ChunkedEncodingError(), "dropped", UNKNOWN),
        (urllib3.exceptions.ProtocolError("cut"), "dropped", UNKNOWN),
        (urllib3.exceptions.ReadTimeoutError(None, "/", ""), "timeout", UNKNOWN),
        (ConnectionResetError(), "dropped", UNKNOWN),
        (httpx.DecodingError(""), "unreadable", UNKNOWN),
        (httpx.TooManyRedirects(""), "unreadable", UNKNOWN),
        (httpx.InvalidURL("x"), "bad_request", REFUSED),
        (httpx2.LocalProtocolError("illegal header"), "bad_request", REFUSED),
        (requests.exceptions.InvalidURL(), "bad_request", REFUSED),
        (RuntimeError("never seen before"), "unreadable", UNKNOWN),
    ],
    ids=lambda value: (
        type(value).__module__ + "." + type(value).__name__ if isinstance(value, Exception) else ""
    ),
)
def test_a_broken_exchange_says_what_may_have_happened(error, code, outcome):
    failure = transport_error("p", error)

    assert (failure.code, failure.outcome) == (code, outcome)


def test_an_sdks_own_class_is_looked_through():
    class Wrapped(Exception):
        pass

    try:
        raise Wrapped from httpx2.ConnectTimeout("")
    except Wrapped as error:
        failure = transport_error("p", error)

    assert failure.outcome is NOT_SENT


@pytest.mark.parametrize(
    "headers, seconds",
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"Retry-After": "86400"}, 3600.0),
        ({"Retry-After": "Wed, 01 Jan 2025 00:00:30 GMT", "Date": "Wed, 01 Jan 2025 00:00:00 GMT"}, 30.0),
        ({"Retry-After": "Wed, 01 Jan 2025 00:00:00 GMT", "Date": "Wed, 01 Jan 2025 00:00:30 GMT"}, 0.0),
        ({"Retry-After": "Wed, 01 Jan 2025 00:00:30 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"retry-after-ms": "nan-ish"}, None),
        ({"Retry-After": "-3"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_provider_asks_for_is_read(headers, seconds):
    assert retry_after_s(headers) == seconds


def test_an_error_carries_the_providers_code_and_its_wait():
    failure = status_error("p", 429, code="rate_limit_exceeded", headers={"Retry-After": "2"})

    assert (failure.code, failure.retry_after_s) == ("rate_limit_exceeded", 2.0)
    assert str(failure) == "p failed: rate_limit_exceeded"


@pytest.mark.parametrize(
    "code", ["my number is +12025550123", "", "x" * 65, None, True, 1.5, {}, "12025550123"]
)
def test_what_does_not_look_like_a_code_never_reaches_a_log(code):
    assert clean_code(code) is None
    assert status_error("p", 400, code=code).code == "http_400"


@pytest.mark.parametrize(
    "code, clean", [(21211, "21211"), ("21211", "21211"), ("model_not_found", "model_not_found")]
)
def test_codes_of_providers_are_kept(code, clean):
    assert clean_code(code) == clean
