"""Where mail is handed over, and to whom it may go."""

import pytest

from voicebot.domain.operators.smtp_url import (
    MOST_RECIPIENTS,
    SmtpServer,
    mail_address,
    mail_addresses,
    mail_sender,
    parse_smtp_url,
    split_sender,
)


def test_an_address_is_read_whole():
    server = parse_smtp_url(
        "smtp://ann%40shop:p%3Aa%2Fs@mail.example.com:2525?timeout=9&hello=shop.example.com"
    )

    assert server == SmtpServer(
        "mail.example.com", 2525, tls=False, starttls=True, user="ann@shop", password="p:a/s", timeout_s=9.0,
        hello="shop.example.com",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "port", "tls", "starttls"),
    [
        ("smtp://mail.example.com", 587, False, True),
        ("smtps://mail.example.com", 465, True, False),
        ("smtps://127.0.0.1", 465, True, False),
        ("smtp://127.0.0.1", 587, False, False),
        ("smtp://127.8.8.8", 587, False, False),
        ("smtp://[::1]:25", 25, False, False),
        ("smtp://localhost/", 587, False, False),
        ("smtp://localhost.example.com", 587, False, True),
        ("smtp://10.0.0.1", 587, False, True),
        ("smtp://0.0.0.0", 587, False, True),
    ],
)
def test_only_this_machine_is_spoken_to_in_the_clear(url, port, tls, starttls):
    server = parse_smtp_url(url)

    assert (server.port, server.tls, server.starttls) == (port, tls, starttls)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://mail.example.com:0",
        "smtp://mail.example.com:65536",
        "smtp://mail.example.com/inbox",
        "smtp://mail.example.com#x",
        "smtp://mail example.com",
        "smtp://mail.example.com\r\nRCPT",
        "smtp://-mail.example.com",
        "smtp://ann@mail.example.com",
        "smtp://:canary@mail.example.com",
        "smtp://ann:canary%0D%0A@mail.example.com",
        "smtp://ann:canary%00@mail.example.com",
        "smtp://mail.example.com?timeout=0",
        "smtp://mail.example.com?timeout=31",
        "smtp://mail.example.com?timeout=x",
        "smtp://mail.example.com?tls=no",
        "smtp://mail.example.com?timeout=3&timeout=4",
        "smtp://mail.example.com?timeout",
        "smtp://mail.example.com?hello=a%20b",
        "smtp://ann:canary%FF@mail.example.com",
        "smtp://ann:canary%C3%A4@mail.example.com",
    ],
)
def test_what_cannot_be_used_is_refused_without_repeating_it(url):
    with pytest.raises(ValueError, match="expected") as refused:
        parse_smtp_url(url)

    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("text", ["ann@example.com", "a.b+c@sub.example.co.uk", "root@localhost"])
def test_addresses_are_kept(text):
    assert mail_address(text) == text


@pytest.mark.parametrize(
    "text",
    ["ann", "@example.com", "ann@", "a b@example.com", "ann@example.com\r\nBcc: x@example.com", "ann@-x.com", "<a@b>",
     "a@b@c", ".a@example.com", "ann@example.com,bob@example.com", "ä@example.com", f"{'a' * 65}@example.com",
     f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="expected"):
        mail_address(text)


def test_a_sender_may_have_a_name():
    assert split_sender(mail_sender("Harbour Bicycles <shop@example.com>")) == (
        "Harbour Bicycles",
        "shop@example.com",
    )
    assert split_sender(mail_sender("shop@example.com")) == ("", "shop@example.com")


@pytest.mark.parametrize(
    "text", ["Shop <shop>", "Shop\r\nBcc: a <a@example.com>", "<a@example.com>, b@example.com"]
)
def test_a_sender_brings_nothing_else_along(text):
    with pytest.raises(ValueError, match="expected"):
        mail_sender(text)


def test_several_people_get_mail_each_once():
    assert mail_addresses("a@example.com, b@example.com,A@example.com,") == ("A@example.com", "b@example.com")


@pytest.mark.parametrize(
    "text", [",", "a@example.com,b", ",".join(f"a{n}@x.y" for n in range(MOST_RECIPIENTS + 1))]
)
def test_lists_of_addresses_are_checked_and_bounded(text):
    with pytest.raises(ValueError, match="expected"):
        mail_addresses(text)
