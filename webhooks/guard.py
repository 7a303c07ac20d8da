"""Refuse unsigned requests to Twilio's routes: what reaches a view of theirs is a Webhook, and only the guard makes one.

The signature is checked against PUBLIC_URL and the request's raw target. What proxies say about the
address (Host, X-Forwarded-*) is never looked at: anybody can write it.
"""

import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote_plus

from flask import Response
from werkzeug.wsgi import get_input_stream

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
from webhooks.bodies import Environ

__all__ = ["MAX_BODY_BYTES", "Guard", "Webhook", "signature_is_valid"]

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


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request that Twilio signed; its texts are without NUL characters, which Postgres takes neither in text nor in jsonb."""

    form: Mapping[str, str]
    """The first value of each field."""
    args: Mapping[str, str]
    """The first value of each field of the query."""
    token_index: int
    """Which of the account's tokens signed it."""
    environ: Environ


class Guard:
    """Lets signed requests through."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._next_note = 0.0

    def verified(self, environ: Environ, route: str) -> Webhook | Response:
        """Return a signed request; for any other the answer: 403, and 413 for one that is too large. Raises HTTPException.

        What carries no signature, or nothing that can be one, is refused before its body is read.
        """
        settings, carriers = self._runtime.settings, self._runtime.carriers
        signature = environ.get("HTTP_X_TWILIO_SIGNATURE", "")
        if not SIGNATURE.fullmatch(signature):
            return self._refused(environ, route, "wrong" if signature else "missing")
        body = _body(environ)
        is_form = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == FORM
        try:
            values = _fields(body, MAX_FIELDS) if is_form else {}
        except ValueError:
            return Response("too many fields\n", status=413, mimetype="text/plain")
        account_sid, call_sid = (values.get(name, [""])[0] for name in ("AccountSid", "CallSid"))
        tokens = carriers.tokens_of(account_sid)
        index = signature_is_valid(_public_address(settings, environ), values, body, signature, tokens)
        if index is None:
            return self._refused(environ, route, "wrong" if tokens else "account", call_sid)
        if _is_shifted(values):
            return self._refused(environ, route, "shifted", call_sid)
        query = environ.get("QUERY_STRING", "").encode("latin-1")
        form, args = _first(values, body), _first(_fields(query), query)
        signer = carriers.signer(account_sid, index)
        try:
            its_own = whose.may_tell(self._runtime, signer, call_sid[:MAX_SID], attempt_in(args))
        except DatabaseAway:
            return Response(status=503)
        if not its_own:
            return self._refused(environ, route, "call", call_sid)
        if PROBE_FIELD in form:
            return Response(status=204, headers={PROBE_HEADER: probe_answer(settings, form[PROBE_FIELD])})
        return Webhook(form, args, index, environ)

    def _refused(self, environ: Environ, route: str, reason: str, call_sid: str = "") -> Response:
        metrics.REFUSED_SIGNATURES.labels(reason).inc()
        expected, method = self._runtime.settings.public_url, environ["REQUEST_METHOD"]
        logger.warning(
            "request without Twilio's signature refused",
            extra={"reason": reason, "route": route, "method": method, "expected": expected},
        )
        self._note(call_sid, route, reason)
        return Response("not signed by Twilio\n", status=403, mimetype="text/plain")

    def _note(self, call_sid: str, route: str, reason: str) -> None:
        """Keep it for whoever looks at the call that it named; strangers cause no more than a write a second."""
        now = time.monotonic()
        if not CALL_SID.fullmatch(call_sid) or now < self._next_note:
            return
        self._next_note = now + NOTED_EVERY_S
        try:
            note_refused_webhook(self._runtime.database, call_sid, route, reason)
        except DatabaseAway:
            # The log has it.
            return


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


def _body(environ: Environ) -> bytes:
    length = environ.get("CONTENT_LENGTH", "")
    if length.isdecimal() and int(length) <= MAX_BODY_BYTES:
        body: bytes = environ["wsgi.input"].read(int(length))
        return body
    return get_input_stream(environ, max_content_length=MAX_BODY_BYTES).read()


def _fields(text: bytes, most: int | None = None) -> dict[str, list[str]]:
    """Decode a form or a query as Twilio encoded it: each name with all its values. Raises ValueError for more than `most` fields."""
    pairs = text.decode("utf-8", "replace").split("&")
    if most is not None and len(pairs) > most:
        raise ValueError("too many fields")
    values: dict[str, list[str]] = {}
    for pair in pairs:
        if pair:
            name, _, value = pair.partition("=")
            values.setdefault(_unquoted(name), []).append(_unquoted(value))
    return values


def _unquoted(text: str) -> str:
    # Most fields have nothing to decode.
    return unquote_plus(text, errors="replace") if "%" in text or "+" in text else text


def _first(values: Mapping[str, Sequence[str]], text: bytes) -> dict[str, str]:
    """Return the first value of each field that was read from `text`, without NUL characters."""
    if b"%00" not in text and b"\0" not in text:
        return {name: several[0] for name, several in values.items()}
    kept: dict[str, str] = {}
    for name, several in values.items():
        kept.setdefault(name.replace("\0", ""), several[0].replace("\0", ""))
    return kept


def _public_address(settings: Settings, environ: Environ) -> str:
    socket = environ.get("HTTP_UPGRADE", "").lower() == "websocket"
    return (settings.public_ws_url if socket else settings.public_url) + _raw_target(environ)


def _raw_target(environ: Environ) -> str:
    """Return path and query as they were sent: decoding and encoding again would change what was signed."""
    target: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if not target:
        path = quote(environ.get("PATH_INFO", "").encode("latin-1"), safe="/;:@&=+$,!*'()~")
        query = environ.get("QUERY_STRING", "")
        return f"{path}?{query}" if query else path
    if target.startswith("/"):
        return target
    # "POST http://host/path HTTP/1.1": a client may send the whole address.
    _scheme, _, rest = target.partition("://")
    slash = rest.find("/")
    return rest[slash:] if slash >= 0 else "/"
