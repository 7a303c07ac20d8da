"""One request of a Gather call, from what the caller did to the TwiML that follows."""

import logging
from dataclasses import replace
from typing import Any
from uuid import uuid4

from voicebot.domain.call.events import CallStarted, event_to_json
from voicebot.domain.call.reports import CallArrival
from voicebot.domain.call.sides import our_number
from voicebot.domain.person.phone import caller_key, country
from voicebot.runtime import Runtime
from voicebot.services.calls.gather.document import DocumentRequest
from voicebot.services.calls.gather.serve import claim_turn, serve
from voicebot.services.calls.last_resort import all_busy, refused, unknown_call
from voicebot.services.verification.look_for_code import look_for_code
from voicebot.storage.calls import turns
from voicebot.transports.twilio import twiml, urls
from voicebot.transports.twilio.twiml import Listening

log = logging.getLogger(__name__)


def answer_call(runtime: Runtime, arrival: CallArrival) -> str:
    """Begin a call, or meet it again, and return its first document. Raises DatabaseAway."""
    opening, token = [event_to_json(CallStarted())], uuid4()
    ours = our_number(arrival.direction, arrival.from_number, arrival.to_number)
    request = DocumentRequest(arrival.call_sid, 0, 0, opening, ours)
    if len(runtime.live_turns) < runtime.settings.max_calls:
        region = country(runtime.settings.twilio_phone_number)
        arrival = replace(arrival, caller_key=caller_key(arrival.from_number, region))
        claim = turns.begin_call(
            runtime.database, arrival, token=token, lease_s=runtime.limits.turn.lease_s, opening=opening
        )
    else:
        # Only a call that began before, whose first request is repeated, is let in.
        claim = claim_turn(runtime, request, token)
    if claim.result == "unknown_call":
        log.warning("a call was refused: too many at once", extra={"limit": runtime.settings.max_calls})
        return all_busy()
    if claim.result == "blocked":
        log.info("a blocked caller was refused", extra={"call_sid": arrival.call_sid})
        return refused(claim.answer)
    return claim.body if claim.result == "served" else serve(runtime, request, claim, token)


def take_turn(runtime: Runtime, request: DocumentRequest) -> str:
    """Return the document that Twilio asks for: stored, waited for, or made now. Raises DatabaseAway."""
    request, code = _without_code(runtime, request)
    token = uuid4()
    claim = claim_turn(runtime, request, token, code=code)
    match claim.result:
        case "served":
            return claim.body
        case "unknown_call":
            log.warning("a turn of a call that nobody knows", extra={"call_sid": request.call_sid})
            return unknown_call()
        case "stale":
            # A request from the past, or out of turn: the caller is listened to where the call really is.
            return twiml.listen(
                [],
                Listening(urls.turn_url(runtime.settings, claim.turn + 1, 0)),
                language=claim.language,
            )
    return serve(runtime, request, claim, token)


def _without_code(
    runtime: Runtime, request: DocumentRequest
) -> tuple[DocumentRequest, dict[str, Any] | None]:
    """Return the request as it may be stored, and the code that was in it: nothing may keep what the caller said."""
    event = request.opening[0] if request.opening else {}
    if request.document or event.get("event") != "CallerSaid":
        return request, None
    taken = look_for_code(runtime, request.theirs, event["text"])
    request = replace(request, opening=[{**event, "text": taken.text}, *request.opening[1:]])
    if taken.verification_id is None:
        return request, None
    return request, {"verification_id": str(taken.verification_id), "ok": bool(taken.code_ok)}
