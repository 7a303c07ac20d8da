"""Store a provider's reports about a call that it leads: facts, in any order, any number of times.

A report is read only after its sender is proven. A signed report without meaning is set aside, and the operator is
told.
"""

import hashlib
import logging
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from voicebot.domain.dialling.led_calls import LedCall
from voicebot.providers.http.event_stream import read_json
from voicebot.providers.vapi.account import VapiAccount
from voicebot.runtime import Runtime
from voicebot.services.operators.notice import operator_notice
from voicebot.storage import led_calls
from voicebot.transports.vapi.messages import Unreadable, told_by

LONGEST_KEPT = 64 * 1024
NOTICE = (
    "{name}: a provider sent a report that does not fit. `python -m voicebot escalations list` shows which."
)
NO_JSON = "no_json"
log = logging.getLogger(__name__)


class Kept(StrEnum):
    """What became of a message."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    SPOOLED = "spooled"
    IGNORED = "ignored"
    """It tells nothing of a call of ours."""
    ASIDE = "refused"


def record_message(runtime: Runtime, senders: Sequence[VapiAccount], body: bytes) -> Kept:
    """Store an authenticated message. When several senders share a secret, it belongs to the one whose attempt it
    names.

    Raises DatabaseAway when it could be stored nowhere.
    """
    digest = hashlib.sha256(body).hexdigest()[:32]
    try:
        message = read_json(body)
    except ValueError:
        return _aside(runtime, senders[0], f"vapi:{digest}", NO_JSON, body)
    try:
        call = told_by(message)
    except Unreadable as error:
        return _aside(runtime, senders[0], f"vapi:{digest}", str(error), body)
    if call is None:
        return Kept.IGNORED
    account = _asked(runtime, senders, call)
    return record_call(runtime, account.name, call, "report" if call.whole else call.status.value)


def record_call(runtime: Runtime, account: str, call: LedCall, event: str) -> Kept:
    """Store a report about a call; `event` is the report's own id. Raises DatabaseAway when it could be stored nowhere."""
    if call.attempt_id is None:
        # Somebody else uses the account too, or it takes calls itself.
        log.info("a call of nobody's at a provider", extra={"provider": account, "call_sid": call.call_id})
        return Kept.IGNORED
    answer = led_calls.record_led_call(
        runtime.facts.about(call.call_id),
        account,
        call,
        f"vapi:{call.call_id}:{event}",
        operator_notice(runtime, NOTICE),
    )
    kept = Kept(answer["result"])
    about = {"provider": account, "call_sid": call.call_id, "outcome": kept.value, "code": answer.get("code")}
    if kept is Kept.ASIDE:
        log.warning("a provider's report does not fit and is kept aside", extra=about)
    else:
        log.info("told by a provider", extra=about)
    if kept is Kept.APPLIED:
        runtime.hint.made_work()
    return kept


def _asked(runtime: Runtime, senders: Sequence[VapiAccount], call: LedCall) -> VapiAccount:
    """Return the sender that was asked for the call; the first one when the report does not show it."""
    if len(senders) == 1 or call.attempt_id is None:
        return senders[0]
    known = led_calls.led_attempt(runtime.database, call.attempt_id)
    return next((each for each in senders if known and each.name == known.account), senders[0])


def _aside(runtime: Runtime, account: VapiAccount, event_id: str, code: str, body: bytes) -> Kept:
    words = body[:LONGEST_KEPT].decode("utf-8", "replace")
    payload: dict[str, Any] = {"body": words, "bytes": len(body)}
    led_calls.keep_report_aside(
        runtime.facts.about(event_id),
        account.name,
        event_id,
        code=code,
        payload=payload,
        operator_notice=operator_notice(runtime, NOTICE),
    )
    log.warning("a provider's report makes no sense and is kept aside", extra={"code": code})
    return Kept.ASIDE
