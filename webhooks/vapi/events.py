"""`POST /vapi/events`: what Vapi tells of the calls that it leads for us.

Nothing reaches a report unproven: a request is refused before its body is read when it carries no proof, and before its
body means anything when the proof is wrong. 200 once it is stored; 503 when it could not be, so that Vapi sends it again.
"""

import logging
import time

from flask import Blueprint, Response, g, jsonify, request

from voicebot.current_runtime import current_runtime
from voicebot.services.dialling.led.accounts import EVENTS_PATH, led_accounts, may_be_proven, sender_of
from voicebot.services.dialling.led.record import record_message
from voicebot.telemetry import metrics
from webhooks.storing import stored

MAX_BODY_BYTES = 4 * 1024 * 1024
"""A report holds every word of the longest call, more than once."""
log = logging.getLogger(__name__)


def vapi_blueprint() -> Blueprint:
    """Make a blueprint that refuses what no account of ours has signed."""
    blueprint = Blueprint("vapi", __name__, url_prefix="/vapi")
    blueprint.before_request(require_proof)
    blueprint.after_request(_measure)
    blueprint.post("/events")(told)
    return blueprint


def require_proof() -> Response | None:
    """Let a proven message through, answer any other with 403 and one that is too large with 413."""
    g.webhook_started = time.perf_counter()
    request.max_content_length = MAX_BODY_BYTES
    runtime, headers = current_runtime(), dict(request.headers)
    accounts = led_accounts(runtime)
    if not accounts:
        return _refused("account")
    now = runtime.now().timestamp()
    if not may_be_proven(accounts, headers, now):
        return _refused("missing")
    g.senders = sender_of(accounts, headers, request.get_data(), now)
    return None if g.senders else _refused("wrong")


def told() -> Response:
    """Keep a message of an account of ours."""
    runtime, senders, body = current_runtime(), g.senders, request.get_data()
    return stored(lambda: record_message(runtime, senders, body), jsonify({}))


def _refused(reason: str) -> Response:
    metrics.REFUSED_SIGNATURES.labels(reason).inc()
    log.warning("request without Vapi's proof refused", extra={"reason": reason, "route": EVENTS_PATH})
    return Response("not signed by Vapi\n", status=403, mimetype="text/plain")


def _measure(response: Response) -> Response:
    seconds = time.perf_counter() - g.webhook_started
    metrics.WEBHOOK_SECONDS.labels(EVENTS_PATH, str(response.status_code)).observe(seconds)
    return response
