"""Run a call's documents: fetch, parse, carry out verb by verb, and what happens when one fails (handbook 1.1, 1.2)."""

from simulator.carrier.books.call_form import call_form
from simulator.carrier.far_end.line import LineSignal, Moved
from simulator.carrier.live_call import LiveCall
from simulator.carrier.twiml.grammar import OTHER_VERBS
from simulator.carrier.twiml.reader import TWIML_TYPES, Document, NotTwiml, Verb, parse, schema_warnings
from simulator.carrier.twiml.steps import Goto, HangUp, Inline, Rejected, Step, VerbFailed, absolute
from simulator.carrier.verbs.connecting import connect
from simulator.carrier.verbs.dialling import dial
from simulator.carrier.verbs.gathering import ENTERED, gather
from simulator.carrier.verbs.recording import record_message, start, stop
from simulator.carrier.verbs.speaking import ERROR_MESSAGE, speak, voice
from simulator.carrier.wire.media import Clip
from simulator.carrier.wire.overrides import split_overrides
from simulator.carrier.wire.webhooks import WebhookFailed, WebhookRequest

MAX_IDLE_DOCUMENTS = 200
"""A guard of this carrier's own: this many documents without any act of the person are an endless loop."""


class EndlessDocuments(LineSignal):
    """The documents of a call lead to each other and nowhere else."""


def converse(call: LiveCall, target: Goto | Inline) -> None:
    """Run documents until one ends the call. Raises a LineSignal or Rejected."""
    following: Step = target
    while isinstance(following, Goto | Inline):
        current = following
        try:
            document = _load(call, current)
            following = _perform(call, document)
        except (WebhookFailed, VerbFailed) as failure:
            following = _rescue(call, current, failure)
        except Moved as moved:
            following = moved.target


def _load(call: LiveCall, target: Goto | Inline) -> Document:
    _guard_against_loops(call)
    if call.answered:
        call.ear.owes("document")
    if isinstance(target, Inline):
        return _parsed(call, target.twiml.encode(), None)
    form = call_form(call.record) | dict(target.extra)
    request = WebhookRequest(target.kind, target.url, form, target.method, call.record.sid, ENTERED)
    answer = call.fetch(request)
    # Not redirected, the document keeps the address it was asked by, with its overrides.
    url = target.url if split_overrides(target.url)[0] == answer.url else answer.url
    if answer.content_type in TWIML_TYPES:
        return _parsed(call, answer.body, url)
    if answer.content_type.startswith("audio/"):
        # Played, then hung up: as if the document were a Play of its own address (handbook 1.1).
        call.served_clips[answer.url] = Clip(answer.content_type, answer.body)
        return Document(answer.url, (Verb("Play", {}, (), answer.url),))
    if answer.content_type == "text/plain":
        return _plain(call, answer.body, url)
    raise VerbFailed(12300, f"Invalid Content-Type {answer.content_type!r}", answer.url)


def _parsed(call: LiveCall, body: bytes, url: str | None) -> Document:
    try:
        document = parse(body, url)
    except NotTwiml as error:
        raise VerbFailed(12100, f"Document parse failure: {error}", url or "") from error
    for warning in schema_warnings(document):
        call.alert(12200, warning, url or "", level="warning")
    return document


def _plain(call: LiveCall, body: bytes, url: str) -> Document:
    """Plain text is TwiML if it parses and is spoken to the caller otherwise (handbook 1.1)."""
    try:
        parse(body, url)
    except NotTwiml:
        return Document(url, (Verb("Say", {}, (), body.decode("utf-8", "replace")),))
    return _parsed(call, body, url)


def _perform(call: LiveCall, document: Document) -> Step:
    for position, verb in enumerate(document.verbs):
        call.line.check()
        step = _carry_out(call, document, verb, first=position == 0)
        if step is not None:
            return step
    # The end of a document is the end of the call (handbook 2.2).
    return HangUp()


def _carry_out(call: LiveCall, document: Document, verb: Verb, *, first: bool) -> Step:
    match verb.name:
        case "Say" | "Play" | "Pause":
            speak(call, document, verb)
        case "Gather":
            return gather(call, document, verb)
        case "Dial":
            return dial(call, document, verb)
        case "Record":
            return record_message(call, document, verb)
        case "Start":
            start(call, document, verb)
        case "Stop":
            stop(call, verb)
        case "Redirect":
            call.pick_up()
            return Goto(absolute(document, verb.text), verb.attributes.get("method", "POST"), "redirect")
        case "Hangup":
            call.pick_up()
            return HangUp()
        case "Reject":
            return _reject(call, verb, first=first)
        case "Connect":
            return connect(call, document, verb)
        case name if name in OTHER_VERBS:
            raise VerbFailed(12400, f"<{name}> is not offered by this simulator yet")
        case _:
            # An unknown element has had its 12200 warning; the call goes on (handbook 2.1).
            return None
    return None


def _reject(call: LiveCall, verb: Verb, *, first: bool) -> Step:
    if call.answered or not first:
        return HangUp()
    raise Rejected("busy" if verb.attributes.get("reason") == "busy" else "no-answer")


def _rescue(call: LiveCall, target: Goto | Inline, failure: WebhookFailed | VerbFailed) -> Step:
    """The fallback URL, or without one the error message and the end (handbook 1.2)."""
    url = failure.url or (target.url if isinstance(target, Goto) else "")
    call.alert(failure.code, failure.text, url)
    script, knobs = call.record.script, call.exchange.knobs.current
    in_fallback = isinstance(target, Goto) and target.kind == "fallback"
    if script.fallback_url and not in_fallback:
        extra = {"ErrorCode": str(failure.code), "ErrorUrl": url} if knobs.fallback_error_fields else {}
        return Goto(script.fallback_url, script.fallback_method, "fallback", extra)
    unanswered = call.record.direction == "inbound" and not call.answered
    if unanswered and isinstance(failure, WebhookFailed) and knobs.unanswered_502 == "busy":
        raise Rejected("busy")
    call.pick_up()
    try:
        voice(call, ERROR_MESSAGE)
    except Moved as moved:
        following: Step = moved.target
        return following
    return HangUp()


def _guard_against_loops(call: LiveCall) -> None:
    call.documents_since_act = 0 if call.line.acted != call.acts_seen else call.documents_since_act + 1
    call.acts_seen = call.line.acted
    if call.documents_since_act > MAX_IDLE_DOCUMENTS:
        call.alert(12400, f"{MAX_IDLE_DOCUMENTS} documents in a row without any act of the person")
        raise EndlessDocuments
