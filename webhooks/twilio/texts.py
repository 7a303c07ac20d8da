"""Webhooks of texts: an incoming text, or a new status of one of ours.

A text is answered with an empty document once it is stored; the answer is sent by the worker. 503 when neither the
database nor the spool could take it, so that Twilio sends it again.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, request

from voicebot.domain.person.addresses import SMS, channel_of
from voicebot.services.texts import receive, report_status
from voicebot.storage.texts.messages import InboundText, TextStatus
from webhooks.guard import twilio_blueprint
from webhooks.storing import current_runtime, stored
from webhooks.twilio.fields import whole_number

EMPTY_DOCUMENT = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
MAX_MEDIA = 10
MAX_BODY_CHARS = 10_000
MAX_DETAILS, MAX_DETAIL_CHARS = 60, 1000
# What has a column of its own, or says nothing.
IN_COLUMNS = frozenset(
    {
        "AccountSid", "ApiVersion", "Body", "From", "MessageSid", "NumMedia", "NumSegments", "SmsMessageSid", "SmsSid",
        "SmsStatus", "To",
    }
)  # fmt: skip
STATUS_DETAILS = ("RawDlrDoneDate", "ChannelStatusMessage", "ChannelInstallSid", "EventType", "ErrorMessage")


def sms_blueprint() -> Blueprint:
    """Make `/twilio/sms` and `/twilio/sms/status`."""
    blueprint = twilio_blueprint("sms", "/twilio/sms")
    blueprint.post("")(message_arrived)
    blueprint.post("/status")(status_changed)
    return blueprint


def message_arrived() -> Response:
    """Store a text; the worker answers it, so the reply to Twilio is always empty."""
    runtime = current_runtime()
    text = inbound_text(request.form, runtime.now(), g.token_index)
    done = Response(EMPTY_DOCUMENT, mimetype="text/xml")
    return stored(lambda: receive.receive(runtime, text), done)


def status_changed() -> Response:
    """A text of ours moved on."""
    runtime = current_runtime()
    status = text_status(request.form, request.args.get("m", ""), runtime.now(), g.token_index)
    return stored(lambda: report_status.record_message_status(runtime, status))


def inbound_text(form: Mapping[str, str], now: datetime, token_index: int) -> InboundText:
    """Read a text as it came: senders, bodies and counts may be anything."""
    sender, media = form.get("From", "")[:256], _media(form)
    channel = channel_of(sender)
    sid = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid") or ""
    return InboundText(
        message_sid=sid[:64],
        account_sid=form.get("AccountSid", "")[:64],
        channel="mms" if media and channel == SMS else channel,
        from_number=sender,
        to_number=form.get("To", "")[:256],
        content=form.get("Body", "")[:MAX_BODY_CHARS],
        observed_at=now,
        media=media,
        details=_details(form),
        num_segments=whole_number(form.get("NumSegments", "")),
        event_id=sid[:64],
        token_index=token_index,
    )


def text_status(form: Mapping[str, str], ours: str, now: datetime, token_index: int) -> TextStatus:
    """Read a delivery report; `ours` is our row's id as it stood in the URL."""
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    status = form.get("MessageStatus") or form.get("SmsStatus") or ""
    return TextStatus(
        message_sid=sid[:64],
        status=status.lower()[:32],
        message_id=whole_number(ours),
        error_code=form.get("ErrorCode", "")[:16] or None,
        occurred_at=now,
        details={name: form[name][:MAX_DETAIL_CHARS] for name in STATUS_DETAILS if form.get(name)},
        event_id=f"{sid[:64]}:{status.lower()[:32]}",
        token_index=token_index,
    )


def _media(form: Mapping[str, str]) -> list[dict[str, str]]:
    # By what is there: the count that comes along is text like any other.
    found = []
    for place in range(MAX_MEDIA):
        url = form.get(f"MediaUrl{place}", "")[:2000]
        if url:
            found.append({"url": url, "content_type": form.get(f"MediaContentType{place}", "")[:100]})
    return found


def _details(form: Mapping[str, str]) -> dict[str, Any]:
    told = {
        name[:100]: value[:MAX_DETAIL_CHARS]
        for name, value in form.items()
        if value and name not in IN_COLUMNS and not name.startswith(("MediaUrl", "MediaContentType"))
    }
    return dict(sorted(told.items())[:MAX_DETAILS])
