"""Numbers of an account are listed with all that takes their calls and texts, and changed field by field."""

from urllib.parse import parse_qsl

import pytest

from tests.providers.twilio.exchange import NUMBER, TWILIO
from voicebot.providers.ports import ProviderNumber

pytestmark = pytest.mark.usefixtures("twilio")


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
