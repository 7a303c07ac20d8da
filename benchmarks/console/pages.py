"""The pages that are measured: every page of the console's table, with the filters that people use, and what a search is asked."""

import gzip
import http.client
import re
import time
from dataclasses import dataclass, field
from hashlib import md5
from urllib.parse import quote, urlsplit
from uuid import UUID

from benchmarks.console.seed import ONE, OWNER, Scale
from voicebot.console.routes import Route
from voicebot.domain.access.next_page import HOME

ASSET = re.compile(r'(?:href|src|data-sound)="(/console/[^"]+\?v=[^"]+)"')
ELSEWHERE = re.compile(r'(?:href|src|action)="(?:https?:)?//[^"]*"')
FILTERS = {
    "calls": ("status=completed", "direction=inbound"),
    "threads": ("show=mine", "show=unassigned", "show=waiting", "show=snoozed", "show=resolved"),
    "people": (
        "q=ann", "q=%2B130300", "verified=yes", "onboarding=failed", "standing=stopped", "standing=blocked", "contact=7d",
        "contact=none30d", "contact=none365d",
    ),
    "person": ("kind=call", "kind=text", "kind=webhook"),
    "campaigns": ("state=running",),
    "figures": ("days=1&by=hour", "days=7&by=hour", "days=90&by=day", "days=90&by=campaign", "days=90&by=template", "days=90&by=number"),
    "queue": ("status=queued", "status=failed", "number=%2B17200000500"),
}  # fmt: skip
QUESTIONS = (
    "", "refund", "pump 1234", "nowhereatall", 'said:"call me back"', "refund outcome:refund", "outcome:solved", "latency:>2s", "cost:>1",
    "tool:look_up_order", "person:ann", "number:+13030000001", "refund person:ann", "campaign:Campaign", "status:failed after:2026-01-01",
)  # fmt: skip


@dataclass
class Seen:
    """What one page was asked and what came: milliseconds of each answer, and its size as it is served."""

    name: str
    times_ms: list[float] = field(default_factory=list)
    packed_bytes: int = 0
    assets_bytes: int = 0
    status: int = 0
    cpu_ms: float = 0.0
    """Of the web process and the database, each time it was opened."""
    elsewhere: int = 0

    def at(self, share: float) -> float:
        """Return how long this share of the answers took at most."""
        return sorted(self.times_ms)[min(int(share * len(self.times_ms)), len(self.times_ms) - 1)]


class Reader:
    """Somebody who is signed in, on one connection that is kept."""

    def __init__(self, url: str, secret: str) -> None:
        self._place, self._secret = urlsplit(url).netloc, secret
        self._connection = http.client.HTTPConnection(self._place, timeout=60)
        self._sizes: dict[str, int] = {}

    def look(self, seen: Seen, address: str) -> None:
        """Open a page once more."""
        began = time.perf_counter()
        answer, body = self._get(address)
        seen.times_ms.append(1000 * (time.perf_counter() - began))
        seen.status, seen.packed_bytes = answer.status, len(body)
        if len(seen.times_ms) == 1:
            text = (
                gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body
            ).decode()
            seen.assets_bytes = sum(self._size(one) for one in set(ASSET.findall(text)))
            seen.elsewhere = len(ELSEWHERE.findall(text))

    def save(self, address: str) -> tuple[int, int, float]:
        """Ask for a list as a file; return its rows, its bytes and the seconds that it took."""
        began = time.perf_counter()
        answer, body = self._get(address)
        if answer.status != 200:
            raise RuntimeError(f"{address} answered {answer.status}")
        if answer.getheader("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return body.count(b"\n") - 1, len(body), time.perf_counter() - began

    def _size(self, address: str) -> int:
        if address not in self._sizes:
            self._sizes[address] = len(self._get(address)[1])
        return self._sizes[address]

    def _get(self, address: str) -> tuple[http.client.HTTPResponse, bytes]:
        headers = {"Cookie": f"voicebot={self._secret}", "Accept-Encoding": "gzip"}
        self._connection.request("GET", address, headers=headers)
        answer = self._connection.getresponse()
        return answer, answer.read()


def addresses(routes: tuple[Route, ...], scale: Scale) -> dict[str, str]:
    """Return the address of every page by its name, with its filters; files, streams and open pages are none."""
    values = {
        "call": _seeded("call", scale.calls // 2), "item": _seeded("item", 8), "person": OWNER, "entry": _seeded("entry", 4),
        "campaign": _seeded("campaign", 0), "template": ONE, "version": "1", "bulk": ONE, "endpoint": ONE, "alert": ONE,
    }  # fmt: skip
    found = {}
    for route in routes:
        if route.method == "GET" and not route.is_open and not route.is_data:
            path = HOME + re.sub(r"<\w+:(\w+)>", lambda name: values[name[1]], route.path)
            found[route.name] = path
            found |= {f"{route.name} {one}": f"{path}?{one}" for one in FILTERS.get(route.name, ())}
    return found


def files() -> dict[str, str]:
    """Return the addresses of lists as files by their names: each has more rows than a file takes."""
    found = {name: f"{HOME}/{name}.csv" for name in ("calls", "people", "queue", "settings/audit")}
    found["calls that failed"] = f"{HOME}/calls.csv?status=failed"
    found["a person"] = f"{HOME}/people/{OWNER}.csv"
    found["people of a campaign"] = f"{HOME}/campaigns/{_seeded('campaign', 0)}.csv"
    return found


def questions() -> dict[str, str]:
    """Return the addresses of searches by what is asked."""
    return {f"search {one}": f"{HOME}/search?q={quote(one)}" for one in QUESTIONS}


def _seeded(kind: str, number: int) -> str:
    return str(UUID(md5(f"{kind} {number}".encode(), usedforsecurity=False).hexdigest()))
