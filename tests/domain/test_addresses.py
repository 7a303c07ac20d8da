"""Addresses as the carrier spells them."""

import pytest

from voicebot.domain.addresses import bare_number, channel_of, wire_address


@pytest.mark.parametrize(
    ("address", "channel", "bare"),
    [
        ("+12025550123", "sms", "+12025550123"),
        ("whatsapp:+12025550123", "whatsapp", "+12025550123"),
        ("WhatsApp:+12025550123", "whatsapp", "+12025550123"),
        ("whatsapp:US.1234", "whatsapp", "US.1234"),
        ("12345", "sms", "12345"),
        ("MYBANK", "sms", "MYBANK"),
        ("messenger:77", "sms", "messenger:77"),
        ("", "sms", ""),
    ],
)
def test_an_address_has_a_channel_and_a_name(address, channel, bare):
    assert (channel_of(address), bare_number(address)) == (channel, bare)


def test_the_carriers_spelling_is_made_once():
    once = wire_address("whatsapp", "+12025550123")

    assert once == wire_address("whatsapp", once) == "whatsapp:+12025550123"
    assert wire_address("sms", "+12025550123") == "+12025550123"
