"""What Twilio's forms say, read as what they mean. A signed form may hold anything, so every field is bounded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import orjson

from voicebot.domain.call import sides
from voicebot.domain.call.events import KEYS, CallerSaid, Event, KeyPressed, SilencePassed, TransferOutcome
from voicebot.domain.call.reports import (
    AnswererReport,
    CallArrival,
    CallReport,
    RecordingReport,
    TransferReport,
)
from voicebot.domain.call.statuses import is_terminal
from voicebot.domain.not_given import given, given_code, given_confidence, given_name
from voicebot.domain.person.addresses import SMS, channel_of
from voicebot.domain.texts.reports import InboundText, TextReport

Form = Mapping[str, str]

MAX_KEYS = 12
MAX_SPEECH_CHARS = 4000
MAX_SID, MAX_ADDRESS, MAX_STATUS = 64, 256, 32
MAX_MEDIA = 10
MAX_BODY_CHARS = 10_000
MAX_DETAILS, MAX_DETAIL_CHARS = 60, 1000
# What has a column of its own, or says nothing.
IN_COLUMNS = frozenset(
    {
        "AccountSid", "ApiVersion", "Body", "From", "MessageSid", "NumMedia", "NumSegments", "SmsMessageSid", "SmsSid",
        "SmsStatus", "To",
    }
)  # fmt: skip
# What networks say of a person: each may hold a placeholder instead.
ABOUT_A_PERSON = ("ProfileName", "CallerName", "From", "To", "Caller", "Called")
STATUS_DETAILS = ("RawDlrDoneDate", "ChannelStatusMessage", "ChannelInstallSid", "EventType", "ErrorMessage")


def whole_number(value: str) -> int | None:
    """Return a field's number of up to nine digits; None for everything else."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


# --- a call ---------------------------------------------------------------------------------------


def call_sid(form: Form) -> str:
    """Return the call's name; blank where there is none."""
    return form.get("CallSid", "")[:MAX_SID]


def our_number(form: Form) -> str:
    """Return our side of the call."""
    return sides.our_number(_direction(form), form.get("From", ""), form.get("To", ""))


def their_number(form: Form) -> str:
    """Return the person's side of the call, as the carrier tells it."""
    return sides.their_number(_direction(form), form.get("From", ""), form.get("To", ""))


def call_arrival(form: Form, token_index: int) -> CallArrival | None:
    """Read a call that begins; None for one without a name."""
    sid = call_sid(form)
    if not sid:
        return None
    return CallArrival(
        call_sid=sid,
        direction=_direction(form),
        from_number=form.get("From", "")[:MAX_ADDRESS],
        to_number=form.get("To", "")[:MAX_ADDRESS],
        stir_verstat=given(form.get("StirVerstat")),
        forwarded_from=given(form.get("ForwardedFrom")),
        caller_name=given_name(form.get("CallerName")),
        event_id=sid,
        token_index=token_index,
    )


def caller_event(form: Form) -> Event:
    """Read what the caller did: spoke, pressed keys, or neither."""
    digits, speech = form.get("Digits", ""), form.get("SpeechResult", "").strip()
    if len(digits) > 1 and digits.isdigit():
        # A code, keyed in; the service checks it before anything is kept.
        return CallerSaid(digits[:MAX_KEYS])
    if digits[:1] and digits[0] in KEYS:
        return KeyPressed(digits[0])
    if speech:
        return CallerSaid(speech[:MAX_SPEECH_CHARS], given_confidence(form.get("Confidence")))
    return SilencePassed()


@dataclass(frozen=True)
class PartialResult:
    """The caller's words so far. Without `sequence` the order of arrival counts."""

    call_sid: str
    text: str
    sequence: int | None = None


def partial_result(form: Form) -> PartialResult:
    """Read a partial result: what will not change any more, and what still may (`doc-gather-partial`)."""
    parts = (form.get("StableSpeechResult", ""), form.get("UnstableSpeechResult", ""))
    text = " ".join(part.strip() for part in parts if part.strip())
    return PartialResult(
        call_sid(form), text[:MAX_SPEECH_CHARS], whole_number(form.get("SequenceNumber", ""))
    )


def dial_status(form: Form) -> str:
    """Return how a <Dial> went, in Twilio's word; blank where it does not tell."""
    return form.get("DialCallStatus", "")


def transfer_outcome(status: str) -> TransferOutcome:
    """Return how a transfer ended; a word that nobody knows counts as failed."""
    # Twilio's word for the end of a conference is "answered" (handbook 1.7).
    known = "completed" if status == "answered" else status
    return TransferOutcome(known) if known in list(TransferOutcome) else TransferOutcome.FAILED


@dataclass(frozen=True)
class SessionEnd:
    """How a session of ConversationRelay ended (handbook 4.4)."""

    over: bool = False
    """The call is over, too."""
    next: str = ""
    """What we wanted next as we ended it."""
    error: str = ""
    """Twilio's code, where something failed."""
    by_gather: bool = False
    """We ended it ourselves, because no socket can carry the call."""

    @property
    def refused(self) -> bool:
        """Whether another socket would fare no better: not reached, wrong attributes, too many at once."""
        return self.by_gather or self.error in ("64101", "64102", "64106", "64109")


def session_end(form: Form) -> SessionEnd:
    """Read what the action URL is told."""
    try:
        handed = orjson.loads(form.get("HandoffData", "") or "{}")
    except orjson.JSONDecodeError:
        handed = None
    said = handed.get("next") if isinstance(handed, dict) else None
    error = form.get("ErrorCode", "")
    over = form.get("SessionStatus") == "completed" or is_terminal(form.get("CallStatus", ""))
    return SessionEnd(over, said if isinstance(said, str) else "", error[:5] if error.isdigit() else "")


def transfer_report(form: Form, turn: int, token_index: int) -> TransferReport:
    """Read how the <Dial> that turn `turn` followed went."""
    return TransferReport(
        call_sid=call_sid(form),
        turn=turn,
        outcome=transfer_outcome(dial_status(form)).value,
        dial_call_sid=form.get("DialCallSid", "")[:MAX_SID] or None,
        duration_s=whole_number(form.get("DialCallDuration", "")),
        token_index=token_index,
    )


def parent_sid(form: Form) -> str:
    """Return the transferred call when the report is about a leg of it (handbook 1.3), which is no call of ours; else blank."""
    return form.get("ParentCallSid", "")[:MAX_SID]


def call_report(form: Form, token_index: int) -> CallReport:
    """Read a status callback of a call."""
    return CallReport(
        call_sid=call_sid(form),
        status=form.get("CallStatus", "")[:MAX_STATUS],
        sequence_number=whole_number(form.get("SequenceNumber", "")),
        occurred_at=_moment(form.get("Timestamp", "")),
        direction=_direction(form),
        from_number=form.get("From", "")[:MAX_ADDRESS],
        to_number=form.get("To", "")[:MAX_ADDRESS],
        duration_s=whole_number(form.get("CallDuration", "")),
        answered_by=form.get("AnsweredBy"),
        sip_response_code=whole_number(form.get("SipResponseCode", "")),
        token_index=token_index,
    )


def recording_report(form: Form, token_index: int) -> RecordingReport:
    """Read a recording callback."""
    return RecordingReport(
        call_sid=call_sid(form),
        recording_sid=form.get("RecordingSid", "")[:MAX_SID],
        status=form.get("RecordingStatus", "")[:MAX_STATUS],
        duration_s=whole_number(form.get("RecordingDuration", "")),
        # Zero is no error (handbook 1.5).
        error_code=given_code(form.get("ErrorCode")),
        token_index=token_index,
    )


def answerer_report(form: Form, attempt_id: UUID | None, token_index: int) -> AnswererReport:
    """Read a callback of answering machine detection; `attempt_id` is our dial's id as it stood in the URL."""
    return AnswererReport(
        call_sid=call_sid(form),
        answered_by=form.get("AnsweredBy", "")[:MAX_STATUS],
        attempt_id=attempt_id,
        detection_ms=whole_number(form.get("MachineDetectionDuration", "")),
        token_index=token_index,
    )


def _direction(form: Form) -> str:
    return sides.direction_of(form.get("Direction", "inbound"))


def _moment(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, OverflowError, TypeError, IndexError):
        # The parser trusts its input; ours is whatever was signed.
        return None


# --- a text ---------------------------------------------------------------------------------------


def inbound_text(form: Form, now: datetime, token_index: int) -> InboundText:
    """Read a text as it came: senders, bodies and counts may be anything."""
    sender, media = form.get("From", "")[:MAX_ADDRESS], _media(form)
    channel = channel_of(sender)
    sid = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid") or ""
    return InboundText(
        message_sid=sid[:MAX_SID],
        account_sid=form.get("AccountSid", "")[:MAX_SID],
        channel="mms" if media and channel == SMS else channel,
        from_number=sender,
        to_number=form.get("To", "")[:MAX_ADDRESS],
        content=form.get("Body", "")[:MAX_BODY_CHARS],
        observed_at=now,
        media=media,
        details=_details(form),
        num_segments=whole_number(form.get("NumSegments", "")),
        event_id=sid[:MAX_SID],
        token_index=token_index,
    )


def text_report(form: Form, message_id: int | None, now: datetime, token_index: int) -> TextReport:
    """Read a delivery report; `message_id` is our row's id as it stood in the URL."""
    sid = (form.get("MessageSid") or form.get("SmsSid") or "")[:MAX_SID]
    status = (form.get("MessageStatus") or form.get("SmsStatus") or "").lower()[:MAX_STATUS]
    return TextReport(
        message_sid=sid,
        status=status,
        message_id=message_id,
        error_code=given_code(form.get("ErrorCode", "")[:16]),
        occurred_at=now,
        details={name: form[name][:MAX_DETAIL_CHARS] for name in STATUS_DETAILS if form.get(name)},
        event_id=f"{sid}:{status}",
        token_index=token_index,
    )


def _media(form: Form) -> list[dict[str, str]]:
    # By what is there: the count that comes along is text like any other.
    found = []
    for place in range(MAX_MEDIA):
        url = form.get(f"MediaUrl{place}", "")[:2000]
        if url:
            found.append({"url": url, "content_type": form.get(f"MediaContentType{place}", "")[:100]})
    return found


def _details(form: Form) -> dict[str, Any]:
    told = {
        name[:100]: value[:MAX_DETAIL_CHARS]
        for name, value in form.items()
        if value
        and name not in IN_COLUMNS
        and not name.startswith(("MediaUrl", "MediaContentType"))
        and not (name.startswith(ABOUT_A_PERSON) and given(value) is None)
    }
    return dict(sorted(told.items())[:MAX_DETAILS])
