"""Many ConversationRelay sessions for a while: `python -m benchmarks.streams.relay_load --help`. The result is one JSON line.

Each says its words every ten seconds from its beginning on (who is silent is asked, and then hung up on) and is answered by 40 tokens at 50 a second. A token is a word that tells when the model
gave it, so the time from there to the session's socket is known for each.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from benchmarks.streams.arrival import NoSocket, Target, arrive
from benchmarks.streams.figures import spread, usage
from benchmarks.streams.media_load import options
from benchmarks.streams.stubs import RELAY_TOKENS, age_ms
from benchmarks.streams.wire import Wire, open_wire

FIRST_S, EVERY_S, SETTLE_S = 1.0, 10.0, 3.0
TOLD_EACH = 100
PROMPT = (
    b'{"type":"prompt","voicePrompt":"Can I book a table for tonight, please?","lang":"en-US","last":true}'
)
_TIMED = re.compile(r"\b[A-Za-z]{3}\b")


@dataclass
class Session:
    """One session. `ages_ms`: of each token, since the answer that is measured began."""

    ages_ms: list[float] = field(default_factory=list)
    words: int = 0
    asked: int = 0
    answers: int = 0
    over: bool = False
    lost: bool = False
    wire: Wire | None = None
    measured: bool = False

    def message(self, data: bytes) -> None:
        """Take what the server says."""
        now = time.monotonic()
        message = orjson.loads(data)
        if message.get("type") == "end":
            self.gone()
        if message.get("type") != "text" or not self.asked:
            return
        for word in _TIMED.findall(message["token"]):
            self.words += 1
            if self.measured:
                self.ages_ms.append(age_ms(word, now))
        self.answers += bool(message.get("last"))

    def gone(self) -> None:
        """The connection has ended."""
        self.lost = self.lost or not self.over
        self.over = True


@dataclass
class RelayLoad:
    """One run."""

    given: Any
    sessions: list[Session] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    over: bool = False
    slips_ms: list[float] = field(default_factory=list)
    asking: list["asyncio.Task[None]"] = field(default_factory=list)

    async def run(self) -> dict[str, Any]:
        """Open the sessions, measure, hang up, report."""
        given = self.given
        idle = usage(given.server_pid)
        began, beginning = time.monotonic(), []
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=20)) as client:
            for number in range(given.calls):
                await asyncio.sleep(max(0.0, began + number / given.calls_per_s - time.monotonic()))
                beginning.append(asyncio.create_task(self._begin(client, number)))
                if (number + 1) % TOLD_EACH == 0:
                    tell(f"{number + 1} of {given.calls} sessions asked for, {len(self.sessions)} open")
            await asyncio.gather(*beginning)
        tell(
            f"{len(self.sessions)} open, {len(self.refused)} refused; {EVERY_S + SETTLE_S:.0f} s until all have talked"
        )
        await asyncio.sleep(EVERY_S + SETTLE_S)
        before, own, since = usage(given.server_pid), time.process_time(), time.monotonic()
        asked, words = self._asked(), self._words()
        self.slips_ms.clear()
        for session in self.sessions:
            session.measured = True
        tell(f"measuring for {given.window:.0f} s")
        await asyncio.sleep(given.window)
        after, lasted_s = usage(given.server_pid), time.monotonic() - since
        alive = sum(not session.over for session in self.sessions)
        cpu_s = after["cpu_s"] - before["cpu_s"]
        report = {
            "sessions": given.calls, "refused": len(self.refused), "why_refused": self.refused[:1], "alive": alive,
            "lost": sum(session.lost for session in self.sessions),
            "asked": self._asked() - asked,
            "words_missing_pct": round(
                100 - 100 * (self._words() - words) / max(1, RELAY_TOKENS * (self._asked() - asked)), 1
            ),
            "token_ms": spread([age for session in self.sessions for age in session.ages_ms]),
            "cpu_ms_per_call_s": round(cpu_s * 1000 / max(1.0, lasted_s * alive), 2),
            "cpu_pct": round(100 * cpu_s / lasted_s, 1),
            "kb_per_call": round((after["kb"] - idle["kb"]) / given.calls),
            "generator_cpu_pct": round(100 * (time.process_time() - own) / lasted_s, 1),
            "slip_p99_ms": spread(self.slips_ms)["p99"],
        }  # fmt: skip
        self.over = True
        for task in self.asking:
            task.cancel()
        for session in self.sessions:
            if session.wire is not None and not session.over:
                session.over = True
                session.wire.goodbye()
        await asyncio.sleep(1.0)
        return report

    def _asked(self) -> int:
        return sum(session.asked for session in self.sessions)

    def _words(self) -> int:
        return sum(session.words for session in self.sessions)

    async def _begin(self, client: aiohttp.ClientSession, number: int) -> None:
        given, session = self.given, Session()
        call_sid = f"CA{given.seed:08x}{number:024x}"
        try:
            target = Target(given.url, given.account_sid, given.auth_token)
            offered = await arrive(target, client, call_sid, number)
            session.wire = await open_wire(offered.url, offered.headers, session.message, session.gone)
        except (OSError, TimeoutError, NoSocket, aiohttp.ClientError) as error:
            self.refused.append(str(error) or type(error).__name__)
            return
        setup = {
            "type": "setup", "sessionId": f"VX{number:032x}", "accountSid": given.account_sid, "callSid": call_sid,
            "from": f"+1305{2000000 + number}", "to": "+12025550100", "direction": "inbound",
            "callType": "PSTN", "callStatus": "RINGING", "customParameters": dict(offered.parameters),
        }  # fmt: skip
        session.wire.send(orjson.dumps(setup))
        self.sessions.append(session)
        self.asking.append(asyncio.create_task(self._ask(session, session.wire)))

    async def _ask(self, session: Session, wire: Wire) -> None:
        """Let a session speak every ten seconds."""
        due = time.monotonic() + FIRST_S - EVERY_S
        while not (self.over or session.over):
            due += EVERY_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self.slips_ms.append((time.monotonic() - due) * 1000)
            session.asked += 1
            wire.send(PROMPT)


def tell(progress: str) -> None:
    """Show that something goes on; the result alone goes to standard output."""
    print(f"  {progress}", file=sys.stderr, flush=True)


def main() -> None:
    """Run one load and print its report."""
    print(json.dumps(asyncio.run(RelayLoad(options(__doc__).parse_args()).run())))


if __name__ == "__main__":
    main()
