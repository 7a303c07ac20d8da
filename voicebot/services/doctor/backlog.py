"""Check that incoming work is taken up: the backlog in the database, and the spool of this machine."""

import time
from datetime import UTC, datetime, timedelta

from voicebot.runtime import Runtime
from voicebot.services.doctor.findings import Finding, ok, warn
from voicebot.services.upkeep.backlog import Row, read_backlog
from voicebot.settings import Settings
from voicebot.settings.load import SIMULATED_OPERATOR
from voicebot.storage.caps import list_refused
from voicebot.storage.database import DatabaseAway, DatabaseBug
from voicebot.storage.spool.files import CORRUPT, Spool, moment_of, open_spool
from voicebot.storage.unanswered import count_unanswered
from voicebot.storage.verification.verifications import blocked_verifications

LATE_S = 60.0
ROUNDS_LATE_S = 120.0
OLD_H = 24.0
LIST = "python -m voicebot escalations list"
LOOK = "look at the worker's log; start another one if it is busy"


def check_backlog(runtime: Runtime) -> list[Finding]:
    """Judge how long people wait; nothing when the database does not say, which others find."""
    try:
        backlog = read_backlog(runtime.database)
    except (DatabaseAway, DatabaseBug):
        return []
    return _judge_backlog(backlog)


def check_escalations(runtime: Runtime) -> list[Finding]:
    """Judge whether people deal with what the bot promised, and hear of it."""
    try:
        backlog = read_backlog(runtime.database)
    except (DatabaseAway, DatabaseBug):
        return []
    return [_judge_escalations(backlog, runtime.settings)]


def check_codes(runtime: Runtime) -> list[Finding]:
    """Report codes that were requested and cannot be sent; nothing when there are none, or the database gives no answer."""
    try:
        since = datetime.now(UTC) - timedelta(days=1)
        _, counts = blocked_verifications(runtime.database, since=since, page_size=1)
    except (DatabaseAway, DatabaseBug):
        return []
    kinds = {"country": "in countries that are not allowed", "line": "to lines that get none"}
    found = []
    for kind, words in kinds.items():
        of_kind = [row for row in counts if row["blocked"] == kind]
        if total := sum(row["count"] for row in of_kind):
            places = ", ".join(sorted({row["country"] or "?" for row in of_kind}))
            what = f"{total} codes {words} ({places}) were asked for in a day and not sent"
            do = "look at `python -m voicebot verifications blocked`; ALLOWED_COUNTRIES says where codes go"
            found.append(warn("verification", what, do))
    return found


def check_caps(runtime: Runtime) -> list[Finding]:
    """Report calls and texts that a cap refused; nothing when there are none, or the database gives no answer."""
    try:
        _, counts = list_refused(runtime.database, page_size=1)
    except (DatabaseAway, DatabaseBug):
        return []
    if not counts:
        return []
    what = " and ".join(f"{counts[kind]} {kind}" for kind in sorted(counts))
    do = "look at `python -m voicebot block refused`; the settings that begin with MAX_ say how many may come"
    return [warn("caps", f"{what} of a day were too many, and refused", do)]


def check_unanswered(runtime: Runtime) -> list[Finding]:
    """Report how many telephones got no answer in a day; nothing when there are none, or the database gives no answer."""
    try:
        turned = count_unanswered(runtime.database, datetime.now(UTC) - timedelta(days=1))
    except (DatabaseAway, DatabaseBug):
        return []
    if not turned.people:
        return []
    what = f"{turned.people} telephones got no answer in a day, {turned.times} times"
    do = "look at `python -m voicebot texts unanswered`; ALLOWED_COUNTRIES says who is answered"
    return [warn("unanswered", what, do)]


def check_spool(settings: Settings) -> list[Finding]:
    """Judge what waits in the spool of this machine, and what was set aside there."""
    spool = open_spool(settings)
    found = [*_judge_waiting(spool), *_judge_aside(spool)]
    return found or [ok("spool", "empty")]


def _judge_backlog(backlog: Row) -> list[Finding]:
    found = []
    for plural, age in (("threads", "oldest_thread_s"), ("texts", "oldest_text_s")):
        if backlog[age] > LATE_S:
            what = f"{backlog[plural]} {plural} wait, the oldest for {backlog[age]:.0f} s"
            found.append(warn("texting", what, LOOK))
    rounds = backlog["rounds_age_s"]
    if backlog["heartbeat_age_s"] is not None and (rounds is None or rounds > ROUNDS_LATE_S):
        since = "never made" if rounds is None else f"last made {rounds:.0f} s ago"
        found.append(warn("rounds", f"what is done again and again was {since}", "restart the worker"))
    return found or [ok("texting", "nobody waits")]


def _judge_escalations(backlog: Row, settings: Settings) -> Finding:
    count, age_h = backlog["open_escalations"], backlog["oldest_escalation_s"] / 3600
    what = f"{count} open, the oldest for {age_h:.0f} h" if count else "none is open"
    mailed = settings.smtp_url and settings.operator_email not in ((), (SIMULATED_OPERATOR,))
    told = settings.operator_phone_number or settings.operator_webhook_url or mailed
    # In an installation that only tries things out, nobody waits for a person.
    if not told and (count or not settings.offline):
        do = f"set OPERATOR_PHONE_NUMBER, OPERATOR_EMAIL or OPERATOR_WEBHOOK_URL, or look at `{LIST}` by yourself"
        return warn("escalations", f"{what}; nobody is told when there is a new one", do)
    if age_h > OLD_H:
        return warn("escalations", what, f"deal with what `{LIST}` shows, and close it")
    return ok("escalations", what)


def _judge_waiting(spool: Spool) -> list[Finding]:
    names = spool.names()
    age = time.time() - moment_of(names[0]) if names else 0.0
    if age < LATE_S:
        return []
    do = "start `serve` or `worker` on this machine, and look at its log: facts wait here that the database lacks"
    return [warn("spool", f"{len(names)} facts wait, the oldest for {age:.0f} s", do)]


def _judge_aside(spool: Spool) -> list[Finding]:
    aside = spool.folder / CORRUPT
    count = sum(1 for _ in aside.iterdir()) if aside.is_dir() else 0
    if not count:
        return []
    do = f"look at the log for why; once the cause is gone, move them from {aside} back into {spool.folder}"
    return [warn("spool", f"{count} facts were set aside", do)]
