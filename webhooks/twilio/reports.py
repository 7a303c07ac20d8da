"""What Twilio tells about a call besides the conversation: statuses, recordings, answering machines.

204 once it is stored; 503 when it could not be, so that Twilio sends it again.
"""

from flask import Response

from voicebot.runtime import Runtime
from voicebot.services.calls import report_status
from voicebot.services.dialling.settle import record_dial_status
from voicebot.transports.twilio import forms, urls
from webhooks.guard import Webhook
from webhooks.storing import stored


def status_changed(runtime: Runtime, request: Webhook) -> Response:
    """A call moved on."""
    attempt_id = urls.attempt_in(request.args)
    report = forms.call_report(request.form, request.token_index)
    if parent := forms.parent_sid(request.form):
        return stored(lambda: report_status.record_leg(runtime, parent, report))

    def store() -> None:
        report_status.record_status(runtime, report)
        if attempt_id:
            record_dial_status(runtime, attempt_id, report.call_sid, report.status, report.from_number or "")

    return stored(store)


def recording_changed(runtime: Runtime, request: Webhook) -> Response:
    """A recording started, is ready, or is not there."""
    report = forms.recording_report(request.form, request.token_index)
    return stored(lambda: report_status.record_recording(runtime, report))


def answerer_detected(runtime: Runtime, request: Webhook) -> Response:
    """Twilio made up its mind whether a person or a machine answered."""
    report = forms.answerer_report(request.form, urls.dial_in(request.args), request.token_index)
    return stored(lambda: report_status.record_answerer(runtime, report))


REPORTS = {
    "/twilio/voice/status": status_changed,
    "/twilio/voice/recording": recording_changed,
    "/twilio/voice/amd": answerer_detected,
}
