"""The one-time token that a socket brings: only its hash is stored, bound to the call."""

import hashlib
import secrets
from dataclasses import dataclass

PARAMETER = "token"
"""The <Parameter> of a document that carries it, on either protocol."""
MAX_TOKEN_CHARS = 64


@dataclass(frozen=True)
class StreamToken:
    """A token as it is written into a document, and its hash as it is stored."""

    secret: str
    digest: str


def new_token() -> StreamToken:
    """Return a token of 32 random bytes."""
    secret = secrets.token_urlsafe(32)
    return StreamToken(secret, digest_of(secret))


def digest_of(secret: str) -> str:
    """Return what the database knows of a token; of nonsense, too."""
    return hashlib.sha256(secret[:MAX_TOKEN_CHARS].encode()).hexdigest()
