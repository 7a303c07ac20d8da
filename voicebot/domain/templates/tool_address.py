"""Decide which addresses own tools may have: public servers, and the private hosts that the installation allows."""

import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from voicebot.domain.loopback import is_loopback
from voicebot.domain.public_address import public_url, web_address

USUAL_PORTS = {"http": 80, "https": 443}
CLOSED = "this address leads into a private network: whoever runs the service may name its host in VOICEBOT_TOOL_HOSTS"
PLAIN = "expected https: plain http is for hosts that whoever runs the service names in VOICEBOT_TOOL_HOSTS"


def tool_url(text: str) -> str:
    """Keep an address that may be a tool's somewhere. Raises ValueError with what is wrong.

    Which hosts are open is the installation's to say: `closed_because` knows.
    """
    web_address(text, ("https", "http"))
    return text


def tool_host(text: str) -> str:
    """Keep a host that an installation names, as `booking.internal` or `10.0.0.5:8080`. Raises ValueError."""
    if (
        not re.fullmatch(r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?", text, re.ASCII)
        or _split(f"//{text}") is None
    ):
        raise ValueError("expected hosts with or without a port, like booking.internal,10.0.0.5:8080")
    return text.lower()


def is_named(url: str, hosts: Collection[str]) -> bool:
    """Whether an address is on one of the named hosts; a host without a port is named for the usual ports alone."""
    parts = _split(url)
    if parts is None or not parts.hostname:
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = USUAL_PORTS.get(parts.scheme)
    port = parts.port or usual
    return f"{host}:{port}" in hosts or (port == usual and host in hosts)


def closed_because(url: str, hosts: Collection[str], *, offline: bool) -> str:
    """Return why an address is closed to tools, for people; blank: it is open.

    `hosts` are those that the installation names. `offline`: without accounts this machine is open too.
    A public name may still lead to a closed address: whoever connects asks again.
    """
    if is_named(url, hosts) or (offline and is_loopback(url)):
        return ""
    try:
        public_url(url)
    except ValueError:
        # Its shape is right, or it would be no tool's.
        return PLAIN if url.lower().startswith("http:") else CLOSED
    return ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        # Reading it is what checks it.
        _ = parts.port
    except ValueError:
        return None
    return parts
