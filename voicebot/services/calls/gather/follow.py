"""A turn whose answer was begun before the caller was done, and still grows: here or elsewhere, its row tells.

When nothing more comes, because its process is gone, the answer is gone on with here: that costs the head start alone.
"""

import threading
import time
from dataclasses import dataclass
from uuid import UUID

from voicebot.domain.call.answers import model_reported
from voicebot.domain.call.events import ModelEvent
from voicebot.domain.call.state import CallState
from voicebot.runtime import Runtime
from voicebot.services.calls.ports import Brain, Cancel, Report
from voicebot.storage.calls import speculations
from voicebot.storage.calls.speculations import SpeculatedSoFar
from voicebot.storage.database import DatabaseAway

OPENING = 1
"""The first event of the row is that the caller may be done."""


@dataclass(frozen=True)
class Begun:
    """An answer that grows in a row: `seen` of its events have opened the turn."""

    call_id: int
    token: UUID
    seen: int


class FollowedBrain:
    """Its first answer is made already; every other one is made by `own`."""

    def __init__(self, runtime: Runtime, own: Brain, begun: Begun) -> None:
        self._runtime, self._own = runtime, own
        self._begun: Begun | None = begun

    def start(self, gen: int, state: CallState, report: Report) -> Cancel:
        """Follow the answer that was begun, in a thread of its own; later ones are begun here."""
        begun, self._begun = self._begun, None
        if begun is None:
            return self._own.start(gen, state, report)
        following = _Following(self._runtime, self._own, begun)
        threading.Thread(target=following.run, args=(gen, state, report), daemon=True).start()
        return following.cancel


class _Following:
    def __init__(self, runtime: Runtime, own: Brain, begun: Begun) -> None:
        self._runtime, self._own, self._begun = runtime, own, begun
        self._changes = threading.Lock()
        self._cancelled = False
        self._cancel_own: Cancel | None = None

    def cancel(self) -> None:
        """Report nothing more."""
        with self._changes:
            self._cancelled = True
            own = self._cancel_own
        if own is not None:
            own()

    def run(self, gen: int, state: CallState, report: Report) -> None:
        """Report what the row tells; `state` is kept up with it, to go on from where it ends."""
        limits = self._runtime.limits.speculation
        seen, told_at = self._begun.seen, time.monotonic()
        while not self._cancelled:
            so_far = self._look(seen)
            told = [event for event in so_far.events if isinstance(event, ModelEvent)]
            for event in told:
                state, _ = model_reported(state, event)
                report(event)
            is_ours = all(event.gen == gen for event in told)
            if so_far.finished and is_ours:
                return
            seen += len(so_far.events)
            if so_far.events and is_ours:
                told_at = time.monotonic()
            patience_s = limits.stalled_s if seen > OPENING else limits.silent_s
            if so_far.gone or not is_ours or time.monotonic() - told_at >= patience_s:
                self._go_on(gen, state, report)
                return
            time.sleep(limits.poll_s)

    def _look(self, seen: int) -> SpeculatedSoFar:
        try:
            return speculations.read_speculation(
                self._runtime.database, self._begun.call_id, token=self._begun.token, after=seen
            )
        except DatabaseAway:
            return SpeculatedSoFar(gone=True)

    def _go_on(self, gen: int, state: CallState, report: Report) -> None:
        with self._changes:
            if self._cancelled:
                return
            self._cancel_own = self._own.start(gen, state, report)
        try:
            speculations.drop_speculation(
                self._runtime.database, self._begun.call_id, token=self._begun.token
            )
        except DatabaseAway:
            # It learns with its next event that nobody waits for it.
            return
