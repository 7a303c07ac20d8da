"""Which addresses of the internet anybody may be sent to by us: none behind which our own network could stand."""

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

LONGEST_URL = 2000
_EXPECTED_HTTPS = "expected https, as https://example.com/hooks"
LOCAL_NAMES = (
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "localdomain",
    "arpa",
    "onion",
)
"""Last labels of names that no public server has."""
_WITHIN_2000 = ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
_CLOSED = [
    ipaddress.ip_network(network)
    for network in (
        # "This network", private, shared, loopback, link-local (and with it most clouds' metadata), private.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        # Protocol assignments, documentation, the old 6to4 relays, private, benchmarks, documentation.
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24",
        # Azure answers its machines there, on an address that is public otherwise.
        "168.63.129.16/32",
        # Multicast, reserved and broadcast.
        "224.0.0.0/4", "240.0.0.0/4",
        # Of what is public in version 6: tunnels that carry an address of version 4 in them, and documentation.
        *_WITHIN_2000,
    )
]  # fmt: skip
_PUBLIC_6 = ipaddress.ip_network("2000::/3")


def is_public_address(text: str) -> bool:
    """Whether an IP address is on the public internet, and so in no private network.

    Of version 6 only 2000::/3 is; an address that embeds one of version 4 is not, whatever the embedded one is.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if "%" in text:
        # An interface of this machine is named, whatever the address.
        return False
    if any(address.version == network.version and address in network for network in _CLOSED):
        return False
    return address.version == 4 or address in _PUBLIC_6


def public_url(text: str, *, here: bool = False) -> str:
    """Return an https address of a public server. Raises ValueError with what is wrong.

    With `here`, http to 127.0.0.1 is allowed too. A name can still resolve to a private address, so the connection
    checks again.
    """
    parts = web_address(text, ("https", "http") if here else ("https",))
    host = (parts.hostname or "").rstrip(".")
    if here and parts.scheme == "http" and host == "127.0.0.1":
        return text
    if parts.scheme != "https":
        raise ValueError(_EXPECTED_HTTPS)
    if not _may_be_public(host):
        raise ValueError("expected a public server: this address leads into a network of its own")
    return text


def web_address(text: str, schemes: Collection[str]) -> SplitResult:
    """Return the parts of an address that accepts a POST, public or not. Raises ValueError with what is wrong."""
    if len(text) > LONGEST_URL or not re.fullmatch(r"[!-~]+", text) or re.search(r'[\\"<>^`{|}]', text):
        raise ValueError("expected an address like https://example.com/hooks, in ASCII")
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise ValueError("expected an address like https://example.com/hooks") from None
    if parts.scheme not in schemes or not host or port == 0:
        raise ValueError(_EXPECTED_HTTPS)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("expected an address without a user, a password or #")
    return parts


def _may_be_public(host: str) -> bool:
    last = host.rpartition(".")[2].lower()
    if ":" in host or re.fullmatch(r"\d+|0x[0-9a-f]*", last):
        # Also 127.1, 0x7f.1 and 2130706433, which some resolvers understand.
        return is_public_address(host)
    return "." in host and last not in LOCAL_NAMES
