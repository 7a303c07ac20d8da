"""The simulator's mail server: what it takes, what it shows, and how it misbehaves when told."""

import smtplib
import socket

import pytest
import requests

from simulator.app import create_app
from simulator.config import SimulatorConfig
from simulator.mail.api import mailbox_of
from simulator.mail.mailbox import KEPT_MAILS, Mailbox
from simulator.mail.server import mail_port
from simulator.mail.session import LARGEST_MAIL, MOST_RECIPIENTS, MailSession
from simulator.process import start_simulator
from simulator.tests.fake_product import ACCOUNT, TOKEN
from tests.support.mail_house import mail_house
from voicebot.settings import load_settings

WORDS = "Subject: Hello\r\nMessage-ID: <1@example.com>\r\n\r\nIt works\r\n.dot\r\n"


def talk(mailbox: Mailbox, *lines: str) -> list[str]:
    """Say lines, one at a time; return the codes of the answers."""
    session = MailSession(mailbox)
    return [session.feed(line.encode() + b"\r\n").decode()[:3] for line in lines]


@pytest.fixture
def client():
    app = create_app(SimulatorConfig(ACCOUNT, TOKEN))
    return app.test_client(), mailbox_of(app)


def test_a_mail_is_taken_whole(client):
    browser, mailbox = client
    with mail_house() as house, smtplib.SMTP("127.0.0.1", house.port) as smtp:
        smtp.sendmail("bot@example.com", ["ann@example.com", "bob@example.com"], WORDS)
        (taken,) = house.mailbox.mails()
    mailbox.take(taken.sender, taken.recipients, taken.content)

    (shown,) = browser.get("/phone/mails").get_json()["mails"]

    assert shown["to"] == ["ann@example.com", "bob@example.com"]
    assert (shown["from"], shown["subject"], shown["message_id"]) == (
        "bot@example.com",
        "Hello",
        "<1@example.com>",
    )
    assert shown["text"].splitlines() == ["It works", ".dot"]


def test_lines_may_come_in_any_pieces(client):
    _, mailbox = client
    session = MailSession(mailbox)
    said = f"EHLO me\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n{WORDS}.\r\nQUIT\r\n"

    answers = b"".join(session.feed(bytes([byte])) for byte in said.encode())

    assert [line[:3] for line in answers.decode().splitlines() if line[3:4] == " "] == [
        "250",
        "250",
        "250",
        "354",
        "250",
        "221",
    ]
    assert session.ended
    assert len(mailbox.mails()) == 1


def test_what_comes_out_of_order_is_refused(client):
    _, mailbox = client

    assert talk(mailbox, "RCPT TO:<a@example.com>", "DATA", "MAIL FROM a", "HELLO", "STARTTLS", "NOOP") == [
        "503", "503", "501", "502", "502", "250",
    ]  # fmt: skip


def test_what_it_keeps_is_bounded(client):
    browser, mailbox = client
    for n in range(KEPT_MAILS + 5):
        mailbox.take("a@example.com", ("b@example.com",), f"Subject: {n}\r\n\r\n".encode())
    begun = ("MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA")
    large = talk(mailbox, *begun, *["x" * 900] * (LARGEST_MAIL // 900 + 1), ".")
    many = talk(mailbox, begun[0], *[begun[1]] * (MOST_RECIPIENTS + 1))
    session = MailSession(mailbox)
    session.feed(b"x" * (LARGEST_MAIL + 1))

    listed = browser.get("/phone/mails").get_json()
    assert (len(listed["mails"]), listed["last"]) == (KEPT_MAILS, KEPT_MAILS + 5)
    assert listed["mails"][0]["subject"] == "5"
    assert (large[-1], many[-1], session.ended) == ("552", "452", True)
    assert browser.get(f"/phone/mails?after={KEPT_MAILS + 4}").get_json()["last"] == KEPT_MAILS + 5


def test_a_switch_answers_as_often_as_it_was_told(client):
    browser, mailbox = client
    turned = browser.post("/mail/knobs", json={"at": "to", "code": 550, "times": 1})

    said = talk(mailbox, "MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "RCPT TO:<b@example.com>")

    assert turned.status_code == 200
    assert said == ["250", "550", "250"]


def test_everything_can_be_put_back(client):
    browser, mailbox = client
    browser.post("/mail/knobs", json={"at": "from", "do": "drop"})
    mailbox.take("a@example.com", ("b@example.com",), b"\r\n")

    browser.delete("/mail/knobs")

    assert talk(mailbox, "MAIL FROM:<a@example.com>") == ["250"]
    assert browser.get("/phone/mails").get_json() == {"mails": [], "last": None}


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ([], "JSON object"),
        ({"at": "dinner"}, "at is one of"),
        ({"at": "to", "do": "dance"}, "do is one of"),
        ({"at": "to", "code": 250}, "400 to 599"),
        ({"at": "to", "times": 0}, "times"),
        ({"at": "to", "colour": "red"}, "unknown field 'colour'"),
    ],
)
def test_a_switch_that_cannot_be_turned_says_why(client, switch, words):
    refused = client[0].post("/mail/knobs", json=switch)

    assert refused.status_code == 400
    assert words in refused.get_json()["error"]


def test_mail_of_any_shape_can_be_shown(client):
    browser, mailbox = client
    mailbox.take("a@example.com", ("b@example.com",), b"\xff\xfe no headers at all")
    mailbox.take("a@example.com", (), b"Content-Type: text/plain; charset=klingon\r\n\r\nx")

    assert len(browser.get("/phone/mails").get_json()["mails"]) == 2


def test_a_running_simulator_takes_mail_where_the_settings_look_for_it(tmp_path):
    with start_simulator(account_sid=ACCOUNT, auth_token=TOKEN) as simulator:
        settings = load_settings(
            {"VOICEBOT_SIMULATOR_URL": simulator.url, "VOICEBOT_DATA_DIR": str(tmp_path)}
        )
        host, port = settings.smtp_url.removeprefix("smtp://").split(":")
        with smtplib.SMTP(host, int(port)) as smtp:
            smtp.sendmail("bot@example.com", ["ann@example.com"], WORDS)
        listed = requests.get(f"{simulator.url}/phone/mails", timeout=5).json()["mails"]

    assert [mail["subject"] for mail in listed] == ["Hello"]
    assert simulator.process.returncode == 0


def test_a_taken_mail_port_is_said_so_in_one_line():
    while True:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        try:
            beside = socket.create_server(("127.0.0.1", mail_port(port)))
            break
        except OSError:
            continue

    with beside, pytest.raises(RuntimeError, match=f"port {mail_port(port)}, and it is not free") as failed:
        start_simulator(account_sid=ACCOUNT, auth_token=TOKEN, port=port)

    assert "Traceback" not in str(failed.value)
