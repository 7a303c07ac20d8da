"""Look up the addresses of a foreign server, and refuse addresses that could be ours.

The connection uses the very address that was checked, so a name that changes a moment later has no effect.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence

from voicebot.domain.public_address import is_public_address
from voicebot.providers.ports import Outcome, ProviderError

CLOSED, UNKNOWN = "closed_address", "unknown_host"
MOST_ADDRESSES = 4
Resolve = Callable[[str], Sequence[str]]


def resolve(host: str) -> Sequence[str]:
    """Return the addresses of a host as this machine knows them. Raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[4][0]) for place in found))


def public_addresses(provider: str, host: str, resolve: Resolve = resolve) -> list[str]:
    """Return the addresses of a host, version 4 first; one that is closed closes them all. Raises ProviderError."""
    addresses = _found(provider, host, resolve)
    if not all(is_public_address(address) for address in addresses):
        raise ProviderError(provider, CLOSED, Outcome.NOT_SENT)
    return _in_order(addresses)


def any_addresses(provider: str, host: str, resolve: Resolve = resolve) -> list[str]:
    """Return the addresses of a host that the installation names, version 4 first, wherever they lead. Raises ProviderError."""
    return _in_order(_found(provider, host, resolve))


def _found(provider: str, host: str, resolve: Resolve) -> Sequence[str]:
    try:
        addresses = resolve(host)
    except (OSError, UnicodeError) as error:
        raise ProviderError(provider, UNKNOWN, Outcome.NOT_SENT) from error
    if not addresses:
        raise ProviderError(provider, UNKNOWN, Outcome.NOT_SENT)
    return addresses


def _in_order(addresses: Sequence[str]) -> list[str]:
    return sorted(addresses, key=lambda address: ipaddress.ip_address(address).version)[:MOST_ADDRESSES]
