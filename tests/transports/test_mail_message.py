"""Mail as bytes: what is in it, and that nobody adds headers to it."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from voicebot.domain.operators.mail import Mail
from voicebot.transports.mail_message import rendered

SENDER = "Harbour Bicycles <shop@example.com>"


def mail(**changes) -> Mail:
    parts = {
        "to": "operator@example.com",
        "subject": "Voicebot: a test",
        "text": "Grüße\n.\nFrom here\n",
        "message_id": "1@example.com",
        "sent_at": datetime(2026, 11, 28, 7, 30, tzinfo=UTC),
    }
    return Mail(**(parts | changes))


def test_headers_say_who_when_and_that_no_machine_is_to_answer():
    message = message_from_bytes(rendered(mail(), SENDER), policy=default)

    assert message["From"] == "Harbour Bicycles <shop@example.com>"
    assert message["To"] == "operator@example.com"
    assert message["Message-ID"] == "<1@example.com>"
    assert message["Date"] == "Sat, 28 Nov 2026 07:30:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == "Grüße\n.\nFrom here\n"


def test_what_leaves_is_seven_bits_in_lines_that_every_server_takes():
    content = rendered(mail(text="ü" * 3000 + "\r\rx\ny" + "\ud800", html="<p>" + "ä" * 3000), SENDER)

    assert max(content) < 128
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", content) is None


def test_html_stands_beside_the_plain_text():
    message = message_from_bytes(rendered(mail(html="<p>hello</p>"), SENDER), policy=default)

    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "x\r\nBcc: victim@example.com"},
        {"subject": "x\nBcc: victim@example.com"},
        {"to": "a@example.com\r\nBcc: victim@example.com"},
        {"message_id": "1>\r\nBcc: victim@example.com"},
    ],
)
def test_a_header_cannot_bring_another_one(changes):
    with pytest.raises(ValueError):
        rendered(mail(**changes), SENDER)
