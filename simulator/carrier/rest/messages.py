"""Messages over REST: create, fetch, change, delete, list (handbook 6.2, 6.3, 9)."""

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request

from simulator.carrier.books.messages import MediaItem, MessageRecord
from simulator.carrier.exchange import Exchange
from simulator.carrier.rest.media import add_media_routes
from simulator.carrier.rest.message_json import shown_message
from simulator.carrier.rest.moments import matches_moment
from simulator.carrier.rest.paging import page_of
from simulator.carrier.texts.checks import (
    Ends,
    Form,
    check_content,
    check_recipient,
    ends_of,
    send_time,
)
from simulator.carrier.texts.delivery import QueueFull, cancel, send_off
from simulator.carrier.wire.formats import new_sid, utc_now
from simulator.carrier.wire.rest_errors import RestError, not_found

TRIAL_PREFIX = "Sent from your Twilio trial account - "


def add_message_routes(blueprint: Blueprint, exchange: Exchange) -> None:
    """Put the Messages resource on the API's blueprint."""

    @blueprint.post("/<account>/Messages.json")
    def create_message() -> tuple[dict[str, Any], int]:
        record, error_code = _created(exchange, request.form)
        # The answer is made before the message is under way: it always shows the initial status.
        answer = shown_message(exchange, record)
        try:
            send_off(exchange, record, error_code)
        except QueueFull:
            raise RestError(400, 21611, "The 'From' number has exceeded its queue.") from None
        return answer, 201

    @blueprint.get("/<account>/Messages.json")
    def list_messages() -> dict[str, Any]:
        params = request.args.to_dict()
        return page_of(
            [record for record in _listed(exchange) if _matches(record, params)],
            "messages",
            sid=lambda record: record.sid,
            show=lambda record: shown_message(exchange, record),
            path=f"/2010-04-01/Accounts/{exchange.config.account_sid}/Messages.json",
            params=params,
        )

    @blueprint.get("/<account>/Messages/<sid>.json")
    def fetch_message(sid: str) -> dict[str, Any]:
        return shown_message(exchange, known_message(exchange, sid))

    @blueprint.post("/<account>/Messages/<sid>.json")
    def change_message(sid: str) -> dict[str, Any]:
        record = known_message(exchange, sid)
        _change(exchange, record, request.form)
        return shown_message(exchange, record)

    @blueprint.delete("/<account>/Messages/<sid>.json")
    def delete_message(sid: str) -> tuple[str, int]:
        record = known_message(exchange, sid)
        if not record.over:
            raise RestError(400, 20009, "Cannot delete this resource before it is complete")
        record.listed, record.media = False, ()
        return "", 204

    add_media_routes(blueprint, exchange, known_message)


def known_message(exchange: Exchange, sid: str) -> MessageRecord:
    """The message, if the API may show it. Raises RestError."""
    record = exchange.messages.find(sid)
    if record is None or not record.listed:
        raise not_found(request.path)
    return record


def _created(exchange: Exchange, form: Form) -> tuple[MessageRecord, int | None]:
    ends = ends_of(exchange, form)
    check_content(form)
    send_at = send_time(form, utc_now())
    content_sid = form.get("ContentSid", "")
    error_code = check_recipient(exchange, ends, is_template=bool(content_sid))
    media = tuple(MediaItem("application/octet-stream", url=url) for url in form.getlist("MediaUrl"))
    record = MessageRecord(
        exchange.config.account_sid,
        ends.from_number,
        ends.to_number,
        _body(exchange, form, content_sid),
        "outbound-api",
        _initial_status(ends, scheduled=send_at is not None),
        sid=new_sid("MM" if media else "SM"),
        service_sid=ends.service_sid,
        media=media,
        callback_url=form.get("StatusCallback", ""),
        send_at=send_at,
        content_sid=content_sid,
    )
    return record, error_code


def _initial_status(ends: Ends, *, scheduled: bool) -> str:
    if scheduled:
        return "scheduled"
    return "accepted" if ends.service_sid else "queued"


def _body(exchange: Exchange, form: Form, content_sid: str) -> str:
    knobs = exchange.knobs.current
    body = _rendered(knobs.content_templates, content_sid, form) if content_sid else form.get("Body", "")
    return TRIAL_PREFIX + body if knobs.trial else body


def _rendered(templates: Mapping[str, str], content_sid: str, form: Form) -> str:
    try:
        variables = json.loads(form.get("ContentVariables") or "{}")
        values = {str(name): str(value) for name, value in variables.items()}
    except (ValueError, AttributeError):
        raise RestError(400, 20001, "ContentVariables is not a JSON object") from None
    template = templates.get(content_sid)
    if template is None:
        return " ".join([content_sid, *(f"{name}={value}" for name, value in values.items())])
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values.get(found[1], ""), template)


def _change(exchange: Exchange, record: MessageRecord, form: Form) -> None:
    """An update takes a scheduled message back, or blanks the body of a finished one."""
    if form.get("Status"):
        if form["Status"] != "canceled" or not cancel(exchange, record):
            raise RestError(400, 20001, f"Only a scheduled message can be canceled; it is {record.status}")
        return
    if form.get("Body") != "":
        raise RestError(400, 20001, "The Body of a message can only be emptied")
    if not record.over:
        raise RestError(400, 20009, "Cannot change this resource before it is complete")
    record.body = ""


def _listed(exchange: Exchange) -> list[MessageRecord]:
    until = time.time() - exchange.knobs.current.message_list_lag_s
    return [
        record
        for record in reversed(exchange.messages.all())
        if record.listed and record.date_created.timestamp() <= until
    ]


def _matches(record: MessageRecord, params: Mapping[str, str]) -> bool:
    if any(
        name in params and params[name] != value
        for name, value in (("To", record.to_number), ("From", record.from_number))
    ):
        return False
    return matches_moment(record.date_sent, "DateSent", params)
