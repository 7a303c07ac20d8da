"""`POST /vapi/events`: what Vapi tells of the calls that it leads for us.

Nothing reaches a report unproven: a request is refused before its body is read when it carries no proof, and before its
body means anything when the proof is wrong. 200 once it is stored; 503 when it could not be, so that Vapi sends it again.
"""

import logging

from flask import Blueprint, Response, jsonify, request

from voicebot.services.dialling.led.record import may_be_proven, record_message, sender_of
from voicebot.telemetry import metrics
from webhooks.storing import current_runtime, stored

MAX_BODY_BYTES = 4 * 1024 * 1024
"""A report holds every word of the longest call, more than once."""
ROUTE = "/vapi/events"
log = logging.getLogger(__name__)


def vapi_blueprint() -> Blueprint:
    """Make the route."""
    blueprint = Blueprint("vapi", __name__, url_prefix="/vapi")
    blueprint.post("/events")(told)
    return blueprint


def told() -> Response:
    """Keep a message of an account of ours; refuse any other."""
    request.max_content_length = MAX_BODY_BYTES
    runtime = current_runtime()
    accounts = runtime.carriers.led_accounts()
    if not may_be_proven(accounts, request.headers):
        return _refused("missing")
    body = request.get_data(cache=False)
    account = sender_of(accounts, request.headers, body, runtime.now().timestamp())
    if account is None:
        return _refused("wrong")
    return stored(lambda: record_message(runtime, account, body), jsonify({}))


def _refused(reason: str) -> Response:
    metrics.REFUSED_SIGNATURES.labels(reason).inc()
    log.warning("request without Vapi's proof refused", extra={"reason": reason, "route": ROUTE})
    return Response("not signed by Vapi\n", status=403, mimetype="text/plain")
