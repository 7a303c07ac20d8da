"""Processes that dial as the worker does, and are killed and frozen at the worst moments: `python -m tests.chaos.dialling.diallers 40`.

Until so many claims were made, and that happened often enough, a dialler now and then dies or falls asleep by itself, right after a claim or right before it commits
what the carrier answered, and is killed at any moment besides. Who dies is replaced; who sleeps wakes up when its claim has
long run out. Then all of them work in peace. Leases are short, in the product's proportions.
"""

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.limits import limits_with
from voicebot.services.dialling.check import check_entries
from voicebot.services.dialling.dial import place_dials
from voicebot.services.dialling.settle import settle_silent_dials
from voicebot.settings import Settings, load_settings
from voicebot.storage.database import DatabaseAway
from voicebot.telemetry.logs import configure_logging
from voicebot.wiring import build_runtime

DIALLERS, LEASE_S = 8, 3.0
SLEEP_S = 1.5 * LEASE_S
KILL_EACH, UNLUCKY = 8, 0.06
"""One is killed whenever so many claims were made."""
MOST_VIOLENT_S = 100.0
PEACE, CLAIMS = 0, 1
"""Places in what all of them see. Nothing is locked: whoever dies would keep the lock."""
FATES = (
    ("claim", signal.SIGSTOP),
    ("record", signal.SIGKILL),
    ("claim", signal.SIGSTOP),
    ("claim", signal.SIGKILL),
    None,
)
HASTY = limits_with(
    code={"lease_s": LEASE_S, "longest_post_s": 2.0, "silent_after_s": 2.0},
    carrier={"read_timeout_s": 1.2, "total_timeout_s": 1.8},
)


@dataclass
class Unlucky:
    """A database at which its process dies or falls asleep: at its first claim, at its first record, or by chance."""

    inner: Any
    chance: random.Random
    shared: Any
    fate: tuple[str, signal.Signals] | None

    def call(self, function: str, **params: Any) -> Any:
        if function == "finish_dial":
            self._perhaps("record", signal.SIGKILL)
        answer = self.inner.call(function, **params)
        if isinstance(answer, dict) and answer.get("dials"):
            self.shared[CLAIMS] += 1
            self._perhaps("claim", signal.SIGKILL, signal.SIGSTOP)
        return answer

    def _perhaps(self, when: str, *signals: signal.Signals) -> None:
        if self.shared[PEACE]:
            return
        if self.fate and self.fate[0] == when:
            (_, met), self.fate = self.fate, None
            os.kill(os.getpid(), met)
        for each in signals:
            if self.chance.random() < UNLUCKY:
                os.kill(os.getpid(), each)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass
class Diallers:
    """The processes, and what was done to them. `shared` is what all of them see."""

    settings: Settings
    violent_claims: int
    chance: random.Random = field(default_factory=lambda: random.Random(3))
    shared: Any = field(default_factory=lambda: multiprocessing.RawArray("i", 2))
    running: set[int] = field(default_factory=set)
    asleep: dict[int, float] = field(default_factory=dict)
    begun: int = 0
    killed: int = 0
    slept: int = 0

    def run(self) -> None:
        """Keep so many of them at work, until this process is ended."""
        began, next_kill, told = time.monotonic(), KILL_EACH, False
        while True:
            while len(self.running) < DIALLERS:
                self._begin()
            self._look()
            now = time.monotonic()
            enough = self.shared[CLAIMS] >= self.violent_claims and self.killed >= 3 and self.slept >= 1
            if enough or now - began > MOST_VIOLENT_S:
                self.shared[PEACE] = 1
            elif self.shared[CLAIMS] >= next_kill and (awake := sorted(self.running - set(self.asleep))):
                next_kill = self.shared[CLAIMS] + KILL_EACH
                os.kill(self.chance.choice(awake), signal.SIGKILL)
            for pid in [pid for pid, until in self.asleep.items() if until <= now]:
                del self.asleep[pid]
                os.kill(pid, signal.SIGCONT)
            if not told and self.shared[PEACE] and not self.asleep:
                told = True
                print(json.dumps({"killed": self.killed, "slept": self.slept}), flush=True)
            time.sleep(0.02)

    def _begin(self) -> None:
        self.begun += 1
        pid = os.fork()
        if pid == 0:
            dial(self.settings, self.begun, self.shared)
        self.running.add(pid)

    def _look(self) -> None:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                return
            if os.WIFSTOPPED(status):
                self.slept += 1
                self.asleep[pid] = time.monotonic() + SLEEP_S
                continue
            self.killed += 1
            self.running.discard(pid)
            self.asleep.pop(pid, None)
            if not self.running:
                return


def dial(settings: Settings, number: int, shared: Any) -> None:
    """Dial for ever."""
    runtime = build_runtime(settings, limits=HASTY)
    # Of the first ones it is certain what they meet; whoever takes their place meets it by chance.
    fate = FATES[number % len(FATES)] if number <= DIALLERS else None
    shaken: Any = Unlucky(runtime.database, random.Random(number), shared, fate)
    runtime, looked_at = replace(runtime, database=shaken), 0.0
    while True:
        try:
            placed = place_dials(runtime)
            if time.monotonic() - looked_at > 1.0:
                looked_at = time.monotonic()
                check_entries(runtime)
                settle_silent_dials(runtime)
        except DatabaseAway:
            placed = 0
        time.sleep(0 if placed else 0.05)


if __name__ == "__main__":
    configure_logging(load_settings())
    Diallers(load_settings(), int(sys.argv[1])).run()
