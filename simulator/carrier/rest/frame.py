"""The frame of the REST API: who may ask, how errors look, what is written down (handbook 1.8, 1.10)."""

import base64
import binascii
import hmac
import time
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from simulator.carrier.exchange import Exchange
from simulator.carrier.rest.calls import add_call_routes
from simulator.carrier.rest.media import OPEN_ENDPOINT
from simulator.carrier.rest.messages import add_message_routes
from simulator.carrier.rest.numbers import add_number_routes
from simulator.carrier.rest.recordings import add_recording_routes
from simulator.carrier.wire.hang_up import hang_up
from simulator.carrier.wire.knobs import RestFault
from simulator.carrier.wire.rest_errors import RestError, error_body


def rest_blueprint(exchange: Exchange) -> Blueprint:
    """Twilio's 2010 API, as far as calls, messages, numbers and recordings go."""
    blueprint = Blueprint("carrier_rest", __name__, url_prefix="/2010-04-01/Accounts")
    _frame(blueprint, exchange)

    @blueprint.get("/<account>.json")
    def show_account() -> dict[str, Any]:
        return {
            "sid": g.account,
            "friendly_name": "Simulator",
            "status": "active",
            "type": "Full",
            "uri": f"/2010-04-01/Accounts/{g.account}.json",
        }

    add_call_routes(blueprint, exchange)
    add_message_routes(blueprint, exchange)
    add_number_routes(blueprint, exchange)
    add_recording_routes(blueprint, exchange)
    return blueprint


def _frame(blueprint: Blueprint, exchange: Exchange) -> None:
    @blueprint.url_value_preprocessor
    def take_account(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.account = (values or {}).pop("account", "")

    @blueprint.before_request
    def authenticate() -> Response | None:
        is_open = request.endpoint == f"{blueprint.name}.{OPEN_ENDPOINT}"
        asks = exchange.knobs.current.media_auth or not is_open
        if asks and not _is_account(exchange):
            raise RestError(401, 20003, "Authenticate")
        if g.account != exchange.config.account_sid:
            raise RestError(404, 20404, f"The requested resource {request.path} was not found")
        g.fault = exchange.knobs.take_rest_fault(request.method, request.path) or _of_the_dialled(exchange)
        return _faulty(g.fault) if g.fault is not None and not g.fault.acted else None

    @blueprint.after_request
    def write_down(response: Response) -> Response:
        fault: RestFault | None = g.pop("fault", None)
        answered = (fault is not None and fault.acted and _faulty(fault)) or response
        body = answered.get_json(silent=True) if answered.status_code >= 400 else None
        code = body.get("code") if isinstance(body, dict) else None
        # The ledger is read by tests: it keeps all fields, repeated ones as lists.
        params = {
            name: values if len(values) > 1 else values[0]
            for name, values in request.values.to_dict(flat=False).items()
        }
        exchange.ledger.note_rest(request.method, request.path, params, answered.status_code, code)
        return answered

    @blueprint.errorhandler(RestError)
    def refused(error: RestError) -> tuple[Response, int]:
        return jsonify(error_body(error.status, error.code, error.message)), error.status


def _is_account(exchange: Exchange) -> bool:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    try:
        name, _, token = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    known = exchange.config
    return (
        scheme.lower() == "basic"
        and hmac.compare_digest(name.encode(), known.account_sid.encode())
        and hmac.compare_digest(token.encode(), known.auth_token.encode())
    )


def _of_the_dialled(exchange: Exchange) -> RestFault | None:
    """Read, from the dialled number's wishes, what becomes of the answer to the request."""
    if request.method != "POST" or not request.path.endswith("/Calls.json"):
        return None
    created = exchange.people.take_creation(request.form.get("To", ""))
    return None if created == "answered" else RestFault(acted=True, cut=created == "lost")


def _faulty(fault: RestFault) -> Response | None:
    """Return the answer that a fault puts in place of the true one; None when the true one is only delayed."""
    time.sleep(fault.delay_s)
    if fault.cut:
        hang_up(request.environ)
    elif not fault.status:
        return None
    response = jsonify(error_body(fault.status, fault.code, "Fault made on purpose"))
    response.status_code = fault.status
    return response
