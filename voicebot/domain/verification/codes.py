"""The codes that prove who has a phone: how they are made, who may get one, their price and their wording. Pure.

A code is derived from a nonce with a key that the database does not hold, and is stored nowhere.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType

from voicebot.domain.languages.tables import OwnWords
from voicebot.domain.person.countries import home_of, is_among
from voicebot.domain.person.phone import country, parse_e164, person_number
from voicebot.domain.verification.code_words import CODE_WORDS

CODE_DIGITS = 6
CODE_PLACE, WORDS_PLACE = "[code]", "[words]"

_TEXTED = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_CALLED = _TEXTED | {PhoneNumberType.FIXED_LINE}


class CodePurpose(StrEnum):
    """The purpose of a code: for whom it proves the number."""

    API = "api"
    ONBOARDING = "onboarding"
    CALL = "call"


class CodeOutcome(StrEnum):
    """The result of a code that was tried."""

    APPROVED = "approved"
    WRONG = "wrong"
    LIMITED = "limited"
    """It was not looked at: there were too many tries."""
    ELSEWHERE = "elsewhere"
    """It was not looked at: the code that runs is to be entered where it was asked for."""


@dataclass(frozen=True)
class Nonce:
    """The stored part of a verification; with the key it gives the code."""

    id: str
    number: str
    purpose: str
    nonce: str

    def _mac(self, key: bytes, *more: str) -> int:
        message = "|".join((self.id, self.number, self.purpose, self.nonce, *more))
        return int.from_bytes(hmac.new(key, message.encode(), hashlib.sha256).digest()[:16], "big")


def derive_code(key: bytes, nonce: Nonce) -> str:
    """Return the six digits: the same for the same key and nonce, so the code is stored nowhere."""
    return f"{nonce._mac(key) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def derive_words(key: bytes, nonce: Nonce) -> str:
    """Return the two words that may be sent back instead, as `amber falcon`."""
    first, second = divmod(nonce._mac(key, "words") % len(CODE_WORDS) ** 2, len(CODE_WORDS))
    return f"{CODE_WORDS[first]} {CODE_WORDS[second]}"


def is_same(given: str, expected: str) -> bool:
    """Compare without telling by the time it takes how much of it was right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


# --- who may get one ------------------------------------------------------------------------------


def may_get_code(number: str, channel: str, allowed_countries: Collection[str]) -> bool:
    """Whether a code may be sent to this E.164 number."""
    return why_no_code(number, channel, allowed_countries) is None


def why_no_code(number: str, channel: str, allowed_countries: Collection[str]) -> str | None:
    """Return why no code may be sent to this E.164 number: `country`, or `line` (what kind of line it is); None: it may.

    The kind alone is no filter: satellite numbers are valid, of type MOBILE, and of no country.
    """
    by_call = channel == "call"
    # Texts go to the canonical form of a number; a call goes to the number as it was given.
    number = (parse_e164(number) or number) if by_call else person_number(number)
    if not is_among(country(number), allowed_countries):
        return "country"
    parsed = phonenumbers.parse(number)
    kinds = _CALLED if by_call else _TEXTED
    allowed = phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in kinds
    return None if allowed else "line"


def address_group(ip: str) -> str:
    """Return the form in which an address is counted: itself, or the /64 of a version 6 address, which one household
    has. Raises ValueError.

    A version 6 address that embeds one of version 4 counts as the embedded one: millions of addresses embed it.
    """
    address = ipaddress.ip_address(ip.strip())
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    carried = _carried(address)
    return str(carried or ipaddress.ip_network((int(address) >> 64 << 64, 64)))


_ENDS_IN_VERSION_4 = tuple(
    ipaddress.IPv6Network(prefix)
    # Mapped and translated addresses (RFC 4291, 7915), NAT64's two prefixes (RFC 6052, 8215).
    for prefix in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if any(address in prefix for prefix in _ENDS_IN_VERSION_4):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    # Tunnels: 6to4 (RFC 3056), and of Teredo (RFC 4380) the client.
    return address.sixtofour or (address.teredo[1] if address.teredo else None)


# --- what it costs and says -----------------------------------------------------------------------

NEAR = frozenset({"US", "CA"})


def cost_usd(channel: str, country: str | None) -> float:
    """Return the highest likely price of one code, in dollars: the day's cap counts it until the carrier reports the price."""
    is_near = home_of(country) in NEAR
    if channel == "call":
        return 0.05 if is_near else 0.6
    return 0.02 if is_near else 0.25


_TEXT = f"{CODE_PLACE} is your code for {{name}}. Don't share it."
_OR_WORDS = f" You can also reply with: {WORDS_PLACE}"
WORDS = OwnWords({"code_text": _TEXT, "code_text_words": _OR_WORDS})


def code_text(name: str, domain: str | None, purpose: CodePurpose, language: str = "") -> str:
    """Return the text with the code's places. The last line is what browsers fill the code in from (webOTP).

    Carriers filter texts that answer with a code (error 30038): the words are another way. A code that the API asked for
    is entered where that asks for it, so that its text offers no reply.
    """
    text = WORDS.said(_TEXT, language).format(name=name)
    if purpose is not CodePurpose.API:
        text += WORDS.said(_OR_WORDS, language)
    return f"{text}\n@{domain} #{CODE_PLACE}" if domain else text


def filled(text: str, code: str, words: str) -> str:
    """Put code and words into their places."""
    return text.replace(CODE_PLACE, code).replace(WORDS_PLACE, words)
