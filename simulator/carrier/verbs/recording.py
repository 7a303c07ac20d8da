"""Recording: the Record verb, Start/Stop Recording, and the callbacks that tell of it (handbook 1.5, 2.4)."""

import re

from simulator.carrier.books.call_form import call_form
from simulator.carrier.books.calls import CallRecord
from simulator.carrier.books.recordings import Recording
from simulator.carrier.exchange import Exchange
from simulator.carrier.far_end.line import Act, CallerHungUp, Pressed, Said
from simulator.carrier.live_call import LiveCall
from simulator.carrier.twiml.reader import Document, Verb
from simulator.carrier.twiml.sound import spoken_s
from simulator.carrier.twiml.steps import Goto, Step, VerbFailed, absolute
from simulator.carrier.wire.formats import rfc2822, utc_now
from simulator.carrier.wire.webhooks import WebhookRequest

ANY_KEY = "1234567890*#"


def begin_recording(call: LiveCall, source: str, channels: int, **callback: object) -> Recording:
    """Start recording a call and tell whoever asked to hear of `in-progress`."""
    recording = Recording(call.record.account_sid, call.record.sid, source, channels, call.pace.now_s())
    for name, value in callback.items():
        setattr(recording, name, value)
    call.exchange.recordings.add(recording)
    announce_recording(call.exchange, call.record, recording)
    return recording


def end_recording(call: LiveCall, recording: Recording, *, status: str = "completed") -> None:
    """Finish a recording; a second end changes nothing."""
    if recording.status != "in-progress":
        return
    recording.duration_s = max(0, round(call.pace.now_s() - recording.began_s))
    recording.status, recording.date_updated = status, utc_now()
    announce_recording(call.exchange, call.record, recording)


def announce_recording(exchange: Exchange, record: CallRecord, recording: Recording) -> None:
    """The recording status callback; `CallSid` is the parent leg's."""
    if not recording.callback_url or recording.status not in recording.callback_events:
        return
    form = {
        "AccountSid": record.account_sid,
        "CallSid": recording.call_sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": exchange.config.base_url + recording.path,
        "RecordingStatus": recording.status,
        "RecordingChannels": str(recording.channels),
        "RecordingStartTime": rfc2822(recording.start_time) or "",
        "RecordingSource": recording.source,
        "RecordingTrack": recording.track,
        "ErrorCode": "0",
    }
    if recording.duration_s >= 0:
        form["RecordingDuration"] = str(recording.duration_s)
    request = WebhookRequest("recording", recording.callback_url, form, recording.callback_method, record.sid)
    exchange.callbacks.send(record, request, f"recording:{recording.source}:{recording.status}")


def start(call: LiveCall, document: Document, verb: Verb) -> None:
    """`<Start><Recording>`: always two channels, source StartCallRecordingTwiML (handbook 1.5)."""
    call.pick_up()
    for child in verb.children:
        if child.name != "Recording":
            raise VerbFailed(12400, f"<Start><{child.name}> is not offered by this simulator yet")
        callback = _callback(document, child)
        url = str(callback.get("callback_url", ""))
        if url and not re.match(r"https?://", child.attributes["recordingStatusCallback"]):
            # Only absolute URLs work inside Start (handbook 1.5, 2.1).
            call.alert(11200, "HTTP retrieval failure: recordingStatusCallback is not absolute", url)
            callback.pop("callback_url")
        begin_recording(
            call, "StartCallRecordingTwiML", 2, track=child.attributes.get("track", "both"), **callback
        )


def stop(call: LiveCall, verb: Verb) -> None:
    """`<Stop><Recording>` ends what Start began."""
    if not any(child.name == "Recording" for child in verb.children):
        raise VerbFailed(12400, "<Stop> of anything but a Recording is not offered by this simulator yet")
    for recording in call.exchange.recordings.of_call(call.record.sid):
        if recording.source == "StartCallRecordingTwiML":
            end_recording(call, recording)


def record_message(call: LiveCall, document: Document, verb: Verb) -> Step:
    """Record the person's words until a key, a silence, the limit or a hang-up; an empty recording falls through [K]."""
    call.pick_up()
    if verb.flag("playBeep", True):
        call.sound("play", "beep", 0.5)
    call.ear.hears("listen")
    recording = begin_recording(call, "RecordVerb", 1, **_callback(document, verb))
    try:
        spoke, key = _listen(call, verb)
    except CallerHungUp as hung_up:
        end_recording(call, recording)
        raise CallerHungUp(_action(call, document, verb, recording, "hangup")) from hung_up
    end_recording(call, recording, status="completed" if spoke or key else "absent")
    call.ear.owes("turn")
    return _action(call, document, verb, recording, key) if spoke or key else None


def _listen(call: LiveCall, verb: Verb) -> tuple[bool, str]:
    finish_keys = verb.attributes.get("finishOnKey", ANY_KEY)
    silence_s = float(verb.number("timeout", 5)) or 3600.0
    until_s = call.pace.now_s() + verb.number("maxLength", 3600)
    spoke = False

    def takes(act: Act) -> bool:
        return isinstance(act, Said) or (isinstance(act, Pressed) and act.digits[0] in finish_keys)

    while True:
        left_s = until_s - call.pace.now_s()
        act = call.next_act(min(silence_s, max(0.0, left_s)), takes, turn=not spoke) if left_s > 0 else None
        if isinstance(act, Pressed):
            call.hearing.add("key", act.digits[0])
            return spoke, act.digits[0]
        if not isinstance(act, Said):
            return spoke, ""
        spoke = True
        item = call.hearing.add("caller", act.text)
        call.wait(min(spoken_s(act.text), max(0.0, until_s - call.pace.now_s())))
        call.hearing.ended(item, cut=False)


def _action(call: LiveCall, document: Document, verb: Verb, recording: Recording, digits: str) -> Goto:
    fields = {
        "RecordingUrl": call.exchange.config.base_url + recording.path,
        "RecordingSid": recording.sid,
        "RecordingDuration": str(recording.duration_s),
    }
    if digits:
        fields["Digits"] = digits
    url = absolute(document, verb.attributes.get("action") or document.url or "")
    return Goto(url, verb.attributes.get("method", "POST"), "action", fields)


def _callback(document: Document, verb: Verb) -> dict[str, object]:
    url = verb.attributes.get("recordingStatusCallback")
    if not url:
        return {}
    return {
        "callback_url": absolute(document, url),
        "callback_method": verb.attributes.get("recordingStatusCallbackMethod", "POST"),
        "callback_events": frozenset(
            verb.attributes.get("recordingStatusCallbackEvent", "completed").split()
        ),
    }


def last_request(call: LiveCall, target: Goto) -> None:
    """The action of a verb that a hang-up ended: sent once the call is `completed`, its answer ignored."""
    form = call_form(call.record) | dict(target.extra)
    request = WebhookRequest(target.kind, target.url, form, target.method, call.record.sid)
    call.exchange.callbacks.send(call.record, request, "after-hangup")
