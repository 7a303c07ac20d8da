"""The form of an API key, and the part of it that is stored. Pure: randomness is an argument.

A key holds 256 random bits, so a plain hash of it reveals nothing.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

PREFIX_CHARS = 11
KEY_BYTES = 32
LONGEST_KEY = 128
ROLES = ("operator", "integrator")
"""An operator's key opens everything; an integrator's what other programs need: verification, and its own calls."""


def make_key(random: bytes) -> str:
    """Return the key, to be shown once."""
    return "vb_" + urlsafe_b64encode(random).decode().rstrip("=")


def prefix_of(key: str) -> str:
    """Return the beginning by which a person tells keys apart; useless as a key."""
    return key[:PREFIX_CHARS]


def hash_of(key: str) -> str:
    """Return the hash under which a key is stored: SHA-256, as hexadecimal digits."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def is_same_hash(one: str, other: str) -> bool:
    """Compare without telling by the time it takes how much of it was right."""
    return hmac.compare_digest(one.encode(), other.encode())
