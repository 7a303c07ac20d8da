"""Calls over REST: create, fetch, change, list (handbook 1.8, 1.9, 9)."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, request
from werkzeug.datastructures import MultiDict

from simulator.carrier.books.calls import ALL_EVENTS, CallRecord, Detection, Script, StatusCallback
from simulator.carrier.exchange import Exchange
from simulator.carrier.far_end.line import EndedByApi, LineClosed, Moved
from simulator.carrier.legs.outbound import place, take_slot
from simulator.carrier.rest.call_json import shown_call
from simulator.carrier.rest.moments import matches_moment
from simulator.carrier.rest.paging import page_of
from simulator.carrier.twiml.steps import Goto, Inline
from simulator.carrier.wire.formats import is_callback_url, is_number, is_url
from simulator.carrier.wire.rest_errors import RestError, not_found

MAX_INLINE = 4000

Form = MultiDict[str, str]


def add_call_routes(blueprint: Blueprint, exchange: Exchange) -> None:
    """Put the Calls resource on the API's blueprint."""

    @blueprint.post("/<account>/Calls.json")
    def create_call() -> tuple[dict[str, Any], int]:
        record = _created(exchange, request.form)
        take_slot(exchange, record)
        # The answer is made before the call runs: it always says `queued`.
        answer = shown_call(exchange, record)
        place(exchange, record)
        return answer, 201

    @blueprint.get("/<account>/Calls.json")
    def list_calls() -> dict[str, Any]:
        params = request.args.to_dict()
        wanted = [record for record in exchange.book.newest_first() if _matches(record, params)]
        return page_of(
            wanted,
            "calls",
            sid=lambda record: record.sid,
            show=lambda record: shown_call(exchange, record),
            path=f"/2010-04-01/Accounts/{exchange.config.account_sid}/Calls.json",
            params=params,
        )

    @blueprint.get("/<account>/Calls/<sid>.json")
    def fetch_call(sid: str) -> dict[str, Any]:
        return shown_call(exchange, _known(exchange, sid))

    @blueprint.post("/<account>/Calls/<sid>.json")
    def change_call(sid: str) -> dict[str, Any]:
        record = _known(exchange, sid)
        _change(exchange, record, request.form)
        return shown_call(exchange, record)


def _known(exchange: Exchange, sid: str) -> CallRecord:
    record = exchange.book.find(sid)
    if record is None:
        raise not_found(request.path)
    return record


def _created(exchange: Exchange, form: Form) -> CallRecord:
    to, from_ = form.get("To", ""), form.get("From", "")
    _check_ends(exchange, to, from_)
    script = _script(form)
    limit = exchange.knobs.current.max_concurrent_calls
    if limit is not None and exchange.book.live_count() >= limit:
        raise RestError(429, 10004, "Call concurrency limit exceeded")
    detection = Detection(
        form.get("MachineDetection", ""),
        form.get("AsyncAmd", "false") == "true",
        form.get("AsyncAmdStatusCallback", ""),
        form.get("AsyncAmdStatusCallbackMethod", "POST"),
    )
    return CallRecord(
        exchange.config.account_sid,
        from_,
        to,
        "outbound-api",
        script=script,
        callback=_callback(form),
        detection=detection,
        number_sid=getattr(exchange.numbers.by_number(from_), "sid", None),
        ring_timeout_s=min(600, int(form.get("Timeout") or 60)),
        time_limit_s=int(form.get("TimeLimit") or 14400),
        send_digits=form.get("SendDigits", ""),
        record=form.get("Record", "false") == "true",
    )


def _check_ends(exchange: Exchange, to: str, from_: str) -> None:
    if not to:
        raise RestError(400, 21201, "No 'To' number is specified")
    if not from_ or not (is_number(from_) or from_.startswith(("client:", "sip:"))):
        raise RestError(400, 21212, f"The source phone number provided, {from_}, is not a valid phone number")
    if is_number(from_) and exchange.numbers.by_number(from_) is None:
        raise RestError(
            400, 21210, f"The source phone number provided, {from_}, is not yet verified for your account"
        )
    if not (is_number(to) or to.startswith(("client:", "sip:"))):
        raise RestError(400, 21211, f"The phone number you are attempting to call, {to}, is not valid")
    if to == from_ and exchange.knobs.current.from_equals_to == "forbidden":
        raise RestError(400, 21211, "'To' and 'From' may not be the same number")


def _script(form: Form) -> Script:
    url, twiml = form.get("Url", ""), form.get("Twiml", "")
    if not url and not twiml:
        raise RestError(400, 21205, "Url parameter is required")
    if url and not is_url(url):
        raise RestError(400, 21205, f"Url is not a valid URL: {url}")
    if not url and len(twiml) > MAX_INLINE:
        raise RestError(400, 32018, "Twiml size exceeded maximum allowed value")
    return Script(
        url,
        form.get("Method", "POST"),
        "" if url else twiml,
        form.get("FallbackUrl", ""),
        form.get("FallbackMethod", "POST"),
    )


def _callback(form: Form) -> StatusCallback | None:
    url = form.get("StatusCallback", "")
    if not url:
        return None
    if not is_callback_url(url):
        raise RestError(400, 21205, f"StatusCallback is not a valid URL: {url}")
    asked = frozenset(event for value in form.getlist("StatusCallbackEvent") for event in value.split())
    events = asked & ALL_EVENTS or frozenset({"completed"})
    return StatusCallback(url, form.get("StatusCallbackMethod", "POST"), events)


def _change(exchange: Exchange, record: CallRecord, form: Form) -> None:
    url, twiml, status = form.get("Url", ""), form.get("Twiml", ""), form.get("Status", "")
    if url and twiml:
        raise RestError(400, 20001, "Url and Twiml are mutually exclusive")
    script = record.script
    if form.get("FallbackUrl"):
        script = replace(
            script, fallback_url=form["FallbackUrl"], fallback_method=form.get("FallbackMethod", "POST")
        )
    if form.get("StatusCallback"):
        record.callback = _callback(form)
    if form.get("TimeLimit", "").isdecimal():
        record.time_limit_s = int(form["TimeLimit"])
    record.script = script
    if status:
        _end(exchange, record, status)
    elif url or twiml:
        _redirect(
            exchange, record, Goto(url, form.get("Method", "POST"), "redirect") if url else Inline(twiml)
        )


def _end(exchange: Exchange, record: CallRecord, status: str) -> None:
    """`canceled` ends only unanswered calls, `completed` also calls in progress."""
    if status not in ("canceled", "completed"):
        raise RestError(400, 20001, "Status is one of canceled, completed")
    in_progress = record.status == "in-progress"
    if record.over or (status == "canceled" and in_progress):
        raise RestError(400, 21220, f"Call is not in the right state: it is {record.status}")
    _signal(exchange, record, EndedByApi("completed" if in_progress else "canceled"))


def _redirect(exchange: Exchange, record: CallRecord, target: Goto | Inline) -> None:
    if record.status != "in-progress":
        raise RestError(400, 21220, "Call is not in-progress. Cannot redirect.")
    _signal(exchange, record, Moved(target))


def _signal(exchange: Exchange, record: CallRecord, signal: EndedByApi | Moved) -> None:
    call = exchange.live.get(record.sid)
    try:
        if call is None:
            raise LineClosed
        call.line.interrupt(signal)
    except LineClosed:
        raise RestError(400, 21220, "Call is not in-progress") from None


def _matches(record: CallRecord, params: Mapping[str, str]) -> bool:
    simple = {
        "To": record.to_number,
        "From": record.from_number,
        "ParentCallSid": record.parent_call_sid,
        "Status": record.status_as_of(time.time()),
    }
    if any(name in params and params[name] != value for name, value in simple.items()):
        return False
    times = {"StartTime": record.start_time, "EndTime": record.end_time}
    return all(matches_moment(moment, name, params) for name, moment in times.items())
