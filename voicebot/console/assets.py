"""The stylesheet and the scripts: read once a process, gzipped once, and named by what they hold, so that browsers keep them."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from voicebot.domain.access.next_page import HOME

PLACE = Path(__file__).parent
FOR_EVER = "public, max-age=31536000, immutable"
NOT_LONG = "public, max-age=60"
"""The answer to a request for another version: during a deploy a page of the next version may reach a process of this one."""


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    plain: bytes
    gzipped: bytes
    mimetype: str
    version: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return all of them by the name in their address: `style.css`, `scripts/live.js`."""
    style = b"".join(each.read_bytes() for each in sorted((PLACE / "style").glob("*.css")))
    scripts = {
        f"scripts/{each.name}": _asset(each.read_bytes(), "text/javascript")
        for each in (PLACE / "scripts").glob("*.js")
    }
    return {"style.css": _asset(style, "text/css"), **scripts}


def address_of(name: str) -> str:
    """Return where a page finds an asset: another address whenever the asset is another one."""
    return f"{HOME}/{name}?v={assets()[name].version}"


def _asset(content: bytes, mimetype: str) -> Asset:
    packed = gzip.compress(content, 9, mtime=0)
    return Asset(content, packed, mimetype, hashlib.sha256(content).hexdigest()[:16])
