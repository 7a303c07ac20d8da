"""Webhooks to systems outside: addresses, bodies, and when a try is made again."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicebot.domain.operators.webhook import (
    DELAYS_S,
    EVENT_TYPES,
    MOST_TRIES,
    body_of,
    rest_s,
    retry_in_s,
    webhook_id,
)
from voicebot.domain.public_address import is_public_address, public_url

VECTORS = Path(__file__).parents[2] / "vectors" / "providers" / "standard_webhooks.json"
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)

CLOSED_ONES = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3 127.255.255.254
    169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.7 192.88.99.1
    192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.3 203.0.113.9 168.63.129.16 224.0.0.1 239.255.255.255
    240.0.0.1 255.255.255.255
    :: ::1 ::ffff:8.8.8.8 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe ::8.8.8.8 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1 2001::1 2001:20::1
    2001:db8::1 2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1
    2606:4700::1111%lo 1.2.3 0x7f000001 2130706433 0177.0.0.1 127.1 1.2.3.4.5 example.com
"""
PUBLIC_ONES = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255 169.255.0.0
    172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 168.63.129.17
    93.184.216.34 2606:4700::1111 2001:4860:4860::8888 2a00:1450:4001::1 2003::1
"""


@pytest.mark.parametrize("address", [*CLOSED_ONES.split(), "", "localhost"])
def test_addresses_that_may_be_ours_are_closed(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", PUBLIC_ONES.split())
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "address", ["https://[::1]/", "https://[2001:db8::1]/", "https://[::ffff:1.1.1.1]:8443/"]
)
def test_a_url_with_a_closed_address_is_none(address: str) -> None:
    with pytest.raises(ValueError, match="a network of its own"):
        public_url(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com", "https://example.com:8443/hook?team=1&x=%20", "https://1.1.1.1/", "https://[2606:4700::1111]/x",
        "https://EXAMPLE.com./hooks", "https://xn--exmple-cua.com/", "https://hooks.example.co.uk/a/b",
    ],
)  # fmt: skip
def test_https_to_public_servers_is_kept_as_it_stands(url: str) -> None:
    assert public_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1@evil.com/", "http://127.0.0.1.evil.com/", "http://127.0.0.2/", "http://localhost/",
        "http://[::1]/", "http://x@127.0.0.1/", "https://127.0.0.1/", "http://10.0.0.1/",
    ],
)  # fmt: skip
def test_only_127_0_0_1_is_reached_without_tls_and_only_in_the_demo(url: str) -> None:
    assert public_url("http://127.0.0.1:9/x", here=True) == "http://127.0.0.1:9/x"
    for here, bad in ((False, "http://127.0.0.1:9/x"), (True, url)):
        with pytest.raises(ValueError, match="expected"):
            public_url(bad, here=here)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/" + "a" * 2000,
        "https://example.com:99999/",
        "https://[::1/",
        "https://example.com:0/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        public_url(url)


def test_the_first_delays_are_the_standards_and_all_tries_fit_into_a_day() -> None:
    standard = json.loads(VECTORS.read_text())["retry_delays_s"]

    assert list(DELAYS_S[:5]) == standard[1:6]
    assert MOST_TRIES == 8
    assert 23 * 3600 < sum(DELAYS_S) <= 24 * 3600


def test_chance_spreads_tries_and_never_makes_them_later_than_a_day() -> None:
    for tries in range(1, MOST_TRIES):
        pauses = [retry_in_s(tries, None, scatter) or 0.0 for scatter in (0.0, 0.5, 1.0)]
        assert pauses == sorted(pauses, reverse=True)
        assert pauses[0] == DELAYS_S[tries - 1] and pauses[2] == pytest.approx(0.9 * pauses[0])
    assert retry_in_s(MOST_TRIES, None, 0.0) is None


def test_nobody_comes_back_before_the_time_that_was_asked_for() -> None:
    assert retry_in_s(1, 120.0, 0.5) == 120.0
    assert retry_in_s(4, 120.0, 0.0) == 7200.0
    assert rest_s(0, 120.0) == 120.0


def test_an_endpoint_rests_ever_longer_up_to_a_quarter_of_an_hour() -> None:
    rests = [rest_s(failures, None) for failures in range(12)]

    assert rests[:3] == [5.0, 10.0, 20.0]
    assert rests[-1] == rest_s(10_000, None) == 900.0


def test_a_body_has_the_standards_three_fields_and_the_same_bytes_each_time() -> None:
    facts = {"b": 1, "a": "Müller"}

    body = body_of("call.ended", NOON, facts)

    expected = '{"data":{"a":"Müller","b":1},"timestamp":"2026-11-28T12:00:00Z","type":"call.ended"}'
    assert body.decode() == expected
    assert body == body_of("call.ended", NOON, dict(reversed(facts.items())))
    assert all(set(kind) <= set("abcdefghijklmnopqrstuvwxyz_.") for kind in EVENT_TYPES)
    assert webhook_id("0b8f8b9e-0000-4000-8000-000000000001") == "msg_0b8f8b9e000040008000000000000001"
