"""Check that mail leaves: the server takes our login, and queued mail was sent."""

from datetime import datetime
from typing import Any

from voicebot.domain.operators.smtp_url import parse_smtp_url
from voicebot.providers.ports import ProviderError
from voicebot.runtime import Runtime
from voicebot.services.doctor.findings import Finding, ok, warn
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.storage.mail import mail_health

LATE_S = 300.0
LIST = "look at `python -m voicebot mail list`"


def check_mail(runtime: Runtime) -> list[Finding]:
    """Say what became of the mail of seven days, and whether the server can be used now."""
    settings = runtime.settings
    if runtime.mailer is None:
        return [ok("mail", "no mail is sent: SMTP_URL is not set")]
    found = _judge_server(runtime)
    if not settings.operator_email:
        do = "set OPERATOR_EMAIL to who is to get escalations and the digest"
        found.append(warn("mail", "nobody gets any", do))
    try:
        health = mail_health(runtime.database)
    except (DatabaseAway, DatabaseBug):
        # Others have said why.
        return found
    return [*found, *_judge_sent(health)]


def _judge_server(runtime: Runtime) -> list[Finding]:
    server = parse_smtp_url(runtime.settings.smtp_url)
    place = f"{server.host}:{server.port}"
    try:
        assert runtime.mailer is not None
        runtime.mailer.check()
    except ProviderError as error:
        do = "correct SMTP_URL"
        if runtime.settings.offline:
            do = f"start the simulator: it takes mail at {place}"
        return [warn("mail", f"{place} cannot be used ({error.code})", do)]
    return [ok("mail", f"{place} can be used")]


def _judge_sent(health: Any) -> list[Finding]:
    last = health["last_sent_at"]
    sent = (
        f"last sent {datetime.fromisoformat(last):%Y-%m-%d %H:%M} UTC" if last else "none sent in seven days"
    )
    found = []
    if health["failed"]:
        found.append(warn("mail", f"{health['failed']} failed in seven days ({health['error']})", LIST))
    if health["unknown"]:
        found.append(warn("mail", f"of {health['unknown']} nobody knows whether they arrived", LIST))
    if health["waiting"] and health["oldest_waiting_s"] > LATE_S:
        minutes = health["oldest_waiting_s"] / 60
        why = f" ({health['error']})" if health["error"] else ""
        found.append(warn("mail", f"{health['waiting']} wait, the oldest for {minutes:.0f} min{why}", LIST))
    return [*found, ok("mail", sent)]
