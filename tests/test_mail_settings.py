"""Where mail goes, by the settings: all of it, none of it, or one message that says what is wrong."""

import pytest

from tests.support.given_settings import ACCOUNTS, environ, refusal
from voicebot.settings import load_settings

__all__ = ["environ"]

MAIL = {
    "SMTP_URL": "smtps://bot:canary-password@mail.example.com",
    "MAIL_FROM": "Voicebot <bot@example.com>",
    "OPERATOR_EMAIL": "ann@example.com,bob@example.com",
    "VOICEBOT_DIGEST_AT": "07:30",
    "VOICEBOT_TIMEZONE": "Europe/Berlin",
}


def test_without_mail_settings_none_is_sent(environ):
    settings = load_settings(environ | ACCOUNTS)

    assert (settings.smtp_url, settings.mail_from, settings.operator_email) == ("", "", ())


def test_all_mail_settings_are_taken_and_the_password_is_shown_nowhere(environ):
    settings = load_settings(environ | ACCOUNTS | MAIL)

    assert settings.operator_email == ("ann@example.com", "bob@example.com")
    assert (settings.digest_at, settings.timezone) == ("07:30", "Europe/Berlin")
    assert "canary-password" not in repr(settings)


@pytest.mark.parametrize(
    ("missing", "named"),
    [("MAIL_FROM", "MAIL_FROM"), ("SMTP_URL", "SMTP_URL"), ("OPERATOR_EMAIL", "OPERATOR_EMAIL")],
)
@pytest.mark.parametrize("accounts", [ACCOUNTS, {}])
def test_half_of_the_mail_settings_stop_the_start(environ, missing, named, accounts):
    some = {name: value for name, value in MAIL.items() if name != missing}
    if not accounts and missing != "MAIL_FROM":
        # The simulator fills in what is missing; a server of one's own needs a sender of one's own.
        return

    message = refusal(environ | accounts | some)

    assert message.startswith(f"{named}: not set")
    assert "\n" not in message


def test_a_mail_server_of_ones_own_wins_over_the_simulator(environ):
    settings = load_settings(environ | MAIL)

    assert settings.offline
    assert settings.smtp_url == MAIL["SMTP_URL"]
    assert settings.mail_from == MAIL["MAIL_FROM"]


@pytest.mark.parametrize(
    ("simulator", "smtp"),
    [
        ("http://127.0.0.1:9777", "smtp://127.0.0.1:9778"),
        ("http://[::1]:9777", "smtp://[::1]:9778"),
        ("http://localhost:65535", "smtp://localhost:65534"),
        ("http://localhost", "smtp://localhost:81"),
    ],
)
def test_the_simulator_takes_mail_beside_its_port(environ, simulator, smtp):
    assert load_settings(environ | {"VOICEBOT_SIMULATOR_URL": simulator}).smtp_url == smtp


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SMTP_URL", "mail.example.com:587", "smtp://user:password@"),
        ("SMTP_URL", "smtp://bot:canary@mail.example.com?tls=no", "no options but"),
        ("SMTP_URL", "smtp://bot@mail.example.com", "both user and password"),
        ("MAIL_FROM", "Voicebot", "name@example.com"),
        ("OPERATOR_EMAIL", "ann@example.com;bob@example.com", "name@example.com"),
        ("VOICEBOT_DIGEST_AT", "7:30", "07:30"),
        ("VOICEBOT_DIGEST_AT", "24:00", "07:30"),
        ("VOICEBOT_TIMEZONE", "Berlin", "Europe/Berlin"),
        ("VOICEBOT_TIMEZONE", "../etc/passwd", "Europe/Berlin"),
    ],
)
def test_a_mail_setting_that_cannot_be_used_is_named_in_one_line(environ, name, value, expected):
    message = refusal(environ | ACCOUNTS | MAIL | {name: value})

    assert message.startswith(f"{name}: expected")
    assert expected in message
    assert "canary" not in message
    assert "\n" not in message
