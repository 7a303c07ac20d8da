"""Webhooks of texts: an incoming text, or a new status of one of ours.

A text is answered with an empty document once it is stored; the answer is sent by the worker. 503 when neither the
database nor the spool could take it, so that Twilio sends it again.
"""

from flask import Blueprint, Response, g, request

from voicebot.services.texts import receive, report_status
from voicebot.transports.twilio import forms, urls
from webhooks.guard import twilio_blueprint
from webhooks.storing import current_runtime, stored

EMPTY_DOCUMENT = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def sms_blueprint() -> Blueprint:
    """Make `/twilio/sms` and `/twilio/sms/status`."""
    blueprint = twilio_blueprint("sms", "/twilio/sms")
    blueprint.post("")(message_arrived)
    blueprint.post("/status")(status_changed)
    return blueprint


def message_arrived() -> Response:
    """Store a text; the worker answers it, so the reply to Twilio is always empty."""
    runtime = current_runtime()
    text = forms.inbound_text(request.form, runtime.now(), g.token_index)
    done = Response(EMPTY_DOCUMENT, mimetype="text/xml")
    return stored(lambda: receive.receive(runtime, text), done)


def status_changed() -> Response:
    """A text of ours moved on."""
    runtime = current_runtime()
    report = forms.text_report(request.form, urls.message_in(request.args), runtime.now(), g.token_index)
    return stored(lambda: report_status.record_message_status(runtime, report))
