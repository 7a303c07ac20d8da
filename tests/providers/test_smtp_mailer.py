"""Mail over a real socket: what arrives, and what a failure says may have happened."""

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.mail_house import PostOffice, mail_house
from voicebot.domain.operators.mail import Mail
from voicebot.providers.ports import Outcome, ProviderError
from voicebot.providers.smtp_mailer import SmtpMailer

SENDER = "Voicebot <voicebot@example.com>"
MAIL = Mail(
    "operator@example.com",
    "Voicebot: a test",
    ".\n..two\nlast",
    "1@example.com",
    datetime(2026, 11, 28, 7, 30, tzinfo=UTC),
)


@pytest.fixture
def house() -> Iterator[PostOffice]:
    with mail_house() as opened:
        yield opened


def failure(url: str, mail: Mail = MAIL, **limits: float) -> ProviderError:
    with pytest.raises(ProviderError) as failed:
        SmtpMailer(url, SENDER, **limits).send(mail)
    return failed.value


def test_a_mail_arrives_as_it_was_written(house):
    SmtpMailer(house.url, SENDER).send(replace(MAIL, html="<p>x</p>"))

    (mail,) = house.mails
    assert (mail["from"], mail["to"]) == ("voicebot@example.com", ["operator@example.com"])
    assert (mail["subject"], mail["message_id"]) == (MAIL.subject, "<1@example.com>")
    assert mail["text"].splitlines() == [".", "..two", "last"]
    assert "<p>x</p>" in mail["html"]


@pytest.mark.parametrize("at", ["hello", "from", "to", "data", "content"])
@pytest.mark.parametrize("code", [421, 451])
def test_a_server_that_cannot_now_has_not_taken_it(house, at, code):
    house.turn(at, code=code)

    assert failure(house.url).outcome is Outcome.NOT_SENT
    assert house.mails == []


@pytest.mark.parametrize("at", ["from", "to", "data", "content"])
def test_a_server_that_will_not_take_this_mail_has_refused_it(house, at):
    house.turn(at, code=550)

    error = failure(house.url)

    assert error.outcome is Outcome.REFUSED
    assert error.code == f"{at}-550"
    assert house.mails == []


def test_a_server_that_refuses_everybody_may_take_the_mail_later(house):
    house.turn("hello", code=554)

    assert failure(house.url).outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("at", ["hello", "from", "to", "data"])
@pytest.mark.parametrize("do", ["drop", "hang"])
def test_a_connection_lost_before_the_content_has_sent_nothing(house, at, do):
    house.turn(at, do)

    assert failure(f"{house.url}?timeout=1").outcome is Outcome.NOT_SENT
    assert house.mails == []


@pytest.mark.parametrize("do", ["drop", "hang"])
@pytest.mark.parametrize("taken", [True, False])
def test_a_connection_lost_after_the_content_leaves_it_unknown(house, do, taken):
    house.turn("content", do, taken=taken)

    assert failure(f"{house.url}?timeout=1").outcome is Outcome.UNKNOWN
    assert len(house.mails) == taken


def test_a_server_that_is_not_there_has_sent_nothing():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert failure(f"smtp://127.0.0.1:{port}").outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("greeting", [b"220 slow\r\n", b""])
def test_a_server_that_drips_is_left_after_a_while(greeting):
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(greeting)
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"250-x\r\n" if greeting else b"220-x\r\n")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=[listener], daemon=True).start()
        error = failure(f"smtp://127.0.0.1:{listener.getsockname()[1]}", longest_s=0.5)
        stop.set()

    assert error.outcome is Outcome.NOT_SENT


def test_headers_that_would_bring_others_never_leave(house):
    error = failure(house.url, replace(MAIL, subject="x\r\nBcc: victim@example.com"))

    assert error.outcome is Outcome.REFUSED
    assert house.mails == []


def test_a_check_logs_in_and_leaves(house):
    SmtpMailer(house.url.replace("//", "//ann:secret@"), SENDER).check()

    assert house.mails == []


def test_a_login_that_is_refused_is_no_word_about_the_mail(house):
    """Whoever mends the password gets the mail."""
    house.turn("login", code=535)

    error = failure(house.url.replace("//", "//ann:secret@"))

    assert (error.outcome, error.code) == (Outcome.NOT_SENT, "login-535")
    assert house.mails == []


def test_content_without_a_line_break_at_its_end_is_ended(house):
    SmtpMailer(house.url, SENDER).send(replace(MAIL, text="last"))

    assert house.mails[0]["text"].strip() == "last"


# --- encryption -----------------------------------------------------------------------------------


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def far_away(host: str, port: int) -> SmtpMailer:
    """A mailer that treats this machine like another one."""
    mailer = SmtpMailer(f"smtp://ann:secret@{host}:{port}", SENDER)
    mailer._server = replace(mailer._server, starttls=True)
    return mailer


def test_a_server_elsewhere_is_spoken_to_encrypted(tls, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_house(tls=tls) as house:
        far_away("localhost", house.port).send(MAIL)

        assert len(house.mails) == 1


def test_a_server_elsewhere_without_encryption_is_told_nothing(house):
    with pytest.raises(ProviderError) as failed:
        far_away("localhost", house.port).send(MAIL)

    assert (failed.value.outcome, failed.value.code) == (Outcome.NOT_SENT, "no-starttls-or-login")
    assert house.mails == []


def test_a_certificate_that_nobody_vouches_for_is_not_taken(tls):
    with mail_house(tls=tls) as house, pytest.raises(ProviderError) as failed:
        far_away("localhost", house.port).send(MAIL)

    assert (failed.value.outcome, failed.value.code) == (Outcome.NOT_SENT, "certificate")


def test_a_certificate_of_another_host_is_not_taken(tls, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_house(tls=tls) as house, pytest.raises(ProviderError) as failed:
        far_away("127.0.0.1", house.port).send(MAIL)

    assert failed.value.code == "certificate"


def test_smtps_is_encrypted_from_the_first_byte(tls, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_house(tls=tls, at_once=True) as house:
        SmtpMailer(f"smtps://localhost:{house.port}", SENDER).send(MAIL)

        assert len(house.mails) == 1


def test_smtps_looks_at_the_certificate(tls):
    with mail_house(tls=tls, at_once=True) as house:
        error = failure(f"smtps://localhost:{house.port}")

    assert (error.outcome, error.code) == (Outcome.NOT_SENT, "certificate")
