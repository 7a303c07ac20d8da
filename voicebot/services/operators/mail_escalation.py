"""Mail to the operator that somebody needs a person."""

from uuid import UUID

from voicebot.domain.operators.escalation_mail import subject
from voicebot.runtime import Runtime
from voicebot.services.operators.send_mail import ESCALATION
from voicebot.storage import mail
from voicebot.storage.mail import Wish


def mail_escalation(runtime: Runtime, escalation_id: UUID | str) -> int:
    """Queue one mail for each address of OPERATOR_EMAIL; return how many are new.

    A second call for the same escalation queues nothing, and neither does one without a mail server, an address or the
    escalation itself. The worker's sender loop hands the mail over.
    """
    settings = runtime.settings
    if runtime.mailer is None or not settings.operator_email:
        return 0
    escalation = UUID(str(escalation_id))
    found = mail.escalation_for_mail(runtime.database, escalation)
    if found is None:
        return 0
    wish = Wish(
        ESCALATION,
        settings.operator_email,
        subject(found["reason"], settings.service_name),
        f"{ESCALATION}/{escalation}",
        escalation_id=escalation,
    )
    queued = mail.queue_mail(runtime.database, wish).queued
    if queued:
        runtime.hint.made_work()
    return queued
