"""Answer Twilio's request for a turn: the words that are ready, and where the rest will be.

At most two documents in the good case: an answer that is complete within 0.6 s (one that was begun before the caller was
done: within 0.15 s) goes into one <Gather>; otherwise its first sentences are played while the rest is made, and a <Redirect> fetches that. Nobody waits longer than
1.5 s for a document: then a filler speaks.
"""

import threading
import time
from typing import Protocol
from uuid import UUID, uuid4

from voicebot.domain.call.background import Transport
from voicebot.domain.call.events import CallerSaid
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.at_once import remember
from voicebot.services.calls.gather.document import DocumentRequest, unserved, write_document
from voicebot.services.calls.gather.tentative import digest_of
from voicebot.services.calls.gather.turn import GatherTurn
from voicebot.storage.calls import turns
from voicebot.storage.calls.turns import ClaimedTurn, CodeTry, SeenTurn, ServedBefore, TurnClaim, TurnView
from voicebot.storage.database import DatabaseAway
from voicebot.telemetry import metrics

MAX_REDIRECTS = 4
_POLL_S = 0.05


class Growing(Protocol):
    """A turn that is being generated, here or elsewhere."""

    @property
    def closed(self) -> bool:
        """Whether nothing more comes."""
        ...

    def view(self) -> TurnView:
        """Return what is committed."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Wait for more."""
        ...


class RemoteTurn:
    """A turn that another process generates, seen through the database."""

    def __init__(self, runtime: Runtime, view: TurnView, request: DocumentRequest) -> None:
        self._runtime, self._view, self._request = runtime, view, request
        self.closed = view.closing is not None
        self.body: str | None = None
        """The document, once somebody else has served it."""

    def view(self) -> TurnView:
        """Return what was committed at the last look."""
        return self._view

    def wait(self, timeout_s: float) -> None:
        """Look again, a moment later."""
        time.sleep(min(timeout_s, _POLL_S))
        view, self.body = turns.read_turn(
            self._runtime.database, self._view.call_id, self._view.turn, self._request.document
        )
        self._view = view or self._view
        self.closed = self._view.closing is not None or self.body is not None or not self._view.running


def claim_turn(
    runtime: Runtime,
    request: DocumentRequest,
    token: UUID,
    *,
    code: CodeTry | None = None,
    force: bool = False,
) -> TurnClaim:
    """Take the right to generate the turn that is asked for, or learn who has it. `code` and `force` as in storage."""
    said = next((event.text for event in request.opening if isinstance(event, CallerSaid)), None)
    return turns.claim_turn(
        runtime.database,
        request.call_sid,
        request.turn,
        request.document,
        token=token,
        lease_s=runtime.limits.turn.lease_s,
        opening=request.opening,
        force=force,
        code=code,
        words=digest_of(said) if said and code is None and not request.document else None,
    )


def serve(runtime: Runtime, request: DocumentRequest, claim: ClaimedTurn | SeenTurn, token: UUID) -> str:
    """Return the TwiML for a claimed (or already running, or finished) turn. Raises DatabaseAway."""
    started, limits = time.monotonic(), runtime.limits.turn
    turn = _growing(runtime, request, claim, token)
    served = claim.view.parts_served
    begun_early = isinstance(claim, ClaimedTurn) and claim.speculated is not None and claim.speculated.hit
    complete_s = limits.complete_early_s if begun_early else limits.complete_s
    while not turn.closed:
        waited = time.monotonic() - started
        if waited >= limits.first_sound_s or (waited >= complete_s and unserved(turn.view(), served)):
            break
        turn.wait((complete_s if waited < complete_s else limits.first_sound_s) - waited)
    if isinstance(turn, RemoteTurn) and turn.body is not None:
        return turn.body
    if isinstance(turn, GatherTurn) and turn.lost:
        raise DatabaseAway("the turn could not be committed")
    if turn.view().closing is None and request.document >= MAX_REDIRECTS:
        ended = _given_up(runtime, request)
        if isinstance(ended, str):
            return ended
        turn = ended
    view = turn.view()
    draft = write_document(runtime, request, view, served, started + limits.voice_s)
    if request.document == 0 and unserved(view, served):
        metrics.TURN_SECONDS.labels(Transport.GATHER).observe(time.monotonic() - started)
    if isinstance(turn, GatherTurn) and turn.holds_back:
        end = turn.end_with(draft)
        if end is None:
            return turn.go_on(draft)
        remember(runtime, request, turn, draft, end)
        return end.body
    return turns.serve_document(runtime.database, view, draft)


def _growing(
    runtime: Runtime, request: DocumentRequest, claim: ClaimedTurn | SeenTurn, token: UUID
) -> Growing:
    place = (claim.view.call_id, claim.view.turn)
    if isinstance(claim, ClaimedTurn):
        turn = GatherTurn(runtime, claim, token)
        turn.open()
        if not turn.closed:
            runtime.live_calls.hold(turn.call_id)
            runtime.live_turns[place] = turn
            metrics.LIVE_TURNS.set(len(runtime.live_turns))
            threading.Thread(target=_generate, args=(runtime, place, turn), daemon=True).start()
        return turn
    # A turn that is finished in the database may still run here, superseded: its rows are the truth.
    local = runtime.live_turns.get(place) if claim.view.closing is None else None
    return local or RemoteTurn(runtime, claim.view, request)


def _generate(runtime: Runtime, place: tuple[int, int], turn: GatherTurn) -> None:
    try:
        turn.generate()
    finally:
        runtime.live_calls.release(turn.call_id)
        runtime.live_turns.pop(place, None)
        metrics.LIVE_TURNS.set(len(runtime.live_turns))


def _given_up(runtime: Runtime, request: DocumentRequest) -> Growing | str:
    """End a turn that took too long: take it from whoever has it and let the core apologise.

    Returns the document where another request was quicker.
    """
    token = uuid4()
    claim = claim_turn(runtime, request, token, force=True)
    if isinstance(claim, ServedBefore):
        return claim.body
    if isinstance(claim, SeenTurn):
        return RemoteTurn(runtime, claim.view, request)
    # The call was there a moment ago, and so was its turn.
    assert isinstance(claim, ClaimedTurn), claim
    turn = GatherTurn(runtime, claim, token)
    turn.open()
    turn.give_up()
    return turn
