"""Recognise the placeholders that carriers and providers send for a missing value. Pure.

Every reader of a form asks here, so "UNAVAILABLE" never becomes a name, `0.0` never a confidence, and `+266696687`
(ANONYMOUS on a telephone's keys) never a number.
"""

import math
import re

_WITHHELD_WORDS = frozenset(
    {
        # What carriers write, in words or on a telephone's keys.
        "anonymous", "unavailable", "unknown", "blocked", "restricted", "private", "withheld", "hidden", "notavailable",
        "unlisted", "payphone", "outofarea", "privatenumber", "privatecaller", "unknownnumber", "unknowncaller",
        "anonymouscaller", "restrictednumber", "blockednumber", "blockedcaller", "nocallerid", "callerunknown",
        "calleridblocked", "callerwithheld", "numberwithheld", "withheldnumber", "numberunavailable", "unavailablenumber",
        "idunavailable", "idwithheld", "nonumber", "nocli", "presentationrestricted", "interworking", "suppressed",
        # The same in the languages of other networks.
        "anonym", "anonyme", "anonimo", "anônimo", "anónimo", "unbekannt", "unterdrückt", "unterdrueckt", "privat",
        "inconnu", "masque", "masqué", "numeromasque", "numéromasqué", "privé", "prive", "desconocido", "oculto",
        "privado", "restringido", "numerooculto", "númerooculto", "numeroprivado", "númeroprivado", "desconhecido",
        "restrito", "sconosciuto", "privato", "riservato", "numeroprivato", "afgeschermd", "onbekend", "ukendt",
        "skjult", "okänd", "dold", "tuntematon", "nieznany", "zastrzeżony", "bilinmeyen", "非通知", "匿名", "未知",
    }
)  # fmt: skip
"""In small letters, without anything between them."""

_NOTHING_WORDS = frozenset(
    {"", "null", "none", "nil", "undefined", "nan", "na", "notset", "notgiven", "noname", "empty", "false", "void"}
)  # fmt: skip
"""What programs write for nothing, compared like the words above: `n/a`, `(null)` and `None` are among them."""

_CALLER_NAMES = frozenset(
    {
        "wirelesscaller", "cellphone", "mobilephone", "mobilecaller", "cellularcall", "wireless", "wirelesscall",
        "nameunavailable", "unknownname", "namewithheld", "nameprivate", "namerestricted", "nameunknown",
        "tollfreecall", "tollfreecaller", "tollfreenumber", "tollfree", "voipcaller", "voipcall", "internetcall",
        "longdistance", "longdist", "outofareacall", "internationalcall", "international", "unassigned",
        "invalidnumber", "notassigned", "notfound", "noinformation", "nodata", "spam", "spamrisk", "scam", "scamlikely",
        "potentialspam", "spamlikely", "scamalert", "fraudrisk", "telemarketer", "telemarketing", "robocaller",
        "robocall", "survey", "politicalcall", "nonprofit", "coinphone", "incomingcall", "caller", "callerid", "name",
        "guest", "user",
    }
)  # fmt: skip
"""What a caller-name database or a network answers where it has no name, compared like the words above."""

_KEY_OF = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_ON_KEYS = frozenset(
    word.translate(_KEY_OF)
    for word in (
        "anonymous", "unavailable", "unknown", "blocked", "restricted", "private", "withheld", "notavailable",
        "unlisted", "payphone", "outofarea", "privatenumber", "privatecaller", "unknowncaller", "nonumber",
    )
)  # fmt: skip
_NO_LINES = frozenset({"464", "0000123456", "123456789", "1234567890"})
"""Numbers that networks fill in and that no telephone has."""

_BETWEEN = re.compile(r"[\s\W_]+")
_DIGITS = re.compile(r"(?:\+|00)?1?([0-9]{3,20})", re.ASCII)
_FILLED = re.compile(r"(?:\+|00)?1?(?:0{3,}|1{8,}|9{8,})", re.ASCII)
_SIP_USER = re.compile(r"(?:sips?|tel):([^@;>]*)", re.IGNORECASE)
_LONGEST = 256

_CITY_AND_STATE = re.compile(r"[A-Z][A-Z .'-]{11,12} ?[A-Z]{2}")
_NAME_CODE = re.compile(r"V[0-9]{9,}|[+(]?[0-9][0-9 ().+-]*", re.ASCII)
CNAM_LENGTH = 15
_STATES = frozenset(
    {
        "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA",
        "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM",
        "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA",
        "WV", "WI", "WY", "PR", "VI", "GU", "AB", "BC", "MB", "NB", "NL", "NS", "NT", "ON", "PE", "QC",
        "SK", "YT",
    }
)  # fmt: skip


def is_withheld(sent: str) -> bool:
    """Whether a text is a placeholder for a caller's number: a word, the word on a telephone's keys, or nothing.

    In a SIP address the user part counts: `sip:anonymous@anonymous.invalid`.
    """
    text = sent.strip()[:_LONGEST]
    if sip := _SIP_USER.search(text):
        text = sip[1].strip() or "anonymous"
        if text.lower() == "anonymous" or _plain(text) in _WITHHELD_WORDS:
            return True
    word = _plain(text)
    if word in _WITHHELD_WORDS or word in _NOTHING_WORDS:
        return True
    if _FILLED.fullmatch(text):
        return True
    digits = _DIGITS.fullmatch(text)
    if digits is None:
        return False
    whole = text.lstrip("+").removeprefix("00")
    return bool({digits[1], whole} & (_ON_KEYS | _NO_LINES))


def given(sent: str | None) -> str | None:
    """Return the value as it was sent; None for a placeholder."""
    text = (sent or "").strip()
    word = _plain(text[:_LONGEST])
    return None if word in _NOTHING_WORDS or word in _WITHHELD_WORDS else text


def given_name(sent: str | None) -> str | None:
    """Return a caller's name as a network told it; None for what networks tell where they know none.

    A cell phone's entry is the city in 13 letters and the state in two ("LOS ANGELES  CA").
    """
    text = given(sent)
    if text is None or _plain(text) in _CALLER_NAMES or _NAME_CODE.fullmatch(text):
        return None
    words = text.upper().split()
    if len(words) == 3 and words[:2] in (["CELL", "PHONE"], ["WIRELESS", "CALLER"]) and words[2] in _STATES:
        return None
    is_place = len(text) == CNAM_LENGTH and text[-2:] in _STATES and _CITY_AND_STATE.fullmatch(text)
    return None if is_place else text


def given_code(sent: str | None) -> str | None:
    """Return an error's code; None for none, which carriers also write as zero."""
    text = given(sent)
    return None if text is None or not text.strip("0") else text


def given_confidence(sent: str | None) -> float | None:
    """Return how sure a recogniser is, above 0 and up to 1. Zero is what recognisers send who do not say."""
    try:
        confidence = float(sent or "")
    except ValueError:
        return None
    return confidence if math.isfinite(confidence) and 0 < confidence <= 1 else None


def _plain(text: str) -> str:
    return _BETWEEN.sub("", text.lower())
