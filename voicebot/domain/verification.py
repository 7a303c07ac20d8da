"""Codes that prove who has a phone: how they come about, how they are found in what people say, who may get one.

Pure. A code is derived from a nonce with a key that the database does not hold, and is stored nowhere.
"""

import hashlib
import hmac
import ipaddress
import itertools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberType

from voicebot.domain.code_words import CODE_WORDS
from voicebot.domain.spoken_digits import Piece, digit_runs, joined

CODE_DIGITS = 6
REDACTED = "[code]"
CODE_PLACE, WORDS_PLACE = "[code]", "[words]"
SHORTEST_RUN, LONGEST_RUN = 4, 8

_TEXTED = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_CALLED = _TEXTED | {PhoneNumberType.FIXED_LINE}
_WORDS = frozenset(CODE_WORDS)


@dataclass(frozen=True)
class Nonce:
    """What the database keeps of a verification; with the key it gives the code."""

    id: str
    number: str
    purpose: str
    nonce: str

    def _mac(self, key: bytes, *more: str) -> int:
        message = "|".join((self.id, self.number, self.purpose, self.nonce, *more))
        return int.from_bytes(hmac.new(key, message.encode(), hashlib.sha256).digest()[:16], "big")


def derive_code(key: bytes, nonce: Nonce) -> str:
    """Return the six digits."""
    return f"{nonce._mac(key) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def derive_words(key: bytes, nonce: Nonce) -> str:
    """Return the two words that may be sent back instead, as `amber falcon`."""
    first, second = divmod(nonce._mac(key, "words") % len(CODE_WORDS) ** 2, len(CODE_WORDS))
    return f"{CODE_WORDS[first]} {CODE_WORDS[second]}"


def is_same(given: str, expected: str) -> bool:
    """Compare without telling by the time it takes how much of it was right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


# --- codes in what people write and say -----------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A stretch of text that may be a code; `value` is its digits, or two words with a space between."""

    start: int
    end: int
    value: str

    @property
    def is_whole_code(self) -> bool:
        """Whether it looks exactly like what was sent: six digits, or two of our words."""
        return len(self.value) == CODE_DIGITS or " " in self.value


_BETWEEN_WORDS = re.compile(r"[\s,.;:/_&+\"'\-\u2010-\u2015]*(?:\band\b[\s,]*)?", re.IGNORECASE)


def find_codes(text: str) -> list[Found]:
    """Return what may be a code, the likeliest first: six digits, two of our words, then 4 to 8 digits.

    Digits may be spoken ("four eight double two oh three") and parted by spaces, dots and dashes. Longer runs, such
    as phone numbers, are no codes, unless one is written or said twice in them.
    """
    found = [one for run in digit_runs(text) for one in _codes_of(run)]
    return sorted([*found, *_word_pairs(text)], key=lambda one: (_likelihood(one), one.start))


def find_code(text: str) -> Found | None:
    """Return the likeliest code in the text: the one, and only one, that is tried."""
    return next(iter(find_codes(text)), None)


def may_hold_code(text: str) -> bool:
    """Whether it is worth asking if a verification runs: most texts hold neither digits nor two of our words."""
    return any(len(joined(run)) >= SHORTEST_RUN for run in digit_runs(text)) or bool(_word_pairs(text))


def redact(text: str) -> str:
    """Replace everything that may be a code."""
    return _replaced(text, find_codes(text))


def redact_known(text: str, codes: Collection[str]) -> str:
    """Replace these codes (digits, or two words) alone, however they are written, also inside longer runs."""
    known = [Piece(run[0].start, run[-1].end, digits) for run in digit_runs(text) if (digits := joined(run))]
    spans = [
        Found(run.start, run.end, run.digits) for run in known if any(code in run.digits for code in codes)
    ]
    spans += [pair for pair in _word_pairs(text) if pair.value in codes]
    return _replaced(text, spans)


def _likelihood(found: Found) -> int:
    return (0 if len(found.value) == CODE_DIGITS else 2) if " " not in found.value else 1


def _replaced(text: str, found: Iterable[Found]) -> str:
    covered_to = len(text) + 1
    for one in sorted(found, key=lambda one: (-one.start, -one.end)):
        if one.end <= covered_to:
            text = text[: one.start] + REDACTED + text[one.end :]
            covered_to = one.start
    return text


def _codes_of(run: list[Piece]) -> list[Found]:
    digits, start, end = joined(run), run[0].start, run[-1].end
    half, odd = divmod(len(digits), 2)
    if SHORTEST_RUN <= len(digits) <= LONGEST_RUN:
        return [Found(start, end, digits)]
    if not odd and SHORTEST_RUN < half <= LONGEST_RUN and digits[:half] == digits[half:]:
        return [Found(start, end, digits[:half])]
    return [Found(one.start, one.end, one.digits) for one in run if len(one.digits) == CODE_DIGITS]


def _word_pairs(text: str) -> list[Found]:
    # A joining "and" between the two is no word of theirs.
    words = [one for one in re.finditer(r"[^\W\d_]+", text) if one.group().casefold() != "and"]
    return [
        Found(first.start(), second.end(), f"{first.group().casefold()} {second.group().casefold()}")
        for first, second in itertools.pairwise(words)
        if first.group().casefold() in _WORDS
        and second.group().casefold() in _WORDS
        and _BETWEEN_WORDS.fullmatch(text, first.end(), second.start())
    ]


# --- who may get one ------------------------------------------------------------------------------


def may_get_code(number: str, channel: str, allowed_countries: Collection[str]) -> bool:
    """Whether a code may be sent to this E.164 number: first its country, then what kind of line it is.

    The kind alone is no filter: satellite numbers are valid, of type MOBILE, and of no country.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    if phonenumbers.region_code_for_number(parsed) not in allowed_countries:
        return False
    kinds = _CALLED if channel == "call" else _TEXTED
    return phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in kinds


def address_group(ip: str) -> str:
    """Return what an address counts as: itself, or of version 6 its /64, which one household has. Raises ValueError."""
    address = ipaddress.ip_address(ip.strip())
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


# --- what it costs and says -----------------------------------------------------------------------

NEAR = frozenset({"US", "CA"})


def cost_usd(channel: str, country: str | None) -> float:
    """Return what one code costs at most, roughly: the day's cap is held with it before the carrier tells a price."""
    if channel == "call":
        return 0.05 if country in NEAR else 0.6
    return 0.02 if country in NEAR else 0.25


def code_text(name: str, domain: str | None) -> str:
    """Return the text with the code's places. The last line is what browsers fill the code in from (webOTP).

    Carriers filter texts that answer with a code (error 30038): the words are another way.
    """
    text = f"{CODE_PLACE} is your code for {name}. Don't share it. You can also reply with: {WORDS_PLACE}"
    return f"{text}\n@{domain} #{CODE_PLACE}" if domain else text


def filled(text: str, code: str, words: str) -> str:
    """Put code and words into their places."""
    return text.replace(CODE_PLACE, code).replace(WORDS_PLACE, words)
