"""The log of a Gather turn: rows under a lease. An event is a row before it is heard, and each row renews the lease.

So any process can serve what is there, wait for more, or take an expired turn over and go on with it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from voicebot.domain.call.actions import HangUp, Listen
from voicebot.domain.call.caller import may_speculate
from voicebot.domain.call.state import Phase
from voicebot.domain.call.turn import CallSnapshot, Closing
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.line import GatherLine
from voicebot.services.calls.gather.parts import CommittedParts
from voicebot.services.calls.ports import Fenced, LogEntry
from voicebot.services.meter import Meter
from voicebot.services.operators.notice import operator_notice
from voicebot.storage.calls import turns
from voicebot.storage.calls.turn_rows import Draft, Opening, TurnEnd
from voicebot.storage.calls.turns import FinishedTurn, Part
from voicebot.storage.database import DatabaseAway

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lease:
    """Our right to generate a turn, for `lease_s` after each sign of life."""

    call_id: int
    turn: int
    token: UUID
    lease_s: float


class NeedsClaim(Exception):
    """The turn is not over at once: it has to be claimed before any of it is committed."""


class GatherLog:
    """Commits one turn; those who wait for it see it in `parts`."""

    def __init__(
        self,
        runtime: Runtime,
        lease: Lease,
        parts: CommittedParts,
        line: GatherLine,
        meter: Meter,
        *,
        speculates: bool = False,
        unclaimed: Opening | None = None,
    ) -> None:
        """`speculates`: the next answer may be begun before the caller is known to be done. `unclaimed`: what opens the turn as it ends."""
        self._unclaimed = unclaimed
        self._runtime, self._lease, self._meter, self._speculates = runtime, lease, meter, speculates
        self._parts, self._line = parts, line
        self._held: tuple[FinishedTurn, Callable[[], None]] | None = None

    @property
    def holds_back(self) -> bool:
        """Whether the whole turn waits to be committed with its document: it was over as soon as it was opened."""
        return self._held is not None

    @property
    def snapshot(self) -> CallSnapshot:
        """The state that a turn that is held back ends with."""
        assert self._held is not None
        return self._held[0].snapshot

    def commit(self, entry: LogEntry) -> None:
        """Make an event and its speech a row; the last one ends the turn with it. Raises Fenced, NeedsClaim and DatabaseAway."""
        if self._unclaimed and not entry.ends_turn:
            raise NeedsClaim
        speech = self._line.take()
        parts = [Part(entry.event, speech)] if entry.event or speech else []
        if not entry.ends_turn:
            if parts:
                self._add(parts[0])
            return
        finished = self._finished(entry, parts)
        if entry.event is None:
            self._held = (finished, entry.follow)
        else:
            if self._finish(finished) is None:
                self._fence()
            entry.follow()
        self._parts.add(parts, finished.closing)

    def commit_with(self, draft: Draft) -> TurnEnd | None:
        """Commit a turn that is held back, with its document. None: it was taken over."""
        assert self._held is not None
        finished, follow = self._held
        end = self._finish(finished, draft)
        if end is not None:
            follow()
        return end

    def keep_lease(self) -> None:
        """Renew the lease until the turn is over or lost; belongs in a thread of its own."""
        lease, renewed = self._lease, True
        while renewed and not self._parts.closed:
            self._parts.wait_until_closed(self._runtime.limits.turn.renew_s)
            try:
                renewed = self._parts.closed or turns.renew_turn(
                    self._runtime.database,
                    lease.call_id,
                    lease.turn,
                    token=lease.token,
                    lease_s=lease.lease_s,
                )
            except DatabaseAway:
                continue

    def _add(self, part: Part) -> None:
        lease = self._lease
        added = turns.add_turn_part(
            self._runtime.database,
            lease.call_id,
            lease.turn,
            len(self._parts),
            part,
            token=lease.token,
            lease_s=lease.lease_s,
        )
        if not added:
            self._fence()
        self._parts.add([part], None)

    def _finish(self, finished: FinishedTurn, draft: Draft | None = None) -> TurnEnd | None:
        lease = self._lease
        return turns.finish_turn(
            self._runtime.database,
            lease.call_id,
            lease.turn,
            finished,
            token=lease.token,
            draft=draft,
            opening=self._unclaimed,
        )

    def _finished(self, entry: LogEntry, parts: list[Part]) -> FinishedTurn:
        core = entry.snapshot.core
        over = core.phase in (Phase.ENDING, Phase.ENDED)
        # An event that changes nothing leaves the word where it was.
        unchanged = Closing(HangUp(core.committed_gen) if over else Listen(), core.setup.language)
        closing = self._line.closing or unchanged
        return FinishedTurn(
            first_part=len(self._parts),
            parts=parts,
            closing=replace(closing, speculates=self._speculates and may_speculate(core)),
            snapshot=entry.snapshot,
            results=entry.results,
            operator_notice=operator_notice(self._runtime),
            used_usd=self._meter.usd,
        )

    def _fence(self) -> None:
        place = {"call_id": self._lease.call_id, "turn": self._lease.turn}
        log.warning("turn was taken over by another process", extra=place)
        self._parts.close()
        raise Fenced
