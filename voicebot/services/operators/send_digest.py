"""Queue the digest: once a local day, of the day before, whichever worker comes first."""

from datetime import date, timedelta

from voicebot.domain.operators import digest
from voicebot.runtime import Runtime
from voicebot.services.operators.send_mail import DIGEST
from voicebot.storage import mail
from voicebot.storage.mail import Wish


def send_digest(runtime: Runtime) -> int:
    """Queue the digest of yesterday if its time has come today; return how many mails are new. Raises DatabaseAway.

    Asked every minute, by every worker: the day is the key, so it is queued once. A worker that was away at the time
    queues it when it is back, as long as it is the same day.
    """
    settings = runtime.settings
    if runtime.mailer is None or not (settings.operator_email and settings.digest_at):
        return 0
    if not digest.is_due(runtime.now(), settings.digest_at, settings.timezone):
        return 0
    queued = mail.queue_mail(runtime.database, digest_wish(runtime, yesterday(runtime))).queued
    if queued:
        runtime.hint.made_work()
    return queued


def yesterday(runtime: Runtime) -> date:
    """Return the last day that is over in VOICEBOT_TIMEZONE."""
    return digest.local_day(runtime.now(), runtime.settings.timezone) - timedelta(days=1)


def digest_wish(runtime: Runtime, day: date) -> Wish:
    """Return the wish for the digest of a day: the same day again is the same mail."""
    settings = runtime.settings
    return Wish(
        DIGEST,
        settings.operator_email,
        digest.subject(day, settings.service_name),
        f"{DIGEST}/{day.isoformat()}",
        day=day,
    )
