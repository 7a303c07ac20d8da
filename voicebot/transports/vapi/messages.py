"""What Vapi tells of a call: a server message, or the call as its REST API has it (providers' handbook 5.1, 5.3). Pure.

Nothing here is trusted: every field may be absent, of another kind, or endless. What has no meaning is left out; what makes
the whole meaningless raises.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from voicebot.domain.call.statuses import CallStatus
from voicebot.domain.dialling.led_calls import (
    LedCall,
    Utterance,
    fate_by_words,
    status_of,
)
from voicebot.transports.vapi.ended_reasons import LONGEST_REASON, end_reason_of, fate_of

REPORT, STATUS_UPDATE = "end-of-call-report", "status-update"
OURS = frozenset({REPORT, STATUS_UPDATE})
"""The messages that say what became of a call; others are acknowledged and mean nothing to us."""
LONGEST_ID, LONGEST_WORDS, LONGEST_SUMMARY = 64, 4000, 2000
MOST_UTTERANCES = 1000
DEAREST_USD = Decimal(1000)
_STATUSES = {
    "scheduled": CallStatus.QUEUED,
    "queued": CallStatus.QUEUED,
    "ringing": CallStatus.RINGING,
    "in-progress": CallStatus.IN_PROGRESS,
    "forwarding": CallStatus.IN_PROGRESS,
}
_OF_THE_CALL = frozenset({"type", "call", "id", "name"})
_GONE = frozenset({"not-found", "deletion-failed"})
_BY_CALLER = {"user": True, "customer": True, "bot": False, "assistant": False}
_LINES = {"User": True, "Customer": True, "AI": False, "Assistant": False, "Bot": False}
Json = Mapping[str, Any]


class Unreadable(ValueError):
    """It makes no sense; the text is a code that says why."""


def told_by(body: Any) -> LedCall | None:
    """Return a server message's report about a call; None when it has none. Raises Unreadable."""
    message = _object(body.get("message")) if isinstance(body, Mapping) else None
    if message is None or not isinstance(message.get("type"), str):
        raise Unreadable("no_message")
    if message["type"] not in OURS:
        return None
    call = _object(message.get("call"))
    if call is None:
        raise Unreadable("no_call")
    report = message["type"] == REPORT
    # The call inside is as it was when the message was made; the message itself is newer.
    merged = {**call, **{name: value for name, value in message.items() if name not in _OF_THE_CALL}}
    if report:
        merged["status"] = "ended"
    return _read(merged, whole=report)


def call_of(resource: Any) -> LedCall:
    """Return a call as the REST API has it. Raises Unreadable."""
    call = _object(resource)
    if call is None:
        raise Unreadable("no_call")
    return _read(call, whole=True)


def id_of(resource: Any) -> str:
    """Return the id of a call; blank for what has none that can be one."""
    found = resource.get("id") if isinstance(resource, Mapping) else None
    return found if isinstance(found, str) and 0 < len(found) <= LONGEST_ID and found.isprintable() else ""


def attempt_of(name: Any) -> UUID | None:
    """Return the attempt that a call was named with; None for a name that is none of ours."""
    if not isinstance(name, str) or len(name) > 40:
        return None
    try:
        found = UUID(name)
    except ValueError:
        return None
    return found if str(found) == name.lower() else None


def moment_of(told: Any) -> datetime | None:
    """Return a moment that Vapi tells, in UTC; None for what is none."""
    if not isinstance(told, str) or len(told) > 40:
        return None
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC) if 2000 <= moment.year <= 2200 else None


def _read(call: Json, *, whole: bool) -> LedCall:
    call_id, status = id_of(call), _text(call.get("status"), 40)
    if not call_id:
        raise Unreadable("no_call_id")
    over = status == "ended" or status in _GONE
    if not over and status not in _STATUSES:
        raise Unreadable("unknown_status")
    artifact, analysis = _object(call.get("artifact")) or {}, _object(call.get("analysis")) or {}
    reason = _text(call.get("endedReason"), LONGEST_REASON)
    spoken = tuple(_utterances(artifact, call)) if over else ()
    fate = fate_by_words(fate_of(reason), spoken) if over else None
    return LedCall(
        call_id=call_id,
        status=_STATUSES[status] if fate is None else status_of(fate),
        attempt_id=attempt_of(call.get("name")),
        fate=fate,
        reason=reason if over else "",
        end_reason=end_reason_of(reason, fate) if fate is not None else None,
        to_number=_number(call.get("customer")),
        from_number=_number(call.get("phoneNumber")),
        created_at=moment_of(call.get("createdAt")),
        started_at=moment_of(call.get("startedAt")),
        ended_at=moment_of(call.get("endedAt")),
        cost_usd=_money(call.get("cost")) if over else None,
        carrier_sid=_text(call.get("phoneCallProviderId"), LONGEST_ID),
        utterances=spoken,
        summary=_text(analysis.get("summary"), LONGEST_SUMMARY),
        judged=_text(analysis.get("successEvaluation"), LONGEST_REASON),
        whole=whole and over,
    )


def _utterances(artifact: Json, call: Json) -> Iterator[Utterance]:
    messages = artifact.get("messages")
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        messages = call.get("messages")
    found = list(_from_messages(messages)) if isinstance(messages, list) else []
    if not found:
        found = list(_from_lines(artifact.get("transcript") or call.get("transcript")))
    yield from found[:MOST_UTTERANCES]


def _from_messages(messages: Sequence[Any]) -> Iterator[Utterance]:
    for each in messages[: MOST_UTTERANCES * 4]:
        said = _object(each)
        role = _text(said.get("role"), 40) if said else ""
        if said is None or role not in _BY_CALLER:
            continue
        words = _text(said.get("message"), LONGEST_WORDS) or _text(said.get("content"), LONGEST_WORDS)
        if words:
            yield Utterance(_BY_CALLER[role], words, _seconds(said.get("secondsFromStart")))


def _from_lines(transcript: Any) -> Iterator[Utterance]:
    """Read "AI: …" and "User: …", one a line; a line without a speaker continues the one before."""
    if not isinstance(transcript, str):
        return
    by_caller, words = False, ""
    for line in transcript[: LONGEST_WORDS * 100].splitlines():
        side, colon, rest = line.partition(": ")
        if colon and side in _LINES:
            if words:
                yield Utterance(by_caller, words[:LONGEST_WORDS])
            by_caller, words = _LINES[side], rest.strip()
        elif words:
            words = f"{words} {line.strip()}".strip()
    if words:
        yield Utterance(by_caller, words[:LONGEST_WORDS])


def _object(value: Any) -> Json | None:
    return value if isinstance(value, Mapping) else None


def _text(value: Any, longest: int) -> str:
    return value.strip()[:longest] if isinstance(value, str) else ""


def _number(holder: Any) -> str:
    found = _text(holder.get("number"), 41) if isinstance(holder, Mapping) else ""
    return found if len(found) <= 40 else ""


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 86_400:
        return None
    return float(value)


def _money(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value)[:40])
    except InvalidOperation:
        return None
    return round(amount, 5) if amount.is_finite() and 0 <= amount <= DEAREST_USD else None
