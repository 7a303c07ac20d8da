"""Hand mail over to the mail server; mail leaves from nowhere else.

The words of a mail are made here, from the rows that the mail tells of, and stored nowhere.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from voicebot.domain.handover import Handover, HandoverOutcome
from voicebot.domain.operators import digest, escalation_mail
from voicebot.domain.operators.mail import Mail
from voicebot.domain.operators.smtp_url import split_sender
from voicebot.runtime import Runtime
from voicebot.services.hand_over import Claimed, NotNow, Outbox, Refused, Try, hand_over, hand_over_due
from voicebot.storage import mail
from voicebot.storage.mail import OutgoingMail, Wish

ESCALATION, DIGEST, TEST = "escalation", "digest", "test"
GONE, NO_SERVER = "escalation_gone", "no_mail_server"
TEST_WORDS = "This is a test: mail from {name} arrives.\n"


@dataclass(frozen=True)
class Sent:
    """The result of one mail that somebody asked for. `ours` says that this call handed it over."""

    to: str
    state: str
    ours: bool
    error: str | None = None


def send_due_mail(runtime: Runtime) -> int:
    """Claim the mail that is due and hand it over; return 0 when there was none. Raises DatabaseAway."""
    return hand_over_due(_outbox(runtime)) if runtime.mailer else 0


def send_now(runtime: Runtime, wish: Wish) -> list[Sent]:
    """Hand over a mail that somebody waits for; one that was sent or is being sent is left alone."""
    token, outbox = uuid4(), _outbox(runtime)
    queued = mail.queue_mail(runtime.database, wish, token=token, lease_s=runtime.limits.mail.lease_s)
    sent = []
    for row in queued.mails:
        if not row.claimed:
            sent.append(Sent(row.to, row.state, ours=False, error=row.error))
            continue
        handover, state = hand_over(outbox, row, token)
        sent.append(Sent(row.to, state or "unknown", ours=True, error=handover.error))
    return sent


def _outbox(runtime: Runtime) -> Outbox[OutgoingMail]:
    limits = runtime.limits.mail

    def claim(token: UUID) -> Claimed[OutgoingMail]:
        row = mail.claim_mail(runtime.database, token=token, lease_s=limits.lease_s)
        return Claimed([row] if row else [])

    return Outbox(
        name="mail",
        provider="mail",
        operation="send",
        lease_s=limits.lease_s,
        longest_try_s=limits.longest_send_s,
        finishing=limits.finish,
        key=lambda row: row.id,
        claim=claim,
        prepare=lambda row: _prepared(runtime, row),
        finish=lambda row, token, handover: mail.finish_mail(
            runtime.database, row.id, token=token, handover=handover
        ),
    )


def _prepared(runtime: Runtime, row: OutgoingMail) -> Try:
    mailer = runtime.mailer
    if mailer is None:
        raise NotNow(NO_SERVER)
    message = _message(runtime, row)
    if message is None:
        raise Refused(GONE)

    def send() -> Handover:
        mailer.send(message)
        return Handover(HandoverOutcome.SENT)

    return send


def trial_wish(runtime: Runtime) -> Wish:
    """Return a test mail to everybody who gets mail."""
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
