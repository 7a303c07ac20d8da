"""Refuse unsigned requests to Twilio's routes: every blueprint of Twilio's is made here.

The signature is checked against PUBLIC_URL and the request's raw target. What proxies say about the
address (Host, X-Forwarded-*) is never looked at: anybody can write it.
"""

import logging
import re
import time
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, quote

from flask import Blueprint, Response, current_app, g, request
from werkzeug.datastructures import MultiDict

from voicebot.runtime import Runtime
from voicebot.services.dialling import whose
from voicebot.services.doctor.probe import PROBE_FIELD, PROBE_HEADER, probe_answer
from voicebot.settings import Settings
from voicebot.storage.calls.call_page import note_refused_webhook
from voicebot.storage.database import DatabaseAway
from voicebot.telemetry import metrics
from voicebot.transports.twilio.forms import MAX_SID
from voicebot.transports.twilio.signatures import signature_is_valid
from voicebot.transports.twilio.urls import attempt_in
from webhooks.storing import current_runtime
from webhooks.straight import Fields

__all__ = ["MAX_BODY_BYTES", "require_signature", "signature_is_valid", "twilio_blueprint"]

# Twilio's own limit for what it fetches; what it sends is smaller still.
MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 1000
FORM = "application/x-www-form-urlencoded"
# HMAC-SHA1 in base64.
SIGNATURE = re.compile(r"[A-Za-z0-9+/]{27}=")
CALL_SID = re.compile(r"CA[0-9a-f]{32}")
NOTED_EVERY_S = 1.0
SIDS = ("CallSid", "MessageSid", "SmsMessageSid", "SmsSid", "RecordingSid", "DialCallSid", "ParentCallSid")
SID_CHARS, AND_MORE = 34, re.compile("[A-Z]{2}[0-9a-f]{32}.", re.DOTALL)

logger = logging.getLogger(__name__)


def twilio_blueprint(name: str, url_prefix: str) -> Blueprint:
    """Make a blueprint whose every route refuses what Twilio did not sign.

    Handlers find the verified fields in `request.form`, without NUL characters, and the index of the
    token that signed in `g.token_index`.
    """
    blueprint = Blueprint(name, __name__, url_prefix=url_prefix)
    blueprint.before_request(require_signature)
    blueprint.after_request(_measure)
    return blueprint


def require_signature() -> Response | None:
    """Let a signed request through, answer any other with 403 and one that is too large with 413.

    What carries no signature, or nothing that can be one, is refused before its body is read.
    """
    g.webhook_started = time.perf_counter()
    request.max_content_length = MAX_BODY_BYTES
    runtime = current_runtime()
    settings, carriers = runtime.settings, runtime.carriers
    signature = request.headers.get("X-Twilio-Signature", "")
    if not SIGNATURE.fullmatch(signature):
        return _refuse("wrong" if signature else "missing", settings)
    body = request.get_data(parse_form_data=False)
    try:
        values = _fields(body) if request.mimetype == FORM else {}
    except ValueError:
        return Response("too many fields\n", status=413, mimetype="text/plain")
    account_sid, call_sid = (values.get(name, [""])[0] for name in ("AccountSid", "CallSid"))
    tokens = carriers.tokens_of(account_sid)
    index = signature_is_valid(_public_address(settings), values, body, signature, tokens)
    if index is None:
        _note_refused(runtime, call_sid, "wrong" if tokens else "account")
        return _refuse("wrong" if tokens else "account", settings)
    if _is_shifted(values):
        _note_refused(runtime, call_sid, "shifted")
        return _refuse("shifted", settings)
    g.token_index = index
    try:
        its_own = whose.may_tell(
            runtime,
            carriers.signer(account_sid, index),
            call_sid[:MAX_SID],
            attempt_in(request.args),
        )
    except DatabaseAway:
        return Response(status=503)
    if not its_own:
        _note_refused(runtime, call_sid, "call")
        return _refuse("call", settings)
    fields = Fields(values)
    request.form = _without_nul(fields) if b"%00" in body or b"\0" in body else fields
    if b"%00" in request.query_string:
        request.args = _without_nul(request.args)
    if PROBE_FIELD in fields:
        return Response(status=204, headers={PROBE_HEADER: probe_answer(settings, fields[PROBE_FIELD])})
    return None


def _is_shifted(values: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether a name or a value has taken over a piece of the field beside it.

    Twilio signs names and values as one string without a separator. An attacker with a signed request could send the same
    string as other fields: with a Sid that goes on with the name behind it, or ends early, an old text would be a new one.
    """
    # One of the right length is neither; nearly all are.
    odd = [value for name in SIDS for value in values.get(name, ()) if len(value) != SID_CHARS]
    return any(
        AND_MORE.match(value)
        or (len(value) < SID_CHARS and any(AND_MORE.match(value + name) for name in values))
        for value in odd
    )


def _fields(body: bytes) -> dict[str, list[str]]:
    """Decode a form as Twilio encoded it: each name with all its values. Raises ValueError when it has more than MAX_FIELDS fields."""
    text = body.decode("utf-8", "replace")
    pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS)
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def _without_nul(fields: MultiDict[str, str]) -> Fields:
    """Drop NUL characters, which Postgres takes neither in text nor in jsonb; the other characters stay."""
    pairs = [(name.replace("\0", ""), value.replace("\0", "")) for name, value in fields.items(multi=True)]
    return Fields(pairs)


def _public_address(settings: Settings) -> str:
    socket = request.headers.get("Upgrade", "").lower() == "websocket"
    return (settings.public_ws_url if socket else settings.public_url) + _raw_target()


def _raw_target() -> str:
    """Return path and query as they were sent: decoding and encoding again would change what was signed."""
    target: str = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    if not target:
        path = quote(request.environ.get("PATH_INFO", "").encode("latin-1"), safe="/;:@&=+$,!*'()~")
        query = request.environ.get("QUERY_STRING", "")
        return f"{path}?{query}" if query else path
    if target.startswith("/"):
        return target
    # "POST http://host/path HTTP/1.1": a client may send the whole address.
    _scheme, _, rest = target.partition("://")
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else "/"


def _refuse(reason: str, settings: Settings) -> Response:
    metrics.REFUSED_SIGNATURES.labels(reason).inc()
    route = _route()
    logger.warning(
        "request without Twilio's signature refused",
        extra={"reason": reason, "route": route, "method": request.method, "expected": settings.public_url},
    )
    return Response("not signed by Twilio\n", status=403, mimetype="text/plain")


def _note_refused(runtime: Runtime, call_sid: str, reason: str) -> None:
    """Keep it for whoever looks at the call that it named; strangers cause no more than a write a second."""
    noted, now = current_app.extensions.setdefault("voicebot-refused", {"next": 0.0}), time.monotonic()
    if not CALL_SID.fullmatch(call_sid) or now < noted["next"]:
        return
    noted["next"] = now + NOTED_EVERY_S
    try:
        note_refused_webhook(runtime.database, call_sid, _route(), reason)
    except DatabaseAway:
        # The log has it.
        return


def _measure(response: Response) -> Response:
    started = g.get("webhook_started")
    if started is not None:
        seconds = time.perf_counter() - started
        metrics.WEBHOOK_SECONDS.labels(_route(), str(response.status_code)).observe(seconds)
    return response


def _route() -> str:
    # The rule, not the path: a path is whatever a stranger typed.
    return request.url_rule.rule if request.url_rule else ""
