"""The life of one leg from its first ring to its last callback (handbook 1.3, 1.4)."""

import logging
import threading
from collections.abc import Callable

from simulator.carrier.books.calls import CallRecord, Script, StatusCallback
from simulator.carrier.books.numbers import OwnNumber
from simulator.carrier.exchange import Exchange
from simulator.carrier.far_end.line import CallerHungUp, EndedByApi, LineSignal, Moved, TimeLimitReached
from simulator.carrier.live_call import LiveCall
from simulator.carrier.statuses import announce
from simulator.carrier.twiml.steps import Goto, Inline, Rejected
from simulator.carrier.verbs.dialling import SIP_CODES
from simulator.carrier.verbs.documents import EndlessDocuments, converse
from simulator.carrier.verbs.recording import end_recording, last_request

log = logging.getLogger(__name__)

KEPT_CALLS = 2000
"""The number of calls whose sounds are remembered; older ones stay in the call book only."""

KEPT_WITH_SOUND = 50
"""And so many keep its audio; what older ones heard is voiced again when somebody asks."""


def phone_in(
    exchange: Exchange,
    from_number: str,
    to: OwnNumber,
    speed: float | None = None,
    typing_is_speaking: bool | None = None,
) -> LiveCall:
    """Somebody phones one of the account's numbers: the call rings on a thread of its own."""
    callback = None
    if to.status_callback:
        callback = StatusCallback(to.status_callback, to.status_callback_method, number_level=True)
    record = CallRecord(
        to.account_sid,
        from_number,
        to.phone_number,
        "inbound",
        script=Script(
            to.voice_url,
            to.voice_method,
            fallback_url=to.voice_fallback_url,
            fallback_method=to.voice_fallback_method,
        ),
        callback=callback,
        number_sid=to.sid,
        status="ringing",
    )
    exchange.book.add(record)
    call = LiveCall(exchange, record, speed)
    call.typing_is_speaking = typing_is_speaking
    forget_old_calls(exchange)
    start_thread(call, lambda: _arrive(call, to))
    return call


def _arrive(call: LiveCall, to: OwnNumber) -> None:
    if not to.takes_calls:
        # Silent and at once, as a REST call to such a number fails (handbook 1.1).
        raise Rejected("failed")
    converse(call, first_document(call.record.script))


def first_document(script: Script) -> Goto | Inline:
    """Where a call begins; Twiml counts only where there is no Url (handbook 1.8)."""
    return (
        Goto(script.url, script.method, "voice") if script.url or not script.twiml else Inline(script.twiml)
    )


def start_thread(call: LiveCall, body: Callable[[], None]) -> None:
    """Run a leg beside everything else."""
    threading.Thread(target=run_leg, args=(call, body), name=f"call-{call.record.index}", daemon=True).start()


def run_leg(call: LiveCall, body: Callable[[], None]) -> None:
    """Carry `body` out and end the leg, however it ended."""
    status, who, after = "completed", "bot", None
    try:
        body()
    except CallerHungUp as hung_up:
        status, who, after = _given_up(call), "caller", hung_up.after
    except EndedByApi as ended:
        status, who = ended.status, "api"
    except Rejected as rejected:
        status, who = rejected.status, rejected.status
    except TimeLimitReached:
        who = "time limit"
    except (EndlessDocuments, Moved, LineSignal):
        who = "carrier"
    except Exception:
        # A defect of the simulator, not of what it is used on: say so in the call itself.
        log.exception("a simulated call failed", extra={"call_sid": call.record.sid})
        call.alert(12400, "Internal Failure of the simulator; see its log")
        status, who = "failed", "simulator"
    finish(call, status, who)
    if isinstance(after, Goto):
        last_request(call, after)


def finish(call: LiveCall, status: str, who: str) -> None:
    """End the leg in a terminal status, its recordings with it, and report it."""
    record = call.record
    call.ear.hears("caller_hung_up" if who == "caller" else "hangup")
    call.hearing.add("hangup", _first_to_hang_up(call, who))
    began_s = call.answered_at_s
    record.duration_s = max(1, round(call.pace.now_s() - began_s)) if began_s is not None else 0
    if record.direction == "outbound-api":
        record.sip_response_code = SIP_CODES[status]
    for recording in call.exchange.recordings.of_call(record.sid):
        end_recording(call, recording)
    # A call canceled while it is still queued tells nobody (handbook 1.3).
    queued = record.status == "queued" and status == "canceled"
    moved = call.exchange.book.move(record, status)
    call.line.close()
    call.tap.end()
    call.session.close()
    if moved and not queued:
        announce(call.exchange, record, "completed")
    call.is_over()
    call.exchange.feed.publish("over", record.sid, {"status": record.status})


def _first_to_hang_up(call: LiveCall, who: str) -> str:
    """A call whose last sound was a talk with a dialled person is over because that person put the phone down."""
    last = next(reversed(call.hearing.items()), None)
    talked = last is not None and (last.kind, last.text, last.cut) == ("dial", "answered", False)
    return "person" if who == "bot" and talked else who


def forget_old_calls(exchange: Exchange) -> None:
    """Drop what was heard in calls that are long over, so that a simulator can run for days."""
    with exchange.lock:
        over = [call for call in exchange.live.values() if call.line.over]
        for call in over[: max(0, len(exchange.live) - KEPT_CALLS)]:
            del exchange.live[call.record.sid]
    for call in over[:-KEPT_WITH_SOUND]:
        call.hearing.forget_audio()


def _given_up(call: LiveCall) -> str:
    if call.answered:
        return "completed"
    if call.record.direction == "inbound":
        return call.exchange.knobs.current.abandoned_ringing
    return "no-answer"
