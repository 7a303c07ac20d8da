"""What every part of the phone's API makes of a request: its call, its JSON, and how it says no."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator.carrier.exchange import Exchange
from simulator.carrier.far_end.line import Act, LineClosed
from simulator.carrier.live_call import LiveCall


class Refused(Exception):
    """The phone does not do that; `status` is the answer's."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


def refusals(blueprint: Blueprint) -> None:
    """Let a blueprint answer Refused as JSON."""

    @blueprint.errorhandler(Refused)
    def refused(error: Refused) -> tuple[Response, int]:
        return jsonify(error=error.error), error.status


def call_of(exchange: Exchange, sid: str) -> LiveCall:
    """The call with this sid. Raises Refused."""
    call: LiveCall | None = exchange.live.get(sid)
    if call is None:
        raise Refused(404, "no such call")
    return call


def does(call: LiveCall, act: Act) -> dict[str, Any]:
    """The person does something. Raises Refused when the call is over."""
    heard = len(call.hearing.items())
    try:
        call.line.act(act)
    except LineClosed:
        raise Refused(409, "the call is over") from None
    return {"sid": call.record.sid, "after": heard}


def json_body() -> dict[str, Any]:
    """The request's JSON object, empty without a body. Raises Refused."""
    body = request.get_json(silent=True)
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise Refused(400, "a JSON object is expected")
    return body
