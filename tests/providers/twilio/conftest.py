"""Fixtures of Twilio's adapters."""

import pytest
import responses

from tests.providers.twilio.exchange import ACCOUNT, TOKEN
from voicebot.providers.twilio.telephony import TwilioTelephony


@pytest.fixture
def phone() -> TwilioTelephony:
    return TwilioTelephony(ACCOUNT, TOKEN)


@pytest.fixture
def twilio():
    """Every request of the SDK is answered from here; one that a test did not expect fails."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock
