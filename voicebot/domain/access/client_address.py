"""Find the address of a request's client: its own, or the one that a trusted proxy reports; otherwise none."""

import ipaddress
from collections.abc import Callable, Sequence

PROXY_HEADERS = (
    "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Real-Ip",
    "X-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Cf-Ray", "Fly-Client-Ip", "Fastly-Client-Ip", "X-Azure-Clientip",
    "X-Appengine-User-Ip", "X-Cluster-Client-Ip", "Via",
)  # fmt: skip
"""Headers that proxies add: a request with one of them did not come straight from the connection's peer."""

Sent = Callable[[str], Sequence[str]]
"""All values of a header, in the order in which they came."""


def came_through_a_proxy(sent: Sent, configured: str = "") -> bool:
    """Tell whether a request says that a proxy passed it on."""
    return any(sent(name) for name in (*PROXY_HEADERS, *([configured] if configured else [])))


def client_address(peer: str, sent: Sent, configured: str) -> str:
    """Return the client's address; empty when no trusted source reports it.

    `peer` is the other end of the connection. `configured` names the header in which this service's own proxy writes
    the address of its peer. Only the last address of that header counts: clients can write the earlier ones, and every
    other header, themselves.
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
