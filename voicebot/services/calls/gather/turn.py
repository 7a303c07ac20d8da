"""Gather's transport: one turn of a call, generated under a lease and committed sentence by sentence.

The process that claims the turn runs the core in a thread that outlives the HTTP request. Each event is a row
before it is heard, and each row renews the lease, so any process can serve what is there, wait for more, or take
an expired turn over and go on with it.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from voicebot.domain.call.actions import Action, HangUp, Listen, PlayClip, Record, Speak, Transfer
from voicebot.domain.call.events import (
    Event,
    TimerFired,
    TransferEnded,
    TransferOutcome,
    event_from_json,
    event_to_json,
)
from voicebot.domain.call.flow import new_call
from voicebot.domain.call.phrases import phrase
from voicebot.domain.call.state import CallState, Phase
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.heard import heard_events
from voicebot.services.calls.gather.parts import CommittedParts
from voicebot.services.calls.guide import guidance_of, onboarding_of, send_codes
from voicebot.services.calls.run import CallRun
from voicebot.services.calls.setup import call_plan
from voicebot.services.calls.speech import start_clip
from voicebot.services.calls.timers import due_timers, set_timer
from voicebot.services.operators.notice import operator_notice
from voicebot.storage.calls import turns
from voicebot.storage.calls.turns import Draft, FinishedTurn, Part, TurnClaim, TurnView
from voicebot.storage.database import DatabaseAway
from voicebot.transports.twilio import twiml
from voicebot.transports.twilio.urls import turn_url

log = logging.getLogger(__name__)


class GatherTurn:
    """One turn that this process generates; waiters see it grow through `view` and `wait`."""

    def __init__(self, runtime: Runtime, claim: TurnClaim, token: UUID) -> None:
        assert claim.view is not None
        self._runtime, self._claim, self._token = runtime, claim, token
        self.call_id, self.turn = claim.view.call_id, claim.view.turn
        self.lost = False
        """It could not be committed."""
        self.ready: FinishedTurn | None = None
        """The whole turn, not committed yet: it is over at once, so it is committed with its document."""
        self._committed = CommittedParts(claim.view.parts)
        self._speech: list[Mapping[str, Any]] = []
        self._closing: dict[str, Any] | None = None
        self._timers: dict[str, str] = dict((claim.state or {}).get("timers", {}))
        self._opening = True
        state = _state_of(runtime, claim)
        self._run = CallRun(runtime, self.call_id, claim.plan, state, self)

    # --- generating ---

    def open(self) -> None:
        """Take the events that opened the turn; a turn that needs no model is finished after it.

        A taken-over turn is replayed instead: what was committed is said already, and done.
        """
        # The moment of the first attempt: a replay decides what it decided.
        began = self._claim.started_at or self._runtime.now()
        opening = heard_events(
            self._claim.previous, self._claim.input, now=began, clip_s=self._runtime.clips.lasts_s
        )
        opening += [TimerFired(name) for name in due_timers(self._timers, began)]
        given = [event_from_json(event) for event in self._claim.input]
        if self._run.state.phase is Phase.TRANSFERRING and not isinstance(given[0], TransferEnded):
            # The caller is with us again and <Dial> could not tell us so: whatever became of it, it is over.
            opening.append(TransferEnded(TransferOutcome.FAILED))
        opening += given
        parts, _ = self._committed.seen()
        if parts:
            self._run.replay(opening)
            self._run.replay(event_from_json(part.event) for part in parts if part.event)
        else:
            for event in opening:
                self._run.advance(event)
        self._opening = False
        if not parts or not self._run.working:
            self._commit(None)

    def generate(self) -> None:
        """Run an opened turn to its end, keeping its lease; belongs in a thread of its own."""
        threading.Thread(target=self._keep_lease, daemon=True).start()
        try:
            self._run.run(self._runtime.limits.turn.idle_s)
        except DatabaseAway:
            # Nobody hears what was not committed; whoever asks next takes the turn over.
            self.lost = True
            log.warning("turn lost its database", extra={"call_id": self.call_id, "turn": self.turn})
        finally:
            self._committed.close()

    def give_up(self) -> None:
        """End an opened turn now: the core apologises for what has not come."""
        if not self.closed:
            self._run.give_up()

    def finish(self, draft: Draft) -> str:
        """Commit a turn that is `ready` with the document that says it; return the document to send."""
        assert self.ready is not None
        body = turns.finish_turn(
            self._runtime.database, self.call_id, self.turn, self.ready, token=self._token, draft=draft
        )
        if body is None:
            # Taken over in this moment: the one who has it now answers the next request.
            url = turn_url(self._runtime.settings, self.turn, draft.document + 1)
            return twiml.go_on([], url, language=self._run.state.plan.language)
        send_codes(self._runtime, self._claim.plan, self._run)
        return body

    def perform(self, action: Action, state: CallState) -> None:
        """Collect what is to be said, and how the turn closes."""
        match action:
            case Speak(gen, seq, text, interruptible):
                self._say("sentence", gen, seq, text, interruptible, state)
            case PlayClip(name, seq, interruptible):
                self._say(name, -1, seq, phrase(name, state.plan.language), interruptible, state)
            case Record():
                self._speech.append({"kind": "record"})
            case Listen(mode, hints, timeout_s):
                self._closing = {"kind": "listen", "mode": mode, "hints": list(hints), "timeout_s": timeout_s}
            case Transfer(_, to, at_once, ring_s):
                self._closing = {
                    "kind": "transfer",
                    "to": list(to),
                    "at_once": at_once,
                    "ring_s": ring_s,
                    "time_limit_s": state.plan.max_duration_s,
                }
            case HangUp():
                self._closing = {"kind": "hang_up"}
            case _:
                set_timer(self._timers, action, self._runtime.now())

    def _say(self, kind: str, gen: int, seq: int, text: str, interruptible: bool, state: CallState) -> None:
        item = {
            "kind": kind,
            "gen": gen,
            "seq": seq,
            "text": text,
            "interruptible": interruptible,
            "voice_id": state.voice_id or self._runtime.settings.elevenlabs_voice_id,
            "language": state.plan.language,
        }
        self._speech.append(item)
        # The voice starts before the row is committed; nothing is played before it is.
        place = (self.call_id, self.turn, len(self._committed), len(self._speech) - 1)
        start_clip(self._runtime, place, item)

    def settle(self, event: Event) -> None:
        """Commit the event with its speech."""
        if not self._opening and not self.closed:
            self._commit(event)

    def _commit(self, event: Event | None) -> None:
        """Make an event and its speech a row (None: what opened the turn); the last one ends the turn with it."""
        part = Part(event_to_json(event) if event else None, self._speech)
        parts = [part] if event or self._speech else []
        if not self._run.working:
            self._finish(parts, commit=event is not None)
        elif parts:
            kept = turns.add_turn_part(
                self._runtime.database,
                self.call_id,
                self.turn,
                len(self._committed),
                part,
                token=self._token,
                lease_s=self._runtime.limits.turn.lease_s,
            )
            self._publish(parts, None) if kept else self._fence()

    def _finish(self, parts: list[Part], *, commit: bool) -> None:
        state = self._run.state
        over = state.phase in (Phase.ENDING, Phase.ENDED)
        closing = (self._closing or {"kind": "hang_up" if over else "listen"}) | {
            "language": state.plan.language
        }
        finished = FinishedTurn(
            first_part=len(self._committed),
            parts=parts,
            closing=closing,
            state={"core": self._run.state.to_json(), "timers": self._timers},
            utterances=self._run.results.rows(),
            results=self._run.results.outcome,
            guidance=guidance_of(self._run),
            mirrored=turns.mirrored(state),
            operator_notice=operator_notice(self._runtime.settings),
        )
        if not commit:
            self.ready = finished
            self._publish(parts, closing)
        elif (
            turns.finish_turn(self._runtime.database, self.call_id, self.turn, finished, token=self._token)
            is None
        ):
            self._fence()
        else:
            self._publish(parts, closing)
            send_codes(self._runtime, self._claim.plan, self._run)

    def _fence(self) -> None:
        log.warning(
            "turn was taken over by another process", extra={"call_id": self.call_id, "turn": self.turn}
        )
        self._committed.close()

    def _keep_lease(self) -> None:
        renewed = True
        while renewed and not self.closed:
            self._committed.wait_until_closed(self._runtime.limits.turn.renew_s)
            try:
                renewed = self.closed or turns.renew_turn(
                    self._runtime.database,
                    self.call_id,
                    self.turn,
                    token=self._token,
                    lease_s=self._runtime.limits.turn.lease_s,
                )
            except DatabaseAway:
                continue

    # --- being watched ---

    @property
    def closed(self) -> bool:
        """Whether nothing more comes: the turn is finished, or no longer ours."""
        return self._committed.closed

    def view(self) -> TurnView:
        """Return the turn as it is committed."""
        parts, closing = self._committed.seen()
        state = self._run.state
        return TurnView(
            self.call_id, self.turn, parts, closing, voice_id=state.voice_id, language=state.plan.language
        )

    def wait(self, timeout_s: float) -> None:
        """Wait for the next commit."""
        self._committed.wait(timeout_s)

    def _publish(self, parts: list[Part], closing: Mapping[str, Any] | None) -> None:
        self._speech = []
        self._committed.add(parts, closing)


def _state_of(runtime: Runtime, claim: TurnClaim) -> CallState:
    if claim.state:
        return CallState.from_json(claim.state["core"])
    state = new_call(call_plan(runtime, claim.plan), onboarding_of(runtime, claim.plan))
    # Who was sent a code may key it in at any moment: digit by digit it would be no code, and stand in the transcript.
    return replace(state, expecting_code=bool(claim.plan.get("code_runs")))
