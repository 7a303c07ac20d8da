"""One turn of a Gather call, generated here: the call's owner with Gather as its line and log.

The process that claims the turn runs the owner in a thread that outlives the HTTP request.
"""

import logging
import threading
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from voicebot.domain.call.answers import taken_over
from voicebot.domain.call.background import CallBackground
from voicebot.domain.call.events import (
    CallerSaid,
    Event,
    MoneySpent,
    OperatorActed,
    TimerFired,
    TransferEnded,
    TransferOutcome,
)
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.setup import CallSetup
from voicebot.domain.call.state import CallState, Phase, changed
from voicebot.domain.call.turn import CallSnapshot
from voicebot.domain.call.turn_taking.asked import what_is_asked
from voicebot.domain.prices import HEARD_USD, SUMMARY_USD
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.follow import Begun, FollowedBrain
from voicebot.services.calls.gather.heard import heard_events
from voicebot.services.calls.gather.line import GatherLine
from voicebot.services.calls.gather.log import GatherLog, Lease
from voicebot.services.calls.gather.parts import CommittedParts
from voicebot.services.calls.gather.speculate import speculates
from voicebot.services.calls.guide import onboarding_of
from voicebot.services.calls.inbox import QueueInbox
from voicebot.services.calls.ports import Brain, Fenced, Ports
from voicebot.services.calls.run import CallOwner
from voicebot.services.calls.setup import call_setup, told_again
from voicebot.services.calls.think import ChatBrain
from voicebot.services.calls.timers import Timers
from voicebot.services.calls.tools import CallTools
from voicebot.services.meter import Meter
from voicebot.storage.calls.turn_rows import Draft, Opening, TurnEnd
from voicebot.storage.calls.turns import ClaimedTurn, TurnView
from voicebot.storage.database import DatabaseAway
from voicebot.transports.twilio import twiml
from voicebot.transports.twilio.urls import turn_url

log = logging.getLogger(__name__)


class GatherTurn:
    """One turn that this process generates; waiters see it grow through `view` and `wait`."""

    def __init__(
        self, runtime: Runtime, claim: ClaimedTurn, token: UUID, *, unclaimed: Opening | None = None
    ) -> None:
        """`unclaimed`: what opens the turn as it ends, if nobody has claimed it; the state that `claim` has is whole then."""
        self._runtime, self._claim = runtime, claim
        self.call_id, self.turn = claim.view.call_id, claim.view.turn
        self.lost = False
        """It could not be committed."""
        state = _state_of(runtime, claim, is_whole=unclaimed is not None)
        self._timers = Timers(claim.snapshot.timers if claim.snapshot else None)
        self._parts = CommittedParts(claim.view.parts)
        meter = Meter()
        if claim.speculated:
            meter.add(claim.speculated.unpaid_usd)
        if any(isinstance(event, CallerSaid) for event in claim.opening):
            meter.add(HEARD_USD)
            # Asked for once, whenever the call ends.
            meter.add(SUMMARY_USD if self.turn == 1 else 0.0)
        line = GatherLine(
            runtime,
            (self.call_id, self.turn),
            self._parts,
            state.setup,
            state.voice_id or runtime.settings.elevenlabs_voice_id,
            meter,
        )
        self._log = GatherLog(
            runtime,
            Lease(self.call_id, self.turn, token, runtime.limits.turn.lease_s),
            self._parts,
            line,
            meter,
            speculates=speculates(runtime, claim.background),
            unclaimed=unclaimed,
        )
        ports = Ports(
            line=line,
            log=self._log,
            brain=self._brain(ChatBrain(runtime, claim.background, line.cutter, meter)),
            tools=CallTools(runtime, self.call_id, claim.background),
            inbox=QueueInbox(runtime.call_clock()),
        )
        self._owner = CallOwner(state, self._timers, ports)

    def _brain(self, own: ChatBrain) -> Brain:
        """Return what answers: an answer that was begun before the caller was done is gone on with."""
        begun = self._claim.speculated
        if begun is None or not begun.hit or begun.finished or begun.token is None:
            return own
        # The caller's words come after its events.
        seen = len(self._claim.opening) - 1
        return FollowedBrain(self._runtime, own, Begun(self.call_id, begun.token, seen))

    # --- generating ---

    def open(self) -> None:
        """Take the events that opened the turn; a turn that needs no model is over after it.

        A taken-over turn is replayed instead: what was committed is said already, and done. Raises NeedsClaim.
        """
        opening = self._opening()
        parts, _ = self._parts.seen()
        # The process that has taken the turn over goes on with it.
        with suppress(Fenced):
            if not parts:
                self._owner.open(opening)
                return
            self._owner.replay([*opening, *(part.event for part in parts if part.event)])
            if not self._owner.working:
                # All was said; only the end is not committed.
                self._owner.open(())

    def generate(self) -> None:
        """Run an opened turn to its end, keeping its lease; belongs in a thread of its own."""
        threading.Thread(target=self._log.keep_lease, daemon=True).start()
        try:
            with suppress(Fenced):
                self._owner.run_turn(self._runtime.limits.turn.idle_s)
        except DatabaseAway:
            # Nobody hears uncommitted words; the process that is asked next takes the turn over.
            self.lost = True
            log.warning("turn lost its database", extra={"call_id": self.call_id, "turn": self.turn})
        finally:
            self._parts.close()

    def give_up(self) -> None:
        """End an opened turn now: the core apologises for what has not come."""
        if not self.closed:
            with suppress(Fenced):
                self._owner.give_up()

    def _opening(self) -> list[Event]:
        claim, state = self._claim, self._owner.state
        # The moment of the first attempt: a replay decides what it decided.
        began = claim.started_at
        # Only words are ended by a pause.
        has_words = any(isinstance(event, CallerSaid) for event in claim.opening)
        pause_s = state.setup.pauses.after(what_is_asked(state)) if has_words else 0.0
        opening = heard_events(
            claim.previous,
            claim.opening,
            now=began,
            pause_s=pause_s,
            clip_s=self._runtime.clips.lasts_s,
        )
        opening += [TimerFired(name) for name in self._timers.due(began)]
        if claim.spent_usd >= self._runtime.settings.max_call_usd:
            opening.append(MoneySpent())
        ended = [event for event in claim.opening if isinstance(event, TransferEnded)]
        if state.phase is Phase.TRANSFERRING and not ended:
            # The caller is with us again and <Dial> could not tell us so: whatever became of it, it is over, but for what an
            # operator decides.
            acted = [event for event in claim.opening if isinstance(event, OperatorActed)]
            others = [event for event in claim.opening if not isinstance(event, OperatorActed)]
            return [*opening, *acted, TransferEnded(TransferOutcome.FAILED), *others]
        return [*opening, *claim.opening]

    # --- serving ---

    @property
    def holds_back(self) -> bool:
        """Whether the turn was over at once, and is to be committed with its document."""
        return self._log.holds_back

    @property
    def background(self) -> CallBackground:
        """What was known as the call began."""
        return self._claim.background

    @property
    def snapshot(self) -> CallSnapshot:
        """The state that a turn that is held back ends with."""
        return self._log.snapshot

    def end_with(self, draft: Draft) -> TurnEnd | None:
        """Commit a turn that is held back, with its document. None: it is not ours."""
        return self._log.commit_with(draft)

    def go_on(self, draft: Draft) -> str:
        """Return the document of a turn that was taken over as it ended: the one who has it now answers the next request."""
        language = self._owner.state.setup.language
        url = turn_url(self._runtime.settings, self.turn, draft.document + 1, language=language)
        return twiml.go_on([], url, language=language)

    @property
    def closed(self) -> bool:
        """Whether nothing more comes: the turn is finished, or no longer ours."""
        return self._parts.closed

    def view(self) -> TurnView:
        """Return the turn as it is committed."""
        parts, closing = self._parts.seen()
        state = self._owner.state
        return TurnView(
            self.call_id, self.turn, parts, closing, voice_id=state.voice_id, language=state.setup.language
        )

    def wait(self, timeout_s: float) -> None:
        """Wait for the next commit."""
        self._parts.wait(timeout_s)


def _setup_of(runtime: Runtime, background: CallBackground) -> CallSetup:
    setup = call_setup(runtime, background)
    return replace(setup, pickup=replace(setup.pickup, whole_turns=True)) if setup.pickup else setup


def _state_of(runtime: Runtime, claim: ClaimedTurn, *, is_whole: bool) -> CallState:
    if claim.snapshot:
        state = taken_over(claim.snapshot.core)
        return state if is_whole else told_again(runtime, state, claim.background)
    background = claim.background
    state = new_call(_setup_of(runtime, background), onboarding_of(runtime, background))
    # A person with a code may key it in at any moment: digit by digit it would be no code, and stand in the transcript.
    return changed(state, expecting_code=background.code_runs)
