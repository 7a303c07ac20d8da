"""Status callbacks: which events a call reports, to whom, with which fields (handbook 1.4)."""

from simulator.carrier.books.call_form import call_form
from simulator.carrier.books.calls import CallRecord
from simulator.carrier.exchange import Exchange
from simulator.carrier.wire.formats import billed_minutes, rfc2822, utc_now
from simulator.carrier.wire.webhooks import WebhookRequest


def announce(exchange: Exchange, record: CallRecord, event: str) -> None:
    """Report the call's `event` (initiated, ringing, answered, completed) to its status callback."""
    callback = record.callback
    asked = callback is not None and event in callback.events and callback.url
    counts_all = exchange.knobs.current.sequence_counts == "all"
    number = record.sequence
    if asked or counts_all:
        record.sequence += 1
    if callback is None or not asked:
        return
    form = _form(exchange, record, event, 0 if callback.number_level else number)
    if callback.number_level:
        # The number's own callback carries no SipResponseCode (vector live-inbound-number-status-callback).
        form.pop("SipResponseCode", None)
    request = WebhookRequest("status", callback.url, form, callback.method, record.sid)
    exchange.callbacks.send(record, request, f"status:{event}")


def _form(exchange: Exchange, record: CallRecord, event: str, number: int) -> dict[str, str]:
    # `initiated` exists in callbacks only; the resource says `queued` or `ringing` (handbook 1.3).
    status = "initiated" if event == "initiated" else record.status
    form = call_form(record, status=status) | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(number),
        "Timestamp": rfc2822(utc_now()) or "",
    }
    if event in ("ringing", "answered") and record.direction == "outbound-api":
        form["StirStatus"] = "A"
    if event == "completed":
        seconds = record.duration_s or 0
        form |= {"CallDuration": str(seconds), "Duration": str(billed_minutes(seconds))}
        if record.sip_response_code is not None:
            form["SipResponseCode"] = str(record.sip_response_code)
        form |= _recording_fields(exchange, record)
    return form


def _recording_fields(exchange: Exchange, record: CallRecord) -> dict[str, str]:
    """Only REST's Record=true puts the recording into the status callback."""
    for recording in exchange.recordings.of_call(record.sid):
        if record.record and recording.source == "OutboundAPI":
            return {
                "RecordingUrl": exchange.config.base_url + recording.path,
                "RecordingSid": recording.sid,
                "RecordingDuration": str(recording.duration_s),
            }
    return {}
