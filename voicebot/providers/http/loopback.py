"""Recognise an address on this machine: a proxy named in the environment cannot reach it and must not be
asked."""

from urllib.parse import urlsplit

_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})


def is_loopback(url: str | None) -> bool:
    """Say whether a provider's base URL is this machine's (None: the provider's own host, so it is not)."""
    return urlsplit(url or "").hostname in _NAMES
