"""One request of a Gather call, from what the caller did to the TwiML that follows."""

import logging
from dataclasses import replace
from typing import assert_never
from uuid import UUID, uuid4

from voicebot.domain.call.background import Transport
from voicebot.domain.call.events import CallerSaid, CallStarted
from voicebot.domain.call.reports import CallArrival
from voicebot.domain.call.sides import direction_of, our_number
from voicebot.domain.person.phone import caller_key, country
from voicebot.runtime import Runtime
from voicebot.services.calls import live
from voicebot.services.calls.gather import at_once, tentative
from voicebot.services.calls.gather.document import DocumentRequest
from voicebot.services.calls.gather.serve import claim_turn, serve
from voicebot.services.calls.last_resort import all_busy, refused, too_many, unknown_call
from voicebot.services.calls.streams import begin
from voicebot.services.calls.streams.begin import Offer
from voicebot.services.caps import call_caps
from voicebot.services.verification.look_for_code import look_for_code
from voicebot.storage.calls import turns
from voicebot.storage.calls.turn_rows import OfferedStream
from voicebot.storage.calls.turns import (
    BlockedCaller,
    CallBegun,
    CappedCall,
    ClaimedTurn,
    CodeTry,
    SeenTurn,
    ServedBefore,
    StaleTurn,
    TurnClaim,
    UnknownCall,
)
from voicebot.telemetry import metrics
from voicebot.transports.twilio import twiml, urls
from voicebot.transports.twilio.twiml import Listening

log = logging.getLogger(__name__)


def answer_call(runtime: Runtime, arrival: CallArrival) -> str:
    """Begin a call, or meet it again, and return its first document. Raises DatabaseAway."""
    token = uuid4()
    ours = our_number(arrival.direction, arrival.from_number, arrival.to_number)
    home = runtime.settings.home_language
    dialled = direction_of(arrival.direction) == "outbound"
    request = DocumentRequest(arrival.call_sid, 0, 0, (CallStarted(),), ours, at_once=dialled)
    socket = begin.offer(runtime)
    claim: CallBegun
    if live.admit(runtime, arrival.call_sid):
        claim = _begin(runtime, arrival, request, token, socket)
    else:
        # Only a call that began before, whose first request is repeated, is let in.
        claim = claim_turn(runtime, request, token)
    if isinstance(claim, ClaimedTurn) and claim.state_at:
        if (body := at_once.open_and_end(runtime, request, claim)) is not None:
            return body
        claim = claim_turn(runtime, request, token)
    match claim:
        case UnknownCall():
            limit = runtime.settings.max_calls
            log.warning("a call was refused: too many at once", extra={"limit": limit})
            return all_busy(home)
        case BlockedCaller(answer, language):
            log.info("a blocked caller was refused", extra={"call_sid": arrival.call_sid})
            return refused(answer, language or home)
        case CappedCall(cap, language):
            log.warning("a call was refused by a cap", extra={"call_sid": arrival.call_sid, "limit": cap})
            metrics.REFUSED_BY_CAPS.labels("calls", cap).inc()
            return too_many(cap, language or home)
        case OfferedStream():
            assert socket is not None
            return begin.document(runtime, claim, socket.token)
        case StaleTurn() | ServedBefore() | SeenTurn() | ClaimedTurn():
            return _document(runtime, request, claim, token)
        case _:
            assert_never(claim)


def _begin(
    runtime: Runtime, arrival: CallArrival, request: DocumentRequest, token: UUID, socket: Offer | None
) -> CallBegun:
    claim: CallBegun = UnknownCall()
    try:
        claim = turns.begin_gather_call(
            runtime.database,
            replace(arrival, caller_key=_caller(runtime, arrival.from_number, request.ours)),
            transport=Transport.GATHER,
            token=token,
            lease_s=runtime.limits.turn.lease_s,
            opening=request.opening,
            caps=call_caps(runtime),
            offer=socket.stored.to_json() if socket else None,
            home=runtime.settings.home_language,
        )
    finally:
        if isinstance(claim, UnknownCall | BlockedCaller | CappedCall):
            runtime.live_calls.not_begun(arrival.call_sid)
        else:
            runtime.live_calls.begun(arrival.call_sid)
            runtime.prewarm()
    return claim


def _caller(runtime: Runtime, sent: str, ours: str) -> str:
    """Return who calls; a number without a country is of the country of the number that was called."""
    return caller_key(sent, country(ours) or runtime.settings.home_country)


def take_turn(runtime: Runtime, request: DocumentRequest) -> str:
    """Return the document that Twilio asks for: stored, waited for, or made now. Raises DatabaseAway."""
    if not request.document:
        said = next((event.text for event in request.opening if isinstance(event, CallerSaid)), "")
        tentative.settle(runtime, request.call_sid, request.turn, said)
    request, code = _without_code(runtime, request)
    if code is None and (body := at_once.take(runtime, request)) is not None:
        return body
    token = uuid4()
    claim = claim_turn(runtime, request, token, code=code)
    _count(request, claim)
    if isinstance(claim, UnknownCall | BlockedCaller | CappedCall):
        log.warning("a turn of a call that nobody knows", extra={"call_sid": request.call_sid})
        return unknown_call(runtime.settings.home_language)
    return _document(runtime, request, claim, token)


def _count(request: DocumentRequest, claim: TurnClaim) -> None:
    if (
        request.document
        or not isinstance(claim, ClaimedTurn)
        or not isinstance(request.opening[0], CallerSaid)
    ):
        return
    begun = claim.speculated
    outcome = (
        "none" if begun is None else "miss" if not begun.hit else "hit" if begun.finished else "hit_early"
    )
    metrics.SPECULATIONS.labels(Transport.GATHER, outcome).inc()


def _document(
    runtime: Runtime,
    request: DocumentRequest,
    claim: StaleTurn | ServedBefore | SeenTurn | ClaimedTurn,
    token: UUID,
) -> str:
    match claim:
        case ServedBefore(body):
            return body
        case StaleTurn(last, language):
            # A request from the past, or out of turn: the caller is listened to where the call really is.
            language = language or runtime.settings.home_language
            action = urls.turn_url(runtime.settings, last + 1, 0, language=language)
            return twiml.listen([], Listening(action), language=language)
        case SeenTurn() | ClaimedTurn():
            return serve(runtime, request, claim, token)
        case _:
            assert_never(claim)


def _without_code(runtime: Runtime, request: DocumentRequest) -> tuple[DocumentRequest, CodeTry | None]:
    """Return the request as it may be stored, and the code that was in it: nothing may keep what the caller said."""
    if request.document or not request.opening or not isinstance(said := request.opening[0], CallerSaid):
        return request, None
    taken = look_for_code(runtime, _caller(runtime, request.theirs, request.ours), said.text)
    request = replace(request, opening=(replace(said, text=taken.text), *request.opening[1:]))
    if taken.verification_id is None:
        return request, None
    return request, CodeTry(taken.verification_id, bool(taken.code_ok))
