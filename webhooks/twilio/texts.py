"""Webhooks of texts: an incoming text, or a new status of one of ours.

A text is answered with an empty document once it is stored; the answer is sent by the worker. 503 when neither the
database nor the spool could take it, so that Twilio sends it again.
"""

from flask import Response

from voicebot.runtime import Runtime
from voicebot.services.texts import receive, report_status
from voicebot.transports.twilio import forms, urls
from webhooks.guard import Webhook
from webhooks.storing import stored

EMPTY_DOCUMENT = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def message_arrived(runtime: Runtime, request: Webhook) -> Response:
    """Store a text; the worker answers it, so the reply to Twilio is always empty."""
    text = forms.inbound_text(request.form, runtime.now(), request.token_index)
    done = Response(EMPTY_DOCUMENT, mimetype="text/xml")
    return stored(lambda: receive.receive(runtime, text), done)


def status_changed(runtime: Runtime, request: Webhook) -> Response:
    """A text of ours moved on."""
    report = forms.text_report(
        request.form, urls.message_in(request.args), runtime.now(), request.token_index
    )
    return stored(lambda: report_status.record_message_status(runtime, report))


TEXTS = {"/twilio/sms": message_arrived, "/twilio/sms/status": status_changed}
