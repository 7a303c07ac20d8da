"""Dial: ring other numbers, bridge with the first who answers, report how it ended (handbook 2.5, 1.7)."""

import re
from dataclasses import dataclass

from simulator.carrier import statuses
from simulator.carrier.books.calls import CallRecord, StatusCallback
from simulator.carrier.books.recordings import Recording
from simulator.carrier.far_end.line import CallerHungUp, LineSignal, Pressed
from simulator.carrier.far_end.people import PICKS_UP, Behaviour
from simulator.carrier.live_call import LiveCall
from simulator.carrier.twiml.reader import Document, Verb
from simulator.carrier.twiml.steps import Goto, Step, VerbFailed, absolute
from simulator.carrier.verbs.recording import begin_recording, end_recording

RING_BUFFER_S = 5
"""Twilio always adds about five seconds to the ring timeout (handbook 2.5)."""

SIP_CODES = {"completed": 200, "busy": 486, "no-answer": 487, "canceled": 487, "failed": 404}
"""SipResponseCode by terminal status (handbook 1.4)."""


@dataclass
class Leg:
    """One number being rung: its child call, its person, and the seconds until the person's reaction shows."""

    record: CallRecord
    behaviour: Behaviour
    ring_s: float

    @property
    def answers(self) -> bool:
        """Whether somebody, or a machine, picks up."""
        return self.behaviour.kind in PICKS_UP


@dataclass
class Outcome:
    """How the whole Dial ended, in the words of DialCallStatus."""

    status: str
    leg: Leg | None = None
    recording: Recording | None = None


def ring_seconds(behaviour: Behaviour, drawn: float, timeout_s: float) -> float:
    """How long a phone rings before its owner's behaviour shows; `drawn` is a sample of how long people take."""
    if behaviour.kind == "no-answer":
        return timeout_s + RING_BUFFER_S
    if behaviour.ring_s is not None:
        return behaviour.ring_s
    return {"busy": 1.0, "failed": 0.0}.get(behaviour.kind, min(drawn, timeout_s))


def dial(call: LiveCall, document: Document, verb: Verb) -> Step:
    """Carry out a Dial; with `action` the call goes on there, without it at the next verb."""
    targets = _targets(verb)
    _check_caller_id(call, verb)
    if not verb.flag("answerOnBridge", False):
        call.pick_up()
    rows = [[target] for target in targets] if verb.flag("sequential", False) else [targets]
    outcome = Outcome("failed")
    try:
        for row in rows:
            outcome = _ring(call, document, verb, row)
            if outcome.status == "completed":
                break
    except CallerHungUp as hung_up:
        if not call.exchange.knobs.current.dial_action_after_hangup or hung_up.after is not None:
            raise
        raise CallerHungUp(_action(call, document, verb, Outcome("canceled"))) from hung_up
    call.pick_up()
    call.ear.owes("dial")
    return _action(call, document, verb, outcome)


def _targets(verb: Verb) -> list[Verb]:
    for child in verb.children:
        if child.name != "Number":
            raise VerbFailed(12400, f"<Dial> of <{child.name}> is not offered by this simulator yet")
        if child.attributes.get("url"):
            raise VerbFailed(12400, "<Number url> is not offered by this simulator yet")
    bare = [Verb("Number", {}, (), verb.text)] if verb.text and not verb.children else []
    # At most ten nouns ring (handbook 2.5).
    return [*bare, *verb.children][:10]


def _check_caller_id(call: LiveCall, verb: Verb) -> None:
    """An own number, or one end of this call; else 13214 and the Dial fails (handbook 2.5)."""
    asked = verb.attributes.get("callerId")
    allowed = {call.record.from_number, call.record.to_number}
    if asked and asked not in allowed and call.exchange.numbers.by_number(asked) is None:
        raise VerbFailed(13214, "Dial: Invalid callerId value")


def _ring(call: LiveCall, document: Document, verb: Verb, targets: list[Verb]) -> Outcome:
    """Ring some numbers at once; the first to answer wins and the others are canceled."""
    timeout_s = min(600, max(5, verb.number("timeout", 30)))
    legs = [leg for target in targets if (leg := _leg(call, document, verb, target, timeout_s))]
    if not legs:
        return Outcome("failed")
    answering = [leg for leg in legs if leg.answers and leg.ring_s <= timeout_s + RING_BUFFER_S]
    winner = min(answering, key=lambda leg: leg.ring_s, default=None)
    shown_after_s = winner.ring_s if winner else max(leg.ring_s for leg in legs)
    try:
        if shown_after_s:
            call.sound("ring", None, shown_after_s)
    except LineSignal:
        for leg in legs:
            _end(call, leg, "canceled", 0)
        raise
    for leg in legs:
        if leg is not winner:
            lost = "canceled" if winner else "no-answer" if leg.answers else leg.behaviour.kind
            _end(call, leg, lost, 0)
    if winner is None:
        status = legs[-1].record.status
        call.hearing.add("dial", status)
        return Outcome(status, legs[-1])
    return _talk(call, document, verb, winner)


def _talk(call: LiveCall, document: Document, verb: Verb, leg: Leg) -> Outcome:
    """The two are connected until one of them, a `*` or the time limit ends it."""
    try:
        return _connected(call, document, verb, leg)
    except CallerHungUp as hung_up:
        if not call.exchange.knobs.current.dial_action_after_hangup:
            raise
        raise CallerHungUp(_action(call, document, verb, Outcome("completed", leg))) from hung_up


def _connected(call: LiveCall, document: Document, verb: Verb, leg: Leg) -> Outcome:
    call.pick_up()
    call.exchange.book.move(leg.record, "in-progress")
    statuses.announce(call.exchange, leg.record, "answered")
    recording = _recording(call, document, verb)
    seconds = min(leg.behaviour.talk_s, float(verb.number("timeLimit", 14400)))
    began_s = call.pace.now_s()
    star = verb.flag("hangupOnStar", False)
    try:
        call.sound(
            "dial",
            "answered",
            seconds,
            lambda: (
                star
                and call.line.peek(lambda act: isinstance(act, Pressed) and "*" in act.digits) is not None
            ),
        )
    finally:
        _end(call, leg, "completed", max(1, round(call.pace.now_s() - began_s)))
        if recording is not None:
            end_recording(call, recording)
    return Outcome("completed", leg, recording)


def _leg(call: LiveCall, document: Document, verb: Verb, target: Verb, timeout_s: float) -> Leg | None:
    number = target.text.strip()
    if not re.fullmatch(r"\+?[0-9().\- ]{3,20}", number):
        call.alert(13223, "Dial: Invalid phone number format", level="warning")
        return None
    exchange, parent = call.exchange, call.record
    caller = parent.from_number if parent.direction == "inbound" else parent.to_number
    url = target.attributes.get("statusCallback")
    events = frozenset(target.attributes.get("statusCallbackEvent", "completed").split())
    method = target.attributes.get("statusCallbackMethod", "POST")
    record = CallRecord(
        parent.account_sid,
        verb.attributes.get("callerId", caller),
        number,
        "outbound-dial",
        callback=StatusCallback(absolute(document, url), method, events) if url else None,
        parent_call_sid=parent.sid,
        # Child legs start at `initiated`, never queued (handbook 1.3).
        status="initiated",
    )
    exchange.book.add(record)
    statuses.announce(exchange, record, "initiated")
    behaviour = exchange.people.of(number, caller)
    drawn = call.chance(f"ring:{record.index}").lognormvariate(1.0, 0.5)
    if behaviour.kind != "failed":
        exchange.book.move(record, "ringing")
        statuses.announce(exchange, record, "ringing")
    return Leg(record, behaviour, ring_seconds(behaviour, drawn, timeout_s))


def _end(call: LiveCall, leg: Leg, status: str, seconds: int) -> None:
    leg.record.duration_s, leg.record.sip_response_code = seconds, SIP_CODES[status]
    if call.exchange.book.move(leg.record, status):
        statuses.announce(call.exchange, leg.record, "completed")


def _recording(call: LiveCall, document: Document, verb: Verb) -> Recording | None:
    wish = verb.attributes.get("record", "do-not-record")
    if wish in ("do-not-record", "false"):
        return None
    url = verb.attributes.get("recordingStatusCallback")
    return begin_recording(
        call,
        "DialVerb",
        2 if wish.endswith("-dual") else 1,
        callback_url=absolute(document, url) if url else "",
        callback_events=frozenset(verb.attributes.get("recordingStatusCallbackEvent", "completed").split()),
    )


def _action(call: LiveCall, document: Document, verb: Verb, outcome: Outcome) -> Goto | None:
    url = verb.attributes.get("action")
    if not url:
        return None
    bridged = outcome.status == "completed"
    fields = {"DialCallStatus": outcome.status, "DialBridged": "true" if bridged else "false"}
    if outcome.leg is not None:
        fields["DialCallSid"] = outcome.leg.record.sid
        if bridged:
            fields["DialCallDuration"] = str(outcome.leg.record.duration_s)
    if outcome.recording is not None:
        fields["RecordingUrl"] = call.exchange.config.base_url + outcome.recording.path
    return Goto(absolute(document, url), verb.attributes.get("method", "POST"), "action", fields)
