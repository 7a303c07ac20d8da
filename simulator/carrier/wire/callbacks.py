"""Callbacks of calls and messages: each an independent request, without order (handbook 1.4, 6.2), hostile when asked."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from simulator.carrier.wire.feed import Feed
from simulator.carrier.wire.knobs import KnobBoard
from simulator.carrier.wire.ledger import Ledger
from simulator.carrier.wire.webhooks import WebhookClient, WebhookFailed, WebhookRequest, new_session

HELD_AT_MOST_S = 2.0


class Subject(Protocol):
    """A call or a message: what a callback is about."""

    sid: str
    index: int


@dataclass(frozen=True)
class Fate:
    """What a seed decided for one callback."""

    dropped: bool
    copies: int
    delay_s: float
    held: bool


class CallbackSender:
    """Sends callbacks on threads of their own. Their answers' bodies are ignored [K]."""

    def __init__(
        self, client: WebhookClient, knobs: KnobBoard, ledger: Ledger, feed: Feed, seed: int
    ) -> None:
        self._client, self._knobs, self._ledger, self._feed = client, knobs, ledger, feed
        self._seed = seed
        self._lock = threading.Lock()
        self._held: dict[str, list[Callable[[], None]]] = {}
        self._under_way = 0

    def send(self, record: Subject, request: WebhookRequest, key: str) -> None:
        """Send soon. `key` names the callback within its call or message, so that a seed always decides alike."""
        fate = self.fate(record, key)
        if fate.dropped:
            self._feed.publish("dropped", record.sid, {"kind": request.kind, "key": key})
            return
        if fate.held:
            self._hold(record.sid, lambda: self._start(record.sid, request, fate, releases=False))
        else:
            self._start(record.sid, request, fate, releases=True)

    def fate(self, record: Subject, key: str) -> Fate:
        """The seed's decisions for one callback of one call or message: the same each time."""
        hostile = self._knobs.current.hostile
        chance = random.Random(f"{self._seed}:{record.index}:{key}")
        dropped, doubled, held = chance.random(), chance.random(), chance.random()
        return Fate(
            dropped=dropped < hostile.drop,
            copies=2 if doubled < hostile.duplicate else 1,
            delay_s=chance.uniform(*hostile.delay_s),
            held=held < hostile.reorder,
        )

    def idle(self, timeout_s: float) -> bool:
        """Wait until nothing is under way or held back; False when time ran out."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            with self._lock:
                if not self._under_way and not any(self._held.values()):
                    return True
            time.sleep(0.01)
        return False

    def _hold(self, sid: str, start: Callable[[], None]) -> None:
        """Delay a callback until the next one of its call or message has gone out, so that the two swap places."""
        with self._lock:
            self._held.setdefault(sid, []).append(start)
        timer = threading.Timer(HELD_AT_MOST_S, self._release, [sid, start])
        timer.daemon = True
        timer.start()

    def _release(self, sid: str, only: Callable[[], None] | None = None) -> None:
        with self._lock:
            waiting = self._held.get(sid, [])
            free = [start for start in waiting if only is None or start is only]
            self._held[sid] = [start for start in waiting if start not in free]
        for start in free:
            start()

    def _start(self, sid: str, request: WebhookRequest, fate: Fate, *, releases: bool) -> None:
        with self._lock:
            self._under_way += 1
        threading.Thread(
            target=self._deliver, args=(sid, request, fate, releases), name="callback", daemon=True
        ).start()

    def _deliver(self, sid: str, request: WebhookRequest, fate: Fate, releases: bool) -> None:
        try:
            time.sleep(fate.delay_s)
            for _ in range(fate.copies):
                self._fetch(sid, request)
            if releases:
                self._release(sid)
        finally:
            with self._lock:
                self._under_way -= 1

    def _fetch(self, sid: str, request: WebhookRequest) -> None:
        try:
            self._client.fetch(request, new_session())
        except WebhookFailed as failure:
            self._ledger.alert(failure.code, failure.text, call_sid=sid, url=failure.url, level="warning")
