"""Encrypt other systems' secrets for the database, so that the database alone does not reveal them."""

import base64

from cryptography.fernet import Fernet, InvalidToken


class Unreadable(Exception):
    """It was sealed with another key."""


def seal(key: bytes, secret: str) -> str:
    """Encrypt a secret with a 32-byte key."""
    return Fernet(base64.urlsafe_b64encode(key)).encrypt(secret.encode()).decode()


def unseal(key: bytes, sealed: str) -> str:
    """Return what `seal` was given. Raises Unreadable."""
    try:
        return Fernet(base64.urlsafe_b64encode(key)).decrypt(sealed.encode()).decode()
    except (InvalidToken, ValueError) as error:
        raise Unreadable from error
