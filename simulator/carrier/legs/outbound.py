"""Calls that the REST API creates: the queue, the ringing, who answers, machine detection (handbook 1.3, 1.8, 1.10, 8.2)."""

import time

from simulator.carrier.books.calls import CallRecord
from simulator.carrier.exchange import Exchange
from simulator.carrier.far_end.line import CallerHungUp, Sounds
from simulator.carrier.far_end.people import MACHINES, MUSIC_S, Behaviour
from simulator.carrier.legs.lifecycle import first_document, forget_old_calls, phone_in, start_thread
from simulator.carrier.live_call import LiveCall
from simulator.carrier.statuses import announce
from simulator.carrier.twiml.sound import spoken_s
from simulator.carrier.twiml.steps import Rejected
from simulator.carrier.verbs.dialling import RING_BUFFER_S, ring_seconds
from simulator.carrier.verbs.documents import converse
from simulator.carrier.verbs.recording import begin_recording
from simulator.carrier.wire.rest_errors import RestError
from simulator.carrier.wire.webhooks import WebhookRequest

BEEP_AFTER_S = 1.0
"""From the end of a mailbox's greeting to its beep."""

MAX_QUEUE_S = 86_400
"""Calls wait for their turn up to a day (handbook 1.10)."""


def place(exchange: Exchange, record: CallRecord) -> LiveCall:
    """Take a created call into the queue; it leaves it on a thread of its own."""
    exchange.book.add(record)
    call = LiveCall(exchange, record, exchange.people.of(record.to_number).speed)
    forget_old_calls(exchange)
    start_thread(call, lambda: _run(call))
    return call


def _run(call: LiveCall) -> None:
    call.line.wait(call.record.leaves_queue_at - time.monotonic())
    exchange, record = call.exchange, call.record
    own = exchange.numbers.by_number(record.to_number)
    if own is not None and not own.takes_calls:
        # A number without voice URL: an instant silent `failed`, no alert (handbook 1.1).
        record.callback = None
        raise Rejected("failed")
    announce(exchange, record, "initiated")
    behaviour = Behaviour("answer", ring_s=1.0) if own else exchange.people.of(record.to_number)
    if own is not None:
        # Two own numbers make two legs; the called one's webhook comes before our `ringing` (handbook 1.4, 1.9).
        phone_in(exchange, record.from_number, own, exchange.people.of(record.to_number).speed)
        call.wait(0.05)
    if behaviour.kind == "failed":
        raise Rejected("failed")
    call.progress("ringing", "ringing")
    _ring(call, behaviour)
    _answered(call, behaviour)
    converse(call, first_document(record.script))


def own_number(call: LiveCall) -> bool:
    """Whether the called number is one of the account's own, so that a program answers it."""
    return call.exchange.numbers.by_number(call.record.to_number) is not None


def take_slot(exchange: Exchange, record: CallRecord) -> None:
    """With a rate set, one call leaves the queue per slot. Raises RestError for a call that would wait for over a day
    (22005).
    """
    rate, now = exchange.knobs.current.calls_per_second, time.monotonic()
    record.leaves_queue_at = now
    if not rate:
        return
    with exchange.lock:
        slot = max(now, exchange.next_slot)
        if slot - now > MAX_QUEUE_S:
            raise RestError(400, 22005, "Call queue full")
        exchange.next_slot = slot + 1 / rate
    record.leaves_queue_at, record.queue_time_ms = slot, round((slot - now) * 1000)


def _ring(call: LiveCall, behaviour: Behaviour) -> None:
    drawn = call.chance("ring").lognormvariate(1.2, 0.6)
    seconds = ring_seconds(behaviour, drawn, call.record.ring_timeout_s)
    call.wait(min(seconds, call.record.ring_timeout_s + RING_BUFFER_S))
    if behaviour.kind in ("busy", "no-answer"):
        raise Rejected(behaviour.kind)
    if seconds > call.record.ring_timeout_s + RING_BUFFER_S:
        raise Rejected("no-answer")


def _answered(call: LiveCall, behaviour: Behaviour) -> None:
    call.pick_up()
    record = call.record
    on_hold = behaviour.kind == "hold-music"
    call.nobody_there = on_hold or behaviour.kind in MACHINES or own_number(call)
    if on_hold:
        call.line.act(Sounds("music", MUSIC_S))
    call.lines, call.hesitates_s = list(behaviour.lines), behaviour.hesitates_s
    call.screened = behaviour.kind == "screener"
    if behaviour.kind == "voicemail":
        _beep_later(call, behaviour)
    call.obeys = 0 if call.nobody_there else behaviour.obeys
    if record.record:
        begin_recording(call, "OutboundAPI", 1)
    if record.send_digits:
        call.sound("play", f"keys {record.send_digits}", 0.5 * len(record.send_digits))
    # SendDigits disables machine detection (handbook 1.8).
    elif record.detection.mode:
        _detect(call, behaviour)
    if behaviour.kind == "hang-up":
        raise CallerHungUp


def _beep_later(call: LiveCall, behaviour: Behaviour) -> None:
    """A mailbox beeps once its greeting is over, whatever is said meanwhile; from then on it records."""

    def beep() -> None:
        if not call.record.over:
            call.hearing.add("beep", None)
            call.line.wake()

    call.later(_beeps_at_s(behaviour), beep)


def _beeps_at_s(behaviour: Behaviour) -> float:
    return spoken_s(behaviour.lines[0]) + BEEP_AFTER_S if behaviour.lines else BEEP_AFTER_S


def _detect(call: LiveCall, behaviour: Behaviour) -> None:
    """Decide who answered; synchronously, the TwiML is not fetched before: dead air (handbook 1.6)."""
    record, detection = call.record, call.record.detection
    drawn = min(30.0, call.chance("amd").lognormvariate(1.3, 0.3))
    seconds = drawn if behaviour.amd_s is None else behaviour.amd_s
    if _verdict(call, behaviour) == "machine_end_beep":
        # It was heard by then.
        seconds = max(seconds, _beeps_at_s(behaviour))
    if not detection.is_async:
        call.wait(seconds)
        record.answered_by = _verdict(call, behaviour)
        return
    if not detection.callback_url:
        call.alert(21262, "No AMD status callback URL provided", level="warning")
        return
    form = {
        "CallSid": record.sid,
        "AccountSid": record.account_sid,
        "AnsweredBy": _verdict(call, behaviour),
        "MachineDetectionDuration": str(round(seconds * 1000)),
    }
    request = WebhookRequest("amd", detection.callback_url, form, detection.callback_method, record.sid)
    for _ in range(behaviour.amd_times):
        call.later(seconds, lambda: _tell_verdict(call, request))


def _tell_verdict(call: LiveCall, request: WebhookRequest) -> None:
    """A hang-up before the verdict may keep the callback from coming [K]."""
    if call.record.over and not call.exchange.knobs.current.amd_after_hangup:
        return
    call.record.answered_by = request.params["AnsweredBy"]
    call.exchange.callbacks.send(call.record, request, "amd")


def _verdict(call: LiveCall, behaviour: Behaviour) -> str:
    """DetectMessageEnd waits for the beep, so a machine is never just `machine_start` there (handbook 8.2)."""
    found = behaviour.answered_by
    waits = call.record.detection.mode == "DetectMessageEnd"
    return "machine_end_beep" if waits and found == "machine_start" else found
