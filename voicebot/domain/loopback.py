"""Tell this machine from the rest of the world by name or address: nobody can listen in between."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback_host(host: str) -> bool:
    """Whether a host is this machine by its name alone, or by its address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_loopback(url: str | None) -> bool:
    """Whether an address leads to this machine; None, a provider's own host, does not."""
    return is_loopback_host(urlsplit(url or "").hostname or "")
