"""What Twilio tells about a call besides the conversation: statuses, recordings, answering machines.

204 once it is stored; 503 when it could not be, so that Twilio sends it again.
"""

from flask import Blueprint, Response, g, request

from voicebot.services.calls import report_status
from voicebot.services.dialling.settle import record_dial_status
from voicebot.transports.twilio import forms, urls
from webhooks.guard import twilio_blueprint
from webhooks.storing import current_runtime, stored


def statuses_blueprint() -> Blueprint:
    """Make `/twilio/voice/status`, `/recording` and `/amd`."""
    blueprint = twilio_blueprint("voice_statuses", "/twilio/voice")
    blueprint.post("/status")(status_changed)
    blueprint.post("/recording")(recording_changed)
    blueprint.post("/amd")(answerer_detected)
    return blueprint


def status_changed() -> Response:
    """A call moved on."""
    runtime, attempt_id = current_runtime(), urls.attempt_in(request.args)
    report = forms.call_report(request.form, g.token_index)
    if parent := forms.parent_sid(request.form):
        return stored(lambda: report_status.record_leg(runtime, parent, report))

    def store() -> None:
        report_status.record_status(runtime, report)
        if attempt_id:
            record_dial_status(runtime, attempt_id, report.call_sid, report.status, report.from_number or "")

    return stored(store)


def recording_changed() -> Response:
    """A recording started, is ready, or is not there."""
    runtime, report = current_runtime(), forms.recording_report(request.form, g.token_index)
    return stored(lambda: report_status.record_recording(runtime, report))


def answerer_detected() -> Response:
    """Twilio made up its mind whether a person or a machine answered."""
    runtime = current_runtime()
    report = forms.answerer_report(request.form, urls.dial_in(request.args), g.token_index)
    return stored(lambda: report_status.record_answerer(runtime, report))
