"""The addresses that texts come from and go to, as the carrier spells them: an optional scheme, and a name.

On WhatsApp a name is a number, or a business-scoped id (handbook 6.1); a text's is a number, a short code or a word. Who
somebody is does not hang on the spelling: `domain/person/phone.py` (`person_number`).
"""

import re

WHATSAPP = "whatsapp"
RCS = "rcs"
SMS = "sms"
_PREFIX = f"{WHATSAPP}:"
# What stands before a telephone's number names the channel; SIP and client addresses name somebody else.
_BEFORE_NUMBER = re.compile(r"(?!sips?:|client:)[a-z][a-z0-9.-]{1,30}:\s*(?=\+)", re.IGNORECASE)
_SCOPED_ID = re.compile(r"([A-Z]{2})\.[A-Za-z0-9]{1,128}")


def channel_of(address: str) -> str:
    """Return which channel it belongs to: whatsapp, rcs, or sms for everything else."""
    scheme = address.split(":", 1)[0].strip().lower() if ":" in address else ""
    return scheme if scheme in (WHATSAPP, RCS) else SMS


def bare_number(address: str) -> str:
    """Return the address without its scheme: the same person on every channel."""
    if channel_of(address) == WHATSAPP:
        return address.split(":", 1)[1].strip()
    text = address.strip()
    scheme = _BEFORE_NUMBER.match(text)
    return text[scheme.end() :] if scheme else text


def wire_address(channel: str, address: str) -> str:
    """Return the carrier's spelling, whether or not the scheme was there already."""
    return f"{_PREFIX}{bare_number(address)}" if channel == WHATSAPP else address


def country_of_id(name: str) -> str | None:
    """Return the country of a WhatsApp name that is a business-scoped id (`US.1234`); None for everything else."""
    scoped = _SCOPED_ID.fullmatch(name)
    return scoped[1] if scoped else None
