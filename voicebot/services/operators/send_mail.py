"""Hand mail over to the mail server; mail leaves from nowhere else.

A row is committed as `sending` before the server is asked, and finished by the claim's token afterwards. The words of a
mail are made here, from the rows that the mail tells of, and stored nowhere. A mail without an answer from the server is
`unknown` and is not sent again.
"""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from voicebot.domain.operators import digest, escalation_mail
from voicebot.domain.operators.mail import Mail
from voicebot.domain.operators.smtp_url import split_sender
from voicebot.providers.measured import provider_call
from voicebot.providers.ports import ProviderError
from voicebot.runtime import Runtime
from voicebot.storage import mail
from voicebot.storage.database import DatabaseAway
from voicebot.storage.mail import OutgoingMail, Wish

ESCALATION, DIGEST, TEST = "escalation", "digest", "test"
GONE = "escalation_gone"
TEST_WORDS = "This is a test: mail from {name} arrives.\n"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Handover:
    """How handing a mail over went. `outcome`: sent, refused, not_sent or unknown; `state` is the row's afterwards."""

    outcome: str
    error: str | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True)
class Sent:
    """What became of one mail that somebody asked for. `ours`: we handed it over just now."""

    to: str
    state: str
    ours: bool
    error: str | None = None


def send_due_mail(runtime: Runtime) -> int:
    """Claim the mail that is due and hand it over; return 0 when there was none. Raises DatabaseAway."""
    if runtime.mailer is None:
        return 0
    token = uuid4()
    row = mail.claim_mail(runtime.database, token=token, lease_s=runtime.limits.mail.lease_s)
    if row is None:
        return 0
    _finish(runtime, row, token, _hand_over(runtime, row))
    return 1


def send_now(runtime: Runtime, wish: Wish) -> list[Sent]:
    """Hand over what somebody asks for and waits for; what was sent before, or is being sent, is left alone."""
    token = uuid4()
    queued = mail.queue_mail(runtime.database, wish, token=token, lease_s=runtime.limits.mail.lease_s)
    sent = []
    for row in queued.mails:
        if not row.claimed:
            sent.append(Sent(row.to, row.state, ours=False, error=row.error))
            continue
        handover = _hand_over(runtime, row)
        state = _finish(runtime, row, token, handover)
        sent.append(Sent(row.to, state or "unknown", ours=True, error=handover.error))
    return sent


def trial_wish(runtime: Runtime) -> Wish:
    """Return the wish for one mail to everybody who gets mail, to see whether it arrives."""
    name = runtime.settings.service_name
    return Wish(TEST, runtime.settings.operator_email, f"{name}: a test", f"{TEST}/{uuid4()}")


def words_of_digest(runtime: Runtime, day: date) -> tuple[str, str]:
    """Return the digest of a day as plain text and as HTML."""
    settings, now = runtime.settings, runtime.now()
    figures = mail.day_figures(runtime.database, day, settings.timezone)
    return (
        digest.as_text(figures, now, settings.service_name),
        digest.as_html(figures, now, settings.service_name),
    )


def _hand_over(runtime: Runtime, row: OutgoingMail) -> Handover:
    if runtime.mailer is None:
        return Handover("not_sent", "no_mail_server")
    try:
        message = _message(runtime, row)
    except DatabaseAway:
        # Nobody was asked to send anything: it is as if the claim had not been made.
        return Handover("not_sent", "database_away")
    except Exception:
        # Nor here; without an answer it would count as sent perhaps, and never be tried again.
        log.exception("a mail could not be prepared", extra={"key": str(row.id)})
        return Handover("not_sent", "fault")
    if message is None:
        return Handover("refused", GONE)
    try:
        with provider_call("mail", "send"):
            runtime.mailer.send(message)
    except ProviderError as error:
        return Handover(error.outcome.value, error.code, error.retry_after_s)
    return Handover("sent")


def _message(runtime: Runtime, row: OutgoingMail) -> Mail | None:
    """Return the mail with its words; None when what it speaks of is there no longer."""
    settings = runtime.settings
    domain = split_sender(settings.mail_from)[1].rpartition("@")[2]
    text, html = "", ""
    if row.kind == ESCALATION:
        found = row.escalation_id and mail.escalation_for_mail(runtime.database, row.escalation_id)
        if not found:
            return None
        text = escalation_mail.body(_escalation(found), settings.timezone)
    elif row.day is not None:
        text, html = words_of_digest(runtime, row.day)
    else:
        text = TEST_WORDS.format(name=settings.service_name)
    return Mail(
        to=row.to,
        subject=row.subject,
        text=text,
        html=html,
        # The same for every try, so that a mailbox that was given it twice may show it once.
        message_id=f"{row.id}@{domain}",
        sent_at=runtime.now().astimezone(UTC),
    )


def _escalation(row: Any) -> escalation_mail.Escalation:
    return escalation_mail.Escalation(
        reason=row["reason"],
        created_at=datetime.fromisoformat(row["created_at"]),
        channel=row["channel"] or "",
        number=row["number"] or "",
        our_number=row["our_number"] or "",
        name=row["name"] or "",
        message=row["message"] or "",
        call_back_number=row["call_back_number"] or "",
        call_back_when=row["call_back_when"] or "",
        call_sid=row["call_sid"] or "",
        thread_id=row["conversation_id"] or "",
    )


def _finish(runtime: Runtime, row: OutgoingMail, token: UUID, handover: Handover) -> str | None:
    state = _finished(runtime, row, token, handover)
    about = {"key": str(row.id), "outcome": handover.outcome, "code": handover.error}
    if state is None:
        # We were gone for too long: somebody else has decided about this mail.
        log.warning("the claim of a mail was lost", extra=about)
    elif handover.outcome == "sent":
        log.info("mail handed over", extra=about)
    else:
        log.warning("mail not handed over", extra=about)
    return state


def _finished(runtime: Runtime, row: OutgoingMail, token: UUID, handover: Handover) -> str | None:
    """Commit what came of it, also when the database is away for a moment: only we know the server's answer."""
    limits = runtime.limits.mail.finish
    for tries_left in reversed(range(limits.tries)):
        try:
            return mail.finish_mail(
                runtime.database,
                row.id,
                token=token,
                outcome=handover.outcome,
                error=handover.error,
                retry_after_s=handover.retry_after_s,
            )
        except DatabaseAway:
            if not tries_left:
                raise
            time.sleep(limits.pause_s)
    raise AssertionError("unreachable")
