"""A turn that needs no model, without a claim: the process that ended the last turn knows what a claim would tell.

What a turn left is remembered for the next request of its call. The request may reach another process: that one reads what is
stored. What is known counts only if the call's row is as it was written then, and nobody has begun the turn or has anything
for it: `finish_turn` looks, opens the turn and ends it in one transaction, or does nothing, and then the turn is claimed.
"""

import time
from dataclasses import dataclass, replace
from uuid import uuid4

from voicebot.domain.call.actions import Listen
from voicebot.domain.call.background import Transport
from voicebot.domain.call.events import KeyPressed, SilencePassed
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.document import DocumentRequest, write_document
from voicebot.services.calls.gather.log import NeedsClaim
from voicebot.services.calls.gather.turn import GatherTurn
from voicebot.services.calls.setup import told_again
from voicebot.storage.calls import turns
from voicebot.storage.calls.turn_rows import Draft, Opening, TurnEnd
from voicebot.storage.calls.turns import ClaimedTurn, ServedDocument, TurnView
from voicebot.telemetry import metrics


@dataclass(frozen=True)
class LeftTurn:
    """What a turn left: the claim of the next one, but for what opens it."""

    next: ClaimedTurn
    until: float
    """Monotonic seconds."""


def take(runtime: Runtime, request: DocumentRequest) -> str | None:
    """Return the document of a turn that a key or a silence opens; None: it has to be claimed. Raises DatabaseAway."""
    left: LeftTurn | None = runtime.left_turns.pop(request.call_sid, None)
    simple = all(isinstance(event, KeyPressed | SilencePassed) for event in request.opening)
    if request.document or not simple:
        return None
    if left and left.until >= time.monotonic() and request.turn == left.next.view.turn:
        return open_and_end(runtime, request, left.next)
    stored = _stored(runtime, request)
    return open_and_end(runtime, request, stored) if stored else None


def open_and_end(runtime: Runtime, request: DocumentRequest, known: ClaimedTurn) -> str | None:
    """Return the document of a turn that nobody has claimed; None: it is not over at once, or is not as it was `known` any more.

    Raises DatabaseAway.
    """
    started = time.monotonic()
    claim = replace(known, opening=request.opening, started_at=runtime.now())
    turn = GatherTurn(runtime, claim, uuid4(), unclaimed=Opening(request.opening, known.state_at))
    try:
        turn.open()
    except NeedsClaim:
        return None
    draft = write_document(runtime, request, turn.view(), 0, started + runtime.limits.turn.voice_s)
    end = turn.end_with(draft)
    if end is None:
        return None
    metrics.TURN_SECONDS.labels(Transport.GATHER).observe(time.monotonic() - started)
    remember(runtime, request, turn, draft, end)
    return end.body


def _stored(runtime: Runtime, request: DocumentRequest) -> ClaimedTurn | None:
    """What the last turn left, wherever that ended, with what is not stored: as if it were remembered."""
    claim = turns.next_turn(runtime.database, request.call_sid, request.turn)
    if claim is None or claim.snapshot is None:
        return None
    core = told_again(runtime, claim.snapshot.core, claim.background)
    return replace(claim, snapshot=replace(claim.snapshot, core=core))


def remember(
    runtime: Runtime, request: DocumentRequest, turn: GatherTurn, draft: Draft, end: TurnEnd
) -> None:
    """Keep what the turn left, if the caller is listened to now and its first document said all."""
    view, now = turn.view(), time.monotonic()
    left, limits = runtime.left_turns, runtime.limits.turn
    while left and (len(left) >= limits.remembered or next(iter(left.values())).until < now):
        left.pop(next(iter(left)), None)
    ended = view.closing is not None and isinstance(view.closing.end, Listen)
    if not ended or draft.document or end.body != draft.body or not end.state_at:
        return
    left[request.call_sid] = LeftTurn(
        ClaimedTurn(
            view=TurnView(
                view.call_id, view.turn + 1, [], None, voice_id=view.voice_id, language=view.language
            ),
            opening=(),
            background=turn.background,
            snapshot=turn.snapshot,
            previous=[ServedDocument(tuple(draft.speech), runtime.now())],
            started_at=runtime.now(),
            spent_usd=end.spent_usd,
            state_at=end.state_at,
        ),
        now + limits.remembered_s,
    )
