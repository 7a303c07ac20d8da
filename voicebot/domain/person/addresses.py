"""The addresses that texts come from and go to, as the carrier spells them: an optional scheme, and a name.

On WhatsApp a name is a number, or a business-scoped id (handbook 6.1); a text's is a number, a short code or a word.
"""

import re

WHATSAPP = "whatsapp"
SMS = "sms"
_PREFIX = f"{WHATSAPP}:"
_SCOPED_ID = re.compile(r"([A-Z]{2})\.[A-Za-z0-9]{1,128}")


def channel_of(address: str) -> str:
    """Return which channel it belongs to: whatsapp, or sms for everything else."""
    return WHATSAPP if address[: len(_PREFIX)].lower() == _PREFIX else SMS


def bare_number(address: str) -> str:
    """Return the address without its WhatsApp scheme: the same person on either channel."""
    return address[len(_PREFIX) :].strip() if channel_of(address) == WHATSAPP else address.strip()


def wire_address(channel: str, address: str) -> str:
    """Return the carrier's spelling, whether or not the scheme was there already."""
    return f"{_PREFIX}{bare_number(address)}" if channel == WHATSAPP else address


def country_of_id(name: str) -> str | None:
    """Return the country of a WhatsApp name that is a business-scoped id (`US.1234`); None for everything else."""
    scoped = _SCOPED_ID.fullmatch(name)
    return scoped[1] if scoped else None
