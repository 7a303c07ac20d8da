"""Codes are sent and checked by Twilio Verify."""

from urllib.parse import parse_qsl

import pytest

from tests.providers.twilio.exchange import ACCOUNT, TOKEN
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.twilio.verify import TwilioVerify

pytestmark = pytest.mark.usefixtures("twilio")
SERVICE = "VA" + "2" * 32
VERIFICATION = "VE" + "3" * 32
TWILIO = f"https://verify.twilio.com/v2/Services/{SERVICE}"
STARTED = {"sid": VERIFICATION, "status": "pending", "to": "+12025550123", "channel": "sms", "valid": False}


@pytest.fixture
def verify() -> TwilioVerify:
    return TwilioVerify(SERVICE, ACCOUNT, TOKEN)


def refusal(code: int, status: int) -> dict:
    return {"status": status, "json": {"code": code, "message": "no", "status": status}}


@pytest.mark.parametrize("channel", ["sms", "call"])
def test_a_code_is_asked_for_by_either_channel(twilio, verify, channel):
    twilio.post(f"{TWILIO}/Verifications", status=201, json=STARTED)

    assert verify.send_code("+12025550123", channel) == VERIFICATION

    assert dict(parse_qsl(twilio.calls[0].request.body)) == {"To": "+12025550123", "Channel": channel}


@pytest.mark.parametrize(
    ("language", "locale"),
    [
        ("de-DE", "de"), ("it-IT", "it"), ("es-US", "es"), ("pt-BR", "pt-BR"), ("pt-PT", "pt"), ("en-GB", "en-GB"), ("en-US", "en"),
        # Verify refuses what it has no words in: then the number's country decides.
        ("cy-GB", None), ("", None),
    ],
)  # fmt: skip
def test_a_code_is_asked_for_in_a_language_that_the_service_has_words_in(twilio, verify, language, locale):
    twilio.post(f"{TWILIO}/Verifications", status=201, json=STARTED)

    verify.send_code("+12025550123", "sms", language)

    assert dict(parse_qsl(twilio.calls[0].request.body)).get("Locale") == locale


@pytest.mark.parametrize(
    ("status", "right"), [("approved", True), ("pending", False), ("max_attempts_reached", False)]
)
def test_a_code_is_right_when_the_service_approves_it(twilio, verify, status, right):
    twilio.post(f"{TWILIO}/VerificationCheck", status=200, json=STARTED | {"status": status, "valid": right})

    assert verify.is_right("+12025550123", "482913") is right

    assert dict(parse_qsl(twilio.calls[0].request.body)) == {"To": "+12025550123", "Code": "482913"}


# Handbook 7: a check without a start may be 20404 or 60200, a sixth one is 60202.
@pytest.mark.parametrize(("code", "status"), [(20404, 404), (60200, 400)])
def test_where_nothing_runs_no_code_is_right(twilio, verify, code, status):
    twilio.post(f"{TWILIO}/VerificationCheck", **refusal(code, status))

    assert verify.is_right("+12025550123", "482913") is False


# The service is gone, or what was typed has not even the shape of a code.
@pytest.mark.parametrize("status", [404, 400])
def test_a_refusal_that_names_no_error_of_twilios_makes_no_code_right(twilio, verify, status):
    twilio.post(f"{TWILIO}/VerificationCheck", status=status, json={})

    assert verify.is_right("+12025550123", "four eight two") is False


def test_a_code_that_was_tried_too_often_is_wrong(twilio, verify):
    twilio.post(f"{TWILIO}/VerificationCheck", **refusal(60202, 429))

    assert verify.is_right("+12025550123", "482913") is False


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (refusal(60203, 429), Outcome.NOT_SENT),
        (refusal(60205, 403), Outcome.REFUSED),
        (refusal(60410, 403), Outcome.REFUSED),
        ({"status": 500, "json": {}}, Outcome.UNKNOWN),
        ({"status": 201, "json": {"sid": None}}, Outcome.UNKNOWN),
        ({"status": 201, "body": "not json"}, Outcome.UNKNOWN),
    ],
)
def test_a_failure_says_what_may_have_happened(twilio, verify, answer, outcome):
    twilio.post(f"{TWILIO}/Verifications", **answer)

    with pytest.raises(ProviderError) as failed:
        verify.send_code("+12025550123", "sms")

    assert failed.value.outcome is outcome


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_check_that_failed_is_neither_right_nor_wrong(twilio, verify, status):
    twilio.post(f"{TWILIO}/VerificationCheck", **refusal(20003, status))

    with pytest.raises(ProviderError):
        verify.is_right("+12025550123", "482913")


def test_a_server_of_our_own_takes_the_place_of_twilios(twilio):
    twilio.post(f"http://127.0.0.1:9100/v2/Services/{SERVICE}/Verifications", status=201, json=STARTED)

    assert TwilioVerify(SERVICE, ACCOUNT, TOKEN, "http://127.0.0.1:9100").send_code("+12025550123", "sms")


def test_a_service_that_is_none_is_refused_at_once():
    with pytest.raises(ProviderError):
        TwilioVerify("VA../../x", ACCOUNT, TOKEN)
