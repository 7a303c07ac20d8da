"""Whose address a request has: nobody's word is taken but that of the configured proxy."""

from collections.abc import Sequence

import pytest

from voicebot.domain.access.client_address import came_through_a_proxy, client_address

PROXY, CLIENT = "127.0.0.1", "198.51.100.7"


def sent(*headers: tuple[str, str]):
    def values(name: str) -> Sequence[str]:
        return [value for key, value in headers if key.lower() == name.lower()]

    return values


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (CLIENT, CLIENT),
        (f" {CLIENT} ", CLIENT),
        (f"{CLIENT}:4711", CLIENT),
        (f"203.0.113.1, {CLIENT}", CLIENT),
        (f"203.0.113.1,203.0.113.2 ,{CLIENT}", CLIENT),
        (f"unknown, {CLIENT}", CLIENT),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        (f"{CLIENT}, unknown", ""),
        (f"{CLIENT},", ""),
        ("unknown", ""),
        ("", ""),
        ("localhost", ""),
        ("198.51.100.7.8", ""),
        ("<script>", ""),
    ],
)
def test_the_last_address_of_the_configured_header_counts(value, address):
    assert client_address(PROXY, sent(("X-Forwarded-For", value)), "x-forwarded-for") == address


def test_the_last_of_several_headers_is_the_proxys_own():
    headers = sent(("X-Forwarded-For", "203.0.113.1"), ("X-Forwarded-For", CLIENT))

    assert client_address(PROXY, headers, "X-Forwarded-For") == CLIENT


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (f"for={CLIENT}", CLIENT),
        (f"for=203.0.113.1, for={CLIENT};proto=https;by=10.0.0.1", CLIENT),
        ('for="[2001:db8::1]:4711";proto=https', "2001:db8::1"),
        (f'For="{CLIENT}:80"', CLIENT),
        ("for=unknown", ""),
        ("proto=https", ""),
    ],
)
def test_the_standards_own_header_is_read_too(value, address):
    assert client_address(PROXY, sent(("Forwarded", value)), "Forwarded") == address


@pytest.mark.parametrize(
    "name",
    [
        "X-Forwarded-For",
        "Forwarded",
        "X-Real-IP",
        "CF-Connecting-IP",
        "True-Client-IP",
        "Fly-Client-IP",
        "Via",
        "X-Forwarded-Proto",
    ],
)
def test_without_a_configured_header_nobodys_word_is_taken(name):
    headers = sent((name, CLIENT))

    assert client_address(PROXY, headers, "") == ""
    assert came_through_a_proxy(headers)


@pytest.mark.parametrize("name", ["X-Real-IP", "CF-Connecting-IP", "X-Forwarded-For"])
def test_another_header_than_the_configured_one_is_not_looked_at(name):
    assert (
        client_address(PROXY, sent((name, CLIENT), ("X-Client", "203.0.113.9")), "X-Client") == "203.0.113.9"
    )
    assert client_address(PROXY, sent((name, CLIENT)), "X-Client") == ""


def test_whoever_comes_without_a_proxy_has_the_connections_address():
    assert client_address(CLIENT, sent(), "") == CLIENT
    assert not came_through_a_proxy(sent())
    assert came_through_a_proxy(sent(("X-Client", CLIENT)), "X-Client")
