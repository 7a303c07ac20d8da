"""Read the settings for mail: `SMTP_URL`, `MAIL_FROM`, `OPERATOR_EMAIL`.

Each function raises ValueError with what is expected. No message repeats the value, which may hold a password.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from voicebot.domain.loopback import is_loopback_host

PORTS = {"smtp": 587, "smtps": 465}
TIMEOUT_S, LONGEST_TIMEOUT_S = 15.0, 30.0
MOST_RECIPIENTS = 10
LONGEST_ADDRESS = 254
EXPECTED = (
    "expected an address like smtp://user:password@mail.example.com:587 or smtps://mail.example.com:465"
)

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_NAMED = re.compile(r"([^<>@,;:\"\\\x00-\x1f\x7f]{1,60}?)\s*<([^<>]+)>")
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")


@dataclass(frozen=True)
class SmtpServer:
    """A mail server. `tls`: encrypted from the first byte on; `starttls`: must be encrypted before anything is said."""

    host: str
    port: int
    tls: bool
    starttls: bool
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = TIMEOUT_S
    """The longest that the server may keep silent."""
    hello: str = ""
    """The name we say when we greet; empty: the domain that mail is from."""


def parse_smtp_url(text: str) -> SmtpServer:
    """Read `smtp://` or `smtps://` with `?timeout=SECONDS&hello=NAME`; what is percent-encoded is decoded."""
    if re.search(r"[\s\x00-\x1f\x7f\\]", text):
        raise ValueError(EXPECTED)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(EXPECTED) from None
    if parts.scheme not in PORTS or port == 0 or parts.path not in ("", "/") or parts.fragment:
        raise ValueError(EXPECTED)
    if not (_HOST.fullmatch(host) or _is_ip(host)):
        raise ValueError(EXPECTED)
    user, password = _credentials(parts.username, parts.password)
    options = _options(parts.query)
    return SmtpServer(
        host=host,
        port=port or PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        # In the clear only where nobody can listen.
        starttls=parts.scheme == "smtp" and not is_loopback_host(host),
        user=user,
        password=password,
        timeout_s=_timeout_s(options.get("timeout", "")),
        hello=_hello(options.get("hello", "")),
    )


def mail_address(text: str) -> str:
    """Return the one plain address. Raises ValueError for anything else."""
    if len(text) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(text) or len(text.partition("@")[0]) > 64:
        raise ValueError("expected a mail address like name@example.com")
    return text


def mail_sender(text: str) -> str:
    """Keep an address, or `Name <address>`."""
    named = _NAMED.fullmatch(text)
    try:
        mail_address(named[2] if named else text)
    except ValueError:
        raise ValueError("expected a mail address like name@example.com or Name <name@example.com>") from None
    return text


def split_sender(text: str) -> tuple[str, str]:
    """Return name (or "") and address of what `mail_sender` kept."""
    named = _NAMED.fullmatch(text)
    return (named[1], named[2]) if named else ("", text)


def mail_addresses(value: object) -> object:
    """Split `a@example.com,b@example.com` into a tuple of addresses, each once."""
    if not isinstance(value, str):
        return value
    given = [part.strip() for part in value.split(",") if part.strip()]
    if not given or len(given) > MOST_RECIPIENTS:
        raise ValueError(f"expected one to {MOST_RECIPIENTS} mail addresses separated by commas")
    return tuple({one.lower(): mail_address(one) for one in given}.values())


def _credentials(user: str | None, password: str | None) -> tuple[str, str]:
    name, secret = unquote(user or ""), unquote(password or "")
    if bool(name) != bool(secret):
        raise ValueError("expected both user and password before the @, or neither")
    # The standard library's login knows no others.
    if not re.fullmatch(r"[ -~]*", name + secret):
        raise ValueError("expected user and password of printable ASCII characters")
    return name, secret


def _options(query: str) -> Mapping[str, str]:
    try:
        given = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise ValueError("expected ?timeout=SECONDS or ?hello=NAME after the address") from None
    if {name for name, _ in given} - {"timeout", "hello"} or len(dict(given)) != len(given):
        raise ValueError("expected no options but ?timeout=SECONDS and ?hello=NAME, each once")
    return dict(given)


def _timeout_s(text: str) -> float:
    if not text:
        return TIMEOUT_S
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or not 1 <= int(text) <= LONGEST_TIMEOUT_S:
        raise ValueError(f"expected a timeout of 1 to {LONGEST_TIMEOUT_S:.0f} seconds")
    return float(text)


def _hello(text: str) -> str:
    if text and not _HOST.fullmatch(text):
        raise ValueError("expected a host name in ?hello=")
    return text


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
