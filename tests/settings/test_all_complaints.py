"""Everything that is wrong is said at once, each in a line that names its variable."""

import pytest

from tests.support.given_settings import ACCOUNTS, environ, refusal
from voicebot.settings import load_settings

__all__ = ["environ"]


def test_every_wrong_setting_has_a_line(environ):
    wrong = {
        "OPENAI_MODLE": "gpt",
        "VOICEBOT_TIMZONE": "UTC",
        "PORT": "x",
        "VOICEBOT_MAX_CALLS": "0",
        "VOICEBOT_TIMEZONE": "Europe",
        "SUPABASE_DB_URL": "postgresql://u:p@h/d?pgbuncer=1",
        "ALLOWED_COUNTRIES": "UK",
        "OPERATOR_PHONE_NUMBER": "0301234",
        "SMTP_URL": "mail.example.com",
        "VOICEBOT_DIGEST_AT": "7",
        "TWILIO_ACCOUNT_SID": "AC12",
    }
    half = {"OPENAI_API_KEY": "sk-x"}

    lines = refusal(environ | wrong | half).splitlines()

    named = [line.split(":")[0] for line in lines]
    assert sorted(named) == sorted([*wrong, "TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER, ELEVENLABS_API_KEY"])


def test_what_was_meant_is_not_missing_as_well(environ):
    given = {name: value for name, value in ACCOUNTS.items() if name != "OPENAI_API_KEY"}

    assert refusal(environ | given | {"OPEANI_API_KEY": "sk-x"}) == (
        "OPEANI_API_KEY: there is no such setting; did you mean OPENAI_API_KEY?"
    )


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SMTP_URL": "smtp://mail.example.com"}, ["MAIL_FROM"]),
        (ACCOUNTS | {"MAIL_FROM": "a@example.com"}, ["SMTP_URL"]),
        (ACCOUNTS | {"VOICEBOT_DIGEST_AT": "07:30"}, ["OPERATOR_EMAIL"]),
        (
            ACCOUNTS | {"MAIL_FROM": "a@example.com", "VOICEBOT_DIGEST_AT": "07:30"},
            ["SMTP_URL", "OPERATOR_EMAIL"],
        ),
        (
            {"VOICEBOT_BIND_HOST": "0.0.0.0", "SUPABASE_URL": "https://x.supabase.co"},
            ["SUPABASE_SERVICE_ROLE_KEY", "VOICEBOT_BIND_HOST"],
        ),
        ({"VOICEBOT_DATA_DIR": "~nobody-of-this-name/data"}, ["VOICEBOT_DATA_DIR"]),
    ],
)
def test_halves_and_contradictions_are_named_together(environ, given, named):
    assert [line.split(":")[0] for line in refusal(environ | given).splitlines()] == named


@pytest.mark.parametrize(
    "variable",
    [
        "PORT",
        "PUBLIC_URL",
        "SMTP_URL",
        "OPERATOR_WEBHOOK_URL",
        "VOICEBOT_TIMEZONE",
        "CALLS_PER_SECOND",
        "TWILIO_PHONE_NUMBER",
        "SUPABASE_DB_URL",
        "SUPABASE_URL",
        "MAIL_FROM",
        "ALLOWED_COUNTRIES",
        "VOICEBOT_LOG_LEVEL",
        "SECRET_KEY",
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        "https://[::1",
        "postgresql://[",
        "\0",
        "~",
        "x" * 5000,
        "é\u202e",
        "%",
        "smtp://[x",
        "../..",
        "-1",
        "1e999",
        "\ud800",
    ],
)
def test_nonsense_is_a_line_and_never_anything_else(environ, variable, value):
    lines = refusal(environ | {variable: value}).splitlines() if not allowed(variable, value) else []

    assert all(line.startswith(f"{variable}: ") for line in lines)


def allowed(variable: str, value: str) -> bool:
    return variable == "SECRET_KEY" and len(value) > 16


@pytest.mark.parametrize(
    "value", ['"8081"', "'8081'", " 8081\t", "\ufeff8081", "8081\u200b", '"8081" ', "\u00a08081"]
)
def test_what_editors_and_docker_leave_around_a_value_is_not_part_of_it(environ, value):
    assert load_settings(environ | {"PORT": value}).port == 8081


@pytest.mark.parametrize(
    "text",
    ["PORT=8099", "export PORT=8099\n", "PORT='8099'\r\n", "\ufeffPORT=8099\n", "# c\n\nPORT = 8099 # d\n"],
)
def test_a_file_is_read_as_people_write_it(environ, tmp_path, text):
    (tmp_path / "env").write_bytes(text.encode())

    assert load_settings(environ | {"VOICEBOT_ENV_FILE": str(tmp_path / "env")}).port == 8099


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("PORT=8099\nfoo bar baz\n", 2),
        ("PORT=8099\n\nOPENAI_MODEL: gpt\n", 3),
        ("SECRET_KEY='abc\n", 1),
        ("PORT\n", 1),
        ("# c\nPORT 8099\n", 2),
    ],
)
def test_a_line_that_sets_nothing_is_named_by_its_number(environ, tmp_path, text, line):
    (tmp_path / "env").write_text(text)

    message = refusal(environ | {"VOICEBOT_ENV_FILE": str(tmp_path / "env")})

    assert message.startswith(f"VOICEBOT_ENV_FILE: line {line} is not NAME=value")
    assert "abc" not in message


@pytest.mark.parametrize("raw", ["PORT=8099\n".encode("utf-16"), b"PORT=8099 # \xe9\n"])
def test_a_file_that_is_no_utf_8_is_said_so(environ, tmp_path, raw):
    (tmp_path / "env").write_bytes(raw)

    assert refusal(environ | {"VOICEBOT_ENV_FILE": str(tmp_path / "env")}).startswith(
        "VOICEBOT_ENV_FILE: expected a readable text file"
    )
