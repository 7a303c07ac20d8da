"""The commands about mail: what they send, what they print, and what they do not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.texts.text_house import Connection
from tests.support.command_line import Run, environ, run
from tests.support.mail_house import PostOffice, mail_house
from tests.support.servers import remove_rows
from voicebot.commands.running.serve import mail_line
from voicebot.settings import load_settings

pytestmark = pytest.mark.sql
__all__ = ["environ", "run"]


@pytest.fixture
def house(owner: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    remove_rows(owner, "email_notifications")
    with mail_house() as opened:
        for name, value in {
            "SMTP_URL": opened.url,
            "MAIL_FROM": "bot@example.com",
            "OPERATOR_EMAIL": "ann@example.com",
        }.items():
            monkeypatch.setenv(name, value)
        yield opened


def test_a_test_says_that_it_was_sent(run: Run, house: PostOffice):
    code, out, _ = run("mail", "test")

    assert (code, out) == (0, "The test to ann@example.com has been sent.\n")
    assert house.mails[0]["subject"] == "Voicebot: a test"


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ({"at": "to", "code": 550}, "was not sent (to-550)."),
        ({"at": "to", "code": 451}, "could not be sent yet and will be tried again by the worker (to-451)."),
        ({"at": "content", "do": "drop"}, "the server did not answer, and it is not sent again (no-answer)."),
    ],
)
def test_a_test_that_failed_says_how_and_fails(run: Run, house: PostOffice, switch, words):
    house.turn(**switch)

    code, out, _ = run("mail", "test")

    assert code == 1
    assert out.rstrip().endswith(words)


def test_a_digest_can_be_looked_at_without_sending_it(run: Run, house: PostOffice):
    code, out, _ = run("mail", "digest", "--day", "2026-01-02", "--print")

    assert code == 0
    assert out.startswith("Voicebot: Friday 2 January 2026 (UTC)\n")
    assert house.mails == []


def test_a_digest_is_sent_once(run: Run, house: PostOffice):
    first, again = (run("mail", "digest", "--day", "2026-01-02") for _ in range(2))

    assert first[:2] == (0, "The digest of 2026-01-02 to ann@example.com has been sent.\n")
    assert again[:2] == (
        0,
        "The digest of 2026-01-02 to ann@example.com has been sent before this command.\n",
    )
    assert len(house.mails) == 1


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--day", "2026-02-30"), "expected a day as 2026-11-27"),
        (("--day", "9999-12-31"), "is not over yet"),
    ],
)
def test_a_day_that_cannot_be_told_of_is_refused_in_one_line(run: Run, house: PostOffice, argv, words):
    code, _, err = run("mail", "digest", *argv)

    assert code == 2
    assert words in err.splitlines()[-1]


def test_mail_is_listed_without_whole_addresses(run: Run, house: PostOffice):
    run("mail", "test")

    _, table, _ = run("mail", "list")
    _, listed, _ = run("mail", "list", "--json")
    _, whole, _ = run("mail", "list", "--full")

    assert "a***@example.com" in table
    assert "ann@" not in table
    assert [row["state"] for row in json.loads(listed)["mails"]] == ["sent"]
    assert "ann@example.com" in whole


def test_without_mail_the_commands_say_what_is_missing(run: Run):
    code, _, err = run(
        "mail",
        "test",
        TWILIO_ACCOUNT_SID="AC" + "0" * 32,
        TWILIO_AUTH_TOKEN="f" * 32,
        TWILIO_PHONE_NUMBER="+12025550100",
        OPENAI_API_KEY="sk-test",
        ELEVENLABS_API_KEY="xi-test",
    )

    assert (code, err) == (2, "voicebot: no mail is sent: SMTP_URL is not set\n")


def test_the_start_says_whether_mail_is_sent(tmp_path: Path):
    base = {"VOICEBOT_DATA_DIR": str(tmp_path)}
    mail = {
        "SMTP_URL": "smtp://bot:canary@127.0.0.1:2525",
        "MAIL_FROM": "bot@example.com",
        "OPERATOR_EMAIL": "a@example.com,b@example.com",
        "VOICEBOT_DIGEST_AT": "07:30",
    }
    settings = load_settings(base)

    assert mail_line(settings.model_copy(update={"smtp_url": ""})) == "No mail is sent: SMTP_URL is not set."
    assert mail_line(load_settings(base | mail)) == (
        "Mail is sent through 127.0.0.1:2525 to 2 addresses; the digest at 07:30 UTC."
    )
    assert "to nobody yet" in mail_line(settings.model_copy(update={"operator_email": ()}))
