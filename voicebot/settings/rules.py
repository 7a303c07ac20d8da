"""The allowed forms of a setting's text. Each rule returns the value or says what is expected.

No message repeats the value: some are secrets.
"""

import functools
import ipaddress
import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from voicebot.domain.languages.tongues import full_tag, language_tag
from voicebot.domain.loopback import is_loopback_host
from voicebot.domain.operators.smtp_url import parse_smtp_url
from voicebot.domain.person.countries import is_country
from voicebot.domain.person.daytime import known_zone
from voicebot.domain.person.phone import parse_e164
from voicebot.domain.templates.tool_address import tool_host

SHORTEST_KEY = 16


def optional(rule: Callable[[str], str]) -> Callable[[str], str]:
    """Let the empty text pass, hold anything else to `rule`."""
    return lambda text: rule(text) if text else text


def http_url(text: str) -> str:
    """Keep an http or https address without the slash at its end."""
    return _address(text, ("http", "https"), "an address like https://example.com")


def webhook_url(text: str) -> str:
    """Keep an https address as it stands; http is for a receiver on this machine alone."""
    address = _split(text)
    if address is None or address.scheme not in ("http", "https") or not address.hostname or address.fragment:
        raise ValueError("expected an address like https://example.com/escalations")
    if address.scheme == "http" and not is_loopback_host(address.hostname or ""):
        raise ValueError("expected https: messages and numbers are posted there")
    return text


def websocket_url(text: str) -> str:
    """Keep a ws or wss address without the slash at its end."""
    return _address(text, ("ws", "wss"), "an address like wss://live.example.com")


def ip_address(text: str) -> str:
    """Keep the address of one of this machine's interfaces, or of all of them."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("expected an address like 127.0.0.1 or 0.0.0.0") from None


def phone_number(text: str) -> str:
    """Keep a number in E.164."""
    if parse_e164(text) != text:
        raise ValueError("expected a phone number in E.164, like +12025550123")
    return text


def countries(value: object) -> object:
    """Split `US,CA` into a tuple of ISO 3166 codes."""
    if not isinstance(value, str):
        return value
    codes = tuple(code.strip().upper() for code in value.split(",") if code.strip())
    unknown = [code for code in codes if not is_country(code)]
    if unknown or not codes:
        advice = " (the United Kingdom is GB)" if "UK" in unknown else ""
        raise ValueError(f"expected two-letter country codes separated by commas, like US,CA{advice}")
    return codes


def tool_hosts(value: object) -> object:
    """Split `booking.internal,10.0.0.5:8080` into a tuple of hosts in lower case."""
    if not isinstance(value, str):
        return value
    return tuple(tool_host(host.strip()) for host in value.split(",") if host.strip())


def sid(prefix: str) -> Callable[[str], str]:
    """Make the rule for one kind of Twilio identifier."""
    shape = re.compile(rf"{prefix}[0-9a-fA-F]{{32}}\Z")

    def rule(text: str) -> str:
        if text and not shape.match(text):
            raise ValueError(f"expected {prefix} followed by 32 hexadecimal digits")
        return text

    return rule


def token_pair(text: str) -> str:
    """Keep one auth token, or two separated by a comma."""
    tokens = [token.strip() for token in text.split(",")]
    # An empty key would let anybody sign.
    if text and (len(tokens) > 2 or not all(re.fullmatch(r"[!-~]{5,}", token) for token in tokens)):
        raise ValueError("expected one auth token, or two separated by a comma while they rotate")
    return ",".join(tokens)


def long_key(text: str) -> str:
    """Keep a key that cannot be guessed."""
    if len(text) < SHORTEST_KEY:
        raise ValueError(
            f"expected at least {SHORTEST_KEY} random characters, as `openssl rand -hex 32` prints"
        )
    return text


def smtp_url(text: str) -> str:
    """Keep a mail server's address."""
    parse_smtp_url(text)
    return text


def home_language(text: str) -> str:
    """Keep a language tag; one without a region has the region that is usual for telephones."""
    return full_tag(language_tag(text))


def time_of_day(text: str) -> str:
    """Keep a time as 07:30."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise ValueError("expected a time like 07:30")
    return text


def time_zone(text: str) -> str:
    """Keep the name of a time zone that this machine knows."""
    if known_zone(text) is None:
        raise ValueError("expected the name of a time zone, like Europe/Berlin or UTC")
    return text


def lower_case(value: object) -> object:
    """Let INFO be info."""
    return value.lower() if isinstance(value, str) else value


@functools.lru_cache(maxsize=32)
def derive(root: str, purpose: str) -> bytes:
    """Derive the 32-byte key of `purpose` from `root` (HKDF-SHA256, RFC 5869)."""
    # Only some processes derive keys; the import is not free.
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"voicebot {purpose}".encode()).derive(
        root.encode()
    )


def _address(text: str, schemes: tuple[str, ...], expected: str) -> str:
    parts = _split(text)
    if parts is None or parts.scheme not in schemes or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"expected {expected}, without ? or #")
    return text.rstrip("/")


def _split(text: str) -> SplitResult | None:
    if re.search(r"[\s\x00-\x1f\\\u200b-\u200f\u202a-\u202e\u2060\ufeff]", text):
        return None
    try:
        parts = urlsplit(text)
        # Reading it is what checks it.
        _ = parts.port
    except ValueError:
        return None
    return parts
