"""Many calls over Media Streams for a while: `python -m benchmarks.streams.media_load --help`. The result is one JSON line.

Calls come up one after the other and their frames are spread over the 20 ms. Turns count that ended inside the window.
"""

import argparse
import asyncio
import json
import random
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.streams.arrival import NoSocket, Target, arrive
from benchmarks.streams.figures import spread, usage
from benchmarks.streams.media_call import MediaCall, Sounds, Turn
from benchmarks.streams.stubs import reply_ms
from benchmarks.streams.wire import open_wire

SETTLE_S = 3.0
PHASES = 20
STUCK_S = 2.5
"""A turn that is open when the window ends, and waits longer, counts as unanswered."""


@dataclass
class Load:
    """One run."""

    given: argparse.Namespace
    calls: list[MediaCall] = field(default_factory=list)
    slips_ms: list[float] = field(default_factory=list)
    """How late this generator itself was."""
    refused: list[str] = field(default_factory=list)
    over: bool = False

    def __post_init__(self) -> None:
        self._chance = random.Random(self.given.seed)
        self._sounds = Sounds.read(self.given.sounds)

    async def run(self) -> dict[str, Any]:
        """Make the calls, measure, hang up, report."""
        given = self.given
        idle = usage(given.server_pid)
        ticking = asyncio.create_task(self._tick())
        await self._begin_all()
        ramped = usage(given.server_pid)
        await asyncio.sleep(SETTLE_S)
        before, asked, own, began = (
            usage(given.server_pid),
            self._stub_stats(),
            time.process_time(),
            time.monotonic(),
        )
        self.slips_ms.clear()
        await asyncio.sleep(given.window)
        ended, after, own_after = time.monotonic(), usage(given.server_pid), time.process_time()
        asked_after = self._stub_stats()
        report = self._turns(began, ended)
        alive = sum(not call.over for call in self.calls)
        cpu_s, call_s = after["cpu_s"] - before["cpu_s"], max(1.0, (ended - began) * alive)
        report |= {
            "calls": given.calls, "refused": len(self.refused), "why_refused": self.refused[:1], "alive": alive,
            "cpu_ms_per_call_s": round(cpu_s * 1000 / call_s, 2),
            "cpu_pct": round(100 * cpu_s / (ended - began), 1),
            "setup_cpu_ms": round((ramped["cpu_s"] - idle["cpu_s"]) * 1000 / given.calls, 1),
            "kb_per_call": round((after["kb"] - idle["kb"]) / given.calls),
            "generator_cpu_pct": round(100 * (own_after - own) / (ended - began), 1),
            "slip_p99_ms": spread(self.slips_ms)["p99"],
            "asked": {name: asked_after.get(name, 0) - asked.get(name, 0) for name in asked_after},
        }  # fmt: skip
        self.over = True
        await ticking
        for call in self.calls:
            call.hang_up()
        await asyncio.sleep(1.0)
        return report

    async def _begin_all(self) -> None:
        given = self.given
        ramp_s = max(5.7, given.calls / given.calls_per_s)
        began, beginning = time.monotonic(), []
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=20)) as session:
            for number in range(given.calls):
                await asyncio.sleep(max(0.0, began + ramp_s * number / given.calls - time.monotonic()))
                beginning.append(asyncio.create_task(self._begin(session, number)))
            await asyncio.gather(*beginning)

    async def _begin(self, session: aiohttp.ClientSession, number: int) -> None:
        given = self.given
        target = Target(given.url, given.account_sid, given.auth_token)
        call = MediaCall(
            number, f"CA{given.seed:08x}{number:024x}", self._sounds,
            lambda: given.pause * self._chance.uniform(0.25, 1.75), given.hesitates_each,
        )  # fmt: skip
        try:
            offered = await arrive(target, session, call.call_sid, number)
            wire = await open_wire(offered.url, offered.headers, call.message, call.gone)
        except (OSError, TimeoutError, NoSocket, aiohttp.ClientError) as error:
            self.refused.append(str(error) or type(error).__name__)
            # Whoever waits for the calls learns at once that they do not come.
            print(f"call {number} is refused: {self.refused[-1]}", file=sys.stderr, flush=True)
            return
        call.begin(wire, given.account_sid or "AC" + "0" * 32, offered.parameters)
        self.calls.append(call)

    async def _tick(self) -> None:
        """Let each call send its frame, a twentieth of them each millisecond."""
        began, count = time.monotonic(), 0
        while not self.over:
            due = began + count / 1000
            now = time.monotonic()
            if due > now:
                await asyncio.sleep(due - now)
                now = time.monotonic()
            self.slips_ms.append((now - due) * 1000)
            for call in self.calls[count % PHASES :: PHASES]:
                call.tick(now)
            count += 1

    def _stub_stats(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.given.stub}/stats", timeout=5) as answer:
            found: dict[str, int] = json.load(answer)
        return found

    def _turns(self, began: float, ended: float) -> dict[str, Any]:
        turns = [turn for call in self.calls for turn in call.turns if began <= turn.ended <= ended]
        open_turns = [call.asking for call in self.calls if call.asking is not None]
        stuck = [
            turn for turn in open_turns if turn.ended and not turn.first and ended - turn.ended > STUCK_S
        ]
        answered = [turn for turn in turns if turn.first]
        frames = sum(turn.frames for turn in answered)
        return {
            "turns": len(turns) + len(stuck), "unanswered": len(turns) - len(answered) + len(stuck),
            "cut_off": sum(turn.early for turn in turns),
            "gap_ms": spread([_gap_ms(turn) for turn in answered]),
            "late_pct": round(100 * sum(turn.late for turn in answered) / max(1, frames), 3),
            "short_pct": round(100 * sum(turn.audio_ms < 0.9 * reply_ms() for turn in answered) / max(1, len(answered)), 2),
            "lost": sum(call.lost for call in self.calls), "bad": sum(call.bad for call in self.calls),
        }  # fmt: skip


def _gap_ms(turn: Turn) -> float:
    return (turn.first - turn.ended) * 1000


def options(description: str | None) -> argparse.ArgumentParser:
    """Return what every load is told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--url", required=True, help="http: begun by webhook; ws: opened as it is")
    parser.add_argument("--account-sid", default="")
    parser.add_argument("--auth-token", default="")
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--calls-per-s", type=float, default=15.0)
    parser.add_argument("--window", type=float, default=18.0)
    parser.add_argument("--server-pid", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    return parser


def main() -> None:
    """Run one load and print its report."""
    parser = options(__doc__)
    parser.add_argument("--sounds", type=Path, required=True)
    parser.add_argument("--stub", required=True)
    parser.add_argument("--hesitates-each", type=int, default=0)
    parser.add_argument(
        "--pause", type=float, default=0.4, help="seconds between an answer and the next question"
    )
    print(json.dumps(asyncio.run(Load(parser.parse_args()).run())))


if __name__ == "__main__":
    main()
