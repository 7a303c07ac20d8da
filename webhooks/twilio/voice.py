"""Voice webhooks of a Gather call: read the form, call one service, send the document.

A voice document is always 200 with TwiML: whatever fails, the caller hears something within three seconds.
"""

import logging
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, g, request

from voicebot.domain.call.events import (
    CallerSaid,
    Event,
    KeyPressed,
    SilencePassed,
    TransferEnded,
    TransferOutcome,
    event_to_json,
)
from voicebot.runtime import Runtime
from voicebot.services.calls import last_resort, report_status
from voicebot.services.calls.gather.document import DocumentRequest
from voicebot.services.calls.gather.take import answer_call, take_turn
from voicebot.services.calls.gather.urls import code_call_step
from voicebot.services.calls.last_resort import TooLate, within
from voicebot.services.dialling import answer
from voicebot.services.verification import read_out
from voicebot.storage.calls.calls import TransferReport
from voicebot.storage.calls.turns import CallArrival
from voicebot.storage.database import DatabaseAway
from webhooks.guard import twilio_blueprint
from webhooks.storing import current_runtime
from webhooks.twilio.fields import whole_number

KEYS = "0123456789*#"
MAX_KEYS = 12
MAX_NUMBER = 100_000
MAX_SPEECH_CHARS = 4000
KEEP_WITHIN_S = 0.5
"""What a note may take of the caller's time."""

log = logging.getLogger(__name__)


def voice_blueprint() -> Blueprint:
    """Make `/twilio/voice` and what a Gather call asks for after it."""
    blueprint = twilio_blueprint("voice", "/twilio/voice")
    blueprint.post("")(call_arrived)
    blueprint.post("/outbound")(outbound_answered)
    blueprint.post("/turn")(turn_taken)
    blueprint.post("/transfer")(transfer_ended)
    blueprint.post("/fallback")(fallback_wanted)
    return blueprint


def call_arrived() -> Response:
    """A call wants its first document."""
    arrival = _arrival(request.form)
    if arrival is None:
        return _twiml(last_resort.unknown_call())
    attempt, settings, ours = _number("t"), current_runtime().settings, _ours(request.form)
    return _answer(
        lambda runtime: answer_call(runtime, arrival),
        lambda: last_resort.start_failed(settings, attempt, ours),
    )


def outbound_answered() -> Response:
    """Somebody picked up a call of ours, or goes on with it."""
    arrival = _arrival(request.form)
    if arrival is None:
        return _twiml(last_resort.unknown_call())
    step = code_call_step(request.args, key_pressed=request.form.get("Digits") == read_out.KEY)
    settings, ours = current_runtime().settings, _ours(request.form)
    return _answer(
        lambda runtime: answer.document(runtime, arrival, step),
        lambda: answer.without_database(settings, step, ours),
        tried=step.tried,
    )


def turn_taken() -> Response:
    """The caller has spoken, pressed a key or been silent; or the next document of an answer is wanted."""
    return _take_turn(_number("k"), [_caller_event(request.form)])


def transfer_ended() -> Response:
    """A transfer has ended: go on with the call according to its outcome."""
    told = request.form.get("DialCallStatus") or request.args.get("s", "")
    outcome = _transfer_outcome(told)
    runtime, turn, ours = current_runtime(), _number("n"), _ours(request.form)
    attempt = _number("t")
    if told and not attempt:
        _keep_transfer(runtime, turn, outcome)
    return _take_turn(
        0,
        [TransferEnded(outcome)],
        lambda: last_resort.transfer_failed(runtime.settings, turn, outcome.value, attempt, ours),
    )


def _transfer_outcome(told: str) -> TransferOutcome:
    # Twilio's word for the end of a conference is "answered" (handbook 1.7).
    status = "completed" if told == "answered" else told
    return TransferOutcome(status) if status in list(TransferOutcome) else TransferOutcome.FAILED


def _keep_transfer(runtime: Runtime, turn: int, outcome: TransferOutcome) -> None:
    form = request.form
    report = TransferReport(
        call_sid=form.get("CallSid", "")[:64],
        turn=turn,
        outcome=outcome.value,
        dial_call_sid=form.get("DialCallSid", "")[:64] or None,
        duration_s=whole_number(form.get("DialCallDuration", "")),
        token_index=g.token_index,
    )
    try:
        within(lambda: report_status.record_transfer(runtime, report), KEEP_WITHIN_S)
    except Exception:
        # The caller waits: what becomes of the call matters more than the note of it.
        log.exception("a transfer's outcome was not noted")


def fallback_wanted() -> Response:
    """Twilio could not use what our other URLs answered; or a hand-over of ours is over."""
    log.warning("fallback document served", extra={"code": request.form.get("ErrorCode", "")[:10]})
    settings = current_runtime().settings
    if request.args.get("over"):
        told = request.form.get("DialCallStatus", "")
        # No turn asked for it, and 0 is never one that a transfer opens.
        _keep_transfer(current_runtime(), 0, _transfer_outcome(told))
        return _twiml(last_resort.handed_over(told))
    return _twiml(last_resort.goodbye(settings, _ours(request.form)))


def _take_turn(document: int, opening: list[Event], otherwise: Callable[[], str] | None = None) -> Response:
    call_sid = request.form.get("CallSid", "")
    if not call_sid:
        return _twiml(last_resort.unknown_call())
    ours, attempt, settings = _ours(request.form), _number("t"), current_runtime().settings
    wanted = DocumentRequest(
        call_sid,
        _number("n"),
        document,
        [event_to_json(event) for event in opening],
        ours,
        _theirs(request.form),
    )
    return _answer(
        lambda runtime: take_turn(runtime, wanted),
        otherwise or (lambda: last_resort.turn_failed(settings, wanted.turn, document, attempt, ours)),
    )


def _answer(
    work: Callable[[Runtime], str], otherwise: Callable[[], str], *, tried: int | None = None
) -> Response:
    """Send what `work` writes; when it fails or takes too long, what `otherwise` writes without any help."""
    runtime = current_runtime()
    tried = _number("t") if tried is None else tried
    limit_s = last_resort.AFTER_PAUSE_S if tried else last_resort.ANSWER_WITHIN_S
    try:
        return _twiml(within(lambda: work(runtime), limit_s))
    except (DatabaseAway, TooLate) as error:
        log.warning("answered without the database", extra={"reason": type(error).__name__})
    except Exception:
        log.exception("a voice webhook failed")
    return _twiml(otherwise())


def _caller_event(form: Mapping[str, str]) -> Event:
    digits, speech = form.get("Digits", ""), form.get("SpeechResult", "").strip()
    if len(digits) > 1 and digits.isdigit():
        # A code, keyed in; the service checks it before anything is kept.
        return CallerSaid(digits[:MAX_KEYS])
    if digits[:1] and digits[0] in KEYS:
        return KeyPressed(digits[0])
    if speech:
        return CallerSaid(speech[:MAX_SPEECH_CHARS], _confidence(form.get("Confidence", "")))
    return SilencePassed()


def _confidence(value: str) -> float | None:
    try:
        confidence = float(value)
    except ValueError:
        return None
    return confidence if 0 <= confidence <= 1 else None


def _arrival(form: Mapping[str, str]) -> CallArrival | None:
    if not form.get("CallSid"):
        return None
    return CallArrival(
        call_sid=form["CallSid"][:64],
        direction="inbound" if form.get("Direction", "inbound") == "inbound" else "outbound",
        from_number=form.get("From", "")[:256],
        to_number=form.get("To", "")[:256],
        stir_verstat=form.get("StirVerstat"),
        forwarded_from=form.get("ForwardedFrom"),
        caller_name=form.get("CallerName"),
        event_id=form["CallSid"][:64],
        token_index=g.token_index,
    )


def _ours(form: Mapping[str, str]) -> str:
    return form.get("To" if form.get("Direction", "inbound") == "inbound" else "From", "")


def _theirs(form: Mapping[str, str]) -> str:
    return form.get("From" if form.get("Direction", "inbound") == "inbound" else "To", "")


def _number(name: str) -> int:
    return min(whole_number(request.args.get(name, "")) or 0, MAX_NUMBER)


def _twiml(document: str) -> Response:
    return Response(document, mimetype="text/xml")
