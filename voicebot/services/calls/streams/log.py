"""The log of a call on a socket: entries are queued, and one writer commits them in order, under a lease.

The owner waits for no database. While it is away the call goes on: what was said and what it came to goes to the spool at once, and
the state is committed as soon as there is a database again.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from voicebot.domain.call.events import (
    CallerSaid,
    CallStarted,
    CodeChecked,
    Event,
    KeyPressed,
    MachineJudged,
    MoneySpent,
    OperatorActed,
    SilencePassed,
    TimerFired,
    TransferEnded,
)
from voicebot.domain.call.turn import Closing, TurnResults
from voicebot.domain.prices import MINUTE_USD, SUMMARY_USD
from voicebot.runtime import Runtime
from voicebot.services.calls.ports import Fenced, LogEntry, Report
from voicebot.services.meter import Meter
from voicebot.services.operators.notice import operator_notice
from voicebot.storage.calls import streams
from voicebot.storage.calls.streams import ClaimedStream, OpenedTurn, StreamCommit
from voicebot.storage.database import DatabaseAway
from voicebot.storage.spool.facts import FactLost

_OPENING = (
    CallStarted
    | CallerSaid
    | KeyPressed
    | CodeChecked
    | SilencePassed
    | MachineJudged
    | OperatorActed
    | TimerFired
    | MoneySpent
    | TransferEnded
)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StreamLease:
    """Our right to carry a call; whoever claims it with a newer socket takes it from us."""

    call_id: int
    token: UUID
    lease_s: float


@dataclass(frozen=True)
class _Unit:
    """What is committed together."""

    commit: StreamCommit
    follows: tuple[Callable[[], None], ...]
    grows: bool
    """A later unit holds all of it: the turn goes on."""
    number: int = 0
    begins: bool = False

    @property
    def urgent(self) -> bool:
        """Whether it begins or ends a turn: others may have to go on from there."""
        return self.commit.closing is not None or self.begins


class StreamLog:
    """Keeps one call."""

    def __init__(
        self,
        runtime: Runtime,
        claim: ClaimedStream,
        lease: StreamLease,
        meter: Meter,
        *,
        report: Report,
        fenced: Callable[[], None],
        minute_usd: float = MINUTE_USD,
    ) -> None:
        """`fenced` is called once, from the writer's thread: somebody else has the call."""
        self._runtime, self._lease, self._meter = runtime, lease, meter
        self._report, self._tell_fenced, self._minute_usd = report, fenced, minute_usd
        self._money_told = False
        core = claim.snapshot.core if claim.snapshot else None
        self._turn, self._core_turn = claim.turn, core.turn if core else 0
        self._opening: list[Event] = []
        self.closing: Closing | None = None
        """How the turn under way ends, as the line was told."""
        self.fenced = False
        self._last: _Unit | None = None
        self._queued = self._written = 0
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._writer = threading.Thread(target=self._write_all, daemon=True)
        self._writer.start()

    @property
    def is_kept(self) -> bool:
        """Whether everything that was queued is committed."""
        return self._written >= self._queued

    @property
    def turn(self) -> int:
        """The last turn that is over."""
        return self._turn

    def opens(self, events: Sequence[Event]) -> None:
        """Learn what the next entry without an event of its own was opened by."""
        self._opening = [event for event in events if _opens(event)][:1]

    def commit(self, entry: LogEntry) -> None:
        """Queue an entry. Raises Fenced once somebody else has the call."""
        if self.fenced:
            raise Fenced
        if not self._opening and entry.event is not None and _opens(entry.event):
            self._opening = [entry.event]
        core, results = entry.snapshot.core, entry.results.as_of_now()
        over = entry.ends_turn and core.turn > self._core_turn
        if entry.ends_turn and not over:
            # It changed nothing: the word is where it was.
            self._opening = []
        if over and self._turn == 0 and any(isinstance(event, CallerSaid) for event in self._opening):
            # Asked for once, whenever the call ends.
            self._meter.add(SUMMARY_USD)
        opened = OpenedTurn(self._opening, _code_outcome(self._opening)) if self._opening or over else None
        if over:
            self._turn, self._core_turn = self._turn + 1, core.turn
        commit = StreamCommit(
            # What comes after a turn, as that its words were heard, belongs to it.
            turn=max(0, self._turn if over or opened is None else self._turn + 1),
            snapshot=entry.snapshot,
            results=results,
            opened=opened,
            closing=self.closing if over else None,
            operator_notice=operator_notice(self._runtime),
            minute_usd=self._minute_usd,
        )
        if over:
            self._opening, self.closing = [], None
        begins = entry.event is not None and _opens(entry.event)
        self._queued += 1
        self._last = _Unit(
            commit, (entry.follow,), grows=not entry.ends_turn, number=self._queued, begins=begins
        )
        self._queue.put(self._last)

    def leave(self, wait_s: float) -> bool:
        """Commit what is queued, and that the call is free; tell whether that was done within `wait_s`."""
        if self._last and not self.fenced:
            commit = replace(self._last.commit, results=TurnResults(), leaves=True)
            if self._last.grows:
                commit = replace(commit, results=self._last.commit.results)
            # Rows of a turn that is over stand already.
            commit = replace(
                commit, closing=None, opened=self._last.commit.opened if self._last.grows else None
            )
            self._queue.put(_Unit(commit, (), grows=False))
        self._queue.put(None)
        was_done = self._over.wait(wait_s)
        # Both lead to the session, which holds this log: the cycle is cut so that memory is freed at once.
        self._last, self._tell_fenced = None, _nobody
        return was_done

    # --- the writer's thread ---

    def _write_all(self) -> None:
        waiting: list[_Unit] = []
        spooled = 0
        try:
            while not self.fenced:
                retry_s = self._runtime.limits.stream.away_s if waiting else None
                ends = self._collect(waiting, retry_s)
                try:
                    while waiting and not self.fenced:
                        self._write(waiting[0])
                        waiting.pop(0)
                        spooled = max(0, spooled - 1)
                except DatabaseAway:
                    spooled = self._spool(waiting, spooled)
                if ends:
                    self._last_tries(waiting)
                    return
        except Exception:
            # The call goes on, but its results are no longer stored: somebody has to see that.
            log.exception("the log of a call has stopped", extra={"call_id": self._lease.call_id})
        finally:
            self._over.set()

    def _collect(self, waiting: list[_Unit], retry_s: float | None) -> bool:
        """Move the queued entries into `waiting`, waiting for the first; return whether the last one was among them.

        Entries that only report how a turn goes on, or how much of it was heard, wait a moment for more of their kind.
        """
        timeout_s = retry_s
        try:
            while (unit := self._queue.get(timeout=timeout_s)) is not None:
                if waiting and (joined := _joined(waiting[-1], unit)):
                    waiting[-1] = joined
                else:
                    waiting.append(unit)
                if timeout_s is None or timeout_s == retry_s:
                    until = time.monotonic() + self._runtime.limits.stream.gathers_s
                timeout_s = 0.0 if waiting[-1].urgent else max(0.0, until - time.monotonic())
            return True
        except queue.Empty:
            return False

    def _write(self, unit: _Unit) -> None:
        lease = self._lease
        spent = streams.commit_stream(
            self._runtime.database,
            lease.call_id,
            replace(unit.commit, used_in_all_usd=self._meter.usd),
            lease=lease.token,
            lease_s=lease.lease_s,
        )
        if spent is None:
            self.fence()
            return
        self._written = max(self._written, unit.number)
        for follow in unit.follows:
            follow()
        if spent >= self._runtime.settings.max_call_usd and not self._money_told:
            self._money_told = True
            self._report(MoneySpent())

    def _spool(self, waiting: list[_Unit], spooled: int) -> int:
        """Store the results of these entries where they survive this process; return how many are stored there."""
        try:
            for unit in waiting[spooled:]:
                streams.keep_results(self._runtime.facts, self._lease.call_id, unit.commit)
        except FactLost:
            # It waits here until the database is back.
            return spooled
        return len(waiting) - 1 if waiting and waiting[-1].grows else len(waiting)

    def _last_tries(self, waiting: list[_Unit]) -> None:
        """The call is over here, and the database away: try a little longer."""
        until = time.monotonic() + self._runtime.limits.stream.last_tries_s
        while waiting and not self.fenced and time.monotonic() < until:
            try:
                self._write(waiting[0])
                waiting.pop(0)
            except DatabaseAway:
                time.sleep(self._runtime.limits.stream.away_s)

    def fence(self) -> None:
        """Somebody else has the call."""
        if not self.fenced:
            self.fenced = True
            log.warning("a call was taken over by another process", extra={"call_id": self._lease.call_id})
            self._tell_fenced()


def _joined(older: _Unit, newer: _Unit) -> _Unit | None:
    """Return both as one, where one commit can hold them."""
    follows, commit = (*older.follows, *newer.follows), newer.commit
    if older.grows:
        return replace(newer, follows=follows, begins=older.begins or newer.begins)
    told = commit.results
    if (
        commit.opened
        or commit.closing
        or commit.leaves
        or commit.turn != older.commit.turn
        or told != TurnResults(told.utterances, told.latency_ms, speech=told.speech)
    ):
        return None
    kept = older.commit.results
    both = replace(
        kept,
        utterances=kept.utterances | told.utterances,
        latency_ms=kept.latency_ms | told.latency_ms,
        speech=kept.speech + told.speech,
    )
    joined = replace(older.commit, snapshot=commit.snapshot, results=both)
    return replace(older, commit=joined, follows=follows, number=newer.number)


def _nobody() -> None:
    """The session is over."""


def _opens(event: Event) -> bool:
    """Whether an event may be what a turn is about: not a sound, nor words that may not be the last."""
    return isinstance(event, _OPENING)


def _code_outcome(opening: Sequence[Event]) -> str | None:
    first = opening[0] if opening else None
    return first.outcome.value if isinstance(first, CodeChecked) else None
