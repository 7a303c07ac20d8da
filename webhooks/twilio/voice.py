"""Voice webhooks of a Gather call: read the form, call one service, send the document.

A voice document is always 200 with TwiML: whatever fails, the caller hears something within three seconds.
"""

import logging
import time
from collections.abc import Callable, Mapping

from flask import Response

from voicebot.domain.call.events import Event, MachineJudged, TransferEnded, TurnReopened
from voicebot.runtime import Runtime
from voicebot.services.calls import last_resort, report_status
from voicebot.services.calls.gather import tentative
from voicebot.services.calls.gather.document import DocumentRequest
from voicebot.services.calls.gather.take import answer_call, take_turn
from voicebot.services.calls.last_resort import TooLate, within
from voicebot.services.calls.streams.begin import after_transfer
from voicebot.services.dialling import answer as answer_dial
from voicebot.services.dialling import machine
from voicebot.services.verification import read_out
from voicebot.storage.database import DatabaseAway
from voicebot.transports.twilio import forms, urls
from voicebot.transports.twilio.urls import Place
from webhooks.direct import Document, View
from webhooks.guard import Webhook

log = logging.getLogger(__name__)


def call_arrived(runtime: Runtime, request: Webhook) -> Document:
    """A call wants its first document."""
    arrival = forms.call_arrival(request.form, request.token_index)
    if arrival is None:
        return Document(last_resort.unknown_call(runtime.settings.home_language))
    place, settings, ours = urls.place_in(request.args), runtime.settings, _ours(request)
    return answer(
        runtime,
        place.tried,
        lambda: answer_call(runtime, arrival),
        lambda: last_resort.start_failed(settings, place.tried, ours),
    )


def outbound_answered(runtime: Runtime, request: Webhook) -> Document:
    """Somebody picked up a call of ours, or goes on with it."""
    arrival = forms.call_arrival(request.form, request.token_index)
    if arrival is None:
        return Document(last_resort.unknown_call(runtime.settings.home_language))
    step = urls.code_call_step(request.args, key_pressed=request.form.get("Digits") == read_out.KEY)
    settings, ours, is_first = (
        runtime.settings,
        _ours(request),
        not (step.greeted or step.asked or step.read or step.tried),
    )
    return answer(
        runtime,
        step.tried,
        lambda: answer_dial.document(runtime, arrival, step),
        lambda: answer_dial.without_database(settings, step, ours),
        at_once=(lambda: answer_dial.first_word(settings, step)) if is_first else None,
    )


def mailbox_listens(runtime: Runtime, request: Webhook) -> Document:
    """A call of ours was sent here, because a mailbox answered and its beep is over."""
    attempt_id, call_sid = urls.dial_in(request.args), forms.call_sid(request.form)
    return answer(
        runtime,
        0,
        lambda: machine.message_document(runtime, attempt_id, call_sid),
        machine.without_message,
    )


def machine_suspected(runtime: Runtime, request: Webhook) -> Document:
    """A call of ours was sent here, because the carrier takes whoever answered for a machine."""
    return _take_turn(
        runtime, request, Place(urls.place_in(request.args).turn), MachineJudged(), machine.without_message
    )


def turn_taken(runtime: Runtime, request: Webhook) -> Document:
    """The caller has spoken, pressed a key or been silent; or the next document of an answer is wanted."""
    place, settings, ours = urls.place_in(request.args), runtime.settings, _ours(request)
    return _take_turn(
        runtime,
        request,
        place,
        forms.caller_event(request.form),
        lambda: last_resort.turn_failed(settings, place, ours),
    )


def turn_reopened(runtime: Runtime, request: Webhook) -> Document:
    """The call was sent here, because an operator steps into it."""
    place, settings, ours = urls.place_in(request.args), runtime.settings, _ours(request)
    return _take_turn(
        runtime,
        request,
        Place(place.turn),
        TurnReopened(),
        lambda: last_resort.turn_failed(settings, place, ours),
    )


def words_understood(runtime: Runtime, request: Webhook) -> Response:
    """The caller is still speaking, or has just stopped: this is what was understood so far."""
    turn, pause_s = urls.place_in(request.args).turn, urls.pause_in(request.args)
    tentative.hear(runtime, turn, pause_s, forms.partial_result(request.form))
    return Response(status=204)


def transfer_ended(runtime: Runtime, request: Webhook) -> Document:
    """<Dial> is over."""
    place, settings, ours = urls.place_in(request.args), runtime.settings, _ours(request)
    call_sid = forms.call_sid(request.form)
    status = forms.dial_status(request.form)
    if status and not place.tried:
        _note_transfer(runtime, request, place.turn)
    outcome = forms.transfer_outcome(status or place.status)
    return _take_turn(
        runtime,
        request,
        Place(place.turn, tried=place.tried),
        TransferEnded(outcome),
        lambda: last_resort.transfer_failed(settings, place, outcome.value, ours),
        # A caller who was on a socket goes on there.
        instead=lambda: after_transfer(runtime, call_sid, outcome),
    )


def fallback_wanted(runtime: Runtime, request: Webhook) -> Document:
    """Twilio could not use what our other URLs answered; or a hand-over of ours is over."""
    log.warning("fallback document served", extra={"code": request.form.get("ErrorCode", "")[:10]})
    settings = runtime.settings
    home = settings.home_language
    if urls.was_handed_over(request.args):
        # No turn asked for it, and 0 is never one that a transfer opens.
        _note_transfer(runtime, request, 0)
        language = urls.place_in(request.args).language or home
        return Document(last_resort.handed_over(forms.dial_status(request.form), language))
    return Document(last_resort.goodbye(settings, _ours(request), home))


def _note_transfer(runtime: Runtime, request: Webhook, turn: int) -> None:
    report_status.note_transfer(runtime, forms.transfer_report(request.form, turn, request.token_index))


def _take_turn(
    runtime: Runtime,
    request: Webhook,
    place: Place,
    opening: Event,
    otherwise: Callable[[], str],
    *,
    instead: Callable[[], str] = lambda: "",
) -> Document:
    """`instead` may answer in the turn's place."""
    call_sid = request.form.get("CallSid", "")
    if not call_sid:
        return Document(last_resort.unknown_call(runtime.settings.home_language))
    wanted = DocumentRequest(
        call_sid,
        place.turn,
        place.document,
        (opening,),
        _ours(request),
        forms.their_number(request.form),
    )

    def work() -> str:
        return instead() or take_turn(runtime, wanted)

    return answer(runtime, place.tried, work, otherwise)


def answer(
    runtime: Runtime,
    tried: int,
    work: Callable[[], str],
    otherwise: Callable[[], str],
    *,
    at_once: Callable[[], str] | None = None,
) -> Document:
    """Send what `work` writes; when it fails or takes too long, what `otherwise` writes without any help.

    `at_once`: somebody has just picked up and is not kept waiting. This is sent when `work` is not done; it goes on, and is
    asked for again.
    """
    limits = runtime.limits.webhook
    limit_s = limits.after_pause_s if tried else limits.answer_within_s
    if at_once:
        limit_s = runtime.limits.greeting.heard_within_s
    patient_until = time.monotonic() + min(limit_s, limits.wait_for_database_s) - limits.look_again_s
    try:
        return Document(within(lambda: _patiently(runtime, work, patient_until), limit_s))
    except TooLate:
        log.warning("answered without the database", extra={"reason": TooLate.__name__})
        return Document((at_once or otherwise)())
    except DatabaseAway as error:
        log.warning("answered without the database", extra={"reason": type(error).__name__})
    except Exception:
        log.exception("a voice webhook failed")
    return Document(otherwise())


def _patiently(runtime: Runtime, work: Callable[[], str], until: float) -> str:
    """Do the work, again while the database is away: what the caller has just said stands in this request alone."""
    while True:
        try:
            return work()
        except DatabaseAway:
            if time.monotonic() >= until:
                raise
            time.sleep(runtime.limits.webhook.look_again_s)


def _ours(request: Webhook) -> str:
    return forms.our_number(request.form)


VOICE: Mapping[str, View] = {
    "/twilio/voice": call_arrived,
    "/twilio/voice/outbound": outbound_answered,
    "/twilio/voice/voicemail": mailbox_listens,
    "/twilio/voice/machine": machine_suspected,
    "/twilio/voice/turn": turn_taken,
    "/twilio/voice/reopened": turn_reopened,
    "/twilio/voice/partial": words_understood,
    "/twilio/voice/transfer": transfer_ended,
    "/twilio/voice/fallback": fallback_wanted,
}
