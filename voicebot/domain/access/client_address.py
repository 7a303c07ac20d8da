"""Whose address a request has: the client's own, the one that a trusted proxy tells, or none."""

import ipaddress
from collections.abc import Callable, Sequence

PROXY_HEADERS = (
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Real-Ip",
    "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Cf-Ray", "Fly-Client-Ip", "Fastly-Client-Ip", "X-Azure-Clientip",
    "X-Appengine-User-Ip", "X-Cluster-Client-Ip", "Via",
)  # fmt: skip
"""What proxies add: a request with one of these did not come from whoever holds the connection."""

Sent = Callable[[str], Sequence[str]]
"""All values of a header, in the order in which they came."""


def came_through_a_proxy(sent: Sent, configured: str = "") -> bool:
    """Tell whether a request says that a proxy passed it on."""
    return any(sent(name) for name in (*PROXY_HEADERS, *([configured] if configured else [])))


def client_address(peer: str, sent: Sent, configured: str) -> str:
    """Return the address of whoever asks; empty when nobody who can be believed tells it.

    `peer` holds the connection, `configured` is the header in which the proxy of this service writes the address of
    its own peer: the last one in it. What stands before was written by whoever liked to, as was any other header.
    """
    if configured:
        return _last_address(",".join(sent(configured)), is_forwarded=configured.lower() == "forwarded")
    return "" if came_through_a_proxy(sent) else peer


def _last_address(value: str, *, is_forwarded: bool) -> str:
    last = value.rpartition(",")[2].strip()
    if is_forwarded:
        # RFC 7239: for="[2001:db8::1]:4711";proto=https
        pairs = dict(part.strip().partition("=")[::2] for part in last.lower().split(";"))
        last = pairs.get("for", "").strip('"')
    host = last[1:].partition("]")[0] if last.startswith("[") else last
    for written in (host, host.rpartition(":")[0]):
        try:
            return str(ipaddress.ip_address(written))
        except ValueError:
            continue
    return ""
