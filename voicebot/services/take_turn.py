"""One request of a Gather call, from what the caller did to the TwiML that follows."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from voicebot.domain.events import CallStarted, CodeChecked, CodeOutcome, event_to_json
from voicebot.services import gather_urls, verify_phone
from voicebot.services.gather_document import DocumentRequest
from voicebot.services.gather_turn import LEASE_S
from voicebot.services.last_resort import unknown_call
from voicebot.services.serve_turn import serve
from voicebot.storage import turns
from voicebot.storage.turns import CallArrival
from voicebot.transports import twiml
from voicebot.transports.twiml import Listening

if TYPE_CHECKING:
    from voicebot.runtime import Runtime

log = logging.getLogger(__name__)


def answer_call(runtime: "Runtime", arrival: CallArrival) -> str:
    """Begin a call, or meet it again, and return its first document. Raises DatabaseAway."""
    opening = [event_to_json(CallStarted())]
    token = uuid4()
    claim = turns.begin_call(runtime.database, arrival, token=token, lease_s=LEASE_S, opening=opening)
    ours = arrival.to_number if arrival.direction == "inbound" else arrival.from_number
    request = DocumentRequest(arrival.call_sid, 0, 0, opening, ours)
    return claim.body if claim.result == "served" else serve(runtime, request, claim, token)


def take_turn(runtime: "Runtime", request: DocumentRequest) -> str:
    """Return the document that Twilio asks for: stored, waited for, or made now. Raises DatabaseAway."""
    if request.document == 0:
        opening = [_without_code(runtime, request.theirs, event) for event in request.opening]
        request = replace(request, opening=opening)
    token = uuid4()
    claim = turns.claim_turn(
        runtime.database,
        request.call_sid,
        request.turn,
        request.document,
        token=token,
        lease_s=LEASE_S,
        opening=request.opening,
    )
    match claim.result:
        case "served":
            return claim.body
        case "unknown_call":
            log.warning("a turn of a call that nobody knows", extra={"call_sid": request.call_sid})
            return unknown_call()
        case "stale":
            # A request from the past, or out of turn: the caller is listened to where the call really is.
            return twiml.listen(
                [], Listening(gather_urls.turn_url(runtime.settings, claim.turn + 1, 0)), language="en-US"
            )
    return serve(runtime, request, claim, token)


def _without_code(runtime: "Runtime", number: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event as it may be stored: a code that the caller gave is tried before that, and gone."""
    if event["event"] != "CallerSaid":
        return dict(event)
    taken = verify_phone.take_code(runtime, number, event["text"], "gather")
    if taken.outcome is None:
        return {**event, "text": taken.text}
    return event_to_json(CodeChecked(CodeOutcome(taken.outcome), taken.text))
