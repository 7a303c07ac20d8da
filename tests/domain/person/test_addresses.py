"""Addresses as the carrier spells them."""

import pytest

from voicebot.domain.person.addresses import bare_number, channel_of, country_of_id, wire_address


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


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("US.1234", "US"),
        ("BE.13491208655302741918", "BE"),
        ("+12025550123", None),
        ("US.", None),
        ("us.1", None),
    ],
)
def test_an_id_on_whatsapp_names_its_country(name, country):
    assert country_of_id(name) == country
