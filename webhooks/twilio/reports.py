"""What Twilio tells about a call besides the conversation: statuses, recordings, answering machines.

204 once it is stored; 503 when it could not be, so that Twilio sends it again.
"""

from datetime import datetime
from email.utils import parsedate_to_datetime

from flask import Blueprint, Response, g, request

from voicebot.services.calls import report_status
from voicebot.services.calls.gather.urls import attempt_in
from voicebot.services.dialling.settle import record_dial_status
from voicebot.storage.calls.calls import CallStatus, RecordingStatus
from webhooks.guard import twilio_blueprint
from webhooks.storing import current_runtime, stored
from webhooks.twilio.fields import whole_number


def statuses_blueprint() -> Blueprint:
    """Make `/twilio/voice/status`, `/recording` and `/amd`."""
    blueprint = twilio_blueprint("voice_statuses", "/twilio/voice")
    blueprint.post("/status")(status_changed)
    blueprint.post("/recording")(recording_changed)
    blueprint.post("/amd")(answerer_detected)
    return blueprint


def status_changed() -> Response:
    """Store a call's new status. The legs of a transfer are passed over."""
    form = request.form
    if form.get("ParentCallSid"):
        # A leg of a transfer (handbook 1.3): its outcome comes with <Dial>'s action, and it is no call of ours.
        return Response(status=204)
    status = CallStatus(
        call_sid=form.get("CallSid", "")[:64],
        status=form.get("CallStatus", "")[:32],
        sequence_number=whole_number(form.get("SequenceNumber", "")),
        occurred_at=_moment(form.get("Timestamp", "")),
        direction="inbound" if form.get("Direction", "inbound") == "inbound" else "outbound",
        from_number=form.get("From", "")[:256],
        to_number=form.get("To", "")[:256],
        duration_s=whole_number(form.get("CallDuration", "")),
        answered_by=form.get("AnsweredBy"),
        sip_response_code=whole_number(form.get("SipResponseCode", "")),
        token_index=g.token_index,
    )
    runtime, attempt_id = current_runtime(), attempt_in(request.args)

    def store() -> None:
        report_status.record_status(runtime, status)
        if attempt_id:
            record_dial_status(runtime, attempt_id, status.call_sid, status.status)

    return stored(store)


def recording_changed() -> Response:
    """A recording started, is ready, or is not there."""
    form = request.form
    recording = RecordingStatus(
        call_sid=form.get("CallSid", "")[:64],
        recording_sid=form.get("RecordingSid", "")[:64],
        status=form.get("RecordingStatus", "")[:32],
        duration_s=whole_number(form.get("RecordingDuration", "")),
        error_code=form.get("ErrorCode"),
        token_index=g.token_index,
    )
    runtime = current_runtime()
    return stored(lambda: report_status.record_recording(runtime, recording))


def answerer_detected() -> Response:
    """Twilio made up its mind whether a person or a machine answered."""
    form = request.form
    call_sid, answered_by = form.get("CallSid", "")[:64], form.get("AnsweredBy", "")[:32]
    runtime = current_runtime()
    return stored(lambda: report_status.record_answerer(runtime, call_sid, answered_by, g.token_index))


def _moment(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, OverflowError, TypeError, IndexError):
        # The parser trusts its input; ours is whatever was signed.
        return None
