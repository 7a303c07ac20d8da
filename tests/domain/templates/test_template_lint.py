"""What keeps a template from being published, and what somebody should look at."""

import pytest

from voicebot.domain.templates.lint import Severity, is_publishable, lint
from voicebot.domain.templates.template import CallTemplate


def template(**more: object) -> CallTemplate:
    return CallTemplate.model_validate({"name": "Bakery", **more})


def found(**more: object) -> list[tuple[str, str]]:
    return [(each.severity.value, each.field) for each in lint(template(**more), ["US"])]


def test_a_plain_template_has_nothing_to_look_at():
    assert (
        found(
            greeting="Hello, this is {{line}}.",
            facts=["A loaf costs four dollars.", "We are at 12 Harbour Street."],
            prompt="Be kind. Call them {{name}}.",
            variables={"name": "friend"},
        )
        == []
    )


@pytest.mark.parametrize(
    "more",
    [
        {"greeting": "Hello {{naem}}"}, {"prompt": "Say {{greeting}}"}, {"facts": ["We know {{ you }}."]},
        {"greeting": "Hello {{line"}, {"facts": ["Hello }}"]},
    ],
)  # fmt: skip
def test_a_variable_that_nobody_knows_is_an_error(more):
    assert [severity for severity, _ in found(**more)] == ["error"]


def test_a_variable_that_nothing_uses_is_a_warning():
    assert found(variables={"name": "you"}) == [("warning", "variables.name")]


@pytest.mark.parametrize(
    "words",
    [
        "The key is sk-proj-abcdefghijklmnopqrstuv",
        "sid AC0123456789abcdef0123456789abcdef",
        "Use the token 0123456789abcdef0123456789abcdef.",
        "The door's password is hunter22",
        "Alarm PIN: 4711",
        "api_key=abc123def",
        "Card 4111 1111 1111 1111",
        "postgres://bot:s3cret@db.example.com/x",
        "-----BEGIN PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
    ],
)
@pytest.mark.parametrize("place", ["prompt", "facts"])
def test_a_secret_is_an_error_wherever_it_stands(words, place):
    findings = lint(template(**{place: [words] if place == "facts" else words}))

    assert not is_publishable(findings)
    assert all(words not in each.message for each in findings)


@pytest.mark.parametrize(
    "words",
    [
        "We never ask for your password.",
        "The secret is in the sauce.",
        "Passwords are reset at the desk, room 12.",
    ],
)
def test_talking_about_secrets_is_none(words):
    assert is_publishable(lint(template(prompt=words)))


@pytest.mark.parametrize(
    "words",
    [
        "It costs $85.", "We open at 9:00.", "We open at 9am.", "Open 24/7.", "Call 202-555-0100.", "It is 10% off.",
        "Mon-Fri 9-18", "See https://example.com", "Write to info@example.com", "**Bold** words", "Hello 😀",
        "Bring e.g. a lamp.", "From 2026-05-01 on", "It costs 85 €.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["greeting", "facts"])
def test_what_is_written_for_eyes_is_a_warning_where_it_is_said(words, place):
    findings = lint(template(**{place: [words] if place == "facts" else words}))

    assert [each.severity for each in findings] == [Severity.WARNING]
    assert is_publishable(findings)


def test_a_transfer_to_a_number_that_may_not_be_called_is_an_error():
    assert found(transfer={"to": ["+491701234567", "+12025550199"]}) == [("error", "transfer.to.0")]


def test_callers_who_reach_nobody_and_leave_nothing_are_a_warning():
    assert found(tools=["end_call"]) == [("warning", "tools")]


def test_a_greeting_that_goes_on_and_on_is_a_warning():
    assert found(greeting="Welcome to us. " * 20) == [("warning", "greeting")]


@pytest.mark.parametrize(
    ("url", "open_to"),
    [
        ("https://bookings.example.com/x", "all"),
        ("http://bookings.example.com/x", "nobody"),
        ("http://booking.internal/x", "named"), ("https://Booking.Internal/x", "named"),
        ("http://booking.internal:81/x", "nobody"), ("https://booking.internal.example.com:81/x", "all"),
        ("http://10.0.0.5:8080/x", "named"), ("http://10.0.0.5/x", "nobody"), ("http://[fd00::1]:8080/x", "named"),
        ("https://169.254.169.254/latest", "nobody"), ("https://2130706433/", "nobody"),
        ("http://127.0.0.1:9300/x", "offline"), ("http://localhost:9300/x", "offline"),
    ],
)  # fmt: skip
def test_a_tools_address_is_open_in_public_where_its_host_is_named_and_here_without_accounts(url, open_to):
    tool = {"name": "book_table", "description": "Book a table.", "url": url}
    hosts = ("booking.internal", "10.0.0.5:8080", "[fd00::1]:8080")

    def is_open(hosts: tuple[str, ...] = (), *, offline: bool = False) -> bool:
        findings = lint(template(own_tools=[tool]), (), hosts, offline=offline)
        assert {each.field for each in findings} <= {"own_tools.0.url"}
        return is_publishable(findings)

    assert is_open() == (open_to == "all")
    assert is_open(hosts) == (open_to in ("all", "named"))
    assert is_open(offline=True) == (open_to in ("all", "offline"))


@pytest.mark.parametrize(
    "url", ["ftp://x.example/", "https://user:word@x.example/", "https://x.example/#a", "x"]
)
def test_what_is_no_address_is_no_tools(url):
    with pytest.raises(ValueError, match=r"own_tools\.0\.url"):
        template(own_tools=[{"name": "book_table", "description": "Book.", "url": url}])
